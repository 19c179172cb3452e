"""Carriers through karrio's SDK (https://karrio.io): one adapter, and a connector package of karrio's for each carrier, installed
and named in policy/carriers.yml.

Once for each key: the ledger's turn (rma.carriers.remote). Unlike EasyPost, carriers behind karrio cannot be asked for a shipment
by a reference of ours. So what cannot be guaranteed: when the process is killed, or the line breaks, between the carrier's answer
and our ledger, the label is ordered again, under the same reference; the first one is known to nobody and is never printed.
Carriers bill return labels when they are first scanned, most of them.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from rma.carriers.collecting import next_collection
from rma.carriers.fetched import drawn
from rma.carriers.karrio_runtime import Cache, Call, sdk, watched
from rma.carriers.karrio_words import events
from rma.carriers.refusing import refusal
from rma.carriers.remote import Answer, Offer, RemoteCarrier, Unsure
from rma.model.carrying import Drawn, Ledger, Made, Turn
from rma.model.errors import ConfigurationError
from rma.model.orders import Address
from rma.model.shipping import CarrierRefused, CarrierUnavailable, Refusal, ShipmentRequest
from rma.model.tracking import TrackingEvent

log = structlog.get_logger(__name__)

_NOT_TAKEN_BACK = frozenset({"dhl_parcel_de"})
"""Connectors whose cancellation is for outbound parcels only. Their return labels cost nothing until one is used."""


@dataclass(frozen=True)
class KarrioAccount:
    """`connector` is karrio's name of the carrier (`dhl_parcel_de`), `credentials` what its settings want, `options` and `service`
    go into each shipment, `config` into the connection. `addresses` replaces addresses of the carrier's servers by the name of the
    setting (`server_url`): for a proxy, and for tests."""

    connector: str
    credentials: Mapping[str, Any]
    test: bool = False
    service: str = "return"
    options: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    parcel_cm: tuple[float, float, float] | None = None


class KarrioCarrier(RemoteCarrier):
    """Raises ConfigurationError for a connector that is not installed, or credentials that it does not know."""

    def __init__(
        self, offer: Offer, account: KarrioAccount, ledger: Ledger, clock: Callable[[], datetime], limit: float = 15.0
    ) -> None:
        super().__init__(offer, ledger, clock, limit)
        self._account = account
        self._tokens = Cache()
        self._settings = _settings(offer.code, account)
        self._gateway()

    def _gateway(self) -> Any:
        """A new one for each call: it records every request that goes through it, and would never forget one."""
        connector, settings = self._account.connector, self._settings()
        try:
            gateway = sdk.gateway[connector].create(settings, cache=self._tokens)
        except Exception as error:
            raise ConfigurationError(f"karrio cannot open {connector}: {type(error).__name__}") from error
        # From where it takes parcels the shop says (`from`): a return does not begin in the country of the account.
        able = gateway.check
        gateway.check = lambda request, origin_country_code=None: able(request)
        return gateway

    def _call(self, operation: Any, changes: bool = False) -> Any:
        """What the carrier answered, None where it only left messages. Raises what RemoteCarrier wants of its calls."""
        with watched(self._limit) as call:
            answer, messages = operation.from_(self._gateway()).parse()
        if answer:
            return answer
        said = [(str(one.code or ""), str(one.message or "")) for one in messages or []]
        self._despair(call, said, changes)
        return None

    def _despair(self, call: Call, said: Sequence[tuple[str, str]], changes: bool) -> None:
        name, status = self._offer.name, call.statuses[-1] if call.statuses else 0
        if call.silent or status >= 500:
            lost = changes and (call.lost or status >= 500)
            raise (Unsure if lost else CarrierUnavailable)(f"{name} cannot be reached, or answers {status}")
        if status in (401, 403, 429) or not (status or said):
            log.error("carrier refuses us", carrier=self.code, status=status, codes=[code for code, _ in said][:3])
            raise CarrierUnavailable(f"{name} answers {status or 'nothing'}")
        if status < 300 and not said:
            # Done, and in words that the connector does not read.
            raise (Unsure if changes else CarrierUnavailable)(f"{name} answers what makes no sense")
        words = "; ".join(dict.fromkeys(message or code for code, message in said)) or f"status {status}"
        raise CarrierRefused(refusal(words), f"{name}: {words[:300]}")

    def _order(self, request: ShipmentRequest, turn: Turn) -> Answer:
        if turn.again:
            log.warning("label ordered again: the first answer was lost", carrier=self.code, key=turn.key)
        made = self._call(sdk.Shipment.create(self._wanted(request)), changes=True)
        papers = _papers(made.docs)
        if not any(paper.paper.kind == "label" for paper in papers):
            raise Unsure(f"{self._offer.name} made a shipment without a label")
        return Answer(
            Made(
                carrier=self.code,
                carrier_name=self._offer.name[:60],
                service=(getattr(made.selected_rate, "service", None) or self._account.service)[:100],
                tracking_number="".join(str(made.tracking_number).upper().split()),
                provider_id=str(made.shipment_identifier or made.tracking_number)[:100],
                made_at=self._clock(),
                papers=tuple(dict.fromkeys(paper.paper for paper in papers)),
            ),
            tuple({paper.paper: paper for paper in papers}.values()),
        )

    def _wanted(self, request: ShipmentRequest) -> dict[str, Any]:
        """karrio wants the parcel as it was sent out, and turns a return round itself."""
        wanted: dict[str, Any] = {
            "service": self._account.service,
            "is_return": True,
            "shipper": _address(request.recipient, company=True),
            "recipient": _address(request.sender, request.email, request.phone),
            "parcels": [self._parcel(request)],
            "reference": request.return_number,
            "order_id": request.order_number,
            "options": dict(self._account.options),
        }
        if request.customs is not None:
            wanted["customs"] = _customs(request)
            wanted["options"] |= {"declared_value": float(request.customs.value), "currency": request.customs.currency}
        return wanted

    def _parcel(self, request: ShipmentRequest) -> dict[str, Any]:
        parcel: dict[str, Any] = {
            "weight": float(Decimal(request.weight_grams or self._offer.usual_weight) / 1000),
            "weight_unit": "KG",
        }
        if self._account.parcel_cm:
            sides = zip(("length", "width", "height"), self._account.parcel_cm, strict=True)
            parcel |= dict(sides) | {"dimension_unit": "CM"}
        return parcel

    def _fetch(self, request: ShipmentRequest, made: Made) -> str:
        first, last = next_collection(self._clock(), request.sender.country, request.send_by)
        wanted = {
            "pickup_date": first.strftime("%Y-%m-%d"),
            "ready_time": first.strftime("%H:%M"),
            "closing_time": last.strftime("%H:%M"),
            "address": _address(request.sender, request.email, request.phone),
            "parcels": [self._parcel(request)],
            "shipment_identifiers": [made.provider_id],
            "instruction": request.return_number,
            "options": dict(self._account.options),
        }
        return str(self._call(sdk.Pickup.schedule(wanted), changes=True).confirmation_number)[:100]

    def _take_back(self, made: Made) -> None:
        if self._account.connector in _NOT_TAKEN_BACK or "cancel_shipment" not in self._gateway().proxy_methods:
            return  # There is nothing to say to the carrier: a label that nobody uses ends by itself.
        wanted = {"shipment_identifier": made.provider_id, "service": made.service}
        try:
            self._call(sdk.Shipment.cancel(wanted))
        except CarrierRefused as error:
            raise CarrierRefused(Refusal.TOO_LATE, str(error)) from error

    def _follow(self, made: Made) -> Sequence[TrackingEvent]:
        try:
            found = self._call(sdk.Tracking.fetch({"tracking_numbers": [made.tracking_number]}))
        except CarrierRefused:
            return []  # "No data found": nobody scanned it yet.
        ours = [details for details in found if str(details.tracking_number) == made.tracking_number] or found[:1]
        zone = ZoneInfo(self._offer.time_zone) if self._offer.time_zone != "UTC" else UTC
        return [event for details in ours for event in events(vars_of(details), self.code, made.tracking_number, zone)]


def vars_of(details: Any) -> dict[str, Any]:
    """A karrio object as plain data, as its server's webhooks bring it."""
    from karrio.core.utils import DP

    plain: dict[str, Any] = DP.to_dict(details)
    return plain


