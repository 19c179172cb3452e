"""Secrets typed into the chat, hidden before anything is stored: cards, bank accounts, passwords, one-time codes.

What is hidden cannot be brought back, and what is not hidden is kept for years: so a word that only might be a password goes,
and a number by which a shop finds an order stays.
"""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator

from rma.model.passwords import one_time_codes, passwords, pins
from rma.model.payment_data import Secret, cards, digits_plain, ibans, security_codes

# What is hidden can bare what stands beside it: "my password is password password 1".
_PASSES = 4
_HIDDEN_BEFORE = re.compile(r"•{3,}(?: \w{4}\b)?")


def mask_secrets(text: str, keep_code: bool = False) -> str:
    """`text` with what nobody should have typed into a chat hidden; twice is as once.

    `keep_code` leaves one-time codes and PINs: for the answer to a question in which a code of ours was asked for. The last four
    digits of a card and of an account stay, so that people can tell which one was meant.
    """
    for _pass in range(_PASSES):
        hidden = _once(text, keep_code)
        if hidden == text:
            break
        text = hidden
    return text


def _once(text: str, keep_code: bool) -> str:
    view = digits_plain(text)
    shown, position = [], 0
    for secret in _without_overlaps(_secrets(view, keep_code)):
        shown += [text[position : secret.start], secret.shown]
        position = secret.end
    return "".join([*shown, text[position:]])


def _secrets(view: str, keep_code: bool) -> Iterator[Secret]:
    yield from (Secret(match.start(), match.end(), match[0]) for match in _HIDDEN_BEFORE.finditer(view))
    yield from ibans(view)
    yield from cards(view)
    yield from security_codes(view)
    if not keep_code:
        yield from one_time_codes(view)
        yield from pins(view)
    yield from passwords(view)


def _start(secret: Secret) -> int:
    return secret.start


def _without_overlaps(secrets: Iterable[Secret]) -> list[Secret]:
    """Of two at one place the first found, which is of the surer kind. Sorted by place."""
    kept: list[Secret] = []
    for secret in secrets:
        place = bisect(kept, secret.start, key=_start)
        before, after = kept[place - 1 : place], kept[place : place + 1]
        if not any(other.end > secret.start for other in before) and not any(other.start < secret.end for other in after):
            kept.insert(place, secret)
    return kept
