"""single units that were read"""

from alembic import op
import sqlalchemy as sa

from rma.model.epc import serials

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
    # Units that were looked at before, so that they are known too when they come again.
    units = sa.table('return_units', sa.column('id', sa.Integer), sa.column('epcs', sa.JSON))
    tags = sa.table('return_tags', sa.column('unit_id', sa.Integer), sa.column('uri', sa.String))
    rows = op.get_bind().execute(sa.select(units.c.id, units.c.epcs)).all()
    if found := [{'unit_id': id_, 'uri': uri} for id_, epcs in rows for uri in serials(epcs or [])]:
        op.bulk_insert(tags, found)


def downgrade() -> None:
    op.drop_table('return_tags')