def _settings(code: str, account: KarrioAccount) -> Callable[[], Any]:
    """Makes the connector's settings, with other addresses of its servers where some are given."""
    try:
        provider = sdk.gateway.providers[account.connector]
    except KeyError:
        package = f"karrio-{account.connector.replace('_', '-')}"
        raise ConfigurationError(f"carrier {code}: karrio has no connector {account.connector}; install {package}") from None
    known = {one.name for one in provider.Settings.__attrs_attrs__}
    if unknown := sorted(set(account.credentials) - known):
        raise ConfigurationError(f"carrier {code}: {account.connector} knows no {', '.join(unknown)} (RETOUR_KARRIO_CREDENTIALS)")
    kind = type("Settings", (provider.Settings,), dict(account.addresses)) if account.addresses else provider.Settings
    given = {**account.credentials, "carrier_id": code, "test_mode": account.test, "config": dict(account.config)}
    try:
        kind(**given)
    except TypeError as error:
        raise ConfigurationError(f"carrier {code}: {account.connector}: {error} (RETOUR_KARRIO_CREDENTIALS)") from error
    return lambda: kind(**given)


def _papers(docs: Any) -> list[Drawn]:
    extra = [(one.category, one.base64) for one in getattr(docs, "extra_documents", None) or []]
    given = [
        ("label", docs.pdf_label),
        ("label", docs.label),
        ("label", docs.zpl_label),
        ("customs", docs.invoice),
        *(("qr", content) for category, content in extra if "qr" in str(category)),
        *(("customs", content) for category, content in extra if str(category) in ("commercial_invoice", "invoice", "cn23")),
    ]
    found = []
    for kind, content in given:
        try:
            paper = drawn(kind, base64.b64decode(content)) if content else None
        except (binascii.Error, ValueError):
            paper = None
        if paper is not None:
            found.append(paper)
    return found


