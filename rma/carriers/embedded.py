"""Retour Post, the carrier that Retour runs itself: numbers from our own database, labels drawn by `rma.labels`, no server."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import cache

from babel import Locale

from rma.carriers.checking import check_parcel
from rma.model.codes import Method
from rma.model.numbers import check_s10, s10
from rma.model.shipping import CarrierRefused, Refusal, Shipment, ShipmentRequest
from rma.model.tracking import TrackingEvent, TrackingStatus, words

Allocate = Callable[[str], Awaitable[int]]
Scans = Callable[[str], Awaitable[Sequence[tuple[int, TrackingStatus, datetime, str | None]]]]


async def _nobody_scans(tracking_number: str) -> Sequence[tuple[int, TrackingStatus, datetime, str | None]]:
    return ()


# babel lists these beside the countries of ISO 3166-1; Kosovo's XK is kept, post goes there.
_NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@cache
def _every_country() -> frozenset[str]:
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


class EmbeddedCarrier:
    """Label and QR from everywhere it serves, pickup where configured.

    `allocate` gives the serial (0 to 99,999,999) that belongs to an idempotency key: the same key the same serial, two keys
    never the same one. Uniqueness is the database's; nothing is remembered here, so a crash or a second process loses nothing.
    For the same reason a key used again for another parcel cannot be noticed here: give every return a key of its own.

    `scans` gives what its people scanned of a parcel: a number of the scan, what, when, where.

    `issuer` is the country at the end of the tracking numbers. `countries` None serves all. S10 keeps service indicators
    beginning with Z for domestic and bilateral use, so that our numbers are no international post's.
    """

    code = "retour-post"
    name = "Retour Post"
    service = "return_parcel"
    polled = True
    max_weight_grams = 30_000

    def __init__(
        self,
        allocate: Allocate,
        issuer: str,
        countries: Collection[str] | None = None,
        pickup_countries: Collection[str] = (),
        indicator: str = "ZR",
        scans: Scans = _nobody_scans,
    ) -> None:
        self._allocate = allocate
        self._scans = scans
        self._issuer = issuer
        self._countries = None if countries is None else frozenset(countries)
        self._pickup = frozenset(pickup_countries)
        self._indicator = indicator
        # A wrong issuer or indicator should stop the start, not the first shopper.
        s10(indicator, 0, issuer)

    def methods(self, from_country: str) -> tuple[Method, ...]:
        served = _every_country() if self._countries is None else self._countries
        if from_country not in served:
            return ()
        return (Method.LABEL, Method.QR, *([Method.PICKUP] if from_country in self._pickup else []))

    async def create_return(self, request: ShipmentRequest, idempotency_key: str) -> Shipment:
        if not idempotency_key:
            raise ValueError("an idempotency key is needed; the return number will do")
        offered = self.methods(request.sender.country)
        check_parcel(request, self.name, offered, self.max_weight_grams, batteries_by_pickup=True)
        serial = await self._allocate(idempotency_key)
        return Shipment(
            carrier=self.code,
            carrier_name=self.name,
            service=self.service,
            tracking_number=s10(self._indicator, serial, self._issuer),
            created_at=request.requested_at,
            request=request,
        )

    async def cancel(self, tracking_number: str) -> None:
        self._own(tracking_number)

    async def track(self, tracking_number: str) -> list[TrackingEvent]:
        self._own(tracking_number)
        return [
            TrackingEvent(
                carrier=self.code,
                tracking_number=tracking_number,
                provider_id=str(serial),
                status=status,
                at=at,
                place=words(place),
            )
            for serial, status, at, place in await self._scans(tracking_number)
        ]

    def _own(self, tracking_number: str) -> None:
        ours = tracking_number.startswith(self._indicator) and tracking_number.endswith(self._issuer)
        if not (ours and check_s10(tracking_number)):
            raise CarrierRefused(Refusal.UNKNOWN_NUMBER, f"{tracking_number[:40]!r} is not a number of {self.name}")
