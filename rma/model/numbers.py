"""Numbers that people copy by hand: return numbers (contract section 5) and S10 tracking numbers (UPU standard S10).

A return number is `RT-` and eight characters of Crockford's base 32: seven drawn at random, then a check character. With the
alphabet read as the field GF(32) and `a` a root of x^5 + x^2 + 1, a number d0..d7 is right when

    d0*a^0 + d1*a^1 + ... + d7*a^7 = 0

`a` generates the whole multiplicative group, so a^i is never 0 and a^i differs from a^j for any two places i, j below 31.
Replacing d_i by e adds (d_i - e)*a^i, swapping the characters of two places adds (d_i - d_j)*(a^j - a^i); a product of
factors that are not 0 is not 0. So each wrong character and each swap of two characters, neighbours or not, is caught, and
so is a pair typed as another pair (11 for 22). Any other mistake passes once in 32 times.
"""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from typing import Protocol

from rma.model.errors import RetourError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "RT"
CREDIT_PREFIX = "SC"
LENGTH = 8

_MODULUS = 0b100101
_READ_AS = str.maketrans("OIL", "011")
_SEPARATORS = re.compile(r"[\s#\u2010-\u2015\u2212_.-]+")
_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", re.ASCII)
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


class MistypedNumber(RetourError):
    """This cannot be a return number: wrong form, or its check character says that a character is wrong."""


class Chooser(Protocol):
    """What is needed of a source of chance: the `secrets` module has it, and so has `random.Random` for tests."""

    def choice(self, seq: Sequence[str], /) -> str: ...


def _times(left: int, right: int) -> int:
    """The product of two elements of GF(32), each an int below 32 whose bits are the polynomial's coefficients."""
    product = 0
    for bit in range(5):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= _MODULUS << (bit - 5)
    return product


def _power(exponent: int) -> int:
    value = 1
    for _ in range(exponent):
        value = _times(value, 2)
    return value


# An element's inverse is its power 30, as the group has 31 elements.
_TERMS = tuple(tuple(_times(value, _power(place)) for value in range(len(ALPHABET))) for place in range(LENGTH))
_LAST_INVERSE = _power(30 * (LENGTH - 1) % 31)


def _weighted(values: Sequence[int]) -> int:
    """d0*a^0 + d1*a^1 + ..., over as many places as there are values; addition in the field is exclusive or."""
    total = 0
    for value, terms in zip(values, _TERMS, strict=False):
        total ^= terms[value]
    return total


def new_return_number(random: Chooser = secrets) -> str:
    """A return number drawn from 2^35, such as `RT-7K3M9QXP`. It may exist already: the database's unique key says."""
    body = "".join(random.choice(ALPHABET) for _ in range(LENGTH - 1))
    check = _times(_weighted([ALPHABET.index(character) for character in body]), _LAST_INVERSE)
    return f"{PREFIX}-{body}{ALPHABET[check]}"


def new_credit_code(random: Chooser = secrets) -> str:
    """A code of store credit drawn from 2^70, such as `SC-7K3M9QXP-1V8ZP0TN`: two groups, each with its own check character. It is
    money for whoever knows it, so it must not be guessed."""
    groups = [new_return_number(random).removeprefix(f"{PREFIX}-") for _ in range(2)]
    return "-".join((CREDIT_PREFIX, *groups))


def parse_credit_code(text: str) -> str:
    """The code in its one written form, read as a return number is. Raises MistypedNumber."""
    bare = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:100])).upper()
    bare = bare.removeprefix(CREDIT_PREFIX) if len(bare) == 2 * LENGTH + len(CREDIT_PREFIX) else bare
    if len(bare) != 2 * LENGTH:
        raise MistypedNumber(f"not a code of store credit; expected {CREDIT_PREFIX}- and {2 * LENGTH} letters and digits")
    try:
        groups = [parse_return_number(group).removeprefix(f"{PREFIX}-") for group in (bare[:LENGTH], bare[LENGTH:])]
    except MistypedNumber:
        # Not its words: a code is not repeated where it might be logged.
        raise MistypedNumber("mistyped code of store credit; read it again") from None
    return "-".join((CREDIT_PREFIX, *groups))


def parse_return_number(text: str) -> str:
    """The number in its one written form, from what a person typed or a scanner read.

    Case, spaces, dashes, a leading `#` and a missing prefix do not matter; O is read as 0, I and L as 1, as Crockford has it.
    Raises MistypedNumber when it is not a return number; that it is one does not mean that the return exists.
    """
    bare = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:100])).upper()
    if len(bare) == LENGTH + len(PREFIX) and bare.startswith(PREFIX):
        bare = bare[len(PREFIX) :]
    body = bare.translate(_READ_AS)
    if len(body) != LENGTH or not set(body) <= set(ALPHABET):
        raise MistypedNumber(f"not a return number: {text[:40]!r}; expected {PREFIX}- and {LENGTH} letters and digits")
    if _weighted([ALPHABET.index(character) for character in body]):
        raise MistypedNumber(
            f"mistyped return number: {text[:40]!r}; a character is wrong or two are swapped, read it again"
        )
    return f"{PREFIX}-{body}"


def s10(service: str, serial: int, country: str) -> str:
    """The S10 number of a parcel, such as `ZR473124829FR`.

    `service` is the two-letter service indicator, `serial` 0 to 99,999,999, `country` the ISO 3166-1 code of the issuer.
    Raises ValueError for anything else; a serial past the end needs another service indicator.
    """
    if not 0 <= serial <= 99_999_999:
        raise ValueError(f"serial {serial} is not within 0 to 99999999; go on with another service indicator")
    digits = f"{serial:08d}"
    number = f"{service}{digits}{_s10_check(digits)}{country}"
    if not _S10.fullmatch(number):
        raise ValueError(f"service {service!r} and country {country!r} are not two capital letters each")
    return number


def check_s10(text: str) -> bool:
    """Whether `text` is a well-formed S10 number, in capitals without spaces, with the right check digit."""
    return bool(_S10.fullmatch(text)) and _s10_check(text[2:10]) == text[10]


def _s10_check(digits: str) -> str:
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, digits, strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest))
