"""The little statistics that keep figures from shouting: intervals, a test of two shares, quantiles of counted days."""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil, erfc, sqrt
from statistics import NormalDist

USUAL = 0.95


@lru_cache(maxsize=16)
def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(count: int, of: int, confidence: float = USUAL) -> tuple[float, float]:
    """Between which shares the true one lies with this confidence, when `count` of `of` were seen (Wilson 1927). Nothing seen:
    anywhere. Also right for small numbers: 3 of 3 is 0.44 to 1."""
    if of <= 0:
        return 0.0, 1.0
    z = _z(confidence)
    share, spread = count / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    # At the ends it is exactly 0 and 1, which floating point misses.
    return max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < of else 1.0


def differ(before: tuple[int, int], after: tuple[int, int]) -> float:
    """How likely two shares (count, of) lie so far apart by chance alone: the two-sided pooled z test with continuity correction,
    1 where fewer than five are expected in a cell, for which it is no test."""
    (count_1, of_1), (count_2, of_2) = before, after
    if not of_1 or not of_2:
        return 1.0
    pooled = (count_1 + count_2) / (of_1 + of_2)
    if min(of_1, of_2) * min(pooled, 1 - pooled) < 5:
        return 1.0
    apart = abs(count_1 / of_1 - count_2 / of_2) - (1 / of_1 + 1 / of_2) / 2
    if apart <= 0:
        return 1.0
    return erfc(apart / sqrt(pooled * (1 - pooled) * (1 / of_1 + 1 / of_2)) / sqrt(2))


def holm(chances: list[float], level: float = 0.05) -> list[bool]:
    """Which of many tests stand, when together they may be wrong with probability `level` (Holm 1979)."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    stands = [False] * len(chances)
    for rank, place in enumerate(order):
        if chances[place] > level / (len(chances) - rank):
            break
        stands[place] = True
    return stands


def quantile(counted: Mapping[int, int], share: float) -> float | None:
    """The value that `share` of what was counted does not exceed; `counted` are how many by value. The median of an even number is
    the middle of two. None when nothing was counted."""
    total = sum(counted.values())
    if not total:
        return None
    if share == 0.5:
        return (_nth(counted, (total + 1) // 2) + _nth(counted, total // 2 + 1)) / 2
    return float(_nth(counted, ceil(share * total)))


def _nth(counted: Mapping[int, int], place: int) -> int:
    seen = 0
    for value in sorted(counted):
        seen += counted[value]
        if seen >= place:
            return value
    raise ValueError("fewer were counted")
