"""Answers text messages in the background, number by number: what came in a row is one turn, taken up again wherever it broke off.

Any number of gateways may do this: a number is one's for as long as its lease is renewed (rma.service.inbound).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from gateway.assistant import TurnFailed
from gateway.bodies import Said
from gateway.logs import places
from gateway.mms import Fetcher, NotFetched, NotTaken
from gateway.pictures import redrawn
from gateway.problems import Problem
from gateway.turns import Turns
from rma.bootstrap import Container
from rma.model.errors import Conflict
from rma.service.inbound import Batch

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
AT_ONCE = 4
"""Numbers that are answered at the same time: Rasa reads one message after the other."""
POLL = 2.0
"""Seconds between looks at what waits, when nobody says that something came: another gateway may have stopped in the middle."""
SOONEST = 0.05
"""Seconds between two looks in any case: a thousand messages in a second are no reason for a thousand looks."""
PATIENCE = 5.0
"""Seconds that what is being answered has to end when the gateway stops."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 8, 20))
"""Before the second, third and fourth try of a turn: longer in all than Rasa takes to start again."""
CRASHES = 5
"""Tries beyond that, each ended by the end of a process: it may be the message that ends it."""
PICTURES = 10
"""As many as Twilio takes in one message; a batch of several may name more."""


class TextInbox:
    """`darkroom` is held while a picture is redrawn."""

    def __init__(self, container: Container, turns: Turns, darkroom: asyncio.Semaphore) -> None:
        self._container = container
        self._turns = turns
        self._darkroom = darkroom
        self._lease = LEASE
        self._pauses = PAUSES
        self._fetcher = Fetcher(container.settings)
        self._woken = asyncio.Event()
        self._look_at = 0.0
        self._open = False
        self._busy: dict[str, asyncio.Task[None]] = {}

    def nudge(self) -> None:
        """Something came in, and is due once nothing else has come for a while."""
        self._look_within(self._container.inbound.quiet)

    def _look_within(self, seconds: float) -> None:
        at = asyncio.get_running_loop().time() + seconds
        if at < self._look_at:
            self._look_at = at
            self._woken.set()

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answers until left; what is being answered then has a few seconds to end, and is begun again at the next start if it
        does not."""
        self._open = True
        task = asyncio.create_task(self._forever())
        try:
            yield
        finally:
            self._open = False
            self._woken.set()
            _, running = await asyncio.wait([task, *self._busy.values()], timeout=PATIENCE)
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _forever(self) -> None:
        time = asyncio.get_running_loop().time
        while self._open:
            self._look_at = time() + POLL
            try:
                await self._begin()
            except Exception as error:  # The database may be away for a while; what is in it is not lost.
                log.error("inbox failed", **places(error))
            await asyncio.sleep(SOONEST)
            while self._open and (pause := self._look_at - time()) > 0:
                self._woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)

    async def _begin(self) -> None:
        """Begins what is due, and looks again when there is more."""
        due, later = await self._container.inbound.due()
        for sender in due:
            if self._open and sender not in self._busy and len(self._busy) < AT_ONCE:
                self._busy[sender] = asyncio.create_task(self._answer(sender))
        if later is not None:
            self._look_within(max(0.0, (later - self._container.clock()).total_seconds()))

    async def _answer(self, sender: str) -> None:
        try:
            batch = await self._container.inbound.take(sender, self._lease)
            if batch is not None:
                async with self._renewed(batch):
                    await self._settled(batch)
        except Conflict:
            pass  # Another gateway was faster.
        except Exception as error:
            log.error("text message not answered", **places(error))
        finally:
            self._busy.pop(sender, None)
            self._look_within(0)

    @asynccontextmanager
    async def _renewed(self, batch: Batch) -> AsyncIterator[None]:
        async def renew() -> None:
            while True:
                await asyncio.sleep(self._lease.total_seconds() / 3)
                with suppress(Conflict):
                    await self._container.inbound.prolong(batch, self._lease)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _settled(self, batch: Batch) -> None:
        """Answers, or says that it cannot; or leaves it to another try."""
        desk = self._container.inbound
        try:
            if batch.attempt > len(self._pauses) + CRASHES:
                raise TurnFailed("it was begun too often")
            notes = await self._turn(batch)
        except asyncio.CancelledError:
            await asyncio.shield(desk.put_off(batch, timedelta(0)))
            raise
        except Exception as error:
            if not isinstance(error, TurnFailed | Conflict):
                log.error("turn by text message failed", **places(error))
            if batch.attempt <= len(self._pauses):
                await desk.put_off(batch, self._pauses[batch.attempt - 1])
                return
            notes = ["try_again"]
        said = await desk.finish(batch, notes)
        if said:
            conversation, _ = await self._container.desk.transcript(batch.conversation.id, said[-1].id)
            self._turns.publish(conversation, said)

    async def _turn(self, batch: Batch) -> list[str]:
        """Has the batch answered; the texts that are to be said besides. Raises TurnFailed."""
        photos, notes = ([], []) if batch.silent else await self._pictures(batch)
        nothing_said = not batch.text and not photos and bool(batch.media)
        if batch.silent or nothing_said:
            text = batch.text or " ".join(f"[{item.mime or '?'}]" for item in batch.media)
            heard = await self._container.desk.hear(batch.conversation.id, text, client_key=batch.key)
            if heard.fresh:
                self._turns.publish(heard.conversation, [heard.message])
            return notes
        said = Said(batch.text, photo=photos[0] if photos else None, key=batch.key, more_photos=tuple(photos[1:]))
        await self._turns.take(batch.conversation.id, said, apologise=False)
        return notes

    async def _pictures(self, batch: Batch) -> tuple[list[bytes], list[str]]:
        photos: list[bytes] = []
        notes: dict[str, None] = {}
        for item in batch.media[:PICTURES]:
            try:
                content = await self._fetcher.fetch(item.url)
                async with self._darkroom:
                    photos.append(await asyncio.to_thread(redrawn, content))
            except NotFetched:
                notes["inbound_picture_lost"] = None
            except (NotTaken, Problem) as error:
                log.info("attachment refused", why=str(error))
                notes["inbound_no_picture"] = None
        return photos, list(notes)
