"""A room: its tail in memory, who is here, what is delivered, how whoever comes back is caught up.

Nothing is broadcast by whoever made it: `receive` hands a change to the log, and what was committed comes back through
`deliver`, in order, for everybody.
"""

import asyncio
from asyncio import Future
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, cast

from pydantic_core import to_json

from utils import protocol
from utils.connection import Connection
from utils.message_log import (
    CHANGES, LATEST, Committed, Configure, Edit, End, MessageLog, Record, RoomSettings, Say, Tail, Withdraw,
)  # fmt: skip
from utils.protocol import (
    Author, ClientFrame, Member, Message, Refused, RoomData, ServerFrame, WelcomeFrame, encode,
)  # fmt: skip
from utils.settings import Settings
from utils.wire import Frames

SLACK = 256  # messages beyond the tail's that are dropped together
WELCOME_BYTES = 256 * 1024  # of messages in one welcome
SHOWN_MEMBERS = 100  # people named in a presence frame; above it no typing is shown
PRESENCE_DELAY = 0.25  # seconds, so that a reload is not a departure and a return
PRESENCE_EVERY, PRESENCE_EVERY_IN_A_CROWD = 1.0, 5.0  # seconds between two presence frames
IDLE = 60.0  # seconds after which a room that nobody is in is let go


class Caller(Protocol):
    """Whoever sends a frame: a connection, or an HTTP request."""

    @property
    def author(self) -> Author: ...

    def answer(self, frame: ServerFrame) -> None: ...


class Answerer(Protocol):
    """What a room asks of the assistant."""

    def consider(self, room: "Room", message: Message) -> None:
        """Somebody's new message that this process committed."""

    async def ask(self, room: "Room", id: int, by: Author, key: str | None) -> Committed:
        """Have the message `id` answered; raises Refused."""
        ...

    def withdraw(self, room: "Room", id: int) -> bool:
        """Forget the question `id`; False if it does not wait."""
        ...

    def ended(self, room: "Room", id: int) -> None:
        """The answer `id` is over, whoever ended it."""

    def is_busy(self, room: "Room") -> bool: ...


@dataclass(slots=True)
class Present:
    """A member who is here, in one or more tabs."""

    member: Member
    connections: set[Connection] = field(default_factory=set)


