"""A message cut into clauses, so that each item keeps its own reason and a second wish is not lost."""

import re
from collections.abc import Iterable

from bot.nlu.entities.found import Entity

_SENTENCE_END = re.compile(r"[.!?;\n…]+(?=\s|$)\s*|\s+[-–—]\s+|\n+")
_COMMA = re.compile(
    r",\s+|\s+(?:but|however|whereas|while|although|though"
    r"|mais|cependant|par contre|en revanche|tandis que|alors que|sauf que)\s+",
    re.IGNORECASE,
)
_AND = re.compile(
    r",?\s+(?:and(?:\s+(?:also|then))?|also|then|plus|et(?:\s+(?:aussi|puis|en plus))?|puis|ensuite|ainsi que)\s+",
    re.IGNORECASE,
)

# Words that betray a predicate: without one, what follows "and" is only one more noun.
_PREDICATE = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|im|ive|you|we|they|it|it's|its|he|she|is|isn'?t|are|aren'?t|was|wasn'?t|were|has|hasn'?t|have|haven'?t|had|do|does|doesn'?t|don'?t|did|didn'?t"
    r"|can|can'?t|could|will|won'?t|would|want|need|got|came|arrived|broke|stopped|cancel|refund|send|return|exchange|swap|track|tell|where|when|how|what|why"
    r"|je|j'\w+|tu|vous|nous|on|il|elle|ils|elles|c'est|ce|est|sont|était|etait|étaient|a|ont|ai|n'\w+|ne|fait|veux|voudrais|peux|peut|arrivée?s?|marche|marchent"
    r"|fonctionne|fonctionnent|manque|manquent|annulez|remboursez|renvoyer|échanger|où|quand|comment|pourquoi|combien)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_MAX_CLAUSES = 12


def clauses(text: str, entities: Iterable[Entity] = ()) -> list[tuple[int, int]]:
    """(start, end) of each clause, in order; one pair for a text that is a single clause, none for an empty one.

    Never cuts inside an entity (an address has dots, a number may have spaces).
    """
    cuts = _cuts(text, entities)
    pieces: list[tuple[int, int]] = []
    begin = 0
    for start, end, soft in cuts:
        if start < begin:
            continue
        if soft and not (_stands_alone(text[begin:start]) and _stands_alone(_until_next_cut(text, end, cuts))):
            continue
        pieces.append((begin, start if soft else end))
        begin = end
    pieces.append((begin, len(text)))
    return _wordy(text, pieces)


def fragments(text: str, entities: Iterable[Entity] = ()) -> list[tuple[int, int]]:
    """Like `clauses`, but cut at every comma and conjunction: "..., too small, ..." is a fragment and no clause."""
    pieces: list[tuple[int, int]] = []
    begin = 0
    for start, end, _ in _cuts(text, entities):
        if start >= begin:
            pieces.append((begin, start))
            begin = end
    return _wordy(text, [*pieces, (begin, len(text))])


def _cuts(text: str, entities: Iterable[Entity]) -> list[tuple[int, int, bool]]:
    """(start, end, soft) of what separates; a soft cut needs a predicate on both sides to part clauses."""
    spans = [(e.start, e.end) for e in entities]
    cuts = [(m.start(), m.end(), False) for m in _SENTENCE_END.finditer(text)]
    cuts += [(m.start(), m.end(), True) for p in (_COMMA, _AND) for m in p.finditer(text)]
    return sorted(cut for cut in cuts if not any(a < cut[0] < b or a < cut[1] < b for a, b in spans))


def _wordy(text: str, pieces: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    trimmed = (_trimmed(text, a, b) for a, b in pieces)
    return [(a, b) for a, b in trimmed if _WORDS.search(text, a, b)][:_MAX_CLAUSES]


def _stands_alone(piece: str) -> bool:
    return len(_WORDS.findall(piece)) >= 2 and _PREDICATE.search(piece) is not None


def _until_next_cut(text: str, start: int, cuts: list[tuple[int, int, bool]]) -> str:
    return text[start : min((s for s, _, _ in cuts if s > start), default=len(text))]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
