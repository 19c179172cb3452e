"""`retour worker` killed with SIGKILL in the middle of sending, again and again: what arrived at the provider is what the
database says, every message once. RETOUR_KILLS sets how often; without it as often as fits into BUDGET."""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rma.bootstrap import Container, open_container
from rma.model.codes import Language
from rma.model.outgoing import Kind, Medium, Outgoing, OutgoingStatus
from rma.settings import Settings
from tests.fixtures.twilio_server import NUMBER, SID, TOKEN, TwilioServer, twilio_server

ROOT = Path(__file__).resolve().parents[2]
MESSAGES, BUDGET = 40, 40.0
TIMEOUT = "2"
"""Seconds that a message may take; after four it counts as interrupted."""
LONGEST_DELAY = 0.15
PATIENCE = 120.0


async def post(container: Container, numbers: range) -> None:
    """Few recipients and fewer texts: to tell equal messages apart is the hard part."""
    async with container.transactions() as uow:
        for number in numbers:
            message = Outgoing(
                key=f"killed:{number}",
                medium=Medium.SMS,
                kind=Kind.LABEL,
                recipient=f"+3363998000{number % 5}",
                language=Language.FR,
                text=f"Votre étiquette {number % 3}",
                lane=f"lane-{number % 7}" if number % 2 else None,
            )
            assert await container.outbox.post(uow, message)


@asynccontextmanager
async def worker(environment: dict[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "retour", "worker", cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def all_sent(container: Container) -> bool:
    return set(await container.outbox.count()) == {OutgoingStatus.SENT}


async def sends(process: asyncio.subprocess.Process, twilio: TwilioServer, container: Container, log: Path) -> bool:
    """Waits until it is sending. False when there was nothing to send: all that was open had been taken."""

    def seen() -> int:
        return sum(method == "POST" for method, _ in twilio.requests)

    before = seen()
    async with asyncio.timeout(PATIENCE):
        while seen() == before:
            assert process.returncode is None, log.read_text()[-2000:]
            if await all_sent(container):
                return False
            await asyncio.sleep(0.05)
    return True


async def test_killed_at_any_moment_every_message_arrives_once(sqlite_url: str, tmp_path: Path) -> None:
    kills_wanted = int(os.environ.get("RETOUR_KILLS", "0"))
    seed = random.randrange(10**6)
    chance, log = random.Random(seed), tmp_path / "worker.log"
    async with twilio_server() as twilio:

        async def pause() -> None:
            await asyncio.sleep(chance.uniform(0, LONGEST_DELAY))

        twilio.pause = pause
        environment = os.environ | {
            "RETOUR_VAR": str(tmp_path),
            "RETOUR_DATABASE_URL": sqlite_url,
            "RETOUR_TWILIO_ACCOUNT_SID": SID,
            "RETOUR_TWILIO_AUTH_TOKEN": TOKEN,
            "RETOUR_TWILIO_FROM": NUMBER,
            "RETOUR_TWILIO_API_URL": twilio.url,
            "RETOUR_TWILIO_PER_SECOND": "4",
            "RETOUR_TWILIO_TIMEOUT": TIMEOUT,
        }
        async with open_container(Settings.load(var=tmp_path, database_url=sqlite_url)) as container:
            await post(container, range(MESSAGES))
            posted, kills, late = MESSAGES, 0, time.monotonic() + BUDGET
            while kills < kills_wanted or (not kills_wanted and time.monotonic() < late):
                async with worker(environment, log) as process:
                    if await sends(process, twilio, container, log):
                        await asyncio.sleep(chance.uniform(0, 2 * LONGEST_DELAY))
                        process.send_signal(signal.SIGKILL)
                        kills += 1
                if await all_sent(container):
                    await post(container, range(posted, posted + 10))
                    posted += 10
            interrupted = (await container.outbox.count()).get(OutgoingStatus.SENDING, 0)
            async with worker(environment | {"RETOUR_TWILIO_PER_SECOND": "50"}, log) as process:
                async with asyncio.timeout(PATIENCE):
                    while not await all_sent(container):
                        assert process.returncode is None, log.read_text()[-2000:]
                        await asyncio.sleep(0.1)
                process.terminate()
                assert await process.wait() == 0, log.read_text()[-2000:]
            kept = await container.outbox.find(limit=1000)
    found = log.read_text().count("found at the provider")
    print(f"seed {seed}: {kills} kills, {posted} messages, {found} found at the provider, {interrupted} open at the end")
    arrived = Counter((message["to"], message["body"]) for message in twilio.messages)
    assert arrived == Counter((message.recipient, message.text) for message in kept), f"seed {seed}"
    assert {message["sid"] for message in twilio.messages} == {message.provider_id for message in kept}
    assert len(twilio.messages) == len(kept) == posted and kills >= min(kills_wanted, 3)
