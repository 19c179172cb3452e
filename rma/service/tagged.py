"""Tags of single units (EPCs) that a reader saw at inspection: no more of them than units, of this article, and each unit once."""

from collections.abc import Sequence

from rma.model.codes import Reason
from rma.model.epc import Epc, read_epc
from rma.model.errors import Refused
from rma.model.goods import Seen
from rma.model.gtin import gtin14
from rma.model.orders import Order
from rma.model.returns import Return
from rma.service.ports import UnitOfWork


class Tags:
    """The tags of one inspection. `take` is told each lot of it, `check` then looks what is known of them."""

    def __init__(self, rma: Return, order: Order) -> None:
        self._rma = rma
        self._order = order
        self._lines: dict[str, str] = {}

    async def take(self, uow: UnitOfWork, line_id: str, codes: Sequence[str], units: int) -> None:
        """Raises Refused for more single units than there are, one twice, or one of another article. What names no item, or no
        single one, says nothing of how many there are."""
        read = [epc for epc in map(_read, codes) if epc is not None]
        if not read:
            return
        # Where the shop sent a wrong article, that one is here.
        wrong = any(line.id == line_id and line.reason is Reason.WRONG_ITEM for line in self._rma.lines)
        gtin = None if wrong else await self._gtin(uow, line_id)
        for epc in read:
            if gtin is not None and epc.gtin != gtin:
                raise Refused(f"line {line_id}: the tag {epc.uri} is of another article")
            if epc.serial is not None and epc.uri in self._lines:
                raise Refused(f"line {line_id}: the tag {epc.uri} was read twice")
            if epc.serial is not None:
                self._lines[epc.uri] = line_id
        single = sum(epc.serial is not None for epc in read)
        if single > units:
            raise Refused(f"line {line_id}: {single} tags of single units, but {units} units")

    async def _gtin(self, uow: UnitOfWork, line_id: str) -> str | None:
        """As the order, the catalogue, or else the SKU itself says; None where the shop names none."""
        bought = self._order.line(line_id)
        if bought is None:
            return None
        item = None if bought.gtin else await uow.catalogue.get(bought.sku)
        return bought.gtin or (item.gtin if item else None) or gtin14(bought.sku)

    async def check(self, uow: UnitOfWork) -> None:
        """Raises Refused for a unit that was looked at before, unless it can have come to this shopper since then."""
        for seen in await uow.goods.seen(list(self._lines)) if self._lines else ():
            if self._cannot_be_here(seen):
                raise Refused(f"line {self._lines[seen.uri]}: the tag {seen.uri} was looked at in {seen.number} already")

    def _cannot_be_here(self, seen: Seen) -> bool:
        """What was not accepted went back to its shopper; what was, may have been sold again to whoever got theirs after that."""
        if seen.number == self._rma.number:
            return True
        bought = self._order.line(self._lines[seen.uri])
        got = max((bought.delivered_at if bought else None) or self._order.placed_at, self._order.placed_at)
        return seen.accepted and (seen.order_id == self._rma.order_id or seen.at >= got)


def _read(code: str) -> Epc | None:
    try:
        return read_epc(code)
    except Refused:
        return None
