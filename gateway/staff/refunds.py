"""Money: paying what is due on a return, what was paid, and what is due or overdue."""

import re
from typing import Any

from aiohttp import web

from gateway.keys import CONTAINER
from gateway.problems import Problem
from gateway.staff.access import needs
from gateway.staff.bodies import Refund as Wanted
from gateway.staff.changing import patiently
from gateway.staff.once import Act, once
from gateway.staff.paging import limit_of, link_to_next, whole_of
from gateway.staff.reading import asked
from gateway.staff.shapes import json_of, return_answer
from gateway.staff.versions import check
from rma.model.money import written
from rma.model.numbers import parse_return_number
from rma.model.refunding import PartStatus, Refund, RefundPart, RefundStatus
from rma.model.returns import Return
from rma.model.staff import Answer, Scope
from rma.service.ports import UnitOfWork
from rma.service.refunds.days import Claim

routes = web.RouteTableDef()

PAGE = 200
PLACE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{4}-[0-9]{2}-[0-9]{2}_RT-[0-9A-Z]{8}"
"""Where a page of what is due begins: behind the claim of this day, since that day, of this return."""


@routes.post("/api/returns/{number}/refund")
@needs(Scope.RETURNS_REFUND)
async def refund(request: web.Request) -> web.Response:
    """200 when the money moved, 202 while it is on its way, 409 when the provider refused it. That is kept with the refund, under
    its key, so a request sent again is told the same."""
    wanted, desk = await asked(request, Wanted), request.app[CONTAINER].refunds
    number, body = request.match_info["number"], wanted.body

    async def first(_uow: UnitOfWork, rma: Return) -> None:
        check(request, rma)

    async def work(act: Act) -> Answer:
        rma = await patiently(
            lambda: desk.refund(
                number, act.by, act.key, amount=body.money, reason=body.reason, goodwill=body.goodwill, first=first
            )
        )
        mine = next((paid for paid in await desk.of(rma.number) if paid.key == act.key), None)
        if mine is not None and mine.status is RefundStatus.FAILED:
            raise Problem(409, _refused(mine))
        moved = mine is None or mine.status is RefundStatus.PAID
        answer = return_answer(request, rma, 200 if moved else 202)
        await act.keep_after(answer)
        return answer

    return await once(request, wanted.fingerprint, work)


def _refused(refund: Refund) -> str:
    def said(part: RefundPart) -> str:
        why = f" ({part.error})" if part.error and part.status is PartStatus.FAILED else ""
        return f"{written(part.amount, refund.currency)} {refund.currency} to {part.method or 'store credit'} {part.status}{why}"

    return (
        f"The payment was refused: {'; '.join(map(said, refund.parts))}. Refund {refund.id} is kept as failed: somebody tries it"
        f" again in the console or with `retour refunds retry {refund.id}`."
    )


@routes.get("/api/returns/{number}/refunds")
@needs(Scope.REFUNDS_READ)
async def of_return(request: web.Request) -> web.Response:
    container = request.app[CONTAINER]
    number = parse_return_number(request.match_info["number"])
    await container.returns.get(number)
    return json_of({"refunds": [refund_document(paid) for paid in await container.refunds.of(number)]})


@routes.get("/api/refunds")
@needs(Scope.REFUNDS_READ, query=("status", "before", "limit"))
async def search(request: web.Request) -> web.Response:
    status = request.query.get("status")
    if status is not None and status not in set(RefundStatus):
        raise Problem(422, f"'status' is not one of {', '.join(RefundStatus)}.")
    wanted = RefundStatus(status) if status is not None else None
    limit, before = limit_of(request, PAGE), whole_of(request, "before", None)
    found = await request.app[CONTAINER].refunds.find(wanted, limit + 1, before)
    page = found[:limit]
    more = link_to_next(request, limit, before=page[-1].id) if len(found) > limit else {}
    return json_of({"refunds": [refund_document(paid) for paid in page]}, **more)


@routes.get("/api/refunds/due")
@needs(Scope.REFUNDS_READ, query=("after", "limit"))
async def due(request: web.Request) -> web.Response:
    """Counted anew for each page: `after` says between which claims it begins, so one that was paid meanwhile moves nothing."""
    limit, after = limit_of(request, PAGE), _place(request)
    claims = await request.app[CONTAINER].refunds.dues()
    rest = [claim for claim in claims if after is None or _order(claim) > after]
    page = rest[:limit]
    more = link_to_next(request, limit, after="_".join(_order(page[-1]))) if len(rest) > limit else {}
    return json_of({"due": [_claim(claim) for claim in page]}, **more)


def _order(claim: Claim) -> tuple[str, str, str]:
    """As they are sorted."""
    return claim.by.isoformat(), claim.since.isoformat(), claim.number


def _place(request: web.Request) -> tuple[str, str, str] | None:
    """Raises Problem 422."""
    raw = request.query.get("after")
    if raw is None:
        return None
    if not re.fullmatch(PLACE, raw):
        raise Problem(422, "'after' is not what a link to the next page names.")
    by, since, number = raw.split("_")
    return by, since, number


def refund_document(paid: Refund) -> dict[str, Any]:
    return {
        "id": paid.id,
        "number": paid.number,
        "kind": paid.kind.value,
        "status": paid.status.value,
        "amount": written(paid.amount, paid.currency),
        "currency": paid.currency,
        "parts": [_part(part, paid.currency) for part in paid.parts],
        "reason": paid.reason,
        "by": paid.by,
        "at": paid.at.isoformat(),
        "paid_at": paid.paid_at.isoformat() if paid.paid_at else None,
    }


def _part(part: RefundPart, currency: str) -> dict[str, Any]:
    """`method` is null for store credit, whose code is money and shown to its owner only."""
    return {
        "method": part.method,
        "amount": written(part.amount, currency),
        "status": part.status.value,
        "reference": part.provider_id if part.method is not None else None,
        "error": part.error,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "number": claim.number,
        "order": claim.order,
        "amount": written(claim.amount, claim.currency),
        "currency": claim.currency,
        "since": claim.since.isoformat(),
        "by": claim.by.isoformat(),
        "overdue": claim.overdue,
        "ground": claim.ground,
        "legal": claim.legal,
        "instead": list(claim.instead),
    }
