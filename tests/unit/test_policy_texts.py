"""What a decision tells: a text in both languages for every code, the law, the trace of the rules."""

import json
import re
from typing import Any

import pytest

from rma.policy import Code
from rma.policy.law import law_for
from rma.policy.markets import market_of
from tests.unit.policy_support import DELIVERED, decided, default_policy, line, order, want

WITH_LAW_EVERYWHERE = {Code.WITHDRAWAL_RIGHT, Code.GUARANTEE_LEGAL, Code.REMEDY_FIRST}
EXCLUDED_BY_LAW = {Code.PERSONALISED, Code.PERISHABLE, Code.HYGIENE_SEALED, Code.DIGITAL}


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_text_in_both_languages(code: Code) -> None:
    texts = default_policy().texts
    values: dict[str, Any] = dict.fromkeys(("date", "days", "years", "review", "asked", "bought", "returned"), "7")
    keys = [key for key in texts.keys() if key == code or key.startswith(f"{code}.")]  # noqa: SIM118
    assert code in keys
    for key in keys:
        english, french = texts.get(key, "en", **values), texts.get(key, "fr", **values)
        assert english != french
        assert max(len(english), len(french)) < 200
        # What is promised comes from the policy: a figure in a text would outlive a change of it.
        assert not re.search(r"[0-689]", english + french)
        assert ("7" in english) == ("7" in french)


@pytest.mark.parametrize("code", list(Code))
def test_the_law_is_named_where_it_is_the_basis(code: Code) -> None:
    french, british, american = (law_for(code, market_of(market)) for market in ("FR", "GB", "US"))
    assert american is None
    assert (french is not None) == (code in WITH_LAW_EVERYWHERE | EXCLUDED_BY_LAW)
    assert (british is not None) == (code in {Code.RIGHT_TO_REJECT_UK} | WITH_LAW_EVERYWHERE | EXCLUDED_BY_LAW)
    assert law_for(code, market_of("RE")) == french == law_for(code, market_of("IS"))


def test_a_basis_names_the_day_as_people_write_it() -> None:
    first_of_may = order("FR", line(delivered="2027-04-17T10:00:00+02:00"), placed_at="2027-04-10T10:00:00Z")
    (basis,) = decided(first_of_may, "2027-04-20T10:00:00+02:00").to_json()["lines"][0]["basis"]
    assert basis["law"] == "Directive 2011/83/EU art. 9"
    assert "3 May 2027" in basis["text"]["en"] and "3 mai 2027" in basis["text"]["fr"]
    on_the_first = order("US", line(delivered="2027-04-01T10:00:00-04:00"), placed_at="2027-03-30T10:00:00Z")
    (basis,) = decided(on_the_first, "2027-04-20T10:00:00+02:00").to_json()["lines"][0]["basis"]
    assert "1 May 2027" in basis["text"]["en"] and "1er mai 2027" in basis["text"]["fr"]


def test_bases_stand_in_the_order_of_the_codes() -> None:
    an_order = order("US", line("1", "900.00", DELIVERED, "dangerous_goods"))
    answer = decided(an_order, "2027-03-28T12:00:00Z", want(reason="damaged"), history={"returns_90d": 9}).to_json()[
        "lines"
    ][0]
    assert (
        [basis["code"] for basis in answer["basis"]] == answer["codes"] == sorted(answer["codes"], key=list(Code).index)
    )
    assert len(answer["codes"]) == 4


def test_the_trace_says_which_rules_were_asked_and_on_which_facts() -> None:
    decision = decided(order("FR", line("1", "20.00", DELIVERED, "final_sale")), "2027-03-28T12:00:00Z")
    (trace,) = json.loads(json.dumps(decision.trace_json()))
    answers = {asked["rule"]: asked for asked in trace["asked"]}
    assert trace["line"] == "1"
    assert [rule for rule, asked in answers.items() if asked["yes"]] == ["exclusion.final_sale"]
    assert answers["withdrawal.right"]["facts"] == {
        "today": "2027-03-28",
        "last_day": "2027-03-22",
        "last_delivery": "2027-03-08",
    }
    assert "review.high_value" not in answers
