"""POST /webhooks/twilio/status: signed or refused; what Twilio says of a message is written down, once and in its order."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from multidict import MultiDict
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from gateway.twilio_signature import LIMIT
from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.outgoing import Kept, Kind, Medium, Outgoing, OutgoingStatus
from rma.service.ports import UnitOfWork
from tests.fixtures.outgoing import PHONE
from tests.fixtures.twilio_server import TOKEN
from tests.integration.gateway_kit import Shop, open_shop

pytest_plugins = "tests.integration.gateway_kit"

PUBLIC = "https://shop.example"
PATH = "/webhooks/twilio/status"


class Twilio:
    """Calls us as Twilio does. `lost` are the messages that we were told will not arrive."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.lost: list[int] = []

    async def call(self, query: str = "", token: str = TOKEN, signed_for: str = PUBLIC, **form: str) -> int:
        signature = RequestValidator(token).compute_signature(f"{signed_for}{PATH}{query}", form)
        headers = {"X-Twilio-Signature": signature, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "proxy.internal"}
        answer = await self.shop.client.post(f"{PATH}{query}", data=form, headers=headers)
        return answer.status

    async def status(self, sid: str, status: str, number: int | None = None, **more: str) -> int:
        query = f"?m={number}" if number else ""
        return await self.call(query, MessageSid=sid, MessageStatus=status, SmsSid=sid, To=PHONE, **more)


@pytest_asyncio.fixture
async def twilio(container: Container) -> AsyncIterator[Twilio]:
    async with open_shop(container, public_url=PUBLIC, twilio_auth_token=SecretStr(TOKEN)) as shop:
        made = Twilio(shop)

        async def lost(_uow: UnitOfWork, message: Kept) -> None:
            made.lost.append(message.id)

        shop.container.outbox.on_lost(lost)
        yield made


async def claimed(shop: Shop, sid: str | None = None, **changes: Any) -> Kept:
    """A message on its way, or taken under that name."""
    values: dict[str, Any] = {
        "key": f"status:{sid}:{changes}",
        "medium": Medium.SMS,
        "kind": Kind.LABEL,
        "recipient": PHONE,
        "language": Language.FR,
        "text": "Votre étiquette",
    }
    async with shop.container.transactions() as uow:
        await uow.outbox.post(Outgoing.model_validate(values | changes), shop.container.clock())
        (message,) = await uow.outbox.claim([Medium.SMS], "twilio", 100, shop.container.clock(), 1)
        if sid:
            await uow.outbox.settle(message, status=OutgoingStatus.SENT, provider_id=sid, delivery="queued")
    return message


async def test_what_becomes_of_a_message_is_written_down(twilio: Twilio) -> None:
    message = await claimed(twilio.shop, "SM1")
    for status in ("sent", "delivered"):
        assert await twilio.status("SM1", status, message.id) == 204
        kept = await twilio.shop.container.outbox.get(message.id)
        assert kept.delivery == status and kept.delivery_at is not None
    assert not twilio.lost


async def test_late_news_change_nothing_and_a_loss_is_told_once(twilio: Twilio) -> None:
    message = await claimed(twilio.shop, "SM1")
    for status in ("undelivered", "sent", "queued", "undelivered", "failed", "delivered", "something new"):
        code = {"ErrorCode": "30003"} if status in ("undelivered", "failed") else {}
        assert await twilio.status("SM1", status, message.id, **code) == 204
    kept = await twilio.shop.container.outbox.get(message.id)
    assert (kept.delivery, kept.error_code, twilio.lost) == ("undelivered", "30003", [message.id])


async def test_twilio_may_speak_before_its_answer_came_or_instead(twilio: Twilio) -> None:
    message = await claimed(twilio.shop)
    assert await twilio.status("SM9", "sent", message.id) == 204
    outbox = twilio.shop.container.outbox
    kept = await outbox.get(message.id)
    assert (kept.status, kept.provider_id, kept.delivery) == (OutgoingStatus.SENT, "SM9", "sent")
    async with twilio.shop.container.transactions() as uow:
        assert not await uow.outbox.settle(message, status=OutgoingStatus.WAITING)
    assert (await outbox.get(message.id)).status is OutgoingStatus.SENT


