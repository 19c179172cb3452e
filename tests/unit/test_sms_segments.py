"""What a text message costs. The table was made with npm's sms-segments-calculator 1.3.0, which also agreed on 6,000
random texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma.model.conversations import Attachment, ChoiceOption, Utterance
from rma.model.gsm7 import BASIC, EXTENDED, GSM7, UCS2, cost, folded, in_alphabet, split
from rma.service.sms import LONGEST, as_sms, parts

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(sorted(BASIC | EXTENDED) + list("çêœ’«»…•→😀\u202f"))))


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", GSM7, 1),
        ("a" * 160, GSM7, 1),
        ("a" * 161, GSM7, 2),
        ("a" * 306, GSM7, 2),
        ("a" * 307, GSM7, 3),
        ("€" * 80, GSM7, 1),
        ("€" * 81, GSM7, 2),
        ("a" * 152 + "[" + "b" * 153, GSM7, 3),
        ("Ç" * 160, GSM7, 1),
        ("é è à ù ì ò ñ ü ö ä" * 8, GSM7, 1),
        ("ç" * 70, UCS2, 1),
        ("ç" * 71, UCS2, 2),
        ("ç" * 134, UCS2, 2),
        ("ç" * 135, UCS2, 3),
        ("À" * 71, UCS2, 2),
        ("😀" * 35, UCS2, 1),
        ("😀" * 36, UCS2, 2),
        ("ç" * 66 + "😀" + "ç" * 67, UCS2, 3),
        ("l’été " * 13, UCS2, 2),
    ],
)
def test_known_costs(text: str, encoding: str, segments: int) -> None:
    assert cost(text) == (encoding, segments)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("« conseiller » pour l’équipe…", '"conseiller" pour l\'équipe...'),
        ("15,00\u202f€ – T-shirt → œuf × 2 • n°\u00a05", "15,00 € - T-shirt > oeuf x 2 - no 5"),
        ("Vous êtes reçu à l'hôtel, île de Noël", "Vous etes recu à l'hotel, ile de Noel"),
        ("À bientôt, ça marche", "A bientot, ca marche"),
        ("ça marche 👍 à l’aise", "ça marche 👍 à l'aise"),
        ("e\u0301te\u0301", "été"),
        ("Привет, ça va ?", "Привет, ça va ?"),
        ("a\tb\r\nc", "a b\nc"),
    ],
)
def test_folding_keeps_accents_unless_they_are_all_that_is_in_the_way(written: str, sent: str) -> None:
    assert folded(written) == sent


@given(TEXTS)
def test_folding_is_stable_and_costs_nothing_more_where_the_alphabet_is_kept(text: str) -> None:
    sent = folded(text)
    assert folded(sent) == sent
    if in_alphabet(text) and "\r" not in text:
        assert sent == text or "`" in text
    if in_alphabet(sent):
        assert cost(sent).encoding == GSM7


@given(TEXTS)
def test_segments_are_full_but_for_what_must_not_be_torn(text: str) -> None:
    encoding, segments = cost(text)
    units = sum(2 if character in EXTENDED else 1 for character in text) if encoding == GSM7 else _units(text)
    alone, joined = (160, 153) if encoding == GSM7 else (70, 67)
    assert segments == 1 if units <= alone else -(-units // joined) <= segments <= -(-units // (joined - 1))


@given(st.text(st.sampled_from("ab é😀\n "), max_size=400), st.integers(2, 60))
def test_a_long_text_is_cut_and_nothing_of_it_is_lost(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert all(piece and _units(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_lines_and_addresses_stay_whole() -> None:
    lines = [f"{number} an option of the list, number {number}: https://shop.example/{'x' * 60}" for number in range(60)]
    pieces = parts("\n".join(lines), "+33612345678")
    assert len(pieces) > 1 and "\n".join(pieces).split("\n") == lines
    assert all(len(piece) <= LONGEST for piece in pieces)


def test_whatsapp_is_sent_as_it_was_written() -> None:
    assert parts("Ça va, l’été ?", "whatsapp:+33612345678") == ["Ça va, l’été ?"]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _address(kind: str, ref: str) -> str:
    return f"https://r.example/{kind}/{ref}"


def _asked(text: str, *labels: str) -> Utterance:
    return Utterance(text=text, choices=[ChoiceOption(label=label, value=label) for label in labels])


def test_choices_are_numbered_and_numbers_are_not() -> None:
    assert as_sms([_asked("Which?", "Mug", "Lamp")], _address) == "Which?\n1 Mug\n2 Lamp"
    assert as_sms([_asked("Which?", "2 × Mug", "Lamp")], _address) == "Which?\n1) 2 × Mug\n2) Lamp"
    assert as_sms([_asked("How many?", "1", "2")], _address) == "How many?"
    assert as_sms([_asked("How many?", "1", "2", "Talk to a person")], _address).endswith("3) Talk to a person")


def test_one_address_where_a_code_is_shown() -> None:
    both = [Attachment(kind="qr", ref="RT-1"), Attachment(kind="label", ref="RT-1"), Attachment(kind="photo", ref="7")]
    said = [Utterance(text="Done.", attachments=both), Utterance(text="Bye.")]
    assert as_sms(said, _address) == "Done.\nhttps://r.example/qr/RT-1\nBye."
    assert as_sms([Utterance(text="Here.", attachments=both[1:])], _address).endswith("/label/RT-1")
