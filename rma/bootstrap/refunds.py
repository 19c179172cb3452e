"""Who moves the money back: a payment provider, the shop's platform, or our own ledger."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.model.errors import ConfigurationError
from rma.model.refunding import RefundGateway
from rma.model.shop import Shop
from rma.platforms.shopify_http import ShopifyHttp
from rma.policy import Policy
from rma.refunds.embedded import EmbeddedRefunds
from rma.service.exchanges import ExchangeDesk
from rma.service.notices import NoticeDesk
from rma.service.ports import Clock, Transactions
from rma.service.refunds.desk import RefundDesk
from rma.service.refunds.parts import PartPayer
from rma.service.refunds.paying import Payer
from rma.settings import Settings
from rma.store.refund_ledger import PaymentLedger, SqlCredits


@dataclass(frozen=True)
class Refunding:
    desk: RefundDesk
    gateway: RefundGateway


def which(settings: Settings) -> str:
    """The code of the gateway: what is set, else the first that is configured. Raises ConfigurationError."""
    stripe, shopify = bool(settings.stripe_key.get_secret_value()), bool(settings.shopify_shop)
    chosen = settings.refunds or ("stripe" if stripe else "shopify" if shopify else "embedded")
    if chosen == "stripe" and not stripe:
        raise ConfigurationError("RETOUR_STRIPE_KEY: not set, but RETOUR_REFUNDS says stripe")
    if chosen == "shopify" and not shopify:
        raise ConfigurationError("RETOUR_SHOPIFY_SHOP: not set, but RETOUR_REFUNDS says shopify")
    return chosen


def open_gateway(settings: Settings, engine: AsyncEngine, shopify: ShopifyHttp | None) -> RefundGateway:
    """Raises ConfigurationError. To be closed; `shopify` is not closed with it."""
    chosen = which(settings)
    if chosen == "stripe":
        # A big library that most installations do not need.
        from rma.refunds.stripe import StripeAccount, StripeRefunds

        return StripeRefunds(StripeAccount(settings.stripe_key.get_secret_value(), settings.stripe_api_url))
    if chosen == "shopify":
        from rma.refunds.shopify import ShopifyRefunds

        assert shopify is not None
        return ShopifyRefunds(shopify)
    return EmbeddedRefunds(PaymentLedger(engine))


def open_refunds(
    settings: Settings,
    engine: AsyncEngine,
    transactions: Transactions,
    clock: Clock,
    policy: Policy,
    shop: Shop,
    shopify: ShopifyHttp | None,
    exchanges: ExchangeDesk,
    notices: NoticeDesk,
) -> Refunding:
    gateway = open_gateway(settings, engine, shopify)
    payer = Payer(transactions, clock, PartPayer(transactions, clock, gateway, SqlCredits(engine)), exchanges, notices)
    return Refunding(RefundDesk(transactions, clock, policy, shop.refunds, payer), gateway)


def describe(settings: Settings) -> str:
    """Who moves the money, for `retour doctor`. Raises ConfigurationError."""
    chosen = which(settings)
    if chosen == "embedded":
        return "written in our own ledger, and the money is moved by hand (RETOUR_STRIPE_KEY, or a shop on Shopify, moves it)"
    if chosen == "shopify":
        return "through Shopify, to where it was paid from"
    key = settings.stripe_key.get_secret_value()
    if not key.startswith(("sk_", "rk_")):
        raise ConfigurationError("RETOUR_STRIPE_KEY: expected a secret or restricted key, which begins with sk_ or rk_")
    return "through Stripe" + (" in test mode: no money moves" if key.startswith(("sk_test_", "rk_test_")) else "")
