"""Reviewing what was not understood: listed without personal data, labelled by a person, handed on as training examples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rma.model.anonymity import Known
from rma.model.codes import Language
from rma.model.conversations import Message, Sender
from rma.model.errors import NotFound, Refused
from rma.model.names import names
from rma.model.orders import Order
from rma.model.review import Cause, Label, Review, ReviewStatus
from rma.service.ports import Clock, Transactions, UnitOfWork

Clean = Callable[[str, Language, Sequence[Known], datetime], str]
"""Takes personal data out of a shopper's message: its text, its language, what is known of the shopper, when it was written."""


@dataclass(frozen=True)
class Shown:
    """A review with its message as it may be shown: on one line, without personal data."""

    review: Review
    text: str


class ReviewDesk:
    """What leaves this desk has no personal data in it: every message is cleaned first."""

    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def find(
        self,
        clean: Clean,
        statuses: Sequence[ReviewStatus] = (ReviewStatus.WAITING,),
        since: datetime | None = None,
        cause: Cause | None = None,
        language: Language | None = None,
    ) -> list[Shown]:
        """Oldest first."""
        async with self._transactions() as uow:
            found = await uow.reviews.find(statuses, since, cause, language)
            return [await _shown(uow, review, clean) for review in found]

    async def get(self, review_id: int, clean: Clean) -> Shown:
        """Raises NotFound."""
        async with self._transactions() as uow:
            return await _shown(uow, await _known_review(uow, review_id), clean)

    async def label(
        self,
        review_id: int,
        clean: Clean,
        by: str,
        intent: str,
        reason: str | None = None,
        language: str | None = None,
        text: str | None = None,
    ) -> Label:
        """Says what was meant. `text` stands for the message, as it is shown when not given; it is cleaned as well.

        Raises NotFound, Conflict, and Refused for a code that is none or a message whose label is training data already.
        """
        async with self._transactions() as uow:
            review = await _open_review(uow, review_id)
            shown = await _shown(uow, review, clean, text)
            label = Label.of(shown.text, intent, reason, language or review.understood.language)
            await self._settle(uow, review, ReviewStatus.LABELLED, by, label)
            return label

    async def skip(self, review_id: int, by: str) -> None:
        """Nothing is to be learnt from it. Raises as `label` does."""
        async with self._transactions() as uow:
            await self._settle(uow, await _open_review(uow, review_id), ReviewStatus.SKIPPED, by, None)

    async def labelled(self) -> list[Review]:
        """What waits to become training data, oldest first."""
        async with self._transactions() as uow:
            return await uow.reviews.find((ReviewStatus.LABELLED,))

    async def exported(self, reviews: Sequence[Review], by: str) -> None:
        """They stand in the training data now. Raises Conflict when one was labelled anew since it was read."""
        async with self._transactions() as uow:
            for review in reviews:
                await self._settle(uow, review, ReviewStatus.EXPORTED, by, review.label)

    async def _settle(
        self, uow: UnitOfWork, review: Review, status: ReviewStatus, by: str, label: Label | None
    ) -> None:
        review.status, review.label, review.settled_by, review.settled_at = status, label, by[:100], self._clock()
        await uow.reviews.save(review)


async def _known_review(uow: UnitOfWork, review_id: int) -> Review:
    review = await uow.reviews.get(review_id)
    if review is None:
        raise NotFound(f"there is no message {review_id} to review; `retour review-nlu list` shows those that there are")
    return review


async def _open_review(uow: UnitOfWork, review_id: int) -> Review:
    review = await _known_review(uow, review_id)
    if review.status is ReviewStatus.EXPORTED:
        raise Refused(f"message {review_id} is training data already; correct it there, in data/nlu")
    return review


async def _shown(uow: UnitOfWork, review: Review, clean: Clean, text: str | None = None) -> Shown:
    conversation = await uow.conversations.get(review.conversation)
    message = await uow.conversations.message(review.conversation, review.message_id)
    if conversation is None or message is None:
        raise NotFound(f"the conversation of message {review.id} was erased")
    if text is None and review.label is not None:
        return Shown(review, review.label.text)
    known = [
        *(_facts(await uow.orders.get(conversation.order_id)) if conversation.order_id is not None else ()),
        *_of_messages(await uow.conversations.messages(review.conversation)),
    ]
    cleaned = clean(message.text if text is None else text, review.understood.language, known, message.at)
    return Shown(review, " ".join(cleaned.split()))


def _facts(order: Order) -> list[Known]:
    to, who = order.shipping_address, order.customer
    facts = [
        ("order_number", order.number),
        ("name", who.name),
        ("name", to.name),
        ("email", who.email),
        ("street", to.line1),
        ("street", to.line2),
        ("town", to.city),
        ("postal_code", to.postal_code),
    ]
    return [Known(kind, text) for kind, text in facts if text]


def _of_messages(messages: Sequence[Message]) -> list[Known]:
    """Names by which the shopper introduced themselves anywhere in the conversation."""
    said = [message.text for message in messages if message.sender is Sender.SHOPPER]
    return [Known("name", text[start:end]) for text in said for how, start, end in names(text) if how != "maybe"]
