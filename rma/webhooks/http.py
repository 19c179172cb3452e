"""Webhooks over HTTP: one request, one connection, to an address that was looked at; certificates verified, nothing followed.

The requests run in threads of their own. What an endpoint answers is not read beyond its status: nobody needs it, and it may be
anything, of any length, at any pace.
"""

import asyncio
import http.client
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult

import certifi

from rma.http import retry_after as seconds_of
from rma.model.errors import Refused
from rma.model.hooks import Outcome, read_url
from rma.webhooks.addresses import Address, Forbidden, Network, resolve

CONNECT, READ, LONGEST = 5.0, 15.0, 25.0
"""Seconds: for each address of the endpoint, for each wait for something of its answer, and for all of it."""
LONGEST_PAUSE = 24 * 3600.0
AT_ONCE = 16
ADDRESSES = 3
"""Of a name that has many."""


@lru_cache(maxsize=4)
def _trusting(authorities: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    if authorities is None:
        # A small installation of Debian trusts nobody.
        context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class HttpHookSender:
    """`networks` are private ones that hooks may go to, also without TLS. `authorities` is a file of certificates that are trusted
    in place of the system's."""

    def __init__(
        self, networks: Sequence[Network] = (), authorities: Path | None = None, longest: float = LONGEST
    ) -> None:
        self.longest = longest
        self._networks = tuple(networks)
        self._tls = _trusting(authorities)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hooks")

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Never raises for what an endpoint does."""
        try:
            parts = read_url(url)
        except Refused:
            return Outcome(False, "its address is none", down=True)
        request = _Request(self._networks, self._tls, min(READ, self.longest))
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.longest):
                return await loop.run_in_executor(self._threads, request.post, parts, headers, body)
        except TimeoutError:
            return Outcome(False, "no answer in time", down=True)
        finally:
            request.end()

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Request:
    """One request. `end` may be called from another thread, and ends it wherever it is."""

    def __init__(self, networks: Sequence[Network], tls: ssl.SSLContext, read: float) -> None:
        self._networks = networks
        self._tls = tls
        self._read = read
        self._socket: socket.socket | None = None
        self._over = False

    def end(self) -> None:
        self._over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def post(self, parts: SplitResult, headers: dict[str, str], body: bytes) -> Outcome:
        secure, host = parts.scheme == "https", parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        try:
            addresses = resolve(host, port, self._networks, private_only=not secure)
        except Forbidden:
            why = "its address is private" if secure else "without TLS, and not in a network of RETOUR_HOOKS_ALLOW"
            return Outcome(False, why, "forbidden", down=True)
        except (OSError, UnicodeError):
            return Outcome(False, "its name has no address", "dns", down=True)
        try:
            self._socket = self._connected(addresses[:ADDRESSES], port)
            if secure:
                wrapped = self._tls.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
                self._socket = wrapped
                wrapped.do_handshake()
        except ssl.SSLCertVerificationError as error:
            return Outcome(False, f"its certificate is not trusted: {error.verify_message}"[:200], "tls", down=True)
        except (ssl.SSLError, ValueError):
            return Outcome(False, "TLS failed", "tls", down=True)
        except OSError as error:
            return Outcome(False, f"no connection ({type(error).__name__})", "connection", down=True)
        if self._over:
            self.end()
            return Outcome(False, "no answer in time", down=True)
        try:
            return self._answered(_Connection(host, port, self._socket), parts, headers, body)
        except (OSError, http.client.HTTPException) as error:
            return Outcome(False, f"the answer was lost ({type(error).__name__})", "answer", down=True)

    def _connected(self, addresses: Sequence[Address], port: int) -> socket.socket:
        last: OSError = OSError("no address")
        for address in addresses:
            try:
                connection = socket.create_connection((str(address), port), timeout=CONNECT)
            except OSError as error:
                last = error
                continue
            connection.settimeout(self._read)
            return connection
        raise last

    @staticmethod
    def _answered(
        connection: "_Connection", parts: SplitResult, headers: dict[str, str], body: bytes
    ) -> Outcome:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return judged(answer.status, answer.headers.get("Retry-After"))


class _Connection(http.client.HTTPConnection):
    """Over a connection that is made already: `host` is what it says in Host, not where it goes."""

    def __init__(self, host: str, port: int, made: socket.socket) -> None:
        super().__init__(host, port)
        self.default_port = 443 if isinstance(made, ssl.SSLSocket) else 80
        self.sock: Any = made

    def connect(self) -> None:
        raise http.client.NotConnected


def judged(status: int, retry_after: str | None) -> Outcome:
    """What a status means. Refusing one event (400, 409, 413, 422) says nothing of the next; anything else does."""
    code = str(status)
    if 200 <= status < 300:
        return Outcome(True, code=code)
    if status == 410:
        return Outcome(False, "410: nobody listens there any more", code, down=True, gone=True)
    if 300 <= status < 400:
        return Outcome(False, f"HTTP {status}: it redirects; name the address that it redirects to", code, down=True)
    of_this_one = status in (400, 409, 413, 422)
    return Outcome(False, f"HTTP {status}", code, down=not of_this_one, retry_after=seconds_of(retry_after, LONGEST_PAUSE))
