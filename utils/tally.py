"""What is counted while it happens, for /metrics: plain figures, each a few additions, asked for when somebody looks."""

import secrets
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

from utils.logs import event
from utils.message_log import Answer, Committed
from utils.protocol import Cost, Refused
from utils.providers import route

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # bounds of what takes time
USUAL_CLOSES = (1000, 1001, 1012)
CHANGES = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # bounds of what is written at once


class Histogram:
    """How often what was measured came to at most each of `bounds`, and beyond."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds, self.counts, self.sum = bounds, [0] * (len(bounds) + 1), 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def add_since(self, times: Sequence[float], now: float) -> None:
        """How long ago each of `times` is, which are in order."""
        first, last = bisect_left(self.bounds, now - times[0]), bisect_left(self.bounds, now - times[-1])
        if first == last:  # as nearly always
            self.counts[first] += len(times)
        else:
            for time in times:
                self.counts[bisect_left(self.bounds, now - time)] += 1
        self.sum += len(times) * now - sum(times)


class Handed(Protocol):
    """What was handed to the log, one after the other: when, who waits for an ack (of a message), and what came of it."""

    at: float
    answer: Answer | None
    outcome: Any


class LogTally:
    """What the log counts, batch by batch."""

    def __init__(self) -> None:
        self.messages = 0  # that people said
        self.lost = 0  # changes that could not be saved
        self.commits, self.deliveries = Histogram(SECONDS), Histogram(SECONDS)  # from being handed in, until saved, and until written to all
        self.changes = Histogram(CHANGES)  # saved in one commit

    def add(self, batch: Sequence[Handed], saved_at: float) -> None:
        """A batch that was saved, or refused, and has just been delivered."""
        handed_in: list[float] = []
        for job in batch:
            if isinstance(job.outcome, Committed):
                handed_in.append(job.at)
                if job.answer and not job.outcome.duplicate:
                    self.messages += 1
            elif isinstance(job.outcome, Refused):
                self.lost += job.outcome.code == "unavailable"
        if handed_in:
            self.commits.add_since(handed_in, saved_at)
            self.deliveries.add_since(handed_in, monotonic())
            self.changes.add(len(handed_in))


class Tally:
    """What all doors count. `model` is the configured one."""

    def __init__(self, model: str) -> None:
        self._model = model
        self.visits = Counter[tuple[str, str, int]]()  # requests that were answered, by method, door and status
        self.refused = Counter[str]()  # what clients were refused, by the protocol's code
        self.closed = Counter[int]()  # sockets that we closed, by code
        self.answers = Counter[tuple[str, str]]()  # that ended, by provider and status
        self.tokens = Counter[tuple[str, str, bool]]()  # by provider, side, and whether they are estimated

    def count_closed(self, door: str, address: str | None, code: int) -> int:
        """We close a socket with this code, which is returned."""
        self.closed[code] += 1
        if code not in USUAL_CLOSES:
            event("closed", door=door, code=code, address=address)
        return code

    def count_refused(self, code: str) -> None:
        self.refused[code] += 1

    def answered(self, room: str, model: str, status: str, seconds: float, cost: Cost | None) -> None:
        """An answer of `model` ended."""
        provider, name = route(model, self._model)
        self.answers[provider, status] += 1
        self.spent(model, cost)
        event("answered", room=room, status=status, provider=provider, model=name, ms=round(seconds * 1000), **(cost or {}), request=None)

    def spent(self, model: str, cost: Cost | None) -> None:
        """A model was asked, for an answer or without one."""
        if cost:
            provider, _ = route(model, self._model)
            for side in ("input", "output"):
                self.tokens[provider, side, cost.get("estimated", False)] += cost[side]

    def provider(self, model: str) -> str:
        return route(model, self._model)[0]


# ---- one request ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Visit:
    """One request, or one socket."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    begun: float = field(default_factory=monotonic)
    status: int = 0  # 0: no answer has begun
    code: str | None = None  # why it was refused


visit: ContextVar[Visit | None] = ContextVar("visit", default=None)


def refused_with(code: str) -> None:
    """What goes on here is refused: its line tells why."""
    if now := visit.get():
        now.code = code
