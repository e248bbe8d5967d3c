"""What the disk and the clock under one server do wrong, steered while it runs. See faults.c, which does it."""

import ctypes
import errno
import functools
import mmap
import os
import random
import shutil
import subprocess
import sys
import tempfile
import weakref
from ctypes import c_char, c_int64, c_ubyte
from pathlib import Path
from typing import BinaryIO

FILES = {"database": "", "wal": "-wal", "journal": "-journal"}  # in the order of faults.c
MOMENTS = ("before", "after", "write")
PATH_BYTES, RECORDS, BYTES_BEFORE = 4096, 32768, 64 << 20  # as in faults.c, which tells their reasons
SECTOR = 512  # bytes; a write of what stands in it already changes nothing, however it ends
COMPILE = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]


class FaultsUnavailable(Exception):
    """Says what this machine lacks."""


class Record(ctypes.Structure):
    """One write, and where to find what stood there before."""

    offset: int
    length: int
    size: int
    before: int
    truncation: int
    _fields_ = [(name, c_int64) for name in ("offset", "length", "size", "before", "truncation")]


class File(ctypes.Structure):
    device: int
    inode: int
    size: int
    changed: int
    writing: int
    halved: int
    failed: int
    bytes: int
    overflowed: int
    count: int
    records: ctypes.Array[Record]
    _fields_ = [
        *[(name, c_int64) for name in ("device", "inode", "size", "changed", "writing", "halved", "failed", "bytes")],
        ("overflowed", c_int64), ("count", c_int64), ("records", Record * RECORDS),
    ]  # fmt: skip


class Control(ctypes.Structure):
    struct_size: int
    refused: int
    failing: int
    kill_commits: int
    kill_moment: int
    kill_writes: int
    clock: int
    commits: int
    failed_syncs: int
    refused_writes: int
    path: bytes
    files: ctypes.Array[File]
    _fields_ = [
        *[(name, c_int64) for name in ("struct_size", "refused", "failing", "kill_commits", "kill_moment")],
        *[(name, c_int64) for name in ("kill_writes", "clock", "commits", "failed_syncs", "refused_writes")],
        ("path", c_char * PATH_BYTES), ("files", File * len(FILES)), ("before", c_ubyte * BYTES_BEFORE * len(FILES)),
    ]  # fmt: skip


class Faults:
    """What the disk and the clock under one server do wrong. Works in every process started with `environment`."""

    def __init__(self, folder: Path, database: str = "pocketroom.db") -> None:
        library = compiled()
        self.path = folder.resolve() / database  # as SQLite resolves it
        self._memory, name = control_block()
        self._control = Control.from_buffer(self._memory)
        self._control.struct_size = ctypes.sizeof(Control)
        self._control.path = os.fsencode(self.path)
        preload = " ".join(filter(None, [str(library), os.environ.get("LD_PRELOAD", "")]))
        self.environment = {"LD_PRELOAD": preload, "FAULTS_CONTROL": name}
        weakref.finalize(self, remove, name, os.getpid())

    @property
    def commits(self) -> int:
        """How often the WAL was synced."""
        return self._control.commits

    @property
    def failed_syncs(self) -> int:
        """How often an fsync was made to fail."""
        return self._control.failed_syncs

    @property
    def refused_writes(self) -> int:
        """How many writes a disk that is full or read-only refused."""
        return self._control.refused_writes

    # ---- the disk ------------------------------------------------------------------------------

    def disk_full(self, on: bool = True) -> None:
        """A write takes a half of what it was given, and then nothing."""
        self._control.refused = errno.ENOSPC if on else 0

    def read_only(self, on: bool = True) -> None:
        self._control.refused = errno.EROFS if on else 0

    def fail_fsync(self, on: bool = True, file: str = "wal") -> None:
        """Fail it for `file`: "wal", "database", or "any". What it should have synced may never come to the disk."""
        bits = sum(1 << bit for bit, name in enumerate(FILES) if file in (name, "any"))
        assert bits, f"no file of a log is called {file!r}"
        self._control.failing = self._control.failing | bits if on else self._control.failing & ~bits

    def kill_at_commit(self, nth: int, moment: str, write: int = 2) -> None:
        """Kill the process at the `nth` next fdatasync of the WAL: before it, after it, or in a write that leads to it.

        "write": the `write`-th one, after half of its bytes; should there be fewer, before the fdatasync.
        """
        self._control.kill_commits = 0
        self._control.kill_moment, self._control.kill_writes = MOMENTS.index(moment), write
        self._control.kill_commits = nth

    def tear(self, rng: random.Random) -> int:
        """After a kill, cut the power: each write that no fsync has covered is there, lost, zeros, a half, or garbage.

        Returns how many writes were torn. What was synced stays as it is.
        """
        return sum(self._tear(number, suffix, rng) for number, suffix in enumerate(FILES.values()))

    # ---- the clock, and the end of it all ------------------------------------------------------

    def jump_clock(self, seconds: float) -> None:
        """Run so much ahead of the true time from now on; less than 0: behind it."""
        self._control.clock = int(seconds * 1_000_000_000)

    def calm(self) -> None:
        """Everything works again, and tells the truth."""
        self._control.refused = self._control.failing = self._control.kill_commits = self._control.clock = 0

    # ---- a power loss --------------------------------------------------------------------------

    def _tear(self, number: int, suffix: str, rng: random.Random) -> int:
        file, path = self._control.files[number], Path(f"{self.path}{suffix}")
        records = file.records[: file.count]
        torn = 0
        if records and is_as_left(file, path):
            with path.open("r+b", buffering=0) as disk:
                before = Control.before.offset + number * BYTES_BEFORE
                written = [self._undo(disk, record, before) for record in reversed(records)][::-1]
                kept = rng.choice((0, 0.5, 0.9))  # of the writes: often a few that went wrong do more harm than many
                torn = sum(redo(disk, record, data, kept, rng) for record, data in zip(records, written, strict=True))
                os.fsync(disk.fileno())
        file.count = file.failed = file.bytes = file.overflowed = 0
        return torn

    def _undo(self, disk: BinaryIO, record: Record, before: int) -> bytes:
        """Put back what stood there before `record`, and return what it had written."""
        written = b"" if record.truncation else os.pread(disk.fileno(), record.length, record.offset)
        start = before + record.before
        os.pwrite(disk.fileno(), self._memory[start : start + record.length], record.offset)
        os.truncate(disk.fileno(), record.size)
        return written


