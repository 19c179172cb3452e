"""A Tuesday morning at the desk: two dozen conversations with what real ones have: long names, long messages, threats, photos."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from rma.bootstrap import Container
from rma.model.codes import Condition, Disposition, Language, Method, Reason, Resolution
from rma.model.conversations import Channel, ChoiceOption, Owner, Utterance
from rma.model.goods import Grade
from rma.model.returns import Return
from rma.model.tracking import TrackingEvent, TrackingStatus, event_id
from rma.service.inspecting import Look
from rma.service.receiving import Arrival
from rma.service.returns import Plan, PlannedLine
from tests.fixtures.support import order
from tests.integration.refund_kit import Trouble

PEOPLE = ["Noah Brown", "Léa Martin", "Karim Benali", "Chloé Petit", "Zoé Dupont-Lefèvre", "Jonas Weber", "Ines Moreau"]
LONG = "Maximilian-Alexander von Hohenstaufen-Wittelsbach"
SAID = [
    ("en", "asked_for", "The kettle leaks from the bottom, there is water on the counter.", "Can a person please look at this?"),
    ("fr", "anger", "Je veux parler à quelqu’un, c’est la troisième fois.", "Toujours personne ? C’est une honte."),
    ("en", "not_received", "Tracking says delivered but there is nothing here", "Nobody at home signed for it either"),
    ("fr", "safety", "La batterie du vélo a pris feu pendant la charge !", "Il y a de la fumée, que dois-je faire ?"),
    ("en", "appeal", "hi", "The shoes are too small and your site says no, that cannot be right"),
    ("fr", "order_cancelled", "Bonjour, je voudrais annuler ma commande", "avant qu’elle parte si possible"),
    ("en", "not_understood", "the thingy from last time again pls", "no the other one"),
    ("fr", "withdrawal", "Je renonce à mon achat", "tout, sauf la tasse"),
]  # fmt: skip
AGES = (3, 7, 12, 25, 48, 75, 130, 260, 1500)
"""Minutes."""


@dataclass
class Moment:
    """A clock that can be set back, to have things happen earlier."""

    ago: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.ago


def recent(number: str, name: str, price: str = "45.00", days: int = 20, **changes: Any) -> dict[str, Any]:
    """An order of two items, delivered `days` ago by the clock on the wall."""
    now = datetime.now(UTC)
    made = order(number, price) | {"placed_at": (now - timedelta(days=days + 3)).isoformat()} | changes
    made["customer"] = made["customer"] | {"name": name}
    names = ("Electric kettle with temperature control", "Running shoes")
    for line, title, amount in zip(made["lines"], names, (price, "89.00"), strict=True):
        line |= {"delivered_at": (now - timedelta(days=days)).isoformat(), "name": title, "unit_price": amount}
    return made


def photo() -> bytes:
    picture = Image.new("RGB", (900, 700), "#35506b")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((200, 150, 700, 550), fill="#d9d4c8")
    pen.line((260, 200, 640, 520), fill="#8c2a20", width=14)
    content = io.BytesIO()
    picture.save(content, "JPEG")
    return content.getvalue()


async def scene(container: Container, moment: Moment, rows: int = 24) -> str:
    """The id of the conversation that has everything in it."""
    orders = [recent(f"W27{place:05}", PEOPLE[place % len(PEOPLE)]) for place in range(12)]
    orders += [recent("W2799999", LONG, "1290.00"), recent("W1", "Zoé Martin")]
    report = await container.shop.load({"orders": orders})
    assert not report.failures
    ana, ben = [await container.agents.get(login) for login in ("ana", "ben")]
    known = []
    for place in range(rows):
        language, cause, first, last = SAID[place % len(SAID)]
        number = f"W27{place % 12:05}" if place % 4 else None
        moment.ago = timedelta(minutes=AGES[place % len(AGES)] + place)
        known.append(await _talk(container, language, cause, number, first, last))
    moment.ago = timedelta(0)
    for place in (2, 9):
        await container.support.take(ben, known[place])
    await container.support.take(ana, known[4])
    await container.support.snooze(ana, known[6], moment() + timedelta(hours=20))
    return await _everything(container, moment)


async def order_id(container: Container, number: str) -> int:
    async with container.transactions() as uow:
        found = await uow.orders.find(number)
    assert found is not None
    return found[0]


async def _talk(container: Container, language: str, cause: str | None, number: str | None, *texts: str) -> str:
    desk = container.desk
    conversation, _ = await desk.open(Channel.WEB, Language(language), None)
    for place, text in enumerate(texts):
        heard = await desk.hear(conversation.id, text)
        conversation = heard.conversation
        tickets: list[tuple[str, dict[str, Any]]] = []
        said = Utterance(text="Which one?", choices=[ChoiceOption(label=name, value=name) for name in ("Kettle", "Shoes")])
        if place + 1 == len(texts):
            conversation.order_id = await order_id(container, number) if number else None
            said = Utterance(text="Somebody from our team answers you here.")
            if cause:
                conversation.owner = Owner.PERSON
                tickets = [(cause, {"last_message": text, "order": number})]
        await desk.answer(conversation, heard.message.id, [said], tickets)
    return conversation.id


async def _everything(container: Container, moment: Moment) -> str:
    ben, desk, support = await container.agents.get("ben"), container.desk, container.support
    moment.ago = timedelta(minutes=180)
    first = "Hello, the kettle I bought does not switch off any more. I want my money back."
    conversation_id = await _talk(container, "en", None, "W2799999", first)
    async with container.transactions() as uow:
        picture = await uow.conversations.add_photo(conversation_id, "image/jpeg", photo(), moment())
    moment.ago = timedelta(minutes=174)
    heard = await desk.hear(conversation_id, "Here it is. It boiled dry twice this week.", photo=picture)
    plan = Plan(
        key="scene", order_id=await order_id(container, "W2799999"), resolution=Resolution.REFUND, language=Language.EN,
        lines=(PlannedLine("1", 1, Reason.DEFECTIVE, Condition.USED, picture),), method=Method.LABEL,
        conversation=conversation_id,
    )  # fmt: skip
    rma = await container.returns.create(plan)
    said = Utterance(text=f"Your return {rma.number} is recorded. For an item of this value, one of our team checks it first.")
    tickets = [("review", {"number": rma.number, "order": "W2799999"})]
    await desk.answer(heard.conversation, heard.message.id, [said], tickets)
    moment.ago = timedelta(minutes=120)
    threat = "That is a joke. I speak to a person NOW or my lawyer speaks to you, and then to the press."
    heard = await desk.hear(conversation_id, threat)
    heard.conversation.owner = Owner.PERSON
    said = Utterance(text="I understand. Somebody from our team answers you here; you are next.")
    await desk.answer(heard.conversation, heard.message.id, [said], [("threat", {"last_message": heard.message.text})])
    moment.ago = timedelta(minutes=60)
    await support.take(ben, conversation_id)
    await support.note(ben, conversation_id, "Workshop says: known fault of this batch, the thermostat. Do not let them use it.")
    moment.ago = timedelta(minutes=40)
    answer = "Good morning, this is Ben. I have read everything, and I am sorry. Please do not use the kettle any more.\n\n"
    await support.say(ben, conversation_id, f"{answer}I am checking what we can do for you today.")
    moment.ago = timedelta(minutes=4)
    await desk.hear(conversation_id, "Thank you Ben. But I have heard that before. When do I get my money?")
    other = await container.returns.create(replace_plan(plan, await order_id(container, "W2799999")))
    await _came_back(container, moment, other)
    await support.unassign(ben, conversation_id)
    moment.ago = timedelta(0)
    return conversation_id


async def _came_back(container: Container, moment: Moment, rma: Return) -> None:
    """Its parcel arrived with somebody else's cup in it, the shoes were worn, and the card does not take the money."""
    assert rma.label
    for hours, status, place in ((70, TrackingStatus.ACCEPTED, "Lyon Part-Dieu"), (30, TrackingStatus.DELIVERED, "Roubaix")):
        at = moment() - timedelta(hours=hours)
        carrier, parcel = rma.label.carrier, rma.label.tracking_number
        told = TrackingEvent(
            carrier=carrier, tracking_number=parcel, provider_id=event_id(status, at), status=status, at=at, place=place
        )
        await container.tracking.note([told])
    async with container.transactions() as uow:
        picture = await uow.goods.add_photo("image/jpeg", photo(), "wim", moment())
    cup = [{"name": "Blue espresso cup", "quantity": 1}]
    await container.receiving.receive(rma.number, Arrival(others=cup, note="Smells of coffee, no papers with it"), "wim")
    why = "Soles are dirty, the box is missing; nothing that cleaning would not mend."
    look = Look("2", 1, Grade.USED, disposition=Disposition.DONATE, why=why, photo=picture)
    await container.inspection.inspect(rma.number, [look], "wim")
    parts = container.refunds._payer.parts
    own = parts.gateway
    parts.gateway = Trouble(own)
    parts.gateway.plan.append("refused")
    await container.refunds.refund(rma.number, "ben", "scene")
    parts.gateway = own


def replace_plan(plan: Plan, order: int) -> Plan:
    """The second item too, which needs nobody's decision."""
    return Plan(
        key="scene 2", order_id=order, lines=(PlannedLine("2", 1, Reason.SIZE_TOO_SMALL),), resolution=plan.resolution,
        language=plan.language, method=plan.method,
    )  # fmt: skip
