"""`retour refunds`: what was paid back, what is due and by when, paying it, and what failed."""

import getpass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from retour.console import one_line, out
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container
    from rma.model.refunding import Refund
    from rma.service.refunds.days import Claim

app = typer.Typer(help="Pay refunds, and see what is due and what failed.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="The return: RT- and 8 characters.", show_default=False)]


def _shown(refund: "Refund") -> str:
    from rma.model.money import written

    parts = [
        f"{written(part.amount, refund.currency)} to {part.method or 'store credit'} {part.status.value}"
        + (f" ({one_line(part.error)})" if part.error else "")
        for part in refund.parts
    ]
    amount = f"{written(refund.amount, refund.currency)} {refund.currency}"
    head = f"{refund.id}  {refund.number}  {refund.at:%Y-%m-%d %H:%M}  {refund.status.value:7}  {refund.kind.value}  {amount}"
    return "; ".join([head, *parts])


def _claimed(claim: "Claim") -> str:
    from rma.model.money import written

    state = "OVERDUE" if claim.overdue else "due"
    instead = f"  and sends {', '.join(claim.instead)}" if claim.instead else ""
    law = ", by law" if claim.legal else ""
    amount = f"{written(claim.amount, claim.currency)} {claim.currency}"
    ground = f"{claim.ground.replace('_', ' ')} {claim.since}{law}"
    return f"{claim.by:%Y-%m-%d}  {state:7}  {claim.number}  {amount}{instead}  ({ground})"


@app.command("list")
def list_refunds(
    status: Annotated[str | None, typer.Option(help="pending, paid or failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """The newest first: id, return, instant (UTC), status, kind, amount, and its parts."""

    async def work(container: "Container") -> None:
        from rma.model.codes import as_code
        from rma.model.errors import Refused
        from rma.model.refunding import RefundStatus

        wanted = as_code(RefundStatus, status) if status else None
        if status and wanted is None:
            raise Refused(f"--status {status}: expected {', '.join(RefundStatus)}")
        found = await container.refunds.find(wanted, limit)
        for refund in found:
            out().print(_shown(refund), markup=False, soft_wrap=True)
        if not found:
            out().print("no refunds", markup=False)

    with_container(work)


@app.command("due")
def due() -> None:
    """What is owed, the day that ends first at the top: day, state, return, amount, and since when it is owed."""

    async def work(container: "Container") -> None:
        found = await container.refunds.dues()
        for claim in found:
            out().print(_claimed(claim), markup=False, soft_wrap=True)
        if not found:
            out().print("nothing is due", markup=False)

    with_container(work)


@app.command("pay")
def pay(
    number: Number,
    amount: Annotated[str | None, typer.Option(help="Another amount than what is due; then with a reason.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept.")] = None,
    goodwill: Annotated[bool, typer.Option(help="More than is due, or before the goods came.")] = False,
    key: Annotated[str | None, typer.Option(help="Names this payment: the same one pays once.")] = None,
) -> None:
    """Pay what is due on a return, or send what is to go out in exchange. Exit code 1 if it was refused."""

    async def work(container: "Container") -> bool:
        from rma.model.errors import Refused
        from rma.model.refunding import RefundStatus

        try:
            wanted = None if amount is None else Decimal(amount)
        except InvalidOperation:
            raise Refused(f"--amount {one_line(amount)}: expected an amount such as 19.90") from None
        name = key or f"retour refunds pay {uuid4()}"
        rma = await container.refunds.refund(number, f"staff {getpass.getuser()}", name, wanted, reason, goodwill)
        for refund in await container.refunds.of(rma.number):
            if refund.key == name:
                out().print(f"{rma.number} is {rma.status}", markup=False)
                out().print(_shown(refund), markup=False, soft_wrap=True)
                return refund.status is not RefundStatus.FAILED
        return True

    if not with_container(work):
        raise typer.Exit(1)


@app.command("retry")
def retry(
    refund: Annotated[int, typer.Argument(help="Its id, as `list` shows it.", show_default=False)],
    as_credit: Annotated[bool, typer.Option(help="Pay it as store credit instead.")] = False,
) -> None:
    """Try a refund again that failed. Exit code 1 if it was refused again."""

    async def work(container: "Container") -> bool:
        from rma.model.refunding import RefundStatus

        done = await container.refunds.retry(refund, f"staff {getpass.getuser()}", as_credit)
        out().print(_shown(done), markup=False, soft_wrap=True)
        return done.status is not RefundStatus.FAILED

    if not with_container(work):
        raise typer.Exit(1)
