"""An address and no order number: where the number is, the same to everybody, and the address is kept as the proof."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import MAIL, Clock, document, load, opened

EN, FR = Language.EN, Language.FR


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document("W2611340"))
        yield container


@pytest.mark.parametrize(
    ("language", "text", "where"),
    [
        (EN, "I forgot my order number, my mail is {}", "confirmation e-mail"),
        (EN, "I want to return a mug, I only have my address {}", "confirmation e-mail"),
        (FR, "j'ai oublié mon numéro de commande, mon mail est {}", "e-mail de confirmation"),
        (FR, "je n'ai pas le numéro de commande, juste mon adresse : {}", "e-mail de confirmation"),
    ],
)
async def test_where_the_number_is_and_nothing_of_who_is_known(shop: Container, language: Language, text: str, where: str) -> None:
    answers = []
    for mail in (MAIL, "stranger@example.com"):
        talk = await Talk.begin(shop, language)
        answers.append(await talk.say(text.format(mail), "inform", 1.0))
        assert await talk.expects() == ("order_number", "text")
    assert answers[0] == answers[1] and where in answers[0] and "W2611340" not in answers[0]
    talk = await Talk.begin(shop, language)
    await talk.say(text.format(MAIL), "inform", 1.0)
    assert "W2611340" in await talk.say("W2611340")  # The address was kept: it is not asked for again.
    assert (await talk.expects() or ("",))[0] != "contact"
