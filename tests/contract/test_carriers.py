"""What every carrier must do, whoever it is: one class of tests, run for each adapter. A new adapter adds a rig to
tests/fixtures/carriers.py."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio
from pydantic import ValidationError

from rma.carriers.embedded import EmbeddedCarrier
from rma.labels.carrier_paper import converted
from rma.model.codes import Language, Method
from rma.model.numbers import MistypedNumber, check_s10, new_return_number
from rma.model.orders import Address
from rma.model.shipping import Carrier, CarrierRefused, Refusal, Shipment, ShipmentRequest
from rma.model.tracking import TrackingStatus
from tests.fixtures.carriers import RIGS, Rig

WAREHOUSE = Address(name="Demo returns", line1="7 quai des Vents", city="Gonesse", postal_code="95500", country="FR")
SHOPPER = Address(name="Noah Brown", line1="1 rue X", city="Lyon", postal_code="69001", country="FR")


def request(**changes: object) -> ShipmentRequest:
    values: dict[str, object] = {
        "return_number": new_return_number(),
        "order_number": "W2611340",
        "sender": SHOPPER,
        "recipient": WAREHOUSE,
        "method": Method.LABEL,
        "language": Language.FR,
        "requested_at": datetime(2026, 11, 22, 10, tzinfo=UTC),
        "send_by": date(2026, 12, 6),
        "weight_grams": 800,
    }
    return ShipmentRequest.model_validate(values | changes)


class Serials:
    """A serial for each key, as the database gives: slow enough that calls meet."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    async def __call__(self, key: str) -> int:
        await asyncio.sleep(0)
        return self._given.setdefault(key, len(self._given) + 1)


