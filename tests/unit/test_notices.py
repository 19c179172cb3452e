"""What a merchant writes about notices, when a text message may leave, and how what leaves is worded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.dialogue.reading import Entity, Reading
from actions.dialogue.sending_words import wish_of
from bot.nlu.entities.contact import emails, phones
from rma.links import Links
from rma.model.codes import Disposition, Language, Method, Resolution, ReturnStatus
from rma.model.errors import ConfigurationError
from rma.model.goods import Grade, Unit
from rma.model.gsm7 import cost, in_alphabet
from rma.model.notifying import QuietHours
from rma.model.orders import Order
from rma.model.outgoing import Kind, Medium
from rma.model.reach import is_email, masked, mobile, reach
from rma.model.returns import Return
from rma.model.shop import load_shop
from rma.model.withdrawals import Statement, Withdrawal
from rma.policy import load_policy
from rma.service.letters import Checked, Letter, Letters, Paid, Told, Withheld, Words
from rma.service.mails import Mails
from rma.service.quiet import loud_from
from rma.service.refunds.due import Due
from rma.service.text_messages import TextMessages
from rma.settings import Settings
from rma.texts import load_texts

SETTINGS = Settings()
TEXTS, SHOP, POLICY = load_texts(SETTINGS.texts), load_shop(SETTINGS.shop), load_policy(SETTINGS.policy)
NOW = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)
LINKS = Links("a secret of these tests", "https://returns.clairiere.example")


# -- policy/shop.yml -------------------------------------------------------------------------------------------------


def shop_with(folder: Path, **changes: Any) -> Any:
    profile = yaml.safe_load(SETTINGS.shop.read_text(encoding="utf-8")) | changes
    (folder / "shop.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    return load_shop(folder / "shop.yml")


def test_the_shop_says_what_is_sent_by_what_and_when_nothing_is(tmp_path: Path) -> None:
    assert SHOP.notices.of(Kind.LABEL) == ((Medium.EMAIL,),)
    assert SHOP.notices.of(Kind.REMINDER) == ((Medium.SMS, Medium.EMAIL),)
    lenient = {"label": "sms", "received": False, "refunded": ["Email", "sms or email"], "reviewed": []}
    notices = shop_with(tmp_path, notices=lenient).notices
    assert (notices.label, notices.received, notices.reviewed) == (((Medium.SMS,),), (), ())
    assert notices.refunded == ((Medium.EMAIL,), (Medium.SMS, Medium.EMAIL))
    # Without quotes YAML reads 21:30 as a number of base 60.
    assert shop_with(tmp_path, quiet_hours={"from": 21 * 60 + 30, "until": "07:15"}).quiet_hours.since == time(21, 30)
    assert shop_with(tmp_path, quiet_hours=False).quiet_hours is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"notices": {"label": ["post"]}}, 'notices.label: expected "sms" or "email" or "sms or email", not \'post\''),
        ({"notices": {"label": 3}}, "notices.label: expected a list"),
        ({"notices": {"withdrawal": []}}, "notices: withdrawal cannot be set"),
        ({"notices": {"lable": []}}, "notices.lable: there is no such setting"),
        ({"notices": {"reminder_days_before": 30}}, "notices.reminder_days_before"),
        ({"quiet_hours": {"from": "25:00"}}, 'quiet_hours.from: expected a time such as "21:00"'),
        ({"quiet_hours": {"from": "08:00", "until": "08:00"}}, "quiet_hours: from and until are the same"),
        ({"email": "service"}, "email: expected an e-mail address"),
        ({"phone": "03 20 00 00 00"}, "phone: expected a number with its country"),
    ],
)
def test_a_mistake_in_it_is_named_with_what_was_expected(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=r"shop\.yml: ") as error:
        shop_with(tmp_path, **changes)
    assert says in str(error.value)


# -- quiet hours -----------------------------------------------------------------------------------------------------


def order(country: str = "FR", phone: str = "+33612345678", **changes: Any) -> Order:
    return Order.model_validate({
        "number": "W2611340", "status": "delivered", "currency": "EUR", "market": "FR", "placed_at": "2026-07-01T10:00:00+02:00",
        "customer": {"name": "Noah Brown", "email": "noah@example.com", "phone": phone},
        "shipping_address": {"line1": "1 rue X", "city": "Lyon", "country": country},
        "payment_methods": [{"id": "card_1", "type": "card", "last4": "9212", "amount": "80.00"}],
        "lines": [{"id": "1", "sku": "S", "name": "T-shirt", "variant": {"color": "bleu", "size": "M"}, "quantity": 3,
                   "unit_price": "20.00", "delivered_at": "2026-07-15T10:00:00+02:00"}],
    } | changes)  # fmt: skip


NIGHT, RESTING = QuietHours(), QuietHours(sundays_and_holidays=True)
SIESTA = QuietHours(since=time(12), until=time(14))


@pytest.mark.parametrize(
    ("country", "phone", "quiet", "now", "leaves"),
    [
        ("FR", "", NIGHT, "2026-11-25T19:59:59Z", "2026-11-25T19:59:59Z"),
        ("FR", "", NIGHT, "2026-11-25T20:00:00Z", "2026-11-26T07:00:00Z"),
        ("FR", "", NIGHT, "2026-11-26T06:59:59Z", "2026-11-26T07:00:00Z"),
        ("FR", "", NIGHT, "2026-11-26T07:00:00Z", "2026-11-26T07:00:00Z"),
        # The nights in which the clock goes back, and forward.
        ("FR", "", NIGHT, "2026-10-24T22:30:00Z", "2026-10-25T07:00:00Z"),
        ("FR", "", NIGHT, "2027-03-27T22:30:00Z", "2027-03-28T06:00:00Z"),
        ("GB", "", NIGHT, "2026-11-25T20:30:00Z", "2026-11-25T20:30:00Z"),
        ("JP", "", NIGHT, "2026-11-25T12:00:00Z", "2026-11-25T23:00:00Z"),
        ("RE", "", NIGHT, "2026-11-25T04:30:00Z", "2026-11-25T04:30:00Z"),  # 8:30, though French law counts there.
        ("US", "", NIGHT, "2026-11-26T04:30:00Z", "2026-11-26T13:00:00Z"),
        ("US", "+14155550123", NIGHT, "2026-11-26T04:30:00Z", "2026-11-26T04:30:00Z"),  # 20:30 in California.
        ("US", "+14155550123", NIGHT, "2026-11-26T14:00:00Z", "2026-11-26T16:00:00Z"),
        ("XX", "", NIGHT, "2026-11-25T20:00:00Z", "2026-11-26T07:00:00Z"),  # No country: the market's.
        ("FR", "", SIESTA, "2026-11-25T11:30:00Z", "2026-11-25T13:00:00Z"),
        ("FR", "", SIESTA, "2026-11-25T20:00:00Z", "2026-11-25T20:00:00Z"),
        ("FR", "", RESTING, "2026-11-21T20:30:00Z", "2026-11-23T07:00:00Z"),  # Saturday evening to Monday.
        ("FR", "", RESTING, "2026-12-24T21:00:00Z", "2026-12-26T07:00:00Z"),
        ("FR", "", RESTING, "2027-04-30T20:00:00Z", "2027-05-03T06:00:00Z"),  # The 1st of May is a Saturday.
        ("FR", "", None, "2026-11-25T23:00:00Z", "2026-11-25T23:00:00Z"),
    ],
)  # fmt: skip
def test_a_text_waits_for_the_morning_where_it_is_read(
    country: str, phone: str, quiet: QuietHours | None, now: str, leaves: str
) -> None:
    about = order(country, phone or "+33612345678")
    got = loud_from(datetime.fromisoformat(now), quiet, about, phone or "+33612345678")
    assert got == datetime.fromisoformat(leaves)


# -- addresses -------------------------------------------------------------------------------------------------------


def test_addresses_are_read_strictly_and_said_masked() -> None:
    assert mobile("06 12 34 56 78", "FR") == "+33612345678" and mobile("+1 415 555 0123", "FR") == "+14155550123"
    for dead in ("01 23 45 67 89", "123", "", "0899 12 34 56", "n/a"):
        assert mobile(dead, "FR") is None
    assert is_email("a.b+c@d-e.example") and is_email("zoé@exemple.fr")
    for bad in ("a@b", "a b@c.de", "a@b.de, c@d.de", "a@b.de\nBcc: c@d.de", "Noah <a@b.de>", "x" * 65 + "@b.de", "@b.de"):
        assert not is_email(bad)
    assert reach(order(customer={"name": "", "email": " a@b.de "}), Medium.EMAIL) == "a@b.de"
    assert [masked(address) for address in ("noah@example.com", "+33612345678", "whatsapp:+33612345678", "+14155550123")] == [
        "n•••@example.com", "+33 6 •• •• •• 78", "+33 6 •• •• •• 78", "+1 4••-•••-••23",
    ]  # fmt: skip
    assert in_alphabet(masked("+33612345678", "*"))


# -- letters ---------------------------------------------------------------------------------------------------------


def told(language: Language, **changes: Any) -> Told:
    words = {"en": "A repair comes first.", "fr": "La réparation passe en premier."}
    basis = {"code": "x", "law": "Directive (EU) 2019/771 art. 13", "text": words}
    line = {"id": "1", "sku": "S", "name": "T-shirt (bleu, M)", "quantity": 2, "received": 1, "reason": "size_too_small"}
    rma = Return.model_validate({
        "number": "RT-7K3M9QX4", "order": "W2611340", "order_id": 1, "status": "label_issued", "resolution": "refund",
        "method": "label", "language": language, "lines": [line], "refund": {"total": "35.10", "currency": "EUR"},
        "decision": {"returnless": False, "lines": [{"id": "1", "basis": [basis]}]}, "send_by": "2026-08-03",
        "idempotency_key": "k", "created_at": NOW,
    } | {key: value for key, value in changes.items() if key in Return.model_fields})  # fmt: skip
    about = Told(rma, order(), language, NOW)
    return replace(about, **{key: value for key, value in changes.items() if key not in Return.model_fields})


def letters(medium: Medium, by_when: Callable[[datetime, str], str] = lambda _now, _language: "demain") -> Letters:
    words = Words(TEXTS, LINKS, SHOP, POLICY, by_when, "sms" if medium is Medium.SMS else "email")
    return TextMessages(words) if medium is Medium.SMS else Mails(words)


LESS = Withheld(Decimal("5.00"), "The seal is broken and the box is gone")
SEEN = {"id": "1", "sku": "S", "name": "T-shirt (bleu, M)", "quantity": 2, "received": 1, "rejected": 1, "missing": 1,
        "reason": "size_too_small"}  # fmt: skip
CHECKED = Checked(
    [
        Unit(number="RT-7K3M9QX4", line="1", sku="S", quantity=1, grade=Grade.USED, accepted=False, disposition=None,
             why="Worn outside, the soles are black", by="ana", at=NOW),
        Unit(number="RT-7K3M9QX4", line="1", sku="S", quantity=1, grade=None, accepted=False,
             disposition=Disposition.MISSING, by="ana", at=NOW),
    ],
    Due(currency="EUR", resolution=Resolution.REFUND, units={"1": 0}, items=Decimal(0), outbound_shipping=Decimal(0),
        return_shipping=Decimal(0), fees=Decimal(0), total=Decimal(0), decided=Decimal("35.10"), paid=Decimal(0),
        settled=Decimal(0), owed=Decimal(0), left=Decimal(80), whole=False, final=True),
)  # fmt: skip


def every(medium: Medium, language: Language) -> dict[str, Letter]:
    by, keep = letters(medium), {"returnless": True, "lines": []}
    found = {f"label {method}": by.label(told(language, method=method)) for method in Method}
    found |= {f"label for {way}": by.label(told(language, resolution=way)) for way in Resolution}
    found |= {f"received for {way}": by.received(told(language, resolution=way)) for way in Resolution}
    found |= {f"kept for {way}": by.confirmation(told(language, method=None, decision=keep, resolution=way)) for way in Resolution}
    statement = Statement(name="Noah Brown", order="W2611340", contact="noah@example.com", items="2 t-shirts", language=language)
    withdrawal = Withdrawal(reference="WD-7K3M9QX4", key="k", channel="web", statement=statement, submitted_at=NOW)  # type: ignore[arg-type]
    return found | {
        "review": by.confirmation(told(language, status=ReturnStatus.REVIEW)),
        "nothing": by.confirmation(told(language, method=None)),
        "arranged": by.confirmation(told(language, method=None, arranged=True)),
        "reminder": by.reminder(told(language)),
        "partly": by.received(told(language, status=ReturnStatus.PARTIALLY_RECEIVED)),
        "refunded": by.refunded(told(language), [Paid(Decimal("35.10"), "card_1")]),
        "credited": by.refunded(told(language), [Paid(Decimal("35.10"))]),
        "less": by.refunded(told(language), [Paid(Decimal("30.10"), "card_1")], LESS),
        "unpaid": by.refunded(told(language, refund={"total": "0.00", "currency": "EUR"}), [], LESS),
        "checked": by.checked(told(language, status=ReturnStatus.INSPECTED, lines=[SEEN]), CHECKED),
        "label, late": by.label(replace(told(language), now=NOW + timedelta(days=20))),
        "accepted": by.reviewed(told(language), True, "Bien reçu"),
        "refused": by.reviewed(told(language), False, "Article porté"),
        "withdrawal": by.withdrawal(withdrawal),
        "code": by.code("012345", 10, language),
    }


@pytest.mark.parametrize("language", list(Language))
def test_every_mail_is_short_says_who_writes_and_how_to_reach_them(language: Language) -> None:
    for name, letter in every(Medium.EMAIL, language).items():
        lines = [line for line in letter.text.split("\n") if line]
        assert 5 <= len(lines) <= 12, (name, letter.text)
        assert letter.subject and len(letter.subject) < 60, (name, letter.subject)
        for part in ("Clairière\n12 rue des Entrepôts, 59100 Roubaix, France", "service@clairiere.example", "+33 3 20 00 00 00"):
            assert part in letter.text, (name, part)
        assert "{" not in letter.text and "\n\n\n" not in letter.text


@pytest.mark.parametrize("language", list(Language))
def test_every_text_message_begins_with_the_shop_and_stays_in_the_alphabet(language: Language) -> None:
    for name, letter in every(Medium.SMS, language).items():
        assert letter.text.startswith("Clairière") and in_alphabet(letter.text), (name, letter.text)
        assert cost(letter.text).segments <= 2 and len(letter.text) <= 306, (name, len(letter.text))
        assert ("STOP" in letter.text) is (name not in ("code", "withdrawal")), name


def test_what_is_written_for_text_messages_needs_no_folding() -> None:
    ours = yaml.safe_load((SETTINGS.texts / "notices.yml").read_text(encoding="utf-8"))
    texts = {key: entry for key, entry in ours.items() if key.startswith("sms_")}
    texts |= {key: entry["sms"] for key, entry in ours.items() if "sms" in entry}
    assert len(texts) > 20
    for key, entry in texts.items():
        for language in Language:
            assert in_alphabet(entry[language]), (key, entry[language])


def test_what_the_way_back_is_decides_what_is_promised() -> None:
    mails, en = letters(Medium.EMAIL), Language.EN
    assert "Print the attached label" in mails.label(told(en)).text
    qr = mails.label(told(en, method=Method.QR))
    assert "Show the attached QR code" in qr.text and [paper.kind for paper in qr.papers] == ["qr", "label"]
    kept = mails.confirmation(told(en, method=None, decision={"returnless": True, "lines": []})).text
    assert "€35.10 is refunded within 14 days" in kept and "back and checked" not in kept
    arranged = letters(Medium.EMAIL, lambda _now, _language: "").confirmation(told(en, method=None, arranged=True)).text
    assert "at the latest" not in arranged and "back and checked" in arranged
    exchanged = mails.label(told(en, resolution=Resolution.EXCHANGE, difference=Decimal("5.00"))).text
    assert "price difference of €5.00" in exchanged
    unheard = mails.confirmation(told(en, status=ReturnStatus.REVIEW, later=False)).text
    assert "you hear from us" not in unheard and "assistant can tell you" in unheard


def test_long_reasons_and_many_items_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [told(Language.EN).rma.lines[0].model_copy(update={"id": str(place), "name": f"Thing {place}"}) for place in range(20)]
    text = letters(Medium.EMAIL).label(told(Language.EN, lines=many)).text
    assert "• and 15 more" in text and "Thing 4" in text and "Thing 5" not in text
    refused = letters(Medium.SMS).reviewed(told(Language.FR), False, "mot " * 300).text
    assert cost(refused).segments <= 3 and "..." in refused


# -- how a wish is said ----------------------------------------------------------------------------------------------


def heard(text: str) -> Reading:
    found = [*emails(text), *phones(text, "fr")]
    return Reading(text=text, entities=tuple(Entity(one.name, one.value, one.start, one.end) for one in found))


@pytest.mark.parametrize(
    ("medium", "texts"),
    [
        (Medium.SMS, ["send it to my phone", "Text me the label", "can I have it on my phone?", "text it to +33 6 12 34 56 78",
                      "can you send the label to 06 12 34 56 78", "Please send me the QR code by SMS", "whatsapp me the label",
                      "send the label for W2611304 to my phone", "my number is 06 12 34 56 78 now, send it there",
                      "envoyez l'étiquette de ma commande W2611304 sur mon portable",
                      "envoyez-la sur mon portable", "envoie-moi le code QR par SMS", "pouvez-vous l'envoyer au 06 12 34 56 78",
                      "renvoyez-moi l'étiquette par sms", "je préfère par sms"]),
        (Medium.EMAIL, ["email me the label", "send it by e-mail", "send it to bob@work.com", "resend the email",
                        "envoyez-le moi par mail", "vous pouvez me la renvoyer par mail ?", "je peux l'avoir par mail ?",
                        "envoyez l'étiquette à bob@work.com", "envoie la sur mon adresse mail"]),
        (None, ["I want to return my phone", "can I send it back by mail?",
                "the case doesn't fit my phone, I'd like to send it back",
                "can I email you a photo?", "text me when you get it", "when do I mail it?", "my email is noah@example.com",
                "I didn't get the email", "send me the label again", "W2611340 06 12 34 56 78", "send a replacement to my address",
                "je veux renvoyer mon téléphone", "je renvoie la coque, elle ne va pas sur mon téléphone",
                "puis-je vous envoyer une photo par mail ?", "je n'ai pas reçu l'étiquette par mail", "envoyez-moi l'étiquette"]),
    ],
)  # fmt: skip
def test_where_a_label_is_wanted(medium: Medium | None, texts: list[str]) -> None:
    for said in texts:
        wish = wish_of(heard(said))
        assert (wish.medium if wish else None) is medium, said


def test_by_mail_alone_is_a_wish_only_where_it_can_be_one() -> None:
    for said, medium in (("par sms svp", Medium.SMS), ("by e-mail please", Medium.EMAIL), ("on my phone", Medium.SMS),
                         ("par mail", Medium.EMAIL), ("by mail", None)):  # fmt: skip
        assert wish_of(heard(said)) is None
        wish = wish_of(heard(said), bare=True)
        assert (wish.medium if wish else None) is medium, said


def test_a_text_message_names_the_year_only_where_it_is_far() -> None:
    near = letters(Medium.SMS).label(told(Language.FR)).text
    far = letters(Medium.SMS).label(told(Language.FR, send_by=(NOW + timedelta(days=500)).date())).text
    assert "3 aout" in near and "2026" not in near and "2027" in far
