"""E-mails as they are built: headers that nothing can be smuggled into, HTML that shows what the text says."""

import email.policy
import re
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from rma.model.codes import Language
from rma.model.errors import ConfigurationError
from rma.model.outgoing import Attached, Kind, Medium, Rejected
from rma.notify.mail import mail_of, recipient_of
from rma.notify.mail_layout import MailLayout
from rma.notify.smtp_url import mail_sender, mail_server
from rma.texts import load_texts
from tests.fixtures.outgoing import kept

SENDER = mail_sender("", "shop.example", "Clairière")
LABEL = "https://shop.example/labels/abc.pdf"


@pytest.fixture(scope="module")
def layout() -> MailLayout:
    texts = load_texts(Path(__file__).resolve().parents[2] / "data" / "responses")
    return MailLayout("Clairière", "https://shop.example", texts)


def built(layout: MailLayout, text: str = "Bonjour", attached: list[Attached] | None = None, **changes: object) -> EmailMessage:
    """As it arrives."""
    mail = mail_of(kept(Medium.EMAIL, text, **changes), attached or [], SENDER, layout)
    parsed = message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_an_e_mail_has_both_forms_its_papers_and_says_what_it_is(layout: MailLayout) -> None:
    paper = Attached(filename="RT-1.pdf", mime="application/pdf", content=b"%PDF-1.4")
    mail = built(layout, f"Bonjour,\n\nVoici l’étiquette :\n{LABEL}", [paper], subject="Votre étiquette 📦")
    assert mail["From"] == "Clairière <no-reply@shop.example>" and mail["To"] == "zoe.martin@example.com"
    assert mail["Subject"] == "Votre étiquette 📦" and mail["Content-Language"] == "fr" and mail["Date"]
    assert mail["Auto-Submitted"] == "auto-generated"
    plain = mail.get_body(("plain",))
    assert plain is not None and LABEL in plain.get_content() and LABEL in html_of(mail)
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "RT-1.pdf" and attachment.get_content() == b"%PDF-1.4"


def test_a_repeat_can_be_known_and_is_told_from_another_databases(layout: MailLayout) -> None:
    message = kept(Medium.EMAIL)
    again = message.model_copy(update={"attempts": 5, "claimed_at": message.created_at.replace(year=2030)})
    other = message.model_copy(update={"created_at": message.created_at.replace(year=2030)})
    names = [mail_of(item, [], SENDER, layout)["Message-ID"] for item in (message, again, other)]
    assert names[0] == names[1] != names[2] and re.fullmatch(r"<retour-\d+\.[0-9a-f]+@shop\.example>", names[0])


