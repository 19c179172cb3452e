"""How the twilio client reaches Twilio: one session, a hard limit in time, and what came back told apart by one question, whether
the message can have been taken."""

import logging
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from rma.http import never_left, retry_after
from rma.model.outgoing import ChannelDown, OutcomeUnknown, TryLater

TWILIO = "https://api.twilio.com"
OPERATOR_PAUSE = 300.0
"""Seconds between tries while our credentials are refused: trying harder would get the account locked."""


class TwilioHttp(TwilioHttpClient):
    """Sends to `address` what the client means for https://api.twilio.com. Every request raises ChannelDown, TryLater or
    OutcomeUnknown for an answer that says nothing of the message; other answers are given back."""

    def __init__(self, address: str, at_once: int, longest: float) -> None:
        # Its logger writes down addresses of requests, and so the numbers in them.
        silent = logging.Logger("twilio", logging.CRITICAL)
        super().__init__(logger=silent)
        self._address = address.rstrip("/")
        # A third for the connection: what is sent at all is sent long before whoever waits gives up.
        self.timeout = (longest / 3, longest * 2 / 3)  # type: ignore[assignment]
        # No retries here: whether a message may be sent again is not for the transport to say.
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=at_once, max_retries=0))

    @property
    def _session(self) -> requests.Session:
        assert self.session is not None
        return self.session

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:  # type: ignore[override]
        if url.startswith(TWILIO):
            url = self._address + url.removeprefix(TWILIO)
        options["timeout"] = None
        try:
            response = super().request(method, url, *args, **options)
        except requests.RequestException as error:
            if never_left(error):
                raise ChannelDown(f"no connection ({type(error).__name__})") from None
            raise OutcomeUnknown(f"the answer was lost ({type(error).__name__})") from None
        _look_at(response)
        return response

    def close(self) -> None:
        self._session.close()



def _look_at(response: Response) -> None:
    status = response.status_code
    if status in (502, 504):
        # Whoever stands before Twilio lost the answer; behind it the message may have been taken.
        raise OutcomeUnknown(f"HTTP {status}")
    if status == 429 or status >= 500 or status == 408:
        raise TryLater(f"HTTP {status}", str(status), retry_after((response.headers or {}).get("Retry-After")))
    if 300 <= status < 400:
        raise ChannelDown(f"HTTP {status}: RETOUR_TWILIO_API_URL redirects", str(status), OPERATOR_PAUSE)
    if status == 401:
        message = "Twilio refuses RETOUR_TWILIO_ACCOUNT_SID with RETOUR_TWILIO_AUTH_TOKEN"
        raise ChannelDown(message, str(status), OPERATOR_PAUSE)
