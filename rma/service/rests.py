"""Channels that rest: their provider cannot be reached, refuses our credentials, or asked for a pause."""

from datetime import datetime, timedelta

LONGEST = timedelta(minutes=5)
FIRST = timedelta(seconds=5)


class Rests:
    """Of this process: another worker finds out by itself. Until a channel has sent something again it is `doubtful`: one message
    is enough to try it with."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._failures: dict[str, int] = {}

    def begin(self, channel: str, now: datetime, pause: timedelta | None = None) -> datetime:
        """Until when the channel rests: for `pause`, else twice as long after each failure in a row. What was under way when
        it began counts as the same failure."""
        if not self.resting(channel, now):
            self._failures[channel] = self._failures.get(channel, 0) + 1
            self._until[channel] = now + (pause or min(FIRST * 2 ** min(self._failures[channel] - 1, 10), LONGEST))
        elif pause:
            self._until[channel] = max(self._until[channel], now + pause)
        return self._until[channel]

    def works(self, channel: str) -> None:
        self._failures.pop(channel, None)

    def resting(self, channel: str, now: datetime) -> bool:
        until = self._until.get(channel)
        return until is not None and now < until

    def doubtful(self, channel: str) -> bool:
        return channel in self._failures
