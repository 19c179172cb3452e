"""Which outcome is wished for in place of another: "store credit instead", "finalement être remboursé", "swap the refund for a voucher".

Patterns run over folded text (actions.dialogue.words.fold).
"""

import re

from rma.model.codes import Resolution

_NAMES = (
    (Resolution.STORE_CREDIT, r"(?:(?:store|shop) )?credit(?! card)(?: note)?|voucher|gift card|bons? d'achat|(?:un |l'|en |d'|mon |cet )avoir(?! (?:de|une?|le|la|les|plus)\b)"),
    (Resolution.REFUND, r"refund\w*|money(?: back)?|cash(?: back)?|reimburs\w*|rembours\w*|(?:mon |de l'|l')argent|back (?:on|to) my card|sur ma carte"),
    (Resolution.EXCHANGE, r"exchang\w*|replac(?:e it|ement)\w*|echang\w*|remplacement"),
)  # fmt: skip
_FOUND = [(outcome, re.compile(rf"\b(?:{names})")) for outcome, names in _NAMES]
_MARKS = re.compile(
    r"\b(?:rather|instead|actually|after all|prefer\w*|chang\w*|switch\w*|convert\w*|turn (?:it|that|this|my)|swap\w*|make (?:it|that|this)|on second thoughts?"
    r"|finalement|plutot|prefer\w*|en fait|au lieu|a la place|convert\w*|transform\w*|remplac\w*|modifi\w*|pass(?:er|ez) (?:en|a)|tout compte fait|reflexion)\b"
)
"""Words that put one thing in the place of another."""
_IN_PLACE_OF = re.compile(
    r"\b(?:instead of|rather than|not|no|no longer|don'?t want|do not want|over|au lieu d[eu']|plutot qu[e']|a la place d[eu']|pas|plus|sans|without|ne veux pas)(?: (?:an?|the|any|my|un|une|le|la|du|d'un|de|d'|l'|mon|que|en))* ?$"
)
_RATHER_THAN = re.compile(r"\b(?:instead of|rather than|au lieu d[eu']|plutot qu[e'])(?: ?[\w']+){0,5} ?$")
_INTO = re.compile(r"\b(?:for|to|into|by|with|as|en|contre|par|pour)(?: (?:an?|the|un|une|du|le|la|my))* ?$")
_ASKS = re.compile(
    r"^(?:\w+[\s,]+){0,2}?(?:why|when|where|how|what|which|who|is there|pourquoi|quand|ou|comment|combien|c'est quoi|qu'est)\b"
    r"|\b(?:receiv\w*|got|gotten|arriv\w*|owe|owes|lost|left|expire\w*|recue?s?|perdu\w*|devez|reste)\b"
)
"""Questions, and talk of what came or did not."""


def marked(plain: str) -> bool:
    """Whether the words put one outcome in the place of another."""
    return bool(_MARKS.search(plain))


def outcome_wished(plain: str) -> Resolution | None:
    """The one that is wanted; None when none is named, a question is asked, or it cannot be told which."""
    if _ASKS.search(plain):
        return None
    found = sorted((match.start(), outcome) for outcome, pattern in _FOUND for match in pattern.finditer(plain))
    if not found:
        return None
    into = [outcome for start, outcome in found if _INTO.search(plain[:start])]
    out = {outcome for start, outcome in found if _IN_PLACE_OF.search(plain[:start]) or _RATHER_THAN.search(plain[:start])}
    wanted = {outcome for _, outcome in found} - out
    if len(wanted) > 1 and into:
        wanted = {into[-1]}
    if len(wanted) == 1:
        return wanted.pop()
    if not wanted and len(out) == 1:
        # "No credit, please" of the two ways in which money goes back.
        return {Resolution.STORE_CREDIT: Resolution.REFUND, Resolution.REFUND: Resolution.STORE_CREDIT}.get(out.pop())
    return None
