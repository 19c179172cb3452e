"""Who of the team looks at which conversation at this moment, in this process. Kept in memory: it ends with the socket."""

from collections import defaultdict
from dataclasses import dataclass

from rma.model.agents import Agent


@dataclass(eq=False)
class Looking:
    """One open page of the console. `conversation` is None on the queue."""

    agent: Agent
    conversation: str | None = None


class Presence:
    def __init__(self) -> None:
        self._there: defaultdict[str, list[Looking]] = defaultdict(list)

    def move(self, looking: Looking, conversation: str | None) -> set[str]:
        """Notes where the page is now; the conversations whose company changed by that."""
        before = looking.conversation
        if before == conversation:
            return set()
        if before is not None:
            self._there[before].remove(looking)
            if not self._there[before]:
                del self._there[before]
        looking.conversation = conversation
        if conversation is not None:
            self._there[conversation].append(looking)
        return {one for one in (before, conversation) if one is not None}

    def others(self, looking: Looking) -> list[str]:
        """Names of the colleagues who look at the same conversation, each once."""
        there = self._there.get(looking.conversation or "", [])
        return list(dict.fromkeys(one.agent.name for one in there if one.agent.login != looking.agent.login))
