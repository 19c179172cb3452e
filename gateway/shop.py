"""The demo shop's page, and the files that any shop's page loads."""

from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import hdrs, web
from babel import Locale
from babel.dates import format_date

from gateway.keys import CONTAINER
from rma.model.codes import Language
from rma.model.money import spoken
from rma.model.orders import CatalogueItem, Order

HERE = Path(__file__).resolve().parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"

PRODUCTS, ORDERS = 12, 6
CURRENCY = "EUR"
"""Of a catalogue price that names none; the demo shop's."""
FICTIONAL = ("@example.com", "@example.org", "@example.net", ".example", ".test", ".invalid")
"""Domains that nobody can have (RFC 2606). Only such orders are shown with what proves them: a shop may well look at
the demo page after it imported its own."""

routes = web.RouteTableDef()


@routes.get("/")
@aiohttp_jinja2.template("shop.html")
async def page(request: web.Request) -> dict[str, Any]:
    shop, language = request.app[CONTAINER].shop, language_of(request)
    return {
        "lang": language,
        "products": [_product(item, language) for item in await shop.browse(PRODUCTS)],
        "demo_orders": [_demo_order(order) for order in await shop.demo_orders(200) if _is_fictional(order)][:ORDERS],
    }


@routes.get("/widget.js")
async def widget(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "widget.js")


def language_of(request: web.Request) -> str:
    """From ?lang=, else the first of Accept-Language that we speak, else English."""
    asked = request.query.get("lang", "").casefold()
    if asked in set(Language):
        return asked
    weighted = []
    for position, part in enumerate(request.headers.get(hdrs.ACCEPT_LANGUAGE, "")[:500].split(",")):
        tag, _, parameters = part.strip().partition(";")
        weight = parameters.strip().removeprefix("q=") or "1"
        try:
            weighted.append((-float(weight), position, tag.strip().casefold().split("-")[0]))
        except ValueError:
            continue
    known = [tag for weight, _, tag in sorted(weighted) if weight < 0 and tag in set(Language)]
    return known[0] if known else Language.EN.value


async def cache_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For `app.on_response_prepare`. Files keep their names from one version to the next, so browsers may keep them for
    minutes, not months; their ETag makes asking again cheap."""
    if request.path == "/widget.js" or request.path.startswith("/static/"):
        found = response.status in (200, 206, 304)
        response.headers[hdrs.CACHE_CONTROL] = (
            "public, max-age=300, stale-while-revalidate=86400" if found else "no-store"
        )
    elif request.path == "/":
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        response.headers[hdrs.VARY] = hdrs.ACCEPT_LANGUAGE


def _product(item: CatalogueItem, language: str) -> dict[str, Any]:
    return {
        "name": item.name,
        "product": item.product,
        "category": item.category,
        "variant": item.variant,
        "price": spoken(item.price, item.currency or CURRENCY, language),
        "sku": item.sku,
    }


def _is_fictional(order: Order) -> bool:
    return (order.customer.email or "").casefold().endswith(FICTIONAL)


def _demo_order(order: Order) -> dict[str, str | None]:
    return {
        "number": order.number,
        "email": order.customer.email,
        "postal_code": order.shipping_address.postal_code,
        "summary_en": _summary(order, "en"),
        "summary_fr": _summary(order, "fr"),
    }


def _summary(order: Order, language: str) -> str:
    """What was bought and, once it came, the day: words of the shop's and a date, so nothing here is to be
    translated."""
    items = ", ".join(f"{line.quantity} × {line.title}" for line in order.lines)
    last = order.last_delivery
    return f"{items} · {format_date(last, 'd MMM y', locale=Locale.parse(language))}" if last else items
