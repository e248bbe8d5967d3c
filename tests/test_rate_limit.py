"""Token buckets, with a clock that the test turns."""

from utils import rate_limit
from utils.rate_limit import RateLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_ann_may_say_three_a_minute_and_is_told_when_again() -> None:
    clock = Clock()
    limit = RateLimit(3, clock)
    assert [limit.take("ann") for _ in range(4)] == [None, None, None, 20]
    clock.now += 19
    assert limit.take("ann") == 1
    clock.now += 1
    assert limit.take("ann") is None
    assert limit.take("ann") == 20


def test_what_ann_takes_bea_keeps() -> None:
    limit = RateLimit(1, Clock())
    assert limit.take("ann") is None
    assert limit.take("bea") is None


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0)
    assert all(limit.take("ann") is None for _ in range(1000))


def test_buckets_are_bounded_and_the_one_longest_unused_goes_first() -> None:
    limit = RateLimit(1, Clock())
    for n in range(rate_limit.BUCKETS):
        limit.take(f"{n}")
    limit.take("0")
    limit.take("one more")
    assert limit.take("0") is not None
    assert limit.take("1") is None
