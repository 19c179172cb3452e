"""spaCy's pipelines: blank ones, and those that config.yml names; a folder that one was saved to is a name too."""

from pathlib import Path

import pytest
import spacy
import yaml

from bot.nlu.components import Pipelines, SpacyPipelines
from bot.nlu.entities.lookups import lookups
from bot.nlu.entities.pipelines import PipelineError, pipeline
from bot.parse import load_parser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pipeline with a word of its own and a lemma that no ending tells."""
    nlp = spacy.blank("en")
    nlp.tokenizer.add_special_case("kettlething", [{"ORTH": "kettle"}, {"ORTH": "thing"}])
    nlp.add_pipe("attribute_ruler").add([[{"LOWER": "toasties"}]], {"LEMMA": "toaster"})
    folder = tmp_path_factory.mktemp("spacy") / "en_shop"
    nlp.to_disk(folder)
    return str(folder)


def products(text: str, name: str | None = None) -> list[tuple[str | int, str]]:
    return [(e.value, text[e.start : e.end]) for e in lookups("en", name).find(text) if e.name == "product"]


def test_the_words_and_lemmas_of_a_named_pipeline_are_looked_up(named: str) -> None:
    text = "the toasties and that kettlething"
    assert products(text) == []
    assert products(text, named) == [("toaster", "toasties"), ("kettle", "kettle")]


@pytest.mark.parametrize(
    ("text", "words"),
    [("l'écran d’une télé", ["l'", "écran", "d’", "une", "télé"]), ("Aujourd'hui, porte-clés.", None)],
)
def test_french_is_parted_after_an_elision(text: str, words: list[str] | None) -> None:
    doc = pipeline("fr")(text)
    assert doc.text == text
    assert words is None or [token.text for token in doc] == words


def test_a_pipeline_that_cannot_be_used_says_what_to_do(named: str) -> None:
    with pytest.raises(PipelineError, match=r"'en_core_nothing' for 'en'.*setup/uv pip install"):
        pipeline("en", "en_core_nothing")
    with pytest.raises(PipelineError, match="'fr'; it is one for 'en'"):
        pipeline("fr", named)


def config(folder: Path, name: str) -> str:
    """config.yml with that English pipeline."""
    document = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    (loader,) = (part for part in document["pipeline"] if part["name"].endswith(SpacyPipelines.__name__))
    loader["en"] = name
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(path)


def test_rasa_loads_what_config_names_or_refuses_to_train(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RASA_TELEMETRY_ENABLED", "false")
    from rasa.model_training import train_nlu
    from rasa.shared.exceptions import InvalidConfigException

    blocks = [
        {"intent": intent, "metadata": {"language": "en"} | about, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, about, texts in (
            ("request_return", {"reason": "size_too_small"}, ["it is too small", "send it back, too tight"]),
            ("report_problem", {"reason": "defective"}, ["it does not work", "the kettle is broken"]),
            ("report_problem", {}, ["there is a problem", "something is wrong with it"]),
        )
    ]
    data = tmp_path / "nlu.yml"
    data.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}), encoding="utf-8")
    model = train_nlu(config(tmp_path, named), str(data), str(tmp_path))
    (parsed,) = load_parser(Path(str(model)))(["the toasties are cold"])
    assert [(e["entity"], e["value"]) for e in parsed["entities"]] == [("product", "toaster")]
    with pytest.raises(InvalidConfigException, match="en_core_nothing"):
        train_nlu(config(tmp_path, "en_core_nothing"), str(data), str(tmp_path))


def test_a_change_of_name_is_a_change_for_rasas_cache() -> None:
    assert Pipelines({"en": None}).fingerprint() != Pipelines({"en": "en_core_web_md"}).fingerprint()
