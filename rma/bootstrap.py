"""The one place that builds adapters and puts the pieces together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from rma.carriers.embedded import EmbeddedCarrier
from rma.model.shipping import Carrier
from rma.model.shop import Shop, load_shop
from rma.policy import Policy, load_policy
from rma.service.conversations import ConversationDesk
from rma.service.identity import IdentityDesk
from rma.service.ports import Clock, Transactions
from rma.service.returns import ReturnDesk
from rma.service.shop import ShopDesk
from rma.service.withdrawals import WithdrawalDesk
from rma.settings import Settings
from rma.store.engine import create_engine, transactions
from rma.store.serials import serials
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
    desk: ConversationDesk
    identity: IdentityDesk
    returns: ReturnDesk
    shop: ShopDesk
    withdrawals: WithdrawalDesk


@asynccontextmanager
async def open_container(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Container]:
    """Everything built from `settings`, for a database that is migrated already. Raises ConfigurationError."""
    texts, policy, profile = load_texts(settings.texts), load_policy(settings.policy), load_shop(settings.shop)
    engine = create_engine(settings.database)
    work = transactions(engine)
    carrier = EmbeddedCarrier(allocate=serials(engine), issuer=profile.returns_address.country)
    identity, returns = IdentityDesk(work, clock), ReturnDesk(work, clock, policy, profile, carrier)
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
            desk=ConversationDesk(work, clock, texts),
            identity=identity,
            returns=returns,
            shop=ShopDesk(work),
            withdrawals=WithdrawalDesk(work, clock, texts, identity, returns),
        )
    finally:
        await engine.dispose()
