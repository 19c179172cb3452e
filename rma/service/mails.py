"""The e-mails, paragraph by paragraph: what happened, what to do now, the money, how to reach the shop. Five to twelve lines."""

from collections.abc import Sequence
from decimal import Decimal

from babel import Locale

from rma.labels.acknowledgement import spoken_instant
from rma.labels.words import Words as Printed
from rma.model.codes import Language, Method, Resolution, ReturnStatus
from rma.model.money import spoken
from rma.model.outgoing import Paper
from rma.model.withdrawals import Withdrawal
from rma.policy import spoken_date
from rma.policy.markets import market_of
from rma.service.declaring import has_papers
from rma.service.letters import (
    Checked,
    Letter,
    Paid,
    Told,
    Withheld,
    Words,
    harmless,
    is_late,
    label_papers,
    last_day,
    sentence,
)
from rma.service.refunds.days import days_of, is_withdrawal

_MOST_ITEMS = 6


class Mails:
    def __init__(self, words: Words) -> None:
        self._words = words

    def label(self, told: Told) -> Letter:
        words, rma, language = self._words, told.rma, told.language
        method = rma.method or Method.LABEL
        body = [
            self._about("mail_label", told),
            words(
                "mail_label_late" if is_late(told) else f"mail_label_{method}",
                language,
                date=spoken_date(last_day(told), language),
            ),
            self._more_time(told),
            self._link(told),
            self._customs(told),
            words.money(told),
        ]
        return self._letter("mail_label", told, body, papers=label_papers(rma))

    def _more_time(self, told: Told) -> str:
        """For who is late and had none yet."""
        if not is_late(told) or any(event.kind == "extended" for event in told.rma.events):
            return ""
        return self._words("mail_label_more_time", told.language, url=self._words.links.address)

    def _link(self, told: Told) -> str:
        if not self._words.links.usable:
            return ""
        kind, key = ("qr", "mail_label_link_qr") if told.rma.method is Method.QR else ("label", "mail_label_link")
        return self._words(key, told.language, url=self._words.links.url(kind, told.rma.number))

    def _customs(self, told: Told) -> str:
        if not has_papers(told.rma):
            return ""
        links = self._words.links
        url = links.url("customs", told.rma.number) if links.usable else ""
        return self._words("mail_label_customs", told.language, url=url).rstrip()

    def confirmation(self, told: Told) -> Letter:
        words, rma, language = self._words, told.rma, told.language
        if rma.status is ReturnStatus.REVIEW:
            key = "mail_request_next" if told.later else "mail_request_ask"
            then = words(key, language, delay=words.review_delay(told))
            return self._letter("mail_request", told, [self._about("mail_request", told), then])
        body = [self._about("mail_confirmation", told)]
        if told.arranged:
            body.append(words.arranged("mail_confirmation_arranged", told))
        elif rma.decision["returnless"]:
            body.append(words("mail_confirmation_keep", language))
        else:
            body.append(words("mail_confirmation_nothing", language))
            undelivered = [line for item in rma.lines if (line := told.order.line(item.id)) and not line.delivered_at]
            if undelivered:
                body[-1] += " " + words("mail_confirmation_closed", language)
        return self._letter("mail_confirmation", told, [*body, words.money(told)])

    def reminder(self, told: Told) -> Letter:
        day = spoken_date(last_day(told), told.language)
        body = [
            self._about("mail_reminder", told),
            self._words("mail_reminder_next", told.language, date=day),
            self._link(told),
            self._customs(told),
            self._words("mail_reminder_done", told.language),
        ]
        return self._letter("mail_reminder", told, body, papers=label_papers(told.rma), date=day)

    def expired(self, told: Told) -> Letter:
        again = self._words("mail_expired_next", told.language, url=self._words.links.address)
        return self._letter("mail_expired", told, [self._about("mail_expired", told), again])

    def received(self, told: Told) -> Letter:
        words, rma, language = self._words, told.rma, told.language
        if rma.status is ReturnStatus.PARTIALLY_RECEIVED:
            here = self._list(told, [words.seen(told, line.id, line.received) for line in rma.lines if line.received])
            waited = [words.seen(told, line.id, line.outstanding) for line in rma.lines if line.outstanding]
            body = [
                words("mail_partly", language, number=rma.number, order=harmless(rma.order), items=here),
                words("mail_partly_missing", language, missing=self._list(told, waited)),
                words("mail_partly_next", language),
            ]
            return self._letter("mail_partly", told, body)
        values = {"total": words.total(told), "days": words.refund_days(told)}
        key = f"mail_received_{rma.resolution}"
        days = days_of(rma, told.order, words.policy) if is_withdrawal(rma, told.order) else None
        if days is not None and rma.resolution is Resolution.REFUND:
            key, values = "mail_received_withdrawal", {"total": words.total(told), "date": words.day(told, days.by)}
        body = [self._about("mail_received", told), words(key, language, **values)]
        return self._letter("mail_received", told, body)

    def checked(self, told: Told, checked: Checked) -> Letter:
        words, rma, language = self._words, told.rma, told.language
        body = [words("mail_checked", language, number=rma.number, order=harmless(rma.order))]
        refused = [
            words("mail_checked_item", language, item=words.seen(told, line, count), why=sentence(why, 300))
            for (line, why), count in checked.refused().items()
        ]
        missing = [words.seen(told, line, count) for line, count in checked.missing().items()]
        if refused:
            body.append(words("mail_checked_refused", language, items=self._list(told, refused)))
        if missing:
            body.append(words("mail_checked_missing", language, items=self._list(told, missing)))
        body.append(words.outcome(told, checked.due))
        body.append(words("mail_refused_contest", language, url=words.links.address))
        return self._letter("mail_checked", told, body)

    def refunded(self, told: Told, paid: Sequence[Paid], withheld: Withheld | None = None) -> Letter:
        words, rma, language, currency = self._words, told.rma, told.language, told.order.currency
        total = spoken(sum((part.amount for part in paid), Decimal(0)), currency, language)
        why = self._withheld(told, withheld, bool(paid))
        if not paid:
            # What was paid before stands in the return by now.
            key = "mail_unpaid_more" if Decimal(rma.refund["total"]) else "mail_unpaid"
            return self._letter("mail_unpaid", told, [self._about(key, told), *why])
        values = {"amount": total, "number": rma.number, "order": harmless(rma.order)}
        if all(part.method is None for part in paid):
            codes = [words("mail_credited_code", language, code=part.code) for part in paid if part.code]
            body = [words("mail_credited", language, **values), *codes, *why]
            return self._letter("mail_credited", told, body, amount=total)
        payments = [
            words("mail_refunded_payment", language, amount=spoken(part.amount, currency, language), to=words.paid_to(part, told))
            for part in paid
        ]  # fmt: skip
        body = [
            words("mail_refunded", language, payments="\n".join(payments), **values),
            words("mail_refunded_bank", language),
            *why,
        ]
        return self._letter("mail_refunded", told, body, amount=total)

    def _withheld(self, told: Told, withheld: Withheld | None, some: bool) -> list[str]:
        """Why less than was due, or nothing, is paid, and how to contest it."""
        if withheld is None:
            return []
        words, language, reason = self._words, told.language, sentence(withheld.reason, 500)
        less = spoken(withheld.amount, told.order.currency, language)
        key = "mail_refunded_less" if some else "mail_refused_why"
        return [
            words(key, language, reason=reason, less=less),
            words("mail_refused_contest", language, url=words.links.address),
        ]

    def exchanged(self, told: Told, orders: Sequence[str]) -> Letter:
        body = [
            self._about("mail_exchanged", told),
            self._words("mail_exchanged_order", told.language, orders=", ".join(harmless(one) for one in orders)),
        ]
        return self._letter("mail_exchanged", told, body)

    def reviewed(self, told: Told, approved: bool, reason: str | None) -> Letter:
        words, rma, language = self._words, told.rma, told.language
        said = sentence(reason, 1000)
        if approved:
            body = [self._about("mail_accepted", told)]
            if said:
                body.append(words("mail_accepted_note", language, reason=said))
            if told.arranged:
                body.append(words.arranged("mail_confirmation_arranged", told))
            elif rma.method is not None:
                key = "mail_accepted_label" if told.later else "mail_accepted_ask"
                body.append(words(key, language, url=words.links.address))
            elif rma.decision["returnless"]:
                body.append(words("mail_confirmation_keep", language))
            return self._letter("mail_accepted", told, [*body, words.money(told)])
        body = [self._about("mail_refused", told)]
        if said:
            body.append(words("mail_refused_why", language, reason=said))
        body += [words("mail_refused_basis", language, text=text.rstrip("."), law=law) for text, law in _laws(told)]
        body.append(words("mail_refused_contest", language, url=words.links.address))
        return self._letter("mail_refused", told, body)

    def withdrawal(self, withdrawal: Withdrawal) -> Letter:
        words, statement = self._words, withdrawal.statement
        language = statement.language
        instant = spoken_instant(withdrawal.submitted_at, market_of(words.shop.market).zone, language)
        declared = {
            "name": harmless(statement.name),
            "order": harmless(statement.order),
            "contact": statement.contact,
            "items": harmless(statement.items, 1000) or words("withdrawal_whole_order", language),
        }
        body = [
            words("mail_withdrawal", language, shop=words.shop.name, reference=withdrawal.reference, **instant),
            words("withdrawal_as_text", language, **declared),
            words("mail_withdrawal_keep", language),
        ]
        if words.links.usable:
            page = words.links.url("withdrawal", withdrawal.reference).removesuffix(".pdf")
            body.append(words("mail_withdrawal_next", language, url=page))
        return Letter(
            text=self._framed(body, language, statement.name),
            subject=words("mail_withdrawal_subject", language, reference=withdrawal.reference),
            papers=(Paper(kind="withdrawal", ref=withdrawal.reference),),
        )

    def code(self, code: str, minutes: int, language: Language) -> Letter:
        words, shop = self._words, self._words.shop.name
        body = [
            words("mail_code", language, shop=shop),
            code,
            words("mail_code_rules", language, minutes=minutes, shop=shop),
            words("mail_code_not_you", language),
        ]
        # To an address that is not known to be the shopper's: nothing of theirs stands in it.
        return Letter(
            text=self._framed(body, language, None), subject=words("mail_code_subject", language, code=code)
        )

    def _about(self, key: str, told: Told) -> str:
        items = self._list(told, [self._words.bought(told, line) for line in told.rma.lines])
        return self._words(key, told.language, number=told.rma.number, order=harmless(told.rma.order), items=items)

    def _list(self, told: Told, items: Sequence[str]) -> str:
        named = [f"• {item}" for item in items]
        if len(named) > _MOST_ITEMS:
            more = self._words("mail_more_items", told.language, count=len(named) - _MOST_ITEMS + 1)
            named = [*named[: _MOST_ITEMS - 1], more]
        return "\n".join(named)

    def _letter(
        self, key: str, told: Told, body: Sequence[str], papers: tuple[Paper, ...] = (), **values: str
    ) -> Letter:
        subject = self._words(f"{key}_subject", told.language, number=told.rma.number, **values)
        return Letter(self._framed(body, told.language, told.order.customer.name), subject, papers)

    def _framed(self, body: Sequence[str], language: Language, name: str | None) -> str:
        words, shop = self._words, self._words.shop
        called = harmless(name, 80)
        hello = words("mail_hello", language, name=called) if called else words("mail_hello_nobody", language)
        ways = {"email": shop.email, "phone": shop.phone}
        known = [way for way, address in ways.items() if address]
        reach = words(f"mail_reach_{known[0] if len(known) == 1 else 'both'}", language, **ways) if known else ""
        place = (shop.address or shop.returns_address).model_copy(update={"name": None})
        *lines, _capitals = Printed(language).address(place)
        country = Locale(language.value).territories.get(place.country, place.country)
        where = ", ".join([*(line.text for line in lines if line.text), country])
        return "\n\n".join(part for part in (hello, *body, reach, f"{shop.name}\n{where}") if part)


def _laws(told: Told) -> list[tuple[str, str]]:
    """What a decision rests on by law, in words, each once."""
    ours = {line.id for line in told.rma.lines}
    found = {
        basis["text"][told.language]: basis["law"]
        for line in told.rma.decision["lines"]
        for basis in line["basis"]
        if line["id"] in ours and basis["law"]
    }
    return list(found.items())
