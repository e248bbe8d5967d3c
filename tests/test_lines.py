"""One line of somebody in a room, from its handshake to its end, when the task that let them in is long over."""

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from websockets.client import ClientProtocol
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.company import PATIENCE, Frame, opened, person, port_of
from utils import limits
from utils.people import People
from utils.protocol import Refused
from utils.room import Room
from utils.wire import READ_AHEAD, READ_PACED, RoomProtocol

PING, PONG = 0.5, 0.5  # seconds, instead of 11 and 4
PINGED = {"ws_ping_interval": PING, "ws_ping_timeout": PONG}
TINY = 4096  # bytes in a receive buffer


class Line:
    """A socket of which each byte is sent by hand: it answers no ping and no close, unless it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.protocol = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None)
        self.frames: list[Frame] = []
        self.pings = 0

    async def enter(self, port: int, room: str, name: str) -> None:
        head = f"GET /ws/{room}?name={name} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.writer.write(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode())
        assert (await self.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        self.protocol = ClientProtocol(parse_uri("ws://127.0.0.1/"), state=State.OPEN, max_size=None)

    def send(self, *texts: str) -> None:
        """In one piece."""
        for text in texts:
            self.protocol.send_text(text.encode())
        self.writer.write(b"".join(self.protocol.data_to_send()))

    def say(self, *contents: str) -> None:
        self.send(*(json.dumps({"type": "message", "content": content}) for content in contents))

    async def read(self, pace: float = 0) -> bool:
        """Take what came, and answer nothing; False when there is no more."""
        data = await self.reader.read(2048 if pace else 65536)
        await asyncio.sleep(pace)
        self.protocol.receive_data(data) if data else self.protocol.receive_eof()
        for event in self.protocol.events_received():
            if isinstance(event, WebSocketFrame) and event.opcode is Opcode.TEXT:
                self.frames.append(json.loads(bytes(event.data)))
            self.pings += isinstance(event, WebSocketFrame) and event.opcode is Opcode.PING
        return bool(data)

    def answer(self) -> None:
        """The pings, and the close, that were read."""
        self.writer.write(b"".join(self.protocol.data_to_send()))

    async def until(self, holds: Callable[[], Any], pace: float = 0) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                assert await self.read(pace), "the line is gone"

    async def ends(self) -> int | None:
        """Read to the end; the code with which it was closed, None where it broke off."""
        async with asyncio.timeout(PATIENCE):
            try:
                while await self.read():
                    if self.protocol.close_rcvd:
                        self.answer()
            except ConnectionError:
                pass
        return self.protocol.close_rcvd and self.protocol.close_rcvd.code

    def of(self, type: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == type]

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def line(port: int, name: str = "Ann", room: str = "tea", receive_buffer: int | None = None) -> AsyncIterator[Line]:
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=TINY if receive_buffer else 2**16)
    line = Line(reader, writer)
    try:
        await line.enter(port, room, name)
        yield line
    finally:
        writer.transport.abort()


async def until(holds: Callable[[], Any]) -> None:
    """For what no frame tells."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def room_of(app: FastAPI, name: str = "tea") -> Room:
    return app.state.house.rooms._rooms[name]


