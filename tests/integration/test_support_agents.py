"""Logging in: wrong passwords, limits that lock nobody else out, sessions that end, accounts that a setting makes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from rma.model.agents import IDLE_AFTER, SESSION_LASTS, Role
from rma.model.conversations import Status
from rma.model.errors import Conflict, Forbidden, NotFound, Refused, TooManyAttempts
from rma.service.accounts import entries
from rma.service.agents import ADDRESS_LIMIT, PAIR_LIMIT, WINDOW, AgentDesk
from tests.fixtures.support import FAST, Team, opened

HOME, AWAY = "198.51.100.7", "203.0.113.9"
PASSWORD = "ann's long password"


@pytest_asyncio.fixture
async def team(sqlite_url: str) -> AsyncIterator[Team]:
    async with opened(sqlite_url) as found:
        yield found


@pytest.fixture
def agents(team: Team) -> AgentDesk:
    return AgentDesk(team.container.transactions, team.clock, FAST)


async def refused(agents: AgentDesk, login: str, password: str, address: str) -> str:
    with pytest.raises((Refused, TooManyAttempts)) as error:
        await agents.login(login, password, address)
    return type(error.value).__name__


async def test_the_right_password_opens_a_session_and_nothing_else_does(team: Team, agents: AgentDesk) -> None:
    session, secret = await agents.login(" Ann ", PASSWORD, HOME, "a browser")
    assert session.agent.login == "ann" and session.csrf and (await agents.session(secret)).csrf == session.csrf
    assert await agents.session("guessed") is None and await agents.session("") is None
    await agents.set_disabled("bob", True)
    wrong = (("ann", "wrong"), ("nobody", "wrong"), ("bob", "bob's long password"))
    answers = [await refused(agents, *pair, AWAY) for pair in wrong]
    assert answers == ["Refused"] * 3
    async with team.container.engine.connect() as connection:
        dump = str((await connection.exec_driver_sql("SELECT * FROM agent_sessions")).all())
        dump += str((await connection.exec_driver_sql("SELECT * FROM agents")).all())
    assert secret not in dump and PASSWORD not in dump


async def test_a_lockout_locks_nobody_else_out(team: Team, agents: AgentDesk) -> None:
    for _ in range(PAIR_LIMIT):
        assert await refused(agents, "ann", "wrong", AWAY) == "Refused"
    assert await refused(agents, "ann", PASSWORD, AWAY) == "TooManyAttempts", "also with the right one"
    session, _ = await agents.login("ann", PASSWORD, HOME)
    assert session.agent.login == "ann", "whoever knows a name locked its owner out"
    await agents.login("bob", "bob's long password", AWAY)
    team.clock.forward(minutes=WINDOW.total_seconds() / 60 + 1)
    await agents.login("ann", PASSWORD, AWAY)


async def test_one_address_cannot_try_every_name(team: Team, agents: AgentDesk) -> None:
    answers = [await refused(agents, f"name{turn}", "wrong", AWAY) for turn in range(ADDRESS_LIMIT + 1)]
    assert answers[-1] == "TooManyAttempts" and set(answers[:-1]) == {"Refused"}
    await agents.login("ann", PASSWORD, HOME)


async def test_tries_at_the_same_moment_do_not_pass_together(team: Team, agents: AgentDesk) -> None:
    tries = [agents.login("ann", f"wrong{turn}", AWAY) for turn in range(20)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(type(one) is Refused for one in outcomes) == PAIR_LIMIT


async def test_many_right_logins_of_an_office_are_no_attack(team: Team, agents: AgentDesk) -> None:
    for _ in range(ADDRESS_LIMIT + 2):
        await agents.login("ann", PASSWORD, HOME)


async def test_sessions_end(team: Team, agents: AgentDesk) -> None:
    secrets = [(await agents.login("ann", PASSWORD, HOME))[1] for _ in range(4)]
    found = await agents.sessions(team.ann.id)
    assert len(found) == 4
    with pytest.raises(Forbidden):
        await agents.end_session(team.bob, found[0].id)
    await agents.end_session(team.eve, found[0].id)
    await agents.logout(secrets[1])
    alive = [await agents.session(secret) is not None for secret in secrets]
    assert alive.count(True) == 2 and not alive[1]
    await agents.set_password("ann", "quite another password")
    assert [await agents.session(secret) for secret in secrets] == [None] * 4
    assert await refused(agents, "ann", PASSWORD, HOME) == "Refused"


async def test_a_session_runs_out_and_lies_idle(team: Team, agents: AgentDesk) -> None:
    _, idle = await agents.login("ann", PASSWORD, HOME)
    _, busy = await agents.login("ann", PASSWORD, HOME)
    for _ in range(int(SESSION_LASTS / (IDLE_AFTER / 2)) - 1):
        team.clock.now += IDLE_AFTER / 2
        assert await agents.session(busy) is not None
    assert await agents.session(idle) is None
    team.clock.now += IDLE_AFTER / 2 + timedelta(seconds=1)
    assert await agents.session(busy) is None and await agents.sessions(team.ann.id) == []


async def test_there_is_always_an_admin(team: Team, agents: AgentDesk) -> None:
    with pytest.raises(Conflict, match="only admin"):
        await agents.set_role("eve", Role.AGENT)
    with pytest.raises(Conflict, match="only admin"):
        await agents.set_disabled("eve", True)
    await agents.set_role("ann", Role.ADMIN)
    outcomes = await asyncio.gather(
        agents.set_role("eve", Role.AGENT), agents.set_role("ann", Role.AGENT), return_exceptions=True
    )
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1
    with pytest.raises(NotFound):
        await agents.set_role("nobody", Role.AGENT)


async def test_who_is_disabled_leaves_their_conversations_to_the_others(team: Team, agents: AgentDesk) -> None:
    talks, desk = [await team.shopper() for _ in range(2)], team.container.support
    for talk in talks:
        await talk.say("a person please", "talk_to_human")
        await desk.take(team.ann, talk.id)
    await desk.snooze(team.ann, talks[1].id, team.clock.now + timedelta(days=1))
    await agents.set_disabled("ann", True)
    found = [await desk.get(talk.id) for talk in talks]
    assert [(one.assignee, one.status) for one in found] == [(None, Status.OPEN), (None, Status.SNOOZED)]
    with pytest.raises(Refused, match="disabled"):
        await desk.assign(team.eve, talks[0].id, "ann")


async def test_accounts_of_the_setting_are_made_once_and_leave_later_changes_alone(team: Team, agents: AgentDesk) -> None:
    hashed = FAST.hash("a hash's password")
    setting = entries(f"max:first-password;iris:{hashed}:agent", "key")
    assert await agents.ensure(setting) == ["max", "iris"] and await agents.ensure(setting) == []
    assert (await agents.get("max")).is_admin
    await agents.login("iris", "a hash's password", HOME)
    await agents.set_password("max", "changed since then")
    assert await agents.ensure(setting) == []
    await agents.login("max", "changed since then", HOME)
    assert await agents.ensure(entries("max:second-password", "key")) == ["max"]
    await agents.login("max", "second-password", HOME)


async def test_an_old_hash_is_made_anew_at_the_next_login(team: Team, agents: AgentDesk) -> None:
    stronger = AgentDesk(team.container.transactions, team.clock, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    await stronger.login("ann", PASSWORD, HOME)
    async with team.container.transactions() as uow:
        _, hashed = await uow.agents.by_login("ann")
    assert "m=16,t=2" in hashed
    await stronger.login("ann", PASSWORD, HOME)


@pytest.mark.parametrize(
    ("login", "password"), [("_", "long enough"), ("a" * 41, "long enough"), ("max", "short"), ("ann", "long enough")]
)
async def test_a_login_that_will_not_do_is_refused(team: Team, agents: AgentDesk, login: str, password: str) -> None:
    with pytest.raises((Refused, Conflict)):
        await agents.add(login, "", Role.AGENT, password)
