"""What somebody claims: outrage that opens like a question, goods rejected by right. Patterns over folded text."""

import re

CLAIMS = re.compile(
    r"^(?:and |but )?(?:what|how|who|where) (?:the|in the|on earth|dare|could you|can you (?:sell|call)|kind of)\b|\bwho do i (?:have|need) to (?:shout|yell|scream|talk|speak|beg|pay|kill)\b"
    r"|\b(?:i|we) (?:want|demand|expect|need) (?:\w+ ){0,3}(?:money|refund|replacement|exchange)\b|\b(?:refund|reimburse) me\b|\bgive me (?:back )?(?:my|the|a) (?:money|refund)\b"
    r"|\b(?:comment|qui) (?:osez|ose|pouvez|peut|peux|vous osez)(?:[- ](?:vous|tu|on))? (?:\w+ ){0,2}(?:vendre|envoyer|livrer|proposer|appeler)\b|^c'est quoi (?:ce|cette|ces|cet) \w+"
    r"|\b(?:remboursez|rembourse|rendez|rends|echangez|remplacez)[- ](?:moi|nous)\b|\bje (?:veux|exige|voudrais) (?:\w+ ){0,3}(?:remboursement|rembourse\w*|argent)\b"
)  # fmt: skip
"""Opens like a question and is none: outrage, or what is wanted."""
REJECTS = re.compile(
    r"\b(?:i|we) (?:\w+ ){0,4}reject(?:ing)? (?:the|this|these|that|those|my|it|them)\b|\b(?:right|entitled) to (?:\w+ )?(?:reject|refuse|a refund|my money|a repair|a replacement)\b"
    r"|\b(?:consumer rights act|cra 2015|section (?:9|10|11|20|22)|garantie legale|defaut de conformite|vices? caches?)\b"
)  # fmt: skip
"""Goods turned down by right."""
CONTESTS = re.compile(
    r"\b(?:refus\w*|declin\w*|rejected|denied|deny|turned down|fees?|frais|contest\w*|appeal\w*|decision|unfair|injuste|disagree\w*|d'accord|dispute\w*|rejete\w*)\b"
)  # fmt: skip
"""Of a decision, not of goods."""
SENT_BACK = re.compile(
    r"\b(?:i|we)(?:'ve| have|ve)? (?:already |just )?(?:sent|posted|shipped|mailed|returned) (?:(?:it|them|this|that|everything|the|my|both|all)\b.*)?\b(?:back|returned|last (?:week|month)|ago|already)\b(?!.*\b(?:to me|label|sms|code)\b)"
    r"|\b(?:j'ai|on a|nous avons|je (?:l'|les |vous l'|vous les )ai) (?:deja |bien )?(?:renvoyee?s?|retournee?s?|reexpediee?s?)\b(?!.*\b(?:la photo|le mail|le message|le formulaire)\b)"
)  # fmt: skip
"""The goods are gone already, whether or not there was a label for them."""
