"""What a machine must not answer: danger, threats, anger. Told by words, over `fold(text)`, in both languages.

A false alarm costs a person's time and throws a shopper out of a return; so each pattern asks for what happened or what somebody
will do, never for a word alone: a fire pit, an avocado (avocat), court shoes and "my feet hurt" are none.
"""

import re

from actions.dialogue.reading import Reading
from actions.dialogue.words import INSULT
from rma.model.support import Cause

_BODY = (
    r"(?:fingers?|thumb|hands?|arms?|legs?|face|eyes?|skin|head|lips?|mouth|"
    r"son|daughter|child|children|kids?|baby|wife|husband|dog|cat|hair)"
)
_CORPS = (
    r"(?:doigts?|pouce|mains?|bras|jambes?|visage|yeux|oeil|peau|tete|levres?|bouche|cheveux|"
    r"fils|fille|enfants?|bebe|femme|mari|chien|chat)"
)
_TENDER = (
    r"(?:ears?|earlobes?|neck|nose|foot|feet|toes?|heels?|ankles?|back|chest|knees?|wrists?|thighs?|throat|tongue|stomach|belly|"
    r"cheeks?|chin|forehead|shoulders?|scalp|palms?|lap)"
)
"""What shoes, chairs and headphones may hurt and nobody is in danger: only burns, shocks and the like count there."""
_SENSIBLE = (
    r"(?:oreilles?|lobes?|cou|nez|pieds?|orteils?|talons?|chevilles?|dos|ventre|poitrine|torse|genoux?|poignets?|cuisses?|gorge|langue|"
    r"joues?|menton|front|epaules?|paumes?)"
)
_BATTERY = r"(?:batter(?:y|ies)|power ?banks?|batteries?|accus?|piles?)"
_SICK = (
    r"(?:swell\w*|swollen|bulg\w+|leak\w*|smok(?:e|es|ed|ing)|overheat\w*|burn(?:s|ed|t|ing)?|melt\w*|"
    r"gonfle\w*|coule|coulent|fuit|fuient|fume|fument|surchauff\w*|brule\w*|fond|fondu\w*)"
)
SAFETY = re.compile(
    r"\b(?:(?:caught|catches|catching) fire|burst into flames|(?:was|were|is|are|went up) in flames|set (?:\w+ ){0,3}on fire|(?:was|is|were) on fire|"
    r"(?:it|they|which|that|battery|charger|kettle|glass|phone|device|lamp|toaster|bottle) (?:just |suddenly |has |have )?(?:exploded|blew up)|"
    r"electric(?:al)? shock|electrocuted|got (?:an? )?(?:\w+ )?shock(?:ed)? (?:from|when|by|off|of|with|touching|plugging|using|turning|switching)|gave me a shock|"
    r"(?:burn(?:ed|t)|cut|scalded|injured|hurt) (?:myself|himself|herself|(?:my|his|her|our|their) " + _BODY + r")|"
    r"(?:burn(?:ed|t)|scalded|injured|electrocuted) (?:me|us|him)|(?:my|his|her|our) " + _BODY + r" (?:was|were|is|are|got) (?:badly )?(?:burn(?:ed|t)|injured|hurt|cut)|"
    r"got (?:badly )?(?:hurt|injured|burn(?:ed|t))|allergic reaction|(?:broke|broken|breaks?|came|come) out in (?:an? )?(?:\w+ )?(?:rash|hives)|"
    r"(?:gave|gives|given|caused?|causes|left|got|gets|developed|have|has|had) (?:(?:me|him|her|us|them|my \w+) )?(?:with )?an? (?:\w+ )?(?:rash|skin (?:reaction|irritation))\b|"
    r"(?:donne|provoque|declenche|cause|fait|eu|a) (?:\w+ )?(?:de l'|une |des |un )?(?:\w+ )?(?:urticaire|eruption|plaques rouges|eczema|reaction cutanee)|(?:fait|declenche|provoque) une (?:\w+ )?allergie|"
    r"(?:ended up|landed|went|taken|rushed|(?:sent|put) (?:me|us|him|her)) (?:in|to|at) (?:the )?(?:hospital|emergency room)|"
    r"(?:started|starts|began|is|was|it's|its) (?:smoking|sparking)|smoke (?:came|comes|coming|is coming|was coming|pouring)|(?:smells? (?:of|like)|smell of) (?:burn\w*|gas)|burning smell|"
    r"(?:burn(?:s|ed|t|ing)?|scald\w*|singe[sd]?|scorch\w*|zap(?:s|ped)?|electrocut\w+) (?:my|his|her|our|their|the) (?:\w+ )?(?:" + _TENDER + r"|" + _BODY + r")|"
    r"(?:my|his|her|our) (?:\w+ )?(?:" + _TENDER + r"|" + _BODY + r") (?:was|were|is|are|got|has been|have been) (?:badly |all )?(?:burn(?:ed|t)|scalded|singed)|"
    r"(?:burns?|burn marks?|blisters?) (?:on|all over) (?:my|his|her|our) (?:\w+ )?(?:" + _TENDER.replace("foot|feet|toes?|heels?|ankles?|", "") + r"|" + _BODY + r")|"
    r"(?:zapped|electrocuted) (?:me|us|him|my)|got (?:\w+ )?(?:zapped|electrocuted)|(?:got|had|gave me|gives me|felt) an? (?:\w+ )?(?:zap|jolt)\b|"
    r"(?:lamp|light|kettle|toaster|charger|plug|cable|wire|socket|headphones|headset|earphones|earbuds|dryer|blender|heater|speaker|laptop|phone) (?:\w+ ){0,2}(?:shocked|shocks) (?:me|us|my)|"
    r"(?:(?:eu|pris?|recu|ressenti|senti|prends|prend|reprends) |(?:envoye|donne|mis|fait)\w* )(?:\w+ )?une? (?:\w+ )?decharges?(?! (?:\w+ )?(?:rapide|complete|trop|vite|de (?:la |ma |sa )?batterie))|"
    r"(?:pris?|prends|prend|prendre|recu|eu|colle|mis|donne) (?:\w+ )?(?:une (?:\w+ )?chataigne(?! (?:couleur|taille|en (?:taille|couleur)|clair|fonce))|(?:le|du) jus(?! d))\b|coups? de jus|chocs? electriques?|"
    r"m'ont (?:\w+ )?(?:brulee?|blessee?|ebouillantee?|electrocutee?)(?! (?:les|aux|mes) (?:pieds?|talons?))|"
    r"(?:brul(?:e|es|ee|ees|ant|ait|ures?)|ebouillante\w*) (?:a |sur |au |aux )?(?:la |le |les |l'|ma |mon |mes |sa |son |ses )?(?:" + _SENSIBLE + r"|" + _CORPS + r")|"
    r"(?:ma|mon|mes|(?:ai|a|as|ont) (?:la |le |les |l')) ?(?:\w+ )?(?:" + _SENSIBLE + r"|" + _CORPS + r") (?:toute |tout |a ete |ont ete |est |sont )?(?:brulee?s?|ebouillantee?s?)|"
    r"sparks? (?:came|come|coming|flew|fly|flying)|gas leak|carbon monoxide|fire hazard|safety hazard|chok(?:ed|ing) on|"
    r"(?:plug|cable|charger|socket|adapter|wire) (?:has |have |just )?(?:melted|caught)|"
    r"(?:a|ont|avait|avaient) pris feu|prend(?:re)? feu|(?:est|etait|a ete) en feu|(?:a|ont|avait) explose\w*|"
    r"decharge electrique|electrocut\w+|court[- ]circuit\w*|(?:me suis|m'a|l'a|nous a) (?:\w+ )?(?:brulee?|blessee?|coupee?|ebouillantee?|intoxiquee?)(?! (?:les|mes|aux|le|au|des|ses) (?:pieds?|talons?|orteils?))|"
    r"(?:s'est|est|a ete) (?:\w+ )?(?:blessee?|ebouillantee?|intoxiquee?)|s'est (?:\w+ )?(?:brulee?|coupee?) (?:la|le|les|a|au|aux|avec)|"
    r"(?:brule|blesse|coupe) (?:la|le|les|ma|mon|mes|sa|son|ses|au|a la|aux) " + _CORPS + r"|reaction allergique|(?:finir?|atterri|allee?s?|envoyee?|conduite?|emmenee?) (?:aux urgences|a l'hopital)|"
    r"(?:de la|une) fumee (?:qui |en )?(?:sort|sortait|s'echappe|est sortie)|(?:sent|sentait|odeur de) (?:le )?(?:brule|gaz)\b|fuite de gaz|(?:fait|faisait|faire|a fait) des etincelles|"
    r"(?:prise|cable|chargeur|fil) (?:a |ont |est )?(?:fondue?|brulee?))\b"
    r"|\b" + _BATTERY + r"\b.{0,30}\b" + _SICK + r"\b|\b(?:swollen|bulging|leaking|overheating|smoking) " + _BATTERY + r"\b"
)  # fmt: skip