async def test_an_opt_out_that_is_told_later_is_remembered(twilio: Twilio) -> None:
    message = await claimed(twilio.shop, "SM1")
    await twilio.status("SM1", "failed", message.id, ErrorCode="21610")
    async with twilio.shop.container.transactions() as uow:
        assert await uow.consents.opted_out(PHONE)
    assert twilio.lost == [message.id]


@pytest.mark.parametrize("query", ["", "?m=", "?m=x", "?m=999999", "?m=" + "9" * 40, "?m=1&m=2", "?x=%F0%9F%93%A6&m=1"])
async def test_what_is_not_known_is_taken_note_of_and_nothing_else(twilio: Twilio, query: str) -> None:
    assert await twilio.call(query, MessageSid="SMunknown", MessageStatus="sent") == 204
    assert await twilio.call(query, MessageSid="SMunknown") == 204
    assert await twilio.call(query) == 204


async def test_another_signature_is_refused(twilio: Twilio) -> None:
    message = await claimed(twilio.shop, "SM1")
    form = {"MessageSid": "SM1", "MessageStatus": "failed"}
    query = f"?m={message.id}"
    assert await twilio.call(query, token="another", **form) == 403
    assert await twilio.call(query, signed_for="http://shop.example", **form) == 403
    assert await twilio.call(query, signed_for="https://elsewhere.example", **form) == 403
    right = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}{PATH}{query}", form)
    for sent, path, headers in (
        (form, PATH + query, {}),
        (form, PATH + query, {"X-Twilio-Signature": ""}),
        (form, PATH + query, {"X-Twilio-Signature": "é"}),
        (form, PATH + query, {"X-Twilio-Signature": right[:-1]}),
        (form, PATH + "?m=7", {"X-Twilio-Signature": right}),
        (form | {"ErrorCode": "21610"}, PATH + query, {"X-Twilio-Signature": right}),
    ):
        answer = await twilio.shop.client.post(path, data=sent, headers=headers)
        assert answer.status == 403 and answer.content_type == "application/problem+json"
    answer = await twilio.shop.client.post(PATH + query, json=form, headers={"X-Twilio-Signature": right})
    assert answer.status == 403
    assert not twilio.lost


async def test_signed_with_and_without_the_port_and_behind_a_proxy(twilio: Twilio) -> None:
    """Twilio signs the address now with, now without the usual port."""
    for address in (PUBLIC, "https://shop.example:443"):
        assert await twilio.call(signed_for=address, MessageSid="SM1", MessageStatus="sent") == 204


async def test_without_a_token_nothing_is_signed_well_enough(container: Container) -> None:
    async with open_shop(container, public_url=PUBLIC) as shop:
        assert await Twilio(shop).call(token="", MessageSid="SM1", MessageStatus="sent") == 403


async def test_fields_are_read_as_they_are_signed(twilio: Twilio) -> None:
    """Empty values, several of one name, signs beyond ASCII."""
    fields = MultiDict([("MessageSid", "SM1"), ("MessageStatus", "sent"), ("Body", ""), ("X", "b é 📦"), ("X", "a+b&c")])
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + PATH, fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await twilio.shop.client.post(PATH, data=urlencode(list(fields.items())), headers=headers)
    assert answer.status == 204


async def test_a_body_without_end_and_fields_without_number_are_refused(twilio: Twilio) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Type": "application/x-www-form-urlencoded"}
    too_long = await twilio.shop.client.post(PATH, data="a=" + "x" * LIMIT, headers=headers)
    too_many = await twilio.shop.client.post(PATH, data="a=1&" * 2000, headers=headers)
    assert (too_long.status, too_many.status) == (413, 403)
