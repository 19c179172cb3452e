"""`retour hooks`: programs outside that are told what happens to returns (docs/events.md)."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out, say
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container
    from rma.service.hooks import EndpointState

app = typer.Typer(help="Tell programs outside what happens to returns.", no_args_is_help=True)

Endpoint = Annotated[int, typer.Argument(help="The endpoint's number, as `retour hooks list` shows it.", min=1)]


def _show_secret(secret: str) -> None:
    out().print(secret, markup=False)
    say("this is its secret, with which the receiver checks signatures; it is not shown again")


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where events are posted: an https address.")],
    events: Annotated[
        str, typer.Option(help="Only these, separated by commas: received, refund_paid and so on; else all.", show_default=False)
    ] = "",
) -> None:
    """Add an endpoint, which is told what happens from now on, and print its secret, this once."""

    async def work(container: "Container") -> None:
        endpoint, secret = await container.hooks.add(url, events.split(","))
        say(f"endpoint {endpoint.id} hears {', '.join(endpoint.events) or 'everything'}")
        _show_secret(secret)

    with_container(work, made_up=True)


def _line(state: "EndpointState") -> str:
    endpoint, counts = state.endpoint, state.counts
    if endpoint.paused:
        health = f"paused ({endpoint.why})" if endpoint.why else "paused"
    elif not state.fits:
        health = "silent: RETOUR_SECRET_KEY was changed; rotate its secret"
    elif endpoint.failures:
        health = f"failing since {endpoint.failing_since:%Y-%m-%d %H:%M}: {endpoint.last_error}"
    else:
        health = "working" if endpoint.delivered_at else "nothing delivered yet"
    told = ", ".join(f"{counts[name]} {name}" for name in ("waiting", "sending", "sent", "dead") if counts.get(name))
    heard = ",".join(endpoint.events) or "everything"
    return f"{endpoint.id:4}  {one_line(endpoint.url)}  {heard}  {one_line(health)}  {told}".rstrip()


@app.command("list")
def list_endpoints() -> None:
    """The endpoints: number, address, what it hears, how it fares, and how many events are waiting, sent (of the last 30 days) or
    dead."""

    async def work(container: "Container") -> None:
        states = await container.hooks.all()
        for state in states:
            out().print(_line(state), markup=False, soft_wrap=True)
        if not states:
            out().print("no endpoints", markup=False)

    with_container(work)


@app.command("show")
def show(
    endpoint: Endpoint,
    status: Annotated[str | None, typer.Option(help="Only waiting, sending, sent or dead ones.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 50,
) -> None:
    """What an endpoint was told, or still is to be told, newest first: event, time (UTC), kind, status, tries, and what went
    wrong."""

    async def work(container: "Container") -> None:
        from rma.model.errors import Refused
        from rma.model.hooks import DeliveryStatus

        if status is not None and status not in set(DeliveryStatus):
            raise Refused(f"--status: expected one of {', '.join(DeliveryStatus)}")
        wanted = DeliveryStatus(status) if status else None
        for each in await container.hooks.deliveries(endpoint, wanted, limit):
            out().print(
                f"{each.event_name:24}  {each.event.at:%Y-%m-%d %H:%M:%S}  {each.event.kind:18}  {each.status.value:7}  "
                f"{each.attempts:2}  {one_line(each.error or '')}".rstrip(),
                markup=False,
                soft_wrap=True,
            )

    with_container(work)


@app.command("pause")
def pause(endpoint: Endpoint) -> None:
    """Tell an endpoint nothing for now. What happens meanwhile is kept for it."""
    with_container(lambda container: container.hooks.pause(endpoint))


@app.command("resume")
def resume(endpoint: Endpoint) -> None:
    """Tell a paused endpoint everything that waits for it, and go on; also ends the rest of one that was failing, and of single
    events that it refused."""
    with_container(lambda container: container.hooks.resume(endpoint))


@app.command("remove")
def remove(endpoint: Endpoint) -> None:
    """Remove an endpoint, with what it was still to be told."""
    with_container(lambda container: container.hooks.remove(endpoint))


@app.command("rotate")
def rotate(endpoint: Endpoint) -> None:
    """Give an endpoint another secret and print it. The old one counts no more: pause the endpoint first, so that nothing is sent
    before the receiver knows the new one."""

    async def work(container: "Container") -> None:
        _show_secret(await container.hooks.rotate(endpoint))

    with_container(work, made_up=True)


@app.command("test")
def test(endpoint: Endpoint) -> None:
    """Post a `test` event to an endpoint now, and say what came of it."""

    async def work(container: "Container") -> bool:
        outcome = await container.hooks.test(endpoint)
        out().print(f"taken ({outcome.code})" if outcome.taken else f"not taken: {outcome.why}", markup=False)
        return outcome.taken

    if not with_container(work):
        raise typer.Exit(1)


@app.command("replay")
def replay(
    endpoint: Annotated[
        int | None, typer.Argument(help="The endpoint's number; else every endpoint.", min=1, show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="What happened since then: 2026-11-30 (UTC), or an instant with its offset.", show_default=False),
    ] = None,
    event: Annotated[str | None, typer.Option(help="This one: evt_7K3M9QXP_12.", show_default=False)] = None,
    number: Annotated[str | None, typer.Option(help="What happened to this return: RT-7K3M9QXP.", show_default=False)] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was given up.")] = False,
) -> None:
    """Let events be told again, in their order, under the same names as before: after a receiver lost them, or to one that was
    added later. The options narrow each other."""

    async def work(container: "Container") -> None:
        counts = await container.hooks.replay(endpoint, _instant(since), event, number, failed)
        for each, many in counts.items():
            out().print(f"endpoint {each}: {many} to be told", markup=False)
        if not counts:
            out().print("no endpoints", markup=False)

    with_container(work)


def _instant(text: str | None) -> datetime | None:
    from datetime import UTC

    from rma.model.errors import Refused

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("--since: expected a day such as 2026-11-30, or an instant with its offset") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
