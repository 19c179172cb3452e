"""What a message is about when a return of the order stands: the parcel that came back, its money, its label, more time for it.

"Has my package arrived?" is about the parcel of the return then, not about the one that brought the order. Patterns run over
folded text (actions.dialogue.words.fold).
"""

import re
from collections.abc import Sequence

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal
from actions.dialogue.starting import start
from actions.dialogue.tasks import advising
from rma.model.codes import Resolution
from rma.model.returns import RELEASED, Return

_MAKING = ("request_return", "report_problem", "request_exchange", "withdraw_contract", "cancel_return", "cancel_order")
_ASKS = r"\b(?:where(?:'s| is| are)?|when(?:'s| is| are| do| does| will)?|has|have|did|any news|ou|quand|des nouvelles)\b"
_NOT_HERE = r"(?:\b(?:not|never|n'?t|pas|jamais|rien|toujours)\b.*\b(?:receiv\w*|got|get|arriv\w*|come|recu\w*|eu)\b)"
_CREDIT = r"(?:store credit|credit (?:note|code)|voucher|\b(?:mon|un|l'|votre|d')\s?avoir\b(?! (?:de|une?|le|la|plus)\b)|bon d'achat)"
_PARCEL = r"(?:parcel|package|return|box|colis|paquet|retour|carton)"
_NEW = r"(?:(?:my|the|mon|ma|le|la|l'|un|une) ?(?:new|nouve(?:au|l|lle)) (?!code|label|etiquette|sms|mail|e-?mail|return|retour|message)\w+|exchange|replacement|echange|remplacement|repair(?:ed)?|reparation)"

_OF_CREDIT = re.compile(rf"{_ASKS}.*{_CREDIT}|{_CREDIT}.*{_NOT_HERE}|{_NOT_HERE}.*{_CREDIT}")
_AT_OURS = re.compile(
    rf"\b{_PARCEL}\b.*\b(?:your (?:warehouse|place|depot|end)|the warehouse|to you|with you|reach(?:ed)? you|l'entrepot|chez vous|votre (?:entrepot|depot))\b"
    rf"|\b(?:did|have|has) (?:you(?: guys)?|the warehouse|anyone)(?: already| ever)? (?:get|got|gotten|receiv\w*)\b.*\b(?:my|the|it|{_PARCEL})\b"
    rf"|\b(?:avez[- ]vous|vous avez|as[- ]tu|tu as|l'avez[- ]vous|l'entrepot a)(?: bien| deja)? recu\b.*\b(?:mon|le|ma|la|{_PARCEL})\b|\b(?:vous l'avez|l'avez[- ]vous)(?: bien| deja)? recu\b"
)  # fmt: skip
_OF_NEW = re.compile(
    rf"\b(?:where(?:'s| is)|when (?:does|will|do|is)|has|did|any news|ou (?:est|en est|se trouve)|quand|des nouvelles)\b.*\b{_NEW}"
)
_OTHER = re.compile(
    r"^(?:et|and|what about|how about|quid de|ou (?:est|en est)|where(?:'s| is)|any news)\b.*"
    r"(?:l'|\bmon |\bma |\bmy |\bthe )(?:autre|other|second|deuxieme) (?:return|retour)\b"
)
_MONEY = re.compile(
    rf"\b(?:owe|owes) me\b|\bme (?:devez|doit)\b|\b(?:lost|forgot\w*|perdu|oublie)\b.*{_CREDIT}|{_CREDIT}.*\b(?:lost|left|perdu|reste)\b"
    rf"|\b(?:left|reste\w*|solde|balance)\b.*{_CREDIT}"
    r"|\bcombien (?:est[- ]ce que )?(?:je vais|vais[- ]je|je (?:touche|recois|recupere)|on me (?:rend|rembourse)|(?:vous )?(?:me|allez))\b"
    r"|\bhow much (?:money )?(?:will|do|am|are|is) (?:i|you|my refund|being refunded)\b"
)  # fmt: skip
_SLOW = re.compile(
    r"\b(?:why|pourquoi)\b.*\b(?:so long|taking|slow|si long\w*|aussi long\w*|autant de temps|lent)\b|\btaking (?:so long|too long|ages|forever|a while)\b"
    r"|\b(?:it'?s|it has|it s|that'?s) (?:already |now )?been (?:\w+ ){1,3}(?:days?|weeks?|months?|wks?)\b|\b(?:ca|cela) (?:fait|va faire) (?:\w+ ){1,3}(?:jours?|semaines?|mois)\b(?!.*\b(?:achete|commande|recu|eu)\b)"
    r"|^(?:so |and |but |ok )?how (?:long|many (?:days|weeks)) (?:does|will|is|do) (?:it|this|that|they)(?: all| usually| normally)? (?:take|going to take)\b|^how long(?: now| still)?[ ?!.]*$"
    r"|^(?:et |alors |mais )?(?:ca|cela) (?:prend|va prendre|met) combien de (?:temps|jours)\b|^(?:et |alors )?combien de temps (?:ca|cela) (?:prend|va prendre|dure)\b"
    r"|^(?:mais |et |bon |oh )?(?:c'est|ca prend) (?:vraiment |tres |bien |trop |si )?(?:long|lent|du temps|trop de temps)[ .!?]*$"
)
_NEWS = re.compile(
    r"^(?:hi|hello|bonjour|so|alors)?[\s,]*(?:any (?:updates?|news)|what'?s (?:happening|going on)|(?:(?:avez[- ]vous|vous avez) )?(?:des nouvelles|du nouveau)|(?:est[- ]ce que )?(?:ca|cela) avance|(?:on )?(?:ou )?en (?:est|sommes)[- ](?:on|nous))\b"
)
_LATER = re.compile(
    r"\b(?:send|post|ship|mail|return|drop)(?: it| them| this| the parcel)?(?: off)? (?:only )?(?:next (?:week|month|year)|in (?:a|one|two|three|\d+) (?:weeks?|months?)|after (?:the |my )?(?:holidays?|weekend|vacation))\b"
    r"|\b(?:envoyer|renvoyer|poster|expedier|deposer)(?: le colis)? (?:seulement )?(?:le mois prochain|la semaine prochaine|dans (?:une?|deux|trois|\d+) (?:semaines?|mois)|apres (?:les|mes) (?:vacances|fetes))\b"
)  # fmt: skip
_LABEL = re.compile(
    r"\b(?:can|could|will|would) you (?:please )?(?:re-?send (?:it|that|them)|send (?:it|that|them)(?: to me)? again)\b|^(?:please )?(?:re-?send (?:it|that)|send (?:it|that) again)\b"
    r"|\bpo?u(?:vez|vez|rriez)[- ]vous me (?:la |le |l')renvoyer|\brenvoyez[- ](?:la|le)[- ]moi\b|\btu peux me (?:la |le |l')renvoyer\b"
)  # fmt: skip

