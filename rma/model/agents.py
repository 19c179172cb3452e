"""People of the support team, and the sessions in which they are logged in."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

SESSION_LASTS = timedelta(hours=12)
IDLE_AFTER = timedelta(minutes=60)
SHORTEST_PASSWORD = 10


class Role(StrEnum):
    AGENT = "agent"
    ADMIN = "admin"


Login = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,39}$")]


class Agent(BaseModel):
    id: int
    login: str
    name: str
    role: Role
    disabled: bool = False
    created_at: datetime
    last_login_at: datetime | None = None

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN


class Session(BaseModel):
    """`csrf` follows from the session's secret; empty where the secret is not at hand."""

    id: int
    agent: Agent
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None = None
    user_agent: str | None = None
    csrf: str = ""
