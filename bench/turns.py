"""A whole turn, gateway to reply, of this product and of the same bot with Rasa's default recipe: `python -m bench.turns`

The other bot has the same gateway, actions, rules and training sentences, and the pipeline and policies that Rasa suggests where
config.yml leaves them out; `rasa run` serves it. How well its networks learn does not change how long they take, so five epochs
are trained: after one, some models fetch a person where an e-mail address is given, and turns of people cost nothing. TED and
UnexpecTED learn from stories, of which Retour has none: its rules are given as stories too. Both run at once and play the same
conversations by turns, so that both meet the same machine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests
import yaml

from bench.nlu_contestants import rasa_default_config
from bench.nlu_data import TRAINING
from bench.nlu_tables import CONSOLE, table
from bench.running import ROOT, SCRIPT, Chat, timed
from retour.processes import environment, free_port
from retour.up import model_for
from rma.settings import Settings

_PATIENCE = 300.0
"""Seconds that a bot has to be ready."""


@dataclass
class Bot:
    """A running product; `took` are ms of its turns, in order."""

    process: "subprocess.Popen[bytes]"
    chat: Chat
    ready: float
    took: list[float] = field(default_factory=list)

    def parts(self) -> dict[str, psutil.Process]:
        """The process that was started, and Rasa, which it started."""
        parent = psutil.Process(self.process.pid)
        (rasa,) = (child for child in parent.children(recursive=True) if "--credentials" in child.cmdline())
        return {"gateway, actions": parent, "Rasa": rasa}

    def busy(self) -> dict[str, float]:
        """Seconds of processor time until now, by process."""
        return {name: sum(process.cpu_times()[:2]) for name, process in self.parts().items()}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def dialogues(rules: Path, folder: Path) -> Path:
    """A file with every rule as a story, and a rule for the intent that Rasa's fallback gives."""
    document = yaml.safe_load(rules.read_text(encoding="utf-8"))
    told = [{"story": f"{rule['rule']}, told", "steps": rule["steps"]} for rule in document["rules"]]
    unsure = {"rule": "unsure", "steps": [{"intent": "nlu_fallback"}, {"action": "action_out_of_scope"}]}
    path = folder / "dialogues.yml"
    content = {"version": "3.1", "stories": told, "rules": [unsure]}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def default_model(folder: Path, data: Path) -> Path:
    """Trains Rasa's default recipe. Raises SystemExit with Rasa's last words when it fails."""
    rules = ROOT / "data" / "rules.yml"
    command = [
        sys.executable, "-m", "bot.train", "--domain", str(ROOT / "domain.yml"),
        "--config", str(rasa_default_config(epochs=5)), "--out", str(folder), "--name", "default.tar.gz",
        str(data), str(rules), str(dialogues(rules, folder)),
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SystemExit(f"Rasa's default recipe was not trained: {done.stdout[-1000:]}")
    return folder / "default.tar.gz"


def started(model: Path, folder: Path, stock: bool) -> Bot:
    """Raises SystemExit when it does not answer in time."""
    port = free_port()
    keys = {
        "RETOUR_VAR": str(folder), "RETOUR_SESSIONS_PER_MINUTE": "100000", "RETOUR_MESSAGES_PER_MINUTE": "100000",
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.serve", str(model), "--port", str(port), *(["--stock"] if stock else [])]
    began = time.monotonic()
    with open(folder / "output.log", "wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | keys, stdout=log, stderr=log)
    while time.monotonic() - began < _PATIENCE and process.poll() is None:
        try:
            # /readyz asks what `rasa run` does not tell: a turn that is answered is proof enough.
            (chat := Chat(f"http://127.0.0.1:{port}")).turn(0)
            return Bot(process, chat, time.monotonic() - began)
        except (requests.RequestException, KeyError, SystemExit):
            time.sleep(0.3)
    process.kill()
    raise SystemExit(f"{' '.join(command)} did not answer: {(folder / 'output.log').read_text()[-1000:]}")


def play(bots: list[Bot], conversations: int) -> list[dict[str, float]]:
    """Every bot plays one conversation, then the next; returns the processor's ms a turn of each, by process."""
    before = [bot.busy() for bot in bots]
    for _ in range(conversations):
        for bot in bots:
            bot.took += timed(len(SCRIPT), bot.chat.turn)
    spent = [{name: busy - old[name] for name, busy in bot.busy().items()} for bot, old in zip(bots, before, strict=True)]
    return [{name: 1000 * seconds / len(bots[0].took) for name, seconds in of.items()} for of in spent]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.turns", description=__doc__)
    parser.add_argument("--turns", type=int, default=500, help="of each bot")
    parser.add_argument("--data", type=Path, default=TRAINING, help="what the other bot is trained on")
    parser.add_argument("--model", type=Path, help="a model of ours; the one that fits the training data if not given")
    parser.add_argument("--default-model", type=Path, help="a model of Rasa's default recipe; trained now if not given")
    arguments = parser.parse_args()
    ours = arguments.model or model_for(Settings.load())
    bots: list[Bot] = []
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("training", "default", "ours")]
        for folder in folders:
            folder.mkdir()
        default = arguments.default_model or default_model(folders[0], arguments.data.resolve())
        try:
            bots.append(started(default, folders[1], stock=True))
            bots.append(started(ours, folders[2], stock=False))
            play(bots, conversations=2)
            for bot in bots:
                bot.took.clear()
            spent = play(bots, conversations=max(1, arguments.turns // len(SCRIPT)))
            memory = [bot.parts()["Rasa"].memory_info().rss / 1e6 for bot in bots]
        finally:
            for bot in bots:
                bot.stop()
    _print(bots, spent, memory)


def _print(bots: list[Bot], spent: list[dict[str, float]], memory: list[float]) -> None:
    made = table(
        f"A turn, gateway to reply: {len(bots[0].took)} turns each, by turns, on {os.cpu_count()} cores",
        "", "Rasa's default recipe", "retour", "ratio",
    )  # fmt: skip
    rows = {
        "p50": ([statistics.median(bot.took) for bot in bots], "ms"),
        "p95": ([statistics.quantiles(bot.took, n=20)[-1] for bot in bots], "ms"),
        **{f"processor time, {name}": ([of[name] for of in spent], "ms") for name in spent[0]},
        "start to first answer": ([bot.ready for bot in bots], "s"),
        "memory of Rasa": (memory, "MB"),
    }
    for name, ((theirs, our), unit) in rows.items():
        made.add_row(name, f"{theirs:.1f} {unit}", f"{our:.1f} {unit}", f"{our / theirs:.2f}")
    CONSOLE.print(made)


if __name__ == "__main__":
    main()
