"""What the letters of all media have in common: how a shop, its shoppers, their money and their days are put into words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from rma.labels.clean import printable
from rma.links import Links
from rma.model.codes import Disposition, Language, Method, PaymentType, Resolution
from rma.model.goods import Unit
from rma.model.money import spoken
from rma.model.orders import Order
from rma.model.outgoing import Paper
from rma.model.returns import ACCEPTS_NOTHING, Return, ReturnLine
from rma.model.shop import Shop
from rma.model.withdrawals import Withdrawal
from rma.policy import Policy, brief_date, deadlines, spoken_date, working_days
from rma.policy.case import local_day
from rma.policy.markets import market_of
from rma.service.declaring import has_papers
from rma.service.refunds.days import day_of_withdrawal, days_of
from rma.service.refunds.due import Due
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
class Withheld:
    """What of a sum due is not paid, and why."""

    amount: Decimal
    reason: str


@dataclass(frozen=True)
class Checked:
    """What somebody saw of a return, with what is `due` for it now."""

    units: Sequence[Unit]
    due: Due

    def refused(self) -> dict[tuple[str, str], int]:
        """Units that were not accepted, by line and the warehouse's words."""
        found: dict[tuple[str, str], int] = {}
        for unit in self.units:
            if not unit.accepted and unit.disposition is not Disposition.MISSING:
                found[unit.line, unit.why or ""] = found.get((unit.line, unit.why or ""), 0) + unit.quantity
        return found

    def missing(self) -> dict[str, int]:
        """Units that are not there, by line."""
        found: dict[str, int] = {}
        for unit in self.units:
            if unit.disposition is Disposition.MISSING:
                found[unit.line] = found.get(unit.line, 0) + unit.quantity
        return found


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

    def checked(self, told: Told, checked: Checked) -> Letter: ...

    def refunded(self, told: Told, paid: Sequence[Paid], withheld: Withheld | None = None) -> Letter: ...

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

    def some(self, told: Told, line: ReturnLine, count: int, of: int) -> str:
        """Units of an item: its name alone where all of one is meant, else their number, and of how many where there are more:
        "1 of 3 × T-shirt (blue, M)"."""
        item = harmless(self.named(told, line))
        if 0 < count < of:
            return self("some_of", told.language, count=count, all=of, item=item)
        return f"{count} × {item}" if count > 1 else item

    def bought(self, told: Told, line: ReturnLine) -> str:
        """What is announced of it, of what was bought."""
        ordered = told.order.line(line.id)
        return self.some(told, line, line.quantity or line.received, ordered.quantity if ordered else 0)

    def seen(self, told: Told, line_id: str, count: int) -> str:
        """Units of what was announced, or came."""
        line = told.rma.line(line_id)
        return self.some(told, line, count, max(line.quantity, line.received)) if line else line_id

    def day(self, told: Told, day: date) -> str:
        if self._channel == "sms":
            return brief_date(day, told.language, told.now.date())
        return spoken_date(day, told.language)

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
        if rma.resolution is Resolution.REFUND and comes_back and (by := day_of_withdrawal(rma, told.order)):
            return self("next_refund_withdrawal", language, total=self.total(told), date=self.day(told, by))
        if rma.resolution in (Resolution.REFUND, Resolution.STORE_CREDIT):
            key = f"next_{rma.resolution}" if comes_back else f"next_{rma.resolution}_now"
            return self(key, language, total=self.total(told), days=self.refund_days(told))
        if told.difference:
            amount = spoken(told.difference, told.order.currency, language)
            return self("next_exchange_difference", language, amount=amount)
        if comes_back:
            return self(f"next_{rma.resolution}", language)
        return self(f"mail_next_{rma.resolution}", language) if rma.resolution is not Resolution.REPAIR else ""

    def outcome(self, told: Told, due: Due) -> str:
        """What becomes of the money, or of what was wanted instead, after some of it was refused or did not come."""
        rma, language = told.rma, told.language
        if rma.status in ACCEPTS_NOTHING:
            return ""
        unsettled = any(line.outstanding or line.uninspected for line in rma.lines)
        if due.owed:
            days = days_of(rma, told.order, self.policy)
            key = f"checked_{due.resolution}_later" if unsettled else f"checked_{due.resolution}"
            amount = spoken(due.owed, due.currency, language)
            return self(key, language, amount=amount, date=self.day(told, days.by)) if days else ""
        if unsettled or due.settled or any(line.accepted for line in rma.lines):
            return ""
        return self(f"checked_none_{rma.resolution}", language)

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


def is_late(told: Told) -> bool:
    """Whether the last day to send it is past, where the order's market is."""
    return last_day(told) < local_day(told.now, market_of(told.order.market).zone)


def last_day(told: Told) -> date:
    return told.rma.send_by or told.rma.created_at.date()
