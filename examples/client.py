"""A client to copy for bots: connects, resumes, resends, and folds what comes into a transcript. Needs `websockets` only.

    python -m examples.client --room tea "hello"    # says one thing and prints the answer as it streams

What it relies on stands in docs/protocol.md, under "Keeping up, and coming back".
"""

import argparse
import asyncio
import contextlib
import json
import random
import secrets
import sys
import urllib.request
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Self
from urllib.parse import quote, urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException

SILENCE = 10  # seconds after which we ask whether the line still lives; after as many more we take another one
PAUSES = (0.5, 1, 2, 4, 8, 16, 30)  # seconds between two tries at most, of which a random part is waited
COME_BACK = {1001, 1006, 1011, 1012, 1013, *range(4000, 4500)}  # close codes after which a client may
UNREAD = 10_000  # frames kept for `async for`; whoever is slower misses the oldest, but nothing of the transcript

Frame = dict[str, Any]


class Gap(Exception):
    """A frame that does not continue what came before it: connect again."""


class Refused(Exception):
    """The server's `error`, in `frame`; or the end of all trying."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame['code']}: {frame['content']}")
        self.frame = frame


class Transcript:
    """A room after the frames it was shown. A frame that raises Gap moves nothing."""

    def __init__(self) -> None:
        self.epoch, self.seq = "", 0
        self.floor = 0  # every message from this id on is held; 0: the whole room
        self.beginnings = 0  # how often what was held had to be forgotten
        self.messages: dict[int, Frame] = {}  # those below the floor changed lately, and are not to be shown
        self.room: Frame = {}
        self.members: list[Frame] = []
        self.waiting: list[int] = []  # questions that wait for the answer before them
        self.progress: Frame = {}  # what the assistant does, until its answer has a word

    def apply(self, frame: Frame) -> None:
        data = {name: value for name, value in frame.items() if name != "type"}
        match frame["type"]:
            case "welcome":
                self._welcome(data)
            case "message":
                self._put_next(data)
            case "start":
                self._put_next({**data, "status": "streaming"})
            case "chunk":
                self._grow(data)
            case "end":
                self._end(data)
            case "room":
                self.room = data
            case "presence":
                self.members = data["members"]
            case "waiting":
                self.waiting = data["ids"]
            case "progress":
                self.progress = data
            case "pong" if data["seq"] != self.seq:
                raise Gap(f"the room is at {data['seq']}, we are at {self.seq}")

    def shown(self) -> list[Frame]:
        return [message for id, message in sorted(self.messages.items()) if id >= self.floor]

    def place(self) -> tuple[str, int, int]:
        """Where an older page would have to fit."""
        return self.epoch, self.floor, self.beginnings

    def add_page(self, page: Frame, asked_at: tuple[str, int, int]) -> None:
        """The page before the floor, unless by now it is another room, floor or beginning than when it was asked for."""
        if asked_at == self.place() and page["epoch"] == self.epoch:
            self.floor = page["from"]
            for message in page["messages"]:
                self._put(message)

    def _welcome(self, welcome: Frame) -> None:
        if not welcome["resumed"]:
            self.messages, self.floor, self.beginnings = {}, welcome["from"], self.beginnings + 1
        for message in welcome["messages"]:
            self._put(message)
        self.epoch, self.seq = welcome["room"]["epoch"], welcome["room"]["seq"]
        self.room, self.members = welcome["room"], welcome["members"]
        self.waiting, self.progress = [], {}  # frames of their own follow where there are any

    def _put_next(self, message: Frame) -> None:
        if self._is_next(message["seq"]):
            self._put(message)
            self.seq = message["seq"]

    def _grow(self, chunk: Frame) -> None:
        answer = self.messages.get(chunk["id"])
        length = units(answer["content"]) if answer else -1
        if answer is None or chunk["off"] > length:
            raise Gap(f"a chunk came at {chunk['off']}, where {length} units were held")
        self.progress = {}
        if answer["status"] == "streaming":
            answer["content"] += from_unit(chunk["content"], length - chunk["off"])

    def _end(self, end: Frame) -> None:
        if self._is_next(end["seq"]):
            answer = self.messages.get(end["id"])
            newer = answer is not None and answer["seq"] >= end["seq"]  # from an older page that was asked for later
            if answer is None or (units(answer["content"]) != end["length"] and not newer):
                raise Gap(f"answer {end['id']} ended at {end['length']} units, where something else was held")
            news = {name: end[name] for name in ("seq", "status", "by", "usage") if name in end}
            self.progress = {}
            self._put({**answer, **news, **({"reason": end["content"]} if end["content"] else {})})
            self.seq = end["seq"]

    def _is_next(self, seq: int) -> bool:
        if seq > self.seq + 1:
            raise Gap(f"change {seq} came after {self.seq}")
        return seq > self.seq

    def _put(self, message: Frame) -> None:
        held = self.messages.get(message["id"])
        if held is None or (message["seq"], grown(message)) >= (held["seq"], grown(held)):
            self.messages[message["id"]] = dict(message)


class Client:
    """Somebody in a room, for as long as `async with` lasts, whatever happens to the line or the server."""

    def __init__(self, url: str = "ws://127.0.0.1:8000", room: str = "lobby", name: str | None = None, token: str | None = None):
        self.url, self.room, self.name, self.token = url, room, name, token
        self.you: Frame = {}
        self.transcript = Transcript()
        self._line: ClientConnection | None = None  # when all that is unanswered was sent over it again
        self._unanswered: dict[str, tuple[Frame, asyncio.Future[int]]] = {}  # by key, in the order of sending
        self._welcomed = False
        self._unread: deque[Frame] = deque(maxlen=UNREAD)
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Every frame, after it was folded into the transcript, until the server wants us no more."""
        while True:
            while self._unread:
                yield self._unread.popleft()
            if self._task.done():
                return
            self._news.clear()
            await self._news.wait()

    async def say(self, content: str, **fields: Any) -> int:
        """Say something, once, however often it must be sent; returns its id. This and the like raise Refused."""
        return await self.send("message", content=content, **fields)

    async def stop(self, id: int) -> int:
        return await self.send("stop", id=id)

    async def ask(self, id: int) -> int:
        return await self.send("ask", id=id)

    async def edit(self, id: int, content: str) -> int:
        return await self.send("edit", id=id, content=content)

    async def send(self, type: str, **fields: Any) -> int:
        """Send a frame under a key, again after each reconnect until it is answered; returns the id in its ack."""
        frame = {"type": type, "key": secrets.token_urlsafe(12), **fields}
        answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._unanswered[frame["key"]] = frame, answered
        try:
            if self._task.done():
                self._give_up("The connection has ended.")
            elif self._line:
                with contextlib.suppress(WebSocketException):
                    await self._line.send(json.dumps(frame))
            return await answered
        finally:
            self._unanswered.pop(frame["key"], None)

    async def read_older(self) -> None:
        """Fetch the page before the messages that are held."""
        place = self.transcript.place()
        url = f"{self.url.replace('ws', 'http', 1)}/api/rooms/{self.room}/messages?before={self.transcript.floor or 1}"
        page = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=2 * SILENCE).read())
        self.transcript.add_page(json.loads(page), place)

    async def _stay(self) -> None:
        """Take one line after another, with pauses that grow while none is welcomed."""
        failures, code = 0, 1006
        try:
            while code in COME_BACK:
                self._welcomed = False
                code = await self._visit()
                self._line, failures = None, 0 if self._welcomed else failures + 1
                if code in COME_BACK:
                    await asyncio.sleep(random.uniform(0, PAUSES[min(failures, len(PAUSES) - 1)]))
        finally:
            self._give_up(f"The connection has ended ({code}).")

    async def _visit(self) -> int:
        """Take a line and fold what comes, until it ends or is of no use; returns its close code."""
        try:
            async with self._connect() as line:
                while True:
                    frame = json.loads(await self._receive(line))
                    self.transcript.apply(frame)
                    self._settle(frame)
                    self._unread.append(frame)
                    self._news.set()
                    if frame["type"] == "welcome":
                        await self._resend(line)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006
        except (InvalidURI, InvalidStatus) as error:  # a bad address, room or host: to try again would not help
            status = error.response.status_code if isinstance(error, InvalidStatus) else 400
            return status if status < 500 else 1006
        except (OSError, WebSocketException, TimeoutError, Gap):
            return 1006

    def _connect(self) -> connect:
        held = {"after": self.transcript.seq, "epoch": self.transcript.epoch} if self.transcript.epoch else {}
        query = urlencode(({"name": self.name} if self.name else {}) | held)
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.url}/ws/{quote(self.room)}?{query}"
        return connect(url, additional_headers=bearer, compression=None, ping_interval=None, close_timeout=1)

    async def _receive(self, line: ClientConnection) -> str | bytes:
        try:
            async with asyncio.timeout(SILENCE):
                return await line.recv()
        except TimeoutError:
            async with asyncio.timeout(SILENCE):
                await line.send('{"type": "ping"}')
                return await line.recv()

    def _settle(self, frame: Frame) -> None:
        """What came answers what was sent: an ack, an error, or the echo with its key."""
        if frame["type"] == "welcome":
            if self.you and self.you["id"] != frame["you"]["id"]:
                self._give_up("You are somebody else by now.")  # as whom nothing is sent again
            self._welcomed, self.you, self.token = True, frame["you"], frame["you"].get("token", self.token)
        for answer in frame["messages"] if frame["type"] == "welcome" else [frame]:
            waiting = self._unanswered.get(answer.get("key", ""))
            mine = answer.get("type") in ("ack", "error") or answer.get("author", {}).get("id") == self.you["id"]
            if waiting and mine and not waiting[1].done():
                if answer.get("type") == "error":
                    waiting[1].set_exception(Refused(answer))
                else:
                    waiting[1].set_result(answer["id"])

    async def _resend(self, line: ClientConnection) -> None:
        """Send what is unanswered, in its order; only then may anything new be sent."""
        self._line, sent = None, set[str]()
        while left := [frame for key, (frame, answered) in self._unanswered.items() if key not in sent and not answered.done()]:
            sent.add(left[0]["key"])
            async with asyncio.timeout(SILENCE):
                await line.send(json.dumps(left[0]))
        self._line = line

    def _give_up(self, why: str) -> None:
        for frame, answered in self._unanswered.values():
            if not answered.done():
                answered.set_exception(Refused({"type": "error", "code": "gone", "content": why, "key": frame["key"]}))
        self._news.set()


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def from_unit(text: str, start: int) -> str:
    return text[start:] if text.isascii() else text.encode("utf-16-le")[2 * start :].decode("utf-16-le")


