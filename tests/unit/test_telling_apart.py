"""Of several items each has its own reason or is asked; what is kept stays; a fault that is denied is none; how many are meant."""

from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from actions.dialogue.context import Dialogue
from actions.dialogue.items import take_items
from actions.dialogue.lexicon import load_lexicon
from actions.dialogue.matching import LineMatcher
from actions.dialogue.memory import Memory
from actions.dialogue.reading import Reading
from rma.model.codes import Reason
from rma.model.orders import OrderLine

LEXICON = load_lexicon(Path(__file__).parents[2] / "data" / "lookup")
SMALL, MIND, DAMAGED = Reason.SIZE_TOO_SMALL, Reason.CHANGED_MIND, Reason.DAMAGED


class Heard:
    """As much of a dialogue as taking in items needs: four mugs and two cushions."""

    def __init__(self, reading: Reading) -> None:
        things = (("1", "Mug", 4), ("2", "Cushion", 2))
        self.lines = [
            OrderLine(id=key, sku=key, name=name, quantity=count, unit_price=Decimal(9)) for key, name, count in things
        ]
        self.reading, self.memory = reading, Memory()
        self.draft = self.memory.draft

    def line(self, key: str) -> OrderLine | None:
        return next((line for line in self.lines if line.id == key), None)

    async def order(self) -> "Heard":
        return self

    async def matcher(self) -> LineMatcher:
        return LineMatcher(self.lines, LEXICON)

    async def left(self, line: OrderLine) -> int:
        return line.quantity


async def taken(
    text: str, reason: Reason | None = None, *clauses: tuple[str, Reason | None]
) -> dict[str, tuple[Any, Any]]:
    """Of each line its quantity and reason; `reason` is what the model hears in the whole, `clauses` in the parts."""
    parts = [
        {"start": text.index(part), "end": text.index(part) + len(part), "reason": why, "reason_confidence": 0.9}
        for part, why in clauses
    ]
    parse = {
        "intent": {"name": "report_problem", "confidence": 0.9},
        "reason": reason,
        "reason_confidence": 0.9,
        "clauses": parts,
    }
    heard = Heard(Reading.of(text, parse))
    await take_items(cast(Dialogue, heard), heard.reading, by_position=False)
    return {item.id: (item.quantity, item.reason) for item in heard.draft.items}


@pytest.mark.parametrize(
    ("text", "heard", "reasons"),
    [
        ("mugs leak, cushions I regret buying", MIND, (None, None)),
        ("les mugs fuient et les coussins plus envie", MIND, (None, None)),
        ("mugs cracked, the cushions are too small", DAMAGED, (None, SMALL)),
        ("mugs fendus, coussins trop petits", DAMAGED, (None, SMALL)),
        ("the mugs and the cushions came broken", DAMAGED, (DAMAGED, DAMAGED)),
        ("les mugs et les coussins sont abîmés", DAMAGED, (DAMAGED, DAMAGED)),
        ("the mugs are broken, the cushions too", DAMAGED, (DAMAGED, DAMAGED)),
    ],
)
async def test_no_item_is_given_the_reason_of_another(text: str, heard: Reason, reasons: tuple[Any, Any]) -> None:
    found = await taken(text, heard)
    assert (found["1"][1], found["2"][1]) == reasons


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("the cushions go back but I'm keeping the mugs", {"2"}),
        ("je garde les mugs, je renvoie les coussins", {"2"}),
        ("les coussins je les garde, les mugs je les renvoie", {"1"}),
        ("I bought the mugs for mum who loves them. The cushions came torn", {"2"}),
        ("I love the mugs but they came broken, and the cushions are stained", {"1", "2"}),
        ("I don't want to keep the mugs, and the cushions go back as well", {"1", "2"}),
    ],
)
async def test_what_is_kept_stays(text: str, lines: set[str]) -> None:
    assert set(await taken(text)) == lines


@pytest.mark.parametrize(
    ("text", "whole", "clauses", "reason"),
    [
        ("the mugs aren't faulty, I ordered too many", MIND, [("the mugs aren't faulty", Reason.DEFECTIVE)], MIND),
        ("le coussin n'a aucun défaut", DAMAGED, [], None),
        ("the mugs did not arrive broken", DAMAGED, [], None),
        ("the mugs are not usable, they are broken", DAMAGED, [], DAMAGED),
    ],
)
async def test_a_denied_fault_is_none(
    text: str, whole: Reason, clauses: list[tuple[str, Reason]], reason: Reason | None
) -> None:
    ((_, heard),) = (await taken(text, whole, *clauses)).values()
    assert heard is reason


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a couple of mugs", 2),
        ("une paire de mugs", 2),
        ("all the mugs but one", 3),
        ("tous les mugs sauf deux", 2),
        ("the mugs: two are cracked", 2),
        ("of the mugs, one is fine, three are cracked", 3),
        ("parmi les mugs, deux sont cassés", 2),
        ("I bought 4 mugs, one is chipped", 1),
        ("j'ai acheté 4 mugs, deux sont fêlés", 2),
        ("I bought 4 mugs, they are too small", 4),
        ("I bought four mugs but only wanted three", 1),
        ("j'ai reçu 4 mugs, j'en garde 3", 1),
        ("I got 4 mugs, the other 2 go back", 2),
        ("j'ai pris 4 mugs et il y en a un de trop", 1),
        ("the mugs: I'd like another colour", None),
        ("I keep one of the cushions and return the mugs", None),
    ],
)
async def test_how_many_mugs(text: str, count: int | None) -> None:
    assert (await taken(text))["1"][0] == count


async def test_both_of_two() -> None:
    assert {line: count for line, (count, _) in (await taken("3 mugs and both cushions")).items()} == {"1": 3, "2": 2}
