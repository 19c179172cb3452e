"""Refunds through Shopify, which passes them on to whoever took the payment: one refund for a part, with one transaction of kind
REFUND whose parent is the payment. Units and stock are told apart (rma.platforms): nothing is restocked here.

A refund is found again by the mark in its note. Facts and their sources are in docs/refunds.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rma.model.orders import PaymentMethod, order_key
from rma.model.platforms import PlatformRefused, PlatformUnavailable
from rma.model.refunding import PaidBack, PayBack, RefundRefusal, RefundRefused, RefundUnavailable
from rma.platforms.marks import key_of, marked, unique
from rma.platforms.reading import dicts, plain
from rma.platforms.shopify_http import ShopifyHttp, gid, number_of

NAMED = """
query RefundOrder($search: String!) { orders(first: 10, query: $search) { nodes { id name } } }"""

PAYMENTS = """
query RefundPayments($id: ID!) {
  order(id: $id) {
    id
    transactions(first: 50) { id kind status gateway amountSet { presentmentMoney { amount currencyCode } } }
    refunds(first: 100) {
      id note
      transactions(first: 5) {
        nodes { id kind status amountSet { presentmentMoney { amount currencyCode } } parentTransaction { id } }
      }
    }
  }
}"""

REFUND = """
mutation PayBack($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund {
      id note
      transactions(first: 5) {
        nodes { id kind status amountSet { presentmentMoney { amount currencyCode } } parentTransaction { id } }
      }
    }
    userErrors { field message }
  }
}"""

_SEARCHABLE = re.compile(r"[\w./-]{1,50}")
_PAYMENT = re.compile(r"(?:gid://shopify/OrderTransaction/)?\d+")
_FAILED = frozenset({"FAILURE", "ERROR"})
_KEY_REUSED = "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"


@dataclass(frozen=True)
class _Payment:
    order: str
    parent: Mapping[str, Any]
    refunds: list[dict[str, Any]]

    @property
    def left(self) -> Decimal:
        """Of what was paid by it."""
        back = [one for refund in self.refunds for one in _transactions(refund) if _parent(one) == self.parent["id"]]
        return _amount(self.parent) - sum((_amount(one) for one in back if one["status"] not in _FAILED), Decimal(0))


class ShopifyRefunds:
    code = "shopify"

    def __init__(self, http: ShopifyHttp) -> None:
        """`http` is shared, and closed by whoever opened it."""
        self._http = http

    def can(self, method: PaymentMethod) -> bool:
        return _PAYMENT.fullmatch(method.id) is not None

    async def refund(self, request: PayBack, idempotency_key: str) -> PaidBack:
        if not idempotency_key:
            raise ValueError("an idempotency key is needed")
        payment = await self._payment(request)
        for refund in payment.refunds:
            if key_of(refund.get("note")) == idempotency_key:
                return _paid(refund, request)
        if request.amount > payment.left:
            raise RefundRefused(
                RefundRefusal.TOO_MUCH, f"Shopify: {plain(payment.left)} are left of transaction {number_of(payment.parent['id'])}"
            )
        document = {
            "orderId": payment.order,
            "currency": request.currency,
            "note": marked(f"return {request.number}", idempotency_key),
            "notify": False,
            "transactions": [
                {
                    "orderId": payment.order,
                    "parentId": payment.parent["id"],
                    "gateway": payment.parent["gateway"],
                    "kind": "REFUND",
                    "amount": plain(request.amount),
                }
            ],
        }
        try:
            payload = await self._http.mutate(
                REFUND, "refundCreate", input=document, key=unique("payback", idempotency_key)
            )
        except PlatformRefused as error:
            raise _refused(error) from error
        except PlatformUnavailable as error:
            raise RefundUnavailable(str(error), error.after) from error
        made = payload.get("refund")
        if not made:
            raise RefundUnavailable("Shopify: refundCreate gave no refund")
        return _paid(made, request)

    async def find(self, request: PayBack, idempotency_key: str) -> PaidBack | None:
        try:
            payment = await self._payment(request)
        except RefundRefused as error:
            if error.why is RefundRefusal.UNKNOWN_PAYMENT:
                return None
            raise
        found = next((one for one in payment.refunds if key_of(one.get("note")) == idempotency_key), None)
        return None if found is None else _paid(found, request)

    async def _payment(self, request: PayBack) -> _Payment:
        """The payment, and what of it went back. Raises RefundRefused when the order has none of that id."""
        unknown = RefundRefused(
            RefundRefusal.UNKNOWN_PAYMENT, f"Shopify: order {request.order} has no payment {request.method.id}"
        )
        key = order_key(request.order)
        if not self.can(request.method) or not _SEARCHABLE.fullmatch(key):
            raise unknown
        try:
            data = await self._http.query(NAMED, search=f'name:"{key}"')
            ids = [one["id"] for one in dicts(data["orders"]["nodes"]) if order_key(str(one["name"])) == key]
            order: dict[str, Any] = (await self._http.query(PAYMENTS, id=ids[0])).get("order") or {} if ids else {}
        except PlatformRefused as error:
            raise _refused(error) from error
        except PlatformUnavailable as error:
            raise RefundUnavailable(str(error), error.after) from error
        wanted = gid("OrderTransaction", request.method.id)
        for one in dicts(order.get("transactions")):
            if one["id"] == wanted and one["kind"] in ("SALE", "CAPTURE") and one["status"] == "SUCCESS":
                return _Payment(str(order["id"]), one, list(dicts(order["refunds"])))
        raise unknown

    async def close(self) -> None:
        return


def _transactions(refund: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in dicts(refund["transactions"]["nodes"]) if one["kind"] == "REFUND"]


def _parent(transaction: Mapping[str, Any]) -> str | None:
    return (transaction.get("parentTransaction") or {}).get("id")


def _amount(transaction: Mapping[str, Any]) -> Decimal:
    return Decimal(str(transaction["amountSet"]["presentmentMoney"]["amount"]))


def _paid(refund: Mapping[str, Any], request: PayBack) -> PaidBack:
    parts = _transactions(refund)
    if any(one["status"] in _FAILED for one in parts) or not parts:
        raise RefundRefused(
            RefundRefusal.NOT_POSSIBLE, f"Shopify: refund {number_of(refund['id'])} was written, and its payment was refused"
        )
    amount = sum((_amount(one) for one in parts), Decimal(0))
    same = _parent(parts[0]) in (None, gid("OrderTransaction", request.method.id))
    if amount != request.amount or not same:
        raise RefundRefused(RefundRefusal.KEY_REUSED, f"Shopify: refund {number_of(refund['id'])} has our key and is another")
    waits = any(one["status"] != "SUCCESS" for one in parts)
    return PaidBack(id=number_of(refund["id"]), amount=request.amount, on_its_way=waits)


def _refused(error: PlatformRefused) -> RefundRefused:
    said = str(error).casefold()
    if error.code == _KEY_REUSED:
        return RefundRefused(RefundRefusal.KEY_REUSED, str(error))
    too_much = any(word in said for word in ("exceed", "greater than", "more than", "cannot refund more"))
    return RefundRefused(RefundRefusal.TOO_MUCH if too_much else RefundRefusal.NOT_POSSIBLE, str(error))
