"""What all carriers have in common that somebody else runs: asked through a blocking client, in threads, within a time, and once
for each key, whatever breaks in between.

Before a carrier is asked the ledger says so; its answer is written there before anybody else sees it. A caller that goes away, or
whose time is up, does not end the call: its answer is found by whoever asks next. Only a process killed between the carrier's
answer and the ledger loses it; what then can be found out at the carrier is up to the adapter (`_again`).
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog

from rma.carriers.checking import check_parcel
from rma.model.carrying import Drawn, Ledger, Made, Turn
from rma.model.codes import Method
from rma.model.shipping import CarrierError, CarrierRefused, CarrierUnavailable, Refusal, Shipment, ShipmentRequest
from rma.model.tracking import TrackingEvent

log = structlog.get_logger(__name__)
T = TypeVar("T")

REQUESTS = 8
"""More than a label takes at any carrier: after so many limits whoever asked is surely gone."""


@dataclass(frozen=True)
class Offer:
    """What the shop says of a carrier: from which countries it takes what, and as what its parcels cross borders. `time_zone` is
    the one in which it speaks of instants without saying which."""

    code: str
    name: str
    methods: Mapping[str, tuple[Method, ...]]
    postal: bool = False
    polled: bool = True
    heaviest: int = 30_000
    """Grams."""
    usual_weight: int = 1000
    """Grams of a parcel whose goods nobody weighed."""
    time_zone: str = "UTC"


class Unsure(CarrierUnavailable):
    """The answer was lost: the carrier may have done it."""


@dataclass(frozen=True)
class Answer:
    made: Made
    drawn: tuple[Drawn, ...] = ()


class RemoteCarrier:
    """`limit`: seconds that a caller waits, and that one request to the carrier may take."""

    def __init__(self, offer: Offer, ledger: Ledger, clock: Callable[[], datetime], limit: float) -> None:
        self._offer = offer
        self._ledger = ledger
        self._clock = clock
        self._limit = limit
        # Threads of its own: a carrier that hangs must not keep the gateway from drawing labels.
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix=offer.code)
        self._running = set[asyncio.Task[Made]]()

    @property
    def code(self) -> str:
        return self._offer.code

    @property
    def polled(self) -> bool:
        return self._offer.polled

    def methods(self, from_country: str) -> tuple[Method, ...]:
        return self._offer.methods.get(from_country, self._offer.methods.get("*", ()))

    async def create_return(self, request: ShipmentRequest, idempotency_key: str) -> Shipment:
        if not idempotency_key:
            raise ValueError("an idempotency key is needed; the return number will do")
        offered = self.methods(request.sender.country)
        check_parcel(request, self._offer.name, offered, self._offer.heaviest)
        if request.crosses_border and request.customs is None:
            raise CarrierRefused(Refusal.CUSTOMS, "the goods cross a border, and the shop has not said what they are to customs")
        found = await self._ledger.begin(self.code, idempotency_key, self._limit, self._limit * REQUESTS)
        if isinstance(found, Turn):
            found = await self._within(self._ask(request, found))
        if request.method is Method.PICKUP and not found.pickup:
            found = await self._within(self._collect(request, idempotency_key, found))
        return Shipment(
            carrier=self.code,
            carrier_name=found.carrier_name,
            service=found.service,
            tracking_number=found.tracking_number,
            created_at=found.made_at,
            request=request,
            papers=found.papers,
            postal=self._offer.postal,
            pickup=found.pickup,
        )

    async def _within(self, work: Coroutine[Any, Any, Made]) -> Made:
        """The outcome of `work`, which goes on when the time is up, and is waited for at the end."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finished)
        done, _ = await asyncio.wait({task}, timeout=self._limit)
        if not done:
            raise CarrierUnavailable(f"{self._offer.name} has not answered within {self._limit:g} s")
        return task.result()

    def _finished(self, task: "asyncio.Task[Made]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, CarrierError):
            log.error("carrier failed", carrier=self.code, error=type(error).__name__)

    async def _ask(self, request: ShipmentRequest, turn: Turn) -> Made:
        try:
            answer = await self._thread(self._order, request, turn)
        except Unsure:
            await self._ledger.unsure(turn.key)
            raise
        except BaseException as error:
            # Refused, or surely not heard. Anything unforeseen stays open, and is looked up at the carrier by the next try.
            await (self._ledger.drop if isinstance(error, CarrierError) else self._ledger.unsure)(turn.key)
            raise
        await self._ledger.keep(turn.key, answer.made, answer.drawn)
        return answer.made

    async def _collect(self, request: ShipmentRequest, key: str, made: Made) -> Made:
        collected = made.model_copy(update={"pickup": await self._thread(self._fetch, request, made)})
        await self._ledger.keep(key, collected, ())
        return collected

    async def cancel(self, tracking_number: str) -> None:
        made = await self._own(tracking_number)
        if made.cancelled_at is None:
            await self._thread(self._take_back, made)
            await self._ledger.cancelled(self.code, tracking_number)

    async def track(self, tracking_number: str) -> Sequence[TrackingEvent]:
        said = await self._thread(self._follow, await self._own(tracking_number))
        return sorted(said, key=lambda event: event.at)

    async def _own(self, tracking_number: str) -> Made:
        made = await self._ledger.made(self.code, tracking_number)
        if made is None:
            raise CarrierRefused(
                Refusal.UNKNOWN_NUMBER, f"{tracking_number[:40]!r} is no parcel of ours with {self._offer.name}"
            )
        return made

    async def _thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    async def close(self) -> None:
        """Waits a while for what is under way."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=self._limit)
        self._threads.shutdown(wait=False, cancel_futures=True)

    # The calls, in a thread. They raise CarrierRefused; CarrierUnavailable when surely nothing happened; Unsure when it may have.

    def _order(self, request: ShipmentRequest, turn: Turn) -> Answer:
        raise NotImplementedError

    def _fetch(self, request: ShipmentRequest, made: Made) -> str:
        """Has the parcel collected; the carrier's confirmation."""
        raise NotImplementedError

    def _take_back(self, made: Made) -> None:
        raise NotImplementedError

    def _follow(self, made: Made) -> Sequence[TrackingEvent]:
        raise NotImplementedError
