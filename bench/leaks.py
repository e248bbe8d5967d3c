"""What stays in the server when everybody has gone: people come and go, answers are stopped and cut, rooms fall idle.

    python -m bench.leaks                                         # about 3 minutes
    python -m bench.leaks --connects 2000 --rooms 200 --answers 500 --seed 7
    python -m bench.leaks --idle 60                               # with the IDLE of utils/room.py: about 15 minutes

The server is `main.main()` with one door more, `/counts`, and a shorter IDLE. After each tenth of the load all are
gone and the rooms are let go; then nothing may be more than 5 % above what it was after the first tenth. Linux only.

Memory is measured with the C library's malloc in one arena, which tells exactly what is held. Python's own allocator
(`--pymalloc`) cannot give back an arena of 1 MiB as long as anything in it lives: its RSS follows the highest peak so far.
"""

import argparse
import asyncio
import contextlib
import ctypes
import gc
import json
import os
import random
import re
import socket
import struct
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from fastapi import Request

import main as house_doors
from bench.servers import OURS, BenchError, Server, allow_open_files, running
from utils import limits, room
from utils.identity import fold

TENTHS = 10
GROWTH = 1.05  # of the level after the first tenth
AT_ONCE = 200  # visits under way
WARM_UP = 2  # tenths of the load before the first, all at once: RSS never falls far below the highest peak so far
PATIENCE = 20  # seconds until what should happen is given up
STAYS = (0.2, 2.0)  # seconds that some stay, so that not all are young when they go
IDLE = 1.0  # seconds, instead of the minute of utils/room.py
ALIVE = ("_SelectorSocketTransport", "RoomProtocol", "Room", "Assistant", "Answer", "Task", "Job")
MALL_INFO = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
SIZES = ("peak", "rss", "held")
NUMBERS = ("fds", "tasks", "rooms", "heads", "lines", "messages", "typing", "answers")  # the last three: buckets of limits
CHECKED = ("rss", "held", *NUMBERS)
OVER = ("RoomProtocol", "Room", "Assistant", "Answer")  # must be gone without the collector, which comes too seldom for what they hold

Counts = dict[str, int]


# ---- the server, and what is counted in it -------------------------------------------------------


def serve(idle: float) -> None:
    """`main.main()`, with a door for counts, rooms let go after `idle` seconds, and a minute of the limits as short."""
    room.IDLE = idle
    limits.JOINS_PER_MINUTE = limits.ROOMS_OPENED_PER_MINUTE = 10**6  # all come from one address
    limits.Limits.__init__.__defaults__ = (lambda: time.monotonic() * 60 / idle,)
    create_app = house_doors.create_app

    def create_counted_app(*given: Any) -> Any:
        app = create_app(*given)
        app.add_api_route("/counts", counts)
        return app

    house_doors.create_app = create_counted_app
    house_doors.main()


async def counts(request: Request) -> Counts:
    """What this process holds; with `?collect` without cycles and caches, with `?trim` what malloc can give back is."""
    house: Any = request.app.state.house
    if "collect" in request.query_params:
        gc.collect()
        fold.cache_clear()  # 4,096 names
        house.log._db.execute("PRAGMA shrink_memory")  # 2 MiB of pages
    if "trim" in request.query_params:
        ctypes.CDLL(None).malloc_trim(0)
    counted = {"messages": house.limits._messages, "typing": house.limits._typing, "answers": house.limits.answers._minute}
    return {
        "rss": resident_bytes(), "peak": resident_bytes("VmHWM"), "held": held_bytes(), "fds": len(os.listdir("/proc/self/fd")), "tasks": len(asyncio.all_tasks()),
        "rooms": len(house.rooms._rooms), "heads": len(house.log._heads), "lines": len(house.limits.lines),
        **{name: len(allowed.of_person._full_at) for name, allowed in counted.items()}, **alive(),
    }  # fmt: skip


def alive() -> Counts:
    """How many objects of these classes there are, those that wait for the collector too."""
    found = Counter(type(thing).__name__ for thing in gc.get_objects())
    return {name: found[name] for name in ALIVE}


def resident_bytes(which: str = "VmRSS") -> int:
    return 1024 * int(re.findall(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])


