"""Questions about the policy, answered from the policy: for the shopper's own order when it is known, else for the shop's market."""

import re
from collections.abc import Callable
from datetime import date

from actions.dialogue.context import Dialogue
from actions.dialogue.matching import LineMatcher
from rma.model.codes import LineTag, Resolution
from rma.model.conversations import Utterance
from rma.model.orders import Order, OrderLine
from rma.policy import Facts, Verdict, facts, outlook, spoken_days, spoken_years

_TOPICS = {
    "outbound": r"\b(?:original|outbound|initial|first|delivery) (?:shipping|postage|delivery|fees?|costs?|charges?)\b|\bshipping (?:costs? )?(?:back|refunded)\b|\bfrais (?:de livraison|de port(?: aller)?|d'envoi|d'expedition)(?: initiaux| aller)?\b.*\brembours\w*|\brembours\w*.*\bfrais (?:de livraison|de port|d'envoi)\b|\bshipping costs? refund\w*",
    "refund_time": r"\b(?:refund\w*|money|reimburs\w*|paid back|credited|rembours\w*|argent)\b.*\b(?:how long|when|take|days|weeks|soon|combien de temps|quand|delai\w*|jours|sous combien)\b"
    r"|\b(?:how long|when|how soon|how many days|combien de temps|quand|sous combien|delai\w*)\b.*\b(?:refund\w*|money|reimburs\w*|rembours\w*|argent)\b",
    "cost": r"\b(?:who pays|pay for|cost\w*|free|fee\w*|charge\w*|postage|price of|how much|deduct\w*|qui paie|qui paye|payant\w*|gratuit\w*|frais|cout\w*|combien (?:ca )?cout\w*|a ma charge|port)\b",
    "exclusions": r"\b(?:earring\w*|underwear|lingerie|swim\w*|bikini\w*|cosmetic\w*|make ?up|perfume\w*|sale items?|final sale|on sale|discounted|personali[sz]ed|custom\w*|engraved|gift cards?|digital|download\w*|food|flowers|perishable|"
    r"cannot be returned|can'?t be returned|non.?returnable|not returnable|excluded|which items|boucles? d'oreilles?|sous.?vetements?|culottes?|maillots?|cosmetique\w*|maquillage|parfum\w*|sold\w*|promo\w*|personnalis\w*|sur mesure|"
    r"grave\w*|cartes? cadeaux?|numerique\w*|telecharg\w*|aliment\w*|fleurs|perissable\w*|exclu\w*|quels articles|pas repris\w*)\b",
    "condition": r"\b(?:opened?|worn|used|tried|wash\w*|tags?|box|packaging|condition|unopened|ouvert\w*|porte\w*|utilis\w*|essay\w*|lav\w*|etiquettes? (?:enleve|d'origine|coupe)\w*|boite|emballage|carton|etat)\b",
    "fault": r"\b(?:guarantee|warrant\w*|defect\w*|faulty|broken|breaks?|damaged|garantie\w*|defectueu\w*|defaut\w*|panne|casse\w*|abime\w*|conformite)\b",
    "exchange": r"\b(?:exchang\w*|swap\w*|another size|different size|other colou?r|echang\w*|autre taille|autre couleur)\b",
    "credit": r"\b(?:store credit|voucher|credit note|bon d'achat|un avoir|avoirs?)\b",
    "withdrawal": r"\b(?:withdraw\w*|cooling.?off|14 days?|legal right|retract\w*|14 jours|droit legal|renonc\w*)\b",
    "how": r"\b(?:how (?:do|can|to|does|would)|where (?:do|can|to)|drop.?off|process|steps?|print\w*|printer|qr|pickup|collect\w*|in store|in.?store|comment|ou (?:est-ce|puis-je|je|dois)|deposer|depot|demarche|procedure|etapes?|imprim\w*|en magasin|boutique|point relais)\b",
    "window": r"\b(?:how long|how many days|deadline|until when|by when|last day|time limit|too late|days|weeks|months|still return|combien de (?:jours|temps)|delai\w*|jusqu'?a quand|date limite|trop tard|jours|semaines|mois|encore (?:rendre|renvoyer|retourner))\b",
}
_TRANSPORT = r"(?:ups|dhl|fedex|usps|dpd|gls|hermes|evri|royal mail|colissimo|chronopost|mondial relay|relais colis|la poste|amazon|inpost|poste)"
_MEANS = r"(?:(?:gift |bank |credit |debit |visa )?card|pay ?pal|bank account|account|klarna|apple pay|google pay|bank transfer|transfer|carte(?: cadeau| bancaire| bleue| de credit)?|cb|compte(?: bancaire)?|virement|cheque(?: cadeau)?|rib|iban)"
_WAY = {
    "lost": re.compile(
        r"^(?:\w+[\s,]+){0,2}?(?:(?:what )?(?:if|happens (?:if|when))|et si|si|que se passe[- ]t[- ]il si|il se passe quoi si|qu'est-ce qui se passe si)\b.*\b(?:lost|loses?|missing|(?:never|doesn'?t|does not) (?:show\w*|arriv\w*|reach\w*|turn\w*|get there)|stolen|se perd\w*|perd(?:u\w*|ez|iez)|n'arrive (?:pas|jamais)|egar\w*|vole)\b"
    ),
    "carrier": re.compile(
        rf"^(?:\w+[\s,]+){{0,2}}?(?:can|could|may|do|est[- ]ce que|puis[- ]je|je peux|peut[- ]on|on peut|c'est possible)\b.*\b(?:drop|leave|bring|take|hand|give|send|post|ship|depos\w*|envoy\w*|renvoy\w*|laisser|donner|poster|apporter)\b.*\b{_TRANSPORT}\b"
    ),
    "store": re.compile(
        r"^(?:\w+[\s,]+){0,2}?(?:can|could|may|do|est[- ]ce que|puis[- ]je|je peux|peut[- ]on|on peut|c'est possible)\b.*\b(?:in|to|at|into|en|au|dans|a)\b.*\b(?:store|shop|boutiques?|magasins?)\b(?! credit)"
    ),
    "cost": re.compile(
        r"\b(?:who(?:'s| is)? (?:pays?|paying|covers?)|do i (?:have to )?pay|qui (?:paie|paye|prend en charge)|(?:est[- ]ce que )?(?:je|c'est moi qui) (?:dois )?(?:paie|paye|payer))\b.*\b(?:postage|shipping|delivery|stamps?|label|return|it|that|(?:frais (?:de )?)?(?:port|retour|envoi|livraison)|timbres?|etiquette)\b"
    ),
    "outbound": re.compile(
        r"\b(?:refund|money|i get)\b.*\b(?:includ\w*|cover\w*|with|back)\b.*\b(?:shipping|postage|delivery)\b|\b(?:remboursement|rembourse\w*)\b.*\b(?:compren\w*|inclu\w*|avec|aussi|couvr\w*)\b.*\b(?:livraison|port|envoi)\b"
    ),
    "other_means": re.compile(
        rf"\b(?:another|a different|a new|some other|an? other|un autre|une autre|autre) {_MEANS}\b.*\?|\b(?:refund\w*|money|credited|rembours\w*|argent|vers\w*)\b.*\b(?:another|a different|a new|une? autre|une nouvelle) {_MEANS}\b"
        rf"|\b{_MEANS}\b.*\b(?:expired|cancelled|canceled|closed|lost|stolen|blocked|no longer (?:works?|active|valid|exists?)|not active|expire[es]*|cloture\w*|ferme[es]*|perdue?|volee?|bloquee?|plus (?:active|valable|valide))\b.*\b(?:refund|money|back|rembours\w*|argent)\b"
        rf"|\b(?:refund\w*|rembours\w*)\b.*\b{_MEANS}\b.*\b(?:expired|cancelled|closed|expire[es]*|cloture\w*|ferme[es]*|perdue?)\b"
    ),
    "same_means": re.compile(
        rf"\b(?:paid|pay|payed|paye|regle|achete|bought) (?:(?:it|that|for it|everything|tout|ca) )?(?:with|by|via|using|through|on|avec|par|en) (?:(?:a|an|my|the|une?|ma|mon|la) )?{_MEANS}\b(?=.*\b(?:back|refund\w*|money|go|get|rembours\w*|revien\w*|recup\w*|argent|comment|how|where|ou)\b)"
        rf"|\b(?:how|where|comment|ou)\b.*\b(?:back|refund\w*|rembours\w*|argent)\b.*\b(?:paid|payed|paye|regle) (?:with|by|via|using|avec|par|en) (?:(?:a|an|my|the|une?|ma|mon|la) )?{_MEANS}\b"
        rf"|\b(?:which|what|quelle?) {_MEANS}\b.*\b(?:refund\w*|money|rembours\w*|argent)\b|\b(?:refund\w*|money|rembours\w*|argent)\b.*\b(?:which|what|quelle?) {_MEANS}\b"
        rf"|^(?:\w+[\s,]+){{0,2}}?(?:will|does|do|is|est[- ]ce)\b.*\b(?:refund\w*|money|rembours\w*|argent)\b.*\b(?:to|on|onto|sur) (?:my|the|ma|mon|la|le) (?:\w+ )?{_MEANS}\b|\b(?:remboursement|argent|refund)\b.*\b(?:sur|to|on) (?:ma|mon|la|le|my|the) {_MEANS}\b.*\?"
    ),
}  # fmt: skip
"""What is asked of the way back, told by words: questions, and nothing else that could be meant."""
OF_MEANS = ("same_means", "other_means")
"""Of these, where the money goes."""
HOW_SOON = re.compile(
    r"\b(?:when|how (?:long|soon|fast|quickly|many (?:days|weeks)))\b(?!.*\b(?:still|yet|already|last|sent|returned)\b).*\b(?:money|refund\w*|paid|reimburs\w*|credit\w*)\b"
    r"|\b(?:refund|money|remboursement|argent)\b.*\b(?:how long|when|quand|combien de temps|delai)\b(?!.*\b(?:still|yet|toujours|deja)\b)"
    r"|\b(?:quand|combien de temps|sous combien|quel delai)\b(?!.*\b(?:toujours|deja|encore)\b).*\b(?:argent|rembours\w*|paye\w*|credite\w*)\b|\b(?:rembours\w+|argent)\b.*\bquand\b"
)  # fmt: skip
"""When money will come, not where it stays."""
_PATTERNS = {topic: re.compile(pattern) for topic, pattern in _TOPICS.items()}


