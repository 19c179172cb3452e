"""Single keys in a terminal, lines in a pipe."""

import sys
from collections.abc import Callable

import click

from retour.console import err


def ask(prompt: str, keys: str = "") -> str | None:
    """What is answered: one of `keys` as soon as it is pressed, "" for Enter alone, else a line. None at the end of input.

    In a pipe every answer is a line.
    """
    if not sys.stdin.isatty():
        err().print(prompt, markup=False)
        line = sys.stdin.readline()
        return line.strip() if line else None
    click.echo(prompt, nl=False, err=True)
    typed = _typed()
    if typed is None:
        click.echo("", err=True)
        return None
    line = typed.rstrip("\r\n")
    if line != typed or (len(line) == 1 and line.lower() in keys):
        click.echo(line, err=True)
        return line.strip().lower()
    click.echo("\r", nl=False, err=True)
    return edited(prompt, "".join(c for c in line if c.isprintable()))


def _typed() -> str | None:
    """What is there after the next key: more than one character when somebody pastes, or types faster than we read."""
    while True:
        try:
            typed = click.getchar()
        except (KeyboardInterrupt, EOFError):
            return None
        if typed[:1] in ("\x03", "\x04"):
            return None
        if not typed.startswith("\x1b"):  # an arrow, or another key that writes nothing
            return typed


def edited(prompt: str, text: str) -> str | None:
    """A line that begins as `text` and may be changed before Enter. None at the end of input, or when given up."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip() if line else None
    return _with_readline(prompt, text)


def _with_readline(prompt: str, text: str) -> str | None:
    import readline

    insert: Callable[[], None] = lambda: readline.insert_text(text)  # noqa: E731
    readline.set_startup_hook(insert)
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        return None
    finally:
        readline.set_startup_hook(None)
