"""`retour insights`: the figures counted anew, and invented returns to look at them with."""

from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import out
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container

app = typer.Typer(help="The merchant's figures at /insights.", no_args_is_help=True)


@app.command("rebuild")
def rebuild() -> None:
    """Count all figures anew from orders and returns. They keep up by themselves; this is for after products were put together
    differently in the catalogue, and for doubt."""

    async def work(container: "Container") -> None:
        out().print(f"{await container.insights.rebuild()} returns counted", markup=False)

    # Shoppers are numbers made under the secret: the gateway has to make the same.
    with_container(work, made_up=True)


@app.command("sample")
def sample(
    returns: Annotated[int, typer.Option("--returns", min=1, max=1_000_000, help="About how many returns to make up.")] = 500,
    months: Annotated[int, typer.Option("--months", min=1, max=60, help="Over how many months.")] = 24,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same shop.")] = 7,
    remove: Annotated[bool, typer.Option("--remove", help="Take them out again.")] = False,
) -> None:
    """Make up orders and returns in a demo shop, so that there is something to see. Refused where there is one order of a person
    that may exist. Their orders are called SAMPLE-…, and /insights says that they are invented."""

    async def work(container: "Container") -> None:
        desk = container.insights
        if remove:
            done = f"{await desk.remove_sample()} invented returns taken out"
        else:
            done = f"{await desk.add_sample(returns, seed, months)} returns made up"
        await desk.keep_up()
        out().print(done, markup=False)

    # Shoppers are numbers made under the secret: the gateway has to make the same.
    with_container(work, made_up=True)
