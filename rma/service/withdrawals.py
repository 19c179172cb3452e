"""Withdrawals from a contract (Directive 2011/83/EU art. 11a): recorded first, whoever says it; looked up afterwards.

A withdrawal is valid from the moment it is confirmed. So it is kept before anything is checked, and whatever the check then
says it stays. Where order number and address prove the order and the policy sees the right, its return is made at once;
anything else is for a person, and looks the same from outside whether or not there is such an order.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rma.model.codes import LineTag, Method, Reason
from rma.model.conversations import Channel, Conversation, Message, Owner, Sender, Status, Utterance
from rma.model.errors import Conflict, NotFound, Refused, TooManyAttempts
from rma.model.orders import Order
from rma.model.returns import Return
from rma.model.withdrawals import Statement, Withdrawal, WithdrawalStatus, new_reference, parse_reference
from rma.policy import Code, RequestedLine, ReturnRequest, decide, depends_on
from rma.service.identity import IdentityDesk
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.returns import Declined, Plan, PlannedLine, ReturnDesk, needs_sending
from rma.service.wording import units_named
from rma.texts import Texts

S = WithdrawalStatus

NOT_PROVEN, NOT_BY_RIGHT, PARTLY = "not_proven", "not_by_right", "partly_not_by_right"
UNCLEAR, NOTHING_LEFT, CHANGED, INTERRUPTED = "items_unclear", "nothing_left", "changed_meanwhile", "interrupted"
STOP_DELIVERY, NO_CARRIER = "stop_delivery", "no_carrier"
"""Why a person has to look at a withdrawal; several may stand together."""

FLOOR_SECONDS = 0.3
"""A confirmation takes at least this long, however much of the way to a return it went."""
INTERRUPTED_AFTER = timedelta(minutes=5)
TICKET = "withdrawal"


@dataclass(frozen=True)
class Outcome:
    """What can be made of a withdrawal at once. `why` lists what a person has to look at, for the ticket."""

    why: tuple[str, ...] = ()
    order_id: int | None = None
    return_number: str | None = None


class WithdrawalDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        texts: Texts,
        identity: IdentityDesk,
        returns: ReturnDesk,
        notices: NoticeDesk,
    ) -> None:
        self._transactions = transactions
        self._notices = notices
        self._clock = clock
        self._texts = texts
        self._identity = identity
        self._returns = returns

    async def confirm(self, key: str, statement: Statement, address: str | None) -> Withdrawal:
        """The withdrawal function's second step: records, then makes the return where that is clear. The same `key` is the same
        withdrawal. `address` is where the request comes from: it limits wrong proofs and is not kept."""
        started = time.monotonic()
        try:
            return await self.settle(await self.record(key, statement, Channel.FORM), address)
        finally:
            # A wrong proof takes longer where a platform is asked; so a right one must, too.
            floor = FLOOR_SECONDS + self._identity.patience
            await asyncio.sleep(max(0.0, floor - (time.monotonic() - started)))

    async def record(
        self,
        key: str,
        statement: Statement,
        channel: Channel,
        conversation: str | None = None,
        order_id: int | None = None,
    ) -> Withdrawal:
        """Keeps the declaration, once, and acknowledges it by e-mail. Without a conversation one is opened for it, in which a
        person may answer."""
        for _attempt in range(3):
            try:
                async with self._transactions() as uow:
                    if known := await uow.withdrawals.by_key(key):
                        return known
                    withdrawal = Withdrawal(
                        reference=new_reference(),
                        key=key,
                        channel=channel,
                        statement=statement,
                        submitted_at=self._clock(),
                        order_id=order_id,
                        conversation=conversation or await self._opened(uow, statement),
                    )
                    await uow.withdrawals.add(withdrawal)
                    await self._notices.withdrawn(uow, withdrawal)
                    return withdrawal
            except Conflict:
                await asyncio.sleep(0.02)
        raise Conflict("the database is busy; repeat")

    async def _opened(self, uow: UnitOfWork, statement: Statement) -> str:
        now = self._clock()
        conversation = Conversation(
            id=secrets.token_hex(16),
            channel=Channel.FORM,
            language=statement.language,
            # Nobody's, until something about it is for a person.
            owner=Owner.ASSISTANT,
            status=Status.RESOLVED,
            # Where a person's answer goes.
            address=statement.contact if "@" in statement.contact and len(statement.contact) <= 100 else None,
            created_at=now,
        )
        await uow.conversations.add(conversation)
        await uow.conversations.say(
            conversation.id, Utterance(text=self.declared(statement), sender=Sender.SHOPPER), now
        )
        return conversation.id

    def declared(self, statement: Statement) -> str:
        """The declaration as one text, in its language."""
        language = statement.language
        items = statement.items or self._texts.get("withdrawal_whole_order", language)
        values: dict[str, Any] = {
            "name": statement.name,
            "order": statement.order,
            "contact": statement.contact,
            "items": items,
        }
        return self._texts.get("withdrawal_as_text", language, **values)

    async def settle(self, withdrawal: Withdrawal, address: str | None = None) -> Withdrawal:
        """Makes what can be made of a recorded withdrawal; does nothing for any other. Safe to repeat and to run twice at once."""
        if withdrawal.status is not S.RECORDED:
            return withdrawal
        found = await self._proven(withdrawal, address)
        outcome = await self._made(withdrawal, *found) if found else Outcome((NOT_PROVEN,))
        return await self._keep(withdrawal.reference, outcome, "system")

    async def _proven(self, withdrawal: Withdrawal, address: str | None) -> tuple[int, Order] | None:
        if withdrawal.order_id is not None:
            async with self._transactions() as uow:
                return withdrawal.order_id, await uow.orders.get(withdrawal.order_id)
        statement = withdrawal.statement
        asker = Conversation(
            id=withdrawal.reference, channel=Channel.FORM, language=statement.language, owner=Owner.PERSON,
            address=address, created_at=withdrawal.submitted_at,
        )  # fmt: skip
        try:
            return await self._identity.prove(asker, statement.order, statement.contact)
        except TooManyAttempts:
            return None

    async def _made(
        self, withdrawal: Withdrawal, order_id: int, order: Order, units: dict[str, int] | None = None
    ) -> Outcome:
        """The return of all that the withdrawal is clear about and the law gives, as of when it was declared."""
        key = f"withdrawal:{withdrawal.reference}"
        history = await self._returns.history(order_id)
        # Looked up after the history: units that it counts because of this very withdrawal are then known as its own.
        async with self._transactions() as uow:
            made = await uow.returns.by_key(key)
        own = {line.id: line.quantity for line in made.lines} if made else {}
        left = {line.id: line.quantity - history.returned.get(line.id, 0) + own.get(line.id, 0) for line in order.lines}
        left = {line: count for line, count in left.items() if count > 0}
        items = withdrawal.statement.items
        wanted = units or (left if items is None else units_named(items, order, left))
        if not wanted:
            return Outcome((NOTHING_LEFT,) if items is None and units is None else (UNCLEAR,), order_id)
        if made:
            return _outcome(order, order_id, made, len(wanted))
        lines = tuple(
            RequestedLine(id=line, quantity=count, reason=Reason.CHANGED_MIND) for line, count in wanted.items()
        )
        policy, asked_at = self._returns.policy, withdrawal.submitted_at
        try:
            decision = decide(order, ReturnRequest(lines=lines), history, asked_at, policy)
            # What may not come back once it was opened is not promised here, where nobody asked whether it was.
            by_right = [
                line for line, verdict in zip(lines, decision.lines, strict=True)
                if verdict.approved and verdict.codes == (Code.WITHDRAWAL_RIGHT,)
                and "condition" not in depends_on(order, line, ReturnRequest(lines=lines).resolution, asked_at, policy, history)
            ]  # fmt: skip
        except Refused:
            return Outcome((NOT_BY_RIGHT,), order_id)
        if not by_right:
            return Outcome((NOT_BY_RIGHT,), order_id)
        plan = Plan(
            key=key,
            order_id=order_id,
            lines=tuple(PlannedLine(line.id, line.quantity, line.reason) for line in by_right),
            resolution=ReturnRequest(lines=lines).resolution,
            language=withdrawal.statement.language,
            method=self._way_back(order),
            conversation=withdrawal.conversation,
            asked_at=asked_at,
        )
        try:
            rma = await self._returns.create(plan)
        except (Conflict, Declined):
            return Outcome((CHANGED,), order_id)
        return _outcome(order, order_id, rma, len(lines))

    def _way_back(self, order: Order) -> Method | None:
        methods = self._returns.carrier.methods(order.shipping_address.country)
        return Method.LABEL if Method.LABEL in methods else next(iter(methods), None)

    async def _keep(self, reference: str, outcome: Outcome, by: str) -> Withdrawal:
        """Writes what came of it, and the ticket if a person is needed, together. Whoever was first has written it."""
        for _attempt in range(3):
            try:
                async with self._transactions() as uow:
                    withdrawal = _known(await uow.withdrawals.by_reference(reference), reference)
                    if withdrawal.status is not S.RECORDED:
                        return withdrawal
                    await self._write(uow, withdrawal, outcome, by)
                    if outcome.why and withdrawal.conversation:
                        context = await self._context(uow, withdrawal, outcome)
                        await uow.conversations.open_ticket(withdrawal.conversation, TICKET, context, self._clock())
                    return withdrawal
            except Conflict:
                await asyncio.sleep(0.02)
        raise Conflict("the withdrawal is being changed by others; try again")

    async def _write(self, uow: UnitOfWork, withdrawal: Withdrawal, outcome: Outcome, by: str) -> None:
        withdrawal.status = S.WAITING if outcome.why else S.SETTLED
        withdrawal.order_id, withdrawal.return_number, withdrawal.why = (
            outcome.order_id,
            outcome.return_number,
            list(outcome.why),
        )
        withdrawal.settled_at, withdrawal.settled_by = self._clock(), by
        await uow.withdrawals.save(withdrawal)

    @staticmethod
    async def _context(uow: UnitOfWork, withdrawal: Withdrawal, outcome: Outcome) -> dict[str, Any]:
        order = await uow.orders.get(outcome.order_id) if outcome.order_id else None
        return {
            "withdrawal": withdrawal.reference,
            "submitted_at": withdrawal.submitted_at.isoformat(),
            "why": list(outcome.why),
            "order": order.number if order else None,
            "return": outcome.return_number,
            "statement": withdrawal.statement.model_dump(mode="json"),
        }

    # -- in a conversation, where the dialogue makes the return --------------------------------------------------------

    async def returned(self, withdrawal: Withdrawal, return_number: str) -> Withdrawal:
        """Notes the return that the conversation made for a withdrawal recorded there."""
        return await self._keep(withdrawal.reference, Outcome((), withdrawal.order_id, return_number), "assistant")

    async def left_to_a_person(self, withdrawal: Withdrawal, why: str) -> Withdrawal:
        return await self._keep(withdrawal.reference, Outcome((why,), withdrawal.order_id), "assistant")

    # -- later --------------------------------------------------------------------------------------------------------

    async def get(self, reference: str) -> Withdrawal:
        """By its reference as typed. Raises UnknownReference, NotFound."""
        reference = parse_reference(reference)
        async with self._transactions() as uow:
            return _known(await uow.withdrawals.by_reference(reference), reference)

    async def find(self, status: WithdrawalStatus | None = None) -> list[Withdrawal]:
        async with self._transactions() as uow:
            return await uow.withdrawals.find(status)

    async def answers(self, withdrawal: Withdrawal) -> list[Message]:
        """What people of the team said about a withdrawal that came by the page; in a chat they say it there."""
        if withdrawal.channel is not Channel.FORM or withdrawal.conversation is None:
            return []
        async with self._transactions() as uow:
            said = await uow.conversations.messages(withdrawal.conversation)
        return [message for message in said if message.sender is Sender.AGENT]

    async def link(self, reference: str, order_number: str, by: str, units: dict[str, int] | None = None) -> Withdrawal:
        """A person says which order a withdrawal is about, and may say which units; then its return is made as of the day it was
        declared. Raises NotFound, Conflict when it has a return already. `why` then says what is still open."""
        withdrawal = await self.get(reference)
        if withdrawal.return_number is not None:
            raise Conflict(f"{withdrawal.reference} has its return already: {withdrawal.return_number}")
        async with self._transactions() as uow:
            found = await uow.orders.find(order_number)
        if found is None:
            raise NotFound(f"there is no order {order_number}")
        order = found[1]
        if unknown := [line for line in units or {} if order.line(line) is None]:
            known = ", ".join(line.id for line in order.lines)
            raise NotFound(f"order {order.number} has no line {unknown[0]}; its lines are {known}")
        outcome = await self._made(withdrawal, *found, units)
        async with self._transactions() as uow:
            withdrawal = _known(await uow.withdrawals.by_reference(withdrawal.reference), withdrawal.reference)
            await self._write(uow, withdrawal, outcome, by)
        return withdrawal

    async def finish_interrupted(self) -> int:
        """Settles withdrawals that a crash left recorded; how many. Run at the start and now and then."""
        before = self._clock() - INTERRUPTED_AFTER
        waiting = [item for item in await self.find(S.RECORDED) if item.submitted_at <= before]
        for withdrawal in waiting:
            if withdrawal.channel is Channel.FORM:
                await self.settle(withdrawal)
            else:
                await self.left_to_a_person(withdrawal, INTERRUPTED)
        return len(waiting)


def _outcome(order: Order, order_id: int, rma: Return, asked: int) -> Outcome:
    """With what a return that was made still needs of a person: the other of the `asked` lines, a parcel on its way to be
    stopped, a way back that no carrier offers."""
    lines = [line for item in rma.lines if (line := order.line(item.id)) is not None]
    found = [PARTLY] if len(rma.lines) < asked else []
    if any(line.delivered_at is None and LineTag.DIGITAL not in line.tags for line in lines):
        found.append(STOP_DELIVERY)
    if rma.method is None and needs_sending([line.id for line in lines], order, bool(rma.decision["returnless"])):
        found.append(NO_CARRIER)
    return Outcome(tuple(found), order_id, rma.number)


def _known(withdrawal: Withdrawal | None, reference: str) -> Withdrawal:
    if withdrawal is None:
        raise NotFound(f"there is no withdrawal {reference}")
    return withdrawal
