"""LUMIQ's answers while the database is away."""

import pytest
from django.db import OperationalError, connection

from generations import dispatch, keys, spool, submissions
from generations.lumiq.contract import Submitted
from generations.models import Generation, SubmitAttempt
from generations.states import Phase, Status
from tests.cast import SUPPLY, fill_supply, queue_video
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER = Submitted("a1b2c3d4", "processing", 90, SUPPLY - 90, "3-5 minutes", "")


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"


def test_an_answer_that_the_database_did_not_take_is_recorded_later(
    cast, settings, tmp_path, redis
):
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    fill_supply()
    generation = queue_video(cast.alice)
    with running_sandbox(tmp_path / "sandbox", keys={"lmq_sandbox": 9000}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        with Refusing("accepted"), pytest.raises(OperationalError):
            dispatch.submit_next()
        (charge,) = sandbox.record()["charges"]
    assert _status(generation) == Status.SUBMITTING
    assert SubmitAttempt.objects.get().phase == Phase.COMMITTED

    assert spool.drain() == 1
    attempt = SubmitAttempt.objects.get()
    assert (attempt.phase, attempt.task_id) == (Phase.ACCEPTED, charge["task_id"])
    assert _status(generation) == Status.PROCESSING
    assert spool.drain() == 0


def test_an_answer_that_its_callback_has_overtaken_is_the_same_task(cast):
    attempt = _committed(cast.alice)
    spool.keep(attempt, ANSWER)
    submissions.adopt(attempt, ANSWER.task_id)
    assert spool.drain() == 1
    attempt.refresh_from_db()
    assert attempt.credits_used == 90
    assert _status(attempt.generation) == Status.PROCESSING


def test_an_answer_that_names_another_task_is_left_for_somebody_to_look_at(cast, settings):
    attempt = _committed(cast.alice)
    spool.keep(attempt, ANSWER)
    submissions.adopt(attempt, "ffffffff")
    assert spool.drain() == 0
    (path,) = spool.waiting()
    assert path.name == f"{attempt.pk}.json.bad"


def test_answers_stay_until_the_database_is_back(cast):
    spool.keep(_committed(cast.alice), ANSWER)
    with Refusing("accepted"):
        assert spool.drain() == 0
    assert spool.drain() == 1


def test_a_torn_file_is_left_for_somebody_to_look_at(cast, settings):
    folder = settings.VAR_DIR / "spool"
    folder.mkdir(parents=True)
    (folder / "0.json").write_text("{")
    spool.keep(SubmitAttempt(pk=999_999), ANSWER)  # of another database
    spool.keep(_committed(cast.alice), ANSWER)
    assert spool.drain() == 1
    assert {path.name for path in folder.iterdir()} == {"0.json.bad", "999999.json.bad"}


class Refusing:
    """A database that takes no statement with this text among its values, as if it went away."""

    def __init__(self, text):
        self._text = text

    def __enter__(self):
        self._context = connection.execute_wrapper(self._refuse)
        return self._context.__enter__()

    def __exit__(self, *exception):
        return self._context.__exit__(*exception)

    def _refuse(self, execute, sql, params, many, context):
        if sql.startswith("UPDATE") and self._text in (params or ()):
            raise OperationalError("the database is away")
        return execute(sql, params, many, context)


def _committed(user):
    attempt = submissions.start(queue_video(user).pk, keys.ensure_configured_key()).attempt
    submissions.commit(attempt)
    return attempt


def _status(generation):
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
