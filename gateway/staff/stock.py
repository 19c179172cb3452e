"""What came back of an article and can be sold again."""

from aiohttp import web

from gateway.keys import CONTAINER
from gateway.staff.access import needs
from gateway.staff.returns import is_one_line
from gateway.staff.shapes import json_of
from rma.model.errors import NotFound
from rma.model.staff import Scope

routes = web.RouteTableDef()


@routes.get("/api/stock/{sku}")
@needs(Scope.STOCK_READ)
async def read(request: web.Request) -> web.Response:
    sku = request.match_info["sku"]
    found = None
    if is_one_line(sku) and len(sku) <= 100:
        async with request.app[CONTAINER].transactions() as uow:
            found = await uow.returned_stock.of(sku)
    if found is None:
        raise NotFound("there is no such article in the catalogue, and none came back")
    return json_of(found.model_dump(mode="json"))
