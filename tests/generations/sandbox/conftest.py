import pytest

from generations.sandbox.portraits import draw_portrait


@pytest.fixture(scope="session")
def portrait(tmp_path_factory):
    path = tmp_path_factory.mktemp("portrait") / "lucia.jpg"
    draw_portrait(0).save(path, quality=92)
    return path
