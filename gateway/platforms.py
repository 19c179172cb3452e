"""POST /webhooks/shopify and /webhooks/woocommerce, and what is done in the background for the shop's platform: reading what
changed, telling of stock and of refunds.

A webhook is only a hint that an order changed: it is answered at once, and the order is then read from the platform. So its body is
not believed beyond the order's id, and one that is lost or played again does no harm.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from pydantic import SecretStr

from gateway.background import repeated
from gateway.bodies import parsed_object, read_bounded
from gateway.keys import CONTAINER
from gateway.problems import Problem
from rma.bootstrap import Container

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes; an order of a thousand lines has about two million."""
PAUSE = 60.0
_ABOUT_AN_ORDER = ("fulfillments/", "refunds/", "order_transactions/")
_PING = re.compile(rb"webhook_id=\d{1,18}")


@routes.post("/webhooks/shopify")
async def from_shopify(request: web.Request) -> web.Response:
    container = request.app[CONTAINER]
    body = await read_bounded(request, BODY_LIMIT)
    _signed(container, "shopify", container.settings.shopify_webhook_secret, request, "X-Shopify-Hmac-Sha256", body)
    shop, ours = request.headers.get("X-Shopify-Shop-Domain", ""), container.settings.shopify_shop
    if shop.casefold() != (urlsplit(ours).hostname if "://" in ours else ours.strip("/").casefold()):
        raise Problem(403, "This is of another shop.")
    event, topic = parsed_object(body), request.headers.get("X-Shopify-Topic", "")
    if topic.startswith("orders/"):
        _refresh(container, event.get("id"))
    elif topic.startswith(_ABOUT_AN_ORDER):
        _refresh(container, event.get("order_id"))
    return web.Response()


@routes.post("/webhooks/woocommerce")
async def from_woocommerce(request: web.Request) -> web.Response:
    container = request.app[CONTAINER]
    body = await read_bounded(request, BODY_LIMIT)
    if container.platform.code == "woocommerce" and _PING.fullmatch(body):
        # What WooCommerce sends, without a signature, to see whether anybody is there before it lets a webhook be made.
        return web.Response()
    _signed(
        container, "woocommerce", container.settings.woocommerce_webhook_secret, request, "X-WC-Webhook-Signature", body
    )
    if request.headers.get("X-WC-Webhook-Topic", "").startswith("order."):
        _refresh(container, parsed_object(body).get("id"))
    return web.Response()


def _signed(container: Container, code: str, secret: SecretStr, request: web.Request, header: str, body: bytes) -> None:
    """Raises Problem 403 unless this platform, and no other, signed the body: base64 of its HMAC with SHA-256."""
    key, given = secret.get_secret_value(), request.headers.get(header, "")
    if container.platform.code != code or not key or not given:
        raise Problem(403, "The signature is missing.")
    wanted = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())
    if not hmac.compare_digest(wanted, given.encode("utf-8", "replace")):
        raise Problem(403, "The signature is wrong.")


def _refresh(container: Container, number: Any) -> None:
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63:
        container.sync.refresh_soon(str(number))


class _Chore(Protocol):
    async def finish_interrupted(self) -> int: ...


@asynccontextmanager
async def selling(container: Container) -> AsyncIterator[None]:
    """Runs the chores until left. Each apart: the first reading of a large shop takes an hour, and stock must not wait for it."""
    async with AsyncExitStack() as running:
        for chore in (container.sync, container.stock, container.books):
            what = type(chore).__name__
            await running.enter_async_context(repeated(partial(_once, chore), PAUSE, "chore failed", what=what))
        yield


async def _once(chore: _Chore) -> None:
    if finished := await chore.finish_interrupted():
        log.info("told or read at the shop platform", what=type(chore).__name__, count=finished)
