"""Shopify's Admin GraphQL API: one document at a time, at the rate that its cost allows, and its errors in our terms.

Facts and their sources are in docs/platforms.md.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rma.model.platforms import NotTaken, PlatformRefused, PlatformUnavailable
from rma.platforms.http import OPERATOR_PAUSE, PlatformHttp

API_VERSION = "2026-10"
"""The first that is known to want `@idempotent` and `changeFromQuantity` is 2026-04; older ones are refused in `rma.bootstrap`."""
PATIENCE = 20.0
"""Seconds that a request waits for room in the bucket, and no more: whoever asked is told to come back."""
_DENIED = frozenset({"ACCESS_DENIED", "SHOP_INACTIVE", "UNAUTHORIZED"})
_BUSY = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST"})


@dataclass(frozen=True)
class ShopifyAccount:
    """`shop` is the permanent name, such as `example.myshopify.com`; a whole address is for a server that behaves like it."""

    shop: str
    token: str
    version: str = API_VERSION

    @property
    def url(self) -> str:
        base = self.shop if "://" in self.shop else f"https://{self.shop}"
        return f"{base.rstrip('/')}/admin/api/{self.version}/graphql.json"


class Bucket:
    """How much a request may cost now, as Shopify said last; it fills with time."""

    def __init__(self) -> None:
        self._room = self._most = self._rate = 0.0
        self._at: float | None = None

    def note(self, cost: Mapping[str, Any]) -> None:
        status = cost.get("throttleStatus") or {}
        try:
            self._room, self._rate = float(status["currentlyAvailable"]), float(status["restoreRate"])
            self._most, self._at = float(status["maximumAvailable"]), time.monotonic()
        except (KeyError, TypeError, ValueError):
            return

    def pause(self, cost: float) -> float:
        """Seconds until there is room for it."""
        if self._at is None or self._rate <= 0:
            return 0.0
        now = time.monotonic()
        room = min(self._most, self._room + (now - self._at) * self._rate)
        return max(0.0, (min(cost, self._most) - room) / self._rate)


class ShopifyHttp:
    """For everybody who talks to one shop: they share a bucket, so they share this."""

    def __init__(self, account: ShopifyAccount, patience: float = PATIENCE) -> None:
        self._account, self._patience = account, patience
        self._http = PlatformHttp("Shopify", {"X-Shopify-Access-Token": account.token})
        self._bucket = Bucket()
        self._costs: dict[str, float] = {}
        """What a document was said to cost, by its text."""

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """The answer's `data`. Raises NotTaken, PlatformUnavailable, and PlatformRefused when Shopify does not understand the
        document."""
        deadline = time.monotonic() + self._patience
        while True:
            pause = self._bucket.pause(self._costs.get(document, 0.0))
            if time.monotonic() + pause > deadline:
                raise NotTaken("Shopify: its limit of costs is reached", pause)
            await asyncio.sleep(pause)
            answer = await self._http.request(
                "POST", self._account.url, body={"query": document, "variables": variables}
            )
            body = answer.body
            if answer.status == 404:
                raise NotTaken(
                    "Shopify: no such shop or version of its API; look at RETOUR_SHOPIFY_SHOP and _API_VERSION",
                    OPERATOR_PAUSE,
                )
            if answer.status >= 400:
                raise PlatformRefused(f"Shopify: HTTP {answer.status} {_errors(body)}".strip(), str(answer.status))
            if not isinstance(body, dict):
                raise PlatformUnavailable("Shopify: the answer is no JSON")
            self._note(document, body)
            if not self._throttled(body, document):
                return _data(body)

    def _note(self, document: str, body: Mapping[str, Any]) -> None:
        cost = (body.get("extensions") or {}).get("cost") or {}
        self._bucket.note(cost)
        if isinstance(cost.get("requestedQueryCost"), int | float):
            self._costs[document] = float(cost["requestedQueryCost"])

    def _throttled(self, body: Mapping[str, Any], document: str) -> bool:
        """Whether it was not done for want of room. Raises NotTaken where it is not said how long that will last."""
        if not any(_code(error) == "THROTTLED" for error in _list(body)):
            return False
        if not self._bucket.pause(self._costs.get(document, 0.0)):
            raise NotTaken("Shopify: its limit of costs is reached", 2.0)
        return True

    async def mutate(self, document: str, name: str, **variables: Any) -> dict[str, Any]:
        """What the mutation `name` of the document gave. Raises as `query` does, and PlatformRefused for its user errors."""
        data = await self.query(document, **variables)
        payload = data.get(name)
        if not isinstance(payload, dict):
            raise PlatformUnavailable(f"Shopify: {name} gave no answer")
        errors = payload.get("userErrors") or []
        if errors:
            code = next((str(error["code"]) for error in errors if error.get("code")), None)
            said = "; ".join(_said(error) for error in errors)
            if code in _BUSY:
                raise PlatformUnavailable(f"Shopify: {said}", 2.0)
            raise PlatformRefused(f"Shopify: {said}", code)
        return payload

    async def close(self) -> None:
        await self._http.close()


def _data(body: Mapping[str, Any]) -> dict[str, Any]:
    errors = _list(body)
    if errors:
        codes = [code for error in errors if (code := _code(error))]
        said = _errors(body)
        if _DENIED.intersection(codes):
            raise NotTaken(f"Shopify: {said}", OPERATOR_PAUSE)
        if "INTERNAL_SERVER_ERROR" in codes or "TIMEOUT" in codes or _BUSY.intersection(codes):
            raise PlatformUnavailable(f"Shopify: {said}")
        raise PlatformRefused(f"Shopify: {said}", codes[0] if codes else None)
    data = body.get("data")
    if not isinstance(data, dict):
        raise PlatformUnavailable("Shopify: the answer has no data")
    return data


def _list(body: Mapping[str, Any]) -> list[Any]:
    errors = body.get("errors")
    if isinstance(errors, list):
        return errors
    return [errors] if errors else []


def _code(error: Any) -> str | None:
    code = (error.get("extensions") or {}).get("code") if isinstance(error, dict) else None
    return str(code) if code else None


def _errors(body: Any) -> str:
    found = _list(body) if isinstance(body, dict) else []
    return "; ".join(str(one.get("message", one)) if isinstance(one, dict) else str(one) for one in found)[:500]


def _said(error: Mapping[str, Any]) -> str:
    field = error.get("field")
    where = ".".join(map(str, field)) + ": " if isinstance(field, list) and field else ""
    return f"{where}{error.get('message', '')}"[:300]


def gid(kind: str, number: str) -> str:
    """The global id of an object: `gid("Order", "450789469")`; one that is global already stays."""
    return number if number.startswith("gid://") else f"gid://shopify/{kind}/{number}"


def number_of(global_id: str) -> str:
    """The number in a global id, which older APIs and webhooks know an object by."""
    found = re.fullmatch(r"gid://shopify/\w+/(\d+)(\?.*)?", global_id)
    return found[1] if found else global_id
