"""Lists in pages: how many, from where on, and the address of the next one."""

from urllib.parse import urlencode

from aiohttp import web

from gateway.problems import Problem

LARGEST = 2**31 - 1


def limit_of(request: web.Request, most: int) -> int:
    """The `limit` of the query, `most` without one. Raises Problem 422."""
    return whole_of(request, "limit", most, most) or most


def whole_of(request: web.Request, name: str, otherwise: int | None, most: int = LARGEST) -> int | None:
    """A whole number of the query from 1 to `most`. Raises Problem 422."""
    raw = request.query.get(name)
    if raw is None:
        return otherwise
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 10 and 1 <= int(raw) <= most):
        raise Problem(422, f"'{name}' is not a whole number from 1 to {most}.")
    return int(raw)


def link_to_next(request: web.Request, limit: int, **place: object) -> dict[str, str]:
    """The header that names the next page, which goes on at `place`."""
    query = dict(request.query) | {"limit": str(limit)} | {name: str(value) for name, value in place.items()}
    return {"Link": f'<{request.path}?{urlencode(query, errors="replace")}>; rel="next"'}
