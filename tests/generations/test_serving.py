"""Byte ranges as RFC 9110 §14 has them, and what every media answer says about itself."""

import contextlib

import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.models import ApiKey
from generations.models import ShareLink
from generations.serving import serve
from tests.cast import AURORA_HOST, build_upload, make_ready

pytestmark = pytest.mark.django_db

VIDEO = bytes(range(256)) * 4
SIZE = len(VIDEO)


@pytest.fixture
def generation(cast):
    return make_ready(cast.alice, video=VIDEO)


@pytest.fixture
def fetch():
    """fetch(headers…) → the answer to a request for a file of the storage, read to its end."""
    name = default_storage.save("t/1/g/video.mp4", ContentFile(VIDEO))

    def ask(method="get", **headers):
        request = getattr(RequestFactory(), method)("/", headers=headers)
        answer = serve(request, name, content_type="video/mp4", filename="video.mp4")
        with contextlib.closing(answer):
            return HttpResponse(b"".join(answer), status=answer.status_code, headers=answer.headers)

    return ask


def test_without_a_range_the_whole_file_comes(fetch):
    answer = fetch()
    assert answer.status_code == 200
    assert body(answer) == VIDEO
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-1", 0, 1),  # what Safari asks for first
        ("bytes=100-299", 100, 299),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=1000-", 1000, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        ("bytes=-100", SIZE - 100, SIZE - 1),
        ("bytes=-99999", 0, SIZE - 1),
        ("bytes=500-99999", 500, SIZE - 1),
        (f"bytes=0-{SIZE - 1}", 0, SIZE - 1),
        ("BYTES=3-4", 3, 4),
    ],
)
def test_one_range_is_answered_with_these_bytes(fetch, wanted, first, last):
    answer = fetch(range=wanted)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert body(answer) == VIDEO[first : last + 1]


@pytest.mark.parametrize(
    "wanted",
    [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=99999-", f"bytes={10**30}-"],
)
def test_a_range_beyond_the_end_is_told_how_long_the_file_is(fetch, wanted):
    answer = fetch(range=wanted)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert body(answer) == b""


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,5-6", "bytes=0-1, -1", "bytes=0-,0-,0-,0-", "items=0-1", "bytes=5-2", "bytes=a-b",
     "bytes=", "bytes", "bytes=-", "bytes=-0", "", "0-1", "bytes=--1", "bytes=0-1\0",
     "bytes=" + "9" * 9000],
)  # fmt: skip
def test_several_ranges_or_none_that_can_be_read_bring_the_whole_file(fetch, wanted):
    answer = fetch(range=wanted)
    assert answer.status_code == 200
    assert body(answer) == VIDEO


def test_if_range_with_the_same_version_brings_the_range(fetch):
    etag = fetch().headers["ETag"]
    answer = fetch(range="bytes=0-9", if_range=etag)
    assert answer.status_code == 206
    assert body(answer) == VIDEO[:10]


@pytest.mark.parametrize(
    "condition",
    ['"another version"', "W/{etag}", "Wed, 21 Oct 2026 07:28:00 GMT", "nonsense", "*", '""'],
)
def test_if_range_with_another_version_or_a_date_brings_the_whole_file(fetch, condition):
    etag = fetch().headers["ETag"]
    answer = fetch(range="bytes=0-9", if_range=condition.format(etag=etag))
    assert answer.status_code == 200
    assert body(answer) == VIDEO


def test_a_changed_file_cannot_be_mixed_with_the_old_one(cast, generation, visit):
    old = visit(cast.alice).get(f"/videos/{generation.pk}/video.mp4")
    etag = whole(old).headers["ETag"]
    other = make_ready(cast.alice, video=VIDEO[::-1])
    address = f"/videos/{other.pk}/video.mp4"
    answer = visit(cast.alice).get(address, headers={"range": "bytes=9-", "if-range": etag})
    assert answer.status_code == 200
    assert body(answer) == VIDEO[::-1]


def test_the_version_is_strong_quoted_and_stays(fetch):
    etags = {fetch().headers["ETag"], fetch(range="bytes=0-1").headers["ETag"]}
    [etag] = etags
    assert etag.startswith('"')
    assert etag.endswith('"')


@pytest.mark.parametrize("wanted", [None, "bytes=0-9", "bytes=99999-"])
def test_head_tells_of_the_whole_file_and_sends_nothing(fetch, wanted):
    # A range is defined for GET only (RFC 9110 §14.2).
    answer = fetch("head", **({"range": wanted} if wanted else {}))
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == fetch().headers["ETag"]
    assert body(answer) == b""


