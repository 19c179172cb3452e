"""Returns in the console: announced, on their way, counted, paid, as an agent sees and presses them."""

import uuid
from datetime import timedelta
from typing import Any

from rma.model.codes import Language, Method, Reason, Resolution
from rma.model.returns import Return
from rma.model.tracking import TrackingEvent, TrackingStatus, event_id
from rma.service.receiving import Arrival
from rma.service.returns import Plan, PlannedLine
from tests.fixtures.support import MONDAY, order
from tests.integration.console_kit import Console, Desk, Markup
from tests.integration.refund_kit import Trouble


def big_order(number: str = "W5", **changes: Any) -> dict[str, Any]:
    """Three mugs and a lamp, paid by card and gift card."""
    made = order(number, **changes)
    made["lines"][0] |= {"quantity": 3}
    made["payment_methods"] = [
        {"id": "c", "type": "card", "last4": "9212", "amount": "64.90"},
        {"id": "g", "type": "gift_card", "amount": "20.00"},
    ]
    return made


async def announced(desk: Desk, **changes: Any) -> tuple[str, Return]:
    """A conversation about order W5 with a return that has its label."""
    await desk.container.shop.load({"orders": [big_order()]})
    conversation = await desk.talk("where is my money?", number="W5")
    return conversation, await another(desk, conversation, **changes)


async def another(desk: Desk, conversation: str, quantity: int = 3, line: str = "1", **changes: Any) -> Return:
    reason = changes.pop("reason", Reason.CHANGED_MIND)
    values: dict[str, Any] = {
        "key": uuid.uuid4().hex, "order_id": await desk.order_id("W5"), "resolution": Resolution.REFUND, "language": Language.EN,
        "lines": (PlannedLine(line, quantity, reason, exchange_for=changes.pop("exchange_for", None)),),
        "method": Method.LABEL, "conversation": conversation,
    }  # fmt: skip
    return await desk.container.returns.create(Plan(**(values | changes)))


async def come(desk: Desk, rma: Return) -> None:
    await desk.container.receiving.receive(rma.number, Arrival(), "wim")
    await desk.container.inspection.inspect(rma.number, None, "wim")


async def scan(desk: Desk, rma: Return, status: TrackingStatus, hours: int, **more: str) -> None:
    assert rma.label
    at = MONDAY + timedelta(hours=hours)
    said = TrackingEvent(
        carrier=rma.label.carrier, tracking_number=rma.label.tracking_number, provider_id=event_id(status, at),
        status=status, at=at, **more,
    )  # fmt: skip
    await desk.container.tracking.note([said])


def trouble(desk: Desk, *plan: str) -> Trouble:
    parts = desk.container.refunds._payer.parts
    made = parts.gateway = Trouble(parts.gateway)
    made.plan.extend(plan)
    return made


class Red(Markup):
    """The text of each element that is shown as bad news."""

    VOID = ("br", "img", "input", "link", "meta")

    def __init__(self, page: str) -> None:
        self.found: list[str] = []
        self._open: list[bool] = []
        super().__init__(page)
        self.found = [" ".join(text.split()) for text in self.found]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._open.append("wrong" in (dict(attrs).get("class") or "").split())
            if self._open[-1]:
                self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if any(self._open):
            self.found[-1] += data


class Panel:
    """The page of a conversation: its text, what is in red, the forms by where they lead."""

    def __init__(self, page: str) -> None:
        self.markup = Red(page)
        self.text, self.red = " ".join(self.markup.text.split()), self.markup.found
        self.forms = {at.get("action") for tag, at in self.markup.elements if tag == "form"}

    def can(self, what: str) -> bool:
        return any(form and form.endswith(what) for form in self.forms)


async def panel(agent: Console, conversation: str, language: str = "en") -> Panel:
    answer = await agent.get(f"/console/c/{conversation}?lang={language}")
    assert answer.status == 200, await answer.text()
    return Panel(await answer.text())


async def press(agent: Console, conversation: str, rma: Return, what: str, key: str | None = None, **fields: Any) -> Any:
    """Somebody who has just looked presses a button."""
    if what == "goodwill":
        before = await agent.shop.container.refunds.of(rma.number)
        fields = {"after": max((one.id or 0 for one in before), default=0)} | fields
    return await agent.act(conversation, f"returns/{rma.number}/{what}", key=key or uuid.uuid4().hex, **fields)


async def paid(desk: Desk, rma: Return) -> list[tuple[str, str]]:
    return [(str(one.amount), one.status.value) for one in await desk.container.refunds.of(rma.number)]
