"""Order proved, not assumed: nothing was written to a socket before the fdatasync of its data had returned.

    python -m bench.durability                      # 100,000 acks and chunks, some minutes
    python -m bench.durability --synchronous off    # the same without fsync: must fail

`kill -9` cannot show a missing fsync. So the real server runs under strace while members say, edit, delete, configure,
ask, stop, fall behind, are cut and come back. From its trace a second database is kept that holds only what a
successful fdatasync has covered: what a power cut would leave at worst. Each frame must find its data there.
Linux only; needs strace.
"""

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.server import ROOT, Server

PATIENCE = 60  # seconds until an answer that does not come is given up: a traced server is slow
FAILURES_SHOWN = 8  # the rest is counted
PIPE_BYTES = 1024 * 1024  # between strace and the proof; when it is full, the server waits
STRING_BYTES = 8 * 1024 * 1024  # of one system call's data in the trace: more than any write of the server
MEMBERS_OF_A_ROOM = 4
SMALL_WINDOW = 8 * 1024  # bytes that the kernel keeps for the slow member of a room, so that they fall behind
TOO_MUCH = 12  # messages of 15,000 characters that a slow member does not take without reading
THINKING = 0.1  # seconds between two deeds of a member, at most: with all of them at once, batches are few and big
BURSTS = (1, 1, 1, 4, 12)  # messages that a member sends at once

WRITES = ("write", "sendto", "writev", "sendmsg")
SYNCS = ("fsync", "fdatasync")
# Other ways to write, which fail the proof: on a socket or on the log; and those that do not tell where, anywhere.
UNPROVABLE, UNPLACED = ("sendmmsg", "sendfile", "pwritev", "pwritev2"), ("splice", "io_uring_enter")
TRACED = ",".join(("accept4", "?accept", "pwrite64", "ftruncate", *WRITES, *SYNCS, *(f"?{name}" for name in (*UNPROVABLE, *UNPLACED))))
STRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-ttt", "-T", "-e", "signal=none", "-e", f"trace={TRACED}")

HOUSE = {"LLM": "fake", "SPEAKS": "mentioned", "FAKE_LLM_TOKENS_PER_SECOND": "0"}
# Every kind of frame that carries durable data; a run that made none of one has proved nothing about it.
KINDS = (
    "ack say", "ack edit", "ack delete", "ack configure", "ack stop", "ack ask", "message", "start", "chunk", "end",
    "room", "welcome", "welcome again", "http ack", "http page",
)  # fmt: skip


# ---- the command -----------------------------------------------------------------------------------


def main() -> None:
    options = read_options()
    if why := strace_is_missing() or ptrace_is_forbidden():
        sys.exit(f"The order cannot be proved here: {why}.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # or the server would live on
    with tempfile.TemporaryDirectory(prefix="durability-") as name:
        folder = Path(name).resolve()  # as strace tells it
        project = options.project
        if options.synchronous == "off":
            project = copy_without_fsync(project, folder)
        began = time.monotonic()
        verdict = prove(folder, project, options.frames, options.members, options.seed)
    print(table(verdict, time.monotonic() - began))
    if complaints := verdict.complaints(options.frames):
        print("\n".join(complaints))
        seed = "" if "--seed" in sys.argv else f" --seed {options.seed}"
        sys.exit(f"NOT PROVED. Again: python -m bench.durability {' '.join(sys.argv[1:])}{seed}")
    print("Proved: no frame was handed to the kernel before the fdatasync of its data had returned.")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.durability", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--frames", type=int, default=100_000, help="acks and different chunks, together, at least")
    parser.add_argument("--members", type=int, default=32, help=f"{MEMBERS_OF_A_ROOM} to a room")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of what the members do")
    parser.add_argument("--synchronous", choices=("full", "off"), default="full", help="off: a copy that never syncs")
    parser.add_argument("--project", type=Path, default=ROOT, help="the PocketRoom to be proved; default: this one")
    options = parser.parse_args()
    if options.members < MEMBERS_OF_A_ROOM:
        parser.error(f"--members: at least {MEMBERS_OF_A_ROOM}")
    return options


def strace_is_missing() -> str:
    return "" if shutil.which("strace") else "strace is not installed (Debian: apt install strace)"


def ptrace_is_forbidden() -> str:
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True)
    return f"this system lets no process be traced ({tried.stderr.strip()[:200]})" if tried.returncode else ""


def copy_without_fsync(project: Path, folder: Path) -> Path:
    """A copy of `project` whose log leaves it to the kernel when its data reaches the disk."""
    copy = folder / "project"
    shutil.copytree(project, copy, ignore=lambda _, names: {name for name in names if name.startswith(".")})
    told = [path for path in (copy / "utils").glob("*.py") if "synchronous = FULL" in path.read_text()]
    if len(told) != 1:
        sys.exit("Not one file of utils/ says `synchronous = FULL`: --synchronous off has to learn how it is said now.")
    told[0].write_text(told[0].read_text().replace("synchronous = FULL", "synchronous = OFF"))
    return copy


