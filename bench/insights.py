"""The merchant's figures over 100,000 returns: milliseconds of each view, next to the same figures counted live from the tables of
orders and returns, in the same run. `python -m bench.insights`; `--database` for another one than SQLite (an empty one)."""

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from aiohttp import ClientSession, CookieJar, web
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.app import create_app
from gateway.assistant import Assistant
from rma.bootstrap import Container, open_container
from rma.model.agents import Role
from rma.model.insight import Scope
from rma.settings import Settings
from rma.store.migrate import upgrade

RETURNS, ROUNDS = 100_000, 5
PASSWORD = "a password of the bench"
RELEASED = "('declined', 'cancelled', 'expired')"


class Live:
    """The figures without tables of their own: SQL over orders, whose lines are in a document, and returns."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._since = f"{scope.first // 100}-{scope.first % 100:02}-01"

    def month(self, column: str) -> str:
        return f"strftime('%Y%m', {column})" if self._sqlite else f"to_char({column}, 'YYYYMM')"

    @property
    def lines(self) -> str:
        return "json_each(o.document, '$.lines') l" if self._sqlite else "json_array_elements(o.document->'lines') l(value)"

    def field(self, name: str) -> str:
        return f"json_extract(l.value, '$.{name}')" if self._sqlite else f"l.value->>'{name}'"

    @property
    def units(self) -> str:
        return f"sum(CAST({self.field('quantity')} AS integer))"

    @property
    def sold(self) -> str:
        return f" FROM orders o, {self.lines} WHERE o.placed_at >= '{self._since}' GROUP BY 1"

    @property
    def returned(self) -> str:
        return (
            " FROM return_lines x JOIN returns r ON r.id = x.return_id JOIN orders o ON o.id = r.order_id"
            f" WHERE o.placed_at >= '{self._since}' AND r.status NOT IN {RELEASED} GROUP BY 1"
        )

    async def _run(self, statement: str) -> list[Any]:
        return list(await self._connection.execute(text(statement)))

    async def rates_by_month(self) -> None:
        await self._run(f"SELECT {self.month('o.placed_at')}, {self.units} {self.sold}")
        await self._run(f"SELECT {self.month('o.placed_at')}, sum(x.quantity) {self.returned}")

    async def rates_by_product(self) -> None:
        await self._run(f"SELECT {self.field('name')}, {self.units} {self.sold}")
        await self._run(f"SELECT x.name, sum(x.quantity) {self.returned}")

    async def reasons_by_product(self) -> None:
        await self._run("SELECT x.name, x.reason, sum(x.quantity) FROM return_lines x JOIN returns r ON r.id = x.return_id"
                        f" WHERE r.created_at >= '{self._since}' AND r.status NOT IN {RELEASED} GROUP BY 1, 2")  # fmt: skip

    async def days_to_refund(self) -> None:
        days = "CAST(julianday(e.at) - julianday(r.created_at) AS integer)" if self._sqlite else "e.at::date - r.created_at::date"
        await self._run(f"SELECT {self.month('e.at')}, {days}, count(*) FROM return_events e JOIN returns r ON r.id = e.return_id"
                        f" WHERE e.kind = 'refunded' AND e.at >= '{self._since}' GROUP BY 1, 2")  # fmt: skip

    async def value_by_disposition(self) -> None:
        await self._run(f"SELECT u.disposition, sum(u.quantity * CAST({self.field('unit_price')} AS numeric)) FROM return_units u"
                        f" JOIN returns r ON r.id = u.return_id JOIN orders o ON o.id = r.order_id, {self.lines}"
                        f" WHERE {self.field('id')} = u.line_id AND r.created_at >= '{self._since}' GROUP BY 1")  # fmt: skip

    async def kept(self) -> None:
        await self._run(f"SELECT {self.month('created_at')}, resolution, count(*) FROM returns WHERE created_at >= '{self._since}'"
                        f" AND status NOT IN {RELEASED} GROUP BY 1, 2")  # fmt: skip

    async def shoppers(self) -> None:
        await self._run("SELECT o.customer, count(*) FROM returns r JOIN orders o ON o.id = r.order_id"
                        f" WHERE r.created_at >= '{self._since}' AND r.status NOT IN {RELEASED} GROUP BY 1")  # fmt: skip


async def _timed(call: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    """The median in milliseconds."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        await call()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


async def _page(container: Container) -> float:
    """A request for the whole page over HTTP, as a merchant's browser makes it."""
    runner = web.AppRunner(create_app(container, Assistant.of(container.settings)), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", container.settings.port)
    await site.start()
    url = container.settings.address
    await container.agents.add("bench", "Bench", Role.ADMIN, PASSWORD)
    try:
        async with ClientSession(headers={"Origin": url}, cookie_jar=CookieJar(unsafe=True)) as http:
            async with http.post(f"{url}/console/login", data={"login": "bench", "password": PASSWORD}) as answer:
                answer.raise_for_status()

            async def get() -> None:
                async with http.get(f"{url}/insights") as answer:
                    assert answer.status == 200 and len(await answer.text()) > 10_000

            await get()
            return await _timed(get)
    finally:
        await runner.cleanup()


async def _measure(settings: Settings, returns: int, table: Table) -> None:
    async with open_container(settings) as container:
        desk = container.insights
        began = time.perf_counter()
        made = await desk.add_sample(returns)
        table.caption = f"{made:,} returns made up in {time.perf_counter() - began:.0f} s"
        began = time.perf_counter()
        counted = await desk.keep_up()
        took = time.perf_counter() - began
        table.caption += f", counted in {took:.0f} s ({1000 * took / counted:.2f} ms each)"
        table.add_row("whole page over HTTP", f"{await _page(container):,.0f}", "", "")
        table.add_row("chore with nothing to do", f"{await _timed(desk.keep_up):,.0f}", "", "")
        scope = desk.scope(12, await desk.choices())
        async with desk.figures(scope) as figures, container.engine.connect() as connection:
            live = Live(connection, scope)
            for name, ours, theirs in (
                ("return rate by month", lambda: figures.rates("month"), live.rates_by_month),
                ("return rate by product", lambda: figures.rates("product"), live.rates_by_product),
                ("reasons by product", lambda: figures.reasons("product"), live.reasons_by_product),
                ("sizes that run small", figures.sizings, None),
                ("days to refund", figures.speed, live.days_to_refund),
                ("cost, recovered value, CO2", figures.money, live.value_by_disposition),
                ("share kept", figures.kept, live.kept),
                ("serial returners", figures.returners, live.shoppers),
                ("what changed", figures.changes, None),
            ):
                ms = await _timed(ours)
                other = await _timed(theirs, 1) if theirs else None
                table.add_row(name, f"{ms:,.0f}", f"{other:,.0f}" if other else "-", f"{other / ms:.1f}" if other else "-")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.insights", description=__doc__)
    parser.add_argument("--returns", type=int, default=RETURNS)
    parser.add_argument("--database", default="", help="postgresql://...; else a file of SQLite")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        from retour.processes import free_port

        database = arguments.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        port = free_port()
        settings = Settings.load(
            database_url=database, secret_key="a secret of the bench, long enough", port=port, public_url=f"http://127.0.0.1:{port}"
        )
        upgrade(settings.database)
        table = Table(title=f"Figures of 12 of 24 months, {database.split(':')[0]}: ms, median of {ROUNDS}")
        for heading in ("view", "ms", "live SQL, ms", "live / ours"):
            table.add_column(heading, justify="left" if heading == "view" else "right")
        asyncio.run(_measure(settings, arguments.returns, table))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
