"""What is SMTP's own about the way out by e-mail, against aiosmtpd: encryption, login, papers, and addresses of all scripts."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rma.model.outgoing import Attached, ChannelDown, Medium, Rejected
from rma.notify.mail_layout import MailLayout
from rma.notify.smtp import SmtpMail
from rma.notify.smtp_url import mail_sender
from rma.notify.smtp_url import mail_server as read_url
from rma.texts import load_texts
from tests.fixtures.databases import free_port
from tests.fixtures.mail_server import PASSWORD, USER, Mailbox, mail_server
from tests.fixtures.outgoing import kept

LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"


@pytest.fixture(scope="module")
def channel() -> Callable[[str], SmtpMail]:
    texts = load_texts(Path(__file__).resolve().parents[2] / "data" / "responses")
    layout = MailLayout("Clairière", "https://shop.example", texts)
    sender = mail_sender("", "shop.example", "Clairière")
    return lambda url: SmtpMail(read_url(url), sender, layout, 100, longest=10)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For localhost, signed by itself."""
    key, path = ec.generate_private_key(ec.SECP256R1()), tmp_path_factory.mktemp("tls") / "localhost.pem"
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[Mailbox]:
    """Takes nothing without STARTTLS and a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with mail_server(context, login=True) as mailbox:
        yield mailbox


async def test_encrypted_and_logged_in(
    channel: Callable[[str], SmtpMail], encrypted: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    paper = Attached(filename="Étiquette RT-1.pdf", mime="application/pdf", content=bytes(range(256)) * 400)
    message = kept(Medium.EMAIL, "Bonjour Zoé 📦")
    receipt = await channel(f"smtp+tls://{LOGIN}@localhost:{encrypted.port}").send(message, [paper])
    (mail,), (envelope,) = encrypted.mails(), encrypted.envelopes
    assert encrypted.encrypted == [True] and receipt.provider_id == mail["Message-ID"]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@shop.example", [message.recipient])
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == paper.filename and attachment.get_content() == paper.content
    for line in (envelope.original_content or b"").split(b"\r\n"):
        assert len(line) <= 998 and b"\n" not in line and line.isascii()


async def test_a_certificate_that_nobody_signed_ends_it(channel: Callable[[str], SmtpMail], encrypted: Mailbox) -> None:
    with pytest.raises(ChannelDown):
        await channel(f"smtp+tls://{LOGIN}@localhost:{encrypted.port}").send(kept(Medium.EMAIL), [])
    assert not encrypted.envelopes


async def test_no_password_goes_unencrypted_over_a_network(
    channel: Callable[[str], SmtpMail], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rma.notify.smtp_url.on_loopback", lambda _host: False)
    with mail_server() as mailbox:
        with pytest.raises(ChannelDown, match="STARTTLS"):
            await channel(f"smtp://{LOGIN}@127.0.0.1:{mailbox.port}").send(kept(Medium.EMAIL), [])
        await channel(f"smtp://127.0.0.1:{mailbox.port}").send(kept(Medium.EMAIL), [])
    assert len(mailbox.envelopes) == 1


async def test_tls_from_the_first_byte_does_not_speak_in_the_clear(channel: Callable[[str], SmtpMail]) -> None:
    with mail_server() as mailbox:
        with pytest.raises(ChannelDown):
            await channel(f"smtps://{LOGIN}@127.0.0.1:{mailbox.port}").send(kept(Medium.EMAIL), [])


async def test_an_address_of_another_script(channel: Callable[[str], SmtpMail]) -> None:
    with mail_server() as mailbox:
        mails = channel(f"smtp://127.0.0.1:{mailbox.port}")
        await mails.send(kept(Medium.EMAIL, recipient="zoé@société.example"), [])
        assert mailbox.envelopes[0].rcpt_tos == ["zoé@xn--socit-esab.example"]
        with pytest.raises(Rejected):
            await mails.send(kept(Medium.EMAIL, recipient="zoe@example.com>\r\nRCPT TO:<b@evil.example"), [])
    assert len(mailbox.envelopes) == 1


async def test_a_repeat_after_a_lost_answer_has_the_same_name(channel: Callable[[str], SmtpMail]) -> None:
    with mail_server() as mailbox:
        mails, message = channel(f"smtp://127.0.0.1:{mailbox.port}"), kept(Medium.EMAIL)
        mailbox.faults.append("cut after taking")
        with pytest.raises(Exception, match="answer was lost"):
            await mails.send(message, [])
        await mails.send(message.model_copy(update={"attempts": 2}), [])
    first, second = mailbox.mails()
    assert first["Message-ID"] == second["Message-ID"]


async def test_nobody_there(channel: Callable[[str], SmtpMail]) -> None:
    with pytest.raises(ChannelDown):
        await channel(f"smtp://no-such-host.invalid:{free_port()}").send(kept(Medium.EMAIL), [])
