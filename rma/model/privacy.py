"""What is kept about a person: whose it is, a copy of it (GDPR art. 15 and 20), its erasure (art. 17), and what must stay."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol

import phonenumbers
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rma.model.codes import Language
from rma.model.orders import Address, Customer, Frozen, Order
from rma.model.phones import WHATSAPP


class Wanted(BaseModel):
    """By what the person is known: exactly one of them, in its one written form (order key, folded e-mail, E.164)."""

    order: str | None = None
    email: str | None = None
    phone: str | None = None

    @property
    def kind(self) -> str:
        return next(name for name in ("order", "email", "phone") if getattr(self, name) is not None)


class Person(BaseModel):
    """Whatever is theirs, by the ids of our tables."""

    emails: list[str] = []
    phones: list[str] = []
    names: list[str] = []
    language: Language = Language.EN
    orders: dict[int, str] = {}
    """Numbers by id."""
    returns: dict[int, str] = {}
    conversations: list[str] = []
    mentions: list[str] = []
    """Conversations of others in which an address of theirs was left: only the address is theirs."""
    withdrawals: dict[int, str] = {}
    shared: list[str] = []
    """Numbers of theirs with which somebody else orders too: what was texted is not told apart, so it is left alone."""

    @property
    def addresses(self) -> list[str]:
        """Every form in which a message names them as its recipient or sender."""
        return [*self.emails, *self.phones, *(WHATSAPP + phone for phone in self.phones)]

    @property
    def is_known(self) -> bool:
        found = (self.orders, self.conversations, self.mentions, self.withdrawals)
        return any(found)


def _never(value: object) -> object:
    return None if value is False else value


class Keeping(Frozen):
    """How long conversations and statements are kept of themselves: the key `privacy` of policy/shop.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversations_days: Annotated[int | None, BeforeValidator(_never), Field(ge=30)] = None
    """After their last message; None for ever."""
    withdrawals_years: Annotated[int, Field(ge=1, le=30)] = 5
    """The limitation of claims from a contract: Code civil art. 2224."""


class Basis(StrEnum):
    """Why something is not erased."""

    CONTRACT = "contract"
    """GDPR art. 6(1)(b): still needed to perform the contract."""
    ACCOUNTS = "accounts"
    """GDPR art. 17(3)(b) with Code de commerce art. L123-22: ten years for accounting documents."""
    CLAIMS = "claims"
    """GDPR art. 17(3)(e): evidence of a declaration that binds the shop."""
    OBJECTION = "objection"
    """GDPR art. 17(3)(b) with art. 21: an opt-out must stay obeyed."""
    ACCOUNTABILITY = "accountability"
    """GDPR art. 5(2): that this was done, by whom and when; about nobody."""

    @property
    def law(self) -> str:
        return _LAWS[self]


_LAWS = {
    Basis.CONTRACT: "GDPR art. 6(1)(b)",
    Basis.ACCOUNTS: "GDPR art. 17(3)(b); Code de commerce art. L123-22",
    Basis.CLAIMS: "GDPR art. 17(3)(e); Directive 2011/83/EU art. 11a",
    Basis.OBJECTION: "GDPR art. 17(3)(b) and 21",
    Basis.ACCOUNTABILITY: "GDPR art. 5(2)",
}


class Kept(BaseModel):
    what: str
    count: int
    basis: Basis
    why: str
    names: list[str] = []
    """Which: numbers and references, never anything of the person's."""


class Erasure(BaseModel):
    """What an erasure did. `erased` are rows by what they were; `waiting` is what is erased once it is over."""

    at: datetime
    subject: str
    erased: dict[str, int] = {}
    kept: list[Kept] = []
    waiting: list[Kept] = []
    elsewhere: list[str] = []
    """Copies that others hold, and what is known of where."""

    @property
    def did_something(self) -> bool:
        return any(self.erased.values())


class PersonalData(Protocol):
    """Where it is kept. Each call is one transaction."""

    async def find(self, wanted: Wanted) -> Person: ...

    async def copy(self, person: Person) -> dict[str, Any]:
        """Everything, as it can be written as JSON."""

    async def erase(self, wanted: Wanted, at: datetime, by: str, rehearse: bool) -> Erasure | None:
        """None when nothing is known of them. `rehearse` changes nothing and says what would be done."""

    async def finish(self, at: datetime) -> int:
        """Erases what had to wait and is over now; how many erasures are complete by it."""

    async def expire(self, conversations: datetime | None, withdrawals: datetime | None) -> dict[str, int]:
        """Removes what was last touched before then; a bounded number at a time."""


def without_customer(order: Order) -> Order:
    """The order for the accounts: what was sold, when, for how much, into which country; nobody's name, nobody's address."""
    nobody = Customer(name="", language=order.customer.language)
    nowhere = Address(line1="", city="", country=order.shipping_address.country)
    paid = tuple(method.model_copy(update={"last4": None}) for method in order.payment_methods)
    return order.model_copy(update={"customer": nobody, "shipping_address": nowhere, "payment_methods": paid})


GONE = "[erased]"


class Censor:
    """Takes known facts about a person out of free text that has to stay, such as the reason of a refund."""

    def __init__(self, person: Person, places: Iterable[str] = ()) -> None:
        words = {word for name in person.names for word in re.findall(r"\w{3,}", name)}
        facts = [*person.emails, *person.names, *places, *words]
        patterns = [re.escape(fact.strip()) for fact in sorted(facts, key=len, reverse=True) if len(fact.strip()) >= 3]
        patterns += [rf"(?:\+|00)?{_spread(digits)}" for phone in person.phones for digits in _spellings(phone)]
        whole = "|".join(rf"(?<!\w){pattern}(?!\w)" for pattern in patterns)
        self._pattern = re.compile(whole, re.IGNORECASE) if whole else None

    def clean(self, text: str) -> str:
        return self._pattern.sub(GONE, text) if self._pattern else text


def _spread(digits: str) -> str:
    return r"[\s.()/-]*".join(digits)


def _spellings(phone: str) -> list[str]:
    """With the country's code and as it is dialled inside the country."""
    parsed = phonenumbers.parse(phone)
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return [phone.lstrip("+"), re.sub(r"\D", "", national)]