class MallInfo(ctypes.Structure):
    """glibc's mallinfo2; in use are `uordblks` and, mapped each alone, `hblkhd`."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in MALL_INFO)


def held_bytes() -> int:
    """Bytes that malloc gave out and has not got back; 0 where it does not tell."""
    with contextlib.suppress(AttributeError):
        mallinfo2 = ctypes.CDLL(None).mallinfo2
        mallinfo2.restype = MallInfo
        told: Any = mallinfo2()
        return told.uordblks + told.hblkhd
    return 0


def counted(port: int, how: str = "") -> Counts:
    """What the server holds just now."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/counts{how}", timeout=PATIENCE) as answer:
        return json.load(answer)


# ---- people --------------------------------------------------------------------------------------


class Guest:
    """Somebody who comes once, from an address of their own, as nobody the house knows."""

    def __init__(self, port: int, room: str, dice: random.Random) -> None:
        self.dice, self.room, self._port = dice, room, port
        self._address = f"127.{dice.randrange(1, 250)}.{dice.randrange(250)}.{dice.randrange(1, 250)}"

    async def dial(self, path: str = "", upto: int | None = None, headers: str = "") -> None:
        """Connect, and send the handshake or its first `upto` bytes."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._address, 0))
        key = b64encode(self.dice.randbytes(16)).decode()
        request = (
            f"GET {path or f'/ws/{self.room}'} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"{headers}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self._writer.write(request.encode()[:upto])

    async def enter(self) -> None:
        await self.dial()
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            raise BenchError(f"not let in: {head.decode()}")
        await self.hears("welcome")

    def tell(self, type: str, **fields: Any) -> None:
        text = json.dumps({"type": type, **fields}).encode()
        self._writer.write(struct.pack("!BBH4x", 0x81, 0x80 | 126, len(text)) + text)  # under a mask of zeros

    async def hears(self, *types: str, **fields: Any) -> dict[str, Any]:
        """The next frame of these types and with these fields, or a close."""
        while True:
            first, length = struct.unpack("!BB", await self._reader.readexactly(2))
            if length > 125:
                size, form = (2, "!H") if length == 126 else (8, "!Q")
                (length,) = struct.unpack(form, await self._reader.readexactly(size))
            text = await self._reader.readexactly(length)
            if first == 0x89:
                self._writer.write(struct.pack("!BB4x", 0x8A, 0x80 | length) + text)
            elif first == 0x88:
                self._writer.write(struct.pack("!BB4x", 0x88, 0x80 | length) + text)
                return {"type": "close"}
            elif first == 0x81:
                frame = json.loads(text)
                if frame["type"] in types and fields.items() <= frame.items():
                    return frame

    async def says(self, content: str) -> int:
        """Returns the id under which it was saved."""
        key = self.dice.randbytes(9).hex()
        self.tell("message", content=content, key=key)
        return (await self.hears("ack", key=key))["id"]

    async def asks(self, tokens: int, rate: int) -> int:
        return await self.says(f"Pocket, count: !tokens={tokens} !rate={rate}")

    async def leaves(self) -> None:
        """Close in good order, and wait for the end of the line."""
        self._writer.write(struct.pack("!BB4xH", 0x88, 0x80 | 2, 1000))
        await self.is_hung_up()

    async def is_hung_up(self) -> None:
        """Read to the end, and hang up as well."""
        await self._reader.read(-1)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def is_cut(self) -> None:
        """A reset: no close frame, no end of the stream."""
        line: socket.socket = self._writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


async def says_something_and_leaves(guest: Guest) -> None:
    await guest.enter()
    await guest.says("Good evening.")
    await guest.leaves()


async def stays_a_while(guest: Guest) -> None:
    await guest.enter()
    guest.tell("typing", on=True)
    await asyncio.sleep(guest.dice.uniform(*STAYS))
    await guest.leaves()


async def is_cut_after_a_word(guest: Guest) -> None:
    await guest.enter()
    await guest.says("Good evening.")
    guest.is_cut()


async def is_cut_before_the_welcome(guest: Guest) -> None:
    await guest.dial()
    await asyncio.sleep(guest.dice.choice((0, 0.001, 0.01)))
    guest.is_cut()


async def is_cut_half_way(guest: Guest) -> None:
    await guest.dial(upto=60)
    await asyncio.sleep(guest.dice.choice((0, 0.01)))
    guest.is_cut()


async def hangs_up_half_way(guest: Guest) -> None:
    await guest.dial(upto=60)
    guest._writer.write_eof()
    await guest.is_hung_up()


async def is_refused(guest: Guest) -> None:
    if guest.dice.random() < 0.5:
        await guest.dial("/ws/NO-SUCH-NAME")
    else:
        await guest.dial(headers="Origin: http://elsewhere\r\n")
    await guest.is_hung_up()


async def sends_nonsense(guest: Guest) -> None:
    await guest.enter()
    for _ in range(10):
        guest.tell("nonsense")
    await guest.hears("close")
    await guest.is_hung_up()


async def tries_everything(guest: Guest) -> None:
    await guest.enter()
    guest.tell("typing", on=True)
    await guest.asks(tokens=1, rate=0)
    await guest.hears("end", "error")
    await guest.leaves()


async def has_it_all(guest: Guest) -> None:
    await guest.enter()
    await guest.asks(tokens=40, rate=0)
    await guest.hears("end", "error")
    await guest.leaves()


async def stops_it(guest: Guest) -> None:
    await guest.enter()
    question, answer = await guest.asks(tokens=100_000, rate=100), {"id": 0, "reply_to": 0}
    while answer["reply_to"] < question:
        answer = await guest.hears("start")
    guest.tell("stop", id=answer["id"], key="stop")
    await guest.hears("ack", "error", key="stop")
    await guest.leaves()


async def stops_it_at_once(guest: Guest) -> None:
    await guest.enter()
    guest.tell("stop", id=await guest.asks(tokens=1000, rate=1000), key="stop")
    await guest.hears("ack", "error", key="stop")
    await guest.leaves()


async def is_cut_in_the_middle(guest: Guest) -> None:
    await guest.enter()
    await guest.asks(tokens=50, rate=100)
    await guest.hears("chunk", "end")
    guest.is_cut()


async def is_cut_when_it_is_asked(guest: Guest) -> None:
    await guest.enter()
    await guest.asks(tokens=50, rate=100)
    guest.is_cut()


Visit = Callable[[Guest], Awaitable[None]]
CONNECTS: tuple[Visit, ...] = (
    says_something_and_leaves, stays_a_while, is_cut_after_a_word, is_cut_before_the_welcome, is_cut_half_way,
    hangs_up_half_way, is_refused, sends_nonsense,
)  # fmt: skip
ANSWERS: tuple[Visit, ...] = (has_it_all, has_it_all, has_it_all, has_it_all, stops_it, stops_it_at_once, is_cut_in_the_middle, is_cut_when_it_is_asked)  # fmt: skip


def visits(dice: random.Random, name: str, connects: int, answers: int, rooms: int) -> list[tuple[Visit, str]]:
    """Who comes to which of so many rooms, in any order. Who asks has a room alone, for one answer may serve several."""
    found = [(CONNECTS[n % len(CONNECTS)], f"{name}-{dice.randrange(rooms)}") for n in range(connects)]
    found += [(ANSWERS[n % len(ANSWERS)], f"{name}-{n % rooms}-{n}") for n in range(answers)]
    dice.shuffle(found)
    return found


async def make(port: int, dice: random.Random, waiting: list[tuple[Visit, str]], at_once: int = AT_ONCE) -> None:
    """Make all of the visits, many at a time."""

    async def make_some(dice: random.Random) -> None:
        while waiting:
            manner, room = waiting.pop()
            try:
                async with asyncio.timeout(PATIENCE):
                    await manner(Guest(port, room, dice))
            except (TimeoutError, OSError, EOFError) as error:
                raise BenchError(f"{room}: {manner.__name__} came to nothing ({error or 'waited in vain'})") from error

    await asyncio.gather(*(make_some(random.Random(dice.random())) for _ in range(at_once)))


# ---- the bench -----------------------------------------------------------------------------------


async def is_idle(port: int, idle: float) -> Counts:
    """Wait until nobody is left; then somebody looks in, alone, and is gone. What the server holds after that."""
    await is_let_go(port, idle)
    await tries_everything(Guest(port, "room", random.Random(0)))  # who takes from a limit finds the others' buckets full
    return await is_let_go(port, idle)


async def is_let_go(port: int, idle: float) -> Counts:
    """What the server holds when all rooms were let go; or later, when they should have been."""
    deadline = time.monotonic() + 2.5 * idle + PATIENCE
    while True:
        held = await asyncio.to_thread(counted, port)
        if time.monotonic() > deadline or not (held["rooms"] or any(held[name] for name in OVER)):
            return held
        if not held["rooms"]:
            deadline = min(deadline, time.monotonic() + 2 * room.PRESENCE_EVERY)  # a last presence frame holds its room
        await asyncio.sleep(0.2)


async def fill_and_empty(process: int, port: int, options: argparse.Namespace) -> list[Counts]:
    """What the server holds after each tenth of the load."""
    dice, levels = random.Random(options.seed), []
    print(header(), flush=True)
    for tenth in range(TENTHS + 1):
        begun = time.monotonic()
        begin_peak(process)
        times = 1 if tenth else WARM_UP
        load = [times * number // TENTHS for number in (options.connects, options.answers, options.rooms)]
        await make(port, dice, visits(dice, f"room-{tenth}", *load), times * AT_ONCE)
        spent = time.monotonic() - begun
        levels.append(await is_idle(port, options.idle))
        print(row(tenth, spent, levels[-1]), flush=True)
        if tenth in (1, TENTHS):  # not each time: what is not yet collected must be able to grow old
            levels[-1]["held"] = counted(port, "?collect")["held"]
            print(f"{'held when collected:':>31} {levels[-1]['held'] / 2**20:.1f} MiB", flush=True)
    return levels


def begin_peak(process: int) -> None:
    """VmHWM counts from now on."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def header() -> str:
    sizes = (f"{name + ' MiB':>8}" for name in SIZES)
    return " ".join([f"{'tenth':>5} {'seconds':>8}", *sizes, *(f"{name:>8}" for name in NUMBERS), " not yet collected"])


