"""What a delivery costs as everything grows: members, rooms, the room's length, messages, answers; and coming in.

    python -m bench.growth                       # all parts, about 8 minutes
    python -m bench.growth --part members --rounds 1 --seconds 0.5

The cost is the server's CPU (user and system, all threads) per delivery, in microseconds: 1,000,000 / deliveries per core.
The points of a part take turns in rounds that go forwards and backwards, and each is compared with the part's base in the
same round, so that a machine that slows down meanwhile changes nothing. Linux and macOS; `answers` needs Linux.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import socket
import sqlite3
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from select import select
from statistics import mean, median
from typing import Any, NamedTuple

from bench.load import LOAD_CPU_LIMIT, WARM_UP_SECONDS, Case, Run, compile_load, measure
from bench.peers import FASTAPI
from bench.plots import lines, stacked
from bench.servers import OURS, ROOT, BenchError, Cores, Server, allow_open_files, choose_cores, cpu_seconds, file_system, running
from utils.protocol import Author
from utils.sqlite_file import open_database

FOLDER = ROOT / "docs" / "benchmarks"
HOUSE = replace(OURS, environment=OURS.environment | {"CONNECTIONS": "0", "ROOMS_PER_HOUR": "0"})
MEMBERS, PLAIN_MEMBERS = (10, 30, 100, 300, 1_000, 2_000, 5_000), (10, 100, 1_000)
ROOMS = (1, 10, 100, 500, 1_000, 2_000)
LENGTHS = (0, 1_000, 10_000, 100_000, 1_000_000)  # messages that are in the room already
SIZES = (20, 100, 1_000, 4_000, 16_000)  # bytes; a message has 16,000 characters at most
ROUNDS = {"members": 3, "rooms": 3, "length": 5, "size": 3, "answers": 7, "joins": 1}
SAID = "the quick brown fox jumps over the lazy dog and "  # what messages consist of
AUTHORS = 50  # of the messages that are in the room already
AT_ONCE = 50_000  # rows on their way into the file
START_COPY = "import sys; from bench.growth import start_with_copy; start_with_copy(sys.argv[1])"

ANSWERS = {"1,000": 277, "10,000": 2_221, "48,887": 9_999}  # characters of an answer: its tokens, " 1 2 3 …"
LONGEST = max(ANSWERS.values())  # then tokens have six letters; an answer ends at 64,000
SHORT_ANSWERS = 40  # in a run, of the shortest; of longer ones fewer
READERS = 20  # members who see the answers
TOKENS_A_SECOND = 1_500  # where they come one by one
TENTHS = 10
EARLY, LATE = slice(1, 5), slice(5, 9)  # tenths that are compared: in the first more is produced than delivered, in the last less
PATIENCE = 60.0  # seconds for what a server must do

JOINS, RESUMES, FAR_RESUMES = 300, 300, 100
RECENT = 450  # changes within which a server still knows what is new since; it remembers 500
JOIN_AIM_MS = 10


class Point(NamedTuple):
    """One server under one case."""

    server: Server
    case: Case


@dataclass(frozen=True)
class Sweep:
    """What the load is measured with: `points` by server and by what grows, `base` is what the others are compared with."""

    name: str
    title: str
    under: str
    x_label: str
    points: Mapping[str, Mapping[int, Point]]
    base: int
    claimed: tuple[int, ...]  # of which no more than `most` growth over the base is wanted
    most: float | None
    why: str = ""


@dataclass
class Part:
    """What one part comes to: a table, what is to say of it, a plot, and all figures."""

    name: str
    title: str
    head: list[str]
    rows: list[list[str]]
    said: list[str]
    plot: str
    raw: Any = field(repr=False)


Costs = dict[str, dict[int, list[Run]]]  # by server and by what grows, one Run for each round


@dataclass(frozen=True)
class Bench:
    """Where and how everything is measured."""

    program: Path
    cores: Cores
    folder: Path
    options: argparse.Namespace

    def rounds(self, part: str) -> int:
        return self.options.rounds or ROUNDS[part]


def main() -> None:
    """Run the benchmark; a sentence and exit status 1 when it cannot."""
    if sys.platform == "win32":
        sys.exit("The load generator needs Linux or macOS.")
    options = read_options()
    allow_open_files()
    try:
        grow(options)
    except BenchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="Cost per delivery as everything grows.")
    parser.add_argument("--part", action="append", choices=list(ROUNDS), help="only this; repeatable")
    parser.add_argument("--rounds", type=int, default=0, help="of each part (3 to 7, as the part needs)")
    parser.add_argument("--seconds", type=float, default=1.5, help="measured time of one run (1.5)")
    parser.add_argument("--only", type=int, action="append", help="only these sizes of what grows; repeatable")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/growth.json, .md and .svg")
    options = parser.parse_args()
    if options.rounds < 0 or not 0.1 <= options.seconds <= 600:
        parser.error("--rounds must be 1 or more, --seconds 0.1 to 600")
    if not options.data.is_dir():
        parser.error(f"--data: {options.data} is no directory")
    return options


def grow(options: argparse.Namespace) -> None:
    """Measure the chosen parts and print each as soon as it is done."""
    cores = choose_cores()
    print(preface(cores, options), flush=True)
    parts: list[Part] = []
    with tempfile.TemporaryDirectory(dir=options.data) as folder:
        bench = Bench(compile_load(Path(folder)), cores, Path(folder), options)
        for name in ROUNDS:
            if not options.part or name in options.part:
                parts += measure_part(name, bench)
    if options.write:
        write(parts, cores, options)


def measure_part(name: str, bench: Bench) -> list[Part]:
    if name == "answers" and sys.platform != "linux":
        print("answers: left out, for this system does not tell another process's CPU to less than 10 ms.\n")
        return []
    special = {"answers": measure_answers, "joins": measure_joins}
    part = special[name](bench) if name in special else measure_sweep(SWEEPS[name](bench), bench)
    print(shown(part), flush=True)
    return [part]


# ---- what grows ------------------------------------------------------------------------------------


def over_members(bench: Bench) -> Sweep:
    def point(server: Server, members: int) -> Point:
        return Point(server, case_of(rooms=1, members=members, flight=4))

    return Sweep(
        "members", "Cost per delivery over the members of a room", "one room, 4 messages of about 100 bytes in flight", "members",
        {HOUSE.name: {n: point(HOUSE, n) for n in MEMBERS}, FASTAPI.name: {n: point(FASTAPI, n) for n in PLAIN_MEMBERS}},
        base=100, claimed=(300, 1_000), most=0.3,
    )  # fmt: skip


def over_rooms(bench: Bench) -> Sweep:
    points = {n: Point(HOUSE, case_of(rooms=n, members=5, flight=2)) for n in ROOMS}
    under = "rooms of 5, 2 messages of about 100 bytes in flight in each"
    return Sweep("rooms", "Cost per delivery over the number of rooms", under, "rooms", {HOUSE.name: points}, 100, ROOMS[3:], None)


def over_length(bench: Bench) -> Sweep:
    """With few members, so that what a message costs the log is most of what there is to see.

    The base is no empty room: the first messages of one cost more than those that follow.
    """
    points = {n: Point(starting_with(filled(bench, n)), case_of(rooms=1, members=10, flight=4)) for n in wanted(LENGTHS, bench)}
    return Sweep(
        "length", "Cost per delivery over the length of the room", "10 members, 4 messages in flight; so many were there before",
        "messages in the room before", {HOUSE.name: points}, base=1_000, claimed=LENGTHS[2:], most=0.05,
    )  # fmt: skip


def over_size(bench: Bench) -> Sweep:
    points = {n: Point(saying(HOUSE, n), case_of(rooms=1, members=100, flight=4)) for n in SIZES}
    under = "100 members, 4 messages in flight"
    return Sweep("size", "Cost per delivery over the size of a message", under, "bytes in a message", {HOUSE.name: points}, 100, (), None)


SWEEPS: dict[str, Callable[[Bench], Sweep]] = {"members": over_members, "rooms": over_rooms, "length": over_length, "size": over_size}


def case_of(rooms: int, members: int, flight: int) -> Case:
    return Case(f"{rooms}of{members}x{flight}", f"{rooms:,} × {members:,} members, {flight} in flight", rooms, members, flight)


def saying(server: Server, size: int) -> Server:
    """The server, to whom messages of so many bytes are said, about: the number in front of each has one digit to six."""
    content = (SAID * (size // len(SAID) + 1))[: size - 6].replace('"', "")
    return replace(server, text=server.text.replace("CONTENT", content))


def wanted(sizes: Sequence[int], bench: Bench) -> list[int]:
    return [size for size in sizes if size in (bench.options.only or sizes)]


# ---- cost per delivery -----------------------------------------------------------------------------


def measure_sweep(sweep: Sweep, bench: Bench) -> Part:
    points = [(name, x, point) for name, by_x in sweep.points.items() for x, point in by_x.items() if x in wanted([x], bench)]
    costs: Costs = {}
    for turn in range(bench.rounds(sweep.name)):
        for name, x, point in points if turn % 2 == 0 else points[::-1]:
            run = measure_point(point, bench)
            costs.setdefault(name, {}).setdefault(x, []).append(run)
            print(f"  {sweep.name} {x:,}, {name}: {cost(run):.2f} µs per delivery, load generator {run.load_cpu:.0%}", flush=True)
    return told_sweep(sweep, costs)


def measure_point(point: Point, bench: Bench) -> Run:
    """After a warm-up that grows too: by then everybody has said something for the first time, and has seen who is here."""
    warm_up = WARM_UP_SECONDS + max(point.case.rooms, point.case.members) / 1_000
    seconds, data = bench.options.seconds, bench.options.data
    return measure(bench.program, point.server, point.case, bench.cores, seconds, data, warmup=warm_up)


def cost(run: Run) -> float:
    """Microseconds of CPU for one delivery."""
    return 1e6 / run.deliveries_per_core


def told_sweep(sweep: Sweep, costs: Costs) -> Part:
    head = [sweep.x_label, "µs per delivery", "least to most", f"to {sweep.base:,}", "deliveries/s", "server", "load", "p99 ms", "ns per byte"]
    rows, said = list[list[str]](), list[str]()
    for name in sweep.points:
        by_x = dict(sorted(costs.get(name, {}).items()))
        rows += [row(f"{x:,}" if name == HOUSE.name else f"{x:,}, {name}", runs, by_x.get(sweep.base)) for x, runs in by_x.items()]
        said += doubts(by_x)
    said = verdict(sweep, costs.get(HOUSE.name, {})) + ([sweep.why] if sweep.why else []) + said
    drawn = {name: [(x, median(map(cost, runs))) for x, runs in by_x.items()] for name, by_x in costs.items()}
    plot = lines(sweep.title, sweep.under, sweep.x_label, "µs of server CPU per delivery", drawn, log_x=True)
    raw = {name: {str(x): [asdict(run) for run in runs] for x, runs in by_x.items()} for name, by_x in costs.items()}
    return Part(sweep.name, f"{sweep.title} ({sweep.under})", head, rows, said, plot, raw)


def row(x: str, runs: list[Run], base: list[Run] | None) -> list[str]:
    costs = [cost(run) for run in runs]
    return [
        x, f"{median(costs):.2f}", f"{min(costs):.2f} to {max(costs):.2f}", f"{change(runs, base):+.1%}" if base else "",
        f"{median(run.deliveries_per_second for run in runs):,.0f}", f"{median(run.server_cpu for run in runs):.0%}",
        f"{max(run.load_cpu for run in runs):.0%}", f"{median(run.p99_ms for run in runs):.2f}",
        f"{median(1000 * cost(run) / run.bytes_per_delivery for run in runs):.2f}",
    ]  # fmt: skip


def change(runs: list[Run], base: list[Run]) -> float:
    """How much more a delivery costs than in the base's run of the same round; the median of all rounds."""
    return median(cost(run) / cost(other) for run, other in zip(runs, base, strict=True)) - 1


