"""What people of the team settled in a conversation, in words for the shopper: for the assistant that goes on from there."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from rma.model.money import spoken
from rma.model.support import SETTLES, Cause, HandOver, Stretch, SupportEvent, stretches
from rma.policy import spoken_date
from rma.service.ports import UnitOfWork
from rma.texts import Texts

_NOT_PEOPLE = frozenset({"shopper", "system", "assistant"})


class Settled(BaseModel):
    """`acts`: what was decided or done, oldest first. `answered`: hand-overs that a person ended."""

    stretches: list[Stretch] = []
    acts: list[SupportEvent] = []
    answered: list[HandOver] = []

    @property
    def ended(self) -> int:
        """How many times a person had the conversation and gave it back."""
        return sum(stretch.ended is not None for stretch in self.stretches)

    def was_answered(self, cause: Cause, number: str | None = None) -> datetime | None:
        """When a person ended the last hand-over of this cause; `number` the order or return it was about, if that matters."""
        times = [
            one.closed_at
            for one in self.answered
            if one.cause is cause and one.closed_at and (number is None or number in _numbers(one))
        ]
        return max(times, default=None)


def _numbers(one: HandOver) -> set[str]:
    return {str(one.context[name]) for name in ("number", "order") if one.context.get(name)}


async def settled(uow: UnitOfWork, conversation_id: str) -> Settled:
    events = await uow.support.events(conversation_id)
    if not events:
        return Settled()
    return Settled(
        stretches=stretches(events),
        acts=[event for event in events if event.kind in SETTLES],
        answered=[one for one in await uow.support.hand_overs(conversation_id) if one.closed_by not in (None, *_NOT_PEOPLE)],
    )


def in_words(acts: Sequence[SupportEvent], texts: Texts, language: str, channel: str) -> str:
    """One sentence for each return, with where it stands after all that was done; empty when nothing was."""
    last: dict[str, SupportEvent] = {}
    for act in acts:
        number = str(act.detail.get("number"))
        if act.kind != "label_resent" or number not in last:
            last[number] = act
    return " ".join(
        texts.get(f"settled_{act.kind}", language, channel, number=number, **_values(act, language))
        for number, act in last.items()
    )


def _values(act: SupportEvent, language: str) -> dict[str, Any]:
    amount, currency = act.detail.get("amount"), act.detail.get("currency")
    return {
        "amount": spoken(Decimal(amount), currency, language) if amount is not None and currency else "",
        "date": spoken_date(date.fromisoformat(act.detail["send_by"]), language) if "send_by" in act.detail else "",
        "reason": str(act.detail.get("reason") or "").rstrip(".") + ".",
    }
