"""Phone numbers in one written form (E.164), whichever way a shop or a shopper writes them."""

import re

import phonenumbers

WHATSAPP = "whatsapp:"
_REACHABLE = re.compile(r"(?:whatsapp:)?\+[1-9]\d{6,14}", re.ASCII)
_LONGEST = 16
"""The plus sign and the 15 digits that E.164 allows."""
_FRENCH = frozenset({"FR", "MC", "RE", "GP", "MQ", "GF", "YT", "PM", "BL", "MF", "NC", "PF", "WF"})


def e164(text: str, region: str) -> str | None:
    """ "06 12 34 56 78" of the region FR (ISO 3166-1) is "+33612345678". None for what is no phone number."""
    try:
        number = phonenumbers.parse(text.strip().removeprefix(WHATSAPP), region)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if len(written) <= _LONGEST else None


def reachable(address: str) -> bool:
    """Whether it is an address that a person writes from and can be written to: E.164, perhaps after `whatsapp:`. A short code or
    a name is the address of another machine."""
    return _REACHABLE.fullmatch(address) is not None


def number_of(address: str) -> str:
    """The E.164 number of an address that may begin with `whatsapp:`."""
    return address.removeprefix(WHATSAPP)


def speaks_french(address: str) -> bool:
    """Whether the number is of a country where a text would most likely be in French: a first guess, before a word is read."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number_of(address)))
    except phonenumbers.NumberParseException:
        return False
    return region in _FRENCH
