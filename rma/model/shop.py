"""Who the shop is: its name, its home market, how it is reached, where returns go, and what it sends unasked (policy/shop.yml)."""

from pathlib import Path
from typing import Annotated

import phonenumbers
import yaml
from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from rma.model.errors import ConfigurationError
from rma.model.gs1 import Gs1
from rma.model.handling import Handling
from rma.model.hours import AgentLimits, Holidays, Hours
from rma.model.notifying import MaybeQuiet, Notices, QuietHours
from rma.model.orders import Address, Country, Frozen
from rma.model.pace import Pace
from rma.model.privacy import Keeping
from rma.model.reach import is_email
from rma.model.refunding import RefundRules


def _email(value: str) -> str:
    if not is_email(value):
        raise ValueError("expected an e-mail address such as service@example.com")
    return value


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise ValueError('expected a number with its country, such as "+33 3 20 00 00 00"') from None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class Shop(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    market: Country
    returns_address: Address
    address: Address | None = None
    """Where the shop is, for its letters; None for where returns go."""
    email: Annotated[str, AfterValidator(_email)] | None = None
    phone: Annotated[str, AfterValidator(_phone)] | None = None
    answer_within_hours: Annotated[int, Field(ge=1, le=240)] = 24
    hours: Hours = Hours()
    holidays: Holidays = Holidays()
    agents: AgentLimits = AgentLimits()
    notices: Notices = Notices()
    quiet_hours: MaybeQuiet = QuietHours()
    privacy: Keeping = Keeping()
    gs1: Gs1 = Gs1()
    refunds: RefundRules = RefundRules()
    returns: Pace = Pace()
    handling: Handling = Handling()


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
        known = first["type"] != "extra_forbidden"
        problem = first["msg"].removeprefix("Value error, ") if known else "there is no such setting; take it out"
        raise ConfigurationError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {problem}") from error
