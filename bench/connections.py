"""What people cost who only are there: memory for each, how fast they come in, and 10,000 of them held for ten minutes.

    python -m bench.connections                 # everything, 5 minutes and the hold
    python -m bench.connections --part opened --pairs 1 --connections 1000
    python -m bench.connections --part held --hold 60

PocketRoom and a plain FastAPI broadcast, which keeps nothing of anybody, take turns, each pinned to one core; `hold.c`
opens and holds the sockets from another. Linux only.
"""

import argparse
import json
import linecache
import os
import re
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.load import LOAD_CPU_LIMIT, compiled, next_line
from bench.open_loop import Bench, Table, about, shown, write
from bench.peers import FASTAPI
from bench.plots import bars, lines
from bench.servers import OURS, ROOT, BenchError, Cores, Server, allow_open_files, choose_cores, cpu_seconds, pin, running

POCKETROOM = replace(OURS, environment=OURS.environment | {"CONNECTIONS": "0"})  # it lets in 2,000 otherwise
ROOM_OF = 100  # members, where there are many rooms
HELD, HELD_ROOMS = 10_000, 100
WARM_UP = 50  # connections that come and go before anything is measured, so that what is made once is there
SETTLE_SECONDS = 3.0  # after the last has come in: what the handshakes needed is gone by then
QUIET_CPU, QUIET_SECONDS = 0.04, 0.5  # seconds of CPU in so many, in which a server is taken to be at rest
PATIENCE = 60.0
PING = '{"type":"ping"}'  # as the page sends it when it heard nothing for 10 s
TRACED_INTO = "BENCH_TRACED_INTO"
SHOWN_PLACES, LINE_LETTERS = 10, 60
MEMORY_AIM, RATE_AIM, CPU_AIM = 0.5, 1.5, 0.1
PARTS = ("opened", "traced", "held")


class Shape(NamedTuple):
    """So many rooms of so many members each."""

    rooms: int
    members: int

    @property
    def connections(self) -> int:
        return self.rooms * self.members

    @property
    def name(self) -> str:
        return f"{self.rooms:,} rooms of {self.members:,}" if self.rooms > 1 else f"one room of {self.members:,}"


@dataclass(frozen=True)
class Opened:
    """Many who came in at one server. Seconds of CPU are the server's; memory in bytes for each connection.

    The kernel's memory is that of both ends, halved. `again`: the same people a second time, whose sessions are known.
    """

    server: str
    shape: str
    again: bool
    connections: int
    seconds: float
    cpu_seconds: float
    load_cpu: float
    p50_ms: float
    p99_ms: float
    resident: float = 0
    kernel: float = 0

    @property
    def per_second(self) -> float:
        return self.connections / self.seconds

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_seconds / self.connections


@dataclass(frozen=True)
class Traced:
    """Python objects by where they were made: bytes for each connection, the most first."""

    server: str
    total: float
    files: list[tuple[str, float]]
    lines: list[tuple[str, float]]


@dataclass(frozen=True)
class Minute:
    """A part of the hold: what came to all members in each second, and what it cost, in cores and bytes of RSS."""

    until: float
    server_cpu: float
    load_cpu: float
    server_pings: float
    page_pings: float
    frames: float
    left: float
    resident: int


class Bed(NamedTuple):
    """The program that holds sockets, where things run, and where databases lie."""

    program: Path
    cores: Cores
    data: Path
    under_way: int


def main() -> None:
    """Run the benchmark; a sentence and exit status 1 when it cannot."""
    if sys.platform != "linux":
        sys.exit("Memory is read from /proc, and the sockets are held with epoll: this needs Linux.")
    options = read_options()
    allow_open_files()
    try:
        compare(options)
    except BenchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.connections", description="Memory and time for each connection.")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; repeatable")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each server (3)")
    parser.add_argument("--connections", type=int, default=5000, help=f"in one room, and in rooms of {ROOM_OF} (5,000)")
    parser.add_argument("--under-way", type=int, default=32, help="handshakes at the same time (32)")
    parser.add_argument("--hold", type=float, default=600, help=f"seconds for which {HELD:,} are held (600)")
    parser.add_argument("--held", type=int, default=HELD, help=f"so many instead, in {HELD_ROOMS} rooms")
    parser.add_argument("--churn", type=int, default=1, help="members that leave, and come back, in each second of the hold's second half (1)")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/connections.json, .md and .svg")
    options = parser.parse_args()
    if options.pairs < 1 or options.connections < ROOM_OF or options.held < HELD_ROOMS or options.hold < 1:
        parser.error(f"--pairs and --hold must be 1 or more, --connections and --held {ROOM_OF}")
    return options


