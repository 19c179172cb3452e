"""Pages painted as PDF, at their exact size: fonts embedded, no margin added by a viewer that knows PrintScaling."""

import io
from functools import lru_cache

from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rma.labels.elements import DOT, Bar, Code128, Element, Page, Qr, Text, matrix, widths
from rma.labels.fonts import Run, em_width, runs

_PICTURE_DPI = 600


def paint(page: Page, *more: Page) -> bytes:
    """The PDF, titled as its first page. The same pages give the same bytes: no date and no random id is written into it."""
    buffer = io.BytesIO()
    size = (page.width, page.height)
    # Without a first font of ours the page names Helvetica, which would not be embedded.
    font = runs("R")[0].face.name
    canvas = Canvas(buffer, pagesize=size, invariant=1, pageCompression=1, lang=page.language, initialFontName=font)
    canvas.setTitle(page.title)
    canvas.setCreator("Retour")
    # Printed as it is, so that modules keep their size; viewers then centre it on A4 or Letter.
    canvas.setViewerPreference("PrintScaling", "None")
    for sheet in (page, *more):
        canvas.setPageSize((sheet.width, sheet.height))
        for element in sheet.elements:
            _paint(canvas, sheet.height, element)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _paint(canvas: Canvas, height: float, element: Element) -> None:
    match element:
        case Text():
            _text(canvas, height, element)
        case Bar(x, y, width, tall):
            canvas.rect(x, height - y - tall, width, tall, stroke=0, fill=1)
        case Code128(x, y, tall, data, dots):
            rectangles = []
            for index, modules in enumerate(widths(data)):
                if index % 2 == 0:
                    rectangles.append((x, height - y - tall, modules * dots * DOT, tall))
                x += modules * dots * DOT
            _fill(canvas, rectangles)
        case Qr(x, y, data, dots):
            side = dots * DOT
            _fill(
                canvas,
                [
                    (x + first * side, height - y - (row + 1) * side, length * side, side)
                    for row, modules in enumerate(matrix(data))
                    for first, length in _stretches(modules)
                ],
            )


def _fill(canvas: Canvas, rectangles: list[tuple[float, float, float, float]]) -> None:
    """One path for the whole symbol: PDFium widens a rectangle drawn alone to whole pixels, a path it draws to scale."""
    path = canvas.beginPath()
    for rectangle in rectangles:
        path.rect(*rectangle)
    canvas.drawPath(path, stroke=0, fill=1)


def _stretches(modules: tuple[int, ...]) -> list[tuple[int, int]]:
    """Black stretches as (first, length): drawn as one, no viewer shows a seam between two modules."""
    found: list[tuple[int, int]] = []
    for index, module in enumerate(modules):
        if module and found and sum(found[-1]) == index:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif module:
            found.append((index, 1))
    return found


def _text(canvas: Canvas, height: float, element: Text) -> None:
    total = em_width(element.text, element.bold) * element.size
    x = element.x - {"left": 0.0, "centre": total / 2, "right": total}[element.align]
    canvas.setFillGray(1 if element.white else 0)
    for run in runs(element.text, element.bold):
        if run.picture:
            _picture(canvas, x, height - element.y, run, element.size, element.white)
        else:
            canvas.setFont(run.face.name, element.size)
            canvas.drawString(x, height - element.y, run.text)
        x += run.width * element.size
    canvas.setFillGray(0)


def _picture(canvas: Canvas, x: float, baseline: float, run: Run, size: float, white: bool) -> None:
    scale = 72 / _PICTURE_DPI
    mask, above = picture(run, round(size / scale))
    # Transparent, as long descenders reach into the line below.
    image = Image.new("RGBA", mask.size, (white * 255,) * 3)
    image.putalpha(mask)
    wide, tall = mask.width * scale, mask.height * scale
    canvas.drawImage(ImageReader(image), x, baseline - tall + above * scale, wide, tall, mask="auto")


@lru_cache(maxsize=256)
def picture(run: Run, pixels: int) -> tuple[Image.Image, int]:
    """The ink of `run` (255 where it is full), and how many rows stand above the baseline."""
    font = run.face.pil(pixels)
    above, below = pixels * 11 // 10, pixels * 4 // 10
    image = Image.new("L", (max(1, round(run.width * pixels)), above + below), 0)
    ImageDraw.Draw(image).text((0, above), run.text, font=font, fill=255, anchor="ls")
    return image, above
