"""Customs: which borders need papers, which papers, and what stands in them. Facts as of November 2026; docs/carriers.md names
their sources."""

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from rma.model.orders import Address, CatalogueItem, Country, Currency, Frozen, Key, Money, OrderLine, Text

EU = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()  # noqa: SIM905
)
_BY_POSTCODE: tuple[tuple[str, str, str], ...] = (
    # Outside the customs territory of the Union (Regulation 952/2013 art. 4).
    ("ES", r"51\d{3}", "ES-CE"),
    ("ES", r"52\d{3}", "ES-ML"),
    ("DE", r"27498", "DE-HELGOLAND"),
    ("DE", r"78266", "CH"),  # Büsingen is in the Swiss customs territory by treaty of 1964
    ("IT", r"23041", "IT-LIVIGNO"),
    ("DK", r"39\d{2}", "GL"),
    ("DK", r"[1-9]\d{2}", "FO"),
    ("FR", r"98[78]\d{2}", "FR-PACIFIC"),
    ("FR", r"97500", "PM"),
    ("FR", r"97133", "BL"),
    # Inside it, but not in its tax territory (Directive 2006/112 art. 6): goods are declared all the same (Regulation 952/2013
    # art. 1(3)).
    ("ES", r"3[58]\d{3}", "ES-CN"),
    ("FI", r"22\d{3}", "AX"),
    ("GR", r"63086", "GR-ATHOS"),
    ("IT", r"22061", "IT-CAMPIONE"),
    ("FR", r"978\d{2}|97150", "MF"),
    ("FR", r"97[12]\d{2}", "FR-ANTILLES"),  # one market: Guadeloupe, Martinique (octroi de mer, law 2004-639 art. 1)
    ("FR", r"973\d{2}", "GF"),
    ("FR", r"974\d{2}", "RE"),
    ("FR", r"976\d{2}", "YT"),
    # Northern Ireland follows the Union's customs rules for goods (Windsor Framework).
    ("GB", r"BT\d.*", "XI"),
    ("GB", r"JE\d.*", "JE"),
    ("GB", r"GY\d.*", "GG"),
    ("US", r"00[679]\d{2}.*", "US"),  # Puerto Rico is in the customs territory of the United States
    ("US", r"008\d{2}.*", "VI"),
)
_ZONES = dict.fromkeys(EU, "EU") | {
    "MC": "EU",  # Regulation 952/2013 art. 4(2)(a); for VAT it is France
    "GP": "FR-ANTILLES", "MQ": "FR-ANTILLES", "IC": "ES-CN", "PR": "US",
    "IM": "GB",  # one customs and tax area with the United Kingdom (agreement of 1979)
    "LI": "CH",  # customs treaty of 1923
    "AM": "EAEU", "BY": "EAEU", "KG": "EAEU", "KZ": "EAEU", "RU": "EAEU",
}  # fmt: skip
_NO_BORDER = frozenset({("XI", "EU"), ("EU", "XI"), ("XI", "GB")})
"""Ways without papers between zones: Northern Ireland and the Union in both directions, and from Northern Ireland to Great
Britain (unfettered access). From Great Britain to Northern Ireland a return is declared."""
_UNION_GOODS = frozenset(
    {"EU", "ES-CN", "AX", "GR-ATHOS", "IT-CAMPIONE", "FR-ANTILLES", "GF", "RE", "YT", "MF"}
)
"""Zones inside the customs territory of the Union: what comes from one into another is no import, and pays no duty."""


def zone(address: Address) -> str:
    """The area inside which goods travel without customs papers: 'EU', 'CH', 'ES-CN' and the like, else the country."""
    code = re.sub(r"\s", "", address.postal_code or "").upper()
    for country, pattern, found in _BY_POSTCODE:
        if address.country == country and re.fullmatch(pattern, code):
            return found
    return _ZONES.get(address.country, address.country)


def needs_papers(sender: Address, recipient: Address) -> bool:
    """Whether goods from one to the other have to be declared."""
    here, there = zone(sender), zone(recipient)
    return here != there and (here, there) not in _NO_BORDER


