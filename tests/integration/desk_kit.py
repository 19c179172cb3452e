"""People of the team at a desk, our own console or Chatwoot, and the shopper on the other side: what each of them sees and does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from gateway.chatwoot import Telling
from gateway.keys import TURNS
from rma.bootstrap import open_container
from rma.model.agents import Role
from rma.model.conversations import Owner, Status, Utterance
from rma.settings import Settings
from tests.fixtures.chatwoot_server import ACCOUNT, INBOX, SECRET, TOKEN, Chatwoot
from tests.integration import gateway_kit
from tests.integration.gateway_kit import Shop, open_shop

Said = tuple[str, str]
"""By whom ("shopper", "bot", "agent"), and what."""


class AtDesk(Protocol):
    """What a person of the team sees and does at a desk."""

    shop: Shop

    async def settle(self) -> None:
        """Everything that is under way to the desk or from it arrives."""

    async def sees(self, conversation: str) -> tuple[list[Said], str | None]:
        """What was said, in order, and why it was handed over; ([], None) when the desk does not have it."""

    async def has_it(self, conversation: str) -> bool: ...

    async def says(self, conversation: str, text: str) -> Callable[[], Awaitable[None]]:
        """Gives what repeats the same act, as a network may."""

    async def does(self, conversation: str, what: Status) -> None:
        """RESOLVED: done. PENDING: the assistant may go on. OPEN: takes it up again."""


class AtConsole:
    def __init__(self, shop: Shop) -> None:
        self.shop, self.desk = shop, shop.container.support

    async def start(self) -> "AtConsole":
        self.agent = await self.shop.container.agents.add("ada", "Ada", Role.AGENT, "correct horse battery")
        return self

    async def settle(self) -> None:
        await self.shop.container.bridge.desk.close()

    async def sees(self, conversation: str) -> tuple[list[Said], str | None]:
        shown = await self.desk.overview(conversation)
        said = [(message.sender.value, message.text) for message in shown.messages]
        return said, shown.handovers[-1].cause.value if shown.handovers else None

    async def has_it(self, conversation: str) -> bool:
        return (await self.desk.get(conversation)).is_persons

    async def says(self, conversation: str, text: str) -> Callable[[], Awaitable[None]]:
        async def say() -> None:
            said = await self.desk.say(self.agent, conversation, text, key=text)
            current, _ = await self.shop.container.desk.transcript(conversation)
            self.shop.client.app[TURNS].publish(current, [said])

        await say()
        return say

    async def does(self, conversation: str, what: Status) -> None:
        match what:
            case Status.RESOLVED:
                await self.desk.resolve(self.agent, conversation)
            case Status.PENDING:
                await self.desk.give_back(self.agent, conversation)
            case Status.OPEN:
                await self.desk.take(self.agent, conversation)


class AtChatwoot:
    def __init__(self, shop: Shop, server: Chatwoot) -> None:
        self.shop, self.server, self.bridge = shop, server, shop.container.bridge

    def tell(self) -> Telling:
        return Telling(self.shop.client.app[TURNS])

    async def settle(self) -> None:
        for _ in range(20):
            told = await self.bridge.round()
            delivered = await self.server.deliver() if self.server.undelivered else []
            assert set(delivered) <= {204}
            if not told and not delivered:
                return
        raise AssertionError("the desk and the gateway never come to rest")

    def talk(self, conversation: str) -> int | None:
        found = [talk.id for talk in self.server.talks.values() if talk.source_id == conversation]
        assert len(found) < 2
        return found[0] if found else None

    async def sees(self, conversation: str) -> tuple[list[Said], str | None]:
        talk = self.talk(conversation)
        if talk is None:
            return [], None
        said: list[Said] = []
        cause = None
        names = {"Shopper": "shopper", "Assistant": "bot", "Team": "agent", "System": "system"}
        for message in self.server.talks[talk].messages:
            if message["private"] and "Handed over" in message["content"]:
                cause = message["content"].splitlines()[0]
                for line in message["content"].splitlines():
                    who, colon, text = line.partition("] ")[2].partition(": ")
                    if line.startswith("[2") and colon:
                        said.append((names[who], text))
            elif not message["private"]:
                said.append(("shopper" if message["message_type"] == 0 else "agent", message["content"]))
        # The last words stand in the note and once more as the shopper's own message.
        return [one for place, one in enumerate(said) if place == 0 or one != said[place - 1]], cause

    async def has_it(self, conversation: str) -> bool:
        talk = self.talk(conversation)
        return talk is not None and self.server.talks[talk].status == "open"

    async def says(self, conversation: str, text: str) -> Callable[[], Awaitable[None]]:
        talk = self.talk(conversation)
        assert talk is not None
        self.server.agent_says(talk, text)
        event = self.server.undelivered[-1]
        await self.settle()

        async def again() -> None:
            assert await self.server.deliver(event) == [204]

        return again

    async def does(self, conversation: str, what: Status) -> None:
        talk = self.talk(conversation)
        assert talk is not None
        self.server.set_status(talk, what.value)
        await self.settle()


@asynccontextmanager
async def console(settings: Settings) -> AsyncIterator[AtDesk]:
    async with open_container(settings) as container, open_shop(container) as shop:
        yield await AtConsole(shop).start()


@asynccontextmanager
async def chatwoot(settings: Settings, **changes: Any) -> AsyncIterator[AtChatwoot]:
    async with AsyncExitStack() as stack:
        server = Chatwoot()
        served = await stack.enter_async_context(TestServer(server.app()))
        settings = settings.model_copy(
            update={
                "chatwoot_url": str(served.make_url("/")), "chatwoot_account_id": ACCOUNT, "chatwoot_inbox_id": INBOX,
                "chatwoot_token": SecretStr(TOKEN), "chatwoot_webhook_secret": SecretStr(SECRET),
            } | changes
        )  # fmt: skip
        container = await stack.enter_async_context(open_container(settings))
        shop = await stack.enter_async_context(open_shop(container))
        server.webhook = str(shop.client.make_url("/webhooks/chatwoot"))
        yield AtChatwoot(shop, server)


async def hand_over(shop: Shop, words: str = "A person, please") -> tuple[str, str]:
    """A conversation that ends with a person: its id and the shopper's token."""
    token, _ = await shop.session(language="en")
    assert (await shop.send(token, {"text": "My mug is broken"}))[0] == 200
    await fetch(shop, token, words)
    return shop.conversation_of(token), token


async def fetch(shop: Shop, token: str, words: str) -> None:
    async def person(body: dict[str, Any]) -> Any:
        desk = shop.container.desk
        conversation, _ = await desk.transcript(body["sender"])
        conversation.owner = Owner.PERSON
        said = [Utterance(text="I pass you on.")]
        await desk.answer(conversation, body["metadata"]["message_id"], said, [("asked_for", {})])
        return gateway_kit.web.json_response({})

    shop.rasa.behave = person
    status, answer = await shop.send(token, {"text": words})
    shop.rasa.behave = None
    assert status == 200 and answer["owner"] == "person"


async def shopper_sees(shop: Shop, token: str) -> list[Said]:
    _, history = await shop.history(token)
    return [(message["from"], message["text"]) for message in history["messages"]]


def texts(woot: AtChatwoot, conversation: str) -> list[str]:
    talk = woot.talk(conversation)
    assert talk is not None
    return [message["content"] for message in woot.server.talks[talk].messages]
