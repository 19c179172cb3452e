"""The support team's people and their sessions in tables."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.agents import Agent, Role, Session
from rma.model.errors import NotFound
from rma.store.support_tables import AgentRow, AgentSessionRow

_AGENT = ("id", "login", "name", "role", "disabled", "created_at", "last_login_at")
_SESSION = ("id", "created_at", "seen_at", "expires_at", "address", "user_agent")


def _agent(row: AgentRow) -> Agent:
    return Agent.model_validate({name: getattr(row, name) for name in _AGENT})


def _session(row: AgentSessionRow) -> Session:
    return Session(agent=_agent(row.agent), **{name: getattr(row, name) for name in _SESSION})


class SqlAgents:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def _row(self, login: str) -> AgentRow | None:
        found: AgentRow | None = await self._session.scalar(select(AgentRow).where(AgentRow.login == login))
        return found

    async def by_login(self, login: str) -> tuple[Agent, str] | None:
        row = await self._row(login)
        return (_agent(row), row.password_hash) if row else None

    async def set_from(self, login: str) -> str | None:
        return await self._session.scalar(select(AgentRow.set_from).where(AgentRow.login == login))

    async def all(self) -> list[Agent]:
        return [_agent(row) for row in await self._session.scalars(select(AgentRow).order_by(AgentRow.login))]

    async def add(self, login: str, name: str, role: Role, password_hash: str, at: datetime) -> Agent:
        row = AgentRow(login=login, name=name, role=role, password_hash=password_hash, disabled=False, created_at=at)
        self._session.add(row)
        await self._session.flush()
        return _agent(row)

    async def change(self, login: str, **fields: object) -> Agent:
        """Raises NotFound."""
        row = await self._row(login)
        if row is None:
            raise NotFound(f"there is no user {login}; `retour users list` shows them")
        for name, value in fields.items():
            setattr(row, name, value)
        await self._session.flush()
        return _agent(row)

    async def lock_admins(self) -> int:
        """How many admins can log in, with their rows held until the transaction ends: of two that demote each other at once,
        one has to wait and sees the other."""
        query = select(AgentRow.id).where(AgentRow.role == Role.ADMIN, AgentRow.disabled.is_(False))
        return len(list(await self._session.scalars(query.with_for_update())))

    async def open_session(
        self, agent_id: int, digest: bytes, at: datetime, expires_at: datetime, address: str | None, client: str | None
    ) -> Session:
        row = AgentSessionRow(
            agent_id=agent_id, digest=digest, created_at=at, seen_at=at, expires_at=expires_at,
            address=(address or "")[:100] or None, user_agent=(client or "")[:200] or None,
        )  # fmt: skip
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row, ["agent"])
        return _session(row)

    async def session(self, digest: bytes) -> Session | None:
        row = await self._session.scalar(select(AgentSessionRow).where(AgentSessionRow.digest == digest))
        return _session(row) if row else None

    async def session_by_id(self, session_id: int) -> Session | None:
        row = await self._session.get(AgentSessionRow, session_id)
        return _session(row) if row else None

    async def sessions(self, agent_id: int) -> list[Session]:
        rows = await self._session.scalars(
            select(AgentSessionRow).where(AgentSessionRow.agent_id == agent_id).order_by(AgentSessionRow.seen_at.desc())
        )
        return [_session(row) for row in rows]

    async def touch(self, session_id: int, at: datetime) -> None:
        row = await self._session.get(AgentSessionRow, session_id)
        if row is not None:
            row.seen_at = at
            await self._session.flush()

    async def end_session(self, session_id: int) -> None:
        await self._session.execute(delete(AgentSessionRow).where(AgentSessionRow.id == session_id))

    async def end_sessions(self, agent_id: int, but: int | None = None) -> int:
        mine = AgentSessionRow.agent_id == agent_id
        if but is not None:
            mine = mine & (AgentSessionRow.id != but)
        count = await self._session.scalar(select(func.count(AgentSessionRow.id)).where(mine)) or 0
        await self._session.execute(delete(AgentSessionRow).where(mine))
        return count

    async def forget_sessions(self, before: datetime) -> None:
        await self._session.execute(delete(AgentSessionRow).where(AgentSessionRow.expires_at < before))
