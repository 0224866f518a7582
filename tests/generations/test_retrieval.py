"""What becomes of a finished video on its way from LUMIQ into the storage."""

import hashlib
from datetime import timedelta
from pathlib import Path

import av
import pytest
from django.core.files.storage import storages
from django.utils import timezone

from accounts import ledger
from generations import ai_label, beat, copying, keys, retrieval, submissions, videos
from generations.audit import audit_all
from generations.lumiq.contract import Submitted
from generations.models import Alert, AlertKind, Callback, Generation, SubmitAttempt
from generations.states import Status
from tests.cast import SANDBOX_KEY, SUPPLY, queue_video
from tests.clips import build_clip_bytes
from tests.fixtures.site import free_port, wait_until
from tests.fixtures.storage import use_storage
from tests.generations.lumiq.raw_server import raw_server
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

FASTSTART = {"movflags": "+faststart"}
MP4 = "Content-Type: video/mp4\r\n"
TASK = "a1b2c3d4"


@pytest.fixture
def generation(cast, redis, settings):
    """Ordered and taken by LUMIQ, which has called back that it is completed."""
    settings.LUMIQ_REQUESTS_PER_MINUTE = 1000
    generation = queue_video(cast.alice)
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    submissions.mark_submitted(
        submission.attempt, Submitted(TASK, "processing", 90, SUPPLY, "", "")
    )
    Callback.objects.create(
        attempt=submission.attempt, body_hash="0" * 64, task_id=TASK, status="completed"
    )
    return generation


@pytest.fixture
def download(settings):
    """download(generation, script) → its row, after one try at a LUMIQ that answers as `script`."""

    def try_once(generation, script):
        with raw_server(script) as server:
            settings.LUMIQ_BASE_URL = server.base_url
            retrieval.follow_up(generation.pk)
        generation.refresh_from_db()
        return generation

    return try_once


