"""Training as `retour train` does it, into a folder of its own: seconds and peak memory. `python -m bench.training`."""

import resource
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from retour.progress import shown
from retour.training import train


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with shown("training") as progress:
            model = train(Path(folder), Path(folder) / "train.log", progress)
        seconds, megabytes = time.monotonic() - began, model.stat().st_size / 1e6
    # ru_maxrss is in KB on Linux.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    table = Table(title="Training")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_row("training time", f"{seconds:.0f} s")
    table.add_row("peak memory", f"{peak:.0f} MB")
    table.add_row("model on disk", f"{megabytes:.0f} MB")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
