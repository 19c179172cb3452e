"""Fan-out inside this process: what is said in a conversation reaches every WebSocket that listens to it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.problems import Problem

Payload = dict[str, Any]
Inbox = asyncio.Queue[Payload | None]
"""Payloads to send on; None when there will be no more and the socket must close."""

BACKLOG = 100
"""Payloads kept for a socket that does not read. Beyond it the socket is closed: it can come back and ask what it
missed, while a queue without an end is memory that any client could take."""
LISTENERS = 20
"""Sockets of one conversation: tabs and devices of one shopper, with the console's."""


class Hub:
    def __init__(self) -> None:
        self._inboxes: defaultdict[str, set[Inbox]] = defaultdict(set)

    @contextmanager
    def subscribe(self, conversation_id: str) -> Iterator[Inbox]:
        """An inbox of all that is published to the conversation. Raises Problem 429 when too many listen already."""
        inboxes = self._inboxes[conversation_id]
        if len(inboxes) >= LISTENERS:
            raise Problem(429, "Too many connections to this conversation; close one first.", {"Retry-After": "30"})
        inbox: Inbox = asyncio.Queue(BACKLOG)
        inboxes.add(inbox)
        try:
            yield inbox
        finally:
            inboxes.discard(inbox)
            if not inboxes:
                self._inboxes.pop(conversation_id, None)

    def publish(self, conversation_id: str, payload: Payload) -> None:
        for inbox in self._inboxes.get(conversation_id, ()):
            try:
                inbox.put_nowait(payload)
            except asyncio.QueueFull:
                self._end(inbox)

    def close(self) -> None:
        """Ends every subscription: the server stops."""
        for inboxes in self._inboxes.values():
            for inbox in inboxes:
                self._end(inbox)

    @staticmethod
    def _end(inbox: Inbox) -> None:
        while not inbox.empty():
            inbox.get_nowait()
        inbox.put_nowait(None)
