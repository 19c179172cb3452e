"""What the warehouse saw, as the use cases need it."""

from typing import Protocol

from rma.model.tracing import Sighting, Wanted


class Sightings(Protocol):
    async def page(self, wanted: Wanted, limit: int) -> list[Sighting]:
        """In the order of time, beginning with the one at which `wanted.after` ended."""
