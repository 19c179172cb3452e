"""The support team's queue, and its accounts."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from rma.model.agents import Agent, Role, Session
from rma.model.support import Around, Cause, Counts, HandOver, Priority, QueueFilter, QueueRow, Support, SupportEvent


class SupportStore(Protocol):
    """Conversations from the support team's side."""

    async def get(self, conversation_id: str) -> Support | None: ...

    async def save(self, support: Support) -> None:
        """Raises Conflict when somebody else saved since it was read, and for what the table refuses."""

    async def note(self, event: SupportEvent) -> SupportEvent:
        """Adds to the audit trail."""

    async def events(self, conversation_id: str) -> list[SupportEvent]: ...

    async def hand_overs(self, conversation_id: str) -> list[HandOver]: ...

    async def close(self, conversation_id: str, ids: Collection[int], at: datetime, by: str, outcome: str) -> None:
        """Ends hand-overs; those left open decide over cause, priority and waiting."""

    async def seen(self, conversation_id: str, message_id: int) -> None: ...

    async def due(self, now: datetime) -> list[str]:
        """Snoozed until then."""

    async def held_by(self, login: str) -> list[str]: ...

    async def open_reviews(self) -> list[HandOver]: ...

    async def before(self, support: Support) -> int:
        """How many shoppers are answered before it."""

    async def queue(self, asked: QueueFilter, limit: int, offset: int) -> list[QueueRow]: ...

    async def counts(self, login: str) -> Counts: ...

    async def stamp(self) -> str: ...

    async def around(self, conversation_id: str, order_id: int | None) -> Around:
        """What belongs to a conversation without standing in it."""

    async def timeline(self, since: datetime) -> list[SupportEvent]:
        """Of every conversation: who had it when, and when a person first spoke; in order."""

    async def began(self, since: datetime, until: datetime) -> list[tuple[datetime, bool]]:
        """Of conversations in which the shopper said something: when it began, and whether nobody ever had to look at it."""

    async def causes(self, since: datetime, until: datetime) -> list[tuple[datetime, Cause]]:
        """When something was handed over or raised, and why."""

    async def waiting(self) -> list[tuple[datetime, Priority, Cause | None]]:
        """Of each shopper who waits for a person: since when, how urgent, why."""


class Agents(Protocol):
    async def by_login(self, login: str) -> tuple[Agent, str] | None:
        """With the hash of the password."""

    async def set_from(self, login: str) -> str | None:
        """The mark of the setting that the account was made or changed from last."""

    async def all(self) -> list[Agent]: ...

    async def add(self, login: str, name: str, role: Role, password_hash: str, at: datetime) -> Agent: ...

    async def change(self, login: str, **fields: object) -> Agent:
        """Raises NotFound."""

    async def lock_admins(self) -> int:
        """How many admins can log in; their rows are held until the transaction ends."""

    async def open_session(
        self, agent_id: int, digest: bytes, at: datetime, expires_at: datetime, address: str | None, client: str | None
    ) -> Session: ...

    async def session(self, digest: bytes) -> Session | None: ...

    async def session_by_id(self, session_id: int) -> Session | None: ...

    async def sessions(self, agent_id: int) -> list[Session]: ...

    async def touch(self, session_id: int, at: datetime) -> None: ...

    async def end_session(self, session_id: int) -> None: ...

    async def end_sessions(self, agent_id: int, but: int | None = None) -> int: ...

    async def forget_sessions(self, before: datetime) -> None: ...
