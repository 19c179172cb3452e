"""What a text message says of hearing from us: STOP, START, HELP, in every reasonable wording of English and French.

What carriers and Twilio take as a keyword when it is the whole message (https://help.twilio.com/articles/223134027) is one here
too, whatever its case, accents and punctuation: Twilio has blocked the number by the time we read it, and could not deliver an
answer of the dialogue. Beyond those, whoever says in a sentence of their own that they want no more messages is obeyed (47 CFR
64.1200(a)(10) demands it of "any reasonable manner"). What names a thing to be stopped ("cancel my order", "arrêter le retour")
is for the dialogue.
"""

import re
import unicodedata
from enum import StrEnum


class Wish(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"


# What Twilio answers by itself on long and toll-free numbers; of ARRET it depends on the number's country.
PROVIDER_STOPS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
PROVIDER_STARTS = frozenset({"start", "unstop", "yes"})

_PLEASE = (
    r"(?:please|pls|plz|thanks|thank you|thx|ty|now|already|right now|immediately|ok(?:ay)?|no|hey|hi|hello|just|and|"
    r"s'il (?:vous|te) plait|svp|stp|merci|maintenant|tout de suite|immediatement|bonjour|non|et)"
)
_STOPS = (
    r"(?:s\W?t\W?o\W?p+|stpo|sotp|tsop|st0p|stop ?all|stop (?:it|this|that|now|everything|all|here)|"
    r"end|quit|cancel|cancel all|revoke|opt ?-?out|that'?s enough|remove|remove me|take me off|"
    r"(?:un|de)s[ui]b?s?cribe|unsuscribe|unsubcribe|"
    r"arre+t+(?:e[rz]?|es)?(?: (?:tout|ca|cela|maintenant))?|fin|ca suffit|desabonne[rz]?|desabonnement|desinscription|"
    r"desinscrire|desinscrivez)"
)
_BARE_STOP = re.compile(rf"(?:{_PLEASE}\s)*{_STOPS}(?:\s(?:{_PLEASE}|{_STOPS}))*")

_MESSAGES = r"(?:messages?|msgs?|texts?|text messages?|texting|sms|notifications|alerts|reminders|spam)"
_TEXTS = r"(?:messages?|msgs?|sms|textos?|notifications|alertes|rappels|spams?|pubs?|publicites?)"
_ENDS = r"(?=$|[.,;!?]| (?:svp|stp|merci|please|anymore|any more|again|from you|de vous|de votre part|par sms)\b)"
_NOT_TOLD = r"(?<!please don't )(?<!^don't )(?<!please do not )(?<!^do not )(?<!did you )(?<!have you )(?<!they )"
_NEWSLETTER = r"(?! (?:from|of|de|a) (?:la |votre |vos |your |the |this )?(?:news ?letter|e-?mail|mailing))"
_SAYS_STOP = tuple(
    re.compile(pattern)
    for pattern in (
        # "stop texting me", "please quit sending these texts", "end all messages"; but not "why did you stop texting me?"
        rf"{_NOT_TOLD}\b(?:stop|quit|cease|end|cancel) (?:\w+ ){{0,2}}?(?:texting|messaging|contacting|bothering|spamming|harassing|writing to)(?: (?:me|us|this number)\b|{_ENDS})",
        rf"{_NOT_TOLD}\b(?:stop|quit|cease) sending (?:\w+ ){{0,3}}?{_MESSAGES}\b",
        rf"{_NOT_TOLD}\b(?:stop|quit|cease|end|cancel) (?:(?:all|the|these|those|your|any|my|further|future) )*{_MESSAGES}{_ENDS}",
        r"\b(?:do not|don't|dont|never) (?:ever )?(?:text|message|contact|write(?: to)?|sms|bother|spam) me\b(?! (?:in|at|by (?:phone|e-?mail)) )",
        rf"\b(?:do not|don't|dont|never) send (?:me )?(?:(?:any|more|these|anymore|your|further) )*{_MESSAGES}\b",
        rf"\b(?:do not|don't|dont|no longer) (?:want|wish|need|like) (?:(?:to|receive|get|have|any|more|your|these|such|from|further) )*{_MESSAGES}{_ENDS}",
        r"\b(?:do not|don't|dont|no longer) (?:want|wish) to (?:hear from|be contacted|be texted)\b",
        rf"\bno more {_MESSAGES}{_ENDS}",
        r"\bleave me (?:alone|be|in peace)\b|\blose my number\b",
        r"\b(?:unsubscribe|remove|delete) (?:me|my (?:phone )?number|this number)\b" + _NEWSLETTER,
        r"\btake (?:me|my (?:phone )?number|this number) off\b" + _NEWSLETTER,
        rf"\bunsubscribe (?:from|me from) (?:(?:all|the|these|your) )*{_MESSAGES}\b",
        r"\b(?:opt|sign) me out\b|\b(?:want|wish|like|need) to (?:opt ?-?out|unsubscribe)\b" + _NEWSLETTER,
        r"\b(?:revoke|withdraw) (?:my )?(?:consent|permission)\b|\b(?:retire|revoque) mon (?:consentement|accord)\b",
        # "ne m'envoyez plus de sms", "ne m'écrivez plus", "arrêtez de m'écrire", "plus de messages svp"
        rf"\bm'(?:envoye[rz]?|adresse[rz]?) (?:plus|pas|jamais)(?: jamais)?(?:(?: (?:de|vos|ces|ce|aucun)| d')? ?{_TEXTS}\b|(?: rien)?{_ENDS})",
        r"\bm'ecri(?:vez|s) (?:plus|pas|jamais)\b(?! en )|\bne plus (?:me (?:contacter|deranger|relancer|solliciter)|m'(?:ecrire|envoyer de))\b",
        r"\bme (?:contacte[rz]?|derange[rz]?|texte[rz]?|relance[rz]?|sollicite[rz]?|harcele[rz]?) (?:plus|pas)\b",
        r"\b(?:arrete[rz]?|cesse[rz]?|stop)(?: \w+)? (?:de )?(?:m'(?:ecrire|importuner|embeter|ennuyer)|me (?:contacter|deranger|harceler|relancer|spammer|solliciter|texter|saouler))\b",
        rf"\b(?:arrete[rz]?|cesse[rz]?|stop(?:pe[rz]?)?) (?:(?:avec|tous|toutes|les|ces|vos|tes|a|aux|l'envoi|des|d'envoyer|de|m'envoyer|de m'envoyer) )*(?:d')?{_TEXTS}\b",
        rf"(?:^|[.!,;] ?)plus (?:de |d'|aucun ){_TEXTS}{_ENDS}",
        rf"\b(?:veux|souhaite|desire|voudrais) (?:plus|pas) (?:(?:recevoir|avoir|de|d'|vos|ces|aucun|autres?|tes) ?)*{_TEXTS}{_ENDS}",
        r"\b(?:veux|souhaite|desire|voudrais) (?:ne )?(?:plus|pas) (?:que vous m'ecriviez|etre (?:contactee?|derangee?|sollicitee?|relancee?))",
        r"\b(?:desabonne[rz]?|desinscri(?:s|vez))(?:-| )?(?:moi|(?:mon|ce) numero)\b" + _NEWSLETTER,
        r"\b(?:retire[rz]?|supprime[rz]?|enleve[rz]?|efface[rz]?)(?:-| )(?:moi de (?:la|votre|vos|ta) listes?|(?:mon|ce) numero(?! de (?:commande|retour)))\b",
        r"\bme (?:desabonner|desinscrire|retirer de (?:la|votre|vos) listes?)\b" + _NEWSLETTER,
        r"\b(?:laisse[rz]?|fich(?:e|ez)|fout(?:ez|s))-? ?moi (?:la )?(?:tranquille|paix|en paix)\b",
    )
)  # fmt: skip

_STARTS = r"(?:start|unstop|re-?start|resume|subscribe|re-?subscribe|opt ?-?in|begin|reprendre|reprenez|recommence[rz]?|demarre[rz]?|reabonne[rz]?(?:-moi)?|abonne[rz]?(?:-moi)?)"
_BARE_START = re.compile(rf"(?:{_PLEASE}\s)*{_STARTS}(?:\s{_PLEASE})*")
_BARE_YES = re.compile(r"(?:yes|oui)(?:\s(?:please|thanks|svp|stp|merci|s'il (?:vous|te) plait))?")
_BARE_HELP = re.compile(rf"(?:{_PLEASE}\s)*(?:help|info|infos|information|informations|aide|aidez-?moi|help me|a l'aide|au secours)(?:\s{_PLEASE})*")  # fmt: skip

_SPACES = re.compile(r"\s+")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_MARKS = re.compile(r"[^\w\s'-]+|_")


def plain(text: str) -> str:
    """Lower case, without accents, compatibility forms and typographic apostrophes; spaces single."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("ʼ", "'").replace("`", "'"))
    kept = (character for character in text if not unicodedata.combining(character))
    without = "".join(character for character in kept if unicodedata.category(character) != "Cf")
    return _SPACES.sub(" ", without.casefold()).strip()


def keyword(text: str) -> str:
    """The message as a keyword is compared: no punctuation, no spaces at its edges."""
    return _EDGES.sub("", plain(text))


def wish_of(text: str, opted_out: bool = False) -> Wish | None:
    """What `text` as a whole wishes, None for anything that is for the dialogue. A bare YES or OUI asks for messages again only
    where the number had `opted_out`; anywhere else it answers a question, and so does every other word of START."""
    said = plain(text)
    words = _SPACES.sub(" ", _MARKS.sub(" ", said)).strip(" '-")
    if not words:
        return Wish.STOP if "🛑" in text else None
    if _BARE_STOP.fullmatch(words) or _BARE_STOP.fullmatch(keyword(text)):
        return Wish.STOP
    if any(pattern.search(said) for pattern in _SAYS_STOP):
        return Wish.STOP
    if words in ("start", "unstop") or (opted_out and (_BARE_START.fullmatch(words) or _BARE_YES.fullmatch(words))):
        return Wish.START
    return Wish.HELP if _BARE_HELP.fullmatch(words) else None


def told_wish(opt_out_type: str | None) -> Wish | None:
    """Twilio's `OptOutType` of a messaging service with Advanced Opt-Out: it recognised a keyword and has answered it."""
    return {"STOP": Wish.STOP, "START": Wish.START, "HELP": Wish.HELP}.get((opt_out_type or "").strip().upper())


def provider_answers(text: str) -> bool:
    """Whether Twilio sends its own answer to the opt-out or opt-in, as it does by default on long and toll-free numbers."""
    return keyword(text) in PROVIDER_STOPS | PROVIDER_STARTS


_FRENCH = re.compile(
    r"\b(?:arre+t+\w*|desabonn\w*|desinscr\w*|aide\w*|merci|svp|textos?|laisse\w*|m'(?:ecri\w*|envoye\w*)|reprendre|reprenez|recommence\w*|reabonn\w*|oui|moi|fin|plus d\w*|suffit)\b"
)


def sounds_french(text: str) -> bool:
    """Whether a wish was written in French; in a first message there is nothing else to tell the language by."""
    return bool(_FRENCH.search(plain(text)))
