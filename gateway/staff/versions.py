"""Versions of a return: told as an entity tag, and asked for by those who must not work on an old one (RFC 9110 section 13)."""

import re

from aiohttp import web

from rma.model.errors import Outdated
from rma.model.returns import Return

_TAG = re.compile(r'(?:W/)?"[^"]*"')


def tag(rma: Return) -> str:
    return f'"{rma.number}.{rma.version}"'


def _named(request: web.Request, header: str) -> set[str] | None:
    """The tags of a header, None without one. What is no tag is none that could be the present one."""
    values = request.headers.getall(header, [])
    if not values:
        return None
    text = ",".join(values)
    return {"*"} if text.strip() == "*" else set(_TAG.findall(text))


def check(request: web.Request, rma: Return) -> None:
    """Raises Outdated when If-Match names other versions than the present one. A weak tag never matches."""
    named = _named(request, "If-Match")
    if named is not None and not named & {"*", tag(rma)}:
        raise Outdated(f"{rma.number} is not as If-Match says any more; read it again")


def unchanged(request: web.Request, rma: Return) -> bool:
    """Whether If-None-Match names the present version."""
    named = _named(request, "If-None-Match")
    return named is not None and bool({name.removeprefix("W/") for name in named} & {"*", tag(rma)})
