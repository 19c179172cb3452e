"""What carriers know of a person's parcels: erased with the order, and copied for them."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rma.store.tables import ReturnRow
from rma.store.tracking_tables import CarrierPaperRow, EmbeddedScanRow, TrackingEventRow


async def forget_parcels(connection: AsyncConnection, returns: Collection[int]) -> Counter[str]:
    """Labels as carriers drew them go, with the addresses on them; of what was scanned stays when and how far the parcel was,
    without where and in which words: the first scan is at the shopper's."""
    done: Counter[str] = Counter()
    numbers = select(ReturnRow.tracking_number).where(
        ReturnRow.id.in_(returns), ReturnRow.tracking_number.is_not(None)
    )
    event = TrackingEventRow
    said = and_(event.return_id.in_(returns), or_(event.place.is_not(None), event.description.is_not(None)))
    for name, statement in (
        ("labels of carriers", delete(CarrierPaperRow).where(CarrierPaperRow.tracking_number.in_(numbers))),
        ("scans", delete(EmbeddedScanRow).where(EmbeddedScanRow.tracking_number.in_(numbers))),
        ("words of carriers", update(event).where(said).values(place=None, description=None)),
    ):
        done[name] = int((await connection.execute(statement)).rowcount)
    return done
