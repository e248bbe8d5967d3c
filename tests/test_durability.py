"""Nothing is written to a socket before the fdatasync of its data has returned: proved from a trace of the real server."""

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.server import ROOT
from utils.sqlite_file import open_database

if sys.platform != "linux":
    pytest.skip("strace is a program for Linux", allow_module_level=True)

from bench.durability import Judge, calls, ptrace_is_forbidden, strace_is_missing

ANN = {"id": "ann", "name": "Ann", "kind": "human"}
MESSAGE: dict[str, Any] = {"id": 1, "seq": 1, "ts": 1, "author": ANN, "content": "hi", "status": "complete"}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """A short proof, where processes can be traced."""
    if why := strace_is_missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    if why := ptrace_is_forbidden():  # no package can mend that
        pytest.skip(why)
    command = [sys.executable, "-m", "bench.durability", "--frames", "1500", "--members", "8", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_every_ack_and_chunk_follows_the_fdatasync_of_its_data() -> None:
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Proved:" in done.stdout


def test_the_proof_fails_without_fsync() -> None:
    done = run("--synchronous", "off")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "its data was not synced" in done.stdout
    assert re.search(r"^\d[\d,]+ failures in all; 0 frames were proved\.$", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize(("order", "proved"), [
    ("write folder sync send", 1),
    ("truncate write folder sync send", 1),
    ("write truncate folder sync send", 0),
    ("write folder send sync", 0),
    ("write folder begin-sync send end-sync", 0),
    ("write folder failing-sync send", 0),
    ("write folder failing-sync sync send", 0),
    ("sync write folder send", 0),
    ("begin-sync write folder end-sync send", 0),
    ("folder sync send", 0),
    ("write sync send", 0),
    ("write folder sync send-other", 0),
])  # fmt: skip
def test_a_message_is_proved_by_a_whole_fdatasync_between_its_writes_only(tmp_path: Path, order: str, proved: int) -> None:
    lines = trace(tmp_path)
    with closing(Judge(str(tmp_path / "room.db"))) as judge:
        for call in calls(lines[step] for step in ["accept", *order.split()]):
            judge.hear(call)
    assert (judge.verdict.proved, judge.verdict.failed) == (proved, 1 - proved), judge.verdict.failures


def trace(folder: Path) -> dict[str, bytes]:
    """What strace tells when a log with one message is saved and shown."""
    path = folder / "room.db"
    with closing(open_database(str(path))) as db:
        db.execute("INSERT INTO rooms (name, epoch) VALUES ('lobby', 'e')")
        db.execute("INSERT INTO messages VALUES (1, 1, 1, 'complete', 'ann', NULL, ?, NULL)", (json.dumps(MESSAGE),))
        wal = path.with_name("room.db-wal").read_bytes()
    log = f"4<{path}-wal>"
    lines = {
        "accept": '1 1.0 accept4(5<socket:[1]>, NULL, NULL, SOCK_CLOEXEC) = 9<socket:[2]> <0.1>',
        "write": f'2 1.0 pwrite64({log}, "{escaped(wal)}", {len(wal)}, 0) = {len(wal)} <0.1>',
        "truncate": f"2 1.0 ftruncate({log}, 0) = 0 <0.1>",
        "folder": f"2 1.0 fdatasync(6<{folder}>) = 0 <0.1>",
        "sync": f"2 1.0 fdatasync({log}) = 0 <0.1>",
        "failing-sync": f"2 1.0 fdatasync({log}) = -1 EIO (Input/output error) <0.1>",
        "begin-sync": f"3 1.0 fdatasync({log} <unfinished ...>",
        "end-sync": "3 1.0 <... fdatasync resumed>) = 0 <0.1>",
        "send": sent(MESSAGE),
        "send-other": sent(MESSAGE | {"content": "ho"}),
    }
    return {step: line.encode() for step, line in lines.items()}


def sent(message: dict[str, Any]) -> str:
    body = json.dumps({"epoch": "e", "from": 0, "messages": [message]})
    answer = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
    return f'1 1.0 sendto(9<socket:[2]>, "{escaped(answer.encode())}", {len(answer)}, 0, NULL, 0) = {len(answer)} <0.1>'


def escaped(data: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in data)
