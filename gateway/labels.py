"""Labels, codes for the counter and customs papers at signed addresses: drawn when asked for, from the shipment that the return
keeps, or as the carrier drew them."""

from aiohttp import web

from gateway.keys import CONTAINER, LIMITS
from gateway.problems import Problem
from gateway.wire import PDF, PNG
from rma.model.returns import RELEASED

routes = web.RouteTableDef()

_MIMES = {"pdf": PDF, "png": PNG, "zpl": "application/zpl"}


@routes.get(r"/labels/{token}.{form:pdf|png|zpl}")
async def label(request: web.Request) -> web.Response:
    limits, container = request.app[LIMITS], request.app[CONTAINER]
    await limits.hit("label", limits.address(request))
    paper = container.links.read(request.match_info["token"])
    if paper.kind not in ("label", "qr", "customs"):
        raise Problem(404, "This link has expired or is incomplete; the assistant can send the label again.")
    found = await container.returns.get(paper.ref)
    if found.status in RELEASED:
        raise Problem(404, "This label is no longer valid: its return was called off.")
    form = request.match_info["form"]
    # The page with the code is for a screen; whoever asks for something to print is given the label.
    kind = "label" if paper.kind == "qr" and form != "png" else paper.kind
    drawn = await container.papers.of_return(found, kind, _MIMES[form])
    headers = {
        "Content-Disposition": f'inline; filename="{drawn.filename}"',
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
    }
    if form == "pdf":
        # Browsers show a PDF in a page of their own, which the policy of our pages would leave without its styles.
        headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return web.Response(body=drawn.content, content_type=drawn.mime, headers=headers)
