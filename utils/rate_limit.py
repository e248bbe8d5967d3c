"""Token buckets: so many in so much time, for each person or address, all of them at once if need be."""

import math
import time
from collections.abc import Callable
from heapq import nlargest

BUCKETS = 10_000  # that are not full, in one limit: some 2 MB
KEPT = 5_000  # of these, the emptiest, when there are more: whoever waits would have to be outspent by so many others to be forgotten


class RateLimit:
    """`times` in so many `seconds`, for each key; 0 times: no limit. `clock` tells seconds."""

    def __init__(self, times: int, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.times = times
        self._seconds, self._gap, self._clock = seconds, seconds / times if times else 0.0, clock
        self._full_at: dict[str, float] = {}  # when the bucket of a key is full again; without one it is
        self._look_at = 0.0  # when those that are full by then are forgotten

    def take(self, key: str, cost: float = 1) -> int | None:
        """None if there was so much for `key`, which is gone now, else the seconds until there is."""
        wait = self.wait(key, cost)
        if wait is None:
            self.delay(key, cost)
        return wait

    def wait(self, key: str, cost: float = 1) -> int | None:
        """The same, and nothing is gone."""
        seconds = self._full_at.get(key, 0.0) - self._clock() + min(cost * self._gap, self._seconds) - self._seconds
        return None if seconds <= 1e-6 else max(1, math.ceil(seconds - 1e-6))

    def delay(self, key: str, cost: float = 1) -> float:
        """Take so much in any case: the seconds until it would have been there."""
        if not self._gap:
            return 0.0
        now = self._clock()
        full_at = self._full_at[key] = max(self._full_at.get(key, now), now) + cost * self._gap
        if now >= self._look_at or len(self._full_at) > BUCKETS:
            self._forget(now)
        return max(0.0, full_at - now - self._seconds)

    def give_back(self, key: str) -> None:
        """What was taken last need not have been."""
        if key in self._full_at:
            self._full_at[key] -= self._gap

    def _forget(self, now: float) -> None:
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        if len(self._full_at) > BUCKETS:
            self._full_at = dict(nlargest(KEPT, self._full_at.items(), key=lambda bucket: bucket[1]))
        self._look_at = now + self._seconds
