"""Who the shop is: its name, its home market, where returns go."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import ConfigDict, Field, ValidationError

from rma.model.errors import ConfigurationError
from rma.model.orders import Address, Country, Frozen


class Shop(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    market: Country
    returns_address: Address
    answer_within_hours: Annotated[int, Field(ge=1, le=240)] = 24


def load_shop(path: Path) -> Shop:
    """Reads policy/shop.yml. Raises ConfigurationError naming the file, the key and what was expected."""
    try:
        return Shop.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); set RETOUR_SHOP to the shop's file"
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
