"""What a team lead asks for: who waits now, how long answers and solutions take, how much is solved without a person, and why not.

All of it is counted from the hand-overs and the audit trail, in the shop's own days.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from math import ceil
from statistics import median

from rma.model.support import BEGINS, ENDS, SupportEvent
from rma.service.hours import BusinessHours
from rma.service.ports import Clock, Transactions

LONGEST = 366
"""Days that are counted at once."""


@dataclass(frozen=True)
class Waiting:
    """At this moment. `waiting` and what follows are shoppers whom a person owes an answer."""

    waiting: int
    oldest_seconds: float | None
    by_priority: dict[str, int]
    by_cause: dict[str, int]
    open: int
    snoozed: int
    unassigned: int


@dataclass(frozen=True)
class Spread:
    """Seconds; None where nothing was counted. `p90`: nine of ten were no longer."""

    count: int = 0
    median: float | None = None
    p90: float | None = None

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        if not seconds:
            return cls()
        ordered = sorted(seconds)
        return cls(len(ordered), median(ordered), ordered[ceil(0.9 * len(ordered)) - 1])


@dataclass(frozen=True)
class Day:
    """A conversation counts on the day it began, an answer and a solution on the day of the hand-over they are to."""

    day: date
    conversations: int = 0
    solved_alone: int = 0
    """Of them: nobody ever had to look at it."""
    handed_over: int = 0
    """Times a person took over."""
    first_response: Spread = Spread()
    resolution: Spread = Spread()
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def share_alone(self) -> float | None:
        return self.solved_alone / self.conversations if self.conversations else None


class SupportFigures:
    def __init__(self, transactions: Transactions, clock: Clock, hours: BusinessHours) -> None:
        self._transactions = transactions
        self._clock = clock
        self._hours = hours

    async def now(self) -> Waiting:
        async with self._transactions() as uow:
            waiting, counts = await uow.support.waiting(), await uow.support.counts("")
        oldest = min((since for since, _, _ in waiting), default=None)
        return Waiting(
            waiting=len(waiting),
            oldest_seconds=(self._clock() - oldest).total_seconds() if oldest else None,
            by_priority=dict(Counter(priority.label for _, priority, _ in waiting)),
            by_cause=dict(Counter(cause.value if cause else "none" for _, _, cause in waiting)),
            open=counts.open,
            snoozed=counts.snoozed,
            unassigned=counts.unassigned,
        )

    async def days(self, first: date, last: date) -> list[Day]:
        """Each day from `first` to `last`, at most a year, also those on which nothing was."""
        last = min(last, first + timedelta(days=LONGEST - 1))
        zone = self._hours.zone
        since = datetime.combine(first, time(0), zone)
        until = datetime.combine(last + timedelta(days=1), time(0), zone)
        async with self._transactions() as uow:
            began = await uow.support.began(since, until)
            causes = await uow.support.causes(since, until)
            trail = await uow.support.timeline(since)
        talks: defaultdict[date, list[bool]] = defaultdict(list)
        for at, alone in began:
            talks[self._hours.local_day(at)].append(alone)
        why: defaultdict[date, Counter[str]] = defaultdict(Counter)
        for at, cause in causes:
            why[self._hours.local_day(at)][cause.value] += 1
        answers: defaultdict[date, list[float]] = defaultdict(list)
        ends: defaultdict[date, list[float]] = defaultdict(list)
        taken: Counter[date] = Counter()
        for _conversation, events in groupby(trail, key=lambda event: event.conversation):
            for stretch in _timed(list(events)):
                day = self._hours.local_day(stretch.began)
                taken[day] += 1
                if stretch.answered is not None:
                    answers[day].append((stretch.answered - stretch.began).total_seconds())
                if stretch.ended is not None:
                    ends[day].append((stretch.ended - stretch.began).total_seconds())
        return [
            Day(
                day=day,
                conversations=len(talks[day]),
                solved_alone=sum(talks[day]),
                handed_over=taken[day],
                first_response=Spread.of(answers[day]),
                resolution=Spread.of(ends[day]),
                causes=dict(why[day]),
            )
            for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        ]


@dataclass
class _Timed:
    began: datetime
    answered: datetime | None = None
    ended: datetime | None = None


def _timed(events: Sequence[SupportEvent]) -> list[_Timed]:
    """The human stretches of one conversation with the first word of a person in each."""
    found: list[_Timed] = []
    for event in events:
        running = found[-1] if found and found[-1].ended is None else None
        if event.kind in BEGINS and running is None:
            found.append(_Timed(event.at))
        elif running is not None and event.kind == "said":
            running.answered = running.answered or event.at
        elif running is not None and event.kind in ENDS:
            running.ended = event.at
    return found
