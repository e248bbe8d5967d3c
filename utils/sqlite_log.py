"""The log in one SQLite file: one connection in one writer thread, many changes to one fsync.

The thread takes all that waits, commits it in one transaction and hands it back to the event loop in one call. While
that commit waits for the disk the next batch gathers: a busy house pays few fsyncs, a quiet one no delay.
"""

import asyncio
import math
import os
import secrets
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from heapq import merge
from queue import Empty, SimpleQueue
from time import sleep as pause
from typing import Any, cast

from pydantic_core import from_json, to_json

from utils.access import BY_INVITATION, LOBBY, NOBODY, OPERATOR, Rights, no_room
from utils.logs import event, in_words
from utils.message_log import (
    CHANGES, INTERRUPTED, LATEST, NO_INVITATION, SYSTEM, UNSET, Accept, Answer, Appointed, Change, Committed, Delta, Destroy, End, Found, Gone, LogUnavailable,
    Page, Passage, Record, RoomSettings, Start, Tail,
)  # fmt: skip
from utils.protocol import (
    KEY_CONFLICT, Act, Appoint, Author, Configure, Delete, Edit, EndFrame, Message, MessageFrame, Refused, Role, Say, StartFrame, Status, units,
)  # fmt: skip
from utils.removal import NOT_BURIED, bury
from utils.schema import REACHED
from utils.search import query_of, words_of
from utils.sqlite_file import VERSION, copy_database, files_of, name_of_copy, open_database, remove_copies, remove_copy
from utils.tally import LogTally

MAX_WAITING = 10_000  # jobs on their way through the thread; beyond it a change is refused
BATCH_JOBS = 256  # in one transaction: what one fsync carries
BATCH_UNITS = 48 * 1024  # of text in one transaction, so that its frames fit a socket's write buffer
PAGE_UNITS = 128 * 1024  # of text in one page of history
MOST_IDS = 2**32 - 1  # in a room: the index holds messages by room and id, in one number
QUIET_SECONDS = 0.25  # without a job, until what was said meanwhile is indexed: with each message it would cost up to 45 µs
PIECE_MESSAGES, PIECE_CHARACTERS = 500, 256 * 1024  # indexed in one transaction, some 20 ms, for which everybody waits
MOST_UNINDEXED = 20_000  # changes; beyond it indexing waits for no quiet, so that the next search need not
MOST_ROLES = 10_000  # people with a role of their own in one room, who are all in memory while it is open
HEALTHY_SECONDS = 5.0  # since the last commit that went through, or until a trial one must have
BREATH_EVERY, BREATH = 0.002, 0.0001  # seconds: how often, and for how long, the event loop leaves the GIL to the thread


ACTS: dict[type, Act] = {Say: "say", Edit: "say", Delete: "delete", Destroy: "moderate"}  # of changes that always need the same right
A_ROLE: dict[Role, str] = {"owner": "an owner", "member": "a member", "reader": "a reader"}


@dataclass(slots=True)
class Head:
    """What the thread knows of a room without asking the file."""

    key: int
    epoch: str
    seq: int
    rights: Rights
    answer: int | None = None  # the id of the one that streams
    length: int = 0  # of that answer, in UTF-16 units


@dataclass(slots=True)
class Job:
    room: str
    work: Callable[[], Any]
    done: asyncio.Future[Any]
    size: int = 0  # of its text, in characters
    answer: Answer | None = None
    outcome: Any = None
    at: float = 0.0  # when it was handed in


