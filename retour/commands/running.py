"""`retour up` and `retour doctor`."""

from typing import Annotated

import typer
from rich.table import Table

from retour.console import err, out, say


def up(
    port: Annotated[int, typer.Option(help="Where shoppers reach it.", envvar="RETOUR_PORT", min=1, max=65535)] = 8080,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Load the demo shop into an empty database.")] = True,
) -> None:
    """Start everything: what `make run` runs once installed. Ctrl-C stops it."""
    from retour.up import up as run

    run(port, demo)


def doctor() -> None:
    """Say what is configured, what is missing and how to mend it. Exit code 1 if something required is missing."""
    from retour import keyring
    from retour.checks import everything
    from rma.model.errors import ConfigurationError
    from rma.settings import Settings

    plain = Settings.load()
    try:
        settings = keyring.settings()
    except ConfigurationError:  # the secrets' file, which is one of the findings
        settings = plain
    findings = list(everything(settings))
    if out().is_terminal:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for title in ("", "what", "found"):
            table.add_column(title, overflow="fold")
        for finding in findings:
            table.add_row(_mark(finding.ok, finding.required), finding.name, finding.detail)
        out().print(table, markup=False, soft_wrap=False)
    else:
        for finding in findings:
            out().print(f"{_mark(finding.ok, finding.required):8} {finding.name:20} {finding.detail}", markup=False)
    wrong = [finding.name for finding in findings if not finding.ok and finding.required]
    if wrong:
        say(f"retour: to be mended: {', '.join(wrong)}")
        raise typer.Exit(1)
    err().print("everything required is there", markup=False)


def _mark(ok: bool, required: bool) -> str:
    return "ok" if ok else "MISSING" if required else "note"
