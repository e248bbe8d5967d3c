"""How many deliveries a second a server makes in time when messages come as they please: PocketRoom and its peers.

    python -m bench.open_loop                                     # everything, about 5 minutes
    python -m bench.open_loop --server PocketRoom --seconds 1 --part highest

The loop is open: message i is due at i / rate, is sent then, and its latency counts from then, so a server that makes
the load wait gains nothing by it. Each try has a server of its own on one core, `load.c` on another. Linux and macOS.
"""

import argparse
import json
import math
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.load import LOAD_CPU_LIMIT, Case, compile_load, load_command, next_line
from bench.peers import gather_peers
from bench.plots import lines, stacked
from bench.servers import OURS, ROOT, BenchError, Cores, Server, allow_open_files, choose_cores, cpu_seconds, file_system, pin, running

MEMBERS = 100
LIMIT_MS = 10.0  # of p99, for a rate to count as held
LADDER = (600.0, 1200.0, 2400.0, 4800.0)  # messages per second that every server is tried at
SHOWN = (2400.0, 4800.0)  # of these, the two that the aims speak of
CLIMB, PRECISION = 1.5, 1.05  # above the ladder, each rate over the one before; and how close the highest rate is found
LEAST, MOST = 10.0, 100_000.0  # messages per second, at which the search ends
NEAR = 3  # times the limit: who misses it by less gets a second try, for this machine stumbles now and then
LATE_MS = 1.0  # p99 of the load's own delay in sending, beyond which it is what is measured
PARTS = ("highest", "unpinned")
FOLDER = ROOT / "docs" / "benchmarks"


@dataclass(frozen=True)
class Try:
    """One server at one rate of messages, 0 for a flood. CPU in cores, latencies in ms from when a message was due.

    What had not come in the end is `undelivered`, and in the latencies as if it had come then. `wrong` is what ended
    the run before that.
    """

    server: str
    rate: float
    pinned: bool
    deliveries: int = 0
    deliveries_per_second: float = 0
    server_cpu: float = 0
    resident: int = 0  # bytes, the most that the server took
    load_cpu: float = 0
    p50_ms: float = 0
    p99_ms: float = 0
    p999_ms: float = 0
    late_p99_ms: float = 0  # by how much the load sent later than was due; it is within the latencies
    undelivered: int = 0
    missed: int = 0
    caught_up: int = 0
    overrun: bool = False  # too much was under way, and nothing more was sent
    wrong: str = ""

    @property
    def came(self) -> bool:
        """Whether everybody got everything."""
        return not (self.wrong or self.overrun or self.undelivered or self.missed)

    @property
    def held(self) -> bool:
        """However busy the load was: what it did too late is within the latencies."""
        return self.came and self.p99_ms < LIMIT_MS

    @property
    def deliveries_per_core(self) -> float:
        return self.deliveries_per_second / max(self.server_cpu, 0.001)


@dataclass(frozen=True)
class Bench:
    """Where and how everything is measured."""

    program: Path
    cores: Cores
    seconds: float
    data: Path

    @property
    def unpinned(self) -> "Bench":
        return replace(self, cores=Cores(None, None))


