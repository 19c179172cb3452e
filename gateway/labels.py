"""Labels at signed addresses: drawn when asked for, from the shipment that the return keeps."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from gateway.keys import CONTAINER, LIMITS
from gateway.problems import Problem
from gateway.wire import PDF, PNG
from rma.labels import label_pdf, label_png, label_zpl, qr_png
from rma.model.returns import RELEASED
from rma.model.shipping import Shipment

routes = web.RouteTableDef()

Drawing = Callable[[Shipment], bytes]


def _drawing(form: str, purpose: str) -> tuple[Drawing, str]:
    match form:
        case "pdf":
            return label_pdf, PDF
        case "png":
            return (qr_png if purpose == "qr" else label_png), PNG
        case _:
            return (lambda shipment: label_zpl(shipment).encode("ascii")), "application/zpl"


@routes.get(r"/labels/{token}.{form:pdf|png|zpl}")
async def label(request: web.Request) -> web.Response:
    limits, container = request.app[LIMITS], request.app[CONTAINER]
    await limits.hit("label", limits.address(request))
    paper = container.links.read(request.match_info["token"])
    if paper.kind not in ("label", "qr"):
        raise Problem(404, "This link has expired or is incomplete; the assistant can send the label again.")
    found = await container.returns.get(paper.ref)
    if found.status in RELEASED:
        raise Problem(404, "This label is no longer valid: its return was called off.")
    form = request.match_info["form"]
    draw, mime = _drawing(form, paper.kind)
    content = await asyncio.to_thread(draw, container.returns.shipment(found))
    headers = {
        "Content-Disposition": f'inline; filename="{found.number}.{form}"',
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
    }
    if form == "pdf":
        # Browsers show a PDF in a page of their own, which the policy of our pages would leave without its styles.
        headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return web.Response(body=content, content_type=mime, headers=headers)
