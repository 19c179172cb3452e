"""Keys of the staff API, each for one program and for what that program needs."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from rma.model.codes import as_code
from rma.model.errors import Conflict, NotFound, Refused
from rma.model.staff import ApiKey, Caller, Scope
from rma.service.ports import Clock, Transactions

MASTER = Caller("api", frozenset(Scope))
"""Whoever has RETOUR_API_KEY."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_KEY = re.compile(r"retour_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
SEEN = timedelta(minutes=1)
"""How exact the time of the last use is: each one written down would cost a write a request."""


class KeyDesk:
    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def add(self, name: str, scopes: Sequence[str]) -> str:
        """Makes a key and gives it; it cannot be had again. Raises Refused for a name or a scope that is none, Conflict for a name
        that is taken, also by a revoked key: events still name it."""
        if not _NAME.fullmatch(name):
            raise Refused("a key's name has 1 to 40 of a-z, 0-9, '.', '_' and '-', and begins with a letter or a digit")
        wanted = [as_code(Scope, scope) for scope in dict.fromkeys(scopes)]
        if not wanted or None in wanted:
            raise Refused(f"a scope is one of {', '.join(Scope)}; give at least one")
        public = secrets.token_hex(6)
        key = f"retour_{public}_{secrets.token_urlsafe(32)}"
        made = ApiKey(name, public, digest(key), tuple(scope for scope in wanted if scope), self._clock())
        async with self._transactions() as uow:
            if await uow.api_keys.by_name(name):
                raise Conflict(f"there is a key named {name} already, perhaps a revoked one; choose another name")
            await uow.api_keys.add(made)
        return key

    async def everyone(self) -> list[ApiKey]:
        async with self._transactions() as uow:
            return await uow.api_keys.everyone()

    async def revoke(self, name: str) -> None:
        """From the next request on it is none. Raises NotFound."""
        async with self._transactions() as uow:
            if await uow.api_keys.by_name(name) is None:
                raise NotFound(f"there is no key named {name}; `retour keys list` shows them")
            await uow.api_keys.revoke(name, self._clock())

    async def caller(self, given: str, master: str) -> Caller | None:
        """Whose key it is, if it is one; `master` is RETOUR_API_KEY, which nobody has while it is empty. Secrets are compared as
        digests, in a time that says nothing about them."""
        theirs = digest(given)
        if secrets.compare_digest(theirs, digest(master)) and master:
            return MASTER
        if not (match := _KEY.fullmatch(given)):
            return None
        now = self._clock()
        async with self._transactions() as uow:
            known = await uow.api_keys.by_public(match[1])
            if known is None or not secrets.compare_digest(theirs, known.digest) or known.revoked_at is not None:
                return None
            if known.last_used_at is None or known.last_used_at < now - SEEN:
                await uow.api_keys.used(known.name, now)
        return Caller(f"api:{known.name}", frozenset(known.scopes))


def digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
