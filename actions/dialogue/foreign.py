"""German, Spanish, Italian, Dutch and Portuguese: languages that the assistant can tell, and not speak.

By words that neither English nor French has; two of them, and more of them than of English and French, are needed.
"""

import re

from actions.dialogue.words import fold

_WORDS = {
    "de": "ich nicht und der das ist eine einen meine meinen mein mochte moechte habe haben wie wo wann warum bitte danke zuruck zurueck zuruckgeben zuruckschicken zurucksenden "
    "schuhe bestellung paket rucksendung ruckgabe erstattung umtausch umtauschen geld hallo guten sie wir mir mich zu klein gross kaputt sprechen deutsch rechnung lieferung gekommen "
    "angekommen kann konnen konnten mit fur ihr ihre auf hilfe brauche etikett noch schon hat wurde sind kleid hemd hose",
    "es": "quiero quisiera devolver devolucion mi pedido zapatos los las hola gracias por favor donde cuando cuanto como esta estan este esto que el una unos "
    "tengo necesito puedo puede cambiar reembolso dinero talla pequeno pequena grande roto rota espanol habla paquete llegado recibido compra compre me queda muy para con ayuda camiseta vestido funciona etiqueta",
    "it": "vorrei voglio restituire rendere reso scarpe il lo gli mio mia ordine buongiorno buonasera salve grazie per favore dove quando quanto come sono questo questa che una ho ha "
    "bisogno posso rimborso soldi taglia piccolo piccola grande rotto rotta italiano parla pacco arrivato ricevuto acquisto troppo con aiuto maglietta vestito funziona etichetta della dello",
    "nl": "ik wil graag mijn het een niet en van voor met terug terugsturen retourneren schoenen bestelling pakket retour hallo goedendag dank bedankt alstublieft waar wanneer waarom hoe "
    "heb hebben te klein groot kapot nederlands spreekt geld terugbetaling ruilen maat ontvangen aangekomen kan kunt u mij deze zijn is hulp nodig jurk",
    "pt": "quero gostaria devolver meu minha pedido sapatos ola obrigado obrigada por favor onde quando quanto como esta este isso que uma tenho preciso posso trocar reembolso dinheiro "
    "tamanho pequeno grande partido portugues fala encomenda nao chegou recebi comprei muito para com ajuda",
}
"""Folded: without accents."""
_OF_OURS = (
    "is an in a as at be he me we so do on for en de la le les un une du des et est mon ma mes il elle on que qui pas ne je tu vous nous me te se ce ca que si plus pour par sur "
    "the of to my i you it and not no with was that this these those are have has had can could would want return retour order where when how please hello hi thanks thank refund "
    "bonjour merci svp commande colis taille grande con mm per come no non hat die war will bin mit dress sous dans avec bien tout tous ou son sa ses au aux sont ont il ils elles"
)
_OURS = frozenset(_OF_OURS.split())
_LISTS = {code: frozenset(words.split()) - _OURS for code, words in _WORDS.items()}
_DANGER = re.compile(
    r"\b(?:feuer|brennt|gebrannt|explodiert|rauch|raucht|verbrannt|verletzt|stromschlag|fuego|incendio|explot\w+|humo|quemad\w+|herid\w+|fuoco|esplos\w+|fumo|bruciat\w+|ferit\w+"
    r"|vuur|ontploft|rook|verbrand|gewond|fogo|explodiu|fumaca|queimad\w+)\b"
)
_PERSON = re.compile(
    r"\b(?:mensch\w*|mitarbeiter\w*|berater\w*|persona|agente|humano|asesor\w*|operatore|operador\w*|medewerker\w*|mens|pessoa|atendente)\b"
)
LANGUAGES = tuple(_LISTS)


def foreign(text: str) -> str | None:
    """The language of the text (de, es, it, nl, pt); None for English, French, and where there is too little to tell."""
    words = re.findall(r"[a-z]+", re.sub(r"\S+@\S+|\S*\d\S*", " ", fold(text)))
    if len(words) < 2:
        return None
    hits = {code: len(known.intersection(words)) for code, known in _LISTS.items()}
    if tells_danger(text):
        hits = {code: count + 2 if count else 0 for code, count in hits.items()}
    code = max(hits, key=lambda one: hits[one])
    ours = sum(word in _OURS for word in words)
    enough = hits[code] >= 2 and hits[code] > ours and hits[code] * 4 >= len(words)
    return code if enough else None


def tells_danger(text: str) -> bool:
    return bool(_DANGER.search(fold(text)))


def wants_person(text: str) -> bool:
    return bool(_PERSON.search(fold(text)))
