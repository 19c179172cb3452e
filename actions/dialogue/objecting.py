""" "I disagree": an objection is taken to a person wherever it is said, and in other words right after a refusal."""

import re

from actions.dialogue.context import REFUSALS, Dialogue
from actions.dialogue.memory import Goal
from actions.dialogue.starting import object_to, start
from actions.dialogue.tasks import progress, talking
from actions.dialogue.thread import again
from actions.dialogue.words import DISAGREES
from rma.model.codes import ReturnStatus
from rma.model.support import Cause

_PROVING = ("order_number", "contact", "code")
"""Questions that come before anything else can be done, an objection too."""

_WHY = re.compile(
    r"\b(?:why|how come|for what reason|what was wrong|pourquoi|pour quelle raison|comment ca se fait)\b.*"
    r"\b(?:refus\w*|reject\w*|rejet\w*|declin\w*|den(?:y|ied)|(?:not|n't|wasn't|pas|non) (?:ete )?(?:been )?accept\w*)"
)
_WHY_LESS = re.compile(r"\b(?:why|how come|pourquoi)\b.*\b(?:less|only|in full|full|not all|moins|seulement|en entier|pas tout)\b")
_DAMAGE = (
    r"(?:broken|damaged|worn|used|dirty|torn|stained|washed|opened|scratched|cracked|missing"
    r"|cass\w+|abim\w+|port\w+|use\w*|utilis\w+|sale\w*|tach\w+|dechir\w+|lave\w*|ouvert\w*|ray\w+|endommag\w+|fele\w*)"
)
_IN_OTHER_WORDS = re.compile(
    rf"\b(?:was|were|is|are|has|had|have|did)(?: ?n'?t| not| never)(?: been)? (?:\w+ )?{_DAMAGE}\b|\bnever (?:been )?{_DAMAGE}\b"
    rf"|\b(?:n'|est |sont |etai(?:t|ent) |ete |a |ai )\w* ?(?:pas|jamais|rien) (?:\w+ )?{_DAMAGE}\b"
    r"|\b(?:when|before) i (?:sent|posted|shipped|returned|packed)|\b(?:quand|avant que|lorsque) (?:je (?:l'|les |vous )|j'ai ).{0,20}(?:envo|post|exped|retourn|emball)"
    r"|\b(?:full|whole|entire|complete|total|all (?:of )?(?:my|the)|rest of (?:my|the)) (?:refund|money|amount|price|sum)\b|\brefund(?:ed)? (?:me )?in full\b"
    r"|\brembours\w+ (?:en entier|en totalite|totalement|integralement|entierement|completement|complet|integral|total)\b|\b(?:tout|reste de) mon argent\b"
    r"|\b(?:not true|untrue|you'?re wrong|you are wrong|(?:that'?s|that is|this is|it'?s) (?:wrong|false|a lie|nonsense|impossible|a mistake|ridiculous))\b"
    r"|\b(?:c'est|ce n'est) (?:faux|pas vrai|ridicule|impossible|n'importe quoi|une erreur|un mensonge|une honte|abuse)\b|\bvous (?:vous )?(?:trompez|mentez)\b"
    r"|\b(?:owe|owes) me\b|\bme (?:devez|doit)\b"
)  # fmt: skip
_SENT_IT = re.compile(
    r"\b(?:i|we) (?:\w+ )?(?:sent|put|posted|included|returned|packed|shipped)\b|\bi did (?:send|put|post|include|return|pack)\b"
    r"|\bj'(?:ai|avais) (?:\w+ )?(?:r?envoye\w*|poste\w*|mis\w*|expedie\w*|retourne\w*|emballe\w*)|\bje (?:l'|les |vous (?:l'|les )?)ai (?:\w+ )?(?:r?envoye|mis|poste)"
    r"|\b(?:was|were|is|are) (?:\w+ )?in (?:the|that|my) (?:parcel|box|package)\b|\betai(?:t|ent) (?:\w+ )?dans le (?:colis|carton|paquet)\b"
)  # fmt: skip
_MAKING = ("request_exchange", "withdraw_contract")


async def heard(d: Dialogue) -> bool:
    """Answers an objection, or the question why something was refused. False for anything else, and where it is the no to a
    question that stands."""
    asked, plain = d.memory.asked, d.reading.plain
    if d.reading.choice is not None or (asked is not None and asked.slot in _PROVING):
        return False
    if asked is None and d.memory.goal is None and (_WHY.search(plain) or (d.memory.order_id and _WHY_LESS.search(plain))):
        return await _why(d)
    if asked is not None:
        is_no = asked.slot == "confirm" and d.memory.declined is None
        if is_no or not DISAGREES.search(plain) or d.reading.reason is not None or len(plain.split()) > 8:
            return False
    elif not DISAGREES.search(plain):
        if d.told_last("goods_missing") and _SENT_IT.search(plain) and not d.told_last("goods_rejected"):
            await talking.fetch_person(d, Cause.PARCEL)
            return True
        if d.reading.is_sure(*_MAKING) or not (d.told_last(*REFUSALS) and _IN_OTHER_WORDS.search(plain)):
            return False
    elif _complains(d):
        return False
    await object_to(d)
    return True


def _complains(d: Dialogue) -> bool:
    """ "Not fair, the mug came broken" where nothing was refused yet: that is a return to begin."""
    of_goods = d.reading.reason is not None and d.reading.is_sure("report_problem", "request_return", "request_exchange")
    return of_goods and d.memory.declined is None and not d.told_last(*REFUSALS)


async def _why(d: Dialogue) -> bool:
    """Tells the reason again, with how to object."""
    m = d.memory
    if m.order_id is None:
        await start(d, Goal.RETURN_STATUS)
        return True
    order, mark = await d.order(), len(d.said)
    assert order is not None
    returns = await d.returns()
    await progress.tell_differences(d, returns)
    declined = [rma for rma in returns if rma.status is ReturnStatus.DECLINED]
    if len(d.said) == mark and m.declined and "why" in m.declined:
        d.say("declined", item=m.declined["item"], why=m.declined["why"])
        d.say("declined_contest")
    elif len(d.said) == mark and declined:
        await progress.tell_return(d, order, declined)
    if len(d.said) == mark:
        return False
    if m.asked is not None:
        await again(d)
    return True
