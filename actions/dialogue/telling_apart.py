"""Which words of a message are about which item.

What is kept is no return, and "X chipped, Y unwanted" gives neither item the other's reason.
"""

import re

from actions.dialogue.claiming import keeps
from actions.dialogue.lexicon import tokens
from actions.dialogue.matching import LineMatcher
from actions.dialogue.words import fold

_CUT = re.compile(
    r"\s*(?:[,;:]|[.!?](?=\s)|\b(?:and|but|whereas|while|though|although|et|mais|alors que|par contre)\b)\s*",
    re.IGNORECASE,
)
_CONTRAST = re.compile(r"\b(?:but|though|although|mais|par contre)\b", re.IGNORECASE)
_ABOUT_IT = re.compile(r"(?:it|its|it's|they|they're|theyre|one|some|il|elle|ils|elles|c'est|un|une|certain\w*)\b")
_SHARED = frozenset(
    tokens(
        "i'd i'll i've we want would like to return send back please the a an my our both of in from order hello hi they are"
        " is were and one two three four be get refund for on need can could you me received bought got je nous voudrais veux"
        " souhaite rendre renvoyer retourner le la les l'un une des du d'mes ma mon nos de bonjour svp commande deux trois quatre"
        " retour remboursement ai recu too also as well aussi egalement same pareil meme"
    )
)
"""Words in which a wish is put and two things share: they say nothing of the one of them."""


def pieces(text: str) -> list[tuple[int, int]]:
    """(start, end) of what stands between commas, stops and conjunctions."""
    found, begin = [], 0
    for cut in _CUT.finditer(text):
        found.append((begin, cut.start()))
        begin = cut.end()
    return [(a, b) for a, b in [*found, (begin, len(text))] if text[a:b].strip()]


def without_kept(text: str, matcher: LineMatcher) -> str:
    """The text with what is kept blanked, where something else is named too: "back with the cushions, I keep the mugs"."""
    parts = [(a, b, set(matcher.find(text[a:b], by_position=False).lines)) for a, b in pieces(text)]
    kept = [
        (a, b, lines)
        for place, (a, b, lines) in enumerate(parts)
        if lines and keeps(text[a:b]) and not _taken_back(text, parts[place:])
    ]
    out = set().union(*(lines for _, _, lines in kept))
    if not out or not any(lines - out for _, _, lines in parts):
        return text
    for a, b, lines in parts:
        if lines and lines <= out and (keeps(text[a:b]) or not _own_words(text[a:b], matcher)):
            text = text[:a] + " " * (b - a) + text[b:]
    return text


def _taken_back(text: str, parts: list[tuple[int, int, set[str]]]) -> bool:
    """ "Love the mugs but they came broken", "the lamp is lovely, it flickers": what follows is about the same thing."""
    if len(parts) < 2 or parts[1][2]:
        return False
    (_, end, _), (start, stop, _) = parts[:2]
    return bool(_CONTRAST.search(text[end:start]) or _ABOUT_IT.match(fold(text[start:stop])))


def of_their_own(text: str, matcher: LineMatcher) -> list[tuple[str, str]]:
    """(line, words) where several lines are named, each with words of its own: "mugs chipped, cushions unwanted"."""
    found: list[tuple[str, str]] = []
    for a, b in pieces(text):
        lines = matcher.find(text[a:b], by_position=False).lines
        if len(lines) == 1 and _own_words(text[a:b], matcher):
            found.append((lines[0], text[a:b]))
    return found if len({line for line, _ in found}) > 1 else []


def _own_words(piece: str, matcher: LineMatcher) -> bool:
    return any(not word.isdigit() and word not in _SHARED and not matcher.knows(word) for word in tokens(piece))
