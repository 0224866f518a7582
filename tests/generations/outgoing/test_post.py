"""The one guarded POST: what it sends, how it ends, what it never does."""

import contextlib
import datetime
import ipaddress
import itertools
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from generations.outgoing.post import Limits, NoAnswer, post
from tests.receiver import running_receiver

pytestmark = pytest.mark.django_db

# So short that a test sees them end; each is over long before HANGS.
SHORT = Limits(connect_seconds=0.5, read_seconds=0.5, total_seconds=1)
HANGS = 10
OK = b"HTTP/1.1 200 OK\r\n"


@contextlib.contextmanager
def raw_server(behave, *, wrap=None):
    """`behave(socket)` after each accept; yields its port and the bytes that each caller sent."""
    stopped = threading.Event()

    def serve(listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection):
        with contextlib.suppress(OSError), connection, (wrap or as_it_is)(connection) as talking:
            behave(talking, stopped)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)


def drip(data, *, every=0.05):
    """Sends byte after byte, for ever where `data` never ends."""

    def behave(connection, stopped):
        hear(connection)
        for byte in data:
            if stopped.wait(every):
                return
            connection.sendall(bytes([byte]))

    return behave


def flood(beginning, piece):
    def behave(connection, stopped):
        hear(connection)
        connection.sendall(beginning)
        while not stopped.is_set():
            connection.sendall(piece)

    return behave


def as_it_is(connection):
    return connection


def silent(connection, stopped):
    stopped.wait(HANGS * 3)


