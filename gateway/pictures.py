"""Pictures made anew: nothing of the uploaded bytes is kept.

What comes out is pixels that Pillow decoded and wrote, without EXIF (place, device, time) and without whatever else a
file can carry.
"""

import io

import structlog
from PIL import Image, ImageOps

from gateway.logs import places
from gateway.problems import Problem

log = structlog.get_logger(__name__)

SIZE_LIMIT = 10 * 1024 * 1024
"""Bytes of the file."""
PIXEL_LIMIT = 50_000_000
"""More than most phones take; decoded to 200 MB at most, for a moment."""
SIDE = 2000
"""Pixels of the longer side of what is kept: enough to see a torn seam."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP")


def redrawn(content: bytes) -> bytes:
    """The picture as JPEG, upright, at most 2000 pixels a side, on white where it was transparent.

    Raises Problem 413 for more pixels than a camera takes (a small file can claim any number), 415 for what is no
    picture.
    """
    Image.init()  # `open` alone knows the most common formats only.
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > PIXEL_LIMIT:
                raise Problem(
                    413, f"The photo has more than {PIXEL_LIMIT // 1_000_000} million pixels; send a smaller one."
                )
            # A JPEG can be decoded at half or a quarter of its size at once.
            image.draft("RGB", (SIDE, SIDE))
            picture = ImageOps.exif_transpose(image)
            picture.thumbnail((SIDE, SIDE))
            if picture.has_transparency_data:
                layer = picture.convert("RGBA")
                picture = Image.new("RGB", layer.size, "white")
                picture.paste(layer, mask=layer)
            buffer = io.BytesIO()
            clean = picture.convert("RGB")
            clean.info.clear()
            clean.save(buffer, "JPEG", quality=85)
            return buffer.getvalue()
    except Problem:
        raise
    except Image.DecompressionBombError:
        raise Problem(413, "The photo has too many pixels; send a smaller one.") from None
    except Exception as error:  # decoders fail in a dozen ways on bytes made to break them
        log.info("picture refused", **places(error))
        raise Problem(415, "This is not a picture that can be read; send JPEG, PNG or WebP.") from None
