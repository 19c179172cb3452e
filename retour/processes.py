"""Starting and stopping child processes: each in a group of its own, gone when we are gone."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rma.model.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
_LEASH = Path(__file__).with_name("leash.py")
_PATIENCE = 5.0
"""Seconds that a child has to stop by itself."""


def leashed(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` on a leash (retour.leash)."""
    return [sys.executable, "-S", "-E", "-P", str(_LEASH), str(os.getpid()), *command]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, with what keeps Rasa quiet and on this machine, and our packages importable from any folder. Without our
    own settings: a child is told what it needs, and the keys of the shop are not among it."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RETOUR_")}
    # Some containers set it; Rasa compiled anew at every start takes a quarter of a minute.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return inherited | {
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "SQLALCHEMY_WARN_20": "0",
        # Rasa's cache of trained parts does not notice when a module that a component uses has changed.
        "RASA_MAX_CACHE_SIZE": "0",
        "MPLBACKEND": "Agg",
    } | dict(extra or {})  # fmt: skip


async def start(command: Sequence[str], log: BinaryIO, extra: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Starts `command` from the root of the project; its output goes to `log`."""
    return await asyncio.create_subprocess_exec(
        *leashed(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=ROOT,
        env=environment(extra),
        start_new_session=True,
    )


async def stop(process: asyncio.subprocess.Process, patience: float = _PATIENCE) -> None:
    """Ends the process and all that it started: asked first, killed after `patience` seconds."""
    signal_group(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        pass
    finally:
        signal_group(process.pid, signal.SIGKILL)
        await process.wait()


def signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def check_port(port: int, host: str | None = None) -> None:
    """Raises ConfigurationError when we could not listen on `port`."""
    family = socket.AF_INET6 if host and ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Connections of a server that just ended do not keep its port, one that listens does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host or "0.0.0.0", port))  # noqa: S104
            probe.listen()
        except PermissionError as error:
            raise ConfigurationError(
                f"port {port}: this user may not listen on it; take one above 1023 with --port"
            ) from error
        except OSError as error:
            raise ConfigurationError(
                f"port {port} is in use ({error.strerror}); stop what listens on it, or take another with --port"
            ) from error
