import io
import subprocess
import sys

import pytest
from werkzeug.formparser import parse_form_data

from generations.lumiq.errors import LumiqSourceBroken
from generations.lumiq.multipart import BodyAborted, FilePart, MultipartBody


def file_part(content=b"abc", *, size=None, filename="photo.jpg"):
    size = len(content) if size is None else size
    return FilePart(filename, "image/jpeg", size, lambda: io.BytesIO(content))


def body_of(part=None, fields=(("team_left", "Brazil"),), before_last=lambda: None):
    return MultipartBody(
        fields=list(fields), files=[("photo", part or file_part())], before_last=before_last
    )


def read_until_aborted(body):
    read = []
    with pytest.raises(BodyAborted):
        read.extend(body)
    return b"".join(read)


def test_body_is_what_a_form_parser_understands():
    content = bytes(range(256)) * 1000
    body = body_of(
        file_part(content, filename='a "b"\r\nc.jpg'), [("team_left", "Côte – d'Ivoire")]
    )
    text = b"".join(body)
    _, form, files = parse_form_data(
        {
            "REQUEST_METHOD": "POST",
            "wsgi.input": io.BytesIO(text),
            "CONTENT_LENGTH": str(len(text)),
            "CONTENT_TYPE": body.content_type,
        }
    )
    assert form.to_dict() == {"team_left": "Côte – d'Ivoire"}
    assert files["photo"].read() == content
    assert files["photo"].content_type == "image/jpeg"
    assert "\r" not in files["photo"].filename
    files["photo"].close()


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 200_000])
def test_length_is_the_number_of_bytes_that_come(size):
    body = body_of(file_part(b"x" * size))
    announced = len(body)
    assert announced == len(b"".join(body))


def test_reads_are_never_longer_than_asked_or_than_a_block():
    body = body_of(file_part(b"x" * 300_000))
    assert {len(block) > 1000 for block in iter(lambda: body.read(1000), b"")} == {False}
    body = body_of(file_part(b"x" * 300_000))
    assert max(len(block) for block in iter(lambda: body.read(10**9), b"")) == 65536


def test_before_last_runs_once_and_just_before_the_closing_boundary():
    calls = []
    body = body_of(before_last=lambda: calls.append(1))
    blocks = []
    while True:
        calls_before = len(calls)
        block = body.read(10**9)
        if not block:
            break
        blocks.append((block, calls_before, len(calls), body.tail_released))
    assert all(
        (before, after, released) == (0, 0, False) for _, before, after, released in blocks[:-1]
    )
    tail, *rest = blocks[-1]
    assert tail.startswith(b"--")
    assert tail.endswith(b"--\r\n")
    assert rest == [0, 1, True]
    assert calls == [1]


def test_failure_of_before_last_withholds_the_tail_for_good():
    failure = ConnectionResetError("the database is gone")

    def before_last():
        raise failure

    body = body_of(before_last=before_last)
    announced = len(body)
    read = read_until_aborted(body)
    assert announced - len(read) == len(body._tail)
    assert body.failure is failure
    assert not body.tail_released
    with pytest.raises(BodyAborted):
        body.read()


@pytest.mark.parametrize(
    ("size", "text"), [(4, "ended 1 bytes before"), (2, "longer than its stated 2")]
)
def test_file_of_another_size_stops_the_body_before_its_tail(size, text):
    calls = []
    body = body_of(file_part(b"abc", size=size), before_last=lambda: calls.append(1))
    read = read_until_aborted(body)
    assert len(read) < len(body)
    assert isinstance(body.failure, LumiqSourceBroken)
    assert text in str(body.failure)
    assert calls == []


def test_file_that_cannot_be_opened_stops_the_body():
    def refuse():
        raise PermissionError("no")

    body = body_of(FilePart("photo.jpg", "image/jpeg", 3, refuse))
    read_until_aborted(body)
    assert isinstance(body.failure, LumiqSourceBroken)
    assert isinstance(body.failure.__cause__, PermissionError)
    assert body.failure.field == "photo"


def test_close_lets_go_of_the_open_file():
    source = io.BytesIO(b"x" * 200_000)
    body = body_of(FilePart("photo.jpg", "image/jpeg", 200_000, lambda: source))
    body.read()
    body.read()
    body.read()
    body.read()
    assert not source.closed
    body.close()
    assert source.closed


def test_content_type_cannot_smuggle_a_header():
    with pytest.raises(ValueError, match="content type"):
        FilePart("a.jpg", "image/jpeg\r\nX-Evil: 1", 0, io.BytesIO)


UPLOAD_OF_100_MB = """
import resource, socket, threading
from generations.lumiq.client import FilePart, LumiqClient
from generations.lumiq.errors import LumiqUnclear

SIZE = 100 * 1024 * 1024
listener = socket.create_server(("127.0.0.1", 0))

def swallow():
    connection = listener.accept()[0]
    while not connection.recv(65536).endswith(b"--\\r\\n"):
        pass
    connection.close()

threading.Thread(target=swallow, daemon=True).start()

class Zeros:
    def __init__(self): self.left = SIZE
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def read(self, size):
        size = min(size, self.left); self.left -= size; return bytes(size)

part = FilePart("clip.mp4", "video/mp4", SIZE, Zeros)
base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
client = LumiqClient(base_url=base_url, api_key="lmq_x")
small = FilePart("photo.jpg", "image/jpeg", 0, lambda: open("/dev/null", "rb"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    client.submit_avatar(clip=part, photo=small, duration_seconds=10, ratio="1:1", voice_id=None,
                         webhook_url="http://x/", before_last=lambda: None)
except LumiqUnclear:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_upload_of_100_mb_stays_in_a_few_megabytes():
    result = subprocess.run(
        [sys.executable, "-c", UPLOAD_OF_100_MB],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    grown_kilobytes = int(result.stdout)
    assert grown_kilobytes < 20 * 1024
