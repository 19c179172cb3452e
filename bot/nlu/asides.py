"""Clauses beside the point: praise ("the mugs are gorgeous") and remarks about an earlier thing ("my old pair was too big").

Read along with the complaint they lend it a reason that is none, or take one that belongs to another thing.
"""

import re

from bot.nlu.text import fold

_VERY = r"(?:(?:so|really|very|absolutely|just|all|both) )*"
_GOOD = r"(?:great|lovely|gorgeous|perfect|beautiful|brilliant|fantastic|wonderful|excellent|amazing|superb|spot on|fine|a dream)"
_TRES = r"(?:(?:tres|vraiment|absolument|tout) )*"
_BON = (
    r"(?:superbe|parfait|magnifique|genial|top|nickel|impeccable|excellent|super"
    r"|tres bien|tres joli|tres beau|tres belle)(?:e|es|s)?"
)
_PRAISE = re.compile(
    r"\b(?:(?:loves?|loved|adores?|adored) (?:it|them|the|this|these|my|both)"
    r"|fits? (?:\w+ )?(?:well|perfectly|fine|beautifully|great|a treat|like a glove)"
    rf"|(?:is|are|was|were|'s|'re) {_VERY}{_GOOD}"
    r"|(?:happy|delighted|pleased|thrilled) with (?:the|my|it|them|this|these)"
    r"|no complaints?|works? (?:perfectly|fine|great|well)|great quality"
    r"|j'adore|je l'adore|(?:me|lui) (?:va|vont) (?:tres bien|bien|parfaitement|a merveille|a ravir|comme un gant)"
    rf"|rien a (?:re)?dire|(?:est|sont|etait|etaient|c'est) {_TRES}{_BON}"
    r"|(?:content|ravi|satisfait)(?:e|s|es)? (?:de|du|des)"
    r"|(?:marche|fonctionne|vont?) (?:tres bien|parfaitement|a merveille))\b"
)
_EARLIER = re.compile(
    r"^\W*(?:(?:and|et|so|but|mais) )?"
    r"(?:(?:my|our) (?:old|previous|former) (?!order|parcel|return|request|message|one\b)"
    r"|(?:mon|ma|mes|notre|nos) (?:ancien|vieux|vieil|precedent)\w* (?!commande|colis|retour|demande|message))\w+"
)
# What turns praise round, or makes it a wish, a hope, or a time that is over.
_TURNED = re.compile(
    r"\b(?:but|however|whereas|although|though|not|never|no longer|too|except|until|till|only|if|would|could|should"
    r"|thought|expected|supposed|hop\w+|refund|exchange|return|another|replacement|instead"
    r"|mais|cependant|par contre|pas|jamais|sauf|trop|ne|plus|si|devait|pensais|croyais|cense\w*|jusqu\w*|serai\w*"
    r"|rembours\w*|echang\w*|retour\w*|renvoy\w*|autre|au lieu)\b|n't\b|\bn'"
)


def is_aside(clause: str) -> bool:
    plain = fold(clause)
    return bool(_EARLIER.search(plain)) or (bool(_PRAISE.search(plain)) and not _TURNED.search(plain))
