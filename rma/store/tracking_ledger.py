"""The ledger of calls to carriers (rma.model.carrying), in transactions of its own: what was asked must be written down before the
carrier hears it, whatever becomes of the caller."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from rma.model.carrying import Drawn, Made, Turn
from rma.model.shipping import CarrierPaper, CarrierUnavailable
from rma.store.tracking_tables import CarrierPaperRow, CarrierShipmentRow

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SHIPMENTS, _PAPERS = CarrierShipmentRow.__table__, CarrierPaperRow.__table__


class SqlLedger:
    """Also the CarrierPapers."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    async def begin(self, carrier: str, key: str, patience: float, lease: float) -> Made | Turn:
        deadline, pause = time.monotonic() + patience, 0.02
        while True:
            found = await self._begin(carrier, key, lease)
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise CarrierUnavailable(f"{carrier} is being asked by somebody else, and has not answered yet")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)

    async def _begin(self, carrier: str, key: str, lease: float) -> Made | Turn | None:
        """None while another one waits for the answer."""
        now, t = self._clock(), _SHIPMENTS.c
        try:
            async with self._engine.begin() as connection:
                row = (await connection.execute(select(_SHIPMENTS).where(t.key == key))).one_or_none()
                if row is None:
                    values = {"key": key, "carrier": carrier, "asked_at": now}
                    await connection.execute(_SHIPMENTS.insert().values(values))  # type: ignore[attr-defined]
                    return Turn(key=key)
                if row.carrier != carrier:
                    raise ValueError(f"the key {key} belongs to a shipment of {row.carrier}, not of {carrier}")
                if row.made is not None:
                    return Made.model_validate(row.made)
                if now - row.asked_at < timedelta(seconds=lease):
                    return None
                # Whoever asked is gone. Of several who see it, one gets the turn.
                taken = await connection.execute(
                    update(CarrierShipmentRow).where(t.key == key, t.asked_at == row.asked_at).values(asked_at=now)
                )
                return Turn(key=key, again=True) if taken.rowcount else None
        except IntegrityError:
            return None

    async def keep(self, key: str, made: Made, drawn: tuple[Drawn, ...]) -> None:
        t, p = _SHIPMENTS.c, _PAPERS.c
        async with self._engine.begin() as connection:
            await connection.execute(
                update(CarrierShipmentRow)
                .where(t.key == key)
                .values(made=made.model_dump(mode="json"), tracking_number=made.tracking_number)
            )
            for one in drawn:
                named = {"carrier": made.carrier, "tracking_number": made.tracking_number, **one.paper.model_dump()}
                await connection.execute(
                    delete(CarrierPaperRow).where(*(p[name] == value for name, value in named.items()))
                )
                await connection.execute(_PAPERS.insert().values(**named, content=one.content))  # type: ignore[attr-defined]

    async def drop(self, key: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(CarrierShipmentRow).where(_SHIPMENTS.c.key == key, _SHIPMENTS.c.tracking_number.is_(None))
            )

    async def unsure(self, key: str) -> None:
        t = _SHIPMENTS.c
        async with self._engine.begin() as connection:
            await connection.execute(
                update(CarrierShipmentRow).where(t.key == key, t.tracking_number.is_(None)).values(asked_at=_LONG_AGO)
            )

    async def holder(self, key: str) -> str | None:
        async with self._engine.connect() as connection:
            return await connection.scalar(select(_SHIPMENTS.c.carrier).where(_SHIPMENTS.c.key == key))

    async def made(self, carrier: str, tracking_number: str) -> Made | None:
        t = _SHIPMENTS.c
        query = select(t.made).where(t.carrier == carrier, t.tracking_number == tracking_number[:60])
        async with self._engine.connect() as connection:
            found = await connection.scalar(query)
        return Made.model_validate(found) if found else None

    async def cancelled(self, carrier: str, tracking_number: str) -> None:
        t = _SHIPMENTS.c
        which = (t.carrier == carrier, t.tracking_number == tracking_number)
        async with self._engine.begin() as connection:
            found = await connection.scalar(select(t.made).where(*which))
            if found and not found.get("cancelled_at"):
                made = found | {"cancelled_at": self._clock().isoformat()}
                await connection.execute(update(CarrierShipmentRow).where(*which).values(made=made))

    async def read(self, carrier: str, tracking_number: str, paper: CarrierPaper) -> bytes | None:
        p = _PAPERS.c
        query = select(p.content).where(
            p.carrier == carrier, p.tracking_number == tracking_number, p.kind == paper.kind, p.mime == paper.mime
        )
        async with self._engine.connect() as connection:
            return await connection.scalar(query)