def compare(options: argparse.Namespace) -> None:
    """Each part, told as it comes; tables at the end."""
    parts = options.part or PARTS
    with tempfile.TemporaryDirectory() as directory:
        program = compiled(ROOT / "bench" / "hold.c", Path(directory))
        bed = Bed(program, choose_cores(), options.data, options.under_way)
        print(preface(bed), flush=True)
        opened = rounds(bed, shapes(options.connections), options.pairs) if "opened" in parts else []
        traces = [traced_run(bed, server, shapes(options.connections)[0]) for server in (POCKETROOM, FASTAPI)] if "traced" in parts else []
        held = hold(bed, Shape(HELD_ROOMS, options.held // HELD_ROOMS), options.hold, options.churn) if "held" in parts else []
    tables = [*([told_opened(opened)] if opened else []), *map(told_traced, traces), *([told_held(held, options)] if held else [])]
    print("", *map(shown, tables), sep="\n")
    if options.write:
        told = about("connections", Bench(program, bed.cores, options.hold, options.data))
        figures = {
            "opened": [asdict(one) | {"per_second": one.per_second, "cpu_us": one.cpu_us} for one in opened],
            "traced": [asdict(one) for one in traces],
            "held": [asdict(one) for one in held],
        }
        write("connections", SENTENCES, told, figures, tables, plots(opened, held), "Memory, time and CPU that connections take")


def shapes(connections: int) -> list[Shape]:
    return [Shape(connections // ROOM_OF, ROOM_OF), Shape(1, connections)]


# ---- coming in -----------------------------------------------------------------------------------------


def rounds(bed: Bed, all_shapes: Sequence[Shape], pairs: int) -> list[Opened]:
    """The servers in turn, every second time the other first."""
    done: list[Opened] = []
    for shape in all_shapes:
        for number in range(pairs):
            for server in (POCKETROOM, FASTAPI) if number % 2 == 0 else (FASTAPI, POCKETROOM):
                for one in opened_at(bed, server, shape):
                    done.append(one)
                    print(line(one), flush=True)
    return done


def opened_at(bed: Bed, server: Server, shape: Shape) -> Iterator[Opened]:
    """All come in for the first time; and at ours, which knows people, once more after they have left."""
    with running(server, bed.cores.server, bed.data) as (process, port):
        warm_up(bed, server, port, process.pid)
        before = resident(process.pid), kernel_bytes()
        with coming_in(bed, server, port, shape, process.pid) as first:
            time.sleep(SETTLE_SECONDS)
            grown = resident(process.pid) - before[0], (kernel_bytes() - before[1]) / 2
        yield replace(first, resident=grown[0] / shape.connections, kernel=grown[1] / shape.connections)
        if server is POCKETROOM:
            wait_until_quiet(process.pid)
            with coming_in(bed, server, port, shape, process.pid) as second:
                yield replace(second, again=True)


@contextmanager
def coming_in(bed: Bed, server: Server, port: int, shape: Shape, pid: int) -> Iterator[Opened]:
    """All of them in; they leave at the end."""
    cpu = cpu_seconds(pid)
    with holding(bed, server, port, shape, hold=PATIENCE) as (_, told):
        seconds = told["seconds"]
        yield Opened(
            server.name, shape.name, False, shape.connections, seconds, cpu_seconds(pid) - cpu, told["load_cpu_seconds"] / seconds,
            told["p50_ms"], told["p99_ms"],
        )  # fmt: skip


@contextmanager
def holding(bed: Bed, server: Server, port: int, shape: Shape, **more: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Members held by `hold.c`: its process, and what it told when all were in."""
    options = {
        "port": port, "rooms": shape.rooms, "members": shape.members, "atonce": bed.under_way, "path": server.path,
        "ready": server.ready, "tokens": 1, **more,
    }  # fmt: skip
    command = [str(bed.program), *(f"{name}={value}" for name, value in options.items())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
        pin(load, bed.cores.load)
        try:
            yield load, told_by(load, server)
        finally:
            load.terminate()


def told_by(load: subprocess.Popen[str], server: Server) -> dict[str, Any]:
    try:
        return json.loads(next_line(load))
    except BenchError as why:
        raise BenchError(f"{server.name}: {why}") from why


def warm_up(bed: Bed, server: Server, port: int, pid: int) -> None:
    with holding(bed, server, port, Shape(1, WARM_UP), hold=PATIENCE):
        pass
    wait_until_quiet(pid)


def wait_until_quiet(pid: int) -> None:
    """Return when the server has done what those who left have left it to do."""
    deadline, before = time.monotonic() + PATIENCE, cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(QUIET_SECONDS)
        now = cpu_seconds(pid)
        if now - before < QUIET_CPU:
            return
        before = now
    raise BenchError(f"The server was still at work {PATIENCE:g} s after everybody had left.")


def resident(pid: int) -> int:
    """The memory (RSS) of a process, in bytes."""
    return kilobytes(Path(f"/proc/{pid}/status").read_text(), "VmRSS")


def kernel_bytes() -> int:
    """What the kernel holds in small pieces (sockets, files, what is watched) and in the buffers of TCP."""
    pages = re.search(r"^TCP:.* mem (\d+)", Path("/proc/net/sockstat").read_text(), re.MULTILINE)
    buffers = int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages else 0
    return kilobytes(Path("/proc/meminfo").read_text(), "Slab") + buffers


def kilobytes(text: str, name: str) -> int:
    """The figure of this name in a file of /proc, in bytes."""
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    if found is None:
        raise BenchError(f"This system does not tell {name} in /proc.")
    return 1024 * int(found[1])


# ---- where it goes -------------------------------------------------------------------------------------


def traced_run(bed: Bed, server: Server, shape: Shape) -> Traced:
    """The same connections at a server that notes where each of its objects was made."""
    module = server.command[-1].removesuffix(".py")
    start = f"from bench.connections import trace; trace({module!r})"
    with tempfile.TemporaryDirectory() as directory:
        into = Path(directory) / "traced"
        traced = replace(server, command=(sys.executable, "-c", start), environment=server.environment | {TRACED_INTO: str(into)})
        with running(traced, bed.cores.server, bed.data) as (process, port):
            warm_up(bed, server, port, process.pid)
            ask_for_trace(process, into)
            with holding(bed, server, port, shape, hold=PATIENCE):
                time.sleep(SETTLE_SECONDS)
                told = ask_for_trace(process, into)
    files, places = ([(place_of(*place), size / shape.connections) for *place, size in told[kind]] for kind in ("files", "lines"))
    return Traced(server.name, told["total"] / shape.connections, files, places)


def ask_for_trace(process: subprocess.Popen[str], into: Path) -> dict[str, Any]:
    process.send_signal(signal.SIGUSR1)
    deadline = time.monotonic() + PATIENCE
    while not into.exists():
        if time.monotonic() > deadline or process.poll() is not None:
            raise BenchError("The traced server does not tell what it holds.")
        time.sleep(0.05)
    told = json.loads(into.read_text())
    into.unlink()
    return told


def trace(module: str) -> None:
    """In the server's process: run it, and at each SIGUSR1 tell what has grown since the one before."""
    tracemalloc.start()
    before = tracemalloc.take_snapshot()

    def tell(*_: object) -> None:
        nonlocal before
        now = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])
        into = Path(os.environ[TRACED_INTO])
        into.with_suffix(".part").write_text(json.dumps(grown_since(before, now)))
        into.with_suffix(".part").rename(into)
        before = now

    signal.signal(signal.SIGUSR1, tell)
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def grown_since(before: tracemalloc.Snapshot, now: tracemalloc.Snapshot) -> dict[str, Any]:
    """The files and lines (file, number, bytes) that made most of what there is more, and how much that is in all."""
    files, places = (now.compare_to(before, key) for key in ("filename", "lineno"))
    told = {kind: [(*place(one), one.size_diff) for one in some[:SHOWN_PLACES]] for kind, some in (("files", files), ("lines", places))}
    return {"total": sum(one.size_diff for one in files), **told}


def place(grown: tracemalloc.StatisticDiff) -> tuple[str, int]:
    frame = grown.traceback[0]
    return frame.filename, frame.lineno


def place_of(file: str, line: int) -> str:
    """A file as its package knows it; a line with what stands there."""
    name = re.sub(rf"^.*(site-packages|python3\.\d+|{re.escape(str(ROOT))})/", "", file)
    return f"{name}:{line} {linecache.getline(file, line).strip()[:LINE_LETTERS]}" if line else name


# ---- being held ----------------------------------------------------------------------------------------


def hold(bed: Bed, shape: Shape, seconds: float, churn: int) -> list[Minute]:
    """Everybody is there, and pings as pages do; in the second half some leave and come back. Ten parts, or minutes."""
    every = min(60.0, seconds / 10)
    minutes: list[Minute] = []
    with running(POCKETROOM, bed.cores.server, bed.data) as (process, port):
        more: dict[str, object] = {"hold": seconds + 1, "every": every, "ping": PING, "churn": churn, "calm": seconds / 2}
        with holding(bed, POCKETROOM, port, shape, **more) as (load, _):
            cpu, began, load_cpu = cpu_seconds(process.pid), time.monotonic(), 0.0
            while len(minutes) < round(seconds / every):
                told = told_by(load, POCKETROOM)
                now, used = time.monotonic(), cpu_seconds(process.pid)
                until = every * (len(minutes) + 1)
                own = (told["load_cpu_seconds"] - load_cpu) / told["seconds"] if minutes else 0.0
                minutes.append(minute(told, until, (used - cpu) / (now - began), own, resident(process.pid)))
                print(held_line(minutes[-1]), flush=True)
                cpu, began, load_cpu = used, now, told["load_cpu_seconds"]
    return minutes


def minute(told: dict[str, Any], until: float, server_cpu: float, load_cpu: float, resident: int) -> Minute:
    rates = {name: told[name] / told["seconds"] for name in ("server_pings", "page_pings", "frames", "left")}
    return Minute(until=until, server_cpu=server_cpu, load_cpu=load_cpu, resident=resident, **rates)


# ---- for people ----------------------------------------------------------------------------------------

SENTENCES = (
    f"Each member is a socket that comes in, is welcomed and says nothing. Memory is what the server's RSS grew by, {SETTLE_SECONDS:g} s after the last came in, "
    "for each connection; the kernel's is that of both ends, halved. CPU is the server's, user and system. "
    "“Again” are the same people a second time: PocketRoom knows their sessions then, and has nothing to write down.",
    f"Held members send the page's ping when they heard nothing for 10 s, and answer the server's own; in the second half some leave and are back 2 s "
    f"later, which tells each time everybody in their room who is there. PocketRoom was started with `CONNECTIONS=0`, without which it lets in {2000:,}.",
)


def preface(bed: Bed) -> str:
    where = f"server on core {bed.cores.server}, members on core {bed.cores.load}"
    if bed.cores.server is None:
        where = "NOT pinned (this system cannot, or has one core): trust the figures less"
    return f"{POCKETROOM.name} notes each person and catches them up; {FASTAPI.name} keeps a list of sockets. {bed.under_way} handshakes under way; {where}.\n"


def line(one: Opened) -> str:
    """What came in, as it is printed when it has."""
    memory = f"{one.resident / 1024:7.1f} KB each, kernel {one.kernel / 1024:4.1f} KB" if one.resident else " " * 33
    figures = f"{one.per_second:7,.0f}/s {one.cpu_us:7,.0f} µs of CPU each, {one.p50_ms:6.1f} and {one.p99_ms:6.1f} ms (p50, p99)"
    return f"  {one.server + (', again' if one.again else ''):<20} {one.shape:<20} {figures} {memory}{doubts(one)}"


def doubts(one: Opened | Minute) -> str:
    return f"; hold.c was busy {one.load_cpu:.0%} of the time" if one.load_cpu > LOAD_CPU_LIMIT else ""


def told_opened(opened: Sequence[Opened]) -> Table:
    head = ("", "connects/s", "of FastAPI's", "CPU µs", "p50 ms", "p99 ms", "KB each", "of FastAPI's", "kernel KB")
    rows, said = list[list[str]](), list[str]()
    for shape in unique(opened):
        peer = of(opened, shape, FASTAPI.name)
        for name, again in ((POCKETROOM.name, False), (POCKETROOM.name, True), (FASTAPI.name, False)):
            some = of(opened, shape, name, again)
            faster, larger = ratios(some, peer, "per_second"), ratios(some, peer, "resident")
            own = name == FASTAPI.name
            memory = ["–"] * 3 if again else [f"{middle(some, 'resident') / 1024:.1f}", "–" if own else told_ratio(larger), f"{middle(some, 'kernel') / 1024:.1f}"]
            times = [f"{middle(some, kind):,.{digits}f}" for kind, digits in (("cpu_us", 0), ("p50_ms", 1), ("p99_ms", 1))]
            title = f"{shape}: {name}{', again' if again else ''}"
            rows.append([title, f"{middle(some, 'per_second'):,.0f}", "–" if own else told_ratio(faster), *times, *memory])
            if name == POCKETROOM.name and not again:
                said += verdicts(shape, median(larger), median(faster))
    return Table("Coming in, and being there", head, rows, [*said, *dict.fromkeys(f"{one.server}, {one.shape}{told}" for one in opened if (told := doubts(one)))])


def verdicts(shape: str, larger: float, faster: float) -> list[str]:
    """Each aim, and whether it is reached."""
    memory = f"{shape}: memory {larger:.2f} of plain FastAPI's, aim at most {MEMORY_AIM:g}{'' if larger <= MEMORY_AIM else ': NOT REACHED'}"
    rate = f"{shape}: connects {faster:.2f} of plain FastAPI's, aim at least {RATE_AIM:g}{'' if faster >= RATE_AIM else ': NOT REACHED'}"
    return [memory, rate]


def told_traced(trace: Traced) -> Table:
    places = [("files", name, size) for name, size in trace.files] + [("lines", name, size) for name, size in trace.lines]
    rows = [[f"{kind[:-1]}: `{name}`", f"{size:,.0f}", f"{size / max(trace.total, 1):.0%}"] for kind, name, size in places]
    return Table(f"{trace.server}: where {trace.total / 1024:.1f} KB of Python objects for each connection are made", ("", "bytes each", "share"), rows)


def told_held(held: Sequence[Minute], options: argparse.Namespace) -> Table:
    head = ("until second", "CPU", "server pings/s", "page pings/s", "frames/s", "left and back/s", "RSS MB")
    rows = [
        [f"{one.until:,.0f}", f"{one.server_cpu:.1%}", *(f"{value:,.1f}" for value in (one.server_pings, one.page_pings, one.frames, one.left)),
         f"{one.resident / 1e6:,.1f}"]
        for one in held
    ]  # fmt: skip
    worst = max(one.server_cpu for one in held)
    verdict = f"at most {worst:.1%} of a core, aim less than {CPU_AIM:.0%}{'' if worst < CPU_AIM else ': NOT REACHED'}"
    members = options.held // HELD_ROOMS * HELD_ROOMS
    return Table(f"{members:,} members in {HELD_ROOMS} rooms, held for {options.hold:g} s", head, rows, [verdict, *(f"until {one.until:,.0f}{told}" for one in held if (told := doubts(one)))])


def held_line(one: Minute) -> str:
    pings = f"{one.server_pings:7,.0f} server pings/s {one.page_pings:7,.0f} page pings/s"
    return f"  {one.until:6,.0f} s  CPU {one.server_cpu:5.1%} {pings} {one.frames:7,.0f} frames/s  {one.resident / 1e6:,.1f} MB{doubts(one)}"


def plots(opened: Sequence[Opened], held: Sequence[Minute]) -> list[str]:
    drawn = list[str]()
    if opened:
        names = (POCKETROOM.name, FASTAPI.name)
        kinds: tuple[tuple[str, str, Callable[[Opened], float]], ...] = (
            ("Memory of an idle connection", "KB", lambda one: one.resident / 1024),
            ("How fast people come in", "connects per second, one core", lambda one: one.per_second),
        )
        for title, unit, value in kinds:
            cases = {shape: {name: median(value(one) for one in of(opened, shape, name)) for name in names} for shape in unique(opened)}
            drawn.append(bars(title, f"{opened[0].connections:,} connections", unit, cases))
    if held:
        points = [(one.until, 100 * one.server_cpu) for one in held]
        drawn.append(lines("Members who only are there", "PocketRoom; in the second half some leave and come back", "seconds", "% of a core", {POCKETROOM.name: points}, aim=100 * CPU_AIM))
    return drawn


def unique(opened: Sequence[Opened]) -> list[str]:
    """The shapes, as they come."""
    return list(dict.fromkeys(one.shape for one in opened))


def of(opened: Sequence[Opened], shape: str, server: str, again: bool = False) -> list[Opened]:
    return [one for one in opened if (one.shape, one.server, one.again) == (shape, server, again)]


def ratios(ours: Sequence[Opened], peer: Sequence[Opened], kind: str) -> list[float]:
    """Of each pair, what ours makes of the peer's."""
    return [getattr(one, kind) / (getattr(other, kind) or float("inf")) for one, other in zip(ours, peer, strict=True)]


def told_ratio(values: Sequence[float]) -> str:
    """Median and range, as in `0.48 (0.47 to 0.50)`."""
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def middle(some: Sequence[Opened], kind: str) -> float:
    return median(getattr(one, kind) for one in some)


if __name__ == "__main__":
    main()
