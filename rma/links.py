"""Addresses of papers that whoever has them may open: signed, short enough for a text message, and expiring.

A token is base64url of `expiry | kind | reference | tag`: two bytes of days since 1 January 2020, a letter, the reference in
ASCII, and the first 80 bits of HMAC-SHA-256 over the rest, which nobody guesses over a network.
"""

import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass

from rma.model.errors import ConfigurationError, NotFound

_EPOCH = 1_577_836_800
_DAY = 24 * 3600
_TAG = 10
LABEL_DAYS = 90
"""Longer than any return-by date that the default policy gives."""
WITHDRAWAL_DAYS = 400
"""An acknowledgement is asked for in disputes, long after; whoever downloaded it needs no address."""
_KINDS = {"label": b"l", "qr": b"q", "withdrawal": b"w", "customs": b"c"}
_NAMES = {letter: name for name, letter in _KINDS.items()}


@dataclass(frozen=True)
class Linked:
    """What a token opens: `kind` is 'label', 'qr', 'customs' or 'withdrawal'; `ref` a return number or a withdrawal's reference."""

    kind: str
    ref: str


class Links:
    """Signs with a key derived from the shop's secret. `address` is where shoppers reach the gateway, without a slash at the
    end. Without a secret that nobody guesses nothing is signed or read: ConfigurationError."""

    def __init__(self, secret: str, address: str) -> None:
        self.usable = len(secret) >= 16
        """Whether there is a secret to sign with."""
        self._key = hmac.new(secret.encode(), b"retour links", hashlib.sha256).digest()
        self.address = address

    def url(self, kind: str, ref: str) -> str:
        """The whole address of a paper. Raises KeyError for a kind that has none."""
        match kind:
            case "label":
                return f"{self.address}/labels/{self.token(kind, ref)}.pdf"
            case "customs":
                return f"{self.address}/labels/{self.token(kind, ref)}.pdf"
            case "qr":
                return f"{self.address}/labels/{self.token(kind, ref)}.png"
            case _:
                return f"{self.address}/withdraw/{self.token(kind, ref)}.pdf"

    def token(self, kind: str, ref: str) -> str:
        days = WITHDRAWAL_DAYS if kind == "withdrawal" else LABEL_DAYS
        expiry = int((time.time() - _EPOCH) // _DAY) + days + 1
        content = expiry.to_bytes(2, "big") + _KINDS[kind] + ref.encode("ascii")
        return base64.urlsafe_b64encode(content + self._tag(content)).decode().rstrip("=")

    def read(self, token: str) -> Linked:
        """Raises NotFound for an expired or forged token: it is then the address of nothing."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        content, tag = raw[:-_TAG], raw[-_TAG:]
        sound = len(content) > 3 and hmac.compare_digest(tag, self._tag(content))
        # Several spellings decode to the same bytes; only the one that was given out counts.
        if sound and base64.urlsafe_b64encode(raw).decode().rstrip("=") == token:
            expires = _EPOCH + int.from_bytes(content[:2], "big") * _DAY
            if time.time() < expires and content[2:3] in _NAMES:
                return Linked(_NAMES[content[2:3]], content[3:].decode("ascii"))
        raise NotFound("This link has expired or is incomplete; the assistant can send it again.")

    def _tag(self, content: bytes) -> bytes:
        if not self.usable:
            raise ConfigurationError(
                "RETOUR_SECRET_KEY: expected at least 16 characters; `openssl rand -hex 32` makes one"
            )
        return hmac.new(self._key, content, hashlib.sha256).digest()[:_TAG]