_STATUS_OF_MINE = re.compile(
    rf"^(?:\w+[\s,]+){{0,3}}?(?:where(?:'s| is| are)|when (?:do|will|am|is|does)|any news|has|have i|did i|ou (?:est|sont|en est)|quand|je n'ai (?:pas|toujours)|i haven'?t).*"
    rf"\b(?:my|mon|ma|mes|l') ?(?:first |other |premier |autre )?(?:refund|money|credit|return|remboursement|argent|retour|{_CREDIT})"
)  # fmt: skip
_INTERROGATIVE = re.compile(r"\?|^(?:where|when|has|have|did|ou|quand|est[- ]ce)\b")


_AND_THE = re.compile(r"^(?:(?:and|et|ok|so|but|mais|alors|what about|how about|quid de|what of)\b[\s,]*)+(?:the|my|le|la|les|mon|ma|mes|l'|pour)?")


async def and_the_other(d: Dialogue) -> bool:
    """ "And the cushion?": of an item of the proven order, how its return stands, or where it is; else its return begins."""
    order = await d.order()
    if order is None or len(d.reading.plain.split()) > 6 or not _AND_THE.search(d.reading.plain) or "?" not in d.reading.text:
        return False
    found = (await d.matcher()).find(d.reading.text, by_position=False).lines
    line = order.line(found[0]) if len(found) == 1 else None
    if line is None:
        return False
    of_line = [rma for rma in await d.returns() if any(one.id == line.id for one in rma.lines) and rma.status not in RELEASED]
    if of_line:
        d.memory.return_number = of_line[-1].number
        await start(d, Goal.RETURN_STATUS)
    elif line.delivered_at is None or line.delivered_at > d.now:
        await start(d, Goal.TRACK_ORDER)
    else:
        await start(d, Goal.RETURN)
    return True


async def route(d: Dialogue) -> bool:
    """Begins the task that a message about a return means. False when it is about something else, or may be: then it goes the
    ordinary way."""
    if d.reading.choice is not None or d.reading.is_sure(*_MAKING):
        return False
    goal = _plainly(d) or await _given_a_return(d)
    if goal is None:
        return False
    d.memory.misses = 0
    await start(d, goal)
    return True


def asks_for_status(d: Dialogue) -> Goal | None:
    """ "Where is my refund?" while something else is being asked: a question, no choice of a refund."""
    if advising.asked_of_the_way(d) in advising.OF_MEANS:
        return None
    plain = d.reading.plain
    sure = d.reading.confidence >= 0.8 and d.reading.intent in ("check_refund_status", "check_return_status")
    if not (_STATUS_OF_MINE.search(plain) or (sure and _INTERROGATIVE.search(plain))):
        return None
    of_return = d.reading.intent == "check_return_status" or re.search(r"\b(?:my|mon) (?:\w+ )?(?:return|retour)\b", plain)
    return Goal.RETURN_STATUS if of_return else Goal.REFUND_STATUS


def _plainly(d: Dialogue) -> Goal | None:
    """What only a return can be meant by, whichever order it is of."""
    plain = d.reading.plain
    if _OF_CREDIT.search(plain):
        return Goal.REFUND_STATUS
    return Goal.RETURN_STATUS if _AT_OURS.search(plain) or _OF_NEW.search(plain) else None


async def _given_a_return(d: Dialogue) -> Goal | None:
    """What is meant by words that say little, where a return of the proven order stands."""
    if d.memory.order_id is None or d.reading.values("order_number"):
        return None
    plain = d.reading.plain
    about = next((goal for goal, pattern in _MEANT if pattern.search(plain)), None)
    if about is None and (d.reading.reason is not None or not _SLOW.search(plain)):
        return None
    standing = [rma for rma in await d.returns() if rma.status not in RELEASED]
    if not standing:
        return None
    return about or _slow(standing)


_MEANT = (
    (Goal.MORE_TIME, _LATER),
    (Goal.RESEND_LABEL, _LABEL),
    (Goal.REFUND_STATUS, _MONEY),
    (Goal.REFUND_STATUS, advising.HOW_SOON),
    (Goal.RETURN_STATUS, _OTHER),
    (Goal.RETURN_STATUS, _NEWS),
)


def _slow(returns: Sequence[Return]) -> Goal:
    """What takes so long: the money where there is some to come, else the goods."""
    money = any(rma.resolution in (Resolution.REFUND, Resolution.STORE_CREDIT) for rma in returns)
    return Goal.REFUND_STATUS if money else Goal.RETURN_STATUS
