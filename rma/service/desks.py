"""Carries conversations to another desk, and what its people say and decide back.

Out: what happened is read from the conversations themselves into a queue (rma.store.desks), and told event by event, in order for
each conversation, until the desk has taken it. In: an agent's words and the state that they set, each at most once, in the name of
one account of our own; so the rules of rma.service.support hold for them as for everybody.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from rma.model.agents import Agent, Role
from rma.model.conversations import Conversation, Message, Sender, Status, Utterance
from rma.model.desks import (
    Desk,
    DeskEvent,
    DeskQueue,
    EventKind,
    EventStatus,
    HandedOver,
    Line,
    Said,
    Standing,
    Thread,
)
from rma.model.errors import Conflict, NotFound, RetourError
from rma.model.orders import Order
from rma.model.outgoing import ChannelDown, Medium, OutcomeUnknown, Rejected, SendingFailed, TryLater
from rma.model.reach import reach
from rma.model.support import Cause
from rma.service.agents import AgentDesk
from rma.service.backoff import pause_before
from rma.service.conversations import ConversationDesk
from rma.service.ports import Clock, Transactions
from rma.service.rests import Rests
from rma.service.support import LONGEST, SupportDesk

log = structlog.get_logger(__name__)

TRIES = 10
AT_ONCE = 4
STALE = timedelta(seconds=90)
"""An event claimed as long ago was interrupted: longer than any desk takes to answer."""
UNSURE = timedelta(seconds=15)
"""Before what may have been taken is looked for: a request that we gave up may still be under way."""
LOOK_AROUND = 60.0
"""Seconds between looks at open threads: a webhook that was lost, or that came while nobody listened, is made up for."""

Tell = Callable[[Conversation, Sequence[Message]], None]
"""Told of what was said, for whoever listens live."""


class DeskBridge:
    def __init__(
        self,
        desk: Desk,
        queue: DeskQueue,
        transactions: Transactions,
        clock: Clock,
        conversations: ConversationDesk,
        support: SupportDesk,
        agents: AgentDesk,
        console: str,
    ) -> None:
        """`console` is the address under which our own console shows a conversation."""
        self.desk = desk
        self.queue = queue
        self._transactions = transactions
        self._clock = clock
        self._conversations = conversations
        self._support = support
        self._agents = agents
        self._console = console
        self._rests = Rests()
        self._account: Agent | None = None

    # -- out ----------------------------------------------------------------------------------------------------------

    async def round(self) -> int:
        """Collects what happened and tells what is due; how many events that were."""
        now = self._clock()
        if self._rests.resting(self.desk.name, now):
            return 0
        await self.queue.collect(await self._ours(), now)
        room = 1 if self._rests.doubtful(self.desk.name) else AT_ONCE
        events = await self.queue.claim(now, now - STALE, room)
        await asyncio.gather(*(self._deliver(event) for event in events))
        return len(events)

    async def _deliver(self, event: DeskEvent) -> None:
        try:
            await self._tell(event)
        except ChannelDown as error:
            until = self._rests.begin(self.desk.name, self._clock(), _pause(error))
            log.error("desk out of reach", desk=self.desk.name, why=str(error), until=until.isoformat())
            await self._settle(event, EventStatus.WAITING, until, str(error), tried=False)
        except Rejected as error:
            log.error("desk refused", desk=self.desk.name, number=event.id, kind=event.kind.value, why=str(error))
            await self._settle(event, EventStatus.DEAD, None, str(error))
        except (TryLater, OutcomeUnknown) as error:
            await self._later(event, error)
        except Conflict as error:
            await self._settle(event, EventStatus.WAITING, self._clock() + timedelta(seconds=1), str(error), tried=False)
        else:
            self._rests.works(self.desk.name)
            await self._settle(event, EventStatus.DONE)

    async def _later(self, event: DeskEvent, error: SendingFailed) -> None:
        if event.attempts >= TRIES:
            log.error("desk event dead", desk=self.desk.name, number=event.id, kind=event.kind.value, why=str(error))
            await self._settle(event, EventStatus.DEAD, None, str(error))
            return
        pause = _pause(error) or pause_before(event.attempts)
        if isinstance(error, OutcomeUnknown):
            pause = max(pause, UNSURE)
        await self._settle(event, EventStatus.WAITING, self._clock() + pause, str(error))

    async def _settle(
        self, event: DeskEvent, status: EventStatus, not_before: datetime | None = None, error: str | None = None,
        tried: bool = True,
    ) -> None:  # fmt: skip
        for attempt in range(5):
            try:
                await self.queue.settle(event, status, self._clock(), not_before, error, tried)
            except Conflict:
                await asyncio.sleep(0.05 * 2**attempt)
            else:
                return

    async def _tell(self, event: DeskEvent) -> None:
        thread = await self.queue.thread(event.conversation)
        if thread is None:
            return
        if event.kind is EventKind.HANDED_OVER:
            handed = await self._handed(event)
            await self.queue.keep(await self.desk.handed_over(thread, handed, event.id, event.repeated))
        elif thread.thread is None:
            raise Rejected("the desk never took this conversation")
        elif event.kind is EventKind.GIVEN_BACK:
            conversation, _ = await self._conversations.transcript(event.conversation, after=2**31 - 1)
            await self.desk.given_back(thread, conversation.language, event.id, event.repeated)
        else:
            line = await self._line(event)
            if line is not None:
                await self.desk.said(thread, line, event.repeated)

    async def _line(self, event: DeskEvent) -> Line | None:
        async with self._transactions() as uow:
            message = await uow.conversations.message(event.conversation, event.message or 0)
        return _line(message) if message else None

    async def _handed(self, event: DeskEvent) -> HandedOver:
        shown = await self._support.overview(event.conversation)
        last, after = event.message or 0, int(event.detail.get("after", 0))
        return HandedOver(
            conversation=event.conversation,
            channel=shown.support.channel,
            language=shown.support.language,
            cause=shown.support.cause or Cause.OTHER,
            transcript=[_line(message) for message in shown.messages if after < message.id <= last],
            name=shown.name,
            email=_address(shown.order, Medium.EMAIL),
            phone=_address(shown.order, Medium.SMS),
            order=shown.order.number if shown.order else None,
            returns=[f"{rma.number} ({rma.status})" for rma in shown.returns],
            console=f"{self._console}{event.conversation}",
        )

    # -- in -----------------------------------------------------------------------------------------------------------

    async def account(self) -> Agent:
        """In whose name the desk's people act here: an account that nobody can log in to."""
        if self._account is None:
            try:
                self._account = await self._agents.get(self.desk.name)
            except NotFound:
                name, password = self.desk.name.capitalize(), secrets.token_urlsafe(48)
                self._account = await self._agents.add(self.desk.name, name, Role.AGENT, password)
        return self._account

    async def _ours(self) -> str:
        return f"agent:{(await self.account()).id}:{self.desk.name}-"

    async def heard(self, thread: Thread, said: Said) -> tuple[Conversation, list[Message]]:
        """What somebody of the team said at the desk, said here; the messages that are new by it. Raises Conflict, NotFound."""
        agent, conversation = await self.account(), thread.conversation
        key = f"{self.desk.name}-{said.id}"
        new = []
        pieces = [said.text[start : start + LONGEST] for start in range(0, len(said.text), LONGEST)]
        for place, piece in enumerate(piece for piece in pieces if piece.strip()):
            one = f"{key}.{place}" if place else key
            async with self._transactions() as uow:
                client_key = f"agent:{agent.id}:{one}"
                if await uow.conversations.by_client_key(conversation, client_key):
                    continue
            new.append(await self._say(agent, conversation, piece, one, client_key))
        current, _ = await self._conversations.transcript(conversation, after=2**31 - 1)
        return current, new

    async def _say(self, agent: Agent, conversation: str, text: str, key: str, client_key: str) -> Message:
        support = await self._support.get(conversation)
        if support.is_persons:
            if support.assignee not in (None, agent.login):
                # Whoever writes to the shopper is the one who has the conversation: their word must not get lost in a queue.
                await self._support.take(agent, conversation, over=True)
            return await self._support.say(agent, conversation, text, key)
        # Said after it was given back, or on the way: it is the shopper's all the same, and changes nothing about who has it.
        async with self._transactions() as uow:
            found = await uow.conversations.get(conversation)
            if found is None:
                raise NotFound("no such conversation")
            said = Utterance(text=text.strip(), sender=Sender.AGENT)
            message, _ = await self._conversations.say_once(uow, found, said, client_key)
            return message

    async def moved(self, thread: Thread, standing: Standing) -> tuple[Conversation, list[Message]]:
        """Brings the conversation to where it stands at the desk; what the assistant said by it."""
        agent, conversation, said = await self.account(), thread.conversation, list[Message]()
        support = await self._support.get(conversation)
        match standing.status:
            case Status.RESOLVED | Status.PENDING if support.is_persons:
                if support.assignee not in (None, agent.login):
                    await self._support.take(agent, conversation, over=True)
                if standing.status is Status.PENDING or not await self._resolved(agent, conversation):
                    _, said = await self._support.give_back(agent, conversation)
            case Status.SNOOZED if support.status is Status.OPEN and standing.snoozed_until:
                if standing.snoozed_until > self._clock() and support.assignee in (None, agent.login):
                    await self._support.snooze(agent, conversation, standing.snoozed_until)
            case Status.OPEN if support.status is Status.SNOOZED and support.assignee in (None, agent.login):
                await self._support.reopen(agent, conversation)
        current, _ = await self._conversations.transcript(conversation, after=2**31 - 1)
        return current, said

    async def _resolved(self, agent: Agent, conversation: str) -> bool:
        """False while a return waits for a decision, which only our console can make: then it is given back instead."""
        try:
            await self._support.resolve(agent, conversation)
        except Conflict:
            return False
        return True

    async def look(self, thread: Thread, tell: Tell, reopened: bool = False) -> None:
        """Brings over what was said there, then how it stands, as the desk says now: a webhook is only the reason to ask, so their
        order does not matter. `reopened`: somebody there took the conversation up again.

        While the desk still has to be told something, its state is older than ours and counts for nothing.
        """
        before = await self._support.get(thread.conversation), await self.queue.stretch(thread.conversation)
        await self.queue.collect(await self._ours(), self._clock())
        behind = await self.queue.pending(thread.conversation)
        standing = await self.desk.standing(thread)
        if standing is None:
            return
        for said in standing.said:
            tell(*await self.heard(thread, said))
        now = await self._support.get(thread.conversation)
        if behind or (now.owner, await self.queue.stretch(thread.conversation)) != (before[0].owner, before[1]):
            return
        if reopened and standing.status is Status.OPEN and not now.is_persons:
            await self._support.take(await self.account(), thread.conversation)
        tell(*await self.moved(thread, standing))

    async def look_around(self, tell: Tell) -> None:
        for thread in await self.queue.open_threads():
            try:
                await self.look(thread, tell)
            except ChannelDown:
                return
            except (SendingFailed, RetourError) as error:
                log.warning("desk not looked at", desk=self.desk.name, why=type(error).__name__)


def _line(message: Message) -> Line:
    shown = [f"[{item.kind}]" for item in message.attachments]
    return Line(id=message.id, sender=message.sender, at=message.at, text="\n".join([message.text, *shown]).strip())


def _address(order: Order | None, medium: Medium) -> str | None:
    return reach(order, medium) if order else None


def _pause(error: SendingFailed) -> timedelta | None:
    after = getattr(error, "after", None)
    return timedelta(seconds=after) if after else None

