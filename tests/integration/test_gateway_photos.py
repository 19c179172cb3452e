"""Photos: taken, redrawn, kept once, shown again; and refused when they are none."""

import io

import aiohttp
import pytest
from PIL import Image

pytest_plugins = "tests.integration.gateway_kit"


def a_photo(form: str = "PNG", side: int = 30) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((side, side), 90).save(buffer, form)
    return buffer.getvalue()


def form_of(**fields) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, content in fields.items():
        form.add_field(name, content, filename="../../etc/passwd" if isinstance(content, bytes) else None)
    return form


async def send_form(shop, token: str, form: aiohttp.FormData, key: str | None = None):
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    answer = await shop.client.post("/api/chat/messages", data=form, headers=headers)
    return answer.status, await answer.json()


async def test_a_photo_is_kept_shown_and_told_to_the_assistant_once(shop):
    token, _ = await shop.session()
    for _ in range(2):
        status, _ = await send_form(shop, token, form_of(photo=a_photo(), text="see the seam"), key="p-1")
        assert status == 200
    (turn,) = shop.rasa.turns
    assert turn["metadata"]["photo"] == 1
    _, history = await shop.history(token)
    (attachment,) = history["messages"][1]["attachments"]
    assert (attachment["kind"], attachment["mime"]) == ("photo", "image/jpeg")
    path = attachment["url"].removeprefix("https://shop.example")
    picture = await shop.client.get(path)
    assert (picture.status, picture.content_type) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(await picture.read())).format == "JPEG"
    assert (await shop.client.get(path.replace(".jpg", "x.jpg"))).status == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"photo": b"MZ no picture"}, 415),
        ({"photo": b""}, 415),
        ({"photo": b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024)}, 413),
        ({"photo": a_photo(), "text": "x" * 10_001}, 413),
        ({"text": "no photo"}, 400),
        ({"photo": a_photo(), "other": "field"}, 400),
    ],
)
async def test_a_photo_that_is_none_is_refused(shop, fields, status):
    token, _ = await shop.session()
    assert (await send_form(shop, token, form_of(**fields)))[0] == status
    assert not shop.rasa.turns


@pytest.mark.parametrize("head", [b"no colon here", b"bad name : x", b"a" * 9000 + b": x", b"x: \x00"])
async def test_a_form_whose_parts_have_no_headers_that_can_be_read_is_told_so(shop, head: bytes):
    """aiohttp's parser raises an error of its own kind for these."""
    token, _ = await shop.session()
    body = b"--b\r\n" + head + b"\r\n\r\ncontent\r\n--b--\r\n"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=b"}
    answer = await shop.client.post("/api/chat/messages", data=body, headers=headers)
    assert answer.status == 400 and answer.content_type == "application/problem+json"
