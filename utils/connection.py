"""One line to a room, a socket or a response: written to while it is healthy, caught up when it was behind.

There is no queue here, the log is the queue. When the transport pauses, the connection is behind: nothing more is
written to it until its buffer has drained, and then a welcome brings it up to date from the room's tail in memory.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

from utils.identity import Session
from utils.protocol import NO_FRAME, Author, Member, Refused, ServerFrame
from utils.wire import Frames, Wire

BAD_FRAMES = 10  # frames that are none of the protocol's; then the connection is closed


class Connection:
    """A line of `member`, whom the room may call by another name. `close` ends it with a code and a reason."""

    def __init__(self, wire: Wire, member: Member, session: Session, close: Callable[[int, str], Any]) -> None:
        self.member, self.session = member, session
        self.position, self.epoch = 0, ""  # the `seq` up to which everything was written, and in which life of the room
        self.is_lost = False
        self._close = close
        self.catch_up: Callable[[], Any] = lambda: None
        self.on_refused: Callable[[str], None] = lambda code: None
        self._wire = wire
        self._behind = self._missed = False
        self._answers: list[bytes] = []  # of one turn of the event loop, joined in one write
        self._bad_frames = 0
        wire.on_pause, wire.on_resume = self._fall_behind, self._recover

    @property
    def wire(self) -> Wire:
        return self._wire

    @property
    def is_behind(self) -> bool:
        return self._behind

    @property
    def author(self) -> Author:
        return {"id": self.member["id"], "name": self.member["name"], "kind": "human"}

    def deliver(self, frames: Frames, seq: int) -> None:
        """Write what brings this connection to `seq`, unless it is behind."""
        if self._behind:
            self._missed = True
        else:
            if self._answers:  # after its echo, which many wait for
                frames, self._answers = Frames([*frames.texts, *self._answers], frames.numbers, frames.epoch), []
            self.position = seq
            self._wire.write(frames)

    def answer(self, frame: ServerFrame) -> None:
        """Tell this connection alone, with whatever else it is told in this turn of the loop."""
        if self._behind:
            self._missed = True  # a welcome answers too
            return
        if frame["type"] == "error":
            self.on_refused(frame["code"])
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._flush)
        self._answers.append(to_json(frame))
        if frame["type"] == "pong":  # now, for it must not come after a higher number than its own
            self._flush()

    def refuse(self, refused: Refused) -> bool:
        """Answer what was refused; False when it was one bad frame too many."""
        self.answer(refused.frame())
        self._bad_frames += refused.code in NO_FRAME
        if self._bad_frames >= BAD_FRAMES:
            self._flush()  # before the close that follows
        return self._bad_frames < BAD_FRAMES

    def close(self, code: int, reason: str) -> None:
        """Write nothing more, take nothing more, and tell why."""
        if not self.is_lost:
            self._flush()
            self.lose()
            self._close(code, reason)

    def lose(self) -> None:
        """The line is gone: write nothing more, and hold nothing in a circle."""
        self._behind = self.is_lost = True
        self.catch_up = self._wire.on_pause = self._wire.on_resume = lambda: None

    def _flush(self) -> None:
        if self._answers:
            self.deliver(Frames([]), self.position)

    def _fall_behind(self) -> None:
        self._behind, self._missed = True, self._missed or bool(self._answers)
        self._answers = []

    def _recover(self) -> None:
        self._behind = False
        if self._missed:  # otherwise there is nothing to say
            self._missed = False
            self.catch_up()