def redo(disk: BinaryIO, record: Record, written: bytes, kept: float, rng: random.Random) -> bool:
    """Let `record` come to the disk, or what a power loss leaves of it; True if that is not all."""
    fate = "kept" if rng.random() < kept else rng.choice(("kept", "lost", "zeros", "halved", "garbled"))
    if record.truncation:
        if fate != "lost":
            os.truncate(disk.fileno(), record.offset)
        return fate == "lost"
    left = {
        "kept": written, "lost": b"", "zeros": bytes(len(written)), "halved": written[: len(written) // 2],
        "garbled": rng.randbytes(len(written)),
    }[fate]  # fmt: skip
    for start in range(0, len(left), SECTOR):
        sector = written[start : start + SECTOR]
        if os.pread(disk.fileno(), len(sector), record.offset + start) != sector:  # the same bytes again harm nothing
            os.pwrite(disk.fileno(), left[start : start + SECTOR], record.offset + start)
    return fate != "kept"


def is_as_left(file: File, path: Path) -> bool:
    """Nobody else has written to this file since the records of it were made."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    as_left = (file.size, file.changed) == (now.st_size, now.st_mtime_ns) or file.writing
    return bool(as_left) and (file.device, file.inode) == (now.st_dev, now.st_ino)


# ---- the library and its control block ---------------------------------------------------------------


@functools.cache
def compiled() -> Path:
    """The library, made once by each process that asks for it. Raises FaultsUnavailable."""
    gcc = shutil.which("gcc")
    if sys.platform != "linux" or gcc is None:
        raise FaultsUnavailable("faults of the disk and the clock need Linux and gcc")
    folder = tempfile.mkdtemp(prefix="pocketroom-faults-")
    weakref.finalize(compiled, remove, folder, os.getpid())
    library = Path(folder) / "faults.so"
    made = subprocess.run(
        [gcc, *COMPILE, "-o", str(library), str(Path(__file__).with_suffix(".c")), "-ldl"],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise FaultsUnavailable(f"gcc cannot compile faults.c: {made.stderr}")
    return library


def control_block() -> tuple[mmap.mmap, str]:
    """A file of zeros in shared memory; only what is used of it takes space."""
    handle, name = tempfile.mkstemp(prefix="pocketroom-faults-")
    try:
        os.truncate(handle, ctypes.sizeof(Control))
        return mmap.mmap(handle, ctypes.sizeof(Control)), name
    finally:
        os.close(handle)


def remove(path: str, made_by: int) -> None:
    if os.getpid() == made_by:  # and not in a fork of it
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
