"""A question about a choice is not the choice: "what's store credit?" is answered, and what was asked is asked again.

A polite wish has the form of a question and is none: "can I have store credit?" chooses it. Patterns run over folded text.
"""

import re
from collections.abc import Callable

from actions.dialogue.context import Dialogue
from actions.dialogue.tasks import advising
from rma.model.codes import Resolution
from rma.policy import Facts, facts, spoken_days

_LEAD = (
    r"^(?:(?:and|et|but|mais|ok(?:ay)?|so|alors|sorry|pardon|excuse[sz]?(?:[- ]moi)?|hmm+|hm|euh|uh|um|wait|attend[sz]?|just|hi|hello|hey|bonjour|"
    r"quick question|question|one question|une question|yes|oui|well|bon|ben|bah|actually|en fait|please|svp|before that|d'abord|also|sinon|donc)[\s,.:!-]+)*"
)
_WISHES = re.compile(
    _LEAD
    + r"(?:(?:can|could|may|might|cld) (?:i|we|u|you|ya)(?: please| pls| just| maybe| also| still| possibly| perhaps| instead)* (?!explain|tell|say|clarify|see|know|ask|spend|combine|track|trust|still use|use (?:the |my |that |this )?(?:store )?(?:credit|voucher))"
    r"|would you (?:please )?(?!explain|tell)|(?:is it|would it be|it is|it's) (?:possible|ok(?:ay)?|fine|alright) (?:to|if i|for me to)|possible to |any chance (?:of|to|i)"
    r"|how about|why not|i(?:'d| would)? (?:like|want|prefer|take|choose|need)|i'?ll (?:take|have|go)|let'?s |give me|make (?:it|that)"
    r"|(?:est[- ]ce qu(?:e |'))?(?:je|j'|on|tu|vous) (?:peux|peut|pourrais|pourrait|pouvez|pourriez|pourrai|veux|voudrais|prefere\w*|aimerais|prends|choisis)\b(?! (?:m'expliquer|me dire|m'en dire|expliquer|savoir))"
    r"|(?:puis|pourrais|peut|pourrait|peux|pouvez|pourriez)[- ](?:je|on|tu|vous)\b(?! (?:m'expliquer|me dire|m'en dire|expliquer|savoir|utiliser (?:le|mon|un|l') ?(?:bon|avoir)))"
    r"|(?:(?:est[- ]ce|c'est|ce serait|serait[- ]il|est[- ]il) )?possible (?:d'|de |d avoir)|j'aimerais|plutot|pourquoi pas|donne[rz]?[- ]moi|y a moyen d)"
)
_ASKS = re.compile(
    _LEAD
    + r"(?:what(?!'?s? i (?:want|need|'?d))|whats\b|how(?! about)\b|why(?! not)\b|when\b|where\b|which\b|who\b|do(?:es)? (?:i|we|it|you|u|the|a|store|an|they|that)\b|did\b|will\b|would (?:i|it|that|the)\b|"
    r"is\b|are\b|am i\b|should (?:i|we)\b|must i\b|have i to\b|need i\b|(?:can|could) (?:you|u) (?:please )?(?:explain|tell|clarify)|can (?:i|we) (?:still )?(?:use|spend|combine)|explain|tell me (?:more|about|what|how)|"
    r"i don'?t (?:know|understand) what|not sure what|meaning of|difference between|"
    r"c'?est quoi|c koi|quoi\b|qu'?est[- ]ce qu|qu[' ]?(?:entend|appel)|quel(?:le)?s?\b|comment\b|pourquoi(?! pas)\b|quand\b|combien\b|ou\b|qui\b|est[- ]ce qu(?!e je (?:peux|pourrais)|'on (?:peut|pourrait))|"
    r"dois[- ]je|faut[- ]il|il faut|doit[- ]on|ca (?:veut dire|marche|fonctionne|consiste)|explique[rz]?|(?:peux|pouvez|pourriez)[- ](?:tu|vous) (?:m'expliquer|me dire|expliquer)|"
    r"(?:vous pouvez|tu peux) (?:m'expliquer|me dire|expliquer)|je (?:ne )?(?:sais|comprends) pas ce qu|difference entre)"
)
_ASKS_AT_ITS_END = re.compile(
    r"\b(?:(?:ca|ca se|cela) (?:marche|passe|fonctionne|veut dire|consiste)(?: en)? (?:comment|quoi)|c'?est (?:quoi|koi|comment|combien)|comment ca (?:marche|fonctionne|se passe)|"
    r"how (?:does|would|do) (?:it|that|this|they) work|what(?:'s| is| does) (?:that|it|this)(?: mean)?|means? what)\b[\s?!.]*$"
)
_SHORT_CHOICE = 3
"""Words up to which something with a question mark is a hesitant choice: "store credit?"."""
_WHERE_TO = re.compile(r"\b(?:card|bank|account|paypal|carte|compte|banque|especes|cash|wallet)\b")
_COURTESY = re.compile(
    r"^(?:thanks?(?: you)?|merci|please|svp|stp|hi|hello|bonjour|ok(?:ay)?|sorry|pardon|hmm+|\W)*$"
)

