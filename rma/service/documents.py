"""A return in the shape in which programs read it (contract section 5): the staff API's answers and the webhooks' payloads."""

from typing import Any

from rma.links import Links
from rma.model.returns import Return


def return_document(rma: Return, links: Links) -> dict[str, Any]:
    """Ready for JSON. The label's address is signed here, anew each time."""
    return {
        "number": rma.number,
        "order": rma.order,
        "status": rma.status.value,
        "resolution": rma.resolution.value,
        "method": rma.method.value if rma.method else None,
        "lines": [
            {
                "id": line.id,
                "sku": line.sku,
                "quantity": line.quantity,
                "received": line.received,
                "reason": line.reason.value,
                "disposition": line.disposition.value if line.disposition else None,
                "exchange_for": line.exchange_for,
            }
            for line in rma.lines
        ],
        "refund": rma.refund,
        "label": rma.label
        and {
            "tracking_number": rma.label.tracking_number,
            "carrier": rma.label.carrier,
            "pdf": links.url("label", rma.number),
        },
        "decision": rma.decision,
        "events": [event.model_dump(mode="json") for event in rma.events],
    }
