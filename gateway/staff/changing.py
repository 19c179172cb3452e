"""A change of a return, asked by a program: on the version that it saw, once, and again when somebody came in between."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from gateway.keys import CONTAINER
from gateway.staff.once import Act
from gateway.staff.shapes import return_answer
from gateway.staff.versions import check
from rma.model.errors import Refused, Stale
from rma.model.returns import Return
from rma.model.staff import Answer
from rma.service.ports import UnitOfWork
from rma.service.returns import Also

T = TypeVar("T")
TRIES = 8


async def change(request: web.Request, act: Act, do: Callable[[Also, Also], Awaitable[Return]]) -> Answer:
    """What `do(first, also)` makes of a return, as the answer that is kept with it."""

    async def first(_uow: UnitOfWork, rma: Return) -> None:
        check(request, rma)

    async def also(uow: UnitOfWork, rma: Return) -> None:
        await act.keep(uow, return_answer(request, rma))

    return return_answer(request, await patiently(lambda: do(first, also)))


async def patiently(do: Callable[[], Awaitable[T]]) -> T:
    """Does it again on what is there now, when somebody else changed the same at the same moment. Two scanners that count two
    parcels of one return are both right."""
    for attempt in range(TRIES - 1):
        try:
            return await do()
        except Stale:
            await asyncio.sleep(random.uniform(0.005, 0.03) * (attempt + 1))  # noqa: S311
    return await do()


async def known_photos(request: web.Request, *photos: int | None) -> None:
    """Raises Refused for a picture that is not kept."""
    named = {photo for photo in photos if photo is not None}
    if not named:
        return
    async with request.app[CONTAINER].transactions() as uow:
        for photo in named:
            if await uow.goods.photo(photo) is None:
                raise Refused(f"there is no photo {photo}; POST /api/photos gives one")
