"""What carriers say of parcels: kept once, in any order, on both databases; what it means for a return; who may say it; and how the
carriers that do not tell are asked."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from pydantic import SecretStr

from gateway.tracking import signed_easypost, signed_scan
from rma.bootstrap import Container, open_container
from rma.model.codes import Language, Method, Reason, Resolution, ReturnStatus
from rma.model.outgoing import Paper
from rma.model.returns import Return
from rma.model.shipping import CarrierUnavailable
from rma.model.tracking import AT_WAREHOUSE, SCANNED, TROUBLE, TrackingEvent, TrackingStatus
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from rma.store.tracking_tables import ParcelLookRow
from tests.fixtures.carrier_server import label_pdf
from tests.fixtures.easypost_server import KEY, EasyPostServer
from tests.integration.gateway_kit import Shop, open_shop
from tests.integration.notice_shop import NOON, Clock, document

pytest_plugins = "tests.integration.gateway_kit"
S = TrackingStatus


@asynccontextmanager
async def shop_of(url: str, clock: Clock | None = None, settings: dict[str, Any] | None = None) -> AsyncIterator[Container]:
    common = {"database_url": url, "secret_key": SecretStr("a secret of these tests"), "public_url": "https://shop.example"}
    async with open_container(Settings.load(**common | (settings or {})), clock or Clock()) as container:
        yield container


@pytest_asyncio.fixture
async def container(sqlite_url: str) -> AsyncIterator[Container]:
    async with shop_of(sqlite_url) as container:
        yield container


@pytest_asyncio.fixture
async def anywhere(database_url: str) -> AsyncIterator[Container]:
    async with shop_of(database_url) as container:
        yield container


_keys = itertools.count()


async def sent_back(container: Container, number: str = "", **changes: Any) -> Return:
    number = number or f"P{next(_keys)}"
    report = await container.shop.load({"orders": [document(number, **changes)]})
    assert not report.failures
    async with container.transactions() as uow:
        found = await uow.orders.find(number)
    assert found
    plan = Plan(
        key=f"k-{number}", order_id=found[0], lines=(PlannedLine("2", 1, Reason.CHANGED_MIND),), resolution=Resolution.REFUND,
        language=Language.FR, method=Method.LABEL,
    )  # fmt: skip
    return await container.returns.create(plan)


def events(rma: Return, *statuses: S, start: datetime = NOON) -> list[TrackingEvent]:
    assert rma.label
    return [
        TrackingEvent(
            carrier=rma.label.carrier, tracking_number=rma.label.tracking_number, provider_id=f"{hour}-{status}", status=status,
            at=start + timedelta(hours=hour), place="Lyon",
        )
        for hour, status in enumerate(statuses)
    ]  # fmt: skip


def kinds(rma: Return) -> list[str]:
    return [event.kind for event in rma.events[3:]]


async def test_the_first_scan_sends_it_on_its_way_and_the_warehouse_only_receives_it_itself(anywhere: Container) -> None:
    rma = await sent_back(anywhere)
    told = events(rma, S.ANNOUNCED, S.ACCEPTED, S.IN_TRANSIT, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED)
    assert await anywhere.tracking.note(told[:1]) == 1
    assert (await anywhere.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED
    assert await anywhere.tracking.note(told) == 5
    moved = await anywhere.returns.get(rma.number)
    assert moved.status is ReturnStatus.IN_TRANSIT and kinds(moved) == ["in_transit", AT_WAREHOUSE]
    first = moved.events[3]
    assert (first.by, first.detail["scan"], first.detail["place"]) == ("retour-post", "accepted", "Lyon")
    assert await anywhere.tracking.note(told) == 0 and await anywhere.returns.get(rma.number) == moved
    assert await anywhere.tracking.events(rma.number) == told


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_order_in_which_they_are_told_does_not_matter(container: Container, order: tuple[int, ...]) -> None:
    rma = await sent_back(container)
    told = events(rma, S.ACCEPTED, S.IN_TRANSIT, S.DELIVERED)
    for place in order:
        await container.tracking.note([told[place]])
    moved = await container.returns.get(rma.number)
    assert moved.status is ReturnStatus.IN_TRANSIT and kinds(moved) == ["in_transit", AT_WAREHOUSE]
    assert await container.tracking.events(rma.number) == told


async def test_told_ten_times_at_once_it_is_kept_once(anywhere: Container) -> None:
    rma = await sent_back(anywhere)
    told = events(rma, S.ACCEPTED, S.DELIVERED)
    noted = await asyncio.gather(*(anywhere.tracking.note(told) for _ in range(10)))
    assert sum(noted) == 2
    assert kinds(await anywhere.returns.get(rma.number)) == ["in_transit", AT_WAREHOUSE]


async def test_a_parcel_of_a_return_that_is_over_is_noted_and_moves_nothing(container: Container) -> None:
    rma = await sent_back(container)
    await container.returns.cancel(rma.number, by="shopper")
    await container.tracking.note(events(rma, S.ACCEPTED, S.IN_TRANSIT, S.DELIVERED))
    cancelled = await container.returns.get(rma.number)
    assert cancelled.status is ReturnStatus.CANCELLED and kinds(cancelled) == ["cancelled", SCANNED, AT_WAREHOUSE]
    assert len(await container.tracking.events(rma.number)) == 3


async def test_a_scan_that_comes_after_the_parcel_changes_nothing(container: Container) -> None:
    rma = await sent_back(container)
    async with container.transactions() as uow:
        found = await uow.returns.by_number(rma.number)
        found.move(ReturnStatus.RECEIVED, NOON, "marie")
        await uow.returns.save(found)
    await container.tracking.note(events(rma, S.ACCEPTED, S.DELIVERED, S.GOES_BACK))
    late = await container.returns.get(rma.number)
    assert late.status is ReturnStatus.RECEIVED and kinds(late) == ["received"]


async def test_trouble_on_the_way_is_told_once(container: Container) -> None:
    rma = await sent_back(container)
    await container.tracking.note(events(rma, S.ACCEPTED, S.FAILED, S.FAILED, S.GOES_BACK))
    assert kinds(await container.returns.get(rma.number)) == ["in_transit", TROUBLE]


async def test_a_parcel_of_nobody_is_kept_and_harms_nobody(container: Container) -> None:
    stranger = TrackingEvent(carrier="retour-post", tracking_number="ZR000000016FR", provider_id="1", status=S.ACCEPTED, at=NOON)
    assert await container.tracking.note([stranger]) == 1 and await container.tracking.note([stranger]) == 0
    rma = await sent_back(container)
    other = events(rma, S.ACCEPTED)[0].model_copy(update={"carrier": "somebody-else"})
    await container.tracking.note([other])
    assert (await container.returns.get(rma.number)).status is ReturnStatus.LABEL_ISSUED


async def test_carriers_are_asked_the_more_rarely_the_older_a_label_is(sqlite_url: str) -> None:
    clock = Clock()
    async with shop_of(sqlite_url, clock) as container:
        rma = await sent_back(container)
        number = rma.label.tracking_number
        asked = []
        carrier = container.carrier.by_code("retour-post")
        track = carrier.track

        async def counted(tracking_number: str) -> Any:
            asked.append(clock.now)
            return await track(tracking_number)

        carrier.track = counted
        for _ in range(24 * 6):
            await container.tracking.finish_interrupted()
            clock.now += timedelta(minutes=10)
        gaps = [(later - sooner).total_seconds() for sooner, later in itertools.pairwise(asked)]
        assert gaps == sorted(gaps) and 20 < len(asked) < 100
        await container.carriers.scans.add(number, S.DELIVERED, "Roubaix")
        clock.now += timedelta(hours=6)
        assert await container.tracking.finish_interrupted() == 1
        seen = len(asked)
        clock.now += timedelta(days=30)
        await container.tracking.finish_interrupted()
        assert len(asked) == seen


async def test_a_carrier_out_of_reach_is_left_in_peace_for_a_while(sqlite_url: str) -> None:
    clock = Clock()
    async with shop_of(sqlite_url, clock) as container:
        rma = await sent_back(container)
        await container.carriers.scans.add(rma.label.tracking_number, S.ACCEPTED, "Lyon")
        carrier, tried = container.carrier.by_code("retour-post"), []
        track = carrier.track

        async def broken(_number: str) -> Any:
            tried.append(clock.now)
            raise CarrierUnavailable("out of reach")

        carrier.track = broken
        for _ in range(64):
            assert await container.tracking.finish_interrupted() == 0
            clock.now += timedelta(minutes=1)
        assert len(tried) == 7
        carrier.track = track
        clock.now += timedelta(hours=6)
        assert await container.tracking.finish_interrupted() == 1
        async with container.engine.connect() as connection:
            rows = (await connection.execute(ParcelLookRow.__table__.select())).all()
        assert [row.failures for row in rows] == [0]


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