def verdict(sweep: Sweep, by_x: Mapping[int, list[Run]]) -> list[str]:
    """How much the cost grows at most, and how much it may."""
    changes = {x: change(by_x[x], by_x[sweep.base]) for x in sweep.claimed if {x, sweep.base} <= by_x.keys()}
    if not changes:
        return []
    worst = max(changes, key=lambda x: changes[x])
    may = f" (wanted: less than {sweep.most:.0%} more)" if sweep.most is not None else ""
    return [f"From {sweep.base:,} to {max(changes):,} {sweep.x_label}, at most {changes[worst]:+.1%}, at {worst:,}{may}."]


def doubts(by_x: Mapping[int, list[Run]]) -> list[str]:
    """What speaks against these figures, a sentence each."""
    told: list[str] = []
    for x, runs in by_x.items():
        if (busy := max(run.load_cpu for run in runs)) > LOAD_CPU_LIMIT:
            told.append(f"{runs[0].server}, {x:,}: the load generator was busy {busy:.0%} of the time.")
        for kind in ("missed", "repeated", "caught_up"):
            if count := sum(getattr(run, kind) for run in runs):
                told.append(f"{runs[0].server}, {x:,}: {count:,} deliveries {kind.replace('_', ' ')}.")
    return told


# ---- a room in which much was said -----------------------------------------------------------------


