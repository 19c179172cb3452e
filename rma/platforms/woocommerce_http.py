"""WooCommerce's REST API v3: its answers, its pages, and its errors in our terms. docs/platforms.md has the facts."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from rma.model.platforms import NotTaken, PlatformRefused, PlatformUnavailable
from rma.platforms.http import OPERATOR_PAUSE, PlatformHttp
from rma.platforms.reading import dicts

PER_PAGE = 50
_NOT_THERE = frozenset({"rest_no_route"})


@dataclass(frozen=True)
class WooAccount:
    url: str
    key: str
    secret: str


class Missing(PlatformRefused):
    """404: it is not there."""


def _settled(status: int, body: Any) -> bool:
    """WooCommerce answers 500 to what it refuses, such as a refund of more than was paid, and then says why."""
    code = body.get("code") if isinstance(body, dict) else None
    return status == 500 and str(code).startswith("woocommerce_rest_cannot_create")


class WooHttp:
    def __init__(self, account: WooAccount) -> None:
        self._base = f"{account.url.rstrip('/')}/wp-json/wc/v3/"
        self._http = PlatformHttp("WooCommerce", {}, (account.key, account.secret), settled=_settled)

    async def get(self, path: str, **query: Any) -> Any:
        """Raises Missing, PlatformRefused, NotTaken, PlatformUnavailable."""
        return (await self._request("GET", path, query))[0]

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _object((await self._request("POST", path, {}, body))[0])

    async def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _object((await self._request("PUT", path, {}, body))[0])

    async def page(self, path: str, number: int, **query: Any) -> tuple[list[dict[str, Any]], int]:
        """One page of a list, and how many there are."""
        found, headers = await self._request(
            "GET", path, {**query, "page": number, "per_page": query.get("per_page", PER_PAGE)}
        )
        if not isinstance(found, list):
            raise PlatformUnavailable("WooCommerce: the answer is no list")
        pages = headers.get("X-WP-TotalPages", "")
        return list(dicts(found)), int(pages) if pages.isdecimal() else number + (len(found) >= PER_PAGE)

    async def every(self, path: str, **query: Any) -> AsyncIterator[dict[str, Any]]:
        """All pages of a list that only grows at its end."""
        number, pages = 1, 1
        while number <= pages:
            found, pages = await self.page(path, number, **query)
            for one in found:
                yield one
            number += 1

    async def _request(
        self, method: str, path: str, query: Mapping[str, Any], body: Mapping[str, Any] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        answer = await self._http.request(method, self._base + path, query, body)
        if answer.status < 300:
            if answer.body is None:
                # A theme or a plugin that prints something in front of the answer; of a change nobody knows what became.
                raise PlatformUnavailable("WooCommerce: the answer is no JSON")
            return answer.body, answer.headers
        code = str(answer.body.get("code", "")) if isinstance(answer.body, dict) else ""
        said = str(answer.body.get("message", "")) if isinstance(answer.body, dict) else ""
        if answer.status == 404 and (not code or code in _NOT_THERE):
            raise NotTaken("WooCommerce: its REST API is not at RETOUR_WOOCOMMERCE_URL", OPERATOR_PAUSE)
        kind = Missing if answer.status == 404 else PlatformRefused
        raise kind(f"WooCommerce: HTTP {answer.status} {said}"[:500].strip(), code or str(answer.status))

    async def close(self) -> None:
        await self._http.close()


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise PlatformUnavailable("WooCommerce: the answer is no object")
    return body
