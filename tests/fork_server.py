"""Servers in some 30 ms instead of 800: a parent that has imported main.py forks one for each start.

Each is `main.main()` in a process of its own, with its own environment, output, socket and file; only what Python imported
is the parent's. Run as a program, this file is that parent: JSON lines go in, one per start, and tell what became of it.
"""

import asyncio
import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
BEGUN_SECONDS = 60  # until a child has begun that ever will
PR_SET_PDEATHSIG = 1  # prctl(2)
IMPORTED_LATE = (
    "anyio._backends._asyncio", "concurrent.futures.thread", "fastapi.telemetry._runtime", "openai", "uvicorn.lifespan.on",
    "uvicorn.loops.auto", "uvicorn.protocols.http.h11_impl",
)  # fmt: skip


class Forked:
    """One server, running or gone."""

    def __init__(self) -> None:
        self.pid = 0
        self.status: int | None = None  # with which it ended; less than 0: the signal it died of
        self._begun, self._gone = asyncio.Event(), asyncio.Event()

    def signal(self, signal: signal.Signals) -> None:
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal)

    async def begun(self) -> None:
        await self._begun.wait()

    async def gone(self, seconds: float | None = None) -> int | None:
        """Its status when it is gone; None if it is not after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        return self.status

    def hear(self, pid: int | None = None, status: int | None = None, **_: int) -> None:
        if pid is not None:
            self.pid = pid
            self._begun.set()
        if status is not None:
            self.status = status
            self._gone.set()


class ForkServer:
    """Forks servers of the project in `root`, for as long as `async with` lasts."""

    def __init__(self, root: Path = ROOT, **environment: str) -> None:
        self.root, self.environment = root, environment
        self._forked: list[Forked] = []

    async def __aenter__(self) -> Self:
        self._parent = await asyncio.create_subprocess_exec(
            sys.executable, __file__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=self.root,
            env=clean_environment() | {"PYTHONPATH": str(self.root)} | self.environment,
        )  # fmt: skip
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *exc: object) -> None:
        for forked in self._forked:
            await forked.begun()
            forked.signal(signal.SIGKILL)
            await forked.gone()
        assert self._parent.stdin
        self._parent.stdin.close()
        await self._parent.wait()
        await self._listening

    async def start(self, output: Path, **environment: str) -> Forked:
        """Fork one; returns as soon as it runs, which is before it listens."""
        assert self._parent.stdin
        forked = Forked()
        self._forked.append(forked)
        order = {"number": len(self._forked) - 1, "output": str(output), "environment": environment}
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        await forked.begun()
        return forked

    async def _listen(self) -> None:
        assert self._parent.stdout
        async for line in self._parent.stdout:
            news = json.loads(line)
            self._forked[news["number"]].hear(**news)


class Child:
    """A server that a Nursery forked, with the verbs of a subprocess.Popen."""

    def __init__(self) -> None:
        self.pid = 0
        self.returncode: int | None = None
        self._begun, self._gone = threading.Event(), threading.Event()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self._gone.wait(timeout) or self.returncode is None:
            raise subprocess.TimeoutExpired("main.py", timeout or 0)
        return self.returncode

    def send_signal(self, signal: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def begin(self) -> None:
        assert self._begun.wait(BEGUN_SECONDS), "the parent of the forked servers is gone, or stuck: see what it printed"

    def hear(self, pid: int | None = None, status: int | None = None, **_: int) -> None:
        if pid is not None:
            self.pid = pid
            self._begun.set()
        if status is not None:
            self.returncode = status
            self._gone.set()


class Nursery:
    """A ForkServer for who waits without asyncio. Its parent begins with the first child, and ends them when the nursery does."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._parent: subprocess.Popen[bytes] | None = None
        self._ordering = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._parent:
            self._parent.communicate()
            self._listening.join()

    def start(self, output: Path, environment: Mapping[str, str]) -> Child:
        """Fork one, with all that is to be in its environment; returns as soon as it runs, which is before it listens."""
        with self._ordering:
            parent, child = self._parent or self._begin(), Child()
            self._children.append(child)
            order = {"number": len(self._children) - 1, "output": str(output), "environment": dict(environment), "only": True}
            assert parent.stdin
            parent.stdin.write(json.dumps(order).encode() + b"\n")
            parent.stdin.flush()
        child.begin()
        return child

    def _begin(self) -> "subprocess.Popen[bytes]":
        self._parent = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
            env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self._listening = threading.Thread(target=self._listen, args=[self._parent], daemon=True)
        self._listening.start()
        return self._parent

    def _listen(self, parent: "subprocess.Popen[bytes]") -> None:
        assert parent.stdout
        for line in parent.stdout:
            news = json.loads(line)
            self._children[news["number"]].hear(**news)


def clean_environment() -> dict[str, str]:
    """Ours, without what would have a server ask a real model."""
    return {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL")) and k != "LLM"}


# ---- in the parent -----------------------------------------------------------------------------------


def be_parent() -> None:
    """Fork at each line that comes in, tell of each child that is gone, end with the input."""
    main: Any = importlib.import_module("main")
    main.create_app(log=SimpleNamespace(run=None))  # never started: FastAPI imports some more when it first sees a route
    for name in IMPORTED_LATE:
        importlib.import_module(name)
    gc.freeze()  # what the children share is not copied by their collections
    news, told = os.pipe()
    children: dict[int, int] = {}
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    orders = b""
    while True:
        ready = wait_for(0, news)
        bury(children)
        if news in ready:
            os.read(news, 4096)
        if 0 in ready:
            if not (more := os.read(0, 65536)):
                return
            *whole, orders = (orders + more).split(b"\n")
            for order in map(json.loads, whole):
                pid = os.fork()
                if pid == 0:
                    os.close(news)
                    os.close(told)
                    be_child(main, **order)
                children[pid] = order["number"]
                tell(number=order["number"], pid=pid)


def wait_for(*files: int) -> list[int]:
    import select

    return select.select(files, [], [])[0]


def bury(children: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while found := os.waitpid(-1, os.WNOHANG):
            if not found[0]:
                return
            tell(number=children.pop(found[0]), status=os.waitstatus_to_exitcode(found[1]))


def tell(**news: int) -> None:
    os.write(1, json.dumps(news).encode() + b"\n")


def be_child(main: Any, number: int, output: str, environment: Mapping[str, str], only: bool = False) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody else would end it
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, printed = os.open(os.devnull, os.O_RDONLY), os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for file, target in ((nothing, 0), (printed, 1), (printed, 2)):
        os.dup2(file, target)
    if only:
        os.environ.clear()
    os.environ.update(environment)
    status = 1
    try:
        main.main()
        status = 0
    except SystemExit as why:
        status = why.code if isinstance(why.code, int) else 0 if why.code is None else 1
        if isinstance(why.code, str):
            print(why.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    be_parent()
