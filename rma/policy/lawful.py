"""Whether a policy file leaves the shopper what the law gives (the floor of contract section 4), market by market.

The engine never goes below the floor whatever the file says (rma.policy.terms); a file that tries is refused all the
same, so that what a merchant reads in it is what shoppers get.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rma.policy.codes import EXCLUSIONS
from rma.policy.law import WITHDRAWAL_EXCLUSIONS, Floor, floor_of, law_on
from rma.policy.markets import COUNTS_AS, EEA_ONLY, EU, Market, market_of
from rma.policy.policy import fits
from rma.policy.schema import Override, PolicyFile
from rma.policy.terms import for_market, merged

_REFUND_DAYS = 14
_SEND_BY_DAYS = 14

KeyPath = tuple[str | int, ...]


class Narrowing(NamedTuple):
    """A key that gives less than the law of some markets."""

    key: KeyPath
    message: str


def protected_markets() -> list[Market]:
    """The markets with a legal floor, those that count as another included."""
    return [market_of(code) for code in sorted({*EU, *EEA_ONLY, "GB", *COUNTS_AS})]


def narrowings(file: PolicyFile) -> list[Narrowing]:
    """What `file` would take from shoppers that the law gives them: once a key, with all the markets concerned."""
    found: dict[tuple[KeyPath, str, str], list[str]] = {}
    for market in protected_markets():
        floor = floor_of(market)
        assert floor is not None
        for override, number in [(None, None), *((one, index) for index, one in enumerate(file.overrides))]:
            if override and not _may_be_for(override, market):
                continue
            for key, expected, subject in _too_narrow(file, override, market, floor):
                place = _place(key, override, number)
                if place:
                    found.setdefault((place, expected, law_on(subject, market)), []).append(market.code)
    return [Narrowing(key, f"{expected} in {_some(markets)}: {law}") for (key, expected, law), markets in found.items()]


def _may_be_for(override: Override, market: Market) -> bool:
    when = override.when
    return fits(override, market, next(iter(when.category), None), when.tag, next(iter(when.customer_group), None))


def _too_narrow(
    file: PolicyFile, override: Override | None, market: Market, floor: Floor
) -> Iterator[tuple[KeyPath, str, str]]:
    """The keys that are too narrow in `market`, what they should be, and a subject of law_on."""
    sections = merged(file, [override] if override else [])
    withdrawal, faults, times = sections["withdrawal"], sections["faults"], sections["times"]
    if withdrawal["days"] < floor.withdrawal_days:
        yield ("withdrawal", "days"), f"expected at least {floor.withdrawal_days}", "withdrawal"
    for tag, conditions in withdrawal["exclusions"].items():
        lawful = WITHDRAWAL_EXCLUSIONS.get(tag, frozenset())
        if not set(conditions) <= lawful:
            expected = f"expected {_conditions(lawful)}"
            yield ("withdrawal", "exclusions", str(tag)), expected, "withdrawal_exclusions"
    if for_market(faults["guarantee_years"], market) < floor.guarantee_years:
        name = _deciding(faults["guarantee_years"], market)
        yield ("faults", "guarantee_years", name), f"expected at least {floor.guarantee_years}", "guarantee"
    if faults["all_remedies_days"] < floor.all_remedies_days:
        yield ("faults", "all_remedies_days"), f"expected at least {floor.all_remedies_days}", "all_remedies"
    free = sections["return_shipping"]["free_for_faults"]
    if not for_market(free, market):
        yield ("return_shipping", "free_for_faults", _deciding(free, market)), "expected true", "fault_shipping"
    if times["refund_days"] > _REFUND_DAYS:
        yield ("times", "refund_days"), f"expected at most {_REFUND_DAYS}", "refund_days"
    if times["send_by_days"] < _SEND_BY_DAYS:
        yield ("times", "send_by_days"), f"expected at least {_SEND_BY_DAYS}", "send_by_days"
    if override and not set(override.treat_as).isdisjoint(WITHDRAWAL_EXCLUSIONS):
        expected = f"expected no {', '.join(WITHDRAWAL_EXCLUSIONS)}, which only the item itself can be,"
        yield ("treat_as",), expected, "withdrawal_exclusions"


def _place(key: KeyPath, override: Override | None, number: int | None) -> KeyPath | None:
    """Where the file says it. None for an override that leaves the key as it is: that is told once already."""
    if override is None or number is None:
        return key
    value: Any = override
    for part in key:
        value = value.get(part) if isinstance(value, dict) else getattr(value, str(part), None)
        if value is None:
            return None
    return ("overrides", number, *key)


def _deciding(values: dict[str, Any], market: Market) -> str:
    return next((name for name in market.groups if name in values), "default")


def _conditions(lawful: frozenset[Any]) -> str:
    if not lawful:
        return "never"
    return "always at most" if len(lawful) == 3 else f"at most [{', '.join(sorted(lawful))}]"


def _some(markets: list[str]) -> str:
    return ", ".join(markets) if len(markets) <= 4 else f"{', '.join(markets[:3])} and {len(markets) - 3} other markets"


assert set(WITHDRAWAL_EXCLUSIONS) <= set(EXCLUSIONS)
