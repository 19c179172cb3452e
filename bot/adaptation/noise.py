"""How hurried people write, done to a sentence: slips of the finger, spelling by ear, text messages, dictation."""

import random
import re
from collections.abc import Callable, Mapping

from bot.nlu.text import fold

_NEAR = {
    row[at]: row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for at in range(len(row))
}
_WORD = re.compile(r"[^\W\d_]+")
_TWICE = re.compile(r"([b-df-hj-np-tv-z])\1")
_VOWEL = re.compile(r"(?<=[^\W\d_])[aeiou](?=[^\W\d_])")
_STOPS = re.compile(r"[.,;:!?\"«»()…]+")
_SPACES = re.compile(r"\s+")

# Words as thumbs write them. A choice of "" leaves the word out.
_TEXTED: Mapping[str, Mapping[str, str]] = {
    "en": {
        "you": "u", "your": "ur yr", "you're": "ur", "are": "r", "to": "2", "too": "2 to", "for": "4", "the": "da d th",
        "please": "pls plz", "thanks": "thx tx", "have": "hav hv", "got": "gt", "with": "w wiv", "because": "cuz bc cos",
        "back": "bk bak", "need": "nd", "before": "b4", "and": "n &", "this": "dis ths", "that": "dat tht", "what": "wat wot",
        "my": "ma mi", "want": "wnt", "wanted": "wntd", "send": "snd", "sent": "snt", "return": "rtn retrn", "refund": "rfnd",
        "order": "ordr", "ordered": "orderd ordrd", "one": "1", "two": "2", "don't": "dnt dont", "doesn't": "dsnt doesnt",
        "it's": "its", "isn't": "aint isnt", "i'm": "im", "i've": "ive", "can": "cn", "can't": "cnt cant", "just": "jst",
        "was": "woz ws", "know": "no kno", "how": "hw", "when": "wen", "where": "wer", "will": "wil", "would": "wud",
        "could": "cud", "should": "shud", "anymore": "nemore", "any": "ne", "money": "cash", "love": "luv", "though": "tho",
        "through": "thru", "something": "smthn", "someone": "sum1", "not": "nt", "been": "bin", "is": "iz", "they": "dey",
        "there": "thr", "it": "it", "size": "sz", "still": "stil", "parcel": "prcl", "people": "ppl", "going to": "gonna",
        "want to": "wanna", "out of": "outta", "small": "smol sml", "large": "lrg", "broken": "brkn", "working": "wrkin workin",
        "wrong": "rong wrng", "exchange": "xchange", "change": "chnge",
    },
    "fr": {
        "je": "j", "j'ai": "g jai jé", "c'est": "c cé", "vous": "vs", "pas": "pa", "que": "ke k", "qui": "ki", "quoi": "koi",
        "pour": "pr", "avec": "avk avc", "dans": "ds", "mais": "mé", "est": "é", "et": "é &", "un": "1", "une": "1 une",
        "de": "2", "deux": "2", "des": "dé", "les": "lé", "mes": "mé", "veux": "ve veu vx", "bonjour": "bjr", "merci": "mci mrc",
        "s'il vous plaît": "svp", "svp": "stp", "quand": "kan", "comment": "cmt coman", "pourquoi": "pk", "qu'il": "kil",
        "qu'elle": "kel", "quelqu'un": "kk1", "trop": "tro", "tout": "tt", "tous": "ts", "toujours": "tjr tjrs", "rien": "ri1",
        "bien": "bi1", "beaucoup": "bcp", "parce que": "pcq pask", "commande": "cmd comand", "commandé": "komandé cmdé",
        "colis": "coli", "taille": "taye taile", "remboursement": "rbrsmt rembourssmt", "rembourser": "rembourC remboursé",
        "retour": "rtr retour", "marche": "march", "était": "t été", "suis": "sui", "je suis": "chui jsui", "n'est": "né",
        "ne": "", "il y a": "ya", "y a": "ya", "j'avais": "javé", "reçu": "recu", "j'ai reçu": "g resu", "petit": "ptit pti",
        "petite": "ptite", "grand": "gran", "autre": "otre", "ça": "sa", "cadeau": "kdo", "nouveau": "nouvo", "aussi": "ossi",
        "renvoyer": "renvoyé renvoiyé", "rendre": "rendr", "échanger": "échangé", "message": "msg", "problème": "pb",
        "numéro": "num", "aujourd'hui": "ajd", "demain": "2m1", "ai": "é", "livraison": "livrézon", "quelle": "kel",
        "moi": "mwa", "vraiment": "vrmt", "maintenant": "mtn",
    },
}  # fmt: skip
_BY_EAR: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (
        (r"ie", "ei"), (r"ei", "ie"), (r"ght\b", "t"), (r"ph", "f"), (r"ck\b", "k"), (r"c(?=[aou])", "k"), (r"ea", "ee"),
        (r"ai", "ay"), (r"tion\b", "shun"), (r"ence\b", "ance"), (r"able\b", "ible"), (r"(?<=[a-z]{3})e\b", ""),
        (r"wh", "w"), (r"kn", "n"), (r"ough\b", "uff"), (r"their", "there"), (r"too\b", "to"), (r"isn'?t", "isent"),
        (r"(?<=[a-z])er\b", "a"), (r"ing\b", "in"), (r"(?<=[a-z]{2})ed\b", "d"), (r"ou", "u"), (r"oo", "u"),
    ),
    "fr": (
        (r"eaux?", "o"), (r"au", "o"), (r"qu", "k"), (r"ph", "f"), (r"(?<=[a-zé])er\b", "é"), (r"(?<=[a-z])é\b", "er"),
        (r"ais\b", "é"), (r"ait\b", "ai"), (r"ez\b", "é"), (r"(?<=[a-zé]{2})(?:ts?|ds?|s|x)\b", ""), (r"ent\b", "e"),
        (r"ç", "ss"), (r"c(?=[ei])", "s"), (r"(?<=[a-z]{3})e\b", ""), (r"c(?=[aou])", "k"), (r"ss", "c"), (r"ai", "é"),
        (r"[éèê]", "e"), (r"(?<![cp])h", ""), (r"y", "i"), (r"ill", "y"), (r"tion", "sion"), (r"en(?=[bcdfgjklpqrstvz])", "an"),
        (r"an(?=[bcdfgjklpqrstvz])", "en"), (r"ge(?=[aou])", "j"), (r"'", ""), (r"gu", "g"), (r"s(?=[aeiouy])", "z"),
        (r"oi", "wa"), (r"ain\b", "in"), (r"\b([jnldm])'(?=\w)", r"\1"), (r"(?<=\bj)e (?=\w)", ""),
    ),
}  # fmt: skip
_HESITATIONS = {
    "en": ("um", "uh", "er", "so", "yeah", "like", "well"),
    "fr": ("euh", "ben", "alors", "bon", "voilà", "donc"),
}
_SOUNDS = {
    language: tuple((re.compile(pattern, re.IGNORECASE), put) for pattern, put in rules)
    for language, rules in _BY_EAR.items()
}
_LONGEST = {
    language: re.compile(
        r"(?<![\w'])(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")(?![\w'])", re.IGNORECASE
    )
    for language, words in _TEXTED.items()
}


def slips(text: str, language: str, chance: random.Random) -> str:
    """One slip for every two dozen characters: letters swapped, lost, doubled, hit beside; a space lost."""
    for _ in range(1 + int(len(text) / 24 * chance.uniform(0.3, 1.3))):
        words = [m for m in _WORD.finditer(text) if len(m[0]) > 2]
        if not words:
            return text
        word = chance.choice(words)
        text = text[: word.start()] + _slip(word[0], chance) + text[word.end() :]
    if chance.random() < 0.15 and " " in text:
        at = chance.choice([i for i, c in enumerate(text) if c == " "])
        text = text[:at] + text[at + 1 :]
    return text


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(0, len(word) - 1)
    one, other = word[at], word[at + 1]
    beside = chance.choice(_NEAR.get(one.lower(), one) or one)
    put = chance.choice((other + one, one, other, one + one + other, one + other + other, beside + other))
    return word[:at] + put + word[at + 2 :]


def by_ear(text: str, language: str, chance: random.Random) -> str:
    """Spelt as it sounds: each rule of the language with a chance at each place, double consonants single."""
    share = chance.uniform(0.1, 0.45)
    for pattern, put in chance.sample(_SOUNDS[language], len(_SOUNDS[language])):
        text = pattern.sub(lambda m, put=put: m.expand(put) if chance.random() < share else m[0], text)  # type: ignore[misc]
    text = _TWICE.sub(lambda m: m[1] if chance.random() < share else m[0], text)
    return text.lower() if chance.random() < 0.5 else text


def texted(text: str, language: str, chance: random.Random) -> str:
    """A text message: short words, vowels lost, no capitals, few stops; in French by ear as well."""
    share, losing = chance.uniform(0.4, 1), chance.choice((0, 0, 0.15, 0.5))

    def short(found: re.Match[str]) -> str:
        choices = _TEXTED[language][found[0].lower()].split(" ") or [""]
        return chance.choice(choices) if chance.random() < share else found[0]

    text = _LONGEST[language].sub(short, text.replace("’", "'"))
    if losing:
        text = _WORD.sub(lambda m: _VOWEL.sub("", m[0]) if len(m[0]) > 4 and chance.random() < losing else m[0], text)
    if language == "fr" and chance.random() < 0.6:
        text = by_ear(text, language, chance)
    if chance.random() < 0.7:
        text = _STOPS.sub(" ", text)
    return _SPACES.sub(" ", text.lower()).strip()


def dictated(text: str, language: str, chance: random.Random) -> str:
    """Without stops and capitals, with a hesitation or two."""
    words = _STOPS.sub(" ", text).lower().split()
    for _ in range(chance.randrange(3)):
        words.insert(chance.randrange(len(words) + 1), chance.choice(_HESITATIONS[language]))
    return " ".join(words)


def unaccented(text: str, language: str, chance: random.Random) -> str:
    """Lower case, no accents, no stops."""
    return _SPACES.sub(" ", _STOPS.sub(" ", fold(text))).strip()


KINDS: tuple[tuple[float, Callable[[str, str, random.Random], str]], ...] = (
    (0.09, slips), (0.07, by_ear), (0.09, texted), (0.05, dictated), (0.06, unaccented),
)  # fmt: skip
"""With the share of sentences that each is done to."""


def noisy(text: str, language: str, chance: random.Random) -> str:
    """The sentence, or one of `KINDS` of it. Never empty."""
    dice = chance.random()
    for share, kind in KINDS:
        if dice < share:
            return kind(text, language, chance).strip() or text
        dice -= share
    return text
