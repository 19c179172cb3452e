"""Exchanges in the conversation: what is said early is used, what is not to be had is told, and no other is ever taken for it.
The intents and reasons are what the model says of these sentences."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rma.bootstrap import Container
from rma.model.codes import Language, Resolution
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
EARLY = [
    (EN, SHIRTS, "exchange both t-shirts one size up please", "size_too_small", ["SHIRT-blue-L"]),
    (EN, SHIRTS, "both are too big, can I have them a size smaller", "size_too_large", ["SHIRT-blue-S"]),
    (EN, SHIRTS, "swap the two blue t-shirts in M for a large", "size_too_small", ["SHIRT-blue-L"]),
    (EN, DRESS, "exchange my red dress for the white one, same size", "color", ["DRESS-white-38"]),
    (EN, SHOES, "swop my shoes, too small, for 42", "size_too_small", ["SHOES-blue-42"]),
    (EN, SHOES, "the 41 is too small, I need a 42 in blakc", "size_too_small", ["SHOES-black-42"]),
    (EN, SHOES, "I received black shoes instead of the blue ones, exchange please", "wrong_item", ["SHOES-blue-41"]),
    (EN, TWO, "exchange the dress for a 36 and the shoes for a 40", "size_too_large", ["DRESS-red-36", "SHOES-blue-40"]),
    (FR, SHIRTS, "échanger les deux contre la même taille en noir", "color", ["SHIRT-black-M"]),
    (FR, SHIRTS, "les deux sont trop petits, je prends la taille au-dessus", "size_too_small", ["SHIRT-blue-L"]),
    (FR, DRESS, "trop grande, je voudrais la même en 36", "size_too_large", ["DRESS-red-36"]),
    (FR, DRESS, "la même en blanc svp, la couleur ne me plaît pas", "color", ["DRESS-white-38"]),
    (FR, SHOES, "g besoin d'une pointure de plus pr mes chaussures, pr du 42", "size_too_small", ["SHOES-blue-42"]),
    (FR, SHOES, "j'ai commandé du 41 mais il me faut du 43", "size_too_small", ["SHOES-blue-43"]),
    (FR, TWO, "échanger la robe en 36 et les chaussures en 40", "size_too_large", ["DRESS-red-36", "SHOES-blue-40"]),
]


@pytest.mark.parametrize("sms", [False, True])
@pytest.mark.parametrize(("language", "bought", "text", "reason", "wanted"), EARLY)
async def test_what_is_said_in_the_first_message_is_not_asked_again(
    shop: Container, language: Language, bought: int, text: str, reason: str, wanted: list[str], sms: bool
) -> None:
    talk = await begin(shop, language, bought, sms=sms)
    await talk.say(text, WISH, 0.95, reason=reason)
    if (await talk.expects() or ("",))[0] == "quantity":
        await talk.say("2", "inform", 0.9)
    assert (await talk.expects() or ("",))[0] == "method" and await chosen(talk) == wanted, talk.text
    summary = await talk.say("étiquette" if language is FR else "label", "inform", 0.9)
    assert all(f"→ {name}" in summary for name in names(language, wanted)), summary


def names(language: Language, skus: list[str]) -> list[str]:
    words = {"blue": "bleu", "black": "noir", "white": "blanc", "red": "rouge"} if language is FR else {}
    parts = [sku.split("-") for sku in skus]
    return [f"{words.get(color, color)}, {size}" for _, color, size in parts]


@pytest.mark.parametrize(
    ("language", "first", "then", "intent"),
    [
        (EN, "I'd like to exchange the shoes", "they're too small, the next size up please", WISH),
        (EN, "I want to return the shoes", "too small, I need a 42 instead", WISH),
        (FR, "je veux échanger mes chaussures", "trop petites, il me faut du 42", WISH),
        (FR, "je voudrais rendre mes chaussures", "trop petites, je les veux en 42", WISH),
    ],
)
async def test_what_is_said_with_the_reason_is_kept(
    shop: Container, language: Language, first: str, then: str, intent: str
) -> None:
    talk = await begin(shop, language, SHOES)
    await talk.say(first, WISH if "change" in first or "chang" in first else "request_return", 0.95)
    await talk.say(then, intent, 0.95, reason="size_too_small")
    assert await chosen(talk) == ["SHOES-blue-42"], talk.text


SOLD_OUT = [
    (EN, DRESS, "it's too small, exchange the dress for a 40", "Red, 40 is out of stock", {"DRESS-white-40", "DRESS-red-36"}),
    (FR, DRESS, "trop petite, je voudrais la robe en 40", "Rouge, 40 n'est plus", {"DRESS-white-40", "DRESS-red-36"}),
    (EN, SHOES, "I'd like these in black instead", "Black, 41 is out", {f"SHOES-black-{size}" for size in (39, 40, 42, 43)}),
    (FR, SHOES, "les mêmes en noir", "Noir, 41 n'est plus", {f"SHOES-black-{size}" for size in (39, 40, 42, 43)}),
    (EN, DRESS, "exchange my dress for a 44", "have it in 44", {"DRESS-red-36", *(f"DRESS-white-{size}" for size in (36, 38, 40))}),
    (FR, DRESS, "je veux la robe en vert", "l'avons pas en vert", {"DRESS-white-38"}),
    (EN, TALL, "too small, I need the next size up", "no bigger size", {"SHIRT-blue-M", "SHIRT-blue-S"}),
    (FR, TALL, "trop petit, la taille au-dessus svp", "pas de taille au-dessus", {"SHIRT-blue-M", "SHIRT-blue-S"}),
]


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(("language", "bought", "text", "told", "near"), SOLD_OUT)
async def test_what_is_not_to_be_had_is_told_and_nothing_else_is_taken(
    shop: Container, language: Language, bought: int, text: str, told: str, near: set[str], early: bool
) -> None:
    talk = await begin(shop, language, bought)
    if not early:
        await talk.say("exchange" if language is EN else "un échange", WISH, 0.95, reason="size_too_small")
        assert (await talk.expects() or ("",))[0] == "exchange_for"
    answer = await talk.say(text, WISH, 0.95, reason="size_too_small")
    assert told in answer and ("refund" in answer or "remboursement" in answer) and await chosen(talk) == [None]
    assert near <= offered(talk) and (await talk.expects() or ("",))[0] == "exchange_for"
    await talk.say("my money back then" if language is EN else "remboursez-moi alors", "request_return", 0.8)
    assert (await draft(talk))["resolution"] == Resolution.REFUND and await chosen(talk) == [None]


@pytest.mark.parametrize(
    ("language", "text"),
    [(EN, "one in L and one in XL please"), (FR, "un en L et un en XL"), (EN, "L and XL"), (FR, "en XL et en L")],
)
async def test_one_of_several_that_does_not_exist_is_not_dropped(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, SHIRTS)
    first = "exchange both t-shirts" if language is EN else "échanger les deux t-shirts"
    await talk.say(first, WISH, 0.95, reason="size_too_small")
    assert "XL" in await talk.say(text, "inform", 0.8)
    assert await chosen(talk) == [None] and offered(talk) == {"SHIRT-blue-L"}


OTHERWISE = [
    (EN, "exchange my dress, too small, for a 40, or else my money back", Resolution.REFUND),
    (EN, "swap it for a 40 or refund me if it's sold out", Resolution.REFUND),
    (EN, "too small, the 40 please, otherwise store credit", Resolution.STORE_CREDIT),
    (FR, "je voudrais un 40, sinon un remboursement", Resolution.REFUND),
    (FR, "échange contre du 40 ou remboursez-moi", Resolution.REFUND),
    (FR, "si la taille 40 est épuisée, remboursez-moi, sinon échangez", Resolution.REFUND),
    (FR, "contre du 40, à défaut un avoir", Resolution.STORE_CREDIT),
]


@pytest.mark.parametrize(("language", "text", "resolution"), OTHERWISE)
async def test_or_else_my_money_back_is_proposed_where_it_is_sold_out(
    shop: Container, language: Language, text: str, resolution: Resolution
) -> None:
    talk = await begin(shop, language, DRESS)
    answer = await talk.say(text, WISH, 0.9, reason="size_too_small")
    assert "40" in answer and (await draft(talk))["resolution"] == resolution and await chosen(talk) == [None]
    await talk.say("label" if language is EN else "étiquette", "inform", 0.9)
    assert await talk.expects() == ("confirm", "confirm")


@pytest.mark.parametrize(
    ("language", "text"),
    [(EN, "exchange my dress for a 36, or else my money back"), (FR, "contre du 36, sinon un remboursement")],
)
async def test_or_else_my_money_back_is_an_exchange_where_it_is_there(shop: Container, language: Language, text: str) -> None:
    talk = await begin(shop, language, DRESS)
    await talk.say(text, WISH, 0.9, reason="size_too_large")
    assert (await draft(talk))["resolution"] == Resolution.EXCHANGE and await chosen(talk) == ["DRESS-red-36"]


async def test_a_second_choice_is_taken_and_the_first_is_told(shop: Container) -> None:
    talk = await begin(shop, EN, SHOES)
    answer = await talk.say("exchange the shoes for black 41, otherwise black 42", WISH, 0.9, reason="color")
    assert "Black, 41 is out of stock" in answer and await chosen(talk) == ["SHOES-black-42"]
