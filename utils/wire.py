"""WebSocket frames made once for all members, and what takes them.

A server's frames are not masked (RFC 6455, section 5.1), so the bytes are the same for everybody: they are made once
and handed to each transport in one write. `RoomProtocol` is uvicorn's own protocol class, which puts itself into the
scope so that a room reaches its transport; on another server `AsgiWire` does the same over `send_text`.
"""

import asyncio
import contextlib
import math
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import copy_context
from itertools import zip_longest
from random import uniform
from typing import Any, Protocol, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from utils.protocol import CLOSE_BAD_TEXT
from utils.rate_limit import RateLimit

try:
    import fcntl
    import termios
except ImportError:  # Windows
    fcntl = termios = None

HIGH_WATER = 64 * 1024  # bytes in a transport's buffer above which it pauses; it resumes when all of them are gone
NOT_SENT = 16 * 1024  # bytes that wait in the kernel: without it a stuck peer takes 2.9 MB before the transport pauses
PIPELINED = 64 * 1024  # bytes behind a request that is being answered; uvicorn would keep any number
READ_AHEAD = 16  # frames of one socket that wait for the reader, which never waits itself
LOOK_SECONDS = 2.0  # between two looks at what a reader over HTTP has taken
STALLED_SECONDS = 30.0  # without taking a byte of what waits for it, until a reader over HTTP is given up
STREAM_STALLED_SECONDS = 9.0  # the same for somebody in a room, who would be shown as present
LINGER = 2.0  # seconds to read and drop what a refused client still sends, so that it can read why
UNWANTED = 256 * 1024  # bytes of a body behind the answer to its head: a client may go on for a while until it has read that
HEAD_SECONDS = 10.0  # from a connection's begin, or its last answer, until it has sent the head of a request
BODY_SECONDS = 30.0  # for the body: 128 KiB at 35 kbit/s
READ_BYTES = 16 * 1024  # in one turn of the event loop; 256 KiB of tiny frames, asyncio's own measure, hold up everybody for 100 ms
READ_PACED = 512  # the same from a socket that is paced: the twenty of one address bring 200 frames in one turn then, some 10 ms
FRAMES_AT_ONCE, FRAMES_SECONDS = 50, 1.0  # frames, and KiB, that a paced socket may bring in so many seconds; then it is read slowly
EXTENSION = "pocketroom.wire"


class Frames:
    """JSON texts for many connections, and their WebSocket frames and events, made when first asked for.

    `numbers` are the room's after each of the first of them, None where it does not move, `epoch` says of which history.
    """

    def __init__(self, texts: Sequence[bytes], numbers: Sequence[int | None] = (), epoch: str = "") -> None:
        self.texts, self.numbers, self.epoch = texts, numbers, epoch
        self._bytes = self._events = b""

    @property
    def events(self) -> bytes:
        """Server-Sent Events (HTML, section 9.2.5); an id comes behind its data, for what it names has come by then."""
        if not self._events:
            ids = [f"id: {self.epoch}.{number}\n".encode() if number is not None else b"" for number in self.numbers]
            self._events = b"".join([b"data: " + text + b"\n" + id + b"\n" for text, id in zip_longest(self.texts, ids, fillvalue=b"")])
        return self._events

    @property
    def bytes(self) -> bytes:
        if not self._bytes:
            self._bytes = b"".join([_header(len(text)) + text for text in self.texts])
        return self._bytes


def _header(length: int) -> bytes:
    """The head of a final, unmasked text frame (RFC 6455, section 5.2)."""
    if length < 126:
        return struct.pack("!BB", 0x81, length)
    return struct.pack("!BBH", 0x81, 126, length) if length < 65536 else struct.pack("!BBQ", 0x81, 127, length)


class Wire(Protocol):
    """Where a connection writes; it says when its buffer fills and when it has drained."""

    on_pause: Callable[[], None]
    on_resume: Callable[[], None]

    def write(self, frames: Frames) -> None:
        """Never waits, never raises; what comes after a close or a loss is dropped."""


class SocketWire(Wire, Protocol):
    """The wire under a WebSocket."""

    async def stay(self, take: Callable[[str | None], None], leave: Callable[[], None]) -> None:
        """Hand each text to `take`, None for what is none, and call `leave` at the end, which may be after this has returned."""

    def end(self, code: int, reason: str) -> None:
        """Close the socket, and tell why."""


