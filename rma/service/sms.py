"""What is said in a conversation, as a text message: the answers numbered, papers as addresses."""

from collections.abc import Callable, Sequence

from rma.model.conversations import Message, Utterance

LONGEST = 1600
"""Characters that Twilio takes in one message."""

Address = Callable[[str, str], str]
"""From the kind of a paper and its reference to its signed address."""


def as_sms(said: Sequence[Utterance | Message], address_of: Address) -> str:
    """One text of several utterances. Numbers of choices start at 1; the dialogue reads "2" as the second."""
    return "\n".join(_one(utterance, address_of) for utterance in said).strip()


def _one(utterance: Utterance, address_of: Address) -> str:
    lines = [utterance.text]
    lines += [f"{number} {option.label}" for number, option in enumerate(utterance.choices, start=1)]
    lines += [address_of(paper.kind, paper.ref) for paper in utterance.attachments if paper.kind != "photo"]
    return "\n".join(line for line in lines if line)
