"""The label of a return: asked of the carrier after the return stands, once, and taken back when it was called off meanwhile."""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta

import structlog

from rma.model.codes import ReturnStatus
from rma.model.customs import Declaration, Lacking, needs_papers
from rma.model.errors import Conflict, NotFound
from rma.model.orders import Order
from rma.model.returns import Return, ReturnEvent, ReturnLabel
from rma.model.shipping import Carrier, CarrierRefused, CarrierUnavailable, Shipment, ShipmentRequest
from rma.model.shop import Shop
from rma.service.declaring import LACKING, declare, weigh
from rma.service.goods import unsafe_to_post
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions, UnitOfWork

log = structlog.get_logger(__name__)

LABEL_REFUSED = "label_refused"
"""The kind of a return's event: a carrier said no, `detail.why` and `detail.message`."""
PATIENCE = 45.0
"""Seconds that issuing labels in the background takes at most in one go; what is under way then is found by the next."""
ASK_AGAIN = timedelta(hours=6)
"""After which a carrier that said no is asked once more: what it refused may have been mended."""


class LabelDesk:
    def __init__(
        self, transactions: Transactions, clock: Clock, shop: Shop, carrier: Carrier, notices: NoticeDesk
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._returns_address = shop.returns_address
        self.carrier = carrier
        self._notices = notices

    async def ensure(self, rma: Return, conversation: str | None = None) -> Return:
        """Issues the label of an approved return that has none yet; a carrier out of reach leaves it for later. `conversation` is
        the one that shows it then."""
        if rma.status != ReturnStatus.APPROVED or rma.method is None or rma.label is not None:
            return rma
        async with self._transactions() as uow:
            order = await uow.orders.get(rma.order_id)
            request, lacking = await self._shipment_request(uow, rma, order)
        try:
            shipment = await self.carrier.create_return(request, idempotency_key=rma.number)
        except CarrierUnavailable:
            log.warning("label.not_issued", number=rma.number, reason="CarrierUnavailable")
            return rma
        except CarrierRefused as error:
            log.warning("label.not_issued", number=rma.number, reason=f"refused: {error.why}")
            return await self._refused(rma, error)
        try:
            labelled = await self._attach(rma.number, shipment, order, conversation, lacking)
        except Conflict:  # Somebody else labelled it, or called it off, at the same moment.
            labelled = await self._now(rma.number)
        if labelled.label is None:
            await self.call_back(labelled.number, shipment.tracking_number)
        return labelled

    async def _refused(self, rma: Return, error: CarrierRefused) -> Return:
        """Leaves the carrier's no in the return's events, where whoever looks at it finds it, once for each reason."""
        detail = {"why": error.why.value, "message": str(error)[:500]}
        if any(event.kind == LABEL_REFUSED and event.detail == detail for event in rma.events):
            return rma
        try:
            async with self._transactions() as uow:
                now = await uow.returns.by_number(rma.number)
                if now is None or now.status != ReturnStatus.APPROVED:
                    return now or rma
                now.events.append(ReturnEvent(kind=LABEL_REFUSED, at=self._clock(), by="system", detail=detail))
                await uow.returns.save(now)
                return now
        except Conflict:
            return await self._now(rma.number)

    async def call_back(self, number: str, tracking_number: str) -> None:
        """Has a label taken back. One that a carrier would not take back is not used: it only costs where the carrier bills it."""
        try:
            await self.carrier.cancel(tracking_number)
        except (CarrierUnavailable, CarrierRefused) as error:
            log.warning("label.not_cancelled", number=number, reason=type(error).__name__)

    async def _attach(
        self,
        number: str,
        shipment: Shipment,
        order: Order,
        conversation: str | None,
        lacking: tuple[Lacking, ...] = (),
    ) -> Return:
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
            if rma is None:
                raise NotFound(f"there is no return {number}")
            if rma.label is not None or rma.status != ReturnStatus.APPROVED:
                return rma
            rma.label = ReturnLabel(
                tracking_number=shipment.tracking_number,
                carrier=shipment.carrier,
                shipment=shipment.model_dump(mode="json"),
            )
            rma.move(ReturnStatus.LABEL_ISSUED, self._clock(), "system", carrier=shipment.carrier)
            if lacking:
                detail = {"lacking": [str(one) for one in lacking]}
                rma.events.append(ReturnEvent(kind=LACKING, at=self._clock(), by="system", detail=detail))
                log.warning("label.without_customs_papers", number=number, lacking=len(lacking))
            await uow.returns.save(rma)
            await self._notices.labelled(uow, rma, order, conversation)
            return rma

    async def _shipment_request(
        self, uow: UnitOfWork, rma: Return, order: Order
    ) -> tuple[ShipmentRequest, tuple[Lacking, ...]]:
        """What the carrier is asked, and what customs would want to know besides and nobody filled in."""
        name = order.shipping_address.name or order.customer.name
        sender = order.shipping_address.model_copy(update={"name": name})
        recipient = self._returns_address
        crosses = needs_papers(sender, recipient)
        said = await declare(uow, rma, order, sender, recipient) if crosses else ()
        customs = said if isinstance(said, Declaration) else None
        request = ShipmentRequest(
            return_number=rma.number,
            order_number=rma.order,
            sender=sender,
            recipient=recipient,
            weight_grams=await weigh(uow, rma, order),
            crosses_border=crosses,
            customs=customs,
            email=order.customer.email,
            phone=order.customer.phone,
            method=rma.method,
            language=rma.language,
            requested_at=rma.created_at,
            send_by=rma.send_by,
            contents=tuple(line.name for line in rma.lines),
            dangerous_goods=any(unsafe_to_post(order, line.id, line.reason) for line in rma.lines),
        )
        return request, said if isinstance(said, tuple) else ()

    async def finish_interrupted(self) -> int:
        """Issues labels that a crash or a carrier out of reach left open; how many it issued. Run at the start and now and then."""
        async with self._transactions() as uow:
            waiting = [rma for rma in await uow.returns.unlabelled() if not self._refused_lately(rma)]
        # Any first, a few at once, and not for ever: a carrier that is down must not hold up the parcels of the others.
        random.shuffle(waiting)
        few, issued = asyncio.Semaphore(4), 0

        async def issue(rma: Return) -> None:
            nonlocal issued
            async with few:
                issued += (await self.ensure(rma)).label is not None

        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(issue(rma) for rma in waiting))
        return issued

    def _refused_lately(self, rma: Return) -> bool:
        since = self._clock() - ASK_AGAIN
        return any(event.kind == LABEL_REFUSED and event.at > since for event in rma.events[-1:])

    async def _now(self, number: str) -> Return:
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(number)
        if rma is None:
            raise NotFound(f"there is no return {number}")
        return rma
