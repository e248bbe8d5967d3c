"""What is taken out of the file piece by piece, so that nobody waits for it: rooms that were deleted, and what tells of a person.

A deleted room is out of reach at once: it is buried under a name that no room can have, and emptied afterwards, by the
next process if need be.
"""

import re
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import cast

from pydantic_core import from_json, to_json

from utils.message_log import MessageLog
from utils.protocol import Author, Member, Message
from utils.search import words_of

PIECE_MESSAGES = 500  # removed in one transaction, for which everybody waits
LOOKED_AT = 5_000  # messages in which somebody is looked for at a time, some 10 ms
BURIED = "~"  # begins the names of rooms that are to be emptied
NOT_BURIED = "name NOT LIKE '~%'"
SOMEONE: Author = {"id": "someone", "name": "someone", "kind": "human"}
LONGEST_NAME = 64  # characters of one, with its numeral
TAKEN_BACK = " took a question back."  # what is told without who did it
BEFELL = re.compile(r"( (?:removed|let|made) )(.+)( (?:from this room|in again|(?:an owner|a member|a reader|somebody like everybody else) here)\.)")


def bury(db: sqlite3.Connection, room: int) -> None:
    """Put the room of this key out of everybody's reach."""
    db.execute("UPDATE rooms SET name = ?, indexed = ? WHERE key = ?", (BURIED + secrets.token_hex(16), 2**53, room))
    for table in ("roles", "invitations"):
        db.execute(f"DELETE FROM {table} WHERE room = ?", (room,))


async def empty_buried(log: MessageLog) -> None:
    """Remove what stands in rooms that were deleted. Raises Refused when the log cannot."""
    while await log.run(_empty_one):
        pass


def _empty_one(db: sqlite3.Connection) -> bool:
    """Remove a piece of a buried room; False if there is none."""
    row = db.execute("SELECT key FROM rooms WHERE name BETWEEN ? AND ? LIMIT 1", (BURIED, f"{BURIED}g")).fetchone()
    if row is None:
        return False
    ids = [id for (id,) in db.execute("SELECT id FROM messages WHERE room = ? LIMIT ?", (*row, PIECE_MESSAGES))]
    for id in ids:
        db.execute("DELETE FROM search WHERE rowid = ?", (row[0] << 32 | id,))
        db.execute("DELETE FROM chunks WHERE room = ? AND id = ?", (*row, id))
        db.execute("DELETE FROM messages WHERE room = ? AND id = ?", (*row, id))
    if not ids:
        db.execute("DELETE FROM rooms WHERE key = ?", row)
    return True


async def forget(log: MessageLog, person: Member, rooms: Iterable[str]) -> None:
    """Let nothing that was said tell of `person`: in their own messages, and where a system message names them.

    What others wrote about them stays. Each room that had something of theirs, and these `rooms`, are told anew, under another epoch.
    In no other one a word of the system is touched, or whoever calls themselves `room` could spoil them all.
    """
    names: set[str] = {person["name"]}
    theirs = {*rooms, *await _rewrite(log, f'"{person["id"]}"', partial(_without_author, person["id"], names))}
    await _rewrite(log, '"kind":"system"', partial(_without_name, names), theirs)
    for room in theirs:
        log.renew(room).add_done_callback(lambda done: done.exception())  # a room that was deleted meanwhile


async def _rewrite(log: MessageLog, sign: str, change: Callable[[Message], bool], within: Collection[str] | None = None) -> set[str]:
    """Have `change` look at every message in whose JSON there is this `sign`, and keep those of which it says that it changed them.

    `within` these rooms, or within all. Returns the names of those in which there were some.
    """
    rooms: set[str] = set()
    position: int | None = 0
    while position is not None:
        position, changed = await log.run(partial(_rewrite_some, position, sign, change, within))
        rooms |= changed
    return rooms


def _rewrite_some(
    after: int, sign: str, change: Callable[[Message], bool], within: Collection[str] | None, db: sqlite3.Connection
) -> tuple[int | None, set[str]]:
    rows = db.execute(
        "SELECT messages.rowid, room, name, body FROM messages JOIN rooms ON rooms.key = room WHERE messages.rowid > ?"
        " ORDER BY messages.rowid LIMIT ?",
        (after, LOOKED_AT),
    ).fetchall()
    rooms: set[str] = set()
    for rowid, room, name, body in rows:
        if sign in body and (within is None or name in within) and change(message := cast(Message, from_json(body))):
            values = to_json(message).decode(), message["author"]["id"], message.get("key"), rowid
            db.execute("UPDATE messages SET body = ?, author = ?, key = ? WHERE rowid = ?", values)
            db.execute("UPDATE search SET words = ? WHERE rowid = ?", (words_of(message["content"]), room << 32 | message["id"]))
            rooms.add(name)
    return (rows[-1][0] if rows else None), {name for name in rooms if not name.startswith(BURIED)}


def _without_author(person: str, names: set[str], message: Message) -> bool:
    """Put nobody in the place of `person`, and take down what they were called."""
    authors = [message["author"], *([message["by"]] if "by" in message else [])]
    theirs = [author for author in authors if author["id"] == person]
    if not theirs:
        return False
    names |= {author["name"] for author in theirs}
    for author in theirs:
        author.update(SOMEONE)
    message.pop("key", None)
    if "reason" in message:
        message["reason"] = _without_beginning(names, message["reason"])
    return True


def _without_name(names: set[str], message: Message) -> bool:
    """Take the names out of what the room was told: from its beginning, where that was their doing, and from where it tells whom it befell.

    Nowhere else, or whoever calls themselves `this` could spoil what is told of others.
    """
    if message["author"]["kind"] != "system":
        return False
    before = told = message["content"]
    if message.get("by", {}).get("id") == SOMEONE["id"] or told.endswith(TAKEN_BACK):
        told = _without_beginning(names, told)
    doer = message.get("by", SOMEONE)["name"]
    if (befell := BEFELL.fullmatch(told, len(doer))) and befell[2] in names and told.startswith(doer):
        told = told[: befell.start(2)] + SOMEONE["name"] + befell[3]
    message["content"] = told
    return told != before


def _without_beginning(names: Collection[str], text: str) -> str:
    found = (text[:end] for end in range(LONGEST_NAME, 0, -1) if text[end : end + 1] == " " and text[:end] in names)
    name = next(found, None)
    return text if name is None else SOMEONE["name"] + text[len(name) :]
