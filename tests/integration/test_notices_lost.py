"""What becomes of a notice on its way: sent by the other way when it is lost, kept back when the night has come."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language
from rma.model.conversations import Channel
from rma.model.outgoing import Attached, Kept, Medium, OutgoingStatus, Receipt, Rejected
from rma.notify.embedded import EmbeddedChannel
from tests.fixtures.talking import outbox
from tests.integration.notice_shop import MAIL, PHONE, Clock, brief, declared, document, load, opened, plan


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def container(sqlite_url: str, clock: Clock) -> AsyncIterator[Container]:
    async with opened(sqlite_url, clock) as shop:
        await load(shop, document())
        yield shop


class Refusing(EmbeddedChannel):
    """Takes nothing."""

    async def send(self, message: Kept, attached: list[Attached]) -> Receipt:
        raise Rejected("unknown recipient", "550")


class Unsure(EmbeddedChannel):
    """Takes everything, and learns later whether it arrived."""

    async def send(self, message: Kept, attached: list[Attached]) -> Receipt:
        return (await super().send(message, attached)).model_copy(update={"delivery": "sent"})


async def drained(container: Container, medium: Medium | None = None, kind: type[EmbeddedChannel] = Refusing) -> list[Kept]:
    """The outbox after all that is due was sent; by `medium` through a channel of `kind`."""
    channels = dict(container.dispatcher.channels)
    if medium is not None:
        before = channels[medium]
        assert isinstance(before, EmbeddedChannel)
        channels[medium] = kind(before._show, before._shown)
    container.dispatcher.channels = channels
    for _ in range(3):
        await container.dispatcher.drain()
    return await outbox(container)


async def test_a_label_that_cannot_be_mailed_is_texted_once(container: Container, clock: Clock) -> None:
    rma = await container.returns.create(plan())
    mail, sms = await drained(container, Medium.EMAIL)
    assert (mail.status, sms.status) == (OutgoingStatus.DEAD, OutgoingStatus.SENT)
    assert brief([sms]) == [("label", "sms", PHONE)] and rma.number in sms.text


async def test_what_was_sent_instead_is_not_sent_back(container: Container) -> None:
    await container.returns.create(plan())
    assert len(await drained(container, Medium.SMS)) == 1
    container.dispatcher.channels = dict.fromkeys(Medium, container.dispatcher.channels[Medium.SMS])
    await container.returns.create(plan("second"))
    posted = await drained(container)
    assert [message.status for message in posted[1:]] == [OutgoingStatus.DEAD] * 2


async def test_an_undelivered_label_by_sms_goes_by_mail_unless_the_notice_went_there_anyhow(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    async with opened(sqlite_url, clock, tmp_path, notices={"label": ["sms"], "reviewed": ["sms", "email"]}) as container:
        await load(container, document())
        rma = await container.returns.create(plan())
        async with container.transactions() as uow:
            await container.notices.reviewed(uow, rma, await uow.orders.get(1), True)
        label, by_sms, by_mail = await drained(container, Medium.SMS, Unsure)
        assert brief([by_sms, by_mail]) == [("reviewed", "sms", PHONE), ("reviewed", "email", MAIL)]
        for told in ("undelivered", "undelivered", "failed"):
            for message in (label, by_sms):
                await container.outbox.delivered(message.provider_id or "", told, "30003")
        (mail,) = (await outbox(container))[3:]
        assert brief([mail]) == [("label", "email", MAIL)] and [paper.kind for paper in mail.papers] == ["label"]


async def test_a_number_that_said_stop_after_it_was_posted_gets_a_mail_instead(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    async with opened(sqlite_url, clock, tmp_path, notices={"label": ["sms"], "received": ["sms"]}) as container:
        await load(container, document())
        rma = await container.returns.create(plan())
        async with container.transactions() as uow:
            await container.notices.received(uow, rma, await uow.orders.get(1))
            await uow.consents.note(PHONE, True, "stop", "STOP", clock())
        posted = await drained(container)
        assert [message.status for message in posted[:2]] == [OutgoingStatus.SUPPRESSED] * 2
        assert brief(posted[2:]) == [("label", "email", MAIL)]  # That a parcel arrived can be read in the chat.


async def test_an_acknowledgement_that_bounces_is_texted_only_to_whom_the_order_is_proven(container: Container) -> None:
    for key, number in (("a", "W1"), ("b", "W9")):
        await container.withdrawals.confirm(key, declared(order=number), None)
    posted = await drained(container, Medium.EMAIL)
    texted = [message for message in posted if message.medium is Medium.SMS]
    assert sorted(message.kind.value for message in texted) == ["label", "withdrawal"]
    assert {message.recipient for message in texted} == {PHONE}


async def test_a_notice_that_was_kept_up_into_the_night_waits_for_the_morning(
    sqlite_url: str, clock: Clock, tmp_path: Path
) -> None:
    async with opened(sqlite_url, clock, tmp_path, notices={"label": ["sms"], "received": ["sms"]}) as container:
        await load(container, document())
        rma = await container.returns.create(plan())
        clock.now = datetime(2026, 11, 25, 20, 5, tzinfo=UTC)  # 21:05 in France.
        async with container.transactions() as uow:
            await container.notices.received(uow, rma, await uow.orders.get(1))
        conversation, _ = await container.desk.open(Channel.WEB, Language.EN, None)
        async with container.transactions() as uow:
            about = await uow.orders.get(1)
            await container.notices.send_label(uow, rma, about, (Medium.SMS, PHONE), conversation, "now")
        morning = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
        label, received, now = await drained(container)
        assert [message.status.value for message in (label, received, now)] == ["waiting", "waiting", "sent"]
        assert label.not_before == received.not_before == morning
        clock.now = morning
        assert {message.status.value for message in await drained(container)} == {"sent"}
