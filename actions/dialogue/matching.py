"""Which of the things on offer the shopper's words mean: order lines, variants of a product, options of a question."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from actions.dialogue.lexicon import FAMILIES, Lexicon, tokens
from actions.dialogue.prices import by_price
from actions.dialogue.sizes import LETTERS
from actions.dialogue.words import ALL, BOTH, NO, NUMBERS, ORDINALS, YES, aligned, bare, fold
from rma.model.conversations import ChoiceOption
from rma.model.orders import OrderLine

_COUNTERS = "|".join(sorted(NUMBERS, key=len, reverse=True))
_NUMBER_LIST = re.compile(
    rf"(?:(?:number|no\.?|numero|n°|option|item|article|choice|choix|le|la|les|the|#)\s*)*(?:\d{{1,2}}|{_COUNTERS})(?:\s*(?:,|and|et|&|\+|ou|or|/|\s)\s*(?:(?:le|la|the|number|numero)\s+)?(?:\d{{1,2}}|{_COUNTERS}))*"
)
_AS_MANY = re.compile(
    rf"(?:(?:all|tous|toutes|these|those|ces|mes|the|les)\s+)+(?!(?:une?|one)$)(\d{{1,2}}|{_COUNTERS})"
)
_COUNTED = re.compile(rf"(?:{_COUNTERS})(?:\s.*)?|.*\b(?:les|the|all|tous|toutes)\s+(?:\d|{_COUNTERS}).*")
_SPLIT = re.compile(
    r"\s*(?:,|;|&|\+|\band\b|\bet\b|\bplus\b|\balso\b|\baussi\b|\bainsi que\b|\bbut\b|\bmais\b|\.\s)\s*"
)
_EXCEPT = re.compile(
    r"\b(?:except(?:ing| for)?|but not|all but|everything but|apart from|excluding|not|sauf|excepte|hormis|a part|mais pas|pas)\b"
)
_GENERIC = {"set", "the", "with", "and", "for", "led", "pro", "de", "en", "la", "le", "a"}


@dataclass
class Match:
    """Lines that are meant; `unclear` are lines among which the words do not decide."""

    lines: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lines or self.unclear)


def split_parts(text: str) -> list[str]:
    """The parts of an enumeration: "the shirt for an L, the shoes in 42"."""
    return [part for part in re.split(r"\s*(?:,|;|&|\+|\band\b|\bet\b|\.\s)\s*", text) if part.strip()]


def numbers_in(text: str, count: int) -> list[int]:
    """Positions from 1 that an answer such as "2", "1 and 3", "the second", "the last one" names among `count` things."""
    plain = bare(text)
    if several := _AS_MANY.fullmatch(plain):
        # "The two", "les 2" say how many: which ones only when there are no others.
        word = several[1]
        return list(range(1, count + 1)) if (int(word) if word.isdigit() else NUMBERS[word]) == count else []
    if _NUMBER_LIST.fullmatch(plain):
        found = [
            int(word) if word.isdigit() else NUMBERS[word]
            for word in re.findall(rf"\d{{1,2}}|\b(?:{_COUNTERS})\b", plain)
        ]
        return list(dict.fromkeys(found)) if all(1 <= number <= count for number in found) else []
    words = [ORDINALS[word] for word in re.findall(r"[a-z0-9]+", plain) if word in ORDINALS]
    places = [count if word == -1 else word for word in words]
    first_many = re.search(
        rf"\b(?:first|premieres?|premiers?)\s+({_COUNTERS}|\d)\b|\b(?:les )?({_COUNTERS}|\d) premi", plain
    )
    if first_many:
        word = first_many[1] or first_many[2]
        places = list(range(1, (int(word) if word.isdigit() else NUMBERS[word]) + 1))
    return list(dict.fromkeys(place for place in places if place <= count))


class LineMatcher:
    """Finds order lines by what people call them."""

    def __init__(self, lines: Sequence[OrderLine], lexicon: Lexicon) -> None:
        self._lines = list(lines)
        self._lexicon = lexicon
        self._spelled = {word for line in lines for word in tokens(line.name)} | lexicon.products.words
        self._kinds = {line.id: set(lexicon.products.named(line.name)) | {fold(line.name)} for line in lines}

    def knows(self, word: str) -> bool:
        """Whether a folded word is of a product's name or a variant's: it says which, and not why."""
        values = {part for line in self._lines for value in line.variant.values() for part in tokens(value)}
        return word in self._spelled | self._lexicon.colors.words | values

    def find(self, text: str, *, by_position: bool = True) -> Match:
        """The lines that `text` means. Positions ("the second") count only where a list was shown."""
        if except_at := _EXCEPT.search(fold(text)):
            found = self._excepting(fold(text)[: except_at.start()], fold(text)[except_at.end() :], by_position)
            if found is not None:
                return found
        named = self._named(text)
        pool = [line for line in self._lines if not named or line.id in (*named.lines, *named.unclear)]
        if priced := by_price(text, pool):
            return Match(priced) if len(priced) == 1 else Match(unclear=priced)
        if named.unclear:
            by_part = [self._named(part) for part in _SPLIT.split(fold(text)) if part]
            parts = [match for match in by_part if match]
            if len(parts) > 1 and not any(match.unclear for match in parts):
                return Match(_unique(line for match in parts for line in match.lines))
        if named:
            return named
        pair = BOTH.search(fold(text)) and not re.search(r"\b(?:first|last|premi|derni)", fold(text))
        if by_position and not pair and (places := numbers_in(text, len(self._lines))):
            return Match([self._lines[place - 1].id for place in places])
        if ALL.search(fold(text)):
            everything = [line.id for line in self._lines]
            return Match(unclear=everything) if pair and len(everything) > 2 else Match(everything)
        parts = [match for part in _SPLIT.split(fold(text)) if part and (match := self._by_variant(part))]
        return _merged(parts) if parts else Match()

    def named(self, text: str) -> Match:
        """The lines that `text` calls by name, with their colour or size where the name is not enough; nothing else is guessed."""
        if except_at := _EXCEPT.search(fold(text)):
            found = self._excepting(fold(text)[: except_at.start()], fold(text)[except_at.end() :], False)
            if found is not None and found.lines:
                return found
        return self._named(text)

    def _excepting(self, before: str, after: str, by_position: bool) -> Match | None:
        """ "All but the lamp", "the lamp, not the kettle", "not the kettle, the lamp"; None when nothing is excepted."""
        head, *others = _SPLIT.split(after, maxsplit=1)
        rest = others[0] if others else ""
        if ALL.search(before):
            out = self.find(after, by_position=by_position).lines
            return Match([line.id for line in self._lines if line.id not in out]) if out else None
        out = self.find(head, by_position=by_position).lines
        if not out:
            return None
        kept = self.find(before, by_position=False) if before.strip() else Match()
        wanted = kept.lines or (self.find(rest, by_position=by_position).lines if rest else [])
        return Match([line for line in wanted if line not in out])

    def _named(self, text: str) -> Match:
        groups: dict[str, list[OrderLine]] = {}
        words = set(tokens(text))
        kinds = set(self._lexicon.products.named(text)) or words & FAMILIES.keys()
        direct = {kind for kind in kinds if any(_is_kind(kind, own) for own in self._kinds.values())}
        for line in self._lines:
            score = self._name_score(line, direct, kinds - direct, words, text)
            if score >= 0.5:
                groups.setdefault(fold(line.name), []).append(line)
        best = {
            name: max(self._name_score(line, direct, kinds - direct, words, text) for line in lines)
            for name, lines in groups.items()
        }
        # "running shoes" names the running shoes, not also the hiking shoes that share a word with them.
        groups = {
            name: lines
            for name, lines in groups.items()
            if best[name] >= 0.99
            or not any(best[other] >= 0.99 and self._share(name, other) for other in groups if other != name)
        }
        match = Match()
        for lines in groups.values():
            chosen = self._narrowed(lines, text)
            (match.lines if len(chosen) == 1 or self._wants_all(text, len(chosen)) else match.unclear).extend(
                line.id for line in chosen
            )
        return match

    def _share(self, left: str, right: str) -> bool:
        return bool(set(tokens(left)) & set(tokens(right)) - _GENERIC)

    def _name_score(self, line: OrderLine, direct: set[str], loose: set[str], words: set[str], text: str) -> float:
        own = self._kinds[line.id]
        if any(_is_kind(kind, own) for kind in direct):
            return 1.0
        if any(FAMILIES.get(kind, set()) & own for kind in loose):
            return 0.9
        name = [word for word in tokens(line.name) if word not in _GENERIC] or tokens(line.name)
        # A word that is something else already is not a misspelling of this: "speaker" is no "sneaker".
        unknown = [word for word in words - self._spelled if len(word) > 3]
        hits = [
            word
            for word in name
            if word in words or (len(word) > 3 and any(fuzz.ratio(word, other) >= 80 for other in unknown))
        ]
        if not hits:
            if direct | loose:
                return 0.0
            joined = fold(line.name).replace(" ", "")
            return 0.8 if len(joined) > 5 and fuzz.partial_ratio(joined, fold(text).replace(" ", "")) >= 88 else 0.0
        if len(hits) == len(name):
            return 1.0
        head = name[-1] in hits or name[0] in hits
        return 0.6 * len(hits) / len(name) + (0.3 if head else 0.0)

    def _variant_score(self, line: OrderLine, text: str) -> int:
        return sum(mentions(value, text, self._lexicon) for value in line.variant.values())

    def _narrowed(self, lines: list[OrderLine], text: str) -> list[OrderLine]:
        if len(lines) == 1:
            return lines
        if len({line.sku for line in lines}) == 1 and not self._wants_all(text, len(lines)):
            return lines[:1]  # The same thing twice: either will do.
        scores = {line.id: self._variant_score(line, text) for line in lines}
        top = max(scores.values())
        return [line for line in lines if scores[line.id] == top] if top else lines

    @staticmethod
    def _wants_all(text: str, count: int) -> bool:
        """"Both mugs" of four kinds of mugs are two of them: which ones is to be asked."""
        plain = fold(text)
        return count > 1 and bool(ALL.search(plain)) and (count == 2 or not BOTH.search(plain))

    def _by_variant(self, text: str) -> Match:
        scores = {line.id: self._variant_score(line, text) for line in self._lines}
        top = max(scores.values(), default=0)
        best = [line for line, score in scores.items() if score == top] if top else []
        return Match(lines=best) if len(best) == 1 else Match(unclear=best)


def _is_kind(kind: str, own: set[str]) -> bool:
    """ "kettle" is a kind of "electric kettle"."""
    return kind in own or any(set(tokens(kind)) <= set(tokens(name)) for name in own)


def _unique(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _merged(matches: list[Match]) -> Match:
    lines = _unique(line for match in matches for line in match.lines)
    return Match(
        lines, [line for line in _unique(line for match in matches for line in match.unclear) if line not in lines]
    )


def mentions(value: str, text: str, lexicon: Lexicon) -> bool:
    """Whether a variant's value ("blue", "M", "1000ml", "stainless steel") is named in `text`."""
    colors = set(lexicon.colors.named(value))
    return bool(colors and set(lexicon.colors.named(text)) & colors) or bool(spans(value, text))


