"""Pictures by MMS, from a server that keeps them as Twilio does: whose they are, how large, what they are, and what fails."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer
from PIL import Image
from pydantic import SecretStr
from yarl import URL

from gateway.mms import Fetcher, NotTaken, _Outside
from gateway.pictures import SIZE_LIMIT
from rma.settings import Settings
from tests.integration.sms_kit import SHOP_NUMBER, texting

pytest_plugins = ("tests.integration.gateway_kit", "tests.integration.sms_kit")
NOAH = "+33612345678"
ACCOUNT, TOKEN = "AC" + "1" * 32, "the auth token of these tests"
MEDIA = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME"


def picture(color: str = "teal") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (80, 60), color).save(stream, "PNG")
    return stream.getvalue()


@dataclass
class Keeper:
    """Answers a path of the API with what stands in `files` for its last part; the account's credentials are asked for."""

    files: dict[str, bytes | web.StreamResponse | type[Exception]] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[str, str | None]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.calls.append((name, request.headers.get("Authorization")))
        if self.failures.get(name, 0) > 0:
            self.failures[name] -= 1
            return web.Response(status=503)
        if request.path.startswith("/2010-04-01") and self.calls[-1][1] != encode_basic_auth(ACCOUNT, TOKEN):
            return web.Response(status=401)
        if name.startswith("MEtoKept"):
            raise web.HTTPTemporaryRedirect(f"/kept/{name[8:]}")
        if name.startswith("MEto"):
            raise web.HTTPFound(self.files[name].decode())
        return web.Response(body=self.files[name]) if name in self.files else web.Response(status=404)


@pytest_asyncio.fixture
async def keeper() -> AsyncIterator[tuple[Keeper, str]]:
    keeper = Keeper()
    app = web.Application()
    app.router.add_get("/{path:.*}", keeper.answer)
    async with TestServer(app) as server:
        yield keeper, str(server.make_url("/")).rstrip("/")


@pytest_asyncio.fixture
async def texts(settings, keeper):
    account = {"twilio_account_sid": ACCOUNT, "twilio_from": SHOP_NUMBER, "twilio_api_url": keeper[1]}
    async with texting(settings, **account) as opened:
        yield opened


@pytest.fixture
def fetcher(keeper) -> Fetcher:
    return Fetcher(Settings(twilio_account_sid=ACCOUNT, twilio_auth_token=SecretStr(TOKEN), twilio_api_url=keeper[1]))


def media(address: str, *names: str, mime: str = "image/png") -> dict[str, str]:
    fields = {"NumMedia": str(len(names))}
    for place, name in enumerate(names):
        url = name if name.startswith("http") else address + MEDIA + name
        fields |= {f"MediaUrl{place}": url, f"MediaContentType{place}": mime}
    return fields


async def photos(texts) -> list[tuple[str, bytes]]:
    return [(row[0], row[1]) for row in await texts.rows("SELECT mime, content FROM photos ORDER BY id")]


def said(texts, key):
    return texts.shop.container.texts.get(key, "fr", "sms")


async def test_a_picture_is_the_photo_of_the_turn_and_is_drawn_anew(texts, keeper):
    keeper[0].files["1"] = picture()
    (answer,) = await texts.say(NOAH, "it is broken", **media(keeper[1], "toKept1"))
    assert "you said: it is broken" in answer
    ((mime, content),) = await photos(texts)
    assert mime == "image/jpeg" and content.startswith(b"\xff\xd8") and content != picture()
    (turn,) = texts.shop.rasa.turns
    assert turn["metadata"]["photo"] is not None
    first, second = keeper[0].calls
    assert first[1] is not None and second[1] is None  # The credentials are for the API alone.


async def test_of_several_the_first_counts_and_the_others_are_kept(texts, keeper):
    keeper[0].files |= {"MEa": picture("red"), "MEb": picture("blue"), "MEc": picture("lime")}
    await texts.say(NOAH, "", **media(keeper[1], "a", "b", "c"))
    assert len(await photos(texts)) == 3
    ((attachments,),) = await texts.rows("SELECT attachments FROM messages WHERE sender = 'shopper'")
    assert attachments.count("photo") == 3
    assert texts.shop.rasa.turns[0]["metadata"]["photo"] == 1


