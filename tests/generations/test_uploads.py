"""What people send: good media are taken and cleaned, bad ones refused without a trace."""

import hashlib
import io
import random
import struct
import zlib
from datetime import timedelta

import av
import pillow_heif
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from generations import uploads
from generations.errors import UnusableUpload
from generations.models import Upload
from tests.cast import build_photo_bytes, build_upload, queue_video
from tests.clips import build_clip_bytes

pytestmark = pytest.mark.django_db

pillow_heif.register_heif_opener()

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F
MEGABYTE = 1024 * 1024
PLACE = "+48.1173+011.5167/"
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
QUARTER_TURN = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 120 << 16, 0, 0x40000000)


def test_a_photo_is_stored_as_a_jpeg_of_our_own(cast, media_folder):
    data = build_photo_bytes(640, 800)
    upload = accept_photo(cast.alice, data)
    stored = read(upload)
    assert (upload.user, upload.tenant) == (cast.alice, cast.aurora)
    assert (upload.kind, upload.content_type) == ("photo", "image/jpeg")
    assert (upload.width, upload.height) == Image.open(io.BytesIO(stored)).size == (640, 800)
    assert (upload.size_bytes, upload.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert stored != data
    assert files_in(media_folder) == [upload.file.name]
    assert upload.file.name.startswith(f"t/{cast.aurora.pk}/u/")


def test_a_photo_lying_on_its_side_is_turned_upright(cast):
    picture = Image.new("RGB", (640, 480), "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, 319, 479), fill="red")
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held upright: its left is the picture's top
    upload = accept_photo(cast.alice, encode(picture, "JPEG", exif=exif))
    assert (upload.width, upload.height) == (480, 640)
    stored = opened(upload)
    assert is_near(stored.getpixel((240, 100)), (255, 0, 0))
    assert is_near(stored.getpixel((240, 540)), (0, 0, 255))
    assert stored.getexif().get(ORIENTATION) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_nothing_of_the_place_or_the_camera_is_kept(cast, kind):
    exif = Image.Exif()
    exif[MAKE] = "Secret Camera"
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 7.0, 2.0), 3: "E", 4: (11.0, 31.0, 0.0)})
    data = encode(Image.new("RGB", (300, 300), "green"), kind, exif=exif)
    assert b"Secret Camera" in data
    upload = accept_photo(cast.alice, data)
    assert not opened(upload).getexif().get_ifd(GPS)
    assert not dict(opened(upload).getexif())
    assert b"Secret" not in read(upload)
    assert b"Exif" not in read(upload)


def test_what_is_see_through_becomes_white(cast):
    picture = Image.new("RGBA", (300, 300), (255, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((0, 0, 149, 299), fill=(0, 0, 255, 255))
    stored = opened(accept_photo(cast.alice, encode(picture, "PNG")))
    assert is_near(stored.getpixel((250, 150)), (255, 255, 255))
    assert is_near(stored.getpixel((50, 150)), (0, 0, 255))


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGB", "WEBP"), ("RGBA", "WEBP"), ("RGB", "HEIF"), ("RGB", "MPO"), ("CMYK", "JPEG"),
     ("L", "JPEG"), ("P", "PNG"), ("LA", "PNG"), ("1", "PNG"), ("I;16", "PNG")],
)  # fmt: skip
def test_every_kind_of_photo_that_phones_make_is_taken(cast, mode, kind):
    upload = accept_photo(cast.alice, encode(Image.new(mode, (300, 256)), kind))
    assert (upload.width, upload.height) == (300, 256)
    assert opened(upload).format == "JPEG"


def test_a_very_large_photo_is_made_smaller(cast):
    upload = accept_photo(cast.alice, build_photo_bytes(4000, 400))
    assert (upload.width, upload.height) == (3000, 300)


def test_what_hides_behind_a_photo_is_left_out(cast):
    data = build_photo_bytes() + b"<script>alert(1)</script>PK\x03\x04"
    upload = accept_photo(cast.alice, data)
    assert b"script" not in read(upload)
    assert not read(upload).endswith(b"PK\x03\x04")


