"""The fields of the withdrawal function: read, cleaned, and what is wrong with each."""

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from aiohttp import web

from gateway.bodies import read_bounded
from gateway.problems import Problem
from rma.model.codes import Language
from rma.model.withdrawals import Statement

BODY_LIMIT = 64 * 1024
LIMITS = {"name": 100, "order": 200, "contact": 254, "items": 600}
"""Characters."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_SPACES = re.compile(r"\s+")


@dataclass
class Entered:
    """What was typed, cleaned, and the problem with each field: the key of its text and its variables."""

    values: dict[str, str]
    errors: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)

    def statement(self, language: Language) -> Statement:
        values = self.values
        return Statement(
            name=values["name"],
            order=values["order"],
            contact=values["contact"],
            items=values["items"] or None,
            language=language,
        )


async def posted(request: web.Request) -> dict[str, str]:
    """The fields of a form, each once. Raises Problem 400, 413, 415."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Problem(415, "Send the form as application/x-www-form-urlencoded.")
    # Modern browsers say where a form comes from; no other site has a reason to send this one. (An Origin would be "null"
    # here, since our pages name no referrer.)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Problem(403, "The form was sent from another site; open the page itself.")
    body = await read_bounded(request, BODY_LIMIT)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise Problem(400, "The form cannot be read.") from None
    return {name: values[0] for name, values in fields.items()}


def entered(fields: dict[str, str]) -> Entered:
    """The four fields of `fields`, cleaned and checked."""
    form = Entered({name: _cleaned(fields.get(name, "")) for name in LIMITS})
    for name, limit in LIMITS.items():
        value = form.values[name]
        if len(value) > limit:
            form.errors[name] = ("too_long", {"limit": limit, "length": len(value)})
        elif not value and name != "items":
            form.errors[name] = (f"{name}_missing", {})
    if "contact" not in form.errors and not _ADDRESS.fullmatch(form.values["contact"]):
        form.errors["contact"] = ("contact_wrong", {})
    return form


def _cleaned(text: str) -> str:
    """Without control and format characters (a bidirectional override reads otherwise than it was written), spaces collapsed."""
    normal = unicodedata.normalize("NFC", text)
    kept = "".join(character if unicodedata.category(character)[0] != "C" else " " for character in normal)
    return _SPACES.sub(" ", kept).strip()
