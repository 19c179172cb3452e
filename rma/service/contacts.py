"""An e-mail address or phone number in what somebody wrote."""

import re

import phonenumbers

from rma.model.reach import is_email

_TOKENS = re.compile(r"[^\s,;:<>()\[\]\"]+")


def left_contact(text: str, region: str) -> str | None:
    """The first address, else the first number (E.164) that can be one in `region` (ISO 3166-1) or names its country."""
    for token in _TOKENS.findall(text[:2000]):
        if is_email(address := token.strip(".!?'’")):
            return address
    for found in phonenumbers.PhoneNumberMatcher(text[:2000], region):
        return phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
    return None