class SqliteLog:
    """See message_log.MessageLog. Opening takes the file for this process alone; raises LogUnavailable."""

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(path)  # where SQLite puts the WAL, too
        self._gathered: deque[Job] = deque()  # on the event loop, while a batch is under way: at most MAX_WAITING
        self._batches: SimpleQueue[list[Job]] = SimpleQueue()  # for the thread: one at most, and the empty one at the end
        self._is_under_way = False
        self._waiting = 0
        self.tally = LogTally()
        self._heads: dict[str, Head] = {}
        self._breathing: asyncio.TimerHandle | None = None
        self._copies: set[asyncio.Future[str]] = set()  # that the thread is to make when it is between two batches
        self._clearings: set[asyncio.Future[None]] = set()  # of the WAL, likewise
        self._closed, self._is_running = False, True
        self._saved_at = -HEALTHY_SECONDS
        self._behind: set[int] = set()  # keys of rooms that may have something to index: what is true stands in the file
        self._unindexed = 0  # changes of theirs, about
        self._changes: dict[type, Callable[[Head, Author, Any], Committed]] = {
            Say: self._say, Edit: self._edit, Delete: self._edit, Configure: self._configure,
            Appoint: self._appoint, Accept: self._accept, Destroy: self._destroy,
            Start: self._start, Delta: self._delta, End: self._end,
        }  # fmt: skip
        try:
            self._db = open_database(self.path)
            self._files = files_of(self.path)
            remove_copies(self.path)
            self._interrupt_answers()
            self._find_unindexed()
        except (sqlite3.Error, OSError) as error:
            raise LogUnavailable(
                f"the log {self.path} cannot be used ({error}). DATABASE_URL must name a file of our own that we may write, "
                "or one in a folder where we may make it, and that no other process uses."
            ) from error

    def start(self, on_changes: Callable[[Sequence[tuple[str, Record]]], None]) -> None:
        self._loop, self._on_changes = asyncio.get_running_loop(), on_changes
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def follow(self, room: str, maker: str = NOBODY) -> asyncio.Future[Tail]:
        return self._submit(room, lambda: self._tail(room, maker))

    def renew(self, room: str) -> asyncio.Future[Any]:
        return self._submit(room, lambda: self._renew(room))

    def unfollow(self, room: str) -> None:
        forgotten = self._submit(room, lambda: self._heads.pop(room, None))
        forgotten.add_done_callback(lambda done: done.exception())  # refused, the thread remembers a room too many

    def commit(self, room: str, author: Author, change: Change, answer: Answer | None = None) -> asyncio.Future[Committed]:
        return self._submit(room, lambda: self._change(room, author, change), len(getattr(change, "content", "")), answer)

    async def before(self, room: str, id: int, limit: int) -> Page:
        return await self._submit(room, lambda: self._page(room, id, limit))

    async def after(self, room: str, id: int, limit: int) -> Passage:
        return await self._submit(room, lambda: self._passage(room, id, limit))

    async def search(self, room: str, query: str, id: int, limit: int) -> Found:
        look = partial(self._search, room, query, id, limit)
        while (found := await self._submit(room, look, BATCH_UNITS)) is None:  # as large as a batch: no other search is in it
            pass  # a piece more of the room was indexed, and others had their turn
        return found

    async def rooms(self) -> list[str]:
        return await self._submit("", lambda: [name for (name,) in self._db.execute(f"SELECT name FROM rooms WHERE {NOT_BURIED} ORDER BY key")])

    async def spent(self, room: str, since: int) -> int:
        return await self._submit(room, lambda: self._spent(room, since))

    def run(self, work: Callable[[sqlite3.Connection], Any]) -> asyncio.Future[Any]:
        return self._submit("", lambda: work(self._db))

    async def health(self) -> None:
        try:
            async with asyncio.timeout(HEALTHY_SECONDS):
                await asyncio.to_thread(self._must_be_in_place)
                if self._loop.time() - self._saved_at > HEALTHY_SECONDS:
                    await self._submit("", lambda: self._db.execute(f"PRAGMA user_version = {VERSION}"))  # is written
        except TimeoutError:
            raise unavailable("the disk does not answer") from None
        except OSError as error:
            raise unavailable(error) from error

    async def backup(self) -> str:
        if self._copies:
            raise Refused("busy", "Another backup waits already.")
        copied: asyncio.Future[str] = self._loop.create_future()
        self._copies.add(copied)
        try:
            await self._submit("", lambda: None)  # wakes the thread, which makes copies between two batches
        except Refused:
            self._copies.discard(copied)
            raise
        return await copied

    async def clear_wal(self) -> None:
        cleared: asyncio.Future[None] = self._loop.create_future()
        self._clearings.add(cleared)
        await self._submit("", lambda: None)  # wakes the thread
        await cleared

    async def close(self) -> None:
        self._closed = True
        while self._waiting:  # what comes meanwhile, too
            last = self._submit("", lambda: None)
            await asyncio.wait([last])
            last.exception()  # refused by a disk that fails, as all before it
        self._batches.put([])
        await asyncio.to_thread(self._thread.join)
        self._db.close()

    @property
    def waiting(self) -> int:
        """Jobs on their way through the thread."""
        return self._waiting

    # ---- on the event loop -------------------------------------------------------------------

    def _submit(
        self, room: str, work: Callable[[], Any], size: int = 0, answer: Answer | None = None
    ) -> asyncio.Future[Any]:
        job = Job(room, work, self._loop.create_future(), size, answer, at=self._loop.time())
        if self._waiting >= MAX_WAITING:
            job.outcome = Refused("overloaded", "The server has too much to do. Try again in a moment.", None, 1)
            self._waiting += 1
            self._settle([job])
            return job.done
        self._waiting += 1
        self._gathered.append(job)
        if not self._is_under_way:
            self._is_under_way = True
            self._loop.call_soon(self._hand_over)
        return job.done

    def _hand_over(self) -> None:
        """Give the thread its next batch: of all that was gathered as much as fits."""
        batch = [self._gathered.popleft()]
        size = batch[0].size
        while self._gathered and len(batch) < BATCH_JOBS and size < BATCH_UNITS:
            batch.append(self._gathered.popleft())
            size += batch[-1].size
        if self._breathing is None:
            self._breathing = self._loop.call_later(BREATH_EVERY, self._breathe)
        self._batches.put(batch)

    def _breathe(self) -> None:
        # A saturated event loop keeps the GIL from the thread, which gives it up at each statement and must win it
        # back: without these pauses a commit can take seconds on two cores.
        self._breathing = None
        if self._waiting:
            pause(BREATH)
            self._breathing = self._loop.call_later(BREATH_EVERY, self._breathe)

    def _hand_back(self, batch: list[Job], saved_at: float) -> None:
        if self._gathered:  # after the next look at the sockets: what people answer to this batch belongs to the next one
            self._loop.call_later(0, self._hand_over)
        else:
            self._is_under_way = False
        self._settle(batch, saved_at)

    def _settle(self, batch: list[Job], saved_at: float = 0.0) -> None:
        self._waiting -= len(batch)
        for job in batch:
            if job.answer:
                job.answer(job.outcome)
        if records := [(job.room, record) for job in batch for record in records_of(job.outcome)]:
            self._on_changes(records)
        self.tally.add(batch, saved_at)
        for job in batch:
            if not job.done.done():
                tell = job.done.set_exception if isinstance(job.outcome, Exception) else job.done.set_result
                tell(job.outcome)
            if job.answer and not job.done.cancelled():
                job.done.exception()  # told already

    # ---- in the thread: batches --------------------------------------------------------------

    def _run(self) -> None:
        while self._is_running:
            try:
                self._turn(QUIET_SECONDS if self._behind else None)
                due = self._unindexed > MOST_UNINDEXED
            except Empty:
                due = True
            if due and not self._closed:
                self._index()
            while self._copies and not self._closed:
                self._copy(self._copies.pop())
            while self._clearings and not self._closed:
                self._clear_wal(self._clearings.pop())

    def _turn(self, timeout: float | None = None) -> None:
        """Commit the next batch; the empty one is the last. Raises Empty if it is quiet, and time to index."""
        if batch := self._batches.get(timeout=timeout):
            self._commit(batch)
            self._loop.call_soon_threadsafe(self._hand_back, batch, self._loop.time())
        else:
            self._is_running = False

    def _commit(self, batch: list[Job]) -> None:
        """Commit `batch` whole; if that fails, each job apart, so that one poisoned change fails alone."""
        before = self._db.total_changes
        try:
            self._must_be_in_place()
            with self._db:  # commits, or rolls back
                self._db.execute("BEGIN IMMEDIATE")
                for job in batch:
                    try:
                        job.outcome = job.work()
                    except Refused as refused:  # raised before anything of the change was written
                        job.outcome = refused.with_traceback(None)  # which would hold the batch
            if self._db.total_changes > before:
                self._saved_at = self._loop.time()
        except Exception as error:
            self._heads.clear()  # they ran ahead of the file
            stop_after_io_error(self.path, error)
            if len(batch) == 1:
                event("unsaved", **({"why": in_words(error)} if isinstance(error, sqlite3.Error | OSError) else {"error": error}))
                batch[0].outcome = unavailable(error)
            else:
                for job in batch:
                    self._commit([job])

    def _must_be_in_place(self) -> None:
        """Raises OSError when the file was taken away, for what is saved to it then, nobody will find again."""
        if files_of(self.path) != self._files:
            raise OSError("another file stands where the log was opened")

    def _copy(self, copied: asyncio.Future[str]) -> None:
        """Make a copy with all that is committed until it is whole, which goes on between its pieces."""
        path = name_of_copy(self.path)
        try:
            copy_database(self._db, path, self._turn_if_any)
            tell: Callable[[], None] = partial(copied.set_result, path)
        except Exception as error:
            remove_copy(path)
            tell = partial(copied.set_exception, unavailable(error))
        self._loop.call_soon_threadsafe(lambda: copied.done() or tell())

    def _clear_wal(self, cleared: asyncio.Future[None]) -> None:
        """Write all that is in the WAL into the database, and leave the WAL empty."""
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            tell: Callable[[], None] = partial(cleared.set_result, None)
        except sqlite3.Error as error:
            stop_after_io_error(self.path, error)
            tell = partial(cleared.set_exception, unavailable(error))
        self._loop.call_soon_threadsafe(lambda: cleared.done() or tell())

    def _turn_if_any(self) -> None:
        if not self._batches.empty():
            self._turn()
        if self._closed:
            raise OSError("the server stops")

    # ---- in the thread: changes --------------------------------------------------------------

    def _change(self, room: str, author: Author, change: Change) -> Committed:
        head = self._head(room)
        if isinstance(change, Delta | End) and head.answer != change.id:
            raise Refused("not_running", f"The answer {change.id} is over.")
        if author["kind"] == "human" and (act := act_of(change, author)):
            head.rights.must_allow(room, author["id"], act)
        return self._changes[type(change)](head, author, change)

    def _say(self, head: Head, author: Author, change: Say) -> Committed:
        if change.reply_to is not None:
            self._message(head, change.reply_to)
        said = self._insert(head, author, change.content, key=change.key, reply_to=change.reply_to)
        if not said.duplicate:
            return said
        body, first = self._db.execute(
            "SELECT body, first FROM messages WHERE author = ? AND room = ? AND key = ?",
            (author["id"], head.key, change.key),
        ).fetchone()
        before: Message = from_json(body)
        if (first or digest(before["content"])) != digest(change.content):
            raise Refused("key_conflict", KEY_CONFLICT)
        return Committed(before["id"], duplicate=True)

    def _start(self, head: Head, author: Author, change: Start) -> Committed:
        if head.answer is not None:
            raise Refused("busy", "An answer is under way in this room.")
        begun = self._insert(head, author, "", "streaming", reply_to=change.reply_to)
        head.answer, head.length = begun.id, 0
        start = {name: value for name, value in cast(Any, begun.records[0]).items() if name != "status"} | {"type": "start"}
        return Committed(begun.id, records=[cast(StartFrame, start)])

    def _delta(self, head: Head, author: Author, change: Delta) -> Committed:
        if head.length != change.off:
            raise Refused("bad_frame", f"Expected a delta at {head.length}, but it came at {change.off}.")
        self._db.execute("INSERT INTO chunks VALUES (?, ?, ?, ?)", (head.key, change.id, change.off, change.content))
        head.length += units(change.content)
        return Committed(change.id, records=[{"type": "chunk", "id": change.id, "off": change.off, "content": change.content}])

    def _end(self, head: Head, author: Author, change: End) -> Committed:
        by: Any = {"by": author} if author["kind"] == "human" else {}
        if change.usage:
            by["usage"] = change.usage
        message = self._message(head, change.id) | {"status": change.status, **by}
        if change.reason:
            message["reason"] = change.reason
        self._update(head, cast(Message, message))
        self._db.execute("DELETE FROM chunks WHERE room = ? AND id = ?", (head.key, change.id))
        head.answer = None
        end = {"type": "end", "id": change.id, "seq": head.seq, "status": change.status, "length": head.length}
        return Committed(change.id, records=[cast(EndFrame, end | {"content": change.reason, **by})])

    def _edit(self, head: Head, author: Author, change: Edit | Delete) -> Committed:
        message, content = self._message(head, change.id), change.content if isinstance(change, Edit) else None
        is_own = message["author"]["id"] == author["id"]
        if not is_own and (content is not None or not head.rights.allow(author["id"], "moderate")):
            raise Refused("forbidden", "Only whoever wrote a message may change it.")
        if message["status"] == "streaming":
            raise Refused("busy", "This answer is still being said. Stop it first.")
        first, deleted = digest(message["content"]), message["status"] == "deleted"
        if content == message["content"] or (deleted and content is None):
            return Committed(change.id, duplicate=True)
        if deleted:
            raise Refused("not_found", "This message was deleted.")
        if content is None:
            message["content"], message["status"] = "", "deleted"
            if not is_own:
                message["by"] = author
        else:
            message["content"], message["edited"] = content, milliseconds()
        return self._update(head, message, first)

    def _configure(self, head: Head, author: Author, change: Configure) -> Committed:
        before = self._settings(head)
        given = change.model_dump(exclude={"type", "key"}, exclude_none=True)  # "": as the house has it
        news = {name: value for name, value in given.items() if value != before[name]}
        if not news:
            return Committed(head.seq, duplicate=True)
        after = cast(RoomSettings, {**before, **news})
        self._db.execute("UPDATE rooms SET settings = ? WHERE key = ?", (to_json(after).decode(), head.key))
        head.rights = head.rights._replace(closed=after["closed"])
        said = self._insert(head, SYSTEM, told_of(author["name"], news), by=author)
        return said._replace(records=[*said.records, after])

    def _appoint(self, head: Head, author: Author, change: Appoint) -> Committed:
        """Write who has which role from now on. A room by invitation keeps an owner, or nobody could let anybody in."""
        before, person = head.rights.roles.get(change.id, "none"), change.id
        if change.role == before:
            return Committed(head.seq, duplicate=True)
        if person == author["id"] and before == "reader" and head.rights.access == "open":
            raise Refused("forbidden", "You may read here, and no more.")  # who left would come back as a member
        name = self._name_of(person)
        is_last = before == "owner" and [*head.rights.roles.values()].count("owner") == 1
        if is_last and head.rights.access == "invited":
            raise Refused("forbidden", "This room needs an owner. Make somebody else one first, or delete the room.")
        self._set_role(head, person, change.role)
        told = told_of_role(author, person, name, before, change.role)
        if change.role == "removed" and self._db.execute("DELETE FROM invitations WHERE room = ?", (head.key,)).rowcount:
            told += " Links that were made before let nobody in any more."  # they may know one, and come as somebody else
        said = self._insert(head, SYSTEM, told, by=author)
        return said._replace(records=[*said.records, Appointed(person, change.role)])

    def _accept(self, head: Head, author: Author, change: Accept) -> Committed:
        row = self._db.execute(
            "SELECT key, role FROM invitations WHERE hash = ? AND room = ? AND (until IS NULL OR until >= ?)",
            (change.invitation, head.key, milliseconds()),
        ).fetchone()
        before = head.rights.roles.get(author["id"], "none")
        if row is None or before == "removed":
            raise Refused("forbidden", NO_INVITATION)
        key, role = row
        if before != "none":  # a link that lets others in must not undo what an owner made of somebody
            return Committed(head.seq, duplicate=True)
        self._set_role(head, author["id"], role)
        self._db.execute("UPDATE invitations SET uses = uses - 1 WHERE key = ?", (key,))
        self._db.execute("DELETE FROM invitations WHERE key = ? AND uses <= 0", (key,))
        said = self._insert(head, SYSTEM, f"{author['name']} came in by invitation.", by=author)
        return said._replace(records=[*said.records, Appointed(author["id"], role)])

    def _destroy(self, head: Head, author: Author, change: Destroy) -> Committed:
        bury(self._db, head.key)
        self._behind.discard(head.key)
        self._heads = {name: other for name, other in self._heads.items() if other is not head}
        return Committed(head.seq, records=[Gone()])

    def _set_role(self, head: Head, person: str, role: Role) -> None:
        roles = {**head.rights.roles}
        if roles.pop(person, None) is None and len(roles) >= MOST_ROLES:
            raise Refused("overloaded", f"No more than {MOST_ROLES:,} people can have a role of their own in one room.")
        self._db.execute("DELETE FROM roles WHERE room = ? AND person = ?", (head.key, person))
        if role != "none":
            self._db.execute("INSERT INTO roles VALUES (?, ?, ?)", (head.key, person, role))
            roles[person] = role
        head.rights = head.rights._replace(roles=roles)

    def _name_of(self, person: str) -> str:
        row = self._db.execute("SELECT key, name FROM people WHERE id = ?", (person,)).fetchone()
        if row is None:
            raise Refused("not_found", f"There is nobody {person!r}. Expected the id of somebody who was in this room.")
        return row[1] or f"Guest {row[0]}"

    def _insert(self, head: Head, author: Author, content: str, status: Status = "complete", **more: Any) -> Committed:
        """Write the room's next message; a duplicate if its author had used its key before."""
        id = head.seq + 1
        message = {"id": id, "seq": id, "ts": milliseconds(), "author": author, "content": content, "status": status}
        message |= {name: value for name, value in more.items() if value is not None}
        written = self._db.execute(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
            (head.key, id, id, status, author["id"], more.get("key"), to_json(message).decode()),
        ).rowcount
        head.seq += written
        self._changed(head)
        return Committed(id, duplicate=not written, records=[cast(MessageFrame, {"type": "message", **message})])

    def _update(self, head: Head, message: Message, first: bytes | None = None) -> Committed:
        """Write a changed message under the room's next number."""
        head.seq = message["seq"] = head.seq + 1
        self._db.execute(
            "UPDATE messages SET seq = ?, status = ?, body = ?, first = coalesce(first, ?) WHERE room = ? AND id = ?",
            (head.seq, message["status"], to_json(message).decode(), first, head.key, message["id"]),
        )
        self._changed(head)
        return Committed(message["id"], records=[{"type": "message", **message}])

    def _interrupt_answers(self) -> None:
        """End what a process that is gone has left streaming: the file is ours alone, so no other one says it."""
        rows = self._db.execute("SELECT rooms.name, id FROM messages JOIN rooms ON rooms.key = room WHERE status = 'streaming'")
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for room, id in rows.fetchall():
                self._change(room, SYSTEM, End(id, "interrupted", INTERRUPTED))
        self._heads.clear()

    # ---- in the thread: reading --------------------------------------------------------------

    def _make(self, room: str, maker: str) -> None:
        """Make an open room unless it is there. Whoever makes it is its owner; but the lobby is everybody's."""
        made = self._db.execute("INSERT INTO rooms (name, epoch) VALUES (?, ?) ON CONFLICT DO NOTHING", (room, secrets.token_hex(8)))
        if made.rowcount and maker not in (NOBODY, OPERATOR) and room != LOBBY:
            self._db.execute("INSERT INTO roles VALUES (?, ?, 'owner')", (made.lastrowid, maker))

    def _head(self, room: str, keep: bool = True) -> Head:
        """What is known of a room, kept if it is more than looked into. Raises Refused if there is none."""
        if room in self._heads:
            return self._heads[room]
        row = self._db.execute(
            f"SELECT key, epoch, {REACHED}, access, json_extract(settings, '$.closed') FROM rooms WHERE name = ?", (room,)
        ).fetchone()
        if row is None:
            raise no_room(room)
        rights = Rights(row[3], dict(self._db.execute("SELECT person, role FROM roles WHERE room = ?", (row[0],))), bool(row[4]))
        head = Head(row[0], row[1], row[2], rights)
        for message in self._select(head, "AND status = 'streaming'"):
            head.answer, head.length = message["id"], units(message["content"])
        if keep:  # a room that is only looked into is not kept
            self._heads[room] = head
        return head

    def _tail(self, room: str, maker: str = NOBODY) -> Tail:
        if room not in self._heads and not room.startswith(BY_INVITATION):
            self._make(room, maker)
        head = self._head(room)
        messages = self._select(head, "ORDER BY id DESC LIMIT ?", LATEST)
        messages += self._select(head, "AND id > ? AND seq = id", head.seq - CHANGES)
        messages += self._select(head, "AND seq > ? AND seq <> id", head.seq - CHANGES)
        messages += self._select(head, "AND status = 'streaming'")
        by_id = {message["id"]: message for message in messages}
        (oldest,) = self._db.execute("SELECT coalesce(min(id), 0) FROM messages WHERE room = ?", (head.key,)).fetchone()
        return Tail(head.epoch, head.seq, self._settings(head), [by_id[id] for id in sorted(by_id)], oldest, head.rights)

    def _renew(self, room: str) -> Tail | None:
        self._db.execute("UPDATE rooms SET epoch = ? WHERE name = ?", (secrets.token_hex(8), room))
        return self._tail(room) if self._heads.pop(room, None) else None

    def _page(self, room: str, id: int, limit: int) -> Page:
        head = self._head(room, keep=False)
        messages = self._select(head, "AND id < ? ORDER BY id DESC LIMIT ?", id, limit + 1, characters=PAGE_UNITS)
        page = messages[:limit]
        shorten(page)
        return {"epoch": head.epoch, "from": page[-1]["id"] if len(page) < len(messages) else 0, "messages": page[::-1]}

    def _passage(self, room: str, id: int, limit: int) -> Passage:
        head = self._head(room, keep=False)
        messages = self._select(head, "AND id > ? ORDER BY id LIMIT ?", id, limit, characters=PAGE_UNITS)
        shorten(messages)
        authors = {message["id"]: message["author"] for message in messages}
        for question in {message["reply_to"] for message in messages if "reply_to" in message} - authors.keys():
            authors |= {message["id"]: message["author"] for message in self._select(head, "AND id = ?", question)}
        return Passage(head.seq, self._settings(head), messages, authors)

    def _settings(self, head: Head) -> RoomSettings:
        kept = from_json(self._db.execute("SELECT settings FROM rooms WHERE key = ?", (head.key,)).fetchone()[0])
        return cast(RoomSettings, {**UNSET, **kept})  # an older log knows fewer

    def _spent(self, room: str, since: int) -> int:
        answers = "SELECT body FROM messages WHERE room = ? AND author LIKE 'assistant%' ORDER BY id DESC"
        tokens = 0
        for (body,) in self._db.execute(answers, (self._head(room).key,)):
            message: Message = from_json(body)
            if message["ts"] < since:
                break
            tokens += sum(message["usage"][side] for side in ("input", "output")) if "usage" in message else 0
        return tokens

    def _message(self, head: Head, id: int) -> Message:
        for message in self._select(head, "AND id = ?", id):
            return message
        raise Refused("not_found", f"There is no message {id} in this room.")

    def _select(self, head: Head, where: str, *values: int, characters: float = math.inf) -> list[Message]:
        """Messages in the order of `where`; once they have more than so many `characters`, and are two, no more is read."""
        messages: list[Message] = []
        for (body,) in self._db.execute(f"SELECT body FROM messages WHERE room = ? {where}", (head.key, *values)):
            message: Message = from_json(body)
            if message["status"] == "streaming":
                chunks = "SELECT content FROM chunks WHERE room = ? AND id = ? ORDER BY off"
                message["content"] = "".join(text for (text,) in self._db.execute(chunks, (head.key, message["id"])))
            messages.append(message)
            characters -= len(message["content"])
            if characters < 0 and len(messages) > 1:
                break
        return messages

    # ---- in the thread: searching ------------------------------------------------------------

    def _search(self, room: str, query: str, id: int, limit: int) -> Found | None:
        """None: a whole piece more of the room was indexed, and there may be another one."""
        head = self._head(room, keep=False)
        if self._indexed(head.key) < head.seq and self._index_room(head.key) >= 1:
            return None
        if not (words := query_of(query)):
            return Found(head.epoch, [], False)
        rows = self._db.execute(
            "SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?",
            (words, row_of(head.key, 0), row_of(head.key, min(id, MOST_IDS) - 1), limit + 1),
        ).fetchall()
        messages = [self._message(head, row & MOST_IDS) for (row,) in rows[:limit]]
        return Found(head.epoch, messages, len(rows) > limit)

    def _changed(self, head: Head) -> None:
        self._behind.add(head.key)
        self._unindexed += 1

    def _find_unindexed(self) -> None:
        rows = self._db.execute(f"SELECT key, {REACHED} - indexed FROM rooms WHERE indexed < {REACHED}").fetchall()
        self._behind, self._unindexed = {key for key, _ in rows}, sum(changes for _, changes in rows)

    def _index(self) -> None:
        """Index a piece in a transaction of its own, which may fail alone."""
        piece = Job("", self._index_rooms, self._loop.create_future())
        self._commit([piece])
        if isinstance(piece.outcome, Refused):
            self._behind, self._unindexed = set(), 0  # until the next change, or a search, which looks into the file

    def _index_rooms(self) -> None:
        done = 0.0
        while self._behind and done < 1:
            done += self._index_room(next(iter(self._behind)))

    def _index_room(self, room: int) -> float:
        """Index the messages of the room's next changes, each as it stands now. Returns how much of a piece that was."""
        piece, size = [], 0.0
        for change in self._unindexed_changes(room, self._indexed(room)):
            piece.append(change)
            size += max(1 / PIECE_MESSAGES, len(change[-1]) / PIECE_CHARACTERS)
            if size >= 1:
                break
        else:
            self._behind.discard(room)
        for _, id, body in piece:
            words = words_of(from_json(body)["content"])  # none of what is deleted, or streams: that stands in chunks
            self._db.execute("REPLACE INTO search (rowid, words) VALUES (?, ?)", (row_of(room, id), words))
        if piece:
            self._db.execute("UPDATE rooms SET indexed = ? WHERE key = ?", (piece[-1][0], room))
        self._unindexed = self._unindexed - len(piece) if self._behind else 0
        return size

    def _unindexed_changes(self, room: int, indexed: int) -> Iterable[tuple[int, int, str]]:
        """The newest change of each message that has one after `indexed`: its number, the message's id and body."""
        select = "SELECT seq, id, body FROM messages WHERE room = ? AND"
        appeared = self._db.execute(f"{select} id > ? AND seq = id ORDER BY id", (room, indexed))
        return merge(appeared, self._db.execute(f"{select} seq > ? AND seq <> id ORDER BY seq", (room, indexed)))

    def _indexed(self, room: int) -> int:
        return self._db.execute("SELECT indexed FROM rooms WHERE key = ?", (room,)).fetchone()[0]


