"""lines of a return of which nothing travels"""

from alembic import op
import sqlalchemy as sa


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('return_lines') as lines:
        lines.add_column(sa.Column('stays', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('return_lines') as lines:
        lines.drop_column('stays')