class Room:
    """`ready` is done when the tail is there; nothing else may be asked before."""

    def __init__(self, name: str, log: MessageLog, answerer: Answerer, house: Settings) -> None:
        self.name = name
        self.ready: Future[None] = asyncio.get_running_loop().create_future()
        self.epoch, self.seq = "", 0
        self.messages: dict[int, Message] = {}  # in order of id
        self.here: dict[str, Present] = {}
        self.connections: set[Connection] = set()
        self._log, self._answerer, self._house = log, answerer, house
        self._settings = RoomSettings(title="", instructions="", speaks="", model="")
        self._oldest = 0
        self._said: dict[int, list[str]] = {}  # by answers that stream, in parts: joined only when asked for
        self._trim_at = 0
        self._presence: asyncio.TimerHandle | None = None
        self._presence_sent = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()

    def latest(self) -> list[Message]:
        """The latest messages, oldest first."""
        return list(islice(reversed(self.messages.values()), LATEST))[::-1]

    def members(self) -> list[Member]:
        """Who is here: the first of them."""
        return [present.member for present in islice(self.here.values(), SHOWN_MEMBERS)]

    def data(self) -> RoomData:
        own, house = self._settings, self._house
        return {
            "name": self.name, "title": own["title"] or self.name, "instructions": own["instructions"],
            "speaks": cast(protocol.Speaks, own["speaks"] or house.speaks), "assistant": house.assistant_name,
            "model": own["model"] or house.model.partition(":")[2], "epoch": self.epoch, "seq": self.seq,
        }  # fmt: skip

    # ---- from people to the log ----------------------------------------------------------------

    def receive(self, frame: ClientFrame, caller: Caller) -> None:
        """Hand over what `frame` asks for; its answer comes later. Never waits."""
        author = caller.author
        match frame:
            case protocol.Say(content=content, key=key, reply_to=reply_to):
                done = self._log.commit(Say(self.name, author, content, key, reply_to))
                done.add_done_callback(self._consider)
            case protocol.Edit(id=id, content=content):
                done = self._log.commit(Edit(self.name, author, id, content))
            case protocol.Delete(id=id):
                done = self._log.commit(Edit(self.name, author, id, None))
            case protocol.Stop(id=id):
                done = self._stop(id, author)
            case protocol.Ask(id=id, key=key):
                done = self._spawn(self._answerer.ask(self, id, author, key))
            case protocol.Configure():
                settings = frame.model_dump(exclude={"type", "key"}, exclude_none=True)
                done = self._log.commit(Configure(self.name, author, settings))
            case protocol.Typing(on=on):
                return self._show_typing(author["id"], on)
            case protocol.Ping():
                return caller.answer({"type": "pong", "seq": self.seq})
        done.add_done_callback(lambda done: acknowledge(done, caller, frame.key))

    def _consider(self, done: Future[Committed]) -> None:
        if done.exception() is None and not done.result().duplicate and (message := self.messages.get(done.result().id)):
            self._answerer.consider(self, message)

    def _stop(self, id: int, by: Author) -> Future[Committed]:
        for answer in self._said:
            if id in (answer, self.messages[answer].get("reply_to")):
                return self._log.commit(End(self.name, answer, "stopped", f"{by['name']} stopped this answer.", by))
        if self._answerer.withdraw(self, id):
            return self._log.commit(Withdraw(self.name, by, id, f"{by['name']} took this question back."))
        refused: Future[Committed] = asyncio.get_running_loop().create_future()
        if id > self.seq:
            refused.set_exception(Refused("not_found", f"There is no message {id} in this room."))
        else:
            refused.set_exception(Refused("not_running", "There is nothing to stop: no answer streams or waits there."))
        return refused

    def _show_typing(self, id: str, on: bool) -> None:
        if id in self.here and len(self.here) <= SHOWN_MEMBERS:
            me = self.here[id]
            frames = Frames([encode({"type": "typing", "member": me.member, "on": on})])
            self._write(frames, self.connections - me.connections)

    def _spawn(self, work: Coroutine[Any, Any, Committed]) -> asyncio.Task[Committed]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # ---- from the log to people ----------------------------------------------------------------

    def deliver(self, records: Sequence[Record]) -> None:
        """Apply what was committed, write it once to every connection, tell the assistant which answers are over."""
        texts: list[bytes] = []
        ended: list[int] = []
        for record in records:
            if isinstance(record, Tail):
                texts.clear()
                self._load(record)
            elif self.ready.done():  # what came before the tail is in the tail
                frame = self._apply(record)
                texts.append(encode(frame))
                if frame["type"] == "end":
                    ended.append(frame["id"])
        if texts:
            self._write(Frames(texts), self.connections)
            self._trim()
        for id in ended:
            self._answerer.ended(self, id)

    def _load(self, tail: Tail) -> None:
        self.epoch, self.seq, self._settings, self._oldest = tail.epoch, tail.seq, tail.settings, tail.oldest
        self.messages = {message["id"]: message for message in tail.messages}
        self._said = {id: [m["content"]] for id, m in self.messages.items() if m["status"] == "streaming"}
        if not self.ready.done():
            self.ready.set_result(None)
        for connection in self.connections:
            connection.catch_up()

    def _apply(self, record: Record) -> ServerFrame:
        if "type" not in cast(dict[str, Any], record):
            self._settings = cast(RoomSettings, record)
            return {"type": "room", **self.data()}
        frame = cast(ServerFrame, record)
        if frame["type"] == "message":
            self.messages[frame["id"]] = cast(Message, {name: value for name, value in frame.items() if name != "type"})
            self._oldest = self._oldest or frame["id"]
        elif frame["type"] == "start":
            started = {name: value for name, value in frame.items() if name != "type"} | {"status": "streaming"}
            self.messages[frame["id"]] = cast(Message, started)
            self._said[frame["id"]] = []
        elif frame["type"] == "chunk":
            self._said[frame["id"]].append(frame["content"])
        elif frame["type"] == "end":
            message = self.messages[frame["id"]]
            message["content"] = "".join(self._said.pop(frame["id"]))
            message["seq"], message["status"] = frame["seq"], frame["status"]
            if frame["content"]:
                message["reason"] = frame["content"]
            if "by" in frame:
                message["by"] = frame["by"]
        self.seq = frame.get("seq", self.seq)
        return frame

    def tell(self, member: str, frame: ServerFrame) -> None:
        """Tell one person, in all their tabs, and nobody else."""
        if present := self.here.get(member):
            for connection in present.connections:
                connection.answer(frame)

    def _write(self, frames: Frames, connections: Iterable[Connection]) -> None:
        for connection in list(connections):
            connection.deliver(frames, self.seq)

    def _trim(self) -> None:
        """Keep the tail and no more."""
        if len(self.messages) >= self._trim_at:
            first, changed = self.latest()[0]["id"], self.seq - CHANGES
            kept = {id: m for id, m in self.messages.items() if id >= first or m["seq"] > changed or id in self._said}
            self.messages, self._trim_at = kept, len(kept) + SLACK

    # ---- who is here ---------------------------------------------------------------------------

    def join(self, connection: Connection, name: str, rename: bool, after: int | None, epoch: str | None) -> None:
        """Catch `connection` up and deliver to it from now on: one step of the event loop, so nothing falls between.

        `name` is for whoever comes new; who is here already keeps theirs unless they `rename` themselves.
        """
        present = self.here.get(connection.id)
        if present is None or (rename and name != present.member["name"]):
            present = self.here.setdefault(connection.id, Present({"id": connection.id, "name": name}))
            present.member["name"] = name
            self._tell_presence()
        present.connections.add(connection)
        for mine in present.connections:
            mine.author = {"id": mine.id, "name": present.member["name"], "kind": "human"}
        self.connections.add(connection)
        connection.catch_up = lambda: self._welcome(connection, connection.position, self.epoch)
        self._welcome(connection, after, epoch)

    def leave(self, connection: Connection) -> None:
        connection.lose()
        self.connections.discard(connection)
        present = self.here[connection.id]
        present.connections.discard(connection)
        if not present.connections:
            del self.here[connection.id]
            self._tell_presence()

    def _tell_presence(self) -> None:
        if self._presence is None:
            loop = asyncio.get_running_loop()
            every = PRESENCE_EVERY if len(self.here) <= SHOWN_MEMBERS else PRESENCE_EVERY_IN_A_CROWD
            at = max(loop.time() + PRESENCE_DELAY, self._presence_sent + every)
            self._presence = loop.call_at(at, self._send_presence)

    def _send_presence(self) -> None:
        self._presence, self._presence_sent = None, asyncio.get_running_loop().time()
        frames = Frames([encode({"type": "presence", "members": self.members(), "count": len(self.here)})])
        self._write(frames, self.connections)

    # ---- catching up ---------------------------------------------------------------------------

    def _welcome(self, connection: Connection, after: int | None, epoch: str | None) -> None:
        """Bring `connection` from the change `after` of `epoch` to now; from anywhere else, begin anew."""
        messages = self._changed_since(after, epoch)
        frame: WelcomeFrame = {
            "type": "welcome", "protocol": protocol.PROTOCOL, "room": self.data(),
            "you": {"id": connection.id, "name": connection.author["name"]}, "members": self.members(), "count": len(self.here),
            "messages": messages or [], "resumed": messages is not None, "limits": protocol.LIMITS,
        }  # fmt: skip
        if connection.token:
            frame["you"]["token"] = connection.token
        if messages is None:
            frame["messages"], frame["from"] = self._newest()
        connection.deliver(Frames([encode(frame)]), self.seq)

    def _changed_since(self, after: int | None, epoch: str | None) -> list[Message] | None:
        """The messages changed since `after` and the answers streaming; None if that is not known, or too much."""
        if after is None or epoch != self.epoch or not self.seq - CHANGES <= after <= self.seq:
            return None
        messages = [self._whole(m) for m in self.messages.values() if m["seq"] > after or m["id"] in self._said]
        return messages if sum(map(size, messages)) <= WELCOME_BYTES else None

    def _newest(self) -> tuple[list[Message], int]:
        """The answers streaming and the latest messages that fit; the id from which on none is left out."""
        chosen = {id: self._whole(self.messages[id]) for id in self._said}
        space = WELCOME_BYTES - sum(map(size, chosen.values()))
        start = 0
        for message in reversed(self.latest()):
            space -= 0 if message["id"] in chosen else size(message)
            if space < 0:
                break
            start = message["id"]
            chosen.setdefault(start, message)
        return [chosen[id] for id in sorted(chosen)], 0 if start == self._oldest else start

    def _whole(self, message: Message) -> Message:
        """`message` with what it has said so far."""
        said = self._said.get(message["id"])
        if said is None:
            return message
        said[:] = ["".join(said)]
        return {**message, "content": said[0]}


