""" "Forget the whole thing", "laisse tomber, je garde le sac", "none of them": the return is dropped, and taken up again when the
next word is that it shall be made after all. Patterns run over `bare(text)`."""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.memory import Memory
from actions.dialogue.thread import again
from actions.dialogue.words import CANCEL

_LEAD = (
    r"(?:(?:please|pls|plz|no|non|nope|ok(?:ay)?|you know what|actually|well|en fait|finalement|sorry|desole[e]?|pardon|oh|ah|bon|ben|bah|alors|hmm+|but|mais|and|et|just|"
    r"merci|thanks|s'il (?:vous|te) plait|svp|stp|wait|attend[sz]?|j'en ai (?:marre|assez)|ras le bol|ca suffit|(?:i'm )?fed up|(?:i've )?had enough)[\s,.!]+)*"
)
_WANT = (
    r"(?:(?:i(?:'d| would)? (?:just |now |really )?(?:want|like|wanna|prefer|need|have decided|decided|rather)(?: to)? |i(?:'ll| will|'m going to) |let'?s (?:just )?|(?:can|could) (?:you|we|i) (?:please )?|we (?:can|should) |you can |"
    r"je (?:veux|voudrais|souhaite|prefere|vais|peux)(?: bien)? |j'aimerais |on (?:peut|va) |(?:peux|pouvez|pourriez)[- ](?:tu|vous) |vous pouvez |tu peux |il faut |autant )?(?:just |tout simplement |tout )?)"
)
_OBJECT = (
    r"(?:(?:\s+|')(?:the|this|that|my|whole|entire|complete|full|return|request|exchange|thing|things|process|lot|it|all|everything|of|about|them|now|here|"
    r"tout|toute|tous|le|la|l|les|ma|mon|ce|cet|cette|ca|cela|retour|demande|echange|remboursement|procedure|l'ensemble|entier|entiere|complet|finalement|maintenant|en|fait|affaire|truc|please|then|after|anyway|instead|today))*"
)
_VERB = (
    r"(?:cancel+|abort|stop|quit|exit|forget|drop|scrap|scratch|skip|leave|never ?mind|nvm|call (?:it|this|that|the \w+|everything|the whole thing) off|call off|give up|do nothing|not (?:do|return|send)|"
    r"annul\w+|laiss\w+(?: (?:le|la|les|l'|tout|ca))? tomber|laisse[rz]? (?:tout )?(?:ca)|laisse[rz]?|oublie[rz]?|abandonn\w+|arret\w+|stopp\w+|rien (?:faire|renvoyer|rendre|retourner)|tant pis|"
    r"l'annuler|l'abandonner|(?:ne )?plus (?:rien )?(?:renvoyer|rendre|retourner))"
)
_PIECE = re.compile(rf"{_LEAD}{_WANT}{_VERB}{_OBJECT}")
_NO_RETURN = re.compile(
    _LEAD
    + r"(?:(?:i )?(?:do not|don'?t|dont) (?:want|need|wish|wanna) (?:to )?(?:return|send|exchange|do)(?: back)?(?: (?:it|this|that|them|anything|any|of|these|back|the|return|anymore|any more|after all|now|everything))*"
    r"|i(?:'m| am) not (?:returning|sending|exchanging)(?: back)?(?: (?:it|this|them|anything|back|anymore|after all))*"
    r"|(?:je )?(?:ne )?(?:veux|souhaite) (?:plus|pas|rien)(?: rien)?(?: (?:le|la|les))? ?(?:renvoyer|rendre|retourner|echanger|faire)(?: (?:de retour|rien|tout|finalement|du tout|quoi que ce soit))*"
    r"|je (?:n'|ne )?(?:renvoie|rends|retourne|fais) (?:plus|pas) ?(?:rien|de retour|finalement)*)"
)
_KEEPS = re.compile(
    _LEAD
    + r"(?:(?:i(?:'ll| will|ll|'d rather|'m going to|'m gonna| want to| think i'?ll| decided to|'ve decided to)?|we(?:'ll| will)?|let me|might as well) (?:just |rather |then |better )?keep(?:ing)?|keeping|i'?m keeping"
    r"|(?:je|j') ?(?:vais |prefere |veux |souhaite )?(?:(?:le|la|les|l'|tout|en fait) ?)*gard(?:e|er|erai)|(?:on|nous) (?:les? |la |l')?gard(?:e|ons)|autant (?:le |la |les |tout )?garder)"
    r"(?P<what>.*?)(?:\s*[,.!]?\s*(?:after all|then|instead|anyway|finalement|du coup|alors|en fait|please|thanks|thank you|merci|svp|stp))*"
)
_ALL_OF_IT = re.compile(r"\s*(?:it|them|this|that|these|those|everything|all|all of (?:it|them)|both|the lot|tout|tous|toutes|ca|cela|les deux|l'ensemble|le tout)?\s*")
_NOTHING_OF_IT = re.compile(
    r"(?:(?:no|non|nope|euh|uh|hmm|oh|ah|actually|en fait|finalement|well|ben|bah|mais|but)[\s,.!]+)*"
    r"(?:none|neither|nothing|nope nothing|not? (?:any|one)|not? (?:a )?single one|none|nada|zero|0|aucune?|rien|pas un seul|pas une seule|ni l'un ni l'autre|ni l'une ni l'autre|nul)"
    r"(?: (?:of (?:them|these|those|it|the (?:above|items|two))|at all|thanks|thank you|please|actually|really|after all|to (?:return|send back)|merci|du tout|de (?:tout|ca|cela|ces (?:articles|produits)|tous)|d'entre eux|des (?:deux|trois|quatre)|"
    r"d'eux|article|finalement|en fait|anymore|a (?:renvoyer|rendre|retourner)))*"
)
_AFTER_ALL = re.compile(
    r"(?:(?:no|non|wait|attend[sz]?|hmm+|oh|ah|sorry|pardon|actually|en fait|finalement|ok(?:ay)?|well|bon|euh|but|mais|yes|yeah|oui|si|hold on|i changed my mind|j'ai change d'avis)[\s,.!]+)*"
    r"(?:let'?s (?:do (?:it|this|that)|continue|go (?:on|ahead)|keep going|carry on|finish|return (?:it|them))|go (?:on|ahead)|do it|continue[rz]?|carry on|keep going|resume|undo(?: (?:that|it))?|i (?:do|did) want (?:to|it|that)(?: (?:return|send) (?:it|them))?(?: back)?|"
    r"(?:i(?:'ll| will| want to|'d like to) )?(?:return|send|do) (?:it|them|this)(?: back)?|on (?:continue|reprend|y va|le fait)|(?:je|on) (?:(?:veux|vais) )?(?:(?:le|la|les) )?(?:renvoie|renvoyer|rends|rendre|retourne|retourner|continue[rz]?|fais|fait|faire|reprends?)|reprend\w*|"
    r"(?:finalement|en fait) (?:si|oui)|(?:don'?t|do not) (?:cancel|drop|forget)(?: (?:it|that))?|n'annul\w+ pas)"
    r"(?:[\s,.!]+(?:after all|anyway|please|now|then|quand meme|finalement|svp|stp|merci|thanks|le retour|the return|with it))*"
)


