"""Rules 1, 3 and 4: the shopper no longer wants the goods."""

from rma.model.codes import LineTag
from rma.policy.case import Case
from rma.policy.codes import EXCLUSIONS, Code
from rma.policy.rules.base import Answer, never, until


class Withdrawal:
    """The legal right of withdrawal: from the order until some days after its last line came."""

    code = Code.WITHDRAWAL_RIGHT

    def ask(self, case: Case) -> Answer:
        if case.terms.floor is None:
            return never(market=case.terms.market.code, law=None)
        barred = case.barred_from_withdrawal
        if barred:
            return never(excluded=sorted(barred))
        ends = case.withdrawal_ends
        if ends is None:
            return Answer(True, {"every_line_delivered": False}, ever=True)
        return until(case, ends, last_delivery=case.last_delivery)


_UNTAGGED = never(tagged=False)


class Exclusion:
    """One tag that excludes a line from a change of mind, in some conditions only for some tags."""

    def __init__(self, tag: LineTag) -> None:
        self.tag = tag
        self.code = EXCLUSIONS[tag]

    def ask(self, case: Case) -> Answer:
        if self.tag not in case.tags:
            return _UNTAGGED
        facts = {"tagged": True, "condition": case.asked.condition.value, "inside_withdrawal": case.inside_withdrawal}
        return Answer(self.tag in case.standing_exclusions, facts)


class Window:
    """The shop's own offer: some days from the delivery of the line, longer for orders of a season."""

    code = Code.WINDOW_OPEN
    otherwise = Code.WINDOW_EXPIRED

    def ask(self, case: Case) -> Answer:
        if case.delivered is None:
            return never(delivered=False)
        barred = case.barred_from_window
        if barred:
            return never(excluded=sorted(barred))
        return until(
            case, case.terms.window_ends(case.delivered, case.placed), delivered=case.delivered, placed=case.placed
        )
