"""What Prometheus reads. One registry an application, so that two in one process (tests) do not add up."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector


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
        self.listeners = Gauge("retour_websockets", "Open WebSockets", registry=self.registry)
        for outcome in ("answered", "failed"):
            self.turns.labels(outcome)