def filled(bench: Bench, messages: int) -> Path:
    """A log whose first room, `room-0`, has so many messages; made once in a run."""
    path = bench.folder / f"{messages}.db"
    if not path.exists():
        open_database(str(path)).close()
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN;")
            db.execute("INSERT INTO rooms (key, name, epoch, indexed) VALUES (1, 'room-0', '00c0ffee', ?)", (messages,))
            for start in range(1, messages + 1, AT_ONCE):
                rows = messages_from(start, min(start + AT_ONCE, messages + 1))
                db.executemany("INSERT INTO messages VALUES (1, ?, ?, 'complete', ?, ?, ?, NULL)", rows)
            db.execute("COMMIT")
    return path


def messages_from(first: int, end: int, random: Random | None = None) -> Iterator[tuple[int, int, str, str, str]]:
    """Rows as the server writes them."""
    random = random or Random(first)
    now = time.time_ns() // 1_000_000
    people = [Author(id=f"{n:016x}", name=f"Guest {n}", kind="human") for n in range(1, AUTHORS + 1)]
    told = [(person["id"], json.dumps(person, separators=(",", ":"))) for person in people]
    for id in range(first, end):
        author, shown_author = told[id % AUTHORS]
        key, content = f"{random.getrandbits(96):024x}", SAID[id % 40 :] + SAID
        body = (
            f'{{"id":{id},"seq":{id},"ts":{now + id},"author":{shown_author},"content":"{content}",'
            f'"status":"complete","key":"{key}"}}'
        )
        yield id, id, author, key, body


