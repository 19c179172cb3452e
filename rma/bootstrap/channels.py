"""The ways out of the house, and how what leaves is put into words."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.links import Links
from rma.model.errors import ConfigurationError
from rma.model.outgoing import Medium, MessageChannel
from rma.model.shop import Shop
from rma.notify.embedded import EmbeddedChannel
from rma.notify.mail_layout import MailLayout
from rma.notify.smtp import SmtpMail
from rma.notify.smtp_url import mail_sender, mail_server
from rma.notify.twilio_sms import TwilioAccount, TwilioSms
from rma.policy import Policy
from rma.service.inbound import Reading
from rma.service.letters import Letters, Words
from rma.service.mails import Mails
from rma.service.ports import Clock
from rma.service.promises import Promises
from rma.service.text_messages import TextMessages
from rma.settings import Settings
from rma.store.shown import shown_messages
from rma.texts import Texts


def letters_of(
    texts: Texts, links: Links, shop: Shop, policy: Policy, promises: Promises
) -> Mapping[Medium, Letters]:
    """How what leaves is put into words, by the way it goes."""
    return {
        Medium.EMAIL: Mails(Words(texts, links, shop, policy, promises.by_when, "email")),
        Medium.SMS: TextMessages(Words(texts, links, shop, policy, promises.by_when, "sms")),
    }


def open_channels(
    settings: Settings, engine: AsyncEngine, clock: Clock, shop_name: str, texts: Texts
) -> Mapping[Medium, MessageChannel]:
    """The ways out: the real ones where they are configured, else the embedded one. Raises ConfigurationError for one that is half
    configured."""
    embedded = EmbeddedChannel(*shown_messages(engine, clock))
    channels: dict[Medium, MessageChannel] = {Medium.SMS: embedded, Medium.EMAIL: embedded}
    if account := twilio_account(settings):
        channels[Medium.SMS] = TwilioSms(account)
    if mail := mail_channel(settings, shop_name, texts):
        channels[Medium.EMAIL] = mail
    return channels


def mail_channel(settings: Settings, shop_name: str, texts: Texts) -> SmtpMail | None:
    """None where no mail server is configured. Raises ConfigurationError."""
    if not settings.smtp_url.get_secret_value():
        return None
    server = mail_server(settings.smtp_url.get_secret_value())
    sender = mail_sender(settings.mail_from, urlsplit(settings.public_url).hostname, shop_name)
    layout = MailLayout(shop_name, settings.address, texts)
    return SmtpMail(server, sender, layout, settings.smtp_per_second, settings.smtp_timeout)


def reading_of(settings: Settings) -> Reading:
    """How text messages are read. Without an account nobody but us answers STOP."""
    return Reading(
        quiet=settings.sms_quiet,
        patience=settings.sms_patience,
        per_minute=settings.sms_per_minute,
        provider_answers=bool(settings.twilio_account_sid) and settings.twilio_answers_keywords,
    )


def twilio_account(settings: Settings) -> TwilioAccount | None:
    """None where Twilio is not configured; its token alone serves to check what comes in. Raises ConfigurationError."""
    token = settings.twilio_auth_token.get_secret_value()
    given = {
        "RETOUR_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "RETOUR_TWILIO_AUTH_TOKEN": token,
        "RETOUR_TWILIO_FROM": settings.twilio_from,
    }
    if not settings.twilio_account_sid and not settings.twilio_from:
        return None
    if lacking := [name for name, value in given.items() if not value]:
        raise ConfigurationError(f"{', '.join(lacking)}: not set, but Twilio needs all of {', '.join(given)}")
    return TwilioAccount(
        sid=settings.twilio_account_sid,
        token=token,
        sender=settings.twilio_from,
        api_url=settings.twilio_api_url,
        callback=f"{settings.address}/webhooks/twilio/status" if settings.public_url else None,
        per_second=settings.twilio_per_second,
        longest=settings.twilio_timeout,
    )
