"""`retour parse` on a model that Rasa itself trained with our pipeline, on few sentences."""

import io
import json
import os
from pathlib import Path

import pytest

from bot.parse import NoModelError, newest_model, parse_stream

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
    lines = [*(json.dumps({"text": text}) for text in texts), "no json", "[1]", '{"text": 3}']
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


def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="retour train"):
        newest_model(tmp_path)
    with pytest.raises(NoModelError, match="retour train"):
        parse_stream(io.StringIO(), io.StringIO(), tmp_path / "none")
