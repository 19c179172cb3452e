"""Phones that text a gateway in tests: signed by Twilio's own library, answered through the outbox."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse
from pydantic import SecretStr
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from gateway import inbox, mms
from gateway.keys import INBOX
from rma.bootstrap import open_container
from rma.model.conversations import Sender, Utterance
from rma.settings import Settings
from tests.integration.gateway_kit import Shop, open_shop

AUTH_TOKEN = "the auth token of these tests"
PATH = "/webhooks/twilio/sms"
SHOP_NUMBER = "+33700000001"
_serial = itertools.count(1)


def sid() -> str:
    return f"SM{next(_serial):032d}"


@dataclass
class Texts:
    """The gateway's inbox, and what numbers send to it."""

    shop: Shop
    sent: list[dict[str, str]] = field(default_factory=list)

    async def deliver(
        self, form: dict[str, str], signature: str | None = None, token: str | None = None
    ) -> ClientResponse:
        """One delivery as Twilio makes it; `token` is the Idempotency-Token that a repeat has again."""
        address = self.shop.container.settings.address + PATH
        good = RequestValidator(AUTH_TOKEN).compute_signature(address, form)
        headers = {"X-Twilio-Signature": good if signature is None else signature}
        if token:
            headers["I-Twilio-Idempotency-Token"] = token
        return await self.shop.client.post(PATH, data=form, headers=headers)

    async def text(self, sender: str, body: str, **fields: str) -> dict[str, str]:
        form = {"MessageSid": sid(), "From": sender, "To": SHOP_NUMBER, "Body": body, "NumMedia": "0"} | fields
        answer = await self.deliver(form)
        assert answer.status == 200, await answer.text()
        self.sent.append(form)
        return form

    async def settled(self) -> None:
        """Returns once nothing waits any more."""
        while await self.rows("SELECT 1 FROM inbound WHERE status != 'done' LIMIT 1"):
            await asyncio.sleep(0.01)

    async def say(self, sender: str, body: str, **fields: str) -> list[str]:
        """The texts that came back."""
        before = len(await self.to(sender))
        await self.text(sender, body, **fields)
        await self.settled()
        return (await self.to(sender))[before:]

    async def to(self, sender: str) -> list[str]:
        """All that was posted to the number."""
        rows = await self.rows("SELECT text FROM outbox WHERE recipient = :number ORDER BY id", number=sender)
        return [row[0] for row in rows]

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.shop.container.engine.connect() as connection:
            return list(await connection.execute(text(query), values))

    async def say_as_agent(self, conversation_id: str, words: str) -> None:
        container = self.shop.container
        async with container.transactions() as uow:
            conversation = await uow.conversations.get(conversation_id)
            assert conversation is not None
            await container.desk.say_once(uow, conversation, Utterance(text=words, sender=Sender.AGENT), None)

    async def conversations(self, sender: str) -> list[str]:
        rows = await self.rows("SELECT id FROM conversations WHERE address = :number ORDER BY created_at", number=sender)
        return [row[0] for row in rows]

    async def heard(self, sender: str) -> list[str]:
        """What the shopper said, in the conversations of the number."""
        query = (
            "SELECT m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id"
            " WHERE c.address = :number AND m.sender = 'shopper' ORDER BY m.id"
        )
        return [row[0] for row in await self.rows(query, number=sender)]


@asynccontextmanager
async def texting(settings: Settings, **changes: Any) -> AsyncIterator[Texts]:
    """A gateway whose inbox is at work; `changes` are to the settings."""
    update = {"twilio_auth_token": SecretStr(AUTH_TOKEN), "sms_quiet": 0.03, "sms_patience": 0.2} | changes
    async with open_container(settings.model_copy(update=update)) as container, open_shop(container, turn_timeout=20) as shop:
        async with shop.client.app[INBOX].answering():
            yield Texts(shop)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns are tried again at once."""
    monkeypatch.setattr(inbox, "PAUSES", (timedelta(milliseconds=10),) * 2)
    monkeypatch.setattr(mms, "PAUSE", 0.01)


@pytest_asyncio.fixture
async def texts(settings: Settings) -> AsyncIterator[Texts]:
    async with texting(settings) as opened:
        yield opened
