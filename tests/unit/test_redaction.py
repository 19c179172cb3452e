"""Secrets are hidden and numbers of orders are not; training sentences name nobody and still read as before."""

import datetime as dt
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.entities.extract import extract
from bot.nlu.understanding import WITH_REASON as MODEL_WITH_REASON
from rma.model.anonymity import Known, Mention, without_personal_data
from rma.model.redaction import mask_secrets
from rma.model.review import WITH_REASON, Intent

ROOT = Path(__file__).parents[2]

HIDDEN = {
    # cards, however grouped
    "my card is 4242 4242 4242 4242": "my card is •••• 4242",
    "4242424242424242": "•••• 4242",
    "CB4242424242424242": "CB•••• 4242",
    "42 42 42 42 42 42 42 42": "•••• 4242",
    "carte n° 4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2": "carte n° •••• 4242",
    "４２４２ ４２４２ ４２４２ ４２４２": "•••• 4242",
    "4242\u200b4242\u200b4242\u200b4242": "•••• 4242",
    "amex 3782 822463 10005": "amex •••• 0005",
    "4222222222222": "•••• 2222",
    "6304000000000000": "•••• 0000",
    "for order W123456 my card is 4242424242424242": "for order W123456 my card is •••• 4242",
    "I paid order with visa 4242424242424242": "I paid order with visa •••• 4242",
    "my order 4242 4242 4242 4242 12/27 cvv 999": "my order •••• 4242 12/27 cvv •••",
    # their codes
    "4242-4242-4242-4242 exp 12/27 cvv: 123": "•••• 4242 exp 12/27 cvv: •••",
    "4242 4242 4242 4242 12/27 123": "•••• 4242 12/27 •••",
    "ma carte c'est le 5555 5555 5555 4444, cryptogramme 737": "ma carte c'est le •••• 4444, cryptogramme •••",
    "les trois chiffres au dos sont 123": "les trois chiffres au dos sont •••",
    "cvv 123, order W12345": "cvv •••, order W12345",
    "123 is my cvc": "••• is my cvc",
    # accounts
    "FR76 3000 6000 0112 3456 7890 189 merci": "FR•• •••• 0189 merci",
    "mon iban de89370400440532013000.": "mon iban DE•• •••• 3000.",
    # passwords
    "my password is hunter2": "my password is ••••••",
    'My password is: "correct horse battery"': 'My password is: "••••••"',
    "pwd=Sup3r$ecret! and order W2611340": "pwd=•••••• and order W2611340",
    "mdp: xxx": "mdp: ••••••",
    "mot de passe xxx": "mot de passe ••••••",
    "Mot de passe : Azerty123.": "Mot de passe : ••••••.",
    "le mot de passe est le suivant : tigrou": "le mot de passe est le suivant : ••••••",
    "mon mdp azerty12 pour le compte": "mon mdp •••••• pour le compte",
    "email / mot de passe : noah@example.com / soleil": "email / mot de passe : noah@example.com / ••••••",
    "password for my account noah@x.com is hunter2 or hunter3": "password for my account noah@x.com is •••••• or ••••••",
    "hunter2 is my password": "•••••• is my password",
    # PINs and codes
    "my PIN is 4821": "my PIN is ••••••",
    "mon code PIN c'est 123456": "mon code PIN c'est ••••••",
    "the verification code they sent me is 483920": "the verification code they sent me is ••••••",
    "code reçu par sms 483 920": "code reçu par sms ••••••",
}
LEFT = [
    # what the words beside it call an order's or a parcel's, though it passes for a card
    "order 4242424242424242",
    "my order number is 4242 4242 4242 4242",
    "commande n° 4242424242424242",
    "numéro de suivi : 4242424242424242",
    "#4242424242424242",
    "4242424242424242 is my order number",
    "4242424242424242 c'est mon numéro de commande",
    "tracking 9400 4242 4242 4242 4242",
    "W4242424242424242",
    # what passes no check
    "4242424242424241",
    "4006381333931",
    "1234567890123456",
    "FR76 3000 6000 0112 3456 7890 188",
    # what a shop asks for
    "+33 6 12 34 56 78 06 98 76 54 32",
    "0612345678 0698765432",
    "415-555-0123 415-555-0199",
    "1Z999AA10123456784",
    "LX123456789FR",
    "RT-7K3M9QX4",
    "my order is W2611340 and my email is noah@example.com",
    "pin code 560001",
    "code postal 69001",
    "code promo ETE2026",
    "confirmation code AB12345",
    "order 1234 and 5678, I paid 1234,56 € on 12/11/2026",
    # what is only said about a password
    "I forgot my password",
    "my password is not working",
    "my password is blocked, order W2611340",
    "password reset link never came",
    "can you reset my password please",
    "j'ai oublié mon mot de passe W2611340",
    "mot de passe est refusé",
    "I need the password. Order W2611340",
]


