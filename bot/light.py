"""Rasa without TensorFlow, for processes that only serve a model.

`rasa.core.agent` imports TensorFlow through modules that only training uses: a Keras callback, a Keras batch generator,
and the check of the training set-up that every model names. It costs seconds of each start and hundreds of megabytes,
and no component of our pipeline needs it.
"""

import json
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

_TRAINING_ONLY = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": (
        "RasaDataGenerator",
        "RasaBatchDataGenerator",
        "IncreasingBatchSizeGenerator",
    ),
    "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
}

_NEURAL = (
    "rasa.nlu.classifiers.diet_classifier",
    "rasa.nlu.selectors.response_selector",
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer",
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer",
    "rasa.core.policies.ted_policy",
    "rasa.core.policies.unexpected_intent_policy",
)


class ModelUnreadable(RuntimeError):
    """The file is not a model that Rasa wrote; the message names it."""


def metadata(model: Path) -> dict[str, Any]:
    """What Rasa wrote about the model when it was trained. Raises ModelUnreadable."""
    try:
        with tarfile.open(model, "r:gz") as archive:
            member = next(name for name in archive.getnames() if name.rsplit("/", 1)[-1] == "metadata.json")
            content = archive.extractfile(member)
            if content is None:
                raise KeyError(member)
            document: dict[str, Any] = json.load(content)
            return document
    except (OSError, EOFError, tarfile.TarError, StopIteration, KeyError, ValueError) as error:
        raise ModelUnreadable(f"{model}: not a Rasa model ({type(error).__name__}); run `retour train`") from error


def needs_tensorflow(model: Path) -> bool:
    """Whether a component of the model is one of Rasa's neural ones. Raises ModelUnreadable."""
    nodes = metadata(model)["predict_schema"]["nodes"].values()
    return any(str(node["uses"]).startswith(_NEURAL) for node in nodes)


def _only_for_training(name: str) -> type:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError(f"{name} needs TensorFlow, which this process left out (bot/light.py)")

    return type(name, (), {"__init__": refuse})


def leave_out_tensorflow() -> None:
    """Puts empty modules where Rasa would import TensorFlow. Call before `rasa` is imported; has no effect
    afterwards."""
    for name, classes in _TRAINING_ONLY.items():
        if name not in sys.modules:
            module = ModuleType(name)
            for each in classes:
                setattr(module, each, _only_for_training(each))
            sys.modules[name] = module