class Table(NamedTuple):
    """What is told, for people and as Markdown."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    said: Sequence[str] = ()


def main() -> None:
    """Run the benchmark; a sentence and exit status 1 when it cannot."""
    if sys.platform == "win32":
        sys.exit("The load generator needs Linux or macOS.")
    options = read_options()
    allow_open_files()
    try:
        compare(options)
    except BenchError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.open_loop", description="The highest rate at which p99 < 10 ms.")
    parser.add_argument("--server", action="append", help="only this; repeatable")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; repeatable")
    parser.add_argument("--pairs", type=int, default=3, help="runs pinned and unpinned at each rate (3)")
    parser.add_argument("--seconds", type=float, default=1.5, help="measured time of one try (1.5)")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/open_loop.json, .md and .svg")
    options = parser.parse_args()
    if options.pairs < 1 or not 0.1 <= options.seconds <= 600:
        parser.error("--pairs must be 1 or more, --seconds 0.1 to 600")
    if not options.data.is_dir():
        parser.error(f"--data: {options.data} is no directory")
    return options


def compare(options: argparse.Namespace) -> None:
    """Search for each server's highest rate, then see what a second core changes for ours."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(compile_load(Path(directory)), choose_cores(), options.seconds, options.data)
        servers, left_out = chosen(options.server, Path(directory))
        print(preface(bench), *(f"Left out: {name}: {why}" for name, why in left_out.items()), sep="\n", flush=True)
        found, pairs, tables = dict[str, list[Try]](), dict[float, list[tuple[Try, Try]]](), list[Table]()
        if not options.part or "highest" in options.part:
            found = {server.name: search(bench, server) for server in servers}
            tables += [told_highest(found), *(told_at(rate, found) for rate in SHOWN)]
        if OURS in servers and (not options.part or "unpinned" in options.part):
            pairs = side_by_side(bench, rates_of(found.get(OURS.name, [])), options.pairs)
            tables.append(told_pairs(pairs))
    print("", *map(shown, tables), sep="\n")
    if options.write:
        figures = {
            "left_out": left_out,
            "highest": {name: highest_of(tries) for name, tries in found.items()},
            "tries": {name: [asdict(one) for one in tries] for name, tries in found.items()},
            "pinned_and_unpinned": {f"{rate:g}": [[asdict(one) for one in pair] for pair in some] for rate, some in pairs.items()},
        }
        write("open_loop", SENTENCES, about("open_loop", bench), figures, tables, plots(found, pairs), "p99 over the rate, and what a second core changes")


def chosen(names: Sequence[str] | None, directory: Path) -> tuple[list[Server], dict[str, str]]:
    """The servers of these names, or all; and those that cannot run here, with why."""
    peers, left_out = gather_peers(directory)
    servers = [OURS, *peers]
    if unknown := set(names or ()) - {server.name for server in servers} - set(left_out):
        raise BenchError(f"--server: no {', '.join(unknown)}. Choose among: {', '.join(server.name for server in servers)}.")
    wanted = [server for server in servers if not names or server.name in names]
    return wanted, {name: why for name, why in left_out.items() if not names or name in names}


# ---- one run ---------------------------------------------------------------------------------------


def attempt(bench: Bench, server: Server, rate: float, members: int = MEMBERS, stalled: int = 0) -> Try:
    """A room of so many members, the last of them `stalled`, at a rate of messages; 0: 32 of them always under way."""
    case = Case("open", "open loop", rooms=1, members=members, flight=32, expect=0)
    with running(server, bench.cores.server, bench.data) as (process, port):
        command = load_command(bench.program, server, case, port, bench.seconds, rate=rate, stalled=stalled)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
            pin(load, bench.cores.load)
            done = Try(server.name, rate, pinned=bench.cores.server is not None)
            try:
                next_line(load)
                began, cpu = time.monotonic(), cpu_seconds(process.pid)
                told = json.loads(next_line(load))
            except (BenchError, OSError) as why:  # members whom an overloaded server cuts off, for one
                load.terminate()
                return replace(done, wrong=str(why))
            used = (cpu_seconds(process.pid) - cpu) / (time.monotonic() - began)
            return summed_up(replace(done, server_cpu=used, resident=most_resident(process.pid)), told)


def summed_up(done: Try, told: Mapping[str, Any]) -> Try:
    """With what the load generator told."""
    names = ("deliveries", "p50_ms", "p99_ms", "p999_ms", "late_p99_ms", "undelivered", "missed", "caught_up", "overrun")
    nothing = "" if told["deliveries"] + told["undelivered"] else "no message was due in the measured time"
    return replace(
        done,
        deliveries_per_second=told["deliveries"] / told["seconds"],
        load_cpu=told["load_cpu_seconds"] / told["seconds"],
        wrong=nothing,
        **{name: told[name] for name in names},
    )


def most_resident(pid: int) -> int:
    """The most memory (RSS) that a process ever had, in bytes; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return 1024 * int(found[1]) if found else 0


# ---- the highest rate --------------------------------------------------------------------------------


def search(bench: Bench, server: Server) -> list[Try]:
    """All tries that led to the server's highest rate."""
    tries: list[Try] = []
    highest(lambda rate: holds(bench, server, rate, tries), LADDER)
    return tries


