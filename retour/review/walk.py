"""Going through the messages one by one: what is shown, and what a key or a word does."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from retour.console import one_line, out, say
from retour.review import terminal
from retour.review.cleaner import clean
from rma.model.codes import Language, Reason
from rma.model.errors import NotFound, RetourError
from rma.model.review import Intent, Review
from rma.service.review import ReviewDesk, Shown

E = TypeVar("E", bound=StrEnum)
HELP = "Enter takes the suggestion · number or name of an intent · ? lists them · e edits · l other language · s skips · q quits"
_NONE = "-"


class Walk:
    """Labels what is shown. Each answer is kept at once, so that nothing is lost by leaving."""

    def __init__(self, desk: ReviewDesk, by: str) -> None:
        self._desk = desk
        self._by = by
        self.labelled = 0

    async def through(self, waiting: Sequence[Shown]) -> None:
        """Until the last one or the end of input."""
        say(HELP)
        for place, shown in enumerate(waiting, 1):
            say(f"\n{place} of {len(waiting)} · {heading(shown.review)}")
            try:
                if not await self._one(shown):
                    return
            except RetourError as error:
                # Erased, or reviewed by somebody else meanwhile: the next one.
                say(str(error))

    async def _one(self, shown: Shown) -> bool:
        """False when the reviewer wants to stop."""
        review, text, language = shown.review, shown.text, shown.review.understood.language
        while True:
            out().print(f"  {one_line(text)}", markup=False)
            answer = terminal.ask(f"{suggested(review) or 'no suggestion'} > ", "selq?")
            if answer is None or answer == "q":
                return False
            if answer == "s":
                await self._desk.skip(review.id, self._by)
                return True
            if answer == "e":
                text = terminal.edited("  ", text) or text
            elif answer == "l":
                language = Language.FR if language is Language.EN else Language.EN
                say(f"  {language}")
            elif answer == "?":
                say(_numbered(Intent))
            else:
                meant = self._meant(review, answer)
                if meant is not None and await self._kept(review.id, *meant, language, text):
                    return True

    def _meant(self, review: Review, answer: str) -> tuple[str, str | None] | None:
        """Intent and reason; None when it has to be asked again."""
        if not answer:
            if review.understood.intent is None:
                say("there is no suggestion: answer with an intent")
                return None
            return review.understood.intent, _reason_of(review)
        intent = picked(Intent, answer)
        if intent is None:
            return None
        return (intent, self._why(_reason_of(review))) if intent.may_state_reason else (intent, None)

    def _why(self, likely: str | None) -> str | None:
        while True:
            answer = terminal.ask(f"  reason: Enter for {likely or 'none'}, {_NONE} for none, ? lists them > ", f"?{_NONE}")
            if answer == "?":
                say(_numbered(Reason))
            elif not answer:
                return likely
            elif answer == _NONE:
                return None
            elif (reason := picked(Reason, answer)) is not None:
                return reason

    async def _kept(self, review_id: int, intent: str, reason: str | None, language: Language, text: str) -> bool:
        try:
            label = await self._desk.label(review_id, clean, self._by, intent, reason, language, text)
        except NotFound:
            raise
        except RetourError as error:
            say(str(error))
            return False
        self.labelled += 1
        say(f"  {label.meaning} ({label.language})")
        return True


def heading(review: Review) -> str:
    """Number, instant (UTC), language, cause."""
    return f"{review.id} · {review.noted_at:%Y-%m-%d %H:%M} · {review.understood.language} · {review.cause}"


def suggested(review: Review) -> str:
    """What the model made of the message: "report_problem 0.41, defective"."""
    understood = review.understood
    if understood.intent is None:
        return ""
    reason = f", {understood.reason}" if understood.reason else ""
    return f"{one_line(understood.intent)} {understood.confidence:.2f}{reason}"


def picked(codes: type[E], answer: str) -> E | None:
    """The code that a number, a name or the only name that begins like it means. Says what is wrong otherwise."""
    known, wanted = list(codes), answer.strip().lower().replace(" ", "_").replace("-", "_")
    if wanted.isdecimal():
        if 1 <= int(wanted) <= len(known):
            return known[int(wanted) - 1]
        say(f"{answer}: expected 1 to {len(known)}")
        return None
    found = [code for code in known if code == wanted] or [code for code in known if code.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    say(f"{one_line(answer)}: {'one of ' + ', '.join(found) if found else 'no such name; ? lists them'}")
    return None


def _numbered(codes: type[StrEnum]) -> str:
    return "\n".join(f"  {number:2} {code}" for number, code in enumerate(codes, 1))


def _reason_of(review: Review) -> str | None:
    """The reason understood, where the intent understood may state one."""
    try:
        states = Intent(review.understood.intent or "").may_state_reason
    except ValueError:
        return None
    return review.understood.reason if states else None
