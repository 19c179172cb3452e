"""Conversations over HTTP with the whole product running: Rasa, actions, policy, database. What is asserted is what is asked
next and what is in the staff API at the end, not how the assistant words it."""

import io
import re

import pytest
import requests
from PIL import Image

from tests.fixtures.running import Live
from tests.fixtures.shopper import BLACK_SHIRT, KETTLE, MUG, SHIRT, SHOES, Orders

RETURN_NUMBER = re.compile(r"RT-[0-9A-HJKMNP-TV-Z]{8}")


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("en", "Hi, I'd like to send back the blue t-shirt from order {number}, it's too small. {email}"),
        ("fr", "Bonjour, je voudrais renvoyer le t-shirt bleu de la commande {number}, il est trop petit. {email}"),
    ],
)
def test_everything_in_the_first_message_is_not_asked_again(live: Live, language: str, first: str) -> None:
    number = live.orders.add(SHIRT, KETTLE)
    shopper = live.shopper(language)
    shopper.say(first.format(number=number, email=Orders.email(number)))
    assert shopper.slot == "resolution", shopper.said
    shopper.choose("refund")
    assert shopper.slot == "method"
    shopper.choose("label")
    assert shopper.slot == "confirm" and live.returns(number) == []
    assert "15" in shopper.text and "4" in shopper.text
    shopper.choose("yes")
    assert shopper.slot is None
    (rma,) = live.returns(number)
    assert RETURN_NUMBER.search(shopper.text) and rma["number"] in shopper.text
    assert rma["status"] == "label_issued" and rma["resolution"] == "refund" and rma["method"] == "label"
    assert [(line["id"], line["quantity"], line["reason"]) for line in rma["lines"]] == [("1", 1, "size_too_small")]
    assert rma["refund"]["total"] == "15.00"
    (label,) = shopper.attachments
    pdf = requests.get(label["url"], timeout=30)
    assert pdf.content.startswith(b"%PDF") and label["kind"] == "label"


def test_the_whole_way_step_by_step_in_free_text(live: Live) -> None:
    number = live.orders.add(SHIRT | {"quantity": 3}, SHOES)
    shopper = live.shopper("fr")
    shopper.say("bonjour")
    shopper.say("je veux faire un retour")
    assert shopper.slot == "order_number"
    shopper.say(f"c'est la commande #{number.lower()}")
    assert shopper.slot == "contact"
    shopper.say("69001")
    assert shopper.slot == "lines" and shopper.choices == ["1", "2"]
    shopper.say("les deux")
    assert shopper.slot == "quantity" and shopper.last["expects"]["line"] == "1"
    shopper.say("deux")
    assert shopper.slot == "reason" and shopper.last["expects"]["line"] == "1"
    shopper.say("ils sont trop grands")
    assert shopper.slot == "reason" and shopper.last["expects"]["line"] == "2"
    shopper.say("elles me serrent, trop petites")
    shopper.finish(resolution="remboursement", method="qr", confirm="oui")
    (rma,) = live.returns(number)
    assert [(line["id"], line["quantity"], line["reason"]) for line in rma["lines"]] == [
        ("1", 2, "size_too_large"),
        ("2", 1, "size_too_small"),
    ]
    assert rma["method"] == "qr" and {item["kind"] for item in shopper.attachments} == {"qr", "label"}


def test_each_item_gets_the_reason_its_clause_says(live: Live) -> None:
    number = live.orders.add(SHIRT, KETTLE)
    shopper = live.shopper()
    shopper.say(f"order {number}, {Orders.email(number)}: the t-shirt is too small and the kettle doesn't switch on")
    shopper.finish(resolution="refund", method="label", confirm="yes", lines="both")
    (rma,) = live.returns(number)
    assert {line["id"]: line["reason"] for line in rma["lines"]} == {"1": "size_too_small", "2": "defective"}
    assert rma["decision"]["return_shipping_paid_by"] == "merchant"


