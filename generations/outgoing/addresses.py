"""Which addresses a user may make us call: judges a URL, and the addresses that its name leads to.

Nothing is resolved and nobody is called here; that is generations.outgoing.post. Whatever calls an
address that a user has written goes through both.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Hostname

MOST_CHARACTERS = 500
PORTS = (443, 8443)
# Names that never lead to a public host, whatever a resolver here would say.
INNER_NAMES = ("localhost", "local", "internal", "home.arpa", "onion")

# What `is_global` of some Python releases lets pass, or what leads on to another address inside.
DENIED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
        "2001::/32", "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

_SAFE = "/%:@!$&'()*+,;=~-._"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
# "127.1", "0x7f.1" and "2130706433" are addresses to many a resolver: a last label like a number.
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")


class RefusedAddress(Exception):
    """`message` tells the user what is wrong with it and what to write instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Target:
    """A judged address. `path` holds the query as well."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def validate_url(url: str) -> str:
    """The URL in the form that is called. Raises RefusedAddress.

    Cheap, for orders and forms: what its name leads to is judged at each send, since it may change.
    """
    return parse(url).url


def parse(url: str) -> Target:
    """Raises RefusedAddress."""
    if not url or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url) or "\\" in url:
        raise RefusedAddress(_("Write a web address without spaces, like https://example.com/hook"))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise RefusedAddress(_("This is no web address. It begins with https://")) from None
    _check_scheme(parts.scheme)
    if "@" in parts.netloc:
        raise RefusedAddress(_("Leave user name and password out: deliveries are signed instead."))
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    _check_port(port)
    path = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        path += "?" + quote(parts.query, safe=_SAFE + "?")
    target = Target(parts.scheme, _check_host(host), port, path)
    if len(target.url) > MOST_CHARACTERS:
        raise RefusedAddress(
            _("The address may have %(most)d characters at most.") % {"most": MOST_CHARACTERS}
        )
    return target


def is_allowed(address: str) -> bool:
    """Whether this IP address may be called, as a resolver or a socket tells it."""
    return settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS or is_public(address)


def is_public(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip.scope_id or ip not in _GLOBAL_UNICAST):
        return False
    return ip.is_global and not any(ip in network for network in DENIED_NETWORKS)


def host_of(url: str) -> str:
    """For grouping only; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "")[:253]
    except ValueError:
        return ""


def _check_scheme(scheme: str) -> None:
    if scheme == "https" or (scheme == "http" and settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS):
        return
    raise RefusedAddress(_("The address must begin with https://"))


def _check_port(port: int) -> None:
    if port in PORTS or (port > 0 and settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS):
        return
    raise RefusedAddress(_("Only the ports 443 and 8443 are called."))


def _check_host(host: str) -> str:
    host = _normalise(host)
    if ":" in host or _NUMBER.match(host.rpartition(".")[2]):
        if settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS and _is_plain_address(host):
            return host
        raise RefusedAddress(_("Write the name of your server, not its IP address."))
    if not _NAME.match(host):
        raise RefusedAddress(_("This is no name of a server."))
    if _is_our_own(host):
        raise RefusedAddress(_("This is an address of the portal itself. Write your own server's."))
    if not settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS and _is_inner(host):
        raise RefusedAddress(_("This name cannot be reached from the internet."))
    return host


def _normalise(host: str) -> str:
    """Lower case, without a final dot, and as it is looked up: letters beyond ASCII by IDNA."""
    host = host.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode()
        except idna.IDNAError:
            raise RefusedAddress(_("This is no name of a server.")) from None
    return host.removesuffix(".")


def _is_plain_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_inner(host: str) -> bool:
    return "." not in host or any(host == name or host.endswith(f".{name}") for name in INNER_NAMES)


def _is_our_own(host: str) -> bool:
    base = settings.PORTAL_BASE_DOMAIN
    if base != "localhost" and (host == base or host.endswith(f".{base}")):
        return True
    ours = (settings.PORTAL_PLATFORM_HOST, host_of(settings.PORTAL_CALLBACK_BASE_URL))
    return host in ours or Hostname.objects.filter(host=host).exists()
