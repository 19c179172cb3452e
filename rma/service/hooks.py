"""Webhooks for people: endpoints are added, paused and removed, tried out, and told again what they missed."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from standardwebhooks import Webhook

from rma.model.errors import Refused
from rma.model.hooks import (
    DeliveryStatus,
    HookDelivery,
    HookEndpoint,
    HookSender,
    Outcome,
    read_event_name,
    read_kinds,
    read_url,
)
from rma.model.numbers import parse_return_number
from rma.service.ports import Clock, Transactions


class HookSecrets:
    """Secrets as Standard Webhooks wants them (`whsec_` and 32 bytes in base64), derived from the shop's secret and a salt: whoever
    reads the database has none of them, and nothing has to be kept hidden in it."""

    def __init__(self, shop_secret: str) -> None:
        self.usable = len(shop_secret) >= 16
        self._key = hmac.new(shop_secret.encode(), b"retour webhooks", hashlib.sha256).digest()

    def of(self, salt: str) -> str:
        return "whsec_" + base64.b64encode(hmac.new(self._key, salt.encode(), hashlib.sha256).digest()).decode()

    def fingerprint(self, salt: str) -> str:
        return hashlib.sha256(self.of(salt).encode()).hexdigest()[:16]

    def fits(self, endpoint: HookEndpoint) -> bool:
        """False once the shop's secret was changed: what is signed now is not what the receiver was told."""
        return self.usable and hmac.compare_digest(self.fingerprint(endpoint.salt), endpoint.fingerprint)

    def signed(self, endpoint: HookEndpoint, name: str, content: dict[str, Any], now: datetime) -> tuple[dict[str, str], bytes]:
        """Headers and body. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        moment = now.astimezone(UTC)  # the library takes any clock's face for UTC
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Retour-Webhooks/1",
            "webhook-id": name,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(self.of(endpoint.salt)).sign(name, moment, body),
        }
        return headers, body.encode()


@dataclass(frozen=True)
class EndpointState:
    endpoint: HookEndpoint
    fits: bool
    counts: dict[str, int]


class HookDesk:
    """`insecure` says whether addresses without TLS may be added: where the shop allowed networks of its own."""

    def __init__(
        self, transactions: Transactions, clock: Clock, sender: HookSender, hidden: HookSecrets, insecure: bool
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._sender = sender
        self._secrets = hidden
        self._insecure = insecure

    async def add(self, url: str, events: list[str]) -> tuple[HookEndpoint, str]:
        """The endpoint, and its secret, which nobody is told again. Raises Refused."""
        parts, kinds = read_url(url), read_kinds(events)
        if parts.scheme != "https" and not self._insecure:
            raise Refused("expected https://; plain http:// goes to networks of RETOUR_HOOKS_ALLOW only (docs/events.md)")
        salt, fingerprint, secret = self._new_secret()
        async with self._transactions() as uow:
            if any(known.url == parts.geturl() for known in await uow.hooks.all()):
                raise Refused("this address is an endpoint already; remove that one first, or `retour hooks rotate` its secret")
            return await uow.hooks.add(parts.geturl(), kinds, salt, fingerprint, self._clock()), secret

    async def rotate(self, endpoint_id: int) -> str:
        """A new secret in place of the old one, which counts no more from here on. Raises NotFound."""
        salt, fingerprint, secret = self._new_secret()
        async with self._transactions() as uow:
            await uow.hooks.change(endpoint_id, salt=salt, fingerprint=fingerprint)
        return secret

    def _new_secret(self) -> tuple[str, str, str]:
        if not self._secrets.usable:
            raise Refused("RETOUR_SECRET_KEY: expected at least 16 characters; `openssl rand -hex 32` makes one")
        salt = secrets.token_hex(16)
        return salt, self._secrets.fingerprint(salt), self._secrets.of(salt)

    async def all(self) -> list[EndpointState]:
        async with self._transactions() as uow:
            endpoints, counts = await uow.hooks.all(), await uow.hooks.counts()
        return [
            EndpointState(each, self._secrets.fits(each), {status: many for of, status, many in counts if of == each.id})
            for each in endpoints
        ]

    async def oldest_waiting(self) -> datetime | None:
        """When the oldest happened that somebody is still to be told, and is not paused."""
        async with self._transactions() as uow:
            return await uow.hooks.oldest_waiting()

    async def pause(self, endpoint_id: int) -> HookEndpoint:
        """What happens meanwhile is kept for it. Raises NotFound."""
        async with self._transactions() as uow:
            return await uow.hooks.change(endpoint_id, paused=True, why=None)

    async def resume(self, endpoint_id: int) -> HookEndpoint:
        """Everything that waits for it is told at once, also what rested between two tries. Raises NotFound."""
        async with self._transactions() as uow:
            endpoint = await uow.hooks.change(
                endpoint_id, paused=False, why=None, failures=0, failing_since=None, rest_until=None
            )
            await uow.hooks.release(endpoint_id, self._clock())
            return endpoint

    async def remove(self, endpoint_id: int) -> None:
        async with self._transactions() as uow:
            await uow.hooks.remove(endpoint_id)

    async def test(self, endpoint_id: int) -> Outcome:
        """Posts a `test` event at once, outside of the order of the others. Raises NotFound, Refused."""
        async with self._transactions() as uow:
            endpoint = await uow.hooks.get(endpoint_id)
        if not self._secrets.fits(endpoint):
            raise Refused("RETOUR_SECRET_KEY is not the one that its secret comes from; `retour hooks rotate` makes a new one")
        now, name = self._clock(), f"evt_test_{uuid4().hex}"
        content = {"id": name, "type": "test", "at": now.isoformat(), "event": None, "return": None}
        return await self._sender.post(endpoint.url, *self._secrets.signed(endpoint, name, content, now))

    async def replay(
        self,
        endpoint_id: int | None,
        since: datetime | None = None,
        event: str | None = None,
        number: str | None = None,
        failed: bool = False,
    ) -> dict[int, int]:
        """Lets events be sent again, in their order: how many, by endpoint. Raises Refused when nothing says which, NotFound."""
        if since is None and event is None and number is None and not failed:
            raise Refused("say which events: --since, --event, --number or --failed")
        event_id = read_event_name(event) if event else None
        number = parse_return_number(number) if number else None
        async with self._transactions() as uow:
            endpoints = await uow.hooks.all() if endpoint_id is None else [await uow.hooks.get(endpoint_id)]
            return {
                each.id: await uow.hooks.replay(each, self._clock(), since, event_id, number, failed) for each in endpoints
            }

    async def deliveries(self, endpoint_id: int, status: DeliveryStatus | None, limit: int) -> list[HookDelivery]:
        """The newest first. Raises NotFound."""
        async with self._transactions() as uow:
            await uow.hooks.get(endpoint_id)
            return await uow.hooks.deliveries(endpoint_id, status, limit)
