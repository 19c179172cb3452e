"""A shop whose returns are on their way, and what carriers say of them."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from rma.bootstrap import Container, open_container
from rma.model.codes import Language, Method, Reason, Resolution
from rma.model.returns import Return
from rma.model.tracking import TrackingEvent, TrackingStatus
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from tests.integration.notice_shop import NOON, Clock, document

S = TrackingStatus


@asynccontextmanager
async def shop_of(url: str, clock: Clock | None = None, settings: dict[str, Any] | None = None) -> AsyncIterator[Container]:
    common = {"database_url": url, "secret_key": SecretStr("a secret of these tests"), "public_url": "https://shop.example"}
    async with open_container(Settings.load(**common | (settings or {})), clock or Clock()) as container:
        yield container


_keys = itertools.count()


async def sent_back(container: Container, number: str = "", **changes: Any) -> Return:
    number = number or f"P{next(_keys)}"
    report = await container.shop.load({"orders": [document(number, **changes)]})
    assert not report.failures
    async with container.transactions() as uow:
        found = await uow.orders.find(number)
    assert found
    plan = Plan(
        key=f"k-{number}", order_id=found[0], lines=(PlannedLine("2", 1, Reason.CHANGED_MIND),), resolution=Resolution.REFUND,
        language=Language.FR, method=Method.LABEL,
    )  # fmt: skip
    return await container.returns.create(plan)


def events(rma: Return, *statuses: S, start: datetime = NOON) -> list[TrackingEvent]:
    assert rma.label
    return [
        TrackingEvent(
            carrier=rma.label.carrier, tracking_number=rma.label.tracking_number, provider_id=f"{hour}-{status}", status=status,
            at=start + timedelta(hours=hour), place="Lyon",
        )
        for hour, status in enumerate(statuses)
    ]  # fmt: skip


def kinds(rma: Return) -> list[str]:
    return [event.kind for event in rma.events[3:]]
