"""The `retour` command. Each group of commands is a file of retour/commands; expected failures become one line and exit
code 1."""

import sys

import typer

from retour.commands import (
    carrier,
    conversations,
    hooks,
    insights,
    keys,
    language,
    messages,
    privacy,
    refunds,
    review,
    running,
    shop,
    users,
    withdrawals,
)
from retour.commands import policy as policies
from retour.console import one_line, say
from rma.model.errors import RetourError

app = typer.Typer(
    name="retour",
    help="A conversational returns assistant for online shops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("up")(running.up)
app.command("chat")(conversations.chat)
app.command("train")(language.train)
app.command("parse")(language.parse)
app.command("decide")(policies.decide)
app.command("import")(shop.import_orders)
app.command("stock")(shop.stock)
app.command("doctor")(running.doctor)
app.command("worker")(messages.worker)
app.add_typer(policies.app, name="policy")
app.add_typer(conversations.tickets, name="tickets")
app.add_typer(users.app, name="users")
app.add_typer(withdrawals.app, name="withdrawals")
app.add_typer(refunds.app, name="refunds")
app.add_typer(privacy.app, name="privacy")
app.add_typer(messages.outbox, name="outbox")
app.add_typer(hooks.app, name="hooks")
app.add_typer(keys.app, name="keys")
app.add_typer(insights.app, name="insights")
app.add_typer(carrier.app, name="carrier")
app.add_typer(review.app, name="review-nlu")


def explain(error: BaseException) -> str:
    """One line: what went wrong, where, and what to do if that is known."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    first, *more = (str(error).strip() or type(error).__name__).split("\n")
    return one_line(first) + (f" (and {len(more)} more problems)" if more else "")


def main() -> None:
    """Runs the command and exits. An error that nobody expected keeps its traceback: it is a fault to report."""
    try:
        app()
    except BrokenPipeError:
        # Whoever read our output has enough, as with `retour parse | head`.
        sys.stderr.close()
        sys.exit(141)
    except (RetourError, OSError) as error:
        say(f"retour: {explain(error)}")
        sys.exit(1)
