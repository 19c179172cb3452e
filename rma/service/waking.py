"""What time alone does in the queue: snoozed conversations come back, decisions that nobody has to make any more leave."""

from datetime import datetime

from rma.model.conversations import Status
from rma.model.support import HandOver, Support
from rma.service.acting import act_on, kept
from rma.service.ports import Clock, Transactions, UnitOfWork


async def wake(transactions: Transactions, clock: Clock) -> list[str]:
    """Opens again what was snoozed until now, and ends the reviews of returns that were called off or decided elsewhere. The
    conversations that are open again."""
    async with transactions() as uow:
        due, reviews = await uow.support.due(clock()), await uow.support.open_reviews()
    for review in reviews:
        await _tidied(transactions, clock, review)
    return [conversation_id for conversation_id in due if await _woken(transactions, clock, conversation_id)]


async def _woken(transactions: Transactions, clock: Clock, conversation_id: str) -> bool:
    async def act(uow: UnitOfWork, support: Support, now: datetime) -> bool:
        if support.status is not Status.SNOOZED or support.snoozed_until is None or support.snoozed_until > now:
            return False
        support.take(support.assignee, now)
        await kept(uow, support, "woken", now, "system")
        return True

    return await act_on(transactions, clock, conversation_id, act)


async def _tidied(transactions: Transactions, clock: Clock, review: HandOver) -> None:
    number = review.context.get("number")

    async def act(uow: UnitOfWork, _support: Support, now: datetime) -> None:
        rma = await uow.returns.by_number(number) if number else None
        if rma is not None and rma.status != "review":
            await uow.support.close(review.conversation, [review.id], now, "system", rma.status.value)

    await act_on(transactions, clock, review.conversation, act)
