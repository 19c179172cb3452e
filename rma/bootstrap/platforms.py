"""Where the shop sells: its platform, built from the settings."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.model.errors import ConfigurationError
from rma.model.platforms import ShopPlatform
from rma.platforms.embedded import EmbeddedPlatform
from rma.platforms.mapping import load_words
from rma.platforms.shopify import ShopifyPlatform
from rma.platforms.shopify_http import ShopifyAccount, ShopifyHttp
from rma.platforms.woocommerce import WooPlatform
from rma.platforms.woocommerce_http import WooAccount, WooHttp
from rma.service.ports import Clock
from rma.settings import Settings
from rma.store.engine import create_engine
from rma.store.stock import SqlShopBook

FIRST_VERSION = "2026-04"
"""Of Shopify's API: the first that refuses a change of stock or a refund that names no key, and so never does one twice."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def shopify_account(settings: Settings) -> ShopifyAccount | None:
    """None where Shopify is not configured. Raises ConfigurationError for half of it."""
    given = {
        "RETOUR_SHOPIFY_SHOP": settings.shopify_shop,
        "RETOUR_SHOPIFY_TOKEN": settings.shopify_token.get_secret_value(),
    }
    if not any(given.values()):
        return None
    if lacking := [name for name, value in given.items() if not value]:
        raise ConfigurationError(f"{', '.join(lacking)}: not set, but Shopify needs all of {', '.join(given)}")
    if settings.shopify_api_version < FIRST_VERSION:
        raise ConfigurationError(
            f"RETOUR_SHOPIFY_API_VERSION: expected {FIRST_VERSION} or later, whose mutations take a key and do nothing twice"
        )
    _look_at("RETOUR_SHOPIFY_SHOP", settings.shopify_shop, "example.myshopify.com")
    return ShopifyAccount(settings.shopify_shop, given["RETOUR_SHOPIFY_TOKEN"], settings.shopify_api_version)


def open_shopify(settings: Settings) -> ShopifyHttp | None:
    """The one client of the shop's API, for whoever needs it: they share what their requests may cost. To be closed."""
    account = shopify_account(settings)
    return ShopifyHttp(account) if account else None


def woo_account(settings: Settings) -> WooAccount | None:
    """None where WooCommerce is not configured. Raises ConfigurationError for half of it."""
    given = {
        "RETOUR_WOOCOMMERCE_URL": settings.woocommerce_url,
        "RETOUR_WOOCOMMERCE_KEY": settings.woocommerce_key.get_secret_value(),
        "RETOUR_WOOCOMMERCE_SECRET": settings.woocommerce_secret.get_secret_value(),
    }
    if not any(given.values()):
        return None
    if lacking := [name for name, value in given.items() if not value]:
        raise ConfigurationError(f"{', '.join(lacking)}: not set, but WooCommerce needs all of {', '.join(given)}")
    _look_at("RETOUR_WOOCOMMERCE_URL", settings.woocommerce_url, "https://shop.example")
    return WooAccount(*given.values())


def open_platform(settings: Settings, engine: AsyncEngine, clock: Clock, shopify: ShopifyHttp | None) -> ShopPlatform:
    """Where the shop sells: Shopify or WooCommerce where one is configured, else our own book. Raises ConfigurationError for
    both, and for one that is half configured. What is opened here is closed with it; `shopify` is not."""
    woo = woo_account(settings)
    if shopify is not None and woo is not None:
        raise ConfigurationError(
            "RETOUR_SHOPIFY_SHOP, RETOUR_WOOCOMMERCE_URL: both are set, but orders come from one of them; unset the other"
        )
    words = load_words(settings.platforms)
    if shopify is not None:
        return ShopifyPlatform(shopify, words, clock)
    if woo is not None:
        return WooPlatform(WooHttp(woo), words, clock)
    return EmbeddedPlatform(SqlShopBook(engine), clock)


async def platform_check(settings: Settings) -> str:
    """What the platform is, and what of it is not configured; asks it once. Raises ConfigurationError, and what it raises."""
    shopify, woo = open_shopify(settings), woo_account(settings)
    engine = create_engine(settings.database)
    platform = open_platform(settings, engine, _utc_now, shopify)
    secrets = {
        "RETOUR_SHOPIFY_WEBHOOK_SECRET": shopify and not settings.shopify_webhook_secret.get_secret_value(),
        "RETOUR_WOOCOMMERCE_WEBHOOK_SECRET": woo and not settings.woocommerce_webhook_secret.get_secret_value(),
    }
    lacking = [name for name, missing in secrets.items() if missing]
    try:
        answer = await platform.check()
    finally:
        await platform.close()
        if shopify:
            await shopify.close()
        await engine.dispose()
    return (
        f"{answer}; without {lacking[0]} its webhooks are refused, and orders are read every few minutes"
        if lacking
        else answer
    )


def _look_at(name: str, address: str, example: str) -> None:
    """Raises ConfigurationError where credentials would be sent to in the clear, but on this machine."""
    parsed = urlsplit(address if "://" in address else f"https://{address}")
    inside = parsed.hostname in ("127.0.0.1", "localhost", "::1")
    if not parsed.hostname or (parsed.scheme != "https" and not inside):
        raise ConfigurationError(f"{name}: expected an address such as {example}, over https")
