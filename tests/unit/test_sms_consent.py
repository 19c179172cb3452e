"""What a text message says of hearing from us: every carrier's keyword, every reasonable wording, and nothing that is for the
dialogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma.service.consent import PROVIDER_STOPS, Wish, provider_answers, sounds_french, told_wish, wish_of

KEYWORDS = ["STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT", "ARRET", "ARRÊT"]
STOPS = """
stop please | please stop | Stop stop stop | ok stop | no, stop | stop merci | STOP svp ! | stop thanks | stop it |
stop everything | s t o p | S.T.O.P | st0p | STPO | ｓｔｏｐ | STOP 🛑 | 🛑 | "Stop" | cancel please | arrêtez | Arrête ! |
arrêtez svp | arretez tout | ça suffit | fin | unsubscribe me | unsuscribe | unsubscribe from all texts | opt me out |
I want to opt out | I want to unsubscribe | I revoke my consent | stop texting me | STOP TEXTING ME!!! |
please stop sending me messages | can you stop texting me? | I already told you to stop messaging me | quit texting me |
stop bothering me | don't message me | do not text me again | don't contact me anymore | no more texts |
no more messages please | I don't want these messages | I don't want to receive any more texts from you |
I do not want to hear from you | leave me alone | remove me from your list | take me off your list |
Please remove my number | lose my number | If you don't stop texting me I call the police | désabonnez-moi |
desabonnez moi | Désabonner | me désabonner | Je voudrais me désinscrire | Désinscription | retirez-moi de votre liste |
supprimez mon numéro | ne m'envoyez plus de sms | Ne m’envoyez plus de messages svp | ne m'envoyez plus rien |
ne m'écrivez plus | arrêtez de m'écrire | arrêtez de m'envoyer des sms | arrêtez les sms | arrêtez ces messages |
stop sms | stop aux sms | plus de sms merci | je ne veux plus recevoir vos messages | je veux plus de messages |
je souhaite ne plus être contacté | ne me contactez plus | ne me dérangez plus | laissez-moi tranquille |
fichez-moi la paix
"""
FOR_THE_DIALOGUE = """
stop the return | je veux arrêter le retour | cancel my order | cancel the return | please cancel my return |
I want to cancel | How do I cancel? | cancel order W2611340 | stop my return please | I want to stop the refund |
arrêter le remboursement | annuler | annulez ma commande | je me rétracte | j'arrête | je garde tout | never mind |
laissez tomber | tant pis | it stopped working | my watch has stopped | the kettle doesn't stop boiling |
the zip won't stop opening | l'article s'arrête tout seul | l'arrêt automatique ne marche pas | end of the month |
the end is broken | I quit smoking so I return the ashtray | stop, I meant the blue one | I need to stop by the shop |
the shop stopped sending me the parcel | why did you stop texting me? | did they stop sending messages? |
I never received a text | you never sent me a label | I don't have the messages | I don't want it | I don't want these |
don't want them | I don't want a refund | I don't like them | don't send me a replacement | no more of these shoes |
I don't want the gift message | don't write to me in French | ne m'écrivez pas en anglais |
ne m'envoyez pas le mauvais article | ne m'envoyez plus le même | je n'en veux plus | je ne veux plus du t-shirt |
je ne veux pas de bon d'achat | je ne veux pas de message cadeau | Je veux plus de détails | plus de remboursement |
retirez le mug | enlevez-moi le mug du retour | supprimez mon numéro de commande | remove the mug from the return |
unsubscribe me from your newsletter | désabonnez-moi de la newsletter | the colour is wrong | 1 | 2 | ok | no | non |
oui | yes | W2611340 | trop petit | can you take me through the return? | exit
"""


def listed(texts: str) -> list[str]:
    return [text.strip() for text in texts.replace("\n", " ").split(" | ") if text.strip()]


@pytest.mark.parametrize("text", KEYWORDS + listed(STOPS))
def test_a_wish_to_hear_no_more_is_heard(text: str) -> None:
    assert wish_of(text) is Wish.STOP
    assert wish_of(text, opted_out=True) is Wish.STOP


@pytest.mark.parametrize("text", listed(FOR_THE_DIALOGUE))
def test_what_names_a_thing_to_be_stopped_is_for_the_dialogue(text: str) -> None:
    assert wish_of(text) is None


_NOISE = st.text(st.sampled_from(" \n\t.!?,;:-_*\"'«»()…🙏"), max_size=4)


@given(st.sampled_from(KEYWORDS), _NOISE, _NOISE, st.sampled_from([str, str.lower, str.title, str.swapcase]))
def test_a_keyword_is_one_in_any_case_and_punctuation(word: str, before: str, after: str, cased) -> None:
    assert wish_of(before + cased(word) + after) is Wish.STOP


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert wish_of(text) in {None, *Wish}


@pytest.mark.parametrize("text", ["stop " * 2000, "ne m'envoyez plus " * 600, "don't want any more " * 500, "🛑" * 5000])
def test_a_long_text_keeps_nobody_busy(text: str) -> None:
    wish_of(text + "x")


@pytest.mark.parametrize(
    ("text", "opted_out", "wish"),
    [
        ("START", False, Wish.START),
        ("unstop", False, Wish.START),
        ("start please", True, Wish.START),
        ("YES", True, Wish.START),
        ("Oui !", True, Wish.START),
        ("yes please", True, Wish.START),
        ("reprendre", True, Wish.START),
        ("réabonnez-moi", True, Wish.START),
        ("yes", False, None),
        ("oui", False, None),
        ("begin", False, None),
        ("yes I want to return it", True, None),
        ("hello", True, None),
        ("HELP", False, Wish.HELP),
        ("Help?", True, Wish.HELP),
        ("info", False, Wish.HELP),
        ("AIDE", False, Wish.HELP),
        ("aidez-moi svp", False, Wish.HELP),
        ("help me return my shoes", False, None),
        ("info sur ma commande", False, None),
    ],
)
def test_start_yes_and_help(text: str, opted_out: bool, wish: Wish | None) -> None:
    assert wish_of(text, opted_out) is wish


def test_what_the_provider_answers_and_tells() -> None:
    assert all(provider_answers(word.upper() + "!") for word in PROVIDER_STOPS)
    assert not any(provider_answers(text) for text in ("stop please", "ARRET", "désabonnez-moi", "HELP", "oui"))
    assert [told_wish(value) for value in ("STOP", "start", "HELP", "", None, "nonsense")] == [
        Wish.STOP, Wish.START, Wish.HELP, None, None, None,
    ]  # fmt: skip
    assert sounds_french("ARRÊT") and sounds_french("plus de sms") and not sounds_french("STOP")
