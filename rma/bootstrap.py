"""The one place that builds adapters and puts the pieces together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.carriers.embedded import EmbeddedCarrier
from rma.desks.chatwoot import ChatwootAccount, ChatwootDesk, said_by_agent
from rma.desks.console import ConsoleDesk
from rma.links import Links
from rma.model.desks import Desk, SaidAtDesk
from rma.model.errors import ConfigurationError
from rma.model.outgoing import Medium, MessageChannel
from rma.model.shipping import Carrier
from rma.model.shop import Shop, load_shop
from rma.notify.embedded import EmbeddedChannel
from rma.notify.mail_layout import MailLayout
from rma.notify.smtp import SmtpMail
from rma.notify.smtp_url import mail_sender, mail_server
from rma.notify.twilio_sms import TwilioAccount, TwilioSms
from rma.papers import Papers
from rma.policy import Policy, load_policy
from rma.service.agents import AgentDesk
from rma.service.bell import Bell
from rma.service.canned import load_canned
from rma.service.codes import CodeDesk
from rma.service.conversations import ConversationDesk
from rma.service.copies import Copies
from rma.service.curfew import Curfew
from rma.service.desks import DeskBridge
from rma.service.dispatch import Dispatcher
from rma.service.fallbacks import Fallbacks
from rma.service.fetching import FetchDesk
from rma.service.figures import SupportFigures
from rma.service.hours import BusinessHours
from rma.service.identity import IdentityDesk
from rma.service.inbound import InboundDesk, Reading
from rma.service.letters import Letters, Words
from rma.service.mails import Mails
from rma.service.notices import NoticeDesk
from rma.service.outbox import OutboxDesk
from rma.service.ports import Clock, Transactions
from rma.service.posting import Posting
from rma.service.privacy import PrivacyDesk
from rma.service.promises import Promises
from rma.service.reminders import ReminderDesk
from rma.service.returns import ReturnDesk
from rma.service.review import ReviewDesk
from rma.service.rights import Rights
from rma.service.rulings import RulingDesk
from rma.service.shop import ShopDesk
from rma.service.support import SupportDesk
from rma.service.team_figures import TeamFigures
from rma.service.text_messages import TextMessages
from rma.service.withdrawals import WithdrawalDesk
from rma.settings import Settings
from rma.store.desks import SqlDeskQueue
from rma.store.engine import create_engine, transactions
from rma.store.privacy import SqlPersonalData
from rma.store.serials import serials
from rma.store.shown import shown_messages
from rma.store.volumes import volumes
from rma.texts import Texts, load_texts


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Container:
    settings: Settings
    engine: AsyncEngine
    texts: Texts
    clock: Clock
    policy: Policy
    shop_profile: Shop
    transactions: Transactions
    carrier: Carrier
    links: Links
    outbox: OutboxDesk
    desk: ConversationDesk
    identity: IdentityDesk
    returns: ReturnDesk
    shop: ShopDesk
    withdrawals: WithdrawalDesk
    dispatcher: Dispatcher
    """Sends what is in the outbox, in whichever process runs it."""
    notices: NoticeDesk
    reminders: ReminderDesk
    codes: CodeDesk
    inbound: InboundDesk
    """Text messages that came in."""
    reviews: ReviewDesk
    hours: BusinessHours
    """When people of the shop answer."""
    promises: Promises
    support: SupportDesk
    rulings: RulingDesk
    """What people decide about returns."""
    fetching: FetchDesk
    agents: AgentDesk
    figures: SupportFigures
    team: TeamFigures
    """What a team lead asks for."""
    privacy: PrivacyDesk
    bridge: DeskBridge
    """To the desk where people of the team work, when that is not our own console."""
    said_at_desk: SaidAtDesk
    """What a webhook of that desk says that somebody of the team said, if anything."""


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


def open_desk(settings: Settings, texts: Texts) -> Desk:
    """Where people of the team work: Chatwoot where it is configured, else our own console. Raises ConfigurationError for a
    Chatwoot that is half configured."""
    given = {
        "RETOUR_CHATWOOT_URL": settings.chatwoot_url,
        "RETOUR_CHATWOOT_ACCOUNT_ID": settings.chatwoot_account_id,
        "RETOUR_CHATWOOT_INBOX_ID": settings.chatwoot_inbox_id,
        "RETOUR_CHATWOOT_TOKEN": settings.chatwoot_token.get_secret_value(),
        "RETOUR_CHATWOOT_WEBHOOK_SECRET": settings.chatwoot_webhook_secret.get_secret_value(),
    }
    if not any(given.values()):
        return ConsoleDesk()
    if lacking := [name for name, value in given.items() if not value]:
        raise ConfigurationError(f"{', '.join(lacking)}: not set, but Chatwoot needs all of {', '.join(given)}")
    if not settings.chatwoot_url.startswith(("https://", "http://")):
        raise ConfigurationError("RETOUR_CHATWOOT_URL: expected an address such as https://chat.example.com")
    token = settings.chatwoot_token.get_secret_value()
    account = ChatwootAccount(
        settings.chatwoot_url, settings.chatwoot_account_id, settings.chatwoot_inbox_id, token
    )
    return ChatwootDesk(account, texts)


@asynccontextmanager
async def open_container(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Container]:
    """Everything built from `settings`, for a database that is migrated already. Raises ConfigurationError."""
    texts, policy, profile = load_texts(settings.texts), load_policy(settings.policy), load_shop(settings.shop)
    engine = create_engine(settings.database)
    bell = Bell()
    work = transactions(engine, bell.ring)
    carrier = EmbeddedCarrier(allocate=serials(engine), issuer=profile.returns_address.country)
    links = Links(settings.secret_key.get_secret_value(), settings.address)
    outbox = OutboxDesk(work, clock, texts, links, profile.name)
    desk = ConversationDesk(work, clock, texts, outbox)
    hours, rights = BusinessHours(profile, texts), Rights(profile.agents)
    promises = Promises(profile, hours, texts)
    letters = letters_of(texts, links, profile, policy, promises)
    posting = Posting(outbox, clock, letters, profile, links.usable)
    outbox.on_lost(Fallbacks(posting).lost)
    notices = NoticeDesk(work, posting)
    identity, returns = IdentityDesk(work, clock), ReturnDesk(work, clock, policy, profile, carrier, notices)
    withdrawals = WithdrawalDesk(work, clock, texts, identity, returns, notices)
    channels, other = open_channels(settings, engine, clock, profile.name, texts), open_desk(settings, texts)
    agents, figures = AgentDesk(work, clock), SupportFigures(work, clock, hours)
    support = SupportDesk(
        work, clock, desk, rights, Copies(outbox, texts), load_canned(settings.canned), profile.name
    )
    try:
        yield Container(
            settings=settings,
            engine=engine,
            texts=texts,
            clock=clock,
            policy=policy,
            shop_profile=profile,
            transactions=work,
            carrier=carrier,
            links=links,
            outbox=outbox,
            desk=desk,
            identity=identity,
            returns=returns,
            shop=ShopDesk(work),
            withdrawals=withdrawals,
            dispatcher=Dispatcher(
                work,
                clock,
                channels,
                Papers(returns, withdrawals, profile, texts).draw,
                outbox.failed,
                bell,
                Curfew(work, profile.quiet_hours).held,
            ),
            notices=notices,
            reminders=ReminderDesk(work, clock, notices, profile),
            codes=CodeDesk(work, clock, outbox, letters, settings.secret_key.get_secret_value()),
            inbound=InboundDesk(work, clock, desk, outbox, reading_of(settings)),
            reviews=ReviewDesk(work, clock),
            hours=hours,
            promises=promises,
            support=support,
            rulings=RulingDesk(work, clock, returns, desk, rights, texts, notices),
            fetching=FetchDesk(work, clock, desk, promises, profile.market),
            agents=agents,
            figures=figures,
            team=TeamFigures(work, clock, hours, figures, volumes(engine)),
            privacy=PrivacyDesk(SqlPersonalData(engine), clock, profile),
            bridge=DeskBridge(
                other, SqlDeskQueue(engine), work, clock, desk, support, agents, f"{settings.address}/console/c/"
            ),
            said_at_desk=said_by_agent,
        )
    finally:
        for channel in set(channels.values()):
            await channel.close()
        await other.close()
        await engine.dispose()
