"""What the page shows, as JSON in the words of whoever looks at it."""

from collections.abc import Mapping
from typing import Any

from gateway.console.refusals import note_in_words
from gateway.console.words import Words
from gateway.tokens import Tokens
from rma.model.codes import Disposition, ReturnStatus
from rma.model.goods import Grade, Parcel, expected_grade
from rma.model.orders import Order, OrderLine
from rma.model.returns import Return, ReturnLine
from rma.policy.dispositions import Proposal

SETTLED = frozenset({ReturnStatus.REFUNDED, ReturnStatus.EXCHANGED, ReturnStatus.CLOSED})
"""Statuses of a return whose sum stands: goods beyond it make one of their own."""
Proposals = Mapping[str, Mapping[Grade, Proposal]]


def return_card(rma: Return, order: Order, proposals: Proposals, words: Words, tokens: Tokens) -> dict[str, Any]:
    """A return with a row for every line of it, and the order's other lines, which may lie in the parcel too."""
    own = {line.id for line in rma.lines}
    return {
        "number": rma.number,
        "order": rma.order,
        "status": rma.status.value,
        "status_words": words.code("status", rma.status.value),
        "has_come": rma.has_come,
        "settled": rma.status in SETTLED,
        "undecided": rma.status in (ReturnStatus.REQUESTED, ReturnStatus.REVIEW),
        "declined": rma.status is ReturnStatus.DECLINED,
        "lines": [_row(line, order, proposals[line.id], words, tokens) for line in rma.lines],
        "others": [_bought(line) for line in order.lines if line.id not in own],
    }


def order_card(order: Order) -> dict[str, Any]:
    """An order that nobody announced a return of, as a card of a return that is not made yet."""
    nothing = {
        "tags": [], "announced": 0, "received": 0, "outstanding": 0, "uninspected": 0, "accepted": 0, "rejected": 0, "missing": 0,
        "reason": None, "grade": Grade.OPENED.value, "photo": None, "proposals": {},
    }  # fmt: skip
    lines = [_bought(line) | nothing for line in order.lines]
    return {"number": None, "order": order.number, "has_come": False, "settled": False, "undecided": False,
            "declined": False, "lines": lines, "others": []}


def _bought(line: OrderLine) -> dict[str, Any]:
    return {"id": line.id, "sku": line.sku, "name": line.title, "bought": line.quantity}


def _row(
    line: ReturnLine, order: Order, proposals: Mapping[Grade, Proposal], words: Words, tokens: Tokens
) -> dict[str, Any]:
    expected = expected_grade(line.reason, line.condition)
    bought = order.line(line.id)
    return {
        "id": line.id,
        "sku": line.sku,
        "name": line.name,
        "tags": sorted(bought.tags) if bought else [],
        "announced": line.quantity,
        "received": line.received,
        "outstanding": line.outstanding,
        "uninspected": line.uninspected,
        "accepted": line.accepted,
        "rejected": line.rejected,
        "missing": line.missing,
        "reason": words.code("reason", line.reason.value),
        "grade": expected.value,
        "photo": f"/photos/{tokens.photo(line.photo)}.jpg" if line.photo is not None else None,
        "proposals": {grade.value: _proposal(proposal) for grade, proposal in proposals.items()},
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "disposition": proposal.disposition.value,
        "rule": proposal.rule,
        "apart": proposal.apart,
        "forbidden": [way.value for way in Disposition if way in proposal.forbidden],
        "needs_word": sorted(way.value for way in proposal.needs_word),
    }


def parcel_row(parcel: Parcel, words: Words) -> dict[str, Any]:
    goods = [f"{item.get('quantity', 1)} × {item.get('sku') or item.get('name') or '?'}" for item in parcel.contents]
    return {
        "id": parcel.id,
        "scanned": parcel.scanned,
        "number": parcel.number,
        "goods": goods,
        "note": note_in_words(parcel.note, words),
        "photo": f"/warehouse/photos/{parcel.photo}" if parcel.photo is not None else None,
        "by": parcel.by,
        "at": words.moment(parcel.at),
    }