def wire_of(websocket: Any) -> SocketWire:
    """The wire under Starlette's WebSocket, which was accepted."""
    return websocket.scope.get("extensions", {}).get(EXTENSION) or AsgiWire(websocket)


class Mouth:
    """Stands where uvicorn's protocol has a queue of events: what comes is taken at once, no task has to wake, and nothing waits.

    What it calls runs in the context of whoever makes it; `fail` is called when taking something raised.
    """

    def __init__(self, take: Callable[[str | None], None], leave: Callable[[], None], fail: Callable[[], None]) -> None:
        self._context, self._take, self._leave, self._fail = copy_context(), take, leave, fail

    def put_nowait(self, event: Any) -> None:
        if event["type"] != "websocket.receive":
            leave, self._take, self._leave, self._fail = self._leave, lambda text: None, nothing, nothing  # they hold what holds this
            return self._context.run(leave)
        try:
            self._context.run(self._take, event.get("text"))
        except Exception:
            self._fail()

    def qsize(self) -> int:
        return 0

    def empty(self) -> bool:
        return True


def nothing() -> None:
    pass


class RoomProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol as a Wire, for `uvicorn.run(ws=RoomProtocol)`."""

    on_pause = on_resume = staticmethod(lambda: None)
    _stays = False  # when the ASGI task is over
    _written = 0  # bytes, by the room
    _taken = 0  # of these, by the peer, when we last looked
    _heard = 0.0  # when something last came, by the event loop's clock
    _resting: asyncio.TimerHandle | None = None  # until more is read

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._pace = RateLimit(FRAMES_AT_ONCE if self.app_state.get("paced") else 0, FRAMES_SECONDS)

    def write(self, frames: Frames) -> None:
        # Before the 101 a frame would corrupt the handshake; after a loss some transports raise.
        if self.handshake_complete and not (self.close_sent or self.disconnected or self.transport.is_closing()):
            data = frames.bytes
            self._written += len(data)
            self.transport.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER, low=0)
        tune(transport, READ_PACED if self.app_state.get("paced") else READ_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._resting:
            self._resting.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        super().data_received(data)
        if (delay := self._pace.delay("", len(data) / 1024)) and not self._resting:
            self.read_paused = True
            self.transport.pause_reading()
            self._resting = self.loop.call_later(delay * uniform(1, 2), self._read_on)  # not all of them at the same time
        if self.conn.handshake_exc and not self.handshake_initiated:  # a whole request, refused: uvicorn would leave it open
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_events(self) -> None:
        self._pace.delay("", len(self.conn.events))
        super().handle_events()

    async def receive(self) -> Any:
        """uvicorn would read on as soon as there is nothing more to take."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty() and not self._resting:
            self._resume_reading()
        return message

    def _read_on(self) -> None:
        self._resting = None
        if self.read_paused and self.queue.empty():
            self._resume_reading()

    def _resume_reading(self) -> None:
        self.read_paused = False
        self.transport.resume_reading()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:  # whoever pings and does not read would fill our memory with pongs
            self.conn.data_to_send()

    def handle_cont(self, event: Any) -> None:
        if event.data or event.fin:  # empty fragments have no size that a limit could count
            super().handle_cont(event)

    async def run_asgi(self) -> None:
        """As uvicorn's, which would close a line that stays."""
        self.scope["extensions"][EXTENSION] = self  # type: ignore[typeddict-unknown-key]
        try:
            await self.app(self.scope, self.receive, self.send)  # type: ignore[arg-type]
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
        if not self.handshake_complete:
            self.send_500_response()
        if self.close_timer is None and not self._stays:
            self.transport.close()
        for headers in (self.request.headers, self.response.headers):  # which the parser holds
            headers.clear()
        del self.scope, self.request, self.response  # with these some 4 KB that nobody reads any more, and a circle

    async def stay(self, take: Callable[[str | None], None], leave: Callable[[], None]) -> None:
        """See SocketWire. It returns at once: the task that let somebody in would hold 25 KB for as long as they are here."""
        came, mouth = self.queue, Mouth(take, leave, self._stumble)
        self._stays, self.queue = True, mouth  # type: ignore[assignment]
        while not came.empty():
            mouth.put_nowait(came.get_nowait())
        if self.read_paused and not self._resting:
            self._resume_reading()

    def _stumble(self) -> None:
        self.logger.exception("Exception in ASGI application\n")
        self.transport.close()

    def end(self, code: int, reason: str) -> None:
        closing = self.loop.create_task(self.send({"type": "websocket.close", "code": code, "reason": reason}))
        self.tasks.add(closing)
        closing.add_done_callback(self.tasks.discard)
        closing.add_done_callback(lambda done: done.cancelled() or done.exception())  # they left already

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # denied in good order, which uvicorn would log as an error

    def pause_writing(self) -> None:
        super().pause_writing()
        self.on_pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.loop.call_soon(self._resume)  # asyncio loses a connection twice if a write within this call fails

    def _resume(self) -> None:
        if self.writable.is_set():  # not full again
            self.on_resume()

    def start_keepalive(self) -> None:
        """In place of uvicorn's, which pings those too who were heard a moment ago, and makes two timers each time."""
        if self.ping_interval:
            self._listen()

    def _listen(self) -> None:
        """Ping whoever was silent for so long. A page pings by itself before that."""
        silence = self.loop.time() - self._heard
        if silence < cast(float, self.ping_interval):
            self.ping_timer = self.loop.call_later(cast(float, self.ping_interval) - silence, self._listen)
            return
        if not (self.close_sent or self.transport.is_closing()):
            self.conn.send_ping(b"")
            self.transport.write(b"".join(self.conn.data_to_send()))
        self._taken = self._written - unread(self.transport)
        self._await_pong(self.loop.time())

    def _await_pong(self, pinged: float) -> None:
        self.ping_timer = self.loop.call_later(self.ping_timeout or math.inf, self._judge, pinged)

    def _judge(self, pinged: float) -> None:
        before, self._taken = self._taken, self._written - unread(self.transport)
        if self._heard >= pinged:
            self._listen()
        elif self._taken > before:  # it reads, slowly: the ping waits behind what was written before
            self._await_pong(pinged)
        else:
            self.keepalive_timeout()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:  # what the kernel holds it would offer to a stuck peer for minutes
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()  # a close would wait for a buffer that never drains

    def send_receive_event_to_app(self) -> None:
        """As uvicorn's, which would log a traceback for bad UTF-8, and stop reading and start again at each frame."""
        data, self.frames = b"".join(self.frames), []
        try:
            content: Any = {"text": data.decode()} if self.curr_msg_data_type == "text" else {"bytes": data}
        except UnicodeDecodeError:
            self.conn.fail(CLOSE_BAD_TEXT, "invalid UTF-8")
            self.handle_parser_exception()
            return
        if not self.close_sent:
            self.queue.put_nowait({"type": "websocket.receive", **content})  # type: ignore[arg-type]
        if not self.read_paused and self.queue.qsize() >= READ_AHEAD:
            self.read_paused = True
            self.transport.pause_reading()

    def handle_parser_exception(self) -> None:
        if self.close_sent or self.conn.close_sent is None:
            return
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        # Closed at once, with bytes still unread, the kernel would send a reset that overtakes the close frame.
        self.close_timer = self.loop.call_later(LINGER, self.transport.close)


