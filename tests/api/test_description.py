"""The description for machines is true, and of the portal that is asked."""

import pytest
from django.test import Client

from tests.cast import AURORA_HOST, BOREALIS_HOST

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("host", "name"), [(AURORA_HOST, "Aurora"), (BOREALIS_HOST, "Borealis")])
def test_it_speaks_of_its_own_portal_only(cast, host, name):
    answer = Client(headers={"host": host}).get("/api/v1/openapi.json")
    described = answer.json()
    assert described["openapi"].startswith("3.1")
    assert described["info"]["title"] == f"{name} API"
    assert described["servers"] == [{"url": f"http://{host}/api/v1"}]
    text = answer.content.decode().lower()
    assert "lumiq" not in text
    assert {"aurora", "borealis"} - {name.lower()} == {
        other for other in ("aurora", "borealis") if other not in text
    }


def test_each_operation_is_described_with_its_errors(cast):
    described = Client(headers={"host": AURORA_HOST}).get("/api/v1/openapi.json").json()
    operations = {
        f"{method} {path}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert {
        "post /football", "post /avatar", "get /status/{task_id}", "get /download/{task_id}",
        "get /account", "get /teams", "get /voices", "post /estimate", "get /generations",
        "delete /generations/{task_id}", "post /generations/{task_id}/share-links",
    } <= set(operations)  # fmt: skip
    for operation in operations.values():
        assert operation["description"]
        assert {"401", "429", "500"} <= set(operation["responses"])
        assert operation["security"]
    takes_key = {
        name
        for name, operation in operations.items()
        if any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
    }
    assert takes_key == {
        "post /football", "post /avatar", "post /generations/{task_id}/share-links"
    }  # fmt: skip