def holds(bench: Bench, server: Server, rate: float, tries: list[Try]) -> bool:
    """Whether the server holds a rate, in the first try or, where it was near, in the second."""
    for _ in range(2):
        done = attempt(bench, server, rate)
        tries.append(done)
        print(line(done), flush=True)
        if done.held or not (done.came and done.p99_ms < NEAR * LIMIT_MS):
            break
    return tries[-1].held


def highest(holds: Callable[[float], bool], ladder: Iterable[float]) -> float:
    """The highest rate that holds, to 5 %: of the ladder, all of which is tried, or beyond either end; 0: none does."""
    outcome = {rate: holds(rate) for rate in ladder}
    low = max((rate for rate, held in outcome.items() if held), default=0.0)
    high = min((rate for rate in outcome if rate > low), default=0.0)
    while not high:
        if low * CLIMB > MOST:
            return low
        if holds(low * CLIMB):
            low *= CLIMB
        else:
            high = low * CLIMB
    while not low:
        if high / 2 < LEAST:
            return 0
        if holds(high / 2):
            low = high / 2
        else:
            high /= 2
    while high / low > PRECISION:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def best_of(tries: Sequence[Try]) -> Try | None:
    """The try at the highest rate that was held."""
    return max((one for one in tries if one.held), key=lambda one: one.rate, default=None)


def failed_next(tries: Sequence[Try]) -> Try | None:
    """The try at the lowest rate that was not held, above the highest that was."""
    best = best_of(tries)
    return min((one for one in tries if not one.held and one.rate > (best.rate if best else 0)), key=lambda one: one.rate, default=None)


def highest_of(tries: Sequence[Try]) -> float:
    """Deliveries per second at the highest rate."""
    best = best_of(tries)
    return best.rate * MEMBERS if best else 0


# ---- with a second core ------------------------------------------------------------------------------


def rates_of(tries: Sequence[Try]) -> list[float]:
    """The rates at which pinned and unpinned are compared: those shown, and the highest that was held pinned."""
    best = best_of(tries)
    return sorted({*SHOWN, best.rate} if best else SHOWN)


def side_by_side(bench: Bench, rates: Sequence[float], pairs: int) -> dict[float, list[tuple[Try, Try]]]:
    """At each rate so many pairs of a pinned and an unpinned run of ours, in turns."""
    found: dict[float, list[tuple[Try, Try]]] = {rate: [] for rate in rates}
    for number in range(pairs):
        for rate in rates:
            both = [bench, bench.unpinned] if number % 2 == 0 else [bench.unpinned, bench]
            done = {one is bench: attempt(one, OURS, rate) for one in both}
            found[rate].append((done[True], done[False]))
            print(line(done[True]), line(done[False]), sep="\n", flush=True)
    return found


# ---- telling -----------------------------------------------------------------------------------------

SENTENCES = (
    f"A room of {MEMBERS} members gets messages of about 100 bytes at a fixed rate, whatever became of those before them (an open loop). "
    "The latency of a delivery counts from when its message was due, so no server gains by making the load wait. "
    f"A rate is held if everybody got everything and p99 was below {LIMIT_MS:g} ms; "
    f"who misses it by less than {NEAR} times gets a second try. The highest rate is found to {PRECISION - 1:.0%}.",
    "PocketRoom commits every message to disk before it delivers it; the others store nothing. CPU is in cores; load: the load generator's own, "
    "late: by how much it sent later than was due, at p99, which is within the latencies.",
)


def preface(bench: Bench) -> str:
    where = f"server on core {bench.cores.server}, load on core {bench.cores.load}"
    if bench.cores.server is None:
        where = "NOT pinned (this system cannot, or has one core): trust the figures less"
    return (
        f"{OURS.name} commits every message to disk ({file_system(bench.data)}) before it delivers; the peers store nothing.\n"
        f"{MEMBERS} members, tries of {bench.seconds:g} s, {where}. Held: all came, p99 < {LIMIT_MS:g} ms.\n"
    )


