"""Which network addresses media may come from. Pure: nothing here resolves a name or connects."""

import ipaddress
from collections.abc import Callable, Sequence
from itertools import zip_longest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddressRule = Callable[[Address], bool]

# The special-purpose registries of IANA. Not `is_global`: what that says depends on the version of Python, and it calls
# multicast, ::127.0.0.1 and the NAT64 form of 127.0.0.1 global.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)


_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_TUNNELS = tuple(map(ipaddress.IPv6Network, ("2001::/32", "2002::/16", "64:ff9b:1::/48")))
"""Teredo, 6to4 and NAT64 of one's own network: what such an address leads to cannot be told by looking at it."""
_OF_CLOUDS = frozenset(
    ipaddress.ip_address(address)
    for address in (
        *("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"),  # most; Azure; Alibaba; Oracle
        *("fd00:ec2::254", "fd00:c1::a9fe:a9fe", "fd20:ce::254"),  # AWS, Oracle, Google by IPv6
    )
)
"""Where clouds tell a machine its own secrets. Not all of it is link-local, and one even looks public."""


def is_public(address: Address) -> bool:
    """Whether `address` belongs to the public internet; for a form that wraps an IPv4 address, whether that does."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = _wrapped_v4(address)
        if wrapped is not None:
            return is_public(wrapped)
        if address not in _GLOBAL_V6:
            return False
    return address not in _OF_CLOUDS and not any(address in network for network in _NOT_PUBLIC)


def is_unicast(address: Address) -> bool:
    """Whether `address` is that of one host: public, private or loopback.

    Not link-local, nor what clouds have elsewhere: the services that hand out a machine's secrets live there.
    """
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = _wrapped_v4(address)
        if wrapped is not None:
            return is_unicast(wrapped)
        if any(address in network for network in _TUNNELS) or (address in _V4_COMPATIBLE and not address.is_loopback):
            return False
    reserved = address.version == 4 and address.is_reserved
    special = address.is_link_local or address.is_multicast or address.is_unspecified or reserved
    return not special and address not in _OF_CLOUDS


def beside_public(networks: Sequence[Network]) -> AddressRule:
    """The rule that public addresses are allowed, and of hosts in `networks`."""

    def is_allowed(address: Address) -> bool:
        inner = (isinstance(address, ipaddress.IPv6Address) and _wrapped_v4(address)) or address
        return is_public(address) or (is_unicast(address) and any(inner in network for network in networks))

    return is_allowed


def _wrapped_v4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address that an IPv4-mapped or NAT64 address leads to. 6to4 and Teredo are dead, and refused as such."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def alternating(addresses: Sequence[Address]) -> list[Address]:
    """The system's own order, but with the families taking turns.

    Many hosts have eight IPv6 addresses, and many servers have no IPv6.
    """
    first = [address for address in addresses if address.version == addresses[0].version]
    other = [address for address in addresses if address.version != addresses[0].version]
    return [address for pair in zip_longest(first, other) for address in pair if address]
