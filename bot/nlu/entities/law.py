"""Where a message cites the law: "article L221-18", "§ 355 BGB", "section 20", "directive 2011/83". Its numbers are nobody's order."""

import re
from collections.abc import Iterable, Iterator

from bot.nlu.entities.found import Entity

_NUMBER = r"(?:[LRD]\.?\s?)?\*?\d[\w/.-]*(?:\s?\(\d+\))?"
_MORE = rf"(?:\s*(?:,|et|and|ou|or|à|to|bis|ff\.?|-)\s*{_NUMBER}(?=\W|$))*"
_CITED = re.compile(
    rf"(?:(?<!\w)(?:sections?|sect?\.|directives?|regulations?|règlements?|reglements?|paragraphs?|paragraphes?|alinéas?|alineas?|clauses?|loi|law)"
    rf"|§+)\s*(?:(?:n[°ºo]|no\.?)\s*)?(?:\(?(?:EU|UE|CE|EC)\)?\s*)?(?:n[°ºo]\s*)?{_NUMBER}{_MORE}"
    rf"|(?<!\w)(?:articles?|art\.?)\s*(?:n[°ºo]\s*)?(?:[LRD]\.?\s?\*?\d{{2,4}}(?:-\d+)*{_MORE}|\d{{1,4}}(?:-\d+)*(?=\s+(?:of|de|du|bis|ter)\b|\s*[,;.)]|\s*$))"
    r"|(?<!\w)(?:consumer rights act|CRA|consumer contracts regulations|CCR)\s*(?:of\s*)?\d{4}"
    r"|(?<!\w)\d{1,4}\s?BGB(?!\w)|(?<!\w)[LRD]\.?\s?\*?[1-7]\d\d-\d{1,2}(?:-\d{1,2})?(?=\s+(?:du|of the|et|and|ou|à)\b|\s*[,;.:)]|\s+c\. ?conso)",
    re.IGNORECASE,
)
_AN_ORDER = re.compile(r"(?:orders?|purchase|commandes?|cmde?)\W{0,3}(?:n[°ºo]|number|numéro|numero|no\.?|is|est)?\W{0,3}$", re.IGNORECASE)
_GOODS = re.compile(r"(?:my|this|mon|mes|cet|ces|les|deux|two|\d)\s+$", re.IGNORECASE)
_SWALLOWED = frozenset(["order_number", "quantity", "size", "postal_code", "date", "tracking_number", "phone"])


def citations(text: str) -> list[tuple[int, int]]:
    """Spans that cite the law. "My article W2611340" is a thing that was bought, "order L221-18" an order."""
    return [
        match.span()
        for match in _CITED.finditer(text)
        if not _AN_ORDER.search(text[: match.start()])
        and not (match[0][:3].lower() == "art" and _GOODS.search(text[: match.start()]))
    ]


def without_citations(text: str, found: Iterable[Entity]) -> Iterator[Entity]:
    """What was found, but for the numbers that a citation of the law is made of."""
    spans = citations(text)
    for one in found:
        inside = any(start <= one.start and one.end <= end for start, end in spans)
        if not (inside and one.name in _SWALLOWED):
            yield one
