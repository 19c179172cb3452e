"""What a shopper is told when a person takes over: when somebody answers, how many are before them, and where the answer goes.

Nothing is promised that the opening times do not keep.
"""

from datetime import datetime, timedelta
from typing import Any

from rma.model.conversations import Channel, Conversation
from rma.model.orders import Order
from rma.model.outgoing import Medium
from rma.model.reach import masked, reach
from rma.model.shop import Shop
from rma.model.support import Cause, Support
from rma.service.hours import BusinessHours
from rma.service.ports import UnitOfWork
from rma.texts import Texts


class Promises:
    def __init__(self, shop: Shop, hours: BusinessHours, texts: Texts) -> None:
        self._shop, self._hours, self._texts = shop, hours, texts

    async def of(
        self, uow: UnitOfWork, conversation: Conversation, cause: Cause, order: Order | None, now: datetime
    ) -> str:
        """Said as the conversation goes to a person. `order` is the one that was proven."""
        waiting = Support(
            conversation=conversation.id, channel=conversation.channel, language=conversation.language,
            owner=conversation.owner, status=conversation.status, priority=cause.priority, waiting_since=now,
            created_at=now, updated_at=now,
        )  # fmt: skip
        before = await uow.support.before(waiting)
        key = "person_comes_safety" if cause is Cause.SAFETY else "person_comes"
        parts = [self.when(conversation, before, now), self._where(conversation, order)]
        return self._text(key, conversation, name=self._shop.name, then=" ".join(filter(None, parts)))

    def when(self, conversation: Conversation, before: int, now: datetime) -> str:
        """Whether somebody is there, how many are before, and by when there is an answer."""
        latest = self._latest(now)
        opens = self._hours.opens(now)
        language = conversation.language
        if opens is None or latest is None:
            return self._text("answer_some_day", conversation)
        if opens > now:
            text = self._text("team_away", conversation, when=self._hours.spoken(opens, now, language))
            return f"{text} {self._before(conversation, before)}" if before else text
        promise = self._text("answer_by", conversation, when=self._hours.spoken(latest, now, language))
        return f"{self._before(conversation, before)} {promise}"

    def by_when(self, now: datetime, language: str) -> str:
        """ "tomorrow at 14:00": the latest time of an answer to something that was left for a person."""
        latest = self._latest(now)
        return self._hours.spoken(latest, now, language) if latest else ""

    def _latest(self, now: datetime) -> datetime | None:
        """Within the hours that the shop promises from the moment somebody is there, or when they are there next."""
        opens = self._hours.opens(now)
        if opens is None:
            return None
        due = opens + timedelta(hours=self._shop.answer_within_hours)
        if due.minute or due.second or due.microsecond:
            due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return self._hours.opens(due)

    def _before(self, conversation: Conversation, before: int) -> str:
        key = {0: "queue_next", 1: "queue_one"}.get(before, "queue_many")
        return self._text(key, conversation, count=before)

    def _where(self, conversation: Conversation, order: Order | None) -> str:
        if conversation.channel is not Channel.WEB:
            return ""
        address = (reach(order, Medium.EMAIL) or reach(order, Medium.SMS)) if order else None
        if address:
            return self._text("answer_also_to", conversation, contact=masked(address))
        return self._text("leave_contact", conversation)

    def _text(self, key: str, conversation: Conversation, **values: Any) -> str:
        return self._texts.get(key, conversation.language, conversation.channel, **values)
