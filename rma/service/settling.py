"""What people do about a return once its goods are on their way: pay what is due, pay beside it, try a failed payment again, give
more time, send the repaired goods back.

Each act is checked under the same lock as what it changes, and its line in the audit trail is written in that transaction: `key`,
the form's own, stands in it, so that a form that comes twice is known.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rma.model.agents import Agent
from rma.model.conversations import Channel, Sender, Utterance
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.money import written
from rma.model.refunding import ExchangeItem, Refund, RefundKind, RefundStatus
from rma.model.returns import Return
from rma.model.support import Action, Cause, SupportEvent
from rma.policy import spoken_date
from rma.policy.amounts import ZERO
from rma.service.belonging import found
from rma.service.conversations import ConversationDesk
from rma.service.exchanges import net, ready, unsettled
from rma.service.expiry import ExpiryDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds.amount import check_amount
from rma.service.refunds.deciding import due_on
from rma.service.refunds.desk import RefundDesk
from rma.service.rights import Rights
from rma.texts import Texts


class SettlingDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        refunds: RefundDesk,
        expiry: ExpiryDesk,
        desk: ConversationDesk,
        rights: Rights,
        texts: Texts,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._refunds = refunds
        self._expiry = expiry
        self._desk = desk
        self._rights = rights
        self._texts = texts

    # -- money --------------------------------------------------------------------------------------------------------

    async def pay(
        self, agent: Agent, conversation_id: str, number: str, key: str, reason: str = "", difference: Decimal | None = None
    ) -> Refund:
        """Pays what is due, or sends what goes out instead: nobody says an amount. Where the new article costs more, `difference`
        is what the shopper paid of that, and `reason` says how; of one that is sold out, with a `reason`, the money goes back.
        Raises NotFound, Conflict, Refused, Forbidden."""
        rma = await self._mine(conversation_id, number)

        async def first(uow: UnitOfWork, fresh: Return) -> None:
            _, order, support = await found(uow, conversation_id, fresh.number)
            self._rights.check(agent, Action.PAY, support, fresh)
            if difference is None:
                return
            going = [item for item in await self._going(uow, fresh) if not item.sold_out]
            more = net([item for item, _ in ready(fresh, order, going)])
            if more <= 0:
                raise Conflict(f"{fresh.number}: nothing that goes out costs more any longer")
            check_amount(difference, order.currency)
            self._rights.check(agent, Action.GOODWILL, support, fresh, max(more - difference, ZERO))

        async def allow(uow: UnitOfWork, fresh: Return, pays: Decimal, _going: Sequence[ExchangeItem]) -> None:
            # Only now is it known: what is sold out goes back as money, and may be more than what was due before.
            _, order, support = await found(uow, conversation_id, fresh.number)
            self._rights.check(agent, Action.PAY, support, fresh, pays)
            said = {"amount": written(pays, order.currency), "currency": order.currency} if pays else {}
            await self._note(uow, agent, "refund_begun" if pays else "exchange_begun", fresh, conversation_id, key, reason, **said)

        return await self._paid(
            rma.number, agent, key, amount=difference, reason=reason.strip() or None, first=first, allow=allow
        )

    async def goodwill(
        self, agent: Agent, conversation_id: str, number: str, key: str, amount: Decimal, reason: str, after: int
    ) -> Refund:
        """Pays `amount` that is not due: before the goods came, when it counts towards what the return comes to, or beside it. The
        limit of the role is for all goodwill of the return. `after` is the last refund that the agent saw, 0 for none: of two who
        are generous at the same moment one is. Raises NotFound, Conflict, Refused, Forbidden."""
        reason = reason.strip()[:500]
        if not reason:
            raise Refused("say why: the reason is kept, and the shopper may ask for it")
        rma = await self._mine(conversation_id, number)

        async def first(uow: UnitOfWork, fresh: Return) -> None:
            _, order, support = await found(uow, conversation_id, fresh.number)
            self._rights.check(agent, Action.GOODWILL, support, fresh)
            check_amount(amount, order.currency)
            before, due = await uow.refunds.of(fresh.number), await due_on(uow, fresh, order)
            if max((one.id or 0 for one in before), default=0) != after:
                raise Conflict(f"{fresh.number}: somebody else paid for it meanwhile; look again")
            if due.owed > 0:
                raise Conflict(
                    f"{written(due.owed, order.currency)} {order.currency} are due on {fresh.number}: pay that first, goodwill then"
                )
            if is_open(before):
                raise Conflict(f"{fresh.number}: a payment failed or is on its way; goodwill comes after it")
            if unsettled(await uow.refunds.exchanges(fresh.number), before):
                raise Conflict(f"{fresh.number}: what goes out instead is not sent yet; goodwill comes after it")
            self._rights.check(agent, Action.GOODWILL, support, fresh, amount + given(before))
            said = {"amount": written(amount, order.currency), "currency": order.currency}
            await self._note(uow, agent, "goodwill_begun", fresh, conversation_id, key, reason, **said)

        return await self._paid(rma.number, agent, key, amount=amount, reason=reason, goodwill=True, first=first)

    async def _paid(self, number: str, agent: Agent, key: str, **options: Any) -> Refund:
        await self._refunds.refund(number, agent.login, f"console:{key}", **options)
        async with self._transactions() as uow:
            refund = await uow.refunds.by_key(number, f"console:{key}")
        assert refund is not None
        return refund

    async def retry(
        self, agent: Agent, conversation_id: str, number: str, refund_id: int, key: str, as_credit: bool = False
    ) -> Refund:
        """Tries a failed payment again, perhaps as store credit. Ends what was handed over because of it, once it is paid. Raises
        NotFound, Conflict, Forbidden."""
        rma = await self._mine(conversation_id, number)
        if (await self._refunds.get(refund_id)).number != rma.number:
            raise NotFound(f"there is no refund {refund_id} of {rma.number}")

        async def first(uow: UnitOfWork, fresh: Return) -> None:
            _, _, support = await found(uow, conversation_id, fresh.number)
            self._rights.check(agent, Action.RETRY_REFUND, support, fresh)
            kind = "refund_as_credit" if as_credit else "refund_again"
            await self._note(uow, agent, kind, fresh, conversation_id, key, "")

        refund = await self._refunds.retry(refund_id, agent.login, as_credit, first=first)
        if refund.status is RefundStatus.PAID:
            await self._end_hand_overs(agent, conversation_id, rma)
        return refund

    async def _end_hand_overs(self, agent: Agent, conversation_id: str, rma: Return) -> None:
        async with self._transactions() as uow:
            if any(one.status is RefundStatus.FAILED for one in await uow.refunds.of(rma.number)):
                return
            for thread in dict.fromkeys(one for one in (rma.conversation, conversation_id) if one is not None):
                over = [
                    one.id
                    for one in await uow.support.hand_overs(thread)
                    if one.cause is Cause.REFUND and one.closed_at is None and one.context.get("number") == rma.number
                ]
                if over:
                    await uow.support.close(thread, over, self._clock(), agent.login, "refund_again")

    # -- goods --------------------------------------------------------------------------------------------------------

    async def more_time(self, agent: Agent, conversation_id: str, number: str, key: str) -> Return:
        """More time to send the parcel, once; the shopper reads it in the chat. Raises NotFound, Conflict, Forbidden."""
        rma = await self._mine(conversation_id, number)

        async def first(uow: UnitOfWork, fresh: Return) -> None:
            _, _, support = await found(uow, conversation_id, fresh.number)
            self._rights.check(agent, Action.MORE_TIME, support, fresh)

        async def also(uow: UnitOfWork, fresh: Return) -> None:
            assert fresh.send_by is not None
            await self._note(
                uow, agent, "more_time", fresh, conversation_id, key, "", send_by=fresh.send_by.isoformat()
            )
            conversation = await uow.conversations.get(fresh.conversation) if fresh.conversation else None
            if conversation is not None and conversation.channel is Channel.WEB:
                day = spoken_date(fresh.send_by, conversation.language)
                text = self._texts.get("more_time_from_agent", conversation.language, number=fresh.number, date=day)
                await self._desk.say_once(uow, conversation, Utterance(text=text, sender=Sender.SYSTEM), None)

        return await self._expiry.extend(rma.number, agent.login, also=also, first=first)

    async def repaired(self, agent: Agent, conversation_id: str, number: str, key: str, reason: str = "") -> Return:
        """The repaired goods were sent back: closes the return. Raises NotFound, Conflict, Forbidden."""
        rma = await self._mine(conversation_id, number)

        async def first(uow: UnitOfWork, fresh: Return) -> None:
            _, _, support = await found(uow, conversation_id, fresh.number)
            self._rights.check(agent, Action.REPAIRED, support, fresh)
            await self._note(uow, agent, "repair_sent", fresh, conversation_id, key, reason)

        return await self._refunds.repaired(rma.number, agent.login, reason.strip() or None, first)

    # -- within -------------------------------------------------------------------------------------------------------

    async def _mine(self, conversation_id: str, number: str) -> Return:
        async with self._transactions() as uow:
            return (await found(uow, conversation_id, number))[0]

    @staticmethod
    async def _going(uow: UnitOfWork, rma: Return) -> list[ExchangeItem]:
        return unsettled(await uow.refunds.exchanges(rma.number), await uow.refunds.of(rma.number))

    async def _note(
        self, uow: UnitOfWork, agent: Agent, kind: str, rma: Return, conversation_id: str, key: str, reason: str, **more: Any
    ) -> None:
        detail = {"number": rma.number, "order": rma.order, "reason": reason.strip()[:500], "key": key} | more
        await uow.support.note(
            SupportEvent(conversation=conversation_id, kind=kind, at=self._clock(), by=agent.login, detail=detail)
        )


def is_open(refunds: list[Refund]) -> bool:
    """Whether one of them is not at its end: on its way, or failed and waiting for a person."""
    return any(one.status is not RefundStatus.PAID for one in refunds)


def given(refunds: list[Refund]) -> Decimal:
    """The goodwill among them, in all."""
    return sum((one.amount for one in refunds if one.kind is RefundKind.GOODWILL), ZERO)
