"""How many deliveries one server core makes: PocketRoom, which stores every message first, against its peers.

    python -m bench.fanout                      # all cases, about 3 minutes
    python -m bench.fanout --case 100x32 --pairs 3 --seconds 2 --json result.json

Each run starts one server on one core and `load.c` on another. The servers take turns; a pair is one run of each, and
the ratio of a pair is PocketRoom's deliveries per core over the peer's. Linux and macOS; macOS cannot pin.
"""

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
WARM_UP_SECONDS = 0.5
START_SECONDS = 30
LOAD_CPU_LIMIT = 0.9
OPEN_FILES = 65_536


class BenchError(Exception):
    """Something that a sentence explains; the benchmark ends with it."""


@dataclass(frozen=True)
class Case:
    """So many rooms of so many members each, `flight` messages under way per room; `expect` is the least ratio."""

    name: str
    title: str
    rooms: int
    members: int
    flight: int
    expect: float


@dataclass(frozen=True)
class Server:
    """What to start (PORT and DATABASE_URL come with the environment) and how its deliveries are told."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    path: str = "/ws/room-%d"
    text: str = '{"type":"message","content":"m%d CONTENT","key":"k%d"}'
    marker: str = '"content":"m'
    ready: str = ""


@dataclass(frozen=True)
class Cores:
    """Where the server and the load run; None where the system cannot pin or has one core."""

    server: int | None
    load: int | None


@dataclass(frozen=True)
class Run:
    """One server under one case: rates per second, CPU in cores (1.0 is one core busy), latencies in ms.

    `last_p99_ms` is the 99th percentile of the time until the last member of the room had a message.
    """

    server: str
    deliveries_per_second: float
    server_cpu: float
    deliveries_per_core: float
    load_cpu: float
    p50_ms: float
    p99_ms: float
    last_p99_ms: float
    bytes_per_delivery: float
    missed: int
    repeated: int
    caught_up: int


CASES = (
    Case("100x1", "100 members, 1 message in flight", rooms=1, members=100, flight=1, expect=1.2),
    Case("100x32", "100 members, 32 messages in flight", rooms=1, members=100, flight=32, expect=8),
    Case("1000x4", "1,000 members, 4 messages in flight", rooms=1, members=1000, flight=4, expect=2),
    Case("200of5", "200 rooms of 5, 2 messages in flight in each", rooms=200, members=5, flight=2, expect=1.2),
)

OURS = Server(
    "PocketRoom",
    (sys.executable, "main.py"),
    {
        "HOST": "127.0.0.1",
        "LLM": "fake",
        "SPEAKS": "never",
        "MESSAGES_PER_MINUTE": "0",
        "ANSWERS_PER_MINUTE": "0",
        "ANSWERS_PER_DAY": "0",
        "CONNECTIONS_PER_ADDRESS": "0",
    },
    ready='{"type":"welcome"',
)

PEERS = (Server("plain FastAPI", (sys.executable, "-m", "bench.naive")),)


def message_text(server: Server) -> str:
    """The frame that the sender sends, `%d` for its number, with about 100 bytes of content."""
    words = "the quick brown fox jumps over the lazy dog and " * 3
    return server.text.replace("CONTENT", words[:92])


def choose_cores() -> Cores:
    """The first core for the server and one for the load, of another physical core if there is one."""
    if not hasattr(os, "sched_setaffinity"):
        return Cores(None, None)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return Cores(None, None)
    siblings = Path(f"/sys/devices/system/cpu/cpu{cores[0]}/topology/thread_siblings_list")
    shared = siblings.read_text().strip() if siblings.exists() else ""
    taken = {int(part) for part in shared.replace("-", ",").split(",") if part}
    return Cores(cores[0], next((core for core in cores[1:] if core not in taken), cores[1]))


def pin(process: subprocess.Popen[str], core: int | None) -> None:
    """Keep a process that has just begun, and the threads it will start, on one core."""
    if core is not None and sys.platform == "linux":
        os.sched_setaffinity(process.pid, {core})


def allow_open_files() -> None:
    """Raise the limit of open files for the children, as far as the system lets us."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def compile_load(directory: Path) -> Path:
    """Compile the load generator into the directory; returns the program."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise BenchError("No C compiler: install one (Debian: apt install gcc, macOS: xcode-select --install).")
    program = directory / "load"
    command = [compiler, "-O2", "-o", str(program), str(ROOT / "bench" / "load.c")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"The load generator does not compile:\n{done.stderr}")
    return program


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process so far, user and system, all threads, in seconds."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    told = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True)
    seconds = 0.0
    for part in told.stdout.strip().replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def free_port() -> int:
    """A TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(process: subprocess.Popen[str], port: int, name: str, output: Path) -> None:
    """Return when the server accepts connections; a BenchError with the end of its output when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchError(f"{name} did not start:\n{output.read_text()[-2000:]}")


@contextmanager
def running(server: Server, core: int | None, data: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start a server with an empty database of its own; yields its process and port, stops it at the end."""
    with tempfile.TemporaryDirectory(dir=data, ignore_cleanup_errors=True) as name:
        port, output = free_port(), Path(name) / "output"
        told = {"PORT": str(port), "DATABASE_URL": f"sqlite:///{Path(name) / 'log.db'}"}
        environment = os.environ | server.environment | told
        with output.open("w") as out:
            process = subprocess.Popen(server.command, cwd=ROOT, env=environment, stdout=out, stderr=out, text=True)
        try:
            pin(process, core)
            wait_until_listening(process, port, server.name, output)
            yield process, port
        finally:
            stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """Ask a process to end; make it after 6 s."""
    process.terminate()
    try:
        process.wait(6)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def load_command(program: Path, server: Server, case: Case, port: int, seconds: float) -> list[str]:
    """The load generator's command line."""
    options = {
        "port": port,
        "rooms": case.rooms,
        "members": case.members,
        "flight": case.flight,
        "warmup": WARM_UP_SECONDS,
        "seconds": seconds,
        "path": server.path,
        "text": message_text(server),
        "marker": server.marker,
        "ready": server.ready,
    }
    return [str(program), *(f"{name}={value}" for name, value in options.items())]


