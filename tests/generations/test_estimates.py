"""When a video will be there: from what is known, in words, and never in the past."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone, translation

from generations import estimates, keys, line, submissions
from generations.estimates import Departure, Estimate
from generations.models import Generation, SubmitAttempt
from generations.progress import time_left, usual_time
from generations.states import Status
from tests.cast import make_ready, queue_video

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FOOTBALL = (180, 300)


@pytest.mark.parametrize(
    ("low", "high", "figure", "unit", "sentence"),
    [
        (5, 40, "1", "minute at most", "Ready in less than a minute"),
        (20, 85, "2", "minutes at most", "Ready in 2 minutes at most"),
        (55, 70, "1", "minute to go", "Ready in about 1 minute"),
        (220, 260, "4", "minutes to go", "Ready in about 4 minutes"),
        (480, 720, "8–12", "minutes to go", "Ready in 8–12 minutes"),
        (5000, 5900, "83–98", "minutes to go", "Ready in 83–98 minutes"),
        (6000, 7200, "2", "hours to go", "Ready in about 2 hours"),
        (7200, 10800, "2–3", "hours to go", "Ready in 2–3 hours"),
    ],
)
def test_people_read_a_range_in_words(low, high, figure, unit, sentence):
    left = time_left(Estimate(1, low, high))
    assert (left.figure, left.unit, left.sentence) == (figure, unit, sentence)


@pytest.mark.parametrize(
    ("low", "high", "unit", "sentence"),
    [
        (60, 120, "دقيقتان متبقيتان", "يجهز خلال دقيقة أو دقيقتين"),
        (180, 600, "دقائق متبقية", "يجهز خلال 3–10 دقائق"),
        (480, 720, "دقيقة متبقية", "يجهز خلال 8–12 دقيقة"),
        (7200, 10800, "ساعات متبقية", "يجهز خلال 2–3 ساعات"),
    ],
)
def test_a_range_agrees_with_its_end_where_a_language_asks_for_it(low, high, unit, sentence):
    with translation.override("ar"):
        left = time_left(Estimate(1, low, high))
    assert (left.unit, left.sentence) == (unit, sentence)


@pytest.mark.parametrize(
    ("low", "high", "english", "arabic"),
    [
        (20, 50, "within a minute", "خلال دقيقة"),
        (100, 110, "in about 2 minutes", "خلال نحو دقيقتين"),
        (660, 660, "in about 11 minutes", "خلال نحو 11 دقيقة"),
        (180, 300, "in 3–5 minutes", "خلال 3–5 دقائق"),
        (480, 720, "in 8–12 minutes", "خلال 8–12 دقيقة"),
    ],
)
def test_what_is_usual_is_said_in_minutes(low, high, english, arabic):
    assert usual_time(low, high) == f"Usually made {english}."
    with translation.override("ar"):
        assert usual_time(low, high) == f"يُصنع عادةً {arabic}."


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(180, 304, "3-5 minutes"), (12, 20, "0-1 minutes"), (480, 700, "8-12 minutes")],
)
def test_the_api_says_it_as_lumiq_does(low, high, words):
    assert estimates.in_lumiqs_words(Estimate(1, low, high)) == words


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [
        (0, Estimate(None, 180, 300)),
        (200, Estimate(None, 0, 100)),
        (310, Estimate(None, 0, 0)),
        (331, Estimate(None, 0, 0, is_late=True)),
        (4000, Estimate(None, 0, 0, is_late=True)),
    ],
)
def test_the_time_runs_down_and_then_is_late(elapsed, expected):
    assert estimates.expect_being_made(FOOTBALL, elapsed) == expected


def test_no_end_is_told_of_what_is_late():
    assert time_left(Estimate(None, 0, 0, is_late=True)) is None
    assert time_left(Estimate(None, 0, 0)).sentence == "Ready in less than a minute"


def test_who_is_in_line_waits_for_those_before_too():
    tenth = estimates.expect_in_line(10, FOOTBALL, pace_seconds=4, still_seconds=0)
    assert tenth == Estimate(10, 180 + 36, 300 + 40)


@pytest.mark.parametrize(
    ("still", "pace", "is_late"), [(170, 4, False), (200, 4, True), (200, 60, False)]
)
def test_a_line_that_stands_still_is_late(still, pace, is_late):
    found = estimates.expect_in_line(1, FOOTBALL, pace_seconds=pace, still_seconds=still)
    assert found.is_late is is_late


def test_the_pace_counts_only_gaps_in_which_somebody_waited():
    busy = [departure(left=60 - 6 * n, joined=0) for n in range(6)]
    assert estimates.pace_of(busy) == 6
    quiet = [departure(left=6000 - 600 * n, joined=5999 - 600 * n) for n in range(9)]
    assert estimates.pace_of(quiet) is None
    assert estimates.pace_of([*quiet, *busy]) == 6


def test_a_range_is_the_median_and_the_ninth_of_ten():
    assert estimates.range_of([100.0, 200.0, 300.0, 400.0]) is None
    assert estimates.range_of([float(n) for n in range(101)]) == (50, 90)


@pytest.mark.django_db
class TestWithRows:
    def test_without_history_it_is_what_lumiq_documents(self, cast):
        assert estimates.expect(queue_video(cast.alice)) == Estimate(1, 180, 304)

    def test_with_history_it_is_what_the_last_videos_took(self, cast):
        for minutes in (1, 2, 2, 2, 3):
            deliver(cast.bob, minutes=minutes)
        deliver(cast.bob, minutes=60, ago=timedelta(days=2))
        cache.clear()
        assert estimates.expect(queue_video(cast.alice)) == Estimate(1, 120, 156 + 4)

    def test_the_front_page_says_what_is_usual(self, cast, visit):
        assert "Usually made in 3–5 minutes." in visit().get("/").content.decode()
        for minutes in (1, 2, 2, 2, 3):
            deliver(cast.bob, minutes=minutes)
        cache.clear()
        assert "Usually made in 2–3 minutes." in visit().get("/").content.decode()

    def test_the_position_is_the_fair_one_over_all_portals(self, cast):
        alices = [queue_video(cast.alice) for _ in range(6)]
        bobs = queue_video(cast.bob)
        mallorys = queue_video(cast.mallory)
        assert positions([*alices, bobs, mallorys]) == [1, 4, 5, 6, 7, 8, 3, 2]
        by_position = sorted_by_position([*alices, bobs, mallorys])
        assert choose_all() == by_position

    def test_the_first_order_of_a_portal_has_a_position_before_the_standings_know_it(self, cast):
        estimates.expect(queue_video(cast.alice))
        assert estimates.find_position(queue_video(cast.mallory)) == 2

    def test_a_sent_video_is_timed_from_when_it_was_sent(self, cast):
        generation = queue_video(cast.alice)
        submissions.start(generation.pk, keys.ensure_configured_key())
        SubmitAttempt.objects.update(started_at=timezone.now() - timedelta(seconds=100))
        generation.refresh_from_db()
        found = estimates.expect(generation)
        assert (found.position, found.is_late) == (None, False)
        assert found.low_seconds in (79, 80)

    def test_an_estimate_takes_four_queries_and_then_one(self, cast, django_assert_num_queries):
        generation = queue_video(cast.alice)
        with django_assert_num_queries(4):
            estimates.expect(generation)
        with django_assert_num_queries(1):
            estimates.expect(generation)

    def test_the_status_page_tells_position_and_time(self, cast, visit):
        queue_video(cast.bob)
        generation = queue_video(cast.alice)
        page = visit(cast.alice).get(f"/videos/{generation.pk}/").content.decode()
        assert ">2nd<" in page
        assert "Ready in 3–5 minutes<" in page

    def test_the_status_page_says_so_when_it_takes_longer(self, cast, visit):
        generation = queue_video(cast.alice)
        submissions.start(generation.pk, keys.ensure_configured_key())
        Generation.objects.update(status=Status.PROCESSING)
        SubmitAttempt.objects.update(started_at=timezone.now() - timedelta(minutes=20))
        page = visit(cast.alice).get(f"/videos/{generation.pk}/status/").content.decode()
        assert "It takes longer than usual" in page
        assert "minutes to go" not in page


def departure(*, left, joined):
    return Departure(NOON + timedelta(seconds=joined), NOON + timedelta(seconds=left))


def deliver(user, *, minutes, ago=timedelta()):
    generation = make_ready(user)
    finished_at = timezone.now() - ago
    Generation.objects.filter(pk=generation.pk).update(finished_at=finished_at)
    SubmitAttempt.objects.filter(generation=generation).update(
        started_at=finished_at - timedelta(minutes=minutes)
    )


def positions(generations):
    cache.clear()
    return [estimates.find_position(generation) for generation in generations]


def sorted_by_position(generations):
    pairs = zip(positions(generations), generations, strict=True)
    return [generation.pk for _, generation in sorted(pairs, key=lambda pair: pair[0])]


def choose_all():
    key = keys.ensure_configured_key()
    chosen = []
    while (turn := line.choose_next()) is not None:
        submissions.start(turn.generation_id, key)
        chosen.append(turn.generation_id)
    return chosen
