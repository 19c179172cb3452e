"""Figures are kept up at the start and every minute."""

from contextlib import AbstractAsyncContextManager

from gateway.background import repeated
from rma.bootstrap import Container

PAUSE, BREATH = 60.0, 0.05
"""Seconds: between looks, and within one, in which shoppers are answered."""


def keeping(container: Container) -> AbstractAsyncContextManager[None]:
    """Runs in the background until left."""
    return repeated(lambda: container.insights.keep_up(BREATH), PAUSE, "figures not kept up")
