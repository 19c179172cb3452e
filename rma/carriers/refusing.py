"""Why a carrier said no, from its own words: codes and sentences differ from carrier to carrier, what they are about does not."""

from rma.model.shipping import Refusal

_HINTS = (
    (Refusal.CUSTOMS, ("customs", "hs_tariff", "hs code", "hscode", "commercial invoice", "zoll")),
    (Refusal.WEIGHT, ("weight", "dimension", "parcel size", "gewicht")),
    (Refusal.ADDRESS, ("address", "zip", "postal", "street", "city", "receiverid")),
)


def refusal(*said: object) -> Refusal:
    """The kind of a refusal."""
    text = " ".join(str(one) for one in said).casefold()
    return next((why for why, hints in _HINTS if any(hint in text for hint in hints)), Refusal.OTHER)
