"""Where a text names a person, a street or a town: by the words that introduce one, in English and French.

No list of first names: "Rose", "Will" and "Petit" are words too. What is found is replaced, so a word too many costs a
reviewer a glance, and one too few costs a shopper their privacy.
"""

import re
from collections.abc import Iterable, Iterator

_CAPITAL = r"(?:[A-ZÀ-ÖØ-Þ][\w'’-]*[a-zà-öø-ÿ][\w'’-]*|[A-ZÀ-ÖØ-Þ]\.)"
_PARTICLE = r"(?:de la|de|du|des|d'|le|la|van|von|der|den|ben|bin|el|al|di|da|dos|mc|o')"
_NAME = rf"{_CAPITAL}(?:[ -]+(?:{_PARTICLE}[ -]?)?{_CAPITAL}){{0,3}}"
_WORD = r"[^\W\d_][\w'’-]*"
_ANY_NAME = rf"{_WORD}(?:[ -]+(?:(?i:{_PARTICLE})[ -])?{_WORD}){{0,3}}"
_TITLE = r"(?:mr|mrs|ms|miss|dr|mme|mlle|m|monsieur|madame|mademoiselle)"
_KIN = (
    r"(?:wife|husband|sons?|daughters?|mum|mom|dad|mother|father|sister|brother|friend|partner|colleague|boss|femme|mari|fils|fille|"
    r"m[èe]re|p[èe]re|s(?:œ|oe)ur|fr[èe]re|amie?|copine?|compagne|compagnon|conjointe?|ni[èe]ce|neveu|coll[èe]gue|maman|papa)"
)

# After these a name follows, in capitals or not.
_TOLD = re.compile(
    r"(?i:\b(?:my (?:full |first |last |sur)?names?(?: is|'?s|:|=)|(?:full|first|last|sur|family) ?name\s*(?:is\b|'s\b|:|=)|"
    r"names?'?s?\s*[:=]|name'?s\b|name is|name on (?:the|my) (?:order|account|parcel|card)(?: is|:)|in the name of|"
    r"under the name(?: of)?|call me|addressed to|je m'appell?e|je me nomme|je me pr[ée]nomme|"
    r"mon (?:nom|pr[ée]nom)(?: de famille)?(?: est|\s*:|\s*=|,? c'est)|(?:nom|pr[ée]nom)s?\s*[:=]|"
    r"nom (?:de famille |complet )?(?:est|c'est)|au nom de|sous le nom de|[àa] l'attention de|"
    r"destinataire\s*:|client(?:e)?\s*:|customer\s*:|signed\s*:|sign[ée]e?\s*:)\W{1,3})"
    rf"(?:(?i:{_TITLE})\b\.?\s+)?(?P<name>{_ANY_NAME})"
)
# After these it is a name if it is written like one.
_SAID = re.compile(
    r"(?i:\b(?:i'?m|i am|this is|it's|it is|c'est|moi c'est|je suis|ici|here is|(?:sur)?names?|(?:mon |mes )?(?:pr[ée])?noms?|"
    r"soussign[ée]e?|the undersigned|"
    r"(?:ordered|signed|sent|command[ée]e?|sign[ée]e?|envoy[ée]e?) (?:by|par)|"
    r"(?:is|'s|was|are|placed|ordered|est|command[ée]e?) (?:under|sous)|"
    rf"(?:my|mon|ma|our|notre) {_KIN})[,:]?\s+)(?P<name>{_NAME})"
)
_TITLED = re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Mme|Mlle|M|Monsieur|Madame|Mademoiselle)\b\.?\s+(?P<name>{_NAME})")
_GREETED = re.compile(
    rf"(?i:\b(?:hi|hello|hey|dear|bonjour|bonsoir|salut|coucou|cher|ch[èe]re)\s+)(?P<name>{_CAPITAL})(?=\s*[,.!\n]|\s+[a-zà-ÿ]|$)"
)
_SIGNED = re.compile(
    r"(?i:(?:thanks|thank you|thx|cheers|regards|best|(?:yours )?(?:sincerely|faithfully|truly)|yours|love|"
    r"merci(?: d'avance| beaucoup)?|cordialement|bien [àa] vous|salutations|bonne (?:journ[ée]e|soir[ée]e)|[àa] bient[ôo]t|"
    rf"bises?|bisous)[\s,.!–-]+)(?P<name>{_NAME})\W*$"
)
_HERE = re.compile(rf"(?:^\W*|[,.-]\s*)(?P<name>{_NAME})\s+(?:here|speaking|ici)(?=\s*[,.!]|\s+(?:again|from|encore)\b|$)")
_LAST_LINE = re.compile(rf"\n\s*[-–]?\s*(?P<name>{_NAME})\s*$")
# Two or three such words with nothing beside them: ", Petra Novak, ".
_ALONE = re.compile(
    rf"(?:^|[.!?,;:(\n])\s*(?P<name>{_CAPITAL}(?:[ -]+(?:{_PARTICLE}[ -]?)?{_CAPITAL}){{1,2}})(?=\s*(?:[.!?,;:()\n]|$))"
)
_WHOLE = re.compile(rf"^\W*(?P<name>{_CAPITAL}[ -](?:{_PARTICLE}[ -]?)?{_CAPITAL}(?: {_CAPITAL})?)\W*$")

