"""The way of a parcel back, as the shop's assumptions have it: which route it is, its legs, and what they emit."""

from dataclasses import dataclass
from decimal import Decimal

from rma.model.insight_policy import Co2, Factor, Route
from rma.policy.markets import EEA_ONLY, EU

EUROPE = EU | EEA_ONLY | {"GB", "CH", "MC", "AD", "SM", "VA", "JE", "GG", "IM"}
"""Countries that a parcel reaches by road. Overseas territories are not among them, whichever law they are under."""


@dataclass(frozen=True)
class Leg:
    mode: str
    km: Decimal
    factor: Factor


@dataclass(frozen=True)
class Ways:
    home: str
    """The country that returns go to."""
    co2: Co2

    def crosses(self, country: str) -> bool:
        return country != self.home

    def route(self, country: str) -> Route:
        if not self.crosses(country):
            return "domestic"
        return "europe" if country in EUROPE and self.home in EUROPE else "overseas"

    def legs(self, carrier: str, method: str, route: Route) -> list[Leg]:
        return [Leg(mode, km, self.co2.factor(mode, carrier)) for mode, km in self.co2.legs(method, route)]

    def kg_a_tonne(self, carrier: str, method: str, country: str) -> Decimal:
        """Kilograms of CO2 equivalent that a tonne's way emits."""
        return sum((leg.km * leg.factor.kg_per_tonne_km for leg in self.legs(carrier, method, self.route(country))), Decimal(0))


