"""Pictures of text messages, fetched from Twilio: from its own addresses only, with the account's credentials for the first of them
only, a bounded number of bytes, and never from inside our own network.

Twilio answers at api.twilio.com with a redirect to where it keeps the file: mms.twiliocdn.com, or for accounts without "HTTP auth
on media" its bucket at s3-external-1.amazonaws.com (https://help.twilio.com/articles/223183748).
"""

import asyncio
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateway.pictures import SIZE_LIMIT
from rma.settings import Settings

log = structlog.get_logger(__name__)

TRIES, PAUSE = 3, 1.0
"""Pause in seconds, doubled each time."""
HOPS = 3
_API = "api.twilio.com"
_KEEPERS = (".twilio.com", ".twiliocdn.com")
_BUCKET_HOST, _BUCKET = "s3-external-1.amazonaws.com", "/media.twiliocdn.com/"
_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)


class NotFetched(Exception):
    """The file did not come, and nobody knows what it is."""


class NotTaken(Exception):
    """It is no file of Twilio's, or larger than a photo may be: fetching it again changes nothing."""


class Fetcher:
    """Fetches with the credentials of `settings`. Its API address may be anywhere, since the shop chose it; what a message or a
    redirect names may not."""

    def __init__(self, settings: Settings) -> None:
        self._api = URL(settings.twilio_api_url)
        self._account = settings.twilio_account_sid
        self._token = settings.twilio_auth_token.get_secret_value()
        self._pause = PAUSE

    async def fetch(self, address: str) -> bytes:
        """Raises NotFetched, NotTaken."""
        for attempt in range(TRIES):
            try:
                return await self._fetch(address)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                log.info("picture not fetched", kind=type(error).__name__, attempt=attempt + 1)
                if attempt + 1 < TRIES:
                    await asyncio.sleep(self._pause * 2**attempt)
        raise NotFetched

    async def _fetch(self, address: str) -> bytes:
        url = _parsed(address)
        if not self._is_media(url):
            raise NotTaken("not an address of Twilio's API for media")
        headers: dict[str, str] = {}
        if self._account and self._token:
            headers[hdrs.AUTHORIZATION] = aiohttp.encode_basic_auth(self._account, self._token)
        connector = aiohttp.TCPConnector(resolver=_Outside(str(self._api.host)))
        async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session:
            for _ in range(HOPS + 1):
                async with session.get(url, headers=headers, allow_redirects=False) as response:
                    if response.status in (301, 302, 303, 307, 308):
                        # The credentials are for the first address, and would be sent on to wherever it leads.
                        headers, target = {}, response.headers.get(hdrs.LOCATION, "")
                        url = url.join(_parsed(target, relative=True))
                        if not self._is_kept(url):
                            raise NotTaken("redirected to an address that is not Twilio's")
                        continue
                    # 404 too: Twilio writes a file down a moment after it tells of it.
                    if response.status in (404, 408, 425, 429) or response.status >= 500:
                        raise aiohttp.ClientError(f"{response.status}")
                    if response.status != 200:
                        log.warning("picture refused by the provider", status=response.status)
                        raise NotFetched
                    return await _bounded(response)
        raise NotTaken("redirected too often")

    def _is_media(self, url: URL) -> bool:
        """Whether the credentials may go there: the API's address, and there the media of messages."""
        at_api = _origin(url) in (_origin(self._api), ("https", _API, 443))
        path = urlsplit(str(url)).path
        return at_api and path.startswith("/2010-04-01/Accounts/") and "/Media/" in path and ".." not in path

    def _is_kept(self, url: URL) -> bool:
        """Whether Twilio keeps files there."""
        if _origin(url) == _origin(self._api):
            return True
        if not url.host or url.scheme != "https" or url.port != 443:
            return False
        return url.host.endswith(_KEEPERS) or (url.host == _BUCKET_HOST and url.path.startswith(_BUCKET))


def _parsed(address: str, relative: bool = False) -> URL:
    try:
        url = URL(address)
        url.port  # noqa: B018 — a port that is no number is found out here only.
    except ValueError:
        raise NotTaken("not an address") from None
    if url.user is not None or url.password is not None:
        raise NotTaken("an address with a name in it")
    if not url.is_absolute() and not relative:
        raise NotTaken("not a whole address")
    return url


def _origin(url: URL) -> tuple[str, str | None, int | None]:
    return url.scheme, url.host, url.port


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        content += piece
        if len(content) > SIZE_LIMIT:
            raise NotTaken("larger than a photo may be")
    return bytes(content)


class _Outside(AbstractResolver):
    """Resolves names to addresses of the public internet only: a name that somebody else controls could be one of our own
    machine's. `trusted` is the host that the shop itself named."""

    def __init__(self, trusted: str) -> None:
        self._trusted = trusted
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host == self._trusted:
            return found
        public = [item for item in found if ip_address(item["host"].partition("%")[0]).is_global]
        if not public:
            raise OSError(f"{host} is not on the public internet")
        return public

    async def close(self) -> None:
        await self._resolver.close()
