"""The training data itself: labels of the contract, no contradiction, nothing taken from a test set."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bench.nlu_data import TRAINING, sampled, training_sentences, written
from bot.nlu.understanding import WITH_REASON
from rma.model.codes import Reason

ROOT = Path(__file__).parents[2]
REASONS = {str(reason) for reason in Reason}
INTENTS = set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])


def examples() -> Iterator[tuple[str, str, dict[str, str], Path]]:
    for path in sorted((ROOT / "data" / "nlu").glob("*/*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                yield line.removeprefix("- ").strip(), block["intent"], block["metadata"], path


def same(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def test_labels_are_the_contracts() -> None:
    for text, intent, metadata, path in examples():
        assert intent in INTENTS, (path, text)
        assert metadata["language"] == path.parent.name, (path, text)
        assert metadata.get("reason") in {None, *REASONS}, (path, text)
        assert "reason" not in metadata or intent in WITH_REASON, (path, text)


def test_no_sentence_has_two_meanings() -> None:
    meanings = defaultdict(set)
    for text, intent, _, path in examples():
        meanings[path.parent.name, text.casefold()].add(intent)
    assert not {key: intents for key, intents in meanings.items() if len(intents) > 1}


def test_every_intent_and_reason_has_examples_in_both_languages() -> None:
    seen = {(m["language"], kind) for _, intent, m, _ in examples() for kind in (intent, m.get("reason")) if kind}
    assert {(language, kind) for language in ("en", "fr") for kind in INTENTS | REASONS} <= seen


@pytest.mark.parametrize("name", ["nlu_test", "nlu_choose"])
def test_nothing_of_a_test_set_is_trained_on(name: str) -> None:
    trained = {same(text) for text, *_ in examples()}
    rows = (ROOT / "bench" / "data" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert not [text for text in (json.loads(row)["text"] for row in rows) if same(text) in trained]


def test_a_sample_has_every_label_and_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    everything = list(training_sentences(TRAINING))
    sample = sampled(everything, 1000)
    assert 900 < len(sample) < 1300 and set(sample) <= set(everything)
    labels = {(s.language, s.intent, s.reason) for s in everything}
    assert {(s.language, s.intent, s.reason) for s in sample} == labels
    assert sorted(training_sentences(written(sample, tmp_path)), key=str) == sorted(sample, key=str)
    assert sampled(everything, 1000) == sample
