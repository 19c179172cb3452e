"""E-mail addresses, phone numbers and postal codes."""

import re
from collections.abc import Iterator

import phonenumbers

from bot.nlu.entities.found import Entity

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{2,63}|\s\.\s?(?:com|fr|net|org|ca|be|ch|uk)\b){1,4}",
    re.IGNORECASE,
)
# Dictated: "noah dot brown at example dot com", "noah point brown arobase example point fr".
_DOT = r"\s+(?:dot|point)\s+"
_TLD = r"(?:com|org|net|eu|fr|be|ch|ca|uk|us|in|ma|dz|tn|sn|ci|de|io|info|shop|example)"
_SPOKEN_EMAIL = re.compile(
    rf"(?<![\w.+-])([\w+-]+(?:(?:\.|{_DOT}|\s+(?:underscore|dash|tiret(?: du bas)?|plus)\s+)[\w+-]+)*)"
    rf"\s*(?:[\[(]at[\])]|\bat\b|\barobase\b|\barobas\b|\ba commercial\b)\s*"
    rf"([\w-]+(?:(?:\.|{_DOT})[\w-]+)*?(?:\.|{_DOT}){_TLD})(?![\w-])",
    re.IGNORECASE,
)
_SPOKEN_SIGNS = (
    (re.compile(r"\s+(?:dot|point)\s+", re.IGNORECASE), "."),
    (re.compile(r"\s+(?:underscore|tiret du bas)\s+", re.IGNORECASE), "_"),
    (re.compile(r"\s+(?:dash|tiret)\s+", re.IGNORECASE), "-"),
    (re.compile(r"\s+plus\s+", re.IGNORECASE), "+"),
)

_PHONE = re.compile(r"(?<![\w#@-])(?:\+|00|\()?\d(?:[\s().\-/]{0,2}\d){7,14}(?![\w@])")
_REGIONS = {"fr": ("FR", "BE", "CH", "US", "GB"), "en": ("US", "GB", "FR")}

_POSTAL_WORD = re.compile(
    r"\b(?:code\s*postal|c\.?p\.?|npa|zip(?:\s*code)?|post\s*code|postal(?:\s*code)?|pin\s*code)"
    r"\s*(?:est|is|it'?s|c'?est|:|=|le|the)?\s*(?:c'est\s+|it's\s+)?((?:[A-Z]-?)?\d{4,6}(?:-\d{4})?)\b",
    re.IGNORECASE,
)
_UK_POSTCODE = re.compile(
    r"(?<![\w-])([A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]?)\s?(\d[ABD-HJLNP-UW-Z]{2})(?![\w-])", re.IGNORECASE
)
_CA_POSTCODE = re.compile(r"(?<![\w-])([ABCEGHJ-NPRSTVXY]\d[A-Z])[\s-]?(\d[A-Z]\d)(?![\w-])", re.IGNORECASE)
_ZIP_PLUS_4 = re.compile(r"(?<![\w-])\d{5}-\d{4}(?![\w-])")
_CODE_THEN_CITY = re.compile(r"(?<![\w#.,-])(\d{5})(?=,?\s+[A-ZÀ-Ý][a-zà-ÿ])")


def emails(text: str) -> Iterator[Entity]:
    for match in _EMAIL.finditer(text):
        address = re.sub(r"\s", "", match[0]).lower().strip(".")
        end = match.end() - (len(match[0]) - len(match[0].rstrip(". ")))
        yield Entity("email", address, match.start(), end)
    for match in _SPOKEN_EMAIL.finditer(text):
        name, domain = match[1], match[2]
        for sign, written in _SPOKEN_SIGNS:
            name, domain = sign.sub(written, name), sign.sub(written, domain)
        yield Entity("email", f"{name}@{domain}".lower(), match.start(), match.end())


def phones(text: str, language: str) -> Iterator[Entity]:
    """Numbers that are valid in a country we ship to, in E.164. An international prefix may name any country."""
    for match in _PHONE.finditer(text):
        written = match[0]
        international = written.startswith(("+", "00"))
        if written.startswith("00"):
            written = "+" + written[2:]
        if international:
            regions: tuple[str | None, ...] = (None,)
        else:
            # A trunk zero is European; ten digits without one may also be an Indian mobile number.
            regions = (*_REGIONS[language], None if written.startswith("0") else "IN")
        number = next((n for n in (_parsed(written, region) for region in regions) if n is not None), None)
        if number is None and re.match(r"07\d{9}$", re.sub(r"\D", "", written)):
            # Ofcom keeps 07700 900xxx for stories; it is a British number all the same.
            number = phonenumbers.parse(written, "GB")
        if number is not None:
            value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            yield Entity("phone", value, match.start(), match.end())


def _parsed(written: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    # Numbers kept for fiction are possible but belong to nobody: an explicit prefix is proof enough.
    known = phonenumbers.is_valid_number if region else phonenumbers.is_possible_number
    return number if known(number) else None


def postal_codes(text: str) -> Iterator[Entity]:
    for match in _POSTAL_WORD.finditer(text):
        yield Entity("postal_code", match[1].upper(), match.start(1), match.end(1))
    for pattern in (_UK_POSTCODE, _CA_POSTCODE):
        for match in pattern.finditer(text):
            yield Entity("postal_code", f"{match[1]} {match[2]}".upper(), match.start(), match.end())
    for match in _ZIP_PLUS_4.finditer(text):
        yield Entity("postal_code", match[0], match.start(), match.end())
    for match in _CODE_THEN_CITY.finditer(text):
        yield Entity("postal_code", match[1], match.start(1), match.end(1))
