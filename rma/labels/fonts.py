"""Which font draws a text, how wide it comes out, and what to do with a script that no font here has.

The typeface is FiraGO (package pymupdf-fonts: Latin, Greek, Cyrillic, Georgian, Arabic, Hebrew, Devanagari, Thai). A text
beyond it is drawn with a font of the operating system that has it all (Chinese, Japanese, Korean: Debian's
fonts-droid-fallback), else spelled in Latin letters, as the post asks of international mail anyway. Numbers and barcodes never
depend on any of this.
"""

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from PIL import ImageFont, features
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_SYSTEM = Path("/usr/share/fonts/truetype")
# Regular and bold, in order of preference.
_SYSTEM_FILES = (
    ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSans-Bold.ttf"),
    ("droid/DroidSansFallbackFull.ttf", "droid/DroidSansFallbackFull.ttf"),
)
# Scripts whose letters change form or order beside others: set one by one, as a PDF canvas does, they are garbled.
_SHAPED = (
    (0x0590, 0x08FF),  # Hebrew to Arabic Extended-A
    (0x0900, 0x0DFF),  # Indic
    (0x0E00, 0x109F),  # Thai, Lao, Tibetan, Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x200C, 0x200D),  # joiners
    (0xFB1D, 0xFDFF),  # Hebrew and Arabic presentation forms
    (0xFE70, 0xFEFE),
)


class Face:
    """One font, in memory. `name` is what a PDF canvas calls it."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self._data = data
        self._font = TTFont(name, io.BytesIO(data))
        self._characters: dict[int, int] = self._font.face.charToGlyph
        pdfmetrics.registerFont(self._font)

    def covers(self, text: str) -> bool:
        return all(ord(character) in self._characters for character in text)

    def width(self, text: str) -> float:
        """The width of `text` set letter by letter, in ems."""
        return float(self._font.stringWidth(text, 1000)) / 1000

    def pil(self, pixels: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(io.BytesIO(self._data), pixels)


@dataclass(frozen=True)
class Run:
    """A stretch of text in one face: its width in ems, and whether it must be drawn as a picture."""

    text: str
    face: Face
    width: float
    picture: bool = False


def _sources() -> Iterator[tuple[str, bytes, bytes]]:
    if find_spec("pymupdf_fonts"):
        package = import_module("pymupdf_fonts")
        yield "FiraGO", package.myfont("figo"), package.myfont("figbo")
    for regular, bold in _SYSTEM_FILES:
        if (_SYSTEM / regular).is_file() and (_SYSTEM / bold).is_file():
            yield Path(regular).stem, (_SYSTEM / regular).read_bytes(), (_SYSTEM / bold).read_bytes()
    vera = Path(str(import_module("reportlab").__file__)).parent / "fonts"
    yield "Vera", (vera / "Vera.ttf").read_bytes(), (vera / "VeraBd.ttf").read_bytes()


@cache
def _faces() -> tuple[tuple[Face, ...], tuple[Face, ...]]:
    pairs = [(Face(name, regular), Face(f"{name}-Bold", bold)) for name, regular, bold in _sources()]
    return tuple(regular for regular, _ in pairs), tuple(bold for _, bold in pairs)


@cache
def _can_shape() -> bool:
    """Whether Pillow has Raqm and finds the system's FriBidi (Debian: libfribidi0)."""
    return bool(features.check_feature("raqm") and features.check_feature("fribidi"))


@lru_cache(maxsize=2048)
def runs(text: str, bold: bool = False) -> tuple[Run, ...]:
    """How to draw `text`, which `clean.printable` has made one visible line, from left to right."""
    faces = _faces()[bold]
    if any(_is_shaped(character) for character in text):
        face = next((face for face in faces if face.covers(text)), None)
        if face and _can_shape():
            return (Run(text, face, face.pil(100).getlength(text) / 100, picture=True),)
        text = _spell(text, faces[0])
    elif not all(any(face.covers(character) for face in faces) for character in text):
        text = _spell(text, faces[0])
    chosen = groupby(text, lambda character: next((face for face in faces if face.covers(character)), faces[0]))
    pieces = [(face, "".join(characters)) for face, characters in chosen]
    return tuple(Run(piece, face, face.width(piece)) for face, piece in pieces)


def em_width(text: str, bold: bool = False) -> float:
    """The width of `text` in ems: times the size in points, the width in points."""
    return sum(run.width for run in runs(text, bold))


def _is_shaped(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _SHAPED)


def _spell(text: str, face: Face) -> str:
    """`text` with every character that cannot be drawn here spelled in Latin letters, '?' where there is no spelling."""
    from anyascii import anyascii  # its tables are of use to few labels only

    parts = []
    for character in text:
        if face.covers(character) and not _is_shaped(character):
            parts.append(character)
        elif not unicodedata.combining(character):
            parts.append(anyascii(character) or "?")
    return " ".join("".join(parts).split())
