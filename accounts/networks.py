"""Which addresses a key may be used from. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network


class NotANetwork(ValueError):
    """`text` names no network. `meant` are the networks that it may stand for."""

    def __init__(self, text: str, meant: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.meant = tuple(meant)


def normalise_network(text: str) -> str:
    """`203.0.113.7` → `203.0.113.7/32`. Raises NotANetwork.

    An address within a network (`10.0.0.5/8`) is refused: as a network it would let in 16 million
    addresses where somebody perhaps meant one.
    """
    try:
        interface = ip_interface(text)
    except ValueError:
        raise NotANetwork(text) from None
    if "%" in text:  # a zone is a name of one machine's own
        raise NotANetwork(text)
    if interface.ip != interface.network.network_address:
        raise NotANetwork(text, meant=(str(interface.network), str(interface.ip)))
    return str(interface.network)


def shorten_network(network: str) -> str:
    """A network of one address as that address."""
    whole = ip_network(network)
    return str(whole.network_address) if whole.num_addresses == 1 else network


def is_within(address: str, networks: Sequence[str]) -> bool:
    """False for what is no address, such as the empty one of a client behind a Unix socket."""
    try:
        client = _unmapped(ip_address(address))
    except ValueError:
        return False
    return any(client in ip_network(network) for network in networks)


def block_of(address: str) -> str:
    """What one client may take addresses from: with IPv6 that is a network of 64 bits. "" for what
    is no address."""
    try:
        client = _unmapped(ip_address(address))
    except ValueError:
        return ""
    return str(client) if client.version == 4 else str(ip_network((client, 64), strict=False))


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """A server that listens on both kinds shows IPv4 clients as `::ffff:203.0.113.7`."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