_WILL = r"(?:i'?ll|i will|i am going to|i'?m going to|im going to|gonna|i shall|we'?ll|we will|going to|i intend to)"
_JE = r"(?:je vais|je|on va|nous allons|j'irai|nous)"
_LAW = r"(?:lawyer|solicitor|attorney|barrister)"
_PLACES = r"(?:twitter|facebook|instagram|tik ?tok|youtube|linkedin|reddit|trustpilot|social media|social networks|the internet|online|the press|the papers|the news|everywhere)"
_LIEUX = r"(?:reseaux(?: sociaux)?|twitter|facebook|instagram|tik ?tok|youtube|linkedin|trustpilot|internet|la presse|les medias|les journaux|partout)"
THREAT = re.compile(
    r"\b(?:(?:my|our) " + _LAW + r"|(?:call|contact\w*|get|getting|see|seeing|hire|hiring|involve|talk to|consult\w*) (?:a|an|my|our) " + _LAW + r"|"
    r"legal (?:action|proceedings|steps)|(?:take|seek|get|getting) legal advice|small claims|take (?:you|this|it|them) to court|see you in court|(?:go|going) to court|"
    r"sue (?:you|your|the (?:shop|company|store))|suing (?:you|your)|law ?suit|trading standards|better business bureau|attorney general|"
    r"(?:report|reporting|reported) (?:you|this|your (?:shop|company|store|site)) to|(?:go|going|went|call|calling) (?:to )?the police|police report|"
    r"charge ?backs?|(?:open|file|start|raise|make)(?:ing)? a (?:\w+ )?(?:dispute|claim) (?:with|at|on|through|via) (?:my bank|paypal|visa|mastercard|klarna)|"
    r"disput(?:e|ing) (?:it|this|that|the (?:charge|payment|transaction)) with (?:my|the) (?:bank|card)|"
    + _WILL + r" (?:\w+ ){0,2}(?:call|phone|contact|go|speak|get on to) (?:\w+ ){0,2}(?:my|the) (?:bank|(?:credit )?card company)|i'?m (?:now )?(?:calling|phoning|contacting|getting on to) (?:\w+ )?(?:bank|card company)|"
    r"(?:faire |ferai |fais )(?:une )?(?:retrofacturation|opposition (?:au|sur le|a mon|sur mon) (?:paiement|prelevement|debit|virement))|retrofacturation|(?:ouvrir|ouvre|ouvrirai|faire|ferai) un litige|"
    r"contest\w* (?:le |ce )?(?:paiement|debit|prelevement|achat) (?:aupres de|a|avec|via) (?:ma|la) banque|(?:je vais |j'|je |on )(?:appelle(?:rai)?|appeler|contacte(?:rai)?|contacter|saisi(?:s|rai|r)|passe(?:rai)? par|passer par) ma banque|"
    + _WILL + r" .{0,30}\b(?:post|tweet|share|tell|expose|put|write about)\w* .{0,40}\b" + _PLACES + r"|go(?:ing)? to the (?:press|media|papers|newspapers)|name and shame|"
    + _WILL + r" (?:\w+ ){0,4}(?:bad|negative|one[- ]star|1[- ]star|zero[- ]star|terrible|awful) reviews?|"
    r"mon avocate?|mes avocats|notre avocate?|(?:contacter|saisir|prendre|consulter|appeler|voir|alerter) (?:un|une|mon) avocate?|"
    r"(?:porter|porte|porterai|deposer|depose|deposerai|portons) plainte|poursuites? (?:judiciaires?|en justice)|(?:poursuivr\w*|attaqu\w+|assign\w+|trainer?) (?:\w+ ){0,3}(?:en justice|devant (?:le|les) tribuna\w+)|action en justice|"
    r"(?:saisir|saisirai|saisis|devant|au) (?:la justice|(?:le|les) tribuna\w+|tribunal)|mise en demeure|huissier|commissaire de justice|dgccrf|repression des fraudes|signal ?conso|(?:ufc )?que choisir|60 millions de consommateurs|association de consommateurs|"
    r"signaler (?:\w+ ){0,3}(?:a la police|aux autorites)|"
    + _JE + r" .{0,30}\b(?:publie\w*|poste\w*|denonce\w*|raconte\w*|dire|dirai|partage\w*|parle\w*|met\w*|affiche\w*) .{0,40}\b" + _LIEUX + r"|"
    + _JE + r" (?:\w+ ){0,5}(?:mauvais avis|avis negatif|avis (?:une|1) etoile|tres mauvaise? avis|avis desastreux))\b"
)  # fmt: skip

