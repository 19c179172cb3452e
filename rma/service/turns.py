"""What a turn begins with, read in one transaction: each one costs a shopper more waiting than what is read in it."""

from dataclasses import dataclass

from rma.model.conversations import Conversation, Message, Owner
from rma.model.errors import NotFound
from rma.model.orders import Order
from rma.policy import History
from rma.service.ports import Transactions
from rma.service.returns import ReturnDesk
from rma.service.settled import Settled, settled


@dataclass(frozen=True)
class Begun:
    """`order` and `history` are those of the order that was proven last, if one was. `is_over`: there is nothing left to answer,
    and only conversation and replies were read."""

    conversation: Conversation
    replies: list[Message]
    settled: Settled
    order: Order | None = None
    history: History | None = None

    @property
    def is_over(self) -> bool:
        """It was answered before, or a person has the conversation and is not talked over."""
        return bool(self.replies) or self.conversation.owner is Owner.PERSON


class TurnDesk:
    def __init__(self, transactions: Transactions, returns: ReturnDesk) -> None:
        self._transactions = transactions
        self._returns = returns

    async def begin(self, conversation_id: str, message_id: int) -> Begun:
        """The turn that answers `message_id`. Raises NotFound."""
        async with self._transactions() as uow:
            found = await uow.conversations.turn(conversation_id, message_id)
            if found is None:
                raise NotFound("no such conversation")
            conversation, replies = found
            begun = Begun(conversation, replies, Settled())
            if begun.is_over:
                return begun
            done, order_id = await settled(uow, conversation_id), conversation.order_id
            if order_id is None:
                return Begun(conversation, [], done)
            order, history = await uow.orders.get(order_id), await self._returns.history_in(uow, order_id)
            return Begun(conversation, [], done, order, history)
