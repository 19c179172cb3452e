"""The policy file as a merchant edits it: applied, or refused with file, line, key and what was expected."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from rma.model.errors import ConfigurationError
from rma.policy import DEFAULT_POLICY, PolicyError, facts, load_policy
from rma.policy.editors import SCHEMA_FILE, json_schema, written_schema
from rma.policy.schema import SECTIONS, PolicyFile
from tests.unit.policy_support import (
    DELIVERED,
    decided,
    default_policy,
    edited_file,
    edited_policy,
    line,
    money,
    order,
    outcome,
    want,
)

LATER = "2027-03-28T12:00:00+01:00"


def override(text: str) -> tuple[str, str]:
    return "overrides: []", "overrides:\n" + text


@pytest.mark.parametrize(
    ("edit", "line_of", "key", "expected"),
    [
        (
            ("  days: 30 ", "  days: thirty "),
            "thirty",
            "change_of_mind.days",
            "expected a whole number, found 'thirty'",
        ),
        (("  days: 30 ", "  days: -1 "), "days: -1", "change_of_mind.days", "greater than or equal to 0"),
        (("  days: 30 ", "  dayz: 30 "), "dayz", "change_of_mind.dayz", "did you mean days?"),
        (("  days: 30 ", "  # days: 30 "), "change_of_mind:", "change_of_mind.days", "expected this key"),
        (
            ("  frequent_returns: 6 ", "  frequent_returns: 0 "),
            "frequent_returns",
            "review.frequent_returns",
            "equal to 1",
        ),
        (('version: "1"', "version: 1"), "version: 1", "version", "expected a text in quotes"),
        (('"12-24"', '"24/12"'), "24/12", "change_of_mind.seasons[1].placed_until", "a month and a day"),
        (('"12-24"', '"02-29"'), "02-29", "change_of_mind.seasons[1].placed_until", "every year has"),
        (
            ("    final_sale: always", "    final_sail: always"),
            "final_sail",
            "change_of_mind.exclusions.final_sail",
            "expected",
        ),
        (
            ("    final_sale: always", "    final_sale: mostly"),
            "mostly",
            "change_of_mind.exclusions.final_sale",
            "always, never",
        ),
        (("    EUR: 4.90", "    euro: 4.90"), "euro", "return_shipping.customer_pays.euro", "pattern"),
        (("    EUR: 4.90", ""), "customer_pays", "return_shipping.customer_pays", "expected an amount for EUR"),
        (("    EUR: 4.90", "    EUR: free"), "EUR: free", "return_shipping.customer_pays.EUR", "found 'free'"),
        (("    EEA: 2 ", "    EAA: 2 "), "EAA", "faults.guarantee_years.EAA", "EU, EEA or UK"),
        (("offers: [refund, store", "offers: [store"), "offers", "change_of_mind.offers", "'refund'"),
        (
            ("free_for_faults: true", "free_for_faults: yes"),
            "free_for_faults",
            "return_shipping.free_for_faults.default",
            "true or",
        ),
        (override("  - name: x\n    when: {}\n"), "when: {}", "overrides[1].when", "at least one of market"),
        (override("  - name: x\n    when: {market: Franc}\n"), "Franc", "overrides[1].when.market[1]", "two letters"),
        (
            override("  - name: x\n    when: {tag: sale}\n    times: {send_by_days: 20}\n"),
            "times: {send",
            "overrides[1].times",
            "counts for a whole return",
        ),
        (("  days: 30 ", "  days: 30\n  days: 40 "), "days: 40", "", "not readable as YAML"),
        (("faults:\n", "faults: [\n"), "faults", "", "not readable as YAML"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, edit: tuple[str, str], line_of: str, key: str, expected: str
) -> None:
    path = edited_file(tmp_path, edit)
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    problem = caught.value.problems[0]
    text = path.read_text(encoding="utf-8").splitlines()
    assert (problem.file, problem.key) == (str(path), key)
    assert expected in problem.expected
    assert line_of in text[problem.line - 1] or expected.startswith("not readable")
    assert str(caught.value).startswith(f"{path}:{problem.line}: ")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = edited_file(tmp_path, ("  days: 30 ", "  days: x "), ("  days: 14 ", "  days: y "))
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert [problem.key for problem in caught.value.problems] == ["change_of_mind.days", "withdrawal.days"]


@pytest.mark.parametrize(
    "content", [b"", b"just text", b"- a list", b"\xff\xfe", b"a: &a [*a]", b"!!python/object:os.system x"]
)
def test_what_is_no_policy_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "policy.yml"
    path.write_bytes(content)
    with pytest.raises(PolicyError):
        load_policy(path)
    with pytest.raises(ConfigurationError, match="RETOUR_POLICY"):
        load_policy(tmp_path / "absent.yml")


@pytest.mark.parametrize(
    ("edit", "key", "law"),
    [
        (("  days: 14 ", "  days: 10 "), "withdrawal.days", "Directive 2011/83/EU art. 9"),
        (("  days: 14 ", "  days: 10 "), "withdrawal.days", "Regulations 2013 reg. 30"),
        (("    EEA: 2 ", "    EEA: 1 "), "faults.guarantee_years.EEA", "Directive (EU) 2019/771 art. 10"),
        (("    ES: 3\n", ""), "faults.guarantee_years.EEA", "Real Decreto Legislativo 1/2007"),
        (("    ES: 3\n", "    ES: 2\n"), "faults.guarantee_years.ES", "at least 3 in ES"),
        (("    UK: 6", "    UK: 5"), "faults.guarantee_years.UK", "Consumer Rights Act 2015"),
        (
            ("all_remedies_days: 30", "all_remedies_days: 29"),
            "faults.all_remedies_days",
            "Consumer Rights Act 2015 s. 22",
        ),
        (
            ("free_for_faults: true", "free_for_faults: false"),
            "return_shipping.free_for_faults.default",
            "2019/771 art. 14",
        ),
        (("refund_days: 14", "refund_days: 30"), "times.refund_days", "Directive 2011/83/EU art. 13"),
        (("send_by_days: 14", "send_by_days: 7"), "times.send_by_days", "reg. 35"),
        (
            override("  - name: x\n    when: {market: IT, tag: outlet}\n    withdrawal: {days: 7}\n"),
            "overrides[1].withdrawal.days",
            "at least 14 in IT: Directive 2011/83/EU art. 9",
        ),
        (
            override(
                "  - name: x\n    when: {category: earrings}\n    withdrawal: {exclusions: {final_sale: always}}\n"
            ),
            "overrides[1].withdrawal.exclusions.final_sale",
            "expected never",
        ),
        (
            override("  - name: x\n    when: {tag: x}\n    withdrawal: {exclusions: {hygiene_sealed: always}}\n"),
            "overrides[1].withdrawal.exclusions.hygiene_sealed",
            "at most [opened, used]",
        ),
        (
            override("  - name: x\n    when: {category: rings}\n    treat_as: [personalised]\n"),
            "overrides[1].treat_as",
            "Directive 2011/83/EU art. 16",
        ),
        (
            override("  - name: x\n    when: {customer_group: trade}\n    faults: {guarantee_years: 1}\n"),
            "overrides[1].faults.guarantee_years.default",
            "Directive (EU) 2019/771 art. 10",
        ),
    ],
)
def test_a_file_narrower_than_the_law_is_refused(tmp_path: Path, edit: tuple[str, str], key: str, law: str) -> None:
    path = edited_file(tmp_path, edit)
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert any(problem.key == key and law in problem.expected for problem in caught.value.problems), str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "  - name: x\n    when: {market: [US, CH]}\n    faults: {guarantee_years: 0, all_remedies_days: 5}\n",
        "  - name: x\n    when: {market: US}\n    return_shipping: {free_for_faults: false}\n",
        "  - name: x\n    when: {market: US}\n    times: {refund_days: 40, send_by_days: 5}\n",
        "  - name: x\n    when: {market: [US, CA], category: earrings}\n    treat_as: [hygiene_sealed]\n",
        "  - name: x\n    when: {tag: outlet}\n    change_of_mind: {days: 0, exclusions: {hygiene_sealed: always}}\n",
        "  - name: x\n    when: {category: fruit}\n    treat_as: [final_sale]\n",
        "  - name: x\n    when: {market: EEA}\n    faults: {repair_first: false}\n",
    ],
)
def test_what_the_law_leaves_to_the_shop_is_accepted(tmp_path: Path, text: str) -> None:
    edited_policy(tmp_path, override(text))


def test_overrides_apply_to_those_they_are_for_and_the_later_wins(tmp_path: Path) -> None:
    policy = edited_policy(
        tmp_path,
        override(
            "  - name: shoes\n    when: {category: [shoes, boots]}\n    change_of_mind: {days: 60}\n"
            "  - name: members\n    when: {customer_group: members}\n    change_of_mind: {days: 90}\n"
            "  - name: American sale\n    when: {market: US, tag: sale}\n    change_of_mind: {days: 5}\n"
        ),
    )
    assert policy.terms("US").days == 30
    assert policy.terms("US", "shoes").days == 60
    assert policy.terms("US", "shoes", group="members").days == 90
    assert policy.terms("US", "shoes", frozenset({"sale"}), "members").days == 5
    assert policy.terms("CA", "shoes", frozenset({"sale"})).days == 60
    member = {"name": "Ada", "group": "members"}
    an_order = order("US", line("1"), line("2", "20.00", DELIVERED, "sale"), customer=member)
    decision = decided(an_order, LATER, want("1"), want("2"), policy=policy)
    assert outcome(decision, "1") == ("approve", ["window.open"], "2027-06-06")
    assert outcome(decision, "2") == ("decline", ["window.expired"], "2027-03-13")


def test_shipping_can_be_free_and_restocking_charged_but_not_on_a_withdrawal_or_a_fault(tmp_path: Path) -> None:
    policy = edited_policy(
        tmp_path,
        ("    used: 0\n", "    used: 15\n"),
        override("  - name: France\n    when: {market: FR}\n    return_shipping: {customer_pays: {EUR: 0}}\n"),
    )
    used = want(condition="used")
    later = decided(order("FR"), LATER, used, policy=policy)
    assert money(later) == ("20.00", "0.00", "0.00", "3.00", "17.00")
    inside = decided(order("FR"), "2027-03-20T12:00:00+01:00", used, policy=policy)
    assert money(inside) == ("20.00", "0.00", "0.00", "0.00", "20.00")
    assert money(decided(order("US"), LATER, used, policy=policy))[2:4] == ("4.90", "3.00")
    assert money(decided(order("US"), LATER, want(reason="defective", condition="used"), policy=policy))[3] == "0.00"


def test_a_longer_guarantee_than_the_law_is_the_shops_own_beyond_it(tmp_path: Path) -> None:
    policy = edited_policy(tmp_path, ("    EEA: 2 ", "    EEA: 5 "))
    fault = want(reason="defective")
    assert outcome(decided(order("FR"), "2028-03-08T12:00:00+01:00", fault, resolution="repair", policy=policy)) == (
        "approve",
        ["guarantee.legal"],
        "2032-03-08",
    )
    late = decided(order("FR"), "2030-03-08T12:00:00+01:00", fault, resolution="repair", policy=policy)
    assert outcome(late) == ("approve", ["guarantee.shop"], "2032-03-08")


def test_the_version_tells_two_contents_apart_but_not_two_layouts(tmp_path: Path) -> None:
    default = default_policy().version
    assert default.startswith("1+")
    assert edited_policy(tmp_path, ("  days: 30 ", "  days: 31 ")).version != default
    assert edited_policy(tmp_path, ("  days: 30 ", "  days:   30 # a month")).version == default


def test_general_facts_come_from_the_policy(tmp_path: Path) -> None:
    french, american = facts(default_policy(), "FR"), facts(default_policy(), "US")
    assert (french.window_days, french.withdrawal_days, french.guarantee_years, french.legal_years) == (30, 14, 2, 2)
    assert (american.withdrawal_days, american.legal_years, american.guarantee_years) == (None, None, 1)
    assert (str(american.return_shipping), american.currency) == ("4.90", "USD")
    sealed = next(fact for fact in french.exclusions if fact.tag == "hygiene_sealed")
    assert sealed.only_opened and sealed.by_law == "Directive 2011/83/EU art. 16(e)"
    assert all(fact.by_law is None for fact in american.exclusions)
    assert facts(edited_policy(tmp_path, ("  days: 30 ", "  days: 45 ")), "FR").window_days == 45


def test_the_published_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == written_schema(), "run: python -m rma.policy.editors"


def test_the_published_schema_takes_the_default_policy_and_the_documented_overrides() -> None:
    (example,) = re.findall(r"```yaml\n(overrides:\n.*?)```", _documentation(), re.DOTALL)
    policy = yaml.safe_load(DEFAULT_POLICY.read_text(encoding="utf-8")) | yaml.safe_load(example)
    jsonschema.Draft202012Validator(json_schema()).validate(policy)
    policy["change_of_mind"]["dayz"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate(policy)


def _documentation() -> str:
    return (DEFAULT_POLICY.parents[1] / "docs" / "policy.md").read_text(encoding="utf-8")


def test_every_key_is_documented() -> None:
    for section in SECTIONS:
        for key in PolicyFile.model_fields[section].annotation.model_fields:  # type: ignore[union-attr]
            assert f"`{section}.{key}`" in _documentation()


def test_the_documented_overrides_and_the_quoted_error_are_real(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\noverrides:\n(.*?)```", _documentation(), re.DOTALL)
    policy = edited_policy(tmp_path, override(example))
    assert policy.terms("FR", group="members").days == 60
    assert policy.terms("CA", "earrings").treated_as == {"hygiene_sealed"}
    with pytest.raises(PolicyError) as caught:
        load_policy(edited_file(tmp_path, ("  days: 14 ", "  days: 7 ")))
    (quoted,) = re.findall(r"```text\npolicy/default.yml(.*)\n```", _documentation())
    assert quoted in str(caught.value)