BAD_PHOTOS = {
    "empty": (b"", "empty"),
    "eleven megabytes": (b"\xff\xd8" + bytes(11 * MEGABYTE), "too_large"),
    "one byte more than ten megabytes": (bytes(10 * MEGABYTE + 1), "too_large"),
    "PDF": (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF", "not_a_photo"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" width="999" height="999"/>', "not_a_photo"),
    "HTML": (b"<!doctype html><script>alert(1)</script>", "not_a_photo"),
    "text": ("not a photo ⚽".encode(), "not_a_photo"),
    "zeros": (bytes(4096), "not_a_photo"),
    "a pixel too narrow": (build_photo_bytes(255, 800), "too_small"),
    "a pixel too low": (build_photo_bytes(800, 255), "too_small"),
    "one pixel": (build_photo_bytes(1, 1, kind="PNG"), "too_small"),
}


@pytest.mark.parametrize(("data", "code"), BAD_PHOTOS.values(), ids=BAD_PHOTOS)
def test_a_bad_photo_is_refused_without_a_trace(cast, media_folder, data, code):
    refuses_photo(cast.alice, data, code, media_folder)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM", "ICO", "PDF", "TGA"])
def test_other_pictures_are_refused_whatever_their_name(cast, media_folder, kind):
    data = encode(Image.new("RGB", (256, 256)), kind)
    refuses_photo(cast.alice, data, "not_a_photo", media_folder)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("side", [6_400, 10_000, 20_000, 65_500])
def test_a_photo_that_would_fill_the_memory_is_refused_by_its_header(
    cast, media_folder, kind, side
):
    build = {"JPEG": build_jpeg_claiming, "PNG": build_png_claiming}[kind]
    refuses_photo(cast.alice, build(side, side), "too_many_pixels", media_folder)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_photo_cut_off_is_refused(cast, media_folder, kind, share):
    data = encode(Image.effect_noise((256, 256), 60), kind)
    refuses_photo(cast.alice, data[: int(len(data) * share)], "not_a_photo", media_folder)


def test_a_corrupt_heic_is_refused(cast, media_folder):
    data = bytearray(encode(Image.effect_noise((256, 256), 60), "HEIF"))
    data[40:400] = bytes(360)
    refuses_photo(cast.alice, bytes(data), "not_a_photo", media_folder)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_damaged_photo_is_taken_or_refused_but_never_an_error(cast, media_folder, kind):
    chance = random.Random(kind)
    whole = encode(Image.effect_noise((256, 256), 60), kind)
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(min(len(data), chance.choice([200, 100_000])))] ^= 1 << (
                chance.randrange(8)
            )
        try_photo(cast.alice, bytes(data))
    assert len(files_in(media_folder)) == Upload.objects.count()


def test_a_clip_is_stored_as_an_mp4_of_our_own(cast, media_folder, tmp_path):
    data = build_clip_bytes(tmp_path, seconds=6, with_sound=True)
    upload = accept_clip(cast.alice, data)
    stored = read(upload)
    assert (upload.kind, upload.content_type) == ("clip", "video/mp4")
    assert (upload.width, upload.height) == (160, 120)
    assert 5_900 < upload.duration_ms < 6_200
    assert (upload.size_bytes, upload.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert files_in(media_folder) == [upload.file.name]
    with av.open(io.BytesIO(stored)) as clip:
        assert [stream.type for stream in clip.streams] == ["video", "audio"]
        assert sum(1 for _ in clip.decode(video=0)) == 30


@pytest.mark.parametrize(
    "options",
    [{"container": "mov"}, {"codec": "mpeg4"}, {"seconds": 5}, {"seconds": 20}],
    ids=str,
)
def test_every_kind_of_clip_that_is_promised_is_taken(cast, tmp_path, options):
    assert accept_clip(cast.alice, build_clip_bytes(tmp_path, **options)).size_bytes


@pytest.mark.parametrize("options", [{}, {"movflags": "use_metadata_tags"}], ids=str)
def test_nothing_of_the_place_or_the_phone_is_kept_in_a_clip(cast, tmp_path, options):
    tags = {
        "location": PLACE,
        "com.apple.quicktime.location.ISO6709": PLACE,
        "make": "Secret Phone",
        "title": "Secret Phone",
    }
    data = build_clip_bytes(tmp_path, container="mov", metadata=tags, options=options)
    assert PLACE.encode() in data
    assert b"Secret Phone" in data
    stored = read(accept_clip(cast.alice, data))
    assert PLACE.encode() not in stored
    assert b"Secret" not in stored


def test_a_clip_held_upright_stays_upright(cast, tmp_path):
    data = build_clip_bytes(tmp_path)
    at = data.index(MATRIX, data.index(b"tkhd"))
    stored = read(accept_clip(cast.alice, data[:at] + QUARTER_TURN + data[at + 36 :]))
    with av.open(io.BytesIO(stored)) as clip:
        assert next(clip.decode(video=0)).rotation == -90


PLAYLIST = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:1/secret.ts\n"
    b"#EXT-X-ENDLIST\n"
)
BAD_CLIPS = {
    "empty": (b"", "empty"),
    "HLS playlist": (PLAYLIST, "not_a_clip"),
    "list of files": (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_a_clip"),
    "HTML": (b"<!doctype html><video src=x>", "not_a_clip"),
    "zeros": (bytes(10_000), "not_a_clip"),
    "photo": (build_photo_bytes(), "not_a_clip"),
    "a header and nothing more": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "not_a_clip"),
}


