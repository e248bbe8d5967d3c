"""A real server on a real port, with verbs for what can befall it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2

ROOT = Path(__file__).parent.parent
PATIENCE = 20  # seconds until a server that should answer is given up

QUICK = {
    "LLM": "fake", "FAKE_LLM_TOKENS_PER_SECOND": "0", "MESSAGES_PER_MINUTE": "0", "ANSWERS_PER_MINUTE": "0",
    "CONNECTIONS_PER_ADDRESS": "0",
}  # fmt: skip


class Server:
    """`python main.py` in a process of its own. `settings` are environment variables over the quick defaults."""

    def __init__(self, folder: Path, command: list[str] | None = None, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "room.db"
        self.output = folder / "server.log"
        self.command = command or [sys.executable, str(ROOT / "main.py")]
        self.settings = {"PORT": str(self.port), "DATABASE_URL": f"sqlite:///{self.database}", **QUICK, **settings}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL")) and k != "LLM"}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=clean | self.settings, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + PATIENCE
        while not self.listens():
            assert self.process.poll() is None, f"the server went away:\n{self.printed()}"
            assert time.monotonic() < deadline, f"the server did not come up:\n{self.printed()}"
            time.sleep(0.02)

    def listens(self) -> bool:
        try:
            return httpx2.get(self.url + "/static/style.css", timeout=2).status_code < 500
        except httpx2.TransportError:
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
