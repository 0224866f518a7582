"""The vertical version: made once, when asked for; gone with its video; given up if it must be."""

import uuid
from datetime import timedelta

import av
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generations import beat, deletion, stories, story_film
from generations.errors import UnusableVideo
from generations.kits import KITS
from generations.models import Generation, Story
from tests.cast import make_ready, queue_video
from tests.clips import build_clip_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    return build_clip_bytes(folder, seconds=1, size=(320, 180), with_sound=True)


@pytest.fixture
def video(cast, clip):
    return make_ready(cast.alice, video=clip)


def test_a_story_is_upright_whole_and_has_the_sound(tmp_path, clip):
    facts = film(tmp_path, clip, left=KITS["Brazil"], right=KITS["Croatia"])
    assert (facts.width, facts.height) == (1080, 1920)
    assert facts.seconds == pytest.approx(1, abs=0.1)
    assert facts.sounds == 1
    assert facts.comment == "Made with AI"


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (200, 200), (160, 200), (176, 322)])
def test_any_shape_becomes_upright(tmp_path, size):
    clip = build_clip_bytes(tmp_path, seconds=1, size=size)
    facts = film(tmp_path, clip, left=None, right=None)
    assert (facts.width, facts.height, facts.sounds) == (1080, 1920, 0)


@pytest.mark.parametrize("team", sorted({kit.pattern: kit.team for kit in KITS.values()}.values()))
def test_every_pattern_of_cloth_can_be_drawn(team):
    plate = story_film.story_plate.draw_cloths(KITS[team], KITS["Italy"], top=420, bottom=1456)
    assert plate.size == (1080, 1920)
    assert len(plate.getcolors(maxcolors=10_000_000)) > 2


def test_a_file_that_is_no_video_gives_no_story(tmp_path):
    with pytest.raises(UnusableVideo):
        film(tmp_path, b"not really a video", left=None, right=None)


def test_the_owner_asks_and_gets_a_file(cast, video, visit):
    fan = visit(cast.alice)
    address = f"/videos/{video.pk}/story/"
    assert fan.get(f"/videos/{video.pk}/story.mp4").status_code == 404
    assert fan.post(address).headers["Location"] == f"/videos/{video.pk}/"
    assert "is being made" in fan.get(address).content.decode()
    assert "hx-get" in fan.get(f"/videos/{video.pk}/").content.decode()
    stories.make(video.pk)
    fragment = fan.get(address).content.decode()
    assert "story.mp4?download=1" in fragment
    assert "hx-get" not in fragment
    answer = fan.get(f"/videos/{video.pk}/story.mp4?download=1")
    assert answer.headers["Content-Type"] == "video/mp4"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert b"".join(answer.streaming_content)[4:8] == b"ftyp"


def test_asking_again_makes_nothing_again(video):
    stories.ask(video)
    stories.make(video.pk)
    made = Story.objects.get()
    stories.ask(video)
    stories.make(video.pk)
    assert Story.objects.get().made_at == made.made_at
    assert stories.due(10) == []


def test_one_worker_makes_it_while_its_lease_lasts(video):
    stories.ask(video)
    assert stories._claim(video.pk) is not None
    assert stories._claim(video.pk) is None
    stories.make(video.pk)
    assert not Story.objects.get().is_made


def test_beat_takes_over_what_a_dead_worker_left(video):
    stories.ask(video)
    stories._claim(video.pk)
    beat.run_pass(inline=True)
    assert not Story.objects.get().is_made
    lease_is_over()
    beat.run_pass(inline=True)
    assert Story.objects.get().is_made


def test_a_story_that_kills_its_workers_is_given_up(cast, video, visit):
    stories.ask(video)
    for _ in range(stories.MOST_TRIES):
        assert stories._claim(video.pk)
        lease_is_over()
    stories.make(video.pk)
    assert not Story.objects.get().is_being_made
    page = visit(cast.alice).get(f"/videos/{video.pk}/").content.decode()
    assert "The story version could not be made. It cost nothing" in page
    stories.ask(video)
    stories.make(video.pk)
    assert Story.objects.get().is_made


def test_an_unreadable_video_is_tried_once_and_a_storage_that_is_away_again(cast, video):
    broken = make_ready(cast.alice)
    default_storage.delete(video.video.name)
    for generation in (broken, video):
        stories.ask(generation)
        stories.make(generation.pk)
    assert not Story.objects.get(generation=broken).is_being_made
    assert Story.objects.get(generation=video).is_being_made


def test_a_deleted_video_takes_its_story_along(video, media_folder):
    stories.ask(video)
    stories.make(video.pk)
    name = Story.objects.get().file.name
    assert default_storage.exists(name)
    deletion.delete(video)
    assert not default_storage.exists(name)
    assert not Story.objects.exists()


def test_a_story_that_is_done_after_the_deletion_leaves_no_file(video, media_folder):
    stories.ask(video)
    token = stories._claim(video.pk)
    name, size = stories._film(video)
    deletion.delete(video)
    assert not Story.objects.filter(lease_token=token).exists()
    stories._keep(video, token, name, size)
    assert not default_storage.exists(name)
    assert files_of(media_folder, video) == []


def test_nothing_is_made_for_a_video_that_is_gone(video):
    stories.ask(video)
    Generation.objects.update(deleted_at=timezone.now(), video="")
    assert stories.due(10) == []
    stories.make(video.pk)
    stories.make(uuid.uuid4())
    assert not Story.objects.get().is_made


def test_only_ready_videos_that_are_not_upright_have_one(cast, video, visit):
    fan = visit(cast.alice)
    waiting = queue_video(cast.alice)
    assert fan.post(f"/videos/{waiting.pk}/story/").status_code == 404
    Generation.objects.filter(pk=video.pk).update(ratio="9:16")
    assert fan.post(f"/videos/{video.pk}/story/").status_code == 404
    assert "Story version" not in fan.get(f"/videos/{video.pk}/").content.decode()
    assert not Story.objects.exists()


def lease_is_over():
    Story.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def files_of(folder, generation):
    return [
        path for path in folder.rglob("*") if str(generation.pk) in str(path) and path.is_file()
    ]


class Facts:
    def __init__(self, path):
        with av.open(str(path)) as file:
            picture = file.streams.video[0].codec_context
            self.width, self.height = picture.width, picture.height
            self.seconds = file.duration / av.time_base
            self.sounds = len(file.streams.audio)
            self.comment = file.metadata.get("comment")
            self.frames = sum(1 for _ in file.decode(video=0))


def film(folder, clip, *, left, right):
    source, target = folder / "source.mp4", folder / "story.mp4"
    source.write_bytes(clip)
    story_film.make_vertical(source, target, left=left, right=right)
    return Facts(target)
