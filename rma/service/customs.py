"""The customs papers of returns: what they say, from the day of the label or as soon as the shop has filled in what lacked."""

from rma.model.customs import Declaration
from rma.model.errors import NotFound
from rma.model.returns import Return
from rma.model.shipping import Shipment
from rma.service.declaring import LACKING, declare
from rma.service.ports import Transactions


class CustomsDesk:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def shipment(self, rma: Return) -> Shipment:
        """The shipment of `rma` with its declaration. Raises NotFound while it has no label, crosses no border, or lacks what
        customs wants: no form is better than a wrong one."""
        shipment = Shipment.model_validate(rma.label.shipment) if rma.label else None
        if shipment is None or not shipment.request.crosses_border:
            raise NotFound(f"{rma.number} needs no customs papers")
        if shipment.request.customs is not None or shipment.paper("customs"):
            return shipment
        async with self._transactions() as uow:
            order = await uow.orders.get(rma.order_id)
            found = await declare(uow, rma, order, shipment.request.sender, shipment.request.recipient)
        if not isinstance(found, Declaration):
            raise NotFound(f"{rma.number} has no customs papers yet: {', '.join(map(str, found))} is lacking")
        return shipment.model_copy(update={"request": shipment.request.model_copy(update={"customs": found})})

    async def lacking(self) -> dict[str, list[str]]:
        """What the shop has to fill in so that returns on their way get their papers: by return, `SKU: field`."""
        found: dict[str, list[str]] = {}
        async with self._transactions() as uow:
            for number in await uow.tracking.open_with(LACKING):
                rma = await uow.returns.by_number(number)
                if rma is None or rma.label is None:
                    continue
                request = Shipment.model_validate(rma.label.shipment).request
                order = await uow.orders.get(rma.order_id)
                said = await declare(uow, rma, order, request.sender, request.recipient)
                if not isinstance(said, Declaration):
                    found[number] = [str(one) for one in said]
        return found