def grown(message: Frame) -> int:
    return len(message["content"]) if message["status"] == "streaming" else 0


async def say_and_print(client: Client, content: str) -> str:
    """Say one thing, print its answer as it grows; returns the answer's status."""
    question = await client.say(content)
    printed = 0
    async for _ in client:
        for message in client.transcript.shown():  # one answer may be to several questions: it replies to the last
            if message["id"] > question and message.get("reply_to", 0) >= question and message["author"]["kind"] != "human":
                print(message["content"][printed:], end="", flush=True)
                printed = len(message["content"])
                if message["status"] != "streaming":
                    print(f"\n{message.get('reason', '')}".rstrip())
                    return message["status"] if message["author"]["kind"] == "assistant" else "withdrawn"
                break
    return "gone"


async def main() -> None:
    parser = argparse.ArgumentParser(description="Say one thing in a room and print the answer as it streams.")
    parser.add_argument("content")
    parser.add_argument("--url", default="ws://127.0.0.1:8000")
    parser.add_argument("--room", default="lobby")
    parser.add_argument("--name")
    parser.add_argument("--wait", type=float, default=60, help="seconds until nobody will answer any more")
    given = parser.parse_args()
    try:
        async with asyncio.timeout(given.wait), Client(given.url, given.room, given.name) as client:
            status = await say_and_print(client, given.content)
    except (Refused, TimeoutError) as why:
        sys.exit(str(why) or f"No whole answer came within {given.wait:g} seconds.")
    sys.exit(status != "complete")


if __name__ == "__main__":
    asyncio.run(main())
