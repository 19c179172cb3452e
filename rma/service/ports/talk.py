"""Conversations, proofs and codes, and what was not understood."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from rma.model.codes import Language
from rma.model.conversations import Conversation, Message, Utterance
from rma.model.onetime import KeptCode
from rma.model.review import Cause as PuzzleCause
from rma.model.review import Puzzle, Review, ReviewStatus


class Conversations(Protocol):
    async def add(self, conversation: Conversation) -> None: ...

    async def get(self, conversation_id: str) -> Conversation | None: ...

    async def save(self, conversation: Conversation) -> None:
        """Writes state, language, owner, expects. Raises Conflict when somebody else saved since it was read."""

    async def say(
        self, conversation_id: str, utterance: Utterance, at: datetime, client_key: str | None = None
    ) -> Message:
        """Appends. Raises Conflict when `client_key` was used in this conversation already."""

    async def say_all(
        self,
        conversation_id: str,
        utterances: Sequence[Utterance],
        at: datetime,
        reply_to: int | None = None,
        client_key: str | None = None,
    ) -> list[Message]:
        """As `say`, for what is not the shopper's."""

    async def hear(
        self, conversation_id: str, utterance: Utterance, at: datetime, client_key: str | None = None
    ) -> tuple[Message, Conversation]:
        """As `say`, for what is the shopper's: with the conversation as it is then."""

    async def message(self, conversation_id: str, message_id: int) -> Message | None: ...

    async def by_client_key(self, conversation_id: str, client_key: str) -> Message | None: ...

    async def messages(self, conversation_id: str, after: int = 0) -> list[Message]: ...

    async def turn(self, conversation_id: str, message_id: int) -> tuple[Conversation, list[Message]] | None:
        """The conversation and the replies to one of its messages; None for an unknown one."""

    async def replies(self, conversation_id: str, message_id: int) -> list[Message]: ...

    async def answered(self, conversation_id: str) -> bool:
        """Whether anybody but the shopper said anything in it yet."""

    async def add_photo(self, conversation_id: str, mime: str, content: bytes, at: datetime) -> int: ...

    async def photo(self, photo_id: int) -> tuple[str, str, bytes] | None:
        """Conversation, mime type, content."""

    async def keep_decision(self, conversation_id: str, decision: dict[str, Any], at: datetime) -> None: ...

    async def decisions(self, conversation_id: str) -> list[dict[str, Any]]: ...

    async def refused_cases(self) -> list[dict[str, Any]]:
        """What decisions that made no return were decided on, oldest first."""

    async def open_ticket(self, conversation_id: str, cause: str, context: dict[str, Any], at: datetime) -> int:
        """Notes that a person has to look at it, and puts the conversation in the queue. What stands there already for the same
        return, or of the same cause and still open, is not opened twice. Of a form it takes the conversation to a person."""

    async def tickets(self, open_only: bool = True, conversation_id: str | None = None) -> list[dict[str, Any]]: ...

    async def close_ticket(self, ticket_id: int, at: datetime, by: str = "system", outcome: str = "closed") -> str:
        """The conversation's id. Raises NotFound."""


class Attempts(Protocol):
    async def add(self, scopes: Sequence[str], at: datetime) -> None: ...

    async def count(self, scope: str, since: datetime) -> int: ...

    async def forget(self, before: datetime) -> None: ...

    async def clear(self, scope: str, at: datetime | None = None) -> None:
        """Takes back those of that instant, or all."""


class Codes(Protocol):
    """One-time codes, at most one for a conversation and an address."""

    async def get(self, conversation_id: str, address: str) -> KeptCode | None:
        """Nobody else reads or changes it until the transaction ends."""

    async def put(self, conversation_id: str, address: str, digest: bytes, now: datetime, until: datetime) -> None:
        """In place of the one before."""

    async def tried(self, code: KeptCode, proven_at: datetime | None) -> None:
        """Counts a try; `proven_at` when it was the right one."""


class Reviews(Protocol):
    async def note(self, conversation_id: str, puzzle: Puzzle, at: datetime) -> bool:
        """False when the message is noted already."""

    async def get(self, review_id: int) -> Review | None: ...

    async def find(
        self,
        statuses: Sequence[ReviewStatus] = (),
        since: datetime | None = None,
        cause: PuzzleCause | None = None,
        language: Language | None = None,
    ) -> list[Review]:
        """Oldest first; whatever is not given does not matter."""

    async def save(self, review: Review) -> None:
        """Writes what became of it. Raises Conflict when somebody else saved since it was read."""
