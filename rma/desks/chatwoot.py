"""Chatwoot as the team's desk: a conversation there for each that a person has to take up, in an inbox of the kind "API".

Chatwoot has no idempotency key (chatwoot/chatwoot#15743): every message of ours bears a `source_id`, and after a failure it is
looked for before it is made again.
"""

from datetime import UTC, datetime
from typing import Any

from rma.desks.chatwoot_http import AT_ONCE, ChatwootAccount, ChatwootHttp, Missing
from rma.model.codes import Language
from rma.model.conversations import Sender, Status
from rma.model.desks import HandedOver, Line, Said, Standing, Thread
from rma.model.outgoing import ChannelDown, Rejected
from rma.texts import Texts

OURS = "retour:"
"""How `source_id` begins in what we made."""
CONTENT_LIMIT = 100_000
"""Characters; Chatwoot takes 150,000."""
PAGES = 5
"""Of 20 messages, in which something of ours is looked for."""
_SETTINGS = "RETOUR_CHATWOOT_ACCOUNT_ID or RETOUR_CHATWOOT_INBOX_ID"


class ChatwootDesk:
    name = "chatwoot"
    shares_tables = False

    def __init__(self, account: ChatwootAccount, texts: Texts) -> None:
        self.account = account
        self._http = ChatwootHttp(account)
        self._texts = texts

    async def handed_over(self, thread: Thread, handed: HandedOver, event: int, repeated: bool) -> Thread:
        try:
            contact = thread.contact or await self._contact(handed)
            number = thread.thread or await self._conversation(contact, handed, repeated)
        except Missing as error:
            raise ChannelDown(f"Chatwoot does not know {_SETTINGS} ({error})", error.code, 300.0) from None
        known = Thread(conversation=thread.conversation, contact=contact, thread=number)
        if thread.thread is not None:
            await self._toggle(number, "open")
        await self._message(number, f"{OURS}handed:{event}", self._summary(handed), repeated, private=True)
        last = next((line for line in reversed(handed.transcript) if line.sender is Sender.SHOPPER), None)
        if last is not None:
            # What the shopper wants answered stands in the thread as theirs, not only in a note.
            await self._message(number, f"{OURS}{last.id}", last.text, repeated, kind="incoming")
        return known

    async def said(self, thread: Thread, line: Line, repeated: bool) -> None:
        kind = "incoming" if line.sender is Sender.SHOPPER else "outgoing"
        await self._message(_number(thread), f"{OURS}{line.id}", line.text, repeated, kind=kind)

    async def given_back(self, thread: Thread, language: Language, event: int, repeated: bool) -> None:
        number = _number(thread)
        shown = await self._http.get(f"conversations/{number}")
        if shown.get("status") in ("resolved", "pending"):
            return
        note = self._texts.get("desk_given_back", language)
        await self._message(number, f"{OURS}back:{event}", note, repeated, private=True)
        await self._toggle(number, "resolved")

    async def standing(self, thread: Thread) -> Standing | None:
        number = _number(thread)
        try:
            messages = (await self._http.get(f"conversations/{number}/messages"))["payload"]
            shown = await self._http.get(f"conversations/{number}")
        except Missing:
            return None
        said = [one for message in messages if (one := said_by_agent(message))]
        status = shown.get("status")
        return Standing(
            said=sorted(said, key=lambda one: one.id),
            status=Status(status) if status in set(Status) else Status.OPEN,
            snoozed_until=_instant(shown.get("snoozed_until")),
        )

    async def close(self) -> None:
        await self._http.close()

    # -- contact and conversation -------------------------------------------------------------------------------------

    async def _contact(self, handed: HandedOver) -> int:
        """The shopper's contact: by the address that an order proved, else one of the conversation's own."""
        identifier = f"{OURS}{handed.conversation}"
        body = {
            "inbox_id": self.account.inbox,
            "identifier": identifier,
            "name": handed.name or self._texts.get("desk_from_shopper", handed.language),
            "email": handed.email,
            "phone_number": handed.phone,
        }
        try:
            made = await self._http.post("contacts", {name: value for name, value in body.items() if value is not None})
            return int(made["payload"]["contact"]["id"])
        except Missing:
            raise
        except Rejected:
            # Taken already: by a request of ours whose answer was lost, or by a conversation before.
            for address in filter(None, (identifier, handed.email, handed.phone)):
                if (found := await self._found(address)) is not None:
                    return found
            raise

    async def _found(self, address: str) -> int | None:
        rows = (await self._http.get("contacts/search", q=address))["payload"]
        same = [
            row
            for row in rows
            if address.casefold() in [str(row.get(name)).casefold() for name in ("identifier", "email", "phone_number")]
        ]
        return int(same[0]["id"]) if same else None

    async def _conversation(self, contact: int, handed: HandedOver, repeated: bool) -> int:
        if repeated:
            rows = (await self._http.get(f"contacts/{contact}/conversations"))["payload"]
            for row in rows:
                if (row.get("custom_attributes") or {}).get("retour_conversation") == handed.conversation:
                    return int(row["id"])
        made = await self._http.post(
            "conversations",
            {
                "source_id": handed.conversation,
                "inbox_id": self.account.inbox,
                "contact_id": contact,
                "status": "open",
                "custom_attributes": {"retour_conversation": handed.conversation},
            },
        )
        return int(made["id"])

    async def _toggle(self, number: int, status: str) -> None:
        await self._http.post(f"conversations/{number}/toggle_status", {"status": status})

    # -- messages -----------------------------------------------------------------------------------------------------

    async def _message(
        self, number: int, source_id: str, content: str, repeated: bool, kind: str = "outgoing", private: bool = False
    ) -> None:
        if repeated and await self._is_there(number, source_id):
            return
        body: dict[str, Any] = {"content": content[-CONTENT_LIMIT:], "message_type": kind, "source_id": source_id}
        await self._http.post(f"conversations/{number}/messages", body | ({"private": True} if private else {}))

    async def _is_there(self, number: int, source_id: str) -> bool:
        before: dict[str, int] = {}
        for _page in range(PAGES):
            rows = (await self._http.get(f"conversations/{number}/messages", **before))["payload"]
            if any(row.get("source_id") == source_id for row in rows):
                return True
            if not rows:
                return False
            before = {"before": min(int(row["id"]) for row in rows)}
        return False

    def _summary(self, handed: HandedOver) -> str:
        def text(key: str, **values: Any) -> str:
            return self._texts.get(f"desk_{key}", handed.language, **values)

        known = handed.order is not None
        who = text(
            "who",
            name=handed.name or text("unknown"),
            order=handed.order,
            returns=", ".join(handed.returns) or text("none"),
        )
        lines = [
            f"[{line.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC] {text(f'from_{line.sender}')}: {line.text}"
            for line in handed.transcript
        ]
        head = [
            text("handed_over", cause=text(f"cause_{handed.cause}")),
            who if known else text("who_unknown"),
            text("console", url=handed.console),
            "",
            text("so_far"),
        ]
        room = CONTENT_LIMIT - sum(len(line) + 1 for line in head) - 200
        kept, cut = _fitting(lines, room)
        return "\n".join([*head, *([text("cut")] if cut else []), *kept])


