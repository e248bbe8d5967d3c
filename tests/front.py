"""The nginx and the Caddy of a deployment, with the configurations in deploy/: only ports, paths and certificates are this test's."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest

from tests.nginx import Nginx
from tests.server import PATIENCE, ROOT, free_port

NAME = "chat.example.org"  # as the configurations call it
SIGNED_IN = "who"  # the cookie by which our sign-in knows people

Program = Literal["nginx", "caddy"]


class Authority:
    """Signs certificates that nobody but its own clients trusts."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.key = folder / "front.crt", folder / "front.key"
        self.root = folder / "root.crt"
        sign = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7"]
        run(*sign, "-subj", "/CN=Ours", "-keyout", folder / "root.key", "-out", self.root)
        run(
            *sign, "-CA", self.root, "-CAkey", folder / "root.key", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
            "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", self.key, "-out", self.certificate,
        )  # fmt: skip

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.root))


class Front:
    """A proxy that people reach as https://chat.example.org:PORT, and plain http at another port."""

    def __init__(self, program: Program, folder: Path, upstream: int, authority: Authority, sign_in: int | None = None) -> None:
        self.port, self.plain_port = free_port(), free_port()
        self.url = f"https://{NAME}:{self.port}"
        self.trusting = authority.trusting
        self._folder, self._upstream, self._authority = folder, upstream, authority
        self._sign_in = sign_in
        self._begin = {"nginx": self._nginx, "caddy": self._caddy}[program]

    @contextlib.contextmanager
    def running(self) -> Iterator["Front"]:
        with self._begin():
            yield self

    @contextlib.contextmanager
    def _nginx(self) -> Iterator[None]:
        text = self._with_sign_in((ROOT / "deploy/nginx.conf").read_text())
        text = re.sub(r"\n *listen \[::\].*", "", text).replace("listen 80;", f"listen {self.plain_port};")
        text = text.replace("listen 443 ", f"listen {self.port} ").replace("127.0.0.1:8000", f"127.0.0.1:{self._upstream}")
        text = text.replace(f"/etc/letsencrypt/live/{NAME}/fullchain.pem", str(self._authority.certificate))
        text = text.replace(f"/etc/letsencrypt/live/{NAME}/privkey.pem", str(self._authority.key)).replace("/var/log/nginx/", "")
        with Nginx(self._folder, self._upstream) as nginx:
            nginx.serve_site(text)
            yield

    @contextlib.contextmanager
    def _caddy(self) -> Iterator[None]:
        text = self._with_sign_in((ROOT / "deploy/Caddyfile").read_text())
        ports = f"admin off\n http_port {self.plain_port}\n https_port {self.port}\n storage file_system {self._folder}\n"
        text = text.replace("{\n", "{\n" + ports, 1)
        text = text.replace("chat.example.org} {\n", f"chat.example.org}} {{\ntls {self._authority.certificate} {self._authority.key}\n", 1)
        (self._folder / "Caddyfile").write_text(text)
        printed = self._folder / "caddy.log"
        environment = {**os.environ, "SERVER": f"127.0.0.1:{self._upstream}", "HOME": str(self._folder)}
        with printed.open("wb") as log:
            process = subprocess.Popen([caddy(), "run"], cwd=self._folder, env=environment, stdout=log, stderr=log)
        try:
            wait_for_port(self.port, process, printed)
            yield
        finally:
            process.terminate()
            process.wait()

    def _with_sign_in(self, text: str) -> str:
        """What is shipped, or what `sed -i 's/#auth //'` makes of it."""
        return text if self._sign_in is None else text.replace("#auth ", "").replace("127.0.0.1:4180", f"127.0.0.1:{self._sign_in}")


@contextlib.contextmanager
def sign_in_service() -> Iterator[int]:
    """Knows people by a cookie, `who=ann`, and says so as oauth2-proxy does; a `who=nameless` is let in without a word of who it is."""
    service = ThreadingHTTPServer(("127.0.0.1", 0), SignIn)
    thread = threading.Thread(target=service.serve_forever, args=(0.02,))
    thread.start()
    yield service.server_port
    service.shutdown()
    service.server_close()
    thread.join()


class SignIn(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = re.search(rf"\b{SIGNED_IN}=(\w+)", self.headers.get("Cookie", ""))
        self.send_response(202 if known else 401)
        if known and known[1] != "nameless":
            self.send_header("X-Auth-Request-Email", f"{known[1]}@example.org")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


def wait_for_port(port: int, process: subprocess.Popen[bytes], printed: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, f"it went away:\n{printed.read_text()}"
            assert time.monotonic() < deadline, f"it did not come up:\n{printed.read_text()}"
            time.sleep(0.02)


def run(*command: object, **options: object) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command[0]} said:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def caddy() -> str:
    return installed("caddy", "caddy")


def installed(program: str, package: str) -> str:
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no {program} (apt-get install {package})")
    return path
