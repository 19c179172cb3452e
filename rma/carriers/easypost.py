"""EasyPost (https://docs.easypost.com) through its own client: return shipments of whichever carriers the shop's account there has.

Once for each key: a shipment bears the key as its `reference`, which EasyPost takes in place of its id, and only one process at a
time has the turn (rma.carriers.remote). One whose answer was lost is looked for under its reference; found, it is bought if it was
not, and EasyPost refuses to sell a label for the same shipment twice. What cannot be guaranteed: a shipment that EasyPost made, and
does not show under its reference when it is asked a moment later, is made a second time; unbought it costs nothing.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import structlog
from easypost.easypost_client import EasyPostClient
from easypost.errors.api.api_error import ApiError
from easypost.errors.api.http_error import HttpError
from easypost.errors.api.json_error import JsonError
from easypost.errors.api.not_found_error import NotFoundError
from easypost.errors.api.timeout_error import TimeoutError

from rma.carriers.collecting import next_collection
from rma.carriers.easypost_words import tracker_events
from rma.carriers.fetched import LARGEST, drawn
from rma.carriers.refusing import refusal
from rma.carriers.remote import Answer, Offer, RemoteCarrier, Unsure
from rma.model.carrying import Drawn, Ledger, Made, Turn
from rma.model.codes import Method
from rma.model.orders import Address
from rma.model.shipping import CarrierRefused, CarrierUnavailable, Refusal, ShipmentRequest
from rma.model.tracking import TrackingEvent

log = structlog.get_logger(__name__)

API = "https://api.easypost.com/v2"
_OUNCE = Decimal("28.349523125")
_NOTHING_DONE = (401, 402, 403, 404, 405, 407, 429)
"""Answers after which surely nothing happened, and for which the shopper's parcel is not to blame."""
_REFUNDED = ("submitted", "refunded", "not_applicable")


@dataclass(frozen=True)
class EasyPostAccount:
    """`carrier_accounts` (ca_...) and `services` ("GroundAdvantage") narrow what may be bought; the cheapest of it is. `parcel_cm`:
    length, width, height of the usual parcel, which some carriers want."""

    api_key: str
    api_url: str = API
    carrier_accounts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    parcel_cm: tuple[float, float, float] | None = None


