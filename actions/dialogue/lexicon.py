"""Names of things and colours in both languages, so that "la bouilloire bleue" finds "Electric Kettle (blue)"."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import yaml

from actions.dialogue.words import fold

# What people call a whole family of things. Only where the family's name is not part of the member's own name.
FAMILIES = {
    "shoes": {
        "sneakers",
        "running shoes",
        "hiking boots",
        "boots",
        "sandals",
        "heels",
        "trainers",
        "loafers",
        "slippers",
        "ankle boots",
    },
    "sneakers": {"running shoes", "trainers", "shoes"},
    "running shoes": {"sneakers", "trainers"},
    "trainers": {"sneakers", "running shoes"},
    "boots": {"hiking boots", "ankle boots"},
    "watch": {"wristwatch", "smart watch"},
    "headphones": {"wireless earbuds", "earphones"},
    "wireless earbuds": {"headphones", "earphones"},
    "earphones": {"wireless earbuds", "headphones"},
    "phone": {"smartphone"},
    "computer": {"laptop"},
    "bag": {"backpack", "handbag"},
    "lamp": {"desk lamp"},
    "light bulb": {"led light bulb"},
    "clock": {"wall clock"},
    "suitcase": {"luggage set"},
    "pans": {"cookware set"},
    "puzzle": {"jigsaw puzzle"},
    "book": {"notebook"},
    "bike": {"bicycle"},
    "jacket": {"fleece jacket", "leather jacket", "puffer jacket", "raincoat"},
    "sweater": {"hoodie", "sweatshirt", "cardigan"},
    "hoodie": {"sweatshirt"},
    "sweatshirt": {"hoodie"},
    "trousers": {"jeans"},
    "shirt": {"t-shirt"},
    "water bottle": {"insulated bottle", "sports bottle", "reusable bottle", "steel bottle", "vacuum flask", "thermos"},
    "thermos": {"insulated bottle", "vacuum flask", "water bottle"},
    "bottle": {"insulated bottle", "water bottle", "thermos"},
    "bouteille": {"insulated bottle", "water bottle", "thermos"},
}


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" and not word.endswith("ss") else word


def tokens(text: str) -> list[str]:
    """Folded words, plural endings cut."""
    return [_singular(word) for word in re.findall(r"[a-z0-9]+(?:[.,/-][a-z0-9]+)*", fold(text))]


class Names:
    """A table of canonical names and their other writings; finds which are named in a text, longest first."""

    def __init__(self, table: dict[str, list[str]]) -> None:
        self._canonical: dict[tuple[str, ...], str] = {}
        for name, others in table.items():
            # "fr:four" is meant in one language only, "-" leaves the name itself out: see data/lookup.
            ways = [str(way).rpartition(":")[2] for way in (others or []) if way != "-"]
            for writing in ([] if "-" in (others or []) else [str(name)]) + ways:
                self._canonical.setdefault(tuple(tokens(writing.replace("-", " "))), str(name))
        self.words = {word for key in self._canonical for word in key}
        """Every word of every name, folded and without plural endings."""
        self._longest = max((len(key) for key in self._canonical), default=0)

    def named(self, text: str) -> list[str]:
        words, found, position = tokens(text.replace("-", " ")), [], 0
        while position < len(words):
            for length in range(min(self._longest, len(words) - position), 0, -1):
                name = self._canonical.get(tuple(words[position : position + length]))
                if name is not None:
                    found.append(name)
                    position += length
                    break
            else:
                position += 1
        return found

    def near(self, word: str, alike: Callable[[str, str], float]) -> str | None:
        """The name that a folded word is a misspelling of: one that begins like it and is alike, or has its letters in another order."""
        best, most = None, 79.0
        for key, name in self._canonical.items():
            if len(key) != 1 or key[0][:1] != word[:1] or len(key[0]) < 4:
                continue
            score = 99.0 if sorted(key[0]) == sorted(word) else alike(word, key[0])
            if score > most:
                best, most = name, score
        return best


class Lexicon:
    def __init__(self, products: Names, colors: Names) -> None:
        self.products = products
        self.colors = colors


@lru_cache(maxsize=4)
def load_lexicon(folder: Path) -> Lexicon:
    """From product.yml and color.yml of `folder`, the tables that the NLU uses too."""
    tables = [yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in ("product.yml", "color.yml")]
    return Lexicon(Names(tables[0]), Names(tables[1]))
