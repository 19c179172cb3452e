"""What leaves the house, and text messages that come in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from rma.model.inbound import Inbound, InboundStatus, Pending, Received, Thread
from rma.model.outgoing import Kept, Medium, Outgoing, OutgoingStatus


class Outbox(Protocol):
    """What leaves the house. Posted in the transaction that caused it, so that neither is without the other."""

    async def post(self, message: Outgoing, at: datetime) -> bool:
        """False when its key stands there already: it is sent once."""

    async def claim(
        self, media: Sequence[Medium], channel: str, per_second: float, now: datetime, limit: int
    ) -> list[Kept]:
        """Takes messages that are due for this worker to send, at the channel's rate over all workers; of a lane the
        first that is open only."""

    async def interrupted(self, media: Sequence[Medium], before: datetime, limit: int) -> list[Kept]:
        """Claimed before then and never settled: their outcome is unknown."""

    async def settle(self, message: Kept, **fields: Any) -> bool:
        """Writes what came of a claimed message. False when somebody else did, or claimed it since."""

    async def get(self, message_id: int, lock: bool = False) -> Kept | None:
        """`lock` keeps others from changing it until the transaction ends."""

    async def by_key(self, key: str) -> Kept | None: ...

    async def by_provider_id(self, provider_id: str) -> Kept | None: ...

    async def provider_ids(self, recipient: str, since: datetime) -> frozenset[str]:
        """The provider's ids of messages to that recipient that are accounted for."""

    async def find(
        self, status: OutgoingStatus | None = None, limit: int = 100, before: int | None = None
    ) -> list[Kept]:
        """Newest first; `before` an id, to page on."""

    async def count(self) -> dict[str, int]:
        """How many there are, by status."""

    async def resend(self, message_id: int, now: datetime) -> Kept:
        """Lets a dead message wait again. Raises NotFound, Conflict."""

    async def note_delivery(self, message_id: int, delivery: str, code: str | None, at: datetime) -> None: ...

    async def note_taken(self, message_id: int, provider_id: str, at: datetime) -> None:
        """That the provider has it, which it said before its answer came, or instead: it is not sent again."""

    async def oldest_due(self, now: datetime) -> datetime | None:
        """Since when the longest waiting of what may leave could have left."""

    @property
    def posted(self) -> bool:
        """Whether anything was posted, or let wait again, in this transaction."""


class Consents(Protocol):
    async def opted_out(self, address: str) -> bool: ...

    async def note(self, address: str, opted_out: bool, how: str, words: str | None, at: datetime) -> None:
        """What the number said last, in its own `words`; `how` is 'stop', 'start' or 'provider'."""


class InboundMessages(Protocol):
    """Text messages that came in, and the conversations of their numbers."""

    async def keep(self, message: Received, status: InboundStatus, at: datetime) -> bool:
        """False when its sid or its token stands there already."""

    async def pending(self) -> list[Pending]:
        """The numbers with messages that are not done, the longest waiting first."""

    async def of(self, sender: str, status: InboundStatus, limit: int) -> list[Inbound]:
        """As they came in."""

    async def mark(self, ids: Sequence[int], status: InboundStatus, at: datetime) -> None:
        """To be taken once more counts as an attempt."""

    async def rewrite(self, message_id: int, text: str) -> None: ...

    async def count_since(self, sender: str, since: datetime) -> int: ...

    async def lease(self, address: str, now: datetime, until: datetime) -> Thread | None:
        """Takes a number for oneself until then; None while somebody else has it."""

    async def thread(self, address: str) -> Thread | None: ...

    async def enter(self, address: str, conversation: str, heard_at: datetime) -> None:
        """The conversation that the number is in from now on."""

    async def busy(self, address: str, until: datetime | None) -> None:
        """Prolongs the lease, or ends it."""
