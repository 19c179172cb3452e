"""What Prometheus reads. One registry an application, so that two in one process (tests) do not add up."""

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from rma.model.desks import EventStatus
from rma.model.hooks import DeliveryStatus
from rma.model.refunding import RefundStatus
from rma.model.support import Cause, Priority
from rma.service.figures import Spread, Waiting
from rma.service.hooks import EndpointState
from rma.service.refunds.waiting import RefundFigures

QUANTILES = {"0.5": "median", "0.9": "p90"}


class SupportGauges:
    """The support team's figures, read from the database when Prometheus asks: the same from every gateway, so not to be added up.
    Times are those of the last seven days."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(f"retour_support_{name}", about, labels, registry=registry)

        self._waiting = gauge("waiting", "Shoppers whom a person owes an answer, by cause", "cause")
        self._priority = gauge("waiting_by_priority", "The same, by priority", "priority")
        self._oldest = gauge("oldest_waiting_seconds", "How long the one who waits longest does; 0 when nobody does")
        self._conversations = gauge("conversations", "Conversations that a person has", "status")
        self._unassigned = gauge("unassigned", "Of them: nobody in particular has it")
        self._times = {
            name: (gauge(f"{name}_seconds", about, "quantile"), gauge(f"{name}_count", "How many were counted"))
            for name, about in (
                ("first_response", "From a hand-over to a person's first answer"),
                ("resolution", "From a hand-over to its end"),
            )
        }
        self._desk = Gauge("retour_desk_events", "What another desk is to be told, by status", ["status"], registry=registry)

    def show(
        self, waiting: Waiting, first_response: Spread, resolution: Spread, desk: Mapping[str, int]
    ) -> None:
        for gauge, values in (
            (self._waiting, dict.fromkeys(map(str, Cause), 0) | waiting.by_cause),
            (self._priority, {priority.label: 0 for priority in Priority} | waiting.by_priority),
            (self._conversations, {"open": waiting.open, "snoozed": waiting.snoozed}),
            (self._desk, {str(status): 0 for status in EventStatus} | dict(desk)),
        ):
            for label, value in values.items():
                gauge.labels(label).set(value)
        self._oldest.set(waiting.oldest_seconds or 0)
        self._unassigned.set(waiting.unassigned)
        for name, spread in (("first_response", first_response), ("resolution", resolution)):
            seconds, count = self._times[name]
            count.set(spread.count)
            for quantile, field in QUANTILES.items():
                value = getattr(spread, field)
                seconds.labels(quantile).set(float("nan") if value is None else value)


class HookGauges:
    """Webhooks, from the database too. An endpoint is its number: its address may hold a token."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._deliveries = Gauge(
            "retour_hook_deliveries", "Events told or to be told to endpoints", ["endpoint", "status"], registry=registry
        )
        self._failing = Gauge(
            "retour_hook_failing", "Whether an endpoint that is not paused takes nothing", ["endpoint"], registry=registry
        )
        self._age = Gauge("retour_hook_oldest_seconds", "How long ago the oldest event happened that waits", registry=registry)

    def show(self, states: Sequence[EndpointState], oldest_seconds: float) -> None:
        self._deliveries.clear()
        self._failing.clear()
        for state in states:
            name = str(state.endpoint.id)
            for status in DeliveryStatus:
                self._deliveries.labels(name, status.value).set(state.counts.get(status, 0))
            self._failing.labels(name).set(bool(not state.endpoint.paused and (state.endpoint.failures or not state.fits)))
        self._age.set(oldest_seconds)


class RefundGauges:
    """Money that goes back, from the database too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        about = "Returns of which money is due, by whether it is late"
        self._due = Gauge("retour_refunds_due", about, ["state"], registry=registry)
        self._refunds = Gauge("retour_refunds", "Refunds there are, by status", ["status"], registry=registry)

    def show(self, figures: RefundFigures) -> None:
        self._due.labels("due").set(figures.due - figures.overdue)
        self._due.labels("overdue").set(figures.overdue)
        for status in RefundStatus:
            self._refunds.labels(status.value).set(figures.by_status.get(status.value, 0))


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.turns = Counter("retour_turns", "Turns of conversations, by outcome", ["outcome"], registry=self.registry)
        self.turn_seconds = Histogram(
            "retour_turn_seconds",
            "Time from a shopper's message to the replies to it",
            buckets=(0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30),
            registry=self.registry,
        )
        self.requests = Counter(
            "retour_http_requests", "HTTP requests", ["method", "route", "status"], registry=self.registry
        )
        self.returns = Gauge("retour_returns", "Returns there are, by status", ["status"], registry=self.registry)
        self.outbox = Gauge("retour_outbox", "Messages of the outbox, by status", ["status"], registry=self.registry)
        self.outbox_age = Gauge(
            "retour_outbox_oldest_seconds",
            "Since when the longest waiting message could have left; grows while nothing leaves",
            registry=self.registry,
        )
        self.listeners = Gauge("retour_websockets", "Open WebSockets", registry=self.registry)
        self.support = SupportGauges(self.registry)
        self.hooks = HookGauges(self.registry)
        self.refunds = RefundGauges(self.registry)
        for outcome in ("answered", "failed"):
            self.turns.labels(outcome)
