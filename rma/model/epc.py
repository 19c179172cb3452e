"""What a scanner or an RFID reader read off an item, as the trade item (GTIN) and, where it is told, the single unit (serial).

The forms: a tag's memory in hexadecimal (SGTIN-96 and SGTIN-198, EPC Tag Data Standard), `urn:epc:id:sgtin:`, `urn:epc:tag:sgtin-`,
`urn:epc:idpat:sgtin:`, a GS1 Digital Link, a GS1 element string with brackets or FNC1, and a plain GTIN. epcpy reads tags and
URNs, biip the rest; what they let through and should not is refused here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message
from epcpy.epc_schemes.sgtin import SGTIN
from epcpy.utils.common import ConvertException
from epcpy.utils.parsers import TAG_ENCODABLE_HEX_HEADERS, get_gs1_key, hex_to_tag_encodable

from rma.model.errors import Refused
from rma.model.gtin import LENGTHS, bare, gtin14
from rma.model.orders import Order, OrderLine

GS1_RESOLVER = "https://id.gs1.org"
"""The canonical domain of GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax)."""
LONGEST = 500
"""Characters; an EPC has 52 at most, a link with attributes more."""

_HEX = re.compile(r"(?:0x)?([0-9a-f]{24}|[0-9a-f]{50}|[0-9a-f]{52})", re.IGNORECASE)
_SERIAL = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}""")
"""GS1 AI encodable character set 82 (GS1 General Specifications, figure 7.11-1), at most 20 of them in AI (21)."""
_PLAIN_IN_URN = "!'()*+,-.:;=_"
"""Of that set all but "%&/<>? and the quotation mark stand in a URN as they are (Tag Data Standard, annex A)."""
_TAGS = {"30": 24, "36": 52}
"""Header of an SGTIN-96 or SGTIN-198, and how many hexadecimal digits it has; the latter's last are padding, which some readers
leave out."""
_CODE_PREFIX = re.compile(r"\][A-Za-z][0-9]")
_GS1_CODES = ("]C1", "]d2", "]Q3", "]e0", "]J1")
"""AIM symbology identifiers, which scanners may put before what they read; those of GS1-128, DataMatrix, QR, DataBar, DotCode."""
_FNC1 = "\x1d"


@dataclass(frozen=True)
class Epc:
    gtin: str
    """14 digits, with a right check digit."""
    serial: str | None = None

    @property
    def uri(self) -> str:
        """The canonical GS1 Digital Link: of the unit, or without a serial of the class of trade items."""
        link = f"{GS1_RESOLVER}/01/{self.gtin}"
        return link if self.serial is None else f"{link}/21/{quote(self.serial, safe='')}"

    def urn(self, company_prefix: str) -> str | None:
        """The same as an EPC URN, or without a serial as a pattern of all units of the class. None for a GTIN of another company:
        where its prefix ends cannot be seen."""
        if not self.gtin[1:].startswith(company_prefix):
            return None
        item = f"{company_prefix}.{self.gtin[0]}{self.gtin[1 + len(company_prefix) : 13]}"
        if self.serial is None:
            return f"urn:epc:idpat:sgtin:{item}.*"
        return f"urn:epc:id:sgtin:{item}.{quote(self.serial, safe=_PLAIN_IN_URN)}"


def read_epc(text: str) -> Epc:
    """Raises Refused, saying what is wrong with it, for anything that names no trade item."""
    text = text.strip(" \t\r\n")
    if not text or len(text) > LONGEST:
        raise Refused("nothing was read" if not text else "too long for a code of an item")
    folded = text.casefold()
    if folded.startswith("urn:"):
        return _checked(*_urn(text))
    if folded.startswith(("http://", "https://")):
        return _checked(*_link(text))
    if (tag := _HEX.fullmatch(re.sub(r"[\s:-]+", "", text))) and tag[1][:2].upper() in TAG_ENCODABLE_HEX_HEADERS:
        return _checked(*_tag(tag[1]))
    content = _CODE_PREFIX.sub("", text, count=1)
    if content.startswith("(") or _FNC1 in content or text.startswith(_GS1_CODES):
        return _checked(*_elements(content))
    return _bare(content)


def _bare(text: str) -> Epc:
    if re.fullmatch(r"[0-9\s-]+", text):
        return _plain(text)
    if re.match(r"01[0-9]{14}", text):
        return _checked(*_elements(text))
    raise Refused("not a code of an item: neither a GTIN nor a GS1 code, link, URN or tag")


def is_epc(text: str) -> bool:
    """Whether it can be read as one; a scan of a label or of an order's number cannot."""
    try:
        read_epc(text)
    except Refused:
        return False
    return True


