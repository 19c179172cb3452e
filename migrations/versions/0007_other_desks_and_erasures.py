"""other desks, and erasures"""

from alembic import op
import sqlalchemy as sa


revision = '0007'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table('desk_threads',
    sa.Column('conversation', sa.String(length=40), nullable=False),
    sa.Column('contact', sa.Integer(), nullable=True),
    sa.Column('thread', sa.Integer(), nullable=True),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.Column('stretch', sa.Integer(), nullable=False),
    sa.Column('since', sa.Integer(), nullable=False),
    sa.Column('created_at', moment, nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation'),
    sa.UniqueConstraint('thread')
    )
    op.create_table('desk_events',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('conversation', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('message', sa.Integer(), nullable=True),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', moment, nullable=False),
    sa.Column('claimed_at', moment, nullable=True),
    sa.Column('done_at', moment, nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', moment, nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key'),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('desk_events', schema=None) as batch_op:
        batch_op.create_index('ix_desk_events_due', ['status', 'not_before'], unique=False)
        batch_op.create_index('ix_desk_events_lane', ['conversation', 'id'], unique=False)

    op.create_table('erasures',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('subject', sa.String(length=10), nullable=False),
    sa.Column('erased', sa.JSON(), nullable=False),
    sa.Column('kept', sa.JSON(), nullable=False),
    sa.Column('waiting', sa.JSON(), nullable=False),
    sa.Column('finished_at', moment, nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('erasures', schema=None) as batch_op:
        batch_op.create_index('ix_erasures_open', ['finished_at'], unique=False)

    op.create_table('erased_orders',
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('order_id')
    )


def downgrade() -> None:
    op.drop_table('erased_orders')
    with op.batch_alter_table('erasures', schema=None) as batch_op:
        batch_op.drop_index('ix_erasures_open')

    op.drop_table('erasures')
    with op.batch_alter_table('desk_events', schema=None) as batch_op:
        batch_op.drop_index('ix_desk_events_lane')
        batch_op.drop_index('ix_desk_events_due')

    op.drop_table('desk_events')
    op.drop_table('desk_threads')
