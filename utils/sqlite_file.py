"""The log's file: taken for this process alone, checked to be ours, and copied while it is in use.

A copy is marked as one. Whoever opens it first gives every room a new epoch, so that clients who saw what came after
the copy notice that their positions mean nothing here.
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable
from glob import escape, glob

from utils.message_log import LogUnavailable

APPLICATION_ID, COPY_ID, VERSION = 0x506F6B52, 0x506F6B43, 2
APPLICATION_ID_AT = slice(68, 72)  # in the file's header (https://sqlite.org/fileformat.html)
COPY = ".copy-"  # after the database's name, and then something random
WAL_PIECE = 1 << 20  # bytes of a WAL that are written again at once
COPY_PAGES = 256  # 1 MiB is copied between two commits
SCHEMA = """
CREATE TABLE rooms (
    key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{"title":"","instructions":"","speaks":"","model":""}');
-- body: the message as it is sent. first: the digest of what its key was first used for, once edited.
CREATE TABLE messages (
    room INTEGER NOT NULL, id INTEGER NOT NULL, seq INTEGER NOT NULL, status TEXT NOT NULL, author TEXT NOT NULL, key TEXT,
    body TEXT NOT NULL, first BLOB);
CREATE UNIQUE INDEX message_ids ON messages (room, id);
CREATE UNIQUE INDEX message_keys ON messages (author, room, key) WHERE key IS NOT NULL;
CREATE INDEX message_changes ON messages (room, seq) WHERE seq <> id;
CREATE INDEX answers_streaming ON messages (room) WHERE status = 'streaming';
CREATE TABLE chunks (
    room INTEGER NOT NULL, id INTEGER NOT NULL, off INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (room, id, off)) WITHOUT ROWID;
CREATE TABLE people (key INTEGER PRIMARY KEY, session BLOB NOT NULL UNIQUE, name TEXT);
"""
# indexed: every message whose seq is not above it stands in `search` as it is; rowid: the room's key << 32 | its id.
# The "ascii" tokenizer takes apart what search.words_of has put together: at spaces, and nowhere in what is not ASCII.
SEARCH = """
ALTER TABLE rooms ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
CREATE VIRTUAL TABLE search USING fts5(words, tokenize = 'ascii', columnsize = 0);
"""


def open_database(path: str) -> sqlite3.Connection:
    """Raises sqlite3.Error, or LogUnavailable for a file that is not ours."""
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
    missing = SCHEMA + SEARCH if not tables else SEARCH if version < 2 else ""
    ours = f"PRAGMA application_id = {APPLICATION_ID};"
    if whose == COPY_ID:  # before there is a WAL: until this is in the file itself, a WAL beside it is not its own
        renew = f"BEGIN IMMEDIATE; UPDATE rooms SET epoch = lower(hex(randomblob(8))); {ours} COMMIT;"
        db.executescript(f"PRAGMA journal_mode = DELETE; {renew}")  # a copy made with cp may still be in WAL mode
    write_again(f"{path}-wal")
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    db.executescript(f"BEGIN IMMEDIATE; {missing} {ours} PRAGMA user_version = {VERSION}; COMMIT;")
    return db


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
    for file in (copy, f"{copy}-journal"):
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
