"""What one attacker does, as fast as one core can: `python -m bench.attacks NAME PORT SECONDS [ADDRESS]` prints what came of it, as JSON.

Every attack comes from an address of its own on loopback, which a server takes for another machine than the members of bench.siege.
"""

import json
import os
import secrets
import selectors
import socket
import struct
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

SOURCE = "127.0.0.2"
OPENED_AT_ONCE = 100  # sockets opened between two looks at the others
DRIP_SECONDS = 0.5  # between two bytes of whoever is slow
CHUNK = 64 * 1024  # bytes of a flood written in one go
NICE = 19  # those who measure share the core, and go first

Then = Literal["flood", "turns", "drip", "silence", "leave"]


@dataclass(frozen=True)
class Attack:
    """So many `sockets` are held open, and opened again when they are closed. Each sends its `opening`, then `more`, as `then` says.

    flood: as much as it can write; turns: once for each answer; drip: a byte now and then; leave: closes at the first answer.
    """

    name: str
    title: str
    sockets: int
    opening: Callable[[int], bytes]
    then: Then = "silence"
    more: Callable[[int], bytes] = lambda _: b""


# ---- what is sent --------------------------------------------------------------------------------


def enter(room: str) -> bytes:
    key = b64encode(secrets.token_bytes(16)).decode()
    return (
        f"GET /ws/{room} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def frame(payload: bytes, opcode: int = 1, fin: int = 0x80) -> bytes:
    """Under a mask of zeros."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB4x", fin | opcode, 0x80 | size) + payload
    if size < 65536:
        return struct.pack("!BBH4x", fin | opcode, 0xFE, size) + payload
    return struct.pack("!BBQ4x", fin | opcode, 0xFF, size) + payload


def request(method: str, path: str, body: bytes = b"", token: str = "") -> bytes:
    shown = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{shown}Content-Length: {len(body)}\r\n\r\n".encode() + body


def new_room() -> str:
    return f"siege-{secrets.token_hex(8)}"


def said(number: int) -> bytes:
    return json.dumps({"type": "message", "content": f"flood {number}"}).encode()


def many(one: bytes) -> bytes:
    return one * (CHUNK // len(one) + 1)


def guess(number: int) -> bytes:
    return request("POST", "/api/password", json.dumps({"password": f"guess {number}"}).encode())


READINGS = ("search?q=the", "messages?limit=500", "export.jsonl", "search?q=e+a", "export.md")
MESSAGES, PINGS, FRAGMENTS = many(frame(said(0))), many(frame(b"", 9)), many(frame(b"x", 0, 0))
TYPING = many(frame(b'{"type":"typing","on":true}'))
GIANT = struct.pack("!BBQ4x", 0x81, 0xFF, 2**40)  # the head of a frame of a tebibyte
HEAVY = frame(b'{"type":"message","content":"' + b"x" * 120_000 + b'"}')  # as large as may be, and too long to be said
ENDLESS_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"x-more: " + b"y" * 10_000
ENDLESS_BODY = b"POST /api/rooms/room/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n"

ATTACKS = (
    Attack("connects", "10,000 connection attempts: handshakes, as fast as may be", 200, lambda _: enter("room"), "leave"),
    Attack("idle", "1,000 idle sockets", 1000, lambda _: b""),
    Attack("heads", "1,000 slow heads: a byte each half second", 1000, lambda _: b"GET / HT", "drip", lambda _: b"x"),
    Attack("bodies", "1,000 slow bodies", 1000, lambda _: ENDLESS_BODY, "drip", lambda _: b"x"),
    Attack("half-open", "1,000 handshakes that end before their last line", 1000, lambda _: enter("room")[:-2]),
    Attack("sockets", "1,000 WebSockets that say nothing", 1000, lambda _: enter("room")),
    Attack("messages", "messages over 20 sockets, as fast as they go", 20, lambda _: enter("room"), "flood", lambda _: MESSAGES),
    Attack("typing", "typing over 20 sockets", 20, lambda _: enter("room"), "flood", lambda _: TYPING),
    Attack("pings", "pings over 20 sockets", 20, lambda _: enter("room"), "flood", lambda _: PINGS),
    Attack("fragments", "endless fragments over 20 sockets", 20, lambda _: enter("room") + frame(b"x", 1, 0), "flood", lambda _: FRAGMENTS),
    Attack("giants", "frames of a tebibyte", 20, lambda _: enter("room") + GIANT, "flood", lambda _: b"x" * CHUNK),
    Attack("heavy", "frames of 117 KiB", 20, lambda _: enter("room"), "flood", lambda _: HEAVY),
    Attack("long heads", "heads without end", 100, lambda _: ENDLESS_HEAD, "flood", lambda _: b"y" * CHUNK),
    Attack("long bodies", "bodies of a gigabyte", 100, lambda _: ENDLESS_BODY, "flood", lambda _: b"x" * CHUNK),
    Attack("rooms", "new rooms, each by its own socket", 100, lambda _: enter(new_room()), "leave"),
    Attack("posted rooms", "new rooms, by POST", 100, lambda n: post(n), "turns", lambda n: post(n)),
    Attack("joins", "joining the members' room and leaving it", 50, lambda _: enter("room"), "leave"),
    Attack("posts", "POST to the members' room", 100, lambda n: post(n, "room"), "turns", lambda n: post(n, "room")),
    Attack("reads", "searches, pages and exports of the members' room", 100, lambda n: read(n), "turns", lambda n: read(n)),
    Attack("page", "the page, again and again", 100, lambda _: request("GET", "/"), "turns", lambda _: request("GET", "/")),
    Attack("tokens", "invented tokens", 100, lambda n: post(n, "room", fresh=True), "turns", lambda n: post(n, "room", fresh=True)),
    Attack("sessions", "new sessions", 100, lambda _: request("POST", "/api/sessions"), "turns", lambda _: request("POST", "/api/sessions")),
    Attack("hosts", "requests for a foreign host", 100, lambda _: FOREIGN, "turns", lambda _: FOREIGN),
    Attack("nonsense", "what is no HTTP", 100, lambda _: b"\x16\x03\x01nonsense\r\n\r\n", "leave"),
    Attack("passwords", "guessing the house's password", 100, guess, "turns", guess),
)  # fmt: skip
FOREIGN = b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"


def post(number: int, room: str = "", fresh: bool = False) -> bytes:
    token = secrets.token_urlsafe(32) if fresh else ""
    return request("POST", f"/api/rooms/{room or new_room()}/messages", said(number), token)


def read(number: int) -> bytes:
    return request("GET", f"/api/rooms/room/{READINGS[number % len(READINGS)]}")


# ---- how it is sent ------------------------------------------------------------------------------


class Line:
    """One socket of the attacker."""

    def __init__(self, source: str, port: int, number: int, attack: Attack) -> None:
        self.sock = socket.socket()
        self.sock.bind((source, 0))
        self.sock.setblocking(False)
        self.waiting = attack.opening(number)  # bytes that are not sent yet
        self.is_open, self.got = False, b""
        self.sock.connect_ex(("127.0.0.1", port))

    def send(self, data: bytes) -> int:
        """Bytes that were taken; the rest waits."""
        self.waiting += data
        sent = 0
        with suppress(BlockingIOError):
            sent = self.sock.send(self.waiting)
        self.waiting = self.waiting[sent:]
        return sent


class Swarm:
    """Carries out one attack for a while, and counts what came of it."""

    def __init__(self, attack: Attack, port: int, source: str) -> None:
        self.attack, self.port, self.source, self.number = attack, port, source, 0
        self.lines: set[Line] = set()
        self.dripping: list[Line] = []
        self.selector = selectors.DefaultSelector()
        self.tally = Counter[str]()

    def run(self, seconds: float) -> Counter[str]:
        end, drip_at = time.monotonic() + seconds, 0.0
        while (now := time.monotonic()) < end:
            for _ in range(min(OPENED_AT_ONCE, self.attack.sockets - len(self.lines))):
                self.open()
            for key, events in self.selector.select(0.05):
                self.serve(key.data, events)
            if self.attack.then == "drip" and now >= drip_at:
                drip_at = now + DRIP_SECONDS
                for line in list(self.lines):
                    if line.is_open:
                        self.attempt(line, lambda line: line.send(self.attack.more(0)))
        self.tally["held"] = sum(line.is_open for line in self.lines)
        return self.tally

    def open(self) -> None:
        self.number += 1
        line = Line(self.source, self.port, self.number, self.attack)
        self.lines.add(line)
        self.selector.register(line.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, line)

    def serve(self, line: Line, events: int) -> None:
        self.attempt(line, lambda line: self.talk(line, events))

    def attempt(self, line: Line, work: Callable[[Line], object]) -> None:
        try:
            work(line)
        except OSError:
            self.close(line, "cut")

    def talk(self, line: Line, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self.write(line)
        if events & selectors.EVENT_READ:
            self.take(line)

    def write(self, line: Line) -> None:
        if not line.is_open:
            if error := line.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(error)
            line.is_open = True
            self.tally["opened"] += 1
        floods = self.attack.then == "flood" and (line.got or not self.attack.opening(0).startswith(b"GET /ws"))
        self.tally["bytes"] += line.send(self.attack.more(0) if floods and not line.waiting else b"")
        if not line.waiting and not floods:
            self.selector.modify(line.sock, selectors.EVENT_READ, line)

    def take(self, line: Line) -> None:
        data = line.sock.recv(1 << 16)
        if not data:
            return self.close(line, "closed")
        if not line.got:
            line.got = data
            self.tally[f"began with {data[9:12].decode(errors='replace')}"] += 1
        elif data.startswith(b"HTTP/1.1 "):
            self.tally[f"then {data[9:12].decode(errors='replace')}"] += 1
        if b'"rate_limited"' in data:
            self.tally["rate_limited"] += 1
        if b"\x88" in data and b"\x03\xf5" in data:
            self.tally["1013"] += 1
        if self.attack.then == "leave" and (b"welcome" in data or not data.startswith(b"HTTP/1.1 101")):
            return self.close(line, "left")
        if self.attack.then == "turns" and data.startswith(b"HTTP/"):
            self.number += 1
            line.waiting += self.attack.more(self.number)
        if self.attack.then in ("turns", "flood"):
            self.selector.modify(line.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, line)

    def close(self, line: Line, how: str) -> None:
        self.tally[how] += 1
        self.selector.unregister(line.sock)
        line.sock.close()
        self.lines.discard(line)


def main() -> None:
    name, port, seconds, source = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), next(iter(sys.argv[4:]), SOURCE)
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # where the others run before everything else on the machine
        os.nice(NICE)
    attack = next(attack for attack in ATTACKS if attack.name == name)
    print(json.dumps(Swarm(attack, port, source).run(seconds)), flush=True)


if __name__ == "__main__":
    main()
