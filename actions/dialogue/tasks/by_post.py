""" "The label by post, please": what is possible instead, and the return goes on where it was."""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Goal
from actions.dialogue.papers import TO_SEND
from actions.dialogue.thread import again
from rma.model.codes import Method
from rma.model.conversations import Attachment, Utterance
from rma.model.returns import Return

_WAY = r"(?:(?:by|in|through|via) (?:the |normal |regular |ordinary )?(?:post|royal mail|snail mail|letter)|on paper|par (?:courrier(?! electronique)|la poste|voie postale|lettre))"
_LABEL = r"(?:labels?|etiquettes?|bordereaux?|paperwork)"
_ASKED = re.compile(
    rf"\b{_LABEL}\b(?: \w+){{0,3}} {_WAY}\b|\b(?:send|post|get|have|receive|envoy\w+|recevoir|avoir|adress\w+|poste[rz]?)\b(?:[\w' -]{{0,25}}){_WAY}(?: \w+){{0,3}} {_LABEL}\b"
    rf"|\b(?:post|snail[- ]mail) me (?:the |a |my )?(?:\w+ )?{_LABEL}\b|\b(?:printed|paper) (?:label|copy|version)\b.*\b(?:send|post|me)\b|\b(?:send|post) me (?:a |the )?(?:printed|paper) (?:label|copy|version)\b"
    rf"|\b(?:etiquette|bordereau)\b.*\b(?:version papier|format papier|imprimee? (?:par vous|chez moi)|dans ma boite aux lettres)\b"
    rf"|\b(?:me |m')(?:l'|la |le )?(?:envoyer|envoie[rz]?|adresser|poster) (?:\w+ ){{0,2}}{_WAY}"
)
_ALONE = re.compile(
    r"(?:(?:svp|stp|s'il (?:vous|te) plait|please|pls|oui|yes|plutot|non|no|rather|and|et|alors|ok)[\s,.!]*)*"
    r"par (?:courrier|lettre)(?: postale?| papier)?(?:[\s,.!]*(?:svp|stp|s'il (?:vous|te) plait|please|pls|merci|soyez (?:sympas?|gentile?s?)|plutot))*"
)
_SENDS = re.compile(r"\b(?:i|we|je|nous|on)(?:'ll| will| have| am|'m| vais| l'ai| le| la| les)? (?:\w+ )?(?:send|sent|post|posted|return|returned|envoie|envoye|renvoie|renvoye|renvoyer|poste|retourne)\b")


async def heard(d: Dialogue) -> bool:
    """False for anything else, such as goods that the shopper posts."""
    m, plain = d.memory, d.reading.plain
    if d.reading.choice is not None or _SENDS.search(plain):
        return False
    if not _ASKED.search(plain) and not (_ALONE.fullmatch(d.reading.bare) and _of_a_label(d)):
        return False
    m.misses = 0
    if m.order_id is not None and m.goal is None:
        await _of_made(d)
        return True
    d.say("label_by_post_qr" if await _has_qr(d) else "label_by_post")
    if m.goal is not None or m.asked is not None:
        await again(d)
    elif d.reading.is_sure("resend_label"):
        return False  # Which return it is of is found next.
    return True


def _of_a_label(d: Dialogue) -> bool:
    """Whether bare words about the post can only be about a label: where the way back is asked, or a label was spoken of."""
    m = d.memory
    if m.asked is not None:
        return m.asked.slot in ("method", "confirm")
    return m.last_return is not None or m.sending is not None or m.goal is Goal.RESEND_LABEL or d.reading.is_sure("talk_to_human")


async def _has_qr(d: Dialogue) -> bool:
    order = await d.order()
    country = order.shipping_address.country if order is not None else d.container.shop_profile.market
    return Method.QR in d.container.carrier.methods(country)


async def _of_made(d: Dialogue) -> None:
    """Of a return that stands: its code at once, and a person beside it."""
    labelled = [rma for rma in await d.returns() if rma.label is not None and rma.status in TO_SEND]
    chosen: Return | None = next((rma for rma in labelled if rma.number == d.memory.last_return), labelled[0] if labelled else None)
    qr = await _has_qr(d)
    attachments = [Attachment(kind="qr", ref=chosen.number)] if chosen is not None and qr else []
    text = d.text("label_by_post_qr" if qr else "label_by_post")
    d.said.append(Utterance(text=text, choices=[d.person_choice()], attachments=attachments))