def row(tenth: int, seconds: float, level: Counts) -> str:
    left = ", ".join(f"{level[name]} {name}" for name in ALIVE if level[name])
    sizes = (f"{level[name] / 2**20:>8.1f}" for name in SIZES)
    return " ".join([f"{tenth:>5} {seconds:>8.1f}", *sizes, *(f"{level[name]:>8}" for name in NUMBERS), f" {left}"])


def grown(first: Counts, last: Counts) -> Iterator[str]:
    """What is above the level of the first tenth."""
    for name in CHECKED:
        if last[name] > first[name] * GROWTH:
            yield f"{name} grew from {first[name]:,} to {last[name]:,}"
    for name in OVER:
        if last[name]:
            yield f"{last[name]:,} {name} that are over wait for the collector, with all that they hold"


def run(options: argparse.Namespace) -> list[str]:
    """What is wrong."""
    environment = OURS.environment | {
        "SPEAKS": "mentioned", "MESSAGES_PER_MINUTE": "1000000", "ANSWERS_PER_MINUTE": "1000000", "ANSWERS_PER_DAY": "0", "ROOMS_PER_HOUR": "0",
        "CONNECTIONS_PER_ADDRESS": "1000000", "CONNECTIONS": "0",
    }  # fmt: skip
    if not options.pymalloc:
        environment |= {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "1"}
    server = Server("PocketRoom", (sys.executable, "-m", "bench.leaks", "--serve", "--idle", str(options.idle)), environment)
    with tempfile.TemporaryDirectory() as data, running(server, None, Path(data)) as (process, port):
        levels = asyncio.run(fill_and_empty(process.pid, port, options))
        trimmed = counted(port, "?collect&trim")
        print(f"to tell what RSS is made of: {trimmed['rss'] / 2**20:.1f} MiB when malloc has given back what it can")
        printed = next(Path(data).rglob("output")).read_text()
    wrong = list(grown(levels[1], levels[-1]))
    return wrong + ([f"the server logged a traceback:\n{printed[-2000:]}"] if "Traceback" in printed else [])


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.leaks", description="What stays when everybody has gone.")
    parser.add_argument("--connects", type=int, default=20_000, help="visits without a question (20000)")
    parser.add_argument("--rooms", type=int, default=2_000, help="in so many rooms (2000)")
    parser.add_argument("--answers", type=int, default=5_000, help="questions; half are stopped or cut (5000)")
    parser.add_argument("--idle", type=float, default=IDLE, help=f"seconds until an empty room is let go ({IDLE:g})")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (1)")
    parser.add_argument("--pymalloc", action="store_true", help="with Python's own allocator, as in everyday use")
    parser.add_argument("--serve", action="store_true", help="be the server that is measured")
    return parser.parse_args()


def main() -> None:
    options = read_options()
    if options.serve:
        return serve(options.idle)
    allow_open_files()
    try:
        wrong = run(options)
    except BenchError as error:
        wrong = [str(error)]
    for what in wrong:
        print(f"! {what}")
    if wrong:
        again = f"--connects {options.connects} --rooms {options.rooms} --answers {options.answers} --idle {options.idle:g}"
        sys.exit(f"again: python -m bench.leaks {again} --seed {options.seed}")


if __name__ == "__main__":
    main()
