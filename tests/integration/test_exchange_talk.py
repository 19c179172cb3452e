"""Exchanges in the conversation: what is said early is used, what is not to be had is told, and no other is ever taken for it.
The intents and reasons are what the model says of these sentences."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from actions.dialogue.memory import Memory
from rma.bootstrap import Container
from rma.model.codes import Language, Resolution
from rma.model.conversations import Channel
from tests.fixtures.talking import Talk
from tests.integration.notice_shop import NOON, Clock, document, opened

EN, FR = Language.EN, Language.FR
DRESS, SHIRTS, SHOES, TWO, TALL = 1, 2, 3, 4, 5
"""Orders: a red dress in 38, two blue T-shirts in M, blue shoes in 41, the dress and the shoes, a blue T-shirt in L."""
GONE = {"DRESS-red-40", "SHIRT-white-L", "SHOES-black-41"}


def product(name: str, title: str, colors: str, sizes: str) -> list[dict[str, Any]]:
    return [
        {"sku": (sku := f"{name}-{color}-{size}"), "product": name, "name": title, "category": "clothing", "price": "20.00",
         "variant": {"color": color, "size": size}, "available": sku not in GONE, "tags": []}
        for color in colors.split() for size in sizes.split()
    ]  # fmt: skip


CATALOGUE = [
    *product("DRESS", "Linen dress", "red white", "36 38 40"),
    *product("SHIRT", "T-shirt", "blue black white", "S M L"),
    *product("SHOES", "Running shoes", "blue black", "39 40 41 42 43"),
]


def order(number: str, *skus: str, quantity: int = 1) -> dict[str, Any]:
    known = {item["sku"]: item for item in CATALOGUE}
    delivered = (NOON - timedelta(days=2)).isoformat()
    lines = [
        {"id": str(place), "sku": sku, "name": known[sku]["name"], "variant": known[sku]["variant"], "category": "clothing",
         "quantity": quantity, "unit_price": "20.00", "delivered_at": delivered}
        for place, sku in enumerate(skus, start=1)
    ]  # fmt: skip
    return document(number) | {"lines": lines}


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Container]:
    async with opened(sqlite_url, Clock()) as container:
        orders = [
            order("W1", "DRESS-red-38"), order("W2", "SHIRT-blue-M", quantity=2), order("W3", "SHOES-blue-41"),
            order("W4", "DRESS-red-38", "SHOES-blue-41"), order("W5", "SHIRT-blue-L"),
            order("W6", "SHOES-blue-41", quantity=3),
        ]  # fmt: skip
        report = await container.shop.load({"orders": orders, "catalogue": CATALOGUE})
        assert not report.failures
        yield container


async def draft(talk: Talk) -> dict[str, Any]:
    conversation, _ = await talk.container.desk.transcript(talk.id)
    return Memory.model_validate(conversation.state).draft.model_dump()


async def chosen(talk: Talk) -> list[str | None]:
    return [item["exchange_for"] for item in (await draft(talk))["items"]]


async def begin(shop: Container, language: Language, order_id: int, *, sms: bool = False) -> Talk:
    channel, address = (Channel.SMS, "+33699999999") if sms else (Channel.WEB, "192.0.2.7")
    return await Talk.begin(shop, language, channel, address, order_id=order_id, order_number=f"W{order_id}")


def offered(talk: Talk) -> set[str]:
    return {choice.value for message in talk.said for choice in message.choices}


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
