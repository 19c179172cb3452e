"""The shopper's words for a decision's codes, from data/responses/policy_codes.yml, with their days and figures."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from rma.policy.case import Case, anniversary
from rma.policy.codes import Code
from rma.policy.decision import Basis
from rma.policy.law import ALL_REMEDIES_DAYS, law_for
from rma.policy.spoken import spoken_date, spoken_days, spoken_years
from rma.texts import LANGUAGES, Texts

# A key of the texts, and what is to be said in it: days, numbers, lengths of time.
_Wording = tuple[str, dict[str, Any]]


def basis_of(codes: tuple[Code, ...], case: Case, closes_on: date | None, texts: Texts) -> tuple[Basis, ...]:
    """One basis a code, in the same order."""
    return tuple([_basis(code, case, closes_on, texts) for code in codes])


def _basis(code: Code, case: Case, closes_on: date | None, texts: Texts) -> Basis:
    key, values = _WORDINGS.get(code, _plain)(code, case, closes_on)
    law, filled = law_for(code, case.terms.market), tuple(values.items())
    return Basis(code, law, _text(texts, key, "web", filled), _text(texts, key, "sms", filled))


@lru_cache(maxsize=16384)
def _text(texts: Texts, key: str, channel: str, values: tuple[tuple[str, Any], ...]) -> Mapping[str, str]:
    spoken = {
        language: {name: _SPEAKERS[name](value, language, texts) for name, value in values} for language in LANGUAGES
    }
    return MappingProxyType({language: texts.get(key, language, channel, **spoken[language]) for language in LANGUAGES})


def working_days(count: int, language: str, texts: Texts) -> str:
    """ "2 working days", "2 jours ouvrés"."""
    return texts.get(f"policy.working_days.{'one' if count == 1 else 'other'}", language, count=count)


_SPEAKERS: dict[str, Callable[[Any, str, Texts], Any]] = {
    "date": lambda day, language, _: spoken_date(day, language),
    "days": lambda days, language, _: spoken_days(days, language),
    "years": lambda years, language, _: spoken_years(years, language),
    "review": working_days,
    "bought": lambda count, *_: count,
    "returned": lambda count, *_: count,
    "asked": lambda count, *_: count,
}


def _plain(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return code, {}


def _until(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return code, {"date": closes_on}


def _legal(code: Code, case: Case, closes_on: date | None) -> _Wording:
    if case.terms.floor is None or case.delivered is None:
        return _until(code, case, closes_on)
    years = case.terms.floor.guarantee_years
    return code, {"years": years, "date": anniversary(case.delivered, years)}


def _shop(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return code, {"years": case.terms.guarantee_years, "date": closes_on}


def _ended(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return (code, {"date": closes_on}) if closes_on else (f"{code}.none", {})


def _reject(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return code, {"date": case.delivered + timedelta(days=ALL_REMEDIES_DAYS) if case.delivered else closes_on}


def _withdrawal(code: Code, case: Case, closes_on: date | None) -> _Wording:
    ends = case.withdrawal_ends
    return (code, {"date": ends}) if ends else (f"{code}.not_begun", {"days": case.terms.withdrawal_days})


def _after_withdrawal(code: Code, case: Case, closes_on: date | None) -> _Wording:
    over = case.terms.floor is not None and not case.barred_from_withdrawal and not case.inside_withdrawal
    return (f"{code}.after_withdrawal", {"date": case.withdrawal_ends}) if over else (code, {})


def _hygiene(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return (f"{code}.unopened" if case.asked.condition == "unopened" else code), {}


def _quantity(code: Code, case: Case, closes_on: date | None) -> _Wording:
    values = {"asked": case.asked.quantity, "bought": case.line.quantity}
    return (code, values | {"returned": case.returned}) if case.returned else (f"{code}.none_returned", values)


def _review(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return code, {"review": case.terms.review_working_days}


def _remedy_first(code: Code, case: Case, closes_on: date | None) -> _Wording:
    return code, {"review": case.terms.review_working_days, "days": case.terms.all_remedies_days}


_WORDINGS: dict[Code, Callable[[Code, Case, date | None], _Wording]] = {
    Code.WINDOW_OPEN: _until,
    Code.WINDOW_EXPIRED: _until,
    Code.GUARANTEE_LEGAL: _legal,
    Code.GUARANTEE_SHOP: _shop,
    Code.GUARANTEE_EXPIRED: _ended,
    Code.RIGHT_TO_REJECT_UK: _reject,
    Code.REMEDY_FIRST: _remedy_first,
    Code.WITHDRAWAL_RIGHT: _withdrawal,
    Code.FINAL_SALE: _after_withdrawal,
    Code.GIFT_CARD: _after_withdrawal,
    Code.HYGIENE_SEALED: _hygiene,
    Code.EXHAUSTED: _quantity,
    Code.HIGH_VALUE: _review,
    Code.FREQUENT_RETURNS: _review,
    Code.DANGEROUS_GOODS: _review,
    Code.PHOTO_REQUIRED: _review,
}