def acknowledge(done: Future[Committed], caller: Caller, key: str | None) -> None:
    if done.cancelled():  # the server stops
        return
    error = done.exception()
    if isinstance(error, Refused):
        caller.answer(error.frame(key))
    elif error is not None:
        raise error
    elif key is not None:
        caller.answer({"type": "ack", "key": key, "id": done.result().id, "duplicate": done.result().duplicate})


def size(message: Message) -> int:
    """Bytes of `message` in a welcome."""
    return len(to_json(message)) + 1


class Rooms:
    """The rooms of this process: opened when needed, let go when idle."""

    def __init__(self, log: MessageLog, answerer: Answerer, house: Settings) -> None:
        self._log, self._answerer, self._house = log, answerer, house
        self._rooms: dict[str, Room] = {}
        self._arriving: Counter[str] = Counter()

    def on_changes(self, changes: Sequence[tuple[str, Record]]) -> None:
        """Route a committed batch to its rooms, each room's part in one piece."""
        parts: dict[str, list[Record]] = {}
        for name, record in changes:
            parts.setdefault(name, []).append(record)
        for name, records in parts.items():
            if room := self._rooms.get(name):
                room.deliver(records)

    async def open(self, name: str) -> Room:
        """The room of this name, its tail in memory, at least for this step of the event loop. Raises Refused."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name, self._log, self._answerer, self._house)
            self._log.follow(name).add_done_callback(lambda done: self._followed(room, done))
        self._arriving[name] += 1
        try:
            await asyncio.shield(room.ready)
        finally:
            self._arriving -= Counter([name])
        return room

    def _followed(self, room: Room, done: Future[Tail]) -> None:
        if error := done.exception():
            del self._rooms[room.name]
            room.ready.set_exception(error)
        else:
            self._let_go_later(room)

    def _let_go_later(self, room: Room) -> None:
        asyncio.get_running_loop().call_later(IDLE, self._let_go, room)

    def _let_go(self, room: Room) -> None:
        if room.connections or self._arriving[room.name] or self._answerer.is_busy(room):
            self._let_go_later(room)
        else:
            del self._rooms[room.name]
            self._log.unfollow(room.name)
