"""`retour withdrawals`: what was declared on the page or in a chat, and which order it is about."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container
    from rma.model.withdrawals import Withdrawal

app = typer.Typer(help="Read withdrawals from contracts, and link them to their orders.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(help="WD- and 8 characters.", show_default=False)]


def _shown(withdrawal: "Withdrawal") -> str:
    order = one_line(withdrawal.statement.order)
    outcome = ", ".join([*filter(None, [withdrawal.return_number]), *withdrawal.why]) or "-"
    return (
        f"{withdrawal.reference}  {withdrawal.submitted_at:%Y-%m-%d %H:%M}  {withdrawal.status:8}  {order}  {outcome}"
    )


@app.command("list")
def list_withdrawals(everything: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False) -> None:
    """The withdrawals that wait for a person, oldest first: reference, instant (UTC), status, order as typed, return or why."""

    async def work(container: "Container") -> None:
        from rma.model.withdrawals import WithdrawalStatus

        found = await container.withdrawals.find()
        shown = [item for item in found if everything or item.status is not WithdrawalStatus.SETTLED]
        for withdrawal in shown:
            out().print(_shown(withdrawal), markup=False)
        if not shown:
            out().print("no withdrawals", markup=False)

    with_container(work)


@app.command("show")
def show(reference: Reference) -> None:
    """All that was declared, and what came of it."""

    async def work(container: "Container") -> None:
        withdrawal = await container.withdrawals.get(reference)
        out().print(_shown(withdrawal), markup=False)
        for name, value in withdrawal.statement.model_dump(mode="json").items():
            out().print(f"{name}: {one_line(value if value is not None else 'the whole order')}", markup=False)

    with_container(work)


@app.command("link")
def link(
    reference: Reference,
    order: Annotated[str, typer.Argument(help="The number of the order that it is about.", show_default=False)],
    line: Annotated[
        list[str] | None,
        typer.Option(
            help="A line that is meant, as ID or ID=UNITS; give it again for another. Else all that was declared."
        ),
    ] = None,
) -> None:
    """Say which order a withdrawal is about; what the law gives back then becomes a return, as of the day it was declared."""

    async def work(container: "Container") -> None:
        by = f"staff {getpass.getuser()}"
        async with container.transactions() as uow:
            found = await uow.orders.find(order)
        bought = {item.id: item.quantity for item in found[1].lines} if found else {}
        units = {name: count or bought.get(name, 1) for name, count in map(_units, line)} if line else None
        out().print(_shown(await container.withdrawals.link(reference, order, by, units)), markup=False)

    with_container(work)


def _units(text: str) -> tuple[str, int | None]:
    """Raises Refused for what is not ID or ID=UNITS."""
    from rma.model.errors import Refused

    name, equals, count = text.rpartition("=")
    if not equals:
        return text, None
    if not count.isdecimal() or not int(count):
        raise Refused(f"--line {text}: expected a line's id, or id=units such as 2=1")
    return name, int(count)
