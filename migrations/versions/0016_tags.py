"""single units that were read"""

from alembic import op
import sqlalchemy as sa


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'return_tags',
        sa.Column('unit_id', sa.Integer(), nullable=False),
        sa.Column('uri', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(['unit_id'], ['return_units.id'], name=op.f('fk_return_tags_unit_id_return_units'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('unit_id', 'uri', name=op.f('pk_return_tags')),
    )
    op.create_index(op.f('ix_return_tags_uri'), 'return_tags', ['uri'])


def downgrade() -> None:
    op.drop_table('return_tags')
