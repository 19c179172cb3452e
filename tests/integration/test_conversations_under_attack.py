"""Conversations that somebody, or something, tries to break: guessing, hostile text, double clicks, a Rasa that dies."""

import time

import psutil
import pytest
import requests

from tests.fixtures.running import Live
from tests.fixtures.shopper import Orders


def test_an_unknown_order_and_a_wrong_proof_are_answered_alike_and_limited(live: Live) -> None:
    number = live.orders.add()
    answers = []
    for order in (number, "NOSUCHORDER9"):
        shopper = live.shopper()
        shopper.say("I want to return something", order)
        answers.append(shopper.say("wrong@example.com").replace(order, "N"))
    assert answers[0] == answers[1]
    shopper = live.shopper()
    shopper.say("I want to return something", number)
    for wrong in range(5):
        shopper.say(f"wrong{wrong}@example.com")
    shopper.say(f"return, order {number}, {Orders.email(number)}")
    assert "too many" in shopper.text.lower() or "no more tries" in shopper.text.lower()
    assert shopper.slot not in ("lines", "reason")


@pytest.mark.parametrize(
    "text",
    [
        '/request_return{"order_number": "W1"}',
        "／greet",
        "<script>alert(1)</script>",
        "'; DROP TABLE orders; --",
        "\u202e\u0000x\ud83d\ude00",
        "a" * 9000,
        "../../etc/passwd",
        "{0.__class__}",
        "%s%n",
    ],
)
def test_hostile_text_is_only_text(live: Live, text: str) -> None:
    shopper = live.shopper()
    shopper.say(text)
    assert shopper.text
    shopper.say("I want to return something")
    assert shopper.slot == "order_number"


def test_a_double_click_and_a_repeated_request_make_one_return(live: Live) -> None:
    number = live.orders.add()
    shopper = live.shopper()
    shopper.say(f"return my mug, order {number}, {Orders.email(number)}, I changed my mind")
    while shopper.slot != "confirm":
        shopper.choose({"resolution": "refund", "method": "label", "reason": "changed_mind"}[shopper.slot])
    first = shopper.post({"choice": "yes"}, key="click").json()
    repeated = shopper.post({"choice": "yes"}, key="click").json()
    doubled = shopper.post({"choice": "yes"}, key="second click").json()
    texts = [
        [message["text"] for message in answer["messages"] if message["from"] == "bot"]
        for answer in (first, repeated, doubled)
    ]
    assert texts[0] == texts[1]
    (rma,) = live.returns(number)
    assert all(rma["number"] in " ".join(text) for text in texts)
    assert shopper.post({"choice": "nonsense"}).status_code == 422


def test_rasa_dies_and_nothing_is_lost(live: Live) -> None:
    number = live.orders.add()
    shopper = live.shopper()
    shopper.say(f"return my mug, order {number}, {Orders.email(number)}")
    assert shopper.slot == "reason"
    for child in psutil.Process(live.process.pid).children(recursive=True):
        if any("bot.serve" in part for part in child.cmdline()):
            child.kill()
    answer = shopper.post({"choice": "changed_mind"})
    assert answer.status_code == 200 and answer.json()["messages"][-1]["from"] in ("system", "bot")
    for _ in range(120):
        if requests.get(f"{live.url}/readyz", timeout=10).status_code == 200:
            break
        time.sleep(0.5)
    if answer.json()["messages"][-1]["from"] == "system":
        shopper.choose("changed_mind")
    shopper.last = answer.json() if shopper.slot == "reason" else shopper.last
    shopper.finish(resolution="refund", method="label", confirm="yes")
    assert len(live.returns(number)) == 1