def starting_with(path: Path) -> Server:
    """Ours, with a copy of this log."""
    return replace(HOUSE, command=(sys.executable, "-c", START_COPY, str(path)))


def start_with_copy(path: str) -> None:
    """Become a server whose log is a copy of that file, all of it on disk, so that no writing back disturbs what is measured."""
    copy = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
    shutil.copyfile(path, copy)
    with open(copy, "rb+") as file:
        os.fsync(file.fileno())
    os.execv(OURS.command[0], OURS.command)


# ---- lines of our own ------------------------------------------------------------------------------


class Line:
    """A WebSocket to a room, which reads what the server writes, and times it, and does little else."""

    def __init__(self, port: int, query: str = "", room: str = "room-0") -> None:
        self.frames: list[bytes] = []
        self._rest = bytearray()
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asked = f"GET /ws/{room}{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self._socket.sendall(f"{asked}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        while b"\r\n\r\n" not in self._rest:
            self._receive()
        head, _, rest = bytes(self._rest).partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise BenchError(f"Expected a WebSocket, but the server said: {head.decode(errors='replace')}")
        self._rest = bytearray(rest)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def say(self, **frame: object) -> None:
        payload = json.dumps(frame).encode()  # masked with zeros
        size = struct.pack("!B", 0x80 | len(payload)) if len(payload) < 126 else struct.pack("!BH", 0xFE, len(payload))
        self._socket.sendall(b"\x81" + size + bytes(4) + payload)

    def next(self) -> bytes:
        """The payload of the next frame."""
        while not self.frames:
            self.read()
        return self.frames.pop(0)

    def read(self) -> None:
        """Take what has come apart into frames."""
        self._receive()
        while (place := frame_at(self._rest)) and len(self._rest) >= place[1]:
            self.frames.append(bytes(self._rest[place[0] : place[1]]))
            del self._rest[: place[1]]

    def drop(self) -> None:
        """Let go what has come."""
        self._socket.recv(1 << 18)

    def _receive(self) -> None:
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise BenchError("Expected frames, but the server closed the connection.")
        self._rest += piece


