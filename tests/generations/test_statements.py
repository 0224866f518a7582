"""Queries whose SQL is made once."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Generation, ShareLink
from generations.statements import Statement, given
from tests.gallery import Gallery

pytestmark = pytest.mark.django_db


def test_a_statement_is_built_once_and_read_with_other_values(cast):
    gallery, built = Gallery(cast.alice), []
    japan, mali = gallery.add(left="Japan"), gallery.add(left="Mali")

    def build():
        built.append(True)
        return Generation.objects.filter(team_left=given(Generation, "team_left")).values_list("pk")

    statement = Statement(build)
    assert statement.read(team_left="Japan") == [(japan.pk,)]
    assert statement.read(team_left="Mali") == [(mali.pk,)]
    assert statement.read(team_left="' OR 1 = 1 --") == []
    assert built == [True]


def test_values_go_in_and_come_out_as_the_orm_has_them(cast):
    video = Gallery(cast.alice).add()
    fields = ("id", "finished_at", "is_test", "metadata", "user__display_name")
    statement = Statement(
        lambda: Generation.objects.filter(
            id=given(Generation, "id"),
            tenant=given(Generation, "tenant"),
            finished_at__lt=given(Generation, "finished_at", "before"),
        ).values_list(*fields)
    )
    values = {"id": video.pk, "tenant": cast.aurora.pk, "before": timezone.now()}
    later = video.finished_at + timedelta(seconds=1)
    same = Generation.objects.filter(pk=video.pk).values_list(*fields)
    assert statement.read(**{**values, "before": later}) == list(same)
    assert statement.read(**{**values, "before": video.finished_at}) == []
    assert statement.read(**{**values, "id": uuid.uuid4()}) == []


def test_a_value_that_is_missing_is_an_error(cast):
    statement = Statement(
        lambda: ShareLink.objects.filter(code=given(ShareLink, "code")).values_list("pk")
    )
    with pytest.raises(KeyError, match="code"):
        statement.read(name="code")


def test_what_can_be_found_nowhere_is_not_asked_for(cast):
    statement = Statement(lambda: ShareLink.objects.filter(code__in=[]).values_list("pk"))
    with CaptureQueriesContext(connection) as queries:
        assert statement.read() == []
    assert len(queries) == 0
