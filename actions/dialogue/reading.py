"""One message of the shopper's, as the NLU understood it and as it stands."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from actions.dialogue.claiming import denies_fault
from actions.dialogue.words import bare, fold
from rma.model.codes import FAULTS, Reason, as_code

SURE = 0.55
"""From this confidence on an intent may turn the conversation; under it the standing question is asked again."""

SURE_REASON = 0.4
"""Under it a reason that nobody asked for is not taken from a message."""


@dataclass(frozen=True)
class Entity:
    kind: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class Clause:
    """A part of the message that was understood by itself."""

    start: int
    end: int
    text: str
    intent: str | None
    confidence: float
    reason: Reason | None
    aside: bool = False
    """Beside the point: praise of a thing, a remark about an earlier one."""


def _sure_reason(parse: dict[str, Any], text: str) -> Reason | None:
    sure = float(parse.get("reason_confidence") or 0.0) >= SURE_REASON
    return _believed(as_code(Reason, parse.get("reason")), text) if sure else None


def _believed(reason: Reason | None, text: str) -> Reason | None:
    """ "It isn't broken" is no fault, whatever the model makes of the word."""
    return None if reason in FAULTS and denies_fault(text) else reason


@dataclass(frozen=True)
class Reading:
    text: str
    choice: list[str] | None = None
    photo: int | None = None
    intent: str | None = None
    confidence: float = 0.0
    reason: Reason | None = None
    faint_reason: Reason | None = None
    """The likeliest reason however unsure; for where a reason was asked."""
    reason_confidence: float = 0.0
    language: str | None = None
    language_confidence: float = 0.0
    entities: tuple[Entity, ...] = ()
    clauses: tuple[Clause, ...] = ()
    parse: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, text: str, parse: dict[str, Any], choice: list[str] | None = None, photo: int | None = None
    ) -> "Reading":
        """From Rasa's parse (`tracker.latest_message`); with a choice the words are only its label and mean nothing more."""
        if choice is not None:
            return cls(text=text, choice=choice, photo=photo)
        intent = parse.get("intent") or {}
        return cls(
            text=text,
            photo=photo,
            intent=intent.get("name"),
            confidence=float(intent.get("confidence") or 0.0),
            reason=_sure_reason(parse, text),
            faint_reason=_believed(as_code(Reason, parse.get("reason")), text),
            reason_confidence=float(parse.get("reason_confidence") or 0.0),
            language=parse.get("language"),
            language_confidence=float(parse.get("language_confidence") or 0.0),
            entities=tuple(Entity(e["entity"], e["value"], e["start"], e["end"]) for e in parse.get("entities") or []),
            clauses=tuple(
                Clause(
                    c["start"],
                    c["end"],
                    text[c["start"] : c["end"]],
                    c.get("intent"),
                    float(c.get("intent_confidence") or 0),
                    _sure_reason(c, text[c["start"] : c["end"]]),
                    bool(c.get("aside")),
                )
                for c in parse.get("clauses") or []
            ),
            parse={
                key: parse.get(key)
                for key in ("intent", "reason", "reason_confidence", "language", "entities", "clauses")
            },
        )

    @cached_property
    def plain(self) -> str:
        return fold(self.text)

    @cached_property
    def bare(self) -> str:
        return bare(self.text)

    def values(self, kind: str) -> list[Any]:
        return [entity.value for entity in self.entities if entity.kind == kind]

    def value(self, kind: str) -> Any | None:
        return next(iter(self.values(kind)), None)

    def is_sure(self, *intents: str) -> bool:
        return self.intent in intents and self.confidence >= SURE

    @cached_property
    def one_denies(self) -> bool:
        """Whether a part says that nothing is broken: then a fault that only the whole seems to name is none."""
        return self.reason in FAULTS and any(denies_fault(part.text) for part in self.parts)

    @cached_property
    def parts(self) -> tuple[Clause, ...]:
        """The clauses, or the whole message as the only one."""
        return self.clauses or (Clause(0, len(self.text), self.text, self.intent, self.confidence, self.reason),)