def is_about(plain: str, *topics: str) -> bool:
    """Whether folded text asks about one of these of `_TOPICS`."""
    return any(_PATTERNS[topic].search(plain) for topic in topics)


def asked_of_the_way(d: Dialogue) -> str | None:
    """Which question of the way back the message is: lost, another carrier, a store, who pays, the delivery that was paid."""
    if d.reading.choice is not None or d.reading.reason is not None:
        return None
    return next((topic for topic, pattern in _WAY.items() if pattern.search(d.reading.plain)), None)


async def _terms(d: Dialogue) -> tuple[Facts, date]:
    order = await d.order()
    market = order.market if order else d.container.shop_profile.market
    terms = facts(d.container.policy, market, currency=order.currency if order else None)
    return terms, d.local_day(order, order.placed_at) if order else d.now.date()


async def tell_refund_time(d: Dialogue) -> None:
    _refund_time(d, *await _terms(d))


async def answer(d: Dialogue) -> None:
    """Answers a policy question, in a message or two."""
    order = await d.order()
    terms, placed = await _terms(d)
    plain = d.reading.plain
    if (way := asked_of_the_way(d)) is not None:
        _SAY[way](d, terms, placed)
        if way == "cost" and HOW_SOON.search(plain):
            _refund_time(d, terms, placed)
        return
    if order is not None and (line := _line_meant(d, order)) is not None:
        await _answer_for_line(d, order, line)
        if not _PATTERNS["cost"].search(plain):
            return
    topics = [topic for topic, pattern in _PATTERNS.items() if pattern.search(plain)]
    if "outbound" in topics:
        topics = ["outbound"]
    if "exclusions" in topics or "fault" in topics:
        topics = [topic for topic in topics if topic not in ("condition", "how", "window")]
    if "withdrawal" in topics:
        topics = ["withdrawal"]
    if "refund_time" in topics:
        topics = ["refund_time", *[topic for topic in topics if topic in ("cost",)]]
    for topic in topics[:2] or ["window", "cost"]:
        _SAY[topic](d, terms, placed)


