"""A copy of what is kept about a person, and its erasure, on both databases: all of theirs, and nothing of anybody else's."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from rma.model.codes import Reason, ReturnStatus
from rma.model.conversations import Channel
from rma.model.errors import NotFound, Refused
from rma.model.privacy import Basis
from rma.store.messaging_tables import ConsentRow, OutboxRow
from rma.store.privacy_tables import NOBODY, REGISTER, STAYS, ErasureRow
from rma.store.tables import Base, OrderRow
from tests.fixtures import databases
from tests.integration.privacy_scene import NOELIE, NOW, PICTURE, ZOE, Scene, opened, order, traces_in

database_url, sqlite_url, postgres_url = databases.database_url, databases.sqlite_url, databases.postgres_url
migrated_sqlite, postgres_server = databases.migrated_sqlite, databases.postgres_server


WORDLESS = {"insight_lines", "return_lines", "attempts", "desk_threads", "desk_events"}
"""Tables with nothing but numbers of ours in them."""


@pytest_asyncio.fixture
async def anywhere(database_url: str) -> AsyncIterator[Scene]:
    """On each of the databases."""
    async with opened(database_url) as ready:
        yield ready


@pytest_asyncio.fixture
async def scene(sqlite_url: str) -> AsyncIterator[Scene]:
    async with opened(sqlite_url) as ready:
        yield ready


async def full(scene: Scene) -> str:
    """Both customers with everything; the return of the first is over."""
    talked = await scene.talk(NOELIE, "W1")
    await scene.give_back("W1", talked, ReturnStatus.REFUNDED)
    await scene.talk(NOELIE, "W2", Channel.SMS)
    await scene.give_back("X1", await scene.talk(ZOE, "X1"), ReturnStatus.LABEL_ISSUED)
    for who, number in ((NOELIE, "W1"), (ZOE, "X1")):
        await scene.withdraw(who, number)
        await scene.stop(who)
    return talked


async def test_the_copy_has_everything_of_theirs_and_nothing_of_anybody_else(anywhere: Scene) -> None:
    scene = anywhere
    await full(scene)
    desk = scene.container.privacy
    for wanted in ({"order": "#w1"}, {"email": "Noelie.Q@Example.com "}, {"phone": "06 98 76 54 32"}):
        person, document = await desk.export(desk.wanted(**wanted))
        written = json.dumps(document, ensure_ascii=False)
        assert traces_in([document], NOELIE.traces) == set(NOELIE.traces)
        assert not traces_in([document], ZOE.traces)
        assert "marie" not in written.casefold() and "secret" not in written and person.language == "fr"
        assert [item["number"] for item in document["orders"]] == ["W1", "W2"]
        assert len(document["conversations"]) == 2 and len(document["sent"]) >= 2 and len(document["received"]) == 2
    web = next(talk for talk in document["conversations"] if talk["channel"] == "web")
    assert base64.b64decode(web["photos"][0]["content"]).startswith(PICTURE)
    assert {event["kind"] for event in web["support"]} >= {"note", "overridden"}
    assert document["returns"][0]["lines"][0]["reason"] == Reason.DAMAGED and document["withdrawals"][0]["reference"] == "WD-W1"
    assert document["consents"][0]["opted_out"] is True


async def test_an_erasure_leaves_a_trace_only_where_the_law_wants_one(anywhere: Scene) -> None:
    scene = anywhere
    talked = await full(scene)
    before = await scene.everything()
    named = {table for table, rows in before.items() if traces_in(rows, NOELIE.traces)}
    # Whatever holds words about a person has some here: else it would prove nothing that they are gone.
    assert named >= {name for name, becomes in REGISTER.items() if becomes != NOBODY} - WORDLESS
    desk = scene.container.privacy
    wanted = desk.wanted(email=NOELIE.email)
    rehearsed = await desk.erase(wanted, "staff", rehearse=True)
    assert await scene.everything() == before
    done = await desk.erase(wanted, "staff")
    assert done == rehearsed and not done.waiting
    after = await scene.everything()
    for table, rows in after.items():
        left = traces_in(rows, NOELIE.traces)
        assert not left or REGISTER[table] == STAYS, (table, left)
        of_the_other = [row for row in before[table] if traces_in([row], ZOE.traces)]
        assert all(row in rows for row in of_the_other), table
    assert not traces_in(after["photos"], (PICTURE.decode("latin-1")[:30] + NOELIE.email,)) and len(after["photos"]) == 1
    assert [row["id"] for row in after["conversations"]] and talked not in {row["id"] for row in after["conversations"]}
    assert {row["number"] for row in after["returns"]} == {row["number"] for row in before["returns"]}
    assert traces_in(after["withdrawals"], NOELIE.traces) == {*NOELIE.name.split(), NOELIE.email}
    assert [(row["address"], row["opted_out"], row["words"]) for row in after["consents"] if row["address"] == NOELIE.phone] == [
        (NOELIE.phone, True, None)
    ]
    assert {item.basis for item in done.kept} == set(Basis) - {Basis.CONTRACT}
    assert len(done.elsewhere) == 3 and done.erased["photos"] == 2 and done.erased["conversations"] == 2
    override = next(row for row in after["support_events"] if row["kind"] == "overridden" and row["conversation_id"] is None)
    assert override["detail"] == {"number": "RT-1", "amount": "9.00", "reason": "goodwill for [erased], [erased]"}


async def test_doing_it_again_changes_nothing_and_says_what_stays(anywhere: Scene) -> None:
    scene = anywhere
    await full(scene)
    desk = scene.container.privacy
    await desk.erase(desk.wanted(email=NOELIE.email), "staff")
    once = await scene.everything()
    for wanted in ({"email": NOELIE.email}, {"order": "W1"}, {"phone": NOELIE.phone}):
        again = await desk.erase(desk.wanted(**wanted), "staff")
        assert not again.did_something and again.kept
    assert await scene.everything() == once and len(once["erasures"]) == 1
    assert not traces_in(once["erasures"], (*NOELIE.traces, "W1"))
    for wanted in ({"email": "nobody@example.com"}, {"order": "W9"}, {"phone": "+33600000000"}):
        with pytest.raises(NotFound):
            await desk.erase(desk.wanted(**wanted), "staff")
        with pytest.raises(NotFound):
            await desk.export(desk.wanted(**wanted))


async def test_the_shops_next_import_brings_nobody_back(scene: Scene) -> None:
    desk, shop = scene.container.privacy, scene.container.shop
    await desk.erase(desk.wanted(order="W1"), "staff")
    changed = order("W1", NOELIE, status="cancelled")
    report = await shop.load({"orders": [changed, order("W3", NOELIE)]})
    assert not report.failures
    documents = {row["document"]["number"]: row for row in await scene.rows(OrderRow)}
    assert documents["W1"]["status"] == "cancelled" and documents["W1"]["document"]["lines"][0]["name"] == "Mug"
    assert documents["W1"]["phone"] is None and not traces_in([documents["W1"]], (*NOELIE.traces, "9212", "69001", "Lyon"))
    # A new order is a new contract, about which nobody asked.
    assert traces_in([documents["W3"]], NOELIE.traces) == set(NOELIE.traces)
    conversation, _ = await scene.container.desk.open(Channel.WEB, None, None)
    for proof in (NOELIE.email, NOELIE.phone, "69001", "", " "):
        assert await scene.container.identity.prove(conversation, "W1", proof) is None


async def test_what_is_not_over_waits_and_is_erased_once_it_is(anywhere: Scene) -> None:
    scene = anywhere
    talked = await scene.talk(NOELIE, "W1")
    rma = await scene.give_back("W1", talked, ReturnStatus.LABEL_ISSUED)
    await scene.talk(NOELIE, "W2")
    desk = scene.container.privacy
    done = await desk.erase(desk.wanted(order="W2"), "staff")
    assert [(item.names, item.basis) for item in done.waiting] == [(["W1"], Basis.CONTRACT)] and rma.number in done.waiting[0].why
    label = scene.container.returns.shipment(await scene.container.returns.get(rma.number))
    assert label.request.sender.line1 == NOELIE.street
    _, messages = await scene.container.desk.transcript(talked)
    assert messages and done.erased["conversations"] == 1
    assert await desk.keep_tidy() == {}
    # Somebody who orders again is a customer again.
    await scene.container.shop.load({"orders": [order("W4", NOELIE)]})
    await scene.move(rma.number, ReturnStatus.REFUNDED)
    assert await desk.keep_tidy() == {"erasures that waited": 1}
    after = await scene.everything()
    new = [row for row in after["orders"] if row["key"] == "w4"]
    after["orders"] = [row for row in after["orders"] if row["key"] != "w4"]
    assert traces_in(new, NOELIE.traces) == set(NOELIE.traces)
    # The new order's owner is reached by the same addresses: what was texted to them stays with her.
    for table, rows in after.items():
        if table not in ("outbox", "shown_messages", "inbound", "codes"):
            assert not traces_in(rows, NOELIE.traces), table
    (kept,) = await scene.rows(ErasureRow)
    assert kept["waiting"] == [] and kept["finished_at"] is not None


async def test_a_conversation_that_somebody_answers_is_not_taken_from_under_them(scene: Scene) -> None:
    talked = await scene.talk(NOELIE, "W1")
    async with scene.container.transactions() as uow:
        support = await uow.support.get(talked)
        support.take(None, NOW)
        await uow.support.save(support)
    desk = scene.container.privacy
    done = await desk.erase(desk.wanted(order="W1"), "staff")
    assert done.waiting[0].names == ["W1"] and "a person of the team has it" in done.waiting[0].why
    assert (await scene.container.desk.transcript(talked))[1]


async def test_a_number_that_two_people_order_with(scene: Scene) -> None:
    shared = NOELIE.phone
    document = order("X2", ZOE)
    document["customer"]["phone"] = shared
    await scene.container.shop.load({"orders": [document]})
    await scene.talk(NOELIE, "W1", Channel.SMS)
    desk = scene.container.privacy
    person, copy = await desk.export(desk.wanted(email=ZOE.email))
    assert person.shared == [shared] and copy["left_out"] == {"numbers_shared_with_others": [shared]}
    assert not copy["received"] and not copy["conversations"] and not traces_in([copy], NOELIE.traces[:2])
    _, copy = await desk.export(desk.wanted(phone=shared))
    assert copy["received"] and copy["orders"] == []


async def test_somebody_elses_conversation_loses_only_the_address(anywhere: Scene) -> None:
    scene = anywhere
    talked = await scene.talk(ZOE, "X1")
    async with scene.container.transactions() as uow:
        support = await uow.support.get(talked)
        support.contact = NOELIE.email
        await uow.support.save(support)
    desk = scene.container.privacy
    _, copy = await desk.export(desk.wanted(email=NOELIE.email))
    assert copy["conversations"] == [] and copy["contact_left_in"][0]["contact"] == NOELIE.email
    await desk.erase(desk.wanted(email=NOELIE.email), "staff")
    after = await scene.everything()
    assert not traces_in(after["conversations"], (NOELIE.email,)) and traces_in(after["messages"], ZOE.traces) == set(ZOE.traces)


async def test_old_conversations_go_of_themselves(anywhere: Scene) -> None:
    scene = anywhere
    old = await scene.talk(NOELIE, "W1")
    under_way = await scene.talk(ZOE, "X1")
    await scene.give_back("X1", under_way, ReturnStatus.LABEL_ISSUED)
    await scene.withdraw(NOELIE, "W1")
    limits = scene.container.shop_profile.privacy
    assert limits.conversations_days and await scene.container.privacy.keep_tidy() == {}
    scene.now = NOW + timedelta(days=limits.conversations_days + 1)
    assert (await scene.container.privacy.keep_tidy())["conversations"] == 1
    after = await scene.everything()
    assert [row["id"] for row in after["conversations"]] == [under_way] and old != under_way
    assert not after["inbound"] and {row["status"] for row in after["outbox"]} <= {"waiting"}
    assert traces_in(after["withdrawals"], (NOELIE.email,))
    scene.now = NOW + timedelta(days=365.25 * limits.withdrawals_years + 1)
    await scene.container.privacy.keep_tidy()
    assert not traces_in(await scene.rows(ConsentRow) + (await scene.everything())["withdrawals"], NOELIE.traces)


async def test_what_is_deleted_is_not_left_in_the_file(sqlite_url: str) -> None:
    async with opened(sqlite_url) as scene:
        await full(scene)
        desk = scene.container.privacy
        await desk.erase(desk.wanted(email=NOELIE.email), "staff")
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert ZOE.street.encode() in content and NOELIE.street.encode() not in content
    assert PICTURE[-40:] + ZOE.email.encode() in content and PICTURE[-40:] + NOELIE.email.encode() not in content


def test_every_table_is_in_the_register() -> None:
    """Whoever adds a table says what an erasure does to it, and adds it to the scene of these tests."""
    assert {table.name for table in Base.metadata.tables.values()} <= set(REGISTER)


def test_who_is_meant_must_be_said_clearly(scene: Scene) -> None:
    desk = scene.container.privacy
    for wrong in ({}, {"order": "W1", "email": "a@b.fr"}, {"email": "nobody"}, {"phone": "12"}, {"order": ""}):
        with pytest.raises(Refused):
            desk.wanted(**wrong)


async def test_a_message_that_waits_to_be_sent_is_not_sent_after_an_erasure(scene: Scene) -> None:
    talked = await scene.talk(NOELIE, "W1")
    await scene.container.desk.system(talked, "try_again")
    desk = scene.container.privacy
    await desk.erase(desk.wanted(order="W1"), "staff")
    assert not await scene.rows(OutboxRow)
