"""`retour carrier`: who takes parcels, where they are, and playing the way of a parcel of Retour Post."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out, say
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container

app = typer.Typer(help="Carriers and their parcels.", no_args_is_help=True)


class Scan(StrEnum):
    accepted = "accepted"
    in_transit = "in_transit"
    out_for_delivery = "out_for_delivery"
    delivered = "delivered"
    failed = "failed"
    goes_back = "goes_back"


@app.command("scan")
def scan(
    number: Annotated[str, typer.Argument(help="The return's number, RT-...", show_default=False)],
    status: Annotated[Scan, typer.Argument(help="What is scanned.", show_default=False)],
    place: Annotated[str | None, typer.Option(help="Where; else the town of the shopper or of the warehouse.")] = None,
) -> None:
    """Play the people of Retour Post: one of them scans the parcel. Found there as with any other carrier."""
    from rma.model.errors import Conflict
    from rma.model.tracking import TrackingStatus, words

    async def work(container: "Container") -> str:
        rma = await container.returns.get(number)
        if rma.label is None or rma.label.carrier != "retour-post":
            raise Conflict(f"{rma.number} has no parcel with Retour Post")
        request = container.returns.shipment(rma).request
        town = (request.sender if status in (Scan.accepted, Scan.goes_back) else request.recipient).city
        await container.carriers.scans.add(
            rma.label.tracking_number, TrackingStatus(status.value), words(place or town)
        )
        await container.tracking.look(rma.number)
        return f"{rma.number}: {status.value}, the return is {(await container.returns.get(number)).status}"

    out().print(with_container(work), markup=False)


@app.command("where")
def where(number: Annotated[str, typer.Argument(help="The return's number, RT-...", show_default=False)]) -> None:
    """Ask the carrier where a return's parcel is, and list what was scanned."""
    from rma.model.shipping import CarrierError

    async def work(container: "Container") -> None:
        rma = await container.returns.get(number)
        try:
            await container.tracking.look(rma.number)
        except CarrierError as error:
            say(f"retour: the carrier was not asked: {one_line(error)}")
        for event in await container.tracking.events(rma.number):
            said = ", ".join(part for part in (event.place, event.description) if part)
            out().print(f"{event.at:%Y-%m-%d %H:%M %z}  {event.status.value:16}  {said}", markup=False)
        out().print(f"{rma.number} is {rma.status}", markup=False)

    with_container(work)
