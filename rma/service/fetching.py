"""On the shopper's side, without the dialogue: a person is fetched when turns fail; an address is left while one is there."""

from datetime import datetime

from rma.model.conversations import Channel, Message, Owner, Sender, Utterance
from rma.model.outgoing import Medium
from rma.model.reach import reach, same_address
from rma.model.support import Cause, Support
from rma.service.acting import act_on, kept, there
from rma.service.contacts import left_contact
from rma.service.conversations import ConversationDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.promises import Promises


class FetchDesk:
    def __init__(
        self, transactions: Transactions, clock: Clock, desk: ConversationDesk, promises: Promises, country: str
    ) -> None:
        """`country` is where a phone number without one is local."""
        self._transactions = transactions
        self._clock = clock
        self._desk = desk
        self._promises = promises
        self._country = country

    async def failed(self, conversation_id: str) -> list[Message]:
        """A turn of the assistant failed: the shopper is asked to repeat, and when that fails too, a person is fetched. Nothing is
        said where a person has the conversation."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> list[Message]:
            conversation = there(await uow.conversations.get(conversation_id))
            if support.is_persons:
                return []
            text = self._desk.texts.get("try_again", conversation.language, conversation.channel)
            if _failed_before(await uow.conversations.messages(conversation_id), text):
                order = await uow.orders.get(conversation.order_id) if conversation.order_id else None
                text = await self._promises.of(uow, conversation, Cause.FAILURE, order, now)
                conversation.owner = Owner.PERSON
                await uow.conversations.save(conversation)
                context = {"order": order.number if order else None}
                await uow.conversations.open_ticket(conversation_id, Cause.FAILURE, context, now)
            said = Utterance(text=text, sender=Sender.SYSTEM)
            return [(await self._desk.say_once(uow, conversation, said, None))[0]]

        return await act_on(self._transactions, self._clock, conversation_id, act)

    async def contact_left(self, conversation_id: str, text: str) -> list[Message]:
        """Notes an address or a number that a shopper on the web leaves while a person has the conversation, and says so. Nothing
        is sent there by itself, unless it is the proven order's."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> list[Message]:
            if support.channel is not Channel.WEB or not support.is_persons:
                return []
            order = await uow.orders.get(support.order_id) if support.order_id else None
            contact = left_contact(text, order.shipping_address.country if order else self._country)
            if contact is None or (support.contact and same_address(contact, support.contact)):
                return []
            of_order = [reach(order, medium) for medium in Medium] if order else []
            support.contact = contact
            support.contact_proven = any(address and same_address(address, contact) for address in of_order)
            await kept(uow, support, "contact_left", now, "shopper")
            conversation = there(await uow.conversations.get(conversation_id))
            words = self._desk.texts.get("contact_noted", conversation.language, contact=contact)
            return [(await self._desk.say_once(uow, conversation, Utterance(text=words, sender=Sender.SYSTEM), None))[0]]

        return await act_on(self._transactions, self._clock, conversation_id, act)


def _failed_before(messages: list[Message], again: str) -> bool:
    """Whether the last thing that was not the shopper's was the request to repeat."""
    last = next((message for message in reversed(messages) if message.sender is not Sender.SHOPPER), None)
    return last is not None and last.sender is Sender.SYSTEM and last.text == again