def test_corrections_back_and_a_question_in_the_middle(live: Live) -> None:
    number = live.orders.add(SHIRT, BLACK_SHIRT, KETTLE)
    shopper = live.shopper()
    shopper.say(f"I want to return the blue t-shirt, order {number}, {Orders.email(number)}", "too small")
    assert shopper.slot == "resolution"
    answer = shopper.say("who pays for the postage?")
    assert "4.90" in answer and shopper.slot == "resolution"
    shopper.say("no, the black one")
    assert shopper.slot == "resolution", "what was said of the blue one was meant of it"
    shopper.say("refund")
    assert shopper.slot == "method"
    shopper.say("back")
    assert shopper.slot == "resolution"
    shopper.say("store credit please", "label")
    assert shopper.slot == "confirm"
    shopper.say("actually both t-shirts")
    shopper.finish(reason="too small", method="label", confirm="yes", resolution="store credit")
    (rma,) = live.returns(number)
    assert sorted(line["id"] for line in rma["lines"]) == ["1", "2"]
    assert rma["resolution"] == "store_credit" and rma["refund"]["total"] == "39.80"


@pytest.mark.parametrize(
    ("language", "word"), [("en", "never mind"), ("fr", "laissez tomber"), ("en", "cancel"), ("fr", "annuler")]
)
def test_given_up_anywhere_nothing_is_created(live: Live, language: str, word: str) -> None:
    number = live.orders.add()
    steps = {
        "order_number": number,
        "contact": Orders.email(number),
        "reason": "changed_mind",
        "resolution": "refund",
        "method": "label",
        "confirm": "yes",
    }
    for stop in steps:
        shopper = live.shopper(language)
        shopper.say("I want to return something" if language == "en" else "je veux renvoyer un article")
        while shopper.slot != stop:
            assert shopper.slot is not None
            shopper.choose(steps[shopper.slot])
        shopper.say(word)
        assert shopper.slot is None, shopper.said
    assert live.returns(number) == []


def test_no_to_the_summary_creates_nothing_and_can_be_changed(live: Live) -> None:
    number = live.orders.add()
    shopper = live.shopper()
    shopper.say(f"return my mug, order {number}, {Orders.email(number)}, I don't like it any more")
    shopper.finish(reason="changed my mind", resolution="refund", method="label", confirm="no")
    assert live.returns(number) == []
    shopper.say("a store credit instead")
    assert shopper.slot == "confirm"
    shopper.say("yes")
    assert live.returns(number)[0]["resolution"] == "store_credit"


def test_exchange_offers_what_is_in_stock_and_says_the_difference(live: Live) -> None:
    number = live.orders.add(SHIRT)
    shopper = live.shopper()
    shopper.say(
        f"I'd like to exchange the t-shirt for another size, order {number}, {Orders.email(number)}, it is too small"
    )
    assert shopper.slot == "exchange_for", shopper.said
    assert "T-SHIRT-BLACK-S" not in shopper.choices and "T-SHIRT-BLUE-M" in shopper.choices
    shopper.say("the XL")
    shopper.say("label")
    assert shopper.slot == "confirm" and "5.00" in shopper.text
    shopper.say("no wait, black please")
    assert shopper.slot == "confirm", shopper.said
    shopper.say("yes")
    (rma,) = live.returns(number)
    assert rma["lines"][0]["exchange_for"] == "T-SHIRT-BLACK-XL" and rma["refund"]["total"] == "0.00"


def test_a_photo_is_asked_where_the_policy_wants_one(live: Live) -> None:
    number = live.orders.add(KETTLE, days=25)
    shopper = live.shopper("fr")
    shopper.say(f"la bouilloire de la commande {number} est arrivée cassée, {Orders.email(number)}")
    assert shopper.slot == "photo", shopper.said
    assert (
        requests.post(
            f"{live.url}/api/chat/messages",
            files={"photo": ("x.png", b"no picture", "image/png")},
            headers=shopper.headers,
            timeout=30,
        ).status_code
        == 415
    )
    shopper.show(picture())
    shopper.finish(resolution="remplacement", method="étiquette", confirm="oui")
    assert live.returns(number)[0]["status"] == "label_issued"


def test_without_the_photo_a_person_decides(live: Live) -> None:
    number = live.orders.add(KETTLE, days=25)
    shopper = live.shopper()
    shopper.say(f"the kettle of order {number} arrived broken, {Orders.email(number)}", "I don't have a photo")
    shopper.finish(resolution="refund", method="label", confirm="yes")
    (rma,) = live.returns(number)
    assert rma["status"] == "review" and rma["label"] is None
    assert any(
        ticket["cause"] == "review" and ticket["context"]["number"] == rma["number"] for ticket in live.tickets()
    )


