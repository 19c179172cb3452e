"""What understands messages here, and what others would use: each is trained on the same sentences, then asked one text at
a time."""

import importlib.resources
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import yaml

from bench.nlu_data import ROOT, Sentence

# The reasons' intents of the contract, section 2.
WITH_REASON = frozenset(
    {"request_return", "report_problem", "request_exchange", "withdraw_contract", "appeal_decision", "inform"}
)
_EPOCHS = 8
_SEED = 7


class Answer(NamedTuple):
    intent: str
    reason: str | None = None
    language: str | None = None


Answers = Callable[[Sequence[str]], list[Answer]]
"""Several texts at once, for what can: the others take one after the other."""
Predict = Callable[[str], str]


def tfidf_linear(texts: list[str], labels: list[str]) -> Predict:
    """scikit-learn's textbook: word and character TF-IDF, a linear support vector machine."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    model = make_pipeline(make_union(words, characters), LinearSVC(C=0.3, random_state=_SEED)).fit(texts, labels)
    return lambda text: str(model.predict([text])[0])


def spacy_textcat(texts: list[str], labels: list[str]) -> Predict:
    """spaCy's default text classifier (bag of words), on a blank pipeline."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    fix_random_seed(_SEED)
    nlp = spacy.blank("xx")
    classifier = nlp.add_pipe("textcat")
    names = sorted(set(labels))
    for name in names:
        classifier.add_label(name)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {name: float(name == label) for name in names}})
        for text, label in zip(texts, labels, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples[:100])
    shuffler = random.Random(_SEED)
    for _ in range(_EPOCHS):
        shuffler.shuffle(examples)
        for batch in minibatch(examples, 64):
            nlp.update(batch, sgd=optimizer)

    def predict(text: str) -> str:
        scores = nlp(text).cats
        return max(scores, key=scores.__getitem__)

    return predict


def two_classifiers(fit: Callable[[list[str], list[str]], Predict], sentences: Sequence[Sentence]) -> Answers:
    """One for intents, one for the reasons of those that may state one."""
    intent = fit([s.text for s in sentences], [s.intent for s in sentences])
    stating = [s for s in sentences if s.intent in WITH_REASON]
    reason = fit([s.text for s in stating], [s.reason or "" for s in stating])

    def answer(text: str) -> Answer:
        said = intent(text)
        return Answer(said, (reason(text) or None) if said in WITH_REASON else None)

    return lambda texts: [answer(text) for text in texts]


def rasa(config: Path, folder: Path) -> Answers:
    """Rasa's own training with a configuration, on the sentences of a folder; asked as `retour parse` asks."""
    from rasa.model_training import train_nlu

    from bot.parse import load_parser

    trained = train_nlu(str(config), str(folder), mkdtemp(), fixed_model_name="bench")
    if not trained:
        raise RuntimeError(f"Rasa trained nothing with {config}")
    parse = load_parser(Path(trained))
    return lambda texts: [_answer(parsed) for parsed in parse(texts)]


def _answer(parsed: dict[str, Any]) -> Answer:
    intent = parsed["intent"]["name"]
    # What Rasa's own fallback gives when it is unsure, and no intent at all, mean what `out_of_scope` means.
    named = "out_of_scope" if intent in (None, "nlu_fallback") else intent
    return Answer(named, parsed.get("reason"), parsed.get("language"))


def retour_config() -> Path:
    return ROOT / "config.yml"


def rasa_default_config(epochs: int | None = None) -> Path:
    """The configuration that Rasa suggests, and trains with, where config.yml leaves it out, as the one that `rasa init`
    writes does. `epochs` in place of its 100."""
    suggested = importlib.resources.files("rasa") / "engine" / "recipes" / "config_files" / "default_config.yml"
    document = yaml.safe_load(suggested.read_text(encoding="utf-8"))
    for component in (*document["pipeline"], *document["policies"]):
        if epochs is not None and "epochs" in component:
            component["epochs"] = epochs
    path = Path(mkdtemp()) / "config.yml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path
