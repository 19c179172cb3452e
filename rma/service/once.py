"""A request of a program that is sent again does nothing again: it gets the answer of the first one, for 24 hours.

The answer is written in the transaction of what the request did. So there is no moment at which a crash leaves the one without
the other, and an attempt that was given up for dead and comes back finds that the request is not its own any more: its
transaction is rolled back. Statuses as in draft-ietf-httpapi-idempotency-key-header-07, section 2.7.
"""

import asyncio
import secrets
from datetime import timedelta

from rma.model.errors import Conflict, Refused, Stale
from rma.model.staff import Answer, Claim
from rma.service.ports import Clock, Transactions, UnitOfWork

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=20)
"""How long an attempt may take before another may take its place. Longer than any that is alive; were one not, nothing is done
twice, because it cannot write its answer any more."""


class StillRunning(Conflict):
    """The first request with this key is being worked on."""


class OnceDesk:
    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def claim(self, owner: str, key: str, fingerprint: str) -> Claim | Answer:
        """The right to work on a request, or what it was answered before. `key` is the caller's own, `owner` who they are,
        `fingerprint` what they ask. Raises StillRunning, Refused when the key stood for another request."""
        for _attempt in range(4):
            try:
                return await self._claim(Claim(owner, key, secrets.token_hex(16)), fingerprint)
            except Stale:
                await asyncio.sleep(0.01)
        raise StillRunning("the first request with this Idempotency-Key is still being worked on; send it again in a moment")

    async def _claim(self, claim: Claim, fingerprint: str) -> Claim | Answer:
        now = self._clock()
        async with self._transactions() as uow:
            known = await uow.staff_requests.get(claim.owner, claim.key)
            if known is not None and known.started_at < now - KEPT:
                await uow.staff_requests.forget(claim.owner, claim.key)
                known = None
            if known is None:
                await uow.staff_requests.start(claim, fingerprint, now)
                return claim
            if known.fingerprint != fingerprint:
                raise Refused("this Idempotency-Key stood for another request in the last 24 hours; give each request its own")
            if known.answer is not None:
                return known.answer
            if known.tried_at > now - LEASE:
                raise StillRunning(
                    "the first request with this Idempotency-Key is still being worked on; send it again in a moment"
                )
            await uow.staff_requests.take_over(claim, now)
            return claim

    async def keep(self, uow: UnitOfWork, claim: Claim, answer: Answer) -> None:
        """In the transaction of what the request did. Raises Conflict, so that it is rolled back, when another attempt took this
        one's place meanwhile."""
        if not await uow.staff_requests.answer(claim, answer):
            raise StillRunning("this request took so long that it was begun anew; send it again for its answer")

    async def answered(self, claim: Claim, answer: Answer) -> None:
        """For what was done under the request's key by a service that does a key once, whatever the number of transactions."""
        async with self._transactions() as uow:
            await uow.staff_requests.answer(claim, answer)

    async def drop(self, claim: Claim) -> None:
        """Nothing came of it, so it may be tried again. Does nothing to what was answered."""
        async with self._transactions() as uow:
            await uow.staff_requests.drop(claim)

    async def finish_interrupted(self) -> int:
        """Forgets what is older than 24 hours; how many."""
        async with self._transactions() as uow:
            return await uow.staff_requests.forget_before(self._clock() - KEPT)
