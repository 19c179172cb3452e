"""`retour keys`: which programs may use the staff API, and for what."""

from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container

app = typer.Typer(
    help="Keys of the staff API, each for one program. RETOUR_API_KEY may everything.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="What events call the program: warehouse, erp.", show_default=False)]


@app.command("add")
def add(
    name: Name,
    scope: Annotated[
        list[str], typer.Option("--scope", help="What it may, once each; `retour keys scopes` lists them.")
    ],
) -> None:
    """Make a key and keep it in var/secrets.json, for you to take to the program. The database has its digest only."""
    from retour import keyring

    async def work(container: "Container") -> None:
        var = container.settings.var
        key = await container.keys.add(name, scope)
        keyring.keep(var, f"api key of {name}", key)
        out().print(f"made a key for {name} and kept it in {keyring.path(var)}", markup=False)

    with_container(work)


@app.command("scopes")
def scopes() -> None:
    """What a key can be for."""
    from rma.model.staff import Scope

    for scope in Scope:
        typer.echo(scope.value)


@app.command("list")
def list_keys() -> None:
    """All keys, with what they may."""

    async def work(container: "Container") -> None:
        known = await container.keys.everyone()
        for key in known:
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            state = f"  revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
            out().print(f"{key.name:20} last used {used:16}  {one_line(' '.join(key.scopes))}{state}", markup=False)
        if not known:
            out().print("none yet: `retour keys add warehouse --scope returns:receive`", markup=False)

    with_container(work)


@app.command("revoke")
def revoke(name: Name) -> None:
    """From now on the key is none. Its name stays taken: events still say it."""

    async def work(container: "Container") -> None:
        await container.keys.revoke(name)
        out().print(f"the key of {name} is revoked", markup=False)

    with_container(work)
