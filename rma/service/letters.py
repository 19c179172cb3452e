"""What the letters of all media have in common: how a shop, its shoppers, their money and their days are put into words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from rma.labels.clean import printable
from rma.links import Links
from rma.model.codes import Language, Method, PaymentType, Resolution
from rma.model.money import spoken
from rma.model.orders import Order
from rma.model.outgoing import Paper
from rma.model.returns import Return, ReturnLine
from rma.model.shop import Shop
from rma.model.withdrawals import Withdrawal
from rma.policy import Policy, deadlines, working_days
from rma.service.declaring import has_papers
from rma.texts import Texts

_LINKED = re.compile(r"(?<=\w)([.:])(?=[^\W\d]|/)")


@dataclass(frozen=True)
class Letter:
    """A message before it has an address. `subject` is for e-mails."""

    text: str
    subject: str | None = None
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Paid:
    """A part of a refund: `method` is the id of the order's payment method that it went to, None for store credit, which is spent
    with its `code`."""

    amount: Decimal
    method: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Told:
    """A return as it is written about. `arranged`: a person arranges the way back. `difference`: what is exchanged for costs more
    or less, without sign. `later`: whether the notice that comes after this one reaches the shopper."""

    rma: Return
    order: Order
    language: Language
    now: datetime
    arranged: bool = False
    difference: Decimal = Decimal(0)
    later: bool = True


class Letters(Protocol):
    """One way of putting them: e-mail, text message."""

    def label(self, told: Told) -> Letter: ...

    def confirmation(self, told: Told) -> Letter: ...

    def reminder(self, told: Told) -> Letter: ...

    def expired(self, told: Told) -> Letter: ...

    def received(self, told: Told) -> Letter: ...

    def refunded(self, told: Told, paid: Sequence[Paid]) -> Letter: ...

    def exchanged(self, told: Told, orders: Sequence[str]) -> Letter: ...

    def reviewed(self, told: Told, approved: bool, reason: str | None) -> Letter: ...

    def withdrawal(self, withdrawal: Withdrawal) -> Letter: ...

    def code(self, code: str, minutes: int, language: Language) -> Letter: ...


ByWhen = Callable[[datetime, str], str]
"""The latest time of an answer of the team, in words of a language."""


class Words:
    """The words of letters for one channel of the texts ('email' has no variants of its own, 'sms' has)."""

    def __init__(
        self, texts: Texts, links: Links, shop: Shop, policy: Policy, by_when: ByWhen, channel: str
    ) -> None:
        self._texts = texts
        self._by_when = by_when
        self.links = links
        self.shop = shop
        self.policy = policy
        self._channel = channel

    def __call__(self, key: str, language: str, **values: Any) -> str:
        return self._texts.get(key, language, self._channel, **values)

    def named(self, told: Told, line: ReturnLine) -> str:
        """The item with its variant, colours in the reader's language: "T-shirt (bleu, M)"."""
        bought = told.order.line(line.id)
        if bought is None or not bought.variant:
            return line.name
        keys = {value: f"value_{value.casefold().replace(' ', '_')}" for value in bought.variant.values()}
        values = [self(key, told.language) if key in self._texts else value for value, key in keys.items()]
        return f"{bought.name} ({', '.join(values)})"

    def total(self, told: Told) -> str:
        return spoken(Decimal(told.rma.refund["total"]), told.order.currency, told.language)

    def refund_days(self, told: Told) -> int:
        return deadlines(told.order, told.rma.created_at, self.policy).refund_days

    def review_delay(self, told: Told) -> str:
        count = deadlines(told.order, told.rma.created_at, self.policy).review_working_days
        return working_days(count, told.language, self._texts)

    def arranged(self, key: str, told: Told) -> str:
        """That a person arranges the way back, and says by when how; nothing is promised where nobody knows."""
        when = self._by_when(told.now, told.language)
        return self(key if when else f"{key}_some_day", told.language, when=when)

    def money(self, told: Told) -> str:
        """What the shopper gets and when, after the return was accepted."""
        rma, language = told.rma, told.language
        comes_back = rma.method is not None or told.arranged
        if rma.resolution in (Resolution.REFUND, Resolution.STORE_CREDIT):
            key = f"next_{rma.resolution}" if comes_back else f"next_{rma.resolution}_now"
            return self(key, language, total=self.total(told), days=self.refund_days(told))
        if told.difference:
            amount = spoken(told.difference, told.order.currency, language)
            return self("next_exchange_difference", language, amount=amount)
        if comes_back:
            return self(f"next_{rma.resolution}", language)
        return self(f"mail_next_{rma.resolution}", language) if rma.resolution is not Resolution.REPAIR else ""

    def paid_to(self, paid: Paid, told: Told) -> str:
        """ "your card ending in 9212"."""
        if paid.method is None:
            key = "paid_store_credit_code" if paid.code else "paid_store_credit"
            return self(key, told.language, code=paid.code or "")
        method = next((one for one in told.order.payment_methods if one.id == paid.method), None)
        if method is None:
            return self("paid_other", told.language)
        if method.type is PaymentType.CARD and method.last4:
            return self("paid_card_last4", told.language, last4=method.last4)
        return self(f"paid_{method.type}", told.language)


def label_papers(rma: Return) -> tuple[Paper, ...]:
    """The label, for printerless drop-off the code before it, and what customs wants on the parcel."""
    kinds = [*(["qr"] if rma.method is Method.QR else []), "label", *(["customs"] if has_papers(rma) else [])]
    return tuple(Paper(kind=kind, ref=rma.number) for kind in kinds)


def harmless(text: str | None, limit: int = 200) -> str:
    """Text from outside for a letter that bears the shop's name: one line, in which no mail program finds a link."""
    return _LINKED.sub(r"\1 ", printable(text, limit))


def sentence(text: str | None, limit: int) -> str:
    """The same as a sentence of its own, cut between words where it is longer."""
    said = harmless(text, limit + 1)
    if len(said) > limit:
        return said[:limit].rsplit(" ", 1)[0] + "…"
    return f"{said}." if said and said[-1] not in ".!?…" else said


def last_day(told: Told) -> date:
    return told.rma.send_by or told.rma.created_at.date()
