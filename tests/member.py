"""A person at a socket, who takes /asyncapi.json at its word: keeps every frame, and finds fault with the first that does not fit.

The fold is the reference client's; coming, going and being cut are by hand here.
"""

import asyncio
import contextlib
import json
import math
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from examples.client import Transcript
from tests.document import check_received, check_sent
from tests.event_line import open_event_line
from tests.server import Server

PATIENCE = 20  # seconds until what should happen is given up

Frame = dict[str, Any]


class Line(ClientConnection):
    """A TCP connection over which only so much comes in a second."""

    bytes_per_second = math.inf

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.bytes_per_second < math.inf:
            self.transport.pause_reading()
            self.loop.call_later(len(data) / self.bytes_per_second, self.transport.resume_reading)


class Member:
    """Somebody in a room, or about to enter it. What they `send` under a key is sent again until it is answered."""

    def __init__(self, server: Server, name: str | None = None, room: str = "lobby", over: str = "websocket", **line: Any) -> None:
        self.server, self.name, self.room, self.over = server, name, room, over
        self.line_options = line
        self.transcript = Transcript()
        self.frames: list[Frame] = []
        self.you: Frame = {}
        self.token: str | None = None
        self.unanswered: dict[str, Frame] = {}
        self.code: int | None = None  # with which the connection was closed
        self._news = asyncio.Event()

    # ---- coming and going ----------------------------------------------------------------------

    async def join(self, **query: Any) -> Self:
        """Enter, and be welcomed."""
        self.welcomes = len(self.of("welcome"))
        await self.connect(**query)
        await self.until(lambda: len(self.of("welcome")) > self.welcomes)
        return self

    async def connect(self, **query: Any) -> None:
        given = {name: value for name, value in {"name": self.name, **query}.items() if value is not None}
        opened = open_event_line if self.over == "http" else open_line
        self.line: Any = await opened(
            f"ws://127.0.0.1:{self.server.port}/ws/{self.room}?{urlencode(given)}", self.token, **self.line_options
        )
        self.code = None
        self._reader = asyncio.create_task(self._read(self.line))

    async def come_back(self, **query: Any) -> Self:
        return await self.join(**{"after": self.transcript.seq, "epoch": self.transcript.epoch, **query})

    async def leave(self) -> None:
        self.resume()
        await self.line.close()
        await self._reader

    async def cut(self) -> None:
        """The line is gone: no close frame, no goodbye."""
        self.line.transport.abort()
        await self._reader

    def stall(self) -> None:
        """Stop reading, and stay."""
        self.line.transport.pause_reading()

    def resume(self) -> None:
        self.line.transport.resume_reading()

    async def is_closed(self) -> int | None:
        """Wait for the end of the connection; returns its close code."""
        async with asyncio.timeout(PATIENCE):
            await self._reader
        return self.code

    # ---- saying things -------------------------------------------------------------------------

    async def say(self, content: str, **fields: Any) -> int:
        """Say something; returns the id under which it was acknowledged."""
        return (await self.does("message", content=content, **fields))["id"]

    async def stop(self, id: int) -> Frame:
        return await self.does("stop", id=id)

    async def ask(self, id: int, **fields: Any) -> Frame:
        return await self.does("ask", id=id, **fields)

    async def edit(self, id: int, content: str) -> Frame:
        return await self.does("edit", id=id, content=content)

    async def delete(self, id: int) -> Frame:
        return await self.does("delete", id=id)

    async def configure(self, **settings: str) -> Frame:
        return await self.does("configure", **settings)

    async def typing(self, on: bool) -> None:
        await self.send_raw(json.dumps(check_sent({"type": "typing", "on": on})))

    async def ping(self) -> Frame:
        """Returns the pong, before which everything came that the room had to tell until now."""
        pongs = len(self.of("pong"))
        await self.send_raw('{"type": "ping"}')
        return (await self.until(lambda: self.of("pong")[pongs:]))[0]

    async def does(self, type: str, **fields: Any) -> Frame:
        """Send a frame, and wait for its ack or error."""
        return await self.answer(await self.send(type, **fields))

    async def send(self, type: str, **fields: Any) -> str:
        """Send a frame under a key of its own, which is returned, and wait for nothing."""
        frame = {"type": type, "key": secrets.token_urlsafe(9), **fields}
        self.unanswered[frame["key"]] = frame
        await self.send_raw(json.dumps(frame))
        return frame["key"]

    async def send_raw(self, data: str | bytes, text: bool | None = None) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.line.send(data, text=text)

    async def read_older(self, limit: int = 50) -> None:
        """Fetch the page of history before what is shown; it is dropped if it is of another room by now."""
        place, floor = self.transcript.place(), self.transcript.floor
        async with httpx2.AsyncClient(base_url=self.server.url) as http:
            answer = await http.get(f"/api/rooms/{self.room}/messages", params={"before": floor, "limit": limit})
        page = answer.raise_for_status().json()
        self.transcript.add_page(page, place)

    async def read_all(self, limit: int = 50) -> None:
        while self.transcript.floor:
            await self.read_older(limit)

    # ---- waiting for things --------------------------------------------------------------------

    async def until(self, condition: Callable[[], Any]) -> Any:
        """What `condition` comes to when it is true; it is looked at again after every frame."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := condition()):
                    self._must_be_in()
                    await self._news.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"{self.name} waited in vain. The last frames: {self.frames[-3:]}") from None

    async def receives(self, type: str, **fields: Any) -> Frame:
        """The first frame like this, of all that came or will come."""
        return (await self.until(lambda: self.of(type, **fields)))[0]

    async def answer(self, key: str) -> Frame:
        """The ack or error for `key`."""
        return (await self.until(lambda: self.of("ack", key=key) + self.of("error", key=key)))[0]

    async def heard(self) -> None:
        """Wait until all that was sent is answered: by an ack or error, or by its echo after falling behind."""
        await self.until(lambda: not self.unanswered)

    async def sees(self, content: str) -> Frame:
        """The message that reads `content`."""
        return (await self.until(lambda: [m for m in self.shown() if m["content"] == content]))[0]

    async def begun(self, question: int, length: int = 1) -> Frame:
        """The answer to `question`, when so much of it was said."""
        return await self.until(lambda: self._answer_to(question, lambda m: len(m["content"]) >= length))

    async def finished(self, question: int) -> Frame:
        """The answer to `question`, when it is over."""
        return await self.until(lambda: self._answer_to(question, lambda m: m["status"] != "streaming"))

    def of(self, type: str, **fields: Any) -> list[Frame]:
        """The frames of this type and with these fields that came."""
        return [f for f in self.frames if f["type"] == type and all(f.get(name) == value for name, value in fields.items())]

    def shown(self, floor: int = 0) -> list[Frame]:
        return [message for message in self.transcript.shown() if message["id"] >= floor]

    def state(self, floor: int = 0) -> Frame:
        """What two members must agree on."""
        mine = self.transcript
        return {"seq": mine.seq, "epoch": mine.epoch, "room": {**mine.room, "seq": mine.seq}, "messages": self.shown(floor)}

    def _answer_to(self, question: int, condition: Callable[[Frame], bool]) -> Frame | None:
        answers = [m for m in self.shown() if m.get("reply_to") == question and m["author"]["kind"] == "assistant"]
        return answers[-1] if answers and condition(answers[-1]) else None

    def _must_be_in(self) -> None:
        if self._reader.done():
            self._reader.result()
            raise AssertionError(f"{self.name} was thrown out with {self.code}. The last frames: {self.frames[-3:]}")

    async def _read(self, line: Any) -> None:
        try:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self._receive(await line.recv())
        finally:
            self.code = line.close_code
            self._tell()

    async def _receive(self, text: str | bytes) -> None:
        assert isinstance(text, str)
        assert text.startswith('{"type":'), text
        frame = json.loads(text)
        check_received(frame)
        self.transcript.apply(frame)
        self.frames.append(frame)
        self._settle(frame)
        self._tell()
        if frame["type"] == "welcome":
            await self._welcomed(frame)

    async def _welcomed(self, frame: Frame) -> None:
        self.token = frame["you"].get("token", self.token)
        before, self.you = self.you, frame["you"]
        if before.get("id") == self.you["id"]:
            for unanswered in list(self.unanswered.values()):
                await self.send_raw(json.dumps(unanswered))

    def _settle(self, frame: Frame) -> None:
        if frame["type"] in ("ack", "error"):
            self._settled(frame.get("key", ""), frame["type"] == "ack")
        for message in frame["messages"] if frame["type"] == "welcome" else [frame]:
            if message.get("author", {}).get("id") == self.you.get("id", ""):
                self._settled(message.get("key", ""), True)

    def _settled(self, key: str, is_done: bool) -> None:
        frame = self.unanswered.pop(key, None)
        if frame is not None and is_done:
            check_sent(frame, is_strict=False)  # some send more than there is, to see it ignored

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


async def open_line(
    url: str, token: str | None = None, *, rate: float = math.inf, receive_buffer: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Line:  # fmt: skip
    """A WebSocket over which `rate` bytes come in a second, and for which the kernel keeps so many that were not read."""
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    sock = socket.socket()
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", urlsplit(url).port))
        line = await connect(
            url, sock=sock, create_connection=type("Line", (Line,), {"bytes_per_second": rate}), compression=None, max_size=None,
            max_queue=None, ping_interval=None, close_timeout=1, open_timeout=PATIENCE, proxy=None,
            additional_headers={**bearer, **(headers or {})},
        )  # fmt: skip
    except BaseException:
        sock.close()
        raise
    assert isinstance(line, Line)
    return line


def agree(*members: Member) -> None:
    """All hold the same, as far back as all of them hold anything."""
    floor = max(member.transcript.floor for member in members)
    first = members[0].state(floor)
    for member in members[1:]:
        assert member.state(floor) == first, f"{member.name} and {members[0].name} do not agree"
