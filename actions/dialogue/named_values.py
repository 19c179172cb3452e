"""The sizes, colours and other values that a message names, each with where it stands: wished for, refused, or only told of.

"Swap the blue M for an L" wishes an L; "I got black instead of blue" wishes no black; "not the white" refuses it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rapidfuzz import fuzz

from actions.dialogue import sizes
from actions.dialogue.lexicon import Lexicon
from actions.dialogue.matching import spans
from actions.dialogue.reading import Entity
from actions.dialogue.words import aligned
from rma.model.orders import CatalogueItem


class Place(StrEnum):
    """How a value stands in the message."""

    WISHED = "wished"
    NAMED = "named"
    CAME = "came"
    TOLD = "told"
    """Of what arrived; of what goes back, or fits, or hangs in the wardrobe."""
    NOT = "not"


@dataclass(frozen=True)
class Value:
    """`values` are the catalogue's that are meant; none: it has no such. `step` counts sizes from the one bought."""

    attribute: str
    said: str
    start: int
    end: int
    values: frozenset[str] = frozenset()
    step: float | None = None
    place: Place = Place.NAMED
    firm: bool = False
    """Wished with a word such as "for", that nothing bought stands behind."""


_FILLER = (
    r"(?:(?:an?|the|one|ones|une?|le|la|les|l|du|de|d|des|same|exact|exactly|meme|memes|size|sizes|sz|taille|pointure|colou?r|couleur|coloris|in|en|pair|"
    r"paire|some|just|it|them|that|celui|celle|version|modele|variant|please|pls|plz|svp|stp|juste|me|moi|lui|us|of|is|est|be|c'est|rather|plutot|maybe|peut-etre|whole|actually|au|aux)\b[\s'’,:]*|l'|d')*"
)
_ASKED = (
    r"(?:for|4|to|into|in|with|against|want(?:ed)?|wants|need(?:ed)?|needs|wanna|would like|i'?d like|prefer|instead|(?:can|could|may|might|to|i'?ll|ill|would|please|pls)(?: (?:i|we|u|you))? (?:please )?(?:have|get|take)|give|send|make|"
    r"take|try|swap|exchange it|change it|i'm an?|im an?|should (?:be|have been)|contre|pour|pr|par|en|veux|veut|voudrais|vx|aimerais|faut|faudrait|prends|prendrai|prendre|prefere|souhaite|"
    r"(?:pourrais|peux|puis|peut|pouvoir|possible d)[\w' -]{0,8}avoir|passer|mettez|mets|envoye[rz]|besoin|plutot|same|meme|chausse|je fais|size|taille|pointure|rather|->|=>|→)"
)
_WISHED = re.compile(rf"(?<!\w){_ASKED}[\s,:']+{_FILLER}$")
_WISHED_AFTER = re.compile(r"^\s*(?:one\s*)?,?\s*(?:instead|please|pls|plz|plutot|svp|stp|s'il|thanks|thx|merci|would be|serait|is what|si possible|if possible)\b")
_FOR = re.compile(rf"(?<!\w)(?:for|4|to|into|against|contre|pour|pr|par|->|=>|→)\s+{_FILLER}$")
_REFUSED = re.compile(
    r"\b(?:(?<!if )not|except|anything but|but not|pas|sans|sauf|instead(?: of)?|rather than|plutot qu[e']|au lieu d[eu']?|et non(?: pas)?|hate|don'?t want|do not want|no more|any other than|from|than)[\s']+"
    rf"{_FILLER}$"
)
_INSTEAD_OF = re.compile(rf"\b(?:instead of|rather than|plutot que|au lieu d[eu']?)[\s']*{_FILLER}$")
_CAME = re.compile(
    r"\b(?:received?|got(?! to)|gotten|(?:you|they|u|been|was) sent|sent me|delivered|came|comes|arrived?|shipped|there is|there was|recue?s?|(?:avez|ont|m'a|a ete|m'ont) envoye\w*|livree?s?|arrivee?s?|ai eu)\b"
)
_ORDERED = re.compile(r"\b(?:ordered|bought|chose|picked|took|commandee?s?|achetee?s?|choisie?s?|ai pris)\b")
_TOLD = re.compile(
    r"\b(?:looks?|seems?|more like|more of an?|fits?|usually|normally|always|generally|says?|said|marked|label(?:led)?|tag|tagged|advertised|shown|pictured|photo|picture|"
    r"d'habitude|habituellement|normalement|toujours|taille comme|semble|parait|tire (?:sur|vers)|marque|indique|etiquette|already have|(?<!would )(?<!i'd )(?<!id )like an?|comme (?:une?|du)|shrank|shrunk|retreci\w*|(?<!can )(?<!could )(?<!may )(?<!should )i have(?! to)|j'ai deja|keep(?:ing)?|garde[rz]?|conserve)\b"
)
_WISH = re.compile(r"\b(?:want|need|like to|would like|i'd like|prefer|instead|please|pls|for|can i|could i|contre|veux|voudrais|aimerais|faut|prefere|besoin|plutot|pour|echang\w+|exchang\w+|swap)\b")
_OBJECT_VERB = (
    r"\b(?:exchange|exchanging|swap|swapping|change|changing|return|returning|send(?:ing)? back|echanger?|echange|renvoyer|retourner|rendre|changer|my|this|these|mon|ma|mes|ce|cette|ces)\s+"
)
_OBJECT = re.compile(_OBJECT_VERB + _FILLER.replace("in|en|", "").replace("’,:]", "’]") + "$")
_OBJECT_IN = re.compile(_OBJECT_VERB + _FILLER + "$")
_IS_TOO = re.compile(r"^\s*(?:one |ones )?(?:(?:is|was|were|are|est|etait|sont|c'est|s)\s+(?!what|the one|ce|fine|ok|good|great|perfect|bien|bon|parfait|sold|out\b|epuise|(?:not |still |plus |pas |encore |toujours )?(?:available|in stock|en stock|dispo)|unavailable|gone|en rupture)(?:\w+\s+)?|(?:fits?|doesn'?t|does not|ne|me va)\b)")
_TOO = re.compile(r"^\s*(?:one |ones )?(?:trop|too)\b")
_HABIT = re.compile(r"[\w\s]{0,12}\b(?:usually|normally|d'habitude|habituellement|normalement|toujours|already|deja)\b")
_COMPARED = re.compile(r"\b(?:is|are|it's|its|c'est|est|sont|bit|un peu|much|bien|beaucoup)\s+$")
_CUT = re.compile(r"[;!?\n]|[.,](?!\d)|\b(?:and|but|et|mais|because|since|so|donc|car|then|puis|or|ou)\b")
_CHAIN = re.compile(rf"[\s,/&+']*(?:(?:and|et|or|ou|else|sinon|but|mais|in|en|then|puis)\b[\s,]*)*{_FILLER}")
_NEW_FOR = re.compile(r"(?:\s+ones?)?(?:\s+\w+)?\s+(?:for|to|into|contre|pour|par)\b|\s+(?:ones?|size \w+)\s+(?:in|en)\b")
""" "..., and the black one for an L": the black one goes back."""
_NEITHER = re.compile(r"\b(?:and|or|nor|et|ou|ni)\b")
_NUMBER = re.compile(r"(?<![\w.,#€$£-])(\d{1,3}(?:[.,]5)?)(?![\w%€$£-]|[.,:/]\d|\s?(?:days?|weeks?|jours?|semaines?|mois|months?|euros?|eur|x\b|fois|times|pieces?|units?|articles?|items?))")
_SIZE_WORD = re.compile(r"\b(?<!too )(?<!trop )(?:extra[- ](?:large|small)|small|medium|large|moyen)\b(?! (?:hole|stain|tear|scratch|amount|problem|issue|crack|rip|parcel|box|print|fee|order))")
_BIGGER = re.compile(r"\b(?:bigger|larger|plus grande?s?|(?:taille|pointure)s? (?:du |de )?(?:au[- ]?dessus|superieure)|au[- ]dessus|size(?:s)? up|(?:next )?one up)\b(?! (?:than|que|qu'|what))")
_SMALLER = re.compile(r"\b(?:smaller|plus petite?s?|(?:taille|pointure)s? (?:du |de )?(?:en|au)[- ]?dessous|en[- ]dessous|sizes? down|(?:next )?one down)\b(?! (?:than|que|qu'|what))")
_HALF = re.compile(r"\bhalf (?:a )?size|\bdemi[- ]?(?:taille|pointure)|\bhalf[- ]size")
_LIKE_COLOURS = frozenset(
    ["with", "were", "while", "write", "wrote", "blank", "back", "bleed", "bread", "breed", "greed", "great", "rouse", "noise", "verte", "nord", "block", "blind", "browse", "breen", "whose", "whit", "wait", "what", "bluey", "grew", "greet", "rude", "reds", "rosie", "navy", "noirs", "pure", "peri"]
)


