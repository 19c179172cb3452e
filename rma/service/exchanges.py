"""What goes out for what comes back: kept aside when the return is made, given back when it is called off, sent when it is settled.

The rows say what is wanted; the platform is asked afterwards, outside of any transaction and by one process at a time, and whatever
was interrupted is asked again under the same key.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from rma.model.codes import Resolution
from rma.model.errors import Conflict, RetourError
from rma.model.money import rounded
from rma.model.orders import Order
from rma.model.platforms import Exchange, PlatformRefused, PlatformUnavailable, ShopPlatform, SoldOut
from rma.model.refunding import ExchangeItem, ExchangeStatus, Refund
from rma.model.returns import GIVEN_BACK, Return
from rma.policy.amounts import ZERO, items_amount
from rma.service.ports import Clock, Transactions, UnitOfWork
from rma.service.refunds.due import counted, decided_of, is_final, pays_out

log = structlog.get_logger(__name__)

Act = Callable[[ExchangeItem], Awaitable[None]]
SENDS = (Resolution.EXCHANGE, Resolution.REPLACEMENT)
KEPT_FOR = timedelta(days=45)
"""How long an article is kept aside, where the platform wants to know."""
PATIENCE = timedelta(minutes=2)
"""After which whoever talked to the platform is taken to be dead."""


class ExchangeDesk:
    def __init__(self, transactions: Transactions, clock: Clock, platform: ShopPlatform) -> None:
        self._transactions = transactions
        self._clock = clock
        self._platform = platform

    # -- what is wanted, in the caller's transaction ------------------------------------------------------------------

    async def opened(self, uow: UnitOfWork, rma: Return, order: Order) -> None:
        """The return was just made: what it wants is kept aside soon after."""
        if rma.resolution not in SENDS:
            return
        decided = decided_of(rma, order, ())
        for line in rma.lines:
            bought = order.line(line.id)
            if bought is None or not line.quantity or pays_out(rma, line, decided["items"]):
                continue
            sku = line.sku
            if rma.resolution is Resolution.EXCHANGE and line.exchange_for:
                sku = line.exchange_for
            worth, difference = items_amount(bought, line.quantity, order.currency), ZERO
            wanted = await uow.catalogue.get(sku) if sku != line.sku else None
            if wanted is not None and (wanted.currency or order.currency) == order.currency:
                # As the shopper was told: a unit of it less what a unit cost before discounts.
                difference = rounded((wanted.price - bought.unit_price) * line.quantity, order.currency)
                difference = max(difference, -worth)
            await uow.refunds.add_exchange(
                ExchangeItem(
                    number=rma.number, order_id=rma.order_id, line=line.id, sku=sku, quantity=line.quantity,
                    difference=difference, value=worth + difference, currency=order.currency,
                    key=f"{rma.number}/{line.id}", at=self._clock(),
                )
            )  # fmt: skip

    # -- what is done about it ----------------------------------------------------------------------------------------

    async def sync(self, number: str) -> int:
        """Keeps aside what is wanted, and gives back what no longer is; how much was done. What fails is done later."""
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
            items = await uow.refunds.exchanges(number)
        if rma is None:
            return 0
        done = 0
        for item in items:
            if item.status is ExchangeStatus.RELEASING or (
                rma.status in GIVEN_BACK and item.status in (ExchangeStatus.WANTED, ExchangeStatus.RESERVED)
            ):
                done += await self._attempt(item, self._release)
            elif item.status is ExchangeStatus.WANTED and not item.sold_out:
                done += await self._attempt(item, self._reserve)
        return done

    async def place(self, item: ExchangeItem) -> ExchangeItem:
        """Sends it. Raises PlatformUnavailable, PlatformRefused, SoldOut, and Conflict while somebody else does the same."""
        async with self._transactions() as uow:
            claimed = await uow.refunds.claim_exchange(item.id or 0, self._clock(), self._clock() - PATIENCE)
        if claimed is None:
            raise Conflict(f"{item.sku} for {item.number} is being sent by somebody else")
        if claimed.status is ExchangeStatus.PLACED:
            return await self._save(claimed)
        try:
            claimed.placed = await self._platform.place(await self._exchange(claimed))
            claimed.status, claimed.error, claimed.sold_out = ExchangeStatus.PLACED, None, False
        except SoldOut as error:
            claimed.sold_out, claimed.error = True, str(error)
            raise
        except (PlatformRefused, PlatformUnavailable) as error:
            claimed.error = str(error)
            raise
        finally:
            await self._save(claimed)
        return claimed

    async def finish_interrupted(self) -> int:
        async with self._transactions() as uow:
            numbers = await uow.refunds.unsettled_exchanges(100)
        return sum([await self.sync(number) for number in numbers])

    async def _attempt(self, item: ExchangeItem, act: Act) -> int:
        async with self._transactions() as uow:
            claimed = await uow.refunds.claim_exchange(item.id or 0, self._clock(), self._clock() - PATIENCE)
        if claimed is None:
            return 0
        try:
            await act(claimed)
            claimed.error = None
            return 1
        except SoldOut as error:
            claimed.sold_out, claimed.error = True, str(error)
        except (PlatformRefused, PlatformUnavailable) as error:
            claimed.error = str(error)
        finally:
            await self._save(claimed)
        log.warning("exchange not settled with the platform", number=item.number, sku=item.sku, why=claimed.error)
        if claimed.sold_out:
            await self._tell_sold_out(claimed)
        return 0

    async def _reserve(self, item: ExchangeItem) -> None:
        item.reservation = await self._platform.reserve(await self._exchange(item))
        item.status = ExchangeStatus.RESERVED

    async def _release(self, item: ExchangeItem) -> None:
        await self._platform.release(await self._exchange(item))
        item.status = ExchangeStatus.RELEASED

    async def _save(self, item: ExchangeItem) -> ExchangeItem:
        async with self._transactions() as uow:
            await uow.refunds.save_exchange(item)
        return item

    async def _tell_sold_out(self, item: ExchangeItem) -> None:
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(item.number)
            if rma is None:
                return
            rma.note("exchange_sold_out", self._clock(), "system", line=item.line, sku=item.sku)
            try:
                await uow.returns.save(rma)
            except RetourError:  # A note; what matters stands in the row of the exchange.
                return

    async def _exchange(self, item: ExchangeItem) -> Exchange:
        async with self._transactions() as uow:
            order = await uow.orders.get(item.order_id)
        return Exchange(
            key=item.key,
            order=order.number,
            sku=item.sku,
            quantity=item.quantity,
            value=item.value,
            currency=item.currency,
            customer=order.customer,
            address=order.shipping_address,
            note=f"exchange for return {item.number}",
            until=item.at + KEPT_FOR,
            at=item.at,
        )


async def wanted_again(uow: UnitOfWork, rma: Return, at: datetime) -> None:
    """The goods of a return that was over came all the same: what was given back for it, or is about to be, is wanted again, under
    a key of its own since the old one is used up."""
    for item in await uow.refunds.exchanges(rma.number):
        if item.status is ExchangeStatus.PLACED:
            continue
        again = {
            "id": None, "key": f"{item.key}/again", "status": ExchangeStatus.WANTED, "sold_out": False, "reservation": None,
            "error": None, "at": at,
        }  # fmt: skip
        await uow.refunds.add_exchange(item.model_copy(update=again))
        item.sold_out = False
        item.status = ExchangeStatus.RELEASING if item.stands else item.status
        await uow.refunds.save_exchange(item)


def unsettled(items: Sequence[ExchangeItem], refunds: Sequence[Refund]) -> list[ExchangeItem]:
    """What goes out, and no refund of the return is for; `refunds` are the return's, or the order's."""
    begun = {item_id for refund in refunds for item_id in refund.asked.get("exchanges", ())}
    return [item for item in items if item.stands and item.id not in begun]


def ready(rma: Return, order: Order, items: Sequence[ExchangeItem]) -> list[tuple[ExchangeItem, int]]:
    """What can be sent, with the units that came for it: all that was announced of its line came, or what came is all there will
    be. What is sent already, and could not be settled then, is too."""
    found = []
    for item in items:
        line = rma.line(item.line)
        if item.status is ExchangeStatus.PLACED:
            found.append((item, item.quantity))
            continue
        if line is None or item.status not in (ExchangeStatus.WANTED, ExchangeStatus.RESERVED):
            continue
        units = counted(rma, order, line)
        if units >= item.quantity or (units and is_final(rma, order)):
            found.append((item, min(units, item.quantity)))
    return found


def net(items: Sequence[ExchangeItem]) -> Decimal:
    """What is wanted instead costs more (or, below zero, less) in all."""
    return sum((item.difference for item in items), ZERO)

