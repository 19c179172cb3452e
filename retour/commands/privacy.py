"""`retour privacy`: a copy of what is kept about a person, and its erasure (GDPR art. 15, 17 and 20). Make sure that it is that
person who asks: what comes out is all they ever wrote."""

import getpass
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out, say
from retour.container import with_container
from rma.model.errors import ConfigurationError

if TYPE_CHECKING:
    from rma.bootstrap import Container
    from rma.model.privacy import Erasure, Kept

app = typer.Typer(help="Copy or erase what is kept about a person.", no_args_is_help=True)

Number = Annotated[str | None, typer.Option("--order", help="An order of theirs; their other orders are found by it.")]
Email = Annotated[str | None, typer.Option("--email", help="Their e-mail address.")]
Phone = Annotated[str | None, typer.Option("--phone", help="Their phone number.")]


@app.command("export")
def export(
    order: Number = None,
    email: Email = None,
    phone: Phone = None,
    file: Annotated[Path | None, typer.Option("--out", help="Where to write it; else standard output.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also as a page to read, in their language.")] = None,
) -> None:
    """Everything that is kept about a person, as JSON: orders, returns, conversations with photos and notes, messages sent and
    received, withdrawals, opt-outs."""

    async def work(container: "Container") -> None:
        from retour.transcript import page
        from rma.policy.markets import market_of

        person, document = await container.privacy.export(container.privacy.wanted(order, email, phone))
        content = json.dumps(document, ensure_ascii=False, indent=2)
        if html is not None:
            zone = market_of(container.shop_profile.market).zone
            _write(html, page(document, container.texts, person.language, zone))
        if file is not None:
            _write(file, content)
        else:
            print(content)
        for number in person.shared:
            say(f"left out: what was texted from {number}, with which somebody else orders too; ask for it with --phone")

    with_container(work)


@app.command("erase")
def erase(
    order: Number = None,
    email: Email = None,
    phone: Phone = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased, kept and left waiting.")] = False,
) -> None:
    """Erase what is kept about a person, except what the law wants kept, which is listed with its basis. What is not over yet, such
    as a parcel on its way, is erased of itself once it is."""

    async def work(container: "Container") -> None:
        desk, by = container.privacy, f"staff {getpass.getuser()}"
        wanted = desk.wanted(order, email, phone)
        if dry_run or not yes:
            plan = await desk.erase(wanted, by, rehearse=True)
            _show(plan, "would be erased")
            if dry_run or not (plan.did_something or plan.waiting):
                return
            typer.confirm("Erase it? This cannot be undone.", abort=True, err=True)
        _show(await desk.erase(wanted, by), "erased")

    with_container(work)


def _show(report: "Erasure", done: str) -> None:
    printer = out()
    if not report.erased:
        printer.print("nothing to erase", markup=False)
    for what, count in report.erased.items():
        printer.print(f"{done}: {count} {what}", markup=False)
    for item in report.waiting:
        printer.print(f"waits: {_named(item)}: {one_line(item.why)} [{item.basis.law}]", markup=False)
    for item in report.kept:
        printer.print(f"kept: {_named(item)}: {one_line(item.why)} [{item.basis.law}]", markup=False)
    for line in report.elsewhere:
        printer.print(f"elsewhere: {one_line(line)}", markup=False)


def _named(item: "Kept") -> str:
    names = ", ".join(one_line(name) for name in item.names)
    return f"{item.count} {item.what}" + (f" ({names})" if names else "")


def _write(path: Path, content: str) -> None:
    """For its owner alone to read. Raises ConfigurationError for a place that cannot be written."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            stream.write(content)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error
