"""The page itself, and what a scan means."""

from typing import Any

import aiohttp_jinja2
from aiohttp import web

from gateway.console.page import answer_json, context
from gateway.console.words import Words, words_of
from gateway.keys import CONTAINER, TOKENS
from gateway.warehouse.shapes import order_card, parcel_row, return_card
from rma.model.codes import Disposition
from rma.model.epc import is_epc, line_of, read_epc
from rma.model.errors import NotFound
from rma.model.goods import Grade
from rma.model.orders import Order
from rma.model.returns import RELEASED, Return
from rma.service.receiving import Scan, ScanKind

routes = web.RouteTableDef()

HOME = "/warehouse"
LETTERS = {"n": Grade.AS_NEW, "o": Grade.OPENED, "u": Grade.USED, "d": Grade.DAMAGED, "i": Grade.INCOMPLETE}
"""What grades are typed as."""
SAID = "console_goods_"
"""What the keys of the page's words begin with."""


@routes.get(HOME)
async def page(request: web.Request) -> web.Response:
    words = words_of(request)
    # Not filled in: the script does that.
    keys = [key for key in words.texts.keys() if key.startswith(SAID)]  # noqa: SIM118 — no mapping
    said = {key.removeprefix(SAID): words.texts.wordings(key, words.language)[0] for key in keys}
    said |= {f"way_{way.value}": words.code("way", way.value) for way in Disposition}
    said |= {f"grade_{grade.value}": words.code("grade", grade.value) for grade in Grade}
    values = context(request, words, said=said, letters={letter: grade.value for letter, grade in LETTERS.items()})
    return aiohttp_jinja2.render_template("warehouse/page.html", request, values)


@routes.get(f"{HOME}/find")
async def find(request: web.Request) -> web.Response:
    """What was scanned: an item of the return that is open, else a parcel."""
    container, words = request.app[CONTAINER], words_of(request)
    text = request.query.get("q", "")[:500]
    opened = await _opened(request)
    if opened is not None and is_epc(text):
        return answer_json(await _item(request, text, opened))
    scan = await container.receiving.find(text)
    cards = [await card(request, rma, words) for rma in _standing(scan.returns)[:9]]
    found: dict[str, Any] = {"kind": scan.kind.value, "order": scan.order, "returns": cards}
    if scan.kind is ScanKind.ORDER and not cards:
        found |= {"kind": "bare_order", "bought": order_card(await _order(request, scan))}
    elif not cards and is_epc(text):
        found |= {"kind": "loose_item", "returns": await _awaiting(request, text, words)}
    return answer_json(found)


async def _awaiting(request: web.Request, text: str, words: Words) -> list[dict[str, Any]]:
    """For goods without their parcel: the returns in which they are expected, the latest first."""
    async with request.app[CONTAINER].transactions() as uow:
        expected = await uow.returns.awaiting(await uow.catalogue.by_gtin(read_epc(text).gtin), 9)
    return [await card(request, rma, words) for rma in expected]


def _standing(returns: list[Return]) -> list[Return]:
    """Those that stand first; what was called off may come all the same, and is last."""
    return sorted(returns, key=lambda rma: rma.status in RELEASED)


async def card(request: web.Request, rma: Return, words: Words) -> dict[str, Any]:
    container = request.app[CONTAINER]
    async with container.transactions() as uow:
        order = await uow.orders.get(rma.order_id)
    return return_card(rma, order, container.inspection.proposals(rma, order), words, request.app[TOKENS])


async def _order(request: web.Request, scan: Scan) -> Order:
    async with request.app[CONTAINER].transactions() as uow:
        found = await uow.orders.find(scan.order or "")
    if found is None:
        raise NotFound("no such order")
    return found[1]


async def _opened(request: web.Request) -> Order | None:
    """The order of the parcel that is open on the page."""
    number, order = request.query.get("open", ""), request.query.get("order", "")
    async with request.app[CONTAINER].transactions() as uow:
        if number:
            rma = await uow.returns.by_number(number)
            return await uow.orders.get(rma.order_id) if rma else None
        found = await uow.orders.find(order) if order and order.isprintable() else None
    return found[1] if found else None


async def _item(request: web.Request, text: str, order: Order) -> dict[str, Any]:
    """Which line of that order the item belongs to."""
    epc = read_epc(text)
    async with request.app[CONTAINER].transactions() as uow:
        items = {line.sku: await uow.catalogue.get(line.sku) for line in order.lines}
    gtins = {sku: item.gtin for sku, item in items.items() if item is not None and item.gtin}
    line = line_of(order, epc, gtins)
    return {"kind": "item", "line": line.id if line else None, "epc": epc.uri, "gtin": epc.gtin, "unit": epc.serial is not None}


@routes.get(f"{HOME}/parcels")
async def parcels(request: web.Request) -> web.Response:
    async with request.app[CONTAINER].transactions() as uow:
        waiting = await uow.goods.parcels()
    return answer_json({"parcels": [parcel_row(parcel, words_of(request)) for parcel in waiting]})


@routes.get(HOME + r"/photos/{photo:\d{1,9}}")
async def photo(request: web.Request) -> web.Response:
    async with request.app[CONTAINER].transactions() as uow:
        found = await uow.goods.photo(int(request.match_info["photo"]))
    if found is None:
        raise NotFound("there is no such photo")
    mime, content = found
    return web.Response(body=content, content_type=mime)