@pytest_asyncio.fixture(params=[pytest.param(build, id=name) for name, build in RIGS.items()])
async def rig(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[Rig]:
    async with request.param(sqlite_url) as rig:
        yield rig


@pytest.fixture
def carrier(rig: Rig) -> Carrier:
    return rig.carrier


@pytest.mark.asyncio
class TestCarrier:
    async def test_the_same_key_gives_the_same_shipment(self, carrier: Carrier) -> None:
        asked = request()
        first = await carrier.create_return(asked, "return-1")
        assert await carrier.create_return(asked, "return-1") == first
        assert first.carrier == carrier.code and first.request == asked

    async def test_ten_at_once_with_one_key_are_one_shipment(self, carrier: Carrier) -> None:
        asked = request()
        made = await asyncio.gather(*(carrier.create_return(asked, "return-1") for _ in range(10)))
        assert len({shipment.tracking_number for shipment in made}) == 1

    async def test_other_keys_give_other_tracking_numbers(self, carrier: Carrier) -> None:
        made = await asyncio.gather(*(carrier.create_return(request(), f"return-{n}") for n in range(50)))
        assert len({shipment.tracking_number for shipment in made}) == 50

    async def test_tracking_numbers_that_look_like_s10_are_s10(self, carrier: Carrier) -> None:
        number = (await carrier.create_return(request(), "return-1")).tracking_number
        if len(number) == 13 and number[:2].isalpha() and number[-2:].isalpha():
            assert check_s10(number)

    async def test_a_shipment_survives_being_stored(self, carrier: Carrier) -> None:
        made = await carrier.create_return(request(), "return-1")
        assert Shipment.model_validate_json(made.model_dump_json()) == made

    async def test_what_methods_offers_is_accepted_and_nothing_else(self, carrier: Carrier) -> None:
        for country in ("FR", "DE", "US"):
            offered = carrier.methods(country)
            assert offered and len(set(offered)) == len(offered)
            sender = SHOPPER.model_copy(update={"country": country})
            for method in Method:
                asked = request(sender=sender, method=method)
                if method in offered:
                    assert (await carrier.create_return(asked, f"{country}-{method}")).request.method is method
                else:
                    assert await refusal(carrier, asked) is Refusal.METHOD

    async def test_no_service_for_a_country(self, carrier: Carrier) -> None:
        for country in ("ZZ", "AQ"):
            assert carrier.methods(country) == ()
            sender = SHOPPER.model_copy(update={"country": country})
            assert await refusal(carrier, request(sender=sender)) is Refusal.COUNTRY

    @pytest.mark.parametrize("field", ["line1", "city"])
    @pytest.mark.parametrize("blank", ["", "  ", "\u200b\x00", "-"])
    async def test_an_address_nobody_can_collect_from_is_refused(
        self, carrier: Carrier, field: str, blank: str
    ) -> None:
        assert await refusal(carrier, request(sender=SHOPPER.model_copy(update={field: blank}))) is Refusal.ADDRESS

    async def test_too_heavy_a_parcel_is_refused(self, carrier: Carrier) -> None:
        assert await refusal(carrier, request(weight_grams=900_000)) is Refusal.WEIGHT

    async def test_dangerous_goods_do_not_go_with_a_standard_label(self, carrier: Carrier) -> None:
        assert await refusal(carrier, request(dangerous_goods=True)) is Refusal.DANGEROUS_GOODS

    async def test_a_refusal_spends_nothing_and_the_key_can_be_used_again(self, carrier: Carrier) -> None:
        asked = request()
        with pytest.raises(CarrierRefused):
            await carrier.create_return(asked.model_copy(update={"weight_grams": 900_000}), "return-1")
        assert (await carrier.create_return(asked, "return-1")).request == asked

    async def test_cancelling_again_is_no_error(self, carrier: Carrier) -> None:
        number = (await carrier.create_return(request(), "return-1")).tracking_number
        await carrier.cancel(number)
        await carrier.cancel(number)

    @pytest.mark.parametrize("number", ["", "RR473124829GB", "ZR473124820FR", "nonsense", "x" * 5000])
    async def test_a_number_of_somebody_else_cannot_be_cancelled(self, carrier: Carrier, number: str) -> None:
        with pytest.raises(CarrierRefused) as refused:
            await carrier.cancel(number)
        assert refused.value.why is Refusal.UNKNOWN_NUMBER

    async def test_a_key_is_needed(self, carrier: Carrier) -> None:
        with pytest.raises(ValueError):
            await carrier.create_return(request(), "")

    async def test_a_parcel_that_nobody_scanned_has_no_events(self, carrier: Carrier) -> None:
        number = (await carrier.create_return(request(), "return-1")).tracking_number
        assert not await carrier.track(number)

    async def test_it_says_where_a_parcel_is_oldest_first_and_always_in_the_same_words(self, rig: Rig) -> None:
        number = (await rig.carrier.create_return(request(), "return-1")).tracking_number
        for hour, status in enumerate(("accepted", "in_transit", "out_for_delivery", "delivered"), 8):
            await rig.scan(number, status, f"2026-11-26T{hour:02}:15:00+00:00")
        first, again = await rig.carrier.track(number), await rig.carrier.track(number)
        assert list(first) == list(again) and len({event.provider_id for event in first}) == 4
        assert [event.at.hour for event in first] == [8, 9, 10, 11]
        assert all(event.status.is_scan and event.carrier == rig.carrier.code for event in first)
        assert [event.status is TrackingStatus.DELIVERED for event in first] == [False, False, False, True]
        assert all(event.tracking_number == number and event.place for event in first)

    @pytest.mark.parametrize("number", ["", "RR473124829GB", "nonsense"])
    async def test_a_number_of_somebody_else_cannot_be_followed(self, carrier: Carrier, number: str) -> None:
        with pytest.raises(CarrierRefused) as refused:
            await carrier.track(number)
        assert refused.value.why is Refusal.UNKNOWN_NUMBER

    async def test_a_pickup_is_confirmed_by_whoever_has_people_for_it(self, rig: Rig) -> None:
        sender = SHOPPER.model_copy(update={"country": "DE"})
        asked = request(sender=sender, method=Method.PICKUP)
        made = await rig.carrier.create_return(asked, "return-1")
        assert await rig.carrier.create_return(asked, "return-1") == made
        assert bool(made.pickup) is (rig.server is not None)

    async def test_papers_that_it_draws_itself_are_kept(self, rig: Rig) -> None:
        made = await rig.carrier.create_return(request(method=Method.QR), "return-1")
        assert bool(made.papers) is (rig.server is not None)
        for paper in made.papers:
            content = await rig.ledger.read(made.carrier, made.tracking_number, paper)
            assert content and converted(content, paper.mime, "image/png").startswith(b"\x89PNG")
            assert converted(content, paper.mime, "application/zpl").startswith(b"^XA")


async def refusal(carrier: Carrier, asked: ShipmentRequest) -> Refusal:
    with pytest.raises(CarrierRefused) as refused:
        await carrier.create_return(asked, f"refused-{asked.return_number}")
    assert str(refused.value)
    return refused.value.why


class TestEmbedded:
    """What is our own carrier's alone."""

    @pytest.mark.asyncio
    async def test_its_numbers_are_s10_of_the_issuer_and_follow_the_serial(self) -> None:
        async def serial(key: str) -> int:
            return 47_312_482

        made = await EmbeddedCarrier(serial, issuer="FR").create_return(request(), "return-1")
        assert made.tracking_number == "ZR473124829FR" and made.created_at == made.request.requested_at

    @pytest.mark.asyncio
    async def test_it_serves_every_country_unless_told_otherwise(self) -> None:
        carrier = EmbeddedCarrier(Serials(), issuer="FR")
        assert all(carrier.methods(code) == (Method.LABEL, Method.QR) for code in ("FR", "US", "JP", "RE", "GB"))
        assert not any(carrier.methods(code) for code in ("EU", "ZZ", "XX", "fr", ""))

    @pytest.mark.asyncio
    async def test_a_driver_takes_dangerous_goods(self) -> None:
        asked = request(method=Method.PICKUP, dangerous_goods=True)
        assert await EmbeddedCarrier(Serials(), "FR", pickup_countries={"FR"}).create_return(asked, "return-1")

    @pytest.mark.parametrize("arguments", [{"issuer": "France"}, {"issuer": "FR", "indicator": "z"}])
    def test_a_wrong_setting_stops_the_start(self, arguments: dict[str, str]) -> None:
        with pytest.raises(ValueError):
            EmbeddedCarrier(Serials(), **arguments)


@pytest.mark.parametrize(
    "change",
    [
        {"return_number": "RT-00000001"},
        {"requested_at": datetime(2026, 1, 1)},
        {"weight_grams": 0},
        {"drop_off_url": "javascript:1"},
    ],
)
def test_a_request_that_makes_no_sense_is_never_built(change: dict[str, object]) -> None:
    with pytest.raises((ValidationError, MistypedNumber)):
        request(**change)
