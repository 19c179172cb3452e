"""Refunds through Stripe: of a payment intent or a charge, in its minor units, found again by their metadata.

Facts and their sources are in docs/refunds.md. Two decide how this is written: Stripe forgets an idempotency key after 24 hours,
and until then repeats its answer to it, errors with 500 included. So nothing is tried again before the refunds of the payment
were looked through, and what was surely refused is asked for under another key (rma.model.refunding.RefundPart.round).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import stripe

from rma.model.money import quantum
from rma.model.orders import PaymentMethod
from rma.model.refunding import PaidBack, PayBack, RefundRefusal, RefundRefused, RefundUnavailable

T = TypeVar("T")

READ = 25.0
"""Seconds that Stripe gets for an answer."""
OPERATOR_PAUSE = 300.0
"""Seconds between tries while our key is refused: somebody has to change a setting."""
AT_ONCE = 4
KEY, RETURN, ORDER = "retour_key", "retour_return", "retour_order"
"""Metadata of each refund."""

_NO_DECIMALS = frozenset(["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"])
_WHOLE_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
"""Without decimals, yet written with two that must be 00."""
_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
"""The last digit must be 0."""

_REFUSALS = {
    "resource_missing": RefundRefusal.UNKNOWN_PAYMENT,
    "charge_already_refunded": RefundRefusal.TOO_MUCH,
    "amount_too_large": RefundRefusal.TOO_MUCH,
    "amount_too_small": RefundRefusal.AMOUNT,
}


@dataclass(frozen=True)
class StripeAccount:
    key: str
    api_url: str = "https://api.stripe.com"


def minor_units(amount: Decimal, currency: str) -> int:
    """`amount` as Stripe writes it. Raises RefundRefused for one that Stripe cannot."""
    if currency in _NO_DECIMALS or currency in _WHOLE_IN_HUNDREDTHS:
        step, factor = Decimal(1), 100 if currency in _WHOLE_IN_HUNDREDTHS else 1
    elif currency in _THREE_DECIMALS:
        step, factor = Decimal("0.01"), 1000
    else:
        step, factor = Decimal("0.01"), 100
    if amount % step:
        raise RefundRefused(RefundRefusal.AMOUNT, f"Stripe takes {currency} in steps of {step}, and this is {amount}")
    return int(amount * factor)


def amount_of(units: int, currency: str) -> Decimal:
    """The other way round."""
    factor = 1 if currency in _NO_DECIMALS else 1000 if currency in _THREE_DECIMALS else 100
    return (Decimal(units) / factor).quantize(min(quantum(currency), Decimal("0.01") if factor > 1 else Decimal(1)))


class StripeRefunds:
    code = "stripe"

    def __init__(self, account: StripeAccount, read: float = READ) -> None:
        stripe.enable_telemetry = False
        http = stripe.RequestsClient(timeout=read)
        # The retries are ours: between two of them a look is due.
        self._client = stripe.StripeClient(
            account.key, base_addresses={"api": account.api_url.rstrip("/")}, max_network_retries=0, http_client=http
        )
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stripe")

    def can(self, method: PaymentMethod) -> bool:
        return method.id.startswith(("pi_", "ch_", "py_"))

    async def refund(self, request: PayBack, idempotency_key: str) -> PaidBack:
        if not idempotency_key:
            raise ValueError("an idempotency key is needed")
        wanted: dict[str, Any] = {
            **self._payment(request.method),
            "amount": minor_units(request.amount, request.currency),
            "reason": "requested_by_customer",
            "metadata": {KEY: idempotency_key, RETURN: request.number, ORDER: request.order},
        }
        made = await self._call(
            lambda: self._client.v1.refunds.create(params=wanted, options={"idempotency_key": idempotency_key})  # type: ignore[arg-type]
        )
        return _paid(made, request)

    async def find(self, request: PayBack, idempotency_key: str) -> PaidBack | None:
        payment = self._payment(request.method)

        def look() -> Any:
            page = self._client.v1.refunds.list(params={**payment, "limit": 100})  # type: ignore[arg-type]
            return next((one for one in page.auto_paging_iter() if _key(one) == idempotency_key), None)

        try:
            found = await self._call(look)
        except RefundRefused as error:
            if error.why is RefundRefusal.UNKNOWN_PAYMENT:
                return None
            raise
        return None if found is None else _paid(found, request)

    def _payment(self, method: PaymentMethod) -> dict[str, str]:
        if not self.can(method):
            raise RefundRefused(
                RefundRefusal.UNKNOWN_PAYMENT, f"{method.id} is no payment of Stripe: expected an id that begins with pi_ or ch_"
            )
        return {"payment_intent" if method.id.startswith("pi_") else "charge": method.id}

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except stripe.StripeError as error:
            raise _told(error) from error

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _key(refund: Any) -> str | None:
    metadata = refund.metadata
    return metadata[KEY] if metadata is not None and KEY in metadata else None


def _paid(refund: Any, request: PayBack) -> PaidBack:
    amount, currency = amount_of(refund.amount, request.currency), str(refund.currency).upper()
    if (amount, currency) != (request.amount, request.currency):
        raise RefundRefused(RefundRefusal.KEY_REUSED, f"{refund.id} has our key and is of {amount} {currency}")
    if refund.status in ("failed", "canceled"):
        why = getattr(refund, "failure_reason", None) or refund.status
        raise RefundRefused(RefundRefusal.NOT_POSSIBLE, f"{refund.id} came back: {why}")
    return PaidBack(id=refund.id, amount=amount, on_its_way=refund.status != "succeeded")


def _told(error: stripe.StripeError) -> RefundUnavailable | RefundRefused:
    """Their error in our terms. Nothing of the request is in the message, only what Stripe says."""
    status, code = error.http_status, error.code or ""
    said = f"Stripe: {error.user_message or code or type(error).__name__}"[:300]
    if status is None:
        return RefundUnavailable("Stripe: no connection, or the answer was lost")
    if status in (401, 403):
        return RefundUnavailable(f"Stripe: HTTP {status}, it refuses our key or its rights", OPERATOR_PAUSE)
    if status == 409 or status == 429 or status >= 500:
        return RefundUnavailable(f"Stripe: HTTP {status}", _after(error))
    if isinstance(error, stripe.IdempotencyError):
        return RefundRefused(RefundRefusal.KEY_REUSED, said)
    if code in _REFUSALS:
        return RefundRefused(_REFUSALS[code], said)
    if "greater than unrefunded amount" in said.casefold():
        return RefundRefused(RefundRefusal.TOO_MUCH, said)
    return RefundRefused(RefundRefusal.NOT_POSSIBLE, said)


def _after(error: stripe.StripeError) -> float | None:
    given = {name.casefold(): value for name, value in (error.headers or {}).items()}.get("retry-after", "")
    return min(float(given), 3600.0) if str(given).isdecimal() else None
