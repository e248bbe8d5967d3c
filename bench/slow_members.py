"""What ten slow or dead members cost the other forty, and the server: time, memory, sockets.

    python -m bench.slow_members                              # both loads, about 6 minutes
    python -m bench.slow_members --load flood --pairs 1 --seconds 5

A pair is one run in which five of fifty members never read and five read 2 KB a second, and one in which all read
well. Each run has a server of its own on one core; all members are in this process, on another. Linux only.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from struct import pack

from bench.load import LOAD_CPU_LIMIT
from bench.servers import OURS, BenchError, Server, allow_open_files, choose_cores, cpu_seconds, running
from examples.client import Transcript

WELL, STUCK, SLOW = 40, 5, 5  # members; in the runs to compare with, all read well
AT_THE_DOOR = 2  # of the stuck read not even their welcome, the others nothing after it
SENDERS = 4  # of those who read well, and all of them the same rate
SLOW_BYTES, SLOW_EVERY = 512, 0.25  # a slow member reads so many bytes each so many seconds: 2 KB a second
TINY = 4096  # bytes in the receive buffer of the slow and the stuck: what they do not read stays with the server
HISTORY = [12_000] * 21  # units of each message that stands in the room before: a welcome of nearly 256 KiB, its most
CONTENT = 200  # bytes of a message in the load
WARM_UP = 0.5  # seconds
SAMPLES = 5  # of memory, in the measured time

P99_FACTOR, P99_SLACK_MS = 1.10, 5.0  # of the others' p99 with all reading well: what the slow may make of it
MEMORY = 512 * 1024  # bytes for each of the ten, the kernel's included
GONE_SECONDS, FREED_SECONDS = 20.0, 30.0  # until the stuck have left the presence list, and their sockets are freed
PATIENCE = 30  # seconds until what should happen is given up

NUMBER = re.compile(rb'"content":"m(\d+) ')
SERVER = Server("PocketRoom", OURS.command, OURS.environment | {"SPEAKS": "mentioned"})


@dataclass(frozen=True)
class Load:
    """So many messages a second from all senders together; with `answers`, one long answer after the other as well."""

    name: str
    title: str
    rate: float
    answers: bool


LOADS = (
    # 15,000 deliveries a second: a sixth of what the server makes with one message in flight (bench.fanout), so a wait
    # is somebody's fault and not the queue of a full core.
    Load("flood", "300 messages a second", 300, answers=False),
    Load("answer", "answers of 10,000 tokens at full speed, and 60 messages a second", 60, answers=True),
)


@dataclass
class Run:
    """What one run came to; times in ms or s, sizes in bytes. `doubts` speak against its figures, `wrong` against the server."""

    latencies: list[float] = field(default_factory=list)  # ms, of those who read well in both runs
    load_cpu: float = 0
    server_cpu: float = 0
    answers: int = 0
    resident: int = 0
    kernel: int = 0
    gone: float = 0
    closed: float = 0  # by the process
    freed: float = 0  # by the kernel
    doubts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def p(self, percent: int) -> float:
        return quantiles(self.latencies, n=100)[percent - 1]


# ---- members -------------------------------------------------------------------------------------


class Member:
    """A socket that reads as it pleases, and of what it reads looks no further than it must: fifty share one core."""

    def __init__(self, name: str, port: int, heard: Callable[["Member", bytes, int], None]) -> None:
        self.name, self.lost, self.heard = name, "", heard
        self.welcomed: asyncio.Event = asyncio.Event()
        self.got: set[int] = set()  # numbers of the messages that it has; of two senders the later may come first
        self._sock, self._rest, self._port = socket.socket(), bytearray(), port
        self._loop = asyncio.get_running_loop()
        self._slow: asyncio.TimerHandle | None = None

    async def join(self, tiny: bool = False, reads: bool = True) -> None:
        if tiny:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY)
        self._sock.setblocking(False)
        await self._loop.sock_connect(self._sock, ("127.0.0.1", self._port))
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._sock.getsockname()[1]
        self._sock.send(
            f"GET /ws/room?name={self.name} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {b64encode(random.randbytes(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._head = True
        if reads:
            self.read_well()
            async with asyncio.timeout(PATIENCE):
                await self.welcomed.wait()

    def read_well(self) -> None:
        if self._slow:
            self._slow.cancel()
        if not self.lost:
            self._loop.add_reader(self._sock, self._read, 1 << 18)

    def read_slowly(self) -> None:
        self.stall()
        self._read(SLOW_BYTES)
        if not self.lost:
            self._slow = self._loop.call_later(SLOW_EVERY, self.read_slowly)

    def stall(self) -> None:
        self._loop.remove_reader(self._sock)

    def send(self, text: bytes, opcode: int = 1) -> None:
        if not self.lost:
            head = pack("!BB4x", 0x80 | opcode, 0x80 | len(text)) if len(text) < 126 else pack("!BBH4x", 0x80 | opcode, 0xFE, len(text))
            try:
                self._sock.sendall(head + text)  # under a mask of zeros
            except OSError as error:
                self._lose(str(error))

    def say(self, content: str) -> None:
        self.send(json.dumps({"type": "message", "content": content}).encode())

    def hang_up(self) -> None:
        if self._slow:
            self._slow.cancel()
        self.stall()
        self._sock.close()

    def _read(self, most: int) -> None:
        try:
            data = self._sock.recv(most)
        except BlockingIOError:
            return
        except OSError as error:
            return self._lose(str(error))
        now = time.perf_counter_ns()
        if not data:
            return self._lose("the server hung up")
        self._rest += data
        self._parse(now)

    def _lose(self, why: str) -> None:
        self.lost = why
        self.stall()

    def _parse(self, now: int) -> None:
        rest, at = self._rest, 0
        if self._head:
            at = rest.find(b"\r\n\r\n") + 4
            if at < 4:
                return
            self._head = False
        while len(rest) >= at + 2:
            begin, length = at + 2, rest[at + 1]
            if length > 125:
                begin += 2 if length == 126 else 8
                length = int.from_bytes(rest[at + 2 : begin]) if len(rest) >= begin else len(rest)
            if len(rest) < begin + length:
                break
            self._take(rest[at], bytes(rest[begin : begin + length]), now)
            at = begin + length
        del rest[:at]

    def _take(self, first: int, text: bytes, now: int) -> None:
        if first == 0x81:
            self.heard(self, text, now)
        elif first == 0x89:
            self.send(text, 0xA)
        elif first == 0x88:
            self._lose(f"closed with {int.from_bytes(text[:2])}")


class Room:
    """All members of one run, and what they heard."""

    def __init__(self, load: Load, port: int, slow: bool) -> None:
        self.run, self.load, self.slow = Run(), load, slow
        self.sent_at: list[int] = []  # ns, by number of message
        self.first_measured, self.welcomes = sys.maxsize, 0
        self.asking = False
        self.absent_at = 0.0  # when the witness last saw a stuck member go
        self.names: set[str] = set()
        self.texts: dict[Member, list[bytes]] = {}
        self.well = [Member(f"Well{n}", port, self.well_heard) for n in range(WELL)]
        self.stuck = [Member(f"Stuck{n}", port, self.heard) for n in range(STUCK)]
        self.slow_ones = [Member(f"Slow{n}", port, self.heard) for n in range(SLOW)]
        self.witness, self.asker, self.senders = self.well[0], self.well[1], self.well[2 : 2 + SENDERS]
        for member in (self.witness, *self.slow_ones):
            self.texts[member] = []

    async def fill(self) -> None:
        """All come in; before most of them, there is much in the room already."""
        await self.well[0].join()
        for size in HISTORY:
            self.well[0].say("x" * size)
            await asyncio.sleep(0.02)
        for member in self.well[1:]:
            await member.join()
        for n, member in enumerate([*self.stuck, *self.slow_ones]):
            await member.join(tiny=self.slow, reads=not (self.slow and n < AT_THE_DOOR))
        if not await until(lambda: len(self.names) == WELL + STUCK + SLOW):
            raise BenchError(f"of {WELL + STUCK + SLOW} members the witness saw {len(self.names)}")

    def well_heard(self, member: Member, text: bytes, now: int) -> None:
        if text.startswith(b'{"type":"message"') or text.startswith(b'{"type":"welcome"'):
            for number in map(int, NUMBER.findall(text)):
                if number >= self.first_measured and number not in member.got:
                    self.run.latencies.append((now - self.sent_at[number]) / 1e6)
                member.got.add(number)
        if text.startswith(b'{"type":"welcome"'):
            self.welcomes += member.welcomed.is_set()
            member.welcomed.set()
        if member is self.witness:
            self.witnessed(text)
        elif member is self.asker and text.startswith(b'{"type":"end"') and self.asking:
            self.run.answers += 1
            self.ask()

    def witnessed(self, text: bytes) -> None:
        self.texts[self.witness].append(text)
        if text.startswith(b'{"type":"presence"'):
            names = {member["name"] for member in json.loads(text)["members"]}
            if any(member.name in self.names - names for member in self.stuck):
                self.absent_at = time.monotonic()
            self.names = names

    def heard(self, member: Member, text: bytes, now: int) -> None:
        if member in self.texts:
            self.texts[member].append(text)
        if text.startswith(b'{"type":"welcome"'):
            member.welcomed.set()
        member.got.update(map(int, NUMBER.findall(text)))

    def ask(self) -> None:
        self.asking = True
        self.asker.say("Pocket, count: !tokens=10000 !rate=0")

    def talk(self) -> None:
        """The next message of the load."""
        number = len(self.sent_at)
        self.sent_at.append(time.perf_counter_ns())
        self.senders[number % SENDERS].say(f"m{number} ".ljust(CONTENT, "x"))

    async def talk_for(self, seconds: float) -> None:
        """An open loop: who is late makes up for it."""
        begun, before = time.monotonic(), len(self.sent_at)
        while (spent := time.monotonic() - begun) < seconds:
            while len(self.sent_at) - before < spent * self.load.rate:
                self.talk()
            await asyncio.sleep(1 / self.load.rate)


# ---- one run -------------------------------------------------------------------------------------


async def measure(load: Load, slow: bool, port: int, process: int, seconds: float) -> Run:
    room = Room(load, port, slow)
    run = room.run
    await room.fill()
    room.talk()  # number 0, which nobody counts
    stalled = time.monotonic()
    if slow:
        for member in room.stuck:
            member.stall()
        for member in room.slow_ones:
            member.read_slowly()
    if load.answers:
        room.ask()
    await room.talk_for(WARM_UP)
    room.first_measured = len(room.sent_at)
    begun, cpu, server_cpu = time.monotonic(), time.process_time(), cpu_seconds(process)
    sampling = asyncio.create_task(sample(run, room, process, port, seconds))
    await room.talk_for(seconds)
    spent = time.monotonic() - begun
    run.load_cpu, run.server_cpu = (time.process_time() - cpu) / spent, (cpu_seconds(process) - server_cpu) / spent
    last, room.asking = len(room.sent_at), False
    await sampling
    await until(lambda: all(len(member.got) == last or member.lost for member in room.well))
    if slow:
        await wait_until_the_stuck_are_gone(room, port, stalled)
        await converge(room)
    expect(run, room, last)
    for member in (*room.well, *room.stuck, *room.slow_ones):
        member.hang_up()
    return run


async def until(condition: Callable[[], bool]) -> bool:
    """Wait for it; False if that took too long."""
    deadline = time.monotonic() + PATIENCE
    while True:
        if condition() or time.monotonic() > deadline:
            return condition()
        await asyncio.sleep(0.05)


async def sample(run: Run, room: Room, process: int, port: int, seconds: float) -> None:
    """The most memory that the process and any one of the ten sockets' kernel side take."""
    ten = {member.port for member in (*room.stuck, *room.slow_ones)}
    for _ in range(SAMPLES):
        await asyncio.sleep(seconds / (SAMPLES + 0.5))
        run.resident = max(run.resident, resident_bytes(process))
        kernel = await asyncio.to_thread(kernel_bytes, port)
        run.kernel = max(run.kernel, *(kernel.get(peer, 0) for peer in ten))


