"""refunds, store credit, exchanges"""

from alembic import op
import sqlalchemy as sa


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table('refunds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('amount', sa.String(length=20), nullable=False),
    sa.Column('covered', sa.String(length=20), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('units', sa.JSON(), nullable=False),
    sa.Column('money', sa.JSON(), nullable=False),
    sa.Column('decided', sa.JSON(), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.Column('paid_at', moment, nullable=True),
    sa.Column('told_at', moment, nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id']),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('return_id', 'key', name='uq_refunds_once')
    )
    with op.batch_alter_table('refunds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_refunds_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_refunds_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refunds_return_id'), ['return_id'], unique=False)
        batch_op.create_index('ix_refunds_told', ['status', 'told_at'], unique=False)
    op.create_table('refund_parts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('refund_id', sa.Integer(), nullable=False),
    sa.Column('order', sa.String(length=100), nullable=False),
    sa.Column('method', sa.String(length=100), nullable=True),
    sa.Column('amount', sa.String(length=20), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('provider_id', sa.String(length=200), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('next_at', moment, nullable=True),
    sa.Column('claimed_at', moment, nullable=True),
    sa.ForeignKeyConstraint(['refund_id'], ['refunds.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('refund_parts', schema=None) as batch_op:
        batch_op.create_index('ix_refund_parts_open', ['status', 'next_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_parts_order'), ['order'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_parts_refund_id'), ['refund_id'], unique=False)
    op.create_table('payment_accounts',
    sa.Column('order_number', sa.String(length=100), nullable=False),
    sa.Column('method', sa.String(length=100), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('paid', sa.BigInteger(), nullable=False),
    sa.Column('refunded', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('refunded >= 0 AND refunded <= paid', name='ck_payment_accounts_at_most_paid'),
    sa.PrimaryKeyConstraint('order_number', 'method')
    )
    op.create_table('payment_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('order_number', sa.String(length=100), nullable=False),
    sa.Column('method', sa.String(length=100), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('payment_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_entries_order_number'), ['order_number'], unique=False)
    op.create_table('store_credits',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('return_number', sa.String(length=20), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('balance', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.CheckConstraint('balance >= 0 AND balance <= amount', name='ck_store_credits_balance'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('store_credits', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_store_credits_return_number'), ['return_number'], unique=False)
    op.create_table('credit_spendings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('credit_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.ForeignKeyConstraint(['credit_id'], ['store_credits.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('credit_spendings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_credit_spendings_credit_id'), ['credit_id'], unique=False)
    op.create_table('exchanges',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.String(length=100), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('difference', sa.String(length=20), nullable=False),
    sa.Column('value', sa.String(length=20), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('key', sa.String(length=150), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('sold_out', sa.Boolean(), nullable=False),
    sa.Column('reservation', sa.String(length=200), nullable=True),
    sa.Column('placed', sa.String(length=100), nullable=True),
    sa.Column('placed_key', sa.String(length=100), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('claimed_at', moment, nullable=True),
    sa.Column('at', moment, nullable=False),
    sa.CheckConstraint('quantity >= 1', name='ck_exchanges_quantity'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id']),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('exchanges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exchanges_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exchanges_placed_key'), ['placed_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_exchanges_return_id'), ['return_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_exchanges_status'), ['status'], unique=False)


def downgrade() -> None:
    for table in (
        'exchanges', 'credit_spendings', 'store_credits', 'payment_entries', 'payment_accounts', 'refund_parts', 'refunds'
    ):
        op.drop_table(table)