async def test_pictures_and_texts_in_a_row_are_one_turn(settings, keeper):
    keeper[0].files["MEa"] = picture()
    account = {"twilio_account_sid": ACCOUNT, "twilio_from": SHOP_NUMBER, "twilio_api_url": keeper[1], "sms_quiet": 0.2}
    async with texting(settings, **account) as texts:
        await texts.text(NOAH, "", **media(keeper[1], "a"))
        await texts.text(NOAH, "here is the mug")
        await texts.settled()
        assert len(texts.shop.rasa.turns) == 1 and len(await photos(texts)) == 1


@pytest.mark.parametrize(
    "content",
    [b"BEGIN:VCARD", b"\x00" * 2000, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"x" * (SIZE_LIMIT + 1)],
    ids=["card", "zeros", "svg", "nothing", "too large"],
)
async def test_what_is_no_picture_is_told_in_words(texts, keeper, content):
    keeper[0].files["MEa"] = content
    assert await texts.say(NOAH, "", **media(keeper[1], "a", mime="image/png")) == [said(texts, "inbound_no_picture")]
    answers = await texts.say(NOAH, "see the picture", **media(keeper[1], "a"))
    assert len(answers) == 2 and "you said: see the picture" in answers[0]
    assert await photos(texts) == [] and len(texts.shop.rasa.turns) == 1


async def test_a_picture_that_comes_at_the_third_try_is_taken(texts, keeper):
    keeper[0].files["MEa"] = picture()
    keeper[0].failures["MEa"] = 2
    await texts.say(NOAH, "", **media(keeper[1], "a"))
    assert len(await photos(texts)) == 1 and len(keeper[0].calls) == 3


async def test_a_picture_that_never_comes_is_told_in_words(texts, keeper):
    keeper[0].failures["MEa"] = 99
    assert await texts.say(NOAH, "", **media(keeper[1], "a")) == [said(texts, "inbound_picture_lost")]
    assert "you said: next" in (await texts.say(NOAH, "next"))[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1" + MEDIA + "a",
        "https://evil.example" + MEDIA + "a",
        "https://api.twilio.com.evil.example" + MEDIA + "a",
        "https://api.twilio.com@evil.example" + MEDIA + "a",
        "http://api.twilio.com" + MEDIA + "a",
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
        "https://api.twilio.com/2010-04-01/Accounts/../../Media/x",
        "https://api.twilio.com:8443" + MEDIA + "a",
        "file:///etc/passwd",
        "gopher://x",
        "//api.twilio.com",
        "https://[::1]" + MEDIA,
        "not an address",
        "https://api.twilio.com:notaport/x",
    ],
)
async def test_only_the_api_gets_the_credentials(fetcher, keeper, url):
    with pytest.raises(NotTaken):
        await fetcher.fetch(url)
    assert keeper[0].calls == []


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/secret",
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/x.png",
        "http://mms.twiliocdn.com/x.png",
        "https://eviltwilio.com/x.png",
        "https://s3-external-1.amazonaws.com/somebody-else/x.png",
        "ftp://mms.twiliocdn.com/x.png",
    ],
)
async def test_a_redirect_leads_to_twilio_or_nowhere(fetcher, keeper, target):
    keeper[0].files["MEtoX"] = target.encode()
    with pytest.raises(NotTaken):
        await fetcher.fetch(f"{keeper[1]}{MEDIA}toX")


def test_where_twilio_keeps_files():
    fetcher = Fetcher(Settings())
    kept = [
        "https://mms.twiliocdn.com/AC1/x",
        "https://media.twiliocdn.com/x",
        "https://api.twilio.com/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/x",
    ]
    assert all(fetcher._is_kept(URL(url)) for url in kept)


async def test_a_redirect_in_circles_ends(fetcher, keeper):
    keeper[0].files["MEtoX"] = f"{keeper[1]}/kept/MEtoX".encode()
    with pytest.raises(NotTaken):
        await fetcher.fetch(f"{keeper[1]}{MEDIA}toX")


async def test_names_of_our_own_network_are_not_visited():
    resolver = _Outside("the.shop.chose.it")
    with pytest.raises(OSError, match="public"):
        await resolver.resolve("localhost", 443)
    await resolver.close()
