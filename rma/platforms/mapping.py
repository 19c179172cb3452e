"""How a platform's own words are read: the shop's file policy/platforms.yml."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rma.model.codes import LineTag, OrderStatus, PaymentType
from rma.model.errors import ConfigurationError

K = TypeVar("K")
_APART = re.compile(r"[\s_\-]+")


def folded(word: str) -> str:
    """The form in which two spellings of one word are equal."""
    return _APART.sub(" ", unicodedata.normalize("NFKC", word)).strip().casefold()


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShopifyWords(_Strict):
    location: str | None = None


class WooWords(_Strict):
    statuses: dict[OrderStatus, list[str]] = {
        OrderStatus.PENDING: ["pending", "on-hold", "processing"],
        OrderStatus.SHIPPED: ["completed"],
        OrderStatus.CANCELLED: ["cancelled", "failed"],
    }
    delivered_fields: list[str] = []

    @cached_property
    def _by_status(self) -> dict[str, OrderStatus]:
        return _turned(self.statuses)

    def status(self, word: str) -> OrderStatus | None:
        return self._by_status.get(folded(word))


class Words(_Strict):
    tags: dict[LineTag, list[str]] = {}
    payments: dict[PaymentType, list[str]] = {}
    options: dict[str, list[str]] = {}
    categories: dict[str, str] = {}
    delivery_days: Annotated[int, Field(ge=0, le=90)] | None = 7
    shopify: ShopifyWords = ShopifyWords()
    woocommerce: WooWords = WooWords()

    @cached_property
    def _by_tag(self) -> dict[str, LineTag]:
        return _turned(self.tags)

    @cached_property
    def _by_gateway(self) -> dict[str, PaymentType]:
        return _turned(self.payments)

    @cached_property
    def _by_option(self) -> dict[str, str]:
        return _turned(self.options)

    @cached_property
    def _by_category(self) -> dict[str, str]:
        return {folded(word): category for word, category in self.categories.items()}

    def tags_of(self, words: Iterable[str], fields: Iterable[str] = ()) -> frozenset[str]:
        """The policy's tags of a product's tags and a line's fields. Other tags of the product stay as they are, but for one that
        is spelled as the policy's and that the shop does not name: it said so on purpose, or never thought of it."""
        found: set[str] = {tag.value for field in fields if (tag := self._by_tag.get(folded(field)))}
        ours = {tag.value for tag in LineTag}
        for word in words:
            known = self._by_tag.get(folded(word))
            if known:
                found.add(known.value)
            elif word.strip() and _APART.sub("_", word.strip().casefold()) not in ours:
                found.add(word.strip()[:100])
        return frozenset(found)

    def payment(self, gateway: str) -> PaymentType:
        return self._by_gateway.get(folded(gateway), PaymentType.OTHER)

    def option(self, name: str) -> str:
        """What an option is called here; its own name where the shop does not say."""
        return self._by_option.get(folded(name), name.strip()[:100])

    def knows_option(self, name: str) -> bool:
        return folded(name) in self._by_option

    def category(self, word: str | None) -> str | None:
        if not word or not word.strip():
            return None
        return self._by_category.get(folded(word), word.strip()[:500])

    @property
    def delivery(self) -> timedelta | None:
        return None if self.delivery_days is None else timedelta(days=self.delivery_days)


def _turned(words: Mapping[K, Iterable[str]]) -> dict[str, K]:
    return {folded(word): code for code, every in words.items() for word in (str(code), *every)}


def load_words(path: Path) -> Words:
    """Reads policy/platforms.yml. Raises ConfigurationError naming the file, the key and what was expected."""
    try:
        return Words.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); set RETOUR_PLATFORMS to the file with your platform's words"
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
