"""The HTML of an e-mail, made from its plain text: paragraphs, lists, addresses as links. Nothing in it is fetched from anywhere,
so opening it tells nobody."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader

from rma.model.codes import Language
from rma.texts import Texts

_ADDRESS = re.compile(r"https?://[^\s<>\"'«»]+")
_BEFORE_SIGN = re.compile(r" (?=[:;?!»])")
_AFTER = ".,;:!?)]}…"
_BULLET = re.compile(r"\s*(?:[-•*]|\d{1,2}[.)])\s+")


@dataclass
class Piece:
    """Words, or a link when `href` is set."""

    text: str
    href: str | None = None


@dataclass
class Block:
    """A paragraph of lines, a list of items, or a button: one address of ours that stands alone on its line."""

    kind: str
    lines: list[list[Piece]] = field(default_factory=list)
    href: str = ""
    label: str = ""
    number: int = 1
    """What an ordered list begins with."""


class MailLayout:
    """`address` is where shoppers reach us: only what leads there becomes a button."""

    def __init__(self, shop_name: str, address: str, texts: Texts) -> None:
        self.shop_name = shop_name
        self._address = address.rstrip("/") + "/"
        self._texts = texts
        folder = Path(__file__).resolve().parent / "templates"
        environment = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self._template = environment.get_template("mail.html")

    def html(self, text: str, subject: str, language: Language) -> str:
        if language is Language.FR:
            text = _BEFORE_SIGN.sub("\u00a0", text)  # French puts a space before them, which no line may end at.
        return self._template.render(
            lang=language.value, subject=subject, shop=self.shop_name, blocks=self._blocks(text, language)
        )

    def _blocks(self, text: str, language: Language) -> list[Block]:
        blocks: list[Block] = []
        for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
            open_block: Block | None = None
            for line in paragraph.split("\n"):
                kind, rest = _kind(line)
                alone = _ADDRESS.fullmatch(line.strip())
                if alone and line.strip().startswith(self._address):
                    blocks.append(Block("button", href=line.strip(), label=self._label(line.strip(), language)))
                    open_block = None
                    continue
                if open_block is None or open_block.kind != kind:
                    number = int(re.findall(r"\d+", line)[0]) if kind == "ol" else 1
                    open_block = Block(kind, number=number)
                    blocks.append(open_block)
                open_block.lines.append(_pieces(rest))
        return [block for block in blocks if block.kind == "button" or any(block.lines)]

    def _label(self, address: str, language: Language) -> str:
        path = urlsplit(address).path
        name = "open"
        if path.startswith("/labels/"):
            name = "label" if path.endswith(".pdf") else "code"
        elif path.startswith("/withdraw/"):
            name = "withdrawal"
        return self._texts.get(f"mail_button_{name}", language.value)


def _kind(line: str) -> tuple[str, str]:
    """Whether a line is an item of a list, and its words without the mark."""
    if mark := _BULLET.match(line):
        return ("ol" if mark[0].strip()[0].isdigit() else "ul"), line[mark.end() :]
    return "p", line


def _pieces(line: str) -> list[Piece]:
    pieces, place = [], 0
    for found in _ADDRESS.finditer(line):
        address = found[0].rstrip(_AFTER)
        if found.start() > place:
            pieces.append(Piece(line[place : found.start()]))
        pieces.append(Piece(address, href=address))
        place = found.start() + len(address)
    if line[place:].strip():
        pieces.append(Piece(line[place:]))
    return pieces
