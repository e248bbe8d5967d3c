"""A real server on a real port, with verbs for what can befall it."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.fork_server import Child, Nursery, clean_environment

ROOT = Path(__file__).parent.parent
PATIENCE = 20  # seconds until a server that should answer is given up

MAIN = [sys.executable, str(ROOT / "main.py")]

QUICK = {
    "LLM": "fake", "FAKE_LLM_TOKENS_PER_SECOND": "0", "MESSAGES_PER_MINUTE": "0", "ANSWERS_PER_MINUTE": "0",
    "ANSWERS_PER_DAY": "0", "ROOMS_PER_HOUR": "0", "CONNECTIONS_PER_ADDRESS": "0", "CONNECTIONS": "0", "LOG_LEVEL": "warning",
}  # fmt: skip


class Server:
    """`python main.py` in a process of its own. `settings` are environment variables over the quick defaults."""

    nursery: Nursery | None = None  # where it is forked, if there is one: that takes 30 ms instead of 800

    def __init__(self, folder: Path, command: list[str] | None = None, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "room.db"
        self.output = folder / "server.log"
        self.command = command or MAIN
        self.settings = {"PORT": str(self.port), "DATABASE_URL": f"sqlite:///{self.database}", **QUICK, **settings}
        self.process: subprocess.Popen[bytes] | Child | None = None

    def start(self) -> None:
        environment = clean_environment() | self.settings
        if self.nursery and self.command is MAIN:
            self.process = self.nursery.start(self.output, environment)
        else:
            with self.output.open("ab") as output:
                self.process = subprocess.Popen(self.command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + PATIENCE
        while not self.listens():
            assert self.process.poll() is None, f"the server went away:\n{self.printed()}"
            assert time.monotonic() < deadline, f"the server did not come up:\n{self.printed()}"
            time.sleep(0.02)

    def listens(self) -> bool:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)) as line:  # httpx2 takes 26 ms to begin
            try:
                line.request("GET", "/static/style.css")
                return line.getresponse().status < 500
            except (OSError, http.client.HTTPException):
                return False

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """SIGTERM; returns the seconds until the process was gone."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        return time.monotonic() - begun

    def printed(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