def _address(
    address: Address, email: str | None = None, phone: str | None = None, company: bool = False
) -> dict[str, Any]:
    given = {
        "company_name" if company else "person_name": address.name,
        "address_line1": address.line1,
        "address_line2": address.line2,
        "city": address.city,
        "state_code": address.state,
        "postal_code": address.postal_code,
        "country_code": address.country,
        "email": email,
        "phone_number": phone,
        "residential": not company,
    }
    return {name: value for name, value in given.items() if value is not None}


def _customs(request: ShipmentRequest) -> dict[str, Any]:
    declaration = request.customs
    assert declaration is not None
    return {
        "content_type": "return_merchandise",
        "content_description": f"Returned goods, order {request.order_number}"[:100],
        "certify": True,
        "signer": request.sender.name or "",
        "commercial_invoice": True,
        "invoice": declaration.invoice,
        "invoice_date": (declaration.exported or request.requested_at).strftime("%Y-%m-%d"),
        # Whoever takes the goods back settles what is due there.
        "incoterm": "DAP",
        "duty": {"paid_by": "recipient", "currency": declaration.currency, "declared_value": float(declaration.value)},
        "commodities": [
            {
                "title": line.title[:35],
                "description": line.title[:100],
                "quantity": line.quantity,
                "weight": float(Decimal(line.weight_grams) / 1000 / line.quantity),
                "weight_unit": "KG",
                "hs_code": line.hs_code,
                "origin_country": line.origin,
                "value_amount": float(round(line.value / line.quantity, 2)),
                "value_currency": declaration.currency,
            }
            for line in declaration.lines
        ],
    }
