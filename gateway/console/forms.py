"""Forms of the console: read once, bounded, and only from our own pages."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from gateway.bodies import checked, cleaned, read_bounded
from gateway.keys import CONTAINER
from gateway.problems import Problem

BODY_LIMIT = 256 * 1024
"""Bytes: 10,000 characters outside the BMP are 120,000, percent-encoded."""
FIELDS = 500
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,4})?")


class Form:
    """The fields that were sent."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def raw(self, name: str) -> str:
        """The first value as it came, empty without one. For secrets, which nobody may change."""
        return checked(self._fields.get(name, [""])[0], name)

    def line(self, name: str, limit: int = 500) -> str:
        """One line of text, perhaps empty. Raises Problem 422 beyond `limit` characters."""
        text = _UNWANTED.sub(" ", self.raw(name)).strip()
        if len(text) > limit:
            raise Problem(422, f"'{name}' is longer than {limit} characters.")
        return text

    def text(self, name: str) -> str:
        """What was written, with its lines. Raises Problem 413, 422 as for a shopper."""
        return cleaned(self.raw(name))

    def names(self) -> list[str]:
        return list(self._fields)

    def whole(self, name: str, least: int = 0) -> int:
        """Raises Problem 422 for what is no whole number from `least`."""
        text = self.line(name, 12)
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise Problem(422, f"'{name}' is not a whole number from {least} on.")
        return int(text)

    def amount(self, name: str) -> Decimal:
        """With a point or a comma. Raises Problem 422."""
        text = self.line(name, 20).replace("\u00a0", "").replace(" ", "")
        if not _AMOUNT.fullmatch(text):
            raise Problem(422, "The amount is not a number such as 19.90.")
        try:
            return Decimal(text.replace(",", "."))
        except InvalidOperation:
            raise Problem(422, "The amount is not a number such as 19.90.") from None

    def instant(self, name: str, zone: ZoneInfo) -> datetime:
        """A browser's datetime-local, on the clock of `zone`. Raises Problem 422."""
        try:
            return datetime.fromisoformat(self.line(name, 30)).replace(tzinfo=zone)
        except ValueError:
            raise Problem(422, "Choose a day and a time.") from None


FORM = web.RequestKey("console_form", Form)


async def posted(request: web.Request) -> Form:
    """Raises Problem 400, 403, 413, 415."""
    only_ours(request)
    if request.content_type != "application/x-www-form-urlencoded":
        raise Problem(415, "Send the form as application/x-www-form-urlencoded.")
    body = await read_bounded(request, BODY_LIMIT)
    try:
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"))
    except ValueError:
        raise Problem(400, "The form cannot be read.") from None


def picture_of(request: web.Request) -> Form | None:
    """For a picture that our script sends as it is: a form with nothing but what the header says; None for anything else. Another
    site's page cannot send that header."""
    if not request.content_type.startswith("image/"):
        return None
    only_ours(request)
    return Form({"csrf": [request.headers.get("X-CSRF", "")]})


def only_ours(request: web.Request) -> None:
    """Raises Problem 403 for what another site's page sends, whatever cookie comes with it. Every browser names the origin of a
    form and of a WebSocket; the name must be the one that was asked, or the shop's own."""
    scheme, _, host = request.headers.get(hdrs.ORIGIN, "").partition("://")
    own = urlsplit(request.app[CONTAINER].settings.address)
    if scheme not in ("http", "https") or host not in (request.host, own.netloc):
        raise Problem(403, "This came from another site; open the console itself.")
    if own.scheme == "https" and scheme != "https":
        raise Problem(403, "This came from a page without https; open the console at its own address.")
