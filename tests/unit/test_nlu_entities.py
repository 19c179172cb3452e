"""Facts found in what people type: kind, normalised value, and the very characters they stand in."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.entities.extract import extract
from rma.model.numbers import new_return_number

TODAY = dt.date(2026, 11, 22)

CASES = [
    ("en", "#W2611340", [("order_number", "W2611340", "W2611340")]),
    ("en", "w 261 1340", [("order_number", "W2611340", "w 261 1340")]),
    ("en", "it's order no. 1045", [("order_number", "1045", "1045")]),
    ("en", "my order is 1001-B", [("order_number", "1001-B", "1001-B")]),
    ("en", "order #12", [("order_number", "12", "12")]),
    ("en", "double u two six one one three four zero", [("order_number", "W2611340", "double u two six one one three four zero")]),
    ("fr", "je me suis trompé de commande, c'est la N2", [("order_number", "N2", "N2")]),
    ("en", "sorry, wrong order, it's W7 for mugs", [("order_number", "W7", "W7"), ("product", "mug", "mugs")]),
    ("fr", "je me suis trompé de commande, c'est la bleue en 42", [("color", "blue", "bleue"), ("size", "42", "42")]),
    ("fr", "commande n° 2611340", [("order_number", "2611340", "2611340")]),
    ("fr", "c'est la n° CMD-2024-0017", [("order_number", "CMD-2024-0017", "CMD-2024-0017")]),
    ("en", "my order 2 weeks ago", [("date", "2026-11-08", "2 weeks ago")]),
    ("en", "within 14 days, for 10€", []),
    ("en", "the 256GB tablet", [("product", "tablet", "tablet")]),
    ("en", "rt 7k3m 9qx2", [("return_number", "RT-7K3M9QX2", "rt 7k3m 9qx2")]),
    ("en", "RT-OIL12345", [("return_number", "RT-01112345", "RT-OIL12345")]),
    ("en", "where is RT-SVFREAZN", [("return_number", "RT-SVFREAZN", "RT-SVFREAZN")]),
    ("fr", "rt svfreazn", [("return_number", "RT-SVFREAZN", "rt svfreazn")]),
    ("en", "the rt packaged badly", []),
    ("en", "RR123456785FR", [("tracking_number", "RR123456785FR", "RR123456785FR")]),
    ("en", "tracking 1Z999AA10123456784", [("tracking_number", "1Z999AA10123456784", "1Z999AA10123456784")]),
    ("en", "noah dot brown at example dot com", [("email", "noah.brown@example.com", "noah dot brown at example dot com")]),
    ("fr", "noah arobase example point fr", [("email", "noah@example.fr", "noah arobase example point fr")]),
    ("en", "Noah.Brown@Example.com.", [("email", "noah.brown@example.com", "Noah.Brown@Example.com")]),
    ("fr", "au 06 12 34 56 78", [("phone", "+33612345678", "06 12 34 56 78")]),
    ("en", "(212) 555-0142", [("phone", "+12125550142", "(212) 555-0142")]),
    ("en", "07700 900123", [("phone", "+447700900123", "07700 900123")]),
    ("fr", "75002 Paris", [("postal_code", "75002", "75002")]),
    ("en", "sw1a 1aa", [("postal_code", "SW1A 1AA", "sw1a 1aa")]),
    ("en", "10001", [("order_number", "10001", "10001"), ("postal_code", "10001", "10001")]),
    ("en", "both", [("quantity", 2, "both")]),
    ("fr", "un seul", [("quantity", 1, "un seul")]),
    ("fr", "il manque une pièce", []),
    ("en", "2", [("quantity", 2, "2")]),
    ("en", "two shirts and a kettle", [("quantity", 2, "two"), ("product", "shirt", "shirts"), ("product", "kettle", "kettle")]),
    ("fr", "tee-shirts noirs en L", [("product", "t-shirt", "tee-shirts"), ("color", "black", "noirs"), ("size", "L", "L")]),
    ("fr", "la bouilloire électrique", [("product", "electric kettle", "bouilloire électrique")]),
    ("fr", "au bureau de poste", []),
    ("en", "it doesn't suit me", []),
    ("en", "it's too small, the large box", []),
    ("en", "in size 10.5 or UK 9", [("size", "10.5", "10.5"), ("size", "UK 9", "UK 9")]),
    ("en", "two sizes up", [("size", "+2", "two sizes up")]),
    ("fr", "je fais du 42", [("size", "42", "42")]),
    ("en", "I don't want a refund, I want a swap", [("resolution", "exchange", "swap")]),
    ("fr", "un avoir", [("resolution", "store_credit", "un avoir")]),
    ("fr", "je pense avoir perdu le colis", []),
    ("en", "last Monday", [("date", "2026-11-16", "last Monday")]),
    ("fr", "il y a 3 jours", [("date", "2026-11-19", "il y a 3 jours")]),
    ("en", "12/11/2026", [("date", "2026-11-12", "12/11/2026")]),
    ("fr", "le 3 novembre, merci", [("date", "2026-11-03", "3 novembre")]),
    ("en", "on 11/20/2026", [("date", "2026-11-20", "11/20/2026")]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "expected"), CASES, ids=[text for _, text, _ in CASES])
def test_what_is_found(language: str, text: str, expected: list[tuple[str, object, str]]) -> None:
    found = [(e.name, e.value, text[e.start : e.end]) for e in extract(text, language, TODAY)]
    assert found == expected


def test_a_whole_first_message() -> None:
    text = "send back the blue t-shirt from order W2611340, too small, noah@example.com"
    found = {e.name: e.value for e in extract(text, "en", TODAY)}
    assert found == {"color": "blue", "product": "t-shirt", "order_number": "W2611340", "email": "noah@example.com"}


@pytest.mark.parametrize("said", ["where is {}", "{} please", "où en est mon retour {} ?"])
def test_every_return_number_is_heard(said: str) -> None:
    """One in twenty is letters alone, some look like a date, a size or a phone number."""
    drawn = random.Random(7)
    for number in (new_return_number(drawn) for _ in range(400)):
        text = said.format(number)
        assert [(e.name, e.value) for e in extract(text, "fr" if "où" in text else "en", TODAY)] == [("return_number", number)]


PIECES = st.sampled_from(
    [
        "W2611340 ",
        "#",
        "RT-",
        "7K3M",
        "noah@",
        "example.com",
        " at ",
        "12/11",
        "+33 6",
        "06 12 34",
        "٣",
        "½",
        "İ",
        "é",
        "\x00",
        " ",
    ]
)


@given(st.sampled_from(["en", "fr"]), st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_gives_places_inside_it(language: str, text: str) -> None:
    for entity in extract(text, language, TODAY):
        assert 0 <= entity.start < entity.end <= len(text)


@pytest.mark.parametrize("text", [
    "je me rétracte au titre de l'article L221-18 sur la commande W2611340", "section 20 of the act, order W2611340",
    "under § 355 BGB I withdraw from W2611340", "directive 2011/83/UE, W2611340", "CRA 2015: I reject W2611340",
    "articles L221-18 et L221-20 du code de la consommation, W2611340",
])  # fmt: skip
def test_the_law_that_is_cited_is_no_order(text: str) -> None:
    found = [(e.name, e.value) for e in extract(text, "fr" if "article" in text else "en", dt.date(2026, 11, 22))]
    assert [one for one in found if one[0] != "product"] == [("order_number", "W2611340")]


def test_an_order_of_the_shape_of_an_article_stays_one() -> None:
    found = extract("commande n° L221-18", "fr", dt.date(2026, 11, 22))
    assert [(e.name, e.value) for e in found] == [("order_number", "L221-18")]
