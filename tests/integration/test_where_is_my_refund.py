"""The assistant asked "where is my refund?" and "where is my return?" at every stage, in both languages: it says what is true."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language, Reason, Resolution, ReturnStatus
from rma.model.conversations import Channel
from rma.model.goods import Grade
from rma.model.tracking import TrackingEvent, TrackingStatus, event_id
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened, plan

S = ReturnStatus
DAY = timedelta(days=1)
LANGUAGES = [Language.EN, Language.FR]


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document())
        yield container


class Asker:
    """Asks both questions in both languages, and in a text message; `money` and `goods` are the answers in English."""

    def __init__(self, shop: Container) -> None:
        self.shop = shop

    async def ask(self) -> tuple[str, str]:
        found: dict[Any, str] = {}
        for language in LANGUAGES:
            for channel in (Channel.WEB, Channel.SMS):
                talk = await Talk.begin(self.shop, language, channel, order_id=1)
                for intent in ("check_refund_status", "check_return_status"):
                    found[language, channel, intent] = answer = await talk.say("…", intent, 0.99)
                    assert answer and "{" not in answer and "None" not in answer, (language, channel, intent, answer)
                    if channel is Channel.SMS:
                        assert len(answer) <= 480, (len(answer), answer)
        web = {key: text for key, text in found.items() if key[1] is Channel.WEB}
        for intent in ("check_refund_status", "check_return_status"):
            english, french = (web[language, Channel.WEB, intent] for language in LANGUAGES)
            assert figures(english) == figures(french), (english, french)
        return (
            web[Language.EN, Channel.WEB, "check_refund_status"], web[Language.EN, Channel.WEB, "check_return_status"],
        )  # fmt: skip


def figures(text: str) -> list[str]:
    """The amounts, however they are written."""
    return sorted(
        re.sub(r"[^\d]", "", one) for one in re.findall(r"€[\d,.]+\d|[\d\u00a0]+,\d\d\u00a0€", text)
    )


async def scanned(shop: Container, number: str, status: TrackingStatus, at: Any) -> None:
    rma = await shop.returns.get(number)
    assert rma.label
    said = TrackingEvent(
        carrier=rma.label.carrier, tracking_number=rma.label.tracking_number, provider_id=event_id(status, at),
        status=status, at=at,
    )  # fmt: skip
    await shop.tracking.note([said])


async def test_a_refund_from_the_label_to_the_bank(shop: Container) -> None:
    asker, clock = Asker(shop), shop.clock
    assert isinstance(clock, Clock)
    rma = await shop.returns.create(plan(quantity=2))
    money, goods = await asker.ask()
    assert "€34.90 is due" in money and "label is ready" in goods and "2 of 3 × T-shirt" in goods
    assert "by 9 December 2026 at the latest, though not before we have the parcel, or proof that you sent it" in money
    clock.now += DAY
    await scanned(shop, rma.number, TrackingStatus.ACCEPTED, clock.now)
    money, goods = await asker.ask()
    assert "The carrier has had the parcel" in money and "26 November" in money and "on its way to us" in goods
    assert "9 December" in money, "a withdrawal is paid 14 days after its notice"
    clock.now += DAY
    await scanned(shop, rma.number, TrackingStatus.DELIVERED, clock.now)
    money, goods = await asker.ask()
    assert "unpacking" in money and "27 November" in money and "reached us" in goods
    await shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    money, goods = await asker.ask()
    assert "Part of return" in money and "Still on its way: 1 of 2 × T-shirt" in goods and "€15.00" in money
    assert "(1 of 2 × T-shirt)" in money and "waiting for 1 of 2 × T-shirt" in money
    await shop.receiving.receive(rma.number, Arrival(), "ana")
    money, goods = await asker.ask()
    assert "being checked" in money and "€34.90" in money and "being checked" in goods
    await shop.inspection.inspect(rma.number, None, "ana")
    money, goods = await asker.ask()
    assert "has been checked" in money and "€34.90" in money and "9 December" in money
    clock.now += DAY
    await shop.refunds.refund(rma.number, "eve", "key-1")
    money, goods = await asker.ask()
    assert "€34.90 was refunded" in money and "28 November" in money and "card ending in 9212" in money
    assert "is refunded" in goods and "due" not in money
    clock.now += 40 * DAY
    await shop.expiry.finish_interrupted()
    assert (await shop.returns.get(rma.number)).status is S.CLOSED
    money, goods = await asker.ask()
    assert "€34.90 was refunded" in money and "finished" in goods


async def test_who_was_told_no_is_told_why_again(shop: Container) -> None:
    rma = await shop.returns.create(plan(line="3", reason=Reason.CHANGED_MIND))
    async with shop.transactions() as uow:
        # As a return that a person had to decide, and declined after the goods were sent all the same.
        rma.status = S.REVIEW
        rma.move(S.DECLINED, shop.clock(), "ann", reason="Scratched all over.")
        await uow.returns.save(rma)
    for answer in await Asker(shop).ask():
        assert "was declined" in answer and answer.count("The reason: “Scratched all over”.") == 1


async def test_store_credit_is_not_called_money(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=1, resolution=Resolution.STORE_CREDIT))
    asker, said = Asker(shop), "It comes as store credit, as you chose."
    for arrives in (False, True):
        if arrives:
            await shop.receiving.receive(rma.number, Arrival(), "ana")
            await shop.inspection.inspect(rma.number, None, "ana")
        money, _ = await asker.ask()
        assert "€19.90" in money and money.count(said) == 1
    await shop.refunds.refund(rma.number, "eve", "k")
    money, _ = await asker.ask()
    assert "you have €19.90 of store credit" in money and said not in money


async def test_what_was_refused_and_what_was_not_in_the_parcel_is_said(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=3))
    await shop.receiving.receive(rma.number, Arrival({"1": 2}, complete=True), "ana")
    await shop.inspection.inspect(
        rma.number, [Look("1", 1), Look("1", 1, Grade.USED, accepted=False, why="Worn in the rain.")], "ana"
    )
    money, goods = await Asker(shop).ask()
    for answer in (money, goods):
        assert "“Worn in the rain”" in answer and "Not in the parcel: 1 of 3 × T-shirt" in answer
        assert "Not accepted: 1 of 3 × T-shirt" in answer
    assert "€15.00" in money
    await shop.refunds.refund(rma.number, "eve", "k")
    money, _ = await Asker(shop).ask()
    assert "€15.00 was refunded" in money and "Not accepted" in money and "nothing to refund" not in money


async def test_less_than_was_due_or_nothing_has_its_reason(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=2))
    await shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    await shop.refunds.refund(rma.number, "eve", "a", Decimal("10.00"), "The seal is broken.")
    money, goods = await Asker(shop).ask()
    for answer in (money, goods):
        assert "€5.00 less than was due is refunded. The reason: “The seal is broken”. Say “I disagree”" in answer
    await shop.receiving.receive(rma.number, Arrival(), "ana")
    await shop.refunds.refund(rma.number, "eve", "b", Decimal(0), "All worn. " * 40)
    money, _ = await Asker(shop).ask()
    assert "€10.00 was refunded" in money and "Nothing more is refunded" in money and "All worn" in money


async def test_nothing_at_all_has_its_reason(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=2))
    await shop.receiving.receive(rma.number, Arrival(), "ana")
    await shop.refunds.refund(rma.number, "eve", "k", Decimal(0), "all worn")
    money, goods = await Asker(shop).ask()
    assert "nothing is refunded for it" in goods
    for answer in (money, goods):
        assert f"Nothing is refunded for return {rma.number}. The reason: “all worn”. Say “I disagree”" in answer


async def test_an_exchange_is_not_on_its_way_before_it_is_sent(shop: Container) -> None:
    await shop.returns.create(plan(reason=Reason.DEFECTIVE, resolution=Resolution.REPAIR))
    talk = await Talk.begin(shop, Language.FR, order_id=1)
    assert "vous avez choisi une réparation" in await talk.say("…", "check_refund_status", 0.99)
    for language, says in ((Language.EN, "the new item is ordered"), (Language.FR, "le nouvel article est commandé")):
        assert says in shop.texts.get("status_exchanged", language, number="N", items="T-shirt")


async def test_a_lost_label_is_given_only_while_it_is_to_be_sent(shop: Container) -> None:
    clock = shop.clock
    assert isinstance(clock, Clock)
    rma = await shop.returns.create(plan())

    async def lost(words: str = "…") -> tuple[str, int]:
        talk = await Talk.begin(shop, Language.EN, order_id=1)
        answer = await talk.say(words, "resend_label", 0.99)
        return answer, sum(len(message.attachments) for message in talk.said)

    answer, papers = await lost()
    assert "by 9 December 2026" in answer and papers
    clock.now += 16 * DAY
    answer, papers = await lost()
    assert "9 December 2026, is past, but it still counts" in answer and "Ask me for more time" in answer
    await shop.expiry.extend(rma.number, "shopper")
    await scanned(shop, rma.number, TrackingStatus.ACCEPTED, clock.now)
    for words in ("…", "send the label to my phone"):
        answer, papers = await lost(words)
        assert "on its way to us" in answer and not papers and "Please send" not in answer, answer
    await shop.receiving.receive(rma.number, Arrival(), "ana")
    answer, papers = await lost()
    assert "has arrived" in answer and not papers
    await shop.refunds.refund(rma.number, "eve", "k")
    assert "is refunded" in (await lost())[0]


async def test_the_day_to_send_it_is_past_and_it_still_counts(shop: Container) -> None:
    clock = shop.clock
    assert isinstance(clock, Clock)
    rma = await shop.returns.create(plan())
    clock.now += 14 * DAY
    _, goods = await Asker(shop).ask()
    assert "please send it by 9 December 2026" in goods, "the last day itself is not past"
    clock.now += DAY
    money, goods = await Asker(shop).ask()
    assert "9 December 2026, is past, but it still counts" in goods and "Ask me for more time" in goods
    assert "as soon as we have the parcel, or proof that you sent it" in money
    await shop.expiry.extend(rma.number, "shopper")
    clock.now += 15 * DAY
    _, goods = await Asker(shop).ask()
    assert "is past, but it still counts" in goods and "more time" not in goods
    talk = await Talk.begin(shop, Language.EN, order_id=1)
    answer = await talk.say("can I have more time?", "ask_return_policy", 0.9)
    assert "more time once already" in answer and "is past" in answer


async def test_half_of_it_is_paid_before_the_other_half_comes(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=2))
    await shop.receiving.receive(rma.number, Arrival({"1": 1}), "ana")
    await shop.inspection.inspect(rma.number, None, "ana")
    await shop.refunds.refund(rma.number, "eve", "k")
    money, _ = await Asker(shop).ask()
    assert "€15.00 was refunded" in money and "Another €19.90 follows" in money


async def test_an_empty_parcel_has_nothing_to_refund(shop: Container) -> None:
    rma = await shop.returns.create(plan(quantity=1))
    await shop.receiving.receive(rma.number, Arrival({}, complete=True), "ana")
    money, _ = await Asker(shop).ask()
    assert "nothing to refund" in money and "Not in the parcel" in money


async def test_store_credit_has_its_code_and_a_review_its_delay(shop: Container) -> None:
    rma = await shop.returns.create(plan(resolution=Resolution.STORE_CREDIT))
    await shop.receiving.receive(rma.number, Arrival(), "ana")
    await shop.refunds.refund(rma.number, "eve", "k")
    (credit,) = await shop.refunds.credits(rma.number)
    money, _ = await Asker(shop).ask()
    assert credit.code in money and "€19.90" in money


async def test_what_the_shopper_keeps_is_paid_by_a_day(shop: Container) -> None:
    await shop.returns.create(plan(line="2", reason=Reason.MISSING_PARTS))
    money, _ = await Asker(shop).ask()
    assert "is due. You get it back by" in money


@pytest.mark.parametrize("status", [S.CANCELLED, S.EXPIRED])
async def test_what_was_called_off_or_expired(shop: Container, status: ReturnStatus) -> None:
    rma = await shop.returns.create(plan())
    if status is S.CANCELLED:
        await shop.returns.cancel(rma.number, "shopper")
    else:
        clock = shop.clock
        assert isinstance(clock, Clock)
        clock.now += 30 * DAY
        await shop.expiry.finish_interrupted()
    money, goods = await Asker(shop).ask()
    assert money == goods and status.value in money


async def test_more_time_is_given_once(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    for language, wish in (
        (Language.EN, "can I have a few more days to send it?"), (Language.FR, "puis-je avoir un délai supplémentaire ?"),
    ):  # fmt: skip
        talk = await Talk.begin(shop, language, order_id=1)
        answer = await talk.say(wish, "ask_return_policy", 0.9)
        assert rma.number in answer
        given = {Language.EN: "you now have until", Language.FR: "déjà bénéficié"}[language]
        assert given in answer, answer
    assert (await shop.returns.get(rma.number)).send_by == (Clock().now + 28 * DAY).date()
