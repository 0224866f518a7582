"""Whatever is sent to the API: no 5xx, and answers as it describes them.

`make fuzz` sends some thousands; a short run is part of `make test`.
"""

import os
import random
from collections import Counter

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import ApiKey
from tests.cast import AURORA_HOST, build_photo_bytes, give, make_ready, queue_video
from tests.clips import build_clip_bytes

CASES_AN_OPERATION = int(os.environ.get("FUZZ_CASES", "12"))
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)


@pytest.fixture
def described_api(cast, settings, tmp_path, media_folder):
    settings.PORTAL_API_REQUESTS_PER_MINUTE = 100_000
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # away: every call would wait for none
    give(cast.alice, 80_000)
    signals = (request_started, request_finished)
    for signal in signals:  # a server's habit, which ends the transaction of a test
        signal.disconnect(close_old_connections)
    application = with_key(get_wsgi_application(), ApiKey.issue(user=cast.alice, name="fuzz")[1])
    yield schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", application, headers={"Host": AURORA_HOST}
    )
    for signal in signals:
        signal.connect(close_old_connections)


def with_key(application, key):
    """schemathesis leaves the key out of most of its negative cases, and those would all end there.
    So do some, as it comes; the others get a good one on their way."""
    chance = random.Random("key")

    def answer(environ, start_response):
        if chance.random() < 0.95:
            environ["HTTP_X_API_KEY"] = key
        return application(environ, start_response)

    return answer


@pytest.fixture
def known(described_api, cast, tmp_path):
    return Known(cast, tmp_path)


@pytest.mark.django_db
@pytest.mark.timeout(3600)
# schemathesis leaves what it downloads open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
def test_nothing_that_is_sent_breaks_the_api(described_api, known, mode, capsys):
    told = Counter()
    for found in described_api.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=CASES_AN_OPERATION,
            deadline=None,
            derandomize=CASES_AN_OPERATION < 100,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case):
            known.put_into(case)
            response = case.call(headers={"Host": AURORA_HOST})
            told[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        send()
    with capsys.disabled():
        print(f"\n{told.total()} {mode.value} cases, answered with {dict(sorted(told.items()))}")


class Known:
    """Puts things that exist in place of half of the random ones: else all would be a 404."""

    def __init__(self, cast, folder):
        self.chance = random.Random("fuzz")
        self.videos = [str(make_ready(cast.alice).pk), str(queue_video(cast.alice).pk)]
        self.files = {"photo": build_photo_bytes(), "video": build_clip_bytes(folder)}

    def put_into(self, case):
        if "task_id" in (case.path_parameters or {}) and self.chance.random() < 0.5:
            case.path_parameters["task_id"] = self.chance.choice(self.videos)
        if isinstance(case.body, dict):
            for name, data in self.files.items():
                if name in case.body and self.chance.random() < 0.5:
                    case.body[name] = data
