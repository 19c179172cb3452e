"""What happened to goods that came back, as events of EPCIS 2.0 (JSON-LD) in the words of the Core Business Vocabulary 2.0.

One ObjectEvent for each time that goods arrived and each lot of equal units that was looked at, and another for where those went
at once: the shelf, the repair bench, the shredder. Made anew from the same rows at each question, under the same names.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from rma.model.codes import Disposition
from rma.model.epc import GS1_RESOLVER, Epc, read_epc
from rma.model.errors import Refused
from rma.model.goods import Grade
from rma.model.gs1 import Gs1
from rma.model.gtin import gtin14
from rma.model.numbers import MistypedNumber, parse_return_number
from rma.model.orders import order_key
from rma.model.tracing import Article, Place, Sighting, Source, Transactions, Wanted
from rma.service import ports

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_NAMES = UUID("5b0bd1de-7a3e-4d57-8a5c-4c2f0a6c8a52")
_TRANSACTION = "urn:epcglobal:cbv:bt:"


class Step(StrEnum):
    RECEIVING = "receiving"
    INSPECTING = "inspecting"
    STOCKING = "stocking"
    REPAIRING = "repairing"
    DESTROYING = "destroying"

    @property
    def action(self) -> str:
        """What was destroyed is not seen again."""
        return "DELETE" if self is Step.DESTROYING else "OBSERVE"


_AFTER = {
    Disposition.RESTOCK: Step.STOCKING,
    Disposition.REPAIR: Step.REPAIRING,
    Disposition.REFURBISH: Step.REPAIRING,
    Disposition.DESTROY: Step.DESTROYING,
}
"""What is done at once. Whatever is sold off, given away, recycled or sent to its maker leaves later, and nobody tells us when."""
_CONFORMANT = frozenset({Grade.AS_NEW, Grade.OPENED})


@dataclass(frozen=True)
class Question:
    """Parameters of SimpleEventQuery, read."""

    steps: frozenset[Step] = frozenset(Step)
    since: datetime | None = None
    before: datetime | None = None
    transactions: tuple[Transactions, ...] = ()
    after: Place | None = None
    limit: int = 30
    urns: bool = False


@dataclass(frozen=True)
class Page:
    events: list[dict[str, Any]]
    next: Place | None


class Names:
    """URIs of goods, places and transactions: GS1's where there are numbers of GS1's, else under the shop's own address, in the
    forms that CBV 2.0 gives them (`/class/`, `/loc/`, `/bt/`)."""

    def __init__(self, gs1: Gs1, address: str, urns: bool = False) -> None:
        self._gs1 = gs1
        self._own = f"{address}/epcis"
        self._prefix = gs1.company_prefix if urns else None

    def article(self, article: Article) -> str:
        gtin = gtin14(article.gtin or article.sku)
        return self.epc(Epc(gtin)) if gtin else f"{self._own}/class/{quote(article.sku, safe='')}"

    def epc(self, epc: Epc) -> str:
        return (epc.urn(self._prefix) if self._prefix else None) or epc.uri

    @property
    def place(self) -> str:
        gln = self._gs1.location
        if gln is None:
            return f"{self._own}/loc/returns"
        if self._prefix:
            return f"urn:epc:id:sgln:{self._prefix}.{gln[len(self._prefix) : 12]}.0"
        return f"{GS1_RESOLVER}/414/{gln}"

    def transaction(self, number: str) -> str:
        head = f"{_TRANSACTION}{self._gs1.location}:" if self._gs1.location else f"{self._own}/bt/"
        return head + quote(number, safe="")

    def number_of(self, uri: str) -> str | None:
        """The number that a transaction's URI names, or a bare one itself; None for a transaction of somebody else."""
        for head in (f"{self._own}/bt/", f"{_TRANSACTION}{self._gs1.location}:"):
            if uri.startswith(head):
                return unquote(uri.removeprefix(head))
        return None if "://" in uri or uri.startswith("urn:") else uri


