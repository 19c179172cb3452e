"""Alembic's entry: the connection comes from rma.store.migrate, or `alembic -x url=...` while a migration is written."""

from alembic import context
from sqlalchemy import create_engine

from rma.store import (
    desk_tables,
    goods_tables,
    hook_tables,
    insight_tables,
    messaging_tables,
    platform_tables,
    privacy_tables,
    refund_tables,
    staff_tables,
    support_tables,
    tracking_tables,
)
from rma.store.migrate import sync_url

_EVERY_TABLE = (
    desk_tables,
    goods_tables,
    hook_tables,
    insight_tables,
    messaging_tables,
    platform_tables,
    privacy_tables,
    refund_tables,
    staff_tables,
    support_tables,
    tracking_tables,
)

connection = context.config.attributes.get("connection")
if connection is None:
    connection = create_engine(sync_url(context.get_x_argument(as_dictionary=True)["url"])).connect()
context.configure(
    connection=connection,
    target_metadata=_EVERY_TABLE[0].Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
