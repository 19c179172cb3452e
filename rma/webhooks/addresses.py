"""Where a webhook may go. Whoever names an endpoint must not reach, through us, what only we can reach (SSRF): the address that a
name has is looked at, and the connection then made to that very address."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_COMPATIBLE = ip_network("::/96")


class Forbidden(Exception):
    """All its addresses are ours alone, or nobody's."""


def allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Whether the shop said that hooks may go there, although it is private."""
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in networks)


def public(address: Address) -> bool:
    """Whether it is of the public internet, also where an IPv6 address has an IPv4 one in it."""
    if isinstance(address, IPv6Address):
        inner: list[IPv4Address] = [known for known in (address.ipv4_mapped, address.sixtofour) if known]
        inner += address.teredo or ()
        if address in _COMPATIBLE or any(address in network for network in _NAT64):
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        if inner:
            return all(public(each) for each in inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def resolve(host: str, port: int, networks: Sequence[Network], private_only: bool) -> list[Address]:
    """The addresses of `host` that a hook may go to, in the order of preference. `private_only`: those that the shop allowed
    alone, as for plain HTTP. Raises Forbidden, and OSError where the name has none."""
    found = [ip_address(entry[4][0].partition("%")[0]) for entry in _looked_up(host, port)]
    usable = [each for each in dict.fromkeys(found) if allowed(each, networks) or (public(each) and not private_only)]
    if not usable:
        raise Forbidden
    return usable


def _looked_up(host: str, port: int) -> list[tuple[object, object, object, object, tuple[str, ...]]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # type: ignore[return-value]
