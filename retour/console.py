"""What the commands print: results on standard output, everything else on standard error."""

import sys

from rich.console import Console

# Asked for at each use: a test, or a shell, may have put another stream in the place of the one at import.


def out() -> Console:
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A line about what is going on."""
    err().print(text, markup=False)


def one_line(text: object) -> str:
    """The text as one line that a terminal can show: nothing in it can move the cursor or begin a line of its own."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "�" for c in str(text)).split())
