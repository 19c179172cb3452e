"""The queue of what another desk is to be told: what two gateways do to it at once, on each database."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from rma.bootstrap import open_container
from rma.model.conversations import Channel, Owner, Utterance
from rma.model.desks import EventKind, EventStatus
from rma.model.errors import Conflict
from rma.settings import Settings
from tests.fixtures import databases

database_url, sqlite_url, postgres_url = databases.database_url, databases.sqlite_url, databases.postgres_url
migrated_sqlite, postgres_server = databases.migrated_sqlite, databases.postgres_server


async def test_two_that_collect_and_claim_at_once_do_it_once(database_url: str) -> None:
    settings = Settings.load(database_url=database_url, secret_key="a secret of the tests only")
    async with open_container(settings) as container:
        desk, queue, now = container.desk, container.bridge.queue, container.clock()
        ids = []
        for _ in range(5):
            conversation, _ = await desk.open(Channel.WEB, None, None)
            heard = await desk.hear(conversation.id, "a person, please")
            conversation = heard.conversation
            conversation.owner = Owner.PERSON
            await desk.answer(conversation, heard.message.id, [Utterance(text="yes")], [("asked_for", {})])
            ids.append(conversation.id)

        async def collect() -> int:
            with suppress(Conflict):
                return await queue.collect("agent:1:chatwoot-", now)
            return 0

        assert sum(await asyncio.gather(*(collect() for _ in range(4)))) == 5
        await desk.hear(ids[0], "hello?")
        assert await collect() == 1 and await collect() == 0
        claimed = await asyncio.gather(*(queue.claim(now, now - timedelta(seconds=90), 2) for _ in range(4)))
        events = [event for some in claimed for event in some]
        # Of the first conversation only the hand-over: what was said after it waits for it.
        assert sorted(event.conversation for event in events) == sorted(ids)
        assert {event.kind for event in events} == {EventKind.HANDED_OVER}
        for event in events:
            await queue.settle(event, EventStatus.DONE, now, None, None, True)
        (late,) = await queue.claim(now, now - timedelta(seconds=90), 5)
        assert late.kind is EventKind.SAID and not late.repeated and await queue.pending(ids[0])
        # Its worker died: somebody else takes it, and knows that it may have been told.
        after = now + timedelta(seconds=91)
        (again,) = await queue.claim(after, after - timedelta(seconds=90), 5)
        assert again.id == late.id and again.repeated
        await queue.settle(late, EventStatus.DONE, now, None, None, True)
        assert await queue.pending(ids[0])
        await queue.settle(again, EventStatus.DONE, now, None, None, True)
        assert await queue.counts() == {"done": 6} and not await queue.pending(ids[0])
