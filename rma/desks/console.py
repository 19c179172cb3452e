"""Our own console as a desk. It reads the conversations where they are: there is nothing to carry to it and nothing to fetch."""

from rma.model.codes import Language
from rma.model.desks import HandedOver, Line, Standing, Thread


class ConsoleDesk:
    name = "console"
    shares_tables = True

    async def handed_over(self, thread: Thread, handed: HandedOver, event: int, repeated: bool) -> Thread:
        return thread

    async def said(self, thread: Thread, line: Line, repeated: bool) -> None:
        return None

    async def given_back(self, thread: Thread, language: Language, event: int, repeated: bool) -> None:
        return None

    async def standing(self, thread: Thread) -> Standing | None:
        return None

    async def close(self) -> None:
        return None
