"""What goes wrong for an operator is one line on standard error, names what and how to mend it, and fails the
command."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys

import pytest

from retour.cli import explain, main
from retour.processes import ROOT, check_port, free_port
from rma.model.errors import ConfigurationError


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An installation of its own in an empty folder."""
    for name in list(os.environ):
        if name.startswith("RETOUR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("RETOUR_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("RETOUR_ACTIONS_PORT", str(free_port()))
    return tmp_path


@pytest.fixture
def refused(shop, monkeypatch, capsys):
    """Runs a command that must fail; gives its only line."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["retour", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        lines = capsys.readouterr().err.strip().splitlines()
        assert ended.value.code == 1
        assert len(lines) == 1, lines
        return lines[0]

    return run


def test_a_port_in_use(refused):
    with socket.socket() as holder:
        holder.bind(("0.0.0.0", 0))
        holder.listen()
        port = holder.getsockname()[1]
        line = refused("up", "--port", str(port))
    assert f"port {port} is in use" in line and "--port" in line


def test_a_port_is_free_again_when_its_server_has_gone():
    port = free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with pytest.raises(ConfigurationError):
            check_port(port, "127.0.0.1")
    check_port(port, "127.0.0.1")


def test_a_folder_that_cannot_be_written(refused, shop, monkeypatch):
    # A file where the folder should be: for root, no mode makes a folder unwritable.
    (shop / "taken").write_text("")
    monkeypatch.setenv("RETOUR_VAR", str(shop / "taken" / "var"))
    line = refused("up", "--port", str(free_port()))
    assert str(shop / "taken" / "var") in line and "cannot be written" in line


def test_a_damaged_database(refused, shop):
    (shop / "var").mkdir()
    (shop / "var" / "retour.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    line = refused("up", "--port", str(free_port()))
    assert "retour.db" in line and "restore a backup" in line


def test_a_database_that_is_another_programs(refused, shop):
    (shop / "orders.json").write_text('{"orders": []}')
    (shop / "var").mkdir()
    (shop / "var" / "retour.db").write_text("not a database at all, but long enough to be looked at" * 20)
    assert "cannot be read" in refused("import", str(shop / "orders.json"))


def test_a_policy_that_cannot_be_used(refused, shop, monkeypatch):
    (shop / "policy.yml").write_text("version: 1\nno_such_key: 3\nneither_this: 4\n")
    monkeypatch.setenv("RETOUR_POLICY", str(shop / "policy.yml"))
    assert "policy.yml" in refused("up", "--port", str(free_port()))
    assert "policy.yml" in refused("decide")


def test_a_missing_model(refused):
    assert "retour train" in refused("parse")


def test_a_model_that_is_none(refused, shop):
    (shop / "half.tar.gz").write_bytes(b"\x1f\x8b half a model")
    line = refused("parse", "--model", str(shop / "half.tar.gz"))
    assert "half.tar.gz" in line and "retour train" in line


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe", b"[1, 2]", b'{"orders": 7}'])
def test_a_file_that_cannot_be_imported(refused, shop, content):
    file = shop / "orders.json"
    if content is not None:
        file.write_bytes(content)
    line = refused("import", str(file))
    assert str(file) in line or "expected one JSON object" in line


def test_secrets_that_cannot_be_read(refused, shop):
    (shop / "var").mkdir()
    (shop / "var" / "secrets.json").write_text("[]")
    assert "secrets.json" in refused("up", "--port", str(free_port()))


def test_nobody_to_chat_with(refused):
    assert "retour up" in refused("chat", "--url", f"http://127.0.0.1:{free_port()}")
    assert "en or fr" in refused("chat", "--lang", "de")


def test_a_setting_of_the_wrong_kind(refused, monkeypatch):
    monkeypatch.setenv("RETOUR_DATABASE_URL", "mysql://somewhere")
    assert "RETOUR_DATABASE_URL" in refused("doctor")


def test_what_an_error_quotes_cannot_forge_lines():
    assert explain(ConfigurationError("a\x1b[31m\tb\rc")) == "a�[31m b c"
    assert explain(ConfigurationError("one\ntwo\nthree")) == "one (and 2 more problems)"


def test_doctor_names_what_is_missing_and_what_is_only_half_there(shop, monkeypatch, capsys):
    monkeypatch.setenv("RETOUR_TWILIO_FROM", "+33123456789")
    monkeypatch.setenv("RETOUR_API_KEY", "a key that is not to be shown")
    monkeypatch.setattr(sys, "argv", ["retour", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr()
    assert ended.value.code == 1
    assert "RETOUR_TWILIO_AUTH_TOKEN" in shown.out and "Twilio SMS" in shown.err
    assert "not to be shown" not in shown.out + shown.err


def test_import_names_each_wrong_order_loads_the_others_and_is_idempotent(shop, monkeypatch, capsys):
    document = json.loads((ROOT / "data" / "demo" / "shop.json").read_text())
    document["orders"] = document["orders"][:3]
    document["orders"][1]["currency"] = "euros"
    file = shop / "orders.json"
    file.write_text(json.dumps(document))
    shown = []
    for _ in range(2):
        monkeypatch.setattr(sys, "argv", ["retour", "import", str(file)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        shown.append(capsys.readouterr())
    assert shown[0].out.startswith("2 orders loaded, 0 unchanged") and shown[1].out.startswith(
        "0 orders loaded, 2 unchanged"
    )
    assert document["orders"][1]["number"] in shown[0].err and "currency" in shown[0].err
    with sqlite3.connect(shop / "var" / "retour.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_decide_answers_line_for_line_even_what_is_no_json(shop):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        [sys.executable, "-m", "retour", "decide"],
        input=b'{"order": 1}\n\xff\n\nnull\n',
        capture_output=True,
        env=environment,
    )
    lines = answer.stdout.decode().splitlines()
    assert answer.returncode == 0, answer.stderr
    assert len(lines) == 4 and all(set(json.loads(line)) == {"error"} for line in lines)


def test_the_command_works_from_a_folder_that_has_packages_named_like_ours(tmp_path):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    bin_folder = project / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    shutil.copy(ROOT / "setup" / "retour", bin_folder / "retour")
    (bin_folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (bin_folder / "python").chmod(0o755)
    for name in ("retour", "rma", "bot"):
        (project / name).symlink_to(ROOT / name)
        (elsewhere / name).mkdir(parents=True)
        (elsewhere / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    (elsewhere / "command").symlink_to(bin_folder / "retour")
    answer = subprocess.run([elsewhere / "command", "--help"], cwd=elsewhere, capture_output=True, text=True)
    assert answer.returncode == 0 and "decide" in answer.stdout, answer.stderr