# Words with a capital, or behind "my name is", that name nobody.
_NOBODY = re.compile(
    r"""i|i'm|i've|my|mine|the|an?|this|that|it|it's|its|is|isn't|was|not|no|yes|on|in|at|with|from|for|to|of|by|but|and|or|so|because
    |please|if|we|you|your|they|he|she|his|her|our|wrong|spelled|spelt|misspell?ed|different|correct|also|just|still|same|under|there|team
    |all|everyone|everybody|dear|chère?|sirs?|madam|back|guys|folks|support|retour|hello|hi|hey|thanks|thank|good|morning|afternoon|evening|order|email|e-mail|mail
    |phone|number|can|could|would|will|what|when|where|why|how|want|wanted|have|has|had|need|would|ordered|bought|living|live
    |mr|mrs|ms|miss|dr|mme|mlle|monsieur|madame|mademoiselle|messieurs|mesdames|m
    |je|j'ai|j'aimerais|j'avais|j'attends|mon|ma|mes|le|la|les|l|un|une|des|du|de|d|et|ou|mais|car|donc|pour|par|avec|sans|sur|sous|dans
    |en|à|au|aux|il|elle|on|nous|vous|tu|ils|elles|ce|c'est|cette|cet|ça|est|était|pas|ne|n'est|qui|que|quoi|où|comment|pourquoi|quand|si|oui|non|bien|mal
    |merci|bonjour|bonsoir|salut|commande|colis|numéro|adresse|tous|toutes|toute|tout|équipe|service|client|svp|s'il|faux|différent
    |english|french|british|american|canadian|indian|irish|scottish|welsh|belgian|swiss|german|spanish|italian|européen|français|française
    |anglais|anglaise|belge|suisse|canadien|canadienne|québécois|québécoise|marocain|marocaine|algérien|tunisien|sénégalais
    |very|really|so|too|urgent|christmas|noël|black|friday|monday|tuesday|wednesday|thursday|saturday|sunday|lundi|mardi|mercredi|jeudi
    |vendredi|samedi|dimanche|janvier|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre
    |january|february|march|april|may|june|july|august|september|october|november|december""",
    re.IGNORECASE | re.VERBOSE,
)
# The second list of each: words that mean something else as well, and want a capital or a "de" beside them.
_RUE = r"(?i:rue|avenue|av\.|ave|boulevard|blvd|bld|bd|chemin|impasse|imp\.|all[ée]es?|r[ée]sidence|lotissement|faubourg|ruelle)"
_PLACE = r"(?i:place|pl\.|route|quai|cours|square|lot\.|voie|passage|hameau|villa|sentier|rang|mont[ée]e|esplanade)"
_STREET = r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|boulevard|blvd|crescent|parkway|pkwy|highway|hwy|nagar|marg|chowk)"
_COURT = r"(?i:dr|close|court|ct|way|place|pl|square|sq|cres|terrace|gardens|grove|hill|park|row|mews|walk|circle|colony)"
_FLAT = (
    r"(?i:flat|apt|apartment|unit|suite|appartement|appt|b[âa]timent|b[âa]t|p\.?o\.? box|bo[îi]te postale)\.?\s?#?"
    r"(?=\w{0,4}\d)\w{1,5}\b"
)
_NUMBER = r"(?<![\w.,#])\d{1,5}(?:\s?(?:bis|ter|[A-Da-d]))?\s*,?\s+"
_OF = r"(?i:(?:de la|de|du|des|la|le|les)\s+|de l['’]|d['’]|l['’])"
_WAY = rf"{_NUMBER}(?:{_RUE}\s+{_OF}*|{_PLACE}\s+(?:{_OF}+|(?=[A-ZÀ-Þ])))"
_DAY_OF_STREET = r"(?:\d{1,2} )?(?i:mai|ao[ûu]t|novembre|juillet)(?: 1\d{3})?"
_STREETS = (
    # In small letters the end of the name cannot be seen, unless something ends it.
    re.compile(
        rf"{_WAY}{_WORD}(?:[ -]{_WORD}){{0,3}}?"
        r"(?=\s*(?:,|\d{5}|\n|$|\s(?i:et|je|j['’]|mais|pour|car|svp|merci|[àa]|au|en|and)\b))"
    ),
    re.compile(rf"{_WAY}(?:{_DAY_OF_STREET}|[\w'’.-]+)(?:[ -](?:(?i:de|du|des|la|le|et)\s)?(?:{_CAPITAL}|{_DAY_OF_STREET}))*"),
    re.compile(
        rf"(?:(?<!\w){_FLAT},?\s+)?{_NUMBER}(?:(?:{_WORD}\s+){{1,3}}?{_STREET}|(?:{_CAPITAL}\s+){{1,3}}?{_COURT})\b\.?(?:,?\s+{_FLAT})?"
    ),
    re.compile(rf"(?<!\w){_FLAT}"),
)
_TOWNS = re.compile(
    r"(?i:\b(?:i live in|i'm (?:based )?in|based in|j'habite(?: [àa]| en| au)?|"
    rf"je vis [àa])\s+)(?P<name>{_NAME})"
)
_BEHIND = re.compile(rf",?\s+(?P<name>{_NAME})")
_BEFORE = re.compile(rf"(?P<name>{_NAME}),?\s+$")


