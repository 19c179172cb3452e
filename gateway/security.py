"""Headers that keep a page from doing what it was not made for, and let any shop's page embed the chat."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from gateway.errors import Handler

_EMBEDDED = ("/api/chat/", "/static/")
_SHARED = ("/labels/", "/photos/")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def content_security_policy(address: str) -> str:
    """For pages served at `address`. 'self' alone does not cover WebSockets in every browser."""
    parts = urlsplit(address)
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            f"connect-src 'self' {socket}",
            "font-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def embeddable(path: str) -> bool:
    """Whether pages of other hosts may read it. They show who they are with a token in a header and never with a
    cookie, so every origin can be let in without lending anybody the shopper's identity."""
    return path == "/widget.js" or path.startswith(_EMBEDDED)


def headers_of(address: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """For `app.on_response_prepare`: a signal and not a middleware, because it reaches errors, files and WebSockets
    alike."""
    always = _ALWAYS | {"Content-Security-Policy": content_security_policy(address)}
    if address.startswith("https://"):
        always["Strict-Transport-Security"] = "max-age=31536000"

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        shared = embeddable(request.path) or request.path.startswith(_SHARED)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if shared else "same-origin")
        if embeddable(request.path):
            response.headers.update(_CORS)
        response.headers.pop(hdrs.SERVER, None)

    return add


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers a browser's OPTIONS for what may be embedded."""
    if request.method == hdrs.METH_OPTIONS and embeddable(request.path):
        return web.Response(status=204, headers=_PREFLIGHT)
    return await handler(request)