class EasyPostCarrier(RemoteCarrier):
    def __init__(
        self, offer: Offer, account: EasyPostAccount, ledger: Ledger, clock: Callable[[], datetime], limit: float = 15.0
    ) -> None:
        super().__init__(offer, ledger, clock, limit)
        self._account = account
        self._local = threading.local()

    @property
    def _client(self) -> EasyPostClient:
        """One a thread: the client's session is not made for several."""
        if not hasattr(self._local, "client"):
            api = self._account.api_url.rstrip("/")
            self._local.client = EasyPostClient(self._account.api_key, api_base=api, timeout=max(1, round(self._limit)))
        return self._local.client

    def _call(self, work: Callable[..., Any], *args: Any, changes: bool = False, **given: Any) -> Any:
        """`changes`: whether an answer that got lost matters. None for what is not there. Raises what RemoteCarrier wants of its
        calls."""
        lost = Unsure if changes else CarrierUnavailable
        try:
            return work(*args, **given)
        except NotFoundError:
            return None
        except (HttpError, TimeoutError, JsonError) as error:
            raise lost(f"EasyPost cannot be reached, or makes no sense: {type(error).__name__}") from error
        except ApiError as error:
            status = error.http_status or 0
            if status in _NOTHING_DONE:
                log.error("EasyPost refuses us", status=status)
                raise CarrierUnavailable(f"EasyPost answers {status}") from error
            if status >= 500 or not status:
                raise lost(f"EasyPost answers {status}") from error
            code, message = error.code or "", error.message[:300]
            raise CarrierRefused(
                refusal(code, message, *(error.errors or ())), f"EasyPost: {message or code or status}"
            ) from error

    def _order(self, request: ShipmentRequest, turn: Turn) -> Answer:
        shipment = self._find(turn.key) if turn.again else None
        if shipment is None:
            shipment = self._call(self._client.shipment.create, changes=True, **self._wanted(request, turn.key))
        if shipment is None:
            raise CarrierUnavailable("EasyPost knows no shipments at the address of RETOUR_EASYPOST_API_URL")
        if not shipment.get("postage_label"):
            shipment = self._buy(shipment)
        return self._answer(request, shipment)

    def _find(self, key: str) -> Any | None:
        return self._call(self._client.shipment.retrieve, quote(key, safe=""))

    def _buy(self, shipment: Any) -> Any:
        rate = self._cheapest(shipment)
        try:
            bought = self._call(self._client.shipment.buy, shipment["id"], rate={"id": rate["id"]}, changes=True)
        except CarrierRefused:
            # Bought before, by a try whose answer was lost: then it is there.
            bought = self._find(shipment["id"])
            if bought is None or not bought.get("postage_label"):
                raise
        if bought is None or not bought.get("postage_label"):
            raise Unsure("EasyPost sells no label, and does not say why")
        return bought

    def _cheapest(self, shipment: Any) -> Any:
        rates = [
            rate
            for rate in shipment.get("rates") or []
            if not self._account.services or rate["service"] in self._account.services
        ]
        if not rates:
            said = [str(message.get("message")) for message in shipment.get("messages") or []]
            words = "; ".join(dict.fromkeys(said)) or "no carrier of the account takes it"
            raise CarrierRefused(refusal(words), f"EasyPost has no rate: {words[:300]}")
        return min(rates, key=lambda rate: Decimal(str(rate["rate"])))

    def _wanted(self, request: ShipmentRequest, key: str) -> dict[str, Any]:
        grams = request.weight_grams or self._offer.usual_weight
        parcel: dict[str, Any] = {"weight": float(round(Decimal(grams) / _OUNCE, 1)) or 0.1}
        if self._account.parcel_cm:
            sides = zip(("length", "width", "height"), self._account.parcel_cm, strict=True)
            parcel |= {side: round(length / 2.54, 1) for side, length in sides}
        wanted: dict[str, Any] = {
            "reference": key,
            "is_return": True,
            # As of the parcel that is sent back: EasyPost turns the two round.
            "to_address": _address(request.sender, request.email, request.phone),
            "from_address": _address(request.recipient),
            "parcel": parcel,
            "options": {
                "label_format": "PDF",
                "label_size": "4x6",
                "print_custom_1": request.return_number,
                "invoice_number": request.order_number[:50],
            },
        }
        if self._account.carrier_accounts:
            wanted["carrier_accounts"] = list(self._account.carrier_accounts)
        if request.customs is not None:
            wanted["customs_info"] = _customs(request)
        return wanted

    def _answer(self, request: ShipmentRequest, shipment: Any) -> Answer:
        rate, label = shipment.get("selected_rate") or {}, shipment["postage_label"]
        papers = self._papers("label", label.get("label_pdf_url") or label.get("label_url"))
        if not papers:
            raise Unsure("EasyPost sold a label that cannot be fetched yet")
        if request.method is Method.QR:
            papers += self._qr(shipment["id"])
        for form in shipment.get("forms") or []:
            if form.get("form_type") in ("commercial_invoice", "cn22"):
                papers += self._papers("customs", form.get("form_url"))
        made = Made(
            carrier=self.code,
            carrier_name=str(rate.get("carrier") or self._offer.name)[:60],
            service=str(rate.get("service") or "return_parcel")[:100],
            tracking_number="".join(str(shipment["tracking_code"]).upper().split()),
            provider_id=shipment["id"],
            made_at=self._clock(),
            papers=tuple(dict.fromkeys(paper.paper for paper in papers)),
        )
        return Answer(made, tuple({paper.paper: paper for paper in papers}.values()))

    def _qr(self, shipment: str) -> list[Drawn]:
        """The code for printerless drop-off, where the carrier has one; the label is good without."""
        try:
            formed = self._call(self._client.shipment.generate_form, shipment, "label_qr_code") or {}
        except (CarrierRefused, CarrierUnavailable) as error:
            log.warning("no code for printerless drop-off", carrier=self.code, reason=type(error).__name__)
            return []
        forms = [form for form in formed.get("forms") or [] if form.get("form_type") == "label_qr_code"]
        return self._papers("qr", forms[-1].get("form_url")) if forms else []

    def _papers(self, kind: str, url: str | None) -> list[Drawn]:
        """Where EasyPost keeps its files needs no key, and gets none."""
        if not url or urlsplit(url).scheme != urlsplit(self._account.api_url).scheme:
            return []
        try:
            with requests.get(url, timeout=self._limit, stream=True) as answer:
                answer.raise_for_status()
                content = answer.raw.read(LARGEST + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise Unsure(f"EasyPost's files cannot be fetched: {type(error).__name__}") from error
        paper = drawn(kind, content)
        return [paper] if paper else []

    def _fetch(self, request: ShipmentRequest, made: Made) -> str:
        first, last = next_collection(self._clock(), request.sender.country, request.send_by)
        pickup = self._call(
            self._client.pickup.create,
            reference=f"{request.return_number}-pickup",
            shipment={"id": made.provider_id},
            address=_address(request.sender, request.email, request.phone),
            min_datetime=first.isoformat(),
            max_datetime=last.isoformat(),
            is_account_address=False,
            instructions=request.return_number,
        )
        rates = (pickup or {}).get("pickup_rates") or []
        if not rates:
            raise CarrierRefused(Refusal.METHOD, f"{self._offer.name} collects no parcel there in the next days")
        rate = min(rates, key=lambda rate: Decimal(str(rate["rate"])))
        bought = self._call(self._client.pickup.buy, pickup["id"], carrier=rate["carrier"], service=rate["service"])
        return str((bought or {}).get("confirmation") or pickup["id"])[:100]

    def _take_back(self, made: Made) -> None:
        try:
            status = (self._call(self._client.shipment.refund, made.provider_id) or {}).get("refund_status")
        except CarrierRefused as error:
            # Refused also when it was asked before.
            found = self._find(made.provider_id) or {}
            if found.get("refund_status") not in _REFUNDED:
                raise CarrierRefused(Refusal.TOO_LATE, str(error)) from error
            return
        if status not in _REFUNDED:
            raise CarrierRefused(Refusal.TOO_LATE, f"{self._offer.name} refunds no label of {made.tracking_number}")

    def _follow(self, made: Made) -> Sequence[TrackingEvent]:
        said = self._call(self._client.tracker.all, tracking_code=made.tracking_number) or {}
        trackers = said.get("trackers") or []
        # Carriers use numbers again after some time: ours is that of our shipment.
        ours = [tracker for tracker in trackers if tracker.get("shipment_id") == made.provider_id] or trackers[:1]
        return tracker_events(ours[0], self.code, made.tracking_number) if ours else []


def _address(address: Address, email: str | None = None, phone: str | None = None) -> dict[str, Any]:
    given = {
        "name": address.name,
        "street1": address.line1,
        "street2": address.line2,
        "city": address.city,
        "state": address.state,
        "zip": address.postal_code,
        "country": address.country,
        "email": email,
        "phone": phone,
    }
    return {name: value for name, value in given.items() if value}


def _customs(request: ShipmentRequest) -> dict[str, Any]:
    declaration = request.customs
    assert declaration is not None
    return {
        "contents_type": "returned_goods",
        "contents_explanation": f"Returned goods, order {request.order_number}"[:255],
        "restriction_type": "none",
        "non_delivery_option": "return",
        "customs_certify": True,
        "customs_signer": (request.sender.name or "")[:100],
        # Foreign Trade Regulations 15 CFR 30.37(a): no electronic filing up to USD 2,500 a tariff number.
        **({"eel_pfc": "NOEEI 30.37(a)"} if request.sender.country == "US" else {}),
        "customs_items": [
            {
                "description": line.title[:100],
                "quantity": line.quantity,
                "value": float(line.value),
                "currency": declaration.currency,
                "weight": float(round(Decimal(line.weight_grams) / _OUNCE, 2)),
                "hs_tariff_number": line.hs_code,
                "origin_country": line.origin,
            }
            for line in declaration.lines
        ],
    }
