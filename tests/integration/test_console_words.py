"""The console has words, in both languages, for everything it can be asked to show."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.console.refusals import in_words
from gateway.console.words import Words
from gateway.shop import TEMPLATES
from rma.model.agents import Agent, Role
from rma.model.codes import Condition, LineTag, Method, OrderStatus, PaymentType, Reason, Resolution, ReturnStatus
from rma.model.conversations import Channel, Owner, Status
from rma.model.shop import load_shop
from rma.model.support import BEGINS, ENDS, SETTLES, Action, Cause, Priority, Support
from rma.model.withdrawals import WithdrawalStatus
from rma.policy import Verdict
from rma.service.rights import Rights
from rma.settings import ROOT
from rma.texts import load_texts

PARIS = ZoneInfo("Europe/Paris")
TEXTS = load_texts(ROOT / "data" / "responses")
SATURDAY = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)


def words(language: str, now: datetime = SATURDAY) -> Words:
    return Words(TEXTS, language, PARIS, now)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["label", "qr", "customs", "withdrawal"])
def test_every_paper_that_a_thread_shows_has_a_name(kind: str, language: str) -> None:
    """rma/model/conversations.py says which there are; a page without a word for one cannot be shown at all."""
    assert words(language).t(f"paper_{kind}")


def test_what_the_pages_ask_for_is_there() -> None:
    folders = (TEMPLATES / "console", Path(in_words.__code__.co_filename).parent)
    sources = [path.read_text("utf-8") for folder in folders for path in folder.rglob("*") if path.suffix in (".html", ".py")]
    asked = {key for source in sources for key in re.findall(r"""\bt\(\s*["']([a-z_]+)["']\s*[,)]""", source)}
    asked |= {key for source in sources for key in re.findall(r'"(done_[a-z_]+|why_[a-z_]+)"', source)}
    assert len(asked) > 150
    assert sorted(key for key in asked if not words("en").has(key)) == []


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("cause", Cause), ("cause_says", Cause), ("state", Status), ("status", ReturnStatus), ("channel", Channel),
        ("goes", Channel), ("reason", Reason), ("resolution", Resolution), ("condition", Condition), ("method", Method),
        ("order", OrderStatus), ("payment", PaymentType), ("tag", LineTag), ("verdict", Verdict), ("role", Role),
        ("withdrawal", WithdrawalStatus), ("priority", [weight.label for weight in Priority]),
        ("event", [*BEGINS, *ENDS, *SETTLES, "assigned", "unassigned", "snoozed", "woken", "priority", "taken_over", "raised"]),
    ],
)  # fmt: skip
def test_every_code_has_words_of_its_own(kind: str, codes: list[str]) -> None:
    lacking = [str(code) for code in codes if not {f"console_{kind}_{code}", f"{kind}_{code}"} & set(TEXTS.keys())]
    assert lacking == []


def test_every_refusal_is_said_in_the_agents_language() -> None:
    rights, said = Rights(load_shop(ROOT / "policy" / "shop.yml").agents), set()
    agents = [
        Agent(id=1, login="ann", name="Ann", role=role, disabled=off, created_at=SATURDAY)
        for role in Role
        for off in (False, True)
    ]
    for agent in agents:
        for status in Status:
            for assignee in (None, "ann", "bob"):
                support = Support(
                    conversation="c", channel=Channel.WEB, language="en", owner=status.owner, status=status,
                    assignee=assignee if status.owner is Owner.PERSON else None, created_at=SATURDAY, updated_at=SATURDAY,
                )  # fmt: skip
                said |= {rights.why_not(agent, action, support, None, Decimal(10_000), "EUR") for action in Action}
    said |= {"RT-7K3M9QX4 is declined; it waits for nobody's decision", "RT-7K3M9QX4 has no label that can still be used"}
    number = "RT-7K3M9QX4"
    said |= {
        f"{number} is review: nothing is paid for it",
        f"{number} is closed; only goodwill can be paid, with a reason",
        f"everything that is due on {number} was paid or is on its way",
        "all that was paid for order W 1 went back already",
        "at most 12.00 EUR are left of what was paid for W 1",
        f"{number} is a repair: no money is due; it is closed when the repaired goods were sent back",
        f"{number} is settled with exchange: what goes out for it is on its way, or waits for the goods to come",
        f"nothing of {number} came yet: receive it first, or pay before with goodwill and a reason",
        f"nothing is due on {number}: nothing that came was accepted",
        f"nothing is due yet on {number}: what came so far is worth no more than what is taken off",
        f"12.00 EUR are due on {number}: pay that first, goodwill then",
        f"{number}: what goes out instead is not sent yet; goodwill comes after it",
        f"{number}: a payment failed or is on its way; goodwill comes after it",
        f"{number}: somebody else paid for it meanwhile; look again",
        f"{number}: money went back for it already; refund less or more of it, with a reason",
        f"nothing of {number} is left to be paid; say an amount and a reason for more",
        "refund 7 has no part that failed",
        "refund 7: nobody knows whether it was paid; look at the provider's list first",
        f"{number}: it is in_transit; only a parcel that is not sent yet can have more time",
        f"{number}: it had more time once already",
        f"{number} is no repair: the shopper chose store_credit",
        f"{number} is label_issued: there is nothing repaired to be sent back",
        f"the key was used for another refund of {number}",
        f"S 1 for {number} is sold out: say with a reason that its money goes back instead",
        f"S 1 cannot be sent for {number}: no such article",
        "5.00 EUR more than what comes back: settle that with the shopper first, and say how with a reason",
        "the difference is 5.00 EUR",
        f"{number}: nothing that goes out costs more any longer",
        "the amount has more decimals than EUR",
        f"{number} is being changed by others; try again",
        "somebody else changed this at the same time; repeat",
        "there is no order W 1",
        "order W 1: more units than were bought and are in no return yet",
        "order W 1: the policy declines it (window.expired)",
    }
    french = {sentence: in_words(sentence, words("fr")) for sentence in said if sentence}
    assert len(french) > 9
    untold = [sentence for sentence, told in french.items() if told.rstrip(".").casefold() == sentence.casefold()]
    assert untold == []
    assert any("10\u00a0000,00" in told for told in french.values())


def test_times_are_the_shops_and_lengths_are_short() -> None:
    en, fr = words("en"), words("fr")
    assert (en.moment(SATURDAY), fr.moment(SATURDAY - timedelta(days=1))) == ("23:30", "Hier, 23:30")
    # An hour later it is the next day in Paris.
    assert en.moment(SATURDAY + timedelta(hours=1)) == "Tomorrow, 00:30"
    assert fr.day(datetime(2025, 3, 1, tzinfo=UTC)) == "1 mars 2025"
    spans = [en.since(SATURDAY - timedelta(seconds=seconds)) for seconds in (-5, 59, 60, 3_599, 3_600, 86_400 * 2)]
    assert spans == ["now", "now", "1m", "59m", "1h", "2d"]
    assert fr.since(SATURDAY - timedelta(days=2)) == "2j"
