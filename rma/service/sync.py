"""Orders and catalogue of the shop's platform, brought here: what changed since the last time, one order that is named, one that a
webhook speaks of.

What changed is read from where the last reading ended, and a little before, since a platform's clock and its lists may lag. To read
an order twice changes nothing; a change of this house's own (an order cancelled here, units announced) is kept.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from rma.model.errors import Conflict
from rma.model.orders import CatalogueItem, order_key
from rma.model.platforms import Changed, PlatformUnavailable, ShopPlatform
from rma.service.aside import Aside
from rma.service.ports import Clock, Transactions
from rma.service.shop import ImportReport, ShopDesk

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
OVERLAP = timedelta(minutes=2)
WHOLE_EVERY = timedelta(hours=24)
"""How often all of the catalogue is read: platforms do not always say that a variant changed when its stock did."""
STEP = 50
"""Orders or articles after which it is written down how far the reading came."""
ARRIVALS = 500
ASKED_AGAIN_AFTER = 300.0
"""Seconds for which a number that the platform does not know is not asked for again."""
REMEMBERED = 10_000
GRACE = 5.0
ORDERS, CATALOGUE = "orders", "catalogue"


@dataclass
class _Batch:
    """What was read and is not kept yet."""

    items: list[CatalogueItem] = field(default_factory=list)
    seen: int = 0
    upto: datetime | None = None


class SyncDesk:
    def __init__(self, transactions: Transactions, clock: Clock, platform: ShopPlatform, shop: ShopDesk) -> None:
        self._transactions, self._clock, self._platform, self._shop = transactions, clock, platform, shop
        self._running = asyncio.Lock()
        self._due: float = 0.0
        self._unknown: dict[str, float] = {}
        self._named: set[str] = set()
        self._aside = Aside()

    @property
    def platform(self) -> ShopPlatform:
        return self._platform

    async def finish_interrupted(self) -> int:
        """A chore: reads what changed, every few minutes. How many orders are new or different."""
        if self._platform.keeps_orders_here or time.monotonic() < self._due or self._running.locked():
            return 0
        self._due = time.monotonic() + EVERY.total_seconds()
        try:
            report = await self.read_changed()
        except PlatformUnavailable as error:
            log.warning("the shop platform could not be read", why=str(error))
            self._due = time.monotonic() + max(60.0, error.after or 0.0)
            return 0
        for number, reason in report.failures:
            log.warning("not loaded from the shop platform", what=number, why=reason)
        async with self._transactions() as uow:
            arrived = await uow.platforms.arrive(self._clock(), ARRIVALS)
        return report.orders_saved + arrived

    async def read_changed(self, since: datetime | None = None) -> ImportReport:
        """From where the last reading ended, or from `since`; everything where there was none. Raises PlatformUnavailable; what was
        read until then is kept, and the next reading goes on from there."""
        async with self._running:
            report = ImportReport()
            await self._read(CATALOGUE, since, report)
            await self._read(ORDERS, since, report)
            return report

    async def _read(self, kind: str, since: datetime | None, report: ImportReport) -> None:
        code, started = self._platform.code, self._clock()
        async with self._transactions() as uow:
            upto, whole_at = await uow.platforms.cursor(code, kind)
        # All of the catalogue: an old order's article may not have changed for years.
        whole = kind == CATALOGUE and (whole_at is None or started - whole_at >= WHOLE_EVERY)
        start = None if whole else since or (upto - OVERLAP if upto else None)
        source = self._platform.orders(start) if kind == ORDERS else self._platform.catalogue(start)
        # A gap between what was read and where this reading begins is not one that was read.
        gapless = start is None or upto is None or start <= upto
        try:
            await self._keep(kind, source, report, gapless, started)
        except PlatformUnavailable as error:
            async with self._transactions() as uow:
                await uow.platforms.note_cursor(code, kind, started, error=str(error))
            raise
        async with self._transactions() as uow:
            await uow.platforms.note_cursor(code, kind, started, whole_at=started if start is None else None)

    async def _keep(
        self, kind: str, source: AsyncIterator[Changed], report: ImportReport, gapless: bool, started: datetime
    ) -> None:
        batch = _Batch()
        async for change in source:
            await self._take(change, batch, report)
            batch.seen += 1
            # Articles come in no order of time: how far their reading came is known at its end only, and one may have changed
            # again behind it.
            if kind == ORDERS:
                batch.upto = change.at
                if batch.seen % STEP == 0:
                    await self._write_down(kind, batch, report, gapless)
            else:
                batch.upto = min(max(batch.upto or change.at, change.at), started)
                if len(batch.items) >= STEP:
                    await self._shop.take_items(batch.items, report)
                    batch.items = []
        await self._write_down(kind, batch, report, gapless)

    async def _take(self, change: Changed, batch: _Batch, report: ImportReport) -> None:
        if change.order is not None:
            await self._shop.take(change.order, report)
        elif change.item is not None:
            batch.items.append(change.item)
        else:
            report.failures.append((change.name, change.reason or "it could not be read"))

    async def _write_down(self, kind: str, batch: _Batch, report: ImportReport, gapless: bool) -> None:
        if batch.items:
            await self._shop.take_items(batch.items, report)
            batch.items = []
        if gapless and batch.upto is not None:
            async with self._transactions() as uow:
                await uow.platforms.note_cursor(self._platform.code, kind, self._clock(), upto=batch.upto)

    async def fetch(self, number: str) -> bool:
        """Asks the platform for an order that is not known here; whether it is here now. An answer of "no such order" is believed
        for a while. Raises PlatformUnavailable."""
        key = order_key(number)
        if self._platform.keeps_orders_here or not key or self._unknown.get(key, 0.0) > time.monotonic():
            return False
        found = await self._platform.order(number)
        if found is None or found.order is None:
            if found is not None:
                log.warning("not loaded from the shop platform", what=found.name, why=found.reason)
            if len(self._unknown) >= REMEMBERED:
                self._unknown.clear()
            self._unknown[key] = time.monotonic() + ASKED_AGAIN_AFTER
            return False
        return await self._shop.take(found.order, ImportReport())

    def refresh_soon(self, platform_id: str) -> None:
        """Reads one order again in the background: a webhook said that it changed. Said twice before it was read, it is read once;
        what fails is read with what changed, since a webhook is only a hint."""
        if platform_id in self._named or self._platform.keeps_orders_here:
            return
        self._named.add(platform_id)
        self._aside.begin(self._refresh(platform_id))

    async def _refresh(self, platform_id: str) -> None:
        self._named.discard(platform_id)
        try:
            found = await self._platform.order_by_id(platform_id)
            if found is None:
                return
            report = ImportReport()
            if found.order is not None:
                await self._shop.take(found.order, report)
                self._unknown.pop(found.order.key, None)
            else:
                report.failures.append((found.name, found.reason or "it could not be read"))
            for number, reason in report.failures:
                log.warning("not loaded from the shop platform", what=number, why=reason)
        except (PlatformUnavailable, Conflict) as error:
            self._due = 0.0
            log.warning("an order could not be read again", why=str(error))

    async def settled(self) -> None:
        """Waits for what is being read in the background."""
        await self._aside.settled()

    async def close(self) -> None:
        """Lets what runs in the background end, for a while; what does not is done later all the same."""
        await self._aside.close()
