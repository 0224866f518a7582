"""The doctor on LUMIQ keys: refused, dry, unclear, resting, switched off."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations import breakers, budget
from generations.models import Generation, LumiqKey
from generations.states import Status
from tests.doctoring import account_name, ask, ill_line, key_name, lines_of, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("healthy")]

LONG_AGO = timedelta(hours=3)


def test_a_key_that_cannot_be_read(settings):
    settings.SECRET_KEY = "another one " * 4
    assert "Put the earlier SECRET_KEY back" in ill_line(key_name())


def test_a_key_that_is_refused():
    breakers.record_refusal(LumiqKey.objects.get(), "401")
    assert "LUMIQ refuses it, for N s; tried again in N s. See" in ill_line(key_name())
    LumiqKey.objects.update(
        broken_at=timezone.now() - LONG_AGO, probe_at=timezone.now() - timedelta(seconds=1)
    )
    assert "LUMIQ refuses it, for 3 h; to be tried again now. See" in ill_line(key_name())


def test_a_key_whose_account_is_dry():
    breakers.record_dry(LumiqKey.objects.get(), price=90)
    assert "its account cannot pay, for N s; tried again in N s. Buy" in ill_line(key_name())
    assert "89 credits, read N s ago. Buy credits" in ill_line(account_name())


def test_a_key_whose_sends_get_no_clear_answer():
    LumiqKey.objects.update(breaker="unclear", broken_at=timezone.now())
    assert "too many of its last sends got no clear answer, for N s" in ill_line(key_name())


def test_a_key_that_lumiq_wants_to_rest_is_a_note():
    budget.rest(LumiqKey.objects.get(), 60)
    line = lines_of("note", ask()[1], key_name())
    assert "LUMIQ said 429: left alone for N s more" in line


def test_a_key_that_lumiq_was_not_asked_about():
    LumiqKey.objects.update(account=None)
    assert "takes no videos before LUMIQ was asked" in lines_of("note", ask()[1], key_name())
    LumiqKey.objects.update(created_at=timezone.now() - LONG_AGO)
    assert "takes no videos before LUMIQ was asked" in ill_line(key_name())


def test_no_key_that_takes_new_videos():
    LumiqKey.objects.update(is_active=False)
    assert "no key is active" in ill_line("keys")


def test_a_key_that_is_off_counts_as_long_as_a_video_needs_it(cast, settings):
    send(cast.alice)
    LumiqKey.objects.update(is_active=False)
    output = ask()[1]
    told = "inactive, videos that are still with it: 1; 30 of 30 requests free"
    assert told in lines_of("ok", output, key_name())
    assert "; none of its keys is active" in lines_of("ok", output, account_name())
    settings.SECRET_KEY = "another one " * 4
    assert ill_line(key_name())
    Generation.objects.update(status=Status.READY, video="x", video_bytes=1)
    output = ask()[1]
    assert key_name() not in output
    assert account_name() not in output


@pytest.mark.parametrize(("breaker", "level"), [("refused", "ill"), ("dry", "ok")])
def test_a_key_that_is_off_needs_no_credits_and_must_be_accepted(cast, breaker, level):
    send(cast.alice)
    LumiqKey.objects.update(is_active=False, breaker=breaker, broken_at=timezone.now())
    assert lines_of(level, ask()[1], key_name())
