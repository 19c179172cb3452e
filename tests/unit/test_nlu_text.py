"""Language, clauses and plain text."""

import pytest

from bot.nlu.clauses import clauses, fragments
from bot.nlu.entities.found import Entity
from bot.nlu.language import detect
from bot.nlu.text import masked, plain, printable


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I want to send these back", "en"),
        ("je veux renvoyer les chaussures", "fr"),
        ("cest trop ptit jveux un remboursement", "fr"),
        ("too small", "en"),
        ("trop petit", "fr"),
        ("wheres my refund", "en"),
        ("Où est mon colis W2611340 ?", "fr"),
        ("send it to marie.dupont@example.fr please", "en"),
    ],
)
def test_language_is_told(text: str, language: str) -> None:
    found, confidence = detect(text)
    assert found == language
    assert confidence > 0.7


@pytest.mark.parametrize("text", ["", "ok", "2", "W2611340", "😀", "noah@example.fr", "\x00\x07", "a" * 1600])
def test_what_says_nothing_about_its_language_is_no_evidence(text: str) -> None:
    assert detect(text)[1] <= 0.6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the shirt is too small and the kettle is broken", ["the shirt is too small", "the kettle is broken"]),
        ("le pull est trop petit et la lampe ne marche pas", ["le pull est trop petit", "la lampe ne marche pas"]),
        ("I want to return the shirt and the kettle", ["I want to return the shirt and the kettle"]),
        ("the blue shirt and the red electric kettle", ["the blue shirt and the red electric kettle"]),
        ("It's torn. Where is my refund?", ["It's torn.", "Where is my refund?"]),
        ("trop petit, je veux l'échanger", ["trop petit, je veux l'échanger"]),
        ("", []),
        ("...", []),
    ],
)  # fmt: skip
def test_clauses(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in clauses(text)] == expected


def test_fragments_are_cut_at_every_comma_but_not_inside_an_address() -> None:
    text = "return it, too small, noah@example.com"
    found = fragments(text, [Entity("email", "noah@example.com", 22, 38)])
    assert [text[a:b] for a, b in found] == ["return it", "too small", "noah@example.com"]


def test_an_address_is_never_cut() -> None:
    text = "I am at 12 High St. London and I need help"
    assert all("St. London" in text[a:b] or "help" in text[a:b] for a, b in clauses(text, [Entity("date", "", 8, 26)]))


def test_masks_tell_the_kind_and_keep_the_rest() -> None:
    text = "order W2611340 please"
    assert plain(masked(text, [Entity("order_number", "W2611340", 6, 14)])) == "order xordernumber please"
    assert masked("W2611340", [Entity("order_number", "W2611340", 6, 14)], start=6) == " xordernumber "


def test_printable_keeps_every_offset() -> None:
    text = "a\x00b\u202ec\u2019d"
    assert printable(text) == "a b c'd"
    assert plain("SOOOO  Éléphant") == "soo elephant"
