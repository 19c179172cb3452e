"""What the use cases need from outside: storage in one unit of work, a clock. Implemented by rma.store, faked by nobody:
tests use SQLite."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from rma.model.conversations import Conversation, Message, Utterance
from rma.model.orders import CatalogueItem, Order
from rma.model.outgoing import Kept, Medium, Outgoing, OutgoingStatus
from rma.model.returns import Return
from rma.model.withdrawals import Withdrawal, WithdrawalStatus

Clock = Callable[[], datetime]
"""Now, with an offset."""


class Orders(Protocol):
    async def find(self, number: str) -> tuple[int, Order] | None:
        """By its number however spelled (rma.model.orders.order_key)."""

    async def get(self, order_id: int) -> Order: ...

    async def save(self, order: Order) -> bool:
        """Inserts or updates; True when something changed. What was announced for return is kept.
        Raises Refused when a line now has fewer units than are announced for return."""

    async def cancel(self, order_id: int) -> None:
        """Cancels an order that is not shipped yet; Conflict when it is."""

    async def committed(self, order_id: int) -> dict[str, int]:
        """Units a line already announced for return, by line id."""

    async def commit_units(self, order_id: int, units: dict[str, int]) -> None:
        """Announces (or, negative, releases) units. Raises Conflict when more would be returned than were bought: a
        constraint of the table says so, whoever else writes at the same time."""

    async def samples(self, limit: int) -> list[Order]:
        """The latest orders, for the demo page."""


class Catalogue(Protocol):
    async def save(self, items: Sequence[CatalogueItem]) -> int: ...

    async def get(self, sku: str) -> CatalogueItem | None: ...

    async def variants(self, sku: str) -> list[CatalogueItem]:
        """All variants of the product that `sku` belongs to, itself included; empty when the shop no longer knows it."""

    async def browse(self, limit: int) -> list[CatalogueItem]:
        """One variant of each product."""


class Returns(Protocol):
    async def by_number(self, number: str) -> Return | None: ...

    async def by_key(self, idempotency_key: str) -> Return | None: ...

    async def of_order(self, order_id: int) -> list[Return]: ...

    async def find(self, order: str | None, status: str | None) -> list[Return]: ...

    async def unlabelled(self) -> list[Return]:
        """Approved, to be sent back, and without a label: work that a crash interrupted."""

    async def cases(self) -> list[dict[str, Any]]:
        """What past returns were decided on, oldest first: the input of `retour decide`."""

    async def count(self) -> dict[str, int]:
        """How many returns there are, by status."""

    async def count_since(self, order_id: int, since: datetime) -> int:
        """Returns of the customer of this order since then, without declined, cancelled and expired ones."""

    async def add(self, rma: Return) -> None:
        """Raises Conflict when the idempotency key or the number is taken."""

    async def save(self, rma: Return) -> None:
        """Writes status, lines and new events. Raises Conflict when somebody else saved since it was read."""


class Conversations(Protocol):
    async def add(self, conversation: Conversation) -> None: ...

    async def get(self, conversation_id: str) -> Conversation | None: ...

    async def save(self, conversation: Conversation) -> None:
        """Writes state, language, owner, expects. Raises Conflict when somebody else saved since it was read."""

    async def say(
        self,
        conversation_id: str,
        utterance: Utterance,
        at: datetime,
        reply_to: int | None = None,
        client_key: str | None = None,
    ) -> Message:
        """Appends. Raises Conflict when `client_key` was used in this conversation already."""

    async def message(self, conversation_id: str, message_id: int) -> Message | None: ...

    async def by_client_key(self, conversation_id: str, client_key: str) -> Message | None: ...

    async def messages(self, conversation_id: str, after: int = 0) -> list[Message]: ...

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

    async def open_ticket(self, conversation_id: str, cause: str, context: dict[str, Any], at: datetime) -> int: ...

    async def tickets(self, open_only: bool = True) -> list[dict[str, Any]]: ...

    async def close_ticket(self, ticket_id: int, at: datetime) -> str:
        """The conversation's id. Raises NotFound."""


class Attempts(Protocol):
    async def add(self, scopes: Sequence[str], at: datetime) -> None: ...

    async def count(self, scope: str, since: datetime) -> int: ...

    async def forget(self, before: datetime) -> None: ...


class Withdrawals(Protocol):
    async def by_key(self, key: str) -> Withdrawal | None: ...

    async def by_reference(self, reference: str) -> Withdrawal | None: ...

    async def find(self, status: WithdrawalStatus | None = None) -> list[Withdrawal]:
        """Oldest first."""

    async def add(self, withdrawal: Withdrawal) -> None:
        """Raises Conflict when the key or the reference is taken."""

    async def save(self, withdrawal: Withdrawal) -> None:
        """Writes what came of it, never what was declared. Raises Conflict when somebody else saved since it was read."""


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
        """Writes what came of a claimed message. False when somebody else did."""

    async def get(self, message_id: int) -> Kept | None: ...

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


class Consents(Protocol):
    async def opted_out(self, address: str) -> bool: ...

    async def note(self, address: str, opted_out: bool, how: str, words: str | None, at: datetime) -> None:
        """What the number said last, in its own `words`; `how` is 'stop', 'start' or 'provider'."""


class UnitOfWork(Protocol):
    """One transaction's repositories."""

    @property
    def orders(self) -> Orders: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def returns(self) -> Returns: ...

    @property
    def conversations(self) -> Conversations: ...

    @property
    def attempts(self) -> Attempts: ...

    @property
    def withdrawals(self) -> Withdrawals: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def consents(self) -> Consents: ...


Transactions = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Opens a unit of work: committed when left, rolled back on any exception."""
