"""Requests to a shop platform, in threads of their own, and what came back told apart by one question: can it have been done?"""

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from rma.http import never_left, retry_after
from rma.model.platforms import NotTaken, PlatformUnavailable

CONNECT, READ = 5.0, 20.0
LONGEST = 30.0
"""Seconds, for all of a request."""
OPERATOR_PAUSE = 300.0
"""Seconds between tries while credentials or an address are refused: somebody has to change a setting."""
AT_ONCE = 4
LARGEST = 32 * 1024 * 1024
"""Bytes of an answer; a page of 50 orders has some hundred thousand."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any
    """The JSON that it was, or None where it was none."""


class PlatformHttp:
    """One session. `name` is the platform's, for messages."""

    def __init__(
        self,
        name: str,
        headers: Mapping[str, str],
        credentials: tuple[str, str] | None = None,
        longest: float = LONGEST,
        settled: Callable[[int, Any], bool] = lambda status, body: False,
    ) -> None:
        """`settled` says of an error of 500 and above that it was the platform's own word, so that nothing was done."""
        self._name, self._longest, self._settled = name, longest, settled
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "User-Agent": "Retour", **headers})
        self._session.auth = credentials
        # Proxies and .netrc of the environment: the latter would put its own credentials into the request.
        self._session.trust_env = False
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE, max_retries=0))
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=name.casefold())

    async def request(
        self,
        method: str,
        url: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any answer below 500, or settled, but for 401 to 403, 423, 429 and redirections, for which NotTaken is raised.
        Raises PlatformUnavailable where it is not known whether the request was carried out."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._longest):
                return await loop.run_in_executor(
                    self._threads, lambda: self._send(method, url, query, body, dict(headers or {}))
                )
        except TimeoutError:
            raise PlatformUnavailable(f"{self._name}: the answer took too long") from None

    def _send(
        self, method: str, url: str, query: Mapping[str, Any] | None, body: Any, headers: dict[str, str]
    ) -> Answer:
        try:
            with self._session.request(
                method,
                url,
                params=query,
                json=body,
                headers=headers,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = response.raw.read(LARGEST + 1, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if never_left(error):
                raise NotTaken(f"{self._name}: no connection ({type(error).__name__})") from None
            raise PlatformUnavailable(f"{self._name}: the answer was lost ({type(error).__name__})") from None
        if len(content) > LARGEST:
            raise PlatformUnavailable(f"{self._name}: an answer of more than {LARGEST // 1024 // 1024} MB")
        try:
            parsed = json.loads(content)
        except ValueError:
            parsed = None
        self._look_at(response, parsed)
        return Answer(response.status_code, response.headers, parsed)

    def _look_at(self, response: requests.Response, body: Any) -> None:
        status, name = response.status_code, self._name
        if 300 <= status < 400:
            raise NotTaken(
                f"{name}: HTTP {status}, its address redirects; set the one that it redirects to", OPERATOR_PAUSE
            )
        if status in (401, 403):
            raise NotTaken(f"{name}: HTTP {status}, it refuses our credentials or their rights", OPERATOR_PAUSE)
        if status in (402, 423):
            raise NotTaken(f"{name}: HTTP {status}, the shop is locked", OPERATOR_PAUSE)
        if status == 429:
            raise NotTaken(f"{name}: HTTP 429, too many requests", retry_after(response.headers.get("Retry-After")))
        if (status >= 500 and not self._settled(status, body)) or status == 408:
            # Whoever stands before it may have lost the answer to what was done.
            raise PlatformUnavailable(f"{name}: HTTP {status}", retry_after(response.headers.get("Retry-After")))

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()
