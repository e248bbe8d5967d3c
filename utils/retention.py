"""What was said too long ago is removed: once a day, in small pieces, between which others have their turns.

Of a room its first messages go, and none behind a younger one. So whoever has a room from some message on still has all of it, and
a history still has one end.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, TypeVar

from utils.message_log import MessageLog
from utils.protocol import Refused
from utils.removal import NOT_BURIED
from utils.schema import REACHED

T = TypeVar("T")
DAY_SECONDS = 24 * 3600
EVERY_SECONDS = DAY_SECONDS  # so a message stays a day longer than was asked for, at most
AGAIN_SECONDS = 600  # after the log could not: its disk is full, or it has too much to do
PIECE_MESSAGES, PIECE_CHARACTERS = 100, 128 * 1024  # removed in one transaction, some 10 ms, for which everybody waits
PIECE_ROOMS = 500  # looked into in one transaction
MERGED_PAGES = 32  # of the search index, written again in one transaction
REST = 4  # times as long as a piece took it rests, so that whoever talks hardly notices


class Removed(NamedTuple):
    """Of the room of this name nothing up to the message `through` is left; `oldest` is the first that is, 0: there is none."""

    room: str
    through: int
    oldest: int


async def keep_days(log: MessageLog, days: int, tell: Callable[[Removed], object], clock: Callable[[], float] = time.time) -> None:
    """Remove what is older than so many `days`, now and then daily, until it is cancelled. 0: remove nothing."""
    while days:
        try:
            await remove_older(log, int(1000 * (clock() - days * DAY_SECONDS)), tell)
            pause = EVERY_SECONDS
        except Refused:
            pause = AGAIN_SECONDS
        await asyncio.sleep(pause)


async def remove_older(log: MessageLog, before: int, tell: Callable[[Removed], object]) -> None:
    """Remove what was said before that time (ms), and let nothing of it be found in the file. Raises Refused when the log cannot."""
    room: int | None = 0
    while room is not None:
        room, some = await at_leisure(log.run, partial(_remove_some, room, before))
        for removed in some:
            tell(removed)
    pages = -MERGED_PAGES  # below zero: the whole index is to be merged, with what was merged before
    while await at_leisure(log.run, partial(_merge_some, pages)):
        pages = MERGED_PAGES
    await log.clear_wal()


async def at_leisure(run: Callable[[Callable[[sqlite3.Connection], T]], Awaitable[T]], piece: Callable[[sqlite3.Connection], T]) -> T:
    begun = asyncio.get_running_loop().time()
    done = await run(piece)
    await asyncio.sleep(REST * (asyncio.get_running_loop().time() - begun))
    return done


def _remove_some(room: int, before: int, db: sqlite3.Connection) -> tuple[int | None, list[Removed]]:
    """Remove a piece from the room of this key and those after it. Returns where to go on; None: nowhere."""
    rooms = db.execute(f"SELECT key, name FROM rooms WHERE key >= ? AND {NOT_BURIED} ORDER BY key LIMIT ?", (room, PIECE_ROOMS)).fetchall()
    space, removed = 1.0, list[Removed]()
    for key, name in rooms:
        through, size = _old_messages(db, key, before, space)
        if through:
            removed.append(Removed(name, through, _remove(db, key, through)))
            space -= size
        if space <= 0:
            return key, removed  # there may be more in this room
    return (rooms[-1][0] + 1 if len(rooms) == PIECE_ROOMS else None), removed


def _old_messages(db: sqlite3.Connection, room: int, before: int, space: float) -> tuple[int, float]:
    """The last of a room's first messages that are all too old, or fill the `space` in a piece, and how much of one they are."""
    rows = db.execute(
        "SELECT id, length(body), status, json_extract(body, '$.ts') FROM messages WHERE room = ? ORDER BY id LIMIT ?", (room, PIECE_MESSAGES)
    )
    through, size = 0, 0.0
    for id, length, status, said_at in rows:
        if size >= space or status == "streaming" or said_at >= before:
            break
        through, size = id, size + max(1 / PIECE_MESSAGES, length / PIECE_CHARACTERS)
    return through, size


def _remove(db: sqlite3.Connection, room: int, through: int) -> int:
    """Remove the room's messages up to the id `through`, with all that hangs on them. Returns the id of the first that is left, or 0."""
    db.execute(f"UPDATE rooms SET last = {REACHED} WHERE key = ?", (room,))
    db.execute("DELETE FROM search WHERE rowid BETWEEN ? AND ?", (room << 32, room << 32 | through))
    db.execute("DELETE FROM chunks WHERE room = ? AND id <= ?", (room, through))
    db.execute("DELETE FROM messages WHERE room = ? AND id <= ?", (room, through))
    return db.execute("SELECT coalesce(min(id), 0) FROM messages WHERE room = ?", (room,)).fetchone()[0]


def _merge_some(pages: int, db: sqlite3.Connection) -> bool:
    """Merge a piece of the search index, in which removed words stand beside a note that they are removed until they meet it.

    (FTS5's own 'secure-delete' would make the file unreadable for SQLite before 3.42.) Returns whether there was anything to merge.
    """
    before = db.total_changes
    db.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    return db.total_changes - before >= 2  # https://sqlite.org/fts5.html#the_merge_command