def test_what_somebody_said_is_no_automatic_mail(layout: MailLayout) -> None:
    assert built(layout, kind=Kind.REPLY)["Auto-Submitted"] is None
    assert built(layout, kind=Kind.CODE)["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_no_text_becomes_a_header(layout: MailLayout, sign: str) -> None:
    mail = built(layout, f"x{sign}Bcc: a@evil.example", subject=f"Retour{sign}Bcc: a@evil.example{sign}{sign}body")
    assert mail["Bcc"] is None and "Bcc: a@evil.example" in mail["Subject"] and not mail.defects


@pytest.mark.parametrize(
    "recipient",
    [
        "", "zoe", "@example.com", "zoe@", "a@b@c d", "zoe@example.com, b@evil.example", "zoe@example.com\nBcc: b@evil.example",
        "Zoé <zoe@example.com>", "a b@example.com", "zoe@exa mple.com", ".a@example.com", "a..b@example.com", "zoe@-a.com",
        "zoe@" + "a" * 300 + ".com", "zoe@example.com>", "<zoe@example.com", '"a b"@example.com',
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(layout: MailLayout, recipient: str) -> None:
    with pytest.raises(Rejected):
        mail_of(kept(Medium.EMAIL, recipient=recipient), [], SENDER, layout)


def test_addresses_in_other_scripts(layout: MailLayout) -> None:
    assert recipient_of(kept(Medium.EMAIL, recipient="zoe@société.example")) == "zoe@xn--socit-esab.example"
    mail = mail_of(kept(Medium.EMAIL, recipient="zoé+retour@example.com"), [], SENDER, layout)
    assert "zoé+retour@example.com".encode() in mail.as_bytes()


def test_hostile_words_stay_words(layout: MailLayout) -> None:
    text = "<script>alert(1)</script> {{ shop }} <img src=http://evil.example/x> \"'&amp; javascript:alert(1)\nhttps://evil.example/\"onclick=x"
    page = html_of(built(layout, text, subject="</title><script>"))
    assert "<script" not in page and "<img" not in page and "onclick=x" in page and 'href="javascript' not in page
    assert set(re.findall(r'href="([^"]*)"', page)) == {"http://evil.example/x", "https://evil.example/"}
    assert "{{ shop }}" in page


def test_nothing_is_loaded_from_anywhere(layout: MailLayout) -> None:
    page = html_of(built(layout, f"Bonjour\n\n{LABEL}"))
    assert not re.search(r"\b(?:src|srcset|background)\s*=|url\(|@import|<link|<iframe|<script|<form", page)
    assert "prefers-color-scheme: dark" in page and '<html lang="fr">' in page


def test_lists_links_and_buttons(layout: MailLayout) -> None:
    text = (
        f"1. une boîte\n2. un ruban\n\n- a\n- b\n\nVoir https://shop.example/x?a=1&b=2.\n{LABEL}\n"
        "https://shop.example/withdraw/t.pdf\nhttps://elsewhere.example/"
    )
    page = html_of(built(layout, text))
    assert page.count("<li") == 4 and "<ol" in page and "<ul" in page
    assert 'href="https://shop.example/x?a=1&amp;b=2"' in page
    assert page.count('class="button"') == 2 and "Ouvrir l’étiquette" in page and "accusé de réception" in page
    english = html_of(built(layout, LABEL, language=Language.EN))
    assert "Open the label (PDF)" in english and '<html lang="en">' in english


@pytest.mark.parametrize("text", ["", "\n\n\n", "- ", "1.", "\ud800", "x\r\n\r\ny", "https://", "https://shop.example/"])
def test_every_text_can_be_sent(layout: MailLayout, text: str) -> None:
    assert html_of(built(layout, text))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, None, None, False, "offered")),
        ("smtp://me:p%40ss%3A@mail.example", ("mail.example", 587, "me", "p@ss:", False, "always")),
        ("smtp://me:pw@mail.example:2525/", ("mail.example", 2525, "me", "pw", False, "always")),
        ("smtp+tls://mail.example", ("mail.example", 25, None, None, False, "always")),
        ("smtps://me%40shop.example:pw@mail.example", ("mail.example", 465, "me@shop.example", "pw", True, "never")),
        ("smtp://localhost:1025", ("localhost", 1025, None, None, False, "never")),
        ("smtp://[::1]:1025", ("::1", 1025, None, None, False, "never")),
        ("smtp+tls://127.0.0.1:1025", ("127.0.0.1", 1025, None, None, False, "always")),
    ],
)
def test_the_mail_servers_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    server = mail_server(url)
    assert (server.host, server.port, server.user, server.password, server.tls, server.starttls) == expected
    assert "pw" not in repr(server)


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://x", "smtp://", "smtp://me@h", "smtp://:s3cret@h", "smtp://a:s3cret@h:99999", "smtp://a:s3cret@h/path",
     "smtp://a:s3cret@h?x=1", "smtp://a:s3cret@[::1", "smtp://a:s3cret/@h"],
)  # fmt: skip
def test_another_address_is_refused_without_quoting_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="RETOUR_SMTP_URL") as caught:
        mail_server(url)
    assert "s3cret" not in str(caught.value)


def test_the_sender_is_given_or_made_up_or_asked_for() -> None:
    assert str(mail_sender("Retours <r@shop.example>", None, "Clairière")) == "Retours <r@shop.example>"
    assert str(mail_sender("r@shop.example", None, "Clairière")) == "Clairière <r@shop.example>"
    assert str(SENDER) == "Clairière <no-reply@shop.example>"
    for given, host in (("", None), ("", "127.0.0.1"), ("", "localhost"), ("nobody", "shop.example"), ("@", "shop.example")):
        with pytest.raises(ConfigurationError, match="RETOUR_MAIL_FROM"):
            mail_sender(given, host, "Clairière")
