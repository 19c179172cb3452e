"""Keys of the staff API and answered requests, in tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import as_code
from rma.model.staff import Answer, ApiKey, Claim, KeptRequest, Scope
from rma.store.staff_tables import ApiKeyRow, StaffRequestRow

_R = StaffRequestRow


def _key(row: ApiKeyRow) -> ApiKey:
    # A scope that a later version gave and this one does not know allows nothing here.
    scopes = tuple(scope for scope in (as_code(Scope, value) for value in row.scopes) if scope)
    return ApiKey(row.name, row.public, row.digest, scopes, row.created_at, row.last_used_at, row.revoked_at)


class SqlApiKeys:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, key: ApiKey) -> None:
        row = ApiKeyRow(
            name=key.name, public=key.public, digest=key.digest, scopes=list(key.scopes), created_at=key.created_at
        )
        self._session.add(row)
        await self._session.flush()

    async def by_public(self, public: str) -> ApiKey | None:
        row = await self._session.scalar(select(ApiKeyRow).where(ApiKeyRow.public == public))
        return _key(row) if row else None

    async def by_name(self, name: str) -> ApiKey | None:
        row = await self._session.scalar(select(ApiKeyRow).where(ApiKeyRow.name == name))
        return _key(row) if row else None

    async def everyone(self) -> list[ApiKey]:
        return [_key(row) for row in await self._session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.name))]

    async def used(self, name: str, at: datetime) -> None:
        await self._session.execute(update(ApiKeyRow).where(ApiKeyRow.name == name).values(last_used_at=at))

    async def revoke(self, name: str, at: datetime) -> None:
        await self._session.execute(
            update(ApiKeyRow).where(ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None)).values(revoked_at=at)
        )


class SqlStaffRequests:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, owner: str, key: str) -> KeptRequest | None:
        row = await self._session.get(_R, (owner, key), with_for_update=True, populate_existing=True)
        if row is None:
            return None
        answer = Answer(row.status, row.body or "", row.headers or {}) if row.status is not None else None
        return KeptRequest(row.fingerprint, row.token, row.started_at, row.tried_at, answer)

    async def start(self, claim: Claim, fingerprint: str, at: datetime) -> None:
        row = _R(
            owner=claim.owner, key=claim.key, token=claim.token, fingerprint=fingerprint, started_at=at, tried_at=at
        )
        self._session.add(row)
        await self._session.flush()

    async def take_over(self, claim: Claim, at: datetime) -> None:
        await self._session.execute(
            update(_R).where(_R.owner == claim.owner, _R.key == claim.key).values(token=claim.token, tried_at=at)
        )

    async def answer(self, claim: Claim, answer: Answer) -> bool:
        written = {"status": answer.status, "body": answer.body, "headers": dict(answer.headers)}
        return await self._changed(update(_R).where(*_open(claim)).values(**written)) == 1

    async def drop(self, claim: Claim) -> None:
        await self._changed(delete(_R).where(*_open(claim)))

    async def forget(self, owner: str, key: str) -> None:
        await self._changed(delete(_R).where(_R.owner == owner, _R.key == key))

    async def forget_before(self, moment: datetime) -> int:
        return await self._changed(delete(_R).where(_R.started_at < moment))

    async def _changed(self, statement: Any) -> int:
        options = {"synchronize_session": False}
        return int((await self._session.execute(statement, execution_options=options)).rowcount)  # type: ignore[attr-defined]


def _open(claim: Claim) -> tuple[Any, ...]:
    return _R.owner == claim.owner, _R.key == claim.key, _R.token == claim.token, _R.status.is_(None)
