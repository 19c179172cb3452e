"""The commands of docs/api.md do what it says: run by bash with curl, in their order, against a real server."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path

from PIL import Image

from gateway.openapi import document
from rma.model.numbers import parse_credit_code, parse_return_number
from rma.model.staff import Scope
from rma.model.withdrawals import parse_reference
from tests.integration.gateway_kit import API_KEY
from tests.integration.staff_kit import Hands

pytest_plugins = "tests.integration.staff_kit"

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "api.md").read_text(encoding="utf-8")


async def test_the_commands_work(one: Hands, tmp_path: Path) -> None:
    assert shutil.which("curl"), "apt-get install curl"
    rma = await one.new({"1": 1, "2": 1}, (2, 1, 1))
    other = await one.new({"1": 2})
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photo.jpg")
    script = "set -euo pipefail\n" + "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))
    told = {"API": str(one.shop.client.make_url("/")).rstrip("/"), "KEY": API_KEY, "NUMBER": rma.number, "OTHER": other.number}
    run = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=tmp_path, env=os.environ | told | {"ORDER": "w00001"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await run.communicate()
    assert run.returncode == 0, said.decode()[-3000:]
    counts = await one.counts(rma, "announced", "received", "missing", "accepted", "refunded")
    assert counts == {"1": (1, 1, 0, 1, 1), "2": (1, 0, 1, 0, 0)}
    assert (await one.get(f"/api/returns/{rma.number}"))["status"] == "refunded"
    assert await one.counts(other, "announced", "received") == {"1": (2, 2)}
    (waiting,) = (await one.get("/api/parcels"))["parcels"]
    assert waiting["number"] == rma.number
    assert len((await one.get("/api/returns?order=W00001"))["returns"]) == 2


def test_numbers_in_the_manuals_are_right() -> None:
    """A reader who types one is told that it does not exist, and not that they mistyped it."""
    said = json.dumps(document("https://shop.example"))
    for text in [said, *(file.read_text(encoding="utf-8") for file in DOCS.glob("*.md"))]:
        for number in re.findall(r"\bRT-[0-9A-Z]{8}\b", text):
            assert parse_return_number(number) == number
        for code in re.findall(r"\bSC-[0-9A-Z]{8}-[0-9A-Z]{8}\b", text):
            assert parse_credit_code(code) == code
        for reference in re.findall(r"\bWD-[0-9A-Z]{8}\b", text):
            assert parse_reference(reference) == reference


def test_it_names_every_scope_and_every_status_there_is() -> None:
    assert all(f"`{scope}`" in TEXT for scope in Scope)
    statuses = {
        status
        for item in document("https://shop.example")["paths"].values()
        for operation in item.values()
        for status in operation["responses"]
    }
    assert all(re.search(rf"\b{status}\b", TEXT) for status in statuses - {"201", "406"})
