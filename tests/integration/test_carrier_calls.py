"""Each call to a carrier: the request written, the address called, the answer read, the error read. And what is left of a call that
broke: one label, whatever was lost on the way."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from sqlalchemy import update

from rma.carriers.chooser import CarrierChoice
from rma.carriers.karrio_sdk import KarrioAccount, KarrioCarrier
from rma.model.codes import Method
from rma.model.customs import CustomsLine, Declaration, Relief
from rma.model.errors import ConfigurationError
from rma.model.shipping import CarrierRefused, CarrierUnavailable, Refusal
from rma.store.tracking_tables import CarrierShipmentRow
from tests.contract.test_carriers import SHOPPER, request
from tests.fixtures import carriers
from tests.fixtures.carriers import NOW, Rig

DECLARED = Declaration(
    lines=(
        CustomsLine(title="T-shirt (blue, M)", quantity=2, hs_code="610910", origin="PT", value=Decimal("39.80"), weight_grams=360),
    ),
    currency="EUR", relief=Relief.EU, invoice="W2611340", exported=NOW,
)  # fmt: skip
SWISS = {"sender": SHOPPER, "crosses_border": True, "customs": DECLARED}


@pytest_asyncio.fixture
async def easypost(sqlite_url: str) -> AsyncIterator[Rig]:
    async with carriers.easypost(sqlite_url) as rig:
        yield rig


@pytest_asyncio.fixture
async def parcel(sqlite_url: str) -> AsyncIterator[Rig]:
    async with carriers.dhl_parcel(sqlite_url) as rig:
        yield rig


@pytest_asyncio.fixture
async def express(sqlite_url: str) -> AsyncIterator[Rig]:
    async with carriers.dhl_express(sqlite_url) as rig:
        yield rig


async def test_easypost_is_asked_for_a_return_from_the_shopper_to_the_warehouse(easypost: Rig) -> None:
    asked = request(method=Method.QR, email="noah@example.com", phone="+33612345678", **SWISS)
    made = await easypost.carrier.create_return(asked, "return-1")
    sent = easypost.server.asked("/v2/shipments")[0]
    assert sent.headers["Authorization"].startswith("Bearer EZTK")
    wanted = sent.body["shipment"]
    assert wanted["reference"] == "return-1" and wanted["is_return"] is True
    assert wanted["to_address"]["street1"] == "1 rue X" and wanted["to_address"]["phone"] == "+33612345678"
    assert wanted["from_address"]["name"] == "Demo returns"
    assert wanted["parcel"] == {"weight": 28.2, "length": 11.8, "width": 7.9, "height": 3.9}
    customs = wanted["customs_info"]
    assert customs["contents_type"] == "returned_goods" and customs["customs_items"] == [
        {"description": "T-shirt (blue, M)", "quantity": 2, "value": 39.8, "currency": "EUR", "weight": 12.7,
         "hs_tariff_number": "610910", "origin_country": "PT"}
    ]  # fmt: skip
    # As EasyPost keeps it the two are turned round, and the cheapest rate is bought.
    kept = easypost.server.bought[0]
    assert kept["from_address"]["street1"] == "1 rue X" and kept["selected_rate"]["service"] == "GroundAdvantage"
    assert (made.service, made.carrier_name, made.postal) == ("GroundAdvantage", "USPS", True)
    assert {paper.kind for paper in made.papers} == {"label", "qr"}
    assert easypost.server.asked("/forms")[0].body == {"form": {"type": "label_qr_code"}}
    # Its files lie elsewhere: whoever serves them is not told our key.
    assert not any("Authorization" in one.headers for one in easypost.server.asked(".pdf", "GET"))


async def test_a_code_that_easypost_cannot_give_costs_nobody_the_label(easypost: Rig) -> None:
    easypost.server.fail("/forms", status=422, body={"error": {"code": "FORM.INVALID", "message": "not for this carrier"}})
    made = await easypost.carrier.create_return(request(method=Method.QR), "return-1")
    assert [paper.kind for paper in made.papers] == ["label"]


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (422, {"error": {"code": "ADDRESS.VERIFY.FAILURE", "message": "Unable to verify address."}}, Refusal.ADDRESS),
        (422, {"error": {"code": "INVALID_PARAMS", "message": "bad", "errors": [{"customs_info": "missing"}]}}, Refusal.CUSTOMS),
        (400, {"error": {"code": "BAD", "message": "something else"}}, Refusal.OTHER),
        (401, {"error": {"code": "APIKEY.INACTIVE", "message": "inactive"}}, None),
        (402, {"error": {"code": "PAYMENT", "message": "no money"}}, None),
        (429, {"error": {"code": "RATE_LIMITED", "message": "slower"}}, None),
        (500, {"error": {"code": "INTERNAL", "message": "trouble"}}, None),
        (502, ["no error at all"], None),
    ],
)  # fmt: skip
async def test_what_easypost_says_instead_of_a_label(easypost: Rig, status: int, body: object, why: Refusal | None) -> None:
    easypost.server.fail("/v2/shipments", status=status, body=body)
    with pytest.raises(CarrierRefused if why else CarrierUnavailable) as failed:
        await easypost.carrier.create_return(request(), "return-1")
    assert why is None or failed.value.why is why
    assert await easypost.carrier.create_return(request(), "return-1")
    assert len(easypost.server.bought) == 1


async def test_a_parcel_too_heavy_for_every_rate_is_refused(easypost: Rig) -> None:
    easypost.carrier._offer = easypost.carrier._offer.__class__(
        **easypost.carrier._offer.__dict__ | {"heaviest": 100_000}
    )
    with pytest.raises(CarrierRefused) as refused:
        await easypost.carrier.create_return(request(weight_grams=60_000), "return-1")
    assert refused.value.why is Refusal.WEIGHT


@pytest.mark.parametrize("path", ["/v2/shipments", "/buy", ".pdf"])
@pytest.mark.parametrize("taken", [False, True])
async def test_an_answer_of_easypost_that_is_lost_is_found_again(easypost: Rig, path: str, taken: bool) -> None:
    asked = request()
    easypost.server.fail(path, "cut", taken=taken, times=5)
    with pytest.raises(CarrierUnavailable):
        await easypost.carrier.create_return(asked, "return-1")
    easypost.server.faults.clear()
    made = await easypost.carrier.create_return(asked, "return-1")
    assert [one["tracking_code"] for one in easypost.server.bought] == [made.tracking_number]
    assert await easypost.carrier.create_return(asked, "return-1") == made


async def test_a_process_that_dies_while_it_asks_leaves_a_key_that_is_looked_up(easypost: Rig) -> None:
    asked = request()
    made = await easypost.carrier.create_return(asked, "return-1")
    # As if the answer had come and the process had died before it was written down.
    ledger = easypost.ledger
    async with ledger._engine.begin() as connection:
        await connection.execute(update(CarrierShipmentRow).values(made=None, tracking_number=None))
    with pytest.raises(CarrierUnavailable):
        await ledger.begin("easypost", "return-1", 0.1, 60)
    ledger._clock = lambda: NOW + timedelta(minutes=5)
    assert await easypost.carrier.create_return(asked, "return-1") == made
    assert len(easypost.server.bought) == 1


async def test_a_caller_whose_time_is_up_finds_the_label_later(sqlite_url: str) -> None:
    async with carriers.easypost(sqlite_url, limit=1.0) as rig:
        rig.server.fail(".pdf", "silent", times=4)
        began = asyncio.get_running_loop().time()
        with pytest.raises(CarrierUnavailable):
            await rig.carrier.create_return(request(), "return-1")
        assert asyncio.get_running_loop().time() - began < 3
        rig.server.faults.clear()
        for _ in range(40):
            try:
                made = await rig.carrier.create_return(request(), "return-1")
                break
            except CarrierUnavailable:
                await asyncio.sleep(0.1)
        assert [one["tracking_code"] for one in rig.server.bought] == [made.tracking_number]


async def test_a_label_of_easypost_is_refunded_until_the_parcel_is_scanned(easypost: Rig) -> None:
    first = await easypost.carrier.create_return(request(), "return-1")
    await easypost.carrier.cancel(first.tracking_number)
    assert easypost.server.bought[0]["refund_status"] == "submitted"
    assert easypost.server.asked("/refund")[0].path == f"/v2/shipments/{easypost.server.bought[0]['id']}/refund"
    second = await easypost.carrier.create_return(request(), "return-2")
    await easypost.scan(second.tracking_number, "accepted", "2026-11-26T08:00:00Z")
    with pytest.raises(CarrierRefused) as refused:
        await easypost.carrier.cancel(second.tracking_number)
    assert refused.value.why is Refusal.TOO_LATE
    easypost.server.fail("/refund", "cut", taken=True, times=2)
    third = await easypost.carrier.create_return(request(), "return-3")
    with pytest.raises(CarrierUnavailable):
        await easypost.carrier.cancel(third.tracking_number)
    easypost.server.faults.clear()
    await easypost.carrier.cancel(third.tracking_number)


async def test_easypost_collects_on_the_next_working_day(easypost: Rig) -> None:
    sender = SHOPPER.model_copy(update={"country": "DE"})
    made = await easypost.carrier.create_return(request(sender=sender, method=Method.PICKUP), "return-1")
    wanted = easypost.server.asked("/v2/pickups")[0].body["pickup"]
    assert wanted["shipment"] == {"id": easypost.server.bought[0]["id"]} and wanted["address"]["country"] == "DE"
    assert wanted["min_datetime"] == "2026-11-27T09:00:00+01:00" and made.pickup == "WTC00000001"
    easypost.server.fail("/pickups", status=422, body={"error": {"code": "PICKUP", "message": "no"}})
    asked = request(sender=sender, method=Method.PICKUP)
    with pytest.raises(CarrierRefused):
        await easypost.carrier.create_return(asked, "return-2")
    # The label is there; only its collection is asked for again.
    assert (await easypost.carrier.create_return(asked, "return-2")).pickup and len(easypost.server.bought) == 2


async def test_dhl_parcel_is_asked_for_a_return_order_with_a_code(parcel: Rig) -> None:
    made = await parcel.carrier.create_return(request(email="noah@example.com", **SWISS), "return-1")
    sent = parcel.server.asked("/returns/orders")[0]
    assert sent.query == {"labelType": "BOTH"} and sent.headers["Authorization"] == "Bearer a token"
    assert sent.body["receiverId"] == "deu" and sent.body["customerReference"] == made.request.return_number
    assert sent.body["shipper"]["name1"] == "Noah Brown" and sent.body["shipper"]["postalCode"] == "69001"
    assert sent.body["itemWeight"] == {"uom": "kg", "value": 0.8}
    assert sent.body["customsDetails"]["items"][0]["hsCode"] == "610910"
    assert [(paper.kind, paper.mime) for paper in made.papers] == [("label", "application/pdf"), ("qr", "image/png")]
    await parcel.carrier.create_return(request(), "return-2")
    assert parcel.server.tokens == 1


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (400, {"title": "Bad Request", "status": 400, "detail": "shipper.postalCode is wrong"}, Refusal.ADDRESS),
        (400, {"title": "Bad Request", "status": 400, "detail": "receiverId is unknown"}, Refusal.ADDRESS),
        (400, {"title": "Bad Request", "status": 400, "detail": "itemWeight is beyond the limit"}, Refusal.WEIGHT),
        (422, {"title": "Unprocessable", "status": 422, "detail": "no contract"}, Refusal.OTHER),
        (401, {"title": "Unauthorized", "status": 401}, None),
        (429, {"title": "Too Many Requests", "status": 429}, None),
        (503, {"title": "Service Unavailable", "status": 503}, None),
    ],
)
async def test_what_dhl_says_instead_of_a_label(parcel: Rig, status: int, body: object, why: Refusal | None) -> None:
    parcel.server.fail("/returns/orders", status=status, body=body)
    with pytest.raises(CarrierRefused if why else CarrierUnavailable) as failed:
        await parcel.carrier.create_return(request(), "return-1")
    assert why is None or failed.value.why is why
    # Once: karrio would have sent a request that failed again, as sentry-sdk is installed here.
    assert len(parcel.server.asked("/returns/orders")) == 1
    assert await parcel.carrier.create_return(request(), "return-1")


async def test_an_answer_of_dhl_that_is_lost_costs_a_second_order_and_no_more(parcel: Rig) -> None:
    asked = request()
    parcel.server.fail("/returns/orders", "cut", taken=True)
    with pytest.raises(CarrierUnavailable):
        await parcel.carrier.create_return(asked, "return-1")
    assert len(parcel.server.asked("/returns/orders")) == 1
    made = await parcel.carrier.create_return(asked, "return-1")
    assert list(parcel.server.returns)[1] == made.tracking_number and len(parcel.server.returns) == 2
    assert await parcel.carrier.create_return(asked, "return-1") == made


async def test_dhl_is_silent_and_nobody_waits_for_it(sqlite_url: str) -> None:
    async with carriers.dhl_parcel(sqlite_url, limit=0.5) as rig:
        rig.server.fail("/returns/orders", "silent")
        began = asyncio.get_running_loop().time()
        with pytest.raises(CarrierUnavailable):
            await rig.carrier.create_return(request(), "return-1")
        assert asyncio.get_running_loop().time() - began < 2


async def test_dhl_express_gets_the_invoice_of_returned_goods(express: Rig) -> None:
    asked = request(**SWISS | {"sender": SHOPPER.model_copy(update={"country": "US"})})
    made = await express.carrier.create_return(asked, "return-1")
    sent = express.server.asked("/shipments")[0].body
    shipper, receiver = (sent["customerDetails"][side]["postalAddress"] for side in ("shipperDetails", "receiverDetails"))
    assert (shipper["countryCode"], receiver["countryCode"]) == ("US", "FR")
    content = sent["content"]
    assert content["isCustomsDeclarable"] is True and content["exportDeclaration"]["lineItems"][0]["exportReasonType"] == "return"
    assert content["exportDeclaration"]["invoice"]["number"] == "W2611340"
    assert made.postal is False and made.tracking_number == "1234567890"


async def test_goods_that_cross_a_border_are_not_sent_undeclared(easypost: Rig, parcel: Rig) -> None:
    for rig in (easypost, parcel):
        with pytest.raises(CarrierRefused) as refused:
            await rig.carrier.create_return(request(crosses_border=True), "return-1")
        assert refused.value.why is Refusal.CUSTOMS and not rig.server.requests


async def test_a_wrong_key_is_no_fault_of_the_parcel(sqlite_url: str) -> None:
    async with carriers.easypost(sqlite_url, key="EZTK-old") as rig:
        with pytest.raises(CarrierUnavailable):
            await rig.carrier.create_return(request(), "return-1")


async def test_the_first_carrier_that_serves_takes_it_and_keeps_it(sqlite_url: str) -> None:
    async with carriers.easypost(sqlite_url) as first, carriers.embedded(sqlite_url) as second:
        both = CarrierChoice([first.carrier, second.carrier], first.ledger)
        asked = request()
        made = await both.create_return(asked, "return-1")
        turned = CarrierChoice([second.carrier, first.carrier], first.ledger)
        assert made.carrier == "easypost" and await turned.create_return(asked, "return-1") == made
        assert (await turned.create_return(request(), "return-2")).carrier == "retour-post"
        await turned.cancel(made.tracking_number)
        assert first.server.bought[0]["refund_status"] == "submitted"
        assert both.methods("AQ") == () and both.methods("DE") == first.carrier.methods("DE")


def test_karrio_changes_nothing_of_the_process() -> None:
    """In a process of its own: here it may have been imported before."""
    look = (
        "import ssl, PIL.ImageFile as p\n"
        "before = (ssl._create_default_https_context, p.LOAD_TRUNCATED_IMAGES)\n"
        "import rma.carriers.karrio_sdk, karrio.lib\n"
        "assert (ssl._create_default_https_context, p.LOAD_TRUNCATED_IMAGES) == before\n"
        "from karrio.core.utils import helpers\n"
        "assert helpers._urlopen_with_span.__module__ == 'rma.carriers.karrio_runtime'\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", look], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not done.stdout and not done.stderr


def test_nobody_pays_for_clients_that_are_not_configured() -> None:
    look = (
        "import sys, rma.bootstrap, gateway.app\n"
        "assert not {'easypost', 'karrio', 'loguru', 'lxml'} & {name.split('.')[0] for name in sys.modules}"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", look], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("account", "named"),
    [
        (KarrioAccount("no_such_carrier", {}), "karrio-no-such-carrier"),
        (KarrioAccount("mydhl", {"username": "x"}), "password"),
        (KarrioAccount("mydhl", {"username": "x", "password": "y", "pin": "z"}), "pin"),
    ],
)
def test_a_wrong_configuration_stops_the_start(account: KarrioAccount, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        KarrioCarrier(carriers._offer("x", True), account, None, lambda: NOW)  # type: ignore[arg-type]


async def test_ten_at_once_are_one_label_on_every_database(database_url: str) -> None:
    asked = request()
    async with carriers.easypost(database_url, limit=20) as rig:
        made = await asyncio.gather(*(rig.carrier.create_return(asked, "return-1") for _ in range(10)))
        assert len({one.tracking_number for one in made}) == 1 and len(rig.server.shipments) == 1
        (paper,) = made[0].papers
        assert (await rig.ledger.read("easypost", made[0].tracking_number, paper)).startswith(b"%PDF")
