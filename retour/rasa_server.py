"""The Rasa server as a child process: its configuration files, its command, its log."""

import asyncio
import logging
import sys
from pathlib import Path

import aiohttp
import yaml
from yarl import URL

from retour import processes
from rma.settings import Settings

_LARGEST_LOG = 5_000_000
"""Bytes; a larger log is put aside, one of them, when Rasa starts."""


class RasaServer:
    """Serves `model` on the port of settings.rasa_url. `stop` may be called at any time."""

    def __init__(self, settings: Settings, model: Path) -> None:
        self._settings = settings
        self._model = model
        self._port = URL(settings.rasa_url).port
        self._process: asyncio.subprocess.Process | None = None
        self.log = settings.var / "logs" / "rasa.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def configuration(self) -> tuple[Path, Path]:
        """Writes and returns the endpoints and the credentials file. They name the key's variable, not the key."""
        folder = self._settings.var / "run" / str(self._settings.port)
        folder.mkdir(parents=True, exist_ok=True)
        endpoints = {
            "action_endpoint": {
                "url": f"http://127.0.0.1:{self._settings.actions_port}/webhook",
                "enable_selective_domain": True,
                "headers": {"X-Retour-Key": "${RETOUR_INTERNAL_KEY}"},
            },
            "tracker_store": {"type": "bot.tracker_store.BoundedTrackerStore", "conversations": 2000, "events": 1},
        }
        credentials: dict[str, object] = {"bot.channels.WebInput": {}, "bot.channels.SmsInput": {}}
        paths = folder / "endpoints.yml", folder / "credentials.yml"
        for path, document in zip(paths, (endpoints, credentials), strict=True):
            # Not JSON: Rasa's reader looks for variables in unquoted values only.
            path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return paths

    async def start(self) -> None:
        endpoints, credentials = self.configuration()
        command = [
            sys.executable, "-m", "bot.serve", "--model", str(self._model), "--port", str(self._port),
            "--endpoints", str(endpoints), "--credentials", str(credentials),
        ]  # fmt: skip
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            self._process = await processes.start(
                command,
                log,
                {
                    "RETOUR_INTERNAL_KEY": self._settings.internal_key,
                    "LOG_LEVEL": logging.getLevelName(logging.WARNING),
                },
            )

    async def wait(self) -> int:
        """The exit code, when it ends; negative for a signal."""
        assert self._process is not None
        return await self._process.wait()

    async def ready(self) -> bool:
        """Whether it answers, with a model loaded."""
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
                async with session.get(f"http://127.0.0.1:{self._port}/") as response:
                    return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def stop(self) -> None:
        if self._process is not None:
            await processes.stop(self._process)
