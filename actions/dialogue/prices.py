""" "The 34 euro one", "celui à 19,90", "le moins cher", "the expensive one": items that are called by what they cost."""

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from actions.dialogue.words import fold
from rma.model.orders import OrderLine

_NUMBER = r"(?P<{0}>\d{{1,5}}(?:[.,]\d{{1,2}})?)"
_UNIT = r"(?:€|euros?|eur|e|£|gbp|pounds?|quid|\$|usd|dollars?|bucks|chf|francs?)"
_AMOUNT = re.compile(
    rf"(?:[€£$] ?{_NUMBER.format('a')})(?![\d.,]*\d)|(?<![\w.,]){_NUMBER.format('b')} ?-?{_UNIT}(?!\w)"
    rf"|\b(?:ce(?:lui|lle|ux|lles)|the (?:one|ones|thing)|one|l'article|le truc|la chose) (?:qui (?:coute|vaut|a coute)|a|de|pour|that (?:costs?|was)|which (?:costs?|was)|costing|at|for|worth) {_NUMBER.format('c')}(?![\w.,]*\w)"
)
_ENDS = r"(?=\s*(?:[,.;!?]|$|\b(?:one|ones|item|items|thing|product|article|articles|produit|des|de|of|please|pls|svp|stp|s'il|merci|and|et|in|dans|from)\b))"
_CHEAPEST = re.compile(
    rf"\b(?:the|le|la|les|l'article|celui|celle|celui qui est|my|mon|ma) (?:cheapest|cheaper|cheap(?= one)|least expensive|lowest[- ]priced|moins (?:cher|chere|chers|cheres)|meilleur marche){_ENDS}"
)
_DEAREST = re.compile(
    rf"\b(?:the|le|la|les|celui|celle|my|mon|ma) (?:most expensive|dearest|priciest|pricey(?= one)|more expensive|expensive(?= (?:one|item|thing))|(?:plus )?(?:cher|chere|chers|cheres)){_ENDS}"
)


def names_price(text: str) -> bool:
    plain = fold(text)
    return any(pattern.search(plain) for pattern in (_AMOUNT, _CHEAPEST, _DEAREST))


def by_price(text: str, lines: Sequence[OrderLine]) -> list[str] | None:
    """The lines that the price in `text` is of, several where it does not decide; None where no price is named, or none fits."""
    plain = fold(text)
    if not lines:
        return None
    if _CHEAPEST.search(plain):
        return _at(lines, min(line.unit_price for line in lines))
    if _DEAREST.search(plain):
        return _at(lines, max(line.unit_price for line in lines))
    found: list[str] = []
    for match in _AMOUNT.finditer(plain):
        number = next(group for group in match.groups() if group is not None)
        found += _near(lines, Decimal(number.replace(",", ".")), exact="." in number or "," in number)
    return list(dict.fromkeys(found)) or None


def _at(lines: Sequence[OrderLine], price: Decimal) -> list[str]:
    return [line.id for line in lines if line.unit_price == price]


def _near(lines: Sequence[OrderLine], amount: Decimal, exact: bool) -> list[str]:
    """Those of just this price, of a unit or of all units; where no cents were said also 33.90 and 34.50 for 34."""
    same = [line.id for line in lines if amount in (line.unit_price, line.unit_price * line.quantity)]
    if same or exact:
        return same
    whole = Decimal(1)
    return [
        line.id
        for line in lines
        if amount in (line.unit_price.quantize(whole, ROUND_HALF_UP), line.unit_price.quantize(whole, ROUND_FLOOR))
    ]
