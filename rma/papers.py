"""Papers drawn to be attached to a message: what the address of rma.links would show."""

import asyncio

from rma.labels import label_pdf, qr_png
from rma.labels.acknowledgement import acknowledgement_pdf
from rma.model.errors import NotFound
from rma.model.outgoing import Attached, Paper
from rma.model.shop import Shop
from rma.policy.markets import market_of
from rma.service.returns import ReturnDesk
from rma.service.withdrawals import WithdrawalDesk
from rma.texts import Texts


class Papers:
    def __init__(self, returns: ReturnDesk, withdrawals: WithdrawalDesk, shop: Shop, texts: Texts) -> None:
        self._returns = returns
        self._withdrawals = withdrawals
        self._shop = shop
        self._texts = texts

    async def draw(self, paper: Paper) -> Attached:
        """Raises NotFound for a paper of nothing."""
        if paper.kind == "withdrawal":
            withdrawal = await self._withdrawals.get(paper.ref)
            zone = market_of(self._shop.market).zone
            content = await asyncio.to_thread(acknowledgement_pdf, withdrawal, self._shop, zone, self._texts)
            return Attached(filename=f"{withdrawal.reference}.pdf", mime="application/pdf", content=content)
        shipment = self._returns.shipment(await self._returns.get(paper.ref))
        if paper.kind == "label":
            content = await asyncio.to_thread(label_pdf, shipment)
            return Attached(filename=f"{paper.ref}.pdf", mime="application/pdf", content=content)
        if paper.kind == "qr":
            content = await asyncio.to_thread(qr_png, shipment)
            return Attached(filename=f"{paper.ref}.png", mime="image/png", content=content)
        raise NotFound(f"no paper is of kind {paper.kind}")
