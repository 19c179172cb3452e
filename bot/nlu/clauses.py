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
_OF_A_THING = ("product", "color", "size", "quantity", "order_number")
# Beside a product's name these say nothing of it.
_LITTLE = frozenset(
    _WORDS.findall(
        """a an the my our your his her their its this that these those both all some any one two three four five six of from in for
        with to please pls order size no not just only pair return returning send back exchange swap refund
        le la les l un une des du de d mon ma mes notre nos votre vos ce cet cette ces deux trois quatre cinq six tous toutes tout
        aussi svp stp s il vous plait te commande taille paire retourner renvoyer rendre echanger échanger rembourser pour
        avec"""
    )
)


def clauses(text: str, entities: Iterable[Entity] = ()) -> list[tuple[int, int]]:
    """(start, end) of each clause, in order; one pair for a text that is a single clause, none for an empty one.

    Never cuts inside an entity (an address has dots, a number may have spaces).
    """
    entities = list(entities)
    cuts, things = _cuts(text, entities), [entity for entity in entities if entity.name in _OF_A_THING]
    pieces: list[tuple[int, int]] = []
    begin = 0
    for start, end, soft in cuts:
        if start < begin:
            continue
        if soft:
            after = _until_next_cut(text, end, cuts)
            both = _stands_alone(text[begin:start]) and _stands_alone(after)
            # "Plus envie": in French it is often no conjunction.
            after = _until_next_cut(text, end, [cut for cut in cuts if text[cut[0] : cut[1]].strip().lower() != "plus"])
            if not both and not _of_things_apart(text, (begin, start), (end, end + len(after)), things):
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


def _of_things_apart(text: str, left: tuple[int, int], right: tuple[int, int], things: list[Entity]) -> bool:
    """ "Mugs chipped, cushions unwanted": each side names a product of its own and says something of it, though without a verb."""
    named = [_said_of(text, *side, things) for side in (left, right)]
    return all(named) and not (named[0] or set()) & (named[1] or set())


def _said_of(text: str, start: int, end: int, things: list[Entity]) -> set[str] | None:
    """The products that a piece names, when it says more than their names; else None."""
    inside = [entity for entity in things if start <= entity.start and entity.end <= end]
    rest = text[start:end]
    for entity in inside:
        rest = rest[: entity.start - start] + " " * (entity.end - entity.start) + rest[entity.end - start :]
    says = [word for word in _WORDS.findall(rest.lower()) if word not in _LITTLE and not word.isdigit()]
    return {str(entity.value) for entity in inside if entity.name == "product"} if says else None


def _until_next_cut(text: str, start: int, cuts: list[tuple[int, int, bool]]) -> str:
    return text[start : min((s for s, _, _ in cuts if s > start), default=len(text))]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
