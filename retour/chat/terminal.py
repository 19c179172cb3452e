"""What a conversation looks like in a terminal, or in a pipe."""

import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from retour.chat.client import Answer, ChatClient, ChatError
from retour.console import out, say

_STYLES = {"bot": "cyan", "agent": "green", "system": "yellow", "shopper": "dim"}
_HELP = {"en": "a number or a name picks a choice · /photo PATH sends a picture · Ctrl-D ends",
         "fr": "un numéro ou un nom choisit · /photo CHEMIN envoie une image · Ctrl-D termine"}  # fmt: skip


class Terminal:
    """Prints what is new and turns what is typed into messages."""

    def __init__(self, client: ChatClient, console: Console) -> None:
        self._client = client
        self._console = console
        self._last = 0
        self._choices: list[dict[str, str]] = []
        self._several = False

    def show(self, answer: Answer) -> None:
        """The messages not shown yet, with their choices numbered and the addresses of their attachments."""
        for message in answer["messages"]:
            if message["id"] <= self._last:
                continue
            self._last = message["id"]
            if message["from"] == "shopper":
                continue
            self._choices = message["choices"]
            self._print(f"{message['from']}: ", message["text"], _STYLES.get(message["from"], ""))
            for number, choice in enumerate(message["choices"], 1):
                self._print(f"  {number}. ", choice["label"], "bold")
            for attachment in message["attachments"]:
                self._print(f"  {attachment['kind']}: ", attachment["url"], "underline")
        self._several = (answer["expects"] or {}).get("kind") == "choices"

    def _print(self, head: str, text: str, style: str) -> None:
        # A message may quote what a shop wrote in its order: nothing of it may command the terminal.
        shown = "\n".join("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
        self._console.print(Text(head, style="dim") + Text(shown, style=style))

    async def take(self, line: str) -> None:
        """Sends one typed line and shows the answer. Raises ChatError."""
        command, _, rest = line.strip().partition(" ")
        if command == "/photo":
            if not rest.strip():
                raise ChatError("/photo PATH: say which file")
            answer = await self._client.show(Path(rest.strip().strip("'\"")))
        else:
            picked = self.picked(line)
            answer = await (self._client.say(line) if picked is None else self._client.choose(picked))
        self.show(answer)

    def picked(self, line: str) -> str | list[str] | None:
        """The values of the choices that the line names by number or label, several separated by commas where several
        are asked for; None when it is something else, for the assistant to understand."""
        parts = [part.strip() for part in line.split(",")] if self._several else [line.strip()]
        values = [self._value(part) for part in parts]
        if not self._choices or None in values:
            return None
        found = [value for value in values if value is not None]
        return found if self._several else found[0]

    def _value(self, part: str) -> str | None:
        if part.isdecimal() and 0 < int(part) <= len(self._choices) and not self._shadowed(part):
            return self._choices[int(part) - 1]["value"]
        same = [choice["value"] for choice in self._choices if choice["label"].casefold() == part.casefold()]
        return same[0] if len(same) == 1 else None

    def _shadowed(self, part: str) -> bool:
        """Whether the number is itself a label, as where quantities are offered: "2" then means two, not the second."""
        return any(choice["label"] == part for choice in self._choices)

    async def catch_up(self) -> None:
        """Shows what was said without being asked: by a person, or because something happened."""
        if self._last:
            self.show(await self._client.since(self._last))


async def converse(client: ChatClient, language: str | None) -> None:
    """Talks until the end of input. Raises ConfigurationError when the assistant cannot be reached."""
    async with client:
        console = out()
        terminal = Terminal(client, console)
        terminal.show(await client.open(language))
        interactive = sys.stdin.isatty()
        if interactive:
            console.print(Text(_HELP.get(language or "", _HELP["en"]), style="dim"))
        while (line := await asyncio.to_thread(_typed, interactive)) is not None:
            try:
                if line.strip():
                    if not interactive:
                        console.print(Text(f"> {line}", style="dim"))
                    await terminal.take(line)
                else:
                    await terminal.catch_up()
            except ChatError as error:
                say(str(error))


def _typed(interactive: bool) -> str | None:
    """The next line without its end, None when there is none."""
    try:
        return input("> ") if interactive else _read_line()
    except EOFError:
        return None


def _read_line() -> str | None:
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None
