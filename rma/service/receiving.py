"""The parcel is here: what was in it is counted, against what was announced, whatever the return's state.

What is counted is a fact, so counting refuses nothing that can be true: fewer units than announced, more, others, a parcel of a
return that expired or was called off. Only what becomes of it is decided later (rma.service.inspecting).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog

from rma.model.codes import Condition, Disposition, Language, Reason, Resolution, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused, Stale
from rma.model.goods import Parcel, Unit
from rma.model.numbers import MistypedNumber, parse_return_number
from rma.model.orders import Order
from rma.model.returns import REVIVABLE, Return, ReturnLine
from rma.model.support import Cause
from rma.policy import Code
from rma.service.exchanges import wanted_again
from rma.service.holding import holding
from rma.service.moving import go_on
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.returns import Also, Declined, Plan, PlannedLine, ReturnDesk

log = structlog.get_logger(__name__)

MOST = 1000
"""Units of a line in one count: more is a slip of a scanner."""
ARRIVED = "arrived"
AlsoParcel = Callable[[UnitOfWork, Parcel], Awaitable[None]]
"""What is to happen with a change of a parcel in the same transaction, or not at all."""


_UNEXPECTED = frozenset({ReturnStatus.DECLINED, ReturnStatus.CLOSED})
"""What comes then was not to come: somebody looks at it."""


@dataclass(frozen=True)
class Arrival:
    """What was counted. `lines` are units by line id, added to what came before; None for all that is outstanding. `complete`: no
    more is to come, so what is outstanding is missing. `others`: {"sku" or "name", "quantity"} of goods that the order has not."""

    lines: Mapping[str, int] | None = None
    complete: bool = False
    others: Sequence[Mapping[str, Any]] = ()
    scanned: str | None = None
    note: str | None = None
    photo: int | None = None


class ScanKind(StrEnum):
    RETURN = "return"
    TRACKING = "tracking"
    ORDER = "order"
    MISTYPED = "mistyped"
    """Written like a return number, with a wrong check character."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Scan:
    """What a scanned text means: the returns it may be about, and the order it names."""

    kind: ScanKind
    returns: list[Return] = field(default_factory=list)
    order: str | None = None