def prove(folder: Path, project: Path, frames: int, members: int, seed: int) -> "Verdict":
    """Run `project` under strace with its members, and a second process that reads the trace meanwhile."""
    trace = folder / "trace"
    os.mkfifo(trace)
    command = [*STRACE, "-s", str(STRING_BYTES), "-o", str(trace), sys.executable, str(project / "main.py")]
    server = Server(folder, command, **HOUSE)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        verdict = pool.submit(read_trace, str(trace), str(server.database))
        held = os.open(trace, os.O_RDWR)  # so that its reader need not wait for a strace that may never come
        try:
            server.start()
            load = Load(server, members, seed)
            asyncio.run(load.run(frames, verdict))
        finally:
            kill_traced(server)
            os.close(held)
        return replace(verdict.result(), lost=load.lost)


def kill_traced(server: Server) -> None:
    """Kill the server, which strace outlives just long enough to tell the end."""
    if server.process is None:
        return
    strace = server.process.pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{strace}/task/{strace}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.process.wait(PATIENCE)
    server.process.kill()
    server.process.wait()


# ---- the verdict -----------------------------------------------------------------------------------


@dataclass
class Verdict:
    """What came of a trace. `apart`: seconds from the return of a frame's fdatasync to the write of its first byte."""

    frames: Counter[str] = field(default_factory=Counter)
    chunks: int = 0  # different ones: each is written to every member
    syncs: int = 0
    transactions: int = 0
    proved: int = 0
    apart: "array[float]" = field(default_factory=lambda: array("d"))
    lost: int = 0  # lines that nobody cut, such as for a ping that was answered too late
    failed: int = 0
    failures: list[str] = field(default_factory=list)

    def fail(self, why: str) -> None:
        self.failed += 1
        if len(self.failures) < FAILURES_SHOWN:
            self.failures.append(why)

    def acks(self) -> int:
        return sum(count for kind, count in self.frames.items() if kind.partition(" ")[0] == "ack" or kind == "http ack")

    def complaints(self, least: int) -> list[str]:
        """Why the order is not proved; nothing if it is."""
        told = [f"  ! {why}" for why in self.failures]
        if self.failed:
            told.append(f"{self.failed:,} failures in all; {self.proved:,} frames were proved.")
        if self.acks() + self.chunks < least:
            told.append(f"Only {self.acks() + self.chunks:,} acks and different chunks were seen; {least:,} were wanted.")
        if missing := [kind for kind in KINDS if not self.frames[kind]]:
            told.append(f"No frame was seen of these kinds: {', '.join(missing)}.")
        return told


def table(verdict: Verdict, seconds: float) -> str:
    rows = [f"  {kind:<14}{count:>12,}" for kind, count in sorted(verdict.frames.items())]
    least, middle = (f"{1e6 * f(verdict.apart):,.0f} µs" if verdict.apart else "–" for f in (min, median))
    return "\n".join([
        *rows,
        f"acks {verdict.acks():,}, different chunks {verdict.chunks:,}, frames {sum(verdict.frames.values()):,}",
        f"transactions {verdict.transactions:,}, fdatasyncs {verdict.syncs:,}, in {seconds:.0f} s; lines lost: {verdict.lost}",
        f"frames with durable data proved: {verdict.proved:,}; from fdatasync's return to the write: least {least}, median {middle}",
    ])  # fmt: skip


# ---- the trace -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Call:
    """A system call. `begun` and `ended` number the trace's lines: a call had returned before another one began if its
    `ended` is less than the other's `begun`, for strace holds a call until it has written its beginning, and tells an
    end only after it.
    """

    name: str
    path: str
    arguments: bytes
    result: int
    begun: int
    ended: int
    at: float  # when it began, in seconds
    lasted: float
    made: str = ""  # the path of the file descriptor that it returned


CALL = re.compile(rb"(\w+)\(\d+<([^>]*)>")
RESULT = re.compile(rb"(-?\d+|\?(?: <unavailable>)?)(?:<([^>]*)>)?(?: [A-Z].*?)?(?: <(\d+\.\d+)>)?$", re.DOTALL)
PART = re.compile(rb'iov_base="((?:[^"\\]|\\.)*)"(\.\.\.)?')


class TraceError(Exception):
    """Something in the trace that was not expected, so that it proves nothing."""


def calls(lines: Iterable[bytes]) -> Iterator[Call]:
    """The calls in a trace, as they end. What another thread interrupted is put together again."""
    unfinished: dict[bytes, tuple[int, float, bytes]] = {}
    for number, line in enumerate(lines):
        thread, at, text = line.rstrip(b"\n").split(None, 2)
        begun, started = number, float(at)
        if text.endswith(b" <detached ...>"):  # strace ends, and does not know how the call did
            continue
        if text.endswith(b" <unfinished ...>"):
            unfinished[thread] = number, started, text.removesuffix(b" <unfinished ...>")
            continue
        if text.startswith(b"<... "):
            begun, started, head = unfinished.pop(thread)
            text = head + text.partition(b" resumed>")[2]
        head, _, tail = text.rpartition(b" = ")
        call, result = CALL.match(head), RESULT.match(tail)
        if call is None or result is None:
            raise TraceError(f"a line of the trace is not understood: {line[:200]!r} … {line[-200:]!r}")
        value = -1 if result[1].startswith(b"?") else int(result[1])  # ?: it was killed before it returned
        lasted = float(result[3] or 0)
        made = (result[2] or b"").decode()
        yield Call(call[1].decode(), call[2].decode(), head[call.end() :], value, begun, number, started, lasted, made)


