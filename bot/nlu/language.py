"""Which of the two languages a text is in, and how sure that is."""

import functools
import importlib.resources
import re
import runpy
from typing import Any

import yaml
from lingua import Language, LanguageDetectorBuilder
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.text import fold, printable

LANGUAGES = ("en", "fr")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# An address, a link or a number says nothing about its writer's language.
_NOT_WORDS = re.compile(r"\S+@\S+|https?://\S+|\S*\d\S*")
_WEIGHT_OF_A_WORD = 1.5
_NO_EVIDENCE = 0.5


@functools.cache
def _detector() -> Any:
    return LanguageDetectorBuilder.from_languages(Language.ENGLISH, Language.FRENCH).with_preloaded_language_models().build()


@functools.cache
def _words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Words of English only, of French only, and of neither in particular."""
    raw = yaml.safe_load((importlib.resources.files("bot.nlu") / "data" / "language.yml").read_text(encoding="utf-8"))
    neutral = frozenset(map(str, raw["neutral"]))
    english, french = ({fold(w) for w in _stop_words(name)} | set(map(str, raw[name])) for name in LANGUAGES)
    return frozenset(english - french - neutral), frozenset(french - english - neutral), neutral


def _stop_words(language: str) -> set[str]:
    """spaCy's, read from their file: importing spaCy's French takes 3 seconds (bot/nlu/entities/pipelines.py)."""
    path = importlib.resources.files("spacy") / "lang" / language / "stop_words.py"
    words: set[str] = runpy.run_path(str(path))["STOP_WORDS"]
    return words


def detect(text: str) -> tuple[str, float]:
    """("en" or "fr", confidence from 0.5, which is no evidence at all, to 1)."""
    english, french, neutral = _words()
    cleaned = _NOT_WORDS.sub(" ", printable(text))
    words = [w for w in _WORD.findall(fold(cleaned)) if w not in neutral and len(set(w)) > 1]
    if not words:
        return LANGUAGES[0], _NO_EVIDENCE
    pieces = [part for w in words for part in w.split("'")] if any("'" in w for w in words) else words
    votes = sum((w in french) - (w in english) for w in [*pieces, *(w for w in words if "'" in w)])
    share = float(_detector().compute_language_confidence(cleaned, Language.FRENCH))
    share = min(max(share, 1e-4), 1 - 1e-4)
    # Odds multiply: the detector's, and each word that only one of the languages has.
    odds = share / (1 - share) * 10 ** (_WEIGHT_OF_A_WORD * votes / 2)
    french_probability = odds / (1 + odds)
    language = LANGUAGES[french_probability > _NO_EVIDENCE]
    confidence = max(french_probability, 1 - french_probability)
    if len(pieces) == 1 and votes == 0:
        # One unknown word is a guess: a brand, a name, a typing slip.
        confidence = min(confidence, 0.6)
    return language, round(confidence, 4)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(GraphComponent):
    """Sets `language` and `language_confidence` of a message; both are part of the parse result."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "LanguageDetector":
        # The first detection reads the models.
        detect("bonjour")
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            language, confidence = detect(message.get(TEXT) or "")
            message.set("language", language, add_to_output=True)
            message.set("language_confidence", confidence, add_to_output=True)
        return messages
