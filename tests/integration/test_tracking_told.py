"""Who may say where a parcel is: our own carrier, EasyPost by signed webhook, a karrio server; and labels not needed any more."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio
import yaml
from pydantic import SecretStr

from gateway.tracking import signed_easypost, signed_scan
from rma.model.codes import ReturnStatus
from rma.model.outgoing import Paper
from rma.model.tracking import AT_WAREHOUSE, TrackingStatus
from tests.fixtures.carrier_server import label_pdf
from tests.fixtures.easypost_server import KEY, EasyPostServer
from tests.integration.gateway_kit import Shop, open_shop
from tests.integration.tracking_kit import kinds, sent_back, shop_of

pytest_plugins = "tests.integration.gateway_kit"
S = TrackingStatus


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Shop]:
    async with shop_of(sqlite_url) as container, open_shop(container) as shop:
        yield shop


async def test_a_scan_of_our_own_carrier_can_be_played(shop: Shop) -> None:
    rma = await sent_back(shop.container)

    async def scan(status: str, signature: str | None = None, **more: Any) -> int:
        body = json.dumps({"return": rma.number, "status": status, "place": "Lyon"} | more).encode()
        headers = {"X-Retour-Signature": signature if signature is not None else signed_scan("a secret of these tests", body)}
        return (await shop.client.post("/webhooks/retour-post", data=body, headers=headers)).status

    for wrong in ("", "sha256=" + "0" * 64, "é", signed_scan("another secret of these", b"{}")):
        assert await scan("accepted", wrong) == 403
    assert await scan("lost in thought") == 422 and await scan("accepted", **{"return": "RT-00000000"}) == 422
    assert (await shop.container.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED
    assert await scan("accepted") == 204 and await scan("delivered", place=None) == 204
    moved = await shop.container.returns.get(rma.number)
    assert moved.status is ReturnStatus.IN_TRANSIT and kinds(moved) == ["in_transit", AT_WAREHOUSE]


@asynccontextmanager
async def easypost_shop(url: str, folder: Path, **changes: Any) -> AsyncIterator[tuple[Shop, EasyPostServer]]:
    server = EasyPostServer()
    file = folder / "carriers.yml"
    entry = {"adapter": "easypost", "from": {"FR": ["label"], "US": ["label"]}, "polled": False}
    file.write_text(yaml.safe_dump({"carriers": [entry, {"adapter": "embedded"}]}))
    async with server.running():
        settings = {"carriers": file, "easypost_api_key": SecretStr(KEY), "easypost_api_url": f"{server.url}/v2"}
        async with shop_of(url, settings=settings) as container:
            async with open_shop(container, easypost_webhook_secret=SecretStr("sécret"), **changes) as shop:
                yield shop, server


def told(server: EasyPostServer, code: str) -> bytes:
    event = {"id": "evt_1", "object": "Event", "description": "tracker.updated", "mode": "test", "result": server.tracker(code)}
    return json.dumps(event).encode()


async def test_easypost_tells_where_a_parcel_is(sqlite_url: str, tmp_path: Path) -> None:
    async with easypost_shop(sqlite_url, tmp_path) as (shop, server):
        rma = await sent_back(shop.container)
        code = rma.label.tracking_number
        server.scans[code] = [("accepted", "2026-11-25T12:00:00Z"), ("in_transit", "2026-11-25T20:00:00Z")]

        async def call(body: bytes, signature: str | None) -> int:
            headers = {} if signature is None else {"X-Hmac-Signature": signature}
            return (await shop.client.post("/webhooks/easypost", data=body, headers=headers)).status

        body = told(server, code)
        good = signed_easypost("sécret", body)
        # As EasyPost's own client checks it.
        from easypost.util import validate_webhook

        assert validate_webhook(body, {"X-Hmac-Signature": good}, "sécret")["id"] == "evt_1"
        for wrong in (None, "", "nonsense", "ü", good[:-1], signed_easypost("other", body)):
            assert await call(body, wrong) == 403
        assert await call(body + b" ", good) == 403
        assert (await shop.container.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED
        assert await call(body, good) == 204 and await call(body, good) == 204
        moved = await shop.container.returns.get(rma.number)
        assert moved.status is ReturnStatus.IN_TRANSIT and moved.events[-1].by == "easypost"
        # Polling, which is there for what webhooks lose, finds the same events.
        assert await shop.container.tracking.look(rma.number) == 0
        server.scans[code].append(("delivered", "2026-11-27T09:00:00Z"))
        assert await shop.container.tracking.look(rma.number) == 1
        for odd in (b"[]", b"{", b'{"result": 5}', b'{"result": {"object": "Tracker", "tracking_code": "?"}}'):
            expected = 400 if odd in (b"[]", b"{") else 204
            assert await call(odd, signed_easypost("sécret", odd)) == expected


async def test_without_a_secret_nobody_is_believed(shop: Shop) -> None:
    for path, header in (("easypost", "X-Hmac-Signature"), ("karrio", "X-Event-Id")):
        for given in ("", signed_easypost("", b"{}")):
            answer = await shop.client.post(f"/webhooks/{path}", data=b"{}", headers={header: given})
            assert answer.status == 403


async def test_the_label_of_easypost_is_the_one_at_our_address(sqlite_url: str, tmp_path: Path) -> None:
    async with easypost_shop(sqlite_url, tmp_path) as (shop, server):
        rma = await sent_back(shop.container)
        assert rma.label.carrier == "easypost"
        token = shop.container.links.token("label", rma.number)
        for form, beginning in (("pdf", b"%PDF"), ("png", b"\x89PNG"), ("zpl", b"^XA")):
            answer = await shop.client.get(f"/labels/{token}.{form}")
            assert answer.status == 200 and (await answer.read()).startswith(beginning)
        attached = await shop.container.papers.draw(Paper(kind="label", ref=rma.number))
        assert attached.content == label_pdf(f"{rma.label.tracking_number}.pdf")
        code = shop.container.links.token("qr", rma.number)
        # This carrier gave no code: its label is shown, not a code of ours that its counter cannot read.
        assert (await shop.client.get(f"/labels/{code}.png")).status == 200
        await shop.container.returns.cancel(rma.number, by="shopper")
        assert server.bought[0]["refund_status"] == "submitted"
        assert (await shop.client.get(f"/labels/{token}.pdf")).status == 404


async def test_a_karrio_server_tells_where_a_parcel_is(sqlite_url: str, tmp_path: Path) -> None:
    from tests.fixtures.dhl_server import DE_CREDENTIALS, DhlParcelServer

    server, file = DhlParcelServer(), tmp_path / "carriers.yml"
    async with server.running():
        entry = {
            "adapter": "karrio", "code": "dhl-de", "connector": "dhl_parcel_de", "name": "DHL", "kind": "post", "test": True,
            "from": {"*": ["label", "qr"]}, "addresses": server.addresses(), "time_zone": "Europe/Berlin",
        }  # fmt: skip
        file.write_text(yaml.safe_dump({"carriers": [entry]}))
        settings = {"carriers": file, "karrio_credentials": SecretStr(json.dumps({"dhl-de": DE_CREDENTIALS}))}
        async with (
            shop_of(sqlite_url, settings=settings) as container,
            open_shop(container, karrio_webhook_secret=SecretStr("whsec_1")) as shop,
        ):
            rma = await sent_back(container)
            tracker = {
                "id": "trk_1", "carrier_name": "dhl_parcel_de", "tracking_number": rma.label.tracking_number,
                "status": "in_transit",
                "events": [{"date": "2026-11-25", "time": "14:00", "description": "Taken", "location": "Köln", "code": "ES"}],
            }  # fmt: skip
            body = json.dumps({"event": "tracker_updated", "data": tracker})
            for secret, status in (("", 403), ("whsec_2", 403), ("whsec_1", 204), ("whsec_1", 204)):
                answer = await shop.client.post("/webhooks/karrio", data=body, headers={"X-Event-Id": secret})
                assert answer.status == status
            assert (await container.returns.get(rma.number)).status is ReturnStatus.IN_TRANSIT
            (event,) = await container.tracking.events(rma.number)
            assert (event.place, event.at) == ("Köln", datetime(2026, 11, 25, 14, tzinfo=UTC))
            server.scans[rma.label.tracking_number] = [("delivered", "2026-11-27T09:00:00")]
            await container.tracking.look(rma.number)
            assert (await container.tracking.events(rma.number))[-1].at == datetime(2026, 11, 27, 8, tzinfo=UTC)


async def test_a_label_for_a_return_called_off_meanwhile_is_given_back(sqlite_url: str, tmp_path: Path) -> None:
    async with easypost_shop(sqlite_url, tmp_path) as (shop, server):
        container = shop.container
        server.fail("/buy", "answer", status=500, times=1)
        rma = await sent_back(container)
        assert rma.label is None and rma.status is ReturnStatus.APPROVED
        carrier = container.carrier.by_code("easypost")
        create = carrier.create_return

        async def called_off_meanwhile(*given: Any, **named: Any) -> Any:
            made = await create(*given, **named)
            await container.returns.cancel(rma.number, by="shopper")
            return made

        carrier.create_return = called_off_meanwhile
        assert await container.returns.finish_interrupted() == 0
        assert [one["refund_status"] for one in server.bought] == ["submitted"]


async def test_a_carriers_no_is_in_the_events_and_not_asked_for_every_minute(sqlite_url: str, tmp_path: Path) -> None:
    async with easypost_shop(sqlite_url, tmp_path) as (shop, server):
        error = {"error": {"code": "ADDRESS.VERIFY.FAILURE", "message": "Unable to verify address."}}
        server.fail("/v2/shipments", status=422, body=error, times=9)
        rma = await sent_back(shop.container)
        assert [event.kind for event in rma.events][-1] == "label_refused" and rma.events[-1].detail["why"] == "address"
        asked = len(server.asked("/v2/shipments"))
        for _ in range(3):
            assert await shop.container.returns.finish_interrupted() == 0
        assert len(server.asked("/v2/shipments")) == asked