def serials(codes: Iterable[str]) -> list[str]:
    """The URIs of the single units that `codes` name, each once; what cannot be read, or names no single unit, is left out."""
    units: dict[str, None] = {}
    for code in codes:
        try:
            epc = read_epc(code)
        except Refused:
            continue
        if epc.serial is not None:
            units[epc.uri] = None
    return list(units)


def lines_of(order: Order, epc: Epc, gtins: Mapping[str, str] | None = None) -> list[OrderLine]:
    """The order's lines that hold this trade item: by the line's own `gtin`, by `gtins` (of the catalogue, by SKU), or, where
    neither knows one, by a SKU that is the GTIN."""
    known = gtins or {}
    return [line for line in order.lines if epc.gtin == gtin14(line.gtin or known.get(line.sku) or line.sku)]


def line_of(order: Order, epc: Epc, gtins: Mapping[str, str] | None = None) -> OrderLine | None:
    """The first of them, or None: it is of another order, or the shop does not say what its GTIN is."""
    return next(iter(lines_of(order, epc, gtins)), None)


def _checked(gtin: str, serial: str | None) -> Epc:
    item = gtin14(gtin)
    if item is None:
        raise Refused("the GTIN's check digit is wrong: read it again")
    if serial is not None and not _SERIAL.fullmatch(serial):
        raise Refused("the serial number is none: at most 20 characters of GS1's set")
    return Epc(item, serial)


def _plain(text: str) -> Epc:
    item = gtin14(text)
    if item is not None:
        return Epc(item)
    digits = bare(text)
    if len(digits) in LENGTHS:
        raise Refused("the GTIN's check digit is wrong: read it again")
    if digits.startswith("01") and len(digits) >= 16:
        return _checked(*_elements(digits))
    raise Refused(f"a GTIN has 8, 12, 13 or 14 digits, this has {len(digits)}")


def _tag(digits: str) -> tuple[str, str | None]:
    expected = _TAGS.get(digits[:2])
    if expected is None:
        raise Refused("a tag, but not of an item (SGTIN)")
    if expected == 52 and len(digits) == 50:
        digits += "00"
    if len(digits) != expected:
        raise Refused(f"a tag of this kind has {expected} hexadecimal digits, this has {len(digits)}")
    try:
        read = hex_to_tag_encodable(digits)
    except (ConvertException, ValueError, KeyError, IndexError):
        raise Refused("the tag's memory is not what an SGTIN looks like") from None
    return _of_sgtin(read)


def _urn(text: str) -> tuple[str, str | None]:
    kind = text[: text.casefold().find(":sgtin")].casefold()
    rest = text[len(kind) + len(":sgtin") :]
    try:
        if kind == "urn:epc:idpat" and rest.endswith(".*"):
            return get_gs1_key(f"urn:epc:idpat:sgtin{rest}"), None
        if kind == "urn:epc:id":
            return _of_sgtin(SGTIN(f"urn:epc:id:sgtin{rest}"))
        if kind == "urn:epc:tag":
            return _of_sgtin(SGTIN.from_tag_uri(f"urn:epc:tag:sgtin{rest}"))
    except (ConvertException, ValueError, KeyError, IndexError):
        raise Refused("the URN is not an SGTIN as GS1 writes it") from None
    raise Refused("a URN, but not of an item: expected urn:epc:id:sgtin:, urn:epc:tag:sgtin-96: or urn:epc:idpat:sgtin:")


def _of_sgtin(read: object) -> tuple[str, str | None]:
    if not isinstance(read, SGTIN):
        raise Refused("a tag, but not of an item (SGTIN)")
    # The element string is the one place where epcpy gives the serial without its escapes.
    return read.gtin(), read.gs1_element_string().partition("(21)")[2]


def _link(text: str) -> tuple[str, str | None]:
    try:
        elements = GS1DigitalLinkURI.parse(text).element_strings
    except (ParseError, ValueError):
        raise Refused("the link is no GS1 Digital Link") from None
    return _item({element.ai.ai: element.value for element in elements})


def _elements(text: str) -> tuple[str, str | None]:
    content = text.lstrip(_FNC1)
    try:
        message = GS1Message.parse_hri(content) if content.startswith("(") else GS1Message.parse(content)
    except (ParseError, ValueError):
        raise Refused("the code is not made of GS1 elements, or a digit in it is wrong: read it again") from None
    return _item({element.ai.ai: element.value for element in message.element_strings})


def _item(elements: Mapping[str, str]) -> tuple[str, str | None]:
    if "01" not in elements:
        raise Refused("a GS1 code, but not of an item: it has no GTIN, AI (01)")
    return elements["01"], elements.get("21")
