"""Several carriers as one: the first of the shop's list that serves a country takes its parcels."""

from collections.abc import Sequence

from rma.model.carrying import Ledger
from rma.model.codes import Method
from rma.model.shipping import Carrier, CarrierRefused, Refusal, Shipment, ShipmentRequest
from rma.model.tracking import TrackingEvent


class CarrierChoice:
    """A return that one carrier was asked for stays with it, also when the list is changed meanwhile. When a carrier cannot be
    reached no other is tried: it may have made the label, and the shopper would have two."""

    polled = True

    def __init__(self, carriers: Sequence[Carrier], ledger: Ledger) -> None:
        self._carriers = tuple(carriers)
        self._ledger = ledger

    @property
    def code(self) -> str:
        return self._carriers[0].code

    def by_code(self, code: str) -> Carrier | None:
        return next((carrier for carrier in self._carriers if carrier.code == code), None)

    def methods(self, from_country: str) -> tuple[Method, ...]:
        return next((ways for carrier in self._carriers if (ways := carrier.methods(from_country))), ())

    async def create_return(self, request: ShipmentRequest, idempotency_key: str) -> Shipment:
        held = await self._ledger.holder(idempotency_key)
        carrier = self.by_code(held) if held else None
        return await (carrier or self._for(request)).create_return(request, idempotency_key)

    def _for(self, request: ShipmentRequest) -> Carrier:
        serving = [carrier for carrier in self._carriers if carrier.methods(request.sender.country)]
        # The shopper chose a way when another carrier came first: one that has it is better than none.
        having = [carrier for carrier in serving if request.method in carrier.methods(request.sender.country)]
        return (having or serving or list(self._carriers))[0]

    async def cancel(self, tracking_number: str) -> None:
        for carrier in self._carriers:
            try:
                return await carrier.cancel(tracking_number)
            except CarrierRefused as refused:
                if refused.why is not Refusal.UNKNOWN_NUMBER:
                    raise
        raise self._unknown(tracking_number)

    async def track(self, tracking_number: str) -> Sequence[TrackingEvent]:
        for carrier in self._carriers:
            try:
                return await carrier.track(tracking_number)
            except CarrierRefused as refused:
                if refused.why is not Refusal.UNKNOWN_NUMBER:
                    raise
        raise self._unknown(tracking_number)

    @staticmethod
    def _unknown(tracking_number: str) -> CarrierRefused:
        return CarrierRefused(Refusal.UNKNOWN_NUMBER, f"{tracking_number[:40]!r} is a number of none of the carriers")
