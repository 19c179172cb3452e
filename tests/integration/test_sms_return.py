"""Whole returns by text message alone, with the whole product running: signed webhooks in, the outbox out."""

import itertools
import re

import pytest
import requests

from bench.phone import Phone
from rma.model.gsm7 import GSM7, cost
from tests.fixtures.running import TWILIO_TOKEN, Live
from tests.fixtures.shopper import KETTLE, MUG, SHIRT, SHOES

LABEL = re.compile(r"https?://\S+/labels/\S+\.(?:pdf|png)")
_serial = itertools.count(1)


@pytest.fixture
def phone(live: Live) -> Phone:
    """A number that nobody else has."""
    return Phone(f"+336700{next(_serial):05d}", live.url, live.url, TWILIO_TOKEN, live.var / "retour.db")


def ordered(live: Live, phone: Phone, *lines: dict, language: str = "en", number: str | None = None, **changes) -> str:
    local = "0" + (number or phone.number).removeprefix("+33")
    customer = {"name": "Zoé Martin", "email": "zoe@example.com", "phone": local, "language": language}
    return live.orders.add(*lines, customer=customer, **changes)


def is_cheap(phone: Phone, most: int = 12) -> bool:
    costs = [cost(text) for text in phone.received]
    return all(one.encoding == GSM7 for one in costs) and sum(one.segments for one in costs) <= most


def test_a_return_in_english_told_by_numbers(live: Live, phone: Phone) -> None:
    number = ordered(live, phone, SHIRT)
    first = phone.say("Hi, I want to send back my t-shirt")
    assert "automatic assistant" in first and number in first and "PERSON" in first
    assert "1 Too small" in phone.received[-1]
    phone.say("1")
    assert "1 Refund" in phone.received[-1]
    phone.say("1")
    phone.say("1")
    assert "Create the return?\n1 OK\n2 No" in phone.received[-1] and "€19.90" in phone.received[-1]
    assert live.returns(number) == []
    done = phone.say("1")
    (rma,) = live.returns(number)
    assert rma["number"] in done and rma["status"] == "label_issued" and rma["lines"][0]["reason"] == "size_too_small"
    (label,) = LABEL.findall(done)
    assert requests.get(label, timeout=30).content.startswith(b"%PDF")
    assert is_cheap(phone), phone.received


def test_a_return_in_french_told_in_words(live: Live, phone: Phone) -> None:
    number = ordered(live, phone, SHOES, language="fr")
    first = phone.say("Bonjour, je veux renvoyer mes chaussures, elles sont trop petites")
    assert "assistant automatique" in first and number in first and "CONSEILLER" in first
    phone.say("remboursement")
    phone.say("je n'ai pas d'imprimante, le code qr")
    assert "Je crée le retour ?" in phone.received[-1]
    done = phone.say("oui")
    (rma,) = live.returns(number)
    assert rma["number"] in done and rma["method"] == "qr" and rma["label"]["tracking_number"] in done
    (code,) = LABEL.findall(done)
    assert requests.get(code, timeout=30).content.startswith(b"\x89PNG")
    assert is_cheap(phone), phone.received


def test_of_several_orders_the_one_with_the_item_is_meant_and_a_no_leads_on(live: Live, phone: Phone) -> None:
    mugs, kettle = ordered(live, phone, MUG, days=5), ordered(live, phone, KETTLE, days=2)
    first = phone.say("I want to return the kettle, it doesn't work")
    assert kettle in first and mugs not in first
    phone.say("never mind")
    other = Phone(f"+336710{next(_serial):05d}", phone.url, phone.address, phone.token, phone.database)
    one, two = ordered(live, other, MUG, days=9), ordered(live, other, SHIRT, days=2)
    asked = other.say("I'd like to return something")
    assert f"1 {two}: T-shirt" in asked and f"2 {one}: Mug" in asked and "3 Another order" in asked
    assert one in other.say("the mug")


def test_an_order_that_is_not_the_one_meant_is_let_go(live: Live, phone: Phone) -> None:
    mine, friends = ordered(live, phone, MUG), live.orders.add(SHIRT)
    assert mine in phone.say("I want to return something")
    assert "order number" in phone.say("no, another order")
    asked = phone.say(friends)
    assert "postal code" in asked
    assert friends in phone.say("69001") and "T-shirt" in phone.received[-1]


def test_a_number_that_is_not_the_orders_proves_nothing(live: Live, phone: Phone) -> None:
    strangers = live.orders.add(MUG)
    assert "postal code" in phone.say(f"I want to return order {strangers}")
    for wrong in range(4):
        phone.say(f"7500{wrong}")
    assert "T-shirt" not in "\n".join(phone.received) and "Mug" not in "\n".join(phone.received)
    phone.say("75009")
    assert "minutes" in phone.say("69001") and live.returns(strangers) == []


def test_a_person_is_fetched_by_the_number_of_the_choice(live: Live, phone: Phone) -> None:
    ordered(live, phone, SHIRT)
    phone.say("I want to return my t-shirt")
    phone.say("blah blah foo")
    offered = phone.say("gnagna bla")
    last = offered.rstrip().splitlines()[-1]
    assert last.endswith("Talk to a person")
    assert "team" in phone.say(last.split()[0])
    assert phone.say("hello?") == ""
