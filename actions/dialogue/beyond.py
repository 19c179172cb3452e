"""What a shop is asked and this assistant cannot do: an invoice, a double charge, another address. The team is offered at once, not
after a misunderstanding. Patterns run over folded text."""

import re

from actions.dialogue.context import Dialogue
from actions.dialogue.facts import contact_in, take_identity
from actions.dialogue.thread import again
from rma.model.conversations import Utterance

_OF_THE_SHOP = re.compile(
    r"\b(?:charged|billed|debited|paid|payed|taken) (?:me |my (?:card|account) |for (?:it|this|that) )?(?:\w+ )?(?:twice|two times|double|too much|again|the wrong (?:amount|price))\b"
    r"|\b(?:double|over)[- ]?(?:charg|bill)\w*|\b(?:two|2|duplicate) (?:charges|payments|debits)\b|\bwrong amount\b"
    r"|\b(?:debite|preleve|facture|paye|encaisse)\w* (?:\w+ ){0,2}(?:deux fois|2 fois|en double|en trop|trop)\b|\b(?:double|deux) (?:debits?|prelevements?|paiements?|facturations?)\b|\bmauvais montant\b"
    r"|\b(?:my|an?|the|for) (?:\w+ )?(?:invoice|vat receipt|proof of purchase)\b|\b(?:ma|une|la|de) facture\b(?! (?:dit|indique))|\bjustificatif d'achat\b|\bpreuve d'achat\b"
    r"|\b(?:change|update|correct|wrong) (?:\w+ ){0,2}(?:delivery |shipping |billing )?address\b|\b(?:changer|modifier|corriger|mauvaise) (?:(?:\w+ )?(?:d'|l')?)adresse\b"
    r"|\b(?:promo|discount|coupon) codes?\b|\bcodes? (?:promo\w*|de reduction|de remise)\b|\b(?:opening|store|shop) hours\b|\b(?:vos|quels? sont les) horaires\b|\bhoraires d'ouverture\b"
    r"|\b(?:back in stock|in stock again|restock\w*|do you (?:also |still )?sell|vendez[- ]vous|vous vendez|de retour en stock|(?:a nouveau|de nouveau) (?:en stock|disponible))\b"
    r"|\bcomplain(?:t|ing)? (?:\w+ )?about (?:the|your|a) (?:\w+ )?(?:driver|courier|postman|delivery (?:man|guy|person|driver|company)|staff|employee|service|agent)\b"
    r"|\b(?:me plaindre|une plainte|plainte|reclamation) (?:\w+ )?(?:du|de la|de l'|d'un|contre|sur|concernant|au sujet) ?(?:\w+ )?(?:livreur|facteur|transporteur|chauffeur|employe|service|conseiller)\w*\b"
    r"|\b(?:log|sign)[- ]?in\b|\b(?:forgot|reset) (?:\w+ )?password\b|\bmot de passe\b|\bme connecter\b|\b(?:delete|close) my account\b|\b(?:supprimer|fermer|cloturer) mon compte\b|\b(?:unsubscribe|newsletter|desabonner)\b"
)
_OF_GOODS = ("request_return", "report_problem", "request_exchange", "withdraw_contract", "cancel_return", "cancel_order", "report_not_received")


def leaves_address(d: Dialogue) -> bool:
    """Whether the team was offered for it and an address is all that is said now: there they may answer."""
    m = d.memory
    offered = m.misses == 0 and m.anger == 0 and d.told_last("for_the_team")
    return offered and contact_in(d.reading) is not None and len(d.reading.plain.split()) <= 3


async def heard(d: Dialogue) -> bool:
    """Offers the team. False for anything that is, or may be, about goods and their return."""
    if d.reading.choice is not None or d.reading.reason is not None or not _OF_THE_SHOP.search(d.reading.plain):
        return False
    if d.reading.is_sure(*_OF_GOODS) and d.reading.intent != "report_problem":
        return False
    m = d.memory
    m.misses = 0
    if m.asked is None and len(d.reading.values("order_number")) == 1:
        take_identity(d)
    d.said.append(Utterance(text=d.text("for_the_team"), choices=[d.person_choice()]))
    if m.asked is None:
        m.offered_person, m.told_at["for_the_team"] = True, m.turns
    else:
        await again(d)
    return True