@pytest.mark.parametrize(("typed", "kept"), HIDDEN.items())
def test_secrets_are_hidden(typed: str, kept: str) -> None:
    assert mask_secrets(typed) == kept


@pytest.mark.parametrize("typed", LEFT)
def test_what_is_no_secret_stays(typed: str) -> None:
    assert mask_secrets(typed) == typed


def test_a_code_of_ours_reaches_the_question_that_asked_for_it() -> None:
    said = "the verification code is 483920, le code PIN est 483920, mdp: soleil"
    assert mask_secrets(said, keep_code=True) == said.replace("soleil", "••••••")


def test_nothing_of_the_training_data_is_taken_for_a_secret() -> None:
    for path in (ROOT / "data" / "nlu").glob("*/*.yml"):
        text = path.read_text(encoding="utf-8")
        assert mask_secrets(text) == text, path


PIECES = ("4242 4242 4242 4242", "12/27", "123", "password", "is", "mdp", ":", "FR7630006000011234567890189", "order", "cvv", "PIN",
          "hunter2", "•••• 4242", "my", "or", '"', ",", "/")  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_hiding_twice_is_hiding_once(text: str) -> None:
    once = mask_secrets(text)
    assert mask_secrets(once) == once


def cleaned(text: str, *known: Known) -> str:
    language = "fr" if text.startswith(("je", "Mme", "reçu", "commandé", "Madame")) else "en"
    found = extract(text, language, dt.date(2026, 11, 22))
    return without_personal_data(text, [Mention(e.name, e.start, e.end) for e in found], known, language)


NOAH = (Known("name", "Noah Brown"), Known("town", "Nice"), Known("order_number", "AB-77"))
NAMELESS = {
    "My order W2611340 hasn't come, I'm at noah.b@gmail.com or 06 12 34 98 76": (
        "My order W1234567 hasn't come, I'm at name@example.com or 06 12 34 56 78"
    ),
    "order 5518204 and 5518205, again 5518204": "order 1234567 and 2345678, again 1234567",
    "RT-7K3M9QX4 or parcel LX473124829FR": "RT-1A2B3DE4 or parcel LX234567890BD",
    "je m'appelle Lucie Fontaine, j'habite au 12 bis rue victor hugo, 69003 Lyon": (
        "je m'appelle Alex Martin, j'habite au 12 rue des écoles, 12345 Villeneuve"
    ),
    "flat 3, 45 Main St, Leeds LS6 2AB": "12 High Street, Springfield AB1 2DE",
    "my name is noah brown and i want to return the brown shoes": "my name is alex martin and i want to return the brown shoes",
    "the name on the order is Jean-Pierre de la Tour": "the name on the order is Alex Martin",
    "I'm Priya, my zip is 560001": "I'm Alex, my zip is 123456",
    "Mme Dupont a signé le colis. Cordialement, Hélène Vasseur": "Mme Martin a signé le colis. Cordialement, Sam Taylor",
    "Noah Brown": "Alex Martin",
    "my toaster is kaput, Rose Green": "my toaster is kaput, Alex Martin",
    "noah dot brown at gmail dot com": "name at example dot com",
    "bought on 12/05/1985, came on 3 November 2026": "bought on 12/03/2025, came on 5 March 2025",
    "see https://shop.example.com/orders/W2611340?token=abc": "see https://example.com/page",
    "double u two six one one three four zero is my order": "double u one two three four five six seven is my order",
    "my card •••• 4242, ip 10.1.2.3": "my card •••• 1234, ip 192.0.2.1",
    # known from the order
    "Cheers, noah": "Cheers, alex",
    "nice shoes, sent to Nice": "nice shoes, sent to Springfield",
    "where is ab 77": "where is ab 12",
}
UNTOUCHED = [
    "the brown shoes in size 42 are too small, I bought 2 pairs for 1 299,00 €",
    "reçu hier, il y a 3 semaines, lundi dernier",
    "I'm disappointed, it's broken",
    "Blue Shirt",
    "Electric Kettle",
    "commandé par erreur, je mesure 1m80",
    "Madame, Monsieur, je souhaite retourner ma commande",
    "2 place settings of the set, 3 lots of court shoes",
    "do you ship to Canada",
]


@pytest.mark.parametrize(("said", "learnt"), NAMELESS.items())
def test_a_training_sentence_names_nobody(said: str, learnt: str) -> None:
    assert cleaned(said, *NOAH) == learnt
    assert cleaned(learnt, *NOAH) == learnt


@pytest.mark.parametrize("said", UNTOUCHED)
def test_a_sentence_without_personal_data_stays(said: str) -> None:
    assert cleaned(said) == said


def test_labels_are_those_of_domain_and_model() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    assert {str(intent) for intent in Intent} == set(domain["intents"])
    assert {str(intent) for intent in WITH_REASON} == set(MODEL_WITH_REASON)
