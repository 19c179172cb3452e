"""Two wishes in one message: the second is taken up once the first is done, in both languages, with the model's own reading."""

import pytest

from tests.fixtures.running import Live
from tests.fixtures.shopper import KETTLE, MUG, SHIRT, Orders, Shopper


def finished(shopper: Shopper) -> str:
    """Answers what is asked of the return until it is made; what was said with it."""
    for _ in range(8):
        if shopper.slot == "confirm":
            shopper.choose("yes")
            return shopper.text
        answers = {"resolution": "refund", "method": "label", "quantity": "1", "condition": "unopened", "reason": "changed_mind"}
        assert shopper.slot in answers, shopper.said
        shopper.choose(answers[shopper.slot])
    raise AssertionError(shopper.said)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "I want to return the t-shirt from {one}, it's too big, and where is my order {two}? {email}"),
        ("fr", "je voudrais renvoyer le t-shirt de la commande {one}, il est trop grand, et où est ma commande {two} ? {email}"),
    ],
)
def test_the_other_order_comes_after_the_return(live: Live, language: str, said: str) -> None:
    one, two = live.orders.add(SHIRT), live.orders.add(KETTLE)
    shopper = live.shopper(language)
    shopper.say(said.format(one=one, two=two, email=Orders.email(one)))
    told = finished(shopper)
    assert len(live.returns(one)) == 1 and two in told, shopper.said
    # Another shopper's order: it is asked for its proof, and not told of without.
    assert shopper.slot == "contact"
    shopper.say(Orders.email(two))
    assert shopper.slot is None and live.returns(two) == [], shopper.said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "the t-shirt is too small, and the kettle never came. Order {number}, {email}"),
        ("fr", "le t-shirt est trop petit et la bouilloire n'est jamais arrivée. Commande {number}, {email}"),
    ],
)
def test_what_never_came_is_not_returned_and_the_rest_is(live: Live, language: str, said: str) -> None:
    number = live.orders.add(SHIRT, KETTLE)
    shopper = live.shopper(language)
    shopper.say(said.format(number=number, email=Orders.email(number)))
    finished(shopper)
    (rma,) = live.returns(number)
    assert [(line["id"], line["reason"]) for line in rma["lines"]] == [("1", "size_too_small")], shopper.said


def test_the_first_of_two_is_the_one_that_the_wish_is_about(live: Live) -> None:
    one, two = live.orders.add(SHIRT), live.orders.add(KETTLE)
    shopper = live.shopper()
    shopper.say(f"where is my order {two}? and I want to return the t-shirt from {one}, it's too big", Orders.email(one))
    asked_first = shopper.text
    assert one in "".join(shopper.said) and asked_first, shopper.said


def test_giving_up_gives_up_the_rest_too(live: Live) -> None:
    one, two = live.orders.add(SHIRT, MUG), live.orders.add(KETTLE)
    shopper = live.shopper()
    shopper.say(f"I want to return the t-shirt from {one}, it's too big, and where is my order {two}?", Orders.email(one))
    shopper.say("forget the whole thing")
    assert shopper.slot is None and two not in shopper.text and live.returns(one) == [], shopper.said


def test_a_story_is_no_second_wish(live: Live) -> None:
    number = live.orders.add(SHIRT)
    shopper = live.shopper()
    shopper.say(f"My order {number} came last week and the t-shirt is too small, {Orders.email(number)}")
    assert "other" not in finished(shopper), shopper.said
