"""`retour worker` and `retour outbox`: sending what waits, and looking at what was sent or could not be."""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out, say
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container
    from rma.model.outgoing import Kept

outbox = typer.Typer(help="Look at the messages that leave, and send dead ones again.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The message's number, as `retour outbox list` shows it.", min=1)]


def worker() -> None:
    """Send what is in the outbox, and webhooks, until stopped: for a gateway with RETOUR_WORKER=apart, or to help one. Several
    may run."""
    from gateway.logs import configure_logs

    async def work(container: "Container") -> None:
        configure_logs()
        async def both() -> None:
            async with asyncio.TaskGroup() as workers:
                workers.create_task(container.dispatcher.run())
                workers.create_task(container.teller.run())

        loop, sending = asyncio.get_running_loop(), asyncio.create_task(both())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, sending.cancel)
        ways = ", ".join(f"{medium.value} by {channel.name}" for medium, channel in container.dispatcher.channels.items())
        say(f"sending {ways}; Ctrl-C stops it")
        try:
            await sending
        except asyncio.CancelledError:
            say("stopped")

    with_container(work)


def _line(message: "Kept") -> str:
    how = " ".join(filter(None, [message.delivery, message.error_code]))
    return (
        f"{message.id:6}  {message.created_at:%Y-%m-%d %H:%M:%S}  {message.medium.value:5}  {message.status.value:10}  "
        f"{message.kind.value:12}  {one_line(message.recipient)}  {how}"
    ).rstrip()


@outbox.command("list")
def list_messages(
    status: Annotated[
        str | None, typer.Option(help="Only waiting, sending, sent, suppressed or dead ones.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 50,
) -> None:
    """The messages, newest first: number, time (UTC), medium, status, kind, recipient, and what the provider said."""

    async def work(container: "Container") -> None:
        from rma.model.errors import Refused
        from rma.model.outgoing import OutgoingStatus

        if status is not None and status not in set(OutgoingStatus):
            raise Refused(f"--status: expected one of {', '.join(OutgoingStatus)}")
        for message in await container.outbox.find(OutgoingStatus(status) if status else None, limit):
            out().print(_line(message), markup=False, soft_wrap=True)
        counts = await container.outbox.count()
        out().print(", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "no messages", markup=False)

    with_container(work)


@outbox.command("show")
def show(number: Number) -> None:
    """All that is kept of a message."""

    async def work(container: "Container") -> None:
        message = await container.outbox.get(number)
        for name, value in message.model_dump(mode="json").items():
            if name != "text" and value not in (None, []):
                out().print(f"{name}: {one_line(str(value))}", markup=False, soft_wrap=True)
        for line in message.text.split("\n"):
            out().print(f"  {one_line(line)}", markup=False, soft_wrap=True)

    with_container(work)


@outbox.command("resend")
def resend(
    number: Annotated[list[int] | None, typer.Argument(help="Numbers of dead messages.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dead message.")] = False,
) -> None:
    """Let dead messages be sent again, by whoever sends: a running gateway, or `retour worker`."""

    async def work(container: "Container") -> None:
        from rma.model.errors import Refused
        from rma.model.outgoing import OutgoingStatus

        if bool(number) == everything:
            raise Refused("name the messages to send again, or --all")
        dead = [message.id for message in await container.outbox.find(OutgoingStatus.DEAD, 100_000)] if everything else []
        for each in number or reversed(dead):
            out().print(_line(await container.outbox.resend(each)), markup=False, soft_wrap=True)
        if everything and not dead:
            out().print("no dead messages", markup=False)

    with_container(work)
