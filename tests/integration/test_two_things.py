"""Two things in one message: each goes back for its own reason, what is kept or never came does not, and a denied fault is none."""

import pytest

from actions.dialogue.claiming import denies_fault, keeps, never_came
from tests.fixtures.running import Live
from tests.fixtures.shopper import Orders

MUGS = {"sku": "MUG-4", "name": "Mug", "category": "kitchen", "quantity": 4, "unit_price": "9.00"}
CUSHIONS = {"sku": "CUSH-2", "name": "Cushion", "category": "home", "quantity": 1, "unit_price": "24.00"}

SAID = [
    ("en", "mugs chipped, cushion changed my mind", {"Mug": "damaged", "Cushion": "changed_mind"}),
    ("fr", "mugs cassés, coussin plus envie", {"Mug": "damaged", "Cushion": "changed_mind"}),
    ("en", "the mugs arrived broken and the cushion I simply don't want any more", {"Mug": "damaged", "Cushion": "changed_mind"}),
    ("en", "please send back the cushion but I'll keep the mugs, I don't need it any more", {"Cushion": "changed_mind"}),
    ("fr", "le coussin je le garde, les mugs je les rends, ils sont cassés", {"Mug": "damaged"}),
    ("en", "The mugs are lovely, thank you. The cushion has a hole in it", {"Cushion": "damaged"}),
    ("en", "nothing is broken, I just don't want the cushion any more", {"Cushion": "changed_mind"}),
    ("fr", "le coussin n'a aucun défaut mais je n'en veux plus", {"Cushion": "changed_mind"}),
    ("en", "I want to return the mugs and the cushion, I changed my mind", {"Mug": "changed_mind", "Cushion": "changed_mind"}),
]


@pytest.mark.parametrize(("language", "said", "expected"), SAID)
def test_each_thing_has_its_own_reason(live: Live, language: str, said: str, expected: dict[str, str]) -> None:
    number = live.orders.add(MUGS, CUSHIONS)
    shopper = live.shopper(language)
    shopper.say({"en": "I'd like to return something", "fr": "je voudrais faire un retour"}[language], number, Orders.email(number))
    assert shopper.slot == "lines"
    shopper.say(said)
    for _ in range(8):
        if shopper.slot == "confirm":
            break
        assert shopper.slot != "reason", shopper.said
        if shopper.slot == "photo":
            shopper.say({"en": "I can't take one", "fr": "je ne peux pas"}[language])
        else:
            answers = {"quantity": "4", "resolution": "store_credit", "method": "label", "condition": "unopened"}
            shopper.choose(answers[shopper.slot])
    shopper.choose("yes")
    (rma,) = live.returns(number)
    names = {"1": "Mug", "2": "Cushion"}
    assert {names[line["id"]]: line["reason"] for line in rma["lines"]} == expected, shopper.said


def test_a_battery_that_fails_goes_to_a_person_whatever_else_is_sent_back(live: Live) -> None:
    headphones = {"sku": "HEAD-1", "name": "Headphones", "category": "audio", "quantity": 1, "unit_price": "60.00",
                  "tags": ["dangerous_goods"]}  # fmt: skip
    lamp = {"sku": "LAMP-1", "name": "Lamp", "category": "home", "quantity": 1, "unit_price": "30.00"}
    number = live.orders.add(headphones, lamp)
    shopper = live.shopper()
    shopper.say("I'd like to return something", number, Orders.email(number), "both")
    assert shopper.slot == "reason"
    shopper.say("headphones crackle, lamp changed my mind")
    for _ in range(8):
        if shopper.slot in (None, "confirm"):
            break
        if shopper.slot == "reason":
            asked_of = shopper.last["expects"]["line"]
            shopper.choose("defective" if asked_of == "1" else "changed_mind")
        else:
            shopper.choose({"resolution": "refund", "method": "label"}[shopper.slot])
    if shopper.slot == "confirm":
        shopper.choose("yes")
    found = {line["id"]: (line["reason"], rma["status"]) for rma in live.returns(number) for line in rma["lines"]}
    assert found["1"] in [("damaged", "review"), ("defective", "review")], shopper.said
    assert found["2"][0] == "changed_mind", shopper.said


DENIED = ["the tees aren't faulty", "it didn't arrive broken", "rien n'est cassé", "aucun défaut", "pas abîmé"]


@pytest.mark.parametrize("said", DENIED)
def test_a_denied_fault_is_none(said: str) -> None:
    assert denies_fault(said)


@pytest.mark.parametrize("said", ["it is broken", "not only broken but dirty: it is cracked", "il est cassé", "it never worked"])
def test_a_fault_is_one(said: str) -> None:
    assert not denies_fault(said)


def test_what_never_came() -> None:
    assert all(map(never_came, ["the lamp never arrived", "la lampe n'est jamais arrivée", "I haven't received the mug"]))
    assert not any(map(never_came, ["I haven't received my refund", "it came", "it did not arrive broken", "pas reçu l'étiquette"]))


def test_what_is_kept() -> None:
    assert all(map(keeps, ["I'll keep the mugs", "I'm keeping the lamp", "je garde les coussins", "les mugs je les garde"]))
    assert not any(map(keeps, ["I can't keep it", "can I keep the box?", "je ne garde pas le sac", "if I keep one"]))
