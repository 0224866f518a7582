import numpy as np
import pytest

from generations.sandbox.cutout import cut_head
from generations.sandbox.portraits import PEOPLE, SIZE, draw_portrait


@pytest.fixture(scope="module")
def portraits():
    return [draw_portrait(number) for number in range(len(PEOPLE))]


def test_there_are_at_least_eight_different_people(portraits):
    small = [np.asarray(portrait.resize((32, 40)), float) for portrait in portraits]
    assert len(small) >= 8
    for index, first in enumerate(small):
        for second in small[index + 1 :]:
            assert np.abs(first - second).mean() > 6


def test_portraits_look_like_photos_to_the_upload(portraits):
    for portrait in portraits:
        assert portrait.mode == "RGB"
        assert portrait.size == SIZE == (1024, 1280)


def test_numbers_go_round(portraits):
    again = draw_portrait(len(PEOPLE))
    assert np.array_equal(np.asarray(again), np.asarray(portraits[0]))


def test_each_head_is_cut_out_whole_and_without_its_ground(portraits):
    for portrait in portraits:
        head = cut_head(portrait, 200)
        alpha = np.asarray(head.image.getchannel("A"), float) / 255
        x, y, width, height = round(head.x), round(head.y), head.face_width, head.face_height
        face = alpha[int(y - height * 0.3) : int(y + height * 0.3), x - 30 : x + 30]
        assert face.min() > 0.95
        beside = alpha[int(y - height * 0.4) : y, : int(x - width * 1.05)]
        assert beside.mean() < 0.08