def said_in(app: FastAPI) -> list[str]:
    return [message["content"] for message in room_of(app).messages.values()]


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> list[RoomProtocol]:
    """The server's ends of the lines, in the order in which they were made."""
    made: list[RoomProtocol] = []
    connection_made = RoomProtocol.connection_made
    monkeypatch.setattr(RoomProtocol, "connection_made", lambda self, transport: (made.append(self), connection_made(self, transport)))
    return made


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Nobody is let in until it is set."""
    is_open, admit = asyncio.Event(), People.admit

    async def admitted(*given: Any) -> Any:
        await asyncio.wait_for(is_open.wait(), PATIENCE)
        return await admit(*given)

    monkeypatch.setattr(People, "admit", admitted)
    return is_open


# ---- coming in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("early", [3, 3 * READ_AHEAD])
async def test_what_ann_says_while_she_is_let_in_stands_in_its_order_before_what_she_says_then(
    tmp_path: Path, wires: list[RoomProtocol], door: asyncio.Event, early: int
) -> None:
    async with opened(tmp_path, speaks="never", messages_per_minute=0) as app, line(port_of(app)) as ann:
        texts = [f"{n} ".ljust(1_000, "x") for n in range(early + 5)]
        for text in texts[:early]:
            ann.say(text)
        await until(lambda: wires[0].queue.qsize() >= min(early, READ_AHEAD))
        assert wires[0].read_paused == (early > READ_AHEAD), "nothing more is read than what may wait"
        door.set()
        for text in texts[early:]:
            ann.say(text)
        await ann.until(lambda: len(ann.of("message")) == len(texts))
        assert [frame["content"].strip() for frame in ann.of("message")] == [text.strip() for text in texts]
        assert not wires[0].read_paused


async def test_what_ann_said_stands_there_though_she_left_before_she_was_let_in(
    tmp_path: Path, wires: list[RoomProtocol], door: asyncio.Event
) -> None:
    async with opened(tmp_path, speaks="never") as app:
        async with line(port_of(app)) as ann:
            ann.say("in", "passing")
            ann.protocol.send_close(1000)
            ann.answer()
            await until(lambda: wires[0].queue.qsize() >= 3)
            assert await ann.ends() == 1000
            door.set()
            await until(lambda: not app.state.house.limits.lines)
        async with person(port_of(app), "tea", "Bea") as bea:
            await bea.sees("welcome", count=1)
            await until(lambda: said_in(app) == ["in", "passing"])


@pytest.mark.parametrize("bad", [b"\x81\x82\0\0\0\0\xff\xff", b"\xff\xff\xff\xff"], ids=["bad UTF-8", "no frame"])
async def test_who_sends_nonsense_while_they_are_let_in_is_in_nobodys_way(
    tmp_path: Path, door: asyncio.Event, caplog: pytest.LogCaptureFixture, bad: bytes
) -> None:
    async with opened(tmp_path, speaks="never") as app, line(port_of(app)) as mal:
        mal.writer.write(bad)
        assert await mal.ends() in (1002, 1007)
        door.set()
        await until(lambda: not app.state.house.limits.lines)
        assert not room_of(app).members
    assert "Traceback" not in caplog.text


async def test_who_is_refused_after_nonsense_leaves_no_traceback(
    tmp_path: Path, door: asyncio.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refused(*given: Any) -> Any:
        await asyncio.wait_for(door.wait(), PATIENCE)
        raise Refused("forbidden", "No.")

    monkeypatch.setattr(People, "admit", refused)
    async with opened(tmp_path, speaks="never") as app, line(port_of(app)) as mal:
        mal.writer.write(b"\x81\x82\0\0\0\0\xff\xff")
        assert await mal.ends() == 1007
        door.set()
        await until(lambda: not app.state.house.limits.lines)
    assert "Traceback" not in caplog.text


# ---- staying -------------------------------------------------------------------------------------


async def test_a_line_that_goes_on_is_still_read_in_small_pieces_and_slowly_when_too_much_comes(
    tmp_path: Path, wires: list[RoomProtocol]
) -> None:
    async with opened(tmp_path, speaks="never", messages_per_minute=600) as app, line(port_of(app)) as ann:
        await ann.until(lambda: ann.of("welcome"))
        assert wires[0].transport.max_size == READ_PACED  # type: ignore[attr-defined]
        loop = asyncio.get_running_loop()
        begun = loop.time()
        ann.send(*['{"type": "ping"}'] * 120)
        await ann.until(lambda: len(ann.of("pong")) == 120)
        assert loop.time() - begun > 0.7, "of 120 frames 50 may come at once, and 50 more in each second"
        await until(lambda: not wires[0].read_paused)


async def test_a_line_that_goes_on_keeps_its_place_among_those_of_its_address(tmp_path: Path) -> None:
    async with opened(tmp_path, speaks="never", connections_per_address=2) as app:
        port, lines = port_of(app), app.state.house.limits.lines
        async with line(port, "Ann") as ann, line(port, "Bea") as bea:
            await ann.until(lambda: ann.of("welcome"))
            await bea.until(lambda: bea.of("welcome"))
            assert lines["address 127.0.0.1"] == 2
            async with line(port, "Cleo") as cleo:
                assert await cleo.ends() == 1013
            bea.reset()
            await until(lambda: lines["address 127.0.0.1"] == 1)
            async with line(port, "Cleo") as cleo:
                await cleo.until(lambda: cleo.of("welcome"))


# ---- pings ---------------------------------------------------------------------------------------


async def test_whoever_is_silent_is_pinged_and_stays_as_long_as_they_answer(tmp_path: Path) -> None:
    async with opened(tmp_path, uvicorn=PINGED, speaks="never") as app, line(port_of(app)) as ann:
        for pings in (1, 2, 3):
            await ann.until(lambda pings=pings: ann.pings == pings)
            ann.answer()
        assert room_of(app).members


async def test_whoever_says_something_in_time_is_not_pinged(tmp_path: Path) -> None:
    """As a page does, every ten seconds: nobody's phone has to wake for our pings, too."""
    loop = asyncio.get_running_loop()
    async with opened(tmp_path, uvicorn=PINGED, speaks="never") as app, line(port_of(app)) as ann:
        sent, longest = loop.time(), 0.0
        for pongs in range(1, 21):
            ann.send('{"type": "ping"}')
            await ann.until(lambda pongs=pongs: len(ann.of("pong")) == pongs)
            await asyncio.sleep(PING / 5)  # as the page's timer
            sent, longest = loop.time(), max(longest, loop.time() - sent)
        assert ann.pings == 0 or longest > PING * 0.9, "this machine was away for longer than a ping takes"


