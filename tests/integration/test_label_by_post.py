"""A label by post is wanted: what there is instead is said, nobody is fetched unasked, and no return is lost."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.conversations import Owner
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened, plan

EN, FR = Language.EN, Language.FR
SAID = [
    (FR, "svp par courrier", "talk_to_human", 0.85), (FR, "par courrier svp", "talk_to_human", 0.78),
    (EN, "can you send me the label by post", "resend_label", 1.0),
    (FR, "l'étiquette par la poste s'il vous plaît", "resend_label", 1.0),
]  # fmt: skip


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document("W1"))
        yield container


@pytest.mark.parametrize(("language", "text", "intent", "confidence"), SAID)
async def test_in_the_middle_and_afterwards(shop: Container, language: Language, text: str, intent: str, confidence: float) -> None:
    talk = await Talk.begin(shop, language, order_id=1)
    await talk.say("return the mug" if language is EN else "je renvoie le mug", "request_return", 1.0, reason="changed_mind")
    await talk.say("refund" if language is EN else "remboursement")
    assert await talk.expects() == ("method", "choice")
    assert "QR" in await talk.say(text, intent, confidence)
    assert await talk.expects() == ("method", "choice")
    await talk.say("", choice="qr")
    await talk.say("", choice="yes")
    (rma,) = await shop.returns.of_order(1)
    said = await talk.say(text, intent, confidence)
    assert "QR" in said and [one.ref for message in talk.said for one in message.attachments] == [rma.number]
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.ASSISTANT
    # Who says they do want a person gets one, with the return as it was.
    await talk.say("person" if language is EN else "conseiller", "talk_to_human", 1.0)
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.PERSON and (await shop.returns.get(rma.number)).status == rma.status


async def test_what_the_shopper_posts_is_no_label(shop: Container) -> None:
    rma = await shop.returns.create(plan())
    talk = await Talk.begin(shop, EN, order_id=1, last_return=rma.number)
    assert "post you a label" not in await talk.say("I'll send it back by post next week", "inform", 0.5)
