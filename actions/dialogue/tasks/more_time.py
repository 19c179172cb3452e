""" "Can I send it next week?": more time for the parcel, once."""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.papers import is_late
from rma.model.codes import ReturnStatus
from rma.model.errors import Conflict
from rma.model.orders import Order
from rma.model.returns import RELEASED, Return

_SEND = r"(?:send|post|ship|mail|return|hand|drop)\w*"
_ENVOYER = r"(?:l'|la |le |les )?(?:r?envoyer|poster|expedier|deposer|retourner)"
WANTED = re.compile(
    rf"\b(?:more time|extra (?:time|days?|week)|(?:few|some|\d+) more days|another (?:week|few days)|longer to {_SEND}"
    rf"|(?:extend|prolong|push back) (?:the |my |this |that )?(?:return(?!s? window)|deadline|date|time|delay|label)|(?:an|another|one more) extension(?! (?:cord|cable|lead))"
    rf"|(?:can'?t|cannot|won'?t (?:be able to |manage to )?) ?{_SEND} (?:it |them |the parcel )?(?:in time|before|by)\b"
    rf"|{_SEND} (?:it|them|the parcel) (?:a bit |a little )?later"
    rf"|plus de temps|(?:un )?delai (?:supplementaire|de plus)|(?:prolonger|rallonger|repousser|prolongation|rallonge)"
    rf"|(?:quelques|\d+) jours (?:de plus|supplementaires|en plus)|encore (?:quelques jours|une semaine)"
    rf"|{_ENVOYER} (?:un peu )?plus tard|pas (?:pu |pouvoir |le temps d[e'] ?)(?:{_ENVOYER}).{{0,20}}(?:a temps|avant|d'ici)"
    rf"|pas le temps d[e'] ?{_ENVOYER})\b"
)  # fmt: skip


async def answer(d: Dialogue, order: Order, returns: list[Return]) -> bool:
    """Gives it where it can be given; says why where it cannot."""
    standing = [rma for rma in returns if rma.status not in RELEASED] or returns
    if not standing:
        d.say("no_returns", number=order.number)
    for rma in standing[:3]:
        try:
            extended = await d.container.expiry.extend(rma.number, "shopper")
            d.say("more_time_given", number=rma.number, date=d.day(extended.send_by))
        except Conflict:
            d.say(_why_not(d, order, rma), number=rma.number, items=d.join([line.name for line in rma.lines]), date=d.day(rma.send_by))
    return True


def _why_not(d: Dialogue, order: Order, rma: Return) -> str:
    if rma.status is ReturnStatus.LABEL_ISSUED:
        return "more_time_once_late" if is_late(d, order, rma) else "more_time_once"
    if rma.status in RELEASED or rma.status in (ReturnStatus.REQUESTED, ReturnStatus.REVIEW):
        return f"status_{rma.status}"
    return "more_time_needless" if rma.method is not None else "more_time_no_date"