def act_of(change: Change, author: Author) -> Act | None:
    """What somebody needs a right for, to do this."""
    match change:
        case Appoint():
            return "leave" if change.id == author["id"] and change.role == "none" else "moderate"
        case Configure():
            return "configure" if change.closed is None else "moderate"
        case End():
            return "stop"
        case Accept():
            return None  # the secret is the right
    return ACTS[type(change)]


def told_of(name: str, news: dict[str, Any]) -> str:
    """What the room is told of its new settings."""
    shown = {"speaks": "manners"}
    values = {setting: value for setting, value in news.items() if setting != "closed"}
    told = ", ".join(f"{shown.get(setting, setting)} to {f'“{value}”' if value else 'the usual'}" for setting, value in values.items())
    done = [f"set {told}"] if told else []
    if "closed" in news:
        done.append("closed this room for new messages" if news["closed"] else "opened this room for new messages")
    return f"{name} {' and '.join(done)}."


def told_of_role(by: Author, person: str, name: str, before: Role, role: Role) -> str:
    """What the room is told of somebody's new role."""
    if person == by["id"]:
        return f"{name} left this room for good." if role in ("none", "removed") else f"{name} is now {A_ROLE[role]} here."
    if role == "removed":
        return f"{by['name']} removed {name} from this room."
    if role == "none":
        return f"{by['name']} {f'let {name} in again' if before == 'removed' else f'made {name} somebody like everybody else here'}."
    return f"{by['name']} made {name} {A_ROLE[role]} here."


