"""Papers as they are attached to a message, and shown at the addresses of rma.links: the carrier's own where it drew one, else
ours."""

import asyncio
from collections.abc import Callable

from rma.labels import label_pdf, label_png, label_zpl, qr_pdf, qr_png
from rma.labels.acknowledgement import acknowledgement_pdf
from rma.labels.carrier_paper import PDF, PNG, ZPL, NotConvertible, converted
from rma.labels.customs import customs_pdf
from rma.model.errors import NotFound
from rma.model.outgoing import Attached, Paper
from rma.model.returns import Return
from rma.model.shipping import CarrierPapers, Shipment
from rma.model.shop import Shop
from rma.policy.markets import market_of
from rma.service.customs import CustomsDesk
from rma.service.returns import ReturnDesk
from rma.service.withdrawals import WithdrawalDesk
from rma.texts import Texts

_SUFFIXES = {PDF: "pdf", PNG: "png", ZPL: "zpl"}
_DRAWN: dict[tuple[str, str], Callable[[Shipment], bytes]] = {
    ("label", PDF): label_pdf,
    ("label", PNG): label_png,
    ("label", ZPL): lambda shipment: label_zpl(shipment).encode("ascii"),
    ("qr", PDF): qr_pdf,
    ("qr", PNG): qr_png,
    ("customs", PDF): customs_pdf,
}


class Papers:
    def __init__(
        self,
        returns: ReturnDesk,
        withdrawals: WithdrawalDesk,
        customs: CustomsDesk,
        kept: CarrierPapers,
        shop: Shop,
        texts: Texts,
    ) -> None:
        self._returns = returns
        self._withdrawals = withdrawals
        self._customs = customs
        self._kept = kept
        self._shop = shop
        self._texts = texts

    async def draw(self, paper: Paper) -> Attached:
        """Raises NotFound for a paper of nothing."""
        if paper.kind == "withdrawal":
            withdrawal = await self._withdrawals.get(paper.ref)
            zone = market_of(self._shop.market).zone
            content = await asyncio.to_thread(acknowledgement_pdf, withdrawal, self._shop, zone, self._texts)
            return Attached(filename=f"{withdrawal.reference}.pdf", mime=PDF, content=content)
        rma = await self._returns.get(paper.ref)
        return await self.of_return(rma, paper.kind, PNG if paper.kind == "qr" else PDF)

    async def of_return(self, rma: Return, kind: str, mime: str) -> Attached:
        """A label, a code for the counter or customs papers. Raises NotFound where there is none, or not in this form."""
        shipment = await self._customs.shipment(rma) if kind == "customs" else self._returns.shipment(rma)
        content = await self._carriers(shipment, kind, mime)
        if content is None and (drawing := _DRAWN.get((kind, mime))):
            content = await asyncio.to_thread(drawing, shipment)
        if content is None:
            raise NotFound(f"{rma.number} has no {kind} as {mime}")
        name = f"{rma.number}-customs" if kind == "customs" else rma.number
        return Attached(filename=f"{name}.{_SUFFIXES[mime]}", mime=mime, content=content)

    async def _carriers(self, shipment: Shipment, kind: str, mime: str) -> bytes | None:
        """The carrier's own paper. A counter of theirs knows no code of ours: without one of theirs it is shown the label."""
        own = shipment.paper(kind) or (shipment.paper("label") if kind == "qr" else None)
        if own is None:
            return None
        exact = next((paper for paper in shipment.papers if paper.kind == own.kind and paper.mime == mime), own)
        kept = await self._kept.read(shipment.carrier, shipment.tracking_number, exact)
        if kept is None:
            raise NotFound(f"the {own.kind} of {shipment.request.return_number} is not kept any more")
        try:
            return await asyncio.to_thread(converted, kept, exact.mime, mime)
        except NotConvertible as error:
            raise NotFound(f"{shipment.request.return_number}: {error}") from error
