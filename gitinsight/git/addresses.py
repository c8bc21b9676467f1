"""Which network addresses a repository may be fetched from: those of the public internet only.

The tables follow IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates).
An IPv6 address that carries an IPv4 one is judged by the address it carries.
"""

from __future__ import annotations

import ipaddress

_IPV4_SPECIAL = tuple(
    (ipaddress.IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's customers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        # One cloud provider serves its machines' metadata and keys at this otherwise public address.
        ("168.63.129.16/32", "a metadata service"),
    )
)
_IPV6_SPECIAL = tuple(
    (ipaddress.IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "reserved for documentation"),
        ("3fff::/20", "reserved for documentation"),
    )
)
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def special_kind(text: str) -> str | None:
    """What keeps this numeric address from being public ("loopback", "private"), or None for a public one.

    A zone id (``fe80::1%eth0``) is left out of account. ValueError where the text is no address.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        carried = _carried(address)
        return _ipv6_kind(address) if carried is None else _ipv4_kind(carried)
    return _ipv4_kind(address)


def _ipv4_kind(address: ipaddress.IPv4Address) -> str | None:
    return next((kind for network, kind in _IPV4_SPECIAL if address in network), None)


def _ipv6_kind(address: ipaddress.IPv6Address) -> str | None:
    kind = next((kind for network, kind in _IPV6_SPECIAL if address in network), None)
    return kind or (None if address in _IPV6_PUBLIC else "reserved")


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv4-mapped (RFC 4291), 6to4 (RFC 3056) or NAT64 (RFC 6052) one."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
