"""goods come back"""

from alembic import op
import sqlalchemy as sa


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

COUNTS = (
    "received >= 0 AND accepted >= 0 AND rejected >= 0 AND missing >= 0 AND refunded >= 0"
    " AND accepted + rejected <= received"
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table('return_lines', schema=None) as batch_op:
        for name in ('accepted', 'rejected', 'missing', 'refunded'):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default='0'))
        batch_op.drop_constraint('ck_return_lines_quantity', type_='check')
        batch_op.create_check_constraint('ck_return_lines_quantity', 'quantity >= 0')
        batch_op.create_check_constraint('ck_return_lines_counts', COUNTS)
    with op.batch_alter_table('return_events', schema=None) as batch_op:
        # What happened before anybody could listen is not told.
        batch_op.add_column(sa.Column('told', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.create_index('ix_return_events_told', ['told'], unique=False)
    op.create_table('goods_photos',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mime', sa.String(length=40), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('return_units',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.String(length=100), nullable=False),
    sa.Column('sku', sa.String(length=100), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('grade', sa.String(length=20), nullable=True),
    sa.Column('accepted', sa.Boolean(), nullable=False),
    sa.Column('disposition', sa.String(length=30), nullable=True),
    sa.Column('proposed', sa.String(length=30), nullable=True),
    sa.Column('rule', sa.String(length=100), nullable=False),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('apart', sa.Boolean(), nullable=False),
    sa.Column('photo', sa.Integer(), nullable=True),
    sa.Column('epcs', sa.JSON(), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.Column('stock_told_at', moment, nullable=True),
    sa.CheckConstraint('quantity >= 1', name='ck_return_units_quantity'),
    sa.ForeignKeyConstraint(['photo'], ['goods_photos.id']),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('return_units', schema=None) as batch_op:
        batch_op.create_index('ix_return_units_stock', ['disposition', 'stock_told_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_return_units_return_id'), ['return_id'], unique=False)
    op.create_table('parcels',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scanned', sa.String(length=200), nullable=True),
    sa.Column('return_number', sa.String(length=20), nullable=True),
    sa.Column('contents', sa.JSON(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('photo', sa.Integer(), nullable=True),
    sa.Column('at', moment, nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('settled_at', moment, nullable=True),
    sa.Column('settled_by', sa.String(length=100), nullable=True),
    sa.Column('outcome', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['photo'], ['goods_photos.id']),
    sa.ForeignKeyConstraint(['return_number'], ['returns.number']),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('parcels', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_parcels_return_number'), ['return_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_parcels_settled_at'), ['settled_at'], unique=False)


def downgrade() -> None:
    op.drop_table('parcels')
    op.drop_table('return_units')
    op.drop_table('goods_photos')
    with op.batch_alter_table('return_events', schema=None) as batch_op:
        batch_op.drop_index('ix_return_events_told')
        batch_op.drop_column('told')
    with op.batch_alter_table('return_lines', schema=None) as batch_op:
        batch_op.drop_constraint('ck_return_lines_counts', type_='check')
        batch_op.drop_constraint('ck_return_lines_quantity', type_='check')
        batch_op.create_check_constraint('ck_return_lines_quantity', 'quantity >= 1')
        for name in ('refunded', 'missing', 'rejected', 'accepted'):
            batch_op.drop_column(name)
