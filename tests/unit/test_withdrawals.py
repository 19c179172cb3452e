"""Withdrawals from a contract: recorded whatever happens, once, and made a return where that is clear."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from rma.bootstrap import Container, open_container
from rma.labels.acknowledgement import acknowledgement_pages, spoken_instant
from rma.labels.elements import Text
from rma.labels.fonts import em_width
from rma.model.codes import Language, Reason, Resolution, ReturnStatus
from rma.model.conversations import Channel
from rma.model.errors import Conflict
from rma.model.shop import load_shop
from rma.model.withdrawals import (
    Statement,
    UnknownReference,
    Withdrawal,
    WithdrawalStatus,
    new_reference,
    parse_reference,
)
from rma.service import withdrawals
from rma.service.identity import LIMITS
from rma.service.wording import units_named
from rma.settings import Settings
from tests.unit.policy_support import line as a_line
from tests.unit.policy_support import order as an_order

NOW = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def document(number: str = "W1", market: str = "FR", days: float | None = 2, **changes: Any) -> dict[str, Any]:
    delivered = None if days is None else (NOW - timedelta(days=days)).isoformat()
    lines = [
        {
            "id": "1",
            "sku": "S-1",
            "name": "Mug",
            "quantity": 2,
            "unit_price": "10.00",
            "delivered_at": delivered,
            "tags": [],
        },
        {
            "id": "2",
            "sku": "S-2",
            "name": "Desk lamp",
            "quantity": 1,
            "unit_price": "30.00",
            "delivered_at": delivered,
            "tags": [],
        },
    ]
    return {
        "number": number, "status": "delivered", "currency": "EUR", "market": market,
        "placed_at": (NOW - timedelta(days=60)).isoformat(), "shipping_paid": "4.90",
        "customer": {"name": "Noah Brown", "email": "noah@example.com"},
        "shipping_address": {"line1": "1 rue X", "city": "Lyon", "postal_code": "69001", "country": market},
        "payment_methods": [{"id": "card_1", "type": "card", "amount": "54.90"}], "lines": lines,
    } | changes  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def container(sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Container]:
    monkeypatch.setattr(withdrawals, "FLOOR_SECONDS", 0.0)
    async with open_container(Settings.load(database_url=sqlite_url), clock) as opened:
        yield opened


def said(order: str = "W1", contact: str = "noah@example.com", items: str | None = None) -> Statement:
    return Statement(name="Noah Brown", order=order, contact=contact, items=items, language=Language.FR)


async def tickets(container: Container) -> list[dict[str, Any]]:
    async with container.transactions() as uow:
        return await uow.conversations.tickets()


async def confirmed(container: Container, *documents: dict[str, Any], **statement: Any) -> Withdrawal:
    report = await container.shop.load({"orders": list(documents)})
    assert not report.failures
    return await container.withdrawals.confirm("k", said(**statement), "192.0.2.1")


async def test_a_proven_withdrawal_by_right_becomes_a_return_with_the_delivery_paid_back(container: Container) -> None:
    withdrawal = await confirmed(container, document(), order=" #w1", contact="NOAH@example.com ")
    assert (withdrawal.status, withdrawal.why, withdrawal.submitted_at) == (WithdrawalStatus.SETTLED, [], NOW)
    rma = await container.returns.get(withdrawal.return_number or "")
    assert (rma.status, rma.resolution) == (ReturnStatus.LABEL_ISSUED, Resolution.REFUND)
    assert {(item.id, item.quantity, item.reason) for item in rma.lines} == {
        ("1", 2, Reason.CHANGED_MIND),
        ("2", 1, Reason.CHANGED_MIND),
    }
    assert (rma.refund["items"], rma.refund["outbound_shipping"], rma.refund["total"]) == ("50.00", "4.90", "50.00")
    assert await tickets(container) == []
    assert await container.withdrawals.get(withdrawal.reference) == withdrawal


async def test_twenty_confirmations_of_one_form_are_one_withdrawal_and_one_return(container: Container) -> None:
    await container.shop.load({"orders": [document()]})
    made = await asyncio.gather(*[container.withdrawals.confirm("same", said(), None) for _ in range(20)])
    assert len({(item.reference, item.return_number) for item in made}) == 1
    assert made[0].status is WithdrawalStatus.SETTLED
    assert len(await container.withdrawals.find()) == 1 and len(await container.returns.find()) == 1
    assert await tickets(container) == []
    async with container.transactions() as uow:
        assert await uow.orders.committed(1) == {"1": 2, "2": 1}


@pytest.mark.parametrize(
    ("orders", "statement", "why"),
    [
        ([document()], {"order": "W9"}, "not_proven"),
        ([document()], {"contact": "other@example.com"}, "not_proven"),
        ([document(market="US")], {}, "not_by_right"),
        ([document(days=20)], {}, "not_by_right"),
        ([document(status="cancelled")], {}, "not_by_right"),
        ([document()], {"items": "everything but the mug"}, "items_unclear"),
    ],
)
async def test_anything_else_is_recorded_for_a_person(
    container: Container, orders: list[dict[str, Any]], statement: dict[str, Any], why: str
) -> None:
    withdrawal = await confirmed(container, *orders, **statement)
    assert (withdrawal.status, withdrawal.why, withdrawal.return_number) == (WithdrawalStatus.WAITING, [why], None)
    assert (withdrawal.order_id is None) == (why == "not_proven")
    (ticket,) = await tickets(container)
    assert (ticket["cause"], ticket["conversation"]) == ("withdrawal", withdrawal.conversation)
    assert ticket["context"]["why"] == [why] and ticket["context"]["statement"]["name"] == "Noah Brown"
    conversation, (message,) = await container.desk.transcript(withdrawal.conversation or "")
    assert (conversation.channel, conversation.address) == (Channel.FORM, withdrawal.statement.contact)
    assert "Noah Brown" in message.text and "Je renonce au contrat" in message.text
    assert await container.returns.find() == []


async def test_beyond_the_limit_of_wrong_proofs_a_right_one_is_still_a_withdrawal_but_proves_nothing(
    container: Container,
) -> None:
    await container.shop.load({"orders": [document()]})
    for number in range(LIMITS["address"]):
        await container.withdrawals.confirm(f"wrong {number}", said("W8"), "192.0.2.1")
    blocked = await container.withdrawals.confirm("right", said(), "192.0.2.1")
    assert (blocked.status, blocked.why) == (WithdrawalStatus.WAITING, ["not_proven"])
    elsewhere = await container.withdrawals.confirm("elsewhere", said(), "192.0.2.2")
    assert elsewhere.status is WithdrawalStatus.SETTLED


async def test_what_the_law_leaves_out_waits_for_a_person_and_the_rest_is_a_return(container: Container) -> None:
    order = document()
    order["lines"][1]["tags"] = ["personalised"]
    order["lines"].append(order["lines"][1] | {"id": "3", "tags": ["hygiene_sealed"]})
    withdrawal = await confirmed(container, order)
    assert (withdrawal.status, withdrawal.why) == (WithdrawalStatus.WAITING, ["partly_not_by_right"])
    rma = await container.returns.get(withdrawal.return_number or "")
    # Nobody asked whether the sealed goods were opened: nothing is promised for them.
    assert [(item.id, item.quantity) for item in rma.lines] == [("1", 2)]
    assert len(await tickets(container)) == 1


async def test_before_delivery_nothing_is_sent_and_a_person_stops_the_parcel(container: Container) -> None:
    withdrawal = await confirmed(container, document(days=None, status="shipped"))
    assert withdrawal.why == ["stop_delivery"]
    rma = await container.returns.get(withdrawal.return_number or "")
    assert (rma.method, rma.label, rma.refund["total"]) == (None, None, "54.90")


async def test_a_person_links_it_later_and_the_law_counts_from_the_declaration(
    container: Container, clock: Clock
) -> None:
    # Delivered on 8 November in Paris: the fourteen days end on 22 November, which is a Sunday, so on Monday.
    delivered = datetime(2026, 11, 8, 12, 0, tzinfo=UTC)
    withdrawal = await confirmed(
        container, document(days=(NOW - delivered) / timedelta(days=1)), contact="typo@example.com"
    )
    clock.now = NOW + timedelta(days=25)
    assert (
        await container.withdrawals.link(withdrawal.reference, "w1", "staff ann", {"2": 1})
    ).status is WithdrawalStatus.SETTLED
    linked = await container.withdrawals.get(withdrawal.reference.lower())
    assert (linked.settled_by, linked.statement, linked.submitted_at) == ("staff ann", withdrawal.statement, NOW)
    rma = await container.returns.get(linked.return_number or "")
    assert rma.decision["lines"][0]["codes"] == ["withdrawal.right"]
    assert rma.created_at == clock.now and [item.id for item in rma.lines] == ["2"]
    with pytest.raises(Conflict):
        await container.withdrawals.link(withdrawal.reference, "w1", "staff ann")


async def test_a_crash_between_record_and_return_or_return_and_outcome_is_mended(
    container: Container, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await container.shop.load({"orders": [document(), document("W2")]})
    desk = container.withdrawals
    only_recorded = await desk.record("a", said(), Channel.FORM)

    async def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(desk, "_keep", killed)
        with pytest.raises(KeyboardInterrupt):
            await desk.confirm("b", said("W2"), None)
    assert await desk.finish_interrupted() == 0
    clock.now = NOW + timedelta(hours=1)
    assert await desk.finish_interrupted() == 2
    first, second = await desk.find()
    assert first.reference == only_recorded.reference
    assert {first.status, second.status} == {WithdrawalStatus.SETTLED}
    assert len(await container.returns.find()) == 2 and await tickets(container) == []


LINES = (
    a_line("1", name="T-shirt", variant={"color": "blue", "size": "M"}, quantity=2),
    a_line("2", name="T-shirt", variant={"color": "black", "size": "M"}),
    a_line("3", name="Tasse à café", quantity=3),
    a_line("4", name="Desk lamp"),
)


@pytest.mark.parametrize(
    ("words", "units"),
    [
        ("desk lamp", {"4": 1}),
        ("the lamp and 1 blue T-shirt", {"4": 1, "1": 1}),
        ("2 x tasses à café, la lampe, SKU-4", None),
        ("les 2 tasses", {"3": 2}),
        ("SKU-4\n3× TASSES", {"4": 1, "3": 3}),
        ("T-shirt", None),
        ("4 tasses", None),
        ("tasses", None),
        ("0 tasses", None),
        ("not the lamp", None),
        ("everything but the lamp", None),
        ("lamp, lamp", None),
        ("le la", None),
        ("", None),
    ],
)
def test_words_name_items_only_when_there_is_no_doubt(words: str, units: dict[str, int] | None) -> None:
    order = an_order("FR", *LINES)
    assert units_named(words, order, {line.id: line.quantity for line in order.lines}) == units


def test_a_reference_is_read_however_it_is_typed_and_a_wrong_character_is_noticed() -> None:
    reference = new_reference()
    assert parse_reference(f" {reference.lower()} ") == parse_reference(reference.removeprefix("WD-")) == reference
    wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
    for text in (wrong, "WD-", "", "WD-123"):
        with pytest.raises(UnknownReference):
            parse_reference(text)


# Where the system has no Chinese font, one character is spelled as "Zhong".
@pytest.mark.parametrize(("character", "most"), [("x", 1), ("W", 2), ("\u4e2d", 3), ("\U0001f600", 3), ("\ufdfa", 15)])
def test_the_acknowledgement_holds_all_that_was_declared(character: str, most: int) -> None:
    limits = {"name": 100, "order": 200, "contact": 254, "items": 600}
    statement = Statement(**{name: character * limit for name, limit in limits.items()}, language=Language.FR)
    withdrawal = Withdrawal(
        reference=new_reference(), key="k", channel=Channel.FORM, statement=statement, submitted_at=NOW
    )
    pages = acknowledgement_pages(withdrawal, load_shop(Settings().shop), ZoneInfo("Europe/Paris"))
    texts = [element for page in pages for element in page.elements if isinstance(element, Text)]
    assert len(pages) <= most
    assert max(text.y for text in texts) < pages[0].height - 60
    assert all(em_width(text.text, text.bold) * text.size <= text.width + 1 for text in texts)
    assert sum(text.text.count("x") for text in texts) >= sum(limits.values()) or character != "x"


def test_the_acknowledgement_says_when_beyond_doubt() -> None:
    summer = datetime(2026, 7, 1, 22, 5, 9, tzinfo=UTC)
    assert spoken_instant(summer, ZoneInfo("Europe/Paris"), "fr") == {
        "date": "2 juillet 2026",
        "time": "00:05:09",
        "zone": "heure d’été d’Europe centrale, UTC+02:00",
    }
    assert spoken_instant(NOW, ZoneInfo("Europe/London"), "en")["zone"] == "Greenwich Mean Time, UTC+00:00"
