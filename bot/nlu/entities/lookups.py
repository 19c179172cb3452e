"""Products, colours and resolutions: words looked up in tables, by spaCy's phrase matcher.

Words are compared by a norm of our own: folded, without the plural's ending; the same for the tables and the text. A pipeline
that knows lemmas has the text's lemmas compared too ("knives" is "knife").
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.nlu.entities.found import Entity
from bot.nlu.entities.pipelines import pipeline
from bot.nlu.text import fold

TABLES = ("product", "color", "resolution")
# A table's value for phrases that look like one of its own and are not ("bureau de poste").
NOTHING = "nothing"
_ENGLISH_ES = re.compile(r"(?:ch|sh|ss|x)es$")
# "not a refund", "plutôt qu'un remboursement": naming what one does not want is no choice.
_REJECTED = re.compile(
    r"(?:\b(?:not|don'?t|dont|do not|doesn'?t|no|without|instead of|rather than|never|pas|sans|aucun|au lieu|plutot que?|ni)\b"
    r"(?:\s+(?:want|need|like|asking for|after|a|an|any|the|my|me|de|d'|un|une|le|la|du|qu'un|qu'une|veux|voulons|d'un|d'une|for|to be|being))*\s*)$"
)


_TABLES = Path(__file__).resolve().parents[3] / "data" / "lookup"


def norm(word: str) -> str:
    folded = fold(word)
    if len(folded) <= 3 or folded.endswith(("ss", "us", "is")):
        return folded
    if _ENGLISH_ES.search(folded):
        return folded[:-2]
    return folded[:-1] if folded[-1] in "sx" else folded


def read_table(name: str, language: str) -> dict[str, list[str]]:
    """A table of `data/lookup`, which the dialogue reads too: canonical value to the ways it is written in texts of `language` ("en" or "fr").

    A way may be kept to one language by a prefix ("fr:four"); "-" first leaves out the value itself.
    """
    table: dict[str, list[str]] = {}
    for value, ways in _written(name).items():
        written = [] if ways[:1] == ["-"] else [str(value)]
        for way in map(str, ways):
            tagged, _, word = way.rpartition(":")
            if way != "-" and tagged in ("", language):
                written.append(word)
        table[str(value)] = written
    return table


@functools.cache
def _written(name: str) -> dict[str, list[str]]:
    written: dict[str, list[str]] = yaml.safe_load((_TABLES / f"{name}.yml").read_text(encoding="utf-8"))
    return written


class Lookups:
    """One language's tokeniser with the tables of both languages: people mix them."""

    def __init__(self, language: str, nlp: Language) -> None:
        self._nlp = nlp
        # A vocabulary of its own: what a trained pipeline has learnt goes by spaCy's norms.
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab)
        self._values: dict[int, tuple[str, str]] = {}
        for table in TABLES:
            for value, ways in read_table(table, language).items():
                key = f"{table}:{value}"
                self._matcher.add(key, [self._normal([t.text for t in nlp.make_doc(way)]) for way in ways])
                self._values[self._vocab.strings[key]] = (table, value)

    def _normal(self, words: list[str]) -> Doc:
        return Doc(self._vocab, words=[norm(word) or word for word in words])

    def find(self, text: str) -> Iterator[Entity]:
        """Longest match first at each place."""
        doc = self._nlp(text)
        found = set(self._matcher(self._normal([t.text for t in doc])))
        if doc.has_annotation("LEMMA"):
            found.update(self._matcher(self._normal([t.lemma_ or t.text for t in doc])))
        for key, first, last in sorted(found, key=lambda m: (m[1] - m[2], m[1])):
            table, value = self._values[key]
            span = doc[first:last]
            if table == "resolution" and _REJECTED.search(fold(text[max(0, span.start_char - 40) : span.start_char])):
                continue
            yield Entity(table, value, span.start_char, span.end_char)


@functools.cache
def lookups(language: str, name: str | None = None) -> Lookups:
    """With the blank pipeline, or the one of that name. Built once a process: some 100 ms. Raises PipelineError."""
    return Lookups(language, pipeline(language, name))
