"""Rule 5: what cannot be asked at all, whatever else holds."""

from rma.policy.case import Case
from rma.policy.codes import Code
from rma.policy.rules.base import Answer


class NotDelivered:
    """A line still on its way, unless the law lets the shopper withdraw from it already (rule 4)."""

    code = Code.NOT_DELIVERED

    def ask(self, case: Case) -> Answer:
        delivered = case.delivered is not None
        by_right = case.terms.floor is not None and not case.asked.reason.is_fault and not case.barred_from_withdrawal
        facts = {"delivered": delivered, "cancelled": case.cancelled, "may_withdraw": by_right}
        return Answer(not delivered and not case.cancelled and not by_right, facts)


class Cancelled:
    """A cancelled order."""

    code = Code.CANCELLED

    def ask(self, case: Case) -> Answer:
        return Answer(case.cancelled, {"cancelled": case.cancelled})


class QuantityExhausted:
    """More units than were bought and not yet returned."""

    code = Code.EXHAUSTED

    def ask(self, case: Case) -> Answer:
        facts = {"bought": case.line.quantity, "returned": case.returned, "asked": case.asked.quantity}
        return Answer(case.asked.quantity + case.returned > case.line.quantity, facts)
