"""Webhooks on both databases, to a real server: every event, signed, in order, again when it was not taken, and never lost."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr
from standardwebhooks.webhooks import WebhookVerificationError

from gateway.serve import sending
from rma.bootstrap import Container, open_container, utc_now
from rma.links import Links
from rma.model.errors import NotFound, Refused
from rma.model.hooks import DeliveryStatus, HookDelivery, HookEndpoint
from rma.model.returns import Return
from rma.service.documents import return_document
from rma.service.hooks import HookDesk, HookSecrets
from rma.service.receiving import Arrival
from rma.service.telling import PAUSES, TRIES, HookTeller
from rma.settings import Settings
from rma.webhooks.http import HttpHookSender
from tests.fixtures.hook_receiver import LOOPBACK, Receiver, never, receiving, verified
from tests.integration.notice_shop import NOON, Clock, document, load, opened, plan

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of these tests"
LIFE = ["return.requested", "return.approved", "return.label_issued"]


class Scene:
    """A shop whose hooks may go to this machine, and a receiver."""

    def __init__(self, container: Container, clock: Clock, receiver: Receiver, sender: HttpHookSender) -> None:
        self.container, self.clock, self.receiver, self.sender = container, clock, receiver, sender
        hidden = HookSecrets(SECRET)
        self.links = Links(SECRET, "https://shop.example")
        self.desk = HookDesk(container.transactions, clock, sender, hidden, insecure=True)
        self.teller = HookTeller(container.transactions, clock, sender, hidden, self.links)
        receiver.now = clock

    async def listen(self, *events: str) -> HookEndpoint:
        endpoint, self.receiver.secret = await self.desk.add(self.receiver.url, list(events))
        return endpoint

    async def announced(self, key: str = "k", **changes: Any) -> Return:
        return await self.container.returns.create(plan(key, **changes))

    async def forward(self, span: timedelta) -> None:
        self.clock.now += span
        await self.teller.drain()

    async def deliveries(self, endpoint: HookEndpoint, status: DeliveryStatus | None = None) -> list[HookDelivery]:
        return list(reversed(await self.desk.deliveries(endpoint.id, status, 1000)))

    async def state(self, endpoint: HookEndpoint) -> HookEndpoint:
        return next(each.endpoint for each in await self.desk.all() if each.endpoint.id == endpoint.id)


@asynccontextmanager
async def a_scene(url: str, receiver: Receiver, longest: float = 5.0) -> AsyncIterator[Scene]:
    clock, sender = Clock(), HttpHookSender([ip_network(LOOPBACK)], longest=longest)
    async with opened(url, clock) as container:
        await load(container, document(), document("W2"))
        yield Scene(container, clock, receiver, sender)
    await sender.close()


@pytest_asyncio.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    async with receiving() as receiver, a_scene(database_url, receiver) as opened_scene:
        yield opened_scene


async def test_what_happens_is_told_signed_in_the_shape_of_the_api(scene: Scene) -> None:
    await scene.announced("before anybody listens")
    await scene.teller.drain()
    await scene.listen()
    rma = await scene.announced()
    await scene.teller.drain()
    assert scene.receiver.types() == LIFE
    await scene.container.receiving.receive(rma.number, Arrival(), "ana")
    await scene.teller.drain()
    assert scene.receiver.types()[3:] == ["return.arrived", "return.received"]
    told = scene.receiver.heard[-1]
    assert list(told) == ["id", "type", "at", "event", "return"]
    assert told["at"] == told["event"]["at"] == "2026-11-25T12:00:00Z" and told["event"]["by"] == "ana"
    fresh = await scene.container.returns.get(rma.number)
    assert told["return"] == return_document(fresh, scene.links) and told["return"]["status"] == "received"
    headers = scene.receiver.headers[-1]
    assert headers["webhook-id"] == told["id"] and headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert scene.receiver.secret is not None
    with pytest.raises(WebhookVerificationError):
        verified(scene.receiver.secret, scene.receiver.bodies[-1] + b" ", headers, NOON)
    with pytest.raises(WebhookVerificationError):
        verified(scene.receiver.secret, scene.receiver.bodies[-1], headers, NOON + timedelta(minutes=6))
    await scene.teller.drain()
    assert len(scene.receiver.asked) == len(set(scene.receiver.asked)) == 5


async def test_an_endpoint_hears_what_it_named(scene: Scene) -> None:
    with pytest.raises(Refused, match="'recieved' is no event"):
        await scene.listen("recieved")
    await scene.listen("return.label_issued", "received")
    rma = await scene.announced()
    await scene.container.receiving.receive(rma.number, Arrival(), "ana")
    await scene.teller.drain()
    assert scene.receiver.types() == ["return.label_issued", "return.received"]


async def test_what_is_not_taken_is_tried_again_in_order_while_other_returns_go_on(scene: Scene) -> None:
    endpoint = await scene.listen()
    first = await scene.announced("a")
    second = await scene.announced("b", line="2")
    scene.receiver.refusals[first.number] = [422]
    await scene.teller.drain()
    # The first event of the first return was not taken: those after it wait, those of the other return do not.
    assert scene.receiver.types(first.number) == [] and scene.receiver.types(second.number) == LIFE
    waiting = await scene.deliveries(endpoint, DeliveryStatus.WAITING)
    assert [(each.event.kind, each.attempts, each.error) for each in waiting] == [
        ("requested", 1, "HTTP 422"), ("approved", 0, None), ("label_issued", 0, None),
    ]  # fmt: skip
    await scene.forward(PAUSES[0] * 1.3)
    assert scene.receiver.types(first.number) == LIFE
    refused = next(each.event_name for each in await scene.deliveries(endpoint) if each.number == first.number)
    assert [name for name in scene.receiver.asked if name == refused] == [refused] * 2


@pytest.mark.parametrize("trouble", [500, 302, 404, never])
async def test_an_endpoint_in_trouble_rests_and_is_told_everything_afterwards(sqlite_url: str, trouble: Any) -> None:
    async with receiving() as receiver, a_scene(sqlite_url, receiver, longest=0.3) as scene:
        endpoint = await scene.listen()
        rmas = [await scene.announced(key, line=line) for key, line in (("a", "1"), ("b", "2"))]
        receiver.answers.extend([trouble] * 3)
        await scene.teller.drain()
        state = await scene.state(endpoint)
        assert state.failing_since == NOON and state.rest_until and state.rest_until > NOON and len(receiver.asked) <= 2
        assert not receiver.heard and state.last_error
        for _ in range(8):
            await scene.forward(timedelta(minutes=6))
        assert [receiver.types(rma.number) for rma in rmas] == [LIFE, LIFE]
        state = await scene.state(endpoint)
        assert (state.failures, state.failing_since, state.rest_until) == (0, None, None) and state.delivered_at


async def test_a_receiver_says_when_to_come_back(scene: Scene) -> None:
    async def busy(_request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "3600"})

    endpoint = await scene.listen()
    await scene.announced()
    scene.receiver.answers.append(busy)
    await scene.teller.drain()
    await scene.forward(timedelta(minutes=59))
    assert len(scene.receiver.asked) == 1
    await scene.forward(timedelta(minutes=2))
    assert scene.receiver.types() == LIFE and (await scene.state(endpoint)).failures == 0


async def test_an_event_is_given_up_after_three_days_and_can_be_told_again(scene: Scene) -> None:
    endpoint = await scene.listen()
    rma = await scene.announced()
    scene.receiver.answers.extend([422] * TRIES)
    await scene.teller.drain()
    for pause in PAUSES:
        assert not await scene.deliveries(endpoint, DeliveryStatus.DEAD)
        await scene.forward(pause * 1.3)
    dead = await scene.deliveries(endpoint, DeliveryStatus.DEAD)
    assert [(each.event.kind, each.attempts) for each in dead] == [("requested", TRIES)]
    assert timedelta(days=3) < sum(PAUSES, timedelta()) < timedelta(days=4)
    # What came after it goes on.
    assert scene.receiver.types() == LIFE[1:]
    assert await scene.desk.replay(None, failed=True) == {endpoint.id: 1}
    await scene.teller.drain()
    assert scene.receiver.types() == [*LIFE[1:], LIFE[0]]
    assert await scene.desk.replay(endpoint.id, number=rma.number.lower()) == {endpoint.id: 3}
    await scene.teller.drain()
    assert scene.receiver.types()[3:] == LIFE
    assert await scene.desk.replay(endpoint.id, event=dead[0].event_name) == {endpoint.id: 1}
    await scene.teller.drain()
    assert scene.receiver.asked[-1] == dead[0].event_name


async def test_one_who_comes_late_is_told_what_happened_before(scene: Scene) -> None:
    await scene.announced()
    await scene.teller.drain()
    scene.clock.now += timedelta(days=1)
    rma = await scene.announced("b", line="2")
    endpoint = await scene.listen("label_issued")
    assert await scene.desk.replay(None, since=NOON + timedelta(hours=1)) == {endpoint.id: 1}
    await scene.teller.drain()
    assert scene.receiver.types(rma.number) == ["return.label_issued"] and len(scene.receiver.heard) == 1
    with pytest.raises(Refused, match="say which events"):
        await scene.desk.replay(None)
    with pytest.raises(Refused, match="no event's name"):
        await scene.desk.replay(None, event="evt_1")
    with pytest.raises(NotFound):
        await scene.desk.replay(77, failed=True)


async def test_pausing_keeps_and_removing_forgets(scene: Scene) -> None:
    endpoint = await scene.listen()
    await scene.desk.pause(endpoint.id)
    await scene.announced()
    await scene.teller.drain()
    assert not scene.receiver.asked
    await scene.desk.resume(endpoint.id)
    await scene.teller.drain()
    assert scene.receiver.types() == LIFE
    await scene.announced("b", line="2")
    await scene.desk.remove(endpoint.id)
    await scene.teller.drain()
    assert len(scene.receiver.asked) == 3 and await scene.desk.all() == []


async def test_resuming_tells_at_once_what_rested_between_two_tries(scene: Scene) -> None:
    endpoint = await scene.listen()
    rma = await scene.announced()
    scene.receiver.answers.append(422)
    await scene.teller.drain()
    assert scene.receiver.types() == [] and (await scene.state(endpoint)).rest_until is None
    await scene.desk.resume(endpoint.id)
    await scene.teller.drain()
    assert scene.receiver.types(rma.number) == LIFE


async def test_gone_is_gone(scene: Scene) -> None:
    endpoint = await scene.listen()
    await scene.announced()
    scene.receiver.answers.append(410)
    await scene.teller.drain()
    await scene.forward(timedelta(days=9))
    state = await scene.state(endpoint)
    assert state.paused and "410" in (state.why or "") and len(scene.receiver.asked) == 1


async def test_a_new_secret_counts_at_once_and_a_changed_shop_secret_is_never_signed_with(scene: Scene) -> None:
    endpoint = await scene.listen()
    old, new = scene.receiver.secret, await scene.desk.rotate(endpoint.id)
    assert old != new and new.startswith("whsec_")
    scene.receiver.secret = new
    assert (await scene.desk.test(endpoint.id)).taken
    assert scene.receiver.heard[-1]["type"] == "test"
    await scene.announced()
    other = HookTeller(scene.container.transactions, scene.clock, scene.sender, HookSecrets("another secret, 16+"), scene.links)
    await other.drain()
    assert len(scene.receiver.asked) == 1
    await scene.teller.drain()
    assert scene.receiver.types()[1:] == LIFE


async def test_two_workers_tell_each_event_once_and_in_order(scene: Scene) -> None:
    await scene.listen()
    rmas = [await scene.announced(f"k{place}", line=line) for place, line in enumerate("112")]
    for rma in rmas:
        await scene.container.receiving.receive(rma.number, Arrival(), "ana")
    hidden = HookSecrets(SECRET)
    twin = HookTeller(scene.container.transactions, scene.clock, scene.sender, hidden, scene.links)
    running = [asyncio.create_task(each.run()) for each in (scene.teller, twin)]
    async with asyncio.timeout(20):
        while len(scene.receiver.heard) < 15:
            await asyncio.sleep(0.02)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for rma in rmas:
        assert scene.receiver.types(rma.number) == [*LIFE, "return.arrived", "return.received"]
    assert len(scene.receiver.asked) == len(set(scene.receiver.asked)) == 15


async def test_the_gateways_own_worker_tells(sqlite_url: str) -> None:
    settings = Settings.load(
        database_url=sqlite_url, secret_key=SecretStr(SECRET), public_url="https://shop.example", hooks_allow=LOOPBACK
    )
    async with receiving() as receiver, open_container(settings) as container, sending(container):
        await load(container, document())
        endpoint, receiver.secret = await container.hooks.add(receiver.url, [])
        assert (await container.hooks.test(endpoint.id)).taken
        await container.returns.create(plan())
        async with asyncio.timeout(20):
            while len(receiver.heard) < 4:
                await asyncio.sleep(0.02)
        assert receiver.types()[1:] == LIFE and receiver.heard[0]["type"] == "test"


async def test_killed_while_it_delivers_everything_arrives_in_order(sqlite_url: str, tmp_path: Path) -> None:
    """`retour worker`, killed with SIGKILL while the receiver has an event and has not answered."""
    async with receiving() as receiver, a_scene(sqlite_url, receiver) as scene:
        endpoint = await scene.listen()
        receiver.now = utc_now
        rma = await scene.announced()
        holding = asyncio.Event()

        async def hold(request: web.Request) -> web.StreamResponse:
            holding.set()
            return await never(request)

        receiver.answers.extend([204, hold])
        environment = os.environ | {
            "RETOUR_VAR": str(tmp_path), "RETOUR_DATABASE_URL": sqlite_url, "RETOUR_SECRET_KEY": SECRET,
            "RETOUR_HOOKS_ALLOW": LOOPBACK,
        }  # fmt: skip
        with (tmp_path / "worker.log").open("wb") as log:
            worker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "retour", "worker", cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            async with asyncio.timeout(60):
                await holding.wait()
        finally:
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
        said = (tmp_path / "worker.log").read_text()
        assert receiver.secret and receiver.secret not in said and "hidden" not in said and rma.number not in said
        receiver.now = scene.clock
        scene.clock.now = utc_now()
        await scene.teller.drain()
        assert receiver.types() == LIFE[:1], "it may still be under way elsewhere"
        await scene.forward(timedelta(minutes=2))
        assert receiver.types() == LIFE
        assert receiver.asked[1] == receiver.asked[2] and len(receiver.asked) == 4
        assert {each.status for each in await scene.deliveries(endpoint)} == {DeliveryStatus.SENT}


async def test_addresses_that_are_none_are_refused(scene: Scene) -> None:
    for url in ("ftp://x.example/", "https://", "https://ana:pw@x.example/", "https://x.example/\r\nX: y", "https://x.example/é"):
        with pytest.raises(Refused):
            await scene.desk.add(url, [])
    careful = HookDesk(scene.container.transactions, scene.clock, scene.sender, HookSecrets(SECRET), insecure=False)
    with pytest.raises(Refused, match="https"):
        await careful.add(scene.receiver.url, [])
    await scene.listen()
    with pytest.raises(Refused, match="already"):
        await scene.listen()
    nobody = HookDesk(scene.container.transactions, scene.clock, scene.sender, HookSecrets(""), insecure=True)
    with pytest.raises(Refused, match="RETOUR_SECRET_KEY"):
        await nobody.add("https://x.example/", [])
