"""The rules for what becomes of a unit: a file that a merchant edits, the first rule that fits, the law above it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rma.model.codes import Disposition, Reason
from rma.model.errors import ConfigurationError, Refused
from rma.model.goods import Grade
from rma.model.orders import Order
from rma.policy.dispositions import Dispositions, load_dispositions
from rma.settings import ROOT

SHIPPED = ROOT / "policy" / "dispositions.yml"
D = Disposition
LAST = {"name": "z", "then": "recycle"}


def order(price: str = "30.00", category: str | None = None, market: str = "FR", **line: Any) -> Order:
    bought = {"id": "1", "sku": "S", "name": "thing", "category": category, "quantity": 1, "unit_price": price} | line
    return Order.model_validate(
        {
            "number": "W1", "status": "delivered", "currency": "EUR", "market": market, "placed_at": "2026-11-01T10:00:00+01:00",
            "customer": {"name": "N"}, "shipping_address": {"line1": "x", "city": "y", "country": "FR"}, "lines": [bought],
        }
    )  # fmt: skip


def proposed(rules: Dispositions, grade: Grade, reason: Reason = Reason.CHANGED_MIND, **changes: Any) -> Disposition:
    asked = order(**changes)
    return rules.propose(asked, asked.lines[0], reason, grade).disposition


@pytest.fixture(scope="module")
def rules() -> Dispositions:
    return load_dispositions(SHIPPED)


@pytest.mark.parametrize(
    ("grade", "changes", "expected"),
    [
        (Grade.AS_NEW, {}, D.RESTOCK),
        (Grade.OPENED, {"category": "Clothing"}, D.RESTOCK),
        (Grade.OPENED, {"category": "electronics", "price": "200.00"}, D.REFURBISH),
        (Grade.OPENED, {"category": "electronics", "price": "19.99"}, D.LIQUIDATE),
        (Grade.USED, {"category": "shoes", "price": "90.00"}, D.DONATE),
        (Grade.DAMAGED, {"price": "39.99"}, D.RECYCLE),
        (Grade.DAMAGED, {"price": "40.00"}, D.REPAIR),
        (Grade.DAMAGED, {"price": "50.00", "reason": Reason.DEFECTIVE}, D.RETURN_TO_VENDOR),
        (Grade.DAMAGED, {"price": "900.00", "tags": ["dangerous_goods"]}, D.RECYCLE),
        (Grade.AS_NEW, {"tags": ["perishable"]}, D.DESTROY),
        (Grade.AS_NEW, {"tags": ["hygiene_sealed"]}, D.RESTOCK),
        (Grade.OPENED, {"tags": ["hygiene_sealed"]}, D.RECYCLE),
        # What a rule proposes and the law forbids goes on to the next rule.
        (Grade.OPENED, {"tags": ["hygiene_sealed"], "category": "clothing"}, D.RESTOCK),
        # Worth is what was paid for one: two for 90 less 20 are 35 each.
        (Grade.DAMAGED, {"price": "45.00", "quantity": 2, "discount": "20.00"}, D.RECYCLE),
    ],
)
def test_what_the_shipped_rules_propose(
    rules: Dispositions, grade: Grade, changes: dict[str, Any], expected: Disposition
) -> None:
    assert proposed(rules, grade, **changes) is expected


categories = st.sampled_from(["clothing", "shoes", "Footwear", "electronics", None])
tags = st.sets(st.sampled_from(["dangerous_goods", "hygiene_sealed", "perishable", "personalised", "other"]))
prices = st.decimals(Decimal("0.01"), Decimal(2000), places=2).map(str)


@given(st.sampled_from(Grade), st.sampled_from(Reason), categories, tags, prices, st.sampled_from(["FR", "NO", "US", "GB"]))
def test_there_is_always_an_answer_and_it_is_always_allowed(
    grade: Grade, reason: Reason, category: str | None, tagged: set[str], price: str, market: str
) -> None:
    rules = load_dispositions(SHIPPED)
    asked = order(price, category, market, tags=sorted(tagged))
    proposal = rules.propose(asked, asked.lines[0], reason, grade)
    assert proposal.disposition not in proposal.forbidden and proposal.disposition is not D.MISSING
    danger = "dangerous_goods" in tagged and grade in (Grade.DAMAGED, Grade.INCOMPLETE)
    assert proposal.apart == danger
    if danger:
        assert proposal.disposition in (D.RECYCLE, D.DESTROY, D.RETURN_TO_VENDOR)
    banned = (category or "").casefold() in ("clothing", "shoes", "footwear") and market in ("FR", "NO")
    if banned and grade is not Grade.DAMAGED and not danger:
        assert {D.DESTROY, D.RECYCLE} <= set(proposal.forbidden)
        with pytest.raises(Refused, match="2024/1781"):
            rules.chosen(proposal, D.DESTROY, "too much work")


def test_damaged_clothes_may_be_destroyed_when_somebody_says_why(rules: Dispositions) -> None:
    asked = order(category="clothing")
    proposal = rules.propose(asked, asked.lines[0], Reason.DAMAGED, Grade.DAMAGED)
    assert proposal.disposition is D.DONATE and not proposal.forbidden
    with pytest.raises(Refused):
        rules.chosen(proposal, D.DESTROY, None)
    assert rules.chosen(proposal, D.DESTROY, "mould") is D.DESTROY
    assert rules.chosen(proposal, None, None) is D.DONATE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rules": []}, "rules"),
        ({"rules": [{"name": "a", "when": {"grade": "new"}, "then": "restock"}, LAST]}, "rules.0.when.grade"),
        ({"rules": [{"name": "a", "when": {"colour": "red"}, "then": "restock"}, LAST]}, "no such key"),
        ({"rules": [{"name": "a", "when": {"grade": "as_new"}, "then": "restock"}]}, "leave out its `when`"),
        ({"rules": [{"name": "z", "then": "missing"}]}, "counted, not proposed"),
        ({"rules": [{"name": "z", "then": "burn"}]}, "rules.0.then"),
        ({"destruction_ban": {"applys": False}}, "no such key"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_is_wrong(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8")) | change
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_dispositions(path)
    assert said in str(error.value) and str(path) in str(error.value)


def test_a_shop_that_is_not_large_may_destroy(tmp_path: Path) -> None:
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    document["destruction_ban"]["applies"] = False
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    small = load_dispositions(tmp_path / "rules.yml")
    asked = order(category="clothing")
    proposal = small.propose(asked, asked.lines[0], Reason.OTHER, Grade.USED)
    assert small.chosen(proposal, D.RECYCLE, "worn through") is D.RECYCLE
