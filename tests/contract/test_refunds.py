"""What every way of paying back must do, whoever moves the money: our own ledger, Stripe and Shopify pass the same. A new one adds
a line to BANKS."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from rma.model.orders import PaymentMethod
from rma.model.refunding import PayBack, RefundRefusal, RefundRefused, RefundUnavailable
from rma.refunds.stripe import amount_of, minor_units
from tests.fixtures.payers import Bank, embedded_bank, shopify_bank, stripe_bank

BANKS = [
    pytest.param(embedded_bank, id="embedded"),
    pytest.param(stripe_bank, id="stripe"),
    pytest.param(shopify_bank, id="shopify"),
]


@pytest_asyncio.fixture(params=BANKS)
async def bank(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[Bank]:
    async with request.param(sqlite_url) as opened:
        yield opened


def part(paid: PayBack, amount: str) -> PayBack:
    return paid.model_copy(update={"amount": Decimal(amount)})


async def refusal(bank: Bank, request: PayBack, key: str = "refused") -> RefundRefusal:
    with pytest.raises(RefundRefused) as refused:
        await bank.gateway.refund(request, key)
    assert str(refused.value)
    return refused.value.why


class TestGateway:
    async def test_money_goes_back_once_for_a_key(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        first = await bank.gateway.refund(part(paid, "19.90"), "k1")
        assert first.id and first.amount == Decimal("19.90") and await bank.moved(paid) == Decimal("19.90")
        again = await bank.gateway.refund(part(paid, "19.90"), "k1")
        assert again.id == first.id and await bank.moved(paid) == Decimal("19.90")
        other = await bank.gateway.refund(part(paid, "24.80"), "k2")
        assert other.id != first.id and await bank.moved(paid) == Decimal("44.70")

    async def test_it_is_found_by_its_key_and_no_other(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        assert await bank.gateway.find(part(paid, "5.00"), "k1") is None
        made = [await bank.gateway.refund(part(paid, "5.00"), f"k{n}") for n in range(5)]
        for number, one in enumerate(made):
            assert await bank.gateway.find(part(paid, "5.00"), f"k{number}") == one
        assert await bank.gateway.find(part(paid, "5.00"), "k9") is None

    async def test_ten_at_once_with_one_key_are_one_refund(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        done = await asyncio.gather(
            *(bank.gateway.refund(part(paid, "10.00"), "k") for _ in range(10)), return_exceptions=True
        )
        assert all(not isinstance(one, BaseException) or isinstance(one, RefundUnavailable) for one in done), done
        assert await bank.moved(paid) == Decimal("10.00")
        assert (await bank.gateway.refund(part(paid, "10.00"), "k")).amount == Decimal("10.00")

    async def test_never_more_than_was_paid(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        await bank.gateway.refund(part(paid, "40.00"), "k1")
        assert await refusal(bank, part(paid, "4.71")) is RefundRefusal.TOO_MUCH
        assert await bank.moved(paid) == Decimal("40.00")
        await bank.gateway.refund(part(paid, "4.70"), "k2")
        assert await refusal(bank, part(paid, "0.01"), "k3") is RefundRefusal.TOO_MUCH
        assert await bank.moved(paid) == Decimal("44.70")

    async def test_two_refunds_at_once_never_pay_more_than_was_paid(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        done = await asyncio.gather(
            *(bank.gateway.refund(part(paid, "20.00"), f"k{n}") for n in range(6)), return_exceptions=True
        )
        assert sum(not isinstance(one, BaseException) for one in done) == 2
        assert await bank.moved(paid) == Decimal("40.00")

    async def test_a_key_is_not_taken_for_another_amount(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        await bank.gateway.refund(part(paid, "10.00"), "k")
        assert await refusal(bank, part(paid, "11.00"), "k") is RefundRefusal.KEY_REUSED
        assert await bank.moved(paid) == Decimal("10.00")

    async def test_a_payment_that_is_not_there(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        if bank.gateway.code == "embedded":
            return  # its ledger learns of a payment with the first refund of it
        for name in ("pi_999999", "424242424242", "nonsense", "../../v1/charges"):
            unknown = paid.model_copy(update={"method": paid.method.model_copy(update={"id": name})})
            assert await refusal(bank, unknown, f"u-{name}") is RefundRefusal.UNKNOWN_PAYMENT
            if bank.gateway.can(unknown.method):
                assert await bank.gateway.find(unknown, f"u-{name}") is None
        assert await bank.moved(paid) == 0

    @pytest.mark.parametrize("how", ["down", "lost", "busy"])
    async def test_what_got_no_answer_is_found_or_paid_once_under_the_same_key(self, bank: Bank, how: str) -> None:
        paid = bank.pay("44.70")
        if not bank.break_once(how):
            return
        with pytest.raises(RefundUnavailable):
            await bank.gateway.refund(part(paid, "10.00"), "k")
        found = await bank.gateway.find(part(paid, "10.00"), "k")
        assert (found is not None) == (how == "lost")
        made = await bank.gateway.refund(part(paid, "10.00"), "k")
        assert found is None or found.id == made.id
        assert await bank.moved(paid) == Decimal("10.00")

    async def test_a_lost_answer_is_found_after_the_provider_forgot_the_key(self, bank: Bank) -> None:
        paid = bank.pay("44.70")
        if not bank.break_once("lost"):
            return
        with pytest.raises(RefundUnavailable):
            await bank.gateway.refund(part(paid, "10.00"), "k")
        bank.forget_keys()
        found = await bank.gateway.find(part(paid, "10.00"), "k")
        assert found is not None and found.amount == Decimal("10.00") and await bank.moved(paid) == Decimal("10.00")

    @pytest.mark.parametrize(
        ("currency", "whole", "share"), [("JPY", "8000", "1240"), ("KWD", "65.700", "6.570"), ("EUR", "1.00", "0.01")]
    )
    async def test_currencies_with_other_decimals(self, bank: Bank, currency: str, whole: str, share: str) -> None:
        paid = bank.pay(whole, currency)
        made = await bank.gateway.refund(part(paid, share), "k")
        assert made.amount == Decimal(share) and await bank.moved(paid) == Decimal(share)
        assert await bank.gateway.find(part(paid, share), "k") == made

    async def test_a_key_is_needed(self, bank: Bank) -> None:
        with pytest.raises(ValueError):
            await bank.gateway.refund(bank.pay("1.00"), "")


class TestStripe:
    """What is Stripe's alone."""

    @pytest.mark.parametrize(
        ("amount", "currency", "units"),
        [
            ("44.70", "EUR", 4470), ("1240", "JPY", 1240), ("6.570", "KWD", 6570), ("5", "ISK", 500), ("3000", "UGX", 300000),
            ("12", "MGA", 12), ("10.45", "HUF", 1045), ("0.10", "TND", 100),
        ],
    )  # fmt: skip
    def test_minor_units(self, amount: str, currency: str, units: int) -> None:
        assert minor_units(Decimal(amount), currency) == units
        assert amount_of(units, currency) == Decimal(amount)

    @pytest.mark.parametrize(("amount", "currency"), [("6.575", "KWD"), ("1.5", "MGA"), ("0.001", "EUR"), ("2.50", "UGX")])
    def test_what_stripe_cannot_write_is_refused_before_it_is_asked(self, amount: str, currency: str) -> None:
        with pytest.raises(RefundRefused) as refused:
            minor_units(Decimal(amount), currency)
        assert refused.value.why is RefundRefusal.AMOUNT

    async def test_its_errors(self, sqlite_url: str) -> None:
        async with stripe_bank(sqlite_url) as bank:
            stripe = bank.stripe  # type: ignore[attr-defined]
            paid = bank.pay("44.70")
            stripe.troubles.append("429")
            with pytest.raises(RefundUnavailable) as busy:
                await bank.gateway.refund(paid, "k1")
            assert busy.value.after == 7.0
            for trouble in ("401", "409", "500"):
                stripe.troubles.append(trouble)
                with pytest.raises(RefundUnavailable):
                    await bank.gateway.refund(paid, f"k-{trouble}")
            with pytest.raises(RefundUnavailable):  # it repeats the answer to the key for a day
                await bank.gateway.refund(paid, "k-500")
            stripe.charges[paid.method.id].disputed = True
            assert await refusal(bank, paid, "k2") is RefundRefusal.NOT_POSSIBLE
            assert await bank.moved(paid) == 0

    async def test_500_after_the_money_moved(self, sqlite_url: str) -> None:
        async with stripe_bank(sqlite_url) as bank:
            paid = bank.pay("44.70")
            bank.stripe.troubles.append("500 done")  # type: ignore[attr-defined]
            with pytest.raises(RefundUnavailable):
                await bank.gateway.refund(paid, "k")
            found = await bank.gateway.find(paid, "k")
            assert found is not None and await bank.moved(paid) == Decimal("44.70")

    async def test_a_refund_that_the_bank_sends_back(self, sqlite_url: str) -> None:
        async with stripe_bank(sqlite_url) as bank:
            stripe, paid = bank.stripe, bank.pay("44.70")  # type: ignore[attr-defined]
            stripe.status = "pending"
            assert (await bank.gateway.refund(part(paid, "10.00"), "k1")).on_its_way
            stripe.refunds[0]["status"] = "failed"
            with pytest.raises(RefundRefused) as refused:
                await bank.gateway.find(part(paid, "10.00"), "k1")
            assert refused.value.why is RefundRefusal.NOT_POSSIBLE

    async def test_charges_too(self, sqlite_url: str) -> None:
        async with stripe_bank(sqlite_url) as bank:
            paid = bank.pay("44.70")
            charge = bank.stripe.charges[paid.method.id].id  # type: ignore[attr-defined]
            by_charge = paid.model_copy(update={"method": paid.method.model_copy(update={"id": charge})})
            made = await bank.gateway.refund(by_charge, "k")
            assert await bank.gateway.find(by_charge, "k") == made
            assert bank.gateway.can(by_charge.method) and not bank.gateway.can(_named(paid, "card_1"))


