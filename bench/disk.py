"""What durability costs: PocketRoom's log in memory, on this disk, and on disks of which each fsync takes long.

    python -m bench.disk                        # everything, about 5 minutes
    python -m bench.disk --part latency --place disk --place "disk, 20 ms more" --seconds 2

A message is shown to people when the disk has it, so it waits for an fsync, and shares it with all that came meanwhile.
`slow_disk.c`, preloaded into the server, counts the syncs and makes each longer. Linux only.
"""

import argparse
import json
import math
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.fanout import CASES as FANOUT_CASES
from bench.load import LOAD_CPU_LIMIT, Case, compile_load, compiled, load_command, next_line
from bench.open_loop import Bench, Table, about, shown, write
from bench.plots import bars, lines
from bench.servers import OURS, ROOT, BenchError, Cores, Server, allow_open_files, choose_cores, cpu_seconds, file_system, pin, running

MEMBERS = 100
FLOODED = ("100x1", "100x32", "200of5")
MOST_CASE = "100x32"  # that shows how many messages a room of 100 may have
RATES = (1.0, 10.0, 1000.0)  # messages per second
MESSAGES_LEAST = 12  # of which a percentile is told at least, as far as a run may last so long
LONGEST_SECONDS = 10.0
LATE_MS = 1.0  # p99 of the load's own delay in sending, beyond which it is what is measured
PRELOADED = ("-shared", "-fPIC", "-ldl")
COUNTERS = struct.Struct("=3q")  # as in slow_disk.c
PARTS = ("flood", "latency")


class Place(NamedTuple):
    """Where a log lies, and by how many ms each sync takes longer there."""

    name: str
    folder: Path
    longer_ms: float = 0.0


class Syncs(NamedTuple):
    """So many returned, and took so many seconds together."""

    number: int
    seconds: float

    def since(self, before: "Syncs") -> "Syncs":
        return Syncs(self.number - before.number, self.seconds - before.seconds)


@dataclass(frozen=True)
class Measured:
    """One place under one load; `rate` 0: a flood. CPU in cores, latencies in ms: with a rate from when it was due."""

    place: str
    case: str
    rate: float
    seconds: float
    messages: int
    deliveries_per_second: float
    server_cpu: float
    load_cpu: float
    p50_ms: float
    p99_ms: float
    late_p99_ms: float
    undelivered: int
    overrun: bool
    syncs: int
    sync_seconds: float

    @property
    def syncs_per_second(self) -> float:
        return self.syncs / self.seconds

    @property
    def messages_per_second(self) -> float:
        return self.messages / self.seconds

    @property
    def messages_per_sync(self) -> float:
        return self.messages / max(self.syncs, 1)

    @property
    def sync_ms(self) -> float:
        """What one sync took on average."""
        return 1000 * self.sync_seconds / max(self.syncs, 1)

    @property
    def deliveries_per_core(self) -> float:
        return self.deliveries_per_second / max(self.server_cpu, 0.001)


class Programs(NamedTuple):
    """What was compiled, and on which cores it runs."""

    load: Path
    slow_disk: Path
    cores: Cores


Runs = Sequence[Measured]


def main() -> None:
    """Run the benchmark; a sentence and exit status 1 when it cannot."""
    if sys.platform != "linux":
        sys.exit("Syncs are counted by a preloaded library, which needs Linux.")
    options = read_options()
    allow_open_files()
    try:
        compare(options)
    except BenchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.disk", description="What durability costs.")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; repeatable")
    parser.add_argument("--place", action="append", metavar="NAME", help="only this, as in the tables; repeatable")
    parser.add_argument("--case", action="append", choices=FLOODED, help="only this flood; repeatable")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each flood in memory and on disk (3)")
    parser.add_argument("--seconds", type=float, default=2, help="measured time of one run (2); rare messages take longer")
    parser.add_argument("--memory", type=Path, default=Path("/dev/shm"), help="a folder in memory (/dev/shm)")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="a folder on the disk")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/disk.json, .md and .svg")
    options = parser.parse_args()
    if options.pairs < 1 or not 0.1 <= options.seconds <= 600:
        parser.error("--pairs must be 1 or more, --seconds 0.1 to 600")
    for folder in (options.memory, options.data):
        if not folder.is_dir():
            parser.error(f"{folder} is no directory")
    return options


