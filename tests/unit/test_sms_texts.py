"""Every text as it stands in a text message: in the cheap alphabet, short, without markup, and asking for no carrier's keyword."""

import re

import pytest
import yaml

from rma.model.gsm7 import EXTENDED, folded, in_alphabet
from rma.service.consent import wish_of
from rma.settings import Settings
from rma.texts import LANGUAGES, Texts, load_texts

LONGEST = 170
"""Characters of a wording before its values are filled in: about a segment."""
SPOKEN = {
    "choices", "consent", "conversation", "notices", "policy_answers", "policy_codes", "questions", "returns", "status", "support",
}  # fmt: skip
"""Files whose texts a shopper meets in a conversation; of the others only what has a variant for text messages."""
_ABOUT_CONSENT = ("consent_", "sms_stop", "sending_opted_out")
# What a text asks to be texted: in capitals, in quotes, or after a word such as "say".
_ASKED_FOR = re.compile(
    r"[«“\"]\s*([^»”\"]+?)\s*[»”\"]|\b([A-ZÀ-Ý]{3,}(?: [A-ZÀ-Ý]{2,})*)\b"
    r"|\b(?:text|reply|answer|say|write|envoyez|répondez|dites|écrivez) ([a-zà-ÿ]+)\b"
)
_LABELS = ("choice_", "reason_", "condition_", "resolution_", "method_")
_MARKUP = re.compile(r"[*_`<>#]|\[[^\]]*\]\(")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts(Settings().texts)


def wordings(texts: Texts) -> list[tuple[str, str, str]]:
    """Key, language, and each text that a message may hold."""
    met = []
    for path in sorted(Settings().texts.glob("*.yml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        met += [key for key, entry in entries.items() if path.stem in SPOKEN or "sms" in entry]
    spoken = [key for key in met if not key.endswith("_subject")]
    return [
        (key, language, text) for key in spoken for language in LANGUAGES for text in texts.wordings(key, language, "sms")
    ]


def test_every_text_fits_and_is_in_the_alphabet(texts: Texts) -> None:
    for key, language, wording in wordings(texts):
        sent = folded(wording)
        assert in_alphabet(sent), (key, language, sent)
        assert not set(sent) & (EXTENDED - set("{}€")), (key, language)
        assert len(sent) <= LONGEST, (key, language, len(sent), sent)
        assert not _MARKUP.search(re.sub(r"\{\w+\}", "", wording)), (key, language, wording)


def test_no_text_asks_for_a_word_that_carriers_take_for_themselves(texts: Texts) -> None:
    for key, language, wording in wordings(texts):
        if key.startswith(_ABOUT_CONSENT):
            continue
        for groups in _ASKED_FOR.findall(re.sub(r"\{\w+\}", "", wording)):
            word = next(group for group in groups if group)
            assert wish_of(word, opted_out=True) is None, (key, language, word)


def test_no_choice_is_such_a_word(texts: Texts) -> None:
    labels = [row for row in wordings(texts) if row[0].startswith(_LABELS) and "{" not in row[2] and len(row[2]) < 40]
    assert {"choice_yes", "choice_no"} < {key for key, _, _ in labels}
    for key, _, label in labels:
        assert wish_of(label, opted_out=True) is None and in_alphabet(folded(label)), (key, label)


def test_both_languages_have_as_much_to_say(texts: Texts) -> None:
    """A variant that is missing in one language would be the long text of a page."""
    for key in texts.keys():  # noqa: SIM118
        for language in LANGUAGES:
            values = [set(re.findall(r"\{(\w+)", wording)) for wording in texts.wordings(key, language, "sms")]
            assert all(found == values[0] for found in values), (key, language)
        fields = [set(re.findall(r"\{(\w+)", texts.wordings(key, language, "sms")[0])) for language in LANGUAGES]
        assert fields[0] == fields[1], key


def test_a_variant_asks_for_no_value_that_its_text_does_not_get(texts: Texts) -> None:
    """Besides those that only text messages show."""
    own = {"items", "tracking", "shop"}
    for key in texts.keys():  # noqa: SIM118
        for language in LANGUAGES:
            shown = [
                {field for text in texts.wordings(key, language, channel) for field in re.findall(r"\{(\w+)", text)}
                for channel in ("web", "sms")
            ]
            assert shown[1] - shown[0] <= own, (key, shown[1] - shown[0])
