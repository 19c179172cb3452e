"""Right after a refusal: "refund", "but I want my money", "oh come on" are said to it. The form does not begin anew: what is still
possible is said, and a yes, or the same again, takes it to a person."""

import re

from actions.dialogue.context import REFUSALS, Dialogue
from actions.dialogue.memory import Draft, Goal
from actions.dialogue.questions import confirm
from actions.dialogue.questions.outcome import yes_or_no
from actions.dialogue.tasks import talking
from actions.dialogue.words import DISAGREES
from rma.policy import Code, Verdict, outlook

_MONEY = re.compile(
    r"(?:\b(?:i|we|you|me|my|the|a|it|that|just|still|but|and|so|please|pls|plz|want|need|would|like|expect|demand|give|get|have|can|could|back|then|anyway|now|ok|okay|no|well|really|only|all|same|all the same"
    r"|je|j'|nous|vous|on|mon|mes|le|la|les|l'|un|une|du|de|d'|ca|mais|et|quand|meme|veux|voudrais|exige|souhaite|aimerais|demande|etre|rendez|rends|moi|me|svp|stp|s'il|te|plait|alors|non|bon|ben|bah|juste|tout de meme)\b"
    r"|i'd|[\s,.!?'-]+)*"
    r"(?:refund(?: me| it| please)?|(?:my )?money(?: back)?|reimburse(?:ment| me)?|remboursement|remboursee?s?|remboursez[- ]moi|rembourse[- ]moi|argent|return it|take it back|reprenez[- ]le)"
    r"(?:\b(?:please|pls|plz|svp|stp|now|back|anyway|then|me|moi|maintenant|quand meme|alors|tout de meme|all the same|s'il (?:vous|te) plait)\b|[\s,.!?'])*"
)
_PLEADS = re.compile(
    r"(?:(?:allez|quoi|come on|oh|please|pls|svp|stp|s'il (?:vous|te) plait|mais|but|ok|bon|and|et|pretty|just|for once|pour une fois|be|soyez|sois)[\s,.!]*)*"
    r"(?:(?:be |soyez |sois )(?:so |a bit |un peu |vraiment )?(?:nice|kind|cool|reasonable|fair|lenient|generous|human|good|sympas?|gentile?s?|gentils?|cools?|chics?|raisonnables?|indulgente?s?|comprehensi(?:f|ve)s?|humaine?s?)"
    r"|come on|pretty please|have a heart|do me a favou?r|un (?:petit )?(?:geste|effort)(?: commercial)?|faites (?:un (?:petit )?(?:geste|effort)(?: commercial)?|une exception)|make an exception)"
    r"(?:[\s,.!]*(?:please|pls|svp|stp|s'il (?:vous|te) plait|merci|thanks|for once|pour une fois|with me|avec moi|to me))*[\s,.!]*"
)
"""Said to a person's kindness: neither a threat nor a goodbye, and no wish for a person."""


async def heard(d: Dialogue) -> bool:
    """False for anything else, and where nothing was refused just now."""
    m = d.memory
    if d.reading.choice is not None:
        return False
    again = m.goal is Goal.APPEAL and m.asked is not None and m.asked.slot == "confirm"
    if again and (_short_of_money(d) or pleads(d) or DISAGREES.search(d.reading.plain)) and yes_or_no(d) is not True:
        await talking.appeal(d)
        m.clear_task()
        return True
    if m.asked is not None or m.goal is not None or m.order_id is None or not d.told_last(*REFUSALS):
        return False
    if d.reading.reason is not None and not _short_of_money(d):
        return False
    if not _short_of_money(d) and not pleads(d):
        return False
    await _what_is_possible(d)
    return True


def pleads(d: Dialogue) -> bool:
    return d.reading.choice is None and len(d.reading.plain.split()) <= 12 and bool(_PLEADS.fullmatch(d.reading.bare))


def _short_of_money(d: Dialogue) -> bool:
    if d.reading.values("product") or d.reading.values("order_number") or "?" in d.reading.text:
        return False
    return len(d.reading.plain.split()) <= 9 and bool(_MONEY.fullmatch(d.reading.bare))


async def _what_is_possible(d: Dialogue) -> None:
    """Says that it stands, what else there is, and asks whether a person shall look at it again."""
    m, order = d.memory, await d.order()
    assert order is not None
    refused = m.declined if m.declined and m.declined["order"] == order.number and d.told_last("declined") else None
    codes = set(refused["codes"]) if refused else set()
    d.say("refusal_stands", item=refused["item"]) if refused else d.say("refusal_stands_general")
    if Code.EXHAUSTED in codes:
        d.say("declined_exhausted", returns=d.join([rma.number for rma in await d.returns()]))
    elif Code.NOT_DELIVERED in codes:
        d.say("declined_wait")
    elif refused and order.line(refused["line"]):
        view = outlook(order, refused["line"], d.now, d.container.policy, await d.history())
        if view.fault.decision is not Verdict.DECLINE:
            d.say("refusal_if_faulty")
    m.goal, m.misses, m.draft = Goal.APPEAL, 0, Draft(objection=d.reading.text[:2000])
    confirm.put(d, d.text("ask_appeal"))
