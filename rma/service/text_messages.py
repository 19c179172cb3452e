"""The same as text messages: who we are first, then what there is to know in as few segments as it takes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rma.labels.acknowledgement import spoken_instant
from rma.model.codes import Language, Method, Resolution, ReturnStatus
from rma.model.gsm7 import folded
from rma.model.money import spoken
from rma.model.outgoing import Paper
from rma.model.withdrawals import Withdrawal
from rma.policy import brief_date
from rma.policy.markets import market_of
from rma.service.declaring import has_papers
from rma.service.letters import Checked, Letter, Paid, Told, Withheld, Words, harmless, is_late, last_day, sentence

_LONGEST_REASON, _LONGEST_WORDS = 220, 80
_MOST_ITEMS = 2


class TextMessages:
    """Each notice ends in how to opt out."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def label(self, told: Told) -> Letter:
        method = told.rma.method or Method.LABEL
        kind = "qr" if method is Method.QR else "label"
        key = "sms_label" if method is Method.LABEL else f"sms_label_{method}"
        key = "sms_label_late" if is_late(told) else key
        url = self._words.links.url(kind, told.rma.number)
        return self._said(key, told, self._customs(told), url=url, date=_day(told))

    def _customs(self, told: Told) -> str:
        if not has_papers(told.rma):
            return ""
        return self._words("sms_customs", told.language, url=self._words.links.url("customs", told.rma.number))

    def confirmation(self, told: Told) -> Letter:
        words, rma = self._words, told.rma
        if rma.status is ReturnStatus.REVIEW:
            return self._said("sms_request", told, delay=words.review_delay(told))
        if told.arranged:
            return self._said("sms_confirmation_arranged", told, how=words.arranged("sms_arranged", told))
        key = "sms_confirmation_keep" if rma.decision["returnless"] else "sms_confirmation_nothing"
        money = words.money(told) if rma.resolution in (Resolution.REFUND, Resolution.STORE_CREDIT) else ""
        return self._said(key, told, money)

    def reminder(self, told: Told) -> Letter:
        url = self._words.links.url("qr" if told.rma.method is Method.QR else "label", told.rma.number)
        return self._said("sms_reminder", told, url=url, date=_day(told))

    def expired(self, told: Told) -> Letter:
        return self._said("sms_expired", told)

    def received(self, told: Told) -> Letter:
        partly = told.rma.status is ReturnStatus.PARTIALLY_RECEIVED
        return self._said("sms_partly" if partly else "sms_received", told)

    def checked(self, told: Told, checked: Checked) -> Letter:
        words, language = self._words, told.language
        refused = [
            f"{words.seen(told, line, count)} ({sentence(why, _LONGEST_WORDS).rstrip('.')})"
            for (line, why), count in checked.refused().items()
        ]
        missing = [words.seen(told, line, count) for line, count in checked.missing().items()]
        said = [
            words("sms_checked_refused", language, items=_some(refused)) if refused else "",
            words("sms_checked_missing", language, items=_some(missing)) if missing else "",
            words.outcome(told, checked.due),
            words("sms_contest", language),
        ]
        return self._said("sms_checked", told, " ".join(part for part in said if part))

    def refunded(self, told: Told, paid: Sequence[Paid], withheld: Withheld | None = None) -> Letter:
        words, language = self._words, told.language
        why = ""
        if withheld is not None:
            less = spoken(withheld.amount, told.order.currency, language)
            reason = sentence(withheld.reason, _LONGEST_WORDS)
            why = f"{words('sms_less', language, less=less) if paid else ''} {reason} {words('sms_contest', language)}".strip()
        if not paid:
            key = "sms_unpaid_more" if Decimal(told.rma.refund["total"]) else "sms_unpaid"
            return self._said(key, told, why)
        amount = spoken(sum((part.amount for part in paid), Decimal(0)), told.order.currency, language)
        if all(part.method is None for part in paid):
            codes = ", ".join(part.code for part in paid if part.code)
            return self._said("sms_credited", told, why, amount=amount, code=codes or words("sms_credited_ask", language))
        to = f" {words('and', language)} ".join(dict.fromkeys(words.paid_to(part, told) for part in paid))
        return self._said("sms_refunded", told, why, amount=amount, to=to)

    def exchanged(self, told: Told, orders: Sequence[str]) -> Letter:
        return self._said("sms_exchanged", told, orders=", ".join(harmless(one) for one in orders))

    def reviewed(self, told: Told, approved: bool, reason: str | None) -> Letter:
        said = sentence(reason, _LONGEST_REASON)
        return self._said("sms_accepted", told, said) if approved else self._said("sms_refused", told, reason=said)

    def withdrawal(self, withdrawal: Withdrawal) -> Letter:
        words, language = self._words, withdrawal.statement.language
        instant = spoken_instant(withdrawal.submitted_at, market_of(words.shop.market).zone, language)
        text = words(
            "sms_withdrawal",
            language,
            shop=words.shop.name,
            reference=withdrawal.reference,
            date=instant["date"],
            time=instant["time"],
            url=words.links.url("withdrawal", withdrawal.reference),
        )
        return Letter(folded(text), papers=(Paper(kind="withdrawal", ref=withdrawal.reference),))

    def code(self, code: str, minutes: int, language: Language) -> Letter:
        return Letter(
            folded(self._words("sms_code", language, shop=self._words.shop.name, code=code, minutes=minutes))
        )

    def _said(self, key: str, told: Told, more: str = "", **values: Any) -> Letter:
        words, language = self._words, told.language
        text = words(key, language, shop=words.shop.name, number=told.rma.number, **values)
        parts = [" ".join(text.split()), more, words("sms_stop", language)]
        return Letter(folded(" ".join(part for part in parts if part)))


def _some(items: Sequence[str]) -> str:
    more = [f"+{len(items) - _MOST_ITEMS}"] if len(items) > _MOST_ITEMS else []
    return ", ".join([*items[:_MOST_ITEMS], *more])


def _day(told: Told) -> str:
    return brief_date(last_day(told), told.language, told.rma.created_at.date())
