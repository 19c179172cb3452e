"""Where the application keeps what its handlers need. Typed, so that a handler cannot ask for something that is not
there."""

import asyncio

from aiohttp import web

from gateway.assistant import Assistant
from gateway.hub import Hub
from gateway.inbox import TextInbox
from gateway.limits import Limits
from gateway.metrics import Metrics
from gateway.tokens import Tokens
from gateway.turns import Turns
from rma.bootstrap import Container

CONTAINER = web.AppKey("container", Container)
ASSISTANT = web.AppKey("assistant", Assistant)
TOKENS = web.AppKey("tokens", Tokens)
LIMITS = web.AppKey("limits", Limits)
METRICS = web.AppKey("metrics", Metrics)
HUB = web.AppKey("hub", Hub)
TURNS = web.AppKey("turns", Turns)
INBOX = web.AppKey("inbox", TextInbox)
DARKROOM = web.AppKey("darkroom", asyncio.Semaphore)
"""Held while a picture is redrawn: memory, not time, is what a burst of large ones would use up."""
