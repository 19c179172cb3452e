"""Money that goes back, and what came back for it into stock."""

from gateway.openapi.parts import (
    IF_MATCH,
    KEY,
    NUMBER,
    Json,
    acted,
    answered,
    array,
    count,
    enum,
    etag,
    limit,
    moment,
    money,
    next_page,
    object_of,
    of_answer,
    of_body,
    operation,
    or_null,
    place,
    query,
    ref,
    sent_as_json,
    text,
)
from gateway.staff.bodies import ONE_LINE, Refund
from gateway.staff.refunds import PAGE, PLACE
from rma.model.goods_stock import ReturnedStock
from rma.model.refunding import PartStatus, RefundKind, RefundStatus
from rma.model.staff import Scope


def paths() -> Json:
    return {
        "/api/returns/{number}/refund": {"post": _refund()},
        "/api/returns/{number}/refunds": {"get": _of_return()},
        "/api/refunds": {"get": _search()},
        "/api/refunds/due": {"get": _due()},
        "/api/stock/{sku}": {"get": _stock()},
    }


def schemas() -> Json:
    part = {
        "method": {"type": ["string", "null"], "description": "The id of the payment method; null for store credit."},
        "amount": money(),
        "status": enum(PartStatus),
        "reference": {"type": ["string", "null"], "description": "The provider's name of the payment."},
        "error": {"type": ["string", "null"]},
    }
    paid = {
        "id": count(least=1),
        "number": text(),
        "kind": enum(RefundKind),
        "status": enum(RefundStatus),
        "amount": money(),
        "currency": text(),
        "parts": array(ref("RefundPart")),
        "reason": {"type": ["string", "null"]},
        "by": text(),
        "at": moment(),
        "paid_at": or_null(moment()),
    }
    claim = {
        "number": text(),
        "order": text(),
        "amount": money(),
        "currency": text(),
        "since": text(format="date"),
        "by": text("The day that it must be back by.", format="date"),
        "overdue": {"type": "boolean"},
        "ground": text("`came`, `sent` (a proof of sending is there, and the law asks for no more) or `nothing_comes`."),
        "legal": {"type": "boolean", "description": "Whether the law sets the day, and not the shop alone."},
        "instead": array(text("The SKU of an article that is due to go out.")),
    }
    return {
        **of_body(Refund),
        "RefundPart": object_of(part),
        "RefundPaid": object_of(paid),
        "Due": object_of(claim),
        **of_answer(ReturnedStock),
    }


def _refund() -> Json:
    return operation(
        "refundReturn",
        "Pay what is due, or another amount with a reason",
        [Scope.RETURNS_REFUND],
        {
            200: acted("The return; the money moved.", ref("Return"), ETag=etag()),
            202: acted("The return; the payment was begun and goes on by itself.", ref("Return"), ETag=etag()),
        },
        (400, 404, 409, 412, 413, 415, 422),
        [NUMBER, KEY, IF_MATCH],
        sent_as_json("Refund", example={"amount": "5.00", "reason": "a scratch, agreed by phone"}),
        "An empty body pays what is due. Less, or with `goodwill` more or before the goods came, needs a reason. Send an"
        " Idempotency-Key: without one a request sent again is another refund, of what is then due. 409 also when the provider"
        " refused the payment: the return is as before, and the refund is kept as `failed` for a person to try again.",
    )


def _of_return() -> Json:
    return operation(
        "findRefundsOfReturn",
        "What was paid for a return",
        [Scope.REFUNDS_READ],
        {200: answered("The oldest first.", object_of({"refunds": array(ref("RefundPaid"))}))},
        (404, 422),
        [NUMBER],
    )


def _search() -> Json:
    return operation(
        "findRefunds",
        "Refunds, in a status or all",
        [Scope.REFUNDS_READ],
        {200: answered("The newest first.", object_of({"refunds": array(ref("RefundPaid"))}), Link=next_page())},
        (422,),
        [
            query("status", enum(RefundStatus), "The status that they have now."),
            limit(PAGE),
            place("before", "Those with a lower id."),
        ],
    )


def _due() -> Json:
    return operation(
        "findDue",
        "What is due and overdue",
        [Scope.REFUNDS_READ],
        {200: answered("What must be back first, first.", object_of({"due": array(ref("Due"))}), Link=next_page())},
        (422,),
        [
            limit(PAGE),
            query("after", text(pattern=f"^{PLACE}$"), "Where the page before ended, as its link to the next one says."),
        ],
    )


def _stock() -> Json:
    sku = {"name": "sku", "in": "path", "required": True, "schema": text(minLength=1, maxLength=100, pattern=ONE_LINE)}
    return operation(
        "readStock",
        "What came back of an article and can be sold again",
        [Scope.STOCK_READ],
        {200: answered("Units that were accepted to be sold again, and the ledger.", ref("ReturnedStock"))},
        (404,),
        [sku],
    )
