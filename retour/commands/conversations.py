"""`retour chat` and `retour tickets`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container

Number = Annotated[
    int, typer.Argument(help="The ticket's number, from `retour tickets list`.", min=1, show_default=False)
]


def chat(
    lang: Annotated[str | None, typer.Option(help="en or fr; otherwise it finds out.")] = None,
    url: Annotated[
        str, typer.Option(help="Where the assistant runs.", envvar="RETOUR_PUBLIC_URL")
    ] = "http://127.0.0.1:8080",
) -> None:
    """Talk to the running assistant. A number or a name picks a choice, /photo PATH sends a picture, Ctrl-D ends."""
    from retour.chat.client import ChatClient
    from retour.chat.terminal import converse
    from rma.model.codes import Language
    from rma.model.errors import ConfigurationError

    if lang is not None and lang not in set(Language):
        raise ConfigurationError(f"--lang {lang}: expected {' or '.join(Language)}")
    asyncio.run(converse(ChatClient(url), lang))


tickets = typer.Typer(help="Read and answer the conversations that were handed over to a person.", no_args_is_help=True)


async def _conversation(container: "Container", number: int) -> str:
    from rma.model.errors import NotFound

    async with container.transactions() as uow:
        for ticket in await uow.conversations.tickets(open_only=False):
            if ticket["id"] == number:
                return str(ticket["conversation"])
    raise NotFound(f"there is no ticket {number}; `retour tickets list --all` shows them all")


@tickets.command("list")
def list_tickets(everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False) -> None:
    """The tickets that wait for a person, oldest first."""

    async def work(container: "Container") -> None:
        async with container.transactions() as uow:
            found = await uow.conversations.tickets(open_only=not everything)
        for ticket in found:
            out().print(
                f"{ticket['id']:5}  {ticket['opened_at']:%Y-%m-%d %H:%M}  {one_line(ticket['cause'])}", markup=False
            )
        if not found:
            out().print("no tickets", markup=False)

    with_container(work)


@tickets.command("show")
def show_ticket(number: Number) -> None:
    """The conversation of a ticket, and what is known about it."""

    async def work(container: "Container") -> None:
        conversation_id = await _conversation(container, number)
        async with container.transactions() as uow:
            ticket = next(item for item in await uow.conversations.tickets(open_only=False) if item["id"] == number)
        conversation, messages = await container.desk.transcript(conversation_id)
        printer = out()
        printer.print(f"ticket {number}: {one_line(ticket['cause'])}", markup=False)
        printer.print(
            f"{conversation.channel}, {conversation.language}, answered by: {conversation.owner}", markup=False
        )
        for name, value in ticket["context"].items():
            printer.print(f"{one_line(name)}: {one_line(value)}", markup=False)
        for message in messages:
            attachments = " ".join(f"[{item.kind} {item.ref}]" for item in message.attachments)
            printer.print(
                f"{message.at:%H:%M} {message.sender:8} {one_line(message.text)} {attachments}".rstrip(), markup=False
            )

    with_container(work)


@tickets.command("answer")
def answer_ticket(
    number: Number, text: Annotated[str, typer.Argument(help="What the shopper reads.", show_default=False)]
) -> None:
    """Say something to the shopper as a person of the support team."""

    async def work(container: "Container") -> None:
        from rma.model.errors import Refused

        if not text.strip():
            raise Refused("there is nothing to say: give a text")
        await container.desk.say_as_agent(await _conversation(container, number), text.strip())

    with_container(work)


@tickets.command("close")
def close_ticket(number: Number) -> None:
    """Close a ticket and give its conversation back to the assistant, which says so."""

    async def work(container: "Container") -> None:
        await _conversation(container, number)
        async with container.transactions() as uow:
            conversation_id = await uow.conversations.close_ticket(number, container.clock())
            waiting = [
                ticket for ticket in await uow.conversations.tickets() if ticket["conversation"] == conversation_id
            ]
        if waiting:
            out().print(f"closed; ticket {waiting[0]['id']} of the same conversation is still open", markup=False)
        else:
            await container.desk.hand_back(conversation_id)

    with_container(work)
