"""One act on a conversation: in one transaction, on its state as it is then, with its line in the audit trail."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from rma.model.conversations import Conversation
from rma.model.errors import Conflict, NotFound
from rma.model.support import Support, SupportEvent
from rma.service.ports import Clock, Transactions, UnitOfWork

T = TypeVar("T")
Act = Callable[[UnitOfWork, Support, datetime], Awaitable[T]]


async def act_on(transactions: Transactions, clock: Clock, conversation_id: str, act: "Act[T]") -> T:
    """Runs `act` on the conversation as it is; again when somebody else changed it in between, so that what it then meets is named:
    a colleague who was faster, and not a version. Raises NotFound, and whatever `act` does."""
    for attempt in range(3):
        try:
            async with transactions() as uow:
                return await act(uow, known(await uow.support.get(conversation_id)), clock())
        except Conflict:
            if attempt == 2:
                raise
            await asyncio.sleep(0.01 * (attempt + 1))
    raise AssertionError


async def kept(uow: UnitOfWork, support: Support, kind: str, now: datetime, by: str, **detail: Any) -> Support:
    """Saves the conversation's new state and says so in the audit trail; the state as it is then."""
    await uow.support.save(support)
    await uow.support.note(SupportEvent(conversation=support.conversation, kind=kind, at=now, by=by, detail=detail))
    return known(await uow.support.get(support.conversation))


def known(support: Support | None) -> Support:
    if support is None:
        raise NotFound("no such conversation")
    return support


def there(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise NotFound("no such conversation")
    return conversation
