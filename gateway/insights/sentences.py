"""What changed since last month, in a sentence each."""

from dataclasses import dataclass

from gateway.console.words import Words
from gateway.insights import saying
from rma.model.insight import later
from rma.service.insights.changes import Change, Changes


@dataclass(frozen=True)
class Sentence:
    text: str
    rose: bool


def sentences(found: Changes, names: dict[str, str], words: Words) -> list[Sentence]:
    return [Sentence(_said(one, names, words), one.rose) for one in found.found]


def _said(one: Change, names: dict[str, str], words: Words) -> str:
    before, after = one.shares
    way = "up" if one.rose else "down"
    subject = one.subject
    if one.what == "product":
        subject = names.get(subject, subject)
    elif one.what == "market":
        subject = saying.country(subject, words)
    elif one.what == "reason":
        subject = saying.reason(subject, words)
    # In one year, its number would be in the way.
    name = saying.month_name if one.previous // 100 == one.month // 100 else saying.month_long
    return words.t(
        f"insights_change_{one.what}_{way}", subject=subject, days=one.days, month=name(one.month, words),
        previous=name(one.previous, words), before=saying.percent(before, words, 1), after=saying.percent(after, words, 1),
    )  # fmt: skip


def nothing_changed(found: Changes, words: Words) -> str:
    """Said where there is no sentence."""
    months = {"month": saying.month_name(found.month, words), "previous": saying.month_name(later(found.month, -1), words)}
    return words.t("insights_change_none" if found.looked_at else "insights_change_few", **months)
