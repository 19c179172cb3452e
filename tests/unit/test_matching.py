"""Which order lines the words mean."""

from decimal import Decimal
from pathlib import Path

import pytest

from actions.dialogue.lexicon import load_lexicon
from actions.dialogue.matching import LineMatcher
from rma.model.orders import OrderLine

LEXICON = load_lexicon(Path(__file__).parents[2] / "data" / "lookup")


def matcher(*things: tuple[str, str]) -> LineMatcher:
    lines = [
        OrderLine(id=str(place), sku=f"S{place}", name=name, variant={"color": color}, quantity=1, unit_price=Decimal(9))
        for place, (name, color) in enumerate(things, start=1)
    ]
    return LineMatcher(lines, LEXICON)


@pytest.mark.parametrize("text", ["both mugs", "les deux tasses", "I'd like to return both mugs please"])
def test_both_of_two_are_both_and_both_of_four_are_to_be_asked(text: str) -> None:
    two = matcher(("Mug", "red"), ("Desk lamp", "black"), ("Mug", "blue"))
    assert two.find(text, by_position=False).lines == ["1", "3"]
    four = matcher(("Mug", "red"), ("Mug", "blue"), ("Mug", "green"), ("Mug", "white"), ("Desk lamp", "black"))
    found = four.find(text, by_position=False)
    assert (found.lines, found.unclear) == ([], ["1", "2", "3", "4"])


def test_both_with_their_colours_are_those() -> None:
    four = matcher(("Mug", "red"), ("Mug", "blue"), ("Mug", "green"), ("Mug", "white"))
    assert sorted(four.find("both mugs, the red one and the blue one", by_position=False).lines) == ["1", "2"]
    assert four.find("all the mugs", by_position=False).lines == ["1", "2", "3", "4"]
