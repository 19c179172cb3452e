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
    r"\b(?:(?:i(?:'ll| will| want to| wanna|'d like to| would like to|'m going to| am going to)?|we(?:'ll| will)?|let me|gonna)"
    r" (?:just )?keep|(?:i'm|i am|im|we're|we are|am) keeping|keeping|happy to keep"
    r"|(?:je|on) (?:les |le |la |l')?garde(?:rai)?|je veux (?:bien )?(?:les |le |la |l')?garder|je conserve)\b"
)
_NOT_KEPT = re.compile(
    r"\b(?:not|n'?t|cannot|can'?t|won'?t|ne|pas|if|si|should|could|can|may|peux|puis|dois|either|soit)\b|\?"
)


def denies_fault(text: str) -> bool:
    """Whether it says only that nothing is wrong with the goods."""
    plain = fold(text)
    return bool(_DENIED.search(plain)) and not _CLAIMED.search(_DENIED.sub(" ", plain))


def keeps(text: str) -> bool:
    """Whether the shopper keeps what the clause names; a question and a condition keep nothing."""
    plain = fold(text)
    return bool(_KEPT.search(plain)) and not _NOT_KEPT.search(plain)
