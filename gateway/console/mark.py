"""How a conversation stood when a page was shown: acts are checked against it, so that nobody acts on what they have not seen."""

from dataclasses import dataclass
from typing import Self

from rma.service.overview import Overview


@dataclass(frozen=True)
class Mark:
    """The last message and the last line of the audit trail: whatever anybody says or does adds to one of them. The desk's own
    version guards the moment of the act itself."""

    message: int
    event: int

    @classmethod
    def of(cls, shown: Overview) -> Self:
        return cls(
            message=shown.messages[-1].id if shown.messages else 0,
            event=shown.events[-1].id if shown.events else 0,
        )

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what is no mark: the act then counts as one on a page that is out of date."""
        parts = text.split(".")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            return None
        return cls(*map(int, parts))

    def __str__(self) -> str:
        return f"{self.message}.{self.event}"
