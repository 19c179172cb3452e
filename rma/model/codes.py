"""The closed vocabularies: reasons, resolutions, conditions, statuses. Values are the codes of the public interface."""

from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)


def as_code(kind: type[E], value: object) -> E | None:
    """`value` as a code of `kind`, or None when it is none of them."""
    try:
        return kind(value)  # type: ignore[arg-type]
    except ValueError:
        return None


class Language(StrEnum):
    EN = "en"
    FR = "fr"


class Reason(StrEnum):
    """Why something comes back; named after Shopify's ReturnReason where it has the same meaning."""

    SIZE_TOO_SMALL = "size_too_small"
    SIZE_TOO_LARGE = "size_too_large"
    WRONG_SIZE = "wrong_size"
    COLOR = "color"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    QUALITY = "quality"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    MISSING_PARTS = "missing_parts"
    ARRIVED_LATE = "arrived_late"
    CHANGED_MIND = "changed_mind"
    BETTER_PRICE = "better_price"
    UNWANTED_GIFT = "unwanted_gift"
    OTHER = "other"

    @property
    def is_fault(self) -> bool:
        """Whether the goods are not in conformity (the seller answers for it) rather than no longer wanted."""
        return self in FAULTS


FAULTS = frozenset({Reason.DAMAGED, Reason.DEFECTIVE, Reason.WRONG_ITEM, Reason.NOT_AS_DESCRIBED, Reason.MISSING_PARTS})


class Resolution(StrEnum):
    REFUND = "refund"
    STORE_CREDIT = "store_credit"
    EXCHANGE = "exchange"
    REPLACEMENT = "replacement"
    REPAIR = "repair"


class Condition(StrEnum):
    UNOPENED = "unopened"
    OPENED = "opened"
    USED = "used"


class Method(StrEnum):
    """How the goods travel back."""

    LABEL = "label"
    QR = "qr"
    PICKUP = "pickup"


class OrderStatus(StrEnum):
    PENDING = "pending"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class LineTag(StrEnum):
    """Tags of an order line that the policy knows. A line may carry others; they mean nothing to it."""

    FINAL_SALE = "final_sale"
    PERSONALISED = "personalised"
    PERISHABLE = "perishable"
    HYGIENE_SEALED = "hygiene_sealed"
    DIGITAL = "digital"
    GIFT_CARD = "gift_card"
    DANGEROUS_GOODS = "dangerous_goods"


class PaymentType(StrEnum):
    CARD = "card"
    PAYPAL = "paypal"
    GIFT_CARD = "gift_card"
    OTHER = "other"


class ReturnStatus(StrEnum):
    REQUESTED = "requested"
    REVIEW = "review"
    APPROVED = "approved"
    DECLINED = "declined"
    LABEL_ISSUED = "label_issued"
    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Disposition(StrEnum):
    RESTOCK = "restock"
    REFURBISH = "refurbish"
    REPAIR = "repair"
    RETURN_TO_VENDOR = "return_to_vendor"
    LIQUIDATE = "liquidate"
    DONATE = "donate"
    RECYCLE = "recycle"
    DESTROY = "destroy"
    MISSING = "missing"
