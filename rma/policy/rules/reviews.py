"""Rule 6: what a person looks at.

Asked only of lines that would otherwise be accepted; see the engine for whom it spares.
"""

from rma.model.codes import LineTag
from rma.policy.case import Case
from rma.policy.codes import Code
from rma.policy.rules.base import Answer
from rma.policy.terms import amount_in


class HighValue:
    """A line that is worth a lot."""

    code = Code.HIGH_VALUE

    def ask(self, case: Case) -> Answer:
        limit = amount_in(case.terms.high_value, case.currency)
        return Answer(case.items >= limit, {"items": str(case.items), "from": str(limit)})


class FrequentReturns:
    """A shopper who returned often lately."""

    code = Code.FREQUENT_RETURNS

    def ask(self, case: Case) -> Answer:
        limit = case.terms.frequent_returns
        return Answer(limit is not None and case.returns_90d >= limit, {"returns_90d": case.returns_90d, "from": limit})


class DangerousGoods:
    """Goods that may be unsafe to send once they are broken."""

    code = Code.DANGEROUS_GOODS

    def ask(self, case: Case) -> Answer:
        tagged = LineTag.DANGEROUS_GOODS in case.tags
        unsafe = case.asked.reason in case.terms.dangerous_goods
        return Answer(tagged and unsafe, {"tagged": tagged, "reason": case.asked.reason.value})


class PhotoRequired:
    """A fault that a picture shows."""

    code = Code.PHOTO_REQUIRED

    def ask(self, case: Case) -> Answer:
        needed = case.asked.reason in case.terms.photo_required
        return Answer(needed and not case.asked.photo, {"reason": case.asked.reason.value, "photo": case.asked.photo})
