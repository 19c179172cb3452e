"""SMS and WhatsApp through Twilio's Messages resource, by Twilio's own client.

The client is synchronous and runs in threads of its own: then a request whose answer is given up still ends by its own time
limit, and never holds up anything else.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anyascii import anyascii
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from rma.model.outgoing import (
    Attached,
    ChannelDown,
    Kept,
    OptedOut,
    OutcomeUnknown,
    Receipt,
    Rejected,
    SendingFailed,
    TryLater,
)
from rma.notify.twilio_http import OPERATOR_PAUSE, TwilioHttp

BODY_LIMIT = 1600
"""Characters; Twilio's own."""
AT_ONCE = 8
SKEW = timedelta(minutes=2)
"""How far Twilio's clock and ours may be apart."""
LOOKED_THROUGH = 1000
OPTED_OUT = 21610
QUEUE_FULL = 21611
ABOUT_MESSAGES = 21000
"""Codes below are about the account and the request: credentials refused, account suspended, account unknown."""
TRIAL = "Sent from your Twilio trial account - "
WHATSAPP = "whatsapp:"


@dataclass(frozen=True)
class TwilioAccount:
    """`sender` is a number (E.164) or the SID of a messaging service (MG...). `callback` is where Twilio reports how far a message
    came, None when it cannot reach us."""

    sid: str
    token: str
    sender: str
    api_url: str
    callback: str | None
    per_second: float
    longest: float = 15.0
    """Seconds for all of a request: connecting, sending, and an answer that drips."""


class TwilioSms:
    name = "twilio"

    def __init__(self, account: TwilioAccount) -> None:
        self.per_second = account.per_second
        self.longest = account.longest
        self._account = account
        self._http = TwilioHttp(account.api_url, AT_ONCE, account.longest)
        # An environment of its own: TWILIO_REGION and TWILIO_EDGE would lead requests past RETOUR_TWILIO_API_URL.
        alone = {"TWILIO_ACCOUNT_SID": account.sid}
        self._client = Client(account.sid, account.token, http_client=self._http, environment=alone)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="twilio")

    async def send(self, message: Kept, attached: list[Attached]) -> Receipt:
        if len(message.text) > BODY_LIMIT:
            raise Rejected(f"the text has {len(message.text)} characters, Twilio takes {BODY_LIMIT}")
        fields = {"to": message.recipient, "body": message.text, **self._sender(message.recipient)}
        if self._account.callback:
            fields["status_callback"] = f"{self._account.callback}?m={message.id}"
        try:
            taken = await self._in_thread(lambda: self._client.messages.create(**fields))
            return _receipt(taken)
        except (SendingFailed, asyncio.CancelledError):
            raise
        except TwilioException as error:
            raise _meaning(error) from None
        except Exception as error:
            # An answer that is none of Twilio's: a page of some proxy, a body that was cut.
            raise OutcomeUnknown(f"the answer cannot be read ({type(error).__name__})") from None

    async def lookup(self, message: Kept, known: frozenset[str]) -> Receipt | None:
        try:
            return await self._in_thread(lambda: self._search(message, known))
        except OutcomeUnknown as error:
            raise TryLater(str(error)) from None
        except TwilioException as error:
            meaning = _meaning(error)
            raise (meaning if isinstance(meaning, TryLater) else TryLater(str(meaning), meaning.code)) from None
        except (ValueError, KeyError, TypeError) as error:
            raise TryLater(f"the list cannot be read ({type(error).__name__})") from None

    def _search(self, message: Kept, known: frozenset[str]) -> Receipt | None:
        """The list has no idempotency key to ask for, so the message is known by recipient, sender, text and time. It is not
        filtered by the day of sending: what still waits at Twilio has none."""
        since = message.created_at - SKEW
        sender = self._sender(message.recipient)
        by_number = {"from_": sender["from_"]} if "from_" in sender else {}
        listed = self._client.messages.stream(to=message.recipient, **by_number, page_size=100, limit=LOOKED_THROUGH)
        for item in listed:
            created: datetime | None = item.date_created
            if created is not None and created < since - timedelta(days=1):
                break  # The newest come first, nearly.
            if item.sid in known or item.direction == "inbound" or (created is not None and created < since):
                continue
            ours = by_number or item.messaging_service_sid == self._account.sender
            if ours and _same_text(item.body or "", message.text):
                return _receipt(item)
        return None

    def _sender(self, recipient: str) -> dict[str, str]:
        sender = self._account.sender
        if sender.startswith("MG"):
            return {"messaging_service_sid": sender}
        return {"from_": WHATSAPP + sender if recipient.startswith(WHATSAPP) else sender}

    async def _in_thread(self, work: Any) -> Any:
        try:
            async with asyncio.timeout(self.longest):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            raise OutcomeUnknown("no answer in time") from None

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()


def _receipt(item: MessageInstance) -> Receipt:
    if not item.sid:
        raise ValueError("no sid")
    return Receipt(provider_id=item.sid, delivery=str(item.status or "accepted"))


def _same_text(listed: str, ours: str) -> bool:
    """A trial account puts words before it, smart encoding replaces signs by their plain relatives."""
    listed = listed.removeprefix(TRIAL)
    return listed == ours or anyascii(listed).split() == anyascii(ours).split()


def _meaning(error: TwilioException) -> SendingFailed:
    status, code = getattr(error, "status", None), getattr(error, "code", None)
    if status is None:
        return OutcomeUnknown(type(error).__name__)
    words = str(getattr(error, "msg", None) or getattr(error, "detail", None) or type(error).__name__)
    if code == OPTED_OUT:
        return OptedOut(words, str(code))
    if code == QUEUE_FULL:
        return TryLater(words, str(code), after=60.0)
    if status in (401, 404) or (status == 403 and int(code or 0) < ABOUT_MESSAGES):
        return ChannelDown(words, str(code), OPERATOR_PAUSE)
    return Rejected(words, str(code) if code is not None else None)
