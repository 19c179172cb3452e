"""Which notices a shop sends unasked and how, and when no text message is sent: `notices` and `quiet_hours` of policy/shop.yml."""

from datetime import time
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from rma.model.orders import Frozen
from rma.model.outgoing import Kind, Medium

_MEDIA = " or ".join(f'"{medium.value}"' for medium in Medium)


def _ways(value: object) -> object:
    """A list from what a merchant writes: one entry alone, or `off` (which YAML reads as false)."""
    entries = [] if value in (None, False) else [value] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple):
        raise ValueError(f'expected a list of {_MEDIA}, such as [email] or ["sms or email"]; [] sends nothing')
    return tuple(_way(entry) for entry in entries)


def _way(entry: object) -> tuple[Medium, ...]:
    if isinstance(entry, tuple):
        return entry
    names = [name.strip().casefold() for name in str(entry).split(" or ")]
    if len(set(names)) < len(names) or not set(names) <= set(Medium):
        raise ValueError(f'expected {_MEDIA} or "sms or email", not {str(entry)!r}')
    return tuple(Medium(name) for name in names)


Ways = Annotated[tuple[tuple[Medium, ...], ...], BeforeValidator(_ways)]
"""Each entry is sent; of an entry with several media, the first by which the shopper can be reached."""


class Notices(Frozen):
    """Which notices are sent and how. The acknowledgement of a withdrawal is none of the merchant's choices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Ways = ((Medium.EMAIL,),)
    confirmation: Ways = ((Medium.EMAIL,),)
    reminder: Ways = ((Medium.SMS, Medium.EMAIL),)
    received: Ways = ((Medium.EMAIL,),)
    checked: Ways = ((Medium.EMAIL, Medium.SMS),)
    refunded: Ways = ((Medium.EMAIL,),)
    expired: Ways = ((Medium.EMAIL, Medium.SMS),)
    reviewed: Ways = ((Medium.EMAIL, Medium.SMS),)
    reminder_days_before: Annotated[int, Field(ge=1, le=13)] = 3

    @model_validator(mode="before")
    @classmethod
    def _no_choice(cls, data: Any) -> Any:
        if isinstance(data, dict) and Kind.WITHDRAWAL in data:
            raise ValueError(
                "withdrawal cannot be set: its acknowledgement goes by e-mail whatever stands here "
                "(Directive 2011/83/EU art. 11a); take the key out"
            )
        return data

    def of(self, kind: Kind) -> tuple[tuple[Medium, ...], ...]:
        """Raises AttributeError for a kind that is not switchable."""
        ways: tuple[tuple[Medium, ...], ...] = getattr(self, kind.value)
        return ways


def _time(value: object) -> object:
    # YAML 1.1 reads 21:00 without quotes as a number in base 60: minutes.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(*divmod(value, 60))
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f'expected a time such as "21:00", not {str(value)!r}') from None


TimeOfDay = Annotated[time, BeforeValidator(_time)]


class QuietHours(Frozen):
    """Wall clock times where the shopper is, in which no notice goes by SMS. `since` may be later than `until`: overnight."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    since: Annotated[TimeOfDay, Field(alias="from")] = time(21)
    until: TimeOfDay = time(8)
    sundays_and_holidays: bool = False

    @model_validator(mode="after")
    def _some_hours(self) -> Self:
        if self.since == self.until:
            raise ValueError("from and until are the same time; write `quiet_hours: off` for none")
        return self


def _off(value: object) -> object:
    return None if value is False else value


MaybeQuiet = Annotated[QuietHours | None, BeforeValidator(_off)]
