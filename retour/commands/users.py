"""`retour users`: who may log in to the console."""

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out, say
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container

app = typer.Typer(help="The people of the support team, who log in at /console.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="The name to log in with.", show_default=False)]
RoleName = Annotated[str, typer.Option(help="agent or admin.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make up a password and keep it in var/secrets.json.")]


def _role(name: str) -> str:
    from rma.model.agents import Role
    from rma.model.errors import Refused

    if name not in set(Role):
        raise Refused(f"--role {name}: expected {' or '.join(Role)}")
    return Role(name)


def _password() -> str:
    """Asked for twice at a terminal, else the first line of the input. Never an argument: those can be seen by others."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _chosen(login: str, generate: bool) -> str:
    from retour import keyring
    from rma.settings import Settings

    if not generate:
        return _password()
    var, password = Settings.load().var, secrets.token_urlsafe(12)
    keyring.keep(var, f"password of {login}", password)
    say(f"made up a password and kept it in {keyring.path(var)}")
    return password


@app.command("add")
def add(
    login: Login,
    role: RoleName = "agent",
    name: Annotated[str, typer.Option(help="The name that shoppers read; else the login.")] = "",
    generate: Generate = False,
) -> None:
    """Add somebody. The password is asked for, or read from the input."""
    from rma.model.agents import Role
    from rma.service.accounts import checked_login

    wanted, known = Role(_role(role)), checked_login(login)
    password = _chosen(known, generate)

    async def work(container: "Container") -> None:
        agent = await container.agents.add(known, name, wanted, password)
        out().print(f"{agent.login} is {agent.role} now", markup=False)

    with_container(work)


@app.command("list")
def list_users() -> None:
    """Everybody, with their role."""

    async def work(container: "Container") -> None:
        people = await container.agents.everybody()
        for agent in people:
            seen = f"{agent.last_login_at:%Y-%m-%d %H:%M}" if agent.last_login_at else "never"
            state = "  disabled" if agent.disabled else ""
            out().print(
                f"{agent.login:20} {agent.role:6} last login {seen:16}  {one_line(agent.name)}{state}", markup=False
            )
        if not people:
            out().print("nobody yet: `retour users add NAME --role admin`", markup=False)

    with_container(work)


@app.command("password")
def password(login: Login, generate: Generate = False) -> None:
    """Set a new password; ends their sessions."""
    from rma.service.accounts import checked_login

    known = checked_login(login)

    async def known_to_us(container: "Container") -> None:
        await container.agents.get(known)

    with_container(known_to_us)
    chosen = _chosen(known, generate)

    async def work(container: "Container") -> None:
        await container.agents.set_password(known, chosen)
        out().print(f"{known} has a new password", markup=False)

    with_container(work)


@app.command("role")
def role(login: Login, role: Annotated[str, typer.Argument(help="agent or admin.", show_default=False)]) -> None:
    """Give somebody another role; ends their sessions."""
    from rma.model.agents import Role

    wanted = Role(_role(role))

    async def work(container: "Container") -> None:
        agent = await container.agents.set_role(login.strip().casefold(), wanted)
        out().print(f"{agent.login} is {agent.role} now", markup=False)

    with_container(work)


@app.command("disable")
def disable(
    login: Login, undo: Annotated[bool, typer.Option("--undo", help="Let them log in again.")] = False
) -> None:
    """Keep somebody out; ends their sessions, and what they had waits for the others."""

    async def work(container: "Container") -> None:
        agent = await container.agents.set_disabled(login.strip().casefold(), not undo)
        out().print(f"{agent.login} can{'not' if agent.disabled else ''} log in{' now' if undo else ''}", markup=False)

    with_container(work)