def is_stream(path: str) -> bool:
    """Whether a room's frames over HTTP are asked for."""
    return path.startswith("/api/rooms/") and path.endswith("/events")


def tune(transport: asyncio.BaseTransport, read_bytes: int) -> None:
    """Send at once, let little wait in the kernel, and take no more than so much out of it in one turn of the event loop."""
    if hasattr(transport, "max_size"):  # asyncio's
        transport.max_size = read_bytes  # type: ignore[attr-defined]
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it on sockets of its own only
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOT_SENT)


def unread(transport: asyncio.Transport) -> int:
    """Bytes that the peer has not taken yet: those in the transport and, where the system tells, in the kernel."""
    waiting = transport.get_write_buffer_size()
    sock = transport.get_extra_info("socket")
    if fcntl and termios and sock is not None and not transport.is_closing():
        waiting += struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0]
    return waiting


class Counted(h11.Connection):
    """One that knows how many bytes it gave to be sent."""

    sent = 0

    def send(self, event: Any) -> bytes | None:  # type: ignore[override]
        data: bytes | None = super().send(event)
        self.sent += len(data or b"")
        return data


class RoomHttp(H11Protocol):
    """uvicorn's HTTP, with bounds on requests that wait for the one before them, on slow writers, and on readers who take nothing."""

    _look: asyncio.TimerHandle | None = None
    _peer_state: Any = h11.IDLE  # what the peer is at: a head, a body, waiting
    _since = 0.0  # when it began that
    _unwanted = 0  # bytes of the body that came after its answer
    _taken = 0  # bytes, by the reader, when we last looked
    _stalled = 0.0  # seconds for which it took none of those that waited for it

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.conn = Counted(h11.SERVER)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tune(transport, READ_BYTES)
        self._since = self.loop.time()
        self._look = self.loop.call_later(LOOK_SECONDS, self._watch)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self.flow.write_paused:
            self.transport.abort()  # whoever does not read would hold up the stop
        else:
            super().shutdown()

    def _watch(self) -> None:
        self._look = None  # it holds us
        if self.transport.get_protocol() is not self:  # a WebSocket by now
            return
        if self._is_stuck() or self._is_late():
            self.transport.abort()
        else:
            self._look = self.loop.call_later(LOOK_SECONDS, self._watch)

    def _is_stuck(self) -> bool:
        waiting = unread(self.transport)
        before, self._taken = self._taken, self.conn.sent - waiting
        self._stalled = self._stalled + LOOK_SECONDS if waiting and self._taken == before else 0.0
        patience = STREAM_STALLED_SECONDS if self.scope and is_stream(self.scope["path"]) else STALLED_SECONDS
        return self._stalled >= patience

    def _is_late(self) -> bool:
        """Whether the peer takes too long to send a head, or a body."""
        seconds = {h11.IDLE: HEAD_SECONDS, h11.SEND_BODY: LINGER if self._is_answered() else BODY_SECONDS}
        return self.loop.time() - self._since >= seconds.get(self.conn.their_state, math.inf)

    def _is_answered(self) -> bool:
        """Whether the peer has its answer, and its body goes on."""
        return self.conn.their_state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete

    def _note(self) -> None:
        if self.conn.their_state is not self._peer_state:
            self._peer_state, self._since = self.conn.their_state, self.loop.time()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note()

    def data_received(self, data: bytes) -> None:
        self._unwanted = self._unwanted + len(data) if self._is_answered() else 0
        if self._unwanted > UNWANTED:
            return self.transport.abort()
        super().data_received(data)
        self._note()
        if self.transport.get_protocol() is self and len(self.conn.trailing_data[0]) > PIPELINED:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        if self.cycle and not self.cycle.response_complete:  # the body turned bad while we answer: twice is once too often
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # it has its answer, or a part of it
            return self.transport.close()
        super().send_400_response(msg)


