"""The log's file: taken for this process alone, checked to be ours, brought up to date, and copied while it is in use.

A copy is marked as one. Whoever opens it first gives every room a new epoch, so that clients who saw what came after
the copy notice that their positions mean nothing here.
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable
from glob import escape, glob
from itertools import count

from utils.message_log import LogUnavailable
from utils.schema import SCHEMA, STEPS, VERSION

APPLICATION_ID, COPY_ID = 0x506F6B52, 0x506F6B43
APPLICATION_ID_AT = slice(68, 72)  # in the file's header (https://sqlite.org/fileformat.html)
COPY = ".copy-"  # after the database's name, and then something random
WAL_PIECE = 1 << 20  # bytes of a WAL that are written again at once
COPY_PAGES = 256  # 1 MiB is copied between two commits
BEFORE = f".before-{VERSION}"  # after the database's name: it, as it was before it was brought to this version
HEADER = 100  # bytes of a file that differ between two copies of the same, since they count how often it was written
OURS_ALONE = 0o600  # a file holds what was said in rooms that not everybody may enter


def open_database(path: str) -> sqlite3.Connection:
    """Raises sqlite3.Error, OSError, or LogUnavailable for a file that is not ours, or cannot be brought up to date."""
    make_file(path)
    if is_copy(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{path}-wal")  # of what stood here before, which SQLite would mix into the copy
    db = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
    # Exclusive: a second process cannot open the file (two can corrupt a WAL before SQLite 3.51.3).
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    whose, version = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and (whose not in (APPLICATION_ID, COPY_ID) or version > VERSION):
        told = "is another program's database" if whose not in (APPLICATION_ID, COPY_ID) else "was made by a newer PocketRoom"
        raise LogUnavailable(f"{path} {told}. Name another file in DATABASE_URL.")
    ours = f"PRAGMA application_id = {APPLICATION_ID};"
    if whose == COPY_ID:  # before there is a WAL: until this is in the file itself, a WAL beside it is not its own
        renew = f"BEGIN IMMEDIATE; UPDATE rooms SET epoch = lower(hex(randomblob(8))); {ours} COMMIT;"
        db.executescript(f"PRAGMA journal_mode = DELETE; {renew}")  # a copy made with cp may still be in WAL mode
    write_again(f"{path}-wal")
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")  # zeros in place of what was removed: SQLite leaves it there until it needs the space
    if tables and version < VERSION:
        bring_up_to_date(db, path, version)
    db.executescript(f"BEGIN IMMEDIATE; {'' if tables else SCHEMA} {ours} PRAGMA user_version = {VERSION}; COMMIT;")
    return db


def make_file(path: str) -> None:
    """Make the file `path`, empty, unless it is there. Raises OSError."""
    os.close(os.open(path, os.O_CREAT, OURS_ALONE))


def bring_up_to_date(db: sqlite3.Connection, path: str, version: int) -> None:
    """Lead a file of an older `version` to this one, in one transaction, once a copy of it is safe beside it.

    Raises LogUnavailable; the file is then as it was.
    """
    try:
        kept = keep_copy(db, path)
        print(f"The log becomes one of version {VERSION}. As it was, version {version}, it stays in {kept}: remove that when all is well.", flush=True)
        steps = "".join(STEPS[step] for step in range(version + 1, VERSION + 1))
        db.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
    except (sqlite3.Error, OSError) as error:
        db.close()  # which takes back what was begun
        needed = f"{2 * os.path.getsize(path) / 1e6:,.1f} MB"
        raise LogUnavailable(
            f"{path} is of version {version} and could not be brought to version {VERSION} ({error}). It was left as it was. "
            f"Let its folder be writable, with {needed} free, and start again; or go on with the PocketRoom that made it."
        ) from error


def keep_copy(db: sqlite3.Connection, path: str) -> str:
    """Copy `db` into a file beside it, and wait until it is on disk; returns its name. Nothing there is overwritten.

    What a process that was killed since has kept already is not kept twice.
    """
    remove_copies(path)
    copy = name_of_copy(path)
    try:
        copy_database(db, copy, lambda: None)
        names = (f"{path}{BEFORE}{f'.{number}' if number > 1 else ''}" for number in count(1))
        kept = next(name for name in names if not os.path.exists(name) or holds_the_same(name, copy))
        sync(copy)
        os.replace(copy, kept)
        sync(os.path.dirname(kept))
        return kept
    finally:
        remove_copy(copy)


def holds_the_same(copy: str, other: str) -> bool:
    if os.path.getsize(copy) != os.path.getsize(other):
        return False
    with open(copy, "rb") as one, open(other, "rb") as two:
        one.seek(HEADER)
        two.seek(HEADER)
        return all(piece == two.read(WAL_PIECE) for piece in iter(lambda: one.read(WAL_PIECE), b""))


def sync(path: str) -> None:
    """Let a file, or the names in a folder, be on disk. Raises OSError."""
    if os.name == "nt" and os.path.isdir(path):  # where a folder cannot be opened
        return
    file = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def write_again(path: str) -> None:
    """Write what a killed process left in its WAL once more, and sync it. The database must be locked.

    After an fsync that failed, Linux holds the pages to be clean (https://wiki.postgresql.org/wiki/Fsync_Errors): SQLite
    reads from memory what is not on disk, and no later fsync would write it. A power loss would take it, and with it all
    that was acked behind it in this WAL.
    """
    with contextlib.suppress(FileNotFoundError), open(path, "r+b", buffering=0) as wal:
        while piece := wal.read(WAL_PIECE):
            wal.seek(-len(piece), os.SEEK_CUR)
            wal.write(piece)
        os.fsync(wal.fileno())


def copy_database(db: sqlite3.Connection, path: str, between: Callable[[], object]) -> None:
    """Copy `db` into the file `path`, piece by piece; `between` two pieces it may be changed, over `db` itself."""
    make_file(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # it is fetched and removed; its syncs would hold up everybody's commits
        db.backup(copy, pages=COPY_PAGES, progress=lambda *_: between())
        copy.executescript(f"PRAGMA journal_mode = DELETE; PRAGMA application_id = {COPY_ID}")


def name_of_copy(path: str) -> str:
    """A new one, beside the database."""
    return f"{path}{COPY}{secrets.token_hex(8)}"


def remove_copies(path: str) -> None:
    """Remove what is left of copies that were not finished or not fetched, and nothing that somebody named by hand."""
    for copy in glob(f"{escape(path)}{COPY}{'[0-9a-f]' * 16}"):
        remove_copy(copy)


def remove_copy(copy: str) -> None:
    for file in (f"{copy}-journal", f"{copy}-wal", f"{copy}-shm", copy):  # the name that is looked for goes last
        with contextlib.suppress(OSError):  # gone, or open elsewhere on Windows: the next start removes it
            os.unlink(file)


def is_copy(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(100)[APPLICATION_ID_AT] == COPY_ID.to_bytes(4)
    except OSError:
        return False


def files_of(path: str) -> list[tuple[int, int]]:
    """Which files the database's names lead to, now. Raises OSError where there is none."""
    return [(found.st_dev, found.st_ino) for found in map(os.stat, (path, f"{path}-wal"))]
