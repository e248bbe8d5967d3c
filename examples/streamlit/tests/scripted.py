"""A WebSocket server that speaks JSON and does what a test tells it. It is no PocketRoom."""

import json
import socket
import threading
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.processes import await_that, free_port


class Scripted:
    """`log` is all that was ever said, numbered; whoever comes with ?after=N is told what came after the first N."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"ws://127.0.0.1:{self.port}/feed"
        self.log: list[Any] = []
        self.paths: list[str] = []  # of each line that was ever opened
        self.heard: list[Any] = []
        self.lines: set[ServerConnection] = set()
        self._lock = threading.RLock()
        self._server: Server | None = None

    def start(self) -> None:
        # The system's own choice of a small send buffer: who does not read holds this server up, not the kernel.
        self._server = serve(self._serve, "127.0.0.1", self.port, compression=None)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self.cut()

    def say(self, *messages: Any) -> None:
        with self._lock:
            self.log.extend(messages)
            for line in list(self.lines):
                for message in messages:
                    with suppress(ConnectionClosed):
                        line.send(json.dumps(message))

    def cut(self) -> None:
        """Every line breaks, without a goodbye."""
        for line in list(self.lines):
            with suppress(OSError):
                line.socket.shutdown(socket.SHUT_RDWR)

    def awaits(self, lines: int) -> None:
        await_that(lambda: len(self.lines) == lines, lambda: f"{len(self.lines)} lines are open, not {lines}")

    def _serve(self, line: ServerConnection) -> None:
        path = line.request.path if line.request else ""
        with self._lock, suppress(ConnectionClosed):
            self.paths.append(path)
            for message in self.log[int(path.partition("after=")[2]) :] if "after=" in path else []:
                line.send(json.dumps(message))
            self.lines.add(line)
        try:
            with suppress(ConnectionClosed):
                for text in line:
                    self.heard.append(json.loads(text))
        finally:
            self.lines.discard(line)
