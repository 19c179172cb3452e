"""orders found by the customer's phone"""

import json

import phonenumbers
import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('phone', sa.String(length=20), nullable=True))
        batch_op.create_index(batch_op.f('ix_orders_phone'), ['phone'], unique=False)
    with op.batch_alter_table('inbound', schema=None) as batch_op:
        batch_op.create_index('ix_inbound_sender', ['sender', 'received_at'], unique=False)
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    orders = sa.table('orders', sa.column('id', sa.Integer), sa.column('document', sa.JSON), sa.column('phone', sa.String))
    last = 0
    while rows := connection.execute(
        sa.select(orders.c.id, orders.c.document).where(orders.c.id > last).order_by(orders.c.id).limit(1000)
    ).all():
        found = [{'key': row.id, 'number': number} for row in rows if (number := _phone(row.document))]
        if found:
            change = sa.update(orders).where(orders.c.id == sa.bindparam('key')).values(phone=sa.bindparam('number'))
            connection.execute(change, found)
        last = rows[-1].id


def _phone(document) -> str | None:
    document = json.loads(document) if isinstance(document, str) else document
    written = (document.get('customer') or {}).get('phone')
    country = (document.get('shipping_address') or {}).get('country')
    try:
        number = phonenumbers.parse(written or '', country)
    except phonenumbers.NumberParseException:
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return found if len(found) <= 16 else None


def downgrade() -> None:
    with op.batch_alter_table('inbound', schema=None) as batch_op:
        batch_op.drop_index('ix_inbound_sender')
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_orders_phone'))
        batch_op.drop_column('phone')
