"""The load: `load.c` compiled and run against a server, and what it told as a Run or an Answered."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.servers import ROOT, BenchError, Cores, Server, cpu_seconds, pin, running

WARM_UP_SECONDS = 0.5
LOAD_CPU_LIMIT = 0.9  # of a core: beyond it the load generator may be what is measured


@dataclass(frozen=True)
class Case:
    """So many rooms of so many members each, `flight` messages under way per room; `expect` is the least ratio."""

    name: str
    title: str
    rooms: int
    members: int
    flight: int
    expect: float = 0


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


@dataclass(frozen=True)
class Answered:
    """One server answering in each of so many rooms at once. A token counts once for all in its room; CPU is in cores.

    `bytes_per_member` is what came over a member's line, `whole` whether all members had all of it in time.
    """

    server: str
    rooms: int
    tokens_per_second: float
    server_cpu: float
    tokens_per_core: float
    load_cpu: float
    seconds: float
    bytes_per_member: float
    frames_per_member: float
    first_p50_ms: float
    first_p99_ms: float
    whole: bool
    caught_up: int


def compile_load(directory: Path) -> Path:
    """Compile the load generator into the directory; returns the program."""
    return compiled(ROOT / "bench" / "load.c", directory)


def compiled(source: Path, directory: Path, *flags: str) -> Path:
    """Compile a program of one C file into the directory; returns it."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise BenchError("No C compiler: install one (Debian: apt install gcc, macOS: xcode-select --install).")
    program = directory / source.stem
    done = subprocess.run([compiler, "-O2", "-o", str(program), str(source), *flags], capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"{source.name} does not compile:\n{done.stderr}")
    return program


def measure(
    program: Path, server: Server, case: Case, cores: Cores, seconds: float, data: Path, **more: object
) -> Run:
    """Run one server under one case for so many seconds; `more` are further options of load.c."""
    used, told = loaded(program, server, case, cores, seconds, data, **more)
    return summed_up(server.name, used, told)


def measure_answer(program: Path, server: Server, case: Case, cores: Cores, seconds: float, data: Path) -> Answered:
    """One answer in each room, until every member has it or the seconds are over."""
    used, told = loaded(program, server, case, cores, seconds, data)
    people = case.rooms * case.members
    rate = told["tokens"] / case.members / told["seconds"]
    return Answered(
        server=server.name,
        rooms=case.rooms,
        tokens_per_second=rate,
        server_cpu=used,
        tokens_per_core=rate / max(used, 0.001),
        load_cpu=told["load_cpu_seconds"] / told["seconds"],
        seconds=told["seconds"],
        bytes_per_member=told["bytes"] / people,
        frames_per_member=told["frames"] / people,
        first_p50_ms=told["first_p50_ms"],
        first_p99_ms=told["first_p99_ms"],
        whole=told["over"] == people,
        caught_up=told["caught_up"],
    )


def loaded(
    program: Path, server: Server, case: Case, cores: Cores, seconds: float, data: Path, **more: object
) -> tuple[float, dict[str, Any]]:
    """Start a server, load it; returns the CPU that it used meanwhile (in cores) and what the load generator told."""
    with running(server, cores.server, data) as (process, port):
        command = load_command(program, server, case, port, seconds, **more)
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
    return used, json.loads(told)


def load_command(
    program: Path, server: Server, case: Case, port: int, seconds: float, **more: object
) -> list[str]:
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
    options |= {name: value for name in ("hello", "ping", "pong", "end") if (value := getattr(server, name))} | more
    return [str(program), *(f"{name}={value}" for name, value in options.items())]


def message_text(server: Server) -> str:
    """The frame that the sender sends, `%d` for its number, with about 100 bytes of content."""
    words = "the quick brown fox jumps over the lazy dog and " * 3
    return server.text.replace("CONTENT", words[:92])


def next_line(load: subprocess.Popen[str]) -> str:
    """The next line that the load generator prints; a BenchError with its last words when it has ended."""
    assert load.stdout is not None
    assert load.stderr is not None
    line = load.stdout.readline()
    if not line:
        raise BenchError(load.stderr.read().strip() or "the load generator was ended from outside")
    return line


def summed_up(server: str, server_cpu: float, told: dict[str, Any]) -> Run:
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
