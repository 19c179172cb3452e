"""`retour train` and `retour parse`."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from retour.console import out


def train() -> None:
    """Train the Rasa model; prints its path."""
    from retour.up import model_for
    from rma.settings import Settings

    out().print(str(model_for(Settings.load(), force=True)), markup=False)


def parse(
    model: Annotated[Path | None, typer.Option(help="A model; the newest one if not given.")] = None,
) -> None:
    """Understand JSON lines: {"text": ...} from standard input, one answer each to standard output."""
    from retour.lines import standard_streams
    from retour.models import Models
    from rma.model.errors import ConfigurationError
    from rma.settings import Settings

    path = model or Models(Settings.load().models).newest()
    if not path.is_file():
        raise ConfigurationError(f"{path}: there is no such model; run `retour train`")
    # Rasa's libraries warn about each other, whatever filter is set before Rasa is imported.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(logging.NullHandler())
    logging.getLogger("py.warnings").propagate = False
    os.environ.update(RASA_TELEMETRY_ENABLED="false", TF_CPP_MIN_LOG_LEVEL="3", SQLALCHEMY_SILENCE_UBER_WARNING="1")
    from bot import light

    try:
        if not light.needs_tensorflow(path):
            light.leave_out_tensorflow()
    except light.ModelUnreadable as error:
        raise ConfigurationError(str(error)) from error
    from bot.parse import parse_stream

    with standard_streams() as (lines, answers):
        parse_stream(lines, answers, path)
    sys.stdout.flush()
