"""A paper that a carrier drew, in the form that is asked for. What a thermal printer wants is made of a picture; ZPL itself is code
of a printer that we cannot run, and goes out only as it came."""

import io

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rma.labels.render import ONE_AT_A_TIME
from rma.labels.zpl import graphic

PDF, PNG, ZPL = "application/pdf", "image/png", "application/zpl"
_DPI = 203
_WIDTH, _HEIGHT = 812, 1218
"""Dots of 4 x 6 inches."""
_LARGEST = 40_000_000
"""Pixels of a picture that is worth looking at."""


class NotConvertible(ValueError):
    """It cannot be had in this form."""


def converted(content: bytes, mime: str, wanted: str) -> bytes:
    """`content`, of type `mime`, as `wanted`. Raises NotConvertible also for content that is broken."""
    if mime == wanted:
        return content
    if mime == ZPL:
        raise NotConvertible("the carrier gives this paper to label printers only")
    try:
        if wanted == PDF:
            return _pdf(content)
        image = _picture(content, mime)
        return _png(image) if wanted == PNG else _zpl(image)
    except NotConvertible:
        raise
    except Exception as error:  # Whatever libraries raise for a paper from outside that is none.
        raise NotConvertible(f"the carrier's paper cannot be read: {type(error).__name__}") from error


def _picture(content: bytes, mime: str) -> Image.Image:
    if mime == PNG:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > _LARGEST:
            raise NotConvertible("the carrier's picture is too large")
        return image.convert("L")
    with ONE_AT_A_TIME, pypdfium2.PdfDocument(content) as opened:
        page = opened[0]
        scale = _DPI / 72
        if page.get_width() * page.get_height() * scale * scale > _LARGEST:
            raise NotConvertible("the carrier's page is too large")
        return page.render(scale=scale, grayscale=True).to_pil().convert("L")


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(_DPI, _DPI))
    return buffer.getvalue()


def _pdf(content: bytes) -> bytes:
    """On a page of its own size at the resolution that it names, else 4 inches wide."""
    image = Image.open(io.BytesIO(content))
    if image.width * image.height > _LARGEST:
        raise NotConvertible("the carrier's picture is too large")
    dpi = float(image.info.get("dpi", (0, 0))[0])
    width = image.width * 72 / dpi if 100 <= dpi <= 1200 else 288.0
    height = width * image.height / image.width
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width, height), invariant=1)
    canvas.setViewerPreference("PrintScaling", "None")
    canvas.drawImage(ImageReader(image.convert("L")), 0, 0, width, height)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _zpl(image: Image.Image) -> bytes:
    """Turned upright and as large as it fits, in black and white: grey on a thermal printer is a pattern no scanner reads."""
    if image.width > image.height:
        image = image.rotate(90, expand=True, fillcolor=255)
    scale = min(_WIDTH / image.width, _HEIGHT / image.height)
    if not 0.98 <= scale <= 1.02:
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    ink = image.point(lambda light: 255 if light < 128 else 0)
    return f"^XA\n^PW{_WIDTH}\n^LL{_HEIGHT}\n^LH0,0\n^PQ1\n^FO0,0{graphic(ink)}^FS\n^XZ\n".encode("ascii")
