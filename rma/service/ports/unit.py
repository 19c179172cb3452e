"""One transaction's repositories, and how it is opened."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from rma.service.ports.goods import Goods
from rma.service.ports.hooks import Hooks
from rma.service.ports.messaging import Consents, InboundMessages, Outbox
from rma.service.ports.platforms import Platforms
from rma.service.ports.refunds import Refunds
from rma.service.ports.returns import Returns, Withdrawals
from rma.service.ports.shop import Catalogue, Orders
from rma.service.ports.staff import ApiKeys, StaffRequests, StockReads
from rma.service.ports.talk import Attempts, Codes, Conversations, Reviews
from rma.service.ports.team import Agents, SupportStore
from rma.service.ports.tracing import Sightings
from rma.service.ports.tracking import Tracking


class UnitOfWork(Protocol):
    """One transaction's repositories."""

    @property
    def orders(self) -> Orders: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def platforms(self) -> Platforms: ...

    @property
    def returns(self) -> Returns: ...

    @property
    def goods(self) -> Goods: ...

    @property
    def hooks(self) -> Hooks: ...

    @property
    def sightings(self) -> Sightings: ...

    @property
    def refunds(self) -> Refunds: ...

    @property
    def tracking(self) -> Tracking: ...

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

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def staff_requests(self) -> StaffRequests: ...

    @property
    def returned_stock(self) -> StockReads: ...


Transactions = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Opens a unit of work: committed when left, rolled back on any exception."""
