"""What the use cases need from outside: storage in one unit of work, a clock. Implemented by rma.store, faked by nobody:
tests use SQLite."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any, Protocol

from rma.model.agents import Agent, Role, Session
from rma.model.codes import Language
from rma.model.conversations import Conversation, Message, Utterance
from rma.model.inbound import Inbound, InboundStatus, Pending, Received, Thread
from rma.model.onetime import KeptCode
from rma.model.orders import CatalogueItem, Order
from rma.model.outgoing import Kept, Medium, Outgoing, OutgoingStatus
from rma.model.returns import Return
from rma.model.review import Cause as PuzzleCause
from rma.model.review import Puzzle, Review, ReviewStatus
from rma.model.support import (
    Around,
    Cause,
    Counts,
    HandOver,
    Priority,
    QueueFilter,
    QueueRow,
    Support,
    SupportEvent,
)
from rma.model.withdrawals import Withdrawal, WithdrawalStatus

Clock = Callable[[], datetime]
"""Now, with an offset."""


class Orders(Protocol):
    async def find(self, number: str) -> tuple[int, Order] | None:
        """By its number however spelled (rma.model.orders.order_key)."""

    async def get(self, order_id: int) -> Order: ...

    async def by_phone(self, number: str, limit: int) -> list[tuple[int, Order]]:
        """The latest orders whose customer has this number (E.164), with their ids, the newest first."""

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

    async def due(self, first: date, last: date, without: str, after: str, limit: int) -> list[str]:
        """Numbers after `after`, in their order, of returns that wait for their parcel, to be handed in from `first` to `last`,
        and have no event of the kind `without`."""

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


class Codes(Protocol):
    """One-time codes, at most one for a conversation and an address."""

    async def get(self, conversation_id: str, address: str) -> KeptCode | None:
        """Nobody else reads or changes it until the transaction ends."""

    async def put(self, conversation_id: str, address: str, digest: bytes, now: datetime, until: datetime) -> None:
        """In place of the one before."""

    async def tried(self, code: KeptCode, proven_at: datetime | None) -> None:
        """Counts a try; `proven_at` when it was the right one."""


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

    @property
    def codes(self) -> Codes: ...

    @property
    def inbound(self) -> InboundMessages: ...

    @property
    def reviews(self) -> Reviews: ...

    @property
    def support(self) -> SupportStore: ...

    @property
    def agents(self) -> Agents: ...


Transactions = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Opens a unit of work: committed when left, rolled back on any exception."""
