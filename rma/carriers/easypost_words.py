"""EasyPost's words in ours: https://docs.easypost.com/docs/trackers. Imports no EasyPost."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rma.model.tracking import TrackingEvent, TrackingStatus, event_id, words

_S = TrackingStatus
_STATUSES = {
    "pre_transit": _S.ANNOUNCED,
    "in_transit": _S.IN_TRANSIT,
    "out_for_delivery": _S.OUT_FOR_DELIVERY,
    "available_for_pickup": _S.WAITING,
    "delivered": _S.DELIVERED,
    "return_to_sender": _S.GOES_BACK,
    "failure": _S.FAILED,
}
_ACCEPTED = frozenset({"package_accepted", "received_at_origin_facility", "pickup"})


def tracker_events(tracker: Mapping[str, Any], carrier: str, tracking_number: str) -> list[TrackingEvent]:
    """The events of a Tracker, as a webhook brings it and the API answers it. What has no instant is left out."""
    found = []
    for detail in tracker.get("tracking_details") or []:
        at = _instant(detail.get("datetime"))
        if at is None:
            continue
        status, message = str(detail.get("status") or ""), detail.get("message")
        where = detail.get("tracking_location") or {}
        place = ", ".join(str(part) for part in (where.get("city"), where.get("state"), where.get("country")) if part)
        early = status == "in_transit" and detail.get("status_detail") in _ACCEPTED
        found.append(
            TrackingEvent(
                carrier=carrier,
                tracking_number=tracking_number,
                provider_id=event_id(tracking_number, at.isoformat(), status, message),
                status=_S.ACCEPTED if early else _STATUSES.get(status, _S.UNKNOWN),
                at=at,
                place=words(place),
                description=words(message),
            )
        )
    return found


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
        # Where a carrier says nothing of its time zone, EasyPost writes UTC.
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
