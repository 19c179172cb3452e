"""Messages to be reviewed, in a table. The words stay in the message's own row, so that an erasure takes them from here too."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rma.model.codes import Language
from rma.model.errors import Conflict, NotFound
from rma.model.review import Cause, Puzzle, Review, ReviewStatus
from rma.store.tables import ReviewRow

_OUTCOME = ("status", "settled_by", "settled_at")


def _read(row: ReviewRow) -> Review:
    fields = ("id", "conversation", "message_id", "cause", "understood", "noted_at", "label", "version", *_OUTCOME)
    return Review.model_validate({name: getattr(row, name) for name in fields})


class SqlReviews:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, conversation_id: str, puzzle: Puzzle, at: datetime) -> bool:
        if await self._session.scalar(select(ReviewRow.id).where(ReviewRow.message_id == puzzle.message_id)):
            return False
        row = ReviewRow(
            conversation=conversation_id,
            message_id=puzzle.message_id,
            cause=puzzle.cause,
            language=puzzle.understood.language,
            understood=puzzle.understood.model_dump(mode="json"),
            noted_at=at,
            status=ReviewStatus.WAITING,
        )
        self._session.add(row)
        await self._session.flush()
        return True

    async def get(self, review_id: int) -> Review | None:
        row = await self._session.get(ReviewRow, review_id)
        return _read(row) if row else None

    async def find(
        self,
        statuses: Sequence[ReviewStatus] = (),
        since: datetime | None = None,
        cause: Cause | None = None,
        language: Language | None = None,
    ) -> list[Review]:
        query = select(ReviewRow).order_by(ReviewRow.id)
        if statuses:
            query = query.where(ReviewRow.status.in_(statuses))
        if since is not None:
            query = query.where(ReviewRow.noted_at >= since)
        if cause is not None:
            query = query.where(ReviewRow.cause == cause)
        if language is not None:
            query = query.where(ReviewRow.language == language)
        return [_read(row) for row in await self._session.scalars(query)]

    async def save(self, review: Review) -> None:
        row = await self._session.get(ReviewRow, review.id)
        if row is None:
            raise NotFound(f"there is no message {review.id} to review")
        if row.version != review.version:
            raise Conflict(f"message {review.id} was reviewed by somebody else meanwhile; look at it again")
        for name in _OUTCOME:
            setattr(row, name, getattr(review, name))
        row.label = review.label.model_dump(mode="json") if review.label else None
        await self._session.flush()
        review.version = row.version