class TestShopify:
    """What is Shopify's alone."""

    async def test_a_refund_whose_payment_was_refused_is_no_refund(self, sqlite_url: str) -> None:
        async with shopify_bank(sqlite_url) as bank:
            paid = bank.pay("44.70")
            await bank.gateway.refund(part(paid, "10.00"), "k")
            raw = bank.sold[paid.order]  # type: ignore[attr-defined]
            raw["refunds"][0]["transactions"][0]["status"] = "FAILURE"
            with pytest.raises(RefundRefused) as refused:
                await bank.gateway.find(part(paid, "10.00"), "k")
            assert refused.value.why is RefundRefusal.NOT_POSSIBLE

    async def test_nothing_is_restocked_and_nobody_is_written_to(self, sqlite_url: str) -> None:
        async with shopify_bank(sqlite_url) as bank:
            paid = bank.pay("44.70")
            await bank.gateway.refund(paid, "k")
            assert not bank.shop.adjustments  # type: ignore[attr-defined]
            raw = bank.sold[paid.order]  # type: ignore[attr-defined]
            assert not raw["refunds"][0]["refundLineItems"] and "[retour:k]" in raw["refunds"][0]["note"]


def _named(paid: PayBack, name: str) -> PaymentMethod:
    return paid.method.model_copy(update={"id": name})