def data_of(call: Call) -> bytes:
    """The bytes that `call` was given, whether it took them all or not."""
    if call.name in ("writev", "sendmsg"):
        parts = PART.findall(call.arguments)
        if any(cut for _, cut in parts):
            raise TraceError(f"strace cut the data of a {call.name} short")
        return b"".join(unescape(text) for text, _ in parts)
    start, end = call.arguments.index(b'"') + 1, call.arguments.rindex(b'"')
    if call.arguments.startswith(b"...", end + 1):
        raise TraceError(f"strace cut the data of a {call.name} short")
    return unescape(call.arguments[start:end])


def last_number(call: Call) -> int:
    return int(call.arguments.rpartition(b", ")[2].rstrip(b" )"))


def unescape(text: bytes) -> bytes:
    return text.decode("unicode_escape").encode("latin-1") if b"\\" in text else text


def read_trace(trace: str, database: str) -> Verdict:
    """Judge every call of `trace`, a pipe, as it comes."""
    pipe_end = os.open(trace, os.O_RDONLY | os.O_NONBLOCK)  # strace may be gone already
    os.set_blocking(pipe_end, True)
    fcntl.fcntl(pipe_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with os.fdopen(pipe_end, "rb", PIPE_BYTES) as pipe, contextlib.closing(Judge(database)) as judge:
        try:
            for call in calls(pipe):
                judge.hear(call)
            judge.disk.recover(database)
        except (TraceError, sqlite3.Error) as error:
            judge.verdict.fail(f"{type(error).__name__}: {error}")
        finally:
            while pipe.read(PIPE_BYTES):  # or the server would stand still
                pass
    return judge.verdict


class Judge:
    """Sorts the calls: the log's to the disk, the sockets' to their wires."""

    def __init__(self, database: str) -> None:
        self.verdict = Verdict()
        self._database, self._wal, self._folder = database, database + "-wal", os.path.dirname(database)
        self._evidence = Evidence()
        self.disk = Disk(Path(self._folder), self._evidence, self.verdict)
        self._wires: dict[str, Wire] = {}

    def hear(self, call: Call) -> None:
        if call.name in ("accept4", "accept"):
            if call.result >= 0:
                self._wires[call.made] = Wire(self._judge)
        elif call.name in SYNCS:
            self._sync(call)
        elif call.name in UNPLACED:
            raise TraceError(f"the server used {call.name}, which this proof does not follow")
        elif call.path.startswith("socket:"):
            self._send(call)
        elif call.path == self._wal:
            self._write_log(call)
        elif call.path == self._database and call.name == "pwrite64":
            self.disk.write_database(call)

    def close(self) -> None:
        self.disk.close()

    def _write_log(self, call: Call) -> None:
        if call.name == "pwrite64":
            self.disk.write_wal(call)
        elif call.name == "ftruncate":
            self.disk.truncate_wal(call)
        else:
            raise TraceError(f"the log was written by {call.name}, which this proof does not follow")

    def _sync(self, call: Call) -> None:
        self.verdict.syncs += 1
        if call.path == self._wal:
            self.disk.sync_wal(call)
        elif call.path == self._database:
            self.disk.sync_database(call)
        elif call.path == self._folder:
            self.disk.sync_folder(call)

    def _send(self, call: Call) -> None:
        if call.name not in WRITES:
            raise TraceError(f"a socket was written by {call.name}, which this proof does not follow")
        data = data_of(call)
        if wire := self._wires.get(call.path):
            wire.take(data[: max(call.result, 0)], call.begun, call.at)
        elif data != b"\0":  # asyncio wakes its loop so
            raise TraceError(f"{len(data)} bytes were written to a socket that nobody was seen to accept")

    def _judge(self, wire: "Wire", frame: dict[str, Any], http: bool, begun: int, at: float) -> None:
        kind, found = self._evidence.of_page(frame) if http else self._evidence.of(wire, frame)
        self.verdict.frames[kind] += 1
        if kind == "chunk" and self._evidence.is_new_chunk(wire.room, frame):
            self.verdict.chunks += 1
        if not found:
            return
        missing = [thing for thing, synced in found if synced is None]
        late = [(thing, synced) for thing, synced in found if synced and synced.number >= begun]
        if missing:
            self.verdict.fail(f"{kind} in room {wire.room!r} was sent, but its data was not synced then: {str(missing[0])[:300]}")
        elif late:
            self.verdict.fail(f"{kind} in room {wire.room!r} was sent {late[0][1].at - at:.6f} s before its data was synced")
        elif not self.disk.listed:
            self.verdict.fail(f"{kind} in room {wire.room!r} was sent before the folder that names the log was synced")
        else:
            self.verdict.proved += 1
            self.verdict.apart.append(at - max(synced.at for _, synced in found if synced))


# ---- the disk --------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Synced:
    """The return of an fdatasync."""

    number: int
    at: float


Thing = tuple[Any, ...]  # what must be on disk, e.g. ("delete", room, id)
Found = list[tuple[Thing, Synced | None]]


class Disk:
    """The log as a power cut would leave it: of the WAL, what a successful fdatasync has covered.

    Its whole transactions are written into a database of our own, the replica, which SQLite reads for us.
    """

    WAL_HEADER, FRAME_HEADER = 32, 24  # bytes; https://sqlite.org/fileformat2.html#walformat

    def __init__(self, folder: Path, evidence: "Evidence", verdict: Verdict) -> None:
        self.listed = False  # the folder was synced after the WAL appeared in it
        self._evidence, self._verdict = evidence, verdict
        self._recovered, replica = folder / "recovered.db", folder / "synced.db"
        self._file = os.open(replica, os.O_RDWR | os.O_CREAT)
        self._db = sqlite3.connect(replica, isolation_level=None)
        self._wal = bytearray()
        self._salts = b""
        self._next = self.WAL_HEADER  # the frame after the last transaction
        self._wal_writes: dict[int, tuple[int, bytes]] = {}  # by offset; when they ended, and data: not synced yet
        self._database_writes: list[int] = []  # when they ended: not synced yet
        self._wal_appeared: int | None = None

    def write_wal(self, call: Call) -> None:
        if call.result <= 0:
            return
        offset = last_number(call)
        if offset == 0:
            self._begin_anew()
        self._wal_writes[offset] = call.ended, data_of(call)[: call.result]
        if self._wal_appeared is None:
            self._wal_appeared = call.ended

    def truncate_wal(self, call: Call) -> None:
        """From here on nothing counts that was written beyond the new end."""
        if call.result == 0:
            self._begin_anew()
            end = last_number(call)
            del self._wal[end:]
            self._wal_writes = {at: write for at, write in self._wal_writes.items() if at + len(write[1]) <= end}

    def _begin_anew(self) -> None:
        if self._database_writes:
            self._verdict.fail("the WAL was begun anew before the database that its pages went to was synced")

    def write_database(self, call: Call) -> None:
        self._database_writes.append(call.ended)

    def sync_database(self, call: Call) -> None:
        if call.result != 0:
            self._verdict.fail("an fdatasync of the database failed: the WAL is all that is certain from then on")
        else:
            self._database_writes = [ended for ended in self._database_writes if ended > call.begun]

    def sync_folder(self, call: Call) -> None:
        self.listed |= call.result == 0 and self._wal_appeared is not None and self._wal_appeared < call.begun

    def sync_wal(self, call: Call) -> None:
        covered = {offset: data for offset, (ended, data) in self._wal_writes.items() if ended < call.begun}
        self._wal_writes = {offset: write for offset, write in self._wal_writes.items() if offset not in covered}
        if call.result != 0:
            return  # what a failed fsync leaves is never believed
        for offset, data in covered.items():
            self._wal.extend(bytes(max(0, offset + len(data) - len(self._wal))))
            self._wal[offset : offset + len(data)] = data
        self._replay(Synced(call.ended, call.at + call.lasted))

    def recover(self, database: str) -> None:
        """Have SQLite recover what was synced, checksums and all: it must come to what was read from the replica."""
        shutil.copy(database, self._recovered)
        self._recovered.with_name(f"{self._recovered.name}-wal").write_bytes(self._wal)
        with contextlib.closing(sqlite3.connect(self._recovered)) as db:
            if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                self._verdict.fail("what was synced at the end is no sound database")
            for rows in ("rooms", "messages", "chunks", "people"):
                every_row = f"SELECT * FROM {rows} ORDER BY 1, 2, 3"
                if db.execute(every_row).fetchall() != self._db.execute(every_row).fetchall():
                    self._verdict.fail(f"SQLite recovers other {rows} from what was synced than were taken for saved")

    def close(self) -> None:
        self._db.close()
        os.close(self._file)

    def _replay(self, synced: Synced) -> None:
        """Write the transactions that are new in the WAL into the replica, and look at it after each."""
        if self._wal[16:24] != self._salts:
            self._salts, self._next = bytes(self._wal[16:24]), self.WAL_HEADER
        page_size = int.from_bytes(self._wal[8:12], "big")
        pages: dict[int, bytes] = {}
        at = self._next
        while at + self.FRAME_HEADER + page_size <= len(self._wal) and self._wal[at + 8 : at + 16] == self._salts:
            start = at + self.FRAME_HEADER
            pages[int.from_bytes(self._wal[at : at + 4], "big")] = bytes(self._wal[start : start + page_size])
            size = int.from_bytes(self._wal[at + 4 : at + 8], "big")  # of the database in pages; 0: more to come
            at = start + page_size
            if size:
                self._write_replica(pages, size, page_size)
                self._evidence.learn(self._db, synced)
                pages, self._next = {}, at

    def _write_replica(self, pages: dict[int, bytes], size: int, page_size: int) -> None:
        self._verdict.transactions += 1
        for number, page in pages.items():
            os.pwrite(self._file, page, (number - 1) * page_size)
        count = self._verdict.transactions.to_bytes(4, "big")
        os.pwrite(self._file, b"\1\1", 18)  # a plain file: there is no WAL beside it
        os.pwrite(self._file, count + size.to_bytes(4, "big"), 24)  # the change counter, so that SQLite looks again
        os.pwrite(self._file, count, 92)


# ---- the evidence ----------------------------------------------------------------------------------


class Said:
    """What an answer has said, as far as it was synced: UTF-16, for offsets count its units."""

    def __init__(self) -> None:
        self.text = bytearray()
        self.marks: list[tuple[int, Synced]] = []  # so long it was at this sync

    def length(self) -> int:
        return len(self.text) // 2

    def grow(self, text: bytes, synced: Synced) -> None:
        self.text += text
        self.marks.append((len(self.text), synced))

    def when(self, offset: int, content: str) -> Synced | None:
        """The sync after which `content` stood at `offset`; None if it does not stand there."""
        text = content.encode("utf-16-le")
        end = 2 * offset + len(text)
        if self.text[2 * offset : end] != text:
            return None
        return self.marks[bisect_left(self.marks, end, key=lambda mark: mark[0])][1] if self.marks else None


class Evidence:
    """All that was ever synced, by digest, and at which sync first. Frames are held against it."""

    def __init__(self) -> None:
        self._synced: dict[bytes, Synced] = {}
        self._said: defaultdict[tuple[str, int], Said] = defaultdict(Said)
        self._names: dict[int, str] = {}  # of rooms, by their key in the log
        self._epochs: dict[str, str] = {}  # rooms' names by epoch
        self._settings: dict[int, str] = {}
        self._last_row = 0
        self._last_change: dict[int, int] = {}
        self._streaming: set[tuple[int, int]] = set()
        self._chunks: set[bytes] = set()

    # ---- what the disk holds -------------------------------------------------------------------

    def learn(self, db: sqlite3.Connection, synced: Synced) -> None:
        """Note what is new in `db`."""
        if not db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'chunks'").fetchone()[0]:
            return
        db.execute("BEGIN")
        for key, name, epoch, settings in db.execute("SELECT key, name, epoch, settings FROM rooms"):
            if self._settings.get(key) != settings:
                self._names[key], self._epochs[epoch], self._settings[key] = name, name, settings
                self._note_room(synced, name, epoch, json.loads(settings))
        for row, room, body in db.execute("SELECT rowid, room, body FROM messages WHERE rowid > ?", (self._last_row,)):
            self._last_row = max(self._last_row, row)
            self._note_message(synced, room, json.loads(body))
        for room, change in [(room, self._last_change.get(room, 0)) for room in self._names]:
            updated = "SELECT seq, body FROM messages WHERE room = ? AND seq <> id AND seq > ?"
            for seq, body in db.execute(updated, (room, change)):
                self._last_change[room] = max(self._last_change.get(room, 0), seq)
                self._note_message(synced, room, json.loads(body))
        for room, id in self._streaming:
            said = self._said[self._names[room], id]
            more = "SELECT off, content FROM chunks WHERE room = ? AND id = ? AND off >= ? ORDER BY off"
            for offset, content in db.execute(more, (room, id, said.length())).fetchall():
                if offset != said.length():
                    raise TraceError(f"the log holds a chunk of answer {id} at {offset}, after {said.length()} units")
                said.grow(content.encode("utf-16-le"), synced)
        db.execute("COMMIT")

    def _note_room(self, synced: Synced, name: str, epoch: str, own: dict[str, str]) -> None:
        shown = own["title"] or name, own["instructions"], own["speaks"] or HOUSE["SPEAKS"], own["model"] or HOUSE["LLM"], own.get("mode") or "General"
        self._note(synced, "room", name, epoch, *shown)
        self._note(synced, "epoch", epoch)
        self._note(synced, "configured", name, own["title"])

    def _note_message(self, synced: Synced, key: int, message: dict[str, Any]) -> None:
        room, id, content = self._names[key], message["id"], message["content"]
        self._note(synced, "message", room, message)
        self._note(synced, "row", room, id)
        self._note(synced, "seq", room, message["seq"])
        self._note(synced, "said", message.get("key"), id)
        if content.startswith("edit-"):
            self._note(synced, "edited", room, id, content.partition(" ")[0])
        if message["status"] == "deleted":
            self._note(synced, "deleted", room, id)
        if message["status"] == "stopped" or (message["author"]["kind"] == "system" and content.endswith(" took a question back.")):
            self._note(synced, "stopped", room, id)
        if message["author"]["kind"] == "assistant":
            self._note_answer(synced, key, message)

    def _note_answer(self, synced: Synced, key: int, message: dict[str, Any]) -> None:
        room, id = self._names[key], message["id"]
        if message["status"] == "streaming":
            self._streaming.add((key, id))
            return
        self._streaming.discard((key, id))
        said, whole = self._said[room, id], message["content"].encode("utf-16-le")
        if not whole.startswith(said.text):
            raise TraceError(f"the answer {id} in room {room!r} is not what its chunks had said")
        if len(whole) > len(said.text):  # a chunk that came in the transaction of the end
            said.grow(whole[len(said.text) :], synced)
        end = message["status"], len(whole) // 2, message.get("reason", ""), message.get("by"), message.get("usage")
        self._note(synced, "end", room, id, message["seq"], *end)

    def _note(self, synced: Synced, *thing: Any) -> None:
        self._synced.setdefault(digest(thing), synced)

    def _when(self, *thing: Any) -> tuple[Thing, Synced | None]:
        return thing, self._synced.get(digest(thing))

    # ---- what frames need ----------------------------------------------------------------------

    def of(self, wire: "Wire", frame: dict[str, Any]) -> tuple[str, Found]:
        """What kind of frame this is, and when what it tells was synced."""
        kind, room = frame["type"], wire.room
        match kind:
            case "ack":
                return self._of_ack(room, frame)
            case "message":
                return kind, [self._of_message(room, {name: value for name, value in frame.items() if name != "type"})]
            case "start":
                message = {name: value for name, value in frame.items() if name != "type"} | {"status": "streaming"}
                return kind, [self._when("message", room, message)]
            case "chunk":
                return kind, [self._of_text(room, frame["id"], frame["off"], frame["content"])]
            case "end":
                told = frame["status"], frame["length"], frame["content"], frame.get("by"), frame.get("usage")
                return kind, [self._when("end", room, frame["id"], frame["seq"], *told)]
            case "room":
                return kind, self._of_room(frame)
            case "welcome":
                kind, wire.room = "welcome again" if room else kind, frame["room"]["name"]
                return kind, self._of_room(frame["room"]) + [self._of_message(wire.room, m) for m in frame["messages"]]
            case "pong":
                return kind, [self._when("seq", room, frame["seq"])] if frame["seq"] else []
            case "waiting":
                return kind, [self._when("row", room, id) for id in frame["ids"]]
            case "progress":
                return kind, [self._when("row", room, frame["id"])]
            case "error" | "presence" | "typing" | "draft":
                return kind, []
        raise TraceError(f"a frame of an unknown type was sent: {str(frame)[:200]}")

    def of_page(self, answer: dict[str, Any]) -> tuple[str, Found]:
        """The same of an answer over HTTP."""
        if answer.get("type") == "ack":
            return "http ack", self._of_ack("", answer)[1]
        if "messages" in answer:
            room = self._epochs.get(answer["epoch"], "")
            return "http page", [self._when("epoch", answer["epoch"]), *(self._of_message(room, m) for m in answer["messages"])]
        return "http other", []

    def _of_ack(self, room: str, ack: dict[str, Any]) -> tuple[str, Found]:
        """Keys tell what they are for, and stand in the data itself where the log does not keep them."""
        key, id = ack["key"], ack["id"]
        what = key.partition("-")[0]
        needed: dict[str, Thing] = {
            "say": ("said", key, id), "edit": ("edited", room, id, key), "delete": ("deleted", room, id),
            "configure": ("configured", room, key), "stop": ("stopped", room, id), "ask": ("row", room, id),
        }  # fmt: skip
        return f"ack {what}", [self._when(*needed[what])]

    def _of_room(self, room: dict[str, Any]) -> Found:
        name = room["name"]
        shown = room["title"], room["instructions"], room["speaks"], room["model"], room["mode"]
        found = [self._when("room", name, room["epoch"], *shown)]
        return [*found, self._when("seq", name, room["seq"])] if room["seq"] else found

    def _of_message(self, room: str, message: dict[str, Any]) -> tuple[Thing, Synced | None]:
        """A whole message; of one that streams the latest of what it has said."""
        if message["status"] != "streaming":
            return self._when("message", room, message)
        begun = self._when("message", room, message | {"content": ""})
        return self._of_text(room, message["id"], 0, message["content"]) if begun[1] and message["content"] else begun

    def _of_text(self, room: str, id: int, offset: int, content: str) -> tuple[Thing, Synced | None]:
        return ("text", room, id, offset, content), self._said[room, id].when(offset, content)

    def is_new_chunk(self, room: str, chunk: dict[str, Any]) -> bool:
        before = len(self._chunks)
        self._chunks.add(digest(("chunk", room, chunk["id"], chunk["off"])))
        return len(self._chunks) > before


def digest(thing: Thing) -> bytes:
    return blake2b(json.dumps(thing, sort_keys=True).encode(), digest_size=16).digest()


# ---- the wire --------------------------------------------------------------------------------------


class Wire:
    """What was written to one socket, taken apart: answers over HTTP, then WebSocket frames."""

    def __init__(self, on_frame: Callable[["Wire", dict[str, Any], bool, int, float], None]) -> None:
        self.room = ""
        self._on_frame = on_frame
        self._is_websocket = False
        self._bytes = bytearray()
        self._taken = 0  # bytes before those
        self._writes: deque[tuple[int, int, float]] = deque()  # up to this byte it was written by the call begun then

    def take(self, data: bytes, begun: int, at: float) -> None:
        if data:
            self._bytes += data
            self._writes.append((self._taken + len(self._bytes), begun, at))
            while self._step():
                pass

    def _step(self) -> bool:
        """Take what comes next, if it is there whole."""
        taken = self._take_frame() if self._is_websocket else self._take_answer()
        if taken is None:
            return False
        length, text = taken
        while self._writes[0][0] <= self._taken:
            self._writes.popleft()
        _, begun, at = self._writes[0]
        self._taken += length
        del self._bytes[:length]
        if text:
            self._on_frame(self, json.loads(text), not self._is_websocket, begun, at)
        return True

    def _take_answer(self) -> tuple[int, bytes] | None:
        """An answer over HTTP: its length and, if it is JSON, its text."""
        end = self._bytes.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        status, *lines = bytes(self._bytes[:end]).lower().split(b"\r\n")
        headers = dict(line.split(b": ", 1) for line in lines if b": " in line)
        if b" 101 " in status:
            self._is_websocket = True
        elif b"content-length" not in headers:
            raise TraceError(f"an answer over HTTP does not tell its length: {status!r}")
        length = end + int(headers.get(b"content-length", 0))
        if len(self._bytes) < length:
            return None
        json = headers.get(b"content-type", b"").startswith(b"application/json")
        return length, bytes(self._bytes[end:length]) if json else b""

    def _take_frame(self) -> tuple[int, bytes] | None:
        """A WebSocket frame: its length and, if it is a text, that."""
        if len(self._bytes) < 2:
            return None
        first, size = self._bytes[0], self._bytes[1]
        start = {126: 4, 127: 10}.get(size, 2)
        length = start + (int.from_bytes(self._bytes[2:start], "big") if start > 2 else size)
        if len(self._bytes) < max(start, length):
            return None
        if first not in (0x81, 0x88, 0x89, 0x8A) or size > 127:
            raise TraceError(f"a WebSocket frame began with {first:#x} {size:#x}")
        return length, bytes(self._bytes[start:length]) if first == 0x81 else b""


# ---- the members -----------------------------------------------------------------------------------


class Load:
    """Members who do all that there is to do, until enough acks and chunks have come."""

    def __init__(self, server: Server, members: int, seed: int) -> None:
        self.server = server
        self.members = [Member(self, number, seed) for number in range(members)]
        self.frames = 0  # acks, and chunks as the first member of each room sees them
        self.lost = 0  # lines that nobody cut

    async def run(self, frames: int, verdict: "Future[Verdict]") -> None:
        def is_enough() -> bool:
            return self.frames >= frames or verdict.done()

        self.http = httpx2.AsyncClient(base_url=self.server.url, timeout=PATIENCE)
        async with self.http, asyncio.TaskGroup() as staying:
            for member in self.members:
                staying.create_task(member.stay())
            await asyncio.gather(*(member.do_everything() for member in self.members if member.first))
            await asyncio.gather(*(member.fall_behind() for member in self.members if member.slow))
            await asyncio.gather(*(member.live(is_enough) for member in self.members))
            for member in self.members:
                member.leave()


class Member:
    """One of them. The first of a room configures it; the last one reads slowly."""

    def __init__(self, load: Load, number: int, seed: int) -> None:
        self.load, self.room, self.name = load, f"room-{number // MEMBERS_OF_A_ROOM}", f"Member {number}"
        self.first, self.slow = (number % MEMBERS_OF_A_ROOM == place for place in (0, MEMBERS_OF_A_ROOM - 1))
        self.random = random.Random(f"{seed} {number}")
        self.number, self.keys = number, 0
        self.seq, self.epoch, self.token = 0, "", ""
        self.unanswered: dict[str, tuple[str, asyncio.Future[dict[str, Any]]]] = {}
        self.mine: list[int] = []
        self.answers: list[int] = []  # begun in the room
        self.welcomed = asyncio.Event()
        self.was_cut = self.left = False

    async def live(self, is_enough: Callable[[], bool]) -> None:
        await self.welcomed.wait()
        deeds, weights = zip(*self.deeds().items(), strict=True)
        while not is_enough():
            await self.random.choices(deeds, weights)[0]()
            await asyncio.sleep(self.random.random() * THINKING)

    def deeds(self) -> dict[Callable[[], Any], int]:
        """What a member does, and how often."""
        seldom = {self.configure: 2 if self.first else 0, self.fall_behind: 2 if self.slow else 0, self.cut: 1}
        return {self.talk: 60, self.edit: 8, self.delete: 4, self.ask: 20, self.ask_again: 4, self.stop: 2,
                self.post: 3, self.look_back: 2, self.ping: 2, **seldom}  # fmt: skip

    async def do_everything(self) -> None:
        """Each deed once, so that even a short run has seen every kind of frame."""
        await self.welcomed.wait()
        await self.talk()
        await self.edit()
        await self.delete()
        await self.configure()
        question = await self.does("say", "message", content="Pocket, !tokens=5000 !rate=200")
        await self.cut()
        await self.does("stop", "stop", id=question["id"])
        await self.does("ask", "ask", id=question["id"])
        await self.does("stop", "stop", id=question["id"])
        await self.post()
        await self.look_back()

    # ---- deeds ---------------------------------------------------------------------------------

    async def talk(self) -> None:
        words = ["word"] * self.random.choice((3, 10, 30, 300))
        said = [self.does("say", "message", content=" ".join(words)) for _ in range(self.random.choice(BURSTS))]
        self.mine += [answer["id"] for answer in await asyncio.gather(*said)]
        del self.mine[:-50]

    async def edit(self) -> None:
        if self.mine:
            key = self.key("edit")
            await self.does(key, "edit", id=self.random.choice(self.mine), content=f"{key} was thought better")

    async def delete(self) -> None:
        if self.mine:
            await self.does("delete", "delete", id=self.mine.pop(self.random.randrange(len(self.mine))))

    async def configure(self) -> None:
        key = self.key("configure")
        speaks, model = self.random.choice(("mentioned", "auto")), self.random.choice(("", "fake"))
        mode = self.random.choice(("General", "Expert"))
        await self.does(key, "configure", title=key, speaks=speaks, model=model, mode=mode, instructions=f"Be {key}.")

    async def ask(self) -> None:
        rate = self.random.choice((0, 0, 500, 2000))
        question = self.random.choice((f"!tokens=400 !rate={rate}", f"!tokens=3000 !rate={4 * rate}", "what do you think?"))
        await self.does("say", "message", content=f"Pocket, {question}")

    async def ask_again(self) -> None:
        if self.answers:
            await self.does("ask", "ask", id=self.answers[-1])

    async def stop(self) -> None:
        if self.answers:
            await self.does("stop", "stop", id=self.answers[-1])

    async def ping(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.line.send('{"type": "ping"}')

    async def post(self, content: str = "by post") -> None:
        said = {"content": content, "key": self.key("say")}
        answer = await self.load.http.post(f"/api/rooms/{self.room}/messages", json=said, headers=self.bearer())
        self.load.frames += answer.raise_for_status().json()["type"] == "ack"

    async def look_back(self) -> None:
        page = {"before": self.random.randint(1, self.seq + 1), "limit": self.random.randint(1, 100)}
        (await self.load.http.get(f"/api/rooms/{self.room}/messages", params=page)).raise_for_status()

    async def fall_behind(self) -> None:
        """Read nothing while much is said, and then be caught up."""
        self.line.transport.pause_reading()
        for _ in range(TOO_MUCH):
            await self.post("much " * 3000)
        self.line.transport.resume_reading()

    async def cut(self) -> None:
        """Lose the line in the middle of a sentence, and come back."""
        talking = asyncio.gather(*(self.does("say", "message", content="cut") for _ in range(3)))
        await asyncio.sleep(self.random.random() / 100)
        self.was_cut = True
        self.line.transport.abort()
        await talking

    # ---- the socket ----------------------------------------------------------------------------

    def key(self, what: str) -> str:
        self.keys += 1
        return f"{what}-{self.number}-{self.keys}"

    async def does(self, key: str, type: str, **fields: Any) -> dict[str, Any]:
        """Send a frame, again after each welcome, until it is answered; returns its ack or error."""
        key = key if "-" in key else self.key(key)
        text = json.dumps({"type": type, "key": key, **fields})
        answered: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.unanswered[key] = text, answered
        with contextlib.suppress(ConnectionClosed):
            await self.line.send(text)
        async with asyncio.timeout(PATIENCE):
            return await answered

    async def stay(self) -> None:
        """Be in the room, and come back whenever the line is lost."""
        while not self.left:
            self.line = await self.connect()
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.hear(await self.line.recv(decode=False))
            self.load.lost += not (self.was_cut or self.left)
            self.was_cut = False

    def leave(self) -> None:
        self.left = True
        self.line.transport.abort()

    async def connect(self) -> ClientConnection:
        """Come in, or back to where we were."""
        sock = socket.socket()
        if self.slow:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.load.server.port))
        position = {"after": self.seq, "epoch": self.epoch} if self.epoch else {}
        url = f"ws://127.0.0.1:{self.load.server.port}/ws/{self.room}?{urlencode({'name': self.name, **position})}"
        return await connect(
            url, sock=sock, additional_headers=self.bearer(), compression=None, max_size=None, max_queue=None,
            ping_interval=None, open_timeout=PATIENCE, close_timeout=1, proxy=None,
        )  # fmt: skip

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def hear(self, text: bytes) -> None:
        if text.startswith(b'{"type":"chunk"'):
            self.load.frames += self.first
            return
        frame = json.loads(text)
        self.seq = frame.get("seq", self.seq)
        match frame["type"]:
            case "welcome":
                self.seq, self.epoch = frame["room"]["seq"], frame["room"]["epoch"]
                self.token = frame["you"].get("token", self.token)
                self.welcomed.set()
                for unanswered, _ in list(self.unanswered.values()):
                    await self.line.send(unanswered)
            case "start":
                self.answers = [*self.answers[-9:], frame["id"]]
            case "ack" | "error":
                self.load.frames += frame["type"] == "ack"
                _, answered = self.unanswered.pop(frame.get("key", ""), ("", None))
                if answered and not answered.done():
                    answered.set_result(frame)


if __name__ == "__main__":
    main()
