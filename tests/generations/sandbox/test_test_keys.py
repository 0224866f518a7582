"""Keys for tests: their videos say TEST, whichever way they came to be keys."""

import av
import numpy as np
import pytest

from generations.sandbox import avatar, football
from generations.sandbox.watermark import Watermark

from ...sandbox_server import running_sandbox
from .api import Api
from .movies import make_clip, read_frames


@pytest.mark.parametrize("size", [football.SIZE, *avatar.SIZES.values()])
@pytest.mark.parametrize("level", [16, 126, 235])
def test_the_word_is_seen_in_every_part_of_any_picture(size, level):
    width, height = size
    stack = np.full((height * 3 // 2, width), 128, np.uint8)
    stack[:height] = level
    before = stack[:height].astype(int)
    Watermark(size).lay_on(stack)
    change = np.abs(stack[:height] - before)
    for rows in np.array_split(change, 3, axis=0):
        for part in np.array_split(rows, 3, axis=1):
            assert 0.02 < (part > 20).mean() < 0.5


def test_a_test_keys_avatar_is_marked(portrait, tmp_path):
    clip = make_clip(tmp_path / "clip.mp4")
    videos = [tmp_path / "plain.mp4", tmp_path / "test.mp4"]
    for is_test, output in enumerate(videos):
        avatar.render_avatar(
            clip=clip, photo=portrait, duration_seconds=1, ratio="4:5", output=output,
            is_test=bool(is_test),
        )  # fmt: skip
    ((plain,), (marked,)) = (read_frames(video, 12) for video in videos)
    assert 0.05 < (np.abs(marked - plain).mean(axis=2) > 30).mean() < 0.4


def test_a_key_is_one_for_tests_by_option_or_by_the_control_side(tmp_path):
    with running_sandbox(tmp_path, test_keys=["lmq_trial"]) as sandbox:
        assert title_of(sandbox, "lmq_test", tmp_path) == "Brazil - Japan"
        assert title_of(sandbox, "lmq_trial", tmp_path) == "Brazil - Japan TEST"
        assert Api(sandbox.base_url, "lmq_trial").account()["credits_balance"] > 10**11
        assert sandbox.set_key("lmq_test", is_test=True)["is_test"] is True
        assert title_of(sandbox, "lmq_test", tmp_path) == "Brazil - Japan TEST"
        sandbox.set_key("lmq_trial", is_test=False)
    with running_sandbox(tmp_path, test_keys=["lmq_trial"]) as sandbox:
        known = {key["key"]: key["is_test"] for key in sandbox.control("GET", "keys")["keys"]}
        assert known == {"lmq_test": True, "lmq_trial": True}


def title_of(sandbox, key, folder):
    api = Api(sandbox.base_url, key)
    task_id = api.football().json()["task_id"]
    api.wait_for(task_id)
    file = folder / "video.mp4"
    file.write_bytes(api.get(f"/download/{task_id}").content)
    with av.open(str(file)) as container:
        return container.metadata["title"]
