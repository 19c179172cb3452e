"""What is kept of calls to a carrier that somebody else runs, so that one key never makes two shipments: whether it was asked,
what it answered, the papers it drew."""

from typing import Annotated, Literal, Protocol

from pydantic import AwareDatetime, Field

from rma.model.orders import Frozen, Key
from rma.model.shipping import CarrierPaper, TrackingNumber


class Made(Frozen):
    """A shipment that a carrier made. `provider_id` is the carrier's own name for it. No word of it is about the shopper: whose it
    is stands in the request, which whoever asks again brings along."""

    carrier: Key
    carrier_name: Annotated[str, Field(min_length=1, max_length=60)]
    service: Key
    tracking_number: TrackingNumber
    provider_id: Annotated[str, Field(max_length=100)]
    made_at: AwareDatetime
    papers: tuple[CarrierPaper, ...] = ()
    pickup: Annotated[str, Field(max_length=100)] | None = None
    cancelled_at: AwareDatetime | None = None


class Drawn(Frozen):
    """A paper as the carrier drew it."""

    paper: CarrierPaper
    content: bytes


class Turn(Frozen):
    """Leave to ask the carrier for a key. `again`: it was asked before, and nobody knows what came of it: look there first."""

    key: Key
    again: bool = False


class Ledger(Protocol):
    """The memory of one database about carriers. A row is written before a carrier is asked, and again with its answer."""

    async def begin(self, carrier: str, key: str, patience: float, lease: float) -> Made | Turn:
        """What was made for the key; else one's turn to ask, which nobody else gets for `lease` seconds. Waits `patience` seconds
        for another one's answer. Raises CarrierUnavailable when it does not come."""

    async def keep(self, key: str, made: Made, drawn: tuple[Drawn, ...]) -> None:
        """What the carrier answered; again, with more of it, replaces."""

    async def drop(self, key: str) -> None:
        """That surely nothing was made: the key is free."""

    async def unsure(self, key: str) -> None:
        """That the answer was lost: the next one to begin gets the turn at once, with `again`."""

    async def holder(self, key: str) -> str | None:
        """The carrier that was asked for the key."""

    async def made(self, carrier: str, tracking_number: str) -> Made | None: ...

    async def cancelled(self, carrier: str, tracking_number: str) -> None: ...


Scan = Literal["accepted", "in_transit", "out_for_delivery", "delivered", "failed", "goes_back"]
"""What the embedded carrier's people can say of a parcel."""
