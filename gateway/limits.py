"""Rate limits by address and by session, and the address that a request comes from."""

import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from rma.model.errors import TooManyAttempts
from rma.settings import Settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Limits:
    """Counts in this process. `hit` raises TooManyAttempts, with the seconds until the window ends, beyond the
    limit."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._proxies = settings.trusted_proxies
        self._items: dict[str, RateLimitItem] = {
            "session": RateLimitItemPerMinute(settings.sessions_per_minute),
            "message": RateLimitItemPerMinute(settings.messages_per_minute),
            "read": RateLimitItemPerMinute(600),
            "socket": RateLimitItemPerMinute(120),
            "label": RateLimitItemPerMinute(300),
            "key": RateLimitItemPerMinute(settings.wrong_keys_per_minute),
            "form": RateLimitItemPerMinute(60),
            "withdrawal": RateLimitItemPerHour(60),
        }

    async def hit(self, what: str, who: str) -> None:
        item = self._items[what]
        if not await self._limiter.hit(item, what, who):
            stats = await self._limiter.get_window_stats(item, what, who)
            wait = max(1, round(stats.reset_time - time.time() + 0.5))
            raise TooManyAttempts(f"Too many requests; try again in {wait} s.", wait)

    def address(self, request: web.Request) -> str:
        """Where the request comes from, as limits count it (`client_address`)."""
        return client_address(request.remote, request.headers.getall("X-Forwarded-For", []), self._proxies)


def client_address(peer: str | None, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The last address of the chain that is no proxy of ours; only proxies of ours are believed about the one before
    them. An IPv6 address stands for its /64, which is what one customer gets: else one could send from 2**64 of
    them."""
    address = _parsed(peer or "")
    if address is None:
        return "unknown"
    chain = [hop for header in forwarded for hop in header.split(",")]
    while chain and any(address in network for network in proxies):
        before = _parsed(chain.pop())
        if before is None:
            break
        address = before
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
