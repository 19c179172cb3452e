"""What is Twilio's own about the way out by Twilio, against the small server that behaves as Twilio does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import pytest_asyncio

from rma.model.outgoing import ChannelDown, OptedOut, OutcomeUnknown, Rejected, SendingFailed, TryLater
from rma.notify.twilio_sms import BODY_LIMIT, TwilioAccount, TwilioSms
from tests.fixtures.outgoing import PHONE, kept
from tests.fixtures.twilio_server import NUMBER, SERVICE, SID, TOKEN, Fault, TwilioServer, answered, twilio_server


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TwilioServer]:
    async with twilio_server() as running:
        yield running


@pytest_asyncio.fixture
async def twilio(server: TwilioServer) -> AsyncIterator[TwilioSms]:
    made = channel(server)
    yield made
    await made.close()


def channel(server: TwilioServer, **changes: Any) -> TwilioSms:
    values: dict[str, Any] = {
        "sid": SID,
        "token": TOKEN,
        "sender": NUMBER,
        "api_url": server.url,
        "callback": "https://shop.example/webhooks/twilio/status",
        "per_second": 1,
        "longest": 3.0,
    }
    return TwilioSms(TwilioAccount(**(values | changes)))


async def test_a_message_says_where_to_report_and_which_it_is(server: TwilioServer, twilio: TwilioSms) -> None:
    message = kept(text="Bonjour")
    await twilio.send(message, [])
    (_, form), callback = server.requests[0], f"https://shop.example/webhooks/twilio/status?m={message.id}"
    assert form == {"To": PHONE, "From": NUMBER, "Body": "Bonjour", "StatusCallback": callback}


@pytest.mark.parametrize(
    ("sender", "recipient", "expected"),
    [
        (NUMBER, f"whatsapp:{PHONE}", {"From": f"whatsapp:{NUMBER}"}),
        (SERVICE, PHONE, {"MessagingServiceSid": SERVICE}),
        (SERVICE, f"whatsapp:{PHONE}", {"MessagingServiceSid": SERVICE}),
        ("38663", PHONE, {"From": "38663"}),
    ],
)
async def test_a_number_a_service_and_whatsapp(
    server: TwilioServer, sender: str, recipient: str, expected: dict[str, str]
) -> None:
    made, message = channel(server, sender=sender, callback=None), kept(recipient=recipient)
    receipt = await made.send(message, [])
    form = server.requests[0][1]
    assert {name: form[name] for name in form if name not in ("To", "Body")} == expected and form["To"] == recipient
    found = await made.lookup(message, frozenset())
    assert found is not None and found.provider_id == receipt.provider_id
    await made.close()


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (answered(400, 21610), OptedOut, "21610"),
        (answered(400, 21614), Rejected, "21614"),
        (answered(403, 21408), Rejected, "21408"),
        (answered(400, 21611), TryLater, "21611"),
        (answered(429, 20429), TryLater, "429"),
        (answered(500), TryLater, "500"),
        (answered(503, 20503), TryLater, "503"),
        (answered(401, 20003), ChannelDown, "401"),
        (answered(403, 20005), ChannelDown, "20005"),
        (answered(403), ChannelDown, "403"),
        (answered(404, 20404), ChannelDown, "20404"),
        (answered(302, Location="http://127.0.0.1:1/"), ChannelDown, "302"),
        (answered(502), OutcomeUnknown, None),
        (answered(504), OutcomeUnknown, None),
        (Fault("answer", status=201, body='{"sid": null}'), OutcomeUnknown, None),
        (Fault("answer", status=201, body="{"), OutcomeUnknown, None),
        (Fault("answer", status=400, body="<html>no</html>"), Rejected, "400"),
    ],
    ids=lambda value: f"{value.status}-{value.code or value.body}" if isinstance(value, Fault) else None,
)
async def test_what_each_answer_means(
    server: TwilioServer, twilio: TwilioSms, fault: Fault, kind: type[SendingFailed], code: str | None
) -> None:
    server.faults.append(fault)
    with pytest.raises(SendingFailed) as caught:
        await twilio.send(kept(), [])
    assert type(caught.value) is kind and caught.value.code == code
    assert TOKEN not in str(caught.value) and PHONE not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("7", 7), ("0", 0), ("-5", 0), ("999999", 3600), ("soon", None), ("", None), ("nan", None)],
)
async def test_how_long_to_wait_is_read(
    server: TwilioServer, twilio: TwilioSms, given: str, seconds: float | None
) -> None:
    server.faults.append(answered(429, 20429, Retry_After=given))
    with pytest.raises(TryLater) as caught:
        await twilio.send(kept(), [])
    assert caught.value.after == seconds


async def test_an_instant_to_wait_for_is_read(server: TwilioServer, twilio: TwilioSms) -> None:
    server.faults.append(answered(503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(minutes=10))))
    with pytest.raises(TryLater) as caught:
        await twilio.send(kept(), [])
    assert caught.value.after is not None and 300 < caught.value.after <= 600


async def test_too_long_a_text_is_not_even_tried(server: TwilioServer, twilio: TwilioSms) -> None:
    with pytest.raises(Rejected, match="1601"):
        await twilio.send(kept(text="x" * (BODY_LIMIT + 1)), [])
    assert not server.requests


async def test_a_message_is_found_behind_many_others(server: TwilioServer, twilio: TwilioSms) -> None:
    message = kept(text="the one")
    server.put(PHONE, "the one")
    for number in range(250):
        server.put(PHONE, f"another {number}")
        server.put("+33639980002", "the one")
    found = await twilio.lookup(message, frozenset())
    assert found is not None and found.provider_id == server.messages[0]["sid"]
    pages = [query for method, query in server.requests if method == "GET"]
    assert len(pages) == 3 and all(query["To"] == PHONE and query["From"] == NUMBER for query in pages)


async def test_only_what_we_sent_since_is_taken_for_it(server: TwilioServer, twilio: TwilioSms) -> None:
    message = kept(text="Merci !")
    before = format_datetime(datetime.now(UTC) - timedelta(hours=1))
    server.put(PHONE, "Merci !", date_created=before)
    server.put(PHONE, "Merci !", direction="inbound")
    known = server.put(PHONE, "Merci !")
    assert await twilio.lookup(message, frozenset({known["sid"]})) is None
    trial = server.put(PHONE, "Sent from your Twilio trial account - Merci !", status="failed")
    found = await twilio.lookup(message, frozenset({known["sid"]}))
    assert found is not None and (found.provider_id, found.delivery) == (trial["sid"], "failed")


async def test_signs_that_smart_encoding_replaced_are_the_same_text(server: TwilioServer, twilio: TwilioSms) -> None:
    server.put(PHONE, "L'etiquette - c'est pret...")
    assert await twilio.lookup(kept(text="L’étiquette — c’est prêt…"), frozenset()) is not None
    assert await twilio.lookup(kept(text="L’étiquette est prête"), frozenset()) is None


@pytest.mark.parametrize(("status", "kind"), [(500, TryLater), (504, TryLater), (401, ChannelDown), (405, TryLater)])
async def test_a_list_that_does_not_come_says_nothing(
    server: TwilioServer, twilio: TwilioSms, status: int, kind: type[TryLater]
) -> None:
    server.listing = status
    with pytest.raises(TryLater) as caught:
        await twilio.lookup(kept(), frozenset())
    assert type(caught.value) is kind
