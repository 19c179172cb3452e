"""A conversation in full, as an agent sees it."""

from typing import Any

from pydantic import BaseModel

from rma.model.conversations import Conversation, Message
from rma.model.errors import NotFound
from rma.model.orders import Order
from rma.model.returns import Return
from rma.model.support import HandOver, Stretch, Support, SupportEvent, stretches
from rma.model.withdrawals import Withdrawal
from rma.service.ports import UnitOfWork


class Overview(BaseModel):
    support: Support
    conversation: Conversation
    messages: list[Message]
    authors: dict[int, str]
    """Which agent said a message, by its id."""
    order: Order | None
    order_id: int | None
    returns: list[Return]
    """Of this conversation and of its order, newest first."""
    customer_returns: list[Return]
    """The others of the same customer."""
    refusals: list[dict[str, Any]]
    """Decisions that made no return: `retour decide`'s answer with 'order', 'trace' and 'case'."""
    handovers: list[HandOver]
    events: list[SupportEvent]
    """The audit trail, notes among it."""
    stretches: list[Stretch]
    photos: list[int]
    withdrawals: list[Withdrawal]
    name: str | None
    email: str | None
    phone: str | None


async def overview(uow: UnitOfWork, conversation_id: str) -> Overview:
    """Raises NotFound."""
    support, conversation = await uow.support.get(conversation_id), await uow.conversations.get(conversation_id)
    if support is None or conversation is None:
        raise NotFound("no such conversation")
    around = await uow.support.around(conversation_id, support.order_id)
    withdrawals = [one for ref in around.withdrawals if (one := await uow.withdrawals.by_reference(ref))]
    order_id = support.order_id or next((one.order_id for one in withdrawals if one.order_id is not None), None)
    order = await uow.orders.get(order_id) if order_id is not None else None
    of_order = await uow.returns.of_order(order_id) if order_id is not None else []
    others = [await uow.returns.by_number(number) for number in around.conversation_returns]
    own = {rma.number: rma for rma in [*of_order, *others] if rma is not None}
    customers = [await uow.returns.by_number(number) for number in around.customer_returns if number not in own]
    events = await uow.support.events(conversation_id)
    statement = withdrawals[0].statement if withdrawals else None
    customer = order.customer if order else None
    return Overview(
        support=support,
        conversation=conversation,
        messages=await uow.conversations.messages(conversation_id),
        authors={event.detail["message"]: event.by for event in events if event.kind == "said"},
        order=order,
        order_id=order_id,
        returns=sorted(own.values(), key=lambda rma: rma.created_at, reverse=True),
        customer_returns=[rma for rma in customers if rma is not None],
        refusals=await uow.conversations.decisions(conversation_id),
        handovers=await uow.support.hand_overs(conversation_id),
        events=events,
        stretches=stretches(events),
        photos=around.photos,
        withdrawals=withdrawals,
        name=customer.name if customer else statement.name if statement else None,
        email=customer.email if customer else None,
        phone=customer.phone if customer else None,
    )
