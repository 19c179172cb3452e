"""What the staff API takes. The OpenAPI description is made from these classes, so it cannot say anything else."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from rma.model.codes import Disposition
from rma.model.goods import Grade

LINES = 500
"""Entries of a list."""
_WHOLE = 2**31 - 1
# Neither database nor printer takes these, and no scanner means them. Line ends and tabs are meant in a text, not in a name.
ONE_LINE = r"^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$"
_PLAIN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$"
_AMOUNT = r"^[0-9]{1,10}(\.[0-9]{1,4})?$"
PATTERNS = {
    ONE_LINE: "expected text on one line, without control characters",
    _PLAIN: "expected text without control characters",
    _AMOUNT: "expected an amount such as 19.90",
}
"""What they mean, for whoever sent something else."""


def _whole(value: Any) -> Any:
    """A JSON number without a fraction; neither true nor "1"."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("expected a whole number")
    return value


def _true_or_false(value: Any) -> Any:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _none_if_blank(text: str | None) -> str | None:
    return text.strip() or None if text is not None else None


# The bounds stand before the validator: behind it they are no part of the number's schema.
Units = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_whole)]
UnitsOrNone = Annotated[int, Field(ge=0, le=1000), BeforeValidator(_whole)]
YesNo = Annotated[bool, BeforeValidator(_true_or_false)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=ONE_LINE)]
PhotoId = Annotated[
    int, Field(ge=1, le=_WHOLE, description="What POST /api/photos answered."), BeforeValidator(_whole)
]


_Plain = Annotated[str, StringConstraints(pattern=_PLAIN)]
Scanned = Annotated[
    _Plain | None,
    Field(max_length=200, description="What stands on the parcel, as it was read."),
    AfterValidator(_none_if_blank),
]
Note = Annotated[_Plain | None, Field(max_length=2000, description="For colleagues."), AfterValidator(_none_if_blank)]
Why = Annotated[_Plain | None, Field(max_length=500), AfterValidator(_none_if_blank)]


class Body(BaseModel):
    """A key that is not known is refused: it may be one that the sender relies on."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Counted(Body):
    """Units of one line of the order."""

    id: Name = Field(description="The line's id in the order; also of a line that nobody announced.")
    quantity: UnitsOrNone


class Other(Body):
    """Goods that the order has not."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["sku"]}, {"required": ["name"]}]})

    sku: Name | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    quantity: Units = 1

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.sku is None and self.name is None:
            raise ValueError("give 'sku' or 'name'")
        return self


def _each_once(lines: list[Counted] | None) -> list[Counted] | None:
    if lines is not None and len({line.id for line in lines}) < len(lines):
        raise ValueError("a line is counted twice; give the sum")
    return lines


CountedLines = Annotated[list[Counted], Field(max_length=LINES), AfterValidator(_each_once)]


class Receive(Body):
    """What was counted. Counts are added to what came before. Without `lines`: everything outstanding; with `complete` or `others`
    nothing of them."""

    lines: CountedLines | None = Field(default=None, description="Each line of the order at most once.")
    complete: YesNo = Field(default=False, description="No more is to come: what is outstanding is missing.")
    others: list[Other] = Field(default=[], max_length=LINES, description="Goods that the order has not.")
    scanned: Scanned = None
    note: Note = None
    photo: PhotoId | None = None


class Lot(Body):
    """Equal units of one line."""

    id: Name
    quantity: Units | None = Field(default=None, description="Without: all that nobody looked at yet.")
    grade: Grade | None = Field(default=None, description="Without: as the shopper said.")
    accepted: YesNo = True
    disposition: Disposition | None = Field(default=None, description="Without: as the rules propose.")
    reason: Why = Field(default=None, description="Why it is not accepted, or goes elsewhere than proposed.")
    photo: PhotoId | None = None
    epcs: list[Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_PLAIN)]] = Field(
        default=[], max_length=1000, description=(
            "What an RFID reader or a scanner read off single units: any form of SGTIN. No more than units, each once, none that"
            " was looked at before, unless it was not accepted then or was delivered after that."
        ),
    )


class Inspect(Body):
    """What was seen. Without `lines`: everything that came is as announced. A line may be named more than once."""

    lines: Annotated[list[Lot], Field(max_length=LINES)] | None = None


class Refund(Body):
    """Without `amount`: what is due."""

    amount: Annotated[str, StringConstraints(pattern=_AMOUNT)] | None = Field(
        default=None, description="A decimal string, in the order's currency.", examples=["19.90"]
    )
    reason: Why = Field(default=None, description="Why another amount than is due; needed with `goodwill`.")
    goodwill: YesNo = Field(default=False, description="Paid though the goods did not come, or beyond what is due.")

    @property
    def money(self) -> Decimal | None:
        return Decimal(self.amount) if self.amount is not None else None


class Cancel(Body):
    """Why, if there is something to say."""

    reason: Why = Field(default=None, description="For colleagues; kept with the event.")


class Nothing(Body):
    """An action that needs no words."""


class NewParcel(Body):
    """A parcel, or what lay in one, that belongs to no return. Something must be known of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["scanned"], "properties": {"scanned": {"type": "string", "minLength": 1}}},
                {"required": ["contents"], "properties": {"contents": {"type": "array", "minItems": 1}}},
                {"required": ["note"], "properties": {"note": {"type": "string", "minLength": 1}}},
                {"required": ["photo"], "properties": {"photo": {"type": "integer"}}},
            ]
        }
    )

    scanned: Scanned = None
    contents: list[Other] = Field(default=[], max_length=LINES)
    note: Note = None
    photo: PhotoId | None = None
    number: Name | None = Field(default=None, description="The return in whose parcel it lay.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.scanned or self.contents or self.note or self.photo):
            raise ValueError("give 'scanned', 'contents', 'note' or 'photo', so that somebody can say what it was")
        return self


class Placed(Body):
    """What became of a parcel."""

    outcome: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_PLAIN)] = Field(
        description="In a few words, for colleagues."
    )
    number: Name | None = Field(default=None, description="The return it belongs to.")


class Unannounced(Body):
    """Goods of an order that came without a word."""

    lines: CountedLines = Field(min_length=1)
    scanned: Scanned = None
