"""The live queue: who waits, for what, since when, and who has it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiMapping

from gateway.console.auth import HOME, agent_of
from gateway.console.page import answer_json, fragment, render
from gateway.console.words import Words, words_of
from gateway.keys import CONTAINER
from rma.model.agents import Agent
from rma.model.codes import Language, as_code
from rma.model.conversations import Channel, Status
from rma.model.support import Cause, Counts, Priority, QueueFilter, QueueRow

routes = web.RouteTableDef()

PAGE = 50
VIEWS = ("todo", "mine", "unassigned", "pending", "snoozed", "resolved", "all")
"""'mine' and 'unassigned' are what is to do, narrowed."""
SORTS = ("priority", "waiting", "newest")


@dataclass(frozen=True)
class Asked:
    """What of the queue is shown, as the address says it. What makes no sense there is as if it were not said."""

    view: str = "todo"
    sort: str = "priority"
    cause: Cause | None = None
    language: Language | None = None
    channel: Channel | None = None
    priority: Priority | None = None
    text: str = ""
    offset: int = 0

    @classmethod
    def of(cls, query: MultiMapping[str]) -> "Asked":
        view, sort, offset = query.get("view", ""), query.get("sort", ""), query.get("offset", "")
        weight = query.get("priority", "")
        return cls(
            view=view if view in VIEWS else "todo",
            sort=sort if sort in SORTS else "priority",
            cause=as_code(Cause, query.get("cause")),
            language=as_code(Language, query.get("language")),
            channel=as_code(Channel, query.get("channel")),
            priority=next((one for one in Priority if one.label == weight), None),
            text="".join(c for c in query.get("q", "")[:100] if c.isprintable()).strip(),
            offset=min(int(offset), 100_000) if offset.isascii() and offset.isdigit() and len(offset) < 9 else 0,
        )

    def filter(self, agent: Agent) -> QueueFilter:
        return QueueFilter(
            view=self.view if self.view in set(Status) or self.view == "all" else "todo",
            assignee=agent.login if self.view == "mine" else None,
            unassigned=self.view == "unassigned",
            cause=self.cause,
            language=self.language,
            channel=self.channel,
            priority=self.priority,
            text=self.text or None,
            sort=self.sort,
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.cause or self.language or self.channel or self.priority or self.text)

    @property
    def cleared(self) -> str:
        return f"{HOME}?view={self.view}" if self.view != "todo" else HOME

    @property
    def earlier(self) -> str:
        return self.address(offset=max(0, self.offset - PAGE))

    def address(self, path: str = HOME, **changes: Any) -> str:
        """The same with `changes`; what is as usual is left out."""
        said = {
            "view": self.view if self.view != "todo" else None,
            "sort": self.sort if self.sort != "priority" else None,
            "cause": self.cause,
            "language": self.language,
            "channel": self.channel,
            "priority": self.priority.label if self.priority else None,
            "q": self.text,
        } | changes
        query = urlencode({name: str(value) for name, value in said.items() if value})
        return f"{path}?{query}" if query else path


@routes.get(HOME)
async def page(request: web.Request) -> web.Response:
    words = words_of(request)
    return render(request, "queue.html", words=words, **await _shown(request, words))


@routes.get("/console/rows")
async def rows(request: web.Request) -> web.Response:
    """The parts of the page that change."""
    words = words_of(request)
    shown = await _shown(request, words)
    parts = {name: fragment(request, f"queue_{name}.html", words, **shown) for name in ("views", "rows")}
    return answer_json({"parts": parts, "title": shown["title"], "todo": shown["counts"].todo})


async def _shown(request: web.Request, words: Words) -> dict[str, Any]:
    desk, agent, asked = request.app[CONTAINER].support, agent_of(request), Asked.of(request.query)
    found: list[QueueRow] = await desk.queue(asked.filter(agent), limit=PAGE + 1, offset=asked.offset)
    counts: Counts = await desk.counts(agent)
    names = {one.login: one.name for one in await request.app[CONTAINER].agents.everybody()}
    return {
        "asked": asked,
        "rows": found[:PAGE],
        "more": asked.address(offset=asked.offset + PAGE) if len(found) > PAGE else None,
        "counts": counts,
        "views": [(view, getattr(counts, view, None)) for view in VIEWS],
        "names": names,
        "title": f"({counts.todo}) {words.t('queue')}" if counts.todo else words.t("queue"),
        "choices": _choices(counts, words),
    }


def _choices(counts: Counts, words: Words) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters: name, label, and each value with its words and how many there are."""
    def known(kind: str, codes: list[str], numbers: dict[str, int]) -> list[tuple[str, str]]:
        return [
            (code, f"{words.code(kind, code)} ({numbers[code]})" if numbers.get(code) else words.code(kind, code))
            for code in codes
        ]

    return [
        ("cause", words.t("filter_cause"), known("cause", [str(one) for one in Cause], counts.by_cause)),
        ("priority", words.t("filter_priority"), known("priority", [one.label for one in Priority], {})),
        ("channel", words.t("filter_channel"), known("channel", [str(one) for one in Channel], counts.by_channel)),
        ("language", words.t("filter_language"), known("language", [str(one) for one in Language], counts.by_language)),
    ]
