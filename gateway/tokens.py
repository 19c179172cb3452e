"""Signed tokens that expire. Each purpose has a salt of its own: a label's token opens no conversation."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from gateway.problems import Problem
from rma.model.errors import ConfigurationError

Purpose = Literal["label", "qr"]

DAY = 24 * 3600
SESSION_AGE = 7 * DAY
"""Seconds. Long enough to come back to a conversation after a week-end, short enough for a shared computer."""
LABEL_AGE = 90 * DAY
"""Seconds. Longer than any return-by date that the default policy gives."""
PHOTO_AGE = SESSION_AGE
FORM_AGE = DAY
"""Seconds. A form whose second step was left open longer is shown again, filled in."""
WITHDRAWAL_AGE = 400 * DAY
"""Seconds. An acknowledgement is asked for in disputes, long after; whoever downloaded it needs no address."""


@dataclass(frozen=True)
class LabelClaim:
    number: str
    purpose: Purpose


class Tokens:
    """Signs with the shop's secret key (HMAC-SHA-256). Raises ConfigurationError when there is none: anybody could
    sign."""

    def __init__(self, secret: str) -> None:
        if len(secret) < 16:
            raise ConfigurationError(
                "RETOUR_SECRET_KEY: expected at least 16 characters; `openssl rand -hex 32` makes one"
            )
        self._session = self._serializer(secret, "chat session")
        self._label = self._serializer(secret, "label")
        self._photo = self._serializer(secret, "photo")
        self._form = self._serializer(secret, "withdrawal form")
        self._withdrawal = self._serializer(secret, "withdrawal")

    @staticmethod
    def _serializer(secret: str, salt: str) -> URLSafeTimedSerializer:
        signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(secret, salt=f"retour {salt}", signer_kwargs=signing)

    def session(self, conversation_id: str) -> str:
        return self._session.dumps(conversation_id)

    def conversation_of(self, token: str) -> str:
        """Raises Problem 401 for an expired or forged token."""
        content = self._read(self._session, token, SESSION_AGE)
        if not isinstance(content, str):
            raise Problem(
                401,
                "The session token is missing, wrong or expired; POST /api/chat/sessions gives a new one.",
                {"WWW-Authenticate": 'Bearer realm="retour chat"'},
            )
        return content

    def label(self, number: str, purpose: Purpose = "label") -> str:
        return self._label.dumps({"n": number, "p": purpose})

    def label_claim(self, token: str) -> LabelClaim:
        """Raises Problem 404 for an expired or forged token: it is then the address of nothing."""
        content = self._read(self._label, token, LABEL_AGE)
        if not isinstance(content, dict):
            raise Problem(404, "This link has expired or is incomplete; the assistant can send the label again.")
        return LabelClaim(content["n"], content["p"])

    def photo(self, photo_id: int) -> str:
        return self._photo.dumps(photo_id)

    def photo_id(self, token: str) -> int:
        """Raises Problem 404 for an expired or forged token."""
        content = self._read(self._photo, token, PHOTO_AGE)
        if not isinstance(content, int):
            raise Problem(404, "This link has expired or is incomplete.")
        return content

    def form(self, fields: dict[str, str]) -> str:
        """What a form's first step said, for its second step to carry."""
        return self._form.dumps(fields)

    def form_fields(self, token: str) -> tuple[dict[str, str], bool]:
        """What was said, and whether it still counts: an expired one is only good to fill the form in again. Nothing for a
        forged one."""
        try:
            return self._form.loads(token, max_age=FORM_AGE), True
        except SignatureExpired as expired:
            return self._form.load_payload(expired.payload or b""), False
        except (BadData, UnicodeError):
            return {}, False

    def withdrawal(self, reference: str) -> str:
        return self._withdrawal.dumps(reference)

    def withdrawal_reference(self, token: str) -> str:
        """Raises Problem 404 for an expired or forged token."""
        content = self._read(self._withdrawal, token, WITHDRAWAL_AGE)
        if not isinstance(content, str):
            raise Problem(404, "This link has expired or is incomplete.")
        return content

    @staticmethod
    def _read(serializer: URLSafeTimedSerializer, token: str, age: int) -> Any:
        try:
            return serializer.loads(token, max_age=age)
        except (BadData, UnicodeError):
            return None