@pytest.mark.parametrize(("data", "code"), BAD_CLIPS.values(), ids=BAD_CLIPS)
def test_a_bad_clip_is_refused_without_a_trace(cast, media_folder, data, code):
    refuses_clip(cast.alice, data, code, media_folder)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"container": "matroska"}, "not_a_clip"),
        ({"container": "avi", "codec": "mpeg4"}, "not_a_clip"),
        ({"container": "mpegts"}, "not_a_clip"),
        ({"codec": "libvpx-vp9"}, "not_a_clip"),
        ({"size": (3842, 16)}, "not_a_clip"),
        ({"seconds": 1}, "wrong_duration"),
        ({"seconds": 4}, "wrong_duration"),
        ({"seconds": 21}, "wrong_duration"),
        ({"seconds": 40}, "wrong_duration"),
    ],
    ids=str,
)
def test_a_clip_of_another_kind_or_length_is_refused(cast, media_folder, tmp_path, options, code):
    refuses_clip(cast.alice, build_clip_bytes(tmp_path, **options), code, media_folder)


def test_a_clip_of_a_codec_that_nobody_knows_is_refused(cast, media_folder, tmp_path):
    data = build_clip_bytes(tmp_path).replace(b"avc1", b"zzzz")
    refuses_clip(cast.alice, data, "not_a_clip", media_folder)


def test_a_clip_without_a_picture_is_refused(cast, media_folder, tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as file:
        file.add_stream("aac", rate=44_100)
        file.start_encoding()
    refuses_clip(cast.alice, path.read_bytes(), "not_a_clip", media_folder)


def test_a_clip_over_100_megabytes_is_refused_unread(cast, media_folder):
    class Huge(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            raise AssertionError("nobody should read it")

    file = Huge("clip.mp4", b"x")
    file.size = 100 * MEGABYTE + 1
    with pytest.raises(UnusableUpload) as refused:
        uploads.accept_clip(cast.alice, file)
    assert refused.value.code == "too_large"
    assert files_in(media_folder) == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_clip_cut_off_is_refused(cast, media_folder, tmp_path, share):
    data = build_clip_bytes(tmp_path)  # its index is at the end
    refuses_clip(cast.alice, data[: int(len(data) * share)], "not_a_clip", media_folder)


def test_a_damaged_clip_is_taken_or_refused_but_never_an_error(cast, media_folder, tmp_path):
    chance = random.Random("clip")
    whole = build_clip_bytes(tmp_path)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try_clip(cast.alice, bytes(data))
    assert len(files_in(media_folder)) == Upload.objects.count()


def test_a_draft_is_discarded_with_its_file(cast, media_folder):
    upload = build_upload(cast.alice)
    uploads.discard(upload)
    assert not Upload.objects.exists()
    assert files_in(media_folder) == []
    uploads.discard(upload)  # again does no harm


def test_a_photo_that_a_video_uses_is_never_discarded(cast, media_folder):
    photo = queue_video(cast.alice).photo
    Upload.objects.update(created_at=timezone.now() - timedelta(days=30))
    uploads.discard(photo)
    assert uploads.discard_stale_drafts() == 0
    assert files_in(media_folder) == [photo.file.name]


def test_drafts_are_removed_after_a_day(cast, media_folder):
    old, fresh = build_upload(cast.alice), build_upload(cast.bob)
    Upload.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=25))
    assert uploads.discard_stale_drafts() == 1
    assert list(Upload.objects.all()) == [fresh]
    assert files_in(media_folder) == [fresh.file.name]


def test_other_files_of_the_storage_are_left_alone(cast, media_folder):
    default_storage.save("t/1/g/video.mp4", ContentFile(b"x"))
    uploads.discard(build_upload(cast.alice))
    assert files_in(media_folder) == ["t/1/g/video.mp4"]


def accept_photo(user, data):
    return uploads.accept_photo(user, SimpleUploadedFile("photo.jpg", data))


def accept_clip(user, data):
    return uploads.accept_clip(user, SimpleUploadedFile("clip.mp4", data))


def refuses_photo(user, data, code, media_folder):
    with pytest.raises(UnusableUpload) as refused:
        accept_photo(user, data)
    check_refusal(refused.value, code, media_folder)


def refuses_clip(user, data, code, media_folder):
    with pytest.raises(UnusableUpload) as refused:
        accept_clip(user, data)
    check_refusal(refused.value, code, media_folder)


def check_refusal(refusal, code, media_folder):
    assert refusal.code == code
    assert refusal.message.endswith(".")
    assert "Choose" in refusal.message or "Cut it" in refusal.message, "it says what to do"
    assert files_in(media_folder) == []
    assert not Upload.objects.exists()


def try_photo(user, data):
    try:
        return accept_photo(user, data)
    except UnusableUpload:
        return None


def try_clip(user, data):
    try:
        return accept_clip(user, data)
    except UnusableUpload:
        return None


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def read(upload):
    with default_storage.open(upload.file.name) as file:
        return file.read()


def opened(upload):
    return Image.open(io.BytesIO(read(upload)))


def encode(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def is_near(colour, wanted):
    return all(abs(one - other) < 12 for one, other in zip(colour, wanted, strict=True))


def build_jpeg_claiming(width, height):
    """A small JPEG whose header tells of other dimensions."""
    data = bytearray(build_photo_bytes(256, 256))
    at = data.index(b"\xff\xc0")  # start of frame: marker, length, precision, height, width
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def build_png_claiming(width, height):
    data = build_photo_bytes(256, 256, kind="PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
