"""events for others"""

from alembic import op
import sqlalchemy as sa


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table('hook_endpoints',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('events', sa.JSON(), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=16), nullable=False),
    sa.Column('paused', sa.Boolean(), nullable=False),
    sa.Column('why', sa.String(length=200), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('failing_since', moment, nullable=True),
    sa.Column('rest_until', moment, nullable=True),
    sa.Column('last_error', sa.String(length=200), nullable=True),
    sa.Column('delivered_at', moment, nullable=True),
    sa.Column('created_at', moment, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True
    )
    op.create_table('hook_deliveries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('endpoint_id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', moment, nullable=False),
    sa.Column('claimed_at', moment, nullable=True),
    sa.Column('sent_at', moment, nullable=True),
    sa.Column('error', sa.String(length=200), nullable=True),
    sa.Column('code', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['endpoint_id'], ['hook_endpoints.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['event_id'], ['return_events.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('endpoint_id', 'event_id', name='uq_hook_deliveries_once')
    )
    with op.batch_alter_table('hook_deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_hook_deliveries_due', ['endpoint_id', 'status', 'event_id'], unique=False)
        batch_op.create_index('ix_hook_deliveries_order', ['endpoint_id', 'return_id', 'event_id'], unique=False)
        batch_op.create_index('ix_hook_deliveries_sent', ['status', 'sent_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_hook_deliveries_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_hook_deliveries_return_id'), ['return_id'], unique=False)
    with op.batch_alter_table('return_events', schema=None) as batch_op:
        # /api/epcis pages through what happened in the order of time.
        batch_op.create_index('ix_return_events_at', ['at', 'id'], unique=False)
    with op.batch_alter_table('return_units', schema=None) as batch_op:
        batch_op.create_index('ix_return_units_at', ['at', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('return_units', schema=None) as batch_op:
        batch_op.drop_index('ix_return_units_at')
    with op.batch_alter_table('return_events', schema=None) as batch_op:
        batch_op.drop_index('ix_return_events_at')
    op.drop_table('hook_deliveries')
    op.drop_table('hook_endpoints')