def compare(options: argparse.Namespace) -> None:
    """Floods first, then single messages; each figure as soon as it is there, tables at the end."""
    with tempfile.TemporaryDirectory() as directory:
        into = Path(directory)
        programs = Programs(compile_load(into), compiled(ROOT / "bench" / "slow_disk.c", into, *PRELOADED), choose_cores())
        where, parts = chosen(places(options.memory, options.data), options.place), options.part or PARTS
        print(preface(options, programs.cores), flush=True)
        floods = flood(programs, where, options) if "flood" in parts else []
        paced = latencies(programs, where, options.seconds) if "latency" in parts else []
    tables = [*([told_latencies(paced, floods), told_syncs(paced)] if paced else []), *([told_floods(floods)] if floods else [])]
    print("", *map(shown, tables), sep="\n")
    if options.write:
        told = about("disk", Bench(programs.load, programs.cores, options.seconds, options.data))
        told["file_systems"] = {place.name: file_system(place.folder) for place in where}
        figures = {"floods": [recorded(run) for run in floods], "latencies": [recorded(run) for run in paced]}
        write("disk", SENTENCES, told, figures, tables, plots(floods, paced), "What durability costs in memory, on a disk and on slow disks")


def places(memory: Path, disk: Path) -> list[Place]:
    """Slow disks are this disk made slower: by what a good one, a hard disk, a card and a bad network disk take."""
    kind = file_system(memory)
    return [Place(f"memory ({kind})", memory), Place("disk", disk), *(Place(f"disk, {ms} ms more", disk, ms) for ms in (1, 5, 20, 100))]


def chosen(known: Sequence[Place], names: Sequence[str] | None) -> list[Place]:
    """Those of these names, or all."""
    if unknown := set(names or ()) - {place.name for place in known}:
        raise BenchError(f"--place: no {', '.join(unknown)}. Choose among: {', '.join(place.name for place in known)}.")
    return [place for place in known if not names or place.name in names]


# ---- runs --------------------------------------------------------------------------------------------


def flood(programs: Programs, where: Sequence[Place], options: argparse.Namespace) -> list[Measured]:
    """As many messages as go: memory and disk in turn, so many times; slow disks once, where sleeping is what they do."""
    done: list[Measured] = []
    for case in (case for case in FANOUT_CASES if case.name in (options.case or FLOODED)):
        for number in range(options.pairs):
            turn = [place for place in where if not place.longer_ms or number == 0]
            for place in turn if number % 2 == 0 else turn[::-1]:
                done.append(measured(programs, place, case, 0, options.seconds))
                print(line(done[-1]), flush=True)
    return done


def latencies(programs: Programs, where: Sequence[Place], seconds: float) -> list[Measured]:
    """Messages that come when they please, rarely and often, in a room of 100."""
    done: list[Measured] = []
    case = Case("paced", f"a room of {MEMBERS}", rooms=1, members=MEMBERS, flight=1)
    for place in where:
        for rate in RATES:
            done.append(measured(programs, place, case, rate, seconds_for(rate, seconds)))
            print(line(done[-1]), flush=True)
    return done


def seconds_for(rate: float, seconds: float) -> float:
    """So long that some messages come, and not for ever."""
    return max(seconds, min(MESSAGES_LEAST / rate, LONGEST_SECONDS))


def measured(programs: Programs, place: Place, case: Case, rate: float, seconds: float) -> Measured:
    """A server with its log there, loaded; `rate` 0: so many messages as the case has under way."""
    with tempfile.TemporaryDirectory() as directory:
        counters = Path(directory) / "counters"
        counters.write_bytes(COUNTERS.pack(0, 0, round(place.longer_ms * 1e6)))
        server = slowed(programs.slow_disk, counters)
        more: dict[str, object] = {"rate": rate} if rate else {}
        with running(server, programs.cores.server, place.folder) as (process, port):
            command = load_command(programs.load, server, case, port, seconds, **more)
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
                pin(load, programs.cores.load)
                try:
                    next_line(load)
                    began, cpu, before = time.monotonic(), cpu_seconds(process.pid), syncs_of(counters)
                    told = json.loads(next_line(load))
                    passed = time.monotonic() - began
                    used, syncs = cpu_seconds(process.pid) - cpu, syncs_of(counters).since(before)
                except (BenchError, OSError) as error:
                    load.terminate()
                    raise BenchError(f"{place.name}, {case.title}: {error}") from error
    return summed_up(place, case, rate, told, used / passed, spread_over(syncs, told["seconds"] / passed))


