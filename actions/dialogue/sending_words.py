"""Where a label is wanted, as people say it: "text me the label", "send it to my phone", "envoyez-le moi par mail", "au 06 12 ...".

Only a wish about the label counts. "Can I send it back by post?", "I want to return my phone" and "can I e-mail you a photo?" have
the same words and are none. Patterns run over folded text (actions.dialogue.words.fold).
"""

import re

from actions.dialogue.memory import SendTo
from actions.dialogue.reading import Reading
from rma.model.outgoing import Medium

_POLITE = r"(?:please|pls|plz|thanks|thank you|svp|stp|s'il (?:vous|te) plait|merci|instead|too|also|as well|again|rather|now|plutot|aussi|egalement|encore|maintenant|a nouveau|de nouveau|then|alors|donc)"
_PHONE = r"(?:(?:my|mon|le|a|un|the) )?(?:new |other |own )?(?:(?:cell(?:ular)?|mobile|smart) ?)?(?:phone(?: number)?|mobile(?: (?:phone|number))?|cell(?: ?phone)?|smartphone|handset|telephone(?: portable| mobile)?|tel|portable|natel|gsm|cellulaire)"
_SMS = rf"(?:(?:an |a |un )?(?:sms|texto|text(?: message)?|whatsapp)|{_PHONE}|(?:my|this|another|mon|ce|un autre) (?:number|numero))"
_EMAIL = r"(?:(?:my|an|the|this|another|mon|un|le|ce|une|cette|une autre|l')? ?(?:new |other |own |work )?(?:adresse )?(?:e-? ?mail(?: address)?|courriel|inbox|boite (?:mail|e-?mail|de reception)))"
# "By mail" is by post in English; "par mail" is not, in French.
_MAIL_FR = r"(?:(?:mon |ma |un |l')?(?:adresse |boite )?mail)"
_MEDIA = {Medium.SMS: _SMS, Medium.EMAIL: rf"(?:{_EMAIL}|(?<=par ){_MAIL_FR}|(?<=sur ){_MAIL_FR}|(?<=a ){_MAIL_FR})"}
_AN_ADDRESS = r"(?=(?:the number |number |le |this number |numero |l'adresse )?(?:\+|\(|00)?\d[\d .()/-]{6,}|\S+@\S)"

_IT = r"(?:me|it|this|that|them|everything|to me|(?:(?:the|my|a|that|this) )?(?:return )?(?:label|labels|qr(?: ?code)?|code|pdf|link|confirmation)(?: (?:link|pdf))?)"
_LABEL_EN = r"(?:it|this|that|them|(?:(?:the|my|a|that|this) )?(?:return )?(?:label|labels|qr(?: ?code)?|code|pdf|link|confirmation))"
_OF = r"(?: (?:for|of|from|pour|de|du) (?:(?:my|the|mon|le|la|ma) )?(?:(?:return|order|retour|commande)(?: number| numero)? ?)?(?:#?[\w-]*\d[\w-]*)?)?"
_TO = r"(?:to|on|onto|over to|by|via|as|in|at|through)"
_SEND_EN = rf"\b(?:re-?send|send|forward|text|sms|e-?mail|transfer|deliver|shoot)(?: {_POLITE})?(?: {_IT}){{0,2}}{_OF}(?: {_POLITE})* {_TO} "
_GET_EN = rf"\b(?:get|have|receive|want|need|like|put|prefer)(?: {_LABEL_EN}){_OF}(?: sent| delivered)?(?: {_POLITE})* {_TO} "
_LABEL_FR = r"(?:(?:l'|la |le |les |une |un |mon |ma |cette )?(?:etiquette|bordereau|qr(?: code)?|code(?: qr)?|lien|pdf|document|confirmation)(?: de retour)?|tout|ca|cela)"
_PAR = r"(?:par|sur|via|en|a|au|dans|vers)"
_SEND_FR = rf"\b(?:envo\w+|transmet\w*|transfer\w*|texte[rz]?|\bme (?:la |le |les |l')?renvo\w+|renvo\w+[- ](?:(?:le|la|les|l')[- ])?moi)(?:[- ](?:le|la|les|l'|moi|nous))*(?: {_POLITE})?(?: {_LABEL_FR})?{_OF}(?: {_POLITE})* {_PAR} "
_GET_FR = rf"\b(?:recevoir|avoir|l'avoir|veux|voudrais|souhaite|prefere|mets|mettez|mettre)(?:[- ](?:le|la|les))?(?: {_POLITE})?(?: {_LABEL_FR})?{_OF}(?: {_POLITE})* {_PAR} "
_LEADS = (_SEND_EN, _GET_EN, _SEND_FR, _GET_FR)
_LEAD = rf"(?:{'|'.join(_LEADS)})"

