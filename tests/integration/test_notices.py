"""Notices at their seams: each event posts exactly its own, once, to whom and by what the shop wants."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Disposition, Language, Method, Reason, Resolution, ReturnStatus
from rma.model.conversations import Channel
from rma.model.goods import Grade
from rma.model.outgoing import Kept, Kind
from rma.model.returns import Return
from rma.service.inspecting import Look
from rma.service.letters import Paid
from rma.service.notices import ACKNOWLEDGEMENTS
from rma.service.receiving import Arrival
from tests.fixtures.talking import outbox
from tests.integration.notice_shop import (
    MAIL,
    NOON,
    PHONE,
    Clock,
    brief,
    declared,
    document,
    load,
    opened,
    order,
    plan,
)  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def container(sqlite_url: str, clock: Clock) -> AsyncIterator[Container]:
    async with opened(sqlite_url, clock) as shop:
        await load(shop, document())
        yield shop


async def test_the_label_goes_by_mail_once_with_its_papers_in_the_language_of_the_order(
    container: Container, sqlite_url: str, clock: Clock
) -> None:
    await load(container, document(customer={"language": "fr"}))
    async with opened(sqlite_url, clock) as other:
        both = (container, other)
        made = await asyncio.gather(*[both[i % 2].returns.create(plan(method=Method.QR)) for i in range(12)])
        await asyncio.gather(*[desk.returns.finish_interrupted() for desk in both for _ in range(3)])
    (message,) = await outbox(container)
    assert brief([message]) == [("label", "email", MAIL)] and message.return_number == made[0].number
    assert [paper.kind for paper in message.papers] == ["qr", "label"] and message.language is Language.FR
    assert message.subject == f"Votre étiquette pour le retour {made[0].number}"
    for part in ("Bonjour Noah Brown,", "T-shirt", "9 décembre 2026", "https://shop.example/labels/", "15,00",
                 "Clairière\n12 rue des Entrepôts, 59100 Roubaix, France", "service@clairiere.example"):  # fmt: skip
        assert part in message.text
    drawn = [await container.papers.draw(paper) for paper in message.papers]
    assert [paper.content[:4] for paper in drawn] == [b"\x89PNG", b"%PDF"]


@pytest.mark.parametrize(
    ("line", "reason", "says"),
    [
        ("3", Reason.CHANGED_MIND, "One of our team looks at it and decides within 2 working days"),
        ("2", Reason.MISSING_PARTS, "You can keep everything"),
    ],
)
async def test_a_return_without_label_is_confirmed(container: Container, line: str, reason: Reason, says: str) -> None:
    await load(container, document(lines=late(document()["lines"])))
    await container.returns.create(plan(line=line, reason=reason))
    (message,) = await outbox(container)
    assert brief([message]) == [("confirmation", "email", MAIL)]
    assert says in message.text and message.papers == []


def late(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """Delivered 20 days ago, when the withdrawal is over: only then does a person look at dear goods."""
    return [line | {"delivered_at": (NOON - timedelta(days=20)).isoformat()} for line in lines]


async def test_an_order_not_delivered_yet_has_nothing_to_send_back(container: Container) -> None:
    lines = [line | {"delivered_at": None} for line in document()["lines"]]
    await load(container, document(status="shipped", lines=lines))
    await container.returns.create(plan(line="2", reason=Reason.CHANGED_MIND))
    (message,) = await outbox(container)
    assert "leave it closed" in message.text and "There is nothing to send back." in message.text


async def test_what_was_told_by_sms_in_the_conversation_is_not_repeated_by_sms(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    async with opened(sqlite_url, clock, tmp_path, notices={"label": ["email", "sms"]}) as container:
        await load(container, document())
        told, _ = await container.desk.open(Channel.SMS, Language.EN, PHONE)
        whatsapp, _ = await container.desk.open(Channel.SMS, Language.EN, f"whatsapp:{PHONE}")
        elsewhere, _ = await container.desk.open(Channel.SMS, Language.EN, "+33699999999")
        for place, (conversation, media) in enumerate(
            [(told, ["email"]), (whatsapp, ["email"]), (elsewhere, ["email", "sms"])]
        ):
            rma = await container.returns.create(plan(f"k{place}", conversation=conversation.id))
            posted = [message for message in await outbox(container) if message.return_number == rma.number]
            assert [message.medium.value for message in posted] == media


async def test_the_shop_decides_what_is_sent_and_by_what(sqlite_url: str, clock: Clock, tmp_path: Path) -> None:
    notices = {"label": [], "received": ["sms or email"], "refunded": ["email", "sms"], "reviewed": ["email or sms"]}
    async with opened(sqlite_url, clock, tmp_path, notices=notices) as container:
        await load(container, document(), document("W2", customer={"phone": None}), document("W3", customer={"email": "no"}))
        both = [("received", "sms", PHONE), ("refunded", "email", MAIL), ("refunded", "sms", PHONE), ("reviewed", "email", MAIL)]
        mail_only = [("received", "email", MAIL), ("refunded", "email", MAIL), ("reviewed", "email", MAIL)]
        sms_only = [("received", "sms", PHONE), ("refunded", "sms", PHONE), ("reviewed", "sms", PHONE)]
        for order_id, expected in ((1, both), (2, mail_only), (3, sms_only)):
            rma = await container.returns.create(plan(f"k{order_id}", order_id=order_id))
            for _ in range(2):
                await tell(container, rma)
            posted = [message for message in await outbox(container) if message.return_number == rma.number]
            assert brief(posted) == expected
        async with container.transactions() as uow:
            await uow.consents.note(PHONE, True, "stop", "STOP", clock())
        rma = await container.returns.create(plan("after"))
        await tell(container, rma)
        posted = [message for message in await outbox(container) if message.return_number == rma.number]
        assert brief(posted) == mail_only


async def tell(container: Container, rma: Return) -> None:
    about = await order(container, rma.order_id)
    async with container.transactions() as uow:
        await container.notices.received(uow, rma, about)
        await container.notices.refunded(uow, rma, about, [Paid(Decimal("15.00"), "card_1")])
        await container.notices.reviewed(uow, rma, about, True)


async def test_what_came_what_was_paid_and_what_was_decided(container: Container) -> None:
    rma, about = await container.returns.create(plan(quantity=2)), await order(container)
    half = rma.lines[0].model_copy(update={"received": 1})
    partly = rma.model_copy(update={"status": ReturnStatus.PARTIALLY_RECEIVED, "lines": [half]})
    words = {"en": "A repair comes first.", "fr": "La réparation passe en premier."}
    law = {"code": "guarantee.remedy_first", "law": "Directive (EU) 2019/771 art. 13", "text": words}
    declined = rma.model_copy(update={"decision": rma.decision | {"lines": [{"id": "1", "basis": [law, law | {"law": None}]}]}})
    async with container.transactions() as uow:
        notices = container.notices
        await notices.received(uow, partly, about, ref="1")
        await notices.received(uow, rma, about, ref="2")
        await notices.refunded(uow, rma, about, [Paid(Decimal("20.00"), "card_1"), Paid(Decimal("14.90"))], ref="1")
        await notices.refunded(uow, rma, about, [Paid(Decimal("4.90"))], ref="2")
        await notices.refunded(uow, rma, about, [])
        await notices.reviewed(uow, declined, about, False, "It was washed\nhttp://evil.example")
    _label, part, whole, refund, credit, no = await outbox(container)
    assert "here:\n• 1 of 2 × T-shirt\n\nNot here yet:\n• 1 of 2 × T-shirt" in part.text and "€34.90 is then refunded" in whole.text
    assert "€20.00 to your card ending in 9212\n• €14.90 to your store credit" in refund.text
    assert refund.subject == f"€34.90 refunded for return {rma.number}"
    assert "€4.90 of store credit" in credit.text and "bank" not in credit.text
    assert "The reason: It was washed http: //evil. example." in no.text
    assert no.text.count("A repair comes first (Directive (EU) 2019/771 art. 13).") == 1
    assert "I disagree" in no.text and "rights by law" in no.text
    for message in (part, whole, refund, credit, no):
        assert 5 <= len([line for line in message.text.split("\n") if line]) <= 12 and len(message.subject or "") < 60


async def checked(container: Container) -> list[Kept]:
    return [message for message in await outbox(container) if message.kind is Kind.CHECKED]


async def test_who_sent_what_was_refused_or_is_not_there_is_told_once_for_each_look(container: Container) -> None:
    rma = await container.returns.create(plan(quantity=3))
    await container.receiving.receive(rma.number, Arrival({"1": 3}), "ana")
    assert await checked(container) == []
    await container.inspection.inspect(rma.number, [Look("1", 1)], "ana")
    assert await checked(container) == [], "what was accepted is told with its money"
    worn = Look("1", 1, Grade.USED, accepted=False, why="Worn in the rain, see http://evil.example")
    await container.inspection.inspect(rma.number, [worn, Look("1", 1, disposition=Disposition.MISSING)], "ana")
    (told,) = await checked(container)
    assert brief([told]) == [("checked", "email", MAIL)] and told.return_number == rma.number
    for part in ("• 1 of 3 × T-shirt: Worn in the rain, see http: //evil. example.", "Not in the parcel:\n• 1 of 3 × T-shirt",
                 "€15.00 is refunded to you, by 9 December 2026 at the latest.", "“I disagree”", "https://shop.example",
                 "rights by law"):  # fmt: skip
        assert part in told.text, (part, told.text)


@pytest.mark.parametrize("language", list(Language))
async def test_an_empty_box_is_told(sqlite_url: str, clock: Clock, tmp_path: Path, language: Language) -> None:
    async with opened(sqlite_url, clock, tmp_path, notices={"checked": ["sms", "email"]}) as container:
        await load(container, document(customer={"language": language.value}))
        rma = await container.returns.create(plan(quantity=2))
        await container.receiving.receive(rma.number, Arrival({}, complete=True), "ana")
        text, mail = await checked(container)
    nothing = {Language.EN: "So nothing is refunded.", Language.FR: "Il n'y a donc pas de remboursement."}[language]
    missing = {Language.EN: "Not in the parcel:\n• 2 × T-shirt", Language.FR: "Absent du colis :\n• 2 × T-shirt"}[language]
    assert missing in mail.text and nothing in mail.text and rma.number in text.text
    contest = {Language.EN: "I DISAGREE", Language.FR: "JE CONTESTE"}[language]
    assert "2 x T-shirt" in text.text and contest in text.text and len(text.text) <= 306


async def test_the_rest_of_a_parcel_that_never_came_is_told(container: Container, clock: Clock) -> None:
    rma = await container.returns.create(plan(quantity=2))
    await container.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    clock.now += timedelta(days=30)
    await container.expiry.finish_interrupted()
    (told,) = await checked(container)
    assert "• 1 of 2 × T-shirt" in told.text and "For the rest that is here, €15.00 is refunded once it is checked" in told.text


async def test_a_shop_may_switch_it_off(sqlite_url: str, clock: Clock, tmp_path: Path) -> None:
    async with opened(sqlite_url, clock, tmp_path, notices={"checked": []}) as container:
        await load(container, document())
        rma = await container.returns.create(plan())
        await container.receiving.receive(rma.number, Arrival({}, complete=True), "ana")
        assert await checked(container) == []


@pytest.mark.parametrize(
    ("resolution", "amounts", "subject", "says"),
    [
        (Resolution.REFUND, ["10.00"], "€10.00 refunded", "That is €24.90 less than was due. The reason: All worn."),
        (Resolution.STORE_CREDIT, ["10.00"], "€10.00 of store credit", "less than was due. The reason: All worn."),
        (Resolution.REFUND, ["0"], "nothing is refunded", "Nothing is refunded for your return"),
    ],
)
async def test_less_than_was_due_or_nothing_is_told_with_the_reason(
    container: Container, resolution: Resolution, amounts: list[str], subject: str, says: str
) -> None:
    rma = await container.returns.create(plan(quantity=2, resolution=resolution))
    await container.receiving.receive(rma.number, Arrival(), "ana")
    for amount in amounts:
        await container.refunds.refund(rma.number, "eve", f"k{amount}", Decimal(amount), "All worn")
    (told,) = [message for message in await outbox(container) if message.kind is Kind.REFUNDED]
    assert subject in (told.subject or "") and says in told.text, told.text
    assert "The reason: All worn." in told.text and "“I disagree”" in told.text
    assert 5 <= len([line for line in told.text.split("\n") if line]) <= 12


async def test_what_is_paid_in_full_names_no_reason(container: Container) -> None:
    rma = await container.returns.create(plan(quantity=2))
    await container.receiving.receive(rma.number, Arrival(), "ana")
    await container.refunds.refund(rma.number, "eve", "k", reason="for our books")
    (told,) = [message for message in await outbox(container) if message.kind is Kind.REFUNDED]
    assert "our books" not in told.text and "disagree" not in told.text


async def test_a_text_that_a_merchant_broke_stops_no_return(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(container.texts._entries, "mail_label", {"en": ["{nonsense}"], "fr": ["{nonsense}"]})
    rma = await container.returns.create(plan())
    assert rma.status is ReturnStatus.LABEL_ISSUED and await outbox(container) == []


# -- the reminder ----------------------------------------------------------------------------------------------------


async def test_a_reminder_leaves_once_from_the_third_day_before_in_waking_hours(
    container: Container, sqlite_url: str, clock: Clock
) -> None:
    rma = await container.returns.create(plan())  # To be sent by 9 December.
    moved = await container.returns.create(plan("moved"))
    async with container.transactions() as uow:
        moved.move(ReturnStatus.IN_TRANSIT, clock(), "carrier")
        await uow.returns.save(moved)
    async with opened(sqlite_url, clock) as other:
        for when, count in (
            (datetime(2026, 12, 5, 22, 59, tzinfo=UTC), 0),
            (datetime(2026, 12, 6, 6, 59, tzinfo=UTC), 0),  # 07:59 in France
            (datetime(2026, 12, 6, 7, 0, tzinfo=UTC), 1),
            (datetime(2026, 12, 9, 12, 0, tzinfo=UTC), 0),
        ):
            clock.now = when
            found = await asyncio.gather(*[shop.reminders.finish_interrupted() for shop in (container, other) * 3])
            assert sum(found) == count
    reminders = [message for message in await outbox(container) if message.kind.value == "reminder"]
    assert brief(reminders) == [("reminder", "sms", PHONE)] and reminders[0].return_number == rma.number
    assert "9 Dec" in reminders[0].text and "/labels/" in reminders[0].text


@pytest.mark.parametrize(("when", "sent"), [(datetime(2026, 12, 9, 20, tzinfo=UTC), 0), (datetime(2026, 12, 9, 19, tzinfo=UTC), 1),
                                            (datetime(2026, 12, 10, 9, tzinfo=UTC), 0)])  # fmt: skip
async def test_a_reminder_that_was_missed_is_made_up_for_until_the_last_evening(
    container: Container, clock: Clock, when: datetime, sent: int
) -> None:
    await container.returns.create(plan())
    clock.now = when
    assert await container.reminders.finish_interrupted() == sent


async def test_nobody_is_reminded_on_the_day_the_label_came(container: Container, clock: Clock) -> None:
    rma = await container.returns.create(plan())
    async with container.transactions() as uow:
        rma.send_by = NOON.date() + timedelta(days=1)
        await uow.returns.save(rma)
    assert await container.reminders.finish_interrupted() == 0
    clock.now = NOON + timedelta(days=1)
    assert await container.reminders.finish_interrupted() == 1


# -- the acknowledgement of a withdrawal -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["W1", "no such order"])
async def test_a_withdrawal_is_acknowledged_when_it_is_recorded_whoever_declared_it(
    sqlite_url: str, clock: Clock, tmp_path: Path, number: str
) -> None:
    kinds = ("label", "confirmation", "reminder", "received", "checked", "refunded", "reviewed")
    nothing: dict[str, list[str]] = {kind: [] for kind in kinds}
    async with opened(sqlite_url, clock, tmp_path, notices=nothing) as container:
        await load(container, document())
        clock.now = datetime(2026, 11, 25, 23, 30, 5, tzinfo=UTC)  # At night, on the 26th in France.
        said = declared("somebody@example.org", order=number, items="deux t-shirts")
        made = await asyncio.gather(*[container.withdrawals.record("k", said, Channel.FORM) for _ in range(8)])
        (message,) = await outbox(container)
        assert brief([message]) == [("withdrawal", "email", "somebody@example.org")]
        assert message.not_before == clock.now and made[0].reference in (message.subject or "")
        for part in ("26 novembre 2026 à 00:30:05", "UTC+01:00", f"Commande : {number}", "deux t-shirts", made[0].reference):
            assert part in message.text
        drawn = await container.papers.draw(message.papers[0])
        assert drawn.filename == f"{made[0].reference}.pdf" and drawn.content.startswith(b"%PDF")


async def test_an_acknowledgement_carries_no_links_and_buries_no_mailbox(container: Container) -> None:
    bait = declared("victim@example.org", name="WIN at http://evil.example/x", items="www.evil.example\nBcc: a@b.c")
    for place in range(ACKNOWLEDGEMENTS + 3):
        await container.withdrawals.record(f"k{place}", bait, Channel.FORM)
    posted = await outbox(container)
    assert len(posted) == ACKNOWLEDGEMENTS and len(await container.withdrawals.find()) == ACKNOWLEDGEMENTS + 3
    links = [word for word in posted[0].text.split() if "//" in word[1:] or "www.e" in word]
    assert links and all(word.startswith("https://shop.example/withdraw/") for word in links)
    assert "evil.example" not in posted[0].text and "\nBcc" not in posted[0].text


async def test_where_only_a_number_is_known_the_proof_is_texted_to_the_order_s_own(
    sqlite_url: str, clock: Clock
) -> None:
    async with opened(sqlite_url, clock) as container:
        await load(container, document(customer={"email": None}))
        chat, _ = await container.desk.open(Channel.WEB, Language.EN, None)
        phone, _ = await container.desk.open(Channel.SMS, Language.EN, PHONE)
        await container.withdrawals.record("a", declared("06 99 99 99 99"), Channel.FORM)
        await container.withdrawals.record("b", declared("69001"), Channel.SMS, phone.id, 1)
        await container.withdrawals.record("c", declared("69001"), Channel.WEB, chat.id, 1)
        (message,) = await outbox(container)
        assert brief([message]) == [("withdrawal", "sms", PHONE)] and "https://shop.example/withdraw/" in message.text
