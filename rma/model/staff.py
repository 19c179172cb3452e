"""Programs of the shop's that use the staff API: what each may, and the answers that they were given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a key lets its bearer do. RETOUR_API_KEY may everything."""

    RETURNS_READ = "returns:read"
    RETURNS_RECEIVE = "returns:receive"
    """Count what came, also without announcement; give more time."""
    RETURNS_INSPECT = "returns:inspect"
    RETURNS_REFUND = "returns:refund"
    RETURNS_CANCEL = "returns:cancel"
    RETURNS_EXTEND = "returns:extend"
    PARCELS = "parcels"
    """Parcels that nobody can place: read, keep, settle."""
    REFUNDS_READ = "refunds:read"
    STOCK_READ = "stock:read"
    EVENTS_READ = "events:read"
    INSIGHTS_READ = "insights:read"


@dataclass(frozen=True)
class Caller:
    """Who asks: what events say it was, and what it may."""

    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


@dataclass(frozen=True)
class ApiKey:
    name: str
    public: str
    digest: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """What a request was answered, to be given again: `body` is the text of a JSON document."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A request that may be worked on now, by nobody else."""

    owner: str
    key: str
    token: str


@dataclass(frozen=True)
class KeptRequest:
    fingerprint: str
    token: str
    started_at: datetime
    tried_at: datetime
    answer: Answer | None