def slowed(slow_disk: Path, counters: Path) -> Server:
    return replace(OURS, environment=OURS.environment | {"LD_PRELOAD": str(slow_disk), "SLOW_DISK": str(counters)})


def syncs_of(counters: Path) -> Syncs:
    number, took, _ = COUNTERS.unpack(counters.read_bytes())
    return Syncs(number, took / 1e9)


def spread_over(syncs: Syncs, share: float) -> Syncs:
    """Those of the measured time: the load tells its figures a moment later, when what was under way has come."""
    return Syncs(round(syncs.number * min(share, 1)), syncs.seconds * min(share, 1))


def summed_up(place: Place, case: Case, rate: float, told: Mapping[str, Any], server_cpu: float, syncs: Syncs) -> Measured:
    return Measured(
        place.name, case.name, rate, told["seconds"], int(told["messages"]), told["deliveries"] / told["seconds"], server_cpu,
        told["load_cpu_seconds"] / told["seconds"], told["p50_ms"], told["p99_ms"], told["late_p99_ms"], int(told["undelivered"]),
        bool(told["overrun"]), syncs.number, syncs.seconds,
    )  # fmt: skip


# ---- for people --------------------------------------------------------------------------------------

SENTENCES = (
    "PocketRoom shows a message to nobody before its log has synced it (`fdatasync`). Whoever says something waits for that; while one sync is under "
    "way, all that comes gathers for the next. `slow_disk.c`, preloaded into the server, counts the syncs and makes each longer.",
    f"A flood keeps so many messages under way as the case says; medians. Latencies of single messages are for a room of {MEMBERS}, from when each was due, "
    f"to every member; at 1 message a second p99 is that of some {LONGEST_SECONDS:g} messages.",
    "Where messages are rare there is a second fsync for each: what was said is indexed for searching once a room has been quiet for 0.25 s, and nobody waits for that.",
)


def preface(options: argparse.Namespace, cores: Cores) -> str:
    where = f"server on core {cores.server}, load on core {cores.load}"
    if cores.server is None:
        where = "NOT pinned (this system cannot, or has one core): trust the figures less"
    return f"The log in {options.memory} ({file_system(options.memory)}) and in {options.data} ({file_system(options.data)}); {where}.\n"


def line(run: Measured) -> str:
    """A run as it is printed when it is done."""
    load = f"{run.rate:g}/s" if run.rate else run.case
    figures = f"{run.messages_per_second:>8,.0f} messages/s {run.syncs_per_second:>7,.1f} syncs/s of {run.sync_ms:6.2f} ms"
    return f"  {run.place:<18}{load:>8}  {figures} {run.p50_ms:8.2f} {run.p99_ms:8.2f} ms (p50, p99)  CPU {run.server_cpu:4.0%}{doubts(run)}"


def doubts(run: Measured) -> str:
    """What else is to be known of a run."""
    known = (
        (run.overrun, "too much under way, given up"),
        (run.undelivered, f"{run.undelivered:,} deliveries did not come in time"),
        (run.load_cpu > LOAD_CPU_LIMIT, f"the load generator was busy {run.load_cpu:.0%} of the time"),
        (run.late_p99_ms > LATE_MS, f"the load was {run.late_p99_ms:.1f} ms late"),
    )
    return "".join(f"; {words}" for is_so, words in known if is_so)


def told_floods(runs: Runs) -> Table:
    head = ("", "deliveries/s", "of memory's", "per core", "of memory's", "messages/s", "fsyncs/s", "messages per fsync", "ms per fsync", "p50 ms", "p99 ms")
    titles = {case.name: case.title for case in FANOUT_CASES}
    rows: list[list[str]] = []
    for case in unique(run.case for run in runs):
        names = unique(run.place for run in runs if run.case == case)
        first = of(runs, names[0], case)
        for name in names:
            some = of(runs, name, case)
            rates = [f"{middle(some, 'deliveries_per_second'):,.0f}", share(some, first, "deliveries_per_second")]
            cores = [f"{middle(some, 'deliveries_per_core'):,.0f}", share(some, first, "deliveries_per_core")]
            messages = [f"{middle(some, 'messages_per_second'):,.0f}", f"{middle(some, 'syncs_per_second'):,.0f}"]
            syncs = [f"{middle(some, 'messages_per_sync'):.1f}", f"{middle(some, 'sync_ms'):.2f}"]
            rows.append([f"{titles[case]}: {name}", *rates, *cores, *messages, *syncs, *both(some)])
    return Table("As many messages as go", head, rows, said(runs))


