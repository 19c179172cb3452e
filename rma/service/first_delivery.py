"""The price of the first delivery goes back with the last of an order (contract section 4, rule 4): so it is promised by one return
because of the others. Where a part of the order stays with the shopper after all, it is not due any more."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rma.model.money import written
from rma.model.returns import RELEASED, Return
from rma.policy.amounts import ZERO
from rma.service.ports import UnitOfWork

FIRST_DELIVERY = "first_delivery"
"""Event of a return: the first delivery went off its amounts, or came back to them. Detail: `because`, the number of the return
that changed; `total`, `before`, `outbound_shipping` as they are since then."""


async def follow(uow: UnitOfWork, changed: Return, at: datetime) -> None:
    """To be called once what `changed` holds of its order is written. Touches no return that money went back for, or whose amount
    a person set."""
    order = await uow.orders.get(changed.order_id)
    committed = await uow.orders.committed(changed.order_id)
    whole = all(committed.get(line.id, 0) >= line.quantity for line in order.lines)
    others = [rma for rma in await uow.returns.of_order(changed.order_id) if rma.number != changed.number]
    standing = [rma for rma in others if rma.status not in RELEASED]
    promising = [rma for rma in standing if Decimal(rma.refund["outbound_shipping"])]
    if whole and not promising and (changed.status in RELEASED or not Decimal(changed.refund["outbound_shipping"])):
        await _give_again(uow, standing, changed, at)
    elif not whole:
        for rma in promising:
            if not _set_by_person(rma) and not await uow.refunds.of(rma.number):
                await _take_off(uow, rma, changed, at)


async def _take_off(uow: UnitOfWork, rma: Return, changed: Return, at: datetime) -> None:
    money = {name: Decimal(rma.refund[name]) for name in ("items", "return_shipping", "fees", "total")}
    total = min(money["total"], max(money["items"] - money["return_shipping"] - money["fees"], ZERO))
    currency = rma.refund["currency"]
    amounts = {"outbound_shipping": written(ZERO, currency), "total": written(total, currency)}
    await _write(uow, rma, changed, at, amounts, was=rma.refund["outbound_shipping"])


async def _give_again(uow: UnitOfWork, standing: list[Return], changed: Return, at: datetime) -> None:
    for rma in reversed(standing):
        last = next((event.detail for event in reversed(rma.events) if event.kind == FIRST_DELIVERY), None)
        # Only what is as it was left then: nobody set another amount, or another outcome, since.
        if last is None or "was" not in last or last["total"] != rma.refund["total"] or await uow.refunds.of(rma.number):
            continue
        await _write(uow, rma, changed, at, {"outbound_shipping": last["was"], "total": last["before"]})
        return


async def _write(
    uow: UnitOfWork, rma: Return, changed: Return, at: datetime, amounts: Mapping[str, str], **more: Any
) -> None:
    rma.note(FIRST_DELIVERY, at, "system", because=changed.number, before=rma.refund["total"], **amounts, **more)
    rma.refund = rma.refund | dict(amounts)
    await uow.returns.save(rma)


def _set_by_person(rma: Return) -> bool:
    return any(event.kind == "overridden" or "overrides" in event.detail for event in rma.events)
