"""What a log can do for the rooms, and the records it speaks of.

A room is a table of messages. Every change but a delta takes the room's next number, `seq` (1, 2, 3, … without gaps),
inside its transaction. What was committed comes back in order through `on_changes`; nothing is shown before.
"""

from asyncio import Future
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from typing_extensions import TypedDict

from utils.protocol import Author, ChunkFrame, EndFrame, Member, Message, MessageFrame, StartFrame, Status

SYSTEM = Author(id="system", name="system", kind="system")
LATEST, CHANGES = 50, 500  # a tail: the latest messages, those of the newest changes, answers streaming


class LogUnavailable(Exception):
    """The log cannot be opened: one sentence on why, and what to do."""


@dataclass(slots=True)
class Say:
    room: str
    author: Author
    content: str
    key: str | None = None
    reply_to: int | None = None


@dataclass(slots=True)
class Start:
    """An answer begins. Refused while another one streams in the room."""

    room: str
    author: Author
    reply_to: int


@dataclass(slots=True)
class Delta:
    """More of the answer `id`, at `off` UTF-16 units. Refused after its end."""

    room: str
    id: int
    off: int
    content: str


@dataclass(slots=True)
class End:
    """The answer `id` is over. The first end wins; so Stop is an end."""

    room: str
    id: int
    status: Status
    reason: str = ""
    by: Author | None = None


@dataclass(slots=True)
class Edit:
    """Another `content` for one's own message; None deletes it."""

    room: str
    author: Author
    id: int
    content: str | None


@dataclass(slots=True)
class Configure:
    room: str
    by: Author
    settings: dict[str, str]  # those of RoomSettings that are to change; "": as the house has it


Change = Say | Start | Delta | End | Edit | Configure


class RoomSettings(TypedDict):
    """What a room has set for itself; "": as the house has it."""

    title: str
    instructions: str
    speaks: str
    model: str


@dataclass(slots=True)
class Tail:
    """A room from which every later change follows."""

    epoch: str
    seq: int
    settings: RoomSettings
    messages: list[Message]  # see LATEST and CHANGES; in order of id
    oldest: int  # the id of the room's first message; 0: there is none


Record = MessageFrame | StartFrame | ChunkFrame | EndFrame | RoomSettings | Tail


@dataclass(slots=True)
class Committed:
    """What a change came to: the message's id, whether it stood there before, what there is to deliver."""

    id: int
    duplicate: bool = False
    records: Sequence[Record] = field(default=())


# `from`: everything from this id on is in `messages`, which are in order of id; 0: nothing older is there.
Page = TypedDict("Page", {"epoch": str, "from": int, "messages": list[Message]})


class MessageLog(Protocol):
    """What rooms and the assistant ask of a log. All but `close` raise protocol.Refused, harming nobody else."""

    def start(self, on_changes: Callable[[Sequence[tuple[str, Record]]], None]) -> None:
        """From now on each batch of what was committed goes to `on_changes` as (room's name, record), in order."""

    def follow(self, room: str) -> Future[Tail]:
        """Make the room if need be. Its Tail comes through `on_changes`, then every later change, none earlier.

        A log that cannot tell every change sends another Tail.
        """
        ...

    def unfollow(self, room: str) -> None: ...

    def commit(self, change: Change) -> Future[Committed]:
        """Done after the change was delivered."""
        ...

    async def before(self, room: str, id: int, limit: int) -> Page:
        """At most `limit` messages before `id`."""
        ...

    async def person(self, session: bytes, name: str | None) -> Member:
        """Who has the session of this hash, now called `name` if one is given."""
        ...

    async def close(self) -> None: ...
