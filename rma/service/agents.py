"""People of the support team: their accounts, logging in, the sessions they have."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rma.model.agents import IDLE_AFTER, SESSION_LASTS, Agent, Role, Session
from rma.model.conversations import Status
from rma.model.errors import Conflict, Forbidden, NotFound, Refused, TooManyAttempts
from rma.model.support import SupportEvent
from rma.service.accounts import LONGEST, Entry, checked_login, checked_password
from rma.service.ports import Clock, Transactions, UnitOfWork

WINDOW = timedelta(minutes=15)
PAIR_LIMIT, ADDRESS_LIMIT = 5, 30
"""Wrong passwords in the window for one login from one address, and from one address in all. Never for a login from everywhere:
whoever knew a name could then lock its owner out."""
_TOUCHED_EVERY = timedelta(minutes=1)
WRONG = "wrong name or password"


class AgentDesk:
    def __init__(self, transactions: Transactions, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._transactions = transactions
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None
        # Each verification takes 64 MiB for some tens of milliseconds: a storm of logins must not take the machine.
        self._one_at_a_time = asyncio.Semaphore(2)

    # -- logging in ---------------------------------------------------------------------------------------------------

    async def login(
        self, login: str, password: str, address: str, user_agent: str | None = None
    ) -> tuple[Session, str]:
        """The session and its secret, for a cookie. Raises Refused alike for an unknown, a disabled and a wrong one, in about the
        same time; TooManyAttempts."""
        login, scopes = login.strip().casefold()[:100], _scopes(login, address)
        now = self._clock()
        async with self._transactions() as uow:
            for scope, limit in zip(scopes, (PAIR_LIMIT, ADDRESS_LIMIT), strict=True):
                if await uow.attempts.count(scope, now - WINDOW) >= limit:
                    raise TooManyAttempts("too many wrong passwords; wait a while", int(WINDOW.total_seconds()))
            known = await uow.agents.by_login(login)
            # Counted before it is checked, and taken back when it was right: tries at the same moment do not pass together.
            await uow.attempts.add(scopes, now)
        right = await self._verified(known[1] if known else None, password)
        if known is None or not right or known[0].disabled:
            raise Refused(WRONG)
        fresh = await self._hash(password) if self._hasher.check_needs_rehash(known[1]) else None
        secret = secrets.token_urlsafe(32)
        async with self._transactions() as uow:
            again = await uow.agents.by_login(login)
            # Between the two somebody may have disabled the account, or changed the password.
            if again is None or again[0].disabled or again[1] != known[1]:
                raise Refused(WRONG)
            await uow.attempts.clear(scopes[0])
            await uow.attempts.clear(scopes[1], now)
            agent = await uow.agents.change(
                login, last_login_at=now, **({"password_hash": fresh} if fresh else {})
            )
            await uow.agents.forget_sessions(now)
            session = await uow.agents.open_session(
                agent.id, _digest(secret), now, now + SESSION_LASTS, address, user_agent
            )
            await uow.support.note(
                SupportEvent(conversation=None, kind="logged_in", at=now, by=login, detail={"address": address})
            )
        return session.model_copy(update={"csrf": csrf_of(secret)}), secret

    async def session(self, secret: str) -> Session | None:
        """Who comes with this secret; None when it is unknown, was ended, has run out or lay idle. Notes that it was used."""
        now = self._clock()
        async with self._transactions() as uow:
            found = await uow.agents.session(_digest(secret))
            if found is None or found.agent.disabled:
                return None
            if now >= found.expires_at or now - found.seen_at > IDLE_AFTER:
                await uow.agents.end_session(found.id)
                return None
            if now - found.seen_at >= _TOUCHED_EVERY:
                await uow.agents.touch(found.id, now)
        return found.model_copy(update={"csrf": csrf_of(secret)})

    async def logout(self, secret: str) -> None:
        async with self._transactions() as uow:
            if found := await uow.agents.session(_digest(secret)):
                await uow.agents.end_session(found.id)

    async def sessions(self, agent_id: int) -> list[Session]:
        """Those that still count, the one used last first."""
        now = self._clock()
        async with self._transactions() as uow:
            found = await uow.agents.sessions(agent_id)
        return [one for one in found if now < one.expires_at and now - one.seen_at <= IDLE_AFTER]

    async def end_session(self, by: Agent, session_id: int) -> None:
        async with self._transactions() as uow:
            found = await uow.agents.session_by_id(session_id)
            if found is None:
                raise NotFound("there is no such session; it may have ended")
            if found.agent.id != by.id and not by.is_admin:
                raise Forbidden("only an admin ends other people's sessions")
            await uow.agents.end_session(session_id)

    async def end_sessions(self, agent_id: int, but: int | None = None) -> int:
        """How many it ended."""
        async with self._transactions() as uow:
            return await uow.agents.end_sessions(agent_id, but)

    # -- accounts -----------------------------------------------------------------------------------------------------

    async def everybody(self) -> list[Agent]:
        async with self._transactions() as uow:
            return await uow.agents.all()

    async def get(self, login: str) -> Agent:
        async with self._transactions() as uow:
            return (await self._known(uow, login))[0]

    async def add(self, login: str, name: str, role: Role, password: str) -> Agent:
        """Raises Refused for a login or password that will not do, Conflict for one that is taken."""
        login, name = checked_login(login), " ".join(name.split())[:100]
        hashed = password if _is_hash(password) else await self._hash(checked_password(password))
        now = self._clock()
        async with self._transactions() as uow:
            if await uow.agents.by_login(login):
                raise Conflict(f"there is a user {login} already")
            agent = await uow.agents.add(login, name or login, role, hashed, now)
            await self._noted(uow, "user_added", login, role=role.value)
            return agent

    async def ensure(self, entries: Sequence[Entry]) -> list[str]:
        """Makes or changes the accounts of a setting; the logins of those that were. One whose entry is as it was the last time is
        left alone, so that a password changed since stays changed."""
        touched = []
        for entry in entries:
            async with self._transactions() as uow:
                if await uow.agents.set_from(entry.login) == entry.mark:
                    continue
            hashed = entry.secret if _is_hash(entry.secret) else await self._hash(entry.secret)
            now = self._clock()
            async with self._transactions() as uow:
                known = await uow.agents.by_login(entry.login)
                if known is None:
                    await uow.agents.add(entry.login, entry.login, entry.role, hashed, now)
                else:
                    await uow.agents.end_sessions(known[0].id)
                fields = {"password_hash": hashed, "role": entry.role, "disabled": False, "set_from": entry.mark}
                await uow.agents.change(entry.login, **fields)
                await self._noted(uow, "user_set", entry.login, role=entry.role.value)
            touched.append(entry.login)
        return touched

    async def set_password(self, login: str, password: str) -> None:
        """Ends the account's sessions."""
        await self._set_hash(login, password if _is_hash(password) else await self._hash(checked_password(password)))

    async def change_own_password(self, agent: Agent, old: str, new: str) -> None:
        """Raises Refused for a wrong old one. Ends the account's sessions, this one too."""
        async with self._transactions() as uow:
            _, hashed = await self._known(uow, agent.login)
        if not await self._verified(hashed, old):
            raise Refused("the old password is wrong")
        await self._set_hash(agent.login, await self._hash(checked_password(new)))

    async def _set_hash(self, login: str, hashed: str) -> None:
        async with self._transactions() as uow:
            agent, _ = await self._known(uow, login)
            await uow.agents.change(agent.login, password_hash=hashed)
            await uow.agents.end_sessions(agent.id)
            await self._noted(uow, "password_changed", agent.login)

    async def set_role(self, login: str, role: Role) -> Agent:
        """Raises Conflict when nobody would be admin any more. Ends the account's sessions."""
        async with self._transactions() as uow:
            admins = await uow.agents.lock_admins()
            agent, _ = await self._known(uow, login)
            if agent.is_admin and role is not Role.ADMIN and not agent.disabled and admins < 2:
                raise Conflict(f"{agent.login} is the only admin; make somebody else one first")
            if agent.role is not role:
                await uow.agents.end_sessions(agent.id)
                await self._noted(uow, "role_changed", agent.login, role=role.value)
            return await uow.agents.change(agent.login, role=role)

    async def set_disabled(self, login: str, disabled: bool) -> Agent:
        """Raises Conflict when nobody would be admin any more. A disabled one's sessions end, and what they had waits for the
        others."""
        async with self._transactions() as uow:
            admins = await uow.agents.lock_admins()
            agent, _ = await self._known(uow, login)
            if disabled and agent.is_admin and not agent.disabled and admins < 2:
                raise Conflict(f"{agent.login} is the only admin; make somebody else one first")
            if disabled:
                await uow.agents.end_sessions(agent.id)
                await self._released(uow, agent.login)
            await self._noted(uow, "user_disabled" if disabled else "user_enabled", agent.login)
            return await uow.agents.change(agent.login, disabled=disabled)

    async def _released(self, uow: UnitOfWork, login: str) -> None:
        now = self._clock()
        for conversation_id in await uow.support.held_by(login):
            support = await uow.support.get(conversation_id)
            if support is not None:
                if support.status is Status.SNOOZED:
                    support.assignee = None
                else:
                    support.take(None, now)
                await uow.support.save(support)
                await uow.support.note(
                    SupportEvent(
                        conversation=conversation_id, kind="unassigned", at=now, by="system", detail={"from": login}
                    )
                )

    async def _noted(self, uow: UnitOfWork, kind: str, login: str, **detail: str) -> None:
        event = SupportEvent(
            conversation=None, kind=kind, at=self._clock(), by="system", detail={"login": login, **detail}
        )
        await uow.support.note(event)

    @staticmethod
    async def _known(uow: UnitOfWork, login: str) -> tuple[Agent, str]:
        found = await uow.agents.by_login(login.strip().casefold())
        if found is None:
            raise NotFound(f"there is no user {login}; `retour users list` shows them")
        return found

    # -- hashing ------------------------------------------------------------------------------------------------------

    async def _hash(self, password: str) -> str:
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verified(self, hashed: str | None, password: str) -> bool:
        """The same work for nobody as for somebody."""
        if hashed is None and self._nobody is None:
            self._nobody = await self._hash(secrets.token_urlsafe(16))
        async with self._one_at_a_time:
            matches = await asyncio.to_thread(self._matches, hashed or self._nobody or "", password[:LONGEST])
        return matches and hashed is not None

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def _is_hash(text: str) -> bool:
    return text.startswith("$argon2id$")


def _scopes(login: str, address: str) -> list[str]:
    pair = hashlib.sha256(f"{login.strip().casefold()}\0{address}".encode()).hexdigest()
    return [f"login:{pair}", f"login-from:{address}"]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def csrf_of(secret: str) -> str:
    """What a form of this session carries. It follows from the secret, and the secret not from it."""
    return hmac.new(secret.encode(), b"retour console csrf", hashlib.sha256).hexdigest()
