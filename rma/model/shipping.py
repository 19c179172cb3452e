"""A return's way back: what is asked of a carrier, what it answers, and the Protocol that every carrier adapter keeps."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, AwareDatetime, Field

from rma.model.codes import Language, Method
from rma.model.customs import Declaration
from rma.model.errors import RetourError
from rma.model.numbers import parse_return_number
from rma.model.orders import Address, Frozen, Key, Text
from rma.model.tracking import TrackingEvent

ReturnNumber = Annotated[str, Field(max_length=40), AfterValidator(parse_return_number)]
# What Code 128 and a QR in alphanumeric mode both carry, and what no printer language can mistake for a command.
TrackingNumber = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{5,33}$")]
# Printable ASCII without spaces: a QR reader gives back exactly these bytes.
Url = Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=200)]


class ShipmentRequest(Frozen):
    """One parcel from a shopper to the warehouse.

    `weight_grams` may be unknown; `send_by` is the last day to hand it over; `requested_at` is when the return was confirmed,
    given rather than read from a clock so that a repeated request is the same request; `contents` are titles of the goods,
    for customs and drivers, never printed outside the parcel; `drop_off_url` goes into the QR in place of the bare numbers.
    `crosses_border`: the goods have to be declared; `customs` is the declaration, None while the shop has not said what it needs.
    `email` and `phone` are the shopper's: for the carrier, which may not collect or deliver without.
    """

    return_number: ReturnNumber
    order_number: Key
    sender: Address
    recipient: Address
    method: Method
    language: Language
    requested_at: AwareDatetime
    send_by: date | None = None
    weight_grams: Annotated[int, Field(gt=0, le=1_000_000)] | None = None
    contents: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    dangerous_goods: bool = False
    drop_off_url: Url | None = None
    crosses_border: bool = False
    customs: Declaration | None = None
    email: Annotated[str, Field(max_length=320)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None


class CarrierPaper(Frozen):
    """That the carrier drew a paper itself; its bytes are kept beside (`CarrierPapers`), not in here."""

    kind: Literal["label", "qr", "customs"]
    mime: Literal["application/pdf", "image/png", "application/zpl"]


class Shipment(Frozen):
    """What a carrier accepted: enough to draw the same label again, byte for byte, so labels need not be stored. Where the carrier
    draws its own, `papers` says which; those are kept as they came.

    `carrier` and `service` are codes; `carrier_name` is printed. `postal`: a post, whose parcels cross borders with a CN23; else
    a courier. `pickup` is the carrier's confirmation of a collection. Keep it as JSON: `model_dump_json`, `model_validate_json`.
    """

    carrier: Key
    carrier_name: Annotated[str, Field(min_length=1, max_length=60)]
    service: Key
    tracking_number: TrackingNumber
    created_at: AwareDatetime
    request: ShipmentRequest
    papers: tuple[CarrierPaper, ...] = ()
    postal: bool = True
    pickup: Annotated[str, Field(max_length=100)] | None = None

    @property
    def qr_text(self) -> str:
        """What the QR says at the counter: the drop-off address, else return number and tracking number."""
        return self.request.drop_off_url or f"{self.request.return_number} {self.tracking_number}"

    def paper(self, kind: str) -> CarrierPaper | None:
        """The carrier's own paper of that kind, the one that everything else can be made of first."""
        order = ("application/pdf", "image/png", "application/zpl")
        return min((paper for paper in self.papers if paper.kind == kind), key=lambda p: order.index(p.mime), default=None)


class CarrierPapers(Protocol):
    """Where papers that carriers drew are kept."""

    async def read(self, carrier: str, tracking_number: str, paper: CarrierPaper) -> bytes | None:
        """None when it was erased, or never kept."""


class CarrierError(RetourError):
    """Base of what a carrier can answer instead of a shipment."""


class CarrierUnavailable(CarrierError):
    """No answer, or none that can be used: try again later with the same idempotency key."""


class Refusal(StrEnum):
    """Why a carrier will not take a parcel; the words for the shopper hang on it."""

    ADDRESS = "address"
    COUNTRY = "country"
    METHOD = "method"
    WEIGHT = "weight"
    DANGEROUS_GOODS = "dangerous_goods"
    UNKNOWN_NUMBER = "unknown_number"
    CUSTOMS = "customs"
    """The goods cross a border, and the shop has not said what they are to customs."""
    TOO_LATE = "too_late"
    """The parcel is on its way: its label cannot be taken back."""
    OTHER = "other"
    """The carrier said no in words of its own."""


class CarrierRefused(CarrierError):
    """The carrier will not do it, and trying again will not help. `why` is the kind, the message says what to change."""

    def __init__(self, why: Refusal, message: str) -> None:
        super().__init__(message)
        self.why = why


class Carrier(Protocol):
    """Who takes parcels back. Every adapter passes tests/contract/test_carriers.py."""

    @property
    def code(self) -> str:
        """The carrier's code, as in `Shipment.carrier`."""

    @property
    def polled(self) -> bool:
        """Whether it has to be asked where its parcels are. False: it tells us, by a webhook."""

    def methods(self, from_country: str) -> tuple[Method, ...]:
        """The ways of sending back from a country (ISO 3166-1 alpha-2), the one to offer first first; none: no service."""

    async def create_return(self, request: ShipmentRequest, idempotency_key: str) -> Shipment:
        """Announces the parcel. The same key gives the same shipment. Raises CarrierRefused, CarrierUnavailable."""

    async def cancel(self, tracking_number: str) -> None:
        """Withdraws a parcel not handed over yet, and has the label refunded where it was paid; again is no error. Raises
        CarrierRefused for a number that is not its own (UNKNOWN_NUMBER) or a parcel on its way (TOO_LATE), CarrierUnavailable."""

    async def track(self, tracking_number: str) -> Sequence[TrackingEvent]:
        """All that it says of a parcel of its own, oldest first; nothing as long as nobody scanned it. Raises CarrierRefused for a
        number that is not its own, CarrierUnavailable."""
