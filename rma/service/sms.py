"""What is said in a conversation, as text messages: the answers numbered, papers as addresses, the alphabet that costs least."""

from collections.abc import Callable, Sequence

from rma.model.conversations import Attachment, Message, Utterance
from rma.model.gsm7 import folded, split
from rma.model.phones import WHATSAPP

LONGEST = 1600
"""Characters that Twilio takes in one message."""

Address = Callable[[str, str], str]
"""From the kind of a paper and its reference to its signed address."""


def as_sms(said: Sequence[Utterance | Message], address_of: Address) -> str:
    """One text of several utterances. Numbers of choices start at 1; the dialogue reads "2" as the second."""
    return "\n".join(_one(utterance, address_of) for utterance in said).strip()


def _one(utterance: Utterance, address_of: Address) -> str:
    lines = [utterance.text]
    lines += _numbered([option.label for option in utterance.choices])
    lines += [address_of(paper.kind, paper.ref) for paper in _needed(utterance.attachments)]
    return "\n".join(line for line in lines if line)


def _numbered(labels: list[str]) -> list[str]:
    """Nothing where the labels are the numbers; and "1) 2 x Mug", which "1 2 x Mug" would not tell."""
    numbers = [str(place) for place in range(1, len(labels) + 1)]
    if labels[: len(numbers)] == numbers:
        return []
    mark = ")" if any(label[:1].isdigit() for label in labels) else ""
    return [f"{number}{mark} {label}" for number, label in zip(numbers, labels, strict=True)]


def _needed(papers: Sequence[Attachment]) -> list[Attachment]:
    """Where a code is shown at the counter, which prints the label from it, the label's address would only cost."""
    coded = {paper.ref for paper in papers if paper.kind == "qr"}
    return [paper for paper in papers if paper.kind != "photo" and not (paper.kind == "label" and paper.ref in coded)]


def parts(text: str, recipient: str) -> list[str]:
    """`text` as it is sent to `recipient`: folded into GSM-7 where that is possible (WhatsApp knows no segments), and cut at line
    ends into messages that Twilio takes."""
    return split(text if recipient.startswith(WHATSAPP) else folded(text), LONGEST)
