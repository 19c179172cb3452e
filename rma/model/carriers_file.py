"""Which carrier takes parcels from which country (policy/carriers.yml). Secrets are not in it: they come from the environment."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from rma.model.codes import Method
from rma.model.errors import ConfigurationError
from rma.model.mistakes import plainly
from rma.model.orders import Frozen

_CODE, _PLACE = r"^[a-z0-9][a-z0-9-]{0,39}$", r"^([A-Z]{2}|\*)$"
_ACCOUNT, _CONNECTOR, _ADDRESS = r"^ca_\w+$", r"^[a-z0-9_]+$", r"^https?://"
_PATTERNS = {
    _CODE: "expected up to 40 small letters, digits and dashes",
    _PLACE: 'expected a country such as FR, or "*" for every other one',
    _ACCOUNT: "expected an account of EasyPost, which begins with ca_",
    _CONNECTOR: "expected a connector of karrio, such as dhl_parcel_de",
    _ADDRESS: "expected an address that begins with http:// or https://",
}
Code = Annotated[str, Field(pattern=_CODE)]
# YAML takes NO for "no".
Place = Annotated[str, BeforeValidator(lambda code: "NO" if code is False else code), Field(pattern=_PLACE)]
Ways = Annotated[tuple[Method, ...], Field(min_length=1)]
Grams = Annotated[int, Field(gt=0, le=1_000_000)]
Side = Annotated[float, Field(gt=0, le=300)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("expected a time zone such as Europe/Berlin") from None
    return name


class _Entry(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class EmbeddedEntry(_Entry):
    """Retour Post. `countries` null serves all."""

    adapter: Literal["embedded"]
    code: Literal["retour-post"] = "retour-post"
    countries: tuple[Place, ...] | None = None
    pickup: tuple[Place, ...] = ()


class RemoteEntry(_Entry):
    """What EasyPost and karrio have in common. `methods` are the ways from each country, `"*"` for every other one."""

    code: Code
    name: Annotated[str, Field(min_length=1, max_length=60)]
    methods: Annotated[dict[Place, Ways], Field(alias="from", min_length=1)]
    kind: Literal["post", "courier"]
    polled: bool = True
    heaviest_grams: Grams = 30_000
    usual_weight_grams: Grams = 1000
    parcel_cm: tuple[Side, Side, Side] | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"


class EasyPostEntry(RemoteEntry):
    adapter: Literal["easypost"]
    code: Code = "easypost"
    name: Annotated[str, Field(min_length=1, max_length=60)] = "EasyPost"
    kind: Literal["post", "courier"] = "post"
    carrier_accounts: tuple[Annotated[str, Field(pattern=_ACCOUNT)], ...] = ()
    services: tuple[str, ...] = ()


class KarrioEntry(RemoteEntry):
    adapter: Literal["karrio"]
    connector: Annotated[str, Field(pattern=_CONNECTOR)]
    test: bool = False
    service: Annotated[str, Field(min_length=1, max_length=100)] = "return"
    options: dict[str, Any] = Field(default_factory=dict)
    config: dict[str, Any] = Field(default_factory=dict)
    addresses: dict[str, Annotated[str, Field(pattern=_ADDRESS)]] = Field(default_factory=dict)


Entry = Annotated[EmbeddedEntry | EasyPostEntry | KarrioEntry, Field(discriminator="adapter")]


class CarriersFile(_Entry):
    carriers: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_code_once(self) -> Self:
        codes = [entry.code for entry in self.carriers]
        if twice := {code for code in codes if codes.count(code) > 1}:
            raise ValueError(f"two carriers have the code {min(twice)}; give each its own")
        return self


def load_carriers(path: Path) -> CarriersFile:
    """Reads the file. Raises ConfigurationError naming the file, the key and what was expected."""
    try:
        return CarriersFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); set RETOUR_CARRIERS to the file") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        known = first["type"] != "extra_forbidden"
        problem = plainly(first, _PATTERNS) if known else "there is no such setting; take it out"
        raise ConfigurationError(f"{path}: {'.'.join(str(part) for part in first['loc'] if part != '[key]')}: {problem}") from error
