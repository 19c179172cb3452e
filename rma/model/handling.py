"""What the work on a return costs: the key `handling` of policy/shop.yml."""

from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from rma.model.orders import Currency, Frozen, Money

Minutes = Annotated[Decimal, Field(ge=0, le=600)]
_FALLBACK = "EUR"


class Handling(Frozen):
    """`per_minute` by currency; EUR counts for those not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_minute: dict[Currency, Money] = Field(default_factory=lambda: {_FALLBACK: Decimal("0.45")})
    minutes_per_parcel: Minutes = Decimal(2)
    minutes_per_unit: Minutes = Decimal(3)

    def cost(self, parcels: int, units: int, currency: str) -> Decimal:
        minute = self.per_minute.get(currency) or self.per_minute.get(_FALLBACK) or Decimal(0)
        return minute * (parcels * self.minutes_per_parcel + units * self.minutes_per_unit)
