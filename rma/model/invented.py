"""Invented data of the shape of what it stands for, so that a sentence with it reads as before and is understood as before."""

import re
import unicodedata
from dataclasses import dataclass, field

NAMES = frozenset({"name", "surname", "maybe"})
NUMBERS = frozenset({"return_number", "tracking_number", "order_number", "number"})

_MONTHS = (
    r"(?:jan(?:uary|vier|v)?|feb(?:ruary)?|f[ée]v(?:rier)?|mar(?:ch|s)|apr(?:il)?|avr(?:il)?|may|mai|june?|juin|july?|juillet|juil|aug(?:ust)?|"
    r"ao[uû]t|sept?(?:ember|embre)?|oct(?:ober|obre)?|nov(?:ember|embre)?|d[ée]c(?:ember|embre)?)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
DATES = (
    re.compile(r"(?<![\w/.-])(?P<year>(?:19|20)\d\d)(?P<sep>[-/.])(?P<month>\d\d)(?P=sep)(?P<day>\d\d)(?![\w/-])"),
    re.compile(rf"(?<![\w/.-])(?P<day>{_DAY})(?P<sep>[/.-])(?P<month>{_DAY})(?P=sep)(?P<year>(?:19|20)?\d\d)(?![\w/-]|\.\d)"),
    re.compile(
        rf"(?<![\w/.-])(?P<day>{_DAY})(?P<suffix>st|nd|rd|th|er)?(?:\s+of)?\s+(?P<name>{_MONTHS})(?:,?\s+(?P<year>(?:19|20)\d\d))?(?!\w)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<name>{_MONTHS})\s+(?P<day>{_DAY})(?P<suffix>st|nd|rd|th)?(?:,?\s+(?P<year>(?:19|20)\d\d))?(?![\w:])", re.IGNORECASE
    ),
)
_DIGITS = "1234567890"
_LETTERS = "ABDEFGHJ"
_PEOPLE = (("Alex", "Martin"), ("Sam", "Taylor"), ("Charlie", "Morgan"))
_STREETS = {"en": "{} High Street", "fr": "{} rue des Écoles"}
_TOWNS = {"en": "Springfield", "fr": "Villeneuve"}
_SPOKEN = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero"),
    "fr": ("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "zéro"),
}


def folded(text: str) -> str:
    """Lower case without accents, of the same length."""
    return "".join(
        base.lower() if len(base := unicodedata.normalize("NFKD", c)[:1] or c) == len(base.lower()) == 1 else c for c in text
    )


@dataclass
class Inventor:
    """Two different facts of a text stay different, one that is repeated stays the same."""

    language: str
    seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def instead_of(self, kind: str, written: str) -> str:
        make = getattr(self, f"_{kind}", None)
        place = self._place(kind, written)
        return str(make(written, place)) if make is not None else _shaped(written, place)

    def _place(self, kind: str, written: str) -> int:
        """Counts the different facts of one kind."""
        family = "number" if kind in NUMBERS else "name" if kind in NAMES else kind
        key = (family, re.sub(r"\W", "", folded(written)))
        return self.seen.setdefault(key, sum(1 for other, _ in self.seen if other == family))

    def _email(self, written: str, place: int) -> str:
        name = f"name{place + 1 if place else ''}"
        if "@" in written:
            return f"{name}@example.com"
        return f"{name} arobase example point com" if "aro" in written.lower() else f"{name} at example dot com"

    def _url(self, written: str, place: int) -> str:
        scheme = re.match(r"https?://", written, re.IGNORECASE)
        return f"{scheme[0]}example.com/page" if scheme else "www.example.com"

    def _handle(self, written: str, place: int) -> str:
        return "@name"

    def _ip(self, written: str, place: int) -> str:
        return f"192.0.2.{place + 1}"

    def _hidden(self, written: str, place: int) -> str:
        return "•••• 1234"

    def _phone(self, written: str, place: int) -> str:
        digits = re.sub(r"\D", "", written)
        if written.lstrip().startswith("+") or digits.startswith("00"):
            kept = 5 if digits.startswith("00") else 3
        else:
            kept = 3 if digits.startswith("0") else 0
        invented = digits[:kept] + "".join(_DIGITS[(i + 1 + place) % 10] for i in range(len(digits) - kept))
        if kept == 0 and len(digits) == 10:
            invented = f"202555012{3 + place % 7}"
        found = iter(invented)
        return re.sub(r"\d", lambda _: next(found), written)

    def _date(self, written: str, place: int) -> str:
        match = next(m for m in (pattern.fullmatch(written) for pattern in DATES) if m)
        parts = match.groupdict()
        new = {
            "day": "12" if len(parts["day"]) == 2 else "5",
            "month": "03" if len(parts.get("month") or "") == 2 else "3",
            "year": "2025"[-len(parts["year"] or "2025") :],
            "suffix": "th" if (parts.get("suffix") or "er") != "er" else "",
            "name": _cased("mars" if _french_month(parts.get("name") or "") else "March", parts.get("name") or "M"),
        }
        spans = sorted((match.start(name), match.end(name), name) for name in new if parts.get(name) is not None)
        shown, position = [], 0
        for start, end, name in spans:
            shown += [written[position:start], new[name]]
            position = end
        return "".join([*shown, written[position:]])

    def _name(self, written: str, place: int) -> str:
        first, last = _PEOPLE[place % len(_PEOPLE)]
        return _cased(first if len(written.split()) == 1 else f"{first} {last}", written)

    _maybe = _name

    def _surname(self, written: str, place: int) -> str:
        first, last = _PEOPLE[place % len(_PEOPLE)]
        return _cased(last if len(written.split()) == 1 else f"{first} {last}", written)

    def _street(self, written: str, place: int) -> str:
        if not re.search(r"\d.*\s", written):
            return re.sub(r"#?\w+$", lambda match: _shaped(match[0], place, keep=0), written)
        return _cased(_STREETS[_language_of_street(written, self.language)].format(place + 12), written)

    def _town(self, written: str, place: int) -> str:
        return _cased(_TOWNS.get(self.language, _TOWNS["en"]), written)

    def _order_number(self, written: str, place: int) -> str:
        return _shaped(written, place) if any(c.isdecimal() for c in written) else _spoken(written, place)

    def _postal_code(self, written: str, place: int) -> str:
        return _shaped(written, place, keep=0)


def _shaped(written: str, place: int, keep: int = 3) -> str:
    """Each digit and letter another, the form the same. A prefix of up to `keep` letters says whose numbers these are, not whose
    order it is, and stays."""
    prefix = re.match(rf"\W*[A-Za-z]{{1,{keep}}}(?![A-Za-z])", written) if keep else None
    head = prefix[0] if prefix else ""
    digits, letters, shown = place, place, []
    for c in written[len(head) :]:
        if c.isdecimal():
            shown.append(_DIGITS[digits % 10])
            digits += 1
        elif c.isalpha():
            letter = _LETTERS[letters % len(_LETTERS)]
            shown.append(letter if c.isupper() else letter.lower())
            letters += 1
        else:
            shown.append(c)
    return head + "".join(shown)


def _cased(invented: str, written: str) -> str:
    letters = [c for c in written if c.isalpha()]
    if letters and all(c.islower() for c in letters):
        return invented.lower()
    return invented.upper() if len(letters) > 2 and all(c.isupper() for c in letters) else invented


def _spoken(written: str, place: int) -> str:
    """A number in words: "double u two six" keeps its letter and gets other digits."""
    digits_of = {language: [folded(word) for word in words] for language, words in _SPOKEN.items()}
    language = max(digits_of, key=lambda name: sum(folded(word) in digits_of[name] for word in written.split()))
    digits = {"oh", *digits_of["en"], *digits_of["fr"]}
    shown = []
    for word in re.split(r"(\s+)", written):
        if folded(word.strip(",-")) in digits:
            shown.append(_SPOKEN[language][place % 10])
            place += 1
        else:
            shown.append(word)
    return "".join(shown)


_FRENCH_MONTH = re.compile(
    r"jan(?:vier|v)|f[ée]v|mars|avr|mai|juin|juil|ao|(?:sept|nov|d[ée]c)embre|octobre|déc", re.IGNORECASE
)
_FRENCH_WAY = re.compile(
    r"[\d\s,]*(?:bis|ter|[A-D])?\s*,?\s*(?:rue|avenue (?:de|du|des)|bou|bd|place|chemin|all|imp|route|quai)", re.IGNORECASE
)


def _french_month(name: str) -> bool:
    # "septembre", and not "september".
    return bool(_FRENCH_MONTH.match(name))


def _language_of_street(written: str, language: str) -> str:
    return "fr" if _FRENCH_WAY.match(written) else language
