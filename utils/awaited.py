"""The answer to one message, for somebody who waits for that and is not in the room."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Self

from utils.protocol import EndFrame, Message, Refused, ServerFrame, StartFrame, units
from utils.room import Room


class AwaitedAnswer:
    """Within `with`, what is said to the message `question`, which may not have been said itself yet: set it then."""

    def __init__(self, room: Room, question: int = 0) -> None:
        self._room, self.question = room, question
        self._id: int | None = None  # of the answer
        self._news = asyncio.Event()
        self._is_given_up = False

    def __enter__(self) -> Self:
        self._room.watchers.add(self._look)
        return self

    def __exit__(self, *error: object) -> None:
        self._room.watchers.discard(self._look)

    def give_up(self) -> None:
        """Wait no more: the server stops."""
        self._is_given_up = True
        self._news.set()

    async def whole(self, seconds: float) -> Message | None:
        """The answer when it is over. None if there will be none; raises TimeoutError if it is not over in time."""
        async with asyncio.timeout(seconds):
            async for _ in self.frames():
                pass
        message = self._room.messages.get(self._id or 0)
        if self._is_given_up and (message is None or message["status"] == "streaming"):
            raise TimeoutError
        return message

    async def frames(self) -> AsyncGenerator[ServerFrame, None]:
        """Its start, chunks and end, those that were before at once; none if there will be no answer.

        What is not taken at once waits in the room and not here: chunks are cut from what was said so far.
        """
        self._look()
        while self._id is None:
            if self._is_given_up or not self._room.awaits_answer(self.question):
                return
            await self._something()
        message = self._answer(self._id)
        yield start_of(message)
        told, off = 0, 0
        while True:
            message = self._answer(self._id)
            if more := message["content"][told:]:
                yield {"type": "chunk", "id": self._id, "off": off, "content": more}
                told, off = told + len(more), off + units(more)
            elif message["status"] != "streaming":
                yield end_of(message)
                return
            elif self._is_given_up:
                return
            else:
                await self._something()

    def _look(self) -> None:
        """At the moment it happens, because whom an answer is for is known only while it streams."""
        if self._id is None and self.question:
            self._id = self._room.answer_to(self.question)
        self._news.set()

    async def _something(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _answer(self, id: int) -> Message:
        if id not in self._room.messages:
            raise Refused("not_found", "This answer is older than what the room holds in memory. Read it from the history.")
        return self._room.whole(self._room.messages[id])


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
