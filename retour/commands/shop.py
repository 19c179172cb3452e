"""`retour import`, and `retour stock`: what the shop's platform was not told."""

import asyncio
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from retour.console import one_line, out, say
from rma.model.errors import ConfigurationError


class Source(StrEnum):
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"


def import_orders(
    file: Annotated[
        Path | None, typer.Argument(help="A JSON file with orders and catalogue.", show_default=False)
    ] = None,
    source: Annotated[
        Source | None, typer.Option("--from", help="Read them from the shop's platform instead.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="With --from: since then, such as 2026-11-01; else since the last time.", show_default=False),
    ] = None,
) -> None:
    """Load orders and catalogue, from a file or from the shop's platform. Wrong ones are named and left out (exit code 1); loading
    them again changes nothing."""
    from retour import keyring

    if (file is None) == (source is None):
        raise ConfigurationError("name a file, or a platform: `retour import FILE` or `retour import --from shopify`")
    settings = keyring.settings()
    if source is None:
        assert file is not None
        if since is not None:
            raise ConfigurationError("--since goes with --from: a file is loaded whole")
        report = asyncio.run(_load(settings, read(file)))
    else:
        report = asyncio.run(_fetch(settings, source, _instant(since)))
    out().print(
        f"{report.orders_saved} orders loaded, {report.orders_unchanged} unchanged; "
        f"{report.items_saved} catalogue items loaded",
        markup=False,
    )
    for number, reason in report.failures:
        say(f"{one_line(number)}: {one_line(reason)}")
    if report.failures:
        remedy = f"mend them and import the {'file' if file else 'shop'} again"
        say(f"retour: {len(report.failures)} left out of {file or source}; {remedy}")
        raise typer.Exit(1)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError("--since: expected a day or an instant, such as 2026-11-01T10:00:00+01:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read(file: Path) -> Any:
    """Raises ConfigurationError when it cannot be read or is not JSON."""
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{file}: not JSON: {one_line(error)}") from error


async def _load(settings: Any, document: Any) -> Any:
    from rma.bootstrap import open_container

    await _ready(settings)
    async with open_container(settings) as container:
        return await container.shop.load(document)


async def _fetch(settings: Any, source: Source, since: datetime | None) -> Any:
    from rma.bootstrap import open_container

    await _ready(settings)
    async with open_container(settings) as container:
        if container.platform.code != source:
            raise ConfigurationError(
                f"{source} is not configured: set RETOUR_{source.upper()}_{'SHOP' if source is Source.SHOPIFY else 'URL'} "
                "and what belongs to it; `retour doctor` says what is missing"
            )
        return await container.sync.read_changed(since)


async def _ready(settings: Any) -> None:
    from retour.checks import database
    from rma.store.migrate import upgrade

    database(settings)
    # In a thread: the migrations run a loop of their own where the driver is asynchronous.
    await asyncio.to_thread(upgrade, settings.database)


def stock(
    again: Annotated[bool, typer.Option("--again", help="Let what is stuck be told again.")] = False,
    done: Annotated[
        int | None,
        typer.Option(help="The unit of this number was put right by hand: nobody is told.", show_default=False),
    ] = None,
) -> None:
    """What the shop's platform could not be told, of stock that came back and of refunds: it refused, or nobody knows whether it
    was done."""
    from retour import keyring

    asyncio.run(_stock(keyring.settings(), again, done))


async def _stock(settings: Any, again: bool, done: int | None) -> None:
    from rma.bootstrap import open_container

    await _ready(settings)
    async with open_container(settings) as container:
        if done is not None:
            marked = await container.stock.done_by_hand(done)
            out().print(f"unit {done}: {'marked as told' if marked else 'there is nothing to mark'}", markup=False)
            if not marked:
                raise typer.Exit(1)
        elif again:
            waiting = await container.stock.retry() + await container.books.retry()
            told = await container.stock.finish_interrupted() + await container.books.finish_interrupted()
            out().print(f"{waiting} to be told again; {told} told now", markup=False)
        stuck = await container.stock.stuck()
        for one in stuck:
            out().print(
                f"unit {one.unit}, return {one.number}: {one.quantity} x {one_line(one.sku)}, {one.attempts} tries; "
                f"{one_line(one.error or '')}",
                markup=False,
            )
        refunds = await container.books.stuck()
        for refund, number, why in refunds:
            out().print(f"refund {refund}, return {number}: {one_line(why)}", markup=False)
        if not stuck and not refunds:
            out().print("Nothing is stuck.", markup=False)
