"""The answer to one message, for somebody who waits for that and is not in the room."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator

from utils.protocol import EndFrame, Message, ServerFrame, StartFrame, units
from utils.room import Room


class AwaitedAnswer:
    """What is said to one message, from `watching` its room on."""

    _room: Room
    _question: int
    _person: str

    def __init__(self) -> None:
        self._answer: Message | None = None  # the room's own, which grows with it; when it is known
        self._news = asyncio.Event()
        self._is_given_up = False

    @contextlib.contextmanager
    def watching(self, room: Room, question: int, person: str) -> Iterator[None]:
        """While somebody waits: this `person`, for as long as they may read in `room`."""
        self._room, self._question, self._person = room, question, person
        room.watchers.add(self._look)
        try:
            yield
        finally:
            room.watchers.discard(self._look)

    def give_up(self) -> None:
        """Wait no more: the server stops, or whoever waits may not hear of it any more."""
        self._is_given_up = True
        self._news.set()

    async def whole(self, seconds: float) -> Message | None:
        """The answer when it is over. None if there will be none; raises TimeoutError if it is not over in time."""
        async with asyncio.timeout(seconds):
            async for _ in self.frames():
                pass
        if self._is_given_up:
            raise TimeoutError
        return self._answer

    async def frames(self) -> AsyncGenerator[ServerFrame, None]:
        """Its start, chunks and end, those that were before at once; none if there will be no answer.

        What is not taken at once waits in the room and not here: chunks are cut from what was said so far.
        """
        self._look()
        while self._answer is None:
            if self._is_given_up or not self._room.awaits_answer(self._question):
                return
            await self._something()
        if self._is_given_up:
            return
        yield start_of(self._answer)
        told, off = 0, 0
        while not self._is_given_up:  # asked for each piece: an answer may grow faster than it is read
            message = self._room.whole(self._answer)
            if more := message["content"][told:]:
                yield {"type": "chunk", "id": message["id"], "off": off, "content": more}
                told, off = told + len(more), off + units(more)
            elif message["status"] != "streaming":
                yield end_of(message)
                return
            else:
                await self._something()

    def _look(self) -> None:
        """At the moment it happens, because whom an answer is for is known only while it streams."""
        if not self._room.rights.allow(self._person, "read"):
            self.give_up()
        if self._answer is None and (id := self._room.answer_to(self._question)):
            self._answer = self._room.messages.get(id)
        self._news.set()

    async def _something(self) -> None:
        self._news.clear()
        await self._news.wait()


async def retold(answer: Message) -> AsyncGenerator[ServerFrame, None]:
    """The frames of an answer that is over."""
    yield start_of(answer)
    if answer["content"]:
        yield {"type": "chunk", "id": answer["id"], "off": 0, "content": answer["content"]}
    yield end_of(answer)


def start_of(answer: Message) -> StartFrame:
    start: StartFrame = {"type": "start", "id": answer["id"], "seq": answer["id"], "ts": answer["ts"], "author": answer["author"], "content": ""}
    if "reply_to" in answer:
        start["reply_to"] = answer["reply_to"]
    return start


def end_of(answer: Message) -> EndFrame:
    end: EndFrame = {
        "type": "end", "id": answer["id"], "seq": answer["seq"], "status": answer["status"], "length": units(answer["content"]),
        "content": answer.get("reason", ""),
    }  # fmt: skip
    if "by" in answer:
        end["by"] = answer["by"]
    if "usage" in answer:
        end["usage"] = answer["usage"]
    return end
