"""When a model is trained anew, which one is taken, and which ones go."""

import json

import pytest

from retour import training
from retour.models import Models, Sources
from rma.model.errors import ConfigurationError


@pytest.fixture
def sources(tmp_path):
    root = tmp_path / "project"
    for path, content in {
        "config.yml": "recipe: default.v1\n",
        "domain.yml": "version: '3.1'\n",
        "data/rules.yml": "rules: []\n",
        "data/nlu/en.yml": "nlu: []\n",
        "data/responses/shop.yml": "greeting: hello\n",
        "bot/nlu/parts.py": "x = 1\n",
        "actions/turn.py": "y = 1\n",
    }.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return Sources(root)


@pytest.mark.parametrize("path", ["config.yml", "domain.yml", "data/rules.yml", "data/nlu/en.yml", "bot/nlu/parts.py"])
def test_a_change_of_what_a_model_is_made_from_changes_the_fingerprint(sources, path):
    before = sources.fingerprint()
    file = sources.root / path
    file.write_text(file.read_text() + "# more\n")
    assert sources.fingerprint() != before


@pytest.mark.parametrize(
    "path", ["data/responses/shop.yml", "actions/turn.py", "bot/nlu/__pycache__/parts.pyc", "data/demo.json"]
)
def test_texts_and_actions_do_not(sources, path):
    before = sources.fingerprint()
    file = sources.root / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("something else")
    assert sources.fingerprint() == before


def test_a_new_file_a_renamed_file_and_text_moved_between_files_do(sources):
    seen = {sources.fingerprint()}
    nlu = sources.root / "data" / "nlu"
    (nlu / "fr.yml").write_text("")
    seen.add(sources.fingerprint())
    (nlu / "fr.yml").rename(nlu / "de.yml")
    seen.add(sources.fingerprint())
    (nlu / "de.yml").write_text((nlu / "en.yml").read_text())
    (nlu / "en.yml").write_text("")
    seen.add(sources.fingerprint())
    assert len(seen) == 4


def trained(folder, name, fingerprint):
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.tar.gz").write_bytes(b"model")
    (folder / f"{name}.json").write_text(json.dumps({"fingerprint": fingerprint}))


def test_only_a_model_of_just_these_sources_fits(tmp_path):
    models = Models(tmp_path)
    trained(tmp_path, "retour-20260101-000000", "a")
    trained(tmp_path, "retour-20260102-000000", "b")
    (tmp_path / "retour-20260103-000000.tar.gz").write_bytes(b"without a note")
    (tmp_path / "retour-20260104-000000.json").write_text('{"fingerprint": "c"}')
    assert models.fitting("a") == tmp_path / "retour-20260101-000000.tar.gz"
    assert models.fitting("c") is None and models.fitting("") is None


def test_two_models_of_ours_are_kept_and_none_of_somebody_elses_is_touched(tmp_path):
    folder = tmp_path / "models"
    for day in (1, 2, 3):
        trained(folder, f"retour-2026010{day}-000000", str(day))
    trained(folder, "mine", "x")
    (tmp_path / "model.tar.gz").write_bytes(b"new")
    new = Models(folder).add(tmp_path / "model.tar.gz", "new", 12.0)
    assert sorted(path.name for path in folder.glob("*.tar.gz")) == [
        "mine.tar.gz",
        "retour-20260103-000000.tar.gz",
        new.name,
    ]
    assert len(list(folder.glob("retour-*.json"))) == 2
    assert Models(folder).fitting("new") == new


def test_what_is_missing_to_train_is_named(tmp_path, sources):
    sources.domain.unlink()
    with pytest.raises(ConfigurationError, match=r"domain\.yml is missing"):
        training.train(tmp_path / "models", tmp_path / "log", lambda _: None, sources)


def test_training_that_fails_leaves_the_old_models_no_rubbish_and_says_where_to_look(tmp_path, sources):
    """Rasa itself refuses these: there is nothing to learn from in them."""
    folder, log = tmp_path / "models", tmp_path / "logs" / "train.log"
    trained(folder, "retour-20260101-000000", "old")
    (folder / ".training-left-by-a-kill").mkdir()
    (folder / ".training-left-by-a-kill" / "model.tar.gz").write_bytes(b"half")
    with pytest.raises(training.TrainingFailed, match=r"train\.log"):
        training.train(folder, log, lambda _: None, sources)
    assert log.read_text()
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock", "retour-20260101-000000.json", "retour-20260101-000000.tar.gz",
    ]  # fmt: skip


def test_a_model_that_fits_is_not_trained_again(tmp_path, sources):
    trained(tmp_path / "models", "retour-20260101-000000", sources.fingerprint())
    found = training.train(tmp_path / "models", tmp_path / "log", lambda _: None, sources, force=False)
    assert found.name == "retour-20260101-000000.tar.gz" and not (tmp_path / "log").exists()
