"""what shop platforms are told"""

from alembic import op
import sqlalchemy as sa


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table('stock_moves',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('counted', sa.Boolean(), nullable=False),
    sa.Column('cause', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('stock_moves', schema=None) as batch_op:
        batch_op.create_index('ix_stock_moves_counted', ['sku', 'counted'], unique=False)

    op.create_table('stock_reservations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('order_key', sa.String(length=100), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('counted', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('placed_as', sa.String(length=100), nullable=True),
    sa.Column('at', moment, nullable=False),
    sa.CheckConstraint('quantity >= 1', name='ck_stock_reservations_quantity'),
    sa.CheckConstraint("(state = 'placed') = (placed_as IS NOT NULL)", name='ck_stock_reservations_placed'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key'),
    sa.UniqueConstraint('placed_as')
    )
    with op.batch_alter_table('stock_reservations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_reservations_order_key'), ['order_key'], unique=False)

    op.create_table('platform_refunds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('order_key', sa.String(length=100), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('platform_refunds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_platform_refunds_order_key'), ['order_key'], unique=False)

    op.create_table('platform_cursors',
    sa.Column('platform', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('upto', moment, nullable=True),
    sa.Column('whole_at', moment, nullable=True),
    sa.Column('ran_at', moment, nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('platform', 'kind')
    )
    op.create_table('stock_tellings',
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', moment, nullable=False),
    sa.Column('unsure_since', moment, nullable=True),
    sa.Column('stuck', sa.Boolean(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['unit_id'], ['return_units.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('unit_id')
    )
    with op.batch_alter_table('stock_tellings', schema=None) as batch_op:
        batch_op.create_index('ix_stock_tellings_due', ['stuck', 'not_before'], unique=False)

    op.create_table('refund_tellings',
    sa.Column('refund_id', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', moment, nullable=False),
    sa.Column('stuck', sa.Boolean(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['refund_id'], ['refunds.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('refund_id')
    )
    with op.batch_alter_table('refund_tellings', schema=None) as batch_op:
        batch_op.create_index('ix_refund_tellings_due', ['stuck', 'not_before'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('refund_tellings', schema=None) as batch_op:
        batch_op.drop_index('ix_refund_tellings_due')

    op.drop_table('refund_tellings')
    with op.batch_alter_table('stock_tellings', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_tellings_due')

    op.drop_table('stock_tellings')
    op.drop_table('platform_cursors')
    with op.batch_alter_table('platform_refunds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_platform_refunds_order_key'))

    op.drop_table('platform_refunds')
    with op.batch_alter_table('stock_reservations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_reservations_order_key'))

    op.drop_table('stock_reservations')
    with op.batch_alter_table('stock_moves', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_moves_counted')

    op.drop_table('stock_moves')
