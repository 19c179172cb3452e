"""Chatwoot's application API: requests in threads of their own, and what came back told apart by one question, whether it can have
been done. The facts and their sources are in docs/chatwoot.md."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from rma.http import never_left, retry_after
from rma.model.outgoing import ChannelDown, OutcomeUnknown, Rejected, TryLater

CONNECT, READ = 5.0, 10.0
LONGEST = 20.0
"""Seconds, for all of a request."""
OPERATOR_PAUSE = 300.0
"""Seconds between tries while the token or the account is refused: somebody has to change a setting."""
AT_ONCE = 4


@dataclass(frozen=True)
class ChatwootAccount:
    """`token` is a user's access token: an agent bot's may neither list messages nor make contacts."""

    url: str
    account: int
    inbox: int
    token: str


class Missing(Rejected):
    """404: it is not there, or not for this token."""


class ChatwootHttp:
    def __init__(self, account: ChatwootAccount) -> None:
        self._base = f"{account.url.rstrip('/')}/api/v1/accounts/{account.account}/"
        self._session = requests.Session()
        self._session.headers.update({"api_access_token": account.token, "Accept": "application/json"})
        # Proxies and .netrc of the environment: the latter would put its own credentials into the request.
        self._session.trust_env = False
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE, max_retries=0))
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="chatwoot")

    async def get(self, path: str, **query: Any) -> Any:
        return await self._request("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Raises ChannelDown, TryLater, OutcomeUnknown, Missing, Rejected."""
        return await self._request("POST", path, json=body)

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LONGEST):
                return await loop.run_in_executor(self._threads, lambda: self._send(method, path, options))
        except TimeoutError:
            raise OutcomeUnknown("the answer took too long") from None

    def _send(self, method: str, path: str, options: dict[str, Any]) -> Any:
        try:
            response = self._session.request(
                method, self._base + path, timeout=(CONNECT, READ), allow_redirects=False, **options
            )
        except requests.RequestException as error:
            if never_left(error):
                raise ChannelDown(f"no connection ({type(error).__name__})") from None
            raise OutcomeUnknown(f"the answer was lost ({type(error).__name__})") from None
        _look_at(response)
        try:
            return response.json()
        except ValueError:
            raise OutcomeUnknown("the answer is no JSON") from None

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()



def _look_at(response: requests.Response) -> None:
    status = response.status_code
    if status < 300:
        return
    if status < 400:
        raise ChannelDown(f"HTTP {status}: RETOUR_CHATWOOT_URL redirects", str(status), OPERATOR_PAUSE)
    if status in (401, 403):
        raise ChannelDown("Chatwoot refuses RETOUR_CHATWOOT_TOKEN for this account", str(status), OPERATOR_PAUSE)
    if status == 429:
        raise TryLater("HTTP 429", "429", retry_after(response.headers.get("Retry-After")))
    if status >= 500 or status == 408:
        # It has been seen to answer 500 to a message that it took (chatwoot/chatwoot#6446).
        raise OutcomeUnknown(f"HTTP {status}", str(status))
    kind = Missing if status == 404 else Rejected
    raise kind(f"HTTP {status}", str(status))
