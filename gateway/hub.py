"""Fan-out inside this process: what is said in a conversation reaches every WebSocket that listens to it, and the support
team's console hears of all of them under one topic, DESK."""

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
"""Sockets of one conversation: tabs and devices of one shopper."""
DESK = "desk"
"""The team's topic; no conversation has such an id. Its payloads name what changed and hold nothing that was said: the console
reads that anew, with the rights of whoever looks."""
DESK_LISTENERS = 500
"""Open tabs of the console."""


class Hub:
    def __init__(self) -> None:
        self._inboxes: defaultdict[str, set[Inbox]] = defaultdict(set)

    @contextmanager
    def subscribe(self, topic: str) -> Iterator[Inbox]:
        """An inbox of all that is published to the conversation `topic`, or to DESK. Raises Problem 429 when too many listen
        already."""
        inboxes = self._inboxes[topic]
        if len(inboxes) >= (DESK_LISTENERS if topic == DESK else LISTENERS):
            raise Problem(429, "Too many connections to this conversation; close one first.", {"Retry-After": "30"})
        inbox: Inbox = asyncio.Queue(BACKLOG)
        inboxes.add(inbox)
        try:
            yield inbox
        finally:
            inboxes.discard(inbox)
            if not inboxes:
                self._inboxes.pop(topic, None)

    def listened(self, topic: str) -> bool:
        return topic in self._inboxes

    def publish(self, topic: str, payload: Payload) -> None:
        for inbox in self._inboxes.get(topic, ()):
            try:
                inbox.put_nowait(payload)
            except asyncio.QueueFull:
                self._end(inbox)
        if topic != DESK and "messages" in payload:
            self.changed(topic)

    def changed(self, conversation_id: str | None) -> None:
        """Tells the console that there is something new to show of the conversation; None: of any of them."""
        self.publish(DESK, {"changed": conversation_id})

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
