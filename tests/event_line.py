"""A line to a room over HTTP with the verbs of a WebSocket: frames come as Server-Sent Events, and go by POST, one after another."""

import asyncio
import contextlib
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import h11
import httpx2
from websockets.exceptions import ConnectionClosedError

PROBLEM = ("title", "status", "detail")  # what an error has besides the fields of its frame
LATER = 503  # it is sent again by whoever comes back
PING = '{"type":"ping"}'
RESTART, LOST = 1012, 1006  # as close codes of a WebSocket


class EventStream(asyncio.Protocol):
    """One response, of which only so many bytes are read in a second."""

    def __init__(self, bytes_per_second: float) -> None:
        self.opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()  # its status
        self.frames: asyncio.Queue[tuple[str, bool] | None] = asyncio.Queue()  # and whether they came live; None: it is over
        self.number = 0  # of the room, after the last event that told it
        self.moved = asyncio.Event()
        self.body = b""
        self.is_whole = False  # ended by the server in good order
        self._bytes_per_second = bytes_per_second
        self._http = h11.Connection(h11.CLIENT)

    def ask(self, path: str, headers: dict[str, str]) -> None:
        for event in (h11.Request(method="GET", target=path, headers=list(headers.items())), h11.EndOfMessage()):
            self.transport.write(self._http.send(event) or b"")

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        while (event := self._http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Response):
                self.opened.set_result(event.status_code)
            elif isinstance(event, h11.Data):
                self._read(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self.is_whole = True
                self.transport.close()
                return
        if self._bytes_per_second < float("inf"):
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(len(data) / self._bytes_per_second, self.transport.resume_reading)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the server sent no response"))
        self.frames.put_nowait(None)

    def _read(self, data: bytes) -> None:
        *events, self.body = (self.body + data).split(b"\n\n")
        for event in events:
            for line in event.decode().split("\n"):
                name, _, value = line.partition(": ")
                if name == "data":
                    self.frames.put_nowait((value, True))
                elif name == "id":
                    self.number = int(value.partition(".")[2])
                    self.moved.set()


class EventLine:
    """What tests.member.Line is for a WebSocket."""

    def __init__(self, stream: EventStream, url: str, headers: dict[str, str]) -> None:
        self.transport, self.close_code = stream.transport, None
        self._stream, self._url, self._headers = stream, url, headers
        self._to_say: asyncio.Queue[tuple[str | bytes, bool]] = asyncio.Queue()  # and whether its answer is waited for
        self._sender = asyncio.create_task(self._send())

    async def send(self, data: str | bytes, text: bool | None = None) -> None:
        self._to_say.put_nowait((data, True))

    async def recv(self) -> str:
        frame = await self._stream.frames.get()
        if frame is None:
            self.close_code = RESTART if self._stream.is_whole else LOST
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
            await asyncio.sleep(0)  # in which the transport of its last POST is closed
            raise ConnectionClosedError(None, None)
        text, is_live = frame
        if is_live and text.startswith('{"type":"welcome"'):
            self._headers = {**self._headers, "authorization": f"Bearer {json.loads(text)['you']['token']}"}
        if is_live and text.startswith(('{"type":"welcome"', '{"type":"pong"')):
            self._to_say.put_nowait((PING, False))  # we are still here
        return text

    async def close(self) -> None:
        self.transport.close()

    async def _send(self) -> None:
        """Post what is said, in its order; what it is answered with comes as if the stream had brought it."""
        async with httpx2.AsyncClient(timeout=60) as http:
            while True:
                said, is_awaited = await self._to_say.get()
                with contextlib.suppress(httpx2.TransportError):  # sent again by whoever comes back
                    answer = await http.post(self._url, content=said, headers=self._headers)
                    if answer.content and is_awaited and answer.status_code != LATER:
                        await self._hear(answer.json())

    async def _hear(self, answer: dict[str, Any]) -> None:
        while answer["type"] == "pong" and self._stream.number < answer["seq"]:  # it may overtake what it speaks of
            self._stream.moved.clear()
            await self._stream.moved.wait()
        told = {name: value for name, value in answer.items() if name not in PROBLEM}
        self._stream.frames.put_nowait((json.dumps(told, separators=(",", ":"), ensure_ascii=False), False))


async def open_event_line(
    url: str, token: str | None = None, *, rate: float = float("inf"), receive_buffer: int | None = None, headers: Any = None
) -> EventLine:
    """The events of the room whose WebSocket has this `url`. Raises ConnectionRefusedError for another status than 200."""
    parts = urlsplit(url)
    room = parts.path.removeprefix("/ws").strip("/") or "lobby"
    given = {"host": parts.netloc, "accept": "text/event-stream", **(headers or {})}
    if token:
        given["authorization"] = f"Bearer {token}"
    sock = socket.socket()
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_connect(sock, ("127.0.0.1", parts.port))
        _, stream = await loop.create_connection(lambda: EventStream(rate), sock=sock)
    except BaseException:
        sock.close()
        raise
    stream.ask(f"/api/rooms/{room}/events?{parts.query}", given)
    status = await stream.opened
    if status != 200:
        raise ConnectionRefusedError(status)
    posts = {name: value for name, value in given.items() if name not in ("accept", "host")}
    return EventLine(stream, f"http://{parts.netloc}/api/rooms/{room}/frames", posts)
