"""`retour import`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from retour.console import one_line, out, say
from rma.model.errors import ConfigurationError


def import_orders(
    file: Annotated[Path, typer.Argument(help="A JSON file with orders and catalogue.", show_default=False)],
) -> None:
    """Load orders and catalogue. Wrong ones are named and left out (exit code 1); loading a file again changes
    nothing."""
    from rma.settings import Settings

    document = read(file)
    report = asyncio.run(_load(Settings.load(), document))
    out().print(
        f"{report.orders_saved} orders loaded, {report.orders_unchanged} unchanged; "
        f"{report.items_saved} catalogue items loaded",
        markup=False,
    )
    for number, reason in report.failures:
        say(f"{one_line(number)}: {one_line(reason)}")
    if report.failures:
        say(f"retour: {len(report.failures)} left out of {file}; mend them and import the file again")
        raise typer.Exit(1)


def read(file: Path) -> Any:
    """Raises ConfigurationError when it cannot be read or is not JSON."""
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{file}: not JSON: {one_line(error)}") from error


async def _load(settings: Any, document: Any) -> Any:
    from retour.checks import database
    from rma.bootstrap import open_container
    from rma.store.migrate import upgrade

    database(settings)
    # In a thread: the migrations run a loop of their own where the driver is asynchronous.
    await asyncio.to_thread(upgrade, settings.database)
    async with open_container(settings) as container:
        return await container.shop.load(document)
