"""What no carrier can carry, told before anybody is asked."""

import unicodedata
from collections.abc import Collection

from rma.model.codes import Method
from rma.model.orders import Address
from rma.model.shipping import CarrierRefused, Refusal, ShipmentRequest


def check_parcel(
    request: ShipmentRequest, name: str, offered: Collection[Method], heaviest: int, batteries_by_pickup: bool = False
) -> None:
    """Raises CarrierRefused for a parcel that carrier `name` would not take: `offered` are its ways from the sender's country,
    `heaviest` is in grams."""
    if not offered:
        raise CarrierRefused(Refusal.COUNTRY, f"{name} collects nothing in {request.sender.country}")
    if request.method not in offered:
        ways = ", ".join(offered)
        raise CarrierRefused(Refusal.METHOD, f"no {request.method} from {request.sender.country}; offered: {ways}")
    for who, address in (("sender", request.sender), ("recipient", request.recipient)):
        missing = _missing(address)
        if missing:
            raise CarrierRefused(Refusal.ADDRESS, f"the {who}'s address has no {' and no '.join(missing)}")
    if request.weight_grams is not None and request.weight_grams > heaviest:
        limit = heaviest // 1000
        raise CarrierRefused(Refusal.WEIGHT, f"{request.weight_grams} g is over {limit} kg; send it in several parcels")
    if request.dangerous_goods and not (batteries_by_pickup and request.method is Method.PICKUP):
        raise CarrierRefused(Refusal.DANGEROUS_GOODS, "dangerous goods do not travel by post; have them picked up")


def _missing(address: Address) -> list[str]:
    fields = {"street": address.line1, "city": address.city}
    return [name for name, value in fields.items() if not any(unicodedata.category(c)[0] in "LN" for c in value)]
