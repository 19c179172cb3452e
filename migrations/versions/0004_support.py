"""the support team: states of a conversation, hand-overs, agents, audit trail"""

from alembic import op
import sqlalchemy as sa


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_INDEXED = ('assignee', 'cause', 'order_id', 'created_at', 'updated_at')


def upgrade() -> None:
    op.create_table('agents',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('password_hash', sa.String(length=300), nullable=False),
    sa.Column('set_from', sa.String(length=64), nullable=True),
    sa.Column('disabled', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_login_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('login')
    )
    op.create_table('agent_sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('address', sa.String(length=100), nullable=True),
    sa.Column('user_agent', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('digest')
    )
    with op.batch_alter_table('agent_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agent_sessions_agent_id'), ['agent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_agent_sessions_expires_at'), ['expires_at'], unique=False)

    op.create_table('support_events',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation_id', sa.String(length=40), nullable=True),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=60), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('support_events', schema=None) as batch_op:
        batch_op.create_index('ix_support_events_kind', ['kind', 'at'], unique=False)
        batch_op.create_index('ix_support_events_thread', ['conversation_id', 'id'], unique=False)

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('took_over', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('closed_by', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('outcome', sa.String(length=40), nullable=True))
        batch_op.create_index(batch_op.f('ix_tickets_closed_at'), ['closed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_tickets_opened_at'), ['opened_at'], unique=False)

    _support_columns()


def _support_columns() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('status', sa.String(length=10), nullable=False, server_default='pending'))
        batch_op.add_column(sa.Column('assignee', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('priority', sa.Integer(), nullable=False, server_default='3'))
        batch_op.add_column(sa.Column('cause', sa.String(length=40), nullable=True))
        for name in ('waiting_since', 'handed_over_at', 'first_response_at', 'resolved_at', 'snoozed_until', 'updated_at'):
            batch_op.add_column(sa.Column(name, moment, nullable=True))
        batch_op.add_column(sa.Column('order_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('contact', sa.String(length=320), nullable=True))
        batch_op.add_column(sa.Column('contact_proven', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('last_shopper_id', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('seen_id', sa.Integer(), nullable=False, server_default='0'))
    _fill()
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.alter_column('updated_at', existing_type=moment, nullable=False)
        batch_op.create_check_constraint(
            'ck_conversations_one_owner',
            "(owner = 'assistant' AND status IN ('pending', 'resolved') AND assignee IS NULL)"
            " OR (owner = 'person' AND status IN ('open', 'snoozed'))")
        batch_op.create_check_constraint(
            'ck_conversations_snoozed', "(status = 'snoozed') = (snoozed_until IS NOT NULL)")
        batch_op.create_foreign_key('fk_conversations_assignee', 'agents', ['assignee'], ['login'])
        batch_op.create_foreign_key('fk_conversations_order_id', 'orders', ['order_id'], ['id'])
        batch_op.create_index('ix_conversations_queue', ['status', 'priority', 'waiting_since'], unique=False)
        batch_op.create_index('ix_conversations_snoozed', ['snoozed_until'], unique=False)
        for name in _INDEXED:
            batch_op.create_index(batch_op.f(f'ix_conversations_{name}'), [name], unique=False)


def _fill() -> None:
    """Conversations from before: a statement made by the page needs a person only while a ticket says so; what a person had
    stays theirs."""
    op.execute("UPDATE conversations SET updated_at = created_at")
    op.execute(
        "UPDATE conversations SET owner = 'assistant', status = 'resolved' WHERE channel = 'form' AND owner = 'person'"
        " AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.conversation_id = conversations.id AND t.closed_at IS NULL)")
    op.execute("UPDATE conversations SET status = 'open' WHERE owner = 'person'")
    op.execute(
        "UPDATE conversations SET"
        " cause = (SELECT t.cause FROM tickets t WHERE t.conversation_id = conversations.id AND t.closed_at IS NULL"
        " ORDER BY t.id LIMIT 1),"
        " waiting_since = (SELECT min(t.opened_at) FROM tickets t WHERE t.conversation_id = conversations.id"
        " AND t.closed_at IS NULL),"
        " handed_over_at = (SELECT min(t.opened_at) FROM tickets t WHERE t.conversation_id = conversations.id"
        " AND t.closed_at IS NULL AND conversations.owner = 'person'),"
        " last_shopper_id = coalesce((SELECT max(m.id) FROM messages m WHERE m.conversation_id = conversations.id"
        " AND m.sender = 'shopper'), 0)")
    # What the dialogue remembers as the order that was proven.
    proven = ("json_extract(state, '$.order_id')" if op.get_bind().dialect.name == 'sqlite'
              else "CAST(state ->> 'order_id' AS INTEGER)")
    op.execute(f"UPDATE conversations SET order_id = {proven}"
               f" WHERE {proven} IN (SELECT id FROM orders)")


def downgrade() -> None:
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        for name in _INDEXED:
            batch_op.drop_index(batch_op.f(f'ix_conversations_{name}'))
        batch_op.drop_index('ix_conversations_snoozed')
        batch_op.drop_index('ix_conversations_queue')
        batch_op.drop_constraint('fk_conversations_order_id', type_='foreignkey')
        batch_op.drop_constraint('fk_conversations_assignee', type_='foreignkey')
        batch_op.drop_constraint('ck_conversations_snoozed', type_='check')
        batch_op.drop_constraint('ck_conversations_one_owner', type_='check')
        for name in ('status', 'assignee', 'priority', 'cause', 'waiting_since', 'handed_over_at', 'first_response_at',
                     'resolved_at', 'snoozed_until', 'updated_at', 'order_id', 'contact', 'contact_proven',
                     'last_shopper_id', 'seen_id'):
            batch_op.drop_column(name)
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tickets_opened_at'))
        batch_op.drop_index(batch_op.f('ix_tickets_closed_at'))
        for name in ('outcome', 'closed_by', 'took_over'):
            batch_op.drop_column(name)
    op.drop_table('support_events')
    op.drop_table('agent_sessions')
    op.drop_table('agents')
