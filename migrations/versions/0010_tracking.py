"""what carriers say of parcels"""

from alembic import op
import sqlalchemy as sa


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table('carrier_shipments',
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('carrier', sa.String(length=100), nullable=False),
    sa.Column('asked_at', moment, nullable=False),
    sa.Column('tracking_number', sa.String(length=40), nullable=True),
    sa.Column('made', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('key'),
    sa.UniqueConstraint('carrier', 'tracking_number', name='uq_carrier_shipments_number')
    )
    op.create_table('carrier_papers',
    sa.Column('carrier', sa.String(length=100), nullable=False),
    sa.Column('tracking_number', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('mime', sa.String(length=40), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('carrier', 'tracking_number', 'kind', 'mime')
    )
    op.create_table('tracking_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('carrier', sa.String(length=100), nullable=False),
    sa.Column('tracking_number', sa.String(length=40), nullable=False),
    sa.Column('provider_id', sa.String(length=100), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('noted_at', moment, nullable=False),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('carrier', 'tracking_number', 'provider_id', name='uq_tracking_events_once')
    )
    op.create_index('ix_tracking_events_return', 'tracking_events', ['return_id', 'at'], unique=False)
    op.create_table('parcel_looks',
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('next_at', moment, nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['return_id'], ['returns.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('return_id')
    )
    op.create_index('ix_parcel_looks_next', 'parcel_looks', ['next_at'], unique=False)
    op.create_table('embedded_scans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tracking_number', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('at', moment, nullable=False),
    sa.Column('place', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_embedded_scans_number', 'embedded_scans', ['tracking_number', 'id'], unique=False)


def downgrade() -> None:
    for name in ('embedded_scans', 'parcel_looks', 'tracking_events', 'carrier_papers', 'carrier_shipments'):
        op.drop_table(name)
