"""The one place that builds adapters and puts the pieces together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.carriers.embedded import EmbeddedCarrier
from rma.links import Links
from rma.model.outgoing import Medium, MessageChannel
from rma.model.shipping import Carrier
from rma.model.shop import Shop, load_shop
from rma.notify.embedded import EmbeddedChannel
from rma.papers import Papers
from rma.policy import Policy, load_policy
from rma.service.conversations import ConversationDesk
from rma.service.dispatch import Dispatcher
from rma.service.identity import IdentityDesk
from rma.service.outbox import OutboxDesk
from rma.service.ports import Clock, Transactions
from rma.service.returns import ReturnDesk
from rma.service.shop import ShopDesk
from rma.service.withdrawals import WithdrawalDesk
from rma.settings import Settings
from rma.store.engine import create_engine, transactions
from rma.store.serials import serials
from rma.store.shown import shown_messages
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


def open_channels(engine: AsyncEngine, clock: Clock) -> Mapping[Medium, MessageChannel]:
    """The ways out: the real ones where they are configured, else the embedded one."""
    embedded = EmbeddedChannel(*shown_messages(engine, clock))
    return {Medium.SMS: embedded, Medium.EMAIL: embedded}


@asynccontextmanager
async def open_container(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Container]:
    """Everything built from `settings`, for a database that is migrated already. Raises ConfigurationError."""
    texts, policy, profile = load_texts(settings.texts), load_policy(settings.policy), load_shop(settings.shop)
    engine = create_engine(settings.database)
    work = transactions(engine)
    carrier = EmbeddedCarrier(allocate=serials(engine), issuer=profile.returns_address.country)
    links = Links(settings.secret_key.get_secret_value(), settings.address)
    outbox = OutboxDesk(work, clock, texts, links, profile.name)
    identity, returns = IdentityDesk(work, clock), ReturnDesk(work, clock, policy, profile, carrier)
    withdrawals = WithdrawalDesk(work, clock, texts, identity, returns)
    channels = open_channels(engine, clock)
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
            desk=ConversationDesk(work, clock, texts, outbox),
            identity=identity,
            returns=returns,
            shop=ShopDesk(work),
            withdrawals=withdrawals,
            dispatcher=Dispatcher(
                work, clock, channels, Papers(returns, withdrawals, profile, texts).draw, outbox.failed
            ),
        )
    finally:
        for channel in set(channels.values()):
            await channel.close()
        await engine.dispose()
