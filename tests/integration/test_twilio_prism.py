"""Twilio's own client, as we use it, against Twilio's own description of its API. Prism serves it, and refuses what breaks it."""

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from rma.model.outgoing import ChannelDown, Receipt, Rejected
from rma.notify.twilio_sms import TwilioAccount, TwilioSms
from tests.fixtures.databases import free_port
from tests.fixtures.outgoing import PHONE, kept
from tests.fixtures.twilio_server import NUMBER, SERVICE, SID

ROOT = Path(__file__).resolve().parents[2]
PRISM = ROOT / ".cache" / "prism" / "node_modules" / ".bin" / "prism"
SHARED = ROOT.parent / "shared" / "twilio" / "twilio_api_v2010.json"


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address. A request that breaks the description is answered 422. Not with --errors: then Prism also refuses the
    description's own example of a list, whose addresses are not whole ones."""
    document = Path(os.environ.get("RETOUR_TWILIO_OPENAPI") or SHARED)
    if not document.is_file():
        pytest.skip("set RETOUR_TWILIO_OPENAPI to Twilio's twilio_api_v2010.json (github.com/twilio/twilio-oai)")
    assert PRISM.exists(), "Prism is not installed; setup/test-tools does it"
    port, log = free_port(), tmp_path_factory.mktemp("prism") / "prism.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PRISM, "mock", document, "--port", str(port), "--host", "127.0.0.1"],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        late = time.monotonic() + 180
        while "is listening" not in log.read_text():
            assert process.poll() is None and time.monotonic() < late, log.read_text()[-2000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def channel(url: str, sender: str = NUMBER, sid: str = SID, callback: str | None = None) -> TwilioSms:
    return TwilioSms(TwilioAccount(sid, "token", sender, url, callback, 100))


@pytest.mark.parametrize("sender", [NUMBER, SERVICE, "12345"])
@pytest.mark.parametrize("recipient", [PHONE, f"whatsapp:{PHONE}"])
async def test_what_we_send_is_what_twilio_describes(prism: str, sender: str, recipient: str) -> None:
    twilio = channel(prism, sender, callback="https://shop.example/webhooks/twilio/status")
    receipt = await twilio.send(kept(recipient=recipient, text="Votre étiquette 🙂\n1. Oui"), [])
    assert receipt.provider_id.startswith("SM") and len(receipt.provider_id) == 34 and receipt.delivery == "queued"
    await twilio.close()


async def test_twilios_own_example_of_a_list_is_read(prism: str) -> None:
    """The example has one message, 'testing', created on 24 May 2019 at 17:44:46."""
    twilio, then = channel(prism), datetime(2019, 5, 24, 17, 44, 40, tzinfo=UTC)
    found = await twilio.lookup(kept(text="testing", created_at=then), frozenset())
    assert isinstance(found, Receipt) and found.provider_id == "SMded05904ccb347238880ca9264e8fe1c" and found.delivery == "sent"
    assert await twilio.lookup(kept(text="testing", created_at=then), frozenset({found.provider_id})) is None
    assert await twilio.lookup(kept(text="something else", created_at=then), frozenset()) is None
    assert await twilio.lookup(kept(text="testing"), frozenset()) is None
    await twilio.close()


async def test_what_twilio_does_not_describe_is_refused(prism: str) -> None:
    """That Prism looks at what we send at all."""
    path = f"{prism}/2010-04-01/Accounts/{SID}/Messages.json"
    assert requests.post(path, data={"From": NUMBER, "Body": "x"}, auth=(SID, "token"), timeout=30).status_code == 422
    assert requests.post(path, data={"To": PHONE, "Body": "x"}, timeout=30).status_code == 401
    for sid in ("AC1", "PN" + SID[2:]):
        twilio = channel(prism, sid=sid)
        with pytest.raises((Rejected, ChannelDown)):
            await twilio.send(kept(), [])
        await twilio.close()
