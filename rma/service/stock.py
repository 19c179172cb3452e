"""Tells the shop's platform of units that can be sold again: those that inspection accepted for `restock`, each row once.

A row is claimed before anybody asks, and marked in the end. What happened between (a kill, a lost answer) is told again under the
same key, which the platform knows again; where it would know it no longer, a person looks first.
"""

import asyncio
from datetime import timedelta

import structlog

from rma.model.errors import Conflict
from rma.model.platforms import NotTaken, PlatformRefused, PlatformUnavailable, ShopPlatform, StockMove
from rma.model.stock import Telling
from rma.service.aside import Aside
from rma.service.backoff import pause_before
from rma.service.ports import Clock, Transactions

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than a platform may take over all of its requests for one row."""
AT_MOST = 500
"""Rows in one go; the rest a minute later."""
IN_A_ROW = 3
"""Failures after which the platform is left alone until the next go."""


class StockDesk:
    def __init__(self, transactions: Transactions, clock: Clock, platform: ShopPlatform) -> None:
        self._transactions, self._clock, self._platform = transactions, clock, platform
        self._at_work = asyncio.Lock()
        self._nudged = False
        self._aside = Aside()

    def nudge(self) -> None:
        """To be called right after units were inspected: tells the platform in the background, and returns at once."""
        self._nudged = True
        if self._at_work.locked():
            return  # Whoever is at it looks again before it ends.
        self._aside.begin(self._quietly())

    async def _quietly(self) -> None:
        try:
            await self.finish_interrupted()
        except Exception as error:  # The chore of the next minute tries again.
            log.error("stock could not be told", kind=type(error).__name__)

    async def settled(self) -> None:
        """Waits for what is being told in the background."""
        await self._aside.settled()

    async def finish_interrupted(self) -> int:
        """Tells what is due; of how many rows the platform now knows."""
        told = failed = 0
        async with self._at_work:
            for _ in range(AT_MOST):
                self._nudged = False
                telling = await self._claimed()
                if telling is not None:
                    try:
                        told += await self._tell(telling)
                        failed = 0
                    except PlatformUnavailable:
                        failed += 1
                        if failed >= IN_A_ROW:
                            break
                elif not self._nudged:
                    break
        return told

    async def _claimed(self) -> Telling | None:
        for attempt in range(3):
            try:
                async with self._transactions() as uow:
                    return await uow.platforms.claim_stock(self._clock(), LEASE)
            except Conflict:
                await asyncio.sleep(0.02 * 2**attempt)
        return None

    async def _tell(self, telling: Telling) -> bool:
        """Whether the platform knows it now. Raises PlatformUnavailable when it will be tried again, which is written down."""
        now = self._clock()
        if self._forgotten(telling):
            why = "its answer was lost too long ago to be asked for again; look whether the stock was raised"
            await self._settle(telling, stuck=True, error=f"{telling.error or ''}; {why}".strip("; "))
            return False
        move = StockMove(key=telling.key, sku=telling.sku, quantity=telling.quantity, cause=telling.number, at=now)
        try:
            await self._platform.restock(move)
        except PlatformRefused as error:
            await self._settle(telling, stuck=True, error=str(error), unsure_since=telling.unsure_since)
            return False
        except PlatformUnavailable as error:
            pause = max(pause_before(telling.attempts), timedelta(seconds=error.after or 0.0))
            unsure = telling.unsure_since if isinstance(error, NotTaken) else telling.unsure_since or now
            await self._settle(telling, not_before=now + pause, error=str(error), unsure_since=unsure)
            raise
        async with self._transactions() as uow:
            await uow.platforms.settle_stock(telling.unit, stuck=False, error=None, unsure_since=None)
            await uow.goods.mark_told(telling.unit, self._clock())
        return True

    def _forgotten(self, telling: Telling) -> bool:
        """Whether the platform may have done it, and would not know the key any more."""
        memory = self._platform.forgets_after
        return memory is not None and telling.unsure_since is not None and self._clock() - telling.unsure_since > memory

    async def _settle(self, telling: Telling, **fields: object) -> None:
        log.warning(
            "stock was not told",
            unit=telling.unit,
            rma=telling.number,
            why=fields.get("error"),
            stuck=bool(fields.get("stuck")),
        )
        async with self._transactions() as uow:
            await uow.platforms.settle_stock(telling.unit, **fields)

    async def stuck(self, limit: int = 100) -> list[Telling]:
        """What a person has to look at: the platform refused it, or nobody knows whether it was done."""
        async with self._transactions() as uow:
            return await uow.platforms.stuck_stock(limit)

    async def retry(self, unit: int | None = None) -> int:
        """Lets one row, or all, be tried again."""
        async with self._transactions() as uow:
            return await uow.platforms.retry_stock(unit, self._clock())

    async def done_by_hand(self, unit: int) -> bool:
        """Somebody raised the stock themselves: the platform is not told."""
        async with self._transactions() as uow:
            await uow.platforms.settle_stock(unit, stuck=False, error="by hand")
            return await uow.goods.mark_told(unit, self._clock())

    async def close(self) -> None:
        """Lets what runs in the background end, for a while; what does not is done later all the same."""
        await self._aside.close()
