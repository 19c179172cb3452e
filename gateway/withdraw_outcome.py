"""What a shopper reads of how their withdrawal stands: what to send back, until when, and the money."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rma.bootstrap import Container
from rma.model.codes import Resolution
from rma.model.money import spoken
from rma.model.returns import RELEASED, Return
from rma.model.withdrawals import Withdrawal
from rma.policy import deadlines, spoken_date, spoken_days
from rma.service.returns import needs_sending
from rma.service.withdrawals import PARTLY


@dataclass(frozen=True)
class Steps:
    """Sentences in the order to be read, what is in the return, and the address of its label if there is one."""

    sentences: tuple[str, ...]
    items: tuple[str, ...] = ()
    number: str | None = None
    label: str | None = None


async def next_steps(container: Container, withdrawal: Withdrawal, language: str) -> Steps:
    """Without a return the same words, whatever the reason: they must not tell whether there is such an order."""
    hours = container.shop_profile.answer_within_hours
    if withdrawal.return_number is None or withdrawal.order_id is None:
        return Steps((container.texts.get("withdrawal_person", language, hours=hours),))
    rma = await container.returns.ensure_label(await container.returns.get(withdrawal.return_number))
    if rma.status in RELEASED:
        return Steps((container.texts.get("withdrawal_cancelled", language, number=rma.number),))
    sentences = await _told(container, withdrawal.order_id, rma, language)
    if PARTLY in withdrawal.why:
        sentences.append(container.texts.get("withdrawal_rest", language, hours=hours))
    items = tuple(f"{line.quantity} × {line.name}" for line in rma.lines)
    label = f"/labels/{container.links.token('label', rma.number)}.pdf" if rma.label else None
    return Steps(tuple(sentences), items, rma.number, label)


async def _told(container: Container, order_id: int, rma: Return, language: str) -> list[str]:
    async with container.transactions() as uow:
        order = await uow.orders.get(order_id)
    values: dict[str, Any] = {
        "date": spoken_date(rma.send_by, language) if rma.send_by else "",
        "hours": container.shop_profile.answer_within_hours,
    }
    if rma.method is not None:
        key = "send" if rma.label else "send_later"
    elif needs_sending([line.id for line in rma.lines], order, bool(rma.decision["returnless"])):
        key = "send_arranged"
    else:
        key = "send_nothing"
    told = [container.texts.get(f"withdrawal_{key}", language, **values)]
    if rma.resolution is Resolution.REFUND:
        currency = rma.refund["currency"]
        days = spoken_days(deadlines(order, rma.created_at, container.policy).refund_days, language)
        money = "money_now" if key == "send_nothing" else "money"
        total = spoken(Decimal(rma.refund["total"]), currency, language)
        told.append(container.texts.get(f"withdrawal_{money}", language, total=total, days=days))
        if cost := Decimal(rma.refund["return_shipping"]):
            told.append(container.texts.get("withdrawal_money_cost", language, amount=spoken(cost, currency, language)))
    return told
