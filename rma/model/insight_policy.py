"""What the shop assumes for its figures: prices of transport, what goods are still worth, emission factors with their sources
(policy/insight.yml)."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import ConfigDict, Field, ValidationError, model_validator

from rma.model.codes import Disposition, Method
from rma.model.errors import ConfigurationError
from rma.model.insight import NONE
from rma.model.orders import Currency, Frozen, Money

Share = Annotated[Decimal, Field(ge=0, le=1)]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000)]
Route = Literal["domestic", "europe", "overseas"]
Mode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")]

ANY = "any"
"""Every carrier that is not named."""
FALLBACK = "EUR"
"""Whose figures count for a currency that is not named."""


class _Strict(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prices(_Strict):
    """What the shop pays for one parcel, by method; `abroad` is added when it crosses a border."""

    label: Money
    qr: Money
    pickup: Money
    abroad: Money = Decimal(0)

    def of(self, method: str, crosses: bool) -> Decimal:
        price: Decimal = {Method.QR: self.qr, Method.PICKUP: self.pickup}.get(method, self.label)  # type: ignore[call-overload]
        return price + (self.abroad if crosses else 0)


class Factor(_Strict):
    """Kilograms of CO2 equivalent for a tonne over a kilometre, and who published that, when."""

    kg_per_tonne_km: Annotated[Decimal, Field(gt=0, le=20)]
    source: Annotated[str, Field(min_length=8, max_length=500)]
    year: Annotated[int, Field(ge=1990, le=2100)]
    url: Annotated[str, Field(pattern=r"^https://[!-~]+$", max_length=300)] | None = None


class Co2(_Strict):
    """A parcel's way is made of legs: `first_mile` by its method, then `routes`. `carriers` have factors of their own."""

    parcel_kg: dict[str, Annotated[Decimal, Field(gt=0, le=1000)]]
    factors: dict[Mode, Factor]
    first_mile: dict[Method, dict[Mode, Amount]]
    routes: dict[Route, dict[Mode, Amount]]
    carriers: dict[str, dict[Mode, Factor]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_leg_has_a_factor(self) -> "Co2":
        if "default" not in self.parcel_kg:
            raise ValueError("parcel_kg needs a default")
        legs = [*self.first_mile.values(), *self.routes.values()]
        named = {mode for way in legs for mode in way} | {mode for own in self.carriers.values() for mode in own}
        if unknown := named - set(self.factors):
            raise ValueError(f"{', '.join(sorted(unknown))}: not among the factors")
        if set(self.first_mile) != set(Method):
            raise ValueError(f"first_mile needs each of {', '.join(Method)}")
        if set(self.routes) != {"domestic", "europe", "overseas"}:
            raise ValueError("routes needs each of domestic, europe, overseas")
        return self

    def factor(self, mode: str, carrier: str) -> Factor:
        return self.carriers.get(carrier, {}).get(mode) or self.factors[mode]

    def weight(self, category: str) -> Decimal:
        """Kilograms of a parcel whose weight nobody gave."""
        return self.parcel_kg.get(category) or self.parcel_kg["default"]

    def legs(self, method: str, route: Route) -> list[tuple[str, Decimal]]:
        first = self.first_mile.get(Method(method), {}) if method != NONE else {}
        return [*first.items(), *self.routes[route].items()]


class Sizes(_Strict):
    """When a product is said to run small or large."""

    at_least: Annotated[int, Field(ge=5, le=1000)] = 12
    """Units that came back because of their size."""
    confidence: Annotated[float, Field(ge=0.9, le=0.9999)] = 0.99


class Shoppers(_Strict):
    returns: Annotated[int, Field(ge=2, le=1000)] = 6
    """From how many returns on somebody sends back in series."""
    together: Annotated[int, Field(ge=3, le=100)] = 5
    """Nobody is shown among fewer than so many."""


class InsightPolicy(_Strict):
    transport: dict[str, dict[Currency, Prices]]
    recovered: dict[Disposition, Share]
    co2: Co2
    sizes: Sizes = Sizes()
    shoppers: Shoppers = Shoppers()

    @model_validator(mode="after")
    def _complete(self) -> "InsightPolicy":
        for name, prices in self.transport.items():
            if FALLBACK not in prices:
                raise ValueError(f"transport.{name} needs {FALLBACK}, which counts for the currencies not named")
        if ANY not in self.transport:
            raise ValueError(f"transport needs {ANY!r}, for the carriers not named")
        if missing := set(Disposition) - set(self.recovered):
            raise ValueError(f"recovered needs {', '.join(sorted(missing))}")
        return self

    def prices(self, carrier: str, currency: str) -> Prices:
        by_currency = self.transport.get(carrier) or self.transport[ANY]
        return by_currency.get(currency) or by_currency[FALLBACK]


def load_insight(path: Path) -> InsightPolicy:
    """Reads policy/insight.yml. Raises ConfigurationError naming the file, the key and what was expected."""
    try:
        return InsightPolicy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); set RETOUR_INSIGHT to the file") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        known = first["type"] != "extra_forbidden"
        problem = first["msg"].removeprefix("Value error, ") if known else "there is no such setting; take it out"
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {where + ': ' if where else ''}{problem}") from error
