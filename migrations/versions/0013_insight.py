"""figures for the merchant"""

from alembic import op
import sqlalchemy as sa


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    counts = ('units', 'announced', 'received', 'accepted', 'rejected', 'missing', 'refunded')
    op.create_table('insight_lines',
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.String(length=100), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('shopper', sa.BigInteger(), nullable=False),
    sa.Column('lead', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(length=30), nullable=False),
    sa.Column('requested_on', sa.Date(), nullable=False),
    sa.Column('month', sa.Integer(), nullable=False),
    sa.Column('ordered_month', sa.Integer(), nullable=False),
    sa.Column('lag_days', sa.Integer(), nullable=False),
    sa.Column('refund_month', sa.Integer(), nullable=True),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('market', sa.String(length=2), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    *(sa.Column(name, sa.String(length=500), nullable=False) for name in ('category', 'product', 'size', 'color')),
    *(sa.Column(name, sa.String(length=30), nullable=False) for name in ('reason', 'resolution', 'method')),
    sa.Column('carrier', sa.String(length=100), nullable=False),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
    sa.Column('unit_minor', sa.BigInteger(), nullable=False),
    sa.Column('parcels', sa.Integer(), nullable=False),
    sa.Column('grams', sa.Integer(), nullable=True),
    sa.Column('refund_minor', sa.BigInteger(), nullable=False),
    sa.Column('outbound_minor', sa.BigInteger(), nullable=False),
    sa.Column('shopper_minor', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('return_id', 'line_id')
    )
    with op.batch_alter_table('insight_lines', schema=None) as batch_op:
        batch_op.create_index('ix_insight_lines_month', ['month'], unique=False)
        batch_op.create_index('ix_insight_lines_ordered', ['ordered_month'], unique=False)
        batch_op.create_index('ix_insight_lines_refund', ['refund_month'], unique=False)
        batch_op.create_index(batch_op.f('ix_insight_lines_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_insight_lines_shopper'), ['shopper'], unique=False)
    op.create_table('insight_outcomes',
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.String(length=100), nullable=False),
    sa.Column('disposition', sa.String(length=30), nullable=False),
    sa.Column('month', sa.Integer(), nullable=False),
    sa.Column('market', sa.String(length=2), nullable=False),
    sa.Column('category', sa.String(length=500), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('value_minor', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(
        ['return_id', 'line_id'], ['insight_lines.return_id', 'insight_lines.line_id'], ondelete='CASCADE'
    ),
    sa.PrimaryKeyConstraint('return_id', 'line_id', 'disposition')
    )
    with op.batch_alter_table('insight_outcomes', schema=None) as batch_op:
        batch_op.create_index('ix_insight_outcomes_month', ['month'], unique=False)
    op.create_table('insight_sold',
    sa.Column('month', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('market', sa.String(length=2), nullable=False),
    *(sa.Column(name, sa.String(length=500), nullable=False) for name in ('category', 'product', 'size')),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('value_minor', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'market', 'category', 'product', 'size', 'currency')
    )
    op.create_table('insight_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('placed_at', moment, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_orders_placed_at'), ['placed_at'], unique=False)
    with op.batch_alter_table('returns', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_returns_version'), ['version'], unique=False)
    # What is there already is counted at the next start.
    op.execute('INSERT INTO insight_changes (order_id, placed_at) SELECT id, placed_at FROM orders')


def downgrade() -> None:
    with op.batch_alter_table('returns', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_returns_version'))
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_orders_placed_at'))
    for name in ('insight_changes', 'insight_sold', 'insight_outcomes', 'insight_lines'):
        op.drop_table(name)
