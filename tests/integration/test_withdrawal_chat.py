"""Withdrawing in the chat: the statutory words, one record, and the acknowledgement's address in the last message."""

import re
from typing import Any

import pytest
import requests

from rma.model.conversations import Channel
from rma.model.withdrawals import Withdrawal, WithdrawalStatus
from tests.fixtures.running import Live
from tests.fixtures.shopper import KETTLE, MUG, Orders


def recorded(live: Live, number: str) -> list[Withdrawal]:
    async def read(container: Any) -> list[Withdrawal]:
        return [item for item in await container.withdrawals.find() if item.statement.order == number]

    return list(live.orders._run(read))


@pytest.mark.parametrize(
    ("language", "words", "statutory"),
    [
        ("en", "I withdraw from the contract for order {number}, everything. {email}", "confirm withdrawal"),
        ("fr", "Je me rétracte de ma commande {number}, de tout. {email}", "confirmer la renonciation"),
    ],
)
def test_a_withdrawal_is_recorded_once_and_acknowledged(live: Live, language: str, words: str, statutory: str) -> None:
    number = live.orders.add(MUG | {"quantity": 2}, KETTLE)
    shopper = live.shopper(language)
    shopper.say(words.format(number=number, email=Orders.email(number)))
    for _ in range(4):
        if shopper.slot == "confirm":
            break
        shopper.choose({"lines": ["1", "2"], "method": "label"}[str(shopper.slot)])
    assert statutory in shopper.text and recorded(live, number) == []
    shopper.choose("yes")
    (withdrawal,), (rma,) = recorded(live, number), live.returns(number)
    assert (withdrawal.channel, withdrawal.status) == (Channel.WEB, WithdrawalStatus.SETTLED)
    assert withdrawal.return_number == rma["number"]
    assert withdrawal.statement.contact == Orders.email(number) and "2 × Mug" in str(withdrawal.statement.items)
    assert withdrawal.reference in shopper.text and {item["kind"] for item in shopper.attachments} == {"label"}
    (address,) = re.findall(rf"{live.url}/withdraw/\S+\.pdf", shopper.text)
    assert requests.get(address, timeout=30).content.startswith(b"%PDF")
    shopper.choose("yes")
    assert len(recorded(live, number)) == len(live.returns(number)) == 1


def test_where_the_law_gives_no_withdrawal_it_is_a_return_like_any_other(live: Live) -> None:
    number = live.orders.add(MUG, market="US")
    shopper = live.shopper()
    shopper.say(f"I withdraw from the contract for order {number}. {Orders.email(number)}")
    shopper.finish(lines=["1"], method="label", confirm="yes", resolution="refund")
    assert len(live.returns(number)) == 1 and recorded(live, number) == []
