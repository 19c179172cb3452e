"""The one place that builds adapters and puts the pieces together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.bootstrap.carriers import Carriers, open_carriers
from rma.bootstrap.channels import letters_of, mail_channel, open_channels, reading_of, twilio_account
from rma.bootstrap.desks import open_desk
from rma.bootstrap.hooks import open_hooks
from rma.bootstrap.platforms import open_platform, open_shopify
from rma.bootstrap.refunds import open_refunds
from rma.desks.chatwoot import said_by_agent
from rma.links import Links
from rma.model.desks import SaidAtDesk
from rma.model.insight_policy import load_insight
from rma.model.platforms import ShopPlatform
from rma.model.shipping import Carrier
from rma.model.shop import Shop, load_shop
from rma.papers import Papers
from rma.policy import Policy, load_policy
from rma.policy.dispositions import load_dispositions
from rma.policy.markets import market_of
from rma.service.agents import AgentDesk
from rma.service.bell import Bell
from rma.service.books import BooksDesk
from rma.service.canned import load_canned
from rma.service.changing import ChangeDesk
from rma.service.codes import CodeDesk
from rma.service.conversations import ConversationDesk
from rma.service.copies import Copies
from rma.service.curfew import Curfew
from rma.service.customs import CustomsDesk
from rma.service.desks import DeskBridge
from rma.service.dispatch import Dispatcher
from rma.service.epcis import EpcisDesk
from rma.service.exchanges import ExchangeDesk
from rma.service.expiry import ExpiryDesk
from rma.service.fallbacks import Fallbacks
from rma.service.fetching import FetchDesk
from rma.service.figures import SupportFigures
from rma.service.hooks import HookDesk
from rma.service.hours import BusinessHours
from rma.service.identity import IdentityDesk
from rma.service.inbound import InboundDesk
from rma.service.insights.desk import InsightDesk
from rma.service.inspecting import InspectionDesk
from rma.service.keys import KeyDesk
from rma.service.notices import NoticeDesk
from rma.service.once import OnceDesk
from rma.service.outbox import OutboxDesk
from rma.service.ports import Clock, Transactions
from rma.service.posting import Posting
from rma.service.privacy import PrivacyDesk
from rma.service.promises import Promises
from rma.service.receiving import ReceivingDesk
from rma.service.refunds.desk import RefundDesk
from rma.service.reminders import ReminderDesk
from rma.service.returns import ReturnDesk
from rma.service.review import ReviewDesk
from rma.service.rights import Rights
from rma.service.rulings import RulingDesk
from rma.service.settling import SettlingDesk
from rma.service.shop import ShopDesk
from rma.service.standing import StandingDesk
from rma.service.stock import StockDesk
from rma.service.support import SupportDesk
from rma.service.sync import SyncDesk
from rma.service.team_figures import TeamFigures
from rma.service.telling import HookTeller
from rma.service.tracking import TrackingDesk
from rma.service.turns import TurnDesk
from rma.service.withdrawals import WithdrawalDesk
from rma.settings import Settings
from rma.store.desks import SqlDeskQueue
from rma.store.engine import create_engine, transactions
from rma.store.insight import SqlInsight
from rma.store.privacy import SqlPersonalData
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
    carriers: Carriers
    """What stands behind it: papers that carriers drew, what their webhooks say, where our own scans are written."""
    papers: Papers
    tracking: TrackingDesk
    customs: CustomsDesk
    links: Links
    outbox: OutboxDesk
    desk: ConversationDesk
    identity: IdentityDesk
    returns: ReturnDesk
    receiving: ReceivingDesk
    inspection: InspectionDesk
    expiry: ExpiryDesk
    changes: ChangeDesk
    """Another outcome for a return that stands."""
    refunds: RefundDesk
    standing: StandingDesk
    """Where returns and their money stand, to be told."""
    exchanges: ExchangeDesk
    """What goes out for what comes back."""
    keys: KeyDesk
    once: OnceDesk
    """Requests of programs that are sent again."""
    shop: ShopDesk
    platform: ShopPlatform
    """Where the shop sells."""
    sync: SyncDesk
    stock: StockDesk
    books: BooksDesk
    """Tells the platform of money that went back."""
    withdrawals: WithdrawalDesk
    turns: TurnDesk
    dispatcher: Dispatcher
    """Sends what is in the outbox, in whichever process runs it."""
    hooks: HookDesk
    teller: HookTeller
    """Delivers what happened to those outside who listen; runs beside the dispatcher."""
    epcis: EpcisDesk
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
    settling: SettlingDesk
    """What people pay and grant once the goods are on their way."""
    fetching: FetchDesk
    agents: AgentDesk
    figures: SupportFigures
    team: TeamFigures
    """What a team lead asks for."""
    insights: InsightDesk
    """What the merchant asks for."""
    privacy: PrivacyDesk
    bridge: DeskBridge
    """To the desk where people of the team work, when that is not our own console."""
    said_at_desk: SaidAtDesk
    """What a webhook of that desk says that somebody of the team said, if anything."""


@asynccontextmanager
async def open_container(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Container]:
    """Everything built from `settings`, for a database that is migrated already. Raises ConfigurationError."""
    texts, policy, profile = load_texts(settings.texts), load_policy(settings.policy), load_shop(settings.shop)
    engine = create_engine(settings.database)
    bell = Bell()
    work = transactions(engine, bell.ring)
    carriers = open_carriers(settings, engine, clock, profile)
    carrier = carriers.choice
    links = Links(settings.secret_key.get_secret_value(), settings.address)
    outbox = OutboxDesk(work, clock, texts, links, profile.name)
    desk = ConversationDesk(work, clock, texts, outbox)
    hours, rights = BusinessHours(profile, texts), Rights(profile.agents)
    promises = Promises(profile, hours, texts)
    letters = letters_of(texts, links, profile, policy, promises)
    posting = Posting(outbox, clock, letters, profile, links.usable)
    outbox.on_lost(Fallbacks(posting).lost)
    notices = NoticeDesk(work, posting)
    shopify = open_shopify(settings)
    platform, shop = open_platform(settings, engine, clock, shopify), ShopDesk(work, clock)
    sync, stock = SyncDesk(work, clock, platform, shop), StockDesk(work, clock, platform)
    identity = IdentityDesk(work, clock, None if platform.keeps_orders_here else sync.fetch)
    exchanges = ExchangeDesk(work, clock, platform)
    returns = ReturnDesk(work, clock, policy, profile, carrier, notices, exchanges)
    refunding = open_refunds(settings, engine, work, clock, policy, profile, shopify, exchanges, notices)
    receiving = ReceivingDesk(work, clock, returns, notices)
    customs = CustomsDesk(work)
    expiry = ExpiryDesk(work, clock, profile, receiving, notices)
    withdrawals = WithdrawalDesk(work, clock, texts, identity, returns, notices)
    papers = Papers(returns, withdrawals, customs, carriers.papers, profile, texts)
    channels, other = open_channels(settings, engine, clock, profile.name, texts), open_desk(settings, texts)
    hooks = open_hooks(settings, work, clock, links, bell)
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
            carriers=carriers,
            papers=papers,
            tracking=TrackingDesk(work, clock, carrier.by_code),
            customs=customs,
            links=links,
            outbox=outbox,
            desk=desk,
            identity=identity,
            returns=returns,
            receiving=receiving,
            inspection=InspectionDesk(work, clock, load_dispositions(settings.dispositions), notices, stock.nudge),
            expiry=expiry,
            changes=ChangeDesk(work, clock, policy),
            refunds=refunding.desk,
            standing=StandingDesk(work, clock, policy, refunding.desk),
            exchanges=exchanges,
            keys=KeyDesk(work, clock),
            once=OnceDesk(work, clock),
            shop=shop,
            platform=platform,
            sync=sync,
            stock=stock,
            books=BooksDesk(work, clock, platform, pays=refunding.gateway.code == platform.code),
            withdrawals=withdrawals,
            turns=TurnDesk(work, returns),
            dispatcher=Dispatcher(
                work,
                clock,
                channels,
                papers.draw,
                outbox.failed,
                bell,
                Curfew(work, profile.quiet_hours).held,
            ),
            hooks=hooks.desk,
            teller=hooks.teller,
            epcis=EpcisDesk(work, clock, profile.gs1, settings.address, market_of(profile.market).zone),
            notices=notices,
            reminders=ReminderDesk(work, clock, notices, profile),
            codes=CodeDesk(work, clock, outbox, letters, settings.secret_key.get_secret_value()),
            inbound=InboundDesk(work, clock, desk, outbox, reading_of(settings)),
            reviews=ReviewDesk(work, clock),
            hours=hours,
            promises=promises,
            support=support,
            rulings=RulingDesk(work, clock, returns, desk, rights, texts, notices),
            settling=SettlingDesk(work, clock, refunding.desk, expiry, desk, rights, texts),
            fetching=FetchDesk(work, clock, desk, promises, profile.market),
            agents=agents,
            figures=figures,
            team=TeamFigures(work, clock, hours, figures, volumes(engine)),
            insights=InsightDesk(
                SqlInsight(engine), clock, profile, load_insight(settings.insight), settings.secret_key.get_secret_value()
            ),
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
        await refunding.gateway.close()
        await sync.close()
        await stock.close()
        await platform.close()
        if shopify:
            await shopify.close()
        await carriers.close()
        await hooks.sender.close()
        await engine.dispose()

__all__ = ["Container", "letters_of", "mail_channel", "open_channels", "open_container", "twilio_account", "utc_now"]
