"""The figures of a team lead's page: those of each day, and what a whole range says beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from rma.model.support import Stretch, SupportEvent, Volumes, stretches
from rma.service.figures import Day, Spread, SupportFigures, Waiting
from rma.service.hours import BusinessHours
from rma.service.ports import Clock, Transactions


@dataclass(frozen=True)
class Range:
    """`first` to `last`, in the shop's days. The spreads are over all answers and solutions, not over the days' medians."""

    first: date
    last: date
    days: list[Day]
    first_response: Spread
    resolution: Spread
    volumes: dict[tuple[str, str], int]
    """By channel and language."""

    @property
    def conversations(self) -> int:
        return sum(day.conversations for day in self.days)

    @property
    def solved_alone(self) -> int:
        return sum(day.solved_alone for day in self.days)

    @property
    def handed_over(self) -> int:
        return sum(day.handed_over for day in self.days)

    @property
    def share_alone(self) -> float | None:
        return self.solved_alone / self.conversations if self.conversations else None

    @property
    def causes(self) -> dict[str, int]:
        """The commonest first."""
        total: dict[str, int] = {}
        for day in self.days:
            for cause, count in day.causes.items():
                total[cause] = total.get(cause, 0) + count
        return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


class TeamFigures:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        hours: BusinessHours,
        figures: SupportFigures,
        volumes: Volumes,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._hours = hours
        self._figures = figures
        self._volumes = volumes

    async def now(self) -> Waiting:
        return await self._figures.now()

    async def last(self, days: int) -> Range:
        """Today and the days before it, `days` in all."""
        last = self._hours.local_day(self._clock())
        first = last - timedelta(days=days - 1)
        since = datetime.combine(first, time(0), self._hours.zone)
        until = datetime.combine(last + timedelta(days=1), time(0), self._hours.zone)
        answers, ends = await self.times(since)
        return Range(
            first=first,
            last=last,
            days=await self._figures.days(first, last),
            first_response=Spread.of(answers),
            resolution=Spread.of(ends),
            volumes=await self._volumes(since, until),
        )

    async def times(self, since: datetime) -> tuple[list[float], list[float]]:
        """Seconds to the first answer of a person, and to the end, of the hand-overs since then."""
        async with self._transactions() as uow:
            trail = await uow.support.timeline(since)
        answers, ends = [], []
        for _conversation, some in groupby(trail, key=lambda event: event.conversation):
            events = list(some)
            for stretch in stretches(events):
                answered = _answered(stretch, events)
                if answered is not None:
                    answers.append((answered - stretch.began).total_seconds())
                if stretch.ended is not None:
                    ends.append((stretch.ended - stretch.began).total_seconds())
        return answers, ends


def _answered(stretch: Stretch, events: Sequence[SupportEvent]) -> datetime | None:
    said = (event.at for event in events if event.kind == "said" and event.at >= stretch.began)
    first = next(said, None)
    return first if first is not None and (stretch.ended is None or first <= stretch.ended) else None
