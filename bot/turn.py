"""What went wrong during the turn at hand. Rasa logs the failure of an action and goes on as if the assistant had
nothing to say; the channel must answer 5xx instead, so the action endpoint notes failures here and the channel reads
them."""

from contextvars import ContextVar

_failures: ContextVar[list[str] | None] = ContextVar("failures", default=None)


def begin() -> list[str]:
    """Starts a turn in this task; returns the list that failures will be noted in."""
    failures: list[str] = []
    _failures.set(failures)
    return failures


def note(failure: str) -> None:
    """Notes a failure of the turn at hand: the kind of error, never what the shopper wrote."""
    failures = _failures.get()
    if failures is not None:
        failures.append(failure)
