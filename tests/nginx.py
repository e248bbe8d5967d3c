"""A real nginx between people and a server, with the configuration that a test is about; it may change while people are in."""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest

from tests.server import PATIENCE, free_port

# What stands in `location /`; SERVER is the address of the server behind it.
PLAIN = "proxy_pass http://SERVER;"  # HTTP/1.0, no Upgrade, a Host of its own, and buffers: as Debian has it
PASSING = """proxy_pass http://SERVER; proxy_http_version 1.1; proxy_read_timeout 1h;
    proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"""
BUFFERING = f"{PLAIN} proxy_ignore_headers X-Accel-Buffering; proxy_buffers 16 256k; proxy_buffer_size 256k; proxy_busy_buffers_size 512k;"
SWALLOWED = "location /ws/ { proxy_pass http://SINK; proxy_read_timeout 1h; }"  # what is sent there is taken, and never answered

CONFIGURATION = """
pid nginx.pid;
error_log error.log;
worker_processes 1;
USER
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream server.internal { server 127.0.0.1:UPSTREAM; }
  server {
    listen 127.0.0.1:PORT;
    location = /configuration { return 200 VERSION; }
    location / { LOCATION }
    MORE
  }
}
"""


# Around a whole site, as it stands in sites-enabled.
SITE = """
pid nginx.pid;
error_log error.log;
worker_processes 1;
USER
events {}
http {
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server { listen 127.0.0.1:PORT; location = /configuration { return 200 VERSION; } }
  include site.conf;
}
"""


class Nginx:
    """Listens on a port of its own before the server at the port `upstream`."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder, self._upstream = folder, upstream
        self._version = 0
        self._sink = socket.create_server(("127.0.0.1", 0))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self._sink.close()

    def configure(self, location: str, more: str = "", server: str | None = None) -> Self:
        """From now on new requests go this way; lines that are open stay. `server` is the name by which nginx calls it."""
        values = {
            "LOCATION": location, "MORE": more, "UPSTREAM": self._upstream,
            "SERVER": server or f"127.0.0.1:{self._upstream}", "SINK": f"127.0.0.1:{self._sink.getsockname()[1]}",
        }  # fmt: skip
        return self._take(CONFIGURATION, values)

    def serve_site(self, text: str) -> Self:
        """From now on this is the only site; its own port tells nothing but that it is."""
        (self._folder / "site.conf").write_text(text)
        return self._take(SITE, {})

    def _take(self, text: str, values: dict[str, Any]) -> Self:
        self._version += 1
        user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""  # or its workers cannot write here
        for name, value in {**values, "VERSION": self._version, "PORT": self.port, "USER": user}.items():
            text = text.replace(name, str(value))
        (self._folder / "nginx.conf").write_text(text)
        self._load()
        return self

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile nothing goes through, and nobody is told."""
        workers = self._workers()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)

    def printed(self) -> str:
        log = self._folder / "error.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def _load(self) -> None:
        before = self._workers()
        if self._process is None:
            command = [installed(), "-p", str(self._folder), "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"]
            self._process = subprocess.Popen(command)
        else:
            self._process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while self._answers() != str(self._version) or any(map(takes_more, before)):
            assert self._process.poll() is None, f"nginx went away:\n{self.printed()}"
            assert time.monotonic() < deadline, f"nginx did not take its configuration:\n{self.printed()}"
            time.sleep(0.02)

    def _answers(self) -> str | None:
        try:
            return httpx2.get(f"{self.url}/configuration", timeout=2).text
        except httpx2.TransportError:
            return None

    def _workers(self) -> list[int]:
        if self._process is None:
            return []
        return [int(pid) for pid in Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()]


def takes_more(worker: int) -> bool:
    """Whether this process still takes new connections; after a change of the configuration it serves those it has to their end."""
    try:
        return b"shutting down" not in Path(f"/proc/{worker}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def installed() -> str:
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no nginx to put between (apt-get install nginx)")
    return path
