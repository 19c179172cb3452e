"""What must hold for every order, every request and every policy file, lawful or not."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rma.model.codes import FAULTS, Condition, LineTag, Reason, Resolution
from rma.model.orders import Order
from rma.policy import Decision, History, Policy, ReturnRequest, decide
from rma.policy.law import UNSEALED, WITHDRAWAL_EXCLUSIONS, floor_of
from rma.policy.lawful import protected_markets
from rma.policy.markets import market_of
from rma.policy.schema import PolicyFile
from tests.unit.policy_support import default_policy

PROTECTED = [market.code for market in protected_markets()]
MARKETS = [*PROTECTED, "US", "CA", "AU", "CH", "JP", "BR", "KW", "NZ", "KI"]
CURRENCIES = ["EUR", "USD", "GBP", "JPY", "KWD", "SEK", "KRW"]
PLACED = datetime(2026, 10, 1, tzinfo=UTC)

many = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

cents = st.integers(0, 70_000).map(lambda units: str(Decimal(units) / 100))
tags = st.frozensets(st.sampled_from(list(LineTag)), max_size=2).map(sorted)
hours = st.integers(0, 24 * 1200)


def _at(hours_later: int) -> str:
    return (PLACED + timedelta(hours=hours_later)).isoformat()


def _line(line_id: str, arrival: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "id": st.just(line_id),
            "sku": st.just("A"),
            "name": st.just("Lamp"),
            "category": st.sampled_from(["shoes", "books", None]),
            "quantity": st.integers(1, 4),
            "unit_price": cents,
            "discount": cents,
            "delivered_at": arrival,
            "tags": tags,
        }
    )


_any_arrival = st.one_of(st.none(), hours.map(_at), st.integers(0, 200).map(_at))
_first_days = st.integers(0, 200).map(_at)


def orders(
    markets: list[str] = MARKETS, arrival: st.SearchStrategy[Any] = _any_arrival
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "number": st.just("W1"),
            "status": st.sampled_from(["delivered", "delivered", "shipped", "cancelled"]),
            "currency": st.sampled_from(CURRENCIES),
            "market": st.sampled_from(markets),
            "placed_at": st.just(PLACED.isoformat()),
            "shipping_paid": cents,
            "customer": st.sampled_from([{"name": "Ada"}, {"name": "Ada", "group": "members"}]),
            "shipping_address": st.just({"line1": "1", "city": "X", "country": "FR"}),
            "payment_methods": st.lists(
                st.fixed_dictionaries({"id": st.just("p"), "type": st.just("card"), "amount": cents}), max_size=2
            ),
            "lines": st.tuples(*(_line(name, arrival) for name in "123")).map(list),
        }
    )


def _asked(line_id: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "id": st.just(line_id),
            "quantity": st.integers(1, 4),
            "reason": st.sampled_from([None, *Reason]),
            "condition": st.sampled_from(list(Condition)),
            "photo": st.booleans(),
        }
    )


requests = st.fixed_dictionaries(
    {
        "lines": st.sets(st.sampled_from("123"), min_size=1).flatmap(lambda ids: st.tuples(*map(_asked, sorted(ids)))),
        "resolution": st.sampled_from([None, *Resolution]),
    }
)
histories = st.fixed_dictionaries(
    {
        "returns_90d": st.integers(0, 8),
        "returned": st.dictionaries(st.sampled_from("123"), st.integers(0, 4)),
        "refunded": st.one_of(st.none(), cents),
    }
)

_conditions = st.lists(st.sampled_from(list(Condition)), unique=True)
_exclusions = st.dictionaries(st.sampled_from([tag for tag in LineTag if tag != "dangerous_goods"]), _conditions)
_years = st.dictionaries(st.sampled_from(["EU", "EEA", "UK", "ES", "FR"]), st.integers(0, 8)).flatmap(
    lambda named: st.integers(0, 8).map(lambda default: {"default": default, **named})
)
_flags = st.booleans().map(lambda flag: {"default": flag})
_amounts = st.integers(0, 900).map(lambda euros: {"EUR": euros})
_faults = st.lists(st.sampled_from(sorted(FAULTS)), unique=True)
_sections: dict[str, dict[Any, st.SearchStrategy[Any]]] = {
    "change_of_mind": {
        "days": st.integers(0, 90),
        "seasons": st.just([]),
        "exclusions": _exclusions,
        "offers": st.sampled_from([["refund"], ["refund", "store_credit", "exchange"]]),
        "restocking_percent": st.dictionaries(st.sampled_from(list(Condition)), st.integers(0, 100)),
    },
    "withdrawal": {"days": st.integers(0, 60), "exclusions": _exclusions},
    "faults": {"guarantee_years": _years, "all_remedies_days": st.integers(0, 90), "repair_first": _flags},
    "return_shipping": {
        "customer_pays": _amounts,
        "free_for": st.lists(st.sampled_from(list(Resolution)), unique=True),
        "free_for_faults": _flags,
    },
    "review": {
        "high_value": _amounts,
        "frequent_returns": st.one_of(st.none(), st.integers(1, 9)),
        "dangerous_goods": _faults,
        "photo_required": _faults,
    },
    "returnless": {"below": _amounts, "resolutions": st.lists(st.sampled_from(list(Resolution)), unique=True)},
    "times": {
        "refund_days": st.integers(0, 60),
        "review_working_days": st.integers(1, 9),
        "send_by_days": st.integers(1, 60),
    },
}
_override = st.fixed_dictionaries(
    {
        "name": st.just("x"),
        "when": st.sampled_from(
            [
                {"market": ["EU"]},
                {"market": ["FR", "GB"]},
                {"category": ["shoes"]},
                {"tag": ["digital"]},
                {"customer_group": ["members"]},
            ]
        ),
        "treat_as": st.lists(st.sampled_from([tag for tag in LineTag if tag != "dangerous_goods"]), unique=True),
    },
    optional={name: st.fixed_dictionaries({}, optional=keys) for name, keys in _sections.items()},
)
_keys: dict[Any, st.SearchStrategy[Any]] = {name: st.fixed_dictionaries(keys) for name, keys in _sections.items()}
_files: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "version": st.just("any"),
        "overrides": st.lists(_override, max_size=2),
        **_keys,
    }
)


def _any_policy(content: dict[str, Any]) -> Policy:
    """A policy that was never checked against the law: the engine has to keep the floor by itself."""
    return Policy(PolicyFile.model_validate(content), "any", default_policy().texts)


def _decide(
    order: dict[str, Any], request: dict[str, Any], history: dict[str, Any], hour: int, policy: Policy
) -> Decision:
    now = PLACED + timedelta(hours=hour)
    return decide(
        Order.model_validate(order), ReturnRequest.model_validate(request), History.model_validate(history), now, policy
    )


def _day(instant: datetime, market: str) -> date:
    return instant.astimezone(market_of(market).zone).date()


# Most of the edges lie in the first weeks after the delivery.
_weeks = st.one_of(st.integers(0, 24 * 24), st.integers(24 * 24, 24 * 1200))
_soon = st.one_of(_first_days, _first_days, _first_days, st.none())


@settings(many, max_examples=250)
@given(orders(PROTECTED, _soon), requests, st.just({"returned": {}}), _weeks, _files)
def test_no_policy_file_is_narrower_than_the_law(
    order: dict[str, Any], request: dict[str, Any], history: dict[str, Any], hour: int, content: dict[str, Any]
) -> None:
    assume(order["status"] != "cancelled")
    decision = _decide(order, request, history, hour, _any_policy(content))
    parsed, market = Order.model_validate(order), order["market"]
    now = PLACED + timedelta(hours=hour)
    today, floor = _day(now, market), floor_of(market_of(market))
    assert floor is not None
    arrivals = [line.delivered_at for line in parsed.lines if line.delivered_at and line.delivered_at <= now]
    complete = len(arrivals) == len(parsed.lines)
    inside = not complete or today <= _day(max(arrivals), market) + timedelta(days=14)
    for asked in ReturnRequest.model_validate(request).lines:
        line, decided = parsed.line(asked.id), decision.line(asked.id)
        assert line is not None and decided is not None
        came = line.delivered_at if line.delivered_at and line.delivered_at <= now else None
        if asked.quantity + history["returned"].get(asked.id, 0) > line.quantity:
            continue
        if asked.reason.is_fault:
            if came and today <= _day(came, market) + timedelta(days=365 * floor.guarantee_years):
                assert decided.decision != "decline"
                assert {"repair", "replacement"} <= set(decided.resolutions)
                if inside or today <= _day(came, market) + timedelta(days=30):
                    assert set(decided.resolutions) == set(Resolution)
                if decided.approved:
                    assert decision.return_shipping_paid_by == "merchant"
            continue
        barred = any(
            tag in line.tags and asked.condition in conditions for tag, conditions in WITHDRAWAL_EXCLUSIONS.items()
        )
        if inside and not barred:
            assert (decided.decision, decided.codes) == ("approve", ("withdrawal.right",))
            assert decided.restocking_fee == 0 and "refund" in decided.resolutions
    assert WITHDRAWAL_EXCLUSIONS[LineTag.HYGIENE_SEALED] == UNSEALED


@many
@given(orders(), requests, histories, hours, _files)
def test_never_more_is_paid_than_was(
    order: dict[str, Any], request: dict[str, Any], history: dict[str, Any], hour: int, content: dict[str, Any]
) -> None:
    decision = _decide(order, request, history, hour, _any_policy(content))
    paid = sum((Decimal(method["amount"]) for method in order["payment_methods"]), Decimal(0))
    amounts = decision.refund
    assert 0 <= amounts.total <= max(paid - Decimal(history["refunded"] or 0), Decimal(0))
    assert amounts.total <= amounts.items + amounts.outbound_shipping
    if not any(line.approved for line in decision.lines):
        assert not any((amounts.items, amounts.outbound_shipping, amounts.return_shipping, amounts.fees, amounts.total))
        assert decision.return_shipping_paid_by is None and not decision.returnless


@many
@given(orders(), requests, histories, hours)
def test_a_line_is_decided_the_same_beside_any_other(
    order: dict[str, Any], request: dict[str, Any], history: dict[str, Any], hour: int
) -> None:
    together = _decide(order, request, history, hour, default_policy())
    items = Decimal(0)
    for asked in request["lines"]:
        alone = _decide(order, {**request, "lines": [asked]}, history, hour, default_policy())
        assert alone.lines[0] == together.line(asked["id"])
        items += alone.refund.items
    assert together.refund.items == items
    backwards = {**request, "lines": request["lines"][::-1]}
    turned = _decide({**order, "lines": order["lines"][::-1]}, backwards, history, hour, default_policy())
    assert (turned.refund, turned.returnless, turned.decision) == (
        together.refund,
        together.returnless,
        together.decision,
    )
    assert turned.lines[::-1] == together.lines


@many
@given(orders(), requests, histories, hours, st.integers(-12 * 4, 14 * 4))
def test_neither_the_offset_of_an_instant_nor_the_language_matters(
    order: dict[str, Any], request: dict[str, Any], history: dict[str, Any], hour: int, quarters: int
) -> None:
    zone = timezone(timedelta(minutes=15 * quarters))
    here = _decide(order, request, history, hour, default_policy()).to_json()
    for line in order["lines"]:
        if line["delivered_at"]:
            line["delivered_at"] = datetime.fromisoformat(line["delivered_at"]).astimezone(zone).isoformat()
    order["placed_at"] = PLACED.astimezone(zone).isoformat()
    order["customer"] = {**order["customer"], "language": "fr"}
    parsed = Order.model_validate(order), ReturnRequest.model_validate(request), History.model_validate(history)
    there = decide(*parsed, (PLACED + timedelta(hours=hour)).astimezone(zone), default_policy()).to_json()
    assert there == here


@many
@given(orders(), requests, histories, hours, st.one_of(st.none(), _files))
def test_the_last_day_is_accepted_and_the_next_is_not(
    order: dict[str, Any], request: dict[str, Any], history: dict[str, Any], hour: int, content: dict[str, Any] | None
) -> None:
    policy = _any_policy(content) if content else default_policy()
    parsed = Order.model_validate(order), ReturnRequest.model_validate(request), History.model_validate(history)
    zone = market_of(order["market"]).zone
    now = PLACED + timedelta(hours=hour)
    for line in decide(*parsed, now, policy).lines:
        if line.closes_on is None:
            continue
        last = datetime.combine(line.closes_on, time(23, 59, 59), zone)
        after = datetime.combine(line.closes_on + timedelta(days=1), time(0), zone)
        # An arrival between now and then is not known today, and may move the day.
        assume(not any(now < one.delivered_at <= after for one in parsed[0].lines if one.delivered_at))
        assume(
            last >= PLACED and not any(one.delivered_at and last < one.delivered_at <= now for one in parsed[0].lines)
        )
        then, later = decide(*parsed, last, policy).line(line.id), decide(*parsed, after, policy).line(line.id)
        assert then is not None and then.decision != "decline"
        assert later is not None and later.decision == "decline"
        assert then.closes_on == later.closes_on == line.closes_on
