"""GET /download/{task_id}: "Returns the MP4 file directly"."""

import io

import av
import pytest

from generations.lumiq import contract
from generations.lumiq.errors import LumiqTaskNotFound
from tests.contract.server import assert_row
from tests.generations.sandbox.api import UNDRAWABLE, photo_bytes


@pytest.fixture(scope="module")
def download(server, completed):
    return server.get(f"/download/{completed['task_id']}")


def test_download_is_the_mp4_file_directly(download):
    assert download.status_code == 200
    assert download.headers["Content-Type"] == "video/mp4"
    with av.open(io.BytesIO(download.content)) as video:
        assert "mp4" in video.format.name
        assert sum(1 for _ in video.decode(video=0)) > 0


def test_download_has_its_length(download):
    """Not documented, but the portal checks it where it is told."""
    assert int(download.headers["Content-Length"]) == len(download.content)


def test_download_as_our_client_reads_it(server, completed, download):
    with server.client.open_download(completed["task_id"]) as video:
        assert video.content_type == "video/mp4"
        assert video.content_length == len(download.content)
        assert b"".join(video.iter_chunks()) == download.content


def test_404_task_not_found(server):
    assert_row(server.get("/download/00000000"), contract.TASK_NOT_FOUND)
    with pytest.raises(LumiqTaskNotFound), server.client.open_download("00000000"):
        pass


def test_404_only_accessible_by_the_api_key_owner(server, other, completed):
    task_id = completed["task_id"]
    assert_row(other.get(f"/download/{task_id}"), contract.TASK_NOT_FOUND)
    with pytest.raises(LumiqTaskNotFound), other.client.open_download(task_id):
        pass


def test_401_without_a_key(server, completed):
    path = f"/download/{completed['task_id']}"
    assert_row(server.with_key(None).get(path), contract.MISSING_KEY)


def test_404_for_a_failed_task(server, control):
    task_id = server.football(photo_bytes(UNDRAWABLE)).json()["task_id"]
    server.wait_for(task_id)
    assert server.get(f"/download/{task_id}").status_code == 404
