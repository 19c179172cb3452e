"""Whose order: its number, and something that proves it."""

import re
from collections.abc import Sequence

from actions.dialogue.context import Dialogue
from actions.dialogue.facts import take_identity, take_wishes
from actions.dialogue.items import keep_for_later
from actions.dialogue.matching import LineMatcher
from actions.dialogue.memory import Asked
from actions.dialogue.questions.base import picked
from actions.dialogue.words import FORGOTTEN, NO, YES
from rma.model.orders import Order, order_key

_ERRANDS = ("track_order", "check_return_status", "check_refund_status", "report_not_received")
OTHER_ORDER = "other_order"
"""The option that none of the orders offered is the one."""

_TOKEN = re.compile(r"[#\w][\w./#-]{0,39}")
_NOISE = frozenset(
    [
        "hi",
        "hello",
        "hey",
        "bonjour",
        "salut",
        "the",
        "a",
        "my",
        "order",
        "number",
        "is",
        "it",
        "its",
        "it's",
        "commande",
        "numero",
        "mon",
        "ma",
        "le",
        "la",
        "c'est",
        "cest",
        "est",
        "voici",
        "here",
    ]
)

# A postal code in any country's writing ("69 001", "SW1A 1AA", "10011"); short words before it are left out.
_CODE = re.compile(r"[A-Za-z0-9]{1,5}(?:[ -][A-Za-z0-9]{1,5}){0,2}(?<=[\w -]{4})")
_PHONE = re.compile(r"\+?[\d\s().-]{8,20}")
_LEAD = re.compile(
    r"^(?:(?:my|the|it|is|it's|its|mon|le|c'est|est|code|postal|zip|post|postcode)\b[\s:]*)+[\s:]*", re.IGNORECASE
)


def _said_alone(text: str) -> str | None:
    """The one word of an answer that can be a number, whatever it looks like: "AB-C", "1045", "#w 261 1340"."""
    words = [word for word in text.strip(" .!?,;:\"'").split() if word.casefold() not in _NOISE]
    joined = "".join(words)
    if len(words) == 1 and _TOKEN.fullmatch(words[0]):
        return words[0]
    digits = sum(character.isdigit() for character in joined)
    return (
        joined
        if 1 < len(words) <= 4 and digits >= 3 and digits >= len(joined) / 2 and _TOKEN.fullmatch(joined)
        else None
    )


class OrderNumber:
    slot = "order_number"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        d.ask(Asked(slot=self.slot, kind="text"), d.text("ask_order_number"))

    async def read(self, d: Dialogue) -> bool:
        if d.memory.asked is not None and d.memory.asked.options and await self._picked(d):
            return True
        if d.reading.choice is not None:
            d.memory.order_number = d.reading.choice[0][:100]
            return True
        # "Z121 027239" is one number here, where a number was asked.
        alone = _said_alone(d.reading.text)
        if (
            alone
            and not d.reading.values("return_number")
            and len(d.reading.values("order_number")) < 2
            and len(d.reading.text.split()) > 1
            and any(character.isdigit() for character in alone)
        ):
            d.memory.order_number = alone
            return True
        news = take_identity(d)
        take_wishes(d)
        if news and (d.memory.order_number or d.memory.return_number or d.memory.contact):
            keep_for_later(d)
            return True
        plain = d.reading.bare
        shown = d.memory.asked is not None and bool(d.memory.asked.options)
        if FORGOTTEN.search(d.reading.plain) and not (shown and d.reading.is_sure(*_ERRANDS)):
            d.say("order_number_where")
            await self.ask(d)
            return True
        if (
            YES.fullmatch(plain)
            or NO.fullmatch(plain)
            or d.reading.is_sure("greet", "thank", "goodbye", "talk_to_human")
        ):
            return False
        if alone and shown and len(alone) <= 2:
            return False  # A place that the list does not have.
        if alone and (any(c.isdigit() for c in alone) or (d.reading.is_sure("inform") and not shown)):
            d.memory.order_number = alone
            return True
        return False

    async def _picked(self, d: Dialogue) -> bool:
        """Takes one of the orders that were offered, by its place, its number or an item in it; or none of them."""
        asked = d.memory.asked
        assert asked is not None
        numbers = [option.value for option in asked.options if option.value != OTHER_ORDER]
        value = picked(d)
        if value is None and NO.fullmatch(d.reading.bare):
            value = OTHER_ORDER
        if value is None and d.reading.choice is None and not d.reading.values("order_number"):
            offered = [order for _, order in await d.container.identity.of_sender(d.conversation) if order.number in numbers]
            meant = with_item(d, offered, [d.reading.text])
            value = meant[0].number if len(meant) == 1 else None
        if value is None:
            return False
        if value == OTHER_ORDER:
            d.memory.other_orders += [order_key(number) for number in numbers]
            await self.ask(d)
        else:
            d.memory.order_number = value
        return True


def with_item(d: Dialogue, orders: Sequence[Order], texts: Sequence[str]) -> list[Order]:
    """Those of the orders with an item that one of the texts names."""
    return [
        order
        for order in orders
        if any(LineMatcher(order.lines, d.lexicon).find(text, by_position=False).lines for text in texts)
    ]


class Contact:
    slot = "contact"

    async def ask(self, d: Dialogue, line: str | None = None) -> None:
        d.ask(Asked(slot=self.slot, kind="email"), d.text("ask_contact"))

    async def read(self, d: Dialogue) -> bool:
        if d.reading.choice is not None:
            d.memory.contact = d.reading.choice[0][:320]
            return True
        answer = self._answer(d)
        if answer is not None:
            d.memory.contact = answer
            for number in d.reading.values("order_number"):
                if str(number) not in answer:
                    d.memory.order_number = str(number)
            return True
        if take_identity(d):
            return True
        if FORGOTTEN.search(d.reading.plain):
            d.say("contact_where")
            await self.ask(d)
            return True
        return False

    @staticmethod
    def _answer(d: Dialogue) -> str | None:
        """An address or number that was recognised, else a short answer with digits in it: postal codes look like anything."""
        for kind in ("email", "phone", "postal_code"):
            if (value := d.reading.value(kind)) is not None:
                return str(value)
        text = d.reading.text.strip(" .!,;")
        # "W2611340" after "which e-mail?" is the order number again, but "69001" is a postal code.
        numbers = [str(value) for value in d.reading.values("order_number")]
        if numbers and not numbers[0].isdigit() and any(word in d.reading.plain for word in ("order", "commande", "#")):
            return None
        text = _LEAD.sub("", text)
        if _PHONE.fullmatch(text):
            return text
        if _CODE.fullmatch(text) and any(character.isdigit() for character in text):
            return text
        codes = re.findall(r"\b(?=\w*\d)[\w-]{4,10}\b", text)
        return codes[-1] if len(codes) == 1 and len(text.split()) <= 6 else None
