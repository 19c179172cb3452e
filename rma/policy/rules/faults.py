"""Rule 2: goods that are not as they should be."""

from datetime import timedelta

from rma.model.codes import Resolution
from rma.policy.case import Case, anniversary
from rma.policy.codes import Code
from rma.policy.law import ALL_REMEDIES_DAYS
from rma.policy.markets import Region
from rma.policy.rules.base import Answer, never, until


class RightToReject:
    """The short-term right to reject of the United Kingdom."""

    code = Code.RIGHT_TO_REJECT_UK

    def ask(self, case: Case) -> Answer:
        if case.terms.market.region is not Region.UK or case.delivered is None:
            return never(market=case.terms.market.code, delivered=case.delivered)
        # The law's thirty days, also where the shop leaves every remedy open for longer.
        return until(case, case.delivered + timedelta(days=ALL_REMEDIES_DAYS), delivered=case.delivered)


class LegalGuarantee:
    """The years the law of the market gives."""

    code = Code.GUARANTEE_LEGAL

    def ask(self, case: Case) -> Answer:
        floor = case.terms.floor
        if floor is None or case.delivered is None:
            return never(market=case.terms.market.code, delivered=case.delivered)
        ends = anniversary(case.delivered, floor.guarantee_years)
        return until(case, ends, delivered=case.delivered, years=floor.guarantee_years)


class ShopGuarantee:
    """The shop's own years: where the law gives none, or beyond them."""

    code = Code.GUARANTEE_SHOP
    otherwise = Code.GUARANTEE_EXPIRED

    def ask(self, case: Case) -> Answer:
        years = case.terms.guarantee_years
        legal = case.terms.floor.guarantee_years if case.terms.floor else 0
        if years <= legal or case.delivered is None:
            return never(years=years, legal=legal, delivered=case.delivered)
        return until(case, anniversary(case.delivered, years), delivered=case.delivered, years=years)


class RemedyFirst:
    """After the first weeks repair or replacement come before the money: a person decides on refund or exchange."""

    code = Code.REMEDY_FIRST

    def ask(self, case: Case) -> Answer:
        every = case.every_remedy_open
        money = case.wanted in (Resolution.REFUND, Resolution.EXCHANGE)
        facts = {"fault": case.asked.reason.is_fault, "every_remedy_open": every, "wanted": case.wanted.value}
        return Answer(case.asked.reason.is_fault and not every and money, facts)
