"""The policy file's shape.

Descriptions are shown by editors (docs/policy.schema.json) and must stand without other context.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    create_model,
    model_validator,
)

from rma.model.codes import FAULTS, Condition, LineTag, Reason, Resolution
from rma.policy.codes import EXCLUSIONS
from rma.policy.markets import Region, countries

_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _month_day(value: object) -> object:
    text = value if isinstance(value, str) else ""
    if not _MONTH_DAY.fullmatch(text) or int(text[3:]) > _DAYS_OF_MONTH[int(text[:2]) - 1]:
        raise ValueError('expected a month and a day that every year has, in quotes, such as "12-24"')
    return value


def _amount(value: object) -> object:
    # A merchant writes 4.90 without quotes; the shortest text of that float is the amount that was meant.
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError("expected an amount of money, such as 4.90")
    return str(float(value)) if isinstance(value, float) else str(value)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _market_name(value: str) -> str:
    if value not in countries() and value not in Region.__members__:
        raise ValueError("expected the two letters of a country (ISO 3166-1, such as FR), EU, EEA or UK")
    return value


def _market_key(value: str) -> str:
    return value if value == "default" else _market_name(value)


def _everywhere(value: object) -> object:
    return value if isinstance(value, dict) else {"default": value}


def _excludable(value: LineTag) -> LineTag:
    if value not in EXCLUSIONS:
        raise ValueError(f"expected one of {', '.join(EXCLUSIONS)}")
    return value


def _fault(value: Reason) -> Reason:
    if value not in FAULTS:
        raise ValueError(f"expected a fault: one of {', '.join(sorted(FAULTS))}")
    return value


def _conditions(value: object) -> object:
    words = {"always": list(Condition), "never": []}
    if isinstance(value, str):
        if value not in words:
            raise ValueError(f"expected always, never, or a list of {', '.join(Condition)}")
        return words[value]
    return value


def _with_refund(value: list[Resolution]) -> list[Resolution]:
    if Resolution.REFUND not in value:
        raise ValueError("expected 'refund' among them: a resolution that is not on offer is decided as a refund")
    allowed = (Resolution.REFUND, Resolution.STORE_CREDIT, Resolution.EXCHANGE)
    if not set(value) <= set(allowed):
        raise ValueError(f"expected nothing but {', '.join(allowed)}: repair and replacement are for faults")
    return value


def _with_default(value: dict[str, Any]) -> dict[str, Any]:
    if "default" not in value:
        raise ValueError("expected a key 'default' for the markets that are not named")
    return value


def _with_euro(value: dict[str, Any]) -> dict[str, Any]:
    if "EUR" not in value:
        raise ValueError("expected an amount for EUR: it also counts for every currency that is not named")
    return value


MonthDay = Annotated[str, BeforeValidator(_month_day), Field(pattern=_MONTH_DAY.pattern)]
Amount = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0, le=10**9, allow_inf_nan=False, decimal_places=4)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
PartialAmounts = dict[Currency, Amount]
Amounts = Annotated[PartialAmounts, AfterValidator(_with_euro)]
MarketKey = Annotated[str, AfterValidator(_market_key)]
Days = Annotated[StrictInt, Field(ge=0, le=3660)]
Years = Annotated[StrictInt, Field(ge=0, le=50)]
PartialYears = Annotated[
    dict[MarketKey, Years], BeforeValidator(_everywhere, json_schema_input_type=dict[str, Years] | Years)
]
YearsByMarket = Annotated[PartialYears, AfterValidator(_with_default)]
PartialFlags = Annotated[
    dict[MarketKey, StrictBool], BeforeValidator(_everywhere, json_schema_input_type=dict[str, StrictBool] | StrictBool)
]
FlagByMarket = Annotated[PartialFlags, AfterValidator(_with_default)]
Conditions = Annotated[
    list[Condition],
    BeforeValidator(_conditions, json_schema_input_type=Literal["always", "never"] | list[Condition]),
]
Offers = Annotated[list[Resolution], AfterValidator(_with_refund)]
ExcludableTag = Annotated[LineTag, AfterValidator(_excludable)]
FaultReason = Annotated[Reason, AfterValidator(_fault)]
Percent = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0, le=100, decimal_places=2)]


class Season(Section):
    """Orders placed in a stretch of the year may be returned until a later day, if that is later than the usual one."""

    placed_from: MonthDay = Field(description="First day of the orders it is for, month-day.")
    placed_until: MonthDay = Field(description="Last day of the orders it is for, included.")
    return_until: MonthDay = Field(description="Last day to return: the first such day after the order.")


class ChangeOfMind(Section):
    """Returns of goods no longer wanted: the shop's own offer, beside the legal right of withdrawal."""

    days: Days = Field(description="Days to return, from the delivery of the item; the delivery day is not counted.")
    seasons: list[Season] = Field(description="Longer delays for orders placed at some times of the year.")
    exclusions: dict[ExcludableTag, Conditions] = Field(
        description="What cannot be returned, by tag, and in which conditions; nothing else is excluded."
    )
    offers: Offers = Field(description="What the shopper may choose among; 'refund' must be one of them.")
    restocking_percent: dict[Condition, Percent] = Field(
        description="Taken off the refund, in percent, by condition. Never on a legal withdrawal or a fault."
    )


