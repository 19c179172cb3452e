"""Two customers and all that a shop comes to keep about them: one whose data is asked for, and one whose must not be touched."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.bootstrap import Container, open_container
from rma.model.codes import Language, Method, Reason, Resolution, ReturnStatus
from rma.model.conversations import Attachment, Channel, Sender, Utterance
from rma.model.goods import Parcel, Unit
from rma.model.returns import Return
from rma.model.support import SupportEvent
from rma.model.tracking import TrackingStatus
from rma.service.returns import Plan, PlannedLine
from rma.settings import Settings
from rma.store.desk_tables import DeskThreadRow
from rma.store.messaging_tables import (
    CodeRow,
    ConsentRow,
    InboundRow,
    OutboxRow,
    ShownMessageRow,
    SmsThreadRow,
)
from rma.store.refund_tables import RefundPartRow, RefundRow
from rma.store.staff_tables import StaffRequestRow
from rma.store.support_tables import AgentRow
from rma.store.tables import AttemptRow, Base, ReturnRow, ReviewRow, WithdrawalRow
from rma.store.tracking_tables import CarrierPaperRow

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PICTURE = b"\xff\xd8 the only picture of its kind " * 40


@dataclass(frozen=True)
class Customer:
    name: str
    email: str
    phone: str
    street: str

    @property
    def traces(self) -> tuple[str, ...]:
        """What must not be found anywhere after an erasure."""
        return (*self.name.split(), self.email, self.phone, self.street)


NOELIE = Customer("Noélie Quillfeather", "noelie.q@example.com", "+33698765432", "77 rue Zanzibarre")
ZOE = Customer("Zoë Underhill", "zoe.u@example.com", "+33611111111", "5 quai Ondine")


def order(number: str, who: Customer, **changes: Any) -> dict[str, Any]:
    return {
        "number": number, "status": "delivered", "currency": "EUR", "market": "FR",
        "placed_at": (NOW - timedelta(days=9)).isoformat(), "shipping_paid": "4.90",
        "customer": {"name": who.name, "email": who.email.upper(), "phone": who.phone, "language": "fr"},
        "shipping_address": {"name": who.name, "line1": who.street, "city": "Lyon", "postal_code": "69001", "country": "FR"},
        "payment_methods": [{"id": "card_1", "type": "card", "last4": "9212", "amount": "44.70"}],
        "lines": [{"id": "1", "sku": "S-1", "name": "Mug", "quantity": 2, "unit_price": "19.90",
                   "delivered_at": (NOW - timedelta(days=3)).isoformat()}],
    } | changes  # fmt: skip


class Scene:
    def __init__(self, container: Container) -> None:
        self.container = container
        self.now = NOW

    async def load(self) -> None:
        documents = [order("W1", NOELIE), order("W2", NOELIE), order("X1", ZOE)]
        report = await self.container.shop.load({"orders": documents})
        assert not report.failures
        await self.add(AgentRow(login="marie", name="Marie", role="admin", password_hash="x", created_at=NOW))

    async def add(self, *rows: Base) -> None:
        async with AsyncSession(self.container.engine) as session, session.begin():
            session.add_all(rows)

    async def rows(self, table: type[Base]) -> list[dict[str, Any]]:
        async with AsyncSession(self.container.engine) as session:
            return [dict(row) for row in (await session.execute(select(table.__table__))).mappings()]

    async def order_id(self, number: str) -> int:
        async with self.container.transactions() as uow:
            found = await uow.orders.find(number)
        assert found
        return found[0]

    async def talk(self, who: Customer, number: str, channel: Channel = Channel.WEB) -> str:
        """A conversation about the order, with a photo, a refusal, a hand-over, a note, and what came and went by SMS."""
        desk, address = self.container.desk, who.phone if channel is Channel.SMS else "203.0.113.7"
        conversation, _ = await desk.open(channel, Language.FR, address)
        order_id = await self.order_id(number)
        async with self.container.transactions() as uow:
            photo = await uow.conversations.add_photo(conversation.id, "image/jpeg", PICTURE + who.email.encode(), NOW)
            said = Utterance(
                text=f"Je suis {who.name}, {who.email}, {who.phone}, {who.street}",
                sender=Sender.SHOPPER,
                attachments=[Attachment(kind="photo", ref=str(photo))],
            )
            message = await uow.conversations.say(conversation.id, said, NOW)
            await uow.conversations.keep_decision(conversation.id, {"decision": "decline", "words": who.name}, NOW)
            found = await uow.conversations.get(conversation.id)
            found.order_id, found.state = order_id, {"said": who.name}
            await uow.conversations.save(found)
            ticket = await uow.conversations.open_ticket(conversation.id, "asked_for", {"name": who.name}, NOW)
            await uow.conversations.close_ticket(ticket, NOW)
            for kind, detail in (
                ("note", {"text": f"{who.name} was friendly"}),
                ("overridden", {"number": "RT-1", "amount": "9.00", "reason": f"goodwill for {who.name}, {who.phone}"}),
            ):
                await uow.support.note(
                    SupportEvent(conversation=conversation.id, kind=kind, at=NOW, by="marie", detail=detail)
                )
        key = f"{number}-{conversation.id}"
        when = {"created_at": NOW, "not_before": NOW}
        sent = {"language": "fr", "recipient": who.phone, "text": f"Bonjour {who.name}", "papers": [], "medium": "sms"}
        await self.add(
            OutboxRow(key=key, kind="reply", status="sent", conversation=conversation.id, provider_id=key, **sent, **when),
            ShownMessageRow(key=key, medium="sms", recipient=who.phone, text=who.name, attached=[], at=NOW),
            InboundRow(sid=key, sender=who.phone, recipient="+331", text=who.name, media=[], status="done", received_at=NOW,
                       done_at=NOW),
            CodeRow(conversation=conversation.id, address=who.email, digest=b"secret", sent_at=NOW, expires_at=NOW),
            AttemptRow(scope=f"session:{conversation.id}", at=NOW),
            AttemptRow(scope=f"order:{number.lower()}", at=NOW),
            ReviewRow(
                conversation=conversation.id, message_id=message.id, cause="unsure", language="fr", understood={"said": who.name},
                noted_at=NOW, status="waiting", label={"text": who.name},
            ),
            DeskThreadRow(conversation=conversation.id, contact=4, thread=10 * ord(number[0]) + int(number[1]), created_at=NOW),
        )  # fmt: skip
        if channel is Channel.SMS:
            await self.add(SmsThreadRow(address=who.phone, conversation=conversation.id, heard_at=NOW))
        return conversation.id

    async def give_back(self, number: str, conversation: str, status: ReturnStatus) -> Return:
        """A return of one unit, with the conversation's photo, on its way to `status`."""
        async with self.container.transactions() as uow:
            said = await uow.conversations.messages(conversation)
        photo = next(int(item.ref) for message in said for item in message.attachments)
        plan = Plan(
            key=f"{conversation}:1", order_id=await self.order_id(number), resolution=Resolution.REFUND,
            lines=(PlannedLine("1", 1, Reason.DAMAGED, photo=photo),), language=Language.FR, method=Method.LABEL,
            conversation=conversation,
        )  # fmt: skip
        rma = await self.container.returns.create(plan)
        await self.put_down(rma, conversation)
        await self.carry(rma)
        if status is not rma.status:
            await self.move(rma.number, status)
        return await self.container.returns.get(rma.number)

    async def put_down(self, rma: Return, conversation: str) -> None:
        """What the warehouse wrote down of it, with whose parcel it was."""
        whose = NOELIE if "W" in rma.order else ZOE
        async with self.container.transactions() as uow:
            photo = await uow.goods.add_photo("image/jpeg", whose.email.encode(), "marie", NOW)
            note = f"torn by {whose.name}"
            unit = Unit(number=rma.number, line="1", sku="S-1", quantity=1, grade=None, accepted=False, disposition=None, why=note,
                        photo=photo, by="marie", at=NOW)  # fmt: skip
            await uow.goods.add([unit])
            contents = [{"name": f"a letter to {whose.name}", "quantity": 1}]
            await uow.goods.add_parcel(Parcel(number=rma.number, contents=contents, photo=photo, at=NOW, by="marie"))
        part = RefundPartRow(order=rma.order, method="card_1", amount="5.00", status="paid", error=f"{whose.name} has no account")
        money = {"amount": "5.00", "covered": "5.00", "currency": "EUR", "units": {}, "money": {}, "decided": {}, "asked": {}}
        await self.add(
            RefundRow(return_id=int(await self.id_of(rma.number)), order_id=rma.order_id, key="k", kind="goodwill", status="paid",
                      reason=f"{whose.name} was patient", by="marie", at=NOW, paid_at=NOW, parts=[part], **money)
        )  # fmt: skip
        asked = {"owner": "api", "key": rma.number, "fingerprint": "x", "token": "x", "started_at": NOW, "tried_at": NOW}
        said = json.dumps({"note": f'"quoted" to {whose.name}', "at": whose.street}, ensure_ascii=False)
        await self.add(StaffRequestRow(**asked, status=200, headers={}, body=said))

    async def id_of(self, number: str) -> int:
        async with AsyncSession(self.container.engine) as session:
            return (await session.execute(select(ReturnRow.id).where(ReturnRow.number == number))).scalar_one()

    async def carry(self, rma: Return) -> None:
        """What a carrier knows of its parcel, with whose street it came from."""
        whose, number = NOELIE if "W" in rma.order else ZOE, rma.label.tracking_number
        await self.container.carriers.scans.add(number, TrackingStatus.ACCEPTED, f"{whose.street}, Lyon")
        assert await self.container.tracking.look(rma.number)
        paper = {"carrier": rma.label.carrier, "tracking_number": number, "kind": "label", "mime": "application/pdf"}
        await self.add(CarrierPaperRow(**paper, content=f"%PDF-{whose.name}".encode()))

    async def move(self, number: str, status: ReturnStatus) -> None:
        async with self.container.transactions() as uow:
            rma = await uow.returns.by_number(number)
            rma.move(status, NOW, "marie", note=f"as agreed with {NOELIE.name}")
            await uow.returns.save(rma)

    async def withdraw(self, who: Customer, number: str, status: str = "settled") -> None:
        statement = {"name": who.name, "order": number, "contact": who.email, "items": None, "language": "fr"}
        await self.add(
            WithdrawalRow(
                reference=f"WD-{number}", key=f"k-{number}", channel="form", statement=statement, submitted_at=NOW,
                status=status, why=[], order_id=await self.order_id(number),
            )
        )  # fmt: skip

    async def stop(self, who: Customer) -> None:
        await self.add(ConsentRow(address=who.phone, opted_out=True, how="stop", words=f"STOP {who.name}", at=NOW))

    async def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table."""
        found = {}
        async with self.container.engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                found[table.name] = [dict(row) for row in (await connection.execute(select(table))).mappings()]
        return found


def traces_in(rows: list[dict[str, Any]], traces: tuple[str, ...]) -> set[str]:
    """Which of them the rows hold, in texts, documents and pictures."""
    whole = "\n".join(
        value.decode("latin-1") if isinstance(value, bytes) else str(value) for row in rows for value in row.values()
    ).casefold()
    return {trace for trace in traces if trace.casefold() in whole}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Scene]:
    scene: Scene | None = None
    settings = Settings.load(database_url=url, secret_key="a secret of the tests only")
    async with open_container(settings, clock=lambda: scene.now if scene else NOW) as container:
        scene = Scene(container)
        await scene.load()
        yield scene
