"""`retour review-nlu`: what was not understood, listed, labelled and added to the training data."""

import getpass
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from retour.console import one_line, out, say
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container
    from rma.service.review import Shown

E = TypeVar("E", bound=StrEnum)

app = typer.Typer(
    help="Look at messages that were not understood or ended with a person, say what was meant, add them to the training data. "
    "Without a command it goes through them one by one."
)

Number = Annotated[int, typer.Argument(help="The message's number, from `retour review-nlu list`.", min=1, show_default=False)]
Since = Annotated[str | None, typer.Option(help="Noted on that day or later, as 2026-11-30 (UTC), or an instant with offset.")]
WhyNoted = Annotated[str | None, typer.Option(help="not_understood, person or unsure.")]
Lang = Annotated[str | None, typer.Option(help="en or fr.")]


@app.callback(invoke_without_command=True)
def walk(context: typer.Context, since: Since = None, cause: WhyNoted = None, language: Lang = None) -> None:
    """Go through the waiting messages, oldest first."""
    if context.invoked_subcommand is not None:
        return

    async def work(container: "Container") -> None:
        from retour.review.walk import Walk

        going = Walk(container.reviews, _reviewer())
        waiting = await _found(container, since, cause, language, everything=False)
        if not waiting:
            out().print("nothing to review", markup=False)
            return
        await going.through(waiting)
        if going.labelled:
            say(f"\n{going.labelled} labelled; `retour review-nlu export` adds them to the training data")

    with_container(work)


@app.command("list")
def list_messages(
    since: Since = None,
    cause: WhyNoted = None,
    language: Lang = None,
    everything: Annotated[bool, typer.Option("--all", help="Labelled, skipped and exported ones too.")] = False,
    form: Annotated[str, typer.Option("--format", help="text or jsonl.")] = "text",
) -> None:
    """The messages that wait, oldest first, without personal data: what was said, why it is here, what was understood."""
    from rma.model.errors import ConfigurationError

    if form not in ("text", "jsonl"):
        raise ConfigurationError(f"--format {form}: expected text or jsonl")

    async def work(container: "Container") -> None:
        from retour.review.walk import heading, suggested

        found = await _found(container, since, cause, language, everything)
        for shown in found:
            if form == "jsonl":
                typer.echo(json.dumps(_document(shown), ensure_ascii=False))
                continue
            state = [f"{shown.review.status}"] if everything else []
            state += [shown.review.label.meaning] if shown.review.label else []
            out().print(" · ".join([heading(shown.review), suggested(shown.review), *state]), markup=False)
            out().print(f"    {one_line(shown.text)}", markup=False)
        if not found and form == "text":
            out().print("nothing to review", markup=False)

    with_container(work)


@app.command("label")
def label_message(
    number: Number,
    intent: Annotated[str, typer.Option(help="What was meant: an intent of the domain.", show_default=False)],
    reason: Annotated[str | None, typer.Option(help="The reason that is stated, if one is.")] = None,
    text: Annotated[str | None, typer.Option(help="The sentence to learn, where it should not be the one listed.")] = None,
    language: Annotated[str | None, typer.Option(help="en or fr, where it was taken for the other.")] = None,
) -> None:
    """Say what a message meant. A label may be given again until it is exported."""

    async def work(container: "Container") -> None:
        from retour.review.cleaner import clean

        kept = await container.reviews.label(number, clean, _reviewer(), intent, reason, language, text)
        out().print(f"{number}: {kept.meaning} ({kept.language}): {one_line(kept.text)}", markup=False)

    with_container(work)


@app.command("skip")
def skip_message(number: Number) -> None:
    """Say that there is nothing to learn from a message."""

    async def work(container: "Container") -> None:
        await container.reviews.skip(number, _reviewer())

    with_container(work)


@app.command("export")
def export(
    data: Annotated[
        Path | None, typer.Option(help="The folder with the training data, a folder a language; data/nlu if not given.")
    ] = None,
) -> None:
    """Add what is labelled to data/nlu/<language>/reviewed.yml; `retour train` then learns it. Exit code 1 when something could
    not be added."""

    async def work(container: "Container") -> bool:
        from retour.processes import ROOT
        from retour.review.examples import REVIEWED, TrainingData

        reviews = await container.reviews.labelled()
        folder = data or ROOT / "data" / "nlu"
        labels = [review.label for review in reviews if review.label is not None]
        outcome = TrainingData(folder, sorted((ROOT / "bench" / "data").glob("*.jsonl"))).add(labels)
        done = [reviews[place] for place in (*outcome.added, *outcome.present)]
        await container.reviews.exported(done, _reviewer())
        for place, why in outcome.refused.items():
            say(f"{reviews[place].id}: {one_line(labels[place].text)}: {why}")
        out().print(f"{len(outcome.added)} added to */{REVIEWED}, {len(outcome.present)} there already", markup=False)
        if outcome.added:
            say("`retour train` learns them; `retour up` does so at its next start")
        return not outcome.refused

    if not with_container(work):
        raise typer.Exit(1)


def _reviewer() -> str:
    return f"staff {getpass.getuser()}"


async def _found(
    container: "Container", since: str | None, cause: str | None, language: str | None, everything: bool
) -> "list[Shown]":
    from retour.review.cleaner import clean
    from rma.model.codes import Language
    from rma.model.review import Cause, ReviewStatus

    return await container.reviews.find(
        clean,
        () if everything else (ReviewStatus.WAITING,),
        _instant(since) if since else None,
        _one_of(Cause, cause, "--cause"),
        _one_of(Language, language, "--language"),
    )


def _one_of(codes: type[E], value: str | None, option: str) -> E | None:
    from rma.model.errors import ConfigurationError

    try:
        return codes(value) if value is not None else None
    except ValueError:
        raise ConfigurationError(f"{option} {value}: expected {', '.join(codes)}") from None


def _instant(text: str) -> datetime:
    from rma.model.errors import ConfigurationError

    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--since {text}: expected a day as 2026-11-30, or an instant") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _document(shown: "Shown") -> dict[str, object]:
    review, understood = shown.review, shown.review.understood
    return {
        "id": review.id,
        "at": review.noted_at.isoformat(),
        "cause": review.cause,
        "language": understood.language,
        "text": shown.text,
        "intent": understood.intent,
        "confidence": understood.confidence,
        "reason": understood.reason,
        "status": review.status,
        "label": review.label.model_dump(mode="json") if review.label else None,
        "conversation": review.conversation,
        "message": review.message_id,
    }
