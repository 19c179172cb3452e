"""Webhooks: who outside listens to what happens to returns, and what is still to be told to them."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel

from rma.model.codes import ReturnStatus
from rma.model.errors import Refused
from rma.model.returns import ReturnEvent
from rma.model.tracking import AT_WAREHOUSE, SCANNED, TROUBLE

PREFIX = "return."
KINDS = frozenset(
    {
        *(status.value for status in ReturnStatus),
        *("label_refused", "label_resent", "customs_lacking", "reminded", "extended", "overridden", "outcome_changed"),
        "first_delivery",
        *(SCANNED, AT_WAREHOUSE, TROUBLE),
        *("arrived", "inspected_units", "repaired", "exchange_sold_out", "delivered_after_all"),
        *("refund_pending", "refund_paid", "refund_failed"),
    }
)
"""Kinds of events that a subscription may name (`return.` and the kind). Who names none hears all, also those to come."""


class DeliveryStatus(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    """Tried too often; a person may let it be sent again (`retour hooks replay --failed`)."""


class HookEndpoint(BaseModel):
    id: int
    url: str
    events: list[str] = []
    """Kinds without `return.`; empty for all."""
    salt: str
    """What its secret is derived from, with the shop's own (rma.service.hooks)."""
    fingerprint: str
    """Of the secret that was printed: whether the derived one is still that one."""
    paused: bool = False
    why: str | None = None
    """Why it is paused, where it was not a person who did it."""
    failures: int = 0
    """One after the other, since the last delivery that it took."""
    failing_since: datetime | None = None
    rest_until: datetime | None = None
    last_error: str | None = None
    delivered_at: datetime | None = None
    created_at: datetime

    def wants(self, kind: str) -> bool:
        return not self.events or kind in self.events

    @property
    def host(self) -> str:
        """What of the address may be shown anywhere: the rest may hold a token."""
        return urlsplit(self.url).hostname or "?"


class HookDelivery(BaseModel):
    id: int
    endpoint_id: int
    event_id: int
    number: str
    """The return's."""
    event: ReturnEvent
    status: DeliveryStatus
    attempts: int
    claimed_at: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None
    code: str | None = None

    @property
    def event_name(self) -> str:
        return name_of_event(self.number, self.event_id)


@dataclass(frozen=True)
class Outcome:
    """What came of one request to an endpoint. `why` holds nothing that the endpoint said."""

    taken: bool
    why: str | None = None
    code: str | None = None
    down: bool = False
    """It is the endpoint, and not this event, that cannot be served; the next one would fare alike."""
    gone: bool = False
    """410: nobody listens there any more."""
    retry_after: float | None = None
    """Seconds."""


class HookSender(Protocol):
    longest: float
    """Seconds after which a request is over, whatever became of it."""

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Outcome: ...

    async def close(self) -> None: ...


_EVENT = re.compile(r"evt_([0-9A-HJKMNP-TV-Z]{8})_([1-9]\d{0,17})", re.ASCII)


def name_of_event(number: str, event_id: int) -> str:
    """The event's name outside, the same in every delivery of it: of the return's number, which is unique among shops, and the
    row's."""
    return f"evt_{number.removeprefix('RT-')}_{event_id}"


def read_event_name(name: str) -> int:
    """The row's number. Raises Refused."""
    found = _EVENT.fullmatch(name.strip())
    if found is None:
        raise Refused(f"{name!r} is no event's name; expected one such as evt_7K3M9QXP_12")
    return int(found[2])


def read_kinds(names: list[str]) -> list[str]:
    """What a subscription names, with or without `return.`; empty for all. Raises Refused for a kind that nothing ever has."""
    kinds = [name.strip().removeprefix(PREFIX) for name in names if name.strip()]
    if "*" in kinds:
        return []
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise Refused(f"{unknown[0]!r} is no event; there are {', '.join(sorted(KINDS))}")
    return sorted(set(kinds))


def read_url(url: str) -> SplitResult:
    """An endpoint's address. Raises Refused for what is none, or holds a password."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        host, port, parts = None, None, SplitResult("", "", "", "", "")
    if len(url) > 1000 or not re.fullmatch(r"[!-~]+", url) or not host or parts.scheme not in ("https", "http") or port == 0:
        raise Refused("expected an address such as https://shop.example/retour-events")
    if parts.username or parts.password:
        raise Refused("an address with a name and a password in it is shown to whoever lists it; take them out")
    return parts._replace(fragment="")


def payload(delivery: HookDelivery, document: dict[str, Any]) -> dict[str, Any]:
    """What is posted. `document` is the return as it now stands, in the staff API's shape; `event` says what happened."""
    event = delivery.event.model_dump(mode="json")
    return {
        "id": delivery.event_name,
        "type": f"{PREFIX}{delivery.event.kind}",
        "at": event["at"],
        "event": event,
        "return": document,
    }
