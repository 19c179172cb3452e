"""When a person is fetched, what is promised then, and how the assistant goes on after one: with the real actions, policy and
database; what the model understands of a message is said by the test."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest_asyncio

from rma.model.codes import Reason
from rma.model.conversations import Channel, Owner, Sender, Status
from rma.model.support import Cause, Priority, QueueFilter
from rma.service.rulings import NewLine, NewReturn
from tests.fixtures.support import Team, opened, order

FROM_US = {"market": "US", "currency": "USD"}


@pytest_asyncio.fixture
async def team(sqlite_url: str) -> AsyncIterator[Team]:
    late, dear = order("W2", days=90, **FROM_US), order("W3", price="700.00", days=25)
    async with opened(sqlite_url, None, order("W1"), late, dear) as found:
        yield found


ALARMS = [
    ("the power bank caught fire last night", Cause.SAFETY, Priority.URGENT),
    ("la batterie a gonflé et elle fume", Cause.SAFETY, Priority.URGENT),
    ("j'ai pris une décharge électrique", Cause.SAFETY, Priority.URGENT),
    ("refund me or you will hear from my lawyer", Cause.THREAT, Priority.URGENT),
    ("je vais saisir la DGCCRF", Cause.THREAT, Priority.URGENT),
    ("I'll post this on Twitter", Cause.THREAT, Priority.URGENT),
    ("you are thieves", Cause.ANGER, Priority.HIGH),
    ("j'en ai marre", Cause.ANGER, Priority.HIGH),
]
FALSE_ALARMS = [
        "I want to return my Fire TV stick", "the fire pit is too small", "court shoes too small, size 38",
        "j'ai commandé un avocat en peluche", "the shoes hurt my feet", "ces chaussures m'ont blessé les pieds",
        "la batterie ne tient pas la charge", "I saw it on Instagram and bought it", "the t-shirt is cut too small",
        "the colour is burnt orange", "my police officer costume is too big", "le jeu Menace est arrivé trop tard",
        "the shirt smells of smoke", "where can I leave a review?", "I was in hospital, that is why I am late",
        "l'étiquette imprimée est coupée en deux", "the consumer rights act says 30 days",
]  # fmt: skip


async def test_what_a_machine_must_not_answer_goes_to_a_person(team: Team) -> None:
    for text, cause, priority in ALARMS:
        talk = await team.shopper()
        answer = await talk.say(text)
        support = await team.container.support.get(talk.id)
        now = (support.owner, support.status, support.cause, support.priority)
        assert now == (Owner.PERSON, Status.OPEN, cause, priority), text
        assert support.waiting_since == team.clock.now and answer
        assert await talk.say("hello?", "greet") == "", "it talks over the person"


async def test_words_that_only_sound_like_it_stay_with_the_assistant(team: Team) -> None:
    for text in FALSE_ALARMS:
        talk = await team.shopper()
        await talk.say(text)
        assert await talk.status() is Status.PENDING and await talk.causes() == [], text


async def test_anger_with_something_in_it_is_answered_once_then_a_person_comes(team: Team) -> None:
    talk = await team.shopper()
    await talk.say("I'm furious, the mug arrived broken", "report_problem", reason="damaged", reason_confidence=0.9)
    assert await talk.status() is Status.PENDING and await talk.slot() == "order_number"
    await talk.say("this is ridiculous")
    assert await talk.causes() == ["anger"] and await talk.status() is Status.OPEN


async def test_two_misunderstandings_offer_a_person_and_the_next_fetches_one(team: Team) -> None:
    talk = await team.shopper()
    await talk.prove()
    assert await talk.slot() == "lines"
    first = await talk.say("purple monkey dishwasher")
    await talk.say("the moon is made of cheese")
    assert [choice.value for choice in talk.last[0].choices][-1] == "talk_to_human" and first
    assert await talk.status() is Status.PENDING
    await talk.say("colourless green ideas")
    assert await talk.causes() == ["not_understood"] and await talk.status() is Status.OPEN


async def test_a_turn_that_fails_twice_fetches_a_person(team: Team) -> None:
    talk, fetching = await team.shopper(), team.container.fetching
    await team.container.desk.hear(talk.id, "hello")
    (first,) = await fetching.failed(talk.id)
    assert first.sender is Sender.SYSTEM and await talk.status() is Status.PENDING
    await team.container.desk.hear(talk.id, "hello again")
    (second,) = await fetching.failed(talk.id)
    assert await talk.causes() == ["failure"] and await talk.status() is Status.OPEN and second.text != first.text
    assert await fetching.failed(talk.id) == []


async def test_the_queue_and_the_hours_are_said_honestly(team: Team) -> None:
    talks = [await team.shopper(language) for language in ("en", "fr", "en")]
    said = [await talk.say("a person please", "talk_to_human") for talk in talks]
    assert "You are next" in said[0] and "une personne avant vous" in said[1] and "2 people are before you" in said[2]
    assert "tomorrow at 11:00" in said[0] and "demain à 11 h" in said[1]
    urgent = await team.shopper()
    assert "You are next" in await urgent.say("the battery is swollen and smoking"), "danger is looked at first"
    team.clock.forward(hours=9)
    late = await (await team.shopper()).say("a person please", "talk_to_human")
    assert "away" in late and "tomorrow at 9:00" in late and "4 people" in late
    team.clock.forward(days=4)  # Friday evening
    assert "Monday at 9:00" in await (await team.shopper()).say("a person please", "talk_to_human")
    team.clock.forward(days=27)  # Thursday 24 December, in the evening: Christmas and a weekend follow
    assert "Monday at 9:00" in await (await team.shopper()).say("a person please", "talk_to_human")


async def test_where_the_answer_goes_is_said_or_asked(team: Team) -> None:
    talk = await team.shopper()
    await talk.prove()
    assert "w•••@example.com" in await talk.say("a person please", "talk_to_human")
    unknown = await team.shopper("fr")
    assert "adresse e-mail" in await unknown.say("un conseiller", "talk_to_human")
    (noted,) = await team.container.fetching.contact_left(unknown.id, "écrivez-moi à zoe@example.org. Merci")
    support = await team.container.support.get(unknown.id)
    assert "zoe@example.org" in noted.text and (support.contact, support.contact_proven) == ("zoe@example.org", False)
    assert await team.container.fetching.contact_left(unknown.id, "zoe@example.org") == []
    assert await team.container.fetching.contact_left(talk.id, "no address here, order W1") == []
    await team.container.fetching.contact_left(talk.id, "06 12 34 56 78")
    assert (await team.container.support.get(talk.id)).contact_proven, "it is the order's own"


async def test_sms_says_it_in_few_plain_characters(team: Team) -> None:
    for language, word in (("en", "a person please"), ("fr", "un conseiller")):
        talk = await team.shopper(language, Channel.SMS)
        answer = await talk.say(word, "talk_to_human")
        text = answer.split("\n", 1)[1]
        assert len(text) <= 320 and not set(text) & set("çêâîôûœ“”«»’"), text


async def test_it_goes_on_where_it_was_after_a_person(team: Team) -> None:
    talk, desk = await team.shopper(), team.container.support
    await talk.prove()
    await talk.say("a person please", "talk_to_human")
    await desk.take(team.ann, talk.id)
    await desk.say(team.ann, talk.id, "Please choose what you send back.")
    before = len(await talk.said_by(Sender.BOT))
    await desk.resolve(team.ann, talk.id)
    assert await talk.status() is Status.RESOLVED and await talk.said_by(Sender.AGENT)
    assert len(await talk.said_by(Sender.BOT)) == before, "it came back with a word"
    await talk.say("the mug", "inform")
    assert await talk.slot() == "reason" and await talk.status() is Status.PENDING
    shown = await desk.overview(talk.id)
    assert [(one.cause, one.ended_by) for one in shown.stretches] == [(Cause.ASKED, "ann")]


async def test_what_a_person_settled_is_known_and_not_asked_again(team: Team) -> None:
    talk, container = await team.shopper(), team.container
    await talk.prove("W2")
    await talk.say("the mug", "inform")
    await talk.say("changed my mind", "inform", reason="changed_mind", reason_confidence=0.9)
    assert await talk.slot() is None, "declined: too late"
    await talk.say("that's not fair", "appeal_decision")
    assert await talk.causes() == ["appeal"] and await talk.status() is Status.PENDING
    await container.support.take(team.ann, talk.id)
    new = NewReturn(key="form-0001", order="W2", lines=[NewLine(id="1", reason=Reason.CHANGED_MIND)])
    rma = await container.rulings.create(team.ann, talk.id, new, reason="a loyal customer")
    _, (back,) = await container.support.give_back(team.ann, talk.id)
    assert rma.number in back.text and "$15.10" in back.text
    assert await talk.causes() == []
    assert rma.number in await talk.say("what did we agree?") and "$15.10" in talk.last[0].text
    assert rma.number in await talk.say("that's not fair", "appeal_decision")
    assert await talk.causes() == [], "it was handed over again"
    assert "settled" in (await talk.say("qu'est-ce qu'on a décidé ?")) or rma.number in talk.last[0].text


async def test_a_question_that_a_person_answered_by_doing_it_does_not_stand_any_more(team: Team) -> None:
    talk, container = await team.shopper(), team.container
    await talk.prove()
    await talk.say("the mug", "inform")
    assert await talk.slot() == "reason"
    await talk.say("a person please", "talk_to_human")
    await container.support.take(team.ann, talk.id)
    new = NewReturn(key="form-0002", order="W1", lines=[NewLine(id="1", reason=Reason.CHANGED_MIND)])
    rma = await container.rulings.create(team.ann, talk.id, new)
    await container.support.resolve(team.ann, talk.id)
    await talk.say("thank you", "thank")
    assert await talk.slot() is None
    answer = await talk.say("assistant")
    assert answer and await talk.slot() is None
    await talk.say("where is my return?", "check_return_status")
    assert rma.number in "\n".join(message.text for message in talk.last)


async def test_the_shopper_calls_the_assistant_back(team: Team) -> None:
    talk = await team.shopper()
    await talk.prove()
    await talk.say("a person please", "talk_to_human")
    answer = await talk.say("assistant")
    assert "I'm back" in answer and await talk.slot() == "lines" and await talk.causes() == []
    shown = await team.container.support.overview(talk.id)
    assert [(one.ended_by, one.ended is not None) for one in shown.stretches] == [("shopper", True)]
    assert shown.handovers[0].outcome == "called_back"


async def test_a_review_is_asked_of_a_person_once(team: Team) -> None:
    talk, container = await team.shopper(), team.container
    await talk.prove("W3")
    await talk.say("the mug", "inform")
    await talk.say("changed my mind", "inform", reason="changed_mind", reason_confidence=0.9)
    for answer in ("refund", "label"):
        await talk.say(answer, "inform")
    assert await talk.slot() == "confirm"
    await talk.say("yes", "affirm")
    assert await talk.causes() == ["review"] and await talk.status() is Status.PENDING
    (row,) = await container.support.queue(QueueFilter())
    rma = await container.rulings.approve(team.eve, None, row.return_numbers[0], "known customer")
    assert rma.status == "label_issued" and Decimal(rma.refund["total"]) == Decimal("695.10")
    assert await talk.causes() == []
    assert rma.number in await talk.say("what was decided?")
    await talk.say("is my return approved?", "check_return_status")
    assert await talk.causes(everything=True) == ["review"]


async def test_what_is_praised_is_not_sent_back_with_what_is_complained_of(team: Team) -> None:
    for text, aside in (("The mug is great. The desk lamp flickers.", 17), ("The mug is lovely but it has a crack", 17)):
        talk = await team.shopper()
        await talk.prove()
        clauses = [
            {"start": 0, "end": aside, "intent": "report_problem", "intent_confidence": 0.9, "aside": True},
            {"start": aside + 1, "end": len(text), "intent": "report_problem", "intent_confidence": 0.9,
             "reason": "defective", "reason_confidence": 0.9, "aside": False},
        ]  # fmt: skip
        await talk.say(text, "report_problem", reason="defective", reason_confidence=0.9, clauses=clauses)
        assert await talk.slot() == "resolution", text
        answer = await talk.say("refund", "inform", entities=[{"entity": "resolution", "value": "refund", "start": 0, "end": 6}])
        answer += await talk.say("label", "inform")
        meant, left = ("Desk lamp", "Mug") if "lamp" in text else ("Mug", "Desk lamp")
        assert meant in answer and left not in answer, answer
