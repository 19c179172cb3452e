"""SQLite for asyncio without a thread to a statement.

aiosqlite takes each cursor, statement and fetch to a thread and back, which costs far more than what SQLite does meanwhile.
Of a transaction that holds the write lock only two steps can take long: getting that lock, and the fsync of a commit. So the
lock is waited for without holding up the loop, the commit is made in a thread, and the statements between, which nobody can
keep waiting, run where they are called. Reports, which count half the database, say so (READING) and run in a thread.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any, TypeVar, cast

from sqlalchemy import URL, pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import await_only

T = TypeVar("T")

NAME = "sqlite+direct"
READING = "retour_reading"
"""Execution option of a connection for reports: a snapshot that no writer waits for, read in a thread."""
PATIENCE = 15.0
"""Seconds that a transaction waits for the ones before it."""
_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02)
"""Seconds between two looks whether another process has left the write lock; the last one again and again."""


_NONE: deque[Any] = deque(maxlen=0)


class Cursor(sqlite3.Cursor):
    """Has all rows once a statement is executed: no statement stays open in a transaction that goes on."""

    _rows: deque[Any]

    def execute(self, *args: Any) -> "Cursor":
        self._rows = _NONE
        super().execute(*args)
        self._rows = deque(super().fetchall()) if self.description else _NONE
        return self

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows, self._rows = list(self._rows), _NONE
        return rows

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's, for cursors that can only be closed by awaiting."""


class Connection(sqlite3.Connection):
    """Used by one task at a time, on the loop and, for its commits, in a thread. `writers` is the line of those who write
    through the same engine, so that they follow each other at once instead of trying again and again."""

    writers: asyncio.Lock
    reading = False
    _writing = False
    _changes = 0

    def cursor(self, *_: Any, **__: Any) -> Cursor:  # type: ignore[override]
        return super().cursor(Cursor)

    async def begin(self) -> None:
        """Takes the write lock, but for reports: a deferred transaction that reads before it writes fails at once under WAL when
        somebody wrote in between. Raises OperationalError when the lock is not to be had."""
        if self.reading:
            super().execute("BEGIN")
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self.writers.acquire()
                self._writing = True
                await self._begin()
        except TimeoutError:
            self.left()
            raise sqlite3.OperationalError("database is locked") from None
        except BaseException:
            self.left()
            raise
        self._changes = self.total_changes

    async def _begin(self) -> None:
        attempt = 0
        while not self._begun():
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    def _begun(self) -> bool:
        execute = super().execute
        execute("PRAGMA busy_timeout=0")
        try:
            execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            execute(f"PRAGMA busy_timeout={int(1000 * PATIENCE)}")
        return True

    async def finish(self) -> None:
        """Commits; in a thread when there is something to be brought to the disk."""
        if not self.reading and self.in_transaction and self.total_changes != self._changes:
            await in_thread(self.commit)
        else:
            self.commit()
        self.left()

    def undo(self) -> None:
        try:
            self.rollback()
        finally:
            self.left()

    def left(self) -> None:
        """Lets the next one write."""
        if self._writing:
            self._writing = False
            self.writers.release()


def note_purpose(connection: Any) -> None:
    """Listener to SQLAlchemy's event "begin", which comes just before `do_begin`."""
    connection.connection.dbapi_connection.reading = connection.get_execution_options().get(READING, False)


async def in_thread(call: Callable[[], T]) -> T:
    """Also when the task is cancelled, what was begun is over before anybody goes on with the connection."""
    running = asyncio.get_running_loop().run_in_executor(None, call)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue
        raise


def _to_wal(connection: sqlite3.Connection) -> None:
    """The first time SQLite refuses it at once, however long it may wait, while somebody writes."""
    late = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > late:
                connection.close()
                raise
            time.sleep(_PAUSES[-1])


async def _at_once() -> None:
    """Awaited where SQLAlchemy insists that an asynchronous driver awaits something."""


class Driver:
    """What SQLAlchemy asks of a module of a database: the sqlite3 module, but for `connect`."""

    def __init__(self) -> None:
        self._writers = asyncio.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlite3, name)

    def connect(self, *args: Any, **options: Any) -> Connection:
        made: Connection = await_only(in_thread(partial(self._opened, *args, **options)))
        made.writers = self._writers
        return made

    @staticmethod
    def _opened(*args: Any, **options: Any) -> Connection:
        made = sqlite3.connect(*args, **options, factory=Connection)
        _to_wal(made)
        made.execute("PRAGMA synchronous=FULL")  # a confirmed return must survive a power cut, not only a crash of ours
        made.execute("PRAGMA foreign_keys=ON")
        return made


class DirectDialect(SQLiteDialect_pysqlite):
    driver = "direct"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> ModuleType:  # type: ignore[override]
        return cast(ModuleType, Driver())

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        return pool.AsyncAdaptedQueuePool if cls._is_url_file_db(url) else pool.StaticPool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        reports = cursor.connection.reading
        await_only(in_thread(partial(cursor.execute, statement, parameters)) if reports else _at_once())
        if not reports:
            cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        # Thousands of rows at once keep the loop waiting as a report does.
        await_only(in_thread(partial(cursor.executemany, statement, parameters)))

    def do_begin(self, dbapi_connection: Any) -> None:
        await_only(dbapi_connection.begin())

    def do_commit(self, dbapi_connection: Any) -> None:
        await_only(dbapi_connection.finish())

    def do_rollback(self, dbapi_connection: Any) -> None:
        dbapi_connection.undo()

    def do_close(self, dbapi_connection: Any) -> None:
        dbapi_connection.left()
        dbapi_connection.close()

    def do_terminate(self, dbapi_connection: Any) -> None:
        self.do_close(dbapi_connection)

    def create_connect_args(self, url: URL) -> tuple[Sequence[str], dict[str, Any]]:  # type: ignore[override]
        args, options = super().create_connect_args(url)
        return args, {**options, "timeout": PATIENCE, "isolation_level": None, "check_same_thread": False}


registry.register("sqlite.direct", __name__, "DirectDialect")
