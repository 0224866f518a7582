"""Which addresses a user may make us call."""

import contextlib
import socket
import threading

import pytest

from generations.outgoing.addresses import RefusedAddress, is_public, validate_url
from generations.outgoing.post import NoAnswer, post
from tests.fixtures.network import NetworkForbidden

pytestmark = pytest.mark.django_db

# Whatever any of these would lead to: a listener of the test stands at PORT on this machine.
REFUSED = """
http://hooks.example.com/
ftp://hooks.example.com/
file:///etc/passwd
gopher://hooks.example.com/_POST
javascript:alert(1)
//hooks.example.com/
hooks.example.com
https://
https:///hook
https://:443/
https://hooks.example.com:PORT/
https://hooks.example.com:80/
https://hooks.example.com:22/
https://hooks.example.com:0/
https://hooks.example.com:99999/
https://hooks.example.com:x/
https://user@hooks.example.com/
https://user:password@hooks.example.com/
https://hooks.example.com@127.0.0.1/
https://127.0.0.1:443@hooks.example.com/
https://hooks.example.com\\@127.0.0.1/
https://127.0.0.1/
https://127.0.0.1:PORT/
http://127.0.0.1:PORT/
https://127.1/
https://127.0.1/
https://2130706433/
https://0x7f000001/
https://0x7f.0.0.1/
https://0x7f.1/
https://017700000001/
https://0177.0.0.1/
https://127.0.0.1./
https://0/
https://0.0.0.0/
https://10.0.0.1/
https://172.16.0.1/
https://192.168.1.1/
https://169.254.169.254/latest/meta-data/
https://100.64.0.1/
https://8.8.8.8/
https://[::1]/
https://[::1]:PORT/
https://[::]/
https://[::ffff:127.0.0.1]/
https://[::ffff:7f00:1]/
https://[::127.0.0.1]/
https://[::ffff:0:127.0.0.1]/
https://[64:ff9b::7f00:1]/
https://[2002:7f00:1::]/
https://[fe80::1%25lo]/
https://[fe80::1%lo]/
https://[fec0::1]/
https://[fd00::1]/
https://[2606:4700::1111]/
https://[::1/
https://①②⑦.⓪.⓪.①/
https://１２７.０.０.１/
https://127。0。0。1/
https://localhost/
https://LOCALHOST/
https://localhost./
https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/
https://receiver.localhost/
https://redis/
https://redis:PORT/
https://printer.local/
https://metadata.google.internal/
https://router.home.arpa/
https://aurora.localhost/hook
https://platform.localhost/admin/
https://hooks..example.com/
https://.example.com/
https://-hooks.example.com/
https://hooks_inner.example.com/
https://xn--/
https://hooks.example.com/a b
https://hooks.example.com/\x00
https://hooks.example.com/\r\nHost: localhost
https://hooks.exam\tple.com/
""".strip().split("\n")
REFUSED += ["", " https://hooks.example.com/", "https://hooks.example.com/" + "a" * 500]

NAMES_THAT_LEAD_INSIDE = [
    "0.0.0.0",  # noqa: S104
    "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254",
    "172.31.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "224.0.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%lo",
    "fec0::1", "ff02::1", "ff0e::1", "not an address",
]  # fmt: skip


@pytest.fixture
def private_listener():
    """Counts who comes; nobody may."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def count():
            with contextlib.suppress(OSError):
                while True:
                    came.append(listener.accept())

        threading.Thread(target=count, daemon=True).start()
        yield listener.getsockname()[1], came
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    for connection, _ in came:
        connection.close()


def to_loopback(host, port):
    return ["127.0.0.1"]


def test_there_are_enough_of_them():
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("url", REFUSED)
def test_a_bad_address_is_refused_and_never_called(db, private_listener, url):
    port, came = private_listener
    url = url.replace("PORT", str(port))
    with pytest.raises(RefusedAddress) as refusal:
        validate_url(url)
    assert refusal.value.message
    with pytest.raises(NoAnswer):
        post(url, b"{}", {}, resolve=to_loopback)
    assert came == []


@pytest.mark.parametrize("address", NAMES_THAT_LEAD_INSIDE)
def test_a_name_that_leads_inside_is_never_called(db, private_listener, address):
    _, came = private_listener
    assert not is_public(address)
    for found in ([address], ["93.184.215.14", address]):
        with pytest.raises(NoAnswer) as failure:
            post("https://hooks.example.com/", b"{}", {}, resolve=lambda *_, found=found: found)
        assert failure.value.trouble == "address"
    assert came == []


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111"])
def test_a_public_address_is_one(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("HTTPS://Hooks.Example.COM:443/Path?a=1#part", "https://hooks.example.com/Path?a=1"),
        ("https://hooks.example.com.:8443/", "https://hooks.example.com:8443/"),
        ("https://bücher.example/ä?ö=ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("https://hooks.example.com/%20?q=%3D&u=https://a", None),
        ("https://a-b.example.co.uk/hook;v=1", None),
        ("https://hooks.slack.example/services/T0/B0/x", None),
    ],
)  # fmt: skip
def test_a_good_address_is_taken_in_the_form_that_is_called(db, written, called):
    assert validate_url(written) == (called or written)
    assert validate_url(validate_url(written)) == validate_url(written)


def test_the_portals_own_hosts_are_refused(cast, settings):
    settings.PORTAL_BASE_DOMAIN = "portal.example"
    settings.PORTAL_CALLBACK_BASE_URL = "https://callbacks.example"
    cast.aurora.hostnames.update(host="videos.aurora.example")
    for host in ["portal.example", "any.portal.example", "callbacks.example",
                 "videos.aurora.example", "VIDEOS.aurora.example."]:  # fmt: skip
        with pytest.raises(RefusedAddress, match="portal itself"):
            validate_url(f"https://{host}/hook")
    assert validate_url("https://aurora.example/hook")


def test_private_addresses_are_for_development_only(cast, private_allowed):
    for url in ["http://127.0.0.1:5000/hook", "http://[::1]:5000/hook", "http://receiver:8080/"]:
        assert validate_url(url) == url
    for url in ["http://127.1:5000/", "http://aurora.localhost/hook", "ftp://127.0.0.1/"]:
        with pytest.raises(RefusedAddress):
            validate_url(url)


def test_a_rebinding_resolver_is_asked_once_and_its_second_answer_never_used(db, private_listener):
    _, came = private_listener
    answers = [["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]]
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return answers[len(asked) - 1]

    with pytest.raises(NetworkForbidden, match=r"93\.184\.215\.14"):
        post("https://hooks.example.com/", b"{}", {}, resolve=rebinding)
    assert asked == ["hooks.example.com"]
    with pytest.raises(NoAnswer):  # the next delivery asks again, and judges again
        post("https://hooks.example.com/", b"{}", {}, resolve=rebinding)
    assert asked == ["hooks.example.com"] * 2
    assert came == []


def test_who_answers_must_be_who_was_judged(db, private_allowed):
    """A resolver's answer that the kernel takes for another address than it was judged as."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        url = f"http://receiver.example:{listener.getsockname()[1]}/"
        with pytest.raises(NoAnswer) as failure:
            post(url, b"{}", {}, resolve=lambda *_: ["0:0:0:0:0:0:0:1"])
    assert failure.value.trouble == "address"