def frame_at(data: bytes | bytearray) -> tuple[int, int] | None:
    """Where the payload of the unmasked frame at the beginning begins and ends; None while its head is not there."""
    if len(data) < 2:
        return None
    head = {126: 4, 127: 10}.get(data[1] & 0x7F, 2)
    if len(data) < head:
        return None
    return head, head + (int.from_bytes(data[2:head]) if head > 2 else data[1] & 0x7F)


@contextmanager
def kept_on(core: int | None) -> Iterator[None]:
    """Keep this process on one core, until the end."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# ---- answers ---------------------------------------------------------------------------------------


class Arrival(NamedTuple):
    """So many tokens had been delivered when the server had used so many seconds of CPU."""

    tokens: int
    cpu: float


def measure_answers(bench: Bench) -> Part:
    """Answers of several lengths as a whole, and the longest piece by piece, fast and token by token."""
    server = replace(HOUSE, environment=HOUSE.environment | {"SPEAKS": "always", "FAKE_LLM_TOKENS_PER_SECOND": "0", "PROMPT_TOKENS": "500"})
    whole: dict[str, list[float]] = {told: [] for told in ANSWERS}
    pieces: dict[str, list[list[float]]] = {"at full speed": [], f"{TOKENS_A_SECOND:,} tokens a second": []}
    rates: list[float] = []
    with running(server, bench.cores.server, bench.options.data) as (process, port), kept_on(bench.cores.load), ExitStack() as lines_:
        readers = [lines_.enter_context(Line(port)) for _ in range(READERS)]
        answer(readers, process.pid, 2_000)
        for turn in range(bench.rounds("answers")):
            for told, tokens in ANSWERS.items() if turn % 2 == 0 else reversed(ANSWERS.items()):
                times = max(SHORT_ANSWERS * min(ANSWERS.values()) // tokens, 1)
                before, found = cpu_seconds(process.pid), [answer(readers, process.pid, tokens) for _ in range(times)]
                whole[told].append((cpu_seconds(process.pid) - before) / times / tokens * 1e6)
                if tokens == LONGEST:
                    pieces["at full speed"] += [tenths(arrivals, tokens) for arrivals, _ in found]
                    rates += [tokens / seconds for _, seconds in found]
            print(f"  answers, round {turn + 1}: {', '.join(f'{told}: {costs[-1]:.1f}' for told, costs in whole.items())} µs per token", flush=True)
        for _ in range(max(bench.rounds("answers") // 3, 1)):
            arrivals, _ = answer(readers, process.pid, LONGEST, TOKENS_A_SECOND)
            pieces[f"{TOKENS_A_SECOND:,} tokens a second"].append(tenths(arrivals, LONGEST))
    return told_answers(whole, pieces, rates)


def answer(readers: Sequence[Line], pid: int, tokens: int, rate: int = 0) -> tuple[list[Arrival], float]:
    """Ask for an answer, and see it through. What had arrived when, and how many seconds it took from its start."""
    asker, arrivals, begun, asked = readers[0], list[Arrival](), 0.0, f"!tokens={tokens} !rate={rate}"
    asker.say(type="message", content=asked)
    deadline, count = time.monotonic() + PATIENCE, 0
    while time.monotonic() < deadline:
        for line in select(readers, [], [], 1)[0]:
            if line is not asker:
                line.drop()
                continue
            line.read()
            cpu = cpu_seconds(pid)
            for frame in line.frames:
                if frame.startswith(b'{"type":"start"'):
                    begun, arrivals = time.monotonic(), [Arrival(0, cpu)]
                elif frame.startswith(b'{"type":"chunk"'):
                    count += tokens_in(json.loads(frame)["content"], first=count == 0)
                    arrivals.append(Arrival(count, cpu))
                elif frame.startswith(b'{"type":"end"'):
                    must_be_whole(frame, count, tokens)
                    line.frames.clear()
                    return arrivals, time.monotonic() - begun
            line.frames.clear()
    raise BenchError(f"Expected the end of an answer of {tokens:,} tokens within {PATIENCE:g} s, but {count:,} came.")


def tokens_in(text: str, first: bool) -> int:
    """Each token but the very first begins with a space."""
    return text.count(" ") + first


def must_be_whole(end: bytes, count: int, tokens: int) -> None:
    told = json.loads(end)
    if told["status"] != "complete" or count != tokens:
        raise BenchError(f"Expected a complete answer of {tokens:,} tokens, but {count:,} came, and it was {told['status']}: {told['content']}")


def tenths(arrivals: Sequence[Arrival], tokens: int) -> list[float]:
    """Microseconds of CPU per token in each tenth of an answer; between two arrivals it is taken to be even."""
    bounds = [cpu_at(arrivals, tokens * tenth / TENTHS) for tenth in range(TENTHS + 1)]
    return [(after - before) / (tokens / TENTHS) * 1e6 for before, after in pairwise(bounds)]


def cpu_at(arrivals: Sequence[Arrival], tokens: float) -> float:
    for before, after in pairwise(arrivals):
        if before.tokens <= tokens <= after.tokens and after.tokens > before.tokens:
            return before.cpu + (after.cpu - before.cpu) * (tokens - before.tokens) / (after.tokens - before.tokens)
    raise BenchError(f"Expected arrivals around token {tokens:,.0f}, but they go from {arrivals[0].tokens:,} to {arrivals[-1].tokens:,}.")


def told_answers(whole: Mapping[str, list[float]], pieces: Mapping[str, list[list[float]]], rates: Sequence[float]) -> Part:
    head = ["answer", "µs per token", "least to most", "early to late"]
    rows = [[f"{told} characters, all in all", f"{median(costs):.1f}", f"{min(costs):.1f} to {max(costs):.1f}", ""] for told, costs in whole.items()]
    said = [f"At full speed {median(rates):,.0f} tokens/s reach {READERS} members, in as few frames as the log commits; with question, prompt and end “all in all”."]
    drawn: dict[str, list[tuple[float, float]]] = {}
    for speed, runs in pieces.items():
        early, late = [mean(costs[EARLY]) for costs in runs], [mean(costs[LATE]) for costs in runs]
        grown = median(late) / median(early) - 1
        rows.append([f"{speed}, tenths 2 to 5", f"{median(early):.1f}", f"{min(early):.1f} to {max(early):.1f}", ""])
        rows.append([f"{speed}, tenths 6 to 9", f"{median(late):.1f}", f"{min(late):.1f} to {max(late):.1f}", f"{grown:+.1%}"])
        said.append(f"From tenths 2 to 5 to tenths 6 to 9, {speed}: {grown:+.1%} (wanted: less than 5% more).")
        drawn[f"{OURS.name}, {speed}"] = [((tenth + 0.5) * 10, median(costs[tenth] for costs in runs)) for tenth in range(EARLY.start, LATE.stop)]
    under = f"an answer of {LONGEST:,} tokens, seen by {READERS} members"
    plot = lines("Cost per token over an answer", under, "% of the answer", "µs of server CPU per token", drawn, log_y=True)
    raw = {"whole": whole, "tenths": pieces, "tokens_per_second": rates}
    return Part("answers", f"Cost per token over an answer ({under})", head, rows, said, plot, raw)


# ---- coming in -------------------------------------------------------------------------------------


def measure_joins(bench: Bench) -> Part:
    """How long coming in takes, new, back from a moment ago, and back from long ago, one after another."""
    found: dict[int, dict[str, list[float]]] = {}
    for length in wanted(LENGTHS[1:], bench):
        with running(starting_with(filled(bench, length)), bench.cores.server, bench.options.data) as (_, port), kept_on(bench.cores.load):
            found[length] = come_in(port, Random(length))
        told = ", ".join(f"{kind} p99 {percentile(taken, 0.99):.1f} ms" for kind, taken in found[length].items())
        print(f"  joins at {length:,}: {told}", flush=True)
    return told_joins(found)


def come_in(port: int, random: Random) -> dict[str, list[float]]:
    """Milliseconds that each took, from the first packet to the whole welcome, by kind."""
    first, welcome = timed_welcome(port)
    epoch, seq = welcome["room"]["epoch"], welcome["room"]["seq"]
    queries = [("joining", "")] * JOINS
    queries += [("resuming", f"?after={seq - random.randint(0, min(RECENT, seq))}&epoch={epoch}") for _ in range(RESUMES)]
    queries += [("resuming from far", f"?after={random.randint(0, max(seq - 501, 0))}&epoch={epoch}") for _ in range(FAR_RESUMES)]
    random.shuffle(queries)
    found: dict[str, list[float]] = {kind: [] for kind, _ in sorted(queries)} | {"the first, with the room's tail": [first]}
    for kind, query in queries:
        taken, welcome = timed_welcome(port, query)
        if welcome["resumed"] != (kind == "resuming"):
            raise BenchError(f"{kind} with {query!r}: the welcome says resumed: {welcome['resumed']}")
        found[kind].append(taken)
    return found


def timed_welcome(port: int, query: str = "") -> tuple[float, dict[str, Any]]:
    begun = time.perf_counter()
    with Line(port, query) as line:
        raw = line.next()
        taken = (time.perf_counter() - begun) * 1000
    welcome = json.loads(raw)
    if welcome["type"] != "welcome":
        raise BenchError(f"Expected a welcome, but got {welcome}")
    return taken, welcome


def percentile(values: Sequence[float], share: float) -> float:
    """The least of them below or at which so much of all is."""
    ordered = sorted(values)
    return ordered[max(-int(-len(ordered) * share // 1) - 1, 0)]


def told_joins(found: Mapping[int, Mapping[str, list[float]]]) -> Part:
    head = ["messages in the room", "coming in", "times", "p50 ms", "p99 ms", "longest ms"]
    rows = [
        [f"{length:,}", kind, f"{len(taken):,}", f"{median(taken):.2f}", f"{percentile(taken, 0.99):.2f}", f"{max(taken):.2f}"]
        for length, kinds in found.items()
        for kind, taken in kinds.items()
    ]
    said = []
    if found:
        longest = max(found)
        worst = {kind: percentile(taken, 0.99) for kind, taken in found[longest].items() if len(taken) > 1}
        told = ", ".join(f"{kind} {milliseconds:.1f} ms" for kind, milliseconds in worst.items())
        said.append(f"p99 with {longest:,} messages in the room: {told} (wanted: {JOIN_AIM_MS} ms at most).")
    drawn: dict[str, list[tuple[float, float]]] = {}
    for length, kinds in found.items():
        for kind in ("joining", "resuming"):
            for name, share in (("p50", 0.5), ("p99", 0.99)):
                drawn.setdefault(f"{kind}, {name}", []).append((length, percentile(kinds[kind], share)))
    under = "from the first packet to the whole welcome, one after another"
    plot = lines("Coming in over the length of the room", under, "messages in the room", "ms", drawn, log_x=True, aim=JOIN_AIM_MS)
    return Part("joins", f"Coming in ({under})", head, rows, said, plot, {str(length): kinds for length, kinds in found.items()})


# ---- telling ---------------------------------------------------------------------------------------


def preface(cores: Cores, options: argparse.Namespace) -> str:
    where = f"server on core {cores.server}, load on core {cores.load}"
    if cores.server is None:
        where = "NOT pinned (this system cannot, or has one core): trust the figures less"
    return (
        f"{OURS.name} commits every message to disk ({file_system(options.data)}) before it delivers. "
        f"Runs of {options.seconds:g} s, {where}.\nµs per delivery: the server's CPU (user + system, all threads) over "
        "its deliveries; server, load: the CPU that each used.\n"
    )


def shown(part: Part) -> str:
    """A part for people."""
    widths = [max(len(line[column]) for line in (part.head, *part.rows)) for column in range(len(part.head))]
    table = ["  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in (part.head, *part.rows)]
    return "\n".join([part.title, *table, *(f"  {sentence}" for sentence in part.said), ""])


def write(parts: Sequence[Part], cores: Cores, options: argparse.Namespace) -> None:
    """The figures, the tables and the plots."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    about = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "file_system": file_system(options.data),
        "pinned": asdict(cores),
        "command": shlex.join(["python", "-m", "bench.growth", *sys.argv[1:]]),
        "seconds": options.seconds,
    }
    figures = about | {"parts": {part.name: part.raw for part in parts}}
    (FOLDER / "growth.json").write_text(json.dumps(figures, indent=1) + "\n")
    (FOLDER / "growth.md").write_text(page(parts, about))
    (FOLDER / "growth.svg").write_text(stacked([part.plot for part in parts]))
    print(f"written: {FOLDER / 'growth'}.json, .md, .svg")


def page(parts: Sequence[Part], about: Mapping[str, Any]) -> str:
    """The tables as Markdown."""
    told = [
        "# Growth",
        "Made by `python -m bench.growth`; do not edit.",
        "What a delivery costs the server as members, rooms, the room's length, messages and answers grow, and how long coming in takes.",
        f"`{about['command']}`, {about['date'][:10]}; {about['system']}, Python {about['python']}, {about['file_system']}. All figures: "
        "[growth.json](growth.json).",
        "µs per delivery: the server's CPU (user and system, all threads) over its deliveries, median of the rounds. The change is the median of "
        "those within each round. load: the most CPU that the load generator used.",
        "![Cost per delivery over members, rooms, length, size and answers](growth.svg)",
    ]
    for part in parts:
        table = [f"| {' | '.join(line)} |" for line in (part.head, ["---", *["---:"] * (len(part.head) - 1)], *part.rows)]
        told += [f"## {part.title}", "\n".join(table), *([("\n".join(f"- {sentence}" for sentence in part.said))] if part.said else [])]
    return "\n\n".join(told) + "\n"


if __name__ == "__main__":
    main()
