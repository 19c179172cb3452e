"""What carriers say of parcels, told by webhook or asked for: kept once, and what it means for the return.

Events come in any order, twice, late, and for returns that were called off. A return only ever moves forward, and never to
`received`: that the goods are here is for our own reception to say."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from rma.model.codes import ReturnStatus
from rma.model.errors import Conflict, NotFound
from rma.model.returns import Return, ReturnEvent
from rma.model.shipping import Carrier, CarrierRefused, CarrierUnavailable
from rma.model.tracking import AT_WAREHOUSE, SCANNED, TROUBLE, TrackingEvent, TrackingStatus
from rma.service.ports import Clock, Transactions

log = structlog.get_logger(__name__)

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=6)
"""How often a carrier is asked about a parcel: the older the label, the more rarely."""
TELLS_ITSELF = timedelta(hours=12)
"""How often one is asked that tells us by webhook: some of what it tells gets lost."""
GIVEN_UP = timedelta(days=120)
"""After which nobody waits for a parcel any more."""
AT_ONCE, MOST = 4, 200
PATIENCE = 45.0
"""Seconds that asking takes at most in one go: what else waits for its turn must not wait for a carrier."""
_WAITS = (ReturnStatus.LABEL_ISSUED, ReturnStatus.IN_TRANSIT, ReturnStatus.EXPIRED, ReturnStatus.CANCELLED)
"""Statuses in which a scan is news of the return."""


class TrackingDesk:
    """`carrier` gives the adapter of a carrier's code, None for one that is not configured any more."""

    def __init__(self, transactions: Transactions, clock: Clock, carrier: Callable[[str], Carrier | None]) -> None:
        self._transactions = transactions
        self._clock = clock
        self._carrier = carrier

    async def note(self, events: Sequence[TrackingEvent]) -> int:
        """Keeps what is new of `events`, and gives how many that were. Raises Conflict when the database stays busy."""

        def parcel(event: TrackingEvent) -> tuple[str, str]:
            return event.carrier, event.tracking_number

        return sum([await self._note(list(told)) for _, told in groupby(sorted(events, key=parcel), parcel)])

    async def _note(self, events: list[TrackingEvent]) -> int:
        for attempt in range(6):
            try:
                return await self._kept(events)
            except Conflict:  # The same event by another way, or somebody else changed the return.
                await asyncio.sleep(0.02 * 2**attempt)
        raise Conflict("what a carrier said could not be kept; it is asked again")

    async def _kept(self, events: list[TrackingEvent]) -> int:
        now = self._clock()
        async with self._transactions() as uow:
            new = await uow.tracking.add(events, now)
            number = await uow.tracking.return_of(events[0].carrier, events[0].tracking_number) if new else None
            rma = await uow.returns.by_number(number) if number else None
            if rma is not None and told(rma, new, now):
                await uow.returns.save(rma)
        return len(new)

    async def events(self, number: str) -> list[TrackingEvent]:
        """All that is known of a return's parcel, in the order in which it happened."""
        async with self._transactions() as uow:
            return await uow.tracking.of(number)

    async def look(self, number: str) -> int:
        """Asks the carrier of a return now; how many new events it told. Raises NotFound, CarrierUnavailable, CarrierRefused."""
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
        if rma is None or rma.label is None:
            raise NotFound(f"{number} has no parcel")
        carrier = self._carrier(rma.label.carrier)
        if carrier is None:
            raise NotFound(f"the carrier {rma.label.carrier} is not configured any more")
        said = await carrier.track(rma.label.tracking_number)
        noted = await self.note(said)
        over = bool(said) and said[-1].status is TrackingStatus.DELIVERED
        await self._again(rma.number, None if over else self._clock() + self._pause(rma, carrier))
        return noted

    def _pause(self, rma: Return, carrier: Carrier) -> timedelta:
        age = self._clock() - rma.created_at
        return max(SHORTEST, min(age / 24, LONGEST)) if carrier.polled else TELLS_ITSELF

    async def _again(self, number: str, at: datetime | None, failed: bool = False) -> None:
        async with self._transactions() as uow:
            await uow.tracking.look_again(number, at, failed)

    async def finish_interrupted(self) -> int:
        """Asks the carriers about the parcels whose turn it is; how many events that brought. Run now and then."""
        now = self._clock()
        async with self._transactions() as uow:
            due = await uow.tracking.due(now, now - GIVEN_UP, MOST)
        few, noted = asyncio.Semaphore(AT_ONCE), 0

        async def ask(number: str) -> None:
            nonlocal noted
            async with few:
                noted += await self._look_or_wait(number)

        with suppress(TimeoutError):  # The rest is due the next time.
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(ask(number) for number in due))
        return noted

    async def _look_or_wait(self, number: str) -> int:
        try:
            return await self.look(number)
        except NotFound:
            await self._again(number, None)
        except (CarrierUnavailable, CarrierRefused) as error:
            async with self._transactions() as uow:
                failures = await uow.tracking.failures(number)
            pause = min(SHORTEST * 2 ** min(failures, 12), LONGEST)
            log.warning("carrier not asked", number=number, reason=type(error).__name__, again_in=pause.total_seconds())
            await self._again(number, self._clock() + pause, failed=True)
        except Conflict:
            await self._again(number, self._clock() + SHORTEST)
        return 0


def told(rma: Return, events: Sequence[TrackingEvent], now: datetime) -> bool:
    """Writes into `rma` what is news of it in `events`; whether anything is."""
    before = len(rma.events)
    for event in sorted(events, key=lambda event: event.at):
        if not event.status.is_scan or rma.status not in _WAITS:
            continue
        detail = {
            "tracking_number": event.tracking_number,
            "scan": event.status.value,
            "scanned_at": event.at.isoformat(),
            "place": event.place,
        }
        if rma.status is ReturnStatus.LABEL_ISSUED:
            rma.move(ReturnStatus.IN_TRANSIT, now, event.carrier, **detail)
        elif rma.status is not ReturnStatus.IN_TRANSIT:
            _once(rma, SCANNED, now, event.carrier, detail)
        if event.status is TrackingStatus.DELIVERED:
            _once(rma, AT_WAREHOUSE, now, event.carrier, detail)
        if event.status.is_trouble:
            _once(rma, TROUBLE, now, event.carrier, detail)
    return len(rma.events) > before


def _once(rma: Return, kind: str, now: datetime, by: str, detail: dict[str, str | None]) -> None:
    """A parcel is scanned dozens of times; of each kind the first scan is what the return's own account needs."""
    if not any(event.kind == kind for event in rma.events):
        rma.events.append(ReturnEvent(kind=kind, at=now, by=by, detail=dict(detail)))
