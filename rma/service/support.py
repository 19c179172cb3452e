"""What agents do with conversations: take, answer, set aside, give back. Each act is one transaction with its line of the audit.

Who acts is checked against the conversation as it is in that transaction, and the table's version refuses whoever was a moment
later: of two agents, one has it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from rma.model.agents import Agent
from rma.model.conversations import Channel, Message, Sender, Status, Utterance
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.support import Action, Cause, Counts, Priority, QueueFilter, QueueRow, Support, SupportEvent
from rma.service.acting import Act, act_on, kept, known, there
from rma.service.canned import Canned, Template, filled
from rma.service.conversations import ConversationDesk
from rma.service.copies import Copies
from rma.service.overview import Overview, overview
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.rights import Rights
from rma.service.settled import Settled, in_words, settled
from rma.service.waking import wake

T = TypeVar("T")
LONGEST = 4000
"""Characters of an answer or a note."""


class SupportDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        desk: ConversationDesk,
        rights: Rights,
        copies: Copies,
        canned: Mapping[str, Template],
        shop_name: str,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._desk = desk
        self.rights = rights
        self._copies = copies
        self._canned = canned
        self._shop_name = shop_name

    # -- looking ------------------------------------------------------------------------------------------------------

    async def queue(self, asked: QueueFilter, limit: int = 50, offset: int = 0) -> list[QueueRow]:
        async with self._transactions() as uow:
            return await uow.support.queue(asked, min(limit, 200), offset)

    async def counts(self, agent: Agent) -> Counts:
        async with self._transactions() as uow:
            return await uow.support.counts(agent.login)

    async def stamp(self) -> str:
        """Another text whenever something was said or done in any conversation."""
        async with self._transactions() as uow:
            return await uow.support.stamp()

    async def get(self, conversation_id: str) -> Support:
        async with self._transactions() as uow:
            return known(await uow.support.get(conversation_id))

    async def overview(self, conversation_id: str) -> Overview:
        """Raises NotFound."""
        async with self._transactions() as uow:
            return await overview(uow, conversation_id)

    async def photo(self, conversation_id: str, photo_id: int) -> tuple[str, bytes]:
        """Mime type and content. Raises NotFound also for another conversation's."""
        async with self._transactions() as uow:
            found = await uow.conversations.photo(photo_id)
        if found is None or found[0] != conversation_id:
            raise NotFound("no such photo")
        return found[1], found[2]

    async def settled(self, conversation_id: str) -> Settled:
        """What people did in it so far, for the assistant."""
        async with self._transactions() as uow:
            return await settled(uow, conversation_id)

    async def canned(self, agent: Agent, conversation_id: str) -> list[Canned]:
        async with self._transactions() as uow:
            shown = await overview(uow, conversation_id)
        number = shown.order.number if shown.order else None
        values = {
            "name": (shown.name or "").split(" ")[0],
            "order": number,
            "return": shown.returns[0].number if shown.returns else None,
            "agent": agent.name,
            "shop": self._shop_name,
        }
        return filled(self._canned, shown.support.language, values)

    async def seen(self, agent: Agent, conversation_id: str, message_id: int) -> None:
        """That somebody of the team read up to this message."""
        async with self._transactions() as uow:
            await uow.support.seen(conversation_id, message_id)

    # -- who has it ---------------------------------------------------------------------------------------------------

    async def take(self, agent: Agent, conversation_id: str, over: bool = False) -> Support:
        """Raises Conflict when a colleague has it, unless `over` says that this is meant."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            before = support.assignee
            action = Action.TAKE_OVER if over and before not in (None, agent.login) else Action.TAKE
            self.rights.check(agent, action, support)
            kind = "taken_over" if action is Action.TAKE_OVER else "taken"
            support.take(agent.login, now)
            return await kept(uow, support, kind, now, agent.login, **({"from": before} if before else {}))

        return await self._act(conversation_id, act)

    async def assign(self, agent: Agent, conversation_id: str, to: str) -> Support:
        """Raises NotFound for somebody who is not there, Refused for one who is disabled."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            self.rights.check(agent, Action.ASSIGN, support)
            found = await uow.agents.by_login(to.strip().casefold())
            if found is None:
                raise NotFound(f"there is no user {to}")
            if found[0].disabled:
                raise Refused(f"the account of {to} is disabled")
            support.take(found[0].login, now)
            return await kept(uow, support, "assigned", now, agent.login, to=found[0].login)

        return await self._act(conversation_id, act)

    async def unassign(self, agent: Agent, conversation_id: str) -> Support:
        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            self.rights.check(agent, Action.UNASSIGN, support)
            before = support.assignee
            support.take(None, now)
            return await kept(uow, support, "unassigned", now, agent.login, **{"from": before})

        return await self._act(conversation_id, act)

    async def snooze(self, agent: Agent, conversation_id: str, until: datetime) -> Support:
        """Set aside until then, or until the shopper writes."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            self.rights.check(agent, Action.SNOOZE, support)
            self._taken_by(support, agent, now)
            support.snooze(until, now)
            return await kept(uow, support, "snoozed", now, agent.login, until=until.isoformat())

        return await self._act(conversation_id, act)

    async def wake(self) -> list[str]:
        """rma.service.waking; the conversations that are open again."""
        return await wake(self._transactions, self._clock)

    async def finish_interrupted(self) -> int:
        """`wake`, for whoever runs the chores."""
        return len(await self.wake())

    async def resolve(self, agent: Agent, conversation_id: str, reason: str = "") -> Support:
        """Done: the assistant has it again, silently. Raises Conflict while a return of it waits for a decision."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            self.rights.check(agent, Action.RESOLVE, support)
            await _nothing_undecided(uow, conversation_id)
            support.give_back(now, resolved=True)
            return await self._ended(uow, support, "resolved", now, agent.login, reason, every=True)

        return await self._act(conversation_id, act)

    async def give_back(self, agent: Agent, conversation_id: str) -> tuple[Support, list[Message]]:
        """The assistant has it again and says so. What waits for a decision stays in the queue."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> tuple[Support, list[Message]]:
            self.rights.check(agent, Action.GIVE_BACK, support)
            before = await settled(uow, conversation_id)
            # A statement made on the page was never the assistant's: there is nobody to give it back to.
            form = support.channel is Channel.FORM
            support.give_back(now, resolved=form)
            await self._ended(uow, support, "given_back", now, agent.login, "", every=form)
            if form:
                return known(await uow.support.get(conversation_id)), []
            conversation = there(await uow.conversations.get(conversation_id))
            texts, spoken_to = self._desk.texts, (conversation.language, conversation.channel)
            acts = before.stretches[-1].settled if before.stretches else []
            done = in_words(acts, texts, *spoken_to)
            key = "back_after_person" if done else "handed_back"
            text = texts.get(key, *spoken_to, settled=done)
            message, _ = await self._desk.say_once(uow, conversation, Utterance(text=text), None)
            return known(await uow.support.get(conversation_id)), [message]

        return await self._act(conversation_id, act)

    async def close(self, agent: Agent, conversation_id: str, hand_over_id: int) -> Support:
        """Ends one of several causes; the conversation stays where it is. Raises NotFound."""

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            self.rights.check(agent, Action.PRIORITY, support)
            one = next((one for one in await uow.support.hand_overs(conversation_id) if one.id == hand_over_id), None)
            if one is None:
                raise NotFound("no such hand-over in this conversation")
            await kept(uow, support, "cause_closed", now, agent.login, cause=one.cause.value)
            await uow.support.close(conversation_id, [one.id], now, agent.login, "closed")
            return known(await uow.support.get(conversation_id))

        return await self._act(conversation_id, act)

    async def reopen(self, agent: Agent, conversation_id: str) -> Support:
        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            self.rights.check(agent, Action.REOPEN, support)
            support.take(agent.login, now)
            return await kept(uow, support, "reopened", now, agent.login)

        return await self._act(conversation_id, act)

    async def set_priority(self, agent: Agent, conversation_id: str, priority: Priority) -> Support:
        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Support:
            self.rights.check(agent, Action.PRIORITY, support)
            support.priority = priority
            return await kept(uow, support, "priority", now, agent.login, to=priority.label)

        return await self._act(conversation_id, act)

    # -- words --------------------------------------------------------------------------------------------------------

    async def note(self, agent: Agent, conversation_id: str, text: str) -> SupportEvent:
        """For the team only. Raises Refused for an empty or a very long one."""
        text = worded(text)

        async def act(uow: UnitOfWork, support: Support, now: datetime) -> SupportEvent:
            self.rights.check(agent, Action.NOTE, support)
            return await uow.support.note(
                SupportEvent(conversation=conversation_id, kind="note", at=now, by=agent.login, detail={"text": text})
            )

        return await self._act(conversation_id, act)

    async def say(self, agent: Agent, conversation_id: str, text: str, key: str | None = None) -> Message:
        """Says it to the shopper where they are. A `key` used before says nothing again. What nobody has is then the agent's."""
        return await self.say_utterance(agent, conversation_id, Utterance(text=worded(text), sender=Sender.AGENT), key)

    async def say_utterance(
        self, agent: Agent, conversation_id: str, said: Utterance, key: str | None = None
    ) -> Message:
        async def act(uow: UnitOfWork, support: Support, now: datetime) -> Message:
            client_key = f"agent:{agent.id}:{key}"[:100] if key else None
            conversation = there(await uow.conversations.get(conversation_id))
            if client_key and (said_before := await uow.conversations.by_client_key(conversation_id, client_key)):
                return said_before
            self.rights.check(agent, Action.SAY, support)
            message, _ = await self._desk.say_once(uow, conversation, said, client_key)
            await self._copies.of(uow, support, conversation, message, now)
            self._taken_by(support, agent, now)
            support.answered(now)
            await kept(uow, support, "said", now, agent.login, message=message.id)
            return message

        return await self._act(conversation_id, act)

    # -- within -------------------------------------------------------------------------------------------------------

    @staticmethod
    def _taken_by(support: Support, agent: Agent, now: datetime) -> None:
        """Who acts in what is nobody's has it; a snoozed one is open again."""
        if support.assignee != agent.login or support.status is not Status.OPEN:
            support.take(agent.login, now)

    async def _ended(
        self, uow: UnitOfWork, support: Support, kind: str, now: datetime, by: str, reason: str, every: bool
    ) -> Support:
        """The end of a human stretch; `every`: also of what the assistant had only left for a decision."""
        detail = {"reason": reason.strip()[:500]} if reason.strip() else {}
        await kept(uow, support, kind, now, by, **detail)
        over = [one for one in await uow.support.hand_overs(support.conversation) if one.closed_at is None]
        ids = [one.id for one in over if every or one.cause not in (Cause.REVIEW, Cause.WITHDRAWAL)]
        await uow.support.close(support.conversation, ids, now, by, kind)
        return known(await uow.support.get(support.conversation))

    async def _act(self, conversation_id: str, act: Act[T]) -> T:
        return await act_on(self._transactions, self._clock, conversation_id, act)


async def _nothing_undecided(uow: UnitOfWork, conversation_id: str) -> None:
    for one in await uow.support.hand_overs(conversation_id):
        number = one.context.get("number")
        if one.cause is Cause.REVIEW and one.closed_at is None and number:
            rma = await uow.returns.by_number(number)
            if rma is not None and rma.status == "review":
                raise Conflict(f"{number} still waits for a decision: approve or decline it, or give the conversation back")


def worded(text: str) -> str:
    """What a person of the team typed. Raises Refused for nothing, and for too much."""
    text = text.strip()
    if not text:
        raise Refused("there is nothing to say: write something first")
    if len(text) > LONGEST:
        raise Refused(f"that is {len(text)} characters; the most is {LONGEST}")
    return text
