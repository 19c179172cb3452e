"""Proof that an order is the shopper's: its number with the e-mail address, phone or postal code that it was placed with.

An unknown order and a wrong proof are told apart by nobody: same answer, same work, same time. Wrong proofs are limited by
session, by order and by address, so that trying all postal codes of a town takes years.

An order that is not known here is asked for once at the shop's platform. That takes its time, so then every wrong answer does.
"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from rma.model.conversations import Channel, Conversation
from rma.model.errors import TooManyAttempts
from rma.model.orders import Order, order_key
from rma.model.phones import e164, number_of
from rma.model.platforms import PlatformUnavailable
from rma.service.ports import Clock, Transactions

log = structlog.get_logger(__name__)

WINDOW = timedelta(hours=1)
LIMITS = {"session": 5, "order": 20, "address": 20}
FLOOR_SECONDS = 0.08
"""Every answer takes at least this long, which hides whether there was an order to compare with."""
LOOKUP_SECONDS = 2.0
"""How long a shopper waits for the platform; what it answers later is there for the next try."""

Lookup = Callable[[str], Awaitable[bool]]
"""Asks the shop's platform for an order, by its number; whether it is here now. Raises PlatformUnavailable."""


def _same(left: str | None, right: str | None) -> bool:
    return bool(left and right) and hmac.compare_digest(str(left).encode(), str(right).encode())


def _code(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def proves(order: Order, contact: str) -> bool:
    """Whether `contact` is the order's own e-mail address, phone (in any writing) or postal code."""
    region = order.shipping_address.country
    phones = [order.customer.phone and e164(order.customer.phone, region), e164(contact, region)]
    results = [
        _same((order.customer.email or "").strip().casefold(), contact.strip().casefold()),
        _same(phones[0], phones[1]),
        _same(_code(order.shipping_address.postal_code or ""), _code(contact)),
    ]
    return any(results)


def _scopes(conversation: Conversation) -> dict[str, str]:
    """What wrong proofs are counted by, besides the order."""
    scopes = {"session": f"session:{conversation.id}"}
    if conversation.address:
        scopes["address"] = f"address:{conversation.address}"
    return scopes


class IdentityDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        lookup: Lookup | None = None,
        lookup_seconds: float = LOOKUP_SECONDS,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._lookup = lookup
        self.patience = lookup_seconds if lookup else 0.0
        """Seconds that a wrong answer takes longer than a right one, whether or not anybody was asked."""
        self._asking: set[asyncio.Task[None]] = set()

    async def of_sender(self, conversation: Conversation, limit: int = 20) -> list[tuple[int, Order]]:
        """The latest orders of the number that the shopper writes from, with their ids: the network says whose number it is. Raises
        TooManyAttempts, as `prove` does."""
        if conversation.channel is not Channel.SMS or not conversation.address:
            return []
        now = self._clock()
        async with self._transactions() as uow:
            for kind, scope in _scopes(conversation).items():
                if await uow.attempts.count(scope, now - WINDOW) >= LIMITS[kind]:
                    raise TooManyAttempts("too many wrong proofs", retry_after=int(WINDOW.total_seconds()))
            return await uow.orders.by_phone(number_of(conversation.address), limit)

    async def prove(self, conversation: Conversation, number: str, contact: str) -> tuple[int, Order] | None:
        """The order and its id when `contact` proves it, else None. Raises TooManyAttempts, also for a right proof."""
        started, floor = time.monotonic(), FLOOR_SECONDS
        try:
            found = await self._prove(conversation, number, contact)
            if found is None:
                floor += self.patience
            return found
        finally:
            await asyncio.sleep(max(0.0, floor - (time.monotonic() - started)))

    async def _prove(self, conversation: Conversation, number: str, contact: str) -> tuple[int, Order] | None:
        now = self._clock()
        scopes = _scopes(conversation) | {"order": f"order:{order_key(number)}"}
        async with self._transactions() as uow:
            for kind, scope in scopes.items():
                if await uow.attempts.count(scope, now - WINDOW) >= LIMITS[kind]:
                    raise TooManyAttempts("too many wrong proofs", retry_after=int(WINDOW.total_seconds()))
            found = await uow.orders.find(number)
            if found and proves(found[1], contact):
                return found
            # Counted before the platform is asked: else all that are tried meanwhile would be free.
            await uow.attempts.add(list(scopes.values()), now)
            await uow.attempts.forget(now - 24 * WINDOW)
        if found or not self._lookup:
            return None
        await self._ask(number)
        return await self._proven_now(number, contact, list(scopes.values()), now)

    async def _ask(self, number: str) -> None:
        task = asyncio.create_task(self._asked(number))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        await asyncio.wait({task}, timeout=self.patience)

    async def _asked(self, number: str) -> None:
        assert self._lookup is not None
        try:
            await self._lookup(number)
        except PlatformUnavailable as error:
            log.warning("an order could not be asked for", why=str(error))

    async def _proven_now(
        self, number: str, contact: str, scopes: list[str], counted_at: datetime
    ) -> tuple[int, Order] | None:
        async with self._transactions() as uow:
            found = await uow.orders.find(number)
            if not found or not proves(found[1], contact):
                return None
            for scope in scopes:
                await uow.attempts.clear(scope, counted_at)
            return found
