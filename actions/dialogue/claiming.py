"""What a clause claims of a thing, and what it denies: "it isn't broken", "I'll keep the mugs", "the cushion never came"."""

import re

from actions.dialogue.words import fold

_NOT = r"(?:not|(?:is|are|was|were|did|does|do)n'?t|no|nothing|never|without|aucun(?:e|s)?|rien|pas|sans|ni|jamais)"
_FAULT = (
    r"(?:faulty|broken|damaged?|defect(?:ive|s)?|faults?|cracked|chipped|torn|smashed|wrong with|missing parts?"
    r"|defauts?|defectueu(?:x|se)s?|cassee?s?|abimee?s?|endommagee?s?|felee?s?|dechiree?s?|en panne)"
)
_DENIED = re.compile(rf"\b{_NOT}\b(?: [\w']+){{0,2}} {_FAULT}\b")
_CLAIMED = re.compile(rf"\b{_FAULT}\b")
_KEPT = re.compile(
    r"\b(?:(?:will|'ll|am|'m|im|to|gonna|i|we|ill|me) (?:\w+ )?keep(?:ing)?(?! \w+ing\b)|garder"
    r"|(?:je|on|nous) (?:les? |la |l')?(?:gard\w+|conserv\w+)"
    r"|loves? (?:it|them|the|my|this|these)"
    r"|(?:is|are|'s|'re) (?:\w+ )?(?:fine|ok|okay|great|perfect|lovely))\b"
)
_NOT_KEPT = re.compile(
    r"\b(?:not|never|no longer|cannot|ne|pas|plus|but|if|si|should|could|can|may|peux|puis|dois|either|soit)\b|n'?t\b|\?"
)


_CAME_NOT = re.compile(
    r"\b(?:never|not|(?:did|has|have|was|were)n'?t)(?: \w+)? (?:came|come|arrived?|received?|got|gotten|get|turned up|showed up|delivered)\b"
    r"|\b(?:jamais|pas)(?: encore)? (?:ete )?(?:arrivee?s?|recue?s?|livree?s?|venue?s?)\b"
)
_NOT_GOODS = re.compile(r"\b(?:refund|money|credit|label|e-?mail|mail|answer|reply|code|rembours\w*|argent|avoir|etiquette|reponse)\b")


def never_came(text: str) -> bool:
    """Whether it says that goods did not arrive."""
    plain = fold(text)
    return bool(_CAME_NOT.search(plain)) and not _NOT_GOODS.search(plain) and not _CLAIMED.search(plain)


def denies_fault(text: str) -> bool:
    """Whether it says only that nothing is wrong with the goods."""
    plain = fold(text)
    return bool(_DENIED.search(plain)) and not _CLAIMED.search(_DENIED.sub(" ", plain))


def keeps(text: str) -> bool:
    """Whether the shopper keeps, or praises, what a piece of a message names; a question and a condition keep nothing."""
    plain = fold(text)
    return bool(_KEPT.search(plain)) and not _NOT_KEPT.search(plain)
