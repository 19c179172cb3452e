"""The rules, in the order in which their codes are listed.

To add one: write its class, put it here, give its code texts.
"""

from rma.policy.codes import EXCLUSIONS
from rma.policy.rules.base import Answer, Rule
from rma.policy.rules.change_of_mind import Exclusion, Window, Withdrawal
from rma.policy.rules.faults import LegalGuarantee, RemedyFirst, RightToReject, ShopGuarantee
from rma.policy.rules.impossible import Cancelled, NotDelivered, QuantityExhausted
from rma.policy.rules.reviews import DangerousGoods, FrequentReturns, HighValue, PhotoRequired

IMPOSSIBLE: tuple[Rule, ...] = (NotDelivered(), Cancelled(), QuantityExhausted())
WITHDRAWAL = Withdrawal()
EXCLUDED: tuple[Rule, ...] = tuple(Exclusion(tag) for tag in EXCLUSIONS)
WINDOW = Window()
GUARANTEES: tuple[Rule, ...] = (RightToReject(), LegalGuarantee(), ShopGuarantee())
NO_GUARANTEE = ShopGuarantee.otherwise
REMEDY_FIRST = RemedyFirst()
DANGEROUS = DangerousGoods()
REVIEWS: tuple[Rule, ...] = (HighValue(), FrequentReturns(), DANGEROUS, PhotoRequired())

__all__ = [
    "DANGEROUS",
    "EXCLUDED",
    "GUARANTEES",
    "IMPOSSIBLE",
    "NO_GUARANTEE",
    "REMEDY_FIRST",
    "REVIEWS",
    "WINDOW",
    "WITHDRAWAL",
    "Answer",
    "Rule",
]
