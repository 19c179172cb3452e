"""A console with people in it: two agents, an admin, shoppers who wait, and a client that does what a browser does with a form."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import ClientResponse
from pydantic import SecretStr

from gateway.console.mark import Mark
from rma.bootstrap import Container, open_container
from rma.model.agents import Role
from rma.model.codes import Condition, Language, Method, Reason, Resolution
from rma.model.conversations import Attachment, Channel, Owner, Sender, Utterance
from rma.model.returns import Return
from rma.service.agents import AgentDesk
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from tests.fixtures.support import FAST, Clock, order
from tests.integration.gateway_kit import Shop, open_shop

PEOPLE = {"ann": ("Ann Lee", Role.AGENT), "bob": ("Bob Roy", Role.AGENT), "eve": ("Eve Sol", Role.ADMIN)}
ORIGIN = "http://127.0.0.1"
HTTPS = "https://shop.example"


def password(login: str) -> str:
    return f"{login}'s long password"


@dataclass
class Console:
    """One agent's browser. `secret` is its cookie, `csrf` what its pages carry."""

    shop: Shop
    login: str
    secret: str
    csrf: str = ""
    origin: str = ORIGIN
    cookie: str = "retour-console"

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{self.cookie}={self.secret}", "Origin": self.origin, "Host": self.origin.split("://")[1]}

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.shop.client.get(path, headers=self.headers | headers, allow_redirects=False)

    async def page(self, path: str = "/console") -> str:
        answer = await self.get(path)
        assert answer.status == 200, (path, answer.status, await answer.text())
        return await answer.text()

    async def post(self, path: str, fetch: bool = False, **fields: Any) -> ClientResponse:
        headers = self.headers | ({"X-Requested-With": "fetch"} if fetch else {})
        return await self.shop.client.post(
            path, data={"csrf": self.csrf} | fields, headers=headers, allow_redirects=False
        )

    async def mark(self, conversation: str) -> str:
        return str(Mark.of(await self.shop.container.support.overview(conversation)))

    async def act(self, conversation: str, what: str, **fields: Any) -> ClientResponse:
        """As a person does who has just looked."""
        fields = {"mark": await self.mark(conversation)} | fields
        return await self.post(f"/console/c/{conversation}/{what}", **fields)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in: {text[:3000]}"
    return match[1]


@dataclass
class Desk:
    """The shop, its people, and what shoppers do."""

    shop: Shop
    container: Container
    clock: Clock

    async def enter(self, login: str, origin: str = ORIGIN, **headers: str) -> Console:
        answer = await self.attempt(login, password(login), origin, **headers)
        assert answer.status == 303, await answer.text()
        name, _, rest = answer.headers["Set-Cookie"].partition("=")
        console = Console(self.shop, login, rest.partition(";")[0], origin=origin, cookie=name)
        console.csrf = found(r'name="csrf" value="([0-9a-f]+)"', await console.page())
        return console

    async def attempt(self, login: str, secret: str, origin: str = ORIGIN, **headers: str) -> ClientResponse:
        answer = await self.shop.client.post(
            "/console/login",
            data={"login": login, "password": secret},
            headers={"Origin": origin, "Host": origin.split("://")[1]} | headers,
            allow_redirects=False,
        )
        # Every browser here sends its own cookie, and not the one that came last.
        self.shop.client.session.cookie_jar.clear()
        return answer

    async def talk(
        self, *texts: str, cause: str | None = "asked_for", number: str | None = "W1", language: str = "en",
        channel: Channel = Channel.WEB, **context: Any,
    ) -> str:  # fmt: skip
        """A conversation in which this was said, left to a person for `cause`; its id."""
        desk = self.container.desk
        conversation, _ = await desk.open(channel, Language(language), None)
        for text in texts or ("hello",):
            heard = await desk.hear(conversation.id, text)
        conversation = heard.conversation
        if number is not None:
            conversation.order_id = await self.order_id(number)
        conversation.owner = Owner.PERSON if cause and cause != "review" else Owner.ASSISTANT
        tickets = [(cause, {"order": number, "last_message": texts[-1] if texts else "hello"} | context)] if cause else []
        await desk.answer(conversation, heard.message.id, [Utterance(text="Somebody comes.")], tickets)
        return conversation.id

    async def order_id(self, number: str) -> int:
        async with self.container.transactions() as uow:
            known = await uow.orders.find(number)
        assert known is not None
        return known[0]

    async def review(self, number: str = "W9", key: str = "review") -> tuple[str, Return]:
        """A conversation with a return that waits for a decision."""
        conversation = await self.talk("my lamp is broken", cause=None, number=number)
        async with self.container.transactions() as uow:
            photo = await uow.conversations.add_photo(conversation, "image/jpeg", PICTURE, self.clock())
        shown = Utterance(text="", sender=Sender.SHOPPER, attachments=[Attachment(kind="photo", ref=str(photo))])
        async with self.container.transactions() as uow:
            await uow.conversations.say(conversation, shown, self.clock())
        plan = Plan(
            key=key,
            order_id=await self.order_id(number),
            lines=(PlannedLine("1", 1, Reason.CHANGED_MIND, Condition.UNOPENED, photo),),
            resolution=Resolution.REFUND,
            language=Language.EN,
            method=Method.LABEL,
            conversation=conversation,
        )
        rma = await self.container.returns.create(plan)
        assert rma.status == "review"
        async with self.container.transactions() as uow:
            context = {"number": rma.number, "order": number}
            await uow.conversations.open_ticket(conversation, "review", context, self.clock())
        return conversation, rma

    async def kinds(self, conversation: str) -> list[str]:
        """The audit trail, without how it began."""
        shown = await self.container.support.overview(conversation)
        return [event.kind for event in shown.events if event.by in PEOPLE]


PICTURE = (Path(__file__).parents[2] / "docs" / "images" / "page-phone.png").read_bytes()


async def staffed(settings: Settings, **changes: Any) -> AsyncIterator[Desk]:
    clock = Clock()
    async with open_container(settings, clock) as container:
        container = replace(container, agents=AgentDesk(container.transactions, clock, FAST))
        for login, (name, role) in PEOPLE.items():
            await container.agents.add(login, name, role, password(login))
        await container.shop.load({"orders": [order(), order("W9", price="600.00", days=20)]})
        async with open_shop(container, **changes) as shop:
            yield Desk(shop, shop.container, clock)


@pytest_asyncio.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    settings = Settings(database_url=sqlite_url, secret_key=SecretStr("a secret of the tests only"), public_url=ORIGIN)
    async for opened in staffed(settings):
        yield opened


@pytest_asyncio.fixture
async def https_desk(sqlite_url: str) -> AsyncIterator[Desk]:
    """As it stands behind a proxy of its own that speaks https."""
    settings = Settings(
        database_url=sqlite_url, secret_key=SecretStr("a secret of the tests only"), public_url=HTTPS,
        trusted_proxies="127.0.0.0/8",  # type: ignore[arg-type]
    )  # fmt: skip
    async for opened in staffed(settings):
        yield opened


class Markup(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def dangers(self) -> list[str]:
        """What could run, or lead out of the house."""
        bad = []
        for tag, attributes in self.elements:
            own = (tag, attributes.get("src")) == ("script", "/static/console/main.js")
            if tag in ("script", "iframe", "object", "embed", "style", "base") and not own:
                bad.append(tag)
            bad += [name for name in attributes if name.startswith("on") or name == "style"]
            addresses = [attributes.get(name) or "" for name in ("href", "src", "action", "formaction")]
            bad += [address for address in addresses if address and not address.startswith(("/", "#"))]
        return bad
