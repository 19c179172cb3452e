"""An e-mail of a message: plain text, the same as HTML, papers attached. No text from outside can become a header."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from rma.model.outgoing import Attached, Kept, Kind, Rejected
from rma.notify.mail_layout import MailLayout

_LOCAL = re.compile(r"[^\s\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"]{1,64}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
SUBJECT_LIMIT = 200


def recipient_of(message: Kept) -> str:
    """The address as servers understand it, its domain in ASCII. Raises Rejected for what is no single address."""
    local, at, domain = message.recipient.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    if not at or dots or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise Rejected("the recipient is no e-mail address")
    return f"{local}@{domain}"


def mail_of(message: Kept, attached: list[Attached], sender: Address, layout: MailLayout) -> EmailMessage:
    """Raises Rejected for a recipient that is no address. The Message-ID is the same for every try of one message, and another for
    a message of the same number in another database."""
    recipient = recipient_of(message)
    mail = EmailMessage(policy=SMTP if recipient.isascii() else SMTPUTF8)
    subject = _one_line(message.subject or layout.shop_name)[:SUBJECT_LIMIT]
    mail["From"] = sender
    mail["To"] = Address(username=recipient.rpartition("@")[0], domain=recipient.rpartition("@")[2])
    mail["Subject"] = subject
    mail["Date"] = format_datetime(message.claimed_at or message.created_at)
    mail["Message-ID"] = f"<{message.message_id}.{int(message.created_at.timestamp() * 1000):x}@{sender.domain}>"
    if message.kind is not Kind.REPLY:
        mail["Auto-Submitted"] = "auto-generated"
    text = _printable(message.text)
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(
        layout.html(text, subject, message.language), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    for paper in attached:
        maintype, _, subtype = paper.mime.partition("/")
        mail.add_attachment(paper.content, maintype=maintype, subtype=subtype, filename=_one_line(paper.filename))
    # Last: what is attached turns the mail inside out, and headers named Content-... go with the text.
    mail["Content-Language"] = message.language.value
    return mail


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split())


def _printable(text: str) -> str:
    """Without control characters, and without half a surrogate pair, which no encoding has."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return "".join(sign for sign in text if sign in "\n\t" or (sign.isprintable() or ord(sign) > 0x9F))
