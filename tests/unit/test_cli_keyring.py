"""Secrets are made up once, kept for their owner alone, and never those that the environment has."""

import json
import stat

import pytest

from retour import keyring
from retour.container import with_container
from rma.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in keyring.NEEDED:
        monkeypatch.delenv(keyring.variable(name), raising=False)


def test_made_up_once_and_readable_by_nobody_else(tmp_path):
    assert keyring.invent(tmp_path) == ["RETOUR_SECRET_KEY", "RETOUR_API_KEY"]
    first = keyring.missing(tmp_path)
    assert keyring.invent(tmp_path) == [] and keyring.missing(tmp_path) == first
    assert stat.S_IMODE(keyring.path(tmp_path).stat().st_mode) == 0o600
    assert len(set(first.values())) == 2 and all(len(value) >= 43 for value in first.values())


def test_commands_have_the_secrets_of_the_gateway(tmp_path, monkeypatch):
    """A webhook added from the command line is signed by the gateway, which knows its secret only by the shop's."""
    monkeypatch.setenv("RETOUR_VAR", str(tmp_path))
    monkeypatch.setenv("RETOUR_DATABASE_URL", f"sqlite:///{tmp_path}/retour.db")

    async def own(container):
        return container.settings.secret_key.get_secret_value()

    assert with_container(own) == "" and not keyring.path(tmp_path).exists()
    made = with_container(own, made_up=True)
    assert len(made) >= 43 and with_container(own) == made == keyring.kept(tmp_path)["secret_key"]
    monkeypatch.setenv("RETOUR_SECRET_KEY", "of the environment, longer")
    assert with_container(own, made_up=True) == "of the environment, longer" and keyring.kept(tmp_path)["secret_key"] == made


def test_the_environment_wins_and_is_not_written_down(tmp_path, monkeypatch):
    keyring.invent(tmp_path)
    monkeypatch.setenv("RETOUR_API_KEY", "from the environment")
    settings = Settings.load(var=tmp_path, **keyring.missing(tmp_path))
    assert settings.api_key.get_secret_value() == "from the environment"
    other = tmp_path / "other"
    assert keyring.invent(other) == ["RETOUR_SECRET_KEY"]
    assert list(json.loads(keyring.path(other).read_text())) == ["secret_key"]
