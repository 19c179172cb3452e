""" "The shoes haven't come yet and I don't want them any more": what never came and is not wanted is withdrawn from, or called off.

An order can be withdrawn from before it is delivered (Directive 2011/83/EU art. 9; UK: Consumer Contracts Regulations 2013 reg. 29).
"""

import re

from actions.dialogue.claiming import never_came
from actions.dialogue.lexicon import Lexicon
from actions.dialogue.words import fold

_CUT = re.compile(r"\s*(?:[,;:.!?&]|\b(?:and|but|so|et|mais|donc|alors|du coup)\b)\s*", re.IGNORECASE)
_STILL_WAITED_FOR = re.compile(
    r"\b(?:not|(?:did|has|have|had|was|were|is|are|does)n'?t) (?:yet |even |been |actually |ever |still |already )*(?:here|arrived?|received|delivered|come|turned up|shown up|got(?:ten)? (?:it|them|here|my|the|anything))\b"
    r"|\b(?:rien|pas) (?:encore |toujours |ete |deja )*(?:recu\w*|arrive\w*|livre\w*|la(?=$)|venu\w*)\b|\b(?:toujours|encore) (?:pas|rien) (?:ete )?(?:recu\w*|arrive\w*|livre\w*|la(?=$)|venu\w*|eu)\b"
)
_NOT_GOODS = re.compile(
    r"\b(?:refund\w*|label|money|credit|e-?mail|mail|answer|reply|code|rembours\w*|argent|avoir|etiquette|reponse|nouvelles|news|half|part|some|one|moitie|partie)\b"
    r"|\b(?:received|recu\w*|got) (?:the |le |la |les )?(?:wrong|right|correct|good|same|bon|bonne|bons|bonnes|mauvais|mauvaise|meme)\b"
)
"""What else may not have come; and goods that came, but others."""
_UNWANTED = re.compile(
    r"\b(?:(?:do not|don'?t|dont|no longer|not) (?:even |really )?(?:want|need|interested|care for)(?! to)|not interested|no (?:use|need) (?:for|of)|too late for (?:me|us|it|the \w+)"
    r"|cancel\w*|call (?:it|the order|everything) off|withdraw\w*|(?:my |the )?money back|(?:just |please )?refund (?:me|it|please|pls)|(?:a|my|full) refund|forget (?:it|about it|the order)"
    r"|(?:n'en|j'?en|ne (?:la|le|les)|en|l[ae]s?|n') ?(?:veux|voulons|ai|avons) (?:plus|pas besoin|plus besoin)|plus besoin|ne m'interesse(?:nt)? plus|plus interesse\w*"
    r"|annul\w*|retract\w*|rembours(?:ez|es?)[- ](?:moi|nous)|(?:veux|voudrais|souhaite|demande|aimerais|exige|voulons) (?:\w+ ){0,3}rembours\w*|rembours\w* (?:svp|stp|s'il)|trop tard pour (?:moi|nous))\b"
)


def unwanted(text: str, lexicon: Lexicon) -> bool:
    """Whether it says that goods did not come, and that these are not wanted any more: not that another item is not."""
    parts = [fold(part) for part in _CUT.split(text.replace("’", "'")) if part.strip()]
    waited = [part for part in parts if (never_came(part) or _STILL_WAITED_FOR.search(part)) and not _NOT_GOODS.search(part)]
    refused = [part for part in parts if _UNWANTED.search(_STILL_WAITED_FOR.sub(" ", part))]
    if not waited or not refused:
        return False
    here = {name for part in waited for name in lexicon.products.named(part)}
    there = {name for part in refused for name in lexicon.products.named(part)}
    return not there - here