FURIOUS = re.compile(
    r"\b(?:(?:i'?m|i am|im|we are|we're|really|so|absolutely|beyond|completely) (?:\w+ )?(?:furious|livid|fuming|outraged|disgusted|pissed(?: off)?|fed up|enraged)|furious|"
    r"(?:this is |you are |you're |it's |its |what )(?:an? )?(?:\w+ )?(?:outrage|outrageous|disgrace|disgraceful|scam|rip ?off|joke of a (?:company|shop)|absolute joke)|"
    r"(?:you|bunch of|pack of) (?:\w+ )?(?:thieves|crooks|scammers|liars|fraudsters)|sick (?:and tired )?of (?:this|you|waiting)|had enough of (?:this|you)|(?:worst|terrible|appalling|disgusting) (?:\w+ )?(?:customer )?(?:service|company|shop)|"
    r"furieux|furieuse|hors de moi|tres en colere|vraiment en colere|(?:c'est|votre service est|quelle?|vraiment|tout simplement) (?:un |une )?(?:vrai |vraie )?(?:scandale|scandaleux|honte|honteux|inadmissible|arnaque|foutage de gueule)|"
    r"(?:bande d(?:e |')|vous etes (?:des|tous des) )(?:voleurs?|escrocs?|menteurs?|arnaqueurs?)|(?:ras[- ]le[- ]bol|ras le cul)|(?:j'en ai|on en a) (?:vraiment |plus que )?(?:marre|assez|ma claque|plein le dos)|(?:se|vous) (?:foutez?|moquez?|fiche[rz]?) de (?:moi|nous|ma gueule|notre gueule|la gueule)|(?:excede|enerve)e?s?\b)"
)  # fmt: skip
CROSS = re.compile(
    r"\b(?:unacceptable|ridiculous|disgusting|angry|outrageous|disgraceful|wtf|what the hell|a joke|inacceptable|inadmissible|scandaleux|lamentable|honteux|n'importe quoi|en colere|marre)\b"
)
"""Bad temper that a machine may still answer, once."""


def danger_or_threat(reading: Reading) -> Cause | None:
    if reading.choice is not None:
        return None
    if SAFETY.search(reading.plain):
        return Cause.SAFETY
    return Cause.THREAT if THREAT.search(reading.plain) else None


def anger(reading: Reading) -> int:
    """0: calm. 1: cross, or rude. 2: furious."""
    if reading.choice is not None:
        return 0
    if FURIOUS.search(reading.plain):
        return 2
    return 1 if CROSS.search(reading.plain) or INSULT.search(reading.plain) else 0
