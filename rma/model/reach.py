"""How a shopper can be reached: the e-mail address and mobile number of an order, and both as they are said aloud: masked."""

import re
import unicodedata

import phonenumbers

from rma.model.orders import Order
from rma.model.outgoing import Medium
from rma.model.phones import e164, number_of

_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_T = phonenumbers.PhoneNumberType
_NEVER = frozenset({_T.FIXED_LINE, _T.TOLL_FREE, _T.PREMIUM_RATE, _T.SHARED_COST, _T.PAGER, _T.UAN, _T.VOICEMAIL})
"""Kinds of numbers that take no text messages, or at a price."""


def is_email(text: str) -> bool:
    """Whether mail can be sent to it: one address, without a name, a list or anything that ends a header."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def mobile(text: str, region: str) -> str | None:
    """The number in E.164 when a text message may reach it: possible, no landline, no premium number. `region` is where it may be
    local."""
    number = e164(text, region)
    if number is None:
        return None
    parsed = phonenumbers.parse(number)
    if not phonenumbers.is_possible_number(parsed) or phonenumbers.number_type(parsed) in _NEVER:
        return None
    return number


def reach(order: Order, medium: Medium) -> str | None:
    """The address of the order's customer on `medium`, in its one written form; None when there is none that can work."""
    if medium is Medium.SMS:
        return mobile(order.customer.phone or "", order.shipping_address.country)
    email = (order.customer.email or "").strip()
    return email if is_email(email) else None


def same_address(left: str, right: str) -> bool:
    """Whether both are one e-mail address or one number, by SMS or WhatsApp."""
    return number_of(left).casefold() == number_of(right).casefold()


def masked(address: str, dot: str = "•") -> str:
    """Enough of an address to know it again, too little to learn it: "n•••@example.com", "+33 6 •• •• •• 78"."""
    if "@" in address:
        name, _, domain = address.partition("@")
        return f"{name[:1]}{dot * 3}@{domain}"
    try:
        number = phonenumbers.parse(number_of(address))
    except phonenumbers.NumberParseException:
        return dot * 3
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    head, _, rest = shown.partition(" ")
    digits = [place for place, character in enumerate(rest) if unicodedata.category(character) == "Nd"]
    hidden = set(digits[1:-2])
    return f"{head} {''.join(dot if place in hidden else character for place, character in enumerate(rest))}"
