from generations.sandbox.rate_limit import FIXED, RateLimit


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def wait(limit, key):
    return limit.admit(key).wait_seconds


def test_window_slides_and_refusals_do_not_count():
    clock = Clock()
    limit = RateLimit(2, clock=clock)
    assert wait(limit, "a") is None
    clock.now += 30
    assert wait(limit, "a") is None
    assert wait(limit, "a") == 30
    clock.now += 29.5
    assert wait(limit, "a") == 1
    clock.now += 0.5
    assert wait(limit, "a") is None
    assert wait(limit, "a") == 30


def test_each_key_has_its_own_window():
    limit = RateLimit(1, clock=Clock())
    assert wait(limit, "a") is None
    assert wait(limit, "b") is None
    assert wait(limit, "a") == 60


def test_window_may_begin_anew_with_each_minute_of_the_clock():
    clock = Clock()
    clock.now = 1019.0
    limit = RateLimit(1, window=FIXED, clock=clock)
    assert wait(limit, "a") is None
    assert wait(limit, "a") == 1
    clock.now = 1020.0
    assert wait(limit, "a") is None
    assert wait(limit, "a") == 60


def test_refusals_may_count_too():
    clock = Clock()
    limit = RateLimit(1, counts_refused=True, clock=clock)
    assert wait(limit, "a") is None
    clock.now += 59
    assert wait(limit, "a") == 60
    clock.now += 30
    assert wait(limit, "a") == 60
    clock.now += 60
    assert wait(limit, "a") is None


def test_window_may_be_shorter():
    clock = Clock()
    limit = RateLimit(1, seconds=6, clock=clock)
    assert wait(limit, "a") is None
    clock.now += 2
    assert wait(limit, "a") == 4
    clock.now += 4
    assert wait(limit, "a") is None
