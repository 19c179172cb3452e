"""What must be heard whatever else is said: a danger, a withdrawal by right, a claim that opens like a question.

The intents are what the model says of these sentences, right or wrong.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from actions.dialogue.alarms import SAFETY, THREAT
from actions.dialogue.words import fold
from rma.bootstrap import Container
from rma.model.codes import Language
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import MAIL, Clock, document, load, opened, plan

EN, FR = Language.EN, Language.FR
FIRST = "W2611340"


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document(FIRST))
        yield container


@pytest.mark.parametrize("words", [
    "the headphones got so hot they burnt my ear", "burned his neck", "my ears got badly burnt", "zapped me when I plugged it in",
    "the lamp shocked me", "got a shock off the kettle", "j'ai eu une décharge avec la lampe",
    "j'ai pris une châtaigne en branchant la lampe",
    "elle m'a mis un coup de jus", "mes écouteurs m'ont brûlé l'oreille", "j'ai l'oreille brûlée", "brûlure au cou",
    "the scarf gave my son a rash", "I broke out in hives", "le pull lui a donné des plaques rouges",
    "elle a fait une allergie au tissu",
])  # fmt: skip
def test_a_danger_is_heard(words: str) -> None:
    assert SAFETY.search(fold(words))


@pytest.mark.parametrize("words", [
    "I'm allergic to wool, so it goes back", "j'ai une allergie à la laine",
    "I wanted the burnt orange colour", "the shoes burn a hole in my wallet", "the headphones hurt my ears",
    "my back hurts in this chair",
    "the price shocked me", "the print on the front is burnt", "la batterie se décharge trop vite",
    "j'ai eu une décharge rapide de la batterie",
    "j'ai pris la couleur châtaigne", "le jus d'orange, j'ai pris le jus d'orange", "c'est le dos brûlé du canapé",
    "couleur terre brûlée",
])  # fmt: skip
def test_what_only_sounds_like_a_danger_is_none(words: str) -> None:
    assert not SAFETY.search(fold(words))


@pytest.mark.parametrize(
    ("words", "threat"),
    [
        ("refund me by Friday or I'm calling my bank", True),
        ("I'll dispute the charge with my bank", True),
        ("sinon j'appelle ma banque", True),
        ("je vais ouvrir un litige", True),
        ("I called my bank and they see no refund", False),
        ("j'ai appelé ma banque, rien n'est arrivé", False),
    ],
)
def test_whoever_goes_to_the_bank_about_it_talks_to_a_person(words: str, threat: bool) -> None:
    assert bool(THREAT.search(fold(words))) is threat


@pytest.mark.parametrize(("language", "words"), [(EN, f"I cancel my purchase {FIRST}"), (FR, f"j'annule mon achat {FIRST}")])
async def test_calling_off_what_arrived_lately_is_a_withdrawal_of_all(shop: Container, language: Language, words: str) -> None:
    talk = await Talk.begin(shop, language)
    await talk.say(words, "cancel_order", 0.85)
    await talk.say(MAIL)
    assert await talk.expects() in {("method", "choice"), ("condition", "choice"), ("confirm", "confirm")}, talk.text


@pytest.mark.parametrize(("words", "reason"), [
    ("Under the Consumer Rights Act 2015 I'm entitled to reject this shirt, it came torn", "damaged"),
    ("I reject the goods under section 20", None),
])  # fmt: skip
async def test_rejecting_goods_by_right_begins_a_return(shop: Container, words: str, reason: str | None) -> None:
    talk = await Talk.begin(shop, order_id=1)
    await talk.say(words, "appeal_decision", 0.9, reason=reason)
    assert await talk.expects() is not None, talk.text
    async with shop.transactions() as uow:
        assert not await uow.conversations.tickets(open_only=True, conversation_id=talk.id)


@pytest.mark.parametrize(("language", "words"), [
    (EN, "who do I have to shout at to get my money back for this rubbish shirt"),
    (EN, "what the hell is this, I want a refund"),
    (FR, "comment osez-vous vendre ça, remboursez-moi cette chemise"),
    (FR, "qui ose vendre une chose pareille, je veux être remboursée"),
])  # fmt: skip
async def test_a_claim_that_opens_like_a_question_begins_a_return(shop: Container, language: Language, words: str) -> None:
    talk = await Talk.begin(shop, language)
    await talk.say(words, "request_return", 0.98)
    assert await talk.expects() == ("order_number", "text"), talk.text


@pytest.mark.parametrize(("language", "words"), [
    (EN, "it's been two weeks!!"), (EN, "how long does it take"),
    (FR, "ça fait trois semaines !"), (FR, "ça prend combien de temps ?"),
])  # fmt: skip
async def test_impatience_after_the_label_is_told_where_it_stands(shop: Container, language: Language, words: str) -> None:
    rma = await shop.returns.create(plan(quantity=1))
    talk = await Talk.begin(shop, language, order_id=1, last_return=rma.number)
    assert rma.number in await talk.say(words, "out_of_scope", 0.57)


MID_RETURN = [
    (EN, "how long for the money?", "check_refund_status", 0.68, "policy_refund_time"),
    (EN, "yes but when do I get the money?", "check_refund_status", 0.98, "policy_refund_time"),
    (FR, "je serai remboursé quand ?", "check_refund_status", 1.0, "policy_refund_time"),
    (EN, "can I drop it at UPS?", "ask_return_policy", 0.87, "policy_carrier"),
    (FR, "je peux le déposer en magasin ?", "ask_return_policy", 0.99, "policy_store"),
    (EN, "and if it gets lost in the post?", "ask_return_policy", 1.0, "policy_lost"),
    (FR, "et si le colis se perd ?", "ask_return_policy", 0.99, "policy_lost"),
    (EN, "does the refund include shipping?", "ask_return_policy", 0.97, "policy_outbound"),
    (EN, "who pays the postage?", "out_of_scope", 0.83, "policy_cost"),
    (FR, "qui paie le port ?", "out_of_scope", 0.6, "policy_cost"),
]


@pytest.mark.parametrize(("language", "words", "intent", "confidence", "key"), MID_RETURN)
async def test_a_question_amid_a_return_has_its_own_answer_and_the_return_goes_on(
    shop: Container, language: Language, words: str, intent: str, confidence: float, key: str
) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say("I want to send the shirt back", "request_return", 0.99)
    stands = await talk.expects()
    told = await talk.say(words, intent, confidence)
    assert told.startswith(shop.texts.get(key, language, "web", days="{", amount="{", free="").split("{")[0]), told
    assert stands is not None and await talk.expects() == stands


@pytest.mark.parametrize(("language", "words", "intent"), [
    (EN, "I sent it back last week and still nothing", "check_refund_status"),
    (EN, "I posted the shirts back, tracking 1Z999AA10123456784", "check_return_status"),
    (FR, "j'ai déjà renvoyé la chemise", "report_problem"),
])  # fmt: skip
async def test_goods_gone_without_a_label_fetch_a_person_and_no_new_label(
    shop: Container, language: Language, words: str, intent: str
) -> None:
    talk = await Talk.begin(shop, language)
    await talk.say(words, intent, 0.9)
    assert await talk.expects() == ("order_number", "text")
    told = await talk.say(f"{FIRST} {MAIL}")
    assert shop.texts.get("sent_unannounced", language, "web", number=FIRST) in told
    async with shop.transactions() as uow:
        assert len(await uow.conversations.tickets(open_only=True, conversation_id=talk.id)) == 1