def names(text: str) -> Iterator[tuple[str, int, int]]:
    """Names that the text itself introduces, as (how, start, end); "name" where words announce one, "surname" behind a title,
    "maybe" where only its place and its capital speak for one."""
    for how, pattern in (
        ("name", _TOLD), ("surname", _TITLED), ("name", _SIGNED), ("maybe", _SAID), ("maybe", _HERE), ("maybe", _LAST_LINE),
        ("maybe", _ALONE), ("maybe", _WHOLE), ("maybe", _GREETED),
    ):  # fmt: skip
        for match in pattern.finditer(text):
            for start, end in _somebody(text, *match.span("name")):
                yield how, start, end


def streets(text: str) -> Iterator[tuple[int, int]]:
    """Spans of house number and street, and of flats and boxes."""
    for pattern in _STREETS:
        yield from (match.span() for match in pattern.finditer(text))


def towns(text: str, places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans of towns: where somebody says they live, and beside a street or a postal code, whose spans `places` are."""
    for match in _TOWNS.finditer(text):
        yield from _somebody(text, *match.span("name"))
    for start, end in places:
        line = max(0, start - 40)
        if behind := _BEHIND.match(text, end):
            yield from _somebody(text, *behind.span("name"))
        if before := _BEFORE.search(text[line:start]):
            yield from _somebody(text, line + before.start("name"), line + before.end("name"))


def _somebody(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The words of the span up to the first that names nobody."""
    last = start
    for word in re.finditer(r"[\w'’.]+", text[start:end]):
        # "d'": the particle belongs to what follows.
        if _NOBODY.fullmatch(word[0].replace("’", "'").strip(".'")) and not (
            last > start and re.fullmatch(_PARTICLE.replace("d'", "d'?"), word[0], re.IGNORECASE)
        ):
            break
        last = start + word.end()
    else:
        last = end
    words = text[start:last].rstrip()
    while words and (tail := re.search(rf"[ -]{_PARTICLE}$", words, re.IGNORECASE)):
        words = words[: tail.start()].rstrip()
    if words:
        yield start, start + len(words)
