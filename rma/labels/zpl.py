"""A page written in ZPL II for a 203 dpi thermal printer: 812 x 1218 dots for 4x6 inches. The output is plain ASCII.

No text can leave its field: every character but letters, digits, space and a few harmless marks goes through ^FH as the
hexadecimal of its UTF-8 bytes, so `^XA`, `~JR` or `^FS` in an address is printed as those characters.
"""

import string

from PIL import Image

from rma.labels.elements import DOT, Bar, Code128, Element, Page, Qr, Text
from rma.labels.fonts import em_width, runs
from rma.labels.pdf import picture

_PLAIN = frozenset(string.ascii_letters + string.digits + " .,:/()-'#&@")
# The printer's own scalable font has these; what is beyond is sent as a picture.
_LATIN_END = 0x180
_MARKS = frozenset("–—‘’“”…€")
# Field blocks read a backslash as the start of a command of their own.
_BACKSLASH = str.maketrans("\\", "/")


def write(page: Page) -> str:
    """One ZPL format, `^XA` to `^XZ`, that prints one label."""
    lines = ["^XA", "^CI28", f"^PW{_dots(page.width)}", f"^LL{_dots(page.height)}", "^LH0,0", "^PQ1"]
    for element in page.elements:
        lines += _write(element)
    return "\n".join([*lines, "^XZ", ""])


def _dots(points: float) -> int:
    return round(points / DOT)


def _write(element: Element) -> list[str]:
    match element:
        case Text():
            return _text(element)
        case Bar(x, y, width, height):
            wide, tall = max(1, _dots(width)), max(1, _dots(height))
            return [f"^FO{_dots(x)},{_dots(y)}^GB{wide},{tall},{min(wide, tall)}^FS"]
        case Code128(x, y, height, data, dots):
            return [f"^FO{_dots(x)},{_dots(y)}^BY{dots}^BCN,{_dots(height)},N,N,N,A^FH_^FD{escape(data)}^FS"]
        case Qr(x, y, data, dots):
            # The firmware adds 10 dots above the symbol. `MA,`: error correction M, automatic encoding.
            return [f"^FO{_dots(x)},{max(0, _dots(y) - 10)}^BQN,2,{dots}^FH_^FDMA,{escape(data)}^FS"]


def _text(element: Text) -> list[str]:
    pieces = runs(element.text, element.bold)
    text = "".join(run.text for run in pieces)
    if any(run.picture for run in pieces) or not all(ord(c) < _LATIN_END or c in _MARKS for c in text):
        return _pictures(element)
    tall = max(8, _dots(element.size))
    # The built-in font's baseline is about three quarters down its cell.
    top = max(0, _dots(element.y) - round(0.75 * tall))
    side = {"left": "L", "centre": "C", "right": "R"}[element.align]
    white = "^FR" if element.white else ""
    place = f"^FO{max(0, _dots(element.left))},{top}{white}^A0N,{tall},{tall}^FB{_dots(element.width)},1,0,{side}"
    return [f"{place}^FH_^FD{escape(text.translate(_BACKSLASH))}^FS"]


def _pictures(element: Text) -> list[str]:
    size = max(8, _dots(element.size))
    total = em_width(element.text, element.bold) * size
    x = _dots(element.x) - {"left": 0.0, "centre": total / 2, "right": total}[element.align]
    fields = []
    for run in runs(element.text, element.bold):
        image, above = picture(run, size)
        white = "^FR" if element.white else ""
        fields.append(f"^FO{max(0, round(x))},{max(0, _dots(element.y) - above)}{white}{graphic(image)}^FS")
        x += run.width * size
    return fields


def graphic(image: Image.Image) -> str:
    """A ^GFA field: one bit a dot, 1 is black, each row filled up to whole bytes."""
    black = image.point(lambda ink: 255 if ink >= 128 else 0).convert("1")
    data = black.tobytes()
    row = (image.width + 7) // 8
    return f"^GFA,{len(data)},{len(data)},{row},{data.hex().upper()}"


def escape(text: str) -> str:
    """`text` as field data after ^FH_."""
    return "".join(c if c in _PLAIN else "".join(f"_{byte:02X}" for byte in c.encode()) for c in text)
