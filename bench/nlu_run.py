"""Trains one contestant and asks it, in a process of its own: `python -m bench.nlu_run NAME FOLDER ANSWERS` reads a JSON list
of texts from standard input."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.nlu_contestants import (
    Answer,
    Answers,
    rasa,
    rasa_default_config,
    retour_config,
    spacy_textcat,
    tfidf_linear,
    two_classifiers,
)
from bench.nlu_data import ROOT, training_sentences

RASA = "Rasa default"
NAMES = ("tf-idf + linear", "spaCy textcat", RASA, "retour")
EPOCHS = "NLU_RASA_EPOCHS"
_BLOCK = 64


@dataclass(frozen=True)
class Result:
    """`seconds` to train; `peak` MB of the process until then; `alone` and `together`: ms a text, one by one and in
    blocks of 64, None where a contestant takes no block."""

    name: str
    seconds: float
    peak: float
    alone: float
    together: float | None
    answers: list[Answer]


def run(name: str, folder: Path, texts: Sequence[str]) -> Result:
    """Raises subprocess.CalledProcessError when the contestant's process fails; it has said why."""
    with tempfile.TemporaryDirectory() as workplace:
        path = Path(workplace) / "answers.json"
        # A cache of Rasa's own would make the second training one of no time; temporary files go with the folder.
        environment = os.environ | {
            "RASA_CACHE_DIRECTORY": str(Path(workplace) / "cache"), "TMPDIR": workplace, "TF_CPP_MIN_LOG_LEVEL": "3",
            "RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "bench.nlu_run", name, str(folder), str(path)], cwd=ROOT, env=environment,
            input=json.dumps(texts), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        if done.returncode:
            print(done.stdout[-3000:], file=sys.stderr)
            done.check_returncode()
        content = json.loads(path.read_text(encoding="utf-8"))
        return Result(**content | {"answers": [Answer(*answer) for answer in content["answers"]]})


def epochs() -> int:
    """Of Rasa's default recipe. Raises SystemExit for what is no number of epochs."""
    wanted = os.environ.get(EPOCHS, "10")
    if not wanted.isdecimal() or int(wanted) < 1:
        raise SystemExit(f"{EPOCHS} is {wanted!r}; it expects a number of epochs such as 10")
    return int(wanted)


def _trained(name: str, folder: Path) -> Answers:
    if name == "retour":
        return rasa(retour_config(), folder)
    if name == RASA:
        return rasa(rasa_default_config(epochs()), folder)
    fit = {"tf-idf + linear": tfidf_linear, "spaCy textcat": spacy_textcat}[name]
    return two_classifiers(fit, list(training_sentences(folder)))


def _peak() -> float:
    """MB. Not `getrusage`: its peak begins with that of the process that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1e3 if found else float("nan")


def main() -> None:
    name, folder, path = sys.argv[1:]
    texts: list[str] = json.load(sys.stdin)
    began = time.perf_counter()
    answer = _trained(name, Path(folder))
    seconds, peak = time.perf_counter() - began, _peak()
    answer(texts[:20])
    began = time.perf_counter()
    answers = [answer([text])[0] for text in texts]
    alone = 1000 * (time.perf_counter() - began) / len(texts)
    together = None
    if name in (RASA, "retour"):
        began = time.perf_counter()
        for start in range(0, len(texts), _BLOCK):
            answer(texts[start : start + _BLOCK])
        together = 1000 * (time.perf_counter() - began) / len(texts)
    result = Result(name, seconds, peak, alone, together, answers)
    Path(path).write_text(json.dumps(asdict(result), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
