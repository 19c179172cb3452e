"""After a person had the conversation: what was settled there is known, is not asked again, and is not handed over again."""

import re

from actions.dialogue.context import Dialogue
from rma.model.support import Cause, SupportEvent
from rma.service.settled import in_words

WHAT_WE_AGREED = re.compile(
    r"\b(?:what (?:exactly )?(?:did|have|had) (?:we|you|they|he|she|your \w+|the \w+) (?:just |all )?(?:agree|decide|say|settle|arrange|promise)\w*"
    r"|what (?:was|is|has been|'s been) (?:agreed|decided|settled|arranged|promised)|(?:remind me|tell me) what (?:we|was|your|they)|did we agree"
    r"|(?:qu'est[- ]ce qu(?:'on|e nous|e vous|'il|'elle|i)|qu'a[- ]t[- ]on|qu'avons[- ]nous|qu'avez[- ]vous|on avait|c'etait quoi|c'est quoi|quoi|ce qu(?:'on|e nous|e vous|i)) .{0,25}"
    r"\b(?:convenue?s?|decidee?s?|conclue?s?|regle|reglee?s?|arrange|promis|accord))\b"
)  # fmt: skip


async def take_note(d: Dialogue) -> None:
    """Brings the memory up to what people did since the assistant last spoke. What they settled is not asked about again."""
    m, known = d.memory, await d.settled()
    fresh = known.acts[m.acts_known :]
    if known.ended > m.stretches:
        m.misses, m.anger, m.offered_person = 0, 0, False
        m.back, m.told_at = True, {}
        if known.was_answered(Cause.APPEAL):
            m.declined = None
    m.stretches, m.acts_known = known.ended, len(known.acts)
    if fresh:
        await _settled(d, fresh)


async def _settled(d: Dialogue, acts: list[SupportEvent]) -> None:
    m, order = d.memory, await d.order()
    if order is None:
        return
    numbers = {act.detail.get("number") for act in acts if act.detail.get("order") == order.number}
    if not numbers:
        return
    d.history_changed()
    returns = [rma for rma in await d.container.returns.of_order(m.order_id or 0) if rma.number in numbers]
    lines = {line.id for rma in returns for line in rma.lines}
    if m.declined and m.declined.get("line") in lines:
        m.declined = None
    made = [act.detail["number"] for act in acts if act.kind in ("return_created", "approved", "overridden")]
    if made:
        m.last_return = made[-1]
    if m.goal is None or not m.goal.makes_return:
        return
    # What was being asked about has been done by a person, so there is nothing left to ask.
    kept = [item for item in d.draft.items if item.id not in lines]
    if len(kept) < len(d.draft.items) or (not d.draft.items and lines):
        d.draft.items, d.draft.agreed = kept, None
        if kept:
            m.asked = None
        else:
            m.clear_task()


async def summary(d: Dialogue) -> str:
    """What was settled so far, in one go; empty when nothing was."""
    return in_words((await d.settled()).acts, d.container.texts, d.language, d.conversation.channel)


async def told(d: Dialogue) -> bool:
    """Answers "what did we agree?"; False for anything else, and where no person ever was."""
    if d.reading.choice is not None or not WHAT_WE_AGREED.search(d.reading.plain):
        return False
    known = await d.settled()
    if not known.ended and not known.acts:
        return False
    words = await summary(d)
    d.say("agreed", settled=words) if words else d.say("agreed_nothing")
    return True


async def answered_before(d: Dialogue, cause: Cause, number: str | None = None) -> bool:
    """Says what came of it when a person dealt with that already, instead of handing it over again."""
    when = (await d.settled()).was_answered(cause, number)
    if when is None:
        return False
    words = await summary(d) or d.plain_text(f"settled_{cause}", date=d.day(when.date()), number=number or "")
    d.say("settled_already", settled=words)
    return True
