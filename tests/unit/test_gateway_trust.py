"""What the gateway believes: signed tokens, the address of a request, nothing else."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import time_machine

from gateway.limits import client_address
from gateway.problems import Problem
from gateway.tokens import LABEL_AGE, SESSION_AGE, LabelClaim, Tokens
from rma.model.errors import ConfigurationError

SECRET = "a secret of the tests only"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"))


def refusal(call, *arguments) -> int:
    with pytest.raises(Problem) as caught:
        call(*arguments)
    return caught.value.status


def test_tokens_are_read_back_until_they_expire():
    tokens = Tokens(SECRET)
    with time_machine.travel(NOW, tick=False):
        session, label, photo = tokens.session("abc"), tokens.label("RT-7K3M9QX4", "qr"), tokens.photo(7)
        assert tokens.conversation_of(session) == "abc"
        assert tokens.label_claim(label) == LabelClaim("RT-7K3M9QX4", "qr")
        assert tokens.photo_id(photo) == 7
    with time_machine.travel(NOW + timedelta(seconds=SESSION_AGE + 1), tick=False):
        assert refusal(tokens.conversation_of, session) == 401
        assert refusal(tokens.photo_id, photo) == 404
        assert tokens.label_claim(label).purpose == "qr"
    with time_machine.travel(NOW + timedelta(seconds=LABEL_AGE + 1), tick=False):
        assert refusal(tokens.label_claim, label) == 404


def test_a_token_is_good_for_its_own_purpose_and_key_alone():
    tokens = Tokens(SECRET)
    session, label = tokens.session("abc"), tokens.label("RT-7K3M9QX4")
    assert refusal(tokens.label_claim, session) == 404
    assert refusal(tokens.conversation_of, label) == 401
    assert refusal(Tokens(SECRET + "!").conversation_of, session) == 401
    for forged in ("", ".", "..", session[:-1], session + "A", session.swapcase(), "é" * 40, "\ud800", "eyJ.eyJ.eyJ"):
        assert refusal(tokens.conversation_of, forged) == 401
        assert refusal(tokens.label_claim, forged) == 404


@pytest.mark.parametrize("secret", ["", "short"])
def test_without_a_secret_nothing_is_signed(secret):
    with pytest.raises(ConfigurationError, match="RETOUR_SECRET_KEY"):
        Tokens(secret)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # nobody's proxy: it could say anything
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["6.6.6.6, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),  # the first was written by the shopper
        ("10.1.2.3", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1, nonsense\r\n"], "10.1.2.3"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("2001:db8:ffff::1", ["2001:db8:7::9"], "2001:db8:7::/64"),
        (None, ["198.51.100.1"], "unknown"),
    ],
)
def test_only_our_proxies_are_believed_about_an_address(peer, forwarded, expected):
    assert client_address(peer, forwarded, PROXIES) == expected
