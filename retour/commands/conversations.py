"""`retour chat` and `retour tickets`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from retour.console import one_line, out
from retour.container import with_container

if TYPE_CHECKING:
    from rma.bootstrap import Container
    from rma.model.agents import Agent
    from rma.model.support import Support

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


As = Annotated[
    str | None, typer.Option("--as", help="Who does it: a login of `retour users list`; else the first admin.")
]


async def _agent(container: "Container", login: str | None) -> "Agent":
    from rma.model.errors import NotFound

    if login is not None:
        return await container.agents.get(login)
    for agent in await container.agents.everybody():
        if agent.is_admin and not agent.disabled:
            return agent
    raise NotFound("nobody could have done it: make a user first, with `retour users add NAME --role admin`")


@tickets.command("list")
def list_tickets(everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False) -> None:
    """What waits for a person, oldest first."""

    async def work(container: "Container") -> None:
        async with container.transactions() as uow:
            found = await uow.conversations.tickets(open_only=not everything)
        for ticket in found:
            how = f"  {one_line(ticket['outcome'])} by {one_line(ticket['closed_by'])}" if ticket["closed_at"] else ""
            out().print(
                f"{ticket['id']:5}  {ticket['opened_at']:%Y-%m-%d %H:%M}  {one_line(ticket['cause'])}{how}", markup=False
            )
        if not found:
            out().print("no tickets", markup=False)

    with_container(work)


@tickets.command("show")
def show_ticket(number: Number) -> None:
    """The conversation of a ticket, and what is known about it."""

    async def work(container: "Container") -> None:
        shown = await container.support.overview(await _conversation(container, number))
        ticket = next(one for one in shown.handovers if one.id == number)
        support, printer = shown.support, out()
        printer.print(f"ticket {number}: {ticket.cause}", markup=False)
        printer.print(f"{support.channel}, {support.language}, {support.status}, with: {_holder(support)}", markup=False)
        for name, value in ticket.context.items():
            printer.print(f"{one_line(name)}: {one_line(value)}", markup=False)
        for message in shown.messages:
            attachments = " ".join(f"[{item.kind} {item.ref}]" for item in message.attachments)
            who = shown.authors.get(message.id, message.sender.value)
            printer.print(
                f"{message.at:%H:%M} {one_line(who):8} {one_line(message.text)} {attachments}".rstrip(), markup=False
            )

    with_container(work)


def _holder(support: "Support") -> str:
    if support.assignee:
        return one_line(support.assignee)
    return "nobody yet" if support.is_persons else "the assistant"


@tickets.command("answer")
def answer_ticket(
    number: Number,
    text: Annotated[str, typer.Argument(help="What the shopper reads.", show_default=False)],
    login: As = None,
) -> None:
    """Say something to the shopper as a person of the support team, who then has the conversation."""

    async def work(container: "Container") -> None:
        agent, conversation_id = await _agent(container, login), await _conversation(container, number)
        if not (await container.support.get(conversation_id)).is_persons and text.strip():
            await container.support.take(agent, conversation_id)
        await container.support.say(agent, conversation_id, text)

    with_container(work)


@tickets.command("close")
def close_ticket(number: Number, login: As = None) -> None:
    """Close a ticket; with the last of its conversation it is given back to the assistant, which says so."""

    async def work(container: "Container") -> None:
        agent, conversation_id = await _agent(container, login), await _conversation(container, number)
        support = await container.support.close(agent, conversation_id, number)
        async with container.transactions() as uow:
            waiting = await uow.conversations.tickets(conversation_id=conversation_id)
        if waiting:
            out().print(f"closed; ticket {waiting[0]['id']} of the same conversation is still open", markup=False)
        elif support.is_persons:
            await container.support.give_back(agent, conversation_id)

    with_container(work)
