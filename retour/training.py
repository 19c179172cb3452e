"""Training in a child process: nothing that Rasa prints reaches the terminal, and a model is used only when it is
whole."""

import fcntl
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retour.models import Models, Sources
from retour.processes import ROOT, environment, leashed, signal_group
from rma.model.errors import ConfigurationError

Progress = Callable[[str], None]
"""Called with what is being done now."""

_PART = re.compile(r"(?:Starting to train component '(\w+)'|(loading Rasa|reading the training data)$)")


class TrainingFailed(ConfigurationError):
    """The message has Rasa's last words and the log's place."""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Waits for another training of the same folder; clears what one that was killed has left."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(".training-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def train(folder: Path, log: Path, progress: Progress, sources: Sources | None = None, force: bool = True) -> Path:
    """Trains from `sources`, logs to `log`, returns the model in `folder`. Unless `force`, a model that fits, perhaps
    trained by another process meanwhile, is taken instead. Raises ConfigurationError."""
    sources = sources or Sources()
    sources.check()
    models = Models(folder)
    with _alone(folder):
        fingerprint = sources.fingerprint()
        fitting = None if force else models.fitting(fingerprint)
        if fitting:
            return fitting
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=".training-", dir=folder) as workplace:
            _run(sources, Path(workplace), log, progress)
            return models.add(Path(workplace) / "model.tar.gz", fingerprint, time.monotonic() - started)


def _run(sources: Sources, workplace: Path, log: Path, progress: Progress) -> None:
    command = [
        sys.executable, "-m", "bot.train",
        "--domain", str(sources.domain), "--config", str(sources.config),
        "--out", str(workplace), "--name", "model.tar.gz", *map(str, sources.data),
    ]  # fmt: skip
    log.parent.mkdir(parents=True, exist_ok=True)
    last = ""
    with (
        open(log, "w", encoding="utf-8") as record,
        subprocess.Popen(
            leashed(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", errors="replace", cwd=ROOT, env=environment({"TMPDIR": str(workplace)}),
            start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                record.write(line)
                last = line.strip() or last
                part = _PART.match(line.strip())
                if part:
                    progress(f"training {part[1]}" if part[1] else part[2])
            code = process.wait()
        except BaseException:
            signal_group(process.pid, signal.SIGKILL)
            raise
    if code or not (workplace / "model.tar.gz").is_file():
        raise TrainingFailed(f"training failed: {last[-300:] or f'exit code {code}'}; all of it is in {log}")
