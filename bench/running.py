"""The running product: seconds to ready, memory of each process, time of a turn. `python -m bench.running`.

A turn is one POST of a shopper's message until the answer is there, over HTTP on loopback: gateway, Rasa, action, database. The
baseline beside it is the same gateway answering `GET /healthz`, in the same run.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import requests
from rich.console import Console
from rich.table import Table

from retour.processes import free_port
from retour.up import model_for
from rma.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
# What a shopper says in one return with a question in the middle, and some errands after it.
SCRIPT = [
    ("en", "hello"),
    ("en", "I'd like to return my order {number}"),
    ("en", "{email}"),
    ("en", "how long do I have to return it?"),
    ("en", "it's too small"),
    ("en", "refund"),
    ("en", "label"),
    ("en", "never mind"),
    ("fr", "bonjour, où est ma commande {number} ?"),
    ("fr", "{email}"),
    ("fr", "je veux renvoyer le t-shirt, il ne me plaît pas"),
    ("fr", "un bon d'achat"),
    ("fr", "qui paie le retour ?"),
    ("fr", "laissez tomber"),
]
ORDER, EMAIL = "W2611340", "noah@example.com"


def start(folder: Path, **settings: str) -> tuple[subprocess.Popen[bytes], str, float]:
    """`retour up` with a model that is trained already; the process, its address, and the seconds until it was
    ready. `settings` are variables of its environment."""
    port = free_port()
    environment = os.environ | {
        "RETOUR_VAR": str(folder), "RETOUR_SESSIONS_PER_MINUTE": "100000", "RETOUR_MESSAGES_PER_MINUTE": "100000",
    } | settings  # fmt: skip
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "retour", "up", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    while True:
        if process.poll() is not None:
            raise SystemExit("retour up did not start; `retour doctor` says why")
        try:
            if requests.get(f"{url}/readyz", timeout=5).status_code == 200:
                return process, url, time.monotonic() - began
        except requests.RequestException:
            pass
        time.sleep(0.1)


def memory(process: "subprocess.Popen[bytes]") -> list[tuple[str, float]]:
    """Resident MB of the gateway and of each process that it started."""
    parent = psutil.Process(process.pid)
    named = [("gateway, actions, worker", parent)] + [
        ("Rasa" if any("bot.serve" in part for part in child.cmdline()) else child.name(), child)
        for child in parent.children(recursive=True)
    ]
    return [(name, one.memory_info().rss / 1e6) for name, one in named]


def timed(count: int, call: Callable[[int], object]) -> list[float]:
    """Milliseconds of each of `count` calls, in order."""
    took = []
    for number in range(count):
        began = time.perf_counter()
        call(number)
        took.append(1000 * (time.perf_counter() - began))
    return took


class Chat:
    """Plays the script, in a new session each time it begins."""

    def __init__(self, url: str) -> None:
        self._url, self._http, self._headers = url, requests.Session(), {}

    def turn(self, number: int) -> None:
        language, text = SCRIPT[number % len(SCRIPT)]
        if number % len(SCRIPT) == 0 or not self._headers:
            token = self._http.post(f"{self._url}/api/chat/sessions", json={"language": language}).json()["token"]
            self._headers = {"Authorization": f"Bearer {token}"}
        body = {"text": text.format(number=ORDER, email=EMAIL)}
        answer = self._http.post(f"{self._url}/api/chat/messages", json=body, headers=self._headers)
        answer.raise_for_status()
        if answer.json()["owner"] != "assistant":
            raise SystemExit(f"a person was fetched, and nothing is left to measure: {body}")
        if any(message["from"] == "system" for message in answer.json()["messages"]):
            raise SystemExit(f"a turn failed: {body}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.running", description=__doc__)
    parser.add_argument("--turns", type=int, default=500)
    turns = parser.parse_args().turns
    model_for(Settings.load())
    with tempfile.TemporaryDirectory() as folder:
        process, url, ready = start(Path(folder))
        try:
            chat, http = Chat(url), requests.Session()
            timed(2 * len(SCRIPT), chat.turn)
            took = timed(turns, chat.turn)
            baseline = timed(turns, lambda _: http.get(f"{url}/healthz").raise_for_status())
            used = memory(process)
        finally:
            process.terminate()
            process.wait(30)
    table = Table(title=f"Running: {turns} turns on {os.cpu_count()} cores")
    for heading in ("what", "measured"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    base = statistics.median(baseline)
    table.add_row("`retour up` to ready, model trained", f"{ready:.1f} s")
    table.add_row("turn p50", f"{p50:.1f} ms")
    table.add_row("turn p95", f"{p95:.1f} ms")
    table.add_row("GET /healthz p50 (baseline)", f"{base:.1f} ms")
    table.add_row("turn p50 / baseline", f"{p50 / base:.0f}")
    for name, megabytes in used:
        table.add_row(f"memory of {name}", f"{megabytes:.0f} MB")
    table.add_row("memory in all", f"{sum(megabytes for _, megabytes in used):.0f} MB")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
