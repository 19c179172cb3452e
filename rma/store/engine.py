"""The database: SQLite in WAL mode, or PostgreSQL. A unit of work is one transaction: committed when left, rolled back on error."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from sqlalchemy import event, make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm.exc import StaleDataError

from rma.model.errors import Stale
from rma.service.ports import Transactions
from rma.store import sqlite
from rma.store.agents import SqlAgents
from rma.store.codes import SqlCodes
from rma.store.consents import SqlConsents
from rma.store.conversations import SqlAttempts, SqlConversations
from rma.store.goods import SqlGoods
from rma.store.hooks import SqlHooks
from rma.store.inbound import SqlInbound
from rma.store.orders import SqlCatalogue, SqlOrders
from rma.store.outbox import SqlOutbox
from rma.store.platforms import SqlPlatforms
from rma.store.refunds import SqlRefunds
from rma.store.returns import SqlReturns
from rma.store.review import SqlReviews
from rma.store.sightings import SqlSightings
from rma.store.staff import SqlApiKeys, SqlStaffRequests
from rma.store.staff_stock import SqlReturnedStock
from rma.store.support import SqlSupport
from rma.store.tracking import SqlTracking
from rma.store.withdrawals import SqlWithdrawals

R = TypeVar("R")

DRIVERS = {"sqlite": sqlite.NAME, "postgresql": "postgresql+psycopg"}


def create_engine(url: str) -> AsyncEngine:
    """An engine for a plain `sqlite:///...` or `postgresql://...` URL. Connects to nothing yet."""
    parsed = make_url(url)
    parsed = parsed.set(drivername=DRIVERS[parsed.get_backend_name()])
    if not parsed.drivername.startswith("sqlite"):
        return create_async_engine(parsed, pool_pre_ping=True, pool_size=10)
    engine = create_async_engine(parsed)
    event.listen(engine.sync_engine, "begin", sqlite.note_purpose)
    return engine


class Repository(Generic[R]):
    """One that is made when it is first asked for: a transaction needs two or three of them."""

    def __init__(self, kind: Callable[[AsyncSession], R]) -> None:
        self._kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, uow: "SqlUnitOfWork", owner: type) -> R:
        made = uow.__dict__[self._name] = self._kind(uow.session)
        return made


class SqlUnitOfWork:
    """The repositories over one session."""

    orders = Repository(SqlOrders)
    catalogue = Repository(SqlCatalogue)
    platforms = Repository(SqlPlatforms)
    returns = Repository(SqlReturns)
    goods = Repository(SqlGoods)
    hooks = Repository(SqlHooks)
    sightings = Repository(SqlSightings)
    refunds = Repository(SqlRefunds)
    tracking = Repository(SqlTracking)
    conversations = Repository(SqlConversations)
    attempts = Repository(SqlAttempts)
    withdrawals = Repository(SqlWithdrawals)
    outbox = Repository(SqlOutbox)
    consents = Repository(SqlConsents)
    codes = Repository(SqlCodes)
    inbound = Repository(SqlInbound)
    reviews = Repository(SqlReviews)
    support = Repository(SqlSupport)
    agents = Repository(SqlAgents)
    api_keys = Repository(SqlApiKeys)
    staff_requests = Repository(SqlStaffRequests)
    returned_stock = Repository(SqlReturnedStock)

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    @property
    def posted(self) -> bool:
        """Whether something was left in the outbox."""
        return "outbox" in self.__dict__ and self.outbox.posted


def transactions(engine: AsyncEngine, posted: Callable[[], None] = lambda: None) -> Transactions:
    """Units of work over `engine`. What a constraint or a newer version refuses is raised as Conflict. `posted` is called after
    the commit of one that left something in the outbox."""
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def unit_of_work() -> AsyncIterator[SqlUnitOfWork]:
        try:
            async with sessions() as session:
                async with session.begin():
                    uow = SqlUnitOfWork(session)
                    yield uow
                if uow.posted:
                    posted()
        except (IntegrityError, StaleDataError) as error:
            raise Stale("somebody else changed this at the same time; look again and repeat") from error
        except OperationalError as error:
            if "locked" in str(error.orig) or "deadlock" in str(error.orig):
                raise Stale("the database is busy; repeat") from error
            raise

    return unit_of_work
