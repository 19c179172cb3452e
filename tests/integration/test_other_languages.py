"""Shoppers who write neither English nor French: told so once in both and in theirs; nothing else is taken for it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from actions.dialogue.foreign import foreign
from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.conversations import Owner
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened

NLU = Path(__file__).parents[2] / "data" / "nlu"


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document("W2611340"))
        yield container


@pytest.mark.parametrize(
    ("text", "intent", "code", "theirs"),
    [
        ("Hallo, ich möchte meine Bestellung zurücksenden, sie ist zu klein", "greet", "de", "Französisch"),
        ("Quiero devolver los zapatos", "out_of_scope", "es", "inglés"),
        ("Vorrei restituire le scarpe", "inform", "it", "francese"),
        ("Ik wil mijn schoenen terugsturen", "out_of_scope", "nl", "Engels"),
        ("Quero devolver a minha encomenda", "out_of_scope", "pt", "francês"),
    ],
)
async def test_it_is_said_in_both_and_in_theirs_and_then_a_person_helps(
    shop: Container, text: str, intent: str, code: str, theirs: str
) -> None:
    assert foreign(text) == code
    talk = await Talk.begin(shop, Language.EN)
    answer = await talk.say(text, intent, 0.9)
    assert theirs in answer and "English or French" in answer and "anglais ou en français" in answer
    assert [choice.value for message in talk.said for choice in message.choices] == ["talk_to_human"]
    for _ in range(2):
        assert theirs not in await talk.say(text, intent, 0.9)
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.PERSON and conversation.language is Language.EN


async def test_what_was_asked_is_taken_in_any_language_and_danger_fetches_a_person(shop: Container) -> None:
    talk = await Talk.begin(shop, Language.EN)
    await talk.say("return", "request_return", 1.0)
    await talk.say("meine Bestellung ist W2611340", "inform", 0.9)
    assert await talk.expects() == ("contact", "email")
    talk = await Talk.begin(shop, Language.EN)
    await talk.say("Die Lampe brennt, ich bin verletzt", "out_of_scope", 0.9)
    conversation, _ = await shop.desk.transcript(talk.id)
    assert conversation.owner is Owner.PERSON


def test_no_example_of_ours_is_taken_for_a_foreign_one() -> None:
    wrong = [
        line
        for path in NLU.glob("*/*.yml")
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in (entry.get("examples") or "").splitlines()
        if foreign(json.dumps(line, ensure_ascii=False).strip('"- '))
    ]
    assert len(wrong) <= 1  # "hola como estas" is one.
