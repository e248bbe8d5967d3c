"""A room's frames over HTTP, as Server-Sent Events: a wire for whoever cannot have a WebSocket, and the end of a long poll."""

import asyncio
import contextlib
import math
import re
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

from pydantic_core import to_json

from utils.protocol import ServerFrame
from utils.wire import HIGH_WATER, Frames

BEAT = 5.0  # seconds between two pongs, which show that the line lives
BUSY = 1.0  # seconds for one piece, in which a reader takes what is there and cannot know of a pong behind it
GONE = 13.0  # seconds without a ping from somebody who pinged before: a proxy would keep a line for them for ever
POLL_SECONDS = 20.0  # until a long poll without news ends
POLL_LINGER = 0.2  # seconds in which more news may join the first; so often somebody polls at most
POLL_GRACE = 5.0  # seconds after a long poll in which its member is still here
LAST_EVENT = re.compile(r"([0-9a-f]{1,64})\.([0-9]{1,15})")


def place_of(last_event_id: str) -> tuple[str, int] | None:
    """The epoch and the number in an event's id; None if it is none of ours."""
    match = LAST_EVENT.fullmatch(last_event_id)
    return (match[1], int(match[2])) if match else None


class Pulse:
    """Who shows over HTTP, where no ping of ours reaches a client, that they are still there."""

    def __init__(self) -> None:
        self._streams = Counter[tuple[str, str]]()  # that are open, by room and member
        self._felt: dict[tuple[str, str], float] = {}  # of these, when the last ping came; none: they never pinged

    @contextlib.contextmanager
    def stream(self, room: str, member: str) -> Iterator[None]:
        """While one is open. Whoever pings over another one already is given time to do so over this one."""
        key = room, member
        self._streams[key] += 1
        if key in self._felt:
            self.feel(*key)
        try:
            yield
        finally:
            self._streams[key] -= 1
            if not self._streams[key]:
                del self._streams[key]
                self._felt.pop(key, None)

    def feel(self, room: str, member: str) -> None:
        if (room, member) in self._streams:
            self._felt[room, member] = time.monotonic()

    def spare(self, room: str, member: str) -> None:
        """Who pinged before and is busy reading, or talking, is there."""
        if (room, member) in self._felt:
            self.feel(room, member)

    def is_lost(self, room: str, member: str) -> bool:
        """Whether somebody who pinged once has stopped to. Those who never do are taken at their proxy's word."""
        return self._felt.get((room, member), math.inf) < time.monotonic() - GONE


async def encode(frames: AsyncGenerator[ServerFrame, None], seconds: float, first: dict[str, Any] | None = None) -> AsyncIterator[bytes]:
    """`first`, then `frames`, as events, for so many seconds at most."""
    if first is not None:
        yield Frames([to_json(first)]).events
    until = asyncio.get_running_loop().time() + seconds
    async with contextlib.aclosing(frames):
        while True:
            try:
                async with asyncio.timeout_at(until):  # not around the yield, at which others wait
                    frame = await anext(frames)
            except (StopAsyncIteration, TimeoutError):
                return
            yield Frames([to_json(frame)]).events


class EventWire:
    """A Wire whose other end is the body of a response."""

    def __init__(self) -> None:
        self.on_pause: Callable[[], None] = lambda: None
        self.on_resume: Callable[[], None] = lambda: None
        self._waiting: list[bytes] = []  # for the response; bounded: after HIGH_WATER bytes its connection writes nothing more
        self._size = 0
        self._news = asyncio.Event()
        self._closed = False
        self.is_poll = False

    def write(self, frames: Frames) -> None:
        if self._closed:
            return
        self._waiting.append(frames.events)
        self._size += len(frames.events)
        self._news.set()
        if self._size > HIGH_WATER:
            self.on_pause()

    def close(self) -> None:
        """Take nothing more; what waits is still sent."""
        self._closed = True
        self._news.set()

    def drop(self) -> None:
        """Nobody reads any more."""
        self.close()
        self._take()

    async def stream(self, beat: Callable[[bool], bool]) -> AsyncIterator[bytes]:
        """What is written, as it comes, until `close`. Every few seconds `beat` writes something, or tells that it is over.

        It is told whether the reader was busy meanwhile with what came before.
        """
        loop = asyncio.get_running_loop()
        next_beat, was_busy = loop.time() + BEAT, False
        while not (self._closed and not self._waiting):
            await self._comes(next_beat - loop.time())
            if (now := loop.time()) >= next_beat:
                next_beat = now + BEAT
                if not beat(was_busy):
                    return
                was_busy = False
            if self._waiting:
                yield self._take()
                was_busy = was_busy or loop.time() > now + BUSY
                self._drained()

    async def poll(self, is_news: bool) -> AsyncIterator[bytes]:
        """All that is written in one piece, soon after there was something new; what stands there now is, if `is_news`."""
        welcome, self.is_poll = self._take(), True
        if not is_news:
            await self._comes(POLL_SECONDS)
        if not self._closed:
            await asyncio.sleep(POLL_LINGER)
        self._closed = True
        yield welcome + self._take()

    async def _comes(self, seconds: float) -> None:
        """Wait until something is written, or the wire closed; for so many seconds at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    def _take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        if not self._closed:
            self._news.clear()
        return taken

    def _drained(self) -> None:
        if not (self._waiting or self._closed):
            self.on_resume()