def told_latencies(paced: Runs, floods: Runs) -> Table:
    """What somebody gets: how long a message takes them, by place and rate, and how many there may be."""
    rates = unique(run.rate for run in paced)
    most = [run for run in floods if run.case == MOST_CASE]
    head = ["", *(f"{kind} at {rate:,g}/s" for rate in rates for kind in ("p50 ms", "p99 ms")), *(["messages/s at most"] if most else [])]
    rows = []
    for place in unique(run.place for run in paced):
        waits = [cell for rate in rates for cell in both(at(paced, place, rate))]
        rows.append([place, *waits, *([f"{middle(of(most, place, MOST_CASE), 'messages_per_second'):,.0f}"] if most else [])])
    return Table(f"What somebody gets: how long a message takes to all {MEMBERS} members, and how many there may be", head, rows, said(paced))


def told_syncs(paced: Runs) -> Table:
    rates = unique(run.rate for run in paced)
    head = ["", "ms per fsync", *(f"{kind} at {rate:,g}/s" for rate in rates for kind in ("fsyncs/s", "messages per fsync"))]
    rows = []
    for place in unique(run.place for run in paced):
        some = [run for run in paced if run.place == place]
        cells = [f"{getattr(run, kind):,.1f}" for rate in rates for run in at(paced, place, rate) for kind in ("syncs_per_second", "messages_per_sync")]
        rows.append([place, f"{middle(some, 'sync_ms'):.2f}", *cells])
    return Table("Meanwhile on the disk", head, rows)


def at(runs: Runs, place: str, rate: float) -> list[Measured]:
    return [run for run in runs if (run.place, run.rate) == (place, rate)]


def said(runs: Runs) -> list[str]:
    """What speaks against the figures."""
    return [f"{run.place}, {f'{run.rate:g}/s' if run.rate else run.case}{told}" for run in runs if (told := doubts(run))]


def both(runs: Runs) -> list[str]:
    return [f"{middle(runs, kind):,.2f}" for kind in ("p50_ms", "p99_ms")]


def of(runs: Runs, place: str, case: str) -> list[Measured]:
    return [run for run in runs if (run.place, run.case) == (place, case)]


def share(runs: Runs, first: Runs, kind: str) -> str:
    """What these runs make of what the first make, as they took turns."""
    if runs[0].place == first[0].place:
        return "–"
    return f"{median(getattr(one, kind) / (getattr(other, kind) or math.inf) for one, other in zip(runs, first, strict=False)):.2f}"


def middle(runs: Runs, kind: str) -> float:
    return median(getattr(run, kind) for run in runs)


def unique(values: Any) -> list[Any]:
    """Each once, as they come."""
    return list(dict.fromkeys(values))


def plots(floods: Runs, paced: Runs) -> list[str]:
    drawn = list[str]()
    if floods:
        titles = {case.name: case.title for case in FANOUT_CASES}
        cases = {titles[case]: {place: middle(of(floods, place, case), "deliveries_per_second") for place in unique(run.place for run in floods)}
                 for case in unique(run.case for run in floods)}  # fmt: skip
        drawn.append(bars("As many messages as go", "PocketRoom alone, its log in memory, on this disk, and with longer fsyncs", "deliveries per second", cases, own_scales=True))
    if paced:
        curves = {place: [(run.rate, run.p99_ms) for run in paced if run.place == place] for place in unique(run.place for run in paced)}
        drawn.append(lines("How long a message takes", f"A room of {MEMBERS}, from when it was due, to every member", "messages per second", "p99, ms", curves, log_x=True, log_y=True))
    return drawn


def recorded(run: Measured) -> dict[str, Any]:
    """All figures, with those that follow from them."""
    follow = ("messages_per_second", "syncs_per_second", "messages_per_sync", "sync_ms", "deliveries_per_core")
    return asdict(run) | {name: getattr(run, name) for name in follow}


if __name__ == "__main__":
    main()
