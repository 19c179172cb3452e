"""What the conversation asks beforehand: until when, and which questions are worth asking."""

from datetime import date, datetime

import pytest

from rma.model.codes import Resolution
from rma.model.errors import Refused
from rma.policy import RequestedLine, deadlines, depends_on, outlook
from tests.unit.policy_support import DELIVERED, default_policy, line, order, want

LATER = datetime.fromisoformat("2027-03-28T12:00:00+00:00")
INSIDE = datetime.fromisoformat("2027-03-20T12:00:00+00:00")


def test_outlook_of_a_line_nobody_wants_to_return_yet() -> None:
    seen = outlook(order("FR", line("1", "20.00", DELIVERED, "final_sale")), "1", LATER, default_policy())
    assert (seen.unopened.decision, seen.unopened.closes_on) == ("decline", date(2027, 3, 22))
    assert (seen.fault.decision, seen.fault.closes_on) == ("approve", date(2029, 3, 8))
    sealed = outlook(order("FR", line("1", "20.00", DELIVERED, "hygiene_sealed")), "1", LATER, default_policy())
    assert (sealed.unopened.decision, sealed.opened.decision) == ("approve", "decline")
    with pytest.raises(Refused):
        outlook(order("FR"), "9", LATER, default_policy())


@pytest.mark.parametrize(
    ("market", "tags", "price", "reason", "now", "questions"),
    [
        ("FR", [], "20.00", "changed_mind", LATER, set()),
        ("FR", ["hygiene_sealed"], "20.00", "changed_mind", LATER, {"condition"}),
        ("FR", ["hygiene_sealed"], "20.00", "defective", LATER, set()),
        ("FR", ["hygiene_sealed", "digital"], "20.00", "changed_mind", INSIDE, {"condition"}),
        ("FR", [], "20.00", "damaged", LATER, {"photo"}),
        ("FR", [], "20.00", "damaged", INSIDE, set()),
        ("FR", [], "5.00", "damaged", INSIDE, {"photo"}),  # with a photo it need not be sent back
        ("US", [], "20.00", "not_as_described", INSIDE, {"photo"}),
    ],
)
def test_only_questions_that_change_something_are_worth_asking(
    market: str, tags: list[str], price: str, reason: str, now: datetime, questions: set[str]
) -> None:
    asked = RequestedLine.model_validate(want(reason=reason))
    an_order = order(market, line("1", price, DELIVERED, *tags))
    assert depends_on(an_order, asked, Resolution.REFUND, now, default_policy()) == questions


def test_nobody_is_asked_about_goods_that_have_not_come() -> None:
    asked = RequestedLine.model_validate(want())
    an_order = order("FR", line("1", "20.00", None, "hygiene_sealed"))
    assert depends_on(an_order, asked, Resolution.REFUND, INSIDE, default_policy()) == set()


def test_deadlines() -> None:
    told = deadlines(order("FR"), datetime.fromisoformat("2027-03-28T22:30:00+00:00"), default_policy())
    assert (told.send_by, told.refund_days, told.review_working_days) == (date(2027, 4, 12), 14, 2)
