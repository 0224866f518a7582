from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from generations.kits import KITS
from generations.sandbox import cutout
from generations.sandbox.colour import parse_hex
from generations.sandbox.errors import RenderError
from generations.sandbox.football import render_football
from generations.sandbox.planes import Zoom, pack

from .movies import probe, read_frames, read_loudness

LEFT, RIGHT = "Brazil", "Italy"


@pytest.fixture(scope="module")
def video(portrait, tmp_path_factory):
    output = tmp_path_factory.mktemp("football") / "fan.mp4"
    render_football(photo=portrait, team_left=LEFT, team_right=RIGHT, output=output)
    return output


@pytest.fixture(scope="module")
def frames(video):
    return read_frames(video, 0, 60, 120, 239)


def test_video_is_ten_seconds_of_h264_and_aac_that_start_at_once(video):
    assert probe(video) == {
        "size": (1280, 720),
        "codecs": ("h264", "aac"),
        "pixels": "yuv420p",
        "rate": 24,
        "channels": 2,
        "frames": 240,
        "seconds": 10,
        "is_faststart": True,
    }


def test_file_stays_small_enough_to_send(video):
    assert 1_000_000 < video.stat().st_size < 8_000_000


def test_each_half_of_the_stand_wears_its_own_colours(frames):
    for frame in frames:
        left, right = frame[200:500, :280].mean((0, 1)), frame[200:500, -280:].mean((0, 1))
        # Skin and night are common to both halves; what differs between them is the kits.
        kits = np.subtract(parse_hex(KITS[LEFT].body), parse_hex(KITS[RIGHT].body))
        likeness = np.dot(left - right, kits)
        likeness /= np.linalg.norm(left - right) * np.linalg.norm(kits)
        assert likeness > 0.8


def test_fan_wears_the_shirt_of_the_left_team(frames):
    chest = frames[0][600:700, 560:720].mean((0, 1))
    own, other = (np.array(parse_hex(KITS[team].body)) for team in (LEFT, RIGHT))
    assert np.linalg.norm(chest - own) < np.linalg.norm(chest - other)


def test_face_of_the_photo_is_in_the_middle(frames, portrait):
    skin = np.array(cutout.cut_head(cutout.open_photo(portrait), 200).skin)
    for frame in frames:
        middle = frame[260:420, 570:710].reshape(-1, 3)
        assert (np.linalg.norm(middle - skin, axis=1) < 45).mean() > 0.4


def test_everything_moves(frames):
    for first, second in pairwise(frames):
        change = np.abs(first - second)
        assert change[200:500, :280].mean() > 4
        assert change[200:700, 500:780].mean() > 2


def test_corner_carries_the_sandbox_mark(frames):
    for frame in frames:
        plate = frame[74:104, 1160:1256]
        assert plate.max() > 200
        assert np.median(plate) < 60


def test_a_test_keys_video_says_so_all_over(frames, video, portrait, tmp_path):
    marked = tmp_path / "marked.mp4"
    render_football(photo=portrait, team_left=LEFT, team_right=RIGHT, output=marked, is_test=True)
    assert probe(marked) == probe(video)
    for plain, seen in zip(frames, read_frames(marked, 0, 60, 120, 239), strict=True):
        assert 0.1 < (np.abs(seen - plain).mean(axis=2) > 30).mean() < 0.4


def test_crowd_can_be_heard_and_swells(video):
    loudness, change = read_loudness(video)
    assert loudness > 0.05
    assert change > 0.01


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    broken = tmp_path / "photo.jpg"
    broken.write_bytes(b"not a picture")
    with pytest.raises(RenderError, match="photo cannot be read"):
        render_football(photo=broken, team_left=LEFT, team_right=RIGHT, output=tmp_path / "fan.mp4")


def test_head_is_found_off_centre_in_a_busy_landscape_photo():
    random = np.random.default_rng(4)
    ground = random.integers(40, 200, (27, 40, 3), dtype=np.uint8)
    photo = Image.fromarray(ground).resize((1600, 1080), Image.Resampling.BICUBIC)
    person = Image.new("RGB", (300, 420), (224, 172, 138))
    for box in ((60, 150, 110, 172), (190, 150, 240, 172), (100, 310, 200, 340)):
        person.paste((50, 30, 30), box)
    photo.paste((40, 30, 28), (950, 140, 1290, 420))
    photo.paste(person, (970, 220))
    head = cutout.cut_head(photo, 200)
    assert np.linalg.norm(np.subtract(head.skin, (224, 172, 138))) < 40


def test_a_photo_with_transparency_and_a_tiny_one_are_taken(tmp_path):
    for mode, size in (("RGBA", (300, 400)), ("L", (40, 30)), ("P", (90, 90))):
        path = tmp_path / f"{mode}.png"
        Image.new(mode, size).save(path)
        head = cutout.cut_head(cutout.open_photo(path), 120)
        assert head.image.mode == "RGBA"


def test_zoom_keeps_the_middle_in_place():
    picture = Image.new("RGB", (1280, 720))
    picture.paste((255, 255, 255), (630, 350, 650, 370))
    near = Zoom().enlarge(pack(picture), 1.08)[:720].astype(float) - 16
    rows, columns = np.nonzero(near > 100)
    assert abs(rows.mean() - 359.5) < 0.6
    assert abs(columns.mean() - 639.5) < 0.6