def _line_meant(d: Dialogue, order: Order) -> OrderLine | None:
    named = LineMatcher(order.lines, d.lexicon).find(d.reading.text, by_position=False).lines
    return order.line(named[0]) if len(named) == 1 else None


async def _answer_for_line(d: Dialogue, order: Order, line: OrderLine) -> None:
    """What the policy says of this very item, with its own last day."""
    view = outlook(order, line.id, d.now, d.container.policy, await d.history())
    item = d.title(order, line.id)
    opened = view.opened if view.opened.decision is not view.unopened.decision else None
    d.say_text(f"{item}: " + " ".join(d.why(basis) for basis in view.unopened.basis))
    if opened is not None:
        d.say("policy_if_opened", why=" ".join(d.why(basis) for basis in opened.basis))
    elif view.unopened.decision is Verdict.DECLINE and view.fault.decision is not Verdict.DECLINE:
        d.say_text(" ".join(d.why(basis) for basis in view.fault.basis))


def _window(d: Dialogue, terms: Facts, placed: date) -> None:
    d.say("policy_window", days=spoken_days(terms.window_days, d.language))
    if (season := terms.season_until(placed)) is not None:
        d.say("policy_season", date=d.day(season))


def _cost(d: Dialogue, terms: Facts, placed: date) -> None:
    if not terms.return_shipping:
        d.say("policy_cost_free")
        return
    free = [d.plain_text(f"resolution_{code}").lower() for code in Resolution if code in terms.free_for]
    key = "policy_cost" if terms.free_for_faults else "policy_cost_always"
    d.say(key, amount=d.money(terms.return_shipping, terms.currency), free=d.join(free))


