"""What callers send: read when it makes sense, refused with one clear status when not, never a failure of ours."""

import io
import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.bodies import cleaned, parsed_object, said_in
from gateway.pictures import PIXEL_LIMIT, SIDE, redrawn
from gateway.problems import Problem


def refusal(call, *arguments) -> int:
    with pytest.raises(Problem) as caught:
        call(*arguments)
    return caught.value.status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"text": "hi", "choice": "yes"}, 400),
        ({"text": 3}, 400),
        ({"text": ["hi"]}, 400),
        ({"text": "half a pair \ud83d"}, 400),
        ({"choice": {"a": 1}}, 400),
        ({"choice": True}, 400),
        ({"choice": 1.5}, 400),
        ({"choice": [["1"]]}, 400),
        ({"choice": "\udfff"}, 400),
        ({"choice": []}, 422),
        ({"choice": ""}, 422),
        ({"choice": ["1"] * 201}, 422),
        ({"choice": "a\x00b"}, 422),
        ({"text": ""}, 422),
        ({"text": " \u200b\t\u2028"}, 422),
        ({"text": "\x00\x07"}, 422),
        ({"text": "x" * 10_001}, 413),
    ],
)
def test_what_cannot_be_a_message_is_refused(body, status):
    assert refusal(said_in, body, None) == status


def test_what_can_be_a_message_is_kept():
    assert said_in({"text": "  Bonjour\r\n\x1b[31mà tous 👩‍👧 "}, "k").text == "Bonjour\n[31mà tous 👩‍👧"
    assert said_in({"text": "hi", "choice": None}, None).choice is None
    assert said_in({"choice": 2}, None).choice == ["2"]
    assert said_in({"choice": ["1", 2, "1"]}, None).choice == ["1", "2"]
    assert len(cleaned("é" * 10_000)) == 10_000


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"\xff\xfe{}", b"[" * 100_000, b'{"choice": ' + b"9" * 5000 + b"}", b"nul\x00l"],
)
def test_what_is_no_json_object_is_refused(body):
    assert refusal(parsed_object, body) == 400


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=6
    )
)
def test_any_value_is_a_message_or_a_clear_refusal(value):
    for document in ({"text": value}, {"choice": value}):
        try:
            said = said_in(parsed_object(json.dumps(document).encode()), None)
        except Problem as problem:
            assert problem.status in (400, 413, 422)
        else:
            assert said.text or said.choice


def written(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def test_a_photo_is_redrawn_upright_small_and_without_what_the_phone_knew():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by 90 degrees to see it upright
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    landscape = Image.new("RGB", (3000, 1000), "red")
    landscape.paste("blue", (0, 0, 1500, 1000))
    content = redrawn(written(landscape, "JPEG", exif=exif, comment=b"secret place"))
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "JPEG"
        assert max(picture.size) <= SIDE
        assert picture.height > 2 * picture.width
        assert not picture.getexif()
        red, _green, blue = picture.getpixel((picture.width // 2, 10))
        assert blue > 200 > red  # the left side is now on top
    assert b"PhoneMaker" not in content
    assert b"secret place" not in content


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "AVIF", "BMP", "JPEG"])
def test_the_formats_of_phones_and_screens_are_read(form):
    with Image.open(io.BytesIO(redrawn(written(Image.new("RGB", (40, 30), "green"), form)))) as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (40, 30), "RGB")


def test_what_is_transparent_becomes_white():
    for image in (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), Image.new("LA", (8, 8), (0, 0))):
        with Image.open(io.BytesIO(redrawn(written(image, "PNG")))) as picture:
            assert picture.getpixel((4, 4)) == (255, 255, 255)


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def test_a_small_file_that_would_fill_the_memory_is_refused():
    side = int(PIXEL_LIMIT**0.5) + 1
    assert refusal(redrawn, png_that_claims(side, side)) == 413
    assert refusal(redrawn, png_that_claims(60_000, 60_000)) == 413


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        png_that_claims(100, 100),
        written(Image.effect_noise((200, 200), 50), "JPEG")[:2000],
    ],
)
def test_what_is_no_picture_is_refused(content):
    assert refusal(redrawn, content) == 415
