"""One turn of a conversation: what was said, what is remembered, what will be answered."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from actions.dialogue.lexicon import Lexicon
from actions.dialogue.matching import LineMatcher
from actions.dialogue.memory import Asked, Draft, Item, Memory
from actions.dialogue.reading import Reading
from actions.dialogue.words import fold
from rma.bootstrap import Container
from rma.model.codes import Condition, Language, Reason, Resolution
from rma.model.conversations import Attachment, Channel, ChoiceOption, Conversation, Utterance
from rma.model.money import spoken
from rma.model.orders import Order, OrderLine
from rma.model.returns import RELEASED, Return
from rma.policy import Basis, Decision, History, RequestedLine, ReturnRequest, brief_date, decide, spoken_date
from rma.policy.markets import market_of
from rma.service.ports import UnitOfWork
from rma.service.settled import Settled
from rma.service.turns import Begun

Effect = Callable[[UnitOfWork], Awaitable[None]]
PERSON = "talk_to_human"
"""The value of the choice that fetches a person; offered beside any question."""

REFUSALS = frozenset({
    "declined", "status_declined", "goods_rejected", "goods_missing", "refund_done", "refund_nothing_due",
    "refund_nothing_left", "refund_less", "refund_unpaid", "refund_unpaid_more", "status_refunded_nothing",
})  # fmt: skip
"""Texts that a shopper may object to in any words, as long as they are the last thing that was said."""


@dataclass
class Dialogue:
    """The turn that is being answered. Questions and topics read and change `memory` and speak through `say`."""

    container: Container
    begun: Begun
    memory: Memory
    reading: Reading
    lexicon: Lexicon
    now: datetime
    said: list[Utterance] = field(default_factory=list)
    tickets: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    """What is done in the transaction that keeps this turn, or not at all."""
    confirmed: bool | None = None
    """What the shopper answered this turn to "shall I?"."""
    _order: Order | None = None
    _order_id: int | None = None
    _history: History | None = None

    def __post_init__(self) -> None:
        self._order, self._order_id, self._history = self.begun.order, self.conversation.order_id, self.begun.history

    @property
    def conversation(self) -> Conversation:
        return self.begun.conversation

    @property
    def draft(self) -> Draft:
        return self.memory.draft

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def by_sms(self) -> bool:
        """Whether every character costs."""
        return self.conversation.channel is Channel.SMS

    # -- speaking ---------------------------------------------------------------------------------------------------

    def text(self, key: str, **values: Any) -> str:
        """The text of `key`, worded anew when it was said before in this conversation."""
        count = self.memory.told.get(key, 0)
        self.memory.told[key] = count + 1
        if key in REFUSALS:
            self.memory.told_at[key] = self.memory.turns
        return self.container.texts.get(key, self.language, self.conversation.channel, count, **values)

    def told_last(self, *keys: str) -> bool:
        """Whether one of these refusals was said in the answer before this one."""
        return any(self.memory.told_at.get(key) == self.memory.turns - 1 for key in keys)

    def plain_text(self, key: str, **values: Any) -> str:
        """The first wording of `key`: for labels and parts of sentences."""
        return self.container.texts.get(key, self.language, self.conversation.channel, **values)

    def say(self, key: str, attachments: Sequence[Attachment] = (), **values: Any) -> None:
        self.say_text(self.text(key, **values), attachments)

    def say_text(self, text: str, attachments: Sequence[Attachment] = ()) -> None:
        self.said.append(Utterance(text=text, attachments=list(attachments)))

    def ask(self, asked: Asked, text: str, extra: Sequence[ChoiceOption] = ()) -> None:
        """Puts a question: it stands until it is answered or the task is given up."""
        self.memory.asked = asked
        asked.beside = list(extra)
        self.said.append(Utterance(text=text, choices=[*asked.options, *extra]))

    def person_choice(self) -> ChoiceOption:
        return ChoiceOption(label=self.plain_text("choice_person"), value=PERSON)

    def money(self, amount: Decimal | str, currency: str) -> str:
        return spoken(Decimal(amount), currency, self.language)

    def day(self, day: date | None) -> str:
        if day is None:
            return ""
        return brief_date(day, self.language, self.now.date()) if self.by_sms else spoken_date(day, self.language)

    def why(self, basis: Basis) -> str:
        """What a decision rests on, as this channel says it."""
        return (basis.brief if self.by_sms else basis.text)[self.language]

    def also(self, effect: Effect) -> None:
        self.effects.append(effect)

    def join(self, parts: Sequence[str]) -> str:
        """ "a, b and c" in the conversation's language."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.plain_text('and')} {parts[-1]}"

    def ticket(self, cause: str, **context: Any) -> None:
        """Leaves it to a person, with what the conversation knows. The transcript is the conversation's own messages."""
        known = {
            "order": self._order.number if self._order and self.memory.order_id else self.memory.order_number,
            "proven": self.memory.order_id is not None,
            "goal": self.memory.goal,
            "draft": self.draft.model_dump(mode="json"),
            "return": self.memory.last_return,
            "language": self.language,
            "last_message": self.reading.text,
        }
        self.tickets.append((cause, known | context))

    # -- knowing ----------------------------------------------------------------------------------------------------

    async def order(self) -> Order | None:
        """The order that was proven to be the shopper's."""
        wanted = self.memory.order_id
        if wanted is None:
            return None
        if self._order is None or self._order_id != wanted:
            async with self.container.transactions() as uow:
                self._order = await uow.orders.get(wanted)
            self._order_id, self._history = wanted, None
        return self._order

    def proven(self, order_id: int, order: Order) -> None:
        """The shopper has shown that the order is theirs."""
        self.memory.order_id, self._order_id = order_id, order_id
        self._order, self._history = order, None

    def forget_order(self) -> None:
        self.memory.order_id, self._order, self._history = None, None, None
        self.memory.draft = Draft(wished=self.draft.wished)

    def reload_order(self) -> None:
        self._order, self._history = None, None

    async def history(self) -> History:
        wanted = self.memory.order_id
        assert wanted is not None
        if self._history is None or self._order_id != wanted:
            await self.order()
            self._history = await self.container.returns.history(wanted)
        return self._history

    def history_changed(self) -> None:
        self._history = None

    async def settled(self) -> Settled:
        """What people of the team did in this conversation."""
        return self.begun.settled

    async def left(self, line: OrderLine) -> int:
        """Units of the line that are not announced for return yet."""
        return line.quantity - (await self.history()).returned.get(line.id, 0)

    async def returns(self) -> list[Return]:
        """The returns of the proven order that stand, newest first."""
        assert self.memory.order_id is not None
        every = await self.container.returns.of_order(self.memory.order_id)
        return [rma for rma in reversed(every) if rma.status not in RELEASED] or list(reversed(every))

    def local_day(self, order: Order, instant: datetime) -> date:
        """The day of `instant` where the order's market is."""
        return instant.astimezone(market_of(order.market).zone).date()

    async def decide(self, items: Sequence[Item], resolution: Resolution | None, **assumed: Any) -> Decision:
        """What the policy says of `items` now; `assumed` stands in for what was not said yet (reason, condition, photo)."""
        order = await self.order()
        assert order is not None
        lines = tuple(
            RequestedLine(
                id=item.id,
                quantity=item.quantity or 1,
                reason=item.reason or assumed.get("reason") or Reason.OTHER,
                condition=assumed.get("condition") or item.condition or Condition.UNOPENED,
                photo=assumed.get("photo", item.photo is not None),
            )
            for item in items
        )
        request = ReturnRequest(lines=lines, resolution=resolution or Resolution.REFUND)
        return decide(order, request, await self.history(), self.now, self.container.policy)

    async def matcher(self) -> LineMatcher:
        order = await self.order()
        assert order is not None
        return LineMatcher(order.lines, self.lexicon)

    def title(self, order: Order, line_id: str) -> str:
        """The line as short as it is clear in this order: its name, with the variant where the name stands twice."""
        line = order.line(line_id)
        assert line is not None
        twins = [other for other in order.lines if other.name == line.name]
        return self.full_title(line) if len(twins) > 1 else line.name

    def some(self, name: str, count: int, of: int) -> str:
        """Units of an item: its name alone where all of one is meant, else their number, and of how many where there are more."""
        if 0 < count < of:
            return self.plain_text("some_of", count=count, all=of, item=name)
        return f"{count} × {name}" if count > 1 else name

    def variant(self, values: Mapping[str, str]) -> str:
        """ "bleu, M": colours in the conversation's language, where the shop wrote them in the other."""
        texts = self.container.texts
        keys = [f"value_{fold(value).replace(' ', '_')}" for value in values.values()]
        return ", ".join(
            self.plain_text(key) if key in texts else value for key, value in zip(keys, values.values(), strict=True)
        )

    def full_title(self, line: OrderLine) -> str:
        """The line with its variant: "T-shirt (blue, M)"."""
        return f"{line.name} ({self.variant(line.variant)})" if line.variant else line.name

    def switch(self, language: Language) -> None:
        self.conversation.language = language
