"""keys of the staff API, and its idempotency keys"""

from alembic import op
import sqlalchemy as sa


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table('api_keys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('public', sa.String(length=20), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('created_at', moment, nullable=False),
    sa.Column('last_used_at', moment, nullable=True),
    sa.Column('revoked_at', moment, nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    sa.UniqueConstraint('public')
    )
    op.create_table('staff_requests',
    sa.Column('owner', sa.String(length=60), nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('token', sa.String(length=32), nullable=False),
    sa.Column('started_at', moment, nullable=False),
    sa.Column('tried_at', moment, nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('headers', sa.JSON(), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('owner', 'key')
    )
    with op.batch_alter_table('staff_requests', schema=None) as batch_op:
        batch_op.create_index('ix_staff_requests_started_at', ['started_at'], unique=False)


def downgrade() -> None:
    op.drop_table('staff_requests')
    op.drop_table('api_keys')