class Withdrawal(Section):
    """The legal right of withdrawal of the EU, the EEA and the UK. A shop may give more than the law, never less."""

    days: Days = Field(description="Days to withdraw, from the delivery of the order's last item. At least 14.")
    exclusions: dict[ExcludableTag, Conditions] = Field(
        description="What cannot be withdrawn from: no more than by law."
    )


class Faults(Section):
    """Goods that are damaged, defective, wrong, not as described or incomplete."""

    guarantee_years: YearsByMarket = Field(description="Years during which a fault is accepted, by market.")
    all_remedies_days: Days = Field(description="Days from delivery during which every resolution is open for a fault.")
    repair_first: FlagByMarket = Field(
        description="Whether repair or replacement come first after those days, by market."
    )


class ReturnShipping(Section):
    """Who pays the way back."""

    customer_pays: Amounts = Field(description="What a return costs the shopper, once per return, by currency.")
    free_for: list[Resolution] = Field(description="Resolutions for which the shop pays the way back.")
    free_for_faults: FlagByMarket = Field(
        description="Whether the shop pays for the whole return when an item has a fault."
    )


class Review(Section):
    """What a person looks at before it is accepted. Never applies to a legal withdrawal."""

    high_value: Amounts = Field(description="From this worth of one line, by currency.")
    frequent_returns: Annotated[StrictInt, Field(ge=1)] | None = Field(
        description="From this number of returns in 90 days; null for no limit."
    )
    dangerous_goods: list[FaultReason] = Field(
        description="Faults for which goods tagged dangerous_goods are reviewed."
    )
    photo_required: list[FaultReason] = Field(description="Faults that need a photo.")


class Returnless(Section):
    """Small faulty goods that the shopper keeps."""

    below: Amounts = Field(
        description="Worth of the faulty goods together, by currency, under which they are not sent back."
    )
    resolutions: list[Resolution] = Field(description="Resolutions for which that is offered.")


class Times(Section):
    """Delays the shopper is told."""

    refund_days: Days = Field(
        description="Days until the money is back, from the day the goods or a proof of sending arrive."
    )
    review_working_days: Annotated[StrictInt, Field(ge=1, le=60)] = Field(
        description="Working days a review takes at most."
    )
    send_by_days: Annotated[StrictInt, Field(ge=1, le=365)] = Field(description="Days to send the goods once accepted.")


def _partial(section: type[Section], **looser: Any) -> type[Section]:
    """`section` with every key optional, for overrides; `looser` has the types of the maps that may be partial."""
    fields: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        kind: Any = field.annotation
        for constraint in field.metadata:
            kind = Annotated[kind, constraint]
        kind = looser.get(name, kind)
        fields[name] = (kind, Field(default=None, description=field.description))
    return create_model(f"{section.__name__}Override", __base__=Section, __doc__=section.__doc__, **fields)


ChangeOfMindOverride = _partial(ChangeOfMind)
WithdrawalOverride = _partial(Withdrawal)
FaultsOverride = _partial(Faults, guarantee_years=PartialYears, repair_first=PartialFlags)
ReturnShippingOverride = _partial(ReturnShipping, customer_pays=PartialAmounts, free_for_faults=PartialFlags)
ReviewOverride = _partial(Review, high_value=PartialAmounts)
ReturnlessOverride = _partial(Returnless, below=PartialAmounts)
TimesOverride = _partial(Times)


_OneOrMore = BeforeValidator(_listed, json_schema_input_type=str | list[str])
Names = Annotated[list[str], _OneOrMore, Field(min_length=1)]


class When(Section):
    """Whom an override is for: all the keys given must hold, and one of each key's values is enough."""

    market: Annotated[list[Annotated[str, AfterValidator(_market_name)]], _OneOrMore, Field(min_length=1)] = []
    category: Names = []
    tag: Names = []
    customer_group: Names = []

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("expected at least one of market, category, tag, customer_group")
        return self


class Override(Section):
    """Terms that differ for some markets, categories, tags or customer groups. Later ones win over earlier ones."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="What it is for, in the shop's own words."
    )
    when: When
    treat_as: list[LineTag] = Field(
        default=[], description="Tags that the items are given, such as final_sale for a category."
    )
    change_of_mind: ChangeOfMindOverride | None = None  # type: ignore[valid-type]
    withdrawal: WithdrawalOverride | None = None  # type: ignore[valid-type]
    faults: FaultsOverride | None = None  # type: ignore[valid-type]
    return_shipping: ReturnShippingOverride | None = None  # type: ignore[valid-type]
    review: ReviewOverride | None = None  # type: ignore[valid-type]
    returnless: ReturnlessOverride | None = None  # type: ignore[valid-type]
    times: TimesOverride | None = None  # type: ignore[valid-type]


class PolicyFile(Section):
    """A shop's return policy."""

    version: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w.\- ]+$")] = Field(
        description="The shop's own name for this version; kept with every decision."
    )
    change_of_mind: ChangeOfMind
    withdrawal: Withdrawal
    faults: Faults
    return_shipping: ReturnShipping
    review: Review
    returnless: Returnless
    times: Times
    overrides: list[Override] = []


SECTIONS = ("change_of_mind", "withdrawal", "faults", "return_shipping", "review", "returnless", "times")
WHOLE_RETURN_SECTIONS = ("return_shipping", "returnless", "times")
"""Sections that count once per return: an override of one item's category or tag has no meaning for them."""
