"""What every way out must do, whoever takes the message: one class of tests, run for each channel. A new one adds a rig."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rma.bootstrap import utc_now
from rma.model.outgoing import (
    Attached,
    CannotTell,
    ChannelDown,
    Medium,
    MessageChannel,
    OutcomeUnknown,
    Receipt,
    Rejected,
    TryLater,
)
from rma.notify.embedded import EmbeddedChannel
from rma.notify.mail_layout import MailLayout
from rma.notify.smtp import SmtpMail
from rma.notify.smtp_url import mail_sender
from rma.notify.smtp_url import mail_server as read_url
from rma.notify.twilio_sms import TwilioAccount, TwilioSms
from rma.store.engine import create_engine
from rma.store.messaging_tables import ShownMessageRow
from rma.store.shown import shown_messages
from rma.texts import Texts, load_texts
from tests.fixtures.databases import free_port
from tests.fixtures.mail_server import mail_server
from tests.fixtures.outgoing import kept
from tests.fixtures.twilio_server import NUMBER, SID, TOKEN, Fault, answered, twilio_server

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # The test's server is on loopback.
TEXTS = Path(__file__).resolve().parents[2] / "data" / "responses"


@cache
def texts() -> Texts:
    return load_texts(TEXTS)


@dataclass
class Rig:
    """A channel and what stands at its other end. `trouble` makes one happen to the next message; `tells` says whether the
    provider can be asked what it took."""

    channel: MessageChannel
    medium: Medium
    arrived: Callable[[], Any]
    """(recipient, text) of what was taken, in order."""
    tells: bool = True
    trouble: Callable[[str], None] = lambda _name: None
    unreachable: MessageChannel | None = None
    unknown_here: MessageChannel | None = None
    """The same with a password that the provider refuses."""


@asynccontextmanager
async def embedded(sqlite_url: str) -> AsyncIterator[Rig]:
    engine = create_engine(sqlite_url)
    table = ShownMessageRow.__table__

    async def arrived() -> list[tuple[str, str]]:
        async with engine.connect() as connection:
            rows = await connection.execute(table.select().order_by(table.c.at))
            return [(row.recipient, row.text) for row in rows]

    yield Rig(EmbeddedChannel(*shown_messages(engine, utc_now)), Medium.SMS, arrived)
    await engine.dispose()


@asynccontextmanager
async def twilio(_url: str) -> AsyncIterator[Rig]:
    def account(url: str, token: str = TOKEN) -> TwilioSms:
        return TwilioSms(TwilioAccount(SID, token, NUMBER, url, None, 100, longest=1.5))

    async with twilio_server() as server:

        async def arrived() -> list[tuple[str, str]]:
            return [(message["to"], message["body"]) for message in server.messages]

        def trouble(name: str) -> None:
            server.faults.append(TROUBLES[twilio][name])

        nowhere = account(f"http://127.0.0.1:{free_port()}")
        yield Rig(account(server.url), Medium.SMS, arrived, True, trouble, nowhere, account(server.url, "wrong"))


@asynccontextmanager
async def e_mail(_url: str) -> AsyncIterator[Rig]:
    def channel(url: str) -> SmtpMail:
        layout = MailLayout("Clairière", "https://shop.example", texts())
        return SmtpMail(read_url(url), mail_sender("", "shop.example", "Clairière"), layout, 100, longest=5)

    with mail_server(login=False) as mailbox, mail_server(login=True) as closed:

        async def arrived() -> list[tuple[str, str]]:
            found = []
            for envelope, mail in zip(mailbox.envelopes, mailbox.mails(), strict=True):
                body = mail.get_body(("plain",))
                assert body is not None
                found.append((*envelope.rcpt_tos, body.get_content().replace("\r\n", "\n").removesuffix("\n")))
            return found

        def trouble(name: str) -> None:
            mailbox.faults.append(TROUBLES[e_mail][name])

        nowhere = channel(f"smtp://127.0.0.1:{free_port()}")
        wrong = channel(f"smtp://me:wrong@127.0.0.1:{closed.port}")
        yield Rig(
            channel(f"smtp://127.0.0.1:{mailbox.port}"), Medium.EMAIL, arrived, False, trouble, nowhere, wrong
        )


TROUBLES: dict[Any, dict[str, Any]] = {
    twilio: {
        "busy": answered(429, 20429),
        "in trouble": answered(503),
        "no": answered(400, 21211),
        "cut": Fault("cut"),
        "cut after taking": Fault("cut", taken=True),
        "silent": Fault("silent"),
        "silent after taking": Fault("silent", taken=True),
        "unreadable": Fault("answer", taken=True, status=200, body="<html>Welcome to the hotel's network</html>"),
    },
    e_mail: {
        "busy": "rcpt 450",
        "in trouble": "data 451",
        "no": "rcpt 550",
        "cut": "cut",
        "cut after taking": "cut after taking",
    },
    embedded: {},  # It is in this process and has nobody to lose.
}


def rigs(*troubles: str) -> pytest.MarkDecorator:
    """Every channel, or every channel that gets into these troubles with each of them."""
    if not troubles:
        return pytest.mark.parametrize("rig", [pytest.param(rig, id=rig.__name__) for rig in TROUBLES], indirect=True)
    cases = [
        pytest.param(rig, name, id=f"{rig.__name__}-{name}")
        for rig in TROUBLES
        for name in troubles
        if name in TROUBLES[rig]
    ]
    return pytest.mark.parametrize(("rig", "name"), cases, indirect=["rig"])


outside = pytest.mark.parametrize("rig", [pytest.param(rig, id=rig.__name__) for rig in (twilio, e_mail)], indirect=True)


@pytest_asyncio.fixture
async def rig(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[Rig]:
    build: Callable[[str], AbstractAsyncContextManager[Rig]] = request.param
    async with build(sqlite_url) as built:
        yield built
        for channel in (built.channel, built.unreachable, built.unknown_here):
            if channel:
                await channel.close()
                await channel.close()


WORDS = [
    "Votre étiquette : https://shop.example/labels/abc.pdf\n1. Oui\n2. Non",
    "🙂 € ’ \u200f مرحبا <b>&amp;</b> {{ 7 * 7 }} %s",
    ".\n..\nFrom me\n\nSubject: not a header",
    "x" * 1600,
]


class TestChannel:
    @rigs()
    @pytest.mark.parametrize("text", WORDS, ids=["lines", "signs", "dots", "long"])
    async def test_what_is_sent_arrives_as_it_is_and_once(self, rig: Rig, text: str) -> None:
        message = kept(rig.medium, text)
        receipt = await rig.channel.send(message, [])
        assert receipt.provider_id and receipt.delivery
        assert await rig.arrived() == [(message.recipient, text)]

    @rigs()
    async def test_every_message_has_a_name_of_its_own(self, rig: Rig) -> None:
        names = {(await rig.channel.send(kept(rig.medium), [])).provider_id for _ in range(3)}
        assert len(names) == 3 and len(await rig.arrived()) == 3
        assert rig.channel.name and rig.channel.per_second > 0

    @rigs()
    async def test_what_was_taken_is_found_again_and_nothing_else(self, rig: Rig) -> None:
        taken, never = kept(rig.medium), kept(rig.medium, "Nobody ever sent this.")
        receipt = await rig.channel.send(taken, [])
        if not rig.tells:
            with pytest.raises(CannotTell):
                await rig.channel.lookup(taken, frozenset())
            return
        found = await rig.channel.lookup(taken, frozenset())
        assert found is not None and found.provider_id == receipt.provider_id
        assert await rig.channel.lookup(never, frozenset()) is None

    @rigs("busy", "in trouble")
    async def test_a_provider_in_trouble_took_nothing_and_is_tried_later(self, rig: Rig, name: str) -> None:
        rig.trouble(name)
        with pytest.raises(TryLater) as caught:
            await rig.channel.send(kept(rig.medium), [])
        assert not isinstance(caught.value, ChannelDown) and caught.value.code
        assert not await rig.arrived()

    @rigs("no")
    async def test_what_is_refused_is_refused_for_good(self, rig: Rig, name: str) -> None:
        rig.trouble(name)
        with pytest.raises(Rejected) as caught:
            await rig.channel.send(kept(rig.medium), [])
        assert caught.value.code and str(caught.value)

    @rigs("cut", "cut after taking", "silent", "silent after taking", "unreadable")
    async def test_a_lost_answer_is_unknown_until_it_is_looked_up(self, rig: Rig, name: str) -> None:
        rig.trouble(name)
        message = kept(rig.medium)
        with pytest.raises(OutcomeUnknown):
            await rig.channel.send(message, [])
        assert len(await rig.arrived()) == (name not in ("cut", "silent"))
        if rig.tells:
            found = await rig.channel.lookup(message, frozenset())
            assert (found is not None) == bool(await rig.arrived())

    @outside
    async def test_out_of_reach_is_nothing_against_the_message(self, rig: Rig) -> None:
        assert rig.unreachable
        with pytest.raises(ChannelDown):
            await rig.unreachable.send(kept(rig.medium), [])
        with pytest.raises(TryLater if rig.tells else CannotTell):
            await rig.unreachable.lookup(kept(rig.medium), frozenset())

    @outside
    async def test_a_refused_password_is_nothing_against_the_message(self, rig: Rig) -> None:
        assert rig.unknown_here
        with pytest.raises(ChannelDown) as caught:
            await rig.unknown_here.send(kept(rig.medium), [])
        assert caught.value.after and caught.value.after >= 60
        assert "wrong" not in str(caught.value)

    @rigs("in trouble", "cut")
    async def test_it_works_again_after_a_trouble(self, rig: Rig, name: str) -> None:
        rig.trouble(name)
        with pytest.raises((TryLater, OutcomeUnknown)):
            await rig.channel.send(kept(rig.medium), [])
        paper = Attached(filename="RT-1.pdf", mime="application/pdf", content=b"%PDF-1.4")
        assert isinstance(await rig.channel.send(kept(rig.medium), [paper]), Receipt)
        assert len(await rig.arrived()) == 1
