"""What an extractor finds, and which of two findings at one place stays."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """A fact in a text. `start` and `end` count characters of the text as given; `value` is normalised."""

    name: str
    value: str | int
    start: int
    end: int

    def overlaps(self, other: "Entity") -> bool:
        return self.start < other.end and other.start < self.end


def without_overlaps(entities: Iterable[Entity]) -> list[Entity]:
    """Earlier findings win over later ones at the same place: pass the surest kinds first. Sorted by place."""
    kept: list[Entity] = []
    for entity in entities:
        if not any(entity.overlaps(other) for other in kept):
            kept.append(entity)
    return sorted(kept, key=lambda e: (e.start, e.end))
