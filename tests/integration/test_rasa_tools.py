"""Rasa people find what they know: Rasa's own tools work from the root."""

import os
import subprocess
import sys
from pathlib import Path

from rma.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def rasa(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    command = [sys.executable, "-m", "rasa", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment | quiet, capture_output=True, text=True, timeout=400, check=False
    )


def test_the_training_data_is_valid() -> None:
    checked = rasa("data", "validate", "--data", "data/nlu", "data/rules.yml", "--fail-on-warnings")
    assert checked.returncode == 0, (checked.stdout + checked.stderr)[-4000:]


def test_the_test_stories_pass(tmp_path: Path) -> None:
    from retour.up import model_for

    model = model_for(Settings.load(var=tmp_path))
    tested = rasa(
        "test", "core", "--stories", "tests/test_stories.yml", "--model", str(model), "--out", str(tmp_path / "results"),
        "--fail-on-prediction-errors", "--no-errors",
    )  # fmt: skip
    assert tested.returncode == 0, (tested.stdout + tested.stderr)[-4000:]


def test_rasa_run_actions_finds_every_action() -> None:
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package("actions")
    domain = (ROOT / "domain.yml").read_text(encoding="utf-8")
    # Other tests define actions of their own, which the executor finds too.
    ours = {name for name, run in executor.actions.items() if type(run.__self__).__module__.startswith("actions.")}
    assert len(ours) == domain.count("  - action_") and all(f"- {name}" in domain for name in ours)
