"""GET /api/epcis: what happened to goods that came back, as EPCIS 2.0 events, asked for as its REST binding has it.

Values of one parameter are parted by `|`, and any of them will do; all parameters must be met. Of the query language it has what
these events can differ in; a parameter that it has not is 400, so that nobody takes all events for those that they asked for.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from gateway.keys import CONTAINER
from gateway.problems import Problem
from gateway.staff.access import needs
from rma.model.staff import Scope
from rma.model.tracing import Place, Source
from rma.service.epcis import EpcisDesk, Question, Step

routes = web.RouteTableDef()

PER_PAGE, MOST = 30, 1000
_VERSIONS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0", "Cache-Control": "no-store"}
FORMATS = ("No_Preference", "Never_Translates", "Always_GS1_Digital_Link", "Always_EPC_URN")
_URN = FORMATS[3]
_STEP_HEADS = re.compile(r"^(?:urn:epcglobal:cbv:bizstep:|https?://(?:ref|ns)\.gs1\.org/cbv/(?:BizStep-)?)")
TIMES = ("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime")
_TRANSACTIONS = {
    "EQ_bizTransaction": {},
    "EQ_bizTransaction_rma": {"order": False},
    "EQ_bizTransaction_po": {"rma": False},
}
_KNOWN = {"eventType", *TIMES, "EQ_action", "EQ_bizStep", *_TRANSACTIONS, "perPage", "nextPageToken"}
_VALUES = 100


@routes.get("/api/epcis")
@needs(Scope.EVENTS_READ, query=None)
async def events(request: web.Request) -> web.Response:
    desk = request.app[CONTAINER].epcis
    asked = _parameters(request)
    question = _question(asked, desk, _format(request, desk) == _URN)
    page = await desk.page(question) if question else None
    headers = _VERSIONS | {"GS1-EPC-Format": _format(request, desk)}
    if page and page.next:
        address = request.app[CONTAINER].settings.address
        more = request.rel_url.update_query({"nextPageToken": _token(page.next)})
        headers |= {"Link": f'<{address}{more}>; rel="next"'}
    document = desk.document(page.events if page else [])
    return web.json_response(document, headers=headers, content_type="application/ld+json")


def _parameters(request: web.Request) -> dict[str, str]:
    if unknown := [name for name in request.query if name not in _KNOWN]:
        raise Problem(400, f"There is no parameter {unknown[0][:60]!r} here; there are {', '.join(sorted(_KNOWN))}.")
    asked: dict[str, str] = {}
    for name in request.query:
        values = request.query.getall(name)
        if len(values) > 1 and not name.startswith("EQ_"):
            raise Problem(400, f"{name!r} is there more than once.")
        asked[name] = "|".join(values)
        if not asked[name].isprintable():
            raise Problem(400, f"{name!r} has characters that cannot be printed.")
    return asked


def _question(asked: dict[str, str], desk: EpcisDesk, urns: bool) -> Question | None:
    """None where nothing that there is can be meant."""
    steps = frozenset(Step)
    if "EQ_bizStep" in asked:
        steps &= {step for step in Step if step.value in {_STEP_HEADS.sub("", name) for name in _values(asked, "EQ_bizStep")}}
    if "EQ_action" in asked:
        actions = set(_values(asked, "EQ_action"))
        if not actions <= {"ADD", "OBSERVE", "DELETE"}:
            raise Problem(422, "'EQ_action' is one of ADD, OBSERVE, DELETE.")
        steps = frozenset(step for step in steps if step.action in actions)
    if "eventType" in asked and not {"ObjectEvent", "EPCISEvent"} & set(_values(asked, "eventType")):
        steps = frozenset()
    transactions = tuple(
        desk.transactions(_values(asked, name), **kinds) for name, kinds in _TRANSACTIONS.items() if name in asked
    )
    # Things are recorded as they happen, so both times are one.
    since = _latest(max, (_instant(asked, name) for name in ("GE_eventTime", "GE_recordTime")))
    before = _latest(min, (_instant(asked, name) for name in ("LT_eventTime", "LT_recordTime")))
    after, limit = _place(asked.get("nextPageToken")), _limit(asked.get("perPage"))
    if not steps or any(not (each.numbers or each.orders) for each in transactions):
        return None
    return Question(steps, since, before, transactions, after, limit, urns)


def _values(asked: dict[str, str], name: str) -> list[str]:
    values = [value.strip() for value in asked[name].split("|") if value.strip()]
    if not 1 <= len(values) <= _VALUES:
        raise Problem(422, f"{name!r} wants 1 to {_VALUES} values, parted by |.")
    return values


def _latest(choose: Any, instants: Iterable[datetime | None]) -> datetime | None:
    return choose((each for each in instants if each), default=None)  # type: ignore[no-any-return]


def _instant(asked: dict[str, str], name: str) -> datetime | None:
    if name not in asked:
        return None
    try:
        # A + that was not escaped came as a space.
        moment = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", asked[name].strip()).upper())
        if moment.tzinfo is None or not 1970 <= moment.year <= 9000:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(422, f"{name!r} is no instant with its offset, such as 2026-11-05T14:00:00+01:00.") from None


def _limit(given: str | None) -> int:
    if given is None:
        return PER_PAGE
    if not re.fullmatch(r"[0-9]{1,9}", given) or not 1 <= int(given) <= MOST:
        raise Problem(422, f"'perPage' is a whole number from 1 to {MOST}.")
    return int(given)


def _format(request: web.Request, desk: EpcisDesk) -> str:
    wanted = request.headers.get("GS1-EPC-Format", FORMATS[0]).strip()
    if wanted not in FORMATS:
        raise Problem(400, f"GS1-EPC-Format is one of {', '.join(FORMATS)}.")
    if wanted == _URN and not desk.has_urns:
        raise Problem(406, "EPC URNs need the shop's GS1 company prefix, and none is set; ask for Always_GS1_Digital_Link.")
    return wanted if wanted == _URN else FORMATS[2]


def _token(place: Place) -> str:
    content = json.dumps([place.at.isoformat(), int(place.source), place.id, place.step], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _place(token: str | None) -> Place | None:
    if token is None:
        return None
    try:
        at, source, id_, step = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not 1970 <= moment.year <= 9000:
            raise ValueError
        if not all(type(number) is int and 0 <= number < 2**31 for number in (source, id_, step)):
            raise ValueError
        return Place(moment, Source(source), id_, step)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise Problem(422, "'nextPageToken' is none that was given out here; take it from the Link header.") from None
