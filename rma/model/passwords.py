"""Where a text tells a password, a PIN or a one-time code, in English or French.

"My password is hunter2" tells one, "my password is not working" does not: what people say about a password is known, and all
else behind "is" or a colon is taken for one. Texts come with plain digits.
"""

import re
from collections.abc import Callable, Iterator

from rma.model.payment_data import Secret

HIDDEN = "••••••"

_CALLED = (
    r"(?:pass\s?-?words?|passwd|pass\s?codes?|pass\s?phrases?|pwd?|pswd?|mots?[\s-]?de[\s-]?passe?s?|motdepasse|mdp|m\.d\.p\.?|"
    r"code secret|secret code)(?!\w)"
)
_IS = r"(?:is|was|are|it'?s|est|sont|était|etait|c'?\s?est|cest|being)"
_LINK = (
    rf"\s*(?:\b{_IS}\b(?:\s+(?:the following|as follows|le suivant|celui-ci|ceci))?\s*(?P<sign>[:=])?|"
    r"(?P<mark>[:=]|->|=>|→))\s*"
)
_ADVERB = r"(?:(?:still|now|just|actually|currently|simply|toujours|maintenant|juste|simplement|encore)\s+)?"
_FOR = r"(?:(?:\s+(?:for|of|on|to|at|with|pour|de|du|sur|chez|avec)\s+|\s+d')(?:[^\n:=.;!?]|\.(?=\S)){1,40}?)?"
_VALUE = r"(?:[\"“”«»'‘’`]\s*(?P<quoted>[^\"“”«»‘’`\n]{1,80}?)\s*[\"“”«»'‘’`](?!\w)|(?P<bare>\S{1,80}))"
_STATED = re.compile(rf"(?<!\w){_CALLED}{_FOR}{_LINK}{_ADVERB}{_VALUE}", re.IGNORECASE)
_SHORT = re.compile(rf"(?<!\w)pass\s*(?P<mark>[:=]|->|=>)\s*{_VALUE}", re.IGNORECASE)
_BESIDE = re.compile(rf"(?<!\w){_CALLED}(?P<gap>\s+|\s*[(,]\s*){_VALUE}", re.IGNORECASE)
_BEFORE_IT = re.compile(
    rf"(?<!\S)(?P<bare>\S{{4,80}}),?\s+(?:is|est|c'?\s?est|=)\s+(?:my|the|our|mon|le|notre)\s+{_CALLED}", re.IGNORECASE
)
_PAIR = re.compile(
    r"(?<!\w)(?:log\s?-?ins?|identifiants?|credentials?|user\s?names?|e-?mails?|mails?)\s*(?:and|et|/|&|\+)\s*"
    rf"{_CALLED}{_LINK}\S{{2,80}}"
    r"(?:\s*[/|,]\s*|\s+(?:and|et)\s+)(?P<bare>\S{3,80})",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"\s*,?\s*(?:or|ou)\s+(?:maybe\s+|peut-[êe]tre\s+)?(?P<bare>\S{3,80})", re.IGNORECASE)

# "I forgot my password" and what may follow: nothing is told there unless "is" or a colon stands between.
_LOST = re.compile(
    r"\b(?:forg[eo]t\w*|lost|reset\w*|chang\w*|recover\w*|updat\w*|without|need|want|new|no|wrong|probl\w*|issues?|trouble|souci|"
    r"oubli\w*|perd\w*|r[ée]initialis\w*|modifi\w*|r[ée]cup[ée]r\w*|sans|nouveau|renvoy\w*|envoy\w*|send|resend|get)\b[^.!?\n]{0,40}$",
    re.IGNORECASE,
)
# What is said about a password rather than being one.
_ABOUT = re.compile(
    r"""not|wrong|incorrect|invalid|correct|right|expired|forgotten|lost|reset|blocked|locked|rejected|refused|the|an?|my|your|too|so|very
    |no|never|always|required|needed|asked|same|weak|strong|short|long|ok|okay|fine|good|bad|working|broken|it|that|this|what|where|why|how
    |please|pls|thanks|thx|sorry|and|or|but|because|when|if|for|to|in|on|of|with|by|from|at|i|you|we|they|he|she|set|sent|saved|stored
    |secure|safe|secret|unknown|gone|missing|different|changed|accepted|recogni[sz]ed|valid|being|only|also|already|something
    |field|page|link|box|recovery|manager|protected|policy|hint|prompt|screen|e-?mail|help|problem|issue|error
    |(?:do|does|is|wo|did|ca)n['’]t
    |pas|oubli[eé]e?|perdue?|faux|fausse|incorrecte|invalide|erronée?|refusé|rejeté|bloqué|expiré|bon|mauvaise?|correcte
    |trop|les?|la|une?|mon|ma|mes|ton|votre|vos|demandé|nécessaire|obligatoire|m[êe]me|identique|toujours|encore|bien|valide
    |svp|stp|merci|et|ou|mais|car|quand|si|pour|par|avec|sur|dans|de|du|des|d['’]|en|à|au|aux|je|tu|ils?|elle|nous|vous|ne
    |n['’](?:est|a)|qui|que|quoi|où|comment|pourquoi|changé|modifié|envoyé|enregistré|reconnu|accepté|sécurisé|provisoire|temporaire
    |inconnu|impossible|s['’]il|désolée?|marche|fonctionne|passe|plus|jamais|aussi|déjà|lien|champ|problème|erreur|aide""",
    re.IGNORECASE | re.VERBOSE,
)
_SAID_OF_IT = re.compile(r"\w{3,}(?:ed|ée?s?)$", re.IGNORECASE)
_END = re.compile(r"[\s.!?,;)]*\Z")
_TAIL = ".,;:)]}»”’"
_LIKE_A_SECRET = re.compile(
    r"(?=.*\d)(?=.*[^\W\d_])|.*\w[!@#$%^&*_+=?~|\\<>§£€]+\w|.*[!@#$%^&*_+=~§]$|\d{4,}$|.*[a-zà-ÿ][A-ZÀ-Þ]"
)

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ORDER_LIKE = re.compile(r"#?[A-Z]{1,3}-?\d{4,}|RT-?\w{8}")

