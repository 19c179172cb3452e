"""The conversation as one list: what was said, what the team noted, what was done, and where a person began and ended."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.console.words import Words
from rma.model.conversations import Message, Sender
from rma.model.support import BEGINS, ENDS, SupportEvent
from rma.service.overview import Overview

_SHOWN_AS_MESSAGE = "said"
_NOTE = "note"
_VALUES = ("who", "to", "from", "until", "number", "amount", "reason", "cause", "outcome")


@dataclass(frozen=True)
class Item:
    """`kind`: message, note, line, began or ended (of a person's stretch), day. `key` stays the same for the same thing."""

    kind: str
    key: str
    at: datetime
    text: str = ""
    who: str = ""
    message: Message | None = None
    grouped: bool = field(default=False, compare=False)
    """The same person goes on, within minutes: no need to say again who."""


def items(told: Overview, names: Mapping[str, str], words: Words, shopper: str) -> list[Item]:
    """Oldest first, with a line where a new day begins. `names` are the agents' by their login, `shopper` what to call the
    shopper."""
    found = [_message(message, names, words, shopper, told.authors) for message in told.messages]
    found += [item for event in told.events if (item := _event(event, names, words))]
    found.sort(key=lambda item: item.at)
    return list(_with_days(_grouped(_with_stretches(found)), words))


def newer(found: Iterable[Item], message_id: int, event_id: int) -> list[Item]:
    """Those after the last message and the last event that somebody had seen."""

    def fresh(item: Item) -> bool:
        return int(item.key[1:]) > (message_id if item.kind == "message" else event_id)

    return [item for item in found if item.kind != "day" and fresh(item)]


def _message(
    message: Message, names: Mapping[str, str], words: Words, shopper: str, authors: Mapping[int, str]
) -> Item:
    match message.sender:
        case Sender.SHOPPER:
            who = shopper
        case Sender.AGENT:
            login = authors.get(message.id, "")
            who = names.get(login, login) or words.t("team")
        case Sender.BOT:
            who = words.t("assistant")
        case _:
            who = words.t("system")
    return Item("message", f"m{message.id}", message.at, message.text, who, message)


def _event(event: SupportEvent, names: Mapping[str, str], words: Words) -> Item | None:
    if event.kind == _SHOWN_AS_MESSAGE:
        return None
    key, who = f"e{event.id}", _name(event.by, names, words)
    if event.kind == _NOTE:
        return Item("note", key, event.at, str(event.detail.get("text", "")), who)
    kind = "began" if event.kind in BEGINS else "ended" if event.kind in ENDS else "line"
    return Item(kind, key, event.at, sentence(event, names, words), who)


def _name(by: str, names: Mapping[str, str], words: Words) -> str:
    return names.get(by) or (words.t(by) if by in ("shopper", "assistant", "system") else by)


def sentence(event: SupportEvent, names: Mapping[str, str], words: Words) -> str:
    """The event as one line, with its reason where one was given."""
    detail = event.detail
    values: dict[str, Any] = dict.fromkeys(_VALUES, "") | {
        name: str(value) for name, value in detail.items() if name in _VALUES and value is not None
    }
    values["who"] = _name(event.by, names, words)
    for name in ("to", "from"):
        values[name] = names.get(values[name], values[name])
    if values["cause"]:
        values["cause"] = words.code("cause", values["cause"])
    if event.kind == "priority":
        values["to"] = words.code("priority", values["to"])
    values["until"] = _instant(detail.get("until"), words)
    values["amount"] = _money(detail, words)
    values["day"] = _day(detail.get("send_by"), words)
    key = f"event_{event.kind}"
    if not words.has(key):
        return f"{values['who']}: {event.kind.replace('_', ' ')}"
    text = words.t(key, **values)
    return f"{text} {words.t('because', reason=values['reason'])}" if values["reason"] else text


def _with_stretches(found: Iterable[Item]) -> Iterator[Item]:
    """Of those who take it one after the other, only the first began a person's stretch."""
    running = False
    for item in found:
        if item.kind == ("began" if running else "ended"):
            item = replace(item, kind="line")
        if item.kind in ("began", "ended"):
            running = item.kind == "began"
        yield item


def _instant(value: Any, words: Words) -> str:
    try:
        return words.moment(datetime.fromisoformat(value)) if value else ""
    except (TypeError, ValueError):
        return ""


def _day(value: Any, words: Words) -> str:
    try:
        return words.day(date.fromisoformat(value)) if value else ""
    except (TypeError, ValueError):
        return ""


def _money(detail: Mapping[str, Any], words: Words) -> str:
    try:
        return words.money(Decimal(str(detail["amount"])), str(detail["currency"]))
    except (KeyError, InvalidOperation):
        return ""


def _grouped(found: Iterable[Item]) -> Iterator[Item]:
    before: Item | None = None
    for item in found:
        together = (
            before is not None
            and item.kind == before.kind == "message"
            and item.who == before.who
            and (item.at - before.at).total_seconds() < 300
        )
        yield replace(item, grouped=together)
        before = item


def _with_days(found: Iterable[Item], words: Words) -> Iterator[Item]:
    last: date | None = None
    for item in found:
        day = words.local(item.at).date()
        if day != last:
            yield Item("day", f"d{day.isoformat()}", item.at, words.day(item.at))
        last = day
        yield item
