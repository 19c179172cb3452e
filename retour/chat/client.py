"""The web chat API (contract section 5) as a client sees it."""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from rma.model.errors import ConfigurationError, RetourError

Answer = dict[str, Any]
"""{"messages", "expects", "owner"}."""


class ChatError(RetourError):
    """The API refused a message; says why."""


class ChatClient:
    """One session. Use as an asynchronous context manager, then `open` first."""

    def __init__(self, url: str) -> None:
        address = URL(url)
        if address.scheme not in ("http", "https") or not address.host:
            raise ConfigurationError(f"--url {url}: expected an address such as http://127.0.0.1:8080")
        self.url = address
        self._token = ""

    async def __aenter__(self) -> "ChatClient":
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60, connect=5))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def open(self, language: str | None) -> Answer:
        """Raises ConfigurationError when nobody answers at the address."""
        try:
            async with self._session.post(
                self._at("sessions"), json={"language": language} if language else {}
            ) as response:
                answer = await _read(response)
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise ConfigurationError(
                f"nobody answers at {self.url}; start the assistant with `retour up`, or give its --url"
            ) from error
        self._token = answer.pop("token")
        return answer

    async def say(self, text: str) -> Answer:
        return await self._send(json={"text": text})

    async def choose(self, value: str | list[str]) -> Answer:
        return await self._send(json={"choice": value})

    async def show(self, photo: Path) -> Answer:
        """Raises ChatError when the file cannot be read."""
        try:
            content = photo.expanduser().read_bytes()
        except OSError as error:
            raise ChatError(f"{photo}: {error.strerror}") from error

        return await self._send(form=lambda: _photo_form(photo.name, content))

    async def since(self, message_id: int) -> Answer:
        """What was said after that message, by whomever."""
        async with self._session.get(
            self._at("messages"), params={"after": str(message_id)}, headers=self._headers()
        ) as response:
            return await _read(response)

    async def _send(self, json: object = None, form: Callable[[], aiohttp.FormData] | None = None) -> Answer:
        # The same key on every attempt: a message whose answer was lost on the way is not taken twice.
        headers = self._headers() | {"Idempotency-Key": uuid.uuid4().hex}
        for left in (2, 1, 0):
            try:
                # A form can be sent once only, so that each attempt has its own.
                body: dict[str, Any] = {"data": form()} if form else {"json": json}
                async with self._session.post(self._at("messages"), headers=headers, **body) as response:
                    return await _read(response)
            except (aiohttp.ClientConnectionError, TimeoutError) as error:
                if not left:
                    raise ChatError("the connection was lost; say it again") from error
                await asyncio.sleep(1)
        raise AssertionError("unreachable")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _at(self, what: str) -> URL:
        return self.url / "api" / "chat" / what


def _photo_form(name: str, content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("photo", content, filename=name, content_type="application/octet-stream")
    return form


async def _read(response: aiohttp.ClientResponse) -> Answer:
    try:
        document = await response.json(content_type=None)
    except ValueError:
        document = {}
    if response.status >= 400 or not isinstance(document, dict):
        detail = document.get("detail") or document.get("title") if isinstance(document, dict) else None
        raise ChatError(f"{detail or 'the assistant did not answer'} (HTTP {response.status})")
    return document
