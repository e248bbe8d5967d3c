"""What twenty members who read nothing cost the eighty who read: throughput per core, latency, memory.

    python -m bench.stalled                                  # everything, about 4 minutes
    python -m bench.stalled --load flood --pairs 1 --seconds 1

Three rooms take turns: 100 members of whom 20 are stalled; the 80 alone; 100 who all read. The stalled join, with tiny
buffers, and never read a byte again. Each run has a server of its own on one core, `load.c` on another. Linux and macOS.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.load import compile_load
from bench.open_loop import LADDER, Bench, Table, Try, about, attempt, doubts, highest, holds, shown, write
from bench.plots import bars
from bench.servers import OURS, BenchError, allow_open_files, choose_cores

WORST = 0.10  # of throughput per core and of p99, that the stalled may take
LOADS = {"flood": "32 messages in flight", "open": "an open loop at half of the highest rate"}


@dataclass(frozen=True)
class Room:
    """So many members; the last of them read nothing once they have joined."""

    name: str
    members: int
    stalled: int


WITH = Room("20 of 100 stalled", 100, 20)
ALONE = Room("the 80 alone", 80, 0)
ALL = Room("100, all read", 100, 0)
ROOMS = (WITH, ALONE, ALL)
Round = dict[Room, Try]


def main() -> None:
    """Run the benchmark; a sentence and exit status 1 when it cannot, or the stalled cost the others too much."""
    if sys.platform == "win32":
        sys.exit("The load generator needs Linux or macOS.")
    options = read_options()
    allow_open_files()
    try:
        sys.exit(1 if compare(options) else 0)
    except BenchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stalled", description="What members who read nothing cost the others.")
    parser.add_argument("--load", action="append", choices=list(LOADS), help="only this; repeatable")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each room under each load (5)")
    parser.add_argument("--seconds", type=float, default=3, help="measured time of one run (3)")
    parser.add_argument("--rate", type=float, help="messages per second in the open loop (half of the highest, which is looked for)")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/stalled.json, .md and .svg")
    options = parser.parse_args()
    if options.pairs < 1 or not 0.1 <= options.seconds <= 600:
        parser.error("--pairs must be 1 or more, --seconds 0.1 to 600")
    if options.rate is not None and not 1 <= options.rate <= 100_000:
        parser.error("--rate must be 1 to 100,000")
    if not options.data.is_dir():
        parser.error(f"--data: {options.data} is no directory")
    return options


def compare(options: argparse.Namespace) -> list[str]:
    """Measure the chosen loads and tell; what is worse than it may be."""
    chosen = [load for load in LOADS if not options.load or load in options.load]
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(compile_load(Path(directory)), choose_cores(), options.seconds, options.data)
        where = "NOT pinned: trust the figures less" if bench.cores.server is None else f"server on core {bench.cores.server}, load on {bench.cores.load}"
        print(f"{' | '.join(room.name for room in ROOMS)}: runs of {bench.seconds:g} s in turns, {where}.", flush=True)
        rates = {"flood": 0.0, "open": (options.rate or half_of_the_highest(bench)) if "open" in chosen else 0.0}
        found = {load: rounds(bench, rates[load], options.pairs) for load in chosen}
    tables = [told(load, rates[load], some) for load, some in found.items()]
    print("", *map(shown, tables), sep="\n")
    if options.write:
        figures = {load: {"rate": rates[load], "rounds": [{room.name: asdict(run) for room, run in one.items()} for one in some]}
                   for load, some in found.items()}  # fmt: skip
        write("stalled", SENTENCES, about("stalled", bench), figures, tables, plots(found), "Throughput and p99 with and without stalled members")
    return [sentence for load, some in found.items() for sentence in verdict(some) if sentence.startswith("!")]


def half_of_the_highest(bench: Bench) -> float:
    """Of the rates that PocketRoom holds with all 100 reading, as `bench.open_loop` finds it."""
    print("Looking for the highest rate:", flush=True)
    rate = highest(lambda rate: holds(bench, OURS, rate, []), LADDER[-1:])
    if not rate:
        raise BenchError("No rate was held, not even the lowest: is the machine busy? Give one with --rate.")
    return rate / 2


def rounds(bench: Bench, rate: float, pairs: int) -> list[Round]:
    """All rooms once in every round; every second round goes backwards."""
    found: list[Round] = []
    for number in range(pairs):
        order = ROOMS if number % 2 == 0 else ROOMS[::-1]
        done = {room: attempt(bench, OURS, rate, room.members, room.stalled) for room in order}
        found.append({room: done[room] for room in ROOMS})
        print(*(line(room, run) for room, run in found[-1].items()), sep="\n", flush=True)
    if failed := [run for one in found for run in one.values() if run.wrong]:
        raise BenchError(f"A run ended early: {failed[0].wrong}")
    return found


# ---- telling -----------------------------------------------------------------------------------------

SENTENCES = (
    "Of 100 members 20 stall: they join with tiny buffers and never read a byte again. The other 80 are measured, against two rooms in which "
    "everybody reads. **The 80 alone are the fair comparison**: the server makes the same deliveries, and every difference is what the stalled cost. "
    "In a room of 100 who all read it makes a quarter more of them, so each message costs more, and what is fixed in a message is shared by more.",
    "Per core: deliveries per second to those who read, over the server's CPU (user and system, all threads). RSS: the most that the server's process took.",
)


def line(room: Room, run: Try) -> str:
    """A run as it is printed when it is done."""
    figures = f"{run.deliveries_per_core:>9,.0f} per core {run.p50_ms:7.2f} {run.p99_ms:7.2f} ms (p50, p99)  CPU {run.server_cpu:4.0%}, load {run.load_cpu:4.0%}"
    return f"  {room.name:<18}{run.wrong or figures}{doubts(run)}"


def told(load: str, rate: float, some: Sequence[Round]) -> Table:
    """Medians of each room, and what the stalled cost against either of the others."""
    title = LOADS[load].capitalize() + (f": {rate:,.0f} messages per second" if rate else "")
    head = ("", "messages/s", "deliveries/s", "per core", "p50 ms", "p99 ms", "p99.9 ms", "CPU", "load", "RSS MiB")
    return Table(title, head, [row(room, [one[room] for one in some]) for room in ROOMS], verdict(some))


def row(room: Room, runs: Sequence[Try]) -> list[str]:
    readers, each = room.members - room.stalled, middle(runs, "deliveries_per_second")
    times = [f"{middle(runs, kind):.2f}" for kind in ("p50_ms", "p99_ms", "p999_ms")]
    rest = [f"{middle(runs, 'server_cpu'):.0%}", f"{max(run.load_cpu for run in runs):.0%}", f"{middle(runs, 'resident') / 2**20:.0f}"]
    return [room.name, f"{each / readers:,.0f}", f"{each:,.0f}", f"{middle(runs, 'deliveries_per_core'):,.0f}", *times, *rest]


def middle(runs: Sequence[Try], kind: str) -> float:
    return median(getattr(run, kind) for run in runs)


def verdict(some: Sequence[Round]) -> list[str]:
    """What the stalled make of throughput and p99, in the median of the rounds; too much begins with an exclamation mark."""
    said: list[str] = []
    for other in (ALONE, ALL):
        cores, slow = (ratio(some, other, kind) for kind in ("deliveries_per_core", "p99_ms"))
        bad = other is ALONE and (median(cores) < 1 - WORST or median(slow) > 1 + WORST)
        fair = "the fair comparison" if other is ALONE else "for comparison only"
        said.append(f"{'! ' if bad else ''}against {other.name} ({fair}): per core {spread(cores)}, p99 {spread(slow)}")
    said += sorted({f"{room.name}{doubts(run)}" for one in some for room, run in one.items() if doubts(run)})
    return said


def ratio(some: Sequence[Round], other: Room, kind: str) -> list[float]:
    """Of each round: the room with the stalled over another."""
    return [getattr(one[WITH], kind) / max(getattr(one[other], kind), 0.001) for one in some]


def spread(values: Sequence[float]) -> str:
    """Median and range, as in `1.02 (0.97 to 1.05)`."""
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def plots(found: Mapping[str, Sequence[Round]]) -> list[str]:
    kinds = (("deliveries_per_core", "Deliveries per server core", "deliveries/s, to those who read, over the server's CPU"), ("p99_ms", "Latency, p99", "ms"))
    return [
        bars(title, "Medians. The fair comparison is with the 80 alone.", unit,
             {LOADS[load]: {room.name: middle([one[room] for one in some], kind) for room in ROOMS} for load, some in found.items()}, own_scales=True)
        for kind, title, unit in kinds
    ]  # fmt: skip


if __name__ == "__main__":
    main()
