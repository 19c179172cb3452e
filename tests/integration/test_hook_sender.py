"""Where webhooks are sent to: certificates are verified, addresses inside are not reached."""

import ssl
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rma.bootstrap import utc_now
from rma.webhooks.http import HttpHookSender
from tests.fixtures.hook_receiver import LOOPBACK, receiving


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for `name` that nobody but its holder vouches for, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, private = folder / f"{name}.pem", folder / f"{name}.key"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, private)
    return path, context


async def test_certificates_are_verified_against_the_name(tmp_path: Path) -> None:
    loopback = [ip_network(LOOPBACK), ip_network("::1/128")]
    right, tls = certificate(tmp_path, "localhost")
    other, _ = certificate(tmp_path, "elsewhere.example")
    headers = {"webhook-id": "evt_1"}
    async with receiving(tls) as receiver:
        for authorities, why in ((right, None), (other, "certificate"), (None, "certificate")):
            sender = HttpHookSender(loopback, authorities, longest=5)
            outcome = await sender.post(receiver.url, headers, b"{}")
            assert outcome.taken is (why is None) and (why or "") in (outcome.why or ""), outcome
            await sender.close()
        sender = HttpHookSender(loopback, right, longest=5)
        outcome = await sender.post(receiver.url.replace("localhost", "127.0.0.1"), headers, b"{}")
        assert not outcome.taken and outcome.code == "tls"
        await sender.close()
    assert receiver.asked == ["evt_1"] and receiver.headers[0]["Host"] == receiver.base.removeprefix("https://")


async def test_private_addresses_are_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[Any] = []

    def refused(address: Any, **_: Any) -> None:
        reached.append(address)
        raise OSError

    monkeypatch.setattr("socket.create_connection", refused)
    names = {
        "inner.example": ["10.0.0.5"], "loop.example": ["127.0.0.1"], "meta.example": ["169.254.169.254"],
        "mapped.example": ["::ffff:192.168.1.1"], "nat64.example": ["64:ff9b::a00:1"], "sixtofour.example": ["2002:7f00:1::"],
        "local.example": ["fe80::1%eth0"], "unique.example": ["fd00::1"], "zero.example": ["0.0.0.0"],
        "many.example": ["224.0.0.1"], "both.example": ["10.0.0.1", "93.184.216.34"],
    }  # fmt: skip
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda host, port, **_: [(2, 1, 6, "", (each, port)) for each in names.get(host, [host])],
    )
    sender = HttpHookSender(longest=5)
    for name in (*names, "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"):
        if name != "both.example":
            outcome = await sender.post(f"https://{name}/", {}, b"{}")
            assert outcome.code == "forbidden", (name, outcome)
    assert not reached
    # One public address among them is the only one that is tried; without TLS none is.
    assert (await sender.post("https://both.example/", {}, b"{}")).code == "connection"
    assert reached == [("93.184.216.34", 443)]
    assert (await sender.post("http://both.example/", {}, b"{}")).code == "forbidden"
    allowed = HttpHookSender([ip_network("10.0.0.0/8")], longest=5)
    assert (await allowed.post("http://both.example:8080/", {}, b"{}")).code == "connection"
    assert reached[1:] == [("10.0.0.1", 8080)]
    await sender.close()
    await allowed.close()
