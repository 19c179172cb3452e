"""Erasing a person from answers that are kept for programs that ask again: they are words about returns, for a day."""

import json
from collections import Counter

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.privacy import Censor
from rma.store.privacy_goods import cleaned
from rma.store.staff_tables import StaffRequestRow


async def forget_answers(connection: AsyncConnection, censor: Censor) -> Counter[str]:
    """In all of them: a day's are few, and a parcel that belongs to no return yet may name anybody."""
    r, changed = StaffRequestRow, 0
    for row in (await connection.execute(select(r.owner, r.key, r.body).where(r.body.is_not(None)))).all():
        said = json.loads(row.body)
        if (clean := cleaned(said, censor)) != said:
            body = json.dumps(clean, ensure_ascii=False)
            await connection.execute(update(r).where(r.owner == row.owner, r.key == row.key).values(body=body))
            changed += 1
    return Counter({"answers to programs": changed})