async def gives_up(d: Dialogue) -> bool:
    """Whether the message calls off what is under way, and not only a part of it."""
    plain, asked = d.reading.bare, d.memory.asked
    if d.memory.goal is None or d.reading.choice is not None:
        return False
    if CANCEL.fullmatch(plain):
        return True
    if not d.memory.goal.makes_return:
        return False
    pieces = [piece for piece in re.split(r"\s*(?:[,.;!]+|\b(?:and|et|car|because|cause|as|so)\b|(?<=tomber)|(?<=mind)|(?<=nvm))\s*", plain) if piece]
    told = [await _piece(d, piece) for piece in pieces]
    if any(told) and all(one or _is_small(piece) for one, piece in zip(told, pieces, strict=True)):
        return True
    if asked is not None and asked.slot == "lines" and not d.draft.candidates and _NOTHING_OF_IT.fullmatch(plain):
        return True
    if await _keeps_a_part(d, pieces):
        return False
    # "I changed my mind" is a reason where the reason is asked, and the end of it anywhere else.
    gives_reason = asked is not None and asked.slot == "reason" and d.reading.faint_reason is not None
    return asked is not None and not gives_reason and d.reading.is_sure("cancel_return") and d.reading.confidence >= 0.8


async def _keeps_a_part(d: Dialogue, pieces: list[str]) -> bool:
    """ "I'll keep the trousers" of a bag and trousers: the bag still goes back."""
    kept = [keeps["what"] for piece in pieces if (keeps := _KEEPS.fullmatch(piece))]
    if not kept or len(d.draft.items) < 2 or await d.order() is None:
        return False
    named = set((await d.matcher()).find(" ".join(kept), by_position=False).lines)
    return bool(named) and named < {item.id for item in d.draft.items}


def _is_small(piece: str) -> bool:
    return bool(re.fullmatch(_LEAD, piece + " ")) or piece in ("j'ai change d'avis", "i changed my mind", "i've changed my mind")


async def _piece(d: Dialogue, piece: str) -> bool:
    if CANCEL.fullmatch(piece) or _PIECE.fullmatch(piece) or _NO_RETURN.fullmatch(piece):
        return True
    keeps = _KEEPS.fullmatch(piece)
    return keeps is not None and (bool(_ALL_OF_IT.fullmatch(keeps["what"])) or await _keeps_all(d, keeps["what"]))


async def _keeps_all(d: Dialogue, what: str) -> bool:
    """Whether what is kept is all that was to go back."""
    if await d.order() is None:
        return False
    kept = (await d.matcher()).find(what, by_position=False)
    chosen = {item.id for item in d.draft.items}
    return bool(chosen) and chosen <= {*kept.lines, *kept.unclear}


async def none_of_these(d: Dialogue) -> bool:
    """None of the lines that could have been meant: the whole list is shown."""
    asked = d.memory.asked
    if asked is None or asked.slot != "lines" or not d.draft.candidates or not _NOTHING_OF_IT.fullmatch(d.reading.bare):
        return False
    d.draft.candidates, d.memory.misses = [], 0
    await again(d)
    return True


def give_up(d: Dialogue) -> None:
    m = d.memory
    state = m.snapshot() if m.goal is not None and m.goal.makes_return and m.order_id is not None else None
    if state is not None:
        state["instead"] = [said.model_dump(mode="json") for said in m.instead]
    m.clear_task()
    m.dropped, m.dropped_at = state, m.turns
    d.say("given_up")


async def taken_up_again(d: Dialogue) -> bool:
    """ "Actually no, let's do it", right after it was given up."""
    m = d.memory
    state, m.dropped = m.dropped, None
    if state is None or m.goal is not None or m.dropped_at != m.turns - 1 or d.reading.choice is not None:
        return False
    if not _AFTER_ALL.fullmatch(d.reading.bare):
        return False
    kept = {name: getattr(m, name) for name in ("told", "told_at", "turns", "anger", "stretches", "acts_known", "back")}
    before = Memory.model_validate({**state, **kept})
    for name in Memory.model_fields:
        setattr(m, name, getattr(before, name))
    await again(d)
    return True
