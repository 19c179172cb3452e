"""One-time codes: that a number or address which is not the order's is the shopper's, before anything is sent there.

A code has six digits, counts for ten minutes and for five tries, and only for the conversation and the address that it was sent
for. So of a million codes somebody who guesses gets through five a code and three codes an hour. Text messages to numbers that
anybody may type in cost money: how often a code is sent is limited for the conversation, for the address and for the order.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from rma.model.conversations import Conversation
from rma.model.errors import ConfigurationError, TooManyAttempts
from rma.model.onetime import DIGITS, Answer
from rma.model.outgoing import Kind, Medium, Outgoing
from rma.service.letters import Letters
from rma.service.outbox import OutboxDesk
from rma.service.ports import Clock, Transactions, UnitOfWork

VALID = timedelta(minutes=10)
TRIES = 5
WINDOW = timedelta(hours=1)
LIMITS = {"conversation": 3, "address": 3, "order": 9}
"""Codes sent within the window."""


class CodeDesk:
    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        outbox: OutboxDesk,
        letters: Mapping[Medium, Letters],
        secret: str,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._outbox = outbox
        self._letters = letters
        self._usable = len(secret) >= 16
        self._key = hmac.new(secret.encode(), b"retour codes", hashlib.sha256).digest()

    async def check_room(self, conversation: Conversation, order_id: int, address: str) -> None:
        """Raises TooManyAttempts when no further code may be sent there now."""
        async with self._transactions() as uow:
            await self._check_room(uow, self._scopes(conversation, order_id, address))

    async def send(
        self, uow: UnitOfWork, conversation: Conversation, order_id: int, to: tuple[Medium, str], key: str
    ) -> None:
        """Sends a new code to an address, in the transaction of the turn that says so; the one before stops counting. `key`
        names that turn. Raises TooManyAttempts."""
        if not self._usable:
            raise ConfigurationError(
                "RETOUR_SECRET_KEY: expected at least 16 characters; `openssl rand -hex 32` makes one"
            )
        medium, address = to
        now, scopes = self._clock(), self._scopes(conversation, order_id, address)
        await self._check_room(uow, scopes)
        await uow.attempts.add(list(scopes.values()), now)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        await uow.codes.put(conversation.id, address, self._digest(conversation.id, address, code), now, now + VALID)
        letter = self._letters[medium].code(code, int(VALID.total_seconds() // 60), conversation.language)
        message = Outgoing(
            key=f"code:{key}", medium=medium, kind=Kind.CODE, recipient=address, language=conversation.language,
            text=letter.text, subject=letter.subject, conversation=conversation.id,
        )  # fmt: skip
        await self._outbox.post(uow, message)

    async def check(self, conversation_id: str, address: str, typed: str) -> tuple[Answer, int]:
        """What `typed` is, and how many tries are left. Every wrong one counts, whatever else becomes of the turn. The right one,
        typed again, is right still: the turn may have been lost on its way."""
        now = self._clock()
        async with self._transactions() as uow:
            code = await uow.codes.get(conversation_id, address)
            if code is None:
                return Answer.NONE, 0
            right = hmac.compare_digest(code.digest, self._digest(conversation_id, address, typed))
            if code.proven_at is not None:
                return (Answer.RIGHT if right else Answer.WRONG), 0
            left = TRIES - code.tries
            if left <= 0:
                return Answer.USED_UP, 0
            if now >= code.expires_at:
                return Answer.EXPIRED, left
            await uow.codes.tried(code, now if right else None)
        if right:
            return Answer.RIGHT, left - 1
        return (Answer.WRONG if left > 1 else Answer.USED_UP), left - 1

    async def proven(self, conversation_id: str, address: str) -> bool:
        """Whether the shopper of this conversation showed that the address is theirs."""
        async with self._transactions() as uow:
            code = await uow.codes.get(conversation_id, address)
        return code is not None and code.proven_at is not None

    async def _check_room(self, uow: UnitOfWork, scopes: Mapping[str, str]) -> None:
        since: datetime = self._clock() - WINDOW
        for name, scope in scopes.items():
            if await uow.attempts.count(scope, since) >= LIMITS[name]:
                raise TooManyAttempts("too many codes were sent", retry_after=int(WINDOW.total_seconds()))

    def _scopes(self, conversation: Conversation, order_id: int, address: str) -> dict[str, str]:
        # An address stands here as a digest: it may be of somebody who has nothing to do with us.
        hidden = hmac.new(self._key, address.casefold().encode(), hashlib.sha256).hexdigest()[:32]
        return {
            "conversation": f"code-in:{conversation.id}",
            "address": f"code-to:{hidden}",
            "order": f"code-for:{order_id}",
        }

    def _digest(self, conversation_id: str, address: str, code: str) -> bytes:
        return hmac.new(self._key, f"{conversation_id}|{address}|{code}".encode(), hashlib.sha256).digest()
