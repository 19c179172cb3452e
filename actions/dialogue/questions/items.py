"""What comes back: which lines, how many, why, in which condition, and what it looks like."""

from dataclasses import replace

from actions.dialogue.context import Dialogue
from actions.dialogue.facts import take_wishes
from actions.dialogue.items import take_items
from actions.dialogue.matching import LineMatcher, numbers_in
from actions.dialogue.memory import Asked, Item
from actions.dialogue.particulars import condition_in, size_reason
from actions.dialogue.prices import by_price
from actions.dialogue.quantities import part_of, take_quantities
from actions.dialogue.questions.base import picked
from actions.dialogue.telling_apart import of_their_own
from actions.dialogue.words import ALL, CALLS_OFF, NO, NOTHING, NUMBERS, SAME, SHOWN_SOON, WHY, YES
from rma.model.codes import Condition, Reason, as_code
from rma.model.conversations import ChoiceOption
from rma.model.orders import OrderLine

NO_PHOTO = "no_photo"
_ALWAYS = (
    Reason.DAMAGED,
    Reason.DEFECTIVE,
    Reason.WRONG_ITEM,
    Reason.NOT_AS_DESCRIBED,
    Reason.MISSING_PARTS,
    Reason.QUALITY,
    Reason.CHANGED_MIND,
    Reason.OTHER,
)
_WORN = frozenset({"clothing", "shoes", "footwear", "apparel", "fashion", "vetements", "chaussures", "accessories"})


_FIT = (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE, Reason.COLOR)
_OFTEN = (Reason.DAMAGED, Reason.WRONG_ITEM, Reason.CHANGED_MIND, Reason.OTHER)


def _is_worn(line: OrderLine) -> bool:
    return (line.category or "").casefold() in _WORN or "size" in line.variant


_OF_THE_ORDER = (Reason.CHANGED_MIND, Reason.ARRIVED_LATE, Reason.BETTER_PRICE, Reason.UNWANTED_GIFT)
"""What is true of one item and not of the next only where that is said; the summary shows it of each."""


class Lines:
    slot = "lines"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        order = await d.order()
        assert order is not None
        shown = [item for item in order.lines if item.id in d.draft.candidates] or [
            item for item in order.lines if await d.left(item) > 0
        ]
        options = [ChoiceOption(label=self._label(d, item), value=item.id) for item in shown]
        key = "ask_lines_which" if d.draft.candidates else "ask_lines"
        d.ask(
            Asked(slot=self.slot, kind="choices", options=options, accepts=[item.id for item in order.lines]),
            d.text(key),
        )

    @staticmethod
    def _label(d: Dialogue, line: OrderLine) -> str:
        return f"{line.quantity} × {d.full_title(line)}" if line.quantity > 1 else d.full_title(line)

    async def read(self, d: Dialogue) -> bool:
        order, asked = await d.order(), d.memory.asked
        assert order is not None and asked is not None
        if d.reading.choice is not None:
            wanted = list(dict.fromkeys(value for value in d.reading.choice if order.line(value)))
            if not wanted:
                return False
            self._choose(d, wanted)
            return True
        if priced := self._by_price(d, [line for line in order.lines if line.id in {one.value for one in asked.options}]):
            if len(priced) == 1:
                self._choose(d, priced)
            else:
                d.draft.candidates = priced
            return True
        if len(asked.options) < len(order.lines):
            # "1 and 3" are places in the list that was shown, which is not the order's.
            if places := numbers_in(d.reading.text, len(asked.options)):
                self._choose(d, [asked.options[place - 1].value for place in places])
                return True
            if value := picked(d):
                self._choose(d, [value])
                return True
        if asked.options and d.draft.candidates and ALL.search(d.reading.plain):
            self._choose(d, list(d.draft.candidates))
            return True
        take_wishes(d)
        # Names alone are an answer here; a reason beside them must be plain.
        reading = d.reading if d.reading.reason_confidence >= 0.65 else replace(d.reading, reason=None)
        before = [item.model_dump() for item in d.draft.items]
        if await take_items(d, reading, by_position=True, strict=True):
            return True
        d.draft.items = [Item.model_validate(item) for item in before]
        return False

    @staticmethod
    def _by_price(d: Dialogue, shown: list[OrderLine]) -> list[str] | None:
        """What is called by its price among what is shown, and by no other name beside it."""
        named = LineMatcher(shown, d.lexicon).named(d.reading.text)
        return None if named else by_price(d.reading.text, shown)

    @staticmethod
    def _choose(d: Dialogue, lines: list[str]) -> None:
        known = {item.id: item for item in d.draft.items}
        kept = [item for item in d.draft.items if d.draft.candidates and item.id not in lines]
        d.draft.items = [*kept, *[known.get(line) or Item(id=line) for line in lines]]
        d.draft.candidates = []


