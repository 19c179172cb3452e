"""Which variants of a product are wanted, over the whole catalogue: what is named as named, what is not as in the one bought."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from actions.dialogue import sizes
from actions.dialogue.named_values import Place, Value
from rma.model.orders import CatalogueItem


@dataclass
class Wanted:
    """What messages said of the one wanted instead, the later ones over the earlier.

    `named`: an attribute and the catalogue's values meant; `missing`: what it has not, as it was said; `beyond`: 1 or -1 where there
    is no bigger or smaller one. `plainly`: it stands as a wish and not only somewhere in the message.
    """

    named: dict[str, set[str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    beyond: int = 0
    beyond_in: str = ""
    plainly: bool = False
    refused: dict[str, set[str]] = field(default_factory=dict)
    again: bool = False
    """Another one came than was bought: the one bought is wanted after all."""

    def __bool__(self) -> bool:
        return bool(self.named or self.missing or self.beyond)

    def differs(self, current: Mapping[str, str]) -> bool:
        """Whether it is another one than the one bought."""
        return bool(self.missing or self.beyond) or any({current.get(name)} != values for name, values in self.named.items())

    def update(self, later: "Wanted") -> None:
        for name in later.named.keys() | later.missing.keys():
            self.named.pop(name, None)
            self.missing.pop(name, None)
        self.named |= later.named
        self.missing |= later.missing
        self.beyond_in = later.beyond_in or self.beyond_in
        self.beyond = later.beyond or (0 if later else self.beyond)
        for name, values in later.refused.items():
            self.refused[name] = self.refused.get(name, set()) | values
        for name, values in later.named.items():
            self.refused[name] = self.refused.get(name, set()) - values
        self.plainly, self.again = self.plainly or later.plainly, self.again or later.again


def wanted(values: Sequence[Value], current: Mapping[str, str], every: Sequence[CatalogueItem], *, wishing: bool) -> Wanted:
    """`current`: the one bought, or chosen before. `wishing`: the message speaks of an exchange, so that a value that is none of the
    one bought is wished wherever it stands."""
    found = Wanted()
    for attribute in dict.fromkeys(value.attribute for value in values):
        _take(found, attribute, [value for value in values if value.attribute == attribute], current, every, wishing)
    return found


def _take(
    found: Wanted, attribute: str, values: list[Value], current: Mapping[str, str], every: Sequence[CatalogueItem], wishing: bool
) -> None:
    bought = current.get(attribute)
    wished = [value for value in values if value.place is Place.WISHED]
    plainly = bool(wished)
    if not wished and wishing:
        wished = [value for value in values if value.place is Place.NAMED and value.values and bought not in value.values]
    refused = {one for value in values if value.place is Place.NOT for one in value.values}
    named = {one for value in wished for one in value.values} - refused
    if refused:
        found.refused[attribute] = refused
    if _describes(bought, wished):
        named = named - {bought} or named
    labels = [value for value in wished if value.step is None]
    for value in wished if not labels else []:
        ladder = [item.variant[attribute] for item in every if attribute in item.variant]
        step = sizes.stepped(bought or "", ladder, value.step or 0.0)
        half = sizes.rank(bought or "") if (value.step or 0.0) % 1 else None
        if step is None and half is not None:
            found.missing[attribute] = [f"{half + (value.step or 0.0):g}"]
        elif step is None:
            found.beyond, found.beyond_in = 1 if (value.step or 0) > 0 else -1, attribute
        else:
            named.add(step)
    missing = [value.said for value in labels if not value.values]
    if named <= {bought} and not missing and bought is not None and _came_instead(values, bought):
        named, found.again = {bought}, True
    if named:
        found.named[attribute] = named
    if missing:
        found.missing[attribute] = list(dict.fromkeys(missing))
    found.plainly = found.plainly or (plainly and (bool(missing or found.beyond) or bool(named - {bought})))


def _describes(bought: str | None, wished: list[Value]) -> bool:
    """Whether the value of the one bought is named only to say which goes back: before the other, and not after "for"."""
    own = [value for value in wished if bought in value.values]
    first = min((value.start for value in wished if bought not in value.values), default=0)
    return all(value.start < first and not value.firm for value in own)


def _came_instead(values: Iterable[Value], bought: str) -> bool:
    """Another one came than the one bought, which both are named: the one bought is wanted."""
    values = list(values)
    came = any(value.place is Place.CAME and value.values and bought not in value.values for value in values)
    return came and any(bought in value.values for value in values)


def target(wish: Wanted, current: Mapping[str, str]) -> dict[str, str]:
    """The variant that is meant where each attribute is one value."""
    return {**current, **{name: next(iter(values)) for name, values in wish.named.items() if len(values) == 1}}


def fitting(wish: Wanted, current: Mapping[str, str], every: Sequence[CatalogueItem]) -> list[CatalogueItem]:
    """The variants that are meant, in stock or not: as named, and else as `current`."""
    return [
        item
        for item in every
        if all(item.variant.get(name) in values for name, values in wish.named.items())
        and all(item.variant.get(name) == value for name, value in current.items() if name not in wish.named)
    ]


def near(wish: Wanted, current: Mapping[str, str], bought: str, in_stock: Sequence[CatalogueItem]) -> list[CatalogueItem]:
    """What there is instead of one that is not to be had: all but one attribute of it, those with what was named first."""
    unknown = (wish.missing.keys() | ({wish.beyond_in} if wish.beyond else set())) - wish.named.keys()
    for most in (0, 1) if unknown and len(current) > 1 else (1,):
        found = _within(wish, current, unknown, [item for item in in_stock if item.sku != bought], most)
        if len(found) > 1:
            break
    return found


def _within(
    wish: Wanted, current: Mapping[str, str], unknown: Iterable[str], in_stock: Sequence[CatalogueItem], most: int
) -> list[CatalogueItem]:
    """Those that are off in so many attributes at most."""
    scored: list[tuple[int, CatalogueItem]] = []
    for item in in_stock:
        as_named = [item.variant.get(name) in values for name, values in wish.named.items()]
        as_before = [
            item.variant.get(name) == value for name, value in current.items() if name not in wish.named and name not in unknown
        ]
        if as_named.count(False) + as_before.count(False) <= most:
            scored.append((as_named.count(False) * 2 + as_before.count(False), item))
    return [item for _, item in sorted(scored, key=lambda one: one[0])]