class ReceivingDesk:
    def __init__(
        self, transactions: Transactions, clock: Clock, returns: ReturnDesk, notices: NoticeDesk
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._returns = returns
        self._notices = notices

    async def find(self, scanned: str) -> Scan:
        """What stands on a parcel: a return number, a tracking number, the text of our QR, or an order number."""
        # What a scanner adds (FNC1 as GS, say) parts words too, and no database of ours is asked for NUL.
        words = "".join(c if c.isprintable() else " " for c in scanned[:200]).split() or [""]
        mistyped = False
        async with self._transactions() as uow:
            for word in dict.fromkeys([" ".join(words), *words]):
                try:
                    if rma := await uow.returns.by_number(parse_return_number(word)):
                        return Scan(ScanKind.RETURN, [rma], rma.order)
                except MistypedNumber:
                    mistyped = mistyped or word.upper().startswith("RT-")
                if rma := await uow.returns.by_tracking(word.upper()):
                    return Scan(ScanKind.TRACKING, [rma], rma.order)
            if found := await uow.orders.find(" ".join(words)):
                return Scan(ScanKind.ORDER, await uow.returns.of_order(found[0]), found[1].number)
        return Scan(ScanKind.MISTYPED if mistyped else ScanKind.UNKNOWN)

    async def receive(
        self, number: str, arrival: Arrival, by: str, also: Also | None = None, first: Also | None = None
    ) -> Return:
        """Counts. `first` is asked before anything is changed. Raises NotFound, Refused for lines that the order has not and counts
        that make no sense, Conflict when nothing is outstanding and nothing was counted, or when the units went into another return
        since."""
        number = parse_return_number(number)
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
            if rma is None:
                raise NotFound(f"there is no return {number}")
            if first is not None:
                await first(uow, rma)
            order = await uow.orders.get(rma.order_id)
            counted = _counted(rma, order, arrival)
            if not any(counted.values()) and not arrival.others and not (arrival.complete and not rma.has_come):
                if not rma.has_come:
                    raise Conflict(f"{number} is {rma.status}: nothing was counted; count a unit, or say that no more is to come")
                raise Conflict(
                    f"{number} is {rma.status}: all that was announced came; count what else lay in the parcel by line"
                )
            elsewhere = f"{number} is {rma.status} and its units stand in another return of order {rma.order}: receive them there"
            async with holding(uow, rma, self._clock(), elsewhere):
                if rma.status in REVIVABLE:
                    await wanted_again(uow, rma, self._clock())
                await self._count(uow, rma, order, counted, arrival, by)
            if also is not None:
                await also(uow, rma)
            return rma

    async def _count(
        self, uow: UnitOfWork, rma: Return, order: Order, counted: Mapping[str, int], arrival: Arrival, by: str
    ) -> None:
        now, before = self._clock(), rma.status
        for line_id, units in counted.items():
            line = rma.line(line_id)
            if line is None:
                line = _unannounced_line(order, line_id)
                rma.lines.append(line)
            line.received += units
            if late := min(line.missing, max(line.received + line.missing - line.quantity, 0)):
                # It was given up, and comes all the same: nobody misses it any longer.
                line.missing -= late
                await uow.goods.turned_up(rma.number, line.id, late)
        missing = await self._missing(uow, rma, by) if arrival.complete else {}
        others = [dict(other) for other in arrival.others]
        detail = {"lines": dict(counted), "others": others, "missing": missing}
        rma.note(ARRIVED, now, by, **detail, scanned=arrival.scanned, note=arrival.note, photo=arrival.photo)
        go_on(rma, now, by, again=True)
        await uow.returns.save(rma)
        if others:
            await uow.goods.add_parcel(
                Parcel(number=rma.number, scanned=arrival.scanned, contents=others, note=arrival.note,
                       photo=arrival.photo, at=now, by=by)
            )  # fmt: skip
        arrivals = sum(event.kind == ARRIVED for event in rma.events)
        if any(counted.values()):
            await self._notices.received(uow, rma, order, str(arrivals) if arrivals > 1 else "")
        gone = [missing_unit(rma, line_id, units, by, now) for line_id, units in missing.items()]
        await self._notices.checked(uow, rma, order, gone)
        odd = missing or others or any(line.surplus for line in rma.lines) or before in _UNEXPECTED
        if odd and rma.conversation:
            await uow.conversations.open_ticket(rma.conversation, Cause.PARCEL, {"number": rma.number, **detail}, now)

    async def _missing(self, uow: UnitOfWork, rma: Return, by: str) -> dict[str, int]:
        """What is outstanding will not come."""
        missing = {line.id: line.outstanding for line in rma.lines if line.outstanding}
        for line_id, units in missing.items():
            line = rma.line(line_id)
            assert line is not None
            line.missing += units
        await uow.goods.add([missing_unit(rma, line_id, units, by, self._clock()) for line_id, units in missing.items()])
        for line_id in missing:
            await note_dispositions(uow, rma, line_id)
        return missing

    async def unplaced(self, parcel: Parcel, also: AlsoParcel | None = None) -> Parcel:
        """Keeps a parcel that belongs to no return yet, for somebody of the team to place."""
        async with self._transactions() as uow:
            kept = await uow.goods.add_parcel(parcel)
            if also is not None:
                await also(uow, kept)
            return kept

    async def place(
        self, parcel_id: int, by: str, outcome: str, number: str | None = None, also: AlsoParcel | None = None
    ) -> Parcel:
        """Says what a parcel was. Raises NotFound, Conflict when somebody said already, Refused for no words."""
        if not outcome.strip():
            raise Refused("say in a few words what became of it")
        number = parse_return_number(number) if number else None
        async with self._transactions() as uow:
            if number and await uow.returns.by_number(number) is None:
                raise NotFound(f"there is no return {number}")
            settled = await uow.goods.settle_parcel(parcel_id, self._clock(), by, outcome.strip()[:300], number)
            if also is not None:
                await also(uow, settled)
            return settled

    async def unannounced(
        self,
        order_number: str,
        lines: Mapping[str, int],
        by: str,
        key: str,
        scanned: str | None = None,
        also: AlsoParcel | None = None,
    ) -> Return | Parcel:
        """Goods of an order that nobody announced: a return is made of them as the policy decides, and received. Where the policy
        declines, or there is no such order, they wait as a parcel. The same `key` never makes a second return."""
        async with self._transactions() as uow:
            found = await uow.orders.find(order_number)
            known = await uow.returns.by_key(f"warehouse:{key}") if found else None
        if known is not None:
            # A crash may have come between the making of it and the counting.
            counted = Arrival({line_id: units for line_id, units in lines.items() if units}, scanned=scanned)
            came = any(line.received for line in known.lines)
            return known if came else await self.receive(known.number, counted, by, first=_uncounted)
        if found is None:
            contents = [{"name": f"{order_number}: {line}", "quantity": units} for line, units in lines.items()]
            return await self.unplaced(
                Parcel(scanned=scanned, contents=contents, note=f"there is no order {order_number}", at=self._clock(), by=by),
                also,
            )
        order_id, order = found
        planned = tuple(
            PlannedLine(id=line_id, quantity=units, reason=Reason.OTHER, condition=Condition.OPENED)
            for line_id, units in _checked(order, lines).items()
            if units
        )
        if not planned:
            raise Refused("count at least one unit")
        language = order.customer.language or Language.EN
        plan = Plan(f"warehouse:{key}", order_id, planned, Resolution.REFUND, language, arrived=True)
        try:
            rma = await self._returns.create(plan, by=by)
        except (Declined, Conflict) as error:
            log.info("unannounced goods wait", order=order.number, why=type(error).__name__)
            titles = {line.id: line.sku for line in order.lines}
            return await self.unplaced(
                Parcel(scanned=scanned, contents=[{"sku": titles[id_], "quantity": units} for id_, units in lines.items()],
                       note=f"order {order.number}: {_why(error)}", at=self._clock(), by=by),
                also,
            )  # fmt: skip
        counted = Arrival({line.id: line.quantity for line in planned}, scanned=scanned)
        return await self.receive(rma.number, counted, by, first=_uncounted)


def _why(error: Declined | Conflict) -> str:
    """Why no return was made of goods, for whoever has to place them."""
    if not isinstance(error, Declined):
        return str(error)
    codes = list(dict.fromkeys(code for line in error.decision.lines for code in line.codes))
    if codes == [Code.EXHAUSTED]:
        return "more units than were bought and are in no return yet"
    return f"the policy declines it ({', '.join(codes)})"


async def _uncounted(_uow: UnitOfWork, rma: Return) -> None:
    """Raises Stale when the same request, sent again, counted these goods meanwhile."""
    if any(line.received for line in rma.lines):
        raise Stale(f"{rma.number} was received already")


def missing_unit(rma: Return, line_id: str, units: int, by: str, at: datetime) -> Unit:
    line = rma.line(line_id)
    assert line is not None
    return Unit(
        number=rma.number, line=line_id, sku=line.sku, quantity=units, grade=None, accepted=False,
        disposition=Disposition.MISSING, rule="not in the parcel", by=by, at=at,
    )  # fmt: skip


async def note_dispositions(uow: UnitOfWork, rma: Return, line_id: str) -> None:
    """The line's disposition is that of most of its units, the latest of two that are alike."""
    totals: dict[Disposition, int] = {}
    for unit in await uow.goods.of(rma.number):
        if unit.line == line_id and unit.disposition is not None:
            totals[unit.disposition] = totals.pop(unit.disposition, 0) + unit.quantity
    line = rma.line(line_id)
    assert line is not None
    most = max(totals.values(), default=0)
    line.disposition = next((way for way, units in reversed(totals.items()) if units == most), None)


def _counted(rma: Return, order: Order, arrival: Arrival) -> dict[str, int]:
    if arrival.lines is None:
        expected = {line.id: line.outstanding for line in rma.lines if line.outstanding}
        if not expected and not any(line.received for line in rma.lines):
            # Nothing had to come, and a parcel is here all the same.
            expected = {line.id: line.quantity for line in rma.lines if line.stays}
        return {} if arrival.complete else expected
    return _checked(order, arrival.lines)


def _checked(order: Order, lines: Mapping[str, int]) -> dict[str, int]:
    for line_id, units in lines.items():
        if order.line(line_id) is None:
            raise Refused(f"order {order.number} has no line {line_id}; name goods of another order under 'others'")
        if not 0 <= units <= MOST:
            raise Refused(f"line {line_id}: {units} units counted; expected 0 to {MOST}")
    return dict(lines)


def _unannounced_line(order: Order, line_id: str) -> ReturnLine:
    line = order.line(line_id)
    assert line is not None
    return ReturnLine(id=line.id, sku=line.sku, name=line.title, quantity=0, reason=Reason.OTHER)
