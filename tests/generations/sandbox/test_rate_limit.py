from generations.sandbox.rate_limit import RateLimit


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_window_slides_and_refusals_do_not_count():
    clock = Clock()
    limit = RateLimit(2, clock=clock)
    assert limit.admit("a") is None
    clock.now += 30
    assert limit.admit("a") is None
    assert limit.admit("a") == 30
    clock.now += 29.5
    assert limit.admit("a") == 1
    clock.now += 0.5
    assert limit.admit("a") is None
    assert limit.admit("a") == 30


def test_each_key_has_its_own_window():
    limit = RateLimit(1, clock=Clock())
    assert limit.admit("a") is None
    assert limit.admit("b") is None
    assert limit.admit("a") == 60