def _exclusions(d: Dialogue, terms: Facts, placed: date) -> None:
    names = [d.plain_text(f"excluded_{fact.tag}") for fact in terms.exclusions if not fact.only_opened]
    opened = [d.plain_text(f"excluded_{fact.tag}") for fact in terms.exclusions if fact.only_opened]
    d.say("policy_exclusions", items=d.join(names)) if names else d.say("policy_no_exclusions")
    if opened:
        d.say("policy_exclusions_opened", items=d.join(opened))


def _condition(d: Dialogue, terms: Facts, placed: date) -> None:
    fee = max(terms.restocking_percent.values(), default=0)
    sealed = any(fact.tag is LineTag.HYGIENE_SEALED for fact in terms.exclusions)
    d.say("policy_condition_fee" if fee else "policy_condition", percent=fee)
    if sealed:
        d.say("policy_condition_sealed")


def _fault(d: Dialogue, terms: Facts, placed: date) -> None:
    key = "policy_fault_legal" if terms.legal_years else "policy_fault"
    d.say(
        key,
        years=spoken_years(terms.guarantee_years, d.language),
        days=spoken_days(terms.all_remedies_days, d.language),
    )
    if terms.repair_first:
        d.say("policy_fault_repair_first", days=spoken_days(terms.all_remedies_days, d.language))


def _withdrawal(d: Dialogue, terms: Facts, placed: date) -> None:
    if terms.withdrawal_days is None:
        _window(d, terms, placed)
        return
    d.say("policy_withdrawal", days=spoken_days(terms.withdrawal_days, d.language), law=terms.withdrawal_law or "")


def _refund_time(d: Dialogue, terms: Facts, placed: date) -> None:
    d.say("policy_refund_time", days=spoken_days(terms.refund_days, d.language))


def _exchange(d: Dialogue, terms: Facts, placed: date) -> None:
    d.say("policy_exchange" if Resolution.EXCHANGE in terms.offers else "policy_no_exchange")


def _credit(d: Dialogue, terms: Facts, placed: date) -> None:
    d.say("policy_credit" if Resolution.STORE_CREDIT in terms.offers else "policy_no_credit")


def _how(d: Dialogue, terms: Facts, placed: date) -> None:
    d.say("policy_how", days=spoken_days(terms.send_by_days, d.language))


def _outbound(d: Dialogue, terms: Facts, placed: date) -> None:
    if terms.withdrawal_days is None:
        d.say("policy_outbound_never")
    else:
        d.say("policy_outbound", days=spoken_days(terms.withdrawal_days, d.language))


def _same_means(d: Dialogue, terms: Facts, placed: date) -> None:
    d.say("explain_refund", days=spoken_days(terms.refund_days, d.language))


def _unpromised(key: str) -> Callable[[Dialogue, Facts, date], None]:
    """What the policy does not settle: said as it is, with the team."""

    def say(d: Dialogue, terms: Facts, placed: date) -> None:
        d.said.append(Utterance(text=d.text(key), choices=[d.person_choice()]))

    return say


_SAY = {
    "lost": _unpromised("policy_lost"),
    "carrier": _unpromised("policy_carrier"),
    "store": _unpromised("policy_store"),
    "other_means": _unpromised("policy_other_means"),
    "same_means": _same_means,
    "outbound": _outbound,
    "refund_time": _refund_time,
    "cost": _cost,
    "exclusions": _exclusions,
    "condition": _condition,
    "fault": _fault,
    "exchange": _exchange,
    "credit": _credit,
    "withdrawal": _withdrawal,
    "how": _how,
    "window": _window,
}