@pytest.fixture(scope="module")
def faststart(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return build_clip_bytes(folder, seconds=10, with_sound=True, options=FASTSTART)


@pytest.fixture(scope="module")
def index_last(tmp_path_factory):
    tags = {"title": "Brazil v France", "comment": "made by AI"}
    folder = tmp_path_factory.mktemp("clips")
    return build_clip_bytes(folder, seconds=10, with_sound=True, metadata=tags)


# What is whole, is stored.


def test_a_file_is_stored_with_all_its_packets_and_says_how_it_was_made(
    generation, download, faststart, tmp_path
):
    assert download(generation, _sending(faststart)).status == Status.READY
    stored = _stored(generation)
    assert _packets(stored, tmp_path) == _packets(faststart, tmp_path)
    assert stored.index(b"moov") < stored.index(b"mdat")
    assert _tags(stored, tmp_path)["comment"].startswith("Made with AI")
    assert _is_labelled_for_machines(stored)
    assert generation.video_sha256 == hashlib.sha256(stored).hexdigest()
    assert generation.video_bytes == len(stored)
    assert (generation.video_width, generation.video_height) == (160, 120)
    assert ledger.spent_by(generation.user) == 90


def test_a_file_with_its_index_last_is_remuxed(generation, download, index_last, tmp_path):
    assert download(generation, _sending(index_last)).status == Status.READY
    stored = _stored(generation)
    assert stored != index_last
    assert stored.index(b"moov") < stored.index(b"mdat") < len(stored)
    assert generation.video_sha256 == hashlib.sha256(stored).hexdigest()
    assert generation.video_bytes == len(stored)
    assert _packets(stored, tmp_path) == _packets(index_last, tmp_path)
    assert _tags(stored, tmp_path)["title"] == "Brazil v France"
    assert _tags(stored, tmp_path)["comment"] == "made by AI"
    assert _tags(stored, tmp_path)["description"].startswith("Made with AI")
    assert _is_labelled_for_machines(stored)


def test_tags_that_mp4_has_no_place_for_outlive_the_remux(generation, download, tmp_path):
    options = {"movflags": "use_metadata_tags"}
    data = build_clip_bytes(tmp_path, seconds=10, metadata={"model": "lumiq-3"}, options=options)
    assert download(generation, _sending(data)).status == Status.READY
    stored = _stored(generation)
    assert stored.index(b"moov") < stored.index(b"mdat")
    assert _tags(stored, tmp_path)["model"] == "lumiq-3"


def test_a_file_that_cannot_be_copied_equally_is_kept_as_it_came(
    generation, download, tmp_path, caplog
):
    """The track of a time code is none that can be added to a copy."""
    data = _build_with_timecode(tmp_path)
    assert download(generation, _sending(data)).status == Status.READY
    stored = _stored(generation)
    assert stored.startswith(data)
    assert _is_labelled_for_machines(stored[len(data) :])
    assert "is kept as it came" in caplog.text


def test_a_length_that_is_not_told_does_no_harm_to_a_whole_file(
    generation, download, faststart, tmp_path
):
    assert download(generation, _sending_until_the_end(faststart)).status == Status.READY
    assert _packets(_stored(generation), tmp_path) == _packets(faststart, tmp_path)


def test_a_file_without_a_proper_type_is_taken(generation, download, faststart):
    headers = "Content-Type: Application/Octet-Stream; charset=binary\r\n"
    assert download(generation, _sending(faststart, headers)).status == Status.READY


def test_a_video_of_the_sandbox_is_stored_ready_to_play(cast, redis, settings, tmp_path):
    with _sandbox(tmp_path) as server:
        settings.LUMIQ_BASE_URL = server.base_url
        generation = queue_video(cast.alice)
        wait_until(lambda: _pass(generation) == Status.READY, "it is not ready")
        generation.refresh_from_db()
    stored = _stored(generation)
    assert stored.index(b"moov") < stored.index(b"mdat")
    assert generation.video_sha256 == hashlib.sha256(stored).hexdigest()
    (original,) = (tmp_path / "sandbox" / "videos").glob("*.mp4")
    assert _packets(stored, tmp_path) == _packets(original.read_bytes(), tmp_path)


# What is not, is fetched again, and nothing is charged.


@pytest.mark.parametrize("lost", [1, 100, 5000])
def test_a_file_that_ends_before_its_length_is_fetched_again(generation, download, faststart, lost):
    cut = faststart[:-lost]
    assert _tries_again(download(generation, _sending(cut, length=len(faststart))))
    assert generation.misses == 0
    assert download(_due(generation), _sending(faststart)).status == Status.READY


@pytest.mark.parametrize("lost", [1, 100, 5000])
def test_a_file_without_length_that_is_cut_off_is_fetched_again(
    generation, download, faststart, lost
):
    assert _tries_again(download(generation, _sending_until_the_end(faststart[:-lost])))
    assert generation.misses == 0
    assert download(_due(generation), _sending(faststart)).status == Status.READY


def test_a_chunked_file_that_is_cut_off_is_fetched_again(generation, download, faststart):
    def script(visit):
        visit.receive_head()
        visit.send(f"HTTP/1.1 200 X\r\n{MP4}Transfer-Encoding: chunked\r\n\r\n")
        visit.connection.sendall(b"%x\r\n" % len(faststart) + faststart[:-10])

    assert _tries_again(download(generation, script))


def test_a_page_instead_of_a_file_is_no_answer_about_the_video(generation, download, settings):
    page = b"<html>We are back soon</html>"
    download(generation, _sending(page, "Content-Type: text/html\r\n"))
    assert _tries_again(generation, status=Status.PROCESSING)
    assert (generation.checks, generation.misses) == (1, 0)


def test_a_whole_file_that_is_no_video_is_given_up_at_last(generation, download):
    for number in range(retrieval.UNUSABLE_LIMIT):
        assert generation.status != Status.FAILED, number
        download(_due(generation), _sending(b"no video at all" * 100))
    assert (generation.status, generation.reason) == (Status.FAILED, "file_lost")
    assert ledger.balance_of(generation.user) == ledger.Balance(available=90, held=0)
    assert ledger.total_of("upstream_suspense") == 90
    assert audit_all().problems == []


def test_a_video_of_another_length_is_not_delivered(generation, download, tmp_path):
    data = build_clip_bytes(tmp_path, seconds=8, options=FASTSTART)
    assert _tries_again(download(generation, _sending(data)))
    assert generation.misses == 1


def test_a_redirect_is_not_followed_and_the_operator_is_told(generation, download):
    with raw_server(_sending(b"")) as elsewhere:
        target = elsewhere.base_url

        def script(visit):
            visit.receive_head()
            visit.answer(302, "", f"Location: {target}/download/{TASK}\r\n")

        download(generation, script)
        assert elsewhere.visits == []
    assert _tries_again(generation, status=Status.PROCESSING)
    assert "redirects" in Alert.objects.get(kind=AlertKind.FILE_LATE).text


def test_the_address_in_a_callback_is_never_asked(client, cast, redis, settings, faststart):
    """Its `video_url` is anybody's word; the address of a download is made here."""
    generation = queue_video(cast.alice)
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    submissions.mark_submitted(
        submission.attempt, Submitted(TASK, "processing", 90, SUPPLY, "", "")
    )
    with raw_server(_sending(faststart)) as elsewhere, raw_server(_sending(faststart)) as server:
        settings.LUMIQ_BASE_URL = server.base_url
        told = {
            "task_id": TASK,
            "status": "completed",
            "video_url": f"{elsewhere.base_url}/download/{TASK}",
            "timestamp": "2026-06-14T10:38:22.123456",
        }
        url = f"/hooks/lumiq/{submission.callback_token}/"
        assert client.post(url, told, content_type="application/json").status_code == 200
        retrieval.follow_up(generation.pk)
        assert elsewhere.visits == []
        (visit,) = server.visits
    assert visit.received.startswith(f"GET /api/v1/download/{TASK} ".encode())
    generation.refresh_from_db()
    assert generation.status == Status.READY


def test_a_file_that_vanishes_is_given_up_with_the_credits_back(cast, redis, settings, tmp_path):
    with _sandbox(tmp_path) as server:
        settings.LUMIQ_BASE_URL = server.base_url
        generation = queue_video(cast.alice)
        beat.run_pass(inline=True)
        videos_folder = tmp_path / "sandbox" / "videos"
        finished = lambda: [p for p in videos_folder.glob("*.mp4") if ".part" not in p.name]  # noqa: E731
        wait_until(finished, "nothing was drawn")
        for path in finished():
            path.unlink()
        wait_until(lambda: _pass(generation) == Status.FAILED, "it is not given up")
    generation.refresh_from_db()
    assert generation.reason == "file_lost"
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    assert ledger.total_of("upstream_suspense") == 90


def test_a_dripping_download_ends_within_its_time(generation, download, faststart, monkeypatch):
    monkeypatch.setattr(copying, "MOST_DOWNLOAD_SECONDS", 0)
    assert _tries_again(download(generation, _sending(faststart)))


def test_an_endless_download_is_broken_off(generation, download, faststart, monkeypatch):
    monkeypatch.setattr(copying, "MOST_VIDEO_BYTES", 5000)
    assert _tries_again(download(generation, _sending(faststart)))


# The storage, and time.


def test_an_s3_that_is_away_is_tried_again(
    generation, download, faststart, settings, s3_storage, monkeypatch
):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    there = settings.STORAGES["default"]
    options = {**there["OPTIONS"], "endpoint_url": f"http://127.0.0.1:{free_port()}"}
    use_storage(settings, {**there, "OPTIONS": options})
    assert _tries_again(download(generation, _sending(faststart)))
    use_storage(settings, there)
    assert download(_due(generation), _sending(faststart)).status == Status.READY
    assert _is_labelled_for_machines(_stored(generation))


def test_an_s3_that_refuses_is_tried_again(generation, download, faststart, settings, s3_storage):
    there = settings.STORAGES["default"]
    use_storage(settings, {**there, "OPTIONS": {**there["OPTIONS"], "bucket_name": "no-such"}})
    assert _tries_again(download(generation, _sending(faststart)))
    use_storage(settings, there)
    assert download(_due(generation), _sending(faststart)).status == Status.READY


def test_a_folder_that_takes_no_files_is_tried_again(generation, download, faststart, media_folder):
    in_the_way = media_folder / "t" / str(generation.tenant_id) / "g"
    in_the_way.write_bytes(b"a file where a folder must be")
    assert _tries_again(download(generation, _sending(faststart)))
    in_the_way.unlink()
    assert download(_due(generation), _sending(faststart)).status == Status.READY


def test_the_operator_is_told_on_day_20_and_the_credits_go_back_on_day_29(generation, download):
    def answer(visit):
        visit.receive_head()
        visit.answer(500, "")

    download(_aged(generation, days=19), answer)
    assert not Alert.objects.exists()
    download(_aged(generation, days=21), answer)
    assert "not copied after 20 days" in Alert.objects.get().text
    assert generation.status == Status.PROCESSING
    download(_aged(generation, days=28), answer)
    assert generation.status == Status.PROCESSING
    download(_aged(generation, days=30), answer)
    assert (generation.status, generation.reason) == (Status.FAILED, "file_lost")
    assert ledger.balance_of(generation.user) == ledger.Balance(available=90, held=0)


def test_the_index_is_found_whatever_stands_before_it(tmp_path, faststart, index_last):
    path = tmp_path / "video.mp4"
    path.write_bytes(b"\0\0\0\x10free" + b"12345678" + faststart)
    assert videos.is_faststart(path)
    path.write_bytes(index_last)
    assert not videos.is_faststart(path)


def test_a_box_without_an_end_is_not_added_to(tmp_path, faststart):
    path = tmp_path / "video.mp4"
    endless = faststart + b"\0\0\0\0free" + b"to the end"
    path.write_bytes(endless)
    ai_label.append_xmp(path)
    assert path.read_bytes() == endless


def _is_labelled_for_machines(data):
    """By an XMP packet in a box of its own, at the end."""
    start = data.rindex(b"uuid") - 4
    size = int.from_bytes(data[start : start + 4], "big")
    return start + size == len(data) and b"digitalsourcetype/trainedAlgorithmicMedia" in data


def _sending(data, headers=MP4, length=None):
    def script(visit):
        visit.receive_head()
        stated = len(data) if length is None else length
        visit.send(f"HTTP/1.1 200 X\r\nContent-Length: {stated}\r\n{headers}\r\n")
        visit.connection.sendall(data)

    return script


def _sending_until_the_end(data):
    """As HTTP/1.0 did: the end of the connection is the end of the file."""

    def script(visit):
        visit.receive_head()
        visit.send(f"HTTP/1.1 200 X\r\n{MP4}Connection: close\r\n\r\n")
        visit.connection.sendall(data)

    return script


def _tries_again(generation, status=Status.RETRIEVING):
    """Whether it is in nobody's hands, due again soon, and nothing has been charged."""
    assert generation.lease_token is None
    assert timezone.now() < generation.due_at < timezone.now() + timedelta(minutes=5)
    assert ledger.balance_of(generation.user) == ledger.Balance(available=0, held=90)
    return generation.status == status


def _due(generation):
    Generation.objects.filter(pk=generation.pk).update(due_at=timezone.now())
    return generation


def _aged(generation, *, days):
    SubmitAttempt.objects.update(started_at=timezone.now() - timedelta(days=days))
    return _due(generation)


def _stored(generation):
    with storages["default"].open(generation.video.name) as file:
        return file.read()


def _build_with_timecode(folder):
    path = folder / "timecode.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("h264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.metadata["timecode"] = "01:00:00:00"
        for _ in range(50):
            file.mux(stream.encode(av.VideoFrame(160, 120, "yuv420p")))
        file.mux(stream.encode())
    return path.read_bytes()


def _packets(data, folder):
    """What the streams are made of, without where it lies in the file."""
    path = Path(folder) / "looked-at.mp4"
    path.write_bytes(data)
    with av.open(str(path)) as container:
        found = [
            (packet.stream.type, packet.pts and float(packet.pts * packet.time_base), bytes(packet))
            for packet in container.demux()
        ]
    return sorted(found, key=lambda packet: (packet[0], packet[1] is None, packet[1]))


def _tags(data, folder):
    path = Path(folder) / "looked-at.mp4"
    path.write_bytes(data)
    with av.open(str(path)) as container:
        return dict(container.metadata)


def _sandbox(tmp_path):
    return running_sandbox(
        tmp_path / "sandbox", keys={SANDBOX_KEY: 1_000_000}, renderer="tests.ten_second_renderer"
    )


def _pass(generation):
    beat.run_pass(inline=True)
    Generation.objects.filter(status__in=[Status.PROCESSING, Status.RETRIEVING]).update(
        due_at="2026-01-01T00:00Z"
    )
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
