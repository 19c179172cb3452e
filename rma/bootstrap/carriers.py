"""Who takes parcels back, from policy/carriers.yml and the environment. A carrier's client is imported where one is configured."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.carriers.chooser import CarrierChoice
from rma.carriers.easypost_words import tracker_events
from rma.carriers.embedded import EmbeddedCarrier
from rma.carriers.karrio_words import events as karrio_events
from rma.carriers.remote import Offer, RemoteCarrier
from rma.model.carriers_file import EasyPostEntry, EmbeddedEntry, Entry, KarrioEntry, RemoteEntry, load_carriers
from rma.model.errors import ConfigurationError
from rma.model.shipping import Carrier, CarrierPapers
from rma.model.shop import Shop
from rma.model.tracking import TrackingEvent
from rma.service.ports import Clock
from rma.settings import Settings
from rma.store.engine import create_engine
from rma.store.serials import serials
from rma.store.tracking import EmbeddedScans
from rma.store.tracking_ledger import SqlLedger

Told = Callable[[Mapping[str, Any]], Awaitable[Sequence[TrackingEvent]]]
"""Reads what a webhook of a carrier says of a parcel."""


@dataclass(frozen=True)
class Carriers:
    choice: CarrierChoice
    papers: CarrierPapers
    """Labels that carriers drew."""
    scans: EmbeddedScans
    """Where the people of Retour Post write."""
    told: Mapping[str, Told]
    """By provider: 'easypost', 'karrio'."""
    remote: tuple[RemoteCarrier, ...]

    async def close(self) -> None:
        for carrier in self.remote:
            await carrier.close()


def open_carriers(settings: Settings, engine: AsyncEngine, clock: Clock, shop: Shop) -> Carriers:
    """Raises ConfigurationError for a carrier that is half configured, or whose client is not installed."""
    ledger, scans = SqlLedger(engine, clock), EmbeddedScans(engine, clock)
    entries = load_carriers(settings.carriers).carriers

    def build(entry: Entry) -> Carrier:
        if isinstance(entry, EmbeddedEntry):
            issuer = shop.returns_address.country
            return EmbeddedCarrier(serials(engine), issuer, entry.countries, entry.pickup, scans=scans)
        return _remote(entry, settings, ledger, clock)

    carriers = [build(entry) for entry in entries]
    codes = {"easypost": _codes(entries, EasyPostEntry), "karrio": _codes(entries, KarrioEntry)}

    async def easypost(event: Mapping[str, Any]) -> Sequence[TrackingEvent]:
        tracker = event.get("result")
        if not isinstance(tracker, Mapping) or tracker.get("object") != "Tracker":
            return ()
        number = _number(tracker.get("tracking_code"))
        code = await _ours(codes["easypost"], number)
        return tracker_events(tracker, code, number) if code else ()

    async def karrio(event: Mapping[str, Any]) -> Sequence[TrackingEvent]:
        tracker = event.get("data")
        if not str(event.get("event", "")).startswith("tracker") or not isinstance(tracker, Mapping):
            return ()
        number = _number(tracker.get("tracking_number"))
        code = await _ours(codes["karrio"], number)
        return karrio_events(tracker, code, number) if code else ()

    async def _ours(candidates: Sequence[str], number: str) -> str | None:
        for code in candidates:
            if await ledger.made(code, number):
                return code
        return None

    remote = tuple(carrier for carrier in carriers if isinstance(carrier, RemoteCarrier))
    return Carriers(CarrierChoice(carriers, ledger), ledger, scans, {"easypost": easypost, "karrio": karrio}, remote)


def describe(entry: Entry, settings: Settings) -> str:
    """What is configured of a carrier, in words for `retour doctor`. Raises ConfigurationError as `open_carriers` does."""
    if isinstance(entry, EmbeddedEntry):
        return f"Retour Post, from {', '.join(entry.countries) if entry.countries else 'everywhere'}"
    engine = create_engine(settings.database)
    _remote(entry, settings, SqlLedger(engine, lambda: datetime.now(UTC)), lambda: datetime.now(UTC))
    provider = "easypost" if isinstance(entry, EasyPostEntry) else "karrio"
    secret = getattr(settings, f"{provider}_webhook_secret").get_secret_value()
    told = "it is asked where parcels are" if entry.polled else f"it tells /webhooks/{provider} where parcels are"
    if not entry.polled and not secret:
        secret_name = f"RETOUR_{provider.upper()}_WEBHOOK_SECRET"
        raise ConfigurationError(f"carrier {entry.code}: not polled, and {secret_name} is not set: nobody hears of parcels")
    ways = "; ".join(f"{country} {'/'.join(methods)}" for country, methods in entry.methods.items())
    return f"{entry.name}{' (test mode)' if isinstance(entry, KarrioEntry) and entry.test else ''}, from {ways}; {told}"


def _number(text: object) -> str:
    return "".join(str(text or "").upper().split())[:40]


def _codes(entries: Sequence[Entry], kind: type[Entry]) -> list[str]:
    return [entry.code for entry in entries if isinstance(entry, kind)]


def _offer(entry: RemoteEntry) -> Offer:
    return Offer(
        code=entry.code,
        name=entry.name,
        methods=entry.methods,
        postal=entry.kind == "post",
        polled=entry.polled,
        heaviest=entry.heaviest_grams,
        usual_weight=entry.usual_weight_grams,
        time_zone=entry.time_zone,
    )


def _remote(entry: EasyPostEntry | KarrioEntry, settings: Settings, ledger: SqlLedger, clock: Clock) -> RemoteCarrier:
    try:
        if isinstance(entry, EasyPostEntry):
            return _easypost(entry, settings, ledger, clock)
        return _karrio(entry, settings, ledger, clock)
    except ImportError as error:
        raise ConfigurationError(
            f"carrier {entry.code}: {entry.adapter}'s client is not installed ({error.name}); `make setup` installs it"
        ) from error


def _easypost(entry: EasyPostEntry, settings: Settings, ledger: SqlLedger, clock: Clock) -> RemoteCarrier:
    from rma.carriers.easypost import EasyPostAccount, EasyPostCarrier

    key = settings.easypost_api_key.get_secret_value()
    if not key:
        raise ConfigurationError(f"RETOUR_EASYPOST_API_KEY: not set, but carrier {entry.code} needs it")
    account = EasyPostAccount(key, settings.easypost_api_url, entry.carrier_accounts, entry.services, entry.parcel_cm)
    return EasyPostCarrier(_offer(entry), account, ledger, clock, settings.carrier_timeout)


def _karrio(entry: KarrioEntry, settings: Settings, ledger: SqlLedger, clock: Clock) -> RemoteCarrier:
    from rma.carriers.karrio_sdk import KarrioAccount, KarrioCarrier

    account = KarrioAccount(
        connector=entry.connector,
        credentials=_credentials(settings, entry.code),
        test=entry.test,
        service=entry.service,
        options=entry.options,
        config=entry.config,
        addresses=entry.addresses,
        parcel_cm=entry.parcel_cm,
    )
    return KarrioCarrier(_offer(entry), account, ledger, clock, settings.carrier_timeout)


def _credentials(settings: Settings, code: str) -> dict[str, Any]:
    name, given = "RETOUR_KARRIO_CREDENTIALS", settings.karrio_credentials.get_secret_value()
    try:
        known = json.loads(given or "{}")
    except ValueError:
        raise ConfigurationError(f'{name}: expected JSON such as {{"{code}": {{"username": "..."}}}}') from None
    found = known.get(code) if isinstance(known, dict) else None
    if not isinstance(found, dict) or not found:
        raise ConfigurationError(f"{name}: has nothing for carrier {code}, which needs it")
    return found