class AsgiWire:
    """A SocketWire for any ASGI server: texts that wait, and one task that sends them."""

    def __init__(self, websocket: Any) -> None:
        self.on_pause = self.on_resume = lambda: None
        self._websocket = websocket
        self._texts: deque[bytes] = deque()  # bounded: after HIGH_WATER bytes its connection writes nothing more
        self._size = 0
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def stay(self, take: Callable[[str | None], None], leave: Callable[[], None]) -> None:
        try:
            while (event := await self._websocket.receive())["type"] != "websocket.disconnect":
                take(event.get("text"))
        finally:
            leave()

    def end(self, code: int, reason: str) -> None:
        self._closing = asyncio.create_task(self._websocket.close(code, reason))
        self._closing.add_done_callback(lambda done: done.cancelled() or done.exception())  # they left already

    def write(self, frames: Frames) -> None:
        self._texts.extend(frames.texts)
        self._size += sum(map(len, frames.texts))
        if self._size > HIGH_WATER:
            self.on_pause()
        if self._task is None:
            self._task = asyncio.create_task(self._send())

    async def _send(self) -> None:
        with contextlib.suppress(Exception):  # the socket is gone, as its reader finds out too
            while self._texts:
                text = self._texts.popleft()
                await self._websocket.send_text(text.decode())
                self._size -= len(text)
            self._task = None
            self.on_resume()