async def test_whoever_answers_no_ping_is_gone_after_it_and_two_waits_at_most(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with opened(tmp_path, uvicorn=PINGED, speaks="never") as app, person(port_of(app), "tea", "Bea") as bea:
        async with line(port_of(app), "Finn") as finn:
            await finn.until(lambda: finn.of("welcome"))
            begun = loop.time()
            await bea.sees("presence", count=2)
            await until(lambda: len(room_of(app).members) == 1)
            assert loop.time() - begun + 0.1 > PING
            assert loop.time() - begun < PING + 2 * PONG + 1
            assert finn.pings == 0, "it was not even read"
            await bea.sees("presence", count=1)
        assert sum(app.state.house.limits.lines.values()) == 1


# ---- the end -------------------------------------------------------------------------------------


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each was let go: by the room, and by what counts lines."""
    times, leave, release = Counter[str](), Room.leave, limits.release

    def left(room: Room, connection: Any) -> None:
        times["room"] += connection in room.connections
        leave(room, connection)

    def released(counter: Counter[str], keys: Sequence[str]) -> None:
        times["line"] += keys[0].startswith("address ")
        release(counter, keys)

    monkeypatch.setattr(Room, "leave", left)
    monkeypatch.setattr(limits, "release", released)
    return times


async def closes(ann: Line, app: FastAPI) -> None:
    ann.protocol.send_close(1000)
    ann.answer()
    assert await ann.ends() == 1000


async def says_no_goodbye(ann: Line, app: FastAPI) -> None:
    ann.writer.write_eof()
    await ann.ends()


async def is_reset(ann: Line, app: FastAPI) -> None:
    ann.reset()


async def is_sent_away(ann: Line, app: FastAPI) -> None:
    room = room_of(app)
    for connection in list(room.connections):
        room.expel(connection, 4001, "away with you")
        room.expel(connection, 4002, "and once more")
    assert await ann.ends() == 4001


async def is_sent_away_and_closes(ann: Line, app: FastAPI) -> None:
    await asyncio.gather(is_sent_away(ann, app), closes_meanwhile(ann))


async def closes_meanwhile(ann: Line) -> None:
    ann.protocol.send_close(1000)
    ann.answer()


async def sends_bad_utf_8(ann: Line, app: FastAPI) -> None:
    ann.writer.write(b"\x81\x82\0\0\0\0\xff\xff")
    assert await ann.ends() == 1007


async def answers_no_ping(ann: Line, app: FastAPI) -> None:
    await until(lambda: not app.state.house.limits.lines)


async def sees_the_server_stop(ann: Line, app: FastAPI) -> None:
    """Which is what follows."""


ENDS = [closes, says_no_goodbye, is_reset, is_sent_away, sends_bad_utf_8, answers_no_ping, sees_the_server_stop]


@pytest.mark.parametrize("end", ENDS)
async def test_however_it_ends_a_line_is_let_go_once(
    tmp_path: Path, let_go: Counter[str], end: Callable[[Line, FastAPI], Awaitable[None]]
) -> None:
    async with opened(tmp_path, uvicorn=PINGED if end is answers_no_ping else {}, speaks="never") as app:
        limits = app.state.house.limits
        async with line(port_of(app)) as ann:
            await ann.until(lambda: ann.of("welcome"))
            assert sum(limits.lines.values()) == 1
            await end(ann, app)
            if end is not sees_the_server_stop:
                await until(lambda: not limits.lines)
                assert not room_of(app).members
            assert not room_of(app).connections or end is sees_the_server_stop
    assert let_go == {"room": 1, "line": 1}
    assert not limits.lines


async def test_who_is_told_to_go_and_goes_at_that_moment_is_let_go_once(tmp_path: Path, let_go: Counter[str], caplog: pytest.LogCaptureFixture) -> None:
    async with opened(tmp_path, speaks="never") as app, line(port_of(app)) as ann:
        await ann.until(lambda: ann.of("welcome"))
        ann.protocol.send_binary(b"none of ours")
        ann.protocol.send_close(1000)
        ann.answer()
        await ann.ends()
        await until(lambda: not app.state.house.limits.lines)
    assert let_go == {"room": 1, "line": 1}
    assert "Traceback" not in caplog.text


def ten_bad_frames(mal: Line) -> None:
    for _ in range(10):
        mal.protocol.send_text(b"no JSON")


BAD: list[tuple[str, Callable[[Line], None], int]] = [
    ("a binary frame", lambda mal: mal.protocol.send_binary(b"none of ours"), 1003),
    ("ten bad frames", ten_bad_frames, 1008),
]


@pytest.mark.parametrize(("send", "code"), [(send, code) for _, send, code in BAD], ids=[name for name, _, _ in BAD])
async def test_mal_who_sends_what_is_none_of_the_protocols_is_told_why_she_goes_and_is_gone_at_once(
    tmp_path: Path, wires: list[RoomProtocol], let_go: Counter[str], send: Callable[[Line], None], code: int
) -> None:
    async with opened(tmp_path, speaks="never", messages_per_minute=0) as app, person(port_of(app), "tea", "Bea") as bea:
        async with line(port_of(app), "Mal") as mal:
            await bea.sees("presence", count=2)
            send(mal)
            mal.protocol.send_text(b'{"type": "message", "content": "after that"}')
            send(mal)
            mal.answer()  # all of it in one piece
            bea.frames.clear()
            await bea.sees("presence", count=1)
            assert not wires[1].transport.is_closing(), "she has not even answered the close"
            assert await mal.ends() == code
        assert [frame["code"] for frame in mal.of("error")] == (["bad_json"] * 10 if code == 1008 else [])
        await bea.says("we are alone")
        assert said_in(app) == ["we are alone"]
        assert app.state.house.tally.closed == {code: 1}
        assert let_go == {"room": 1, "line": 1}
