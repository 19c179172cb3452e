"""Quiet hours, looked at once more when a text message leaves: one that was kept up may have come into them meanwhile."""

from datetime import datetime

from rma.model.notifying import QuietHours
from rma.model.outgoing import Kept, Kind, Medium
from rma.service.ports import Transactions
from rma.service.posting import ASKED
from rma.service.quiet import loud_from


class Curfew:
    def __init__(self, transactions: Transactions, quiet: QuietHours | None) -> None:
        self._transactions = transactions
        self._quiet = quiet

    async def held(self, message: Kept, now: datetime) -> datetime | None:
        """Until when a message may not leave; None when it may: what was asked for, and an acknowledgement, never wait."""
        unasked = message.kind.is_notice and message.kind is not Kind.WITHDRAWAL and not message.key.startswith(ASKED)
        if self._quiet is None or message.medium is not Medium.SMS or not unasked or message.return_number is None:
            return None
        async with self._transactions() as uow:
            rma = await uow.returns.by_number(message.return_number)
            order = await uow.orders.get(rma.order_id) if rma else None
        until = loud_from(now, self._quiet, order, message.recipient) if order else now
        return until if until > now else None
