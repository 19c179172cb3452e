"""Which words of a message wish another variant, and which only tell of one. The intents and reasons are what the model says of
these sentences."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language
from tests.fixtures.talking import Talk
from tests.integration.variant_kit import (
    DRESS,
    EN,
    FR,
    SHIRTS,
    SHOES,
    TALL,
    TWO,
    begin,
    chosen,
    draft,
    offered,
    variants,
)


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with variants(sqlite_url) as opened:
        yield opened


WISH = "request_exchange"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (EN, "I usually wear a 40 but this is too big, exchange please"),
        (EN, "it fits like a 36, I want to exchange it"),
        (EN, "exchange the dress, not the white one"),
        (FR, "je fais du 40 d'habitude, échange possible"),
        (FR, "on dirait que la robe taille comme un 36, je veux l'échanger"),
        (FR, "échanger ma robe rouge taille 38"),
        (FR, "pour l instant je veux juste l'échanger"),
    ],
)
async def test_what_is_only_told_of_is_no_wish(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, DRESS)
    await talk.say(text, WISH, 0.95, reason="wrong_size")
    assert await chosen(talk) == [None] and (await talk.expects() or ("",))[0] == "exchange_for", talk.text


@pytest.mark.parametrize(
    ("language", "color", "size"), [(EN, "no wait, red", "make it a 36"), (FR, "non, en rouge", "en 36 plutôt")]
)
async def test_a_correction_keeps_what_it_does_not_name(shop: Container, language: Language, color: str, size: str) -> None:
    talk = await begin(shop, language, DRESS)
    first = "exchange my dress for a white 40" if language is EN else "échange contre une blanche en 40"
    await talk.say(first, WISH, 0.95, reason="color")
    await talk.say("label" if language is EN else "étiquette", "inform", 0.9)
    assert await chosen(talk) == ["DRESS-white-40"]
    assert "40" in await talk.say(color, "inform", 0.8) and await chosen(talk) == [None]
    await talk.say(size, "inform", 0.9)
    assert await chosen(talk) == ["DRESS-red-36"] and await talk.expects() == ("confirm", "confirm"), talk.text


@pytest.mark.parametrize(
    ("language", "text"), [(EN, "exchange the shoes for another size"), (FR, "échanger les chaussures contre une autre taille")]
)
async def test_another_size_offers_only_those(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, SHOES)
    await talk.say(text, WISH, 0.95, reason="size_too_small")
    assert offered(talk) == {f"SHOES-blue-{size}" for size in (39, 40, 41, 42, 43)}
    await talk.say("black 40", "inform", 0.9)
    assert await chosen(talk) == ["SHOES-black-40"]


@pytest.mark.parametrize(
    ("language", "text"),
    [(EN, "refund me or exchange it for a 36, too big"), (FR, "un remboursement ou un échange pour ma robe, trop grande")],
)
async def test_either_is_asked(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, DRESS)
    await talk.say(text, WISH, 0.9, reason="size_too_large")
    assert (await talk.expects() or ("",))[0] == "resolution"


SEVERAL = [
    (EN, SHIRTS, "exchange both t-shirts, one in L and one in black M", {"SHIRT-black-L", "SHIRT-black-M"}),
    (EN, SHIRTS, "exchange both: one for a blue L and the other for a black L", {"SHIRT-blue-L", "SHIRT-black-L"}),
    (FR, SHIRTS, "échanger les deux, un en L et un en S", {"SHIRT-blue-L", "SHIRT-blue-S"}),
]


@pytest.mark.parametrize(("language", "bought", "text", "fitting"), SEVERAL)
async def test_one_in_this_and_one_in_that_is_done_one_after_the_other(
    shop: Container, language: Language, bought: int, text: str, fitting: set[str]
) -> None:
    talk = await begin(shop, language, bought)
    await talk.say(text, WISH, 0.95, reason="size_too_small")
    if (await talk.expects() or ("",))[0] == "quantity":
        await talk.say("2", "inform", 0.9)
    assert offered(talk) == fitting and len(talk.said) == 2, talk.text
    await talk.say("", choice=min(fitting))
    assert (await talk.expects() or ("",))[0] == "quantity" and await chosen(talk) == [min(fitting)]


MENDED = [
    (EN, TWO, "exchange the shoes, I need a 42 not a 41", ["SHOES-blue-42"]),
    (FR, SHOES, "échange, non pas le 42, le 43", ["SHOES-blue-43"]),
    (EN, DRESS, "Could you send me a 40? If that one's gone, white in 40 is fine too.", ["DRESS-white-40"]),
    (EN, SHIRTS, "the Ms shrank, they are now like an S, exchange both", [None]),
    (FR, SHIRTS, "échanger les deux contre une autre couleur et une taille au-dessus", [None]),
]


@pytest.mark.parametrize(("language", "bought", "text", "wanted"), MENDED)
async def test_only_what_is_plainly_wished_is_taken(
    shop: Container, language: Language, bought: int, text: str, wanted: list[str | None]
) -> None:
    talk = await begin(shop, language, bought)
    await talk.say(text, WISH, 0.95, reason="size_too_small")
    if (await talk.expects() or ("",))[0] == "quantity":
        await talk.say("2", "inform", 0.9)
    assert await chosen(talk) == wanted, talk.text


@pytest.mark.parametrize(("language", "text"), [(EN, "no, not white"), (FR, "je ne veux pas de blanc")])
async def test_what_is_refused_is_offered_no_more(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, DRESS)
    await talk.say("a 40 instead" if language is EN else "un 40 plutôt", WISH, 0.95, reason="size_too_small")
    assert "DRESS-white-40" in offered(talk)
    await talk.say(text, "inform", 0.6)
    assert offered(talk) == {"DRESS-red-36"} and await chosen(talk) == [None]


@pytest.mark.parametrize(("language", "text"), [(EN, "which colours are there in L?"), (FR, "vous avez quelles couleurs en L ?")])
async def test_a_question_of_what_there_is_chooses_nothing(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, SHIRTS)
    await talk.say("exchange both t-shirts" if language is EN else "échanger les deux", WISH, 0.95, reason="size_too_small")
    if (await talk.expects() or ("",))[0] == "quantity":
        await talk.say("2", "inform", 0.9)
    await talk.say(text, "out_of_scope", 0.6)
    assert offered(talk) == {"SHIRT-blue-L", "SHIRT-black-L"} and await chosen(talk) == [None]


@pytest.mark.parametrize(("language", "text"), [(EN, "no, 42"), (FR, "non, 42")])
async def test_a_size_is_no_number_of_units(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, 6)
    await talk.say("exchange" if language is EN else "un échange", WISH, 0.95, reason="size_too_small")
    await talk.say("3", "inform", 0.9)
    assert (await talk.expects() or ("",))[0] == "exchange_for"
    await talk.say(text, "inform", 0.8)
    assert await chosen(talk) == ["SHOES-blue-42"] and (await draft(talk))["items"][0]["quantity"] == 3, talk.text


async def test_what_is_said_before_the_order_is_known_is_kept(shop: Container) -> None:
    talk = await Talk.begin(shop, EN)
    await talk.say("I'd like to exchange my dress for a smaller one, too big", WISH, 0.95, reason="size_too_large")
    await talk.say("W1", "inform", 0.9)
    await talk.say("noah@example.com", "inform", 0.9)
    assert await chosen(talk) == ["DRESS-red-36"] and (await talk.expects() or ("",))[0] == "method", talk.text


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        (EN, "new ones please", "damaged"),
        (EN, "send me a working one", "defective"),
        (EN, "just send the right one", "wrong_item"),
        (FR, "je veux la même mais qui marche", "defective"),
        (FR, "envoyez-moi le bon", "wrong_item"),
        (FR, "des neufs svp", "damaged"),
    ],
)
async def test_a_sound_one_in_place_of_a_faulty_one_is_the_same_article(
    shop: Container, language: Language, text: str, reason: str
) -> None:
    talk = await begin(shop, language, SHOES)
    await talk.say("the shoes" if language is EN else "les chaussures", "report_problem", 0.9, reason=reason)
    while (await talk.expects() or ("",))[0] != "resolution":
        await talk.say("", choice="no_photo")
    await talk.say(text, "request_exchange", 0.8)
    assert await chosen(talk) == ["SHOES-blue-41"] and (await talk.expects() or ("",))[0] == "method"


@pytest.mark.parametrize(
    ("language", "text"), [(EN, "it's too big, medium would be perfect"), (FR, "trop grand, je voudrais un medium plutôt")]
)
async def test_a_size_may_be_a_word(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, TALL)
    await talk.say(text, "request_exchange", 0.75, reason="size_too_large")
    assert await chosen(talk) == ["SHIRT-blue-M"]


@pytest.mark.parametrize(
    ("language", "text"),
    [(EN, "too small, I'll take a 42 in black"), (FR, "trop petites, je prends du 42 en noir plutôt")],
)
async def test_what_does_not_fit_and_another_that_is_taken_is_an_exchange(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, SHOES)
    await talk.say(text, "inform", 0.99, reason="size_too_small")
    assert await chosen(talk) == ["SHOES-black-42"]


async def test_what_was_said_is_not_forgotten_by_a_misunderstanding(shop: Container) -> None:
    talk = await begin(shop, EN, SHOES)
    await talk.say("exchange the shoes for the same in black", "request_exchange", 0.95, reason="color")
    first = offered(talk)
    assert first == {"SHOES-black-39", "SHOES-black-40", "SHOES-black-42", "SHOES-black-43"}
    await talk.say("ok", "affirm", 0.9)
    assert offered(talk) == first


async def test_a_large_stain_is_no_size(shop: Container) -> None:
    talk = await begin(shop, EN, SHIRTS)
    await talk.say("one has a large stain, please exchange it", "request_exchange", 0.9, reason="damaged")
    assert await chosen(talk) == [None]