def row_of(room: int, id: int) -> int:
    """Where the index holds a message: a room's messages stand together, in order."""
    return room << 32 | id


def stop_after_io_error(path: str, error: Exception) -> None:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith("SQLITE_IOERR") and name != "SQLITE_IOERR_WRITE":  # a failed write left nothing committed
        # What a failed fsync left on disk cannot be known: ack nothing more, let the next start read the file.
        event("disk_failed", told="PocketRoom stops: the disk failed under its log", path=path, why=in_words(error))
        os._exit(74)


def unavailable(why: object) -> Refused:
    told = (why.strerror or why) if isinstance(why, OSError) else why  # without the names of our folders
    return Refused("unavailable", f"The server cannot save this now ({told}). Try again soon.", None, 5)


def records_of(outcome: Any) -> Sequence[Record]:
    return outcome.records if isinstance(outcome, Committed) else [outcome] if isinstance(outcome, Tail) else []


def milliseconds() -> int:
    """Now, since 1970."""
    return time.time_ns() // 1_000_000


def shorten(page: list[Message]) -> None:
    """Let `page` hold no more than PAGE_UNITS of text, and one message at least."""
    while len(page) > 1 and sum(len(message["content"]) for message in page) > PAGE_UNITS:
        page.pop()


def digest(content: str) -> bytes:
    return sha256(content.encode()).digest()[:16]
