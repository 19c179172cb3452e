"""What a person sees while something takes long: one moving line in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from retour.console import err, one_line


@contextmanager
def shown(title: str) -> Iterator[Callable[[str], None]]:
    """Gives a function that says what is being done now; the time that has passed is shown with it."""
    console, started = err(), time.monotonic()
    if console.is_terminal:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(title)
            yield lambda phase: progress.update(task, description=f"{title}: {one_line(phase)}")
    else:
        console.print(title, markup=False)
        yield lambda phase: console.print(f"  {time.monotonic() - started:4.0f} s  {one_line(phase)}", markup=False)
    console.print(f"{title}: done in {time.monotonic() - started:.0f} s", markup=False)