class EpcisDesk:
    """`zone` is the clock of the place where returns arrive."""

    def __init__(self, transactions: ports.Transactions, clock: ports.Clock, gs1: Gs1, address: str, zone: ZoneInfo) -> None:
        self._transactions = transactions
        self._clock = clock
        self._gs1 = gs1
        self._address = address
        self._zone = zone

    @property
    def has_urns(self) -> bool:
        return self._gs1.company_prefix is not None

    def transactions(self, uris: Iterable[str], rma: bool = True, order: bool = True) -> Transactions:
        """The returns, and the orders, that URIs of transactions or bare numbers may name. Those of others name none."""
        names = Names(self._gs1, self._address)
        numbers = [number for number in (names.number_of(uri.strip()) for uri in uris) if number]
        returns = [found for found in map(_return_number, numbers) if found] if rma else []
        return Transactions(frozenset(returns), frozenset(map(order_key, numbers)) if order else frozenset())

    async def page(self, question: Question) -> Page:
        """Events in the order of time."""
        wanted = _wanted(question)
        names = Names(self._gs1, self._address, question.urns)
        events: list[dict[str, Any]] = []
        last = question.after
        while True:
            limit = question.limit - len(events) + 1
            async with self._transactions() as uow:
                seen = await uow.sightings.page(replace(wanted, after=last), limit + 1)
            for sighting in seen:
                for place, step in self._steps(sighting, question.steps):
                    if last and (place.at, place.source, place.id, place.step) <= (last.at, last.source, last.id, last.step):
                        continue
                    if len(events) == question.limit:
                        return Page(events, last)
                    events.append(self._event(sighting, step, names))
                    last = place
            if len(seen) <= limit:
                return Page(events, None)
            last = Place(seen[-1].at, seen[-1].source, seen[-1].id, len(Step))

    @staticmethod
    def _steps(sighting: Sighting, wanted: frozenset[Step]) -> Iterator[tuple[Place, Step]]:
        if sighting.source is Source.ARRIVAL:
            steps = [Step.RECEIVING] if any(sighting.counted.values()) else []
        else:
            after = _AFTER.get(sighting.disposition) if sighting.disposition else None
            steps = [Step.INSPECTING, *([after] if after else [])]
        for position, step in enumerate(steps):
            if step in wanted:
                yield Place(sighting.at, sighting.source, sighting.id, position), step

    def _event(self, sighting: Sighting, step: Step, names: Names) -> dict[str, Any]:
        local = sighting.at.astimezone(self._zone)
        offset = local.strftime("%z")
        goods = _counted(sighting, names) if step is Step.RECEIVING else _looked_at(sighting, names)
        return {
            "eventID": f"urn:uuid:{uuid5(_NAMES, f'{sighting.number} {sighting.source} {sighting.id} {step}')}",
            "type": "ObjectEvent",
            "action": step.action,
            "bizStep": step.value,
            "disposition": _disposition(sighting, step),
            **goods,
            "eventTime": local.isoformat(timespec="milliseconds"),
            "eventTimeZoneOffset": f"{offset[:3]}:{offset[3:5]}",
            "recordTime": sighting.at.isoformat(timespec="milliseconds"),
            "readPoint": {"id": names.place},
            "bizLocation": {"id": names.place},
            "bizTransactionList": [
                {"type": "rma", "bizTransaction": names.transaction(sighting.number)},
                {"type": "po", "bizTransaction": names.transaction(sighting.order)},
            ],
        }

    def document(self, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """An EPCISQueryDocument."""
        return {
            "@context": [CONTEXT],
            "type": "EPCISQueryDocument",
            "schemaVersion": "2.0",
            "creationDate": self._clock().isoformat(timespec="milliseconds"),
            "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}},
        }


def _return_number(text: str) -> str | None:
    """An order's number may look like a return's without RT-."""
    try:
        return parse_return_number(text) if text.strip().upper().startswith("RT") else None
    except MistypedNumber:
        return None


def _wanted(question: Question) -> Wanted:
    units = question.steps - {Step.RECEIVING}
    sources = {Source.ARRIVAL} if Step.RECEIVING in question.steps else set()
    dispositions = None
    if units:
        sources.add(Source.UNIT)
        if Step.INSPECTING not in units:
            dispositions = frozenset(way for way, step in _AFTER.items() if step in units)
    return Wanted(
        sources=frozenset(sources), dispositions=dispositions, since=question.since, before=question.before,
        transactions=question.transactions,
    )  # fmt: skip


def _disposition(sighting: Sighting, step: Step) -> str:
    match step:
        case Step.RECEIVING:
            return "returned"
        case Step.STOCKING:
            return "sellable_accessible"
        case Step.DESTROYING:
            return "destroyed"
    if sighting.grade is Grade.DAMAGED:
        return "damaged"
    if step is Step.REPAIRING:  # nothing that conforms is repaired, however good it looked
        return "non_conformant"
    return "conformant" if sighting.accepted and sighting.grade in _CONFORMANT else "non_conformant"


def _counted(sighting: Sighting, names: Names) -> dict[str, Any]:
    totals: dict[str, int] = {}
    for line, units in sighting.counted.items():
        if units:
            # The shop may since have written the order anew, without that line.
            name = names.article(sighting.articles.get(line) or Article(f"{sighting.order}:{line}"))
            totals[name] = totals.get(name, 0) + units
    return {"quantityList": [{"epcClass": name, "quantity": units} for name, units in totals.items()]}


def _looked_at(sighting: Sighting, names: Names) -> dict[str, Any]:
    units = list(dict.fromkeys(filter(None, (_unit(text, names) for text in sighting.epcs))))
    rest = sighting.quantity - len(units)
    goods: dict[str, Any] = {"epcList": units} if units else {}
    if rest > 0:
        name = names.article(sighting.articles.get(sighting.line) or Article(sighting.sku))
        goods |= {"quantityList": [{"epcClass": name, "quantity": rest}]}
    return goods


def _unit(text: str, names: Names) -> str | None:
    """A single unit's URI, of what a reader saw; None for what names a class of goods, or nothing."""
    try:
        epc = read_epc(text)
    except Refused:
        return None
    return names.epc(epc) if epc.serial is not None else None
