"""How long to wait before a message is tried again."""

import random
from datetime import timedelta

FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=45)


def pause_before(attempts: int) -> timedelta:
    """After the first failed try about 5 s, then three times as long each time, 45 minutes at most; a little more or less, so
    that what failed together is not tried together."""
    return min(FIRST * 3 ** min(attempts - 1, 10), LONGEST) * random.uniform(0.9, 1.1)  # noqa: S311
