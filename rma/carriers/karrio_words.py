"""karrio's words in ours: the statuses of its trackers, from its SDK and from the webhooks of its server. Imports no karrio."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from rma.model.tracking import TrackingEvent, TrackingStatus, event_id, words

_S = TrackingStatus
_STATUSES = {
    "pending": _S.ANNOUNCED,
    "picked_up": _S.ACCEPTED,
    "in_transit": _S.IN_TRANSIT,
    "on_hold": _S.IN_TRANSIT,
    "delivery_delayed": _S.IN_TRANSIT,
    "out_for_delivery": _S.OUT_FOR_DELIVERY,
    "ready_for_pickup": _S.WAITING,
    "delivered": _S.DELIVERED,
    "delivery_failed": _S.FAILED,
    "return_to_sender": _S.GOES_BACK,
}
_TAKEN = frozenset({"PU"})
"""DHL Express's code for "picked up", which its connector takes for pending."""
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %I:%M %p", "%Y-%m-%d")


def events(details: Mapping[str, Any], carrier: str, tracking_number: str, zone: tzinfo = UTC) -> list[TrackingEvent]:
    """The events of a tracker. `zone` is that of instants without one. Connectors put the newest first and name the status of each,
    or only that of the whole: then the newest event has it."""
    found: list[TrackingEvent] = []
    told = [event for event in details.get("events") or [] if isinstance(event, Mapping)]
    instants = [_instant(event, zone) for event in told]
    newest = max((at for at in instants if at), default=None)
    for event, at in zip(told, instants, strict=True):
        if at is None:
            continue
        status = event.get("status") or (details.get("status") if at == newest else None)
        if status == "pending" and event.get("code") in _TAKEN:
            status = "picked_up"
        description = event.get("description")
        found.append(
            TrackingEvent(
                carrier=carrier,
                tracking_number=tracking_number,
                provider_id=event_id(
                    tracking_number, event.get("date"), event.get("time"), event.get("code"), description
                ),
                status=_STATUSES.get(str(status), _S.UNKNOWN),
                at=at,
                place=words(event.get("location")),
                description=words(description),
            )
        )
    return found


def _instant(event: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    """Date and time before `timestamp`: connectors make that one of them, and write UTC whatever the carrier's clock showed."""
    day, time = str(event.get("date") or ""), str(event.get("time") or "")
    for form in _FORMS:
        try:
            return datetime.strptime(f"{day} {time}".strip(), form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        at = datetime.fromisoformat(str(event.get("timestamp")).replace("Z", "+00:00"))
        return at if at.tzinfo else at.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None
