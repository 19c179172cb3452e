"""`retour parse` on a model that Rasa itself trained with our pipeline, on few sentences."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.components import EntityRules, Pipelines
from bot.parse import BLOCK, NoModelError, arriving, load_parser, newest_model, parse_stream

ROOT = Path(__file__).parents[2]
DATA = """
version: "3.1"
nlu:
- intent: request_return
  metadata: {language: en, reason: size_too_small}
  examples: |
    - I want to send it back, too small
    - return please, it is too tight
- intent: request_return
  metadata: {language: en}
  examples: |
    - I want to return something
    - can I send this back
- intent: greet
  metadata: {language: fr}
  examples: |
    - bonjour
    - bonsoir
- intent: out_of_scope
  metadata: {language: en}
  examples: |
    - what is the weather
    - sing a song
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    from rasa.model_training import train_nlu

    folder = tmp_path_factory.mktemp("nlu")
    (folder / "nlu.yml").write_text(DATA, encoding="utf-8")
    trained = train_nlu(str(ROOT / "config.yml"), str(folder / "nlu.yml"), str(folder / "models"))
    assert trained is not None
    return Path(trained)


def test_one_line_for_one_line(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    texts = [
        "send back W2611340, too small",
        "",
        "😀",
        "\x00\x07",
        "/greet W2611340",
        "bonjour, je veux parler",
        "a" * 5000,
    ]
    unreadable = ["no json", "[1]", '{"text": 3}', "", "[" * 10000, r'{"text": "\ud83d"}']
    lines = [*(json.dumps({"text": text}) for text in texts), *unreadable]
    out = io.StringIO()
    parse_stream(io.StringIO("".join(f"{line}\n" for line in lines)), out, model.parent)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(answers) == len(lines)
    assert [answer.get("text") for answer in answers[:7]] == texts
    assert all(set(answer) == {"error"} for answer in answers[7:])
    keys = {"text", "language", "intent", "confidence", "reason", "reason_confidence", "entities"}
    assert all(set(answer) == keys for answer in answers[:7])
    first = answers[0]
    assert (first["language"], first["intent"], first["reason"]) == ("en", "request_return", "size_too_small")
    assert first["entities"][0] == {"entity": "order_number", "value": "W2611340", "start": 10, "end": 18}
    # A leading "/" forces nothing, and offsets are those of the text as given.
    assert answers[4]["confidence"] < 1
    assert answers[4]["entities"][0]["start"] == 7
    assert answers[5]["language"] == "fr"
    assert capfd.readouterr().out == ""


def test_read_together_or_alone_is_the_same(model: Path) -> None:
    parse = load_parser(model)
    texts = [
        "send it back, too tight, and sing a song",
        "",
        "bonjour",
        "can I return W2611340? it does not work. hello!",
        "/greet",
        "what is the weather like, I want to know now",
        *(f"I want to return {number} of them" for number in range(BLOCK)),
    ]
    together, alone = parse(texts), [parse([text])[0] for text in texts]
    for one, other in zip(together, alone, strict=True):
        # Sums of floats depend on how many are made at once, in their last digits.
        assert _rounded(one) == _rounded(other)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [_rounded(inside) for inside in value]
    return pytest.approx(value, abs=1e-4) if isinstance(value, float) else value


def test_a_line_is_there_when_it_was_written() -> None:
    out, into = os.pipe()
    with open(out, encoding="utf-8") as lines:
        waiting = arriving(lines)
        os.write(into, b"one\ntwo\nthr")
        assert next(waiting) == ["one", "two"]
        os.write(into, b"ee\nfour")
        assert next(waiting) == ["three"]
        os.close(into)
        assert list(waiting) == [["four"]]


def test_a_text_that_breaks_a_component_costs_its_neighbours_nothing(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = EntityRules.process

    def process(self: EntityRules, messages: list[Message], model: Pipelines) -> list[Message]:
        if any(message.get("text") == "poison" for message in messages):
            raise ValueError("cannot read this")
        return whole(self, messages, model)

    monkeypatch.setattr(EntityRules, "process", process)
    out = io.StringIO()
    parse_stream(io.StringIO('{"text": "bonjour"}\n{"text": "poison"}\n{"text": "bonsoir"}\n'), out, model)
    first, second, third = map(json.loads, out.getvalue().splitlines())
    assert first["intent"] == third["intent"] == "greet"
    assert "cannot read this" in second["error"]


def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="retour train"):
        newest_model(tmp_path)
    with pytest.raises(NoModelError, match="retour train"):
        parse_stream(io.StringIO(), io.StringIO(), tmp_path / "none")
