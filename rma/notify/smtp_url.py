"""RETOUR_SMTP_URL and RETOUR_MAIL_FROM, read.

    smtp://user:password@host       STARTTLS when the server offers it; with a password it must, unless the server is this machine
    smtp+tls://user:password@host   STARTTLS always
    smtps://user:password@host      TLS from the first byte

Ports are 587 with a user and 25 without, 465 for smtps, unless one is given. Signs of a user or password that mean something in an
address are percent-encoded. Certificates are checked always; SSL_CERT_FILE names an authority of one's own.
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from rma.model.errors import ConfigurationError

_SCHEMES = ("smtp", "smtp+tls", "smtps")
_FORM = "expected smtp://user:password@host:587, smtp+tls:// or smtps:// (signs of the password percent-encoded)"


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    """From the first byte."""
    starttls: str
    """'always', 'offered', 'never'."""

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port})"


def mail_server(url: str) -> MailServer:
    """Raises ConfigurationError, which never quotes the address: there is a password in it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"RETOUR_SMTP_URL: {_FORM}") from None
    if parts.scheme not in _SCHEMES or not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigurationError(f"RETOUR_SMTP_URL: {_FORM}")
    user, password = unquote(parts.username or "") or None, unquote(parts.password or "") or None
    if (user is None) != (password is None):
        raise ConfigurationError(f"RETOUR_SMTP_URL: a user and a password, or neither; {_FORM}")
    starttls = "always" if parts.scheme == "smtp+tls" or (user and not on_loopback(host)) else "offered"
    if parts.scheme == "smtps" or (parts.scheme == "smtp" and on_loopback(host)):
        starttls = "never"  # Or it would fail on the certificate that a local server made up for itself.
    usual = 465 if parts.scheme == "smtps" else 587 if user else 25
    return MailServer(host, port or usual, user, password, parts.scheme == "smtps", starttls)


def on_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def mail_sender(given: str, public_host: str | None, shop_name: str) -> Address:
    """`given` is `address` or `Name <address>`; without one, no-reply@ the host that shoppers reach us at. Raises
    ConfigurationError."""
    name, address = parseaddr(given) if given else (shop_name, f"no-reply@{public_host}" if public_host else "")
    if not given and (not public_host or on_loopback(public_host) or "." not in public_host):
        raise ConfigurationError(
            "RETOUR_MAIL_FROM: not set, and without RETOUR_PUBLIC_URL no sender can be made up; "
            "set it to the address that e-mails come from, such as returns@shop.example"
        )
    try:
        sender = Address(name or shop_name, addr_spec=address)
    except (ValueError, IndexError):
        sender = Address()
    if not sender.username or not sender.domain or not address.isascii():
        raise ConfigurationError("RETOUR_MAIL_FROM: expected an address, or Name <address>")
    return sender