_DIGITS = r"(?P<bare>(?:[A-Z]-)?\d{3}[ -]\d{3}|\d{4,8})(?![\d@%€$£]|[/.,]\d)"
_PIN = re.compile(
    r"(?<![\w-])(?P<word>pin(?:\s?-?(?:code|number|no))?|code pin|nip)(?!\w)"
    rf"(?:[\s:=#]|\b{_IS}\b|\b(?:le|the)\b){{1,6}}(?<!\d){_DIGITS}",
    re.IGNORECASE,
)
_POSTAL_WORD = re.compile(r"pin(?:\s?-?code)?", re.IGNORECASE)
_PIN_FIRST = re.compile(
    rf"(?<![\w/.,-]){_DIGITS}\s+(?:is|est|c'?\s?est|=)\s+(?:my|the|mon|le)\s+(?:pin(?!\s?-?code)|code pin|nip)(?!\w)", re.IGNORECASE
)
_ONE_TIME = re.compile(
    r"(?<!\w)(?:one[\s-]?time\s+(?:code|pin|pass\s?word|pass\s?code)|otp(?:\s+(?:code|pin))?|2fa(?:\s+code)?|3d[\s-]?secure(?:\s+code)?|"
    r"(?:verification|security|authentication|auth|sms|text|login|bank)\s+(?:code|pin)|"
    r"code\s+(?:de\s+|d'\s?)?(?:v[ée]rif(?:ication)?|s[ée]curit[ée]|validation|connexion|authentification|sms|banque|unique)|"
    r"(?:code|mot de passe)\s+(?:[àa] usage unique|temporaire)|"
    r"(?:code|mot de passe)\s+(?:re[çc]u|envoy[ée])\s+(?:par|sur)\s+(?:sms|mail|texto|e-?mail|t[ée]l[ée]phone)|"
    r"code\s+(?:i|you|they|my bank)\s+(?:just\s+)?(?:got|get|received|sent|texted)(?:\s+me)?(?:\s+by\s+\w+)?)"
    rf"(?!\w)[^\d\n.!?•]{{0,30}}(?<!\d){_DIGITS}",
    re.IGNORECASE,
)


def _hidden(match: re.Match[str], group: str = "bare") -> Secret:
    return Secret(match.start(group), match.end(group), HIDDEN)


def pins(view: str) -> Iterator[Secret]:
    """Personal identification numbers of four to eight digits."""
    for match in _PIN.finditer(view):
        # In India a PIN, or PIN code, of six digits is a postal code, and proves whose order it is.
        if not (_POSTAL_WORD.fullmatch(match["word"]) and re.fullmatch(r"[1-9]\d{5}", match["bare"])):
            yield _hidden(match)
    yield from (_hidden(match) for match in _PIN_FIRST.finditer(view))


def one_time_codes(view: str) -> Iterator[Secret]:
    """Codes that a bank or a site sent, to be typed in once and nowhere else."""
    return map(_hidden, _ONE_TIME.finditer(view))


def passwords(view: str) -> Iterator[Secret]:
    """Passwords stated in English or French, before or behind the word, with "is", a colon or nothing between."""
    for match in _PAIR.finditer(view):
        if secret := _told(match, lambda word: True):
            yield secret
    for pattern in (_STATED, _SHORT):
        for match in pattern.finditer(view):
            marked = match["mark"] or match.groupdict().get("sign")
            if secret := _told(match, _may_be_one if marked else _is_stated):
                yield secret
                if (other := _ALTERNATIVE.match(view, secret.end)) and (found := _told(other, _looks_secret)):
                    yield found
    for match in _BESIDE.finditer(view):
        if secret := _told(match, _test_beside(view, match)):
            yield secret
    for match in _BEFORE_IT.finditer(view):
        if secret := _told(match, _looks_secret):
            yield secret


def _told(match: re.Match[str], test: Callable[[str], bool]) -> Secret | None:
    if (quoted := match.groupdict().get("quoted")) is not None:
        return None if "••" in quoted else _hidden(match, "quoted")
    word = match["bare"].rstrip(_TAIL)
    if "••" in word or not any(map(str.isalnum, word)) or _EMAIL.fullmatch(word) or not test(word):
        return None
    return Secret(match.start("bare"), match.start("bare") + len(word), HIDDEN)


def _may_be_one(word: str) -> bool:
    return not _ABOUT.fullmatch(word)


def _is_stated(word: str) -> bool:
    return _may_be_one(word) and not _SAID_OF_IT.fullmatch(word)


def _looks_secret(word: str) -> bool:
    return bool(_LIKE_A_SECRET.match(word))


def _test_beside(view: str, match: re.Match[str]) -> Callable[[str], bool]:
    """Without "is" or a colon: a word that looks like a password, or that ends the message where none is said to be lost."""
    if _LOST.search(view[max(0, match.start() - 60) : match.start()]):
        return lambda word: False
    if match["gap"].strip():
        return lambda word: _looks_secret(word) and not _ORDER_LIKE.fullmatch(word)
    ends = _END.match(view, match.end()) is not None
    return lambda word: _looks_secret(word) or (ends and _is_stated(word))
