"""Servers under load: started with an empty log of their own, kept on one core, their CPU time counted."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30
OPEN_FILES = 65_536


class BenchError(Exception):
    """Something that a sentence explains; the benchmark ends with it."""


@dataclass(frozen=True)
class Server:
    """What to start (PORT and DATABASE_URL come with the environment) and how one talks with it; see load.c."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    path: str = "/ws/room-%d"
    text: str = '{"type":"message","content":"m%d CONTENT","key":"k%d"}'
    marker: str = '"content":"m'
    ready: str = ""
    hello: str = ""
    ping: str = ""
    pong: str = ""
    end: str = ""


@dataclass(frozen=True)
class Cores:
    """Where the server and the load run; None where they run anywhere."""

    server: int | None
    load: int | None


ANYWHERE = Cores(None, None)


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


def choose_cores() -> Cores:
    """The first core for the server and one for the load, of another physical core if there is one.

    ANYWHERE where the system cannot pin or has one core.
    """
    if not hasattr(os, "sched_setaffinity"):
        return ANYWHERE
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return ANYWHERE
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


def wait_until_listening(process: subprocess.Popen[str], port: int, name: str, output: Path) -> None:
    """Return when the server accepts connections; a BenchError with the end of its output when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchError(f"{name} did not start:\n{output.read_text()[-2000:]}")


def stop(process: subprocess.Popen[str]) -> None:
    """Ask a process to end; make it after 6 s."""
    process.terminate()
    try:
        process.wait(6)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process so far, user and system, all threads, in seconds."""
    if sys.platform == "linux":  # the clock that clock_getcpuclockid(3) names, to the ns; /proc counts in steps of 10 ms
        return time.clock_gettime(~pid << 3 | 2)
    told = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True)
    seconds = 0.0
    for part in told.stdout.strip().replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def file_system(directory: Path) -> str:
    """The kind of file system that holds the databases, as far as the system tells."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return "unknown file system"
    told = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    holding = [(place, kind) for place, kind in told if directory.resolve().is_relative_to(place)]
    return max(holding, key=lambda found: len(found[0]))[1]
