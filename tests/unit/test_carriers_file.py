"""policy/carriers.yml: what it says, what is wrong with it said by name, and what `retour doctor` makes of each carrier."""

from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from rma.bootstrap.carriers import describe
from rma.model.carriers_file import CarriersFile, load_carriers
from rma.model.codes import Method
from rma.model.errors import ConfigurationError
from rma.settings import ROOT, Settings

EASYPOST = {"adapter": "easypost", "from": {"US": ["label", "qr"]}}
KARRIO = {
    "adapter": "karrio", "code": "dhl-de", "connector": "dhl_parcel_de", "name": "DHL", "kind": "post", "from": {"DE": ["label"]},
}  # fmt: skip


def test_the_file_that_comes_with_retour() -> None:
    (entry,) = load_carriers(ROOT / "policy" / "carriers.yml").carriers
    assert entry.code == "retour-post"


def test_its_examples_are_right() -> None:
    lines = (ROOT / "policy" / "carriers.yml").read_text(encoding="utf-8").splitlines()
    examples = "carriers:\n" + "\n".join(line[1:] for line in lines if line.startswith("#  "))
    found = CarriersFile.model_validate(yaml.safe_load(examples)).carriers
    assert [entry.adapter for entry in found] == ["easypost", "karrio"]


def test_norway_is_not_false(tmp_path: Path) -> None:
    file = tmp_path / "carriers.yml"
    file.write_text("carriers: [{adapter: embedded, countries: [NO, SE]}, {adapter: easypost, from: {NO: [label]}}]")
    first, second = load_carriers(file).carriers
    assert first.countries == ("NO", "SE") and second.methods == {"NO": (Method.LABEL,)}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("carriers: []", "carriers: expected at least 1 entry"),
        ("carriers: [{code: x}]", "carriers.0: 'adapter' is missing"),
        ("carriers: [{adapter: pigeon}]", "adapter: expected one of embedded, easypost, karrio"),
        ("carriers: [{adapter: easypost, from: {}}]", "from"),
        ("carriers: [{adapter: easypost, from: {US: []}}]", "US"),
        ("carriers: [{adapter: easypost, from: {USA: [label]}}]", "from.USA: expected a country such as FR"),
        ("carriers: [{adapter: easypost, from: {US: [drone]}}]", "from.US.0: expected label, qr or pickup"),
        ("carriers: [{adapter: easypost, from: {US: [label]}, heaviest_grams: heavy}]", "heaviest_grams: expected a whole number"),
        ("carriers: [{adapter: easypost, from: {US: [label]}, heaviest_grams: 0}]", "heaviest_grams: expected more than 0"),
        ("carriers: [{adapter: easypost, from: {US: [label]}, api_key: secret}]", "api_key"),
        ("carriers: [{adapter: easypost, from: {US: [label]}, time_zone: Mars/Olympus}]", "time zone"),
        ("carriers: [{adapter: embedded}, {adapter: embedded}]", "retour-post"),
        ("carriers: {", "YAML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "carriers.yml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=named) as failed:
        load_carriers(file)
    assert str(file) in str(failed.value)


@pytest.mark.parametrize(
    ("entry", "settings", "said"),
    [
        (EASYPOST, {}, "RETOUR_EASYPOST_API_KEY"),
        (EASYPOST, {"easypost_api_key": "EZTK"}, "it is asked where parcels are"),
        (EASYPOST | {"polled": False}, {"easypost_api_key": "EZTK"}, "RETOUR_EASYPOST_WEBHOOK_SECRET"),
        (EASYPOST | {"polled": False}, {"easypost_api_key": "EZTK", "easypost_webhook_secret": "s"}, "/webhooks/easypost"),
        (KARRIO, {}, "dhl-de"),
        (KARRIO, {"karrio_credentials": "{"}, "JSON"),
        (KARRIO, {"karrio_credentials": '{"dhl-de": {"pin": "1234"}}'}, "pin"),
        (KARRIO | {"connector": "pigeon"}, {"karrio_credentials": '{"dhl-de": {"username": "x"}}'}, "karrio-pigeon"),
        (KARRIO | {"test": True}, {"karrio_credentials": '{"dhl-de": {"username": "secret-user"}}'}, "test mode"),
    ],
)
def test_what_the_doctor_says(tmp_path: Path, entry: dict[str, object], settings: dict[str, str], said: str) -> None:
    (found,) = CarriersFile.model_validate({"carriers": [entry]}).carriers
    secret = {name: SecretStr(value) for name, value in settings.items()}
    try:
        told = describe(found, Settings.load(var=tmp_path, **secret))
    except ConfigurationError as error:
        told = str(error)
    assert said in told and "secret-user" not in told and "1234" not in told
