"""Where the shop sells: its platform, built from the settings."""

from urllib.parse import urlsplit

from rma.model.errors import ConfigurationError
from rma.platforms.shopify_http import ShopifyAccount, ShopifyHttp
from rma.settings import Settings

FIRST_VERSION = "2026-04"
"""Of Shopify's API: the first that refuses a change of stock or a refund that names no key, and so never does one twice."""


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


def _look_at(name: str, address: str, example: str) -> None:
    """Raises ConfigurationError where credentials would be sent to in the clear, but on this machine."""
    parsed = urlsplit(address if "://" in address else f"https://{address}")
    inside = parsed.hostname in ("127.0.0.1", "localhost", "::1")
    if not parsed.hostname or (parsed.scheme != "https" and not inside):
        raise ConfigurationError(f"{name}: expected an address such as {example}, over https")
