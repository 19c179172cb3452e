"""Errors as the caller reads them: application/problem+json (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aiohttp import web


class Problem(Exception):
    """An answer other than the one asked for. `detail` says what to do about it and holds nothing of the caller's
    input. `errors` are the single mistakes of a body: {"pointer", "detail"}."""

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = [dict(error) for error in errors]

    def document(self) -> dict[str, Any]:
        """`type` is about:blank: the status says it all, and RFC 9457 then wants its phrase as the title."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        } | ({"errors": self.errors} if self.errors else {})

    def response(self) -> web.Response:
        return web.Response(
            status=self.status,
            body=json.dumps(self.document()).encode(),
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store"} | self.headers,
        )
