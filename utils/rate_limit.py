"""Token buckets: so many a minute, per person or address, all of them at once if need be."""

import math
import time
from collections.abc import Callable

BUCKETS = 10_000  # buckets in memory; the one longest unused goes first, and is full again soon anyway

FULL_AFTER = 60.0  # seconds until a bucket that nobody takes from is full, and as good as none


class RateLimit:
    """`per_minute` takes per key; 0: no limit. `clock` tells seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._buckets: dict[str, tuple[float, float]] = {}  # key: (tokens left, when that was so), longest unused first

    def take(self, key: str) -> int | None:
        """None if there was a token for `key`, else the seconds until there is one."""
        if not self._per_minute:
            return None
        now = self._clock()
        tokens, then = self._buckets.pop(key, (float(self._per_minute), now))
        tokens = min(self._per_minute, tokens + (now - then) * self._per_minute / 60)
        wait = None if tokens > 1 - 1e-9 else max(1, math.ceil((1 - tokens) * 60 / self._per_minute - 1e-6))
        self._buckets[key] = (tokens - 1 if wait is None else tokens, now)
        oldest = next(iter(self._buckets))
        while len(self._buckets) > BUCKETS or self._buckets[oldest][1] <= now - FULL_AFTER:
            del self._buckets[oldest]
            oldest = next(iter(self._buckets))  # there is `key` at least
        return wait