def deaf(connection, stopped):
    """Reads nothing either."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    stopped.wait(HANGS * 3)


def hear(connection):
    """All of the request: who closes with something unread breaks the connection off."""
    heard = b""
    while not heard.endswith(b"{}") and (piece := connection.recv(65536)):
        heard += piece


def say_at_once(connection, stopped):
    connection.sendall(b"no TLS here")
    stopped.wait(HANGS * 3)


def say(data):
    def behave(connection, stopped):
        hear(connection)
        connection.sendall(data)

    return behave


def trouble_of(port, *, body=b"{}", limits=SHORT):
    began = time.monotonic()
    with pytest.raises(NoAnswer) as failure:
        post(f"http://127.0.0.1:{port}/", body, {}, limits=limits)
    assert time.monotonic() - began < HANGS
    return failure.value.trouble


def test_it_sends_the_body_and_says_who_it_is_and_nothing_else(receiver):
    answer = post(receiver.url + "?a=%20b", b'{"a": 1}', {"Content-Type": "application/json"})
    assert (answer.status, answer.text) == (200, "thank you")
    [request] = receiver.received
    assert request.path == "/hook?a=%20b"
    assert request.body == b'{"a": 1}'
    assert request.headers == {
        "host": receiver.url.split("/")[2],
        "user-agent": "Portal-Webhooks/1.0",
        "content-type": "application/json",
        "content-length": "8",
        "accept-encoding": "identity",
        "connection": "close",
    }


def test_it_keeps_no_cookie(receiver):
    for _ in range(2):
        post(receiver.url, b"{}", {})
    assert all("cookie" not in request.headers for request in receiver.received)


def test_it_takes_no_proxy_from_the_environment(receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert post(receiver.url, b"{}", {}).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_follows_no_redirect(receiver, status):
    with running_receiver() as inside:
        receiver.answers, receiver.location = [status], inside.url
        assert post(receiver.url, b"{}", {}).status == status
        assert len(receiver.received) == 1
        assert inside.received == []


@pytest.mark.parametrize(
    ("behave", "trouble"),
    [
        (silent, "timeout"),
        (drip(itertools.repeat(ord("H"))), "timeout"),
        (drip(OK + b"Slow: " + b"a" * 10_000), "timeout"),
        (drip(itertools.cycle(b"HTTP/1.1 100 Continue\r\n\r\n")), "timeout"),
        (flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "no_http"),
        (flood(OK, b"Endless: " + b"a" * 1000 + b"\r\n"), "no_http"),
        (flood(OK, b"a" * 70_000), "no_http"),
        (say(b"SSH-2.0-OpenSSH_9.2\r\n"), "no_http"),
        (say(b"\x00" * 100), "no_http"),
        (say(b"HTTP/1.1 9999 What\r\n\r\n"), "no_http"),
        (say(b""), "no_http"),
    ],
)
def test_a_slow_an_endless_or_a_strange_answer_ends_in_time(private_allowed, behave, trouble):
    with raw_server(behave) as port:
        assert trouble_of(port) == trouble


def test_who_reads_nothing_ends_in_time(private_allowed):
    with raw_server(deaf) as port:
        assert trouble_of(port, body=b"a" * 20_000_000) == "timeout"


def test_who_is_not_there_is_no_answer(private_allowed):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert trouble_of(port) == "connection"


@pytest.mark.parametrize(
    "behave",
    [
        drip(OK + b"\r\n" + b"a" * 10_000, every=0.02),
        flood(OK + b"\r\n", b"a" * 10_000),
        flood(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\naaaaa\r\n"),
        flood(OK + b"Content-Length: 1000000000\r\n\r\n", b"a" * 10_000),
        say(OK + b"Content-Length: 1000\r\n\r\naaaaa"),
        say(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
)
def test_the_status_counts_whatever_the_body_does(private_allowed, behave):
    began = time.monotonic()
    with raw_server(behave) as port:
        answer = post(f"http://127.0.0.1:{port}/", b"{}", {}, limits=SHORT)
    assert answer.status == 200
    assert set(answer.text) <= {"a"}
    assert len(answer.text) <= 1024
    assert time.monotonic() - began < HANGS


def test_no_more_than_64_kb_are_read(private_allowed):
    sent = []

    def behave(connection, stopped):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        hear(connection)
        connection.sendall(OK + b"\r\n")
        with contextlib.suppress(OSError):
            while not stopped.is_set():
                sent.append(connection.send(b"a" * 1024))

    with raw_server(behave) as port:
        assert post(f"http://127.0.0.1:{port}/", b"{}", {}).status == 200
    # What the kernels hold in between is beyond our reach.
    assert sum(sent) < 10_000_000


def test_the_kept_beginning_holds_no_control_characters(receiver):
    receiver.text = "<b>\x00\x1b[31m\u202eé\nok".encode() + b"\xff" + b"a" * 2000
    text = post(receiver.url, b"{}", {}).text
    assert text.startswith("<b>\ufffd\ufffd[31m\ufffdé\nok\ufffdaaa")
    assert len(text) <= 1024


def test_a_look_up_that_hangs_ends_in_time(db):
    hang = threading.Event()
    began = time.monotonic()
    with pytest.raises(NoAnswer) as failure:
        post("https://hooks.example.com/", b"", {}, limits=SHORT, resolve=lambda *_: hang.wait(30))
    hang.set()
    assert failure.value.trouble == "timeout"
    assert time.monotonic() - began < HANGS


def test_an_unknown_name_and_an_inner_one_are_told_apart_for_nobody(db):
    troubles = set()
    for host in ["hooks.invalid", "hooks.example.com"]:
        with pytest.raises(NoAnswer) as failure:
            post(f"https://{host}/", b"", {}, resolve=resolve_like_the_inside)
        troubles.add(failure.value.trouble)
    assert troubles == {"address"}


def test_the_next_address_is_tried_where_one_does_not_take_it(receiver):
    port = receiver.url.split(":")[2].split("/")[0]
    url = f"http://receiver.example:{port}/hook"
    assert post(url, b"{}", {}, resolve=lambda *_: ["::1", "127.0.0.1"]).status == 200


def test_the_certificate_must_be_the_names_although_the_address_is_pinned(
    private_allowed, tmp_path
):
    trust, wrap, names = build_authority(tmp_path, "hooks.example.com")
    answer = say(OK + b"Content-Length: 2\r\n\r\nok")
    with raw_server(answer, wrap=wrap) as port:
        for host, expected in [("hooks.example.com", 200), ("other.example.com", "certificate")]:
            url = f"https://{host}:{port}/"
            assert outcome(url, trust=trust) == expected
        assert outcome(f"https://hooks.example.com:{port}/") == "certificate"  # unknown authority
    assert names[:2] == ["hooks.example.com", "other.example.com"]


def test_a_handshake_that_hangs_ends_in_time(private_allowed):
    began = time.monotonic()
    with raw_server(silent) as port:
        assert outcome(f"https://hooks.example.com:{port}/", limits=SHORT) == "timeout"
    with raw_server(say_at_once) as port:
        assert outcome(f"https://hooks.example.com:{port}/", limits=SHORT) == "connection"
    assert time.monotonic() - began < HANGS


def outcome(url, **options):
    try:
        return post(url, b"{}", {}, resolve=lambda *_: ["127.0.0.1"], **options).status
    except NoAnswer as failure:
        return failure.trouble


def resolve_like_the_inside(host, port):
    if host == "hooks.invalid":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return ["10.0.0.1"]


def build_authority(folder, name):
    """A client's trust, a server's wrapping of sockets, and the names that clients ask it for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    names = []
    server.sni_callback = lambda sock, asked, context: names.append(asked)
    trust = ssl.create_default_context(cafile=pem)
    return trust, lambda sock: server.wrap_socket(sock, server_side=True), names
