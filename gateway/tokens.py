"""Signed tokens that expire: sessions, photos, forms. Each purpose has a salt of its own: a photo's token opens no
conversation. Those of papers, which leave by SMS too, are in rma.links."""

import hashlib
from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from gateway.problems import Problem
from rma.model.errors import ConfigurationError

DAY = 24 * 3600
SESSION_AGE = 7 * DAY
"""Seconds. Long enough to come back to a conversation after a week-end, short enough for a shared computer."""
PHOTO_AGE = SESSION_AGE
FORM_AGE = DAY
"""Seconds. A form whose second step was left open longer is shown again, filled in."""


class Tokens:
    """Signs with the shop's secret key (HMAC-SHA-256). Raises ConfigurationError when there is none: anybody could
    sign."""

    def __init__(self, secret: str) -> None:
        if len(secret) < 16:
            raise ConfigurationError(
                "RETOUR_SECRET_KEY: expected at least 16 characters; `openssl rand -hex 32` makes one"
            )
        self._session = self._serializer(secret, "chat session")
        self._photo = self._serializer(secret, "photo")
        self._form = self._serializer(secret, "withdrawal form")

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

    @staticmethod
    def _read(serializer: URLSafeTimedSerializer, token: str, age: int) -> Any:
        try:
            return serializer.loads(token, max_age=age)
        except (BadData, UnicodeError):
            return None
