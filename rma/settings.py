"""Settings from the environment (RETOUR_*) and, for `retour up`, from the secrets kept under var/."""

import hashlib
import hmac
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rma.model.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Contract section 6. Raises ConfigurationError (through `load`) naming the variable that is wrong."""

    model_config = SettingsConfigDict(env_prefix="RETOUR_", extra="ignore")

    var: Path = ROOT / "var"
    database_url: str = ""
    redis_url: str | None = None
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    policy: Path = ROOT / "policy" / "default.yml"
    shop: Path = ROOT / "policy" / "shop.yml"
    dispositions: Path = ROOT / "policy" / "dispositions.yml"
    """What becomes of units that came back."""
    canned: Path = ROOT / "policy" / "canned.yml"
    """Answers that the support team gives often."""
    insight: Path = ROOT / "policy" / "insight.yml"
    """What the figures of /insights assume."""
    console_users: SecretStr = SecretStr("")
    """Accounts of the console, made or changed at the start: `login:password` or `login:argon2 hash`, each perhaps followed by
    `:admin` or `:agent`, separated by commas, semicolons or spaces (rma.service.accounts)."""
    lookups: Path = ROOT / "data" / "lookup"
    """Names of products and colours in both languages."""
    texts: Path = ROOT / "data" / "responses"
    models: Path = ROOT / "models"
    port: int = Field(default=8080, ge=1, le=65535)
    host: str | None = None
    """The interface that the gateway listens on; None for all of them."""
    hooks_allow: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Private networks, separated by commas, that webhooks may go to, also without TLS (docs/events.md)."""
    hooks_ca: Path | None = None
    """Certificates that are trusted for webhooks in place of the public ones, as a file of PEM."""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks, separated by commas, whose X-Forwarded-For is believed. Anybody else could invent one to escape the
    limits."""
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_from: str = ""
    """A number (E.164) or the SID of a messaging service (MG...)."""
    twilio_api_url: str = "https://api.twilio.com"
    twilio_per_second: float = Field(default=1.0, gt=0, le=1000)
    """Messages that the sender may send in a second: 1 for a long number, 3 for a toll-free one, up to 100 for a short code."""
    twilio_answers_keywords: bool = True
    """Twilio answers STOP and START by itself, as it does on long and toll-free numbers unless support turned that off."""
    sms_quiet: float = Field(default=2.0, ge=0, le=60)
    """Seconds without another message of a number after which those that came are read together."""
    sms_patience: float = Field(default=6.0, ge=0, le=120)
    """Seconds after the first of them at which they are read in any case."""
    sms_per_minute: int = Field(default=30, ge=1)
    """Messages of one number in a minute; what comes beyond is kept, and not answered."""
    smtp_url: SecretStr = SecretStr("")
    """rma.notify.smtp_url says which forms it has."""
    smtp_per_second: float = Field(default=10.0, gt=0, le=1000)
    mail_from: str = ""
    """An address, or `Name <address>`; else no-reply@ the public address's host, with the shop's name."""
    worker: Literal["inside", "apart"] = "inside"
    """Who sends what is in the outbox: the gateway's process, or `retour worker`."""
    twilio_timeout: float = Field(default=15.0, ge=0.5, le=300)
    """Seconds that Twilio gets to take a message. One that is open after twice as long, because a worker was killed or the answer
    was lost, is looked up there."""
    smtp_timeout: float = Field(default=60.0, ge=0.5, le=600)
    """The same for the mail server, which cannot be asked: the message is then sent again."""
    chatwoot_url: str = ""
    """Where Chatwoot runs; with it, conversations for people are carried there (docs/chatwoot.md)."""
    chatwoot_account_id: int = 0
    chatwoot_inbox_id: int = 0
    chatwoot_token: SecretStr = SecretStr("")
    """A user's access token, not an agent bot's."""
    chatwoot_webhook_secret: SecretStr = SecretStr("")
    shopify_shop: str = ""
    """The shop's permanent name, such as example.myshopify.com (docs/platforms.md)."""
    shopify_token: SecretStr = SecretStr("")
    shopify_api_version: str = Field(default="2026-10", pattern=r"^20\d\d-(01|04|07|10)$")
    shopify_webhook_secret: SecretStr = SecretStr("")
    """The app's client secret, which signs its webhooks."""
    woocommerce_url: str = ""
    """Where the shop's WordPress is, such as https://shop.example."""
    woocommerce_key: SecretStr = SecretStr("")
    woocommerce_secret: SecretStr = SecretStr("")
    woocommerce_webhook_secret: SecretStr = SecretStr("")
    refunds: Literal["", "embedded", "stripe", "shopify"] = ""
    """Who moves the money back; else whichever is configured (docs/refunds.md)."""
    stripe_key: SecretStr = SecretStr("")
    """A restricted key that may read and write refunds, and read charges and payment intents, will do."""
    stripe_api_url: str = "https://api.stripe.com"
    platforms: Path = ROOT / "policy" / "platforms.yml"
    """What the shop's tags, types and gateways are called here (docs/platforms.md)."""
    carriers: Path = ROOT / "policy" / "carriers.yml"
    """Which carrier takes parcels from which country."""
    easypost_api_key: SecretStr = SecretStr("")
    easypost_api_url: str = "https://api.easypost.com/v2"
    easypost_webhook_secret: SecretStr = SecretStr("")
    karrio_credentials: SecretStr = SecretStr("")
    """JSON: what the connector of each carrier wants, by the carrier's code in policy/carriers.yml."""
    karrio_webhook_secret: SecretStr = SecretStr("")
    """The secret that a karrio server gave its webhook; it sends it along as X-Event-Id."""
    carrier_timeout: float = Field(default=12.0, ge=0.5, le=120)
    """Seconds that a carrier gets to answer; a shopper waits for the label meanwhile."""
    actions_port: int = Field(default=5055, ge=1, le=65535)
    """On loopback only: where Rasa calls the actions."""
    rasa_url: str = "http://127.0.0.1:5005"
    sessions_per_minute: int = Field(default=120, ge=1)
    """New conversations from one address; an office or a mobile carrier is one address for many shoppers."""
    wrong_keys_per_minute: int = Field(default=20, ge=1)
    """Of the staff API, from one address, before the next are refused for a while."""
    messages_per_minute: int = Field(default=120, ge=1)
    """Messages of one conversation."""
    turn_timeout: float = Field(default=20.0, gt=0)
    """Seconds that a turn may take before the shopper is told to try again; far under Rasa's 60 s conversation lock."""

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("expected sqlite:///FILE or postgresql://USER@HOST/NAME")
        return url

    @field_validator("trusted_proxies", "hooks_allow", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        parts = value.split(",") if isinstance(value, str) else None
        return value if parts is None else tuple(ip_network(part.strip()) for part in parts if part.strip())

    @property
    def internal_key(self) -> str:
        """What the gateway and Rasa show each other on loopback (RETOUR_INTERNAL_KEY in Rasa's environment). Derived,
        so that there is one secret to keep, and not the secret itself, so that Rasa's process cannot sign a shopper's
        token."""
        return hmac.new(self.secret_key.get_secret_value().encode(), b"retour loopback", hashlib.sha256).hexdigest()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.var / 'retour.db'}"

    @property
    def address(self) -> str:
        """The address that shoppers reach the gateway at, without a slash at the end."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @classmethod
    def load(cls, **overrides: object) -> Self:
        try:
            return cls(**overrides)  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            name = "RETOUR_" + "_".join(str(part) for part in first["loc"]).upper()
            raise ConfigurationError(f"{name}: {first['msg']}") from error
