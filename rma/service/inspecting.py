"""What came is looked at: graded, accepted or not, and sent the way that the rules propose or a person chooses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rma.model.codes import Disposition, ReturnStatus
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.goods import Grade, Unit, expected_grade
from rma.model.money import written
from rma.model.numbers import parse_return_number
from rma.model.orders import Order
from rma.model.refunding import RefundStatus
from rma.model.returns import ACCEPTS_NOTHING, REVIVABLE, Return, ReturnLine
from rma.model.support import Cause
from rma.policy.amounts import items_amount, paid_for
from rma.policy.dispositions import Dispositions, Proposal
from rma.service.holding import holding
from rma.service.moving import go_on
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.receiving import missing_unit, note_dispositions
from rma.service.refunds.due import pays_out
from rma.service.returns import Also
from rma.service.tagged import Tags

S = ReturnStatus
INSPECTED_UNITS = "inspected_units"


@dataclass(frozen=True)
class Look:
    """`quantity` None: all units of the line that nobody looked at yet; `grade` None: as the shopper said; `disposition` None: as
    proposed. A disposition of `missing` says that announced units are not there."""

    line: str
    quantity: int | None = None
    grade: Grade | None = None
    accepted: bool = True
    disposition: Disposition | None = None
    why: str | None = None
    photo: int | None = None
    epcs: tuple[str, ...] = ()


class InspectionDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        dispositions: Dispositions,
        notices: NoticeDesk,
        inspected: Callable[[], None] = lambda: None,
    ) -> None:
        """`inspected` is called after each commit: somebody waits for units that can be sold again."""
        self._inspected = inspected
        self._transactions = transactions
        self._clock = clock
        self._dispositions = dispositions
        self._notices = notices

    async def propose(self, number: str, line_id: str, grade: Grade | None = None) -> Proposal:
        """What the rules would do with a unit of that grade. Raises NotFound."""
        async with self._transactions() as uow:
            rma, order = await _found(uow, number)
        return self._proposal(order, _line(rma, line_id), grade)

    def proposals(self, rma: Return, order: Order) -> dict[str, dict[Grade, Proposal]]:
        """What the rules would do with units of each of its lines, by grade."""
        return {line.id: {grade: self._proposal(order, line, grade) for grade in Grade} for line in rma.lines}

    def _proposal(self, order: Order, line: ReturnLine, grade: Grade | None) -> Proposal:
        bought = order.line(line.id)
        if bought is None:
            raise NotFound(f"order {order.number} has no line {line.id}")
        return self._dispositions.propose(order, bought, line.reason, grade or expected_grade(line.reason, line.condition))

    async def inspect(
        self,
        number: str,
        looks: Sequence[Look] | None,
        by: str,
        also: Also | None = None,
        first: Also | None = None,
    ) -> Return:
        """Keeps what was seen, all of it or nothing. `looks` None: everything that came is as announced. Raises NotFound, Refused
        (more units than came, a way that the law forbids, a choice without a reason), Conflict when there is nothing to look at."""
        async with self._transactions() as uow:
            rma, order = await _found(uow, number)
            if first is not None:
                await first(uow, rma)
            if looks is not None and not looks:
                raise Refused("no line is named: say what was seen of which, or leave lines out where all is as announced")
            looks = _as_announced(rma) if looks is None else looks
            if not looks:
                raise Conflict(f"{rma.number} is {rma.status}: {_nothing(rma)}")
            now = self._clock()
            tags = Tags(rma, order)
            async with holding(uow, rma, now):
                seen_as = [await self._look(uow, rma, order, look, by, tags) for look in looks]
            await tags.check(uow)
            units = [unit for unit in seen_as if unit is not None]
            await uow.goods.add(units)
            for line_id in dict.fromkeys(unit.line for unit in units):
                await note_dispositions(uow, rma, line_id)
            seen = [
                {"line": u.line, "quantity": u.quantity, "grade": u.grade, "accepted": u.accepted, "disposition": u.disposition}
                for u in units
            ]
            rma.note(INSPECTED_UNITS, now, by, units=seen)
            if rma.is_inspected and rma.status not in REVIVABLE:  # that goods were refused revives nothing
                go_on(rma, now, by)
            await uow.returns.save(rma)
            await self._notices.checked(uow, rma, order, units)
            if rma.conversation and any(not unit.accepted for unit in units):
                refused = [entry for entry in seen if not entry["accepted"]]
                await uow.conversations.open_ticket(
                    rma.conversation, Cause.PARCEL, {"number": rma.number, "units": refused}, now
                )
            if also is not None:
                await also(uow, rma)
        self._inspected()
        return rma

    async def _look(self, uow: UnitOfWork, rma: Return, order: Order, look: Look, by: str, tags: Tags) -> Unit | None:
        line, why = _line(rma, look.line), (look.why or "").strip()[:500] or None
        if look.disposition is Disposition.MISSING:
            return self._gone(rma, line, look.quantity, by)
        quantity = line.uninspected if look.quantity is None else look.quantity
        if not 1 <= quantity <= line.uninspected:
            raise Refused(f"line {line.id}: {quantity} units, but {line.uninspected} came that nobody looked at yet")
        await tags.take(uow, line.id, look.epcs, quantity)
        proposal = self._proposal(order, line, look.grade)
        if look.accepted:
            _check_wanted(rma, line, quantity)
            disposition: Disposition | None = self._dispositions.chosen(proposal, look.disposition, why)
            await _take_surplus(uow, rma, order, line, quantity)
            line.accepted += quantity
        else:
            if not why:
                raise Refused(f"line {line.id}: say why it is not accepted; the shopper reads it")
            disposition = None
            line.rejected += quantity
        return Unit(
            number=rma.number, line=line.id, sku=line.sku, quantity=quantity,
            grade=look.grade or expected_grade(line.reason, line.condition), accepted=look.accepted, disposition=disposition,
            proposed=proposal.disposition, rule=proposal.rule, why=why, apart=proposal.apart, photo=look.photo,
            epcs=list(look.epcs), by=by, at=self._clock(),
        )  # fmt: skip

    def _gone(self, rma: Return, line: ReturnLine, quantity: int | None, by: str) -> Unit | None:
        """Announced and not in the parcel; or counted, and not there after all. What was counted by mistake beyond what was
        announced is taken back and missed by nobody: None."""
        can = line.outstanding + line.uninspected
        quantity = (line.outstanding or line.uninspected) if quantity is None else quantity
        if not 1 <= quantity <= can:
            raise Refused(f"line {line.id}: {quantity} units are missing, but {can} can be")
        counted = max(quantity - line.outstanding, 0)
        slip = min(counted, line.surplus)
        line.received -= counted
        line.missing += quantity - slip
        return missing_unit(rma, line.id, quantity - slip, by, self._clock()) if quantity > slip else None


def _check_wanted(rma: Return, line: ReturnLine, quantity: int) -> None:
    """Raises Conflict for goods that nothing can go back for: accepting them would take them from the shopper for nothing."""
    if rma.status in (S.REQUESTED, S.REVIEW):
        raise Conflict(f"{rma.number} is {rma.status}: somebody decides on it first; until then its goods are counted only")
    if rma.status in ACCEPTS_NOTHING:
        raise Conflict(
            f"{rma.number} is {rma.status}: its goods are the shopper's, so none is accepted; say of each that it is not, and why"
        )
    if rma.status is S.CLOSED and line.accepted + quantity > line.refunded:
        raise _beyond(rma, line.accepted + quantity - line.refunded)


def _beyond(rma: Return, extra: int) -> Conflict:
    return Conflict(
        f"{rma.number} is {rma.status}, and {extra} of these came beyond it: inspect them as missing, which takes them off, "
        f"and receive them again as unannounced goods of order {rma.order}"
    )


async def _take_surplus(uow: UnitOfWork, rma: Return, order: Order, line: ReturnLine, quantity: int) -> None:
    """Accepting more than was announced announces the rest: it is taken from what was bought, and adds to what is due."""
    extra = line.accepted + quantity - line.quantity
    if extra <= 0:
        return
    if rma.status in (S.REFUNDED, S.EXCHANGED, S.CLOSED):
        raise _beyond(rma, extra)
    bought = order.line(line.id)
    assert bought is not None
    more = items_amount(bought, line.quantity + extra, order.currency) - items_amount(bought, line.quantity, order.currency)
    line.quantity += extra
    if any(refund.status is RefundStatus.PAID for refund in await uow.refunds.of(rma.number)):
        return  # It says what was paid by now; what is due counts the units.
    if pays_out(rma, line, Decimal(rma.refund["items"])):
        total = min(Decimal(rma.refund["total"]) + more, paid_for(order))
        amounts = {"items": Decimal(rma.refund["items"]) + more, "total": total}
        rma.refund = rma.refund | {name: written(amount, order.currency) for name, amount in amounts.items()}


def _as_announced(rma: Return) -> list[Look]:
    if over := [line.id for line in rma.lines if line.uninspected > line.quantity - line.accepted - line.rejected]:
        raise Refused(f"line {over[0]}: more came than was announced; say by line what becomes of it")
    return [Look(line.id) for line in rma.lines if line.uninspected]


def _nothing(rma: Return) -> str:
    came = any(line.received for line in rma.lines)
    return "all that came was inspected" if came else "nothing of it came yet; receive it first"


def _line(rma: Return, line_id: str) -> ReturnLine:
    line = rma.line(line_id)
    if line is None:
        raise Refused(f"{rma.number} has no line {line_id}")
    return line


async def _found(uow: UnitOfWork, number: str) -> tuple[Return, Order]:
    number = parse_return_number(number)
    rma = await uow.returns.by_number(number)
    if rma is None:
        raise NotFound(f"there is no return {number}")
    return rma, await uow.orders.get(rma.order_id)
