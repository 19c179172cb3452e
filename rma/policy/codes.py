"""The codes of a decision, in the order in which contract section 4 introduces and always lists them."""

from enum import StrEnum

from rma.model.codes import LineTag


class Code(StrEnum):
    WINDOW_OPEN = "window.open"
    WINDOW_EXPIRED = "window.expired"
    GUARANTEE_LEGAL = "guarantee.legal"
    GUARANTEE_SHOP = "guarantee.shop"
    GUARANTEE_EXPIRED = "guarantee.expired"
    RIGHT_TO_REJECT_UK = "right_to_reject.uk"
    REMEDY_FIRST = "guarantee.remedy_first"
    FINAL_SALE = "exclusion.final_sale"
    PERSONALISED = "exclusion.personalised"
    PERISHABLE = "exclusion.perishable"
    HYGIENE_SEALED = "exclusion.hygiene_sealed"
    DIGITAL = "exclusion.digital"
    GIFT_CARD = "exclusion.gift_card"
    WITHDRAWAL_RIGHT = "withdrawal.right"
    NOT_DELIVERED = "order.not_delivered"
    CANCELLED = "order.cancelled"
    EXHAUSTED = "quantity.exhausted"
    HIGH_VALUE = "review.high_value"
    FREQUENT_RETURNS = "review.frequent_returns"
    DANGEROUS_GOODS = "review.dangerous_goods"
    PHOTO_REQUIRED = "photo.required"


class Verdict(StrEnum):
    """What a line, or the whole request, comes to."""

    APPROVE = "approve"
    REVIEW = "review"
    DECLINE = "decline"


EXCLUSIONS = {
    LineTag.FINAL_SALE: Code.FINAL_SALE,
    LineTag.PERSONALISED: Code.PERSONALISED,
    LineTag.PERISHABLE: Code.PERISHABLE,
    LineTag.HYGIENE_SEALED: Code.HYGIENE_SEALED,
    LineTag.DIGITAL: Code.DIGITAL,
    LineTag.GIFT_CARD: Code.GIFT_CARD,
}
"""The tags that may exclude a line from a change of mind, in the order of the contract."""