_ABOUT: tuple[tuple[str, str], ...] = (
    ("store_credit", r"(?:store |shop )?credit(?! card)|credit note|voucher|bons? d'achat|avoirs?(?! (?:une?|le|la|l'|les|mon|ma|des|plus|besoin|de)\b)"),
    ("qr", r"q ?r\b|qr[- ]?codes?|code qr|(?:drop[- ]?off|show(?:ing)?) (?:a |the )?code|le code|a code|the code|no printer|without (?:a )?print\w*|sans imprim\w*|pas d'imprimante"),
    ("label", r"labels?|print(?:ed|er|ing)?|pdf|etiquettes?|imprim\w*|bordereau"),
    ("pickup", r"pick(?:ed)?[- ]?up|collect(?:ed|ion)?|enlevement|enleve\w*|venir (?:le |la |les )?chercher"),
    ("exchange", r"exchang\w*|swap\w*|echang\w*"),
    ("replacement", r"replac\w*|remplac\w*"),
    ("repair", r"repair\w*|repar\w*"),
    ("refund", r"refund\w*|money back|reimburs\w*|rembours\w*"),
)  # fmt: skip
_NAMED = [(topic, re.compile(rf"\b(?:{pattern})")) for topic, pattern in _ABOUT]
_WHAT_THERE_IS = re.compile(
    r"\b(?:what|which|quel\w*|que|qu'?)\b.*\b(?:sizes?|colou?rs?|options?|choices?|have|got|stock|available|tailles?|couleurs?|choix|avez|dispo\w*|proposez)\b"
)
_SIZE = re.compile(r"\b(?:x*[sml]|xx*l|\d{2})\b(?<!'s)")
_POLICY = ("outbound", "refund_time", "cost", "withdrawal")
"""What the policy answers better than a word about the choice."""


def is_question(text: str) -> bool:
    """Whether a folded sentence asks something, and is no wish in the form of a question."""
    if _WISHES.search(text):
        return False
    if _ASKS.search(text) or _ASKS_AT_ITS_END.search(text):
        return True
    return "?" in text and (len(re.findall(r"[\w']+", text)) > _SHORT_CHOICE or bool(_WHERE_TO.search(text)))


def topics_asked(d: Dialogue) -> list[str]:
    """What the message asks about the choices; empty when it asks nothing of them, or says something else beside it."""
    if d.reading.choice is not None:
        return []
    sentences = re.findall(r"[^?!.;\n]+[?!.;\n]*", d.reading.plain) or [""]
    asked = [sentence.strip() for sentence in sentences if is_question(sentence.strip())]
    said = [sentence for sentence in sentences if sentence.strip() not in asked]
    if not asked or not all(_COURTESY.search(sentence.strip(" ?!.;,")) for sentence in said):
        return []
    text = " ".join(asked)
    return [topic for topic, pattern in _NAMED if pattern.search(text)]


async def explained(d: Dialogue) -> bool:
    """Answers a question about one of the choices. False for anything else."""
    if advising.asked_of_the_way(d) in advising.OF_MEANS:
        await advising.answer(d)
        return True
    if advising.HOW_SOON.search(d.reading.plain) and is_question(d.reading.plain) and not d.reading.values("return_number"):
        await advising.tell_refund_time(d)
        return True
    topics = topics_asked(d)
    asked = d.memory.asked
    if asked is not None and asked.slot == "exchange_for" and _what_there_is(d):
        return True  # The question that is put again shows what there is.
    if not topics:
        return False
    order = await d.order()
    market = order.market if order else d.container.shop_profile.market
    terms = facts(d.container.policy, market, currency=order.currency if order else None)
    of_policy = d.reading.intent in ("ask_return_policy", "check_refund_status") and advising.is_about(d.reading.plain, *_POLICY)
    if of_policy or advising.asked_of_the_way(d) is not None:
        await advising.answer(d)
        return True
    for topic in [topic for topic in topics if topic != "refund"][:2] or topics[:1]:
        _SAY.get(topic, _word)(d, topic, terms)
    return True


def _what_there_is(d: Dialogue) -> bool:
    named = _SIZE.search(d.reading.plain) or d.reading.values("color") or d.reading.choice is not None
    return not named and bool(_WHAT_THERE_IS.search(d.reading.plain)) and is_question(d.reading.plain)


def _word(d: Dialogue, topic: str, terms: Facts) -> None:
    d.say(f"explain_{topic}")


def _outcome(d: Dialogue, topic: str, terms: Facts) -> None:
    code = Resolution(topic)
    if code not in terms.offers and topic in ("store_credit", "exchange"):
        d.say("policy_no_credit" if topic == "store_credit" else "policy_no_exchange")
        return
    free = " " + d.plain_text("explain_free") if terms.return_shipping and code in terms.free_for else ""
    d.say_text(d.text(f"explain_{topic}") + free)


def _refund(d: Dialogue, topic: str, terms: Facts) -> None:
    d.say("explain_refund", days=spoken_days(terms.refund_days, d.language))


_SAY: dict[str, Callable[[Dialogue, str, Facts], None]] = {
    "store_credit": _outcome,
    "exchange": _outcome,
    "refund": _refund,
}
