"""Which part of a photo is sent."""

import io

import pytest
from PIL import Image

from generations import crops, drafts, uploads
from generations.crops import Box
from tests.cast import build_photo_bytes, build_photo_file
from tests.orders import FOOTBALL, draft_of, put_photo


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((400, 500), Box(0, 0, 400, 500)),
        ((1600, 1000), Box(400, 0, 800, 1000)),
        ((1000, 2000), Box(0, 375, 1000, 1250)),
        ((256, 256), Box(0, 0, 256, 256)),
        ((600, 300), Box(172, 0, 256, 300)),
        ((3000, 256), Box(1372, 0, 256, 256)),
    ],
)
def test_the_middle_is_sent_unless_told_otherwise(size, box):
    assert crops.centred(*size) == box


@pytest.mark.parametrize(
    ("wish", "box"),
    [
        ((0, 0, 800), Box(0, 0, 800, 1000)),
        ((700, 300, 400), Box(700, 300, 400, 500)),
        ((-5, -5, 1), Box(0, 0, 256, 320)),
        ((10**9, 10**9, 10**9), Box(800, 0, 800, 1000)),
        ((1500, 900, 400), Box(1200, 500, 400, 500)),
    ],
)
def test_a_wish_beyond_the_photo_is_the_nearest_part_of_it(wish, box):
    left, top, width = wish
    assert crops.fitted(1600, 1000, left=left, top=top, box_width=width) == box


@pytest.mark.django_db
def test_the_part_that_was_moved_to_is_what_is_sent(cast, visit, media_folder):
    client = visit(cast.alice)
    put_photo(client, half_and_half())
    assert colour_of(draft_of(cast.alice).photo) == "both"
    client.post(f"{FOOTBALL}photo/", {"crop_left": 0, "crop_top": 0, "crop_width": 800})
    assert colour_of(draft_of(cast.alice).photo) == "red"
    client.post(f"{FOOTBALL}photo/", {"crop_left": 9999, "crop_top": 0, "crop_width": 800})
    draft = draft_of(cast.alice)
    assert colour_of(draft.photo) == "blue"
    assert (draft.photo.width, draft.photo.height) == (800, 1000)
    names = {draft.photo.file.name, draft.source.file.name}
    assert {str(p.relative_to(media_folder)) for p in media_folder.rglob("*.jpg")} == names


@pytest.mark.django_db
def test_a_photo_that_is_not_moved_stays_the_same_file(cast, visit):
    client = visit(cast.alice)
    put_photo(client, half_and_half())
    before = draft_of(cast.alice)
    crop = {name: getattr(before, name) for name in ("crop_left", "crop_top", "crop_width")}
    client.post(f"{FOOTBALL}photo/", crop)
    client.post(f"{FOOTBALL}photo/")
    assert draft_of(cast.alice).photo_id == before.photo_id
    assert draft_of(cast.alice).order_nonce == before.order_nonce


@pytest.mark.django_db
def test_a_photo_of_the_right_shape_is_sent_whole(cast, visit):
    put_photo(visit(cast.alice), build_photo_file(width=800, height=1000))
    draft = draft_of(cast.alice)
    assert draft.photo == draft.source


@pytest.mark.django_db
def test_a_crop_of_a_photo_that_is_gone_is_told(cast, visit):
    client = visit(cast.alice)
    put_photo(client, half_and_half())
    draft_of(cast.alice).source.file.delete(save=True)
    answer = client.post(f"{FOOTBALL}photo/", {"crop_left": 0, "crop_top": 0, "crop_width": 800})
    assert answer.status_code == 422
    assert "Add it again" in answer.context["form"].errors["photo"][0]


@pytest.mark.django_db
def test_what_is_sent_says_nothing_of_its_place(cast):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 0.0)}
    exif[0x0112] = 6  # lies on its side
    data = build_photo_bytes(1600, 1000, exif=exif)
    file = build_photo_file()
    file.file = io.BytesIO(data)
    file.size = len(data)
    draft = drafts.begin(cast.alice, "football")
    drafts.put_photo(draft, uploads.accept_photo(cast.alice, file))
    with draft.photo.file.open() as stored:
        picture = Image.open(stored)
        assert dict(picture.getexif()) == {}
        assert picture.size == (1000, 1250)


def half_and_half():
    picture = Image.new("RGB", (1600, 1000), "red")
    picture.paste("blue", (800, 0, 1600, 1000))
    file = build_photo_file()
    file.file = io.BytesIO()
    picture.save(file.file, "JPEG")
    file.size = file.file.tell()
    file.file.seek(0)
    return file


def colour_of(upload):
    with upload.file.open() as file:
        picture = Image.open(file).convert("RGB")
    middle = picture.height // 2
    first, last = (picture.getpixel((x, middle))[0] > 128 for x in (20, picture.width - 20))
    return {(True, True): "red", (False, False): "blue"}.get((first, last), "both")
