"""What a log can do for the rooms, and the records it speaks of.

A room is a table of messages. Every change but a delta takes the room's next number, `seq` (1, 2, 3, … without gaps),
inside its transaction. What was committed comes back in order through `on_changes`; nothing is shown before.
"""

import sqlite3
from asyncio import Future
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from typing_extensions import TypedDict

from utils.access import NOBODY, Rights
from utils.protocol import (
    Appoint, Author, ChunkFrame, Configure, Cost, Delete, Edit, EndFrame, Message, MessageFrame, Refused, Role, Say, StartFrame, Status,
)  # fmt: skip

T = TypeVar("T")
SYSTEM = Author(id="system", name="system", kind="system")
NO_INVITATION = "This invitation is not good any more: it is too old, was used up, or was withdrawn. Ask somebody inside for a new one."
INTERRUPTED = "The server stopped in the middle of this answer. Ask again to have it whole."
LATEST, CHANGES = 50, 500  # a tail: the latest messages, those of the newest changes, answers streaming


class LogUnavailable(Exception):
    """The log cannot be opened: one sentence on why, and what to do."""


class Start(NamedTuple):
    """An answer to the message `reply_to` begins. Refused while another one streams in the room."""

    reply_to: int


class Delta(NamedTuple):
    """More of the answer `id`, at `off` UTF-16 units. Refused after its end."""

    id: int
    off: int
    content: str


class End(NamedTuple):
    """The answer `id` is over. The first end wins; so Stop is an end, by a person."""

    id: int
    status: Status
    reason: str = ""
    usage: Cost | None = None


class Accept(NamedTuple):
    """Whoever commits this comes in, for they know the secret of this hash."""

    invitation: bytes


class Destroy(NamedTuple):
    """The room is gone, and everything in it."""


Change = Say | Edit | Delete | Configure | Appoint | Accept | Destroy | Start | Delta | End


# What a room has set for itself; "": as the house has it.
RoomSettings = TypedDict("RoomSettings", {"title": str, "instructions": str, "speaks": str, "model": str, "mode": str, "closed": bool})
UNSET = RoomSettings(title="", instructions="", speaks="", model="", mode="", closed=False)


class Tail(NamedTuple):
    """A room from which every later change follows."""

    epoch: str
    seq: int
    settings: RoomSettings
    messages: list[Message]  # see LATEST and CHANGES; in order of id
    oldest: int  # the id of the room's first message; 0: there is none
    rights: Rights = Rights("open", {})


class Appointed(NamedTuple):
    """From now on `person` has this role."""

    person: str
    role: Role


class Gone(NamedTuple):
    """There is no such room any more."""


Record = MessageFrame | StartFrame | ChunkFrame | EndFrame | RoomSettings | Appointed | Gone | Tail


class Committed(NamedTuple):
    """What a change came to: the message's id, whether it stood there before, what there is to deliver."""

    id: int
    duplicate: bool = False
    records: Sequence[Record] = ()


Answer = Callable[[Committed | Refused], None]

# `from`: everything from this id on is in `messages`, which are in order of id; 0: nothing older is there.
Page = TypedDict("Page", {"epoch": str, "from": int, "messages": list[Message]})


class Passage(NamedTuple):
    """Messages that follow one another, in order of id; none: the room ends here."""

    seq: int  # of the room, now
    settings: RoomSettings
    messages: list[Message]
    replied_to: dict[int, Author]  # who wrote the messages that they reply to, by id


class Found(NamedTuple):
    epoch: str
    messages: list[Message]  # the newest first
    more: bool


class MessageLog(Protocol):
    """What rooms and the assistant ask of a log. All but `close` raise protocol.Refused, harming nobody else."""

    # From now on each batch of what was committed goes to `on_changes` as (room's name, record), in order.
    def start(self, on_changes: Callable[[Sequence[tuple[str, Record]]], None]) -> None: ...

    # Make the room if need be, with `maker` as its owner. Its Tail comes through `on_changes`, then every later change, none
    # earlier. A log that cannot tell every change sends another Tail.
    def follow(self, room: str, maker: str = NOBODY) -> Future[Tail]: ...
    def unfollow(self, room: str) -> None: ...
    def renew(self, room: str) -> Future[Any]: ...  # messages of it were rewritten: a Tail of another epoch follows, if there is one
    def commit(self, room: str, author: Author, change: Change, answer: Answer | None = None) -> Future[Committed]:
        """Done after the change was delivered; `answer` is called before, so that an ack goes out with its echo."""
        ...

    async def before(self, room: str, id: int, limit: int) -> Page: ...  # at most `limit` messages before `id`
    async def after(self, room: str, id: int, limit: int) -> Passage: ...  # at most `limit` messages after `id`
    # At most `limit` messages before `id` in which every word of `query` occurs now; see search.query_of.
    async def search(self, room: str, query: str, id: int, limit: int) -> Found: ...

    async def rooms(self) -> list[str]: ...  # the names of all there are, the oldest first
    async def spent(self, room: str, since: int) -> int: ...  # tokens of the answers begun at `since` (ms) or later

    # What `work` comes to, given the file, in the one transaction with others' changes. What it does must be short.
    def run(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]: ...
    async def health(self) -> None: ...  # unless a change was saved just now, or a trial one can be
    async def clear_wal(self) -> None: ...  # so that what was removed does not stand in what was written before it was
    async def backup(self) -> str: ...  # a new file with everything, for the caller to move or remove
    async def close(self) -> None: ...
