"""A return in the making, at the question that a test is about: without Rasa, with what the model would say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from actions.dialogue.memory import Draft, Item, Memory
from rma.bootstrap import Container
from rma.model.codes import Language, Method, Reason, Resolution
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import Clock, document, load, opened

EN, FR = Language.EN, Language.FR
SHIRT, MUG, WATCH = "1", "2", "3"
"""Three were bought of the first, one of the others."""


@asynccontextmanager
async def making(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        await load(container, document("W1"), document("W2"))
        yield container


async def at(shop: Container, language: Language, slot: str, **draft: Any) -> Talk:
    """A return of all three shirts, at the question of that slot."""
    known: dict[str, Any] = {"quantity": 3, "reason": Reason.CHANGED_MIND}
    if slot in ("quantity", "reason"):
        known.pop("reason")
    if slot == "quantity":
        known.pop("quantity")
    items = [] if slot == "lines" else [Item(id=SHIRT, **known), *draft.pop("more", [])]
    if slot in ("method", "confirm"):
        draft = {"wished": Resolution.REFUND} | draft
    if slot == "confirm":
        draft = {"method": Method.LABEL} | draft
    talk = await Talk.begin(shop, language, order_id=1, goal="return", draft=Draft(items=items, **draft))
    await talk.say("", "out_of_scope", 0.0)
    assert (await talk.expects() or ("", ""))[0] == slot
    return talk


async def memory(talk: Talk) -> Memory:
    conversation, _ = await talk.container.desk.transcript(talk.id)
    return Memory.model_validate(conversation.state)


async def slot(talk: Talk) -> str | None:
    expects = await talk.expects()
    return expects[0] if expects else None