class Quantity:
    slot = "quantity"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        order = await d.order()
        assert order is not None and line is not None
        bought = order.line(line)
        assert bought is not None
        left = await d.left(bought)
        options = [ChoiceOption(label=str(number), value=str(number)) for number in range(1, min(left, 10) + 1)]
        d.ask(
            Asked(
                slot=self.slot,
                kind="choice",
                line=line,
                options=options,
                accepts=[str(number) for number in range(1, left + 1)],
            ),
            d.text("ask_quantity", item=d.title(order, line), left=left),
        )

    async def read(self, d: Dialogue) -> bool:
        asked, order = d.memory.asked, await d.order()
        assert asked is not None and order is not None and asked.line is not None
        line, item = order.line(asked.line), d.draft.item(asked.line)
        assert line is not None and item is not None
        left = await d.left(line)
        wanted = part_of(d.reading.plain) or self._number(d, left)
        if wanted is None:
            if CALLS_OFF.search(d.reading.plain):
                return False  # "Stop all this" counts nothing.
            return await take_quantities(d, d.reading, [asked.line])
        if not 1 <= wanted <= left:
            d.say("quantity_too_many", left=left)
            await self.ask(d, asked.line)
            return True
        item.quantity = wanted
        return True

    @staticmethod
    def _number(d: Dialogue, left: int) -> int | None:
        if d.reading.plain.startswith("-"):
            return None
        words = [d.reading.choice[0].strip()] if d.reading.choice else d.reading.bare.split()
        numbers = [
            int(word) if word.isdecimal() and len(word) < 7 else NUMBERS[word]
            for word in words
            if (word.isdecimal() and len(word) < 7) or word in NUMBERS
        ]
        if len(numbers) == 1 and len(words) <= 4:
            return numbers[0]
        every = ALL.search(d.reading.plain) and not CALLS_OFF.search(d.reading.plain)
        return left if every and not numbers else None


