"""What is asked right after the label: until when, where to, which number, the code instead of the paper; and "what now?" """

import re

from actions.dialogue import which_return
from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal
from actions.dialogue.papers import is_late
from actions.dialogue.tasks import closing, lookups, progress
from actions.dialogue.words import CANCEL
from rma.model.conversations import Attachment
from rma.model.returns import Return

_SEND = r"(?:send|post|ship|mail|drop|hand|return|envoyer|renvoyer|poster|expedier|deposer|retourner)"
_ASKED = {
    "after_send_by": re.compile(
        rf"\b(?:how long|until when|till when|by when|before when|when (?:do|must|should)|deadline|last day|combien de temps|jusqu'?a quand|avant quand|quand|date limite)\b.*\b{_SEND}\b"
        rf"|\b{_SEND}\b.*\b(?:by when|until when|before when|when|avant quand|jusqu'?a quand|quand)\b"
    ),
    "after_qr": re.compile(r"\b(?:qr|no printer|without (?:a )?printer|(?:don'?t|do not) have a printer|can'?t print|pas d'imprimante|sans imprim\w*|peux pas imprimer)\b"),
    "after_tracking": re.compile(r"\b(?:tracking (?:number|code|no)|numero de suivi|code de suivi)\b"),
    "after_where": re.compile(r"\b(?:where (?:do|can|should|must) i|ou (?:est-ce que )?je|je (?:le |la |les )?(?:depose|poste|envoie) ou|drop ?off (?:point|place)|point (?:de depot|relais))\b"),
    "after_number": re.compile(r"\b(?:(?:my|the|what(?:'?s| is)) return number|(?:mon|le) numero de retour)\b"),
    "after_what": re.compile(r"\b(?:what (?:now|next|happens (?:now|next))|what do i do (?:now|next)|and now|et maintenant|que (?:dois-je|faut-il) faire|je fais quoi)\b"),
    "after_change": re.compile(r"\b(?:i made a mistake|made an error|je me suis trompee?|(?:can|could) i change|change (?:it|that) to|je peux changer|changer pour|plutot un (?:avoir|bon|remboursement|echange))\b"),
}  # fmt: skip


_AND_NOW = re.compile(
    r"(?:(?:ok(?:ay)?|so|right|and|but|well|et|alors|donc|bon|mais)[\s,.]*)*"
    r"(?:(?:and|so|now|then|next|what (?:now|next|then)|then what|now what|what(?:'s| is) next|what happens (?:now|next)|what (?:do|should|can) i do(?: now)?"
    r"|et|alors|donc|maintenant|et maintenant|et (?:apres|ensuite)|apres|ensuite|la suite|(?:qu'est[- ]ce que )?je fais quoi(?: maintenant)?|que (?:dois-je|faut-il|puis-je) faire|on fait quoi|quoi maintenant|il se passe quoi)[\s,.!?]*)+"
)
_KEEPS = re.compile(
    r"^(?!.*\b(?:other|another|rest|remaining|autres?|reste)\b).*\b(?:keep|keeping) (?:it|them)\b(?! (?:in|on|with|until|till|sealed|safe|apart|warm|dry))|^(?!.*\b(?:autres?|reste)\b).*\b(?:le|la|les) garder?(?:ai)?\b(?! (?:dans|jusqu|au|avec|pour l'instant))"
)
_TOLD_AGAIN = (Goal.NOT_RECEIVED, Goal.TRACK_ORDER, Goal.RETURN_STATUS, Goal.REFUND_STATUS)


async def answer(d: Dialogue) -> bool:
    """Answers about the return that this conversation just made, or what it looked up last; False when the message is about
    something else."""
    number, plain = d.memory.last_return, d.reading.plain
    if d.memory.order_id is None or d.reading.choice is not None:
        return False
    if d.memory.last_goal in _TOLD_AGAIN and _AND_NOW.fullmatch(d.reading.bare):
        d.memory.goal, d.memory.misses = d.memory.last_goal, 0
        await lookups.advance(d)
        return True
    if number is None:
        return False
    if CANCEL.fullmatch(d.reading.bare) or _KEEPS.search(plain):
        d.memory.goal, d.memory.return_number = Goal.CANCEL_RETURN, None
        which_return.note(d)
        if not await which_return.named_lines(d):
            d.memory.return_number = number
        await lookups.advance(d)
        return True
    asked = next((key for key, pattern in _ASKED.items() if pattern.search(plain)), None)
    if asked is None and _AND_NOW.fullmatch(d.reading.bare):
        asked = "after_what"
    if asked is None:
        return False
    rma = await d.container.returns.get(number)
    order = await d.order()
    assert order is not None
    if asked == "after_what":
        await closing.tell_created(d, order, rma)
    elif asked in ("after_send_by", "after_qr", "after_tracking", "after_where") and rma.label is None:
        d.say("label_not_yet" if rma.method else "label_not_needed", number=number)
    elif asked == "after_send_by" and is_late(d, order, rma):
        await progress.tell_return(d, order, [rma])
    else:
        d.say(asked, attachments=_shown(asked, rma), number=number, date=d.day(rma.send_by), tracking=_tracking(rma), carrier=_carrier(rma))
    return True


def _shown(asked: str, rma: Return) -> list[Attachment]:
    return [Attachment(kind="qr", ref=rma.number)] if asked in ("after_qr", "after_where") else []


def _carrier(rma: Return) -> str:
    return str(rma.label.shipment.get("carrier_name", "")) if rma.label else ""


def _tracking(rma: Return) -> str:
    return rma.label.tracking_number if rma.label else ""
