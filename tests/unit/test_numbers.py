"""Return numbers and S10 numbers: what a slip of the finger does, for every place and every character."""

import random
from collections.abc import Sequence
from itertools import combinations, product

import pytest

from rma.model.errors import RetourError
from rma.model.numbers import ALPHABET, MistypedNumber, check_s10, new_return_number, parse_return_number, s10


def _wrong(body: str) -> bool:
    try:
        parse_return_number(f"RT-{body}")
    except MistypedNumber:
        return True
    return False


def test_a_new_number_is_read_back_and_has_the_promised_form() -> None:
    numbers = {new_return_number() for _ in range(2000)}
    assert len(numbers) == 2000
    for number in numbers:
        assert len(number) == 11 and number.startswith("RT-") and set(number[3:]) <= set(ALPHABET)
        assert parse_return_number(number) == number


def test_the_source_of_chance_can_be_given() -> None:
    assert new_return_number(random.Random(7)) == new_return_number(random.Random(7))


def test_every_wrong_character_is_caught_in_every_place() -> None:
    # The check is linear: whether a change is caught depends on the place and the two characters, not on the rest. So one
    # number for each character in each place is the whole proof.
    for start in range(32):
        body = new_return_number(random.Random(start))[3:]
        for place, character in product(range(8), ALPHABET):
            changed = body[:place] + character + body[place + 1 :]
            assert _wrong(changed) is (changed != body), (body, changed)


class _Scripted:
    """Chance that draws the given characters."""

    def __init__(self, characters: str) -> None:
        self._characters = iter(characters)

    def choice(self, seq: Sequence[str], /) -> str:
        return next(self._characters)


def _number(seven: str) -> str:
    return new_return_number(_Scripted(seven))[3:]


def test_every_swap_of_two_characters_is_caught() -> None:
    source = random.Random(1)
    neighbours = set()
    for place, one, other in product(range(6), ALPHABET, ALPHABET):
        seven = "".join(source.choices(ALPHABET, k=7))
        bodies = [_number(seven[:place] + one + other + seven[place + 2 :])]
        if place == 5:
            # Swaps with the check character: running through first and last of the seven meets every pair.
            bodies.append(_number(one + seven[1:6] + other))
        for body in bodies:
            for left, right in combinations(range(8), 2):
                swapped = list(body)
                swapped[left], swapped[right] = swapped[right], swapped[left]
                assert _wrong("".join(swapped)) is (body[left] != body[right]), (body, left, right)
                if right == left + 1 and body[left] != body[right]:
                    neighbours.add((left, body[left], body[right]))
    assert len(neighbours) == 7 * 32 * 31


def test_a_pair_typed_as_another_pair_is_caught() -> None:
    source = random.Random(2)
    for place in range(6):
        body = new_return_number(source)[3:]
        while body[place] != body[place + 1]:
            body = new_return_number(source)[3:]
        for character in set(ALPHABET) - {body[place]}:
            assert _wrong(body[:place] + 2 * character + body[place + 2 :])


@pytest.mark.parametrize("written", ["rt-{}", "RT {}", "{}", "#RT-{}", " r t – {} ", "RT{}", "RT_{}", "ＲＴ-{}"])
def test_the_way_of_writing_does_not_matter(written: str) -> None:
    number = new_return_number(random.Random(3))
    body = number[3:]
    assert parse_return_number(written.format(f"{body[:4]} {body[4:].lower()}")) == number


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    source = random.Random(4)
    number = new_return_number(source)
    while not {"0", "1"} <= set(number):
        number = new_return_number(source)
    for one in "iIlL":
        assert parse_return_number(number.replace("0", "o").replace("1", one)) == number


def test_a_number_whose_body_begins_like_the_prefix_keeps_it() -> None:
    number = f"RT-{_number('RT12345')}"
    assert parse_return_number(number[3:]) == number == parse_return_number(number)


@pytest.mark.parametrize(
    "text",
    ["", "RT-", "RT-2V7KBX5", "RT-2V7KBX5YY", "RT-2V7KBX5U", "W2611340", "'; drop", "é" * 8, "\0" * 8, "9" * 10**6],
)
def test_what_is_no_return_number_is_called_mistyped(text: str) -> None:
    with pytest.raises(MistypedNumber) as caught:
        parse_return_number(text)
    assert isinstance(caught.value, RetourError) and len(str(caught.value)) < 300


def test_s10_numbers_that_posts_have_published() -> None:
    # The worked example of the UPU standard, and the item that illustrates it in encyclopedias.
    assert s10("RR", 47312482, "GB") == "RR473124829GB"
    assert s10("RR", 28704377, "IN") == "RR287043775IN"


def test_s10_check_digit_catches_every_wrong_digit() -> None:
    for serial in (0, 1, 10_000_019, 47_312_482, 99_999_999):
        number = s10("ZR", serial, "FR")
        assert check_s10(number) and len(number) == 13
        for place, digit in product(range(2, 10), "0123456789"):
            changed = number[:place] + digit + number[place + 1 :]
            if changed != number:
                # A rest of 11 is written 5, as a rest of 5 is: these two the standard itself cannot tell apart.
                assert check_s10(changed) is ({_rest(number), _rest(changed)} == {5, 11}), (number, changed)


def _rest(number: str) -> int:
    return 11 - sum(w * int(d) for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), number[2:10], strict=True)) % 11


@pytest.mark.parametrize(
    "bad", ["", "zr473124829fr", "ZR473124829F", "ZR47312482XFR", "ZR 473 124 829 FR", "ZR47312482９FR"]
)
def test_what_is_no_s10_number(bad: str) -> None:
    assert not check_s10(bad)


@pytest.mark.parametrize("arguments", [("ZR", -1, "FR"), ("ZR", 100_000_000, "FR"), ("Z", 1, "FR"), ("ZR", 1, "fr")])
def test_s10_refuses_what_does_not_fit(arguments: tuple[str, int, str]) -> None:
    with pytest.raises(ValueError):
        s10(*arguments)
