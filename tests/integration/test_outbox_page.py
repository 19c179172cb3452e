"""The page /outbox: every message for whoever runs the demo, and for nobody else."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse

from gateway.serve import sending
from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.outgoing import Kind, Medium, Outgoing, OutgoingStatus, Paper
from rma.service.dispatch import Dispatcher
from tests.fixtures.outgoing import PHONE
from tests.integration.gateway_kit import API_KEY, Shop, open_shop

pytest_plugins = "tests.integration.gateway_kit"


@pytest_asyncio.fixture
async def demo(container: Container) -> AsyncIterator[Shop]:
    """As `make run` serves it: no public address."""
    async with open_shop(container, public_url="") as opened:
        yield opened


async def post(shop: Shop, **changes: Any) -> int:
    values: dict[str, Any] = {
        "key": f"page:{changes}",
        "medium": Medium.SMS,
        "kind": Kind.LABEL,
        "recipient": PHONE,
        "language": Language.FR,
        "text": "Votre étiquette",
    }
    async with shop.container.transactions() as uow:
        message = Outgoing.model_validate(values | changes)
        assert await uow.outbox.post(message, shop.container.clock())
        kept = await uow.outbox.by_key(message.key)
    assert kept
    return kept.id


async def dead(shop: Shop) -> int:
    number = await post(shop, text="refused")
    async with shop.container.transactions() as uow:
        (message,) = await uow.outbox.claim([Medium.SMS], "embedded", 100, shop.container.clock(), 10)
        await uow.outbox.settle(message, status=OutgoingStatus.DEAD, error="Invalid 'To' number", error_code="21211")
    return number


async def page(shop: Shop, query: str = "", **headers: str) -> tuple[ClientResponse, str]:
    answer = await shop.client.get(f"/outbox{query}", headers=headers)
    return answer, await answer.text()


async def test_every_message_stands_there_newest_first_with_what_became_of_it(demo: Shop) -> None:
    await post(demo, text="first\nhttps://shop.example/x")
    await demo.container.dispatcher.drain()
    await post(
        demo,
        medium=Medium.EMAIL,
        recipient="zoe@example.com",
        subject="Your label",
        text="second <script>alert(1)</script>",
        papers=[Paper(kind="label", ref="RT-1")],
        return_number="RT-1",
        not_before=demo.container.clock() + timedelta(hours=2),
    )
    await dead(demo)
    answer, text = await page(demo)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    assert text.index("refused") < text.index("second &lt;script&gt;") < text.index("first\n")
    for part in (PHONE, "zoe@example.com", "Your label", "/labels/", "Return RT-1", "Shown here", "Waiting", "not before"):
        assert part in text, part
    assert "21211" in text and "Invalid &#39;To&#39; number" in text and "<script" not in text
    assert 'href="https://shop.example/x"' in text and 'http-equiv="refresh"' in text
    assert "unsafe" not in answer.headers["Content-Security-Policy"] and "style=" not in text
    assert 'http-equiv="refresh"' not in (await page(demo, "?still=1"))[1]


async def test_both_languages_and_the_states_and_pages(demo: Shop) -> None:
    for number in range(60):
        await post(demo, text=f"message {number:02d}.")
    _, text = await page(demo, "", **{"Accept-Language": "fr-FR,fr;q=0.9"})
    assert '<html lang="fr">' in text and "En attente" in text and "message 59." in text and "message 09." not in text
    older = text.split("before=")[1].split("&")[0].split('"')[0]
    _, text = await page(demo, f"?before={older}&lang=en")
    assert "message 09." in text and "message 59." not in text and "Newest messages" in text
    assert "message 59." in (await page(demo, "?status=waiting"))[1]
    assert "No message in this state" in (await page(demo, "?status=dead"))[1]
    for query in ("?status=x", "?before=x", "?before=-1", "?before=" + "9" * 30):
        assert (await page(demo, query))[0].status in (200, 404, 422)


async def test_a_dead_message_is_sent_again_by_its_button_and_by_no_foreign_page(demo: Shop) -> None:
    number = await dead(demo)
    _, text = await page(demo)
    assert f'action="/outbox/{number}/resend' in text
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await demo.client.post(f"/outbox/{number}/resend", headers=headers)
        assert answer.status == 403
    answer = await demo.client.post(f"/outbox/{number}/resend?lang=fr", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/outbox?lang=fr")
    again = await demo.client.post(f"/outbox/{number}/resend", allow_redirects=False)
    assert again.status == 303
    await demo.container.dispatcher.drain()
    assert (await demo.container.outbox.get(number)).status is OutgoingStatus.SENT
    for wrong in ("x", "0", "9" * 30):
        assert (await demo.client.post(f"/outbox/{wrong}/resend", allow_redirects=False)).status in (303, 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": ""},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8080"},
    ],
)
async def test_what_does_not_come_from_the_machine_itself_needs_the_key(demo: Shop, headers: dict[str, str]) -> None:
    number = await post(demo, text="private words")
    answer, text = await page(demo, **headers)
    assert answer.status == 401 and "private words" not in text and answer.headers["WWW-Authenticate"].startswith("Basic")
    answer = await demo.client.post(f"/outbox/{number}/resend", headers=headers)
    assert answer.status == 401


async def test_a_shop_that_the_world_reaches_asks_everybody_for_the_key(shop: Shop) -> None:
    await post(shop, text="private words")
    wrong = base64.b64encode(b"me:wrong").decode()
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {wrong}"}, {"Authorization": "Basic é"}):
        answer, text = await page(shop, **header)
        assert answer.status == 401 and "private words" not in text
    right = base64.b64encode(f"me:{API_KEY}".encode()).decode()
    for header in ({"Authorization": f"Bearer {API_KEY}"}, {"Authorization": f"Basic {right}"}):
        answer, text = await page(shop, **header)
        assert answer.status == 200 and "private words" in text


async def test_guessing_the_key_is_slowed_down(shop: Shop) -> None:
    statuses = {(await page(shop, Authorization="Bearer wrong"))[0].status for _ in range(25)}
    assert statuses == {401, 429}


async def test_where_nothing_is_embedded_there_is_no_page(container: Container) -> None:
    class Elsewhere:
        name = "twilio"

    def dispatcher(names: tuple[Medium, ...]) -> Dispatcher:
        channels = dict(container.dispatcher.channels) | {medium: Elsewhere() for medium in names}
        made = Dispatcher.__new__(Dispatcher)
        made.channels = channels  # type: ignore[assignment]
        return made

    for names, status in (((Medium.SMS,), 200), ((Medium.SMS, Medium.EMAIL), 404)):
        async with open_shop(replace(container, dispatcher=dispatcher(names)), public_url="") as opened:
            assert (await page(opened))[0].status == status


@pytest.mark.parametrize(("worker", "status"), [("inside", OutgoingStatus.SENT), ("apart", OutgoingStatus.WAITING)])
async def test_the_gateway_sends_unless_a_worker_apart_does(demo: Shop, worker: str, status: OutgoingStatus) -> None:
    settings = demo.container.settings.model_copy(update={"worker": worker})
    number = await post(demo)
    async with sending(replace(demo.container, settings=settings)):
        if worker == "inside":
            async with asyncio.timeout(30):
                while (await demo.container.outbox.get(number)).status is not status:
                    await asyncio.sleep(0.02)
    assert (await demo.container.outbox.get(number)).status is status


async def test_what_waits_is_measured(demo: Shop) -> None:
    await post(demo)
    text = await (await demo.client.get("/metrics")).text()
    assert 'retour_outbox{status="waiting"} 1.0' in text and 'retour_outbox{status="dead"} 0.0' in text
    assert "retour_outbox_oldest_seconds" in text
