"""What others call: a shipment in, a file out. Pure functions of their arguments, a few tens of milliseconds each."""

import io
import threading
from collections.abc import Sequence

import pypdfium2

from rma.labels import pdf, zpl
from rma.labels.counter import counter_page
from rma.labels.layout import label_page
from rma.model.shipping import Shipment
from rma.texts import Texts

# PDFium is not safe for threads, and a web server draws in several.
ONE_AT_A_TIME = threading.Lock()


def label_pdf(shipment: Shipment, texts: Texts | None = None) -> bytes:
    """The label as a one-page PDF of 4x6 inches (288 x 432 points). `texts` default to those of data/responses."""
    return pdf.paint(label_page(shipment, texts))


def label_png(shipment: Shipment, dpi: int = 203, texts: Texts | None = None) -> bytes:
    """The label as a grey PNG, 812 x 1218 pixels at 203 dpi. Raises ValueError for a dpi outside 100 to 600."""
    if not 100 <= dpi <= 600:
        raise ValueError(f"{dpi} dpi: choose 100 to 600; label printers have 203 or 300")
    return _raster(label_pdf(shipment, texts), dpi)


def label_zpl(shipment: Shipment, texts: Texts | None = None) -> str:
    """The label as ZPL II for a 203 dpi printer, ASCII only."""
    return zpl.write(label_page(shipment, texts))


def qr_pdf(shipment: Shipment, instructions: Sequence[str] = (), texts: Texts | None = None) -> bytes:
    """The page to show at the counter, 288 x 512 points. `instructions` replace the general ones."""
    return pdf.paint(counter_page(shipment, instructions, texts))


def qr_png(
    shipment: Shipment, instructions: Sequence[str] = (), texts: Texts | None = None, width: int = 1080
) -> bytes:
    """The page to show at the counter as a grey PNG, `width` pixels wide and 16/9 as high. Raises ValueError beyond 360 to 2160."""
    if not 360 <= width <= 2160:
        raise ValueError(f"{width} pixels: choose a width of 360 to 2160")
    return _raster(qr_pdf(shipment, instructions, texts), width / 4)


def _raster(document: bytes, dpi: float) -> bytes:
    with ONE_AT_A_TIME, pypdfium2.PdfDocument(document) as opened:
        page = opened[0]
        size = round(page.get_width() * dpi / 72), round(page.get_height() * dpi / 72)
        # PDFium rounds up, and 1800.0000001 to 1801.
        image = page.render(scale=dpi / 72, grayscale=True).to_pil().crop((0, 0, *size))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()
