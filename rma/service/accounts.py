"""Accounts as an operator writes them: names, passwords, and the setting RETOUR_CONSOLE_USERS."""

import hashlib
import re
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from rma.model.agents import SHORTEST_PASSWORD, Login, Role
from rma.model.errors import ConfigurationError, Refused

LONGEST = 1024
_LOGIN: TypeAdapter[str] = TypeAdapter(Login)
# The commas within an argon2 hash ("m=65536,t=3,p=4") are followed by no name and colon.
_BETWEEN = re.compile(r"(?:[\s;]+|\s*,\s*)(?=[\w.@+-]+:)")
_ROLE = re.compile(r":(agent|admin)$")
VARIABLE = "RETOUR_CONSOLE_USERS"


@dataclass(frozen=True, repr=False)
class Entry:
    """`secret` is a password or an argon2 hash; `mark` changes when the entry does, and tells nothing of it to whoever lacks it."""

    login: str
    secret: str
    role: Role
    mark: str


def checked_login(login: str) -> str:
    try:
        return _LOGIN.validate_python(login.strip().casefold())
    except ValidationError:
        raise Refused(
            f"{login!r} is no user name: 1 to 40 letters a to z, digits and . _ @ + -; it begins with a letter or digit"
        ) from None


def checked_password(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST:
        raise Refused(f"a password has {SHORTEST_PASSWORD} to {LONGEST} characters")
    return password


def entries(setting: str, key: str) -> list[Entry]:
    """The accounts of the setting. The first is an admin when no entry says who is. `key` is the installation's own secret, without
    which nobody learns from a mark whether a password was guessed. Raises ConfigurationError, which names no password."""
    found: list[tuple[str, str, Role | None]] = []
    for place, part in enumerate(filter(None, _BETWEEN.split(setting.strip().strip(",;"))), start=1):
        login, colon, secret = part.partition(":")
        role = _ROLE.search(secret)
        secret = secret[: role.start()] if role else secret
        if not colon or not secret or len(secret) > LONGEST:
            raise ConfigurationError(f"{VARIABLE}: entry {place}: expected login:password or login:password:admin")
        try:
            found.append((checked_login(login), secret, Role(role[1]) if role else None))
        except Refused as error:
            raise ConfigurationError(f"{VARIABLE}: entry {place}: {error}") from None
    if len({login for login, _, _ in found}) < len(found):
        raise ConfigurationError(f"{VARIABLE}: a login stands there twice")
    led = any(role is Role.ADMIN for _, _, role in found)
    return [
        Entry(login, secret, role or (Role.ADMIN if place == 0 and not led else Role.AGENT), _mark(login, secret, role, key))
        for place, (login, secret, role) in enumerate(found)
    ]


def _mark(login: str, secret: str, role: Role | None, key: str) -> str:
    text = "\0".join((login, secret, role or "", key))
    # Slow on purpose: whoever reads the table and the key must not try passwords faster than at the hash beside it.
    return hashlib.scrypt(text.encode(), salt=b"retour console users", n=2**14, r=8, p=1, dklen=32).hex()
