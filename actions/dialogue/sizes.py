"""Sizes as labels and as steps of a ladder: "2XL" is an XXL, "UK 9" a 9, and one up from M an L."""

import re
from collections.abc import Iterable

from actions.dialogue.words import fold

SIZE_KEYS = ("size", "taille", "pointure")
COLOR_KEYS = ("color", "colour", "couleur", "coloris")
LETTERS = ["xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "xxxxl"]
_NAMES = {"small": "s", "medium": "m", "large": "l", "extra large": "xl", "extra small": "xs"}
_SYSTEM = re.compile(r"^(?:size|taille|uk|us|eu|fr|it)\s*")


def key_of(attributes: Iterable[str], keys: tuple[str, ...]) -> str | None:
    """The attribute of a product that is its size, or its colour."""
    return next((name for name in attributes if fold(name) in keys), None)


def label(value: str) -> str:
    """A size as it is compared: "2XL" and "XXL", "42,5" and "42.5" are the same."""
    folded = fold(value).replace(",", ".").replace("-", " ")
    folded = _NAMES.get(folded, folded).replace(" ", "")
    return re.sub(r"^([2-4])xl$", lambda match: "x" * int(match[1]) + "l", folded)


def same(said: str, value: str) -> bool:
    """Whether a size that was said is one of the catalogue's: exactly, or but for the system that only one of them names."""
    left, right = label(said), label(value)
    bare = [_SYSTEM.sub("", side) for side in (left, right)]
    return left == right or (bare[0] == bare[1] and (left == bare[0] or right == bare[1]))


def meant(said: str, values: Iterable[str]) -> set[str]:
    """The catalogue's sizes that a size is; else those of two that it is a part of: M of "S/M"."""
    every = list(values)
    exact = {value for value in every if same(said, value)}
    return exact or {value for value in every if any(same(said, part) for part in re.split(r"[/–]", value) if part != value)}


def rank(value: str) -> float | None:
    """Its place on a ladder: of letters, or of numbers."""
    folded = label(value)
    if folded in LETTERS:
        return float(LETTERS.index(folded))
    number = re.search(r"\d+(?:\.\d+)?", folded)
    return float(number[0]) if number else None


def stepped(here: str, values: Iterable[str], step: float) -> str | None:
    """The size so many steps from `here`; None beyond the ends of the ladder. A half step is half a size."""
    ladder = {place: value for value in values if (place := rank(value)) is not None}
    place = rank(here)
    if place is None:
        return None
    if step % 1:
        return ladder.get(place + step)
    ladder.setdefault(place, here)
    rungs = sorted(ladder)
    wanted = rungs.index(place) + int(step)
    return ladder[rungs[wanted]] if 0 <= wanted < len(rungs) else None
