"""The statements of every turn, over the tables and built once: to build one anew, and rows of the ORM with it, takes
SQLAlchemy far longer than the database takes to answer."""

from typing import Any, cast

from sqlalchemy import Table, bindparam, case, func, insert, select, update

from rma.model.conversations import Channel, Owner, Status
from rma.store.tables import ConversationRow, MessageRow

FIELDS = ("id", "channel", "language", "owner", "expects", "state", "address", "status", "order_id", "version", "created_at")
"""What a Conversation is read from."""
SAID = ("id", "at", "reply_to", "sender", "text", "choices", "attachments")
"""What a Message is read from."""
_SAVED = ("language", "owner", "expects", "state", "address", "status")

_conversations = cast(Table, ConversationRow.__table__)
_messages = cast(Table, MessageRow.__table__)
_c, _m = _conversations.c, _messages.c
_fields = tuple(_c[name] for name in FIELDS)


def _given(name: str) -> Any:
    return bindparam(f"given_{name}", type_=_c[name].type)


GET = select(*_fields).where(_c.id == bindparam("conversation"))

SAVE = (
    update(_conversations)
    .where(_c.id == bindparam("conversation"), _c.version == bindparam("read"))
    .values(
        **{name: _given(name) for name in _SAVED},
        order_id=func.coalesce(_given("order_id"), _c.order_id),
        # Who takes over begins anew; the status says which of owner and table is the newer.
        assignee=case((_c.owner != _given("owner"), None), else_=_c.assignee),
        snoozed_until=case((_c.owner != _given("owner"), None), else_=_c.snoozed_until),
        version=_c.version + 1,
    )
    .returning(_c.version)
)
"""Of two turns on the same version one changes a row."""


def saved(fields: dict[str, Any]) -> dict[str, Any]:
    """The values of SAVE from those of a conversation's that are saved, and order_id."""
    return {f"given_{name}": fields[name] for name in (*_SAVED, "order_id")}


SAY = insert(_messages).returning(_m.id)

TOLD = update(_conversations).where(_c.id == bindparam("conversation")).values(updated_at=bindparam("at", type_=_c.updated_at.type))
"""What a message does to its conversation that is none of the shopper's. Past the version: see HEARD."""

_woken = _c.status.in_((Status.SNOOZED, Status.RESOLVED)) & (_c.channel != Channel.FORM)
HEARD = (
    update(_conversations)
    .where(_c.id == bindparam("conversation"))
    .values(
        updated_at=bindparam("at", type_=_c.updated_at.type),
        last_shopper_id=bindparam("message"),
        waiting_since=case(
            ((_c.owner == Owner.PERSON) & _c.waiting_since.is_(None), bindparam("at", type_=_c.updated_at.type)),
            else_=_c.waiting_since,
        ),
        status=case(
            (_woken & (_c.status == Status.SNOOZED), Status.OPEN.value),
            (_woken & (_c.status == Status.RESOLVED), Status.PENDING.value),
            else_=_c.status,
        ),
        snoozed_until=case((_woken, None), else_=_c.snoozed_until),
        version=case((_woken, _c.version + 1), else_=_c.version),
    )
    .returning(*_fields)
)
"""What a shopper's message does to its conversation, and what that is then. In one statement and past the version, so that no
shopper's word is ever refused because somebody else did something at the same moment; a change of status moves the version
all the same."""

TURN = (
    select(*_fields, *(_m[name].label(f"said_{name}") for name in SAID))
    .select_from(_conversations.outerjoin(_messages, (_m.reply_to == bindparam("message")) & (_m.conversation_id == _c.id)))
    .where(_c.id == bindparam("conversation"))
    .order_by(_m.id)
)
"""A conversation beside each reply to one of its messages; once, beside nothing, when there is none."""

_thread = select(*_m).where(_m.conversation_id == bindparam("conversation")).order_by(_m.id)
SINCE = _thread.where(_m.id > bindparam("after"))
REPLIES = _thread.where(_m.reply_to == bindparam("message"))
KEYED = _thread.where(_m.client_key == bindparam("key"))
