"""Rasa graph components: entities, and intent with reason and clauses."""

import datetime as dt
import functools
import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from bot.nlu.clauses import clauses, fragments
from bot.nlu.entities.extract import extract
from bot.nlu.entities.found import Entity
from bot.nlu.features import Utterance
from bot.nlu.language import detect
from bot.nlu.minilm import shared_encoder
from bot.nlu.text import MAX_CHARACTERS, printable
from bot.nlu.understanding import Example, Meaning, Understanding

_EXTRACTOR = "EntityRules"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityRules(GraphComponent):
    """Sets `entities`. Needs `language`, set by `LanguageDetector` before it."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> "EntityRules":
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        today = dt.datetime.now(dt.UTC).date()
        for message in messages:
            found = extract((message.get(TEXT) or "")[:MAX_CHARACTERS], message.get("language") or "en", today)
            values = [
                {"entity": e.name, "value": e.value, "start": e.start, "end": e.end, "extractor": _EXTRACTOR} for e in found
            ]
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *values], add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
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

    def train(self, training_data: TrainingData) -> Resource:
        """Raises ValueError when the training data has fewer than two intents or reasons."""
        examples = [example_of(m) for m in training_data.intent_examples if m.get(TEXT)]
        self._understanding = Understanding.fit(examples, shared_encoder())
        with self._model_storage.write_to(self._resource) as directory:
            self._understanding.save(directory)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._process(message)
        return messages

    def _process(self, message: Message) -> None:
        text = printable((message.get(TEXT) or "")[:MAX_CHARACTERS])
        if self._understanding is None or not text.strip():
            # Nothing said is nothing understood.
            message.set(INTENT, {"name": "out_of_scope", "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
            return
        entities = tuple(Entity(e["entity"], e["value"], e["start"], e["end"]) for e in message.get(ENTITIES) or [])
        spans = clauses(text, entities)
        if len(spans) < 2:
            spans = []
        pieces = fragments(text, entities)
        whole, *read = self._understanding.read(Utterance(text, entities), spans, pieces if len(pieces) > 1 else [])
        ranking = [{"name": name, "confidence": confidence} for name, confidence in whole.ranking]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking[:10], add_to_output=True)
        message.set("reason", whole.reason, add_to_output=True)
        message.set("reason_confidence", whole.reason_confidence, add_to_output=True)
        if read:
            message.set("clauses", [_clause(*span, part) for span, part in zip(spans, read, strict=True)], add_to_output=True)


@functools.cache
def _code_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".yml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def example_of(message: Message) -> Example:
    """A training message as the heads learn it."""
    text = printable(message.get(TEXT))[:MAX_CHARACTERS]
    metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    language = metadata.get("language") or detect(text)[0]
    # The day does not matter here: only the kinds of entities are learnt from.
    found = extract(text, language, dt.date(2000, 1, 1))
    return Example(Utterance(text, tuple(found)), message.get(INTENT), metadata.get("reason"))


def _clause(start: int, end: int, meaning: Meaning) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "intent": meaning.intent,
        "intent_confidence": meaning.confidence,
        "reason": meaning.reason,
        "reason_confidence": meaning.reason_confidence,
    }
