"""Small words in English and French: yes and no, all and both, first and last, "no, I meant", "back", "never mind".

Patterns run over `fold(text)`: lower case, no accents, straight apostrophes, single spaces.
"""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_EDGES = " \t\n.,;:!?…\"'()[]«»-–—*"


def fold(text: str) -> str:
    """Lower case, no accents, straight apostrophes, single spaces."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe").replace("Œ", "oe"))
    text = "".join(character for character in text if not unicodedata.combining(character))
    return _SPACES.sub(" ", text.casefold()).strip()


def aligned(text: str) -> str:
    """Lower case without accents, each character in its place: offsets stay true."""
    return "".join((unicodedata.normalize("NFKD", one.replace("’", "'"))[:1] or one).lower()[:1] or " " for one in text)


def bare(text: str) -> str:
    """Folded, and without punctuation at its edges."""
    return fold(text).strip(_EDGES)


NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
}  # fmt: skip
ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
    "premier": 1, "premiere": 1, "1er": 1, "1ere": 1, "deuxieme": 2, "2e": 2, "2eme": 2, "seconde": 2, "troisieme": 3, "3e": 3, "3eme": 3,
    "quatrieme": 4, "4e": 4, "4eme": 4, "cinquieme": 5, "5e": 5, "5eme": 5, "last": -1, "dernier": -1, "derniere": -1,
}  # fmt: skip

_POLITE = r"(?:\s*[,.!]*\s*(?:please|pls|plz|thanks|thank you|thx|ty|svp|stp|s'il (?:vous|te) plait|merci(?: beaucoup)?|ok|okay|d'accord))*"
YES = re.compile(
    r"(?:(?:👍|👌|✅|yes|yeah|yep|yup|yess+|ya|y|sure|ok(?:ay)?|oki|okey|k|of course|absolutely|definitely|correct|right|that'?s (?:right|correct|it|fine|good)|it is|exactly|"
    r"confirm(?:ed)?|i confirm|agreed|i agree|go ahead|go for it|do it|do that|please do|let'?s go|let'?s do (?:it|that)|perfect|great|good|fine|sounds good|looks good|all good|"
    r"oui|ouais|ouai|ui|ouii+|wi|mouais|si|si si|bien sur|absolument|exactement|tout a fait|c'est (?:ca|bon|correct|exact|parfait)|ca (?:me )?va|ca marche|ca joue|d'accord|dac|daccord|"
    r"je confirme|confirme[rz]?|confirmez|valide[rz]?|je valide|allez[- ]?y|vas[- ]?y|allons[- ]?y|parfait|entendu|volontiers|go|exact|nickel|impec)[\s,.!]*)+" + _POLITE
)  # fmt: skip
NO = re.compile(
    r"(?:(?:no|nope|nah|no no|n|not (?:really|now|yet)|don'?t|no way|wrong|incorrect|that'?s (?:wrong|not right)|"
    r"non|nan|nn|non non|pas du tout|surtout pas|pas maintenant|pas vraiment|ce n'est pas (?:ca|bon)|c'est pas (?:ca|bon)|pantoute)[\s,.!]*)+"
    + _POLITE
)
DISAGREES = re.compile(
    r"\b(?:(?:i |we )(?:really |strongly |totally |completely |just )*(?:disagree|(?:do not|don'?t|dont|can'?t|cannot) agree|(?:want to |wish to |would like to |will )?(?:contest|appeal|object|dispute))"
    r"|(?:it'?s|that'?s|this is|that is|it is|how is (?:that|this)) (?:so |really |very |completely |totally |just )*(?:unfair|not fair)|(?:is not|isn'?t|isnt) (?:very |really )?fair|^(?:so |very )?(?:unfair|not fair)$"
    r"|pas (?:du tout )?d'accord|je (?:le |la |les |vous )?conteste|je (?:veux|souhaite|voudrais|tiens a|vais) (?:le |la )?(?:contester|faire appel)|je fais appel"
    r"|(?:c'est|c est|trop|est) (?:vraiment |tres |tellement |trop )*injuste|(?:c'est|ce n'est|n'est|c est) pas (?:tres |vraiment )?juste(?! (?:le|la|les|une?|a|pour|ca)\b))\b"
)  # fmt: skip
CANCEL = re.compile(
    r"(?:(?:please|pls|no|non|ok|actually|en fait|finalement|sorry|desole[e]?)[\s,]+)*"
    r"(?:cancel(?: (?:that|this|it|everything|all|please|my request|the return|the request))?|abort|stop(?: (?:it|this|that|everything|here))?|quit|exit|never ?mind|nvm|forget (?:it|about it|that|this|everything)|"
    r"leave it|drop it|i(?:'ll| will) keep (?:it|them|everything)|start (?:again|over)|"
    r"annule[rz]?(?: (?:tout|ca|cela|la demande|ma demande|le retour))?|annulez|laisse[rz]?(?: tomber)?|oublie[rz]?(?: (?:ca|tout|cela))?|tant pis|j'arrete|arrete[rz]?(?: tout)?|on arrete|recommence[rz]?|"
    r"je (?:le |la |les )?garde(?: tout)?(?: finalement)?|abandonne[rz]?|j'abandonne)" + _POLITE
)  # fmt: skip
CALLS_OFF = re.compile(r"\b(?:stop|cancel\w*|forget|abort|scrap|drop|annul\w*|arret\w*|laisse[rz]?|oubli\w*|abandon\w*)\b")
"""Words beside which "all" and "the whole thing" are no number."""
BACK = re.compile(
    r"(?:go |please |oops |oups )*(?:back|go back|previous|previous (?:question|step)|one step back|step back|undo|"
    r"retour|retour en arriere|en arriere|precedent|question precedente|etape precedente|reviens|revenir|revenir en arriere|revenez en arriere)"
    + _POLITE
)
CORRECTING = re.compile(
    r"^(?:no+|non+|nan|nope|sorry|pardon|desole[e]?|oops|oups|wait|attend[sz]?|actually|in fact|i mean(?:t)?|rather|scratch that|correction|my mistake|"
    r"en fait|enfin|finalement|plutot|je voulais dire|je me suis trompe[e]?|erreur|euh non|ah non|mais non|hold on|hmm no|change|modifie[rz]?|make (?:it|that))\b"
    r"|\b(?:instead|actually|i meant|i mean|en fait|finalement|plutot|je voulais dire|je me suis trompe[e]?|my mistake|not the|pas l[ea]s?)\b"
)
ADDING = re.compile(
    r"\b(?:also|too|as well|plus|in addition|add|and another|aussi|egalement|en plus|ajoute[rz]?|et aussi|ainsi que|and the|et l[ea]s?)\b"
)
ONLY = re.compile(r"\b(?:only|just|solely|seulement|juste|uniquement|rien que)\b")
REMOVING = re.compile(
    r"\b(?:not|without|except(?:ing)?|but not|all but|everything but|apart from|remove|keep(?:ing)?|stays?|leave out|drop|excluding|"
    r"pas|sans|sauf|excepte|hormis|a part|retire[rz]?|enleve[rz]?|je garde|garder|reste(?:nt)?|mais pas)\b"
)
ALL = re.compile(
    r"\b(?:(?<!at )all(?: of (?:it|them|these|those))?|every ?thing|every (?:item|one)|both(?: of (?:them|these|those))?|the (?:whole|entire) (?:order|lot|thing|parcel)|whole order|the lot|each|"
    r"tou[st](?: les)?(?: (?:deux|trois|quatre|articles))?|toutes?(?: les)?(?: (?:deux|trois|quatre))?|les (?:deux|trois|quatre)|toute la commande|la totalite|l'ensemble|l'integralite)\b"
)
BOTH = re.compile(r"\b(?:both|(?:tous|toutes)? ?les deux)\b")
SAME = re.compile(
    r"\b(?:same|identical|exact(?:ly)? the same|le meme|la meme|les memes|meme|identique|pareil(?:le)?)\b"
)
ANY = re.compile(
    r"(?:(?:oh|ok(?:ay)?|hm+|euh|ben|bof|honestly|franchement|well|eh|so)[\s,.]+)*"
    r"(?:(?:what|which) ?ever(?:'?s)?|either|any(?:thing)?|i (?:do not|don'?t|dont) (?:mind|care)|(?:do not|don'?t|dont) (?:mind|care)|(?:it |that )?(?:does not|doesn'?t|doesnt) matter"
    r"|(?:i have )?no preference|(?:it'?s )?up to you|you (?:choose|decide|pick|tell me)|your (?:choice|call)|as you (?:like|wish|prefer)|both (?:are |work|fine)+|all the same(?: to me)?|same to me|idc"
    r"|peu[t]? importe|n'importe(?: (?:lequel|laquelle|quoi|comment|quel))?|comme (?:vous|tu) (?:voulez|veux|preferez|preferes|le sentez)|(?:c'est|ca m'est|ca m|m'est)(?: (?:bien|completement|parfaitement))? egal|c'est pareil"
    r"|je m'en (?:fiche|fous|moque)|au choix|a vous de (?:choisir|voir|decider)|(?:vous|toi) (?:choisissez|decidez|voyez)|choisissez|(?:je n'ai |j'ai )?(?:pas|aucune) (?:de )?preference|sans preference|osef"
    r"|les deux me (?:vont|conviennent)|l'un ou l'autre|(?:the |le |la |ce qui est le |celui qui est le )?(?:easiest|simplest|quickest|fastest|most convenient|plus (?:simple|facile|rapide|pratique)))"
    r"(?:[\s,]+(?:one|way|is|are|it|that|works?|fine|ok(?:ay)?|good|best|easiest|simplest|quickest|cheapest|most|convenient|easier|for|you|me|to|of|them|think|like|want|prefer|suits?|you'?ve|got|there|really|'?s|pour|moi|vous|possible|svp|stp|please|pls|s'il|plait|me va|vous arrange))*"
)
"""It is all the same to the shopper which of the choices it is."""
WRONG_ORDER = re.compile(
    r"\b(?:wrong|other|another|different|not (?:that|this|the right)) (?:order|one order)\b|\bwrong number\b"
    r"|\b(?:mauvaise?|autre|pas (?:la )?(?:bonne|cette)) (?:commande|numero(?: de commande)?)\b|\b(?:trompee?) de (?:commande|numero)\b"
)
ENGLISH = re.compile(
    r"\b(?:in english|speak english|english please|en anglais|switch to english|parle[rz] anglais)\b|^english$"
)
FRENCH = re.compile(
    r"\b(?:in french|speak french|french please|en francais|switch to french|parle[rz] francais)\b|^(?:francais|french)$"
)
OFTEN_SAID = re.compile(
    r"^(?:wait|attend[sz]?|hold on|one (?:moment|second|sec|minute)|une? (?:seconde|minute|instant)|not (?:yet|sure)|hmm+|hm+|pas encore|je (?:ne )?sais pas|let me (?:think|check)(?: about it)?|je reflechis|laissez?[- ]moi reflechir)(?:[\s,.!].*)?$"
)
HESITATING = re.compile(
    r"(?:(?:wait|attend[sz]?|hold on|one (?:moment|second|sec|minute)|une? (?:seconde|minute|instant)|hmm+|hm+|let me (?:think|check)(?: about it)?|je reflechis|laissez?[- ]moi reflechir)[\s,.!]*)+"
)
AFRESH = re.compile(
    r"(?:(?:ok(?:ay)?|can we|let'?s|please|i want to|on peut|je veux|je voudrais|bon)[\s,]+)*"
    r"(?:re-?set|re-?start|start (?:over|again|afresh|anew|from scratch|from the beginning|a new (?:chat|conversation))|begin again|new (?:chat|conversation|session)"
    r"|(?:tout |on )?recommence[rz]?(?: (?:tout|a zero|depuis le debut|du debut))?|repart(?:ir|ons)? (?:de|a) zero|nouvelle (?:conversation|discussion)|a zero)" + _POLITE
)
WHO_ARE_YOU = re.compile(
    r"\b(?:(?:are you|r u|you'?re|is (?:this|it)|am i (?:talking|speaking|chatting) (?:to|with)) (?:an? )?(?:\w+ )?(?:(?:ro|chat)?bot|ai|computer|(?:real )?(?:person|human))|are you (?:real|human|a human|a person|a machine|an ai)|who (?:are|r) (?:you|u)|what are you|what can you do|what do you do|how can you help"
    r"|(?:t'?es|tu es|es[- ]tu|vous etes|etes[- ]vous|t es) (?:un |une )?(?:ro?bot|humain\w*|machine|ia|vrai\w*)|(?:je parle|c'est|est[- ]ce|suis[- ]je)(?: (?:bien|avec|a|au|en train de parler))* (?:un |une |l')?(?:vraie? )?(?:(?:chat)?bot|robot(?! (?:de|menager|cuisine|tondeuse|aspirateur)\b)|humain\w*|ia|(?:vraie )?personne)|qui (?:es[- ]tu|etes[- ]vous|t'es)|(?:que|qu'est-ce que) (?:peux[- ]tu|pouvez[- ]vous|tu peux|vous pouvez) faire|tu sais faire quoi|tu fais quoi|a quoi tu sers)\b"
)
INSULT = re.compile(
    r"\b(?:idiot|stupid|moron|dumb|useless (?:bot|thing|piece)|f+u+c+k+\w*|shit\w*|asshole|bastard|crap|you suck|connard|connasse|con|conne|debile|abruti\w*|merde|putain|salaud|salope|ta gueule|va te faire|nul(?:le)? a chier|encule\w*)\b"
)
NOTHING = re.compile(
    r"\b(?:no (?:photo|picture|pic|image|camera)|(?:don'?t|do not) have (?:a |any |one)|can'?t|cannot|unable|skip|without(?: (?:a |one))?|none|later|"
    r"pas de (?:photo|image)|je n'?en ai pas|j'en ai pas|je (?:ne )?peux pas|impossible|sans(?: photo)?|aucune|passer|plus tard|j'ai pas)\b|^(?:no|non|nope|nan)$"
)
FORGOTTEN = re.compile(
    r"\b(?:(?:don'?t|do not|dont|can'?t|cannot) (?:know|have|find|remember|recall)|no idea|lost (?:it|the|my)|forgot(?:ten)?|where (?:is|do i find|can i find)|what is (?:my|the|that)|"
    r"(?:ne )?(?:sais|connais|trouve|retrouve|rappelle|souviens) (?:pas|plus)|je (?:l'ai|ne l'ai) (?:plus|pas|perdu)|j'ai (?:perdu|oublie|pas)|aucune idee|ou (?:est-ce que je |puis-je |)(?:trouve|le trouver|trouver))\b"
)
SHOWN_SOON = re.compile(
    r"^(?:ok(?:ay)?[\s,]*)?(?:here (?:it is|you go|they are)|sent(?: it)?|done|i sent it|there|voila|la voici|c'est (?:envoye|fait)|envoyee?|je l'ai envoyee?)$"
)
WHY = re.compile(r"^(?:but |mais )?(?:why|what for|pourquoi|pour quoi)\b")
NEVER_OPENED = re.compile(r"\b(?:un ?opened|never (?:opened|used|worn|wore|tried)|not (?:been )?(?:opened|used)|sealed|unused|brand new|still in (?:the|its) (?:box|packag|wrap)\w*|"
                          r"(?:jamais|pas|non) (?:ete )?(?:ouvert|utilise|porte|deballe|servi)\w*|scelle\w*|neuf|neuve|intacte?s?|sous (?:blister|emballage))\b")  # fmt: skip
USED = re.compile(
    r"\b(?:used|worn|wore|using|washed|tried (?:it|them) (?:out|for)|utilise\w*|porte(?:e|s|es)?|servi|lave\w*)\b"
)
OPENED = re.compile(r"\b(?:open(?:ed)?|unsealed|unwrapped|unboxed|tried|ouvert\w*|deballe\w*|descelle\w*|essaye?\w*)\b")
QR = re.compile(
    r"\b(?:qr(?: ?code)?|no printer|without (?:a )?print\w*|(?:don'?t|do not) have a printer|can'?t print|phone|mobile|code|sans imprim\w*|pas d'imprimante|telephone|natel|portable)\b"
)
PRINT = re.compile(r"\b(?:label|print(?:ed|er|ing)?|paper|pdf|etiquette|imprim\w*|papier|bordereau)\b")
