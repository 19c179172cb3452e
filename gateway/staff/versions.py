"""Versions of a return: told as an entity tag, and asked for by those who must not work on an old one (RFC 9110 section 13)."""

import re

from aiohttp import web

from gateway.problems import Problem
from rma.model.errors import Outdated
from rma.model.returns import Return

_TAGS = re.compile(r'\s*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")(?:\s*,\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")*\s*')
_TAG = re.compile(r'(?:W/)?"[^"]*"')


def tag(rma: Return) -> str:
    return f'"{rma.number}.{rma.version}"'


def _named(request: web.Request, header: str) -> set[str] | None:
    """The tags of a header, None without one. Raises Problem 400."""
    values = request.headers.getall(header, [])
    if not values:
        return None
    text = ",".join(values)
    if text.strip() == "*":
        return {"*"}
    if not _TAGS.fullmatch(text):
        raise Problem(400, f'{header} is neither * nor a list of entity tags such as "RT-7K3M9QX4.3".')
    return set(_TAG.findall(text))


def check(request: web.Request, rma: Return) -> None:
    """Raises Outdated when If-Match names other versions than the present one. A weak tag never matches."""
    named = _named(request, "If-Match")
    if named is not None and not named & {"*", tag(rma)}:
        raise Outdated(f"{rma.number} was changed since you read it; read it again")


def unchanged(request: web.Request, rma: Return) -> bool:
    """Whether If-None-Match names the present version."""
    named = _named(request, "If-None-Match")
    return named is not None and bool({name.removeprefix("W/") for name in named} & {"*", tag(rma)})