def line(done: Try) -> str:
    """A try as it is printed when it is done."""
    state = "held" if done.held else "not held"
    where = "" if done.pinned else ", unpinned"
    figures = f"{done.p50_ms:9.2f} {done.p99_ms:9.2f} {done.p999_ms:9.2f} ms (p50, p99, p99.9)  CPU {done.server_cpu:4.0%}, load {done.load_cpu:4.0%}"
    return f"  {done.server + where:<26}{done.rate * MEMBERS:>10,.0f}/s  {done.wrong or figures}  {state}{doubts(done)}"


def doubts(done: Try) -> str:
    """What else is to be known of a try."""
    known = (
        (done.overrun, "too much under way, given up"),
        (done.undelivered, f"{done.undelivered:,} did not come in time"),
        (done.missed, f"{done.missed:,} missed"),
        (done.caught_up, f"{done.caught_up:,} caught up"),
        (done.load_cpu >= LOAD_CPU_LIMIT, f"the load generator was busy {done.load_cpu:.0%} of the time"),
        (done.late_p99_ms > LATE_MS, f"the load was {done.late_p99_ms:.1f} ms late"),
    )
    return "".join(f"; {words}" for is_so, words in known if is_so)


def told_highest(found: Mapping[str, Sequence[Try]]) -> Table:
    head = ("", "deliveries/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU", "load", "late ms", "PocketRoom's is")
    ours = highest_of(found.get(OURS.name, ()))
    rows = []
    for name, tries in found.items():
        best, ratio = best_of(tries), ours / (highest_of(tries) or math.inf)
        told = [f"{best.rate * MEMBERS:,.0f}", *latencies(best), *shares(best)] if best else ["none", *["–"] * 6]
        rows.append([name, *told, f"{ratio:.1f} times" if ratio and name != OURS.name else "–"])
    said = [
        f"{name}: may go higher; at {next_rate.rate * MEMBERS:,.0f} the load generator was busy {next_rate.load_cpu:.0%} of the time"
        for name, tries in found.items()
        if (next_rate := failed_next(tries)) and next_rate.load_cpu >= LOAD_CPU_LIMIT > next_rate.server_cpu
    ]
    return Table(f"The highest rate at which p99 is below {LIMIT_MS:g} ms", head, rows, said)


def told_at(rate: float, found: Mapping[str, Sequence[Try]]) -> Table:
    head = ("", "held", "p50 ms", "p99 ms", "p99.9 ms", "came", "CPU", "load", "late ms")
    rows = []
    for name, tries in found.items():
        done = next((one for one in reversed(tries) if one.rate == rate), None)
        if done is None:
            continue
        came = done.deliveries / max(done.deliveries + done.undelivered, 1)
        told = [done.wrong, *["–"] * 6] if done.wrong else [*latencies(done), f"{came:.0%}", *shares(done)]
        rows.append([name, "yes" if done.held else "no", *told])
    return Table(f"At {rate * MEMBERS:,.0f} deliveries per second", head, rows)


def latencies(done: Try) -> list[str]:
    return [f"{value:,.2f}" for value in (done.p50_ms, done.p99_ms, done.p999_ms)]


def shares(done: Try) -> list[str]:
    return [f"{done.server_cpu:.0%}", f"{done.load_cpu:.0%}", f"{done.late_p99_ms:.2f}"]


def told_pairs(pairs: Mapping[float, Sequence[tuple[Try, Try]]]) -> Table:
    head = ("deliveries/s", "p50 ms pinned", "unpinned", "p99 ms pinned", "unpinned", "p99.9 ms pinned", "unpinned", "CPU pinned", "unpinned")
    rows, said = [], []
    for rate, both in pairs.items():
        pinned, unpinned = zip(*both, strict=True)
        kinds = [[middle(runs, kind) for runs in (pinned, unpinned)] for kind in ("p50_ms", "p99_ms", "p999_ms", "server_cpu")]
        told = [f"{value:.2f}" for kind in kinds[:3] for value in kind] + [f"{value:.0%}" for value in kinds[3]]
        rows.append([f"{rate * MEMBERS:,.0f}", *told])
        ratio = median(after.p99_ms / max(before.p99_ms, 0.001) for before, after in both)
        said.append(f"{rate * MEMBERS:,.0f}: p99 unpinned is {ratio:.2f} of pinned (median of {len(both)} pairs)")
        said += [f"{rate * MEMBERS:,.0f}: {run.wrong or 'not everything came'}{doubts(run)}" for pair in both for run in pair if not run.came]
    return Table(f"{OURS.name} on one core, and unpinned on all with the load beside it (medians)", head, rows, said)


