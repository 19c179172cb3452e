"""Orders and the catalogue, in the shape of the import format (contract section 3). Frozen: an order is a fact."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rma.model.codes import Language, OrderStatus, PaymentType
from rma.model.gtin import gtin14

_SEPARATORS = re.compile(r"[\s#]+")


def order_key(number: str) -> str:
    """The form in which two spellings of one order number are equal: no '#', no spaces, case folded, NFKC."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", number)).casefold()


def same_number(left: str | None, right: str | None) -> bool:
    """Whether both are spellings of one order number."""
    return left is not None and right is not None and order_key(left) == order_key(right)


def _decimal(value: object) -> object:
    if isinstance(value, float):
        raise ValueError('money is a decimal string, such as "19.90", not a JSON number')
    return value


_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def _instant(value: object) -> object:
    # Left to itself pydantic takes a number, or a string of digits, for seconds since 1970: here it is a mistake.
    if isinstance(value, str):
        if not _INSTANT.fullmatch(value):
            raise ValueError("expected an ISO 8601 instant with its offset, such as 2026-11-05T14:00:00+01:00")
        value = datetime.fromisoformat(value.upper())
    if not isinstance(value, datetime):
        raise ValueError("expected an instant as text, such as 2026-11-05T14:00:00+01:00")
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"expected a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
Money = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, max_digits=14, decimal_places=6, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=500)]
Key = Annotated[str, Field(min_length=1, max_length=100)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


def _tariff(value: object) -> object:
    return str(value)[:20] if isinstance(value, str | int) and not isinstance(value, bool) else None


def _origin(value: object) -> object:
    code = value.strip().upper() if isinstance(value, str) else ""
    return code if re.fullmatch("[A-Z]{2}", code) else None


def _grams(value: object) -> object:
    grams = int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,7}", value, re.ASCII) else value
    return grams if isinstance(grams, int) and not isinstance(grams, bool) and 0 < grams <= 1_000_000 else None


# What customs wants of goods. A shop that writes nonsense there still has an order to be imported: it reads as not given, and
# `retour doctor` asks for it.
Tariff = Annotated[str | None, BeforeValidator(_tariff)]
Origin = Annotated[str | None, BeforeValidator(_origin)]
Grams = Annotated[int | None, BeforeValidator(_grams)]


def _gtin(value: object) -> object:
    # Like the customs data: without a right one an order is still an order, and its goods are counted by hand.
    return gtin14(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None


Gtin = Annotated[str | None, BeforeValidator(_gtin)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Customer(Frozen):
    name: Text
    email: Annotated[str, Field(max_length=320)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    language: Language | None = None
    group: Key | None = None
    """The shop's own group of customers ("members"), which policy overrides may name. Not in contract section 3."""


class Address(Frozen):
    name: Text | None = None
    line1: Text
    line2: Text | None = None
    city: Text
    state: Text | None = None
    postal_code: Annotated[str, Field(max_length=20)] | None = None
    country: Country


class PaymentMethod(Frozen):
    id: Key
    type: PaymentType
    last4: Annotated[str, Field(max_length=4)] | None = None
    amount: Money


class OrderLine(Frozen):
    id: Key
    sku: Key
    name: Text
    category: Text | None = None
    variant: dict[str, str] = {}
    quantity: Annotated[int, Field(ge=1, le=100_000)]
    unit_price: Money
    discount: Money = Decimal(0)
    delivered_at: Instant | None = None
    tags: frozenset[str] = frozenset()
    gtin: Gtin = None
    """14 digits, by which a scanned item is found (rma.model.epc): here or with the catalogue's item. Not in contract section 3."""
    hs_code: Tariff = None
    """With `origin` and `weight_grams` (of one unit), for customs: here or with the catalogue's item. Not in contract section 3."""
    origin: Origin = None
    weight_grams: Grams = None

    @cached_property
    def title(self) -> str:
        """The line as a person would point at it: "T-shirt (blue, M)"."""
        options = ", ".join(self.variant.values())
        return f"{self.name} ({options})" if options else self.name


class Order(Frozen):
    number: Key
    status: OrderStatus
    currency: Currency
    market: Country
    placed_at: Instant
    shipping_paid: Money = Decimal(0)
    customer: Customer
    shipping_address: Address
    payment_methods: tuple[PaymentMethod, ...] = ()
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=1000)]
    export_mrn: Tariff = None
    """The movement reference number of the export declaration, where the goods left a customs territory under one."""

    @model_validator(mode="after")
    def _unique_lines(self) -> "Order":
        if len({line.id for line in self.lines}) != len(self.lines):
            raise ValueError("two lines have the same id; give every line its own")
        return self

    @property
    def key(self) -> str:
        return order_key(self.number)

    def line(self, line_id: str) -> OrderLine | None:
        return next((line for line in self.lines if line.id == line_id), None)

    @property
    def last_delivery(self) -> datetime | None:
        """When the last line came, or None while one is still on its way."""
        instants = [line.delivered_at for line in self.lines]
        return None if None in instants else max(instant for instant in instants if instant)


class CatalogueItem(Frozen):
    """One variant of a product, as the shop sells it."""

    sku: Key
    product: Key
    name: Text
    category: Text | None = None
    variant: dict[str, str] = {}
    price: Money
    currency: Currency | None = None
    available: bool = True
    tags: frozenset[str] = frozenset()
    gtin: Gtin = None
    hs_code: Tariff = None
    origin: Origin = None
    weight_grams: Grams = None

    @cached_property
    def title(self) -> str:
        options = ", ".join(self.variant.values())
        return f"{self.name} ({options})" if options else self.name