def resident_bytes(process: int) -> int:
    return 1024 * int(re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())[0])


def kernel_bytes(port: int) -> dict[int, int]:
    """Bytes that the kernel charges to each of the server's sockets, by the peer's port: received, queued, set aside.

    `ss` tells what the buffers take (skmem: r, w, f); the tx_queue of /proc/net/tcp would tell the payload alone.
    """
    told = subprocess.run(["ss", "-tmnHO", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r":(\d+)\s+skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+)", told)
    return {int(peer): int(r) + int(f) + int(w) for peer, r, f, w in found}


def server_sides(port: int) -> dict[int, int]:
    """The server's sockets by the peer's port; the inode is 0 when no process holds it any more."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [row for row in rows if int(row[1].partition(":")[2], 16) == port]
    return {int(row[2].partition(":")[2], 16): int(row[9]) for row in ours if row[3] != "06"}  # TIME_WAIT is no socket


async def wait_until_the_stuck_are_gone(room: Room, port: int, stalled: float) -> None:
    """Talk goes on meanwhile."""
    run, ports, names = room.run, [m.port for m in room.stuck], {m.name for m in room.stuck}
    while (waited := time.monotonic() - stalled) < FREED_SECONDS + 2:
        sides = server_sides(port)
        run.closed = run.closed if run.closed or any(sides.get(p) for p in ports) else waited
        run.freed = run.freed if run.freed or any(p in sides for p in ports) else waited
        run.gone = run.gone if run.gone or names & room.names else room.absent_at - stalled
        if run.closed and run.freed and run.gone:
            return
        await room.talk_for(0.25)
    orphans = [p for p in ports if p in server_sides(port)]
    run.wrong.append(f"after {waited:.0f} s: in the presence list {names & room.names or 'nobody'}; {len(orphans)} sockets in the kernel")


async def converge(room: Room) -> None:
    """The slow read well again, and must come to hold what the witness holds."""
    for member in room.slow_ones:
        member.read_well()
    await until(lambda: len(room.witness.got) == len(room.sent_at))
    room.talk()
    wanted, everyone = len(room.sent_at) - 1, [room.witness, *room.slow_ones]
    await until(lambda: all(wanted in member.got or member.lost for member in everyone))
    folded = {member: fold(room.texts[member]) for member in everyone}
    for member in room.slow_ones:
        if member.lost:
            room.run.wrong.append(f"{member.name}, who reads slowly, was thrown out: {member.lost}")
        elif not agree(folded[member], folded[room.witness]):
            room.run.wrong.append(f"{member.name}, who reads slowly, holds another transcript (at {folded[member].seq})")


def fold(texts: list[bytes]) -> Transcript:
    transcript = Transcript()
    for text in texts:
        transcript.apply(json.loads(text))
    return transcript


def agree(one: Transcript, other: Transcript) -> bool:
    floor = max(one.floor, other.floor)
    shown = [[message for message in transcript.shown() if message["id"] >= floor] for transcript in (one, other)]
    return shown[0] == shown[1] and one.seq == other.seq and one.epoch == other.epoch


def expect(run: Run, room: Room, last: int) -> None:
    """Whether those who read well had everything, and whether the figures can be trusted."""
    wanted = (last - room.first_measured) * WELL
    run.wrong += [f"{member.name}, who reads well, was thrown out: {member.lost}" for member in room.well if member.lost]
    if len(run.latencies) < wanted:
        run.wrong.append(f"{wanted - len(run.latencies)} of {wanted} deliveries to those who read well are missing")
    if room.welcomes:
        run.doubts.append(f"those who read well fell behind {room.welcomes} times")
    if run.load_cpu > LOAD_CPU_LIMIT:
        run.doubts.append(f"the load was busy {run.load_cpu:.0%} of the time")


# ---- pairs, and what they come to ----------------------------------------------------------------


def compare(load: Load, options: argparse.Namespace) -> list[str]:
    """Measure the pairs, print them; what is wrong."""
    pairs: list[tuple[Run, Run]] = []
    print(f"\n{load.title}; each line a pair: all read well | with the slow\n{HEAD}", flush=True)
    for number in range(options.pairs):
        order = (False, True) if number % 2 == 0 else (True, False)
        runs = {slow: one_run(load, slow, options) for slow in order}
        pairs.append((runs[False], runs[True]))
        print(row(*pairs[-1]), flush=True)
    return judge(load, pairs)


def one_run(load: Load, slow: bool, options: argparse.Namespace) -> Run:
    cores = choose_cores()
    if cores.load is not None:
        os.sched_setaffinity(0, {cores.load})
    with running(SERVER, cores.server, options.data) as (process, port):
        gc.collect()
        gc.disable()
        try:
            return asyncio.run(measure(load, slow, port, process.pid, options.seconds))
        finally:
            gc.enable()


HEAD = (
    "p50 ms       p99 ms        max ms         server CPU    load CPU     answers  each: user KiB kernel KiB"
    "   gone s  closed s  freed s"
)


def row(well: Run, slow: Run) -> str:
    both = [
        *(f"{well.p(p):5.2f}|{slow.p(p):<6.2f}" for p in (50, 99)), f"{max(well.latencies):6.1f}|{max(slow.latencies):<7.1f}",
        f"{well.server_cpu:5.0%}|{slow.server_cpu:<6.0%}", f"{well.load_cpu:5.0%}|{slow.load_cpu:<6.0%}",
        f"{well.answers:3}|{slow.answers:<4}",
    ]  # fmt: skip
    times = (f"{seconds:8.1f}" if seconds else "   never" for seconds in (slow.gone, slow.closed, slow.freed))
    return " ".join(both) + f"{user_bytes(well, slow) / 1024:12.0f} {slow.kernel / 1024:10.0f}  " + " ".join(times)


def user_bytes(well: Run, slow: Run) -> float:
    """What each of the ten adds to the process: its buffer cannot be seen from outside, so the whole difference is taken."""
    return (slow.resident - well.resident) / (STUCK + SLOW)


def judge(load: Load, pairs: list[tuple[Run, Run]]) -> list[str]:
    wrong = [f"{load.name}: {what}" for pair in pairs for run in pair for what in run.wrong]
    for doubt in {doubt for pair in pairs for run in pair for doubt in run.doubts}:
        print(f"  ? {doubt}")
    before, after = (median(run.p(99) for run in runs) for runs in zip(*pairs, strict=True))
    memory = median(user_bytes(*pair) for pair in pairs) + max(slow.kernel for _, slow in pairs)
    print(f"  p99 {before:.2f} → {after:.2f} ms; for each of the ten {memory / 1024:.0f} KiB (median of user, most of kernel)")
    bounds = [
        (after, before * P99_FACTOR + P99_SLACK_MS, "the others' p99, ms"),
        (memory, MEMORY, "memory for each of the ten, bytes"),
        (max(slow.gone for _, slow in pairs), GONE_SECONDS, "seconds until the stuck left the presence list"),
        (max(slow.closed for _, slow in pairs), FREED_SECONDS, "seconds until their sockets were closed"),
        (max(slow.freed for _, slow in pairs), FREED_SECONDS, "seconds until the kernel let go of them"),
    ]
    return wrong + [f"{load.name}: {what}: {figure:,.1f}, at most {most:,.1f}" for figure, most, what in bounds if figure > most]


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.slow_members", description="What slow members cost the others.")
    parser.add_argument("--pairs", type=int, default=5, help="runs with and without the slow, for each load (5)")
    parser.add_argument("--seconds", type=float, default=10, help="measured time of one run (10)")
    parser.add_argument("--load", action="append", choices=[load.name for load in LOADS], help="only this; repeatable")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    return parser.parse_args()


def main() -> None:
    options = read_options()
    allow_open_files()
    cores = choose_cores()
    print(f"{WELL} members who read well, {STUCK} stuck, {SLOW} at 2 KB/s; server on core {cores.server}, load on core {cores.load}")
    try:
        wrong = [what for load in LOADS if not options.load or load.name in options.load for what in compare(load, options)]
    except BenchError as error:
        wrong = [str(error)]
    for what in wrong:
        print(f"! {what}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
