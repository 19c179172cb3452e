"""What the law gives in a market, whatever the shop's policy says, and the names of those laws.

The figures are the floor of contract section 4; `Floor` is None where the shop's policy alone counts.
"""

from dataclasses import dataclass

from rma.model.codes import Condition, LineTag
from rma.policy.codes import EXCLUSIONS, Code
from rma.policy.markets import Market, Region

UNSEALED = frozenset({Condition.OPENED, Condition.USED})
ANY_CONDITION = frozenset(Condition)

WITHDRAWAL_DAYS = 14
ALL_REMEDIES_DAYS = 30
_GUARANTEE_YEARS = {"ES": 3, "PT": 3, "SE": 3}

# Directive 2011/83/EU art. 16(c), (d), (e), (m); C-681/17 reads them strictly: unsealed, not merely unwrapped, is what
# counts.
WITHDRAWAL_EXCLUSIONS = {
    LineTag.PERSONALISED: ANY_CONDITION,
    LineTag.PERISHABLE: ANY_CONDITION,
    LineTag.HYGIENE_SEALED: UNSEALED,
    LineTag.DIGITAL: ANY_CONDITION,
}


@dataclass(frozen=True, slots=True)
class Floor:
    """The least a shopper has. `prolonged`: a period that ends on a day off ends with the next working day."""

    withdrawal_days: int
    guarantee_years: int
    all_remedies_days: int
    prolonged: bool


def floor_of(market: Market) -> Floor | None:
    """The legal floor of `market`, or None outside the EU, the EEA and the UK."""
    if market.region is None:
        return None
    if market.region is Region.UK:
        return Floor(WITHDRAWAL_DAYS, 6, ALL_REMEDIES_DAYS, prolonged=False)
    return Floor(WITHDRAWAL_DAYS, _GUARANTEE_YEARS.get(market.country, 2), ALL_REMEDIES_DAYS, prolonged=True)


_EU_LAW = {
    Code.WITHDRAWAL_RIGHT: "Directive 2011/83/EU art. 9",
    Code.GUARANTEE_LEGAL: "Directive (EU) 2019/771 art. 10",
    Code.REMEDY_FIRST: "Directive (EU) 2019/771 art. 13",
    Code.PERSONALISED: "Directive 2011/83/EU art. 16(c)",
    Code.PERISHABLE: "Directive 2011/83/EU art. 16(d)",
    Code.HYGIENE_SEALED: "Directive 2011/83/EU art. 16(e)",
    Code.DIGITAL: "Directive 2011/83/EU art. 16(m)",
}
_CCR = "Consumer Contracts (Information, Cancellation and Additional Charges) Regulations 2013"
_UK_LAW = {
    Code.WITHDRAWAL_RIGHT: f"{_CCR} reg. 29",
    Code.GUARANTEE_LEGAL: "Consumer Rights Act 2015 s. 19",
    Code.RIGHT_TO_REJECT_UK: "Consumer Rights Act 2015 s. 20 and 22",
    Code.REMEDY_FIRST: "Consumer Rights Act 2015 s. 23 and 24",
    Code.PERSONALISED: f"{_CCR} reg. 28(1)(b)",
    Code.PERISHABLE: f"{_CCR} reg. 28(1)(c)",
    Code.HYGIENE_SEALED: f"{_CCR} reg. 28(3)(a)",
    Code.DIGITAL: f"{_CCR} reg. 37",
}
# Longer than the directive's two years.
_NATIONAL_GUARANTEE = {
    "ES": "Real Decreto Legislativo 1/2007 art. 120",
    "PT": "Decreto-Lei 84/2021 art. 12",
    "SE": "Konsumentköplagen (2022:260)",
}


def law_for(code: Code, market: Market) -> str | None:
    """The law behind `code` in `market`, or None where it is the shop's own rule."""
    if market.region is None:
        return None
    if market.region is Region.UK:
        return _UK_LAW.get(code)
    law = _EU_LAW.get(code)
    if code is Code.GUARANTEE_LEGAL and market.country in _NATIONAL_GUARANTEE:
        return f"{law}, {_NATIONAL_GUARANTEE[market.country]}"
    return law


def law_on(subject: str, market: Market) -> str:
    """The law that a policy file would break by narrowing `subject` (a name of _SUBJECTS) in `market`."""
    eu, uk = _SUBJECTS[subject]
    if market.region is Region.UK:
        return uk
    if subject == "guarantee" and market.country in _NATIONAL_GUARANTEE:
        return f"{eu} and {_NATIONAL_GUARANTEE[market.country]}"
    return eu


_SUBJECTS = {
    "withdrawal": ("Directive 2011/83/EU art. 9", f"{_CCR} reg. 30"),
    "withdrawal_exclusions": ("Directive 2011/83/EU art. 16", f"{_CCR} reg. 28"),
    "guarantee": ("Directive (EU) 2019/771 art. 10", "Consumer Rights Act 2015 s. 19 with Limitation Act 1980 s. 5"),
    "all_remedies": ("Directive (EU) 2019/771 art. 13", "Consumer Rights Act 2015 s. 22"),
    "fault_shipping": ("Directive (EU) 2019/771 art. 14 and 16", "Consumer Rights Act 2015 s. 20 and 23"),
    "refund_days": ("Directive 2011/83/EU art. 13", f"{_CCR} reg. 34"),
    "send_by_days": ("Directive 2011/83/EU art. 14", f"{_CCR} reg. 35"),
}

assert set(WITHDRAWAL_EXCLUSIONS) <= set(EXCLUSIONS)
