"""Which returns an agent may reach through a conversation: its own, those of its order and of its customer."""

from rma.model.errors import NotFound
from rma.model.numbers import parse_return_number
from rma.model.orders import Order
from rma.model.returns import Return
from rma.model.support import Support
from rma.service.ports import UnitOfWork


async def found(
    uow: UnitOfWork, conversation_id: str | None, number: str
) -> tuple[Return, Order, Support | None]:
    """The return with its order and the conversation as it stands. Raises NotFound, also for a return of somebody else."""
    number = parse_return_number(number)
    rma = await uow.returns.by_number(number)
    if rma is None:
        raise NotFound(f"there is no return {number}")
    if conversation_id is None:
        support = await uow.support.get(rma.conversation) if rma.conversation else None
    else:
        support = await support_of(uow, conversation_id)
        around = await uow.support.around(conversation_id, support.order_id)
        linked = {rma.number for rma in await uow.returns.of_order(support.order_id)} if support.order_id else set()
        if number not in {*around.conversation_returns, *around.customer_returns, *linked}:
            raise NotFound(f"return {number} is not of this conversation's customer")
    return rma, await uow.orders.get(rma.order_id), support


async def support_of(uow: UnitOfWork, conversation_id: str) -> Support:
    """Raises NotFound."""
    support = await uow.support.get(conversation_id)
    if support is None:
        raise NotFound("no such conversation")
    return support