def middle(runs: Sequence[Try], kind: str) -> float:
    return median(getattr(run, kind) for run in runs)


def plots(found: Mapping[str, Sequence[Try]], pairs: Mapping[float, Sequence[tuple[Try, Try]]]) -> list[str]:
    drawn = list[str]()
    if found:
        points = {name: curve(tries) for name, tries in found.items()}
        drawn.append(lines(
            "Latency over the rate of deliveries",
            f"{MEMBERS} members, open loop, one core for each server; a rate is held while p99 is below {LIMIT_MS:g} ms",
            "deliveries per second", "p99, ms", points, log_x=True, log_y=True, aim=LIMIT_MS,
        ))  # fmt: skip
    if pairs:
        kinds = {f"{OURS.name}, {where}": [(rate * MEMBERS, median(pair[at].p99_ms for pair in both)) for rate, both in pairs.items()]
                 for at, where in enumerate(("one core", "unpinned"))}  # fmt: skip
        drawn.append(lines(f"{OURS.name} pinned and unpinned", "Medians; the load generator shares the cores of the unpinned one",
                           "deliveries per second", "p99, ms", kinds))  # fmt: skip
    return drawn


def curve(tries: Sequence[Try]) -> list[tuple[float, float]]:
    """Rates and their p99, the better where there were two tries, up to a second: beyond it, it only tells how long we waited."""
    best: dict[float, float] = {}
    for one in tries:
        if not one.wrong:
            best[one.rate * MEMBERS] = min(best.get(one.rate * MEMBERS, math.inf), one.p99_ms)
    return [(rate, min(best[rate], 1000.0)) for rate in sorted(best)]


# ---- the same for others, too ------------------------------------------------------------------------


def shown(table: Table) -> str:
    """A table for people."""
    widths = [max(len(row[column]) for row in (table.head, *table.rows)) for column in range(len(table.head))]
    aligned = [[cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
               for row in (table.head, *table.rows)]  # fmt: skip
    return "\n".join([table.title, *("  " + "  ".join(row) for row in aligned), *(f"  {sentence}" for sentence in table.said), ""])


def marked_down(table: Table) -> list[str]:
    """A table as Markdown: paragraphs."""
    rows = (table.head, ["---", *["---:"] * (len(table.head) - 1)], *table.rows)
    said = "\n".join(f"- {sentence}" for sentence in table.said)
    return [f"## {table.title}", "\n".join(f"| {' | '.join(row)} |" for row in rows), *([said] if said else [])]


def about(name: str, bench: Bench) -> dict[str, Any]:
    """When, where and how it was measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "file_system": file_system(bench.data),
        "pinned": asdict(bench.cores),
        "command": shlex.join(["python", "-m", f"bench.{name}", *sys.argv[1:]]),
        "seconds": bench.seconds,
    }


def write(
    name: str, sentences: Sequence[str], told: Mapping[str, Any], figures: Mapping[str, Any], tables: Sequence[Table], drawn: Sequence[str], alt: str
) -> None:  # fmt: skip
    """The figures, the tables and the plots, in docs/benchmarks."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps({**told, **figures}, indent=1) + "\n")
    (FOLDER / f"{name}.svg").write_text(stacked(drawn))
    (FOLDER / f"{name}.md").write_text(page(name, sentences, told, tables, alt))
    print(f"written: {FOLDER / name}.json, .md, .svg")


def page(name: str, sentences: Sequence[str], told: Mapping[str, Any], tables: Sequence[Table], alt: str) -> str:
    """What was measured, as Markdown."""
    where = f"{told['system']}, Python {told['python']}, {told['file_system']}"
    parts = [
        f"# {name.replace('_', ' ').capitalize()}",
        f"Made by `python -m bench.{name}`; do not edit.",
        *sentences,
        f"`{told['command']}`, {told['date'][:10]}; {where}. All figures: [{name}.json]({name}.json).",
        f"![{alt}]({name}.svg)",
        *(paragraph for table in tables for paragraph in marked_down(table)),
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
