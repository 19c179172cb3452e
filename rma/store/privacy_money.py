"""Erasing what was written about a person with their refunds: reasons and errors are cleaned, the amounts stay in the accounts."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.privacy import Censor
from rma.store.refund_tables import RefundPartRow, RefundRow


async def forget_money(connection: AsyncConnection, returns: Collection[int], censor: Censor) -> Counter[str]:
    r, p, done = RefundRow, RefundPartRow, Counter[str]()
    for row in (await connection.execute(select(r.id, r.reason).where(r.return_id.in_(returns)))).all():
        if row.reason and (clean := censor.clean(row.reason)) != row.reason:
            await connection.execute(update(r).where(r.id == row.id).values(reason=clean))
            done["reasons of refunds"] += 1
    parts = select(p.id, p.error).join(r, r.id == p.refund_id).where(r.return_id.in_(returns), p.error.is_not(None))
    for row in (await connection.execute(parts)).all():
        if (clean := censor.clean(row.error)) != row.error:
            await connection.execute(update(p).where(p.id == row.id).values(error=clean))
            done["errors of refunds"] += 1
    return done