_WISHES = {medium: re.compile(rf"{_LEAD}{words}\b") for medium, words in _MEDIA.items()}
_TO_ADDRESS = re.compile(rf"(?:{_LEAD}|\b(?:text|sms) (?:{_LABEL_EN} )?(?:to|at) ){_AN_ADDRESS}")
_THERE = re.compile(
    rf"\b(?:re-?send|send|text|forward|e-?mail)(?: {_IT})? (?:there|here|to (?:that|this)(?: one| number| address)?)\b"
    r"|\benvo\w+(?:[- ](?:le|la|les|l'|moi))*(?: (?:l'etiquette|le code))? (?:la[- ]bas|la|ici|dessus|plutot la|(?:a|sur) ce(?:lui|lle|tte)?(?:-ci)?(?: numero| adresse)?)\b"
)
_NOT_ARRIVED = re.compile(
    r"\b(?:new|another|other|fresh) (?:code|one)\b|\bre-?send\b|\bsend (?:it|me (?:a|another|the)|again|another)\b|\bnothing (?:came|arrived|yet|received)\b"
    r"|\b(?:(?:did|have|has|do|does)(?: no|n'?)t|never|haven'?t|hasn'?t|not)\b.*\b(?:get|got|gotten|receive|received|arrive|arrived|have|see|come)\b|\bno code\b|\bwhere(?:'s| is) (?:it|(?:the|my|your) (?:new )?(?:code|label|sms|text|e-?mail|message|qr))\b"
    r"|\b(?:nouveau|autre|deuxieme) (?:code|sms|mail|message)\b|\bun autre\b|\brenvo\w+\b|\b(?:pas|rien|jamais) (?:encore )?(?:recu|arrive|eu)\w*\b|\bpas (?:eu )?(?:de |le )?code\b|\bou est (?:le |la |mon |ma |votre |l')(?:nouveau )?(?:code|etiquette|sms|e-?mail|mail|message)\b"
)
_LATER = r"(?! (?:when|once|if|as soon|whether|about|quand|lorsque|des que|si))"
_BY_VERB = {
    Medium.SMS: re.compile(
        rf"\b(?:text|sms|whatsapp) (?:me(?: {_LABEL_EN})?|{_LABEL_EN}(?: to me)?)\b{_LATER}|\b(?:re-?)?send (?:me )?(?:an?|the|that) (?:sms|text)\b"
    ),
    Medium.EMAIL: re.compile(
        rf"\b(?:e-?mail (?:me(?: {_LABEL_EN})?|{_LABEL_EN}(?: to me)?)|mail (?:me {_LABEL_EN}|{_LABEL_EN} to me))\b{_LATER}"
        r"|\b(?:re-?)?send (?:me )?(?:an?|the|that) e-?mail\b"
    ),
}
_BARE = {
    medium: re.compile(
        rf"(?:(?:and|et|also|aussi|ok|okay|yes|oui|plutot|rather|or|ou|please|svp|no|non|then|alors)[, ]+)*{_PAR[:-1]}|to|on|by|as) {words}(?:[, ]+{_POLITE})*"
    )
    for medium, words in _MEDIA.items()
}  # fmt: skip
_NO_WISH = re.compile(
    r"\b(?:photos?|pictures?|pics?|images?|videos?)\b"
    r"|\b(?:send|e-?mail|text|forward|sms)(?: (?:it|this|that|them))?(?: to)? (?:you|u|your)\b"
    r"|\b(?:i|we) (?:can |could |will |should |may |already |have |just )*(?:send|e-?mail|text|forward|sent)\b|\b(?:can|could|should|may|shall|do|must) (?:i|we) (?:send|e-?mail|text|forward)\b"
    r"|\b(?:je|j'|on) (?:\w+ )?(?:vous|te|t')[ l]|\b(?:puis|peux|dois|pourrais)-je (?:vous|te|t'|l'|le |la )?envo"
)

_OTHER_THINGS = re.compile(r"\b(?:back|parcel|package|colis|paquet|items?|articles?|goods|orders?|commandes?|refund|remboursement|money|argent)\b")


def wish_of(reading: Reading, bare: bool = False) -> SendTo | None:
    """Where the message wants the label sent; None when it wants nothing of the kind. `bare` takes "by e-mail" alone too."""
    if reading.choice is not None or _NO_WISH.search(reading.plain):
        return None
    address = address_in(reading)
    to_it = _TO_ADDRESS.search(reading.plain) or _THERE.search(reading.plain) or _named(reading, bare)
    if address is not None and to_it:
        return address
    medium = _named(reading, bare)
    return SendTo(medium=medium) if medium else None


def not_arrived(reading: Reading) -> bool:
    """Whether it says that what was just sent has not come, or asks for it once more. Not of a parcel or an order."""
    if reading.choice is not None or _NO_WISH.search(reading.plain) or _OTHER_THINGS.search(reading.plain):
        return False
    return _NOT_ARRIVED.search(reading.plain) is not None


def address_in(reading: Reading) -> SendTo | None:
    """The e-mail address or number that is named, the last one where there are several: "not ..., but ..."."""
    for kind, medium in (("email", Medium.EMAIL), ("phone", Medium.SMS)):
        if values := reading.values(kind):
            return SendTo(medium=medium, address=str(values[-1]))
    return None


def _named(reading: Reading, bare: bool) -> Medium | None:
    for medium in Medium:
        found = _BY_VERB[medium].search(reading.plain) or _WISHES[medium].search(reading.plain)
        if found or (bare and _BARE[medium].fullmatch(reading.bare)):
            return medium
    return None
