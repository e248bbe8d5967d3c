"""Token buckets, with a clock that the test turns."""

import pytest

from utils import rate_limit
from utils.rate_limit import RateLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_ann_may_say_three_a_minute_and_is_told_when_again() -> None:
    clock = Clock()
    limit = RateLimit(3, clock=clock)
    assert [limit.take("ann") for _ in range(4)] == [None, None, None, 20]
    clock.now += 19
    assert limit.take("ann") == 1
    clock.now += 1
    assert limit.take("ann") is None
    assert limit.take("ann") == 20


def test_what_ann_takes_bea_keeps() -> None:
    limit = RateLimit(1, clock=Clock())
    assert limit.take("ann") is None
    assert limit.take("bea") is None


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0)
    assert all(limit.take("ann") is None for _ in range(1000))
    assert limit.delay("ann", 1000) == 0


def test_ann_may_make_thirty_rooms_in_an_hour_and_then_one_every_two_minutes() -> None:
    clock = Clock()
    limit = RateLimit(30, 3600, clock)
    assert [limit.take("ann") for _ in range(31)] == [None] * 30 + [120]
    clock.now += 120
    assert [limit.take("ann"), limit.take("ann")] == [None, 120]


def test_a_long_message_takes_more_and_one_that_is_longer_than_a_minutes_share_is_still_said() -> None:
    clock = Clock()
    limit = RateLimit(60, clock=clock)
    assert limit.take("ann", 100) is None
    assert limit.take("ann") == 41
    clock.now += 41
    assert limit.take("ann") is None


def test_who_is_slowed_is_told_how_long_and_pays_for_all_they_brought() -> None:
    clock = Clock()
    limit = RateLimit(10, 1.0, clock)
    assert limit.delay("mallory", 10) == 0
    assert limit.delay("mallory", 5) == pytest.approx(0.5)
    assert limit.delay("mallory", 5) == pytest.approx(1.0)
    clock.now += 1.1
    assert limit.delay("mallory") == 0


def test_what_was_given_back_may_be_taken_again() -> None:
    limit = RateLimit(1, clock=Clock())
    assert limit.take("ann") is None
    limit.give_back("ann")
    assert limit.take("ann") is None
    assert limit.take("ann") == 60


def test_buckets_are_bounded_and_a_flood_of_addresses_does_not_free_the_one_that_waits() -> None:
    limit = RateLimit(2, clock=Clock())
    assert [limit.take("mallory") for _ in range(3)] == [None, None, 30]
    for n in range(3 * rate_limit.BUCKETS):
        limit.take(f"{n}")
    assert limit.take("mallory") == 30
    assert len(limit._full_at) <= rate_limit.BUCKETS


def test_a_bucket_that_is_full_again_is_forgotten() -> None:
    clock = Clock()
    limit = RateLimit(1, clock=clock)
    for n in range(100):
        limit.take(f"{n}")
    clock.now += 61
    limit.take("ann")
    assert len(limit._full_at) == 1
