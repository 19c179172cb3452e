"""What the use cases need from outside: storage in one unit of work, a clock. Implemented by rma.store, faked by nobody:
tests use SQLite."""

from collections.abc import Callable
from datetime import datetime

from rma.service.ports.goods import Goods
from rma.service.ports.hooks import Hooks
from rma.service.ports.messaging import Consents, InboundMessages, Outbox
from rma.service.ports.platforms import Platforms
from rma.service.ports.refunds import Refunds
from rma.service.ports.returns import Returns, Withdrawals
from rma.service.ports.shop import Catalogue, Orders
from rma.service.ports.talk import Attempts, Codes, Conversations, Reviews
from rma.service.ports.team import Agents, SupportStore
from rma.service.ports.unit import Transactions, UnitOfWork

Clock = Callable[[], datetime]
"""Now, with an offset."""

__all__ = [
    "Agents",
    "Attempts",
    "Catalogue",
    "Clock",
    "Codes",
    "Consents",
    "Conversations",
    "Goods",
    "Hooks",
    "InboundMessages",
    "Orders",
    "Outbox",
    "Platforms",
    "Refunds",
    "Returns",
    "Reviews",
    "SupportStore",
    "Transactions",
    "UnitOfWork",
    "Withdrawals",
]
