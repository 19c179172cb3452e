"""The client of Rasa: one turn of a conversation on loopback, one at a time for each conversation."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import aiohttp

from rma.model.conversations import Channel
from rma.settings import Settings

TEXT_LIMIT = 1600
"""Characters that reach Rasa: one text of 50,000 kept a worker of it busy for half a minute."""


def _is_command(text: str) -> bool:
    """Whether somebody tries Rasa's own "/intent": the channel takes the slash away, and what is left must mean nothing."""
    return unicodedata.normalize("NFKC", text).lstrip().startswith("/")


class TurnFailed(Exception):
    """Rasa did not finish the turn, as far as can be seen from here. What its action committed stands all the same."""


class Assistant:
    """Talks to the Rasa at `url`; `key` proves to its channel that it is the gateway; `timeout` is in seconds a
    turn."""

    def __init__(self, url: str, key: str, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._headers = {"X-Retour-Key": key}
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=5)
        self._session: aiohttp.ClientSession | None = None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def of(cls, settings: Settings) -> "Assistant":
        return cls(settings.rasa_url, settings.internal_key, settings.turn_timeout)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Assistant"]:
        """Holds the one session. Connections idle for 3 s are dropped, since Rasa's stock server drops them after 5:
        a request sent on one that it is just closing would fail, and cannot simply be sent again."""
        connector = aiohttp.TCPConnector(limit=200, keepalive_timeout=3)
        async with aiohttp.ClientSession(connector=connector, headers=self._headers, timeout=self._timeout) as session:
            self._session = session
            try:
                yield self
            finally:
                self._session = None

    def lock(self, conversation_id: str) -> asyncio.Lock:
        """Held for a whole turn. Rasa has a lock of its own, which waits by polling once a second."""
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        return lock

    async def turn(
        self, channel: Channel, conversation_id: str, text: str, message_id: int,
        choice: list[str] | None = None, photo: int | None = None,
    ) -> None:  # fmt: skip
        """Has the shopper's message `message_id` answered; the replies are then in the database. Raises TurnFailed."""
        body: dict[str, Any] = {
            "sender": conversation_id,
            "message": text[:TEXT_LIMIT],
            "metadata": {"message_id": message_id, "choice": choice, "photo": photo, "command": _is_command(text)},
        }
        try:
            async with self._live().post(f"{self._url}/webhooks/{channel}/webhook", json=body) as response:
                await response.read()
                if response.status != 200:
                    raise TurnFailed(f"Rasa answered {response.status}")
        except (aiohttp.ClientError, OSError) as error:
            raise TurnFailed(type(error).__name__) from error

    async def model_loaded(self) -> bool | None:
        """Whether Rasa has a model to answer with; None when it cannot be reached."""
        try:
            timeout = aiohttp.ClientTimeout(total=2)
            async with self._live().get(f"{self._url}/", timeout=timeout) as response:
                return response.status == 200 and bool((await response.json()).get("model"))
        except (aiohttp.ClientError, OSError, ValueError, AttributeError, TurnFailed):
            return None

    def _live(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise TurnFailed("the assistant's client is not connected")
        return self._session
