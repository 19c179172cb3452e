"""Processes that are started come back when they die, and are gone when whoever started them is."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from retour import processes
from retour.supervisor import NeverReady, Supervisor, cause


class Child:
    """A real process: it writes its number to a file, as its first and only sign of being ready."""

    def __init__(self, folder: Path, code: str) -> None:
        self._folder, self._code = folder, code
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def pid(self) -> int:
        return int((self._folder / "pid").read_text())

    async def start(self) -> None:
        self.starts += 1
        (self._folder / "pid").unlink(missing_ok=True)
        with open(self._folder / "log", "ab") as log:
            self._process = await processes.start(
                [sys.executable, "-c", self._code], log, {"FOLDER": str(self._folder)}
            )

    async def wait(self) -> int:
        return await self._process.wait()

    async def ready(self) -> bool:
        file = self._folder / "pid"
        return file.exists() and bool(file.read_text())

    async def stop(self) -> None:
        if self._process:
            await processes.stop(self._process)


LASTING = "import os, time; open(os.environ['FOLDER'] + '/pid', 'w').write(str(os.getpid())); time.sleep(600)"


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_a_child_that_dies_is_started_again_and_said_and_all_end_together(tmp_path):
    child, said = Child(tmp_path, LASTING), []
    supervisor = Supervisor(child, "Rasa", tmp_path / "log", said.append, first_pause=0.01)
    running = asyncio.create_task(supervisor.run())
    await asyncio.wait_for(supervisor.until_ready(), 20)
    first = child.pid
    os.kill(first, signal.SIGKILL)

    async def back() -> bool:
        return await child.ready() and child.pid != first and len(said) == 2

    await until(back)
    assert said == ["Rasa stopped (killed by SIGKILL); starting it again", "Rasa is back"]
    second = child.pid
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not psutil.pid_exists(second) and child.starts == 2


async def test_a_child_that_is_never_ready_is_not_started_again(tmp_path):
    child = Child(tmp_path, "import sys; sys.exit(3)")
    with pytest.raises(NeverReady, match=r"Rasa stopped while starting \(exit code 3\); its log is .*rasa.log"):
        await Supervisor(child, "Rasa", "rasa.log", lambda _: None).run()
    assert child.starts == 1


async def test_stopping_while_it_still_starts_leaves_nothing(tmp_path):
    stubborn = (
        "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "open(os.environ['FOLDER'] + '/family', 'w').write(f'{os.getpid()} {child.pid}'); time.sleep(600)"
    )
    with open(tmp_path / "log", "ab") as log:
        process = await processes.start([sys.executable, "-c", stubborn], log, {"FOLDER": str(tmp_path)})

    async def begun() -> bool:
        return (tmp_path / "family").exists() and " " in (tmp_path / "family").read_text()

    await until(begun)
    await processes.stop(process, patience=0.1)
    await until(lambda: gone(*map(int, (tmp_path / "family").read_text().split())))


async def gone(*pids: int) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


async def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path):
    parent_code = (
        "import asyncio, sys; from retour import processes\n"
        "async def main():\n"
        f"    with open({str(tmp_path / 'log')!r}, 'ab') as log:\n"
        f"        await processes.start([sys.executable, '-c', {LASTING!r}], log, {{'FOLDER': {str(tmp_path)!r}}})\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code], cwd=processes.ROOT)
    try:
        child = Child(tmp_path, "")
        await until(child.ready)
    finally:
        parent.kill()
        parent.wait()
    await until(lambda: gone(child.pid))


def test_a_child_is_told_no_secret_of_the_shop(monkeypatch):
    monkeypatch.setenv("RETOUR_SECRET_KEY", "s")
    monkeypatch.setenv("RETOUR_DATABASE_URL", "postgresql://u:p@h/d")
    told = processes.environment({"RETOUR_INTERNAL_KEY": "k"})
    assert [name for name in told if name.startswith("RETOUR_")] == ["RETOUR_INTERNAL_KEY"]
    assert told["RASA_TELEMETRY_ENABLED"] == "false"


def test_how_a_process_ended_in_words():
    assert cause(-9) == "killed by SIGKILL" and cause(1) == "exit code 1" and cause(-99) == "killed by signal 99"
