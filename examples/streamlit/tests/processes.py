"""What runs beside the tests: PocketRoom, and Streamlit with one of its scripts."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent.parent
POCKETROOM = HERE.parent.parent / "main.py"
PATIENCE = 20  # seconds until something that should happen is given up
QUICK = {
    "LLM": "fake", "FAKE_LLM_TOKENS_PER_SECOND": "0", "MESSAGES_PER_MINUTE": "0", "ANSWERS_PER_MINUTE": "0",
    "CONNECTIONS_PER_ADDRESS": "0",
}  # fmt: skip


class Process:
    """Something with a port that says at `ready` that it is up. It can be killed and started again, at the same port."""

    def __init__(self, command: list[str], output: Path, ready: str, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [part.format(port=self.port) for part in command]
        self.settings = {name: value.format(port=self.port) for name, value in settings.items()}
        self.output, self.ready = output, ready

    def start(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=HERE, env=clean | self.settings, stdout=output, stderr=subprocess.STDOUT
            )
        await_that(self.answers, lambda: f"{self.command} did not come up:\n{self.printed()}")

    def answers(self) -> bool:
        assert self.process.poll() is None, f"{self.command} went away:\n{self.printed()}"
        try:
            with urllib.request.urlopen(self.url + self.ready, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        self.process.kill()
        self.process.wait()

    def printed(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""


def pocketroom(folder: Path, **settings: str) -> Process:
    database = f"sqlite:///{folder / 'room.db'}"
    command = [sys.executable, str(POCKETROOM)]
    return Process(command, folder / "server.log", "/health", PORT="{port}", DATABASE_URL=database, **QUICK, **settings)


def streamlit(script: str, folder: Path, **settings: str) -> Process:
    options = ["--server.port", "{port}", "--server.address", "127.0.0.1", "--server.headless", "true"]
    options += ["--server.fileWatcherType", "none"]
    command = [sys.executable, "-m", "streamlit", "run", script, *options]
    return Process(command, folder / "streamlit.log", "/_stcore/health", PYTHONPATH=str(HERE), **settings)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def await_that(condition: Callable[[], object], otherwise: Callable[[], str] = str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to pass: {otherwise()}"
        time.sleep(0.02)