class Named:
    """Reads messages for the values of one product."""

    def __init__(self, variants: Sequence[CatalogueItem], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.values: dict[str, list[str]] = {}
        for item in variants:
            for attribute, value in item.variant.items():
                if value not in self.values.setdefault(attribute, []):
                    self.values[attribute].append(value)
        self.size = sizes.key_of(self.values, sizes.SIZE_KEYS)
        self.color = sizes.key_of(self.values, sizes.COLOR_KEYS)

    def read(self, text: str, entities: Sequence[Entity], *, answering: bool) -> list[Value]:
        """In the order in which they stand. `answering`: the message answers which one is wanted, so a bare value is wished."""
        plain = aligned(text)
        counted = [] if answering else [(one.start, one.end) for one in entities if one.kind == "quantity"]
        found = self._of_entities(plain, entities)
        self._add(found, self._literal(text), counted)
        self._add(found, self._size_words(plain, answering), [])
        self._add(found, self._misspelled(plain, entities), [])
        self._add(found, self._unknown_numbers(plain, answering), counted)
        self._add(found, self._steps(plain), [])
        found.sort(key=lambda value: value.start)
        return self._placed(plain, entities, found, answering)

    @staticmethod
    def _add(found: list[Value], more: Iterable[Value], taken: list[tuple[int, int]]) -> None:
        for value in more:
            spaces = [*taken, *((one.start, one.end) for one in found)]
            if not any(a < value.end and value.start < b for a, b in spaces):
                found.append(value)

    def _of_entities(self, plain: str, entities: Sequence[Entity]) -> list[Value]:
        found = []
        for one in entities:
            said = str(one.value)
            if one.kind == "size" and said[:1] in "+-":
                step = float(said)
                if _HALF.search(plain):
                    step = 0.5 if step > 0 else -0.5
                found += self._step(step, plain[one.start : one.end], one.start, one.end)
            elif one.kind == "size" and self.size:
                meant = sizes.meant(said, self.values[self.size])
                found.append(Value(self.size, said, one.start, one.end, frozenset(meant)))
            elif one.kind == "color" and self.color and plain[one.start : one.end] not in ("argent", "or"):
                values = {value for value in self.values[self.color] if said in self._lexicon.colors.named(value)}
                found.append(Value(self.color, plain[one.start : one.end], one.start, one.end, frozenset(values)))
        return found

    def _literal(self, text: str) -> list[Value]:
        return [
            Value(attribute, value, start, end, frozenset({value}))
            for attribute, values in self.values.items()
            for value in sorted(values, key=len, reverse=True)
            for start, end in spans(value, text)
        ]

    def _size_words(self, plain: str, answering: bool) -> list[Value]:
        """ "A medium"; "large" and "small" only where one is wished: a small stain is no size."""
        if self.size is None or not any(sizes.label(value) in sizes.LETTERS for value in self.values[self.size]):
            return []
        found = []
        for match in _SIZE_WORD.finditer(plain):
            wished = _WISHED.search(plain[: match.start()]) or _WISHED_AFTER.search(plain[match.end() :])
            if match[0] in ("medium", "moyen") or wished or (answering and len(plain.split()) <= 3):
                said = "m" if match[0] == "moyen" else match[0]
                values = sizes.meant(said, self.values[self.size])
                found.append(Value(self.size, match[0], match.start(), match.end(), frozenset(values)))
        return found

    def _misspelled(self, plain: str, entities: Sequence[Entity]) -> list[Value]:
        """ "Blakc" is black."""
        if self.color is None:
            return []
        taken = [(one.start, one.end) for one in entities]
        found = []
        for match in re.finditer(r"[a-z]{4,}", plain):
            word = match[0]
            if word in _LIKE_COLOURS or any(a < match.end() and match.start() < b for a, b in taken):
                continue
            near = self._lexicon.colors.near(word, lambda one, other: float(fuzz.ratio(one, other)))
            values = {value for value in self.values[self.color] if near and near in self._lexicon.colors.named(value)}
            if values:
                found.append(Value(self.color, word, match.start(), match.end(), frozenset(values)))
        return found

    def _unknown_numbers(self, plain: str, answering: bool) -> list[Value]:
        """A number where a size is wished and that the product does not have."""
        if self.size is None:
            return []
        ladder = [place for value in self.values[self.size] if value.strip().isdecimal() and (place := sizes.rank(value))]
        if not ladder:
            return []
        found = []
        for match in _NUMBER.finditer(plain):
            near = min(ladder) / 2 <= float(match[1].replace(",", ".")) <= max(ladder) * 2
            alone = answering and len(plain.split()) <= 3
            if near and len(match[1]) > 1 and (alone or _WISHED.search(plain[: match.start()])):
                found.append(Value(self.size, match[1], match.start(), match.end()))
        return found

    def _steps(self, plain: str) -> list[Value]:
        found: list[Value] = []
        for pattern, step in ((_BIGGER, 1.0), (_SMALLER, -1.0)):
            for match in pattern.finditer(plain):
                found += self._step(step / 2 if _HALF.search(plain) else step, match[0], match.start(), match.end())
        return found

    def _step(self, step: float, said: str, start: int, end: int) -> list[Value]:
        """Of the size; of a product without, of what it has instead: litres, watts."""
        ladder = (name for name, values in self.values.items() if len(values) > 1 and all(sizes.rank(value) is not None for value in values))
        attribute = self.size or next(ladder, None)
        return [Value(attribute, said, start, end, step=step)] if attribute else []

    def _placed(self, plain: str, entities: Sequence[Entity], found: list[Value], answering: bool) -> list[Value]:
        for one in entities:
            if one.kind == "product":  # "For the dress in white": the thing says nothing of how its colour stands.
                plain = plain[: one.start] + "one".ljust(one.end - one.start)[: one.end - one.start] + plain[one.end :]
        placed: list[Value] = []
        for value in found:
            place = _place(plain, value, answering)
            before = placed[-1] if placed else None
            chained = before is not None and _CHAIN.fullmatch(plain[before.end : value.start])
            if place is Place.NAMED and before is not None and chained and not _NEW_FOR.match(plain[value.end :]):
                place = before.place
                if place is Place.NOT and not _NEITHER.search(plain[before.end : value.start]):
                    place = Place.WISHED  # "Not the 42, the 43."
            firm = bool(_FOR.search(plain[: value.start])) or bool(chained and before is not None and before.firm)
            placed.append(replace(value, place=place, firm=firm and place is Place.WISHED))
        return [replace(value, place=_by_what_follows(plain, value, placed)) for value in placed]


def _place(plain: str, value: Value, answering: bool) -> Place:
    before, after = plain[: value.start], plain[value.end :]
    piece = before[max((cut.end() for cut in _CUT.finditer(before)), default=0) :]
    if _INSTEAD_OF.search(before) and (_CAME.search(piece) or _ORDERED.search(piece)):
        return Place.WISHED  # "I ordered an M instead of an L."
    if _REFUSED.search(before):
        return Place.NOT
    if (told := _told(piece, after, value)) is not None:
        return told
    wished = _WISHED.search(before) is not None or _WISHED_AFTER.search(after) is not None
    if _IS_TOO.search(after) or (_TOO.search(after) and not wished):
        return Place.TOLD
    if value.step is not None:
        return Place.WISHED
    if _OBJECT.search(before) and not answering:
        return Place.NAMED
    alone = len(re.findall(r"\w+", before + " " + after)) <= 3
    return Place.WISHED if wished or answering or alone else Place.NAMED


def _told(piece: str, after: str, value: Value) -> Place | None:
    """Whether it is of what came, or is only told of: no later word of the clause wishes it."""
    last_wish = max((match.end() for match in _WISH.finditer(piece)), default=-1)
    for place, pattern in ((Place.CAME, _CAME), (Place.TOLD, _ORDERED), (Place.TOLD, _TOLD)):
        if any(match.end() > last_wish for match in pattern.finditer(piece)):
            return place
    if _HABIT.match(after) or (value.step is not None and _COMPARED.search(piece)):
        return Place.TOLD
    return None


def _by_what_follows(plain: str, value: Value, every: list[Value]) -> Place:
    """ "The blue one for an L", "my dress in blue for a 40": what stands before "for" is what goes back."""
    before = plain[: value.start]
    for_this = [
        later for later in every if later.start > value.start and later.place is Place.WISHED and _FOR.search(plain[: later.start])
    ]
    if value.place is Place.WISHED and value.step is None and for_this and _OBJECT_IN.search(before):
        return Place.TOLD
    if value.place is Place.NAMED and (for_this or _OBJECT.search(before)):
        return Place.TOLD
    return value.place
