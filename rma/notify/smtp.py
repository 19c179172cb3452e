"""E-mail through a mail server. SMTP has no list of what was taken: an answer that is lost after the text was sent stays lost, and
the message is sent again under the same Message-ID."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage

import aiosmtplib

from rma.model.outgoing import (
    Attached,
    CannotTell,
    ChannelDown,
    Kept,
    OutcomeUnknown,
    Receipt,
    Rejected,
    TryLater,
)
from rma.notify.mail import mail_of, recipient_of
from rma.notify.mail_layout import MailLayout
from rma.notify.smtp_url import MailServer

OPERATOR_PAUSE = 300.0
"""Seconds between tries while the server refuses our password."""
_LOST_CONNECTION = (OSError, aiosmtplib.SMTPException, TimeoutError)


@dataclass
class _Progress:
    text_begun: bool = False
    taken: bool = False


class SmtpMail:
    name = "smtp"

    def __init__(
        self, server: MailServer, sender: Address, layout: MailLayout, per_second: float, longest: float = 60.0
    ) -> None:
        self.per_second = per_second
        self.longest = longest
        self.server = server
        self.sender = sender
        self._layout = layout

    async def send(self, message: Kept, attached: list[Attached]) -> Receipt:
        mail = mail_of(message, attached, self.sender, self._layout)
        progress = _Progress()
        try:
            async with asyncio.timeout(self.longest):
                await self._deliver(mail, recipient_of(message), progress)
        except aiosmtplib.SMTPResponseException as error:
            raise _meaning(error) from None
        except _LOST_CONNECTION as error:
            if progress.text_begun and not progress.taken:
                raise OutcomeUnknown(f"the answer was lost ({type(error).__name__})") from None
            if not progress.text_begun:
                raise ChannelDown(f"no connection to the mail server ({type(error).__name__})") from None
        return Receipt(provider_id=str(mail["Message-ID"]))

    async def _deliver(self, mail: EmailMessage, recipient: str, progress: _Progress) -> None:
        client = await self._connected()
        try:
            options = []
            if not recipient.isascii():
                if not client.supports_extension("smtputf8"):
                    raise Rejected("the mail server does not take addresses with other signs than ASCII")
                options = ["SMTPUTF8", "BODY=8BITMIME"]
            content = mail.as_bytes()
            await client.mail(self.sender.addr_spec, options=options, encoding="utf-8")
            await client.rcpt(recipient, encoding="utf-8")
            progress.text_begun = True
            await client.data(content)
            progress.taken = True  # How the goodbye goes does not matter.
            with suppress(*_LOST_CONNECTION):
                await client.quit(timeout=2)
        finally:
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        """Connected, encrypted as `MailServer` says, logged in. Raises ChannelDown."""
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=False,
            timeout=self.longest / 2,
            local_hostname=self.sender.domain,
            tls_context=ssl.create_default_context(),
        )
        try:
            await client.connect()
            await client.ehlo()
            offered = client.supports_extension("starttls")
            if server.starttls == "always" and not offered:
                raise ChannelDown("the mail server offers no encryption (STARTTLS)", after=OPERATOR_PAUSE)
            if offered and server.starttls != "never":
                await client.starttls()
                await client.ehlo()
            if server.user and server.password:
                await self._log_in(client, server.user, server.password)
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            # Before the message is even named, no answer can be about it.
            raise ChannelDown(f"the mail server refuses us: {_words(error)}", str(error.code)) from None
        except BaseException:
            client.close()
            raise
        return client

    async def _log_in(self, client: aiosmtplib.SMTP, user: str, password: str) -> None:
        try:
            await client.login(user, password)
        except aiosmtplib.SMTPAuthenticationError as error:
            pause = OPERATOR_PAUSE if error.code >= 500 else None
            raise ChannelDown("the mail server refuses the user of RETOUR_SMTP_URL", str(error.code), pause) from None
        except aiosmtplib.SMTPServerDisconnected:
            raise
        except aiosmtplib.SMTPException as error:
            raise ChannelDown(f"the mail server takes no password ({type(error).__name__})", after=OPERATOR_PAUSE) from None

    async def lookup(self, message: Kept, known: frozenset[str]) -> Receipt | None:
        raise CannotTell("SMTP keeps no list of what was sent")

    async def close(self) -> None:
        return None


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    return " ".join(f"{error.code} {error.message}".split())[:300]


def _meaning(error: aiosmtplib.SMTPResponseException) -> TryLater | Rejected:
    if error.code in (530, 534, 535, 538):
        return ChannelDown(f"the mail server wants another login: {_words(error)}", str(error.code), OPERATOR_PAUSE)
    if isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code >= 500:
        return ChannelDown(f"the mail server refuses the sender: {_words(error)}", str(error.code), OPERATOR_PAUSE)
    if error.code == 421:
        return ChannelDown(f"the mail server closes: {_words(error)}", str(error.code))
    if 400 <= error.code < 500:
        return TryLater(_words(error), str(error.code))
    return Rejected(_words(error), str(error.code))
