"""Rasa graph components: entities, and intent with reason and clauses."""

import datetime as dt
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from bot.nlu.entities.extract import extract
from bot.nlu.entities.found import Entity
from bot.nlu.entities.lookups import Lookups, lookups
from bot.nlu.entities.pipelines import PipelineError
from bot.nlu.features import Utterance
from bot.nlu.language import LANGUAGES, detect
from bot.nlu.minilm import shared_encoder
from bot.nlu.text import MAX_CHARACTERS, printable
from bot.nlu.understanding import Example, Meaning, Passage, Understanding

_EXTRACTOR = "EntityRules"


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The spaCy pipeline that each language is read with: its name, None for a blank one."""

    names: dict[str, str | None]

    def words(self, language: str) -> Lookups:
        return lookups(language, self.names.get(language))

    def fingerprint(self) -> str:
        """Rasa keeps what it trained while this stays the same."""
        return str(sorted(self.names.items()))


BLANK = Pipelines({})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MODEL_LOADER, is_trainable=False)
class SpacyPipelines(GraphComponent):
    """Loads spaCy's pipelines: blank ones, or those that the keys `en` and `fr` of config.yml name."""

    def __init__(self, pipelines: Pipelines) -> None:
        self._pipelines = pipelines

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return dict.fromkeys(LANGUAGES)

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "SpacyPipelines":
        """Raises InvalidConfigException when a pipeline cannot be used: when training as when serving."""
        pipelines = Pipelines({language: config.get(language) for language in LANGUAGES})
        try:
            for language in LANGUAGES:
                pipelines.words(language)
        except PipelineError as error:
            raise InvalidConfigException(str(error)) from error
        return cls(pipelines)

    def provide(self) -> Pipelines:
        return self._pipelines


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False, model_from="SpacyPipelines"
)
class EntityRules(GraphComponent):
    """Sets `entities`. Needs `language`, set by `LanguageDetector` before it; reads with what `SpacyPipelines` loads."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "EntityRules":
        return cls()

    def process(self, messages: list[Message], model: Pipelines = BLANK) -> list[Message]:
        today = dt.datetime.now(dt.UTC).date()
        for message in messages:
            language = message.get("language") or "en"
            found = extract((message.get(TEXT) or "")[:MAX_CHARACTERS], language, today, model.words(language))
            values = [
                {"entity": e.name, "value": e.value, "start": e.start, "end": e.end, "extractor": _EXTRACTOR} for e in found
            ]
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *values], add_to_output=True)
        return messages


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True, model_from="SpacyPipelines"
)
class UnderstandingClassifier(GraphComponent):
    """Sets `intent`, `intent_ranking`, `reason`, `reason_confidence` and, for several clauses, `clauses`.

    A training example's reason is the `reason` of its intent block's metadata.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, understanding: Understanding | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._understanding = understanding

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # Rasa keeps what it trained until the component's configuration, data or own source changes; what the component
        # is made of lies in other files, so their digest is part of the configuration.
        return {"code": _code_digest()}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "UnderstandingClassifier":
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "UnderstandingClassifier":
        # A sentence is too small to share: a second thread waits for a core that another process uses, and doubled the time.
        threadpool_limits(1, user_api="blas")
        with model_storage.read_from(resource) as directory:
            return cls(model_storage, resource, Understanding.load(directory, shared_encoder()))

    def train(self, training_data: TrainingData, model: Pipelines = BLANK) -> Resource:
        """Raises ValueError when the training data has fewer than two intents or reasons."""
        examples = [example_of(m, model) for m in training_data.intent_examples if m.get(TEXT)]
        self._understanding = Understanding.fit(examples, shared_encoder())
        with self._model_storage.write_to(self._resource) as directory:
            self._understanding.save(directory)
        return self._resource

    def process(self, messages: list[Message], model: Pipelines = BLANK) -> list[Message]:
        # Rasa hands `model` to `process` because it hands it to `train`; what it gave is in the entities already.
        said = []
        for message in messages:
            # Nothing said is nothing understood.
            message.set(INTENT, {"name": "out_of_scope", "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
            text = printable((message.get(TEXT) or "")[:MAX_CHARACTERS])
            if text.strip():
                found = (Entity(e["entity"], e["value"], e["start"], e["end"]) for e in message.get(ENTITIES) or [])
                said.append((message, Passage.of(Utterance(text, tuple(found)))))
        if self._understanding is not None:
            meanings = self._understanding.read_all([passage for _, passage in said])
            for (message, passage), read in zip(said, meanings, strict=True):
                _tell(message, passage, read)
        return messages


def _tell(message: Message, passage: Passage, meanings: Sequence[Meaning]) -> None:
    whole, *parts = meanings
    ranking = [{"name": name, "confidence": confidence} for name, confidence in whole.ranking]
    message.set(INTENT, ranking[0], add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking[:10], add_to_output=True)
    message.set("reason", whole.reason, add_to_output=True)
    message.set("reason_confidence", whole.reason_confidence, add_to_output=True)
    if parts:
        told = [
            _clause(*span, part) | {"aside": span in passage.asides}
            for span, part in zip(passage.spans, parts, strict=True)
        ]
        message.set("clauses", told, add_to_output=True)


@functools.cache
def _code_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".yml", ".npz")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def example_of(message: Message, pipelines: Pipelines = BLANK) -> Example:
    """A training message as the heads learn it."""
    text, language, intent, reason = labels_of(message)
    # The day does not matter here: only the kinds of entities are learnt from.
    found = extract(text, language, dt.date(2000, 1, 1), pipelines.words(language))
    return Example(Utterance(text, tuple(found)), intent, reason)


def labels_of(message: Message) -> tuple[str, str, str, str | None]:
    """A training message's text, language, intent and reason."""
    text = printable(message.get(TEXT))[:MAX_CHARACTERS]
    metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return text, metadata.get("language") or detect(text)[0], message.get(INTENT), metadata.get("reason")


def _clause(start: int, end: int, meaning: Meaning) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "intent": meaning.intent,
        "intent_confidence": meaning.confidence,
        "reason": meaning.reason,
        "reason_confidence": meaning.reason_confidence,
    }
