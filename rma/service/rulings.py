"""What a person decides about returns: approve or decline what the policy left to them, override it, create one, call one off.

Each act is one transaction: the return with its event, the line in the audit trail, the end of the hand-over it was about, the
notice to the shopper.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from rma.model.agents import Agent
from rma.model.codes import Language, Method, ReturnStatus
from rma.model.conversations import Attachment, Channel, Message, Sender, Utterance
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.money import spoken, written
from rma.model.orders import Order
from rma.model.returns import Return, ReturnEvent
from rma.model.support import Action, Cause, HandOver, Support, SupportEvent
from rma.policy import Decision, History, ReturnRequest, deadlines, decide, granted, own_way
from rma.service.belonging import found, support_of
from rma.service.conversations import ConversationDesk
from rma.service.goods import came_unannounced
from rma.service.holding import goods_go_back, holding
from rma.service.moving import catch_up
from rma.service.new_return import NewLine, NewReturn, Quote, plan_of
from rma.service.payable import payable
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.returns import ReturnDesk, Word
from rma.service.rights import Rights
from rma.texts import Texts


class Notices(Protocol):
    async def reviewed(self, uow: UnitOfWork, rma: Return, order: Order, approved: bool, reason: str) -> None:
        """Tells the shopper what was decided on a return, by e-mail or SMS."""


class RulingDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        returns: ReturnDesk,
        desk: ConversationDesk,
        rights: Rights,
        texts: Texts,
        notices: Notices | None = None,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._returns = returns
        self._desk = desk
        self._rights = rights
        self._texts = texts
        self._notices = notices

    # -- on what waits for a person -----------------------------------------------------------------------------------

    async def approve(self, agent: Agent, conversation_id: str | None, number: str, reason: str = "") -> Return:
        """Issues the label too. Raises NotFound, Conflict, Forbidden."""
        return await self._accept(agent, conversation_id, number, reason.strip(), None)

    async def override(
        self, agent: Agent, conversation_id: str | None, number: str, total: Decimal, reason: str
    ) -> Return:
        """Another amount than the policy's; of a return that waits for a decision it is the approval too. Raises Refused for an
        amount that makes no sense and for no reason, NotFound, Conflict, Forbidden."""
        return await self._accept(agent, conversation_id, number, _needed(reason), total)

    async def _accept(
        self, agent: Agent, conversation_id: str | None, number: str, reason: str, total: Decimal | None
    ) -> Return:
        async with self._transactions() as uow:
            rma, order, support = await found(uow, conversation_id, number)
            action = Action.APPROVE if total is None else Action.OVERRIDE
            self._rights.check(agent, action, support, rma)
            waited = rma.status is ReturnStatus.REVIEW
            before, worth = rma.refund["total"], Decimal(0)
            if waited:
                outcome = self._as_granted(rma)
                rma.refund, worth = outcome.refund.to_json(), sum((line.items for line in outcome.approved), Decimal(0))
            if total is not None and await uow.refunds.of(rma.number):
                raise Conflict(f"{rma.number}: money went back for it already; refund less or more of it, with a reason")
            if total is not None:
                worth = await payable(uow, order, rma.order_id, total, rma.number)
                rma.refund = rma.refund | {"total": written(total, rma.refund["currency"])}
            self._rights.check(agent, action, support, rma, worth)
            now, detail = self._clock(), {"reason": reason, "before": before, "total": rma.refund["total"]}
            if waited:
                if rma.method is not None:
                    rma.send_by = deadlines(order, now, self._returns.policy).send_by
                rma.move(ReturnStatus.APPROVED, now, agent.login, **detail)
                catch_up(rma, now, "system")
            if total is not None:
                rma.events.append(ReturnEvent(kind="overridden", at=now, by=agent.login, detail=detail))
            await uow.returns.save(rma)
            kind = "approved" if total is None else "overridden"
            await self._settled(uow, agent, kind, rma, support, reason)
            if waited and self._notices is not None:
                await self._notices.reviewed(uow, rma, order, True, reason)
        if not waited:
            return rma
        rma = await self._returns.ensure_label(rma)
        await self._tell(rma, "review_approved")
        return rma

    async def decline(self, agent: Agent, conversation_id: str | None, number: str, reason: str) -> Return:
        """The shopper reads the reason. The units can be announced again. Raises Refused for no reason."""
        reason = _needed(reason)
        async with self._transactions() as uow:
            rma, order, support = await found(uow, conversation_id, number)
            self._rights.check(agent, Action.DECLINE, support, rma)
            async with holding(uow, rma, self._clock()):
                rma.move(ReturnStatus.DECLINED, self._clock(), agent.login, reason=reason)
            await uow.returns.save(rma)
            await goods_go_back(uow, rma, self._clock())
            await self._settled(uow, agent, "declined", rma, support, reason)
            if self._notices is not None:
                await self._notices.reviewed(uow, rma, order, False, reason)
        await self._tell(rma, "review_declined", reason=reason)
        return rma

    # -- of one's own -------------------------------------------------------------------------------------------------

    async def quote(self, new: NewReturn) -> Quote:
        """What the policy says of it, and what it comes to when a person grants it. Raises NotFound, Refused."""
        order_id, order = await self._order(new.order)
        decision = await self._returns.quote(order_id, order, plan_of(new, order_id, None, Language.EN).request())
        outcome = granted(decision, self._returns.policy)
        return Quote(
            decision=decision.to_json(),
            trace=decision.trace_json(),
            granted=outcome.refund.to_json(),
            payer=outcome.return_shipping_paid_by,
            needs_override=decision.decision != "approve" or any(not line.approved for line in decision.lines),
        )

    async def create(
        self, agent: Agent, conversation_id: str, new: NewReturn, reason: str = "", total: Decimal | None = None
    ) -> Return:
        """A return for the shopper. With a `reason` it is granted whatever the policy says, and may have another `total`. Raises
        Declined without one when the policy declines, NotFound, Refused, Conflict, Forbidden."""
        reason = reason.strip()[:500]
        if total is not None and not reason:
            raise Refused("another amount than the policy's needs a reason")
        order_id, order = await self._order(new.order)
        async with self._transactions() as uow:
            support = await support_of(uow, conversation_id)
        self._rights.check(agent, Action.CREATE_RETURN, support)
        plan = plan_of(new, order_id, conversation_id, support.language if support else Language.EN)
        word = None
        if reason:
            decision = await self._returns.quote(order_id, order, plan.request())
            outcome = granted(decision, self._returns.policy).refund
            total = outcome.total if total is None else total
            self._rights.check(agent, Action.CREATE_RETURN, support, amount=total, currency=order.currency)
            async with self._transactions() as uow:
                await payable(uow, order, order_id, total)
            word = Word(reason, written(total, order.currency))

        async def also(uow: UnitOfWork, rma: Return) -> None:
            self._rights.check(agent, Action.CREATE_RETURN, await support_of(uow, conversation_id))
            await self._settled(uow, agent, "return_created", rma, support, reason)

        return await self._returns.create(plan, by=agent.login, word=word, also=also)

    async def cancel(self, agent: Agent, conversation_id: str | None, number: str, reason: str = "") -> Return:
        async with self._transactions() as uow:
            rma, _order, support = await found(uow, conversation_id, number)
            self._rights.check(agent, Action.CANCEL_RETURN, support, rma)

        async def also(uow: UnitOfWork, cancelled: Return) -> None:
            await self._settled(uow, agent, "return_cancelled", cancelled, support, reason.strip())

        return await self._returns.cancel(rma.number, agent.login, also)

    async def resend_label(self, agent: Agent, conversation_id: str, number: str) -> Message:
        """Says it in the thread, with the label attached. Raises Conflict when there is none to send."""
        async with self._transactions() as uow:
            rma, _order, support = await found(uow, conversation_id, number)
            self._rights.check(agent, Action.RESEND_LABEL, support, rma)
            conversation = await uow.conversations.get(conversation_id)
            if conversation is None:
                raise NotFound("no such conversation")
            text = self._texts.get("label_from_agent", conversation.language, conversation.channel, number=rma.number)
            label = Utterance(text=text, sender=Sender.AGENT, attachments=_label(rma))
            message, _ = await self._desk.say_once(uow, conversation, label, None)
            rma.events.append(ReturnEvent(kind="label_resent", at=self._clock(), by=agent.login))
            await uow.returns.save(rma)
            await self._settled(uow, agent, "label_resent", rma, support, "")
            await uow.support.note(_event(support, "said", agent, self._clock(), message=message.id))
            return message

    # -- within -------------------------------------------------------------------------------------------------------

    async def _order(self, number: str) -> tuple[int, Order]:
        async with self._transactions() as uow:
            known = await uow.orders.find(number)
        if known is None:
            raise NotFound(f"there is no order {number}")
        return known

    def _as_granted(self, rma: Return) -> Decision:
        """Decided again on what was decided on, with the lines of the return accepted."""
        if rma.case is None:
            raise Refused(f"{rma.number} is from before its facts were kept; say the amount by overriding it")
        decision = decide(
            Order.model_validate(rma.case["order"]),
            ReturnRequest.model_validate(rma.case["request"]),
            History.model_validate(rma.case["history"]),
            datetime.fromisoformat(rma.case["now"]),
            self._returns.policy,
        )
        outcome = granted(decision, self._returns.policy, {line.id for line in rma.lines})
        return own_way(outcome) if came_unannounced(rma) else outcome

    async def _settled(
        self, uow: UnitOfWork, agent: Agent, kind: str, rma: Return, support: Support | None, reason: str
    ) -> None:
        """The line in the audit trail, and the end of what was handed over because of this return."""
        now = self._clock()
        conversation = support.conversation if support else rma.conversation
        detail = {"number": rma.number, "order": rma.order, "reason": reason}
        if kind in ("approved", "overridden", "return_created"):
            detail |= {"amount": rma.refund["total"], "currency": rma.refund["currency"]}
        await uow.support.note(
            SupportEvent(conversation=conversation, kind=kind, at=now, by=agent.login, detail=detail)
        )
        if kind == "label_resent":
            return
        for thread in {rma.conversation, conversation} - {None}:
            assert thread is not None
            over = [
                one.id
                for one in await uow.support.hand_overs(thread)
                if one.cause in (Cause.REVIEW, Cause.APPEAL) and one.closed_at is None and _is_about(one, rma)
            ]
            if over:
                await uow.support.close(thread, over, now, agent.login, kind)

    async def _tell(self, rma: Return, key: str, **values: Any) -> None:
        """In the chat where the return was asked for; elsewhere the notice says it."""
        if rma.conversation is None:
            return
        async with self._transactions() as uow:
            conversation = await uow.conversations.get(rma.conversation)
            if conversation is None or conversation.channel is not Channel.WEB:
                return
            amount = spoken(Decimal(rma.refund["total"]), rma.refund["currency"], conversation.language)
            text = self._texts.get(key, conversation.language, number=rma.number, amount=amount, **values)
            said = Utterance(text=text, sender=Sender.SYSTEM, attachments=_label(rma))
            await self._desk.say_once(uow, conversation, said, None)


def _event(support: Support | None, kind: str, agent: Agent, now: datetime, **detail: Any) -> SupportEvent:
    conversation = support.conversation if support else None
    return SupportEvent(conversation=conversation, kind=kind, at=now, by=agent.login, detail=detail)


def _is_about(one: HandOver, rma: Return) -> bool:
    """A review of this very return; an objection to a refusal of something of its order."""
    if one.cause is Cause.REVIEW or one.context.get("number"):
        return one.context.get("number") == rma.number
    refused = one.context.get("declined") or one.context
    return refused.get("order") == rma.order


def _label(rma: Return) -> list[Attachment]:
    if rma.label is None or rma.status is not ReturnStatus.LABEL_ISSUED:
        return []
    label = Attachment(kind="label", ref=rma.number)
    return [Attachment(kind="qr", ref=rma.number), label] if rma.method is Method.QR else [label]


def _needed(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused("say why: the reason is kept, and the shopper may ask for it")
    return reason[:500]


__all__ = ["NewLine", "NewReturn", "Quote", "RulingDesk"]