def test_a_decline_says_why_and_takes_an_appeal(live: Live) -> None:
    number = live.orders.add(days=60, market="US", currency="USD", placed_at="2026-01-02T10:00:00+00:00")
    shopper = live.shopper()
    answer = shopper.say(f"I want to return the mug, order {number}, {Orders.email(number)}", "I changed my mind")
    assert shopper.slot is None and live.returns(number) == [] and "last day" in answer
    shopper.say("that's not fair, your website says 90 days!")
    appeal = next(ticket for ticket in live.tickets() if ticket["context"].get("order") == number)
    assert appeal["cause"] == "appeal" and "90 days" in appeal["context"]["words"]
    shopper.say("ok but the handle broke off")
    assert shopper.slot is not None, "a fault is covered by the guarantee"


def test_status_label_refund_and_cancelling_of_a_return(live: Live) -> None:
    number = live.orders.add()
    shopper = live.shopper()
    shopper.say(f"return my mug, order {number}, {Orders.email(number)}")
    shopper.finish(reason="changed my mind", resolution="refund", method="label", confirm="yes")
    rma = live.returns(number)[0]["number"]
    other = live.shopper("fr")
    other.say(f"où en est mon retour {rma} ?")
    assert other.slot == "contact" and number not in other.text
    assert rma in other.say(Orders.email(number))
    assert "12,50" in other.say("et mon remboursement ?")
    other.say("je n'ai plus l'étiquette")
    assert other.attachments[0]["kind"] == "label"
    label = other.attachments[0]["url"]
    other.say("finalement je garde la tasse, annulez le retour")
    assert other.slot == "confirm" and live.returns(number)[0]["status"] == "label_issued"
    other.say("oui")
    assert live.returns(number)[0]["status"] == "cancelled"
    assert requests.get(label, timeout=30).status_code == 404


def test_an_order_not_shipped_is_tracked_and_cancelled(live: Live) -> None:
    number = live.orders.add(MUG, delivered=None, status="pending", market="US", currency="USD")
    shopper = live.shopper()
    shopper.say(f"where is my order {number}? {Orders.email(number)}")
    shopper.say("I'd like to cancel the order then")
    assert shopper.slot == "confirm"
    shopper.say("yes")
    again = live.shopper()
    answer = again.say(f"cancel my order {number}, {Orders.email(number)}")
    assert again.slot is None and "already" in answer


def test_withdrawing_needs_no_reason(live: Live) -> None:
    number = live.orders.add(MUG, SHIRT)
    shopper = live.shopper("fr")
    shopper.say(f"je me rétracte de ma commande {number}, {Orders.email(number)}")
    shopper.finish(lines="tout", method="étiquette", confirm="oui")
    (rma,) = live.returns(number)
    assert {code for line in rma["decision"]["lines"] for code in line["codes"]} == {"withdrawal.right"}
    assert rma["refund"]["outbound_shipping"] == "4.90"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_person_is_fetched_and_the_assistant_is_silent(live: Live, language: str) -> None:
    shopper = live.shopper(language)
    shopper.say("I want to talk to a real person" if language == "en" else "je veux parler à un conseiller")
    assert shopper.last["owner"] == "person"
    shopper.say("hello?")
    assert shopper.last["messages"] == [] or all(message["from"] == "shopper" for message in shopper.last["messages"])
    shopper.say("assistant")
    assert shopper.last["owner"] == "assistant" and shopper.text


def test_two_misunderstandings_offer_a_person_and_are_worded_anew(live: Live) -> None:
    number = live.orders.add()
    shopper = live.shopper()
    shopper.say(f"return order {number}, {Orders.email(number)}")
    first = shopper.say("purple monkey dishwasher")
    second = shopper.say("the moon is made of cheese")
    assert first != second and "talk_to_human" in shopper.choices and shopper.slot == "reason"
    shopper.choose("talk_to_human")
    assert shopper.last["owner"] == "person"


def test_the_language_follows_the_shopper(live: Live) -> None:
    shopper = live.shopper("en")
    assert "commande" in shopper.say("Bonjour, je voudrais renvoyer mes chaussures s'il vous plaît")
    assert "order" in shopper.say("sorry, can we speak English please?")
