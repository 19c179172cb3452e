"""What the gateway believes: signed tokens, the address of a request, nothing else."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import time_machine

from gateway.limits import client_address
from gateway.problems import Problem
from gateway.tokens import SESSION_AGE, Tokens
from rma.links import LABEL_DAYS, Linked, Links
from rma.model.errors import ConfigurationError, NotFound

SECRET = "a secret of the tests only"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"))


def refusal(call, *arguments) -> int:
    with pytest.raises(Problem) as caught:
        call(*arguments)
    return caught.value.status


def test_tokens_are_read_back_until_they_expire():
    tokens, links = Tokens(SECRET), Links(SECRET, "https://shop.example")
    with time_machine.travel(NOW, tick=False):
        session, photo = tokens.session("abc"), tokens.photo(7)
        label, paper = links.token("qr", "RT-7K3M9QX4"), links.token("withdrawal", "WD-1")
        assert tokens.conversation_of(session) == "abc"
        assert links.read(label) == Linked("qr", "RT-7K3M9QX4")
        assert tokens.photo_id(photo) == 7
    with time_machine.travel(NOW + timedelta(seconds=SESSION_AGE + 1), tick=False):
        assert refusal(tokens.conversation_of, session) == 401
        assert refusal(tokens.photo_id, photo) == 404
        assert links.read(label).kind == "qr"
    with time_machine.travel(NOW + timedelta(days=LABEL_DAYS + 2), tick=False):
        with pytest.raises(NotFound):
            links.read(label)
        assert links.read(paper) == Linked("withdrawal", "WD-1")


def test_a_token_is_good_for_its_own_purpose_and_key_alone():
    tokens, links = Tokens(SECRET), Links(SECRET, "https://shop.example")
    session, label = tokens.session("abc"), links.token("label", "RT-7K3M9QX4")
    assert refusal(tokens.conversation_of, label) == 401
    assert refusal(Tokens(SECRET + "!").conversation_of, session) == 401
    tampered = [label[:i] + ("A" if label[i] != "A" else "B") + label[i + 1 :] for i in range(len(label))]
    forged = ["", ".", "..", "é" * 40, "\ud800", "eyJ.eyJ.eyJ", label[:-1], label + "A", label.swapcase()]
    for token in forged:
        assert refusal(tokens.conversation_of, token) == 401
    for token in [*forged, *tampered, session, Links(SECRET + "!", "").token("label", "RT-7K3M9QX4")]:
        with pytest.raises(NotFound):
            links.read(token)


def test_an_address_of_a_label_costs_little_of_a_text_message():
    assert len(Links(SECRET, "").url("label", "RT-7K3M9QX4")) <= 44


@pytest.mark.parametrize("secret", ["", "short"])
def test_without_a_secret_nothing_is_signed(secret):
    with pytest.raises(ConfigurationError, match="RETOUR_SECRET_KEY"):
        Tokens(secret)
    with pytest.raises(ConfigurationError, match="RETOUR_SECRET_KEY"):
        Links(secret, "").token("label", "RT-7K3M9QX4")


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
