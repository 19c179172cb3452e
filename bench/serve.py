"""The running product with a model of one's choice; with --stock, Rasa as `rasa run` starts it, TensorFlow and all.

`python -m bench.serve MODEL --port PORT` runs until it is interrupted. Everything else is what `retour up` starts: gateway,
actions, worker, database.
"""

import argparse
import logging
import sys
import time
from pathlib import Path

import uvloop
import yaml

from retour import processes, up
from retour.rasa_server import RasaServer


class StockRasa(RasaServer):
    """`rasa run`: its own web server and API, and a tracker store in memory."""

    async def start(self) -> None:
        endpoints, credentials = self.configuration()
        document = yaml.safe_load(endpoints.read_text(encoding="utf-8"))
        del document["tracker_store"]
        endpoints.write_text(yaml.safe_dump(document), encoding="utf-8")
        command = [
            sys.executable, "-m", "rasa", "run", "--model", str(self._model), "--port", str(self._port),
            "--interface", "127.0.0.1", "--endpoints", str(endpoints), "--credentials", str(credentials),
        ]  # fmt: skip
        self.log.parent.mkdir(parents=True, exist_ok=True)
        level = logging.getLevelName(logging.WARNING)
        with open(self.log, "ab") as log:
            self._process = await processes.start(
                command, log, {"RETOUR_INTERNAL_KEY": self._settings.internal_key, "LOG_LEVEL": level}
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.serve", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stock", action="store_true")
    arguments = parser.parse_args()
    # The two things in which this differs from `retour up`.
    up.model_for = lambda settings, force=False: arguments.model.resolve()
    if arguments.stock:
        up.RasaServer = StockRasa  # type: ignore[attr-defined]
    began = time.monotonic()
    settings, model = up.prepared(port=arguments.port)
    uvloop.run(up.serve(settings, model, began))


if __name__ == "__main__":
    main()