def measure(program: Path, server: Server, case: Case, cores: Cores, seconds: float, data: Path) -> Run:
    """Run one server under one case for so many seconds."""
    with running(server, cores.server, data) as (process, port):
        command = load_command(program, server, case, port, seconds)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
            pin(load, cores.load)
            try:
                next_line(load)
                began, cpu = time.monotonic(), cpu_seconds(process.pid)
                told = next_line(load)
                used = (cpu_seconds(process.pid) - cpu) / (time.monotonic() - began)
            except (BenchError, OSError, subprocess.CalledProcessError) as error:
                load.terminate()
                raise BenchError(f"{server.name}, {case.title}: {error}") from error
    return summed_up(server.name, used, json.loads(told))


def next_line(load: subprocess.Popen[str]) -> str:
    """The next line that the load generator prints; a BenchError with its last words when it has ended."""
    assert load.stdout is not None
    assert load.stderr is not None
    line = load.stdout.readline()
    if not line:
        raise BenchError(load.stderr.read().strip() or "the load generator was ended from outside")
    return line


def summed_up(server: str, server_cpu: float, told: dict[str, float]) -> Run:
    """What the load generator told and the CPU that the server used (in cores) as one Run."""
    rate = told["deliveries"] / told["seconds"]
    return Run(
        server=server,
        deliveries_per_second=rate,
        server_cpu=server_cpu,
        deliveries_per_core=rate / max(server_cpu, 0.001),
        load_cpu=told["load_cpu_seconds"] / told["seconds"],
        p50_ms=told["p50_ms"],
        p99_ms=told["p99_ms"],
        last_p99_ms=told["last_p99_ms"],
        bytes_per_delivery=told["bytes"] / max(told["deliveries"], 1),
        missed=int(told["missed"]),
        repeated=int(told["repeated"]),
        caught_up=int(told["caught_up"]),
    )


def rounds(
    program: Path, case: Case, servers: tuple[Server, ...], cores: Cores, options: argparse.Namespace
) -> list[dict[str, Run]]:
    """All rounds of one case, each server once in every round; every second round goes backwards."""
    results: list[dict[str, Run]] = []
    for number in range(options.pairs):
        order = servers if number % 2 == 0 else servers[::-1]
        runs = [measure(program, server, case, cores, options.seconds, options.data) for server in order]
        results.append({run.server: run for run in runs})
    return results


def spread(values: list[float], digits: int = 2) -> str:
    """Median and range, as in `8.12 (7.90 to 8.40)`."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def ratios(results: list[dict[str, Run]], peer: str) -> list[float]:
    """PocketRoom's deliveries per core over the peer's, one figure for each round."""
    return [one[OURS.name].deliveries_per_core / one[peer].deliveries_per_core for one in results]


def row(name: str, runs: list[Run]) -> str:
    """One server's medians as a line of the table."""
    cores = [run.deliveries_per_core for run in runs]
    figures = [
        f"{median(cores):,.0f}".rjust(11),
        f"{min(cores):,.0f} to {max(cores):,.0f}".rjust(23),
        f"{median(run.deliveries_per_second for run in runs):,.0f}".rjust(12),
        f"{median(run.server_cpu for run in runs):.0%}".rjust(7),
        f"{max(run.load_cpu for run in runs):.0%}".rjust(7),
        f"{median(run.p50_ms for run in runs):.2f}".rjust(9),
        f"{median(run.p99_ms for run in runs):.2f}".rjust(9),
        f"{median(run.last_p99_ms for run in runs):.2f}".rjust(9),
    ]
    return f"  {name:<14}" + " ".join(figures)


