"""What every desk must do, whichever it is: our own console and Chatwoot pass the same. A conversation arrives there whole, an
answer reaches the shopper once, and it comes back. A new desk adds one line to DESKS."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.model.conversations import Status
from rma.settings import Settings
from tests.integration import gateway_kit
from tests.integration.desk_kit import AtDesk, chatwoot, console, fetch, hand_over, shopper_sees

empty_database, settings = gateway_kit.empty_database, gateway_kit.settings

DESKS = [pytest.param(console, id="console"), pytest.param(chatwoot, id="chatwoot")]


@pytest_asyncio.fixture(params=DESKS)
async def at(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[AtDesk]:
    async with request.param(settings) as desk:
        yield desk


class TestDesk:
    async def test_a_conversation_arrives_whole_and_in_order(self, at: AtDesk) -> None:
        conversation, token = await hand_over(at.shop)
        await at.settle()
        said, cause = await at.sees(conversation)
        expected = [
            ("shopper", "My mug is broken"), ("bot", "you said: My mug is broken"),
            ("shopper", "A person, please"), ("bot", "I pass you on."),
        ]  # fmt: skip
        places = [said.index(one) for one in expected]
        assert places == sorted(places) and cause and ("asked" in cause) and await at.has_it(conversation)
        assert at.shop.rasa.turns and not [one for one in said if one[0] == "agent"]
        for text in ("hello?", "hello?", "still there?"):
            await at.shop.send(token, {"text": text})
        await at.settle()
        await at.settle()
        said, _ = await at.sees(conversation)
        late = [text for who, text in said if who == "shopper" and text.endswith("?")]
        assert late in (["hello?", "hello?", "still there?"], ["hello?", "still there?"])  # the harness folds repeats

    async def test_what_nobody_handed_over_does_not_arrive(self, at: AtDesk) -> None:
        token, _ = await at.shop.session()
        await at.shop.send(token, {"text": "hi"})
        await at.settle()
        assert not await at.has_it(at.shop.conversation_of(token))

    async def test_an_answer_reaches_the_shopper_once_and_the_assistant_is_silent(self, at: AtDesk) -> None:
        conversation, token = await hand_over(at.shop)
        await at.settle()
        turns = len(at.shop.rasa.turns)
        async with at.shop.client.ws_connect(f"/api/chat/ws?token={token}") as socket:
            await socket.receive_json(timeout=5)
            again = await at.says(conversation, "I send you a new one.")
            frame = await socket.receive_json(timeout=5)
            assert [(one["from"], one["text"]) for one in frame["messages"]] == [("agent", "I send you a new one.")]
        await again()
        await at.shop.send(token, {"text": "thanks"})
        await at.settle()
        told = await shopper_sees(at.shop, token)
        assert told.count(("agent", "I send you a new one.")) == 1 and told[-1] == ("shopper", "thanks")
        assert len(at.shop.rasa.turns) == turns
        support = await at.shop.container.support.get(conversation)
        assert support.first_response_at and support.assignee and support.waiting_since

    @pytest.mark.parametrize("how", [Status.RESOLVED, Status.PENDING])
    async def test_it_comes_back_and_the_assistant_goes_on(self, at: AtDesk, how: Status) -> None:
        conversation, token = await hand_over(at.shop)
        await at.settle()
        await at.says(conversation, "Done.")
        await at.does(conversation, how)
        support = await at.shop.container.support.get(conversation)
        assert support.status is how and not support.is_persons
        before = await shopper_sees(at.shop, token)
        assert (before[-1][0] == "bot") == (how is Status.PENDING)
        _, answer = await at.shop.send(token, {"text": "and my other mug"})
        await at.settle()
        assert answer["owner"] == "assistant" and answer["messages"][-1]["text"] == "you said: and my other mug"
        said, _ = await at.sees(conversation)
        if not at.shop.container.bridge.desk.shares_tables:
            assert ("shopper", "and my other mug") not in said
        assert not await at.has_it(conversation)

    async def test_the_shopper_calls_the_assistant_back(self, at: AtDesk) -> None:
        conversation, token = await hand_over(at.shop)
        await at.settle()
        await at.shop.send(token, {"text": "Assistant"})
        await at.settle()
        assert not await at.has_it(conversation)
        assert (await at.shop.container.support.get(conversation)).status is Status.PENDING

    async def test_a_second_hand_over_comes_to_the_same_place(self, at: AtDesk) -> None:
        conversation, token = await hand_over(at.shop)
        await at.settle()
        await at.does(conversation, Status.RESOLVED)
        await at.shop.send(token, {"text": "one more thing"})
        await fetch(at.shop, token, "a person again")
        await at.settle()
        said, _ = await at.sees(conversation)
        assert await at.has_it(conversation) and said.count(("shopper", "one more thing")) == 1
        assert said.index(("shopper", "one more thing")) < said.index(("shopper", "a person again"))
        await at.says(conversation, "Yes?")
        assert (await shopper_sees(at.shop, token))[-1] == ("agent", "Yes?")

    async def test_somebody_of_the_team_takes_it_up_again(self, at: AtDesk) -> None:
        conversation, token = await hand_over(at.shop)
        await at.settle()
        await at.does(conversation, Status.RESOLVED)
        await at.does(conversation, Status.OPEN)
        await at.settle()
        assert (await at.shop.container.support.get(conversation)).is_persons and await at.has_it(conversation)
        turns = len(at.shop.rasa.turns)
        await at.shop.send(token, {"text": "oh, hello"})
        assert len(at.shop.rasa.turns) == turns
