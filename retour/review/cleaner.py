"""Personal data taken out of a message: what our entity rules find in it, and what its conversation knows of the shopper."""

from collections.abc import Sequence
from datetime import datetime

from rma.model.anonymity import Known, Mention, without_personal_data
from rma.model.codes import Language
from rma.model.redaction import mask_secrets


def clean(text: str, language: Language, known: Sequence[Known], at: datetime) -> str:
    """See `rma.service.review.Clean`. The first message takes a second or two: spaCy is loaded for it."""
    from bot.nlu.entities.extract import extract

    # Messages kept before secrets were masked, and what a reviewer typed.
    text = mask_secrets(text)
    mentions = [Mention(found.name, found.start, found.end) for found in extract(text, language, at.date())]
    return without_personal_data(text, mentions, known, language)
