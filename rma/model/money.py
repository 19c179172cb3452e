"""Money: Decimal amounts in the decimals of their currency, rounded half up."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency

_LOCALES = {"en": "en", "fr": "fr"}

# ISO 4217's minor units where they are not 2. CLDR's (babel) are customs of display: none for RSD or IQD.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS_OF = {currency: digits for digits, currencies in _DECIMALS.items() for currency in currencies.split()}


@lru_cache(maxsize=256)
def quantum(currency: str) -> Decimal:
    """The smallest unit of `currency` after ISO 4217: 0.01 for EUR, 1 for JPY, 0.001 for KWD."""
    return Decimal(1).scaleb(-_DECIMALS_OF.get(currency, 2))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded half up to the decimals of `currency`."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


def written(amount: Decimal, currency: str) -> str:
    """`amount` as the decimal string of the public interface: "44.70", "1240", "6.570"."""
    return str(rounded(amount, currency))


def spoken(amount: Decimal, currency: str, language: str) -> str:
    """`amount` as a person of `language` reads it: "€44.70", "44,70 €"."""
    text = format_currency(
        rounded(amount, currency), currency, _pattern(currency, language), _LOCALES[language], currency_digits=False
    )
    return text.replace("\u202f", "\u00a0")


@lru_cache(maxsize=256)
def _pattern(currency: str, language: str) -> str:
    digits = _DECIMALS_OF.get(currency, 2)
    standard: str = Locale.parse(_LOCALES[language]).currency_formats["standard"].pattern
    return standard.replace("0.00", "0." + "0" * digits if digits else "0")