class Relief(StrEnum):
    """What the papers rest on: why returned goods pay no duty again where they come back."""

    EU = "eu"
    """Regulation (EU) 952/2013 art. 203 (within three years, in the same state), VAT: Directive 2006/112/EC art. 143(1)(e)."""
    UNION_GOODS = "union_goods"
    """From a part of the Union's customs territory with a tax of its own: Union goods, no duty; VAT as above."""
    UK = "uk"
    """Returned Goods Relief, HMRC's Notice 236."""
    SWITZERLAND = "ch"
    """Swiss Customs Act (SR 631.0) art. 10."""
    US = "us"
    """Harmonized Tariff Schedule of the United States, heading 9801.00.10."""
    OTHER = "other"


def relief(sender: Address, recipient: Address) -> Relief:
    here, there = zone(sender), zone(recipient)
    if there in _UNION_GOODS or there == "XI":
        return Relief.UNION_GOODS if here in _UNION_GOODS else Relief.EU
    return {"GB": Relief.UK, "CH": Relief.SWITZERLAND, "US": Relief.US}.get(there, Relief.OTHER)


class CustomsLine(Frozen):
    """Goods of one kind. `value` is what was paid for all of them, `weight_grams` what all of them weigh."""

    title: Text
    quantity: Annotated[int, Field(ge=1)]
    hs_code: Annotated[str, Field(pattern=r"^\d{6,10}$")]
    origin: Country
    value: Money
    weight_grams: Annotated[int, Field(gt=0)]


class Declaration(Frozen):
    """What is sent back over a border. `invoice` is the order's number, the invoice that the goods went out under; `exported`
    when; `mrn` the movement reference number of the export declaration, where one is known."""

    lines: Annotated[tuple[CustomsLine, ...], Field(min_length=1)]
    currency: Currency
    relief: Relief
    invoice: Key
    exported: AwareDatetime | None = None
    mrn: Annotated[str, Field(max_length=40)] | None = None

    @property
    def value(self) -> Decimal:
        return sum((line.value for line in self.lines), Decimal(0))

    @property
    def weight_grams(self) -> int:
        return sum(line.weight_grams for line in self.lines)


class Form(StrEnum):
    CN23 = "cn23"
    """The customs declaration of the post (UPU Convention), French with a second language."""
    INVOICE = "invoice"
    """A commercial invoice marked as returned goods."""


_POSTAL_UP_TO = {"GBP": Decimal(900), "USD": Decimal(2500), "JPY": Decimal(200_000)}
"""The value up to which a parcel of the post is cleared on its CN23 alone: EUR 1,000 in the Union (Delegated Regulation 2015/2446
art. 144), GBP 900 in the United Kingdom, USD 2,500 in the United States, JPY 200,000 in Japan."""


def forms(declaration: Declaration, postal: bool) -> tuple[Form, ...]:
    """Couriers clear on an invoice; the post on a CN23, with an invoice beside it where the value asks for a full declaration."""
    if not postal:
        return (Form.INVOICE,)
    small = declaration.value <= _POSTAL_UP_TO.get(declaration.currency, Decimal(1000))
    return (Form.CN23,) if small else (Form.CN23, Form.INVOICE)


class Lacking(Frozen):
    """What a declaration cannot be written without: of which SKU, which field."""

    sku: Key
    field: str

    def __str__(self) -> str:
        return f"{self.sku}: {self.field}"


def hs_code(text: str | None) -> str | None:
    """A tariff number as digits: six of the Harmonized System, up to ten with national ones. None for anything else."""
    digits = re.sub(r"[\s.\-]", "", text or "")
    # Chapter 77 is kept free by the Harmonized System, 98 and 99 are national.
    return digits if re.fullmatch(r"(?:0[1-9]|[1-9]\d)\d{4,8}", digits) and digits[:2] not in ("77",) else None


def declared(
    line: OrderLine, quantity: int, value: Decimal, item: CatalogueItem | None
) -> CustomsLine | tuple[Lacking, ...]:
    """A line of a declaration from an order's line, or from the catalogue where the order says nothing; else all that lacks."""
    code = hs_code(line.hs_code) or hs_code(item.hs_code if item else None)
    origin = line.origin or (item.origin if item else None)
    weight = line.weight_grams or (item.weight_grams if item else None)
    given: Sequence[tuple[str, object]] = (("hs_code", code), ("origin", origin), ("weight_grams", weight))
    if lacking := tuple(Lacking(sku=line.sku, field=name) for name, known in given if not known):
        return lacking
    assert code and origin and weight
    return CustomsLine(
        title=line.title, quantity=quantity, hs_code=code, origin=origin, value=value, weight_grams=weight * quantity
    )
