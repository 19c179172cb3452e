"""Standard input and output for commands that read JSON lines."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def standard_streams() -> Iterator[tuple[TextIO, TextIO]]:
    """Standard input and output as UTF-8 whatever the locale says. A byte that is no UTF-8 becomes a replacement
    character, so that the line can be answered with an error. Meanwhile anything else that prints goes to standard
    error: a library that greets must not stand between two answers."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", newline="\n")
    before, sys.stdout = sys.stdout, sys.stderr
    try:
        with (
            open(sys.stdin.fileno(), encoding="utf-8", errors="replace", newline="\n", closefd=False) as lines,
            answers,
        ):
            yield lines, answers
    finally:
        sys.stdout = before