def table(case: Case, results: list[dict[str, Run]], servers: tuple[Server, ...]) -> str:
    """One case for people: a line per server, a ratio per peer, and what was not as it should be."""
    head = ("per core", "min to max", "deliveries/s", "CPU", "load", "p50 ms", "p99 ms", "last p99")
    widths = (11, 23, 12, 7, 7, 9, 9, 9)
    lines = [case.title, " " * 16 + " ".join(word.rjust(width) for word, width in zip(head, widths, strict=True))]
    lines += [row(server.name, [one[server.name] for one in results]) for server in servers]
    for peer in servers[1:]:
        of_peer = ratios(results, peer.name)
        wanted = f", at least {case.expect:g} expected" if peer == PEERS[0] else ""
        lines.append(f"  {OURS.name} / {peer.name}: {spread(of_peer)}{wanted}")
    return "\n".join(lines + doubts([run for one in results for run in one.values()])) + "\n"


def doubts(runs: list[Run]) -> list[str]:
    """What speaks against the figures of these runs, a line each."""
    lines: list[str] = []
    for run in runs:
        if run.load_cpu > LOAD_CPU_LIMIT:
            lines.append(f"  ! {run.server}: the load generator was busy {run.load_cpu:.0%} of the time")
        if run.missed or run.repeated or run.caught_up:
            told = f"{run.missed} deliveries missed, {run.repeated} repeated, {run.caught_up} members caught up"
            lines.append(f"  ! {run.server}: {told}")
    return lines


def file_system(directory: Path) -> str:
    """The kind of file system that holds the databases, as far as the system tells."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return "unknown file system"
    told = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    holding = [(place, kind) for place, kind in told if directory.resolve().is_relative_to(place)]
    return max(holding, key=lambda found: len(found[0]))[1]


def preface(cores: Cores, options: argparse.Namespace) -> str:
    """What is compared, where and how."""
    where = f"server on core {cores.server}, load on core {cores.load}"
    if cores.server is None:
        where = "NOT pinned (this system cannot, or has one core): trust the ratios less"
    return (
        f"{OURS.name} commits every message to disk ({file_system(options.data)}) before it delivers; the peers store "
        f"nothing.\nPairs of runs: {options.pairs}, {options.seconds:g} s each, {where}.\n"
        "per core: deliveries/s over the server's CPU (user + system, all threads); load: the most CPU the load "
        "generator used;\np50, p99: from sending to each delivery; last p99: until the last member of the room had it.\n"
    )


def record(results: dict[str, list[dict[str, Run]]], cores: Cores, options: argparse.Namespace) -> dict[str, object]:
    """Everything that was measured, for --json."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "file_system": file_system(options.data),
        "pinned": asdict(cores),
        "seconds": options.seconds,
        "cases": {
            name: {
                "ratio": {peer.name: ratios(found, peer.name) for peer in PEERS},
                "rounds": [{server: asdict(run) for server, run in one.items()} for one in found],
            }
            for name, found in results.items()
        },
    }


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description="Deliveries per server core.")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each server per case (5)")
    parser.add_argument("--seconds", type=float, default=2.5, help="measured time of one run (2.5)")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES], help="only this; repeatable")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="where the databases lie")
    options = parser.parse_args()
    if options.pairs < 1 or not 0.1 <= options.seconds <= 600:
        parser.error("--pairs must be 1 or more, --seconds 0.1 to 600")
    if not options.data.is_dir():
        parser.error(f"--data: {options.data} is no directory")
    return options


def compare(options: argparse.Namespace) -> None:
    """Measure the chosen cases and print each as soon as it is done."""
    cores, servers = choose_cores(), (OURS, *PEERS)
    results: dict[str, list[dict[str, Run]]] = {}
    print(preface(cores, options), flush=True)
    with tempfile.TemporaryDirectory() as directory:
        program = compile_load(Path(directory))
        for case in CASES:
            if options.case and case.name not in options.case:
                continue
            results[case.name] = rounds(program, case, servers, cores, options)
            print(table(case, results[case.name], servers), flush=True)
    if options.json:
        options.json.write_text(json.dumps(record(results, cores, options), indent=1) + "\n")


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


if __name__ == "__main__":
    main()
