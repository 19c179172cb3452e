"""Erasing what the warehouse wrote down about a person's goods: its words are cleaned, its pictures go, the counts stay."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.model.privacy import Censor
from rma.store.goods_tables import GoodsPhotoRow, ParcelRow, ReturnUnitRow
from rma.store.tables import ReturnEventRow, ReturnRow


def cleaned(value: Any, censor: Censor) -> Any:
    """`value`, a JSON document, with every text in it cleaned."""
    match value:
        case str():
            return censor.clean(value)
        case list():
            return [cleaned(item, censor) for item in value]
        case dict():
            return {name: cleaned(item, censor) for name, item in value.items()}
    return value


async def forget_goods(connection: AsyncConnection, returns: Collection[int], censor: Censor) -> Counter[str]:
    """A picture of a parcel shows its label, so it goes, whatever it shows."""
    u, p, e, done = ReturnUnitRow, ParcelRow, ReturnEventRow, Counter[str]()
    numbers = select(ReturnRow.number).where(ReturnRow.id.in_(returns))
    photos: set[int] = set()
    for unit in (await connection.execute(select(u.id, u.why, u.photo).where(u.return_id.in_(returns)))).all():
        photos |= {unit.photo} - {None}
        why = censor.clean(unit.why) if unit.why else unit.why
        if (why, None) != (unit.why, unit.photo):
            await connection.execute(update(u).where(u.id == unit.id).values(why=why, photo=None))
            done["units of returns"] += 1
    names = ("scanned", "contents", "note", "outcome")
    columns = [getattr(p, name) for name in ("id", *names, "photo")]
    for parcel in (await connection.execute(select(*columns).where(p.return_number.in_(numbers)))).mappings():
        photos |= {parcel["photo"]} - {None}
        said = {name: cleaned(parcel[name], censor) for name in names}
        if said | {"photo": None} != {name: parcel[name] for name in (*names, "photo")}:
            await connection.execute(update(p).where(p.id == parcel["id"]).values(photo=None, **said))
            done["parcels"] += 1
    for event in (await connection.execute(select(e.id, e.detail).where(e.return_id.in_(returns)))).all():
        if isinstance(event.detail.get("photo"), int):
            photos.add(event.detail["photo"])
            await connection.execute(update(e).where(e.id == event.id).values(detail=event.detail | {"photo": None}))
    # One that shows several parcels stays with the others' as long as they have it.
    left = select(u.photo).where(u.photo.is_not(None)).union(select(p.photo).where(p.photo.is_not(None)))
    gone = delete(GoodsPhotoRow).where(GoodsPhotoRow.id.in_(photos), GoodsPhotoRow.id.not_in(left))
    done["pictures of goods"] = int((await connection.execute(gone)).rowcount)
    return done