class WhyBack:
    """The reason of one line."""

    slot = "reason"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        order = await d.order()
        assert order is not None and line is not None
        bought = order.line(line)
        assert bought is not None
        likely = self._likeliest(bought) if d.by_sms else self._likely(bought)
        options = [ChoiceOption(label=d.plain_text(f"reason_{code}"), value=code) for code in likely]
        d.ask(
            Asked(slot=self.slot, kind="choice", line=line, options=options, accepts=list(Reason)),
            d.text("ask_reason", item=d.title(order, line)),
        )

    @staticmethod
    def _likely(line: OrderLine) -> list[Reason]:
        return [*(_FIT if _is_worn(line) else ()), *_ALWAYS]

    @staticmethod
    def _likeliest(line: OrderLine) -> list[Reason]:
        """As many as one text message holds; the others are understood in words."""
        return [*(_FIT if _is_worn(line) else (Reason.DEFECTIVE, Reason.MISSING_PARTS)), *_OFTEN]

    async def read(self, d: Dialogue) -> bool:
        asked = d.memory.asked
        assert asked is not None
        item = d.draft.item(asked.line)
        if item is None:
            return False
        reason = await self._reason(d)
        if reason is None or await self._tells_apart(d):
            return False
        item.reason, item.words = reason, d.reading.text[:500]
        take_wishes(d)
        if condition := condition_in(d.reading):
            item.condition = condition
        named = (await d.matcher()).named(d.reading.text)
        if ALL.search(d.reading.plain) or (reason in _OF_THE_ORDER and d.reading.choice is None and not named):
            for other in d.draft.items:
                other.reason = other.reason or reason
        else:
            await self._others(d, asked.line)
        return True

    async def _reason(self, d: Dialogue) -> Reason | None:
        plain = d.reading.bare
        if d.reading.choice is None and (YES.fullmatch(plain) or NO.fullmatch(plain)):
            return None
        value = picked(d)
        if value is not None:
            return as_code(Reason, value)
        if SAME.search(d.reading.plain) and (told := [item.reason for item in d.draft.items if item.reason]):
            return told[-1]
        if (reason := size_reason(d.reading.plain) or d.reading.reason or d.reading.faint_reason) is not None:
            return reason
        # A reason that fits no code is still a reason: in the shopper's own words, once they were asked a second time.
        wordy = len(plain.split()) >= 2 and d.reading.intent in ("inform", "report_problem", "request_return", "deny")
        return Reason.OTHER if wordy and d.memory.misses >= 1 else None

    @staticmethod
    async def _tells_apart(d: Dialogue) -> bool:
        """Whether one clause gives several lines each its own reason: what was heard may be either's, and is asked again."""
        matcher, chosen = await d.matcher(), {item.id for item in d.draft.items}
        return d.reading.choice is None and any(
            len({line for line, _ in of_their_own(part.text, matcher)} & chosen) > 1 for part in d.reading.parts
        )

    async def _others(self, d: Dialogue, asked_line: str | None) -> None:
        """ "The shirt is too small and the kettle is broken" answers for both."""
        matcher = await d.matcher()
        for part in d.reading.parts:
            for line in matcher.find(part.text, by_position=False).lines:
                other = d.draft.item(line)
                if other is not None and part.reason is not None and (line != asked_line or len(d.reading.parts) > 1):
                    other.reason, other.words = part.reason, part.text[:500]


class HowIsIt:
    """The condition of a line whose return depends on it."""

    slot = "condition"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        order = await d.order()
        assert order is not None and line is not None
        options = [ChoiceOption(label=d.plain_text(f"condition_{code}"), value=code) for code in Condition]
        d.ask(
            Asked(slot=self.slot, kind="choice", line=line, options=options),
            d.text("ask_condition", item=d.title(order, line)),
        )

    async def read(self, d: Dialogue) -> bool:
        asked = d.memory.asked
        assert asked is not None
        item = d.draft.item(asked.line)
        condition = as_code(Condition, picked(d))
        if condition is None and d.reading.choice is None:
            condition = condition_in(d.reading)
        if condition is None and NO.fullmatch(d.reading.bare):
            condition = Condition.UNOPENED
        if item is None or condition is None:
            return False
        item.condition = condition
        return True


class Photo:
    slot = "photo"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        order = await d.order()
        assert order is not None and line is not None
        options = [ChoiceOption(label=d.plain_text("choice_no_photo"), value=NO_PHOTO)]
        d.ask(
            Asked(slot=self.slot, kind="photo", line=line, options=options),
            d.text("ask_photo", item=d.title(order, line)),
        )

    async def read(self, d: Dialogue) -> bool:
        asked = d.memory.asked
        assert asked is not None
        item = d.draft.item(asked.line)
        if item is None:
            return False
        if d.reading.photo is not None:
            item.photo = d.reading.photo
            return True
        if SHOWN_SOON.fullmatch(d.reading.bare) or (d.reading.choice is None and WHY.search(d.reading.plain)):
            d.say("photo_why" if WHY.search(d.reading.plain) else "photo_how")
            await self.ask(d, asked.line)
            return True
        if picked(d) == NO_PHOTO or (d.reading.choice is None and NOTHING.search(d.reading.plain)):
            item.photo_refused = True
            return True
        if YES.fullmatch(d.reading.bare):
            d.say("photo_how")
            await self.ask(d, asked.line)
            return True
        return False