def _fitting(lines: list[str], room: int) -> tuple[list[str], bool]:
    """The end of the conversation, as much as there is room for."""
    kept: list[str] = []
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            return kept[::-1], True
        kept.append(line)
    return kept[::-1], False


def said_by_agent(message: dict[str, Any]) -> Said | None:
    """What somebody of the team wrote to the shopper; None for notes, for what we made ourselves, for bots and for activity.
    Chatwoot names the kind of a message by its name in webhooks and by its number in its API."""
    sender = message.get("sender") or {}
    if message.get("message_type") not in ("outgoing", 1) or message.get("private"):
        return None
    if str(message.get("source_id") or "").startswith(OURS) or sender.get("type") != "user":
        return None
    if (message.get("content_attributes") or {}).get("deleted"):
        return None
    files = [str(item.get("data_url")) for item in message.get("attachments") or [] if item.get("data_url")]
    text = "\n".join([*([message["content"]] if message.get("content") else []), *files]).strip()
    return Said(id=int(message["id"]), text=text) if text else None


def _number(thread: Thread) -> int:
    if thread.thread is None:
        raise Rejected("Chatwoot never took this conversation")
    return thread.thread


def _instant(value: Any) -> datetime | None:
    """Seconds since 1970 or ISO 8601; None without one."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        return datetime.fromisoformat(value) if value else None
    except (ValueError, OverflowError, OSError):
        return None


__all__ = ["AT_ONCE", "ChatwootAccount", "ChatwootDesk", "said_by_agent"]