@pytest.mark.parametrize("method", ["post", "delete"])
def test_media_can_only_be_read(cast, generation, visit, method):
    answer = getattr(visit(cast.alice), method)(f"/videos/{generation.pk}/video.mp4")
    assert answer.status_code == 405


def test_no_browser_guesses_what_the_file_is(cast, generation, visit):
    code = ShareLink.objects.get(generation=generation).code
    upload = build_upload(cast.alice)
    for address, kind in [
        (f"/videos/{generation.pk}/video.mp4", "video/mp4"),
        (f"/videos/{generation.pk}/poster.jpg", "image/jpeg"),
        (f"/v/{code}/video.mp4", "video/mp4"),
        (f"/v/{code}/poster.jpg", "image/jpeg"),
        (f"/uploads/{upload.pk}/", "image/jpeg"),
    ]:
        answer = whole(visit(cast.alice).get(address))
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"].startswith("private")
        assert answer.headers["Content-Disposition"].startswith("inline")


def test_a_download_is_named_after_its_teams(cast, generation, visit):
    browser = visit(cast.alice)
    address = f"/videos/{generation.pk}/video.mp4"
    shown, saved = whole(browser.get(address)), whole(browser.get(address, {"download": 1}))
    assert shown.headers["Content-Disposition"] == 'inline; filename="Brazil v France.mp4"'
    assert saved.headers["Content-Disposition"] == 'attachment; filename="Brazil v France.mp4"'


@pytest.mark.parametrize(
    ("filename", "told"),
    [
        ("plain.mp4", 'attachment; filename="plain.mp4"'),
        ("Köln ⚽.mp4", "attachment; filename*=utf-8''K%C3%B6ln%20%E2%9A%BD.mp4"),
        ("مصر.mp4", "attachment; filename*=utf-8''%D9%85%D8%B5%D8%B1.mp4"),
        ('a"b.mp4', 'attachment; filename="a\\"b.mp4"'),
    ],
)
def test_a_name_in_any_script_reaches_the_browser(generation, filename, told):
    answer = serve(
        RequestFactory().head("/"),
        generation.video.name,
        content_type="video/mp4",
        filename=filename,
        as_attachment=True,
    )
    assert answer.headers["Content-Disposition"] == told


def test_a_name_cannot_smuggle_a_header(generation):
    answer = serve(
        RequestFactory().head("/"),
        generation.video.name,
        content_type="video/mp4",
        filename="a\r\nSet-Cookie: x=1.mp4",
    )
    assert "Set-Cookie" not in answer.headers
    assert "\n" not in answer.headers["Content-Disposition"]


def test_a_long_file_comes_in_pieces_and_whole(cast, visit):
    long = VIDEO * 700  # more than two chunks
    generation = make_ready(cast.alice, video=long)
    address = f"/videos/{generation.pk}/video.mp4"
    assert body(visit(cast.alice).get(address)) == long
    answer = visit(cast.alice).get(address, headers={"range": "bytes=1000-600000"})
    assert body(answer) == long[1000:600_001]


def test_a_video_on_s3_is_given_by_a_signed_address(s3_storage, cast, visit):
    generation = make_ready(cast.alice, video=VIDEO)
    code = ShareLink.objects.get(generation=generation).code
    for address in [f"/videos/{generation.pk}/video.mp4", f"/v/{code}/video.mp4"]:
        answer = visit(cast.alice).get(address)
        assert answer.status_code == 302
        assert "private" in answer.headers["Cache-Control"]
        signed = answer.headers["Location"]
        assert "X-Amz-Signature=" in signed
        assert "X-Amz-Expires=" in signed
        file = requests.get(signed, timeout=5)
        assert file.content == VIDEO
        assert file.headers["Content-Type"] == "video/mp4"
        assert file.headers["Content-Disposition"] == 'inline; filename="Brazil v France.mp4"'
        part = requests.get(signed, headers={"Range": "bytes=100-199"}, timeout=5)
        assert part.status_code == 206
        assert part.content == VIDEO[100:200]


def test_the_api_gives_a_video_on_s3_itself(s3_storage, cast):
    generation = make_ready(cast.alice, video=VIDEO)
    key = ApiKey.issue(user=cast.alice, name="test")[1]
    caller = Client(headers={"host": AURORA_HOST, "x-api-key": key})
    address = f"/api/v1/download/{generation.pk}"
    answer = caller.get(address)
    assert answer.status_code == 200
    assert body(answer) == VIDEO
    assert answer.headers["Content-Length"] == str(SIZE)
    part = caller.get(address, headers={"range": "bytes=-10"})
    assert part.status_code == 206
    assert body(part) == VIDEO[-10:]


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def whole(answer):
    """The answer, read to its end so that its file is closed."""
    body(answer)
    return answer