_BEFORE_LETTER = r"size|taille|en|in|the|a|an|un|une|le|la|du|for|want|need|contre|pour|veux|prends|or|ou"
_ELIDED = r"(?! (?!(?:instead|in|if|et|ou|or|au|a|en|is|and|alors|aussi|also|as|i|it|if|order|of)\b)[aeiouyh])"
"""Not before a vowel, where an l or an m is a word cut short: "pour l instant"."""


def spans(value: str, text: str) -> list[tuple[int, int]]:
    """Where a variant's value is named in `text`, colours apart."""
    wanted = fold(value)
    if wanted in ("yes", "no", "none", "oui", "non"):  # An answer, whatever option of a product it is the value of.
        return []
    plain = aligned(text)
    if wanted in LETTERS:
        # A lone small letter is a word, or the end of one ("m'", "l'"); as a size it is a capital or is called a size.
        found = [*re.finditer(rf"(?<![\w'’-]){re.escape(wanted.upper())}(?![\w'’-])", text)]
        small = re.finditer(rf"(?:\b(?:{_BEFORE_LETTER})\s+|^\s*)({re.escape(wanted)})(?![\w'-]){_ELIDED}", plain)
        return [match.span() for match in found] + [match.span(1) for match in small]
    if wanted.isdigit():
        return [match.span() for match in re.finditer(rf"(?<![\w.,#-]){wanted}(?![\w-]|[.,]\d)", plain)]
    found = [*re.finditer(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain)]
    if not found and any(c.isdigit() for c in wanted) and len(wanted.replace(" ", "")) > 2:
        letters = r"\s*".join(re.escape(one) for one in wanted if one != " ")
        found = [*re.finditer(letters, plain)]
    return [match.span() for match in found]


def match_option(text: str, options: Sequence[ChoiceOption]) -> str | None:
    """The value of the option that a short answer names: by number, by its label as people type it, or by its code."""
    plain = bare(text)
    if not plain:
        return None
    for option in options:
        if plain in (bare(option.label), fold(option.value), fold(option.value).replace("_", " ")):
            return option.value
    # "Two" and "les 2" count things; "2", "number two" and "the second" are options.
    places = [] if _COUNTED.fullmatch(plain) else numbers_in(text, len(options))
    if places:
        return options[places[0] - 1].value if len(places) == 1 else None
    if YES.fullmatch(plain) or NO.fullmatch(plain):
        return None
    scored = sorted(
        ((fuzz.token_set_ratio(plain, bare(option.label)), option.value) for option in options), reverse=True
    )
    clear = len(scored) == 1 or scored[0][0] - scored[1][0] >= 8
    return scored[0][1] if scored and scored[0][0] >= 86 and clear and len(plain) > 2 else None
