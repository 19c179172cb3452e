"""The database: SQLite in WAL mode, or PostgreSQL. A unit of work is one transaction: committed when left, rolled back on error."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

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
from rma.store.staff import SqlApiKeys, SqlStaffRequests
from rma.store.staff_stock import SqlReturnedStock
from rma.store.sightings import SqlSightings
from rma.store.support import SqlSupport
from rma.store.tracking import SqlTracking
from rma.store.withdrawals import SqlWithdrawals

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


class SqlUnitOfWork:
    """The repositories over one session."""

    def __init__(self, session: AsyncSession) -> None:
        self.orders = SqlOrders(session)
        self.catalogue = SqlCatalogue(session)
        self.platforms = SqlPlatforms(session)
        self.returns = SqlReturns(session)
        self.goods = SqlGoods(session)
        self.hooks = SqlHooks(session)
        self.sightings = SqlSightings(session)
        self.refunds = SqlRefunds(session)
        self.tracking = SqlTracking(session)
        self.conversations = SqlConversations(session)
        self.attempts = SqlAttempts(session)
        self.withdrawals = SqlWithdrawals(session)
        self.outbox = SqlOutbox(session)
        self.consents = SqlConsents(session)
        self.codes = SqlCodes(session)
        self.inbound = SqlInbound(session)
        self.reviews = SqlReviews(session)
        self.support = SqlSupport(session)
        self.agents = SqlAgents(session)
        self.api_keys = SqlApiKeys(session)
        self.staff_requests = SqlStaffRequests(session)
        self.returned_stock = SqlReturnedStock(session)


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
                if uow.outbox.posted:
                    posted()
        except (IntegrityError, StaleDataError) as error:
            raise Stale("somebody else changed this at the same time; look again and repeat") from error
        except OperationalError as error:
            if "locked" in str(error.orig) or "deadlock" in str(error.orig):
                raise Stale("the database is busy; repeat") from error
            raise

    return unit_of_work
