import numpy as np
import pytest

from generations.lumiq.contract import AVATAR_RATIOS
from generations.sandbox.avatar import SIZES, render_avatar
from generations.sandbox.clip import play_pictures, read_sound
from generations.sandbox.errors import RenderError

from .movies import make_clip, probe, read_frames, read_loudness


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(scope="module")
def video(clip, portrait, tmp_path_factory):
    output = tmp_path_factory.mktemp("avatar") / "avatar.mp4"
    render_avatar(clip=clip, photo=portrait, duration_seconds=10, ratio="1:1", output=output)
    return output


def test_video_has_the_wanted_length_and_ratio(video):
    assert probe(video) == {
        "size": (720, 720),
        "codecs": ("h264", "aac"),
        "pixels": "yuv420p",
        "rate": 24,
        "channels": 2,
        "frames": 240,
        "seconds": 10,
        "is_faststart": True,
    }


def test_every_ratio_of_the_contract_has_a_size():
    assert set(SIZES) == set(AVATAR_RATIOS)
    for ratio, (width, height) in SIZES.items():
        across, down = (int(part) for part in ratio.split(":"))
        assert width * down == height * across


def test_clip_fills_the_frame_and_goes_on_after_its_end(video):
    early, late = read_frames(video, 2, 230)
    for frame in (early, late):
        assert np.median(frame[:200, :500], axis=(0, 1))[1] > 120
    assert np.abs(early - late).mean() > 2


def test_person_and_sandbox_mark_lie_over_the_clip(video):
    (frame,) = read_frames(video, 120)
    plate = frame[580:690, 250:440]
    assert np.median(plate) < 40
    mark = frame[30:56, 600:690]
    assert mark.max() > 200
    assert np.median(mark) < 100


def test_sound_of_the_clip_is_kept_and_repeated(clip, video):
    loudness, change = read_loudness(video)
    assert loudness > 0.1
    assert change < 0.1
    sound = read_sound(clip, 10)
    assert sound is not None
    assert sound.shape == (2, 480_000)


def test_silent_clip_gets_a_quiet_hum(tmp_path, portrait):
    silent = make_clip(tmp_path / "silent.mp4", with_sound=False, seconds=1)
    assert read_sound(silent, 10) is None


def test_upright_and_wide_clips_are_cropped_in_the_middle(tmp_path):
    clip = make_clip(tmp_path / "wide.mp4", size=(480, 160), seconds=1)
    stacks = list(play_pictures(clip, (90, 160), 24, 30))
    assert len(stacks) == 30
    assert {stack.shape for stack in stacks} == {(240, 90)}


def test_files_that_cannot_be_read_are_refused(tmp_path, portrait, clip):
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x00\x00\x00\x18ftypmp42 and nothing else")
    for bad in ({"clip": broken}, {"photo": broken}):
        files = {"clip": clip, "photo": portrait} | bad
        with pytest.raises(RenderError, match="cannot be read"):
            render_avatar(**files, duration_seconds=10, ratio="1:1", output=tmp_path / "a.mp4")
