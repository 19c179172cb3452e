"""`retour decide` and `retour policy`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from retour.console import one_line, out, say

app = typer.Typer(help="Look at the shop's return policy.", no_args_is_help=True)


def decide() -> None:
    """Decide JSON lines: order, request, history, now from standard input, one decision each to standard output."""
    from retour.decide import decide_stream
    from rma.policy import load_policy
    from rma.settings import Settings

    # Bytes: a line that is not UTF-8 is answered as such.
    decide_stream(sys.stdin.buffer, sys.stdout, load_policy(Settings.load().policy))


@app.command("check")
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A policy file; the shop's own if not given.", show_default=False)
    ] = None,
) -> None:
    """Say what is wrong with a policy file, with line and key; exit code 1 if anything is."""
    from retour.policy import check as problems_of
    from rma.settings import Settings

    path = file or Settings.load().policy
    problems = problems_of(path)
    for problem in problems:
        say(one_line(problem))
    if problems:
        raise typer.Exit(1)
    out().print(f"{path}: can be used", markup=False)


@app.command("check-dispositions")
def check_dispositions(
    file: Annotated[
        Path | None, typer.Argument(help="A file of rules; the shop's own if not given.", show_default=False)
    ] = None,
) -> None:
    """Say what is wrong with the rules for what comes back; exit code 1 if anything is."""
    from rma.model.errors import ConfigurationError
    from rma.policy.dispositions import load_dispositions
    from rma.settings import Settings

    path = file or Settings.load().dispositions
    try:
        rules = load_dispositions(path).rules
    except ConfigurationError as error:
        say(one_line(error))
        raise typer.Exit(1) from None
    out().print(f"{path}: can be used, {len(rules)} rules", markup=False)


@app.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="The policy to compare with.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The policy to try.", show_default=False)],
    cases: Annotated[
        Path | None,
        typer.Option(
            help="JSON lines, the input of `retour decide`; - for standard input. What the shop decided, if not given."
        ),
    ] = None,
) -> None:
    """Replay past decisions with two policies and say which would be decided otherwise, and what would be paid."""
    from retour.policy import diff as compare
    from retour.policy import past_cases

    if cases is None:
        comparison = compare(old, new, past_cases())
    elif str(cases) == "-":
        comparison = compare(old, new, sys.stdin.buffer)
    else:
        with cases.open("rb") as lines:
            comparison = compare(old, new, lines)
    for line in comparison.report():
        out().print(one_line(line), markup=False)
    if comparison.unreadable:
        raise typer.Exit(1)
