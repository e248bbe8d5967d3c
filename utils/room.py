"""A room: its tail in memory, who is here, what is delivered, how whoever comes back is caught up.

Nothing is broadcast by whoever made it: `receive` hands a change to the log, and what was committed comes back through
`deliver`, in order, for everybody.
"""

import asyncio
from asyncio import Future
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, Protocol, cast

from pydantic_core import to_json

from utils import protocol
from utils.access import NOBODY, Rights
from utils.connection import Connection
from utils.identity import Names
from utils.logs import event
from utils.message_log import CHANGES, LATEST, SYSTEM, UNSET, Appointed, Committed, End, Gone, MessageLog, Record, RoomSettings, Tail
from utils.personas import BUILT_IN, Persona
from utils.protocol import (
    CLOSE_NO_ROOM, CLOSE_REMOVED, KEY_CONFLICT, Act, Author, ClientFrame, Cost, Draft, Member, Message, ProgressFrame, Refused, Role, RoomData, Say,
    ServerFrame, WelcomeFrame,
)  # fmt: skip
from utils.settings import Settings
from utils.wire import Frames

SLACK = 256  # messages beyond the tail's that are dropped together
WELCOME_BYTES = 256 * 1024  # of messages in one welcome
SHOWN_MEMBERS = 100  # people named in a presence frame; above it no typing is shown
PRESENCE_DELAY = 0.25  # seconds, so that a reload is not a departure and a return
PRESENCE_EVERY, PRESENCE_EVERY_IN_A_CROWD = 1.0, 5.0  # seconds between two presence frames
ACTS = 1_000  # keys of recent stops, asks, edits and the like in a room, so that one sent twice is done once
IDLE = 60.0  # seconds after which a room that nobody is in is let go


Keyed = protocol.Stop | protocol.Ask | protocol.Edit | protocol.Delete | protocol.Configure | protocol.Appoint
RIGHT_FOR: dict[type, Act] = {Say: "say", protocol.Ask: "say", Draft: "say", protocol.Typing: "say", protocol.Stop: "stop"}  # the log asks for the rest
SHOWN_ROLES = ("owner", "reader")  # of people who are here: the others are members


class Answerer(Protocol):
    """What a room asks of its assistant."""

    def consider(self, message: Message) -> None: ...  # somebody's, which this process committed
    async def ask(self, id: int, by: Author) -> Committed: ...  # raises Refused
    async def answers(self, draft: Draft, by: Author) -> bool: ...  # whether it would, were this said now; raises Refused
    def withdraw(self, id: int) -> bool: ...  # a question that waits; False if it does not
    def changed(self, id: int) -> None: ...  # somebody's message, which they edited or deleted
    def cost(self, id: int) -> Cost | None: ...  # of the answer that streams, until now
    def answering(self, id: int) -> int | None: ...  # the answer that streams, if it answers the message `id`
    def is_pending(self, id: int) -> bool: ...  # whether the message `id` may have an answer yet, or its whole one
    def ended(self, id: int) -> None: ...  # an answer, whoever ended it
    def is_busy(self) -> bool: ...
    async def close(self) -> None: ...  # end what streams as interrupted


class Room:
    """`ready` is done when the tail is there, or fails; nothing else may be asked before."""

    def __init__(
        self, name: str, log: MessageLog, house: Settings, answerer: Callable[["Room"], Answerer], personas: Sequence[Persona] = BUILT_IN,
        maker: str = NOBODY,
    ) -> None:  # fmt: skip
        self.name = name
        self.ready = log.follow(name, maker)
        self.rights = Rights("open", {})
        self.is_gone = False
        self.epoch, self.seq = "", 0  # of the tail; no epoch: it is not there yet
        self.messages: dict[int, Message] = {}  # in order of id
        self.members: dict[str, Member] = {}  # who is here, by id
        self.here: tuple[str, ...] = ()  # their ids
        self.people: list[str] = []  # the names of those who are shown
        self.names = Names()  # theirs
        self.connections: set[Connection] = set()
        self._lines = Counter[str]()  # open ones, by member
        self.answerer = answerer(self)
        self.watchers: set[Callable[[], None]] = set()  # called after whatever may begin, grow or settle an answer
        self._log, self._house, self._personas = log, house, {persona.name: persona for persona in personas}
        self._modes: list[protocol.Mode] = [{"name": persona.name, "line": persona.line} for persona in personas]
        self._settings = UNSET
        self._data: RoomData | None = None  # what is told of it, until its settings change
        self._oldest = 0
        self._said: dict[int, list[str]] = {}  # by answers that stream, in parts: joined only when asked for
        self._trim_at = 0
        self._acts: dict[tuple[str, str | None], tuple[int, Future[Committed]]] = {}  # by author and key
        self._unsaved = 0  # messages on their way through the log, which the assistant has to hear of
        self._presence: asyncio.TimerHandle | None = None
        self._presence_sent = 0.0
        self._trying: set[asyncio.Task[bool]] = set()
        self._one_draft = asyncio.Lock()
        self._waiting: list[int] = []  # questions, as they were last told
        self._progress: ProgressFrame | None = None  # of an answer without a word yet

    def latest(self) -> list[Message]:
        """The latest messages, oldest first."""
        return list(islice(reversed(self.messages.values()), LATEST))[::-1]

    def streaming(self) -> list[int]:
        """The answers that are being said."""
        return list(self._said)

    def forget_through(self, id: int, oldest: int) -> None:
        """Of this room nothing up to the message `id` is left; `oldest` is the first that was, 0: there was none."""
        self.messages = {kept: message for kept, message in self.messages.items() if kept > id}
        self._oldest = oldest or next(iter(self.messages), 0)

    def is_oldest(self, id: int) -> bool:
        return id <= self._oldest

    def shown_members(self) -> list[Member]:
        return list(islice(self.members.values(), SHOWN_MEMBERS))

    @property
    def persona(self) -> Persona:
        """What its mode is now; the first one where it set none, or one that is no more."""
        return self._personas.get(self._settings["mode"]) or next(iter(self._personas.values()))

    @property
    def model(self) -> str:
        """That the room itself chose, or its persona, or the house."""
        own, models = self._settings["model"], self._house.models
        return own if own in models else self.persona.model or models[0]

    def data(self) -> RoomData:
        self._data = self._data or self._put_together()
        return {**self._data, "epoch": self.epoch, "seq": self.seq}

    def _put_together(self) -> RoomData:
        own, house = self._settings, self._house
        return {
            "name": self.name, "title": own["title"] or self.name, "instructions": own["instructions"],
            "speaks": cast(protocol.Speaks, own["speaks"] or house.speaks), "assistant": house.assistant_name,
            "model": self.model, "models": house.models, "mode": self.persona.name,
            "modes": self._modes, "access": self.rights.access, "closed": own["closed"], "sent_to": house.sent_to(self.model),
            "retention_days": house.retention_days,
            "epoch": self.epoch, "seq": self.seq,
        }  # fmt: skip

    # ---- from people to the log ----------------------------------------------------------------

    def receive(self, frame: ClientFrame, author: Author, answer: Callable[[ServerFrame], Any]) -> None:
        """Hand over what `frame` asks for. What there is to tell its `author` alone goes to `answer`, or is Refused.

        Never waits.
        """
        self.rights.must_allow(self.name, author["id"], RIGHT_FOR.get(type(frame), "read"), getattr(frame, "key", None))
        match frame:
            case protocol.Typing():
                self._show_typing(author["id"], frame.on)
            case protocol.Ping():
                answer({"type": "pong", "seq": self.seq})
            case Draft():
                trying = asyncio.create_task(self._try(frame, author))
                self._trying.add(trying)  # the event loop alone would let it go
                trying.add_done_callback(lambda done: self._tell_verdict(frame, done, answer))
            case Say():
                self._unsaved += 1
                self._log.commit(self.name, author, frame, partial(self._said_it, frame.key, answer))
            case _:
                again = (author["id"], frame.key) in self._acts
                self._do_once(frame, author).add_done_callback(
                    lambda done: done.cancelled() or acknowledge(outcome_of(done), frame.key, answer, again)
                )

    def is_idle(self) -> bool:
        return not (self.connections or self.watchers or self._unsaved or self.answerer.is_busy())

    def answer_to(self, id: int) -> int | None:
        """The latest answer to the message `id`, of those in the tail."""
        found = (m["id"] for m in reversed(self.messages.values()) if m.get("reply_to") == id and m["author"]["kind"] == "assistant")
        return self.answerer.answering(id) or next(found, None)

    def awaits_answer(self, id: int) -> bool:
        return self.answerer.is_pending(id)

    def wake(self) -> None:
        for watcher in list(self.watchers):
            watcher()

    def _said_it(self, key: str | None, answer: Callable[[ServerFrame], Any], outcome: Committed | Refused) -> None:
        self._unsaved -= 1
        acknowledge(outcome, key, answer)

    def _do_once(self, frame: Keyed, by: Author) -> Future[Committed]:
        """What comes of `frame`, or came of it when it was first sent under its key. (A message's key is in the log.)

        Without this a copy that was on its way on a line that was given up could undo what was done since.
        """
        sent, content = (by["id"], frame.key), hash(frame.model_dump_json())
        before, done = self._acts.get(sent, (content, None))
        if before != content:
            raise Refused("key_conflict", KEY_CONFLICT, frame.key)
        if done is None:
            done = self._do(frame, by)
            if frame.key is not None:
                self._acts[sent] = content, done
                done.add_done_callback(lambda done: self._remember(sent, content, done))
        return done

    def _remember(self, sent: tuple[str, str | None], content: int, done: Future[Committed]) -> None:
        self._acts.pop(sent, None)
        if not done.cancelled() and done.exception() is None:
            known: Future[Committed] = asyncio.get_running_loop().create_future()
            known.set_result(Committed(done.result().id, duplicate=True))  # without its records
            self._acts[sent] = content, known
        while len(self._acts) > ACTS and next(iter(self._acts.values()))[1].done():
            del self._acts[next(iter(self._acts))]

    def _do(self, frame: Keyed, by: Author) -> Future[Committed]:
        if isinstance(frame, protocol.Stop):
            return self._stop(frame, by)
        if isinstance(frame, protocol.Ask):
            return asyncio.create_task(self.answerer.ask(frame.id, by))
        if isinstance(frame, protocol.Configure):
            self._must_be_offered(frame)
        return self._log.commit(self.name, by, frame)

    async def _try(self, draft: Draft, by: Author) -> bool:
        async with self._one_draft:  # a flood of them takes turns with what people say
            await asyncio.sleep(0)
            return await self.answerer.answers(draft, by)

    def _tell_verdict(self, draft: Draft, done: asyncio.Task[bool], answer: Callable[[ServerFrame], Any]) -> None:
        self._trying.discard(done)
        if not done.cancelled() and done.exception() is None:
            answer({"type": "draft", "ref": draft.ref, "answers": done.result()})

    def _must_be_offered(self, frame: protocol.Configure) -> None:
        for chosen, offered in ((frame.model, self._house.models), (frame.mode, self._personas)):
            if chosen and chosen not in offered:
                raise Refused("not_found", f"There is no {chosen!r} here. Choose one of {', '.join(offered)}.", frame.key)

    def _stop(self, frame: protocol.Stop, by: Author) -> Future[Committed]:
        for answer in self._said:
            if frame.id in (answer, self.messages[answer].get("reply_to")) or self.answerer.answering(frame.id) == answer:
                end = End(answer, "stopped", f"{by['name']} stopped this answer.", self.answerer.cost(answer))
                return self._log.commit(self.name, by, end)
        if self.answerer.withdraw(frame.id):
            told = Say(content=f"{by['name']} took a question back.", reply_to=frame.id)
            return self._log.commit(self.name, SYSTEM, told)
        message = self.messages.get(frame.id)
        if message and message["status"] == "stopped" and message.get("by", {}).get("id") == by["id"]:  # pressed twice
            done: Future[Committed] = asyncio.get_running_loop().create_future()
            done.set_result(Committed(frame.id, duplicate=True))
            return done
        if frame.id > self.seq:
            raise Refused("not_found", f"There is no message {frame.id} in this room.", frame.key)
        raise Refused("not_running", "There is nothing to stop: no answer streams or waits there.", frame.key)

    def _show_typing(self, id: str, on: bool) -> None:
        if id in self.members and len(self.members) <= SHOWN_MEMBERS:
            others = [connection for connection in self.connections if connection.member["id"] != id]
            self._write(others, {"type": "typing", "member": self.members[id], "on": on})

    # ---- from the assistant to people, neither stored nor numbered -----------------------------

    def show_waiting(self, ids: list[int]) -> None:
        """Tell everyone which questions wait for the answer before them, if that has changed."""
        if ids != self._waiting:
            self._waiting = ids
            self._write(self.connections, {"type": "waiting", "ids": ids})

    def show_progress(self, frame: ProgressFrame) -> None:
        """Tell everyone what the assistant does, and whoever comes until its answer has a word."""
        self._progress = frame
        self._write(self.connections, frame)

    # ---- from the log to people ----------------------------------------------------------------

    def deliver(self, records: Sequence[Record]) -> None:
        """Apply what was committed, write it once to every connection, tell the assistant what was said and which answers are over."""
        frames: list[ServerFrame] = []
        said: list[Message] = []
        for record in records:
            if isinstance(record, Tail):
                frames.clear()
            if isinstance(record, tuple):  # for us alone
                self._take_in(record)
            elif self.epoch:  # what came before the tail is in the tail
                frames.append(frame := self._apply(record))
                if frame["type"] == "message" and frame["id"] == frame["seq"] and frame["author"]["kind"] == "human":
                    said.append(self.messages[frame["id"]])
        if frames:
            self._write(self.connections, *frames)
            self._trim()
        for message in said:
            self.answerer.consider(message)
        if frames or said:
            self.wake()
        for frame in frames:
            if frame["type"] == "end":
                self.answerer.ended(frame["id"])
            elif frame["type"] == "message" and frame["id"] < frame["seq"]:
                self.answerer.changed(frame["id"])

    def _take_in(self, record: Tail | Appointed | Gone) -> None:
        if isinstance(record, Tail):
            self._load(record)
        elif isinstance(record, Appointed):
            self._appoint(record.person, record.role)
        else:
            self._go()

    def _load(self, tail: Tail) -> None:
        self.epoch, self.seq, self._settings, self._oldest = tail.epoch, tail.seq, tail.settings, tail.oldest
        self.rights, self._data = tail.rights, None
        self.messages = {message["id"]: message for message in tail.messages}
        self._said = {id: [m["content"]] for id, m in self.messages.items() if m["status"] == "streaming"}
        for connection in self.connections:
            connection.catch_up()

    def _apply(self, record: Record) -> ServerFrame:
        if "type" not in cast(dict[str, Any], record):
            self._settings, self._data = cast(RoomSettings, record), None
            self.rights = self.rights._replace(closed=self._settings["closed"])
            return {"type": "room", **self.data()}
        frame = cast(ServerFrame, record)
        if frame["type"] == "message" or frame["type"] == "start":
            from_before_the_tail = frame["id"] < frame["seq"] and frame["id"] not in self.messages
            message: Any = {**frame}
            del message["type"]
            self.messages[frame["id"]] = message
            if from_before_the_tail:
                self.messages = dict(sorted(self.messages.items()))
            self._oldest = self._oldest or frame["id"]
            if frame["type"] == "start":
                message["status"], self._said[frame["id"]] = "streaming", []
        elif frame["type"] == "chunk":
            self._said[frame["id"]].append(frame["content"])
            self._progress = None
        elif frame["type"] == "end":
            self._progress = None
            message = self.messages[frame["id"]]
            message["content"] = "".join(self._said.pop(frame["id"]))
            message["seq"], message["status"] = frame["seq"], frame["status"]
            if frame["content"]:
                message["reason"] = frame["content"]
            if "by" in frame:
                message["by"] = frame["by"]
            if "usage" in frame:
                message["usage"] = frame["usage"]
        self.seq = frame.get("seq", self.seq)
        return frame

    def tell(self, people: Collection[str], frame: ServerFrame) -> None:
        """Tell those of these ids, in all their tabs, and nobody else."""
        for connection in self.connections:
            if connection.member["id"] in people:
                connection.answer(frame)

    def _write(self, connections: Iterable[Connection], *frames: ServerFrame) -> None:
        made_once = Frames([to_json(frame) for frame in frames], [number_after(frame) for frame in frames], self.epoch)
        for connection in list(connections):
            connection.deliver(made_once, self.seq)

    def _trim(self) -> None:
        """Keep the tail and no more."""
        if len(self.messages) >= self._trim_at:
            first, changed = self.latest()[0]["id"], self.seq - CHANGES
            kept = {id: m for id, m in self.messages.items() if id >= first or m["seq"] > changed or id in self._said}
            self.messages, self._trim_at = kept, len(kept) + SLACK

    # ---- who is here ---------------------------------------------------------------------------

    def join(self, connection: Connection, name: str, rename: bool, after: int | None, epoch: str | None) -> None:
        """Catch `connection` up and deliver to it from now on: one step of the event loop, so nothing falls between.

        `name` is for whoever comes new; who is here already keeps theirs unless they `rename` themselves. Raises Refused for
        whom it is not open, also if it was a moment ago.
        """
        self.rights.must_allow(self.name, connection.member["id"], "read")
        member = self.members.get(connection.member["id"]) or self._let_in(connection.member["id"])
        if not member["name"] or (rename and name != member["name"]):
            self._name(member, name)
        connection.member = member  # one for all their tabs
        self.connections.add(connection)
        self._lines[member["id"]] += 1
        connection.catch_up = lambda: self._welcome(connection, connection.position, connection.epoch)
        self._welcome(connection, after, epoch)

    def leave(self, connection: Connection) -> None:
        connection.lose()
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        member = connection.member
        self._lines[member["id"]] -= 1
        if not self._lines[member["id"]]:
            del self._lines[member["id"]], self.members[member["id"]]
            event("left", room=self.name, person=member["id"])
            self.names.remove(member["name"])
            self._count()
            self._tell_presence()

    def _let_in(self, id: str) -> Member:
        event("came_in", room=self.name, person=id)
        member = self.members[id] = self._member(id)
        return member

    def _name(self, member: Member, name: str) -> None:
        if member["name"]:
            self.names.remove(member["name"])
        self.names.add(name)
        member["name"] = name
        self._count()
        self._tell_presence()

    def _count(self) -> None:
        """Take down who is here, for the assistant is told with each message."""
        self.here, self.people = tuple(self.members), [member["name"] for member in self.shown_members()]

    def expel(self, connection: Connection, code: int, reason: str) -> None:
        """Let `connection` go, and hear or tell nothing more over it."""
        connection.close(code, reason)
        self.leave(connection)

    def _member(self, id: str) -> Member:
        member: Member = {"id": id, "name": ""}
        if (role := self.rights.role(id)) in SHOWN_ROLES:
            member["role"] = role
        return member

    def _appoint(self, person: str, role: Role) -> None:
        """From now on `person` has this role, also on lines that are open."""
        event("appointed", room=self.name, person=person, role=role)
        roles = {id: other for id, other in self.rights.roles.items() if id != person} | ({} if role == "none" else {person: role})
        self.rights = self.rights._replace(roles=roles)
        theirs = [connection for connection in self.connections if connection.member["id"] == person]
        if not self.rights.allow(person, "read"):
            for connection in theirs:
                self.expel(connection, CLOSE_REMOVED, "You are no longer in this room.")
        elif person in self.members:
            member = self.members[person]
            member.pop("role", None)
            member.update({**self._member(person), "name": member["name"]})
            self._tell_presence()
            for connection in theirs:
                asyncio.get_running_loop().call_soon(connection.catch_up)  # after what tells of it
        self.wake()

    def _go(self) -> None:
        """There is no such room any more, and nothing to tell of it."""
        self.is_gone = True
        for connection in list(self.connections):
            self.expel(connection, CLOSE_NO_ROOM, "This room was deleted.")
        self.rights = Rights("invited", {})  # for whoever still waits for something in it
        self.wake()

    def _tell_presence(self) -> None:
        if self._presence is None:
            loop = asyncio.get_running_loop()
            every = PRESENCE_EVERY if len(self.members) <= SHOWN_MEMBERS else PRESENCE_EVERY_IN_A_CROWD
            at = max(loop.time() + PRESENCE_DELAY, self._presence_sent + every)
            self._presence = loop.call_at(at, self._send_presence)

    def _send_presence(self) -> None:
        self._presence, self._presence_sent = None, asyncio.get_running_loop().time()
        self._write(self.connections, {"type": "presence", "members": self.shown_members(), "count": len(self.members)})

    # ---- catching up ---------------------------------------------------------------------------

    def _welcome(self, connection: Connection, after: int | None, epoch: str | None) -> None:
        """Bring `connection` from the change `after` of `epoch` to now; from anywhere else, begin anew."""
        messages = self._changed_since(after, epoch)
        frame: WelcomeFrame = {
            "type": "welcome", "protocol": protocol.PROTOCOL, "room": self.data(),
            "you": {"role": self.rights.role(connection.member["id"]), **connection.member}, "members": self.shown_members(), "count": len(self.members),
            "messages": messages or [], "resumed": messages is not None, "limits": protocol.LIMITS,
        }  # fmt: skip
        if token := connection.session.token_to_show:
            frame["you"]["token"] = token
        connection.epoch = self.epoch
        if messages is None:
            frame["messages"], frame["from"] = self._newest()
        passing: list[ServerFrame] = [{"type": "waiting", "ids": self._waiting}] if self._waiting else []
        self._write([connection], frame, *passing, *([self._progress] if self._progress else []))

    def _changed_since(self, after: int | None, epoch: str | None) -> list[Message] | None:
        """The messages changed since `after` and the answers streaming; None if that is not known, or too much."""
        if after is None or epoch != self.epoch or not self.seq - CHANGES <= after <= self.seq:
            return None
        if after < (self._oldest or self.seq + 1) - 1:  # not all that was removed was seen, and what is left begins later
            return None
        messages = [self.whole(m) for m in self.messages.values() if m["seq"] > after or m["id"] in self._said]
        return messages if sum(map(size, messages)) <= WELCOME_BYTES else None

    def _newest(self) -> tuple[list[Message], int]:
        """The answers streaming and the latest messages that fit; the id from which on none is left out."""
        chosen = {id: self.whole(self.messages[id]) for id in self._said}
        space = WELCOME_BYTES - sum(map(size, chosen.values()))
        start = 0
        for message in reversed(self.latest()):
            space -= 0 if message["id"] in chosen else size(message)
            if space < 0:
                break
            start = message["id"]
            chosen.setdefault(start, message)
        return [chosen[id] for id in sorted(chosen)], 0 if start == self._oldest else start

    def whole(self, message: Message) -> Message:
        """`message` with what it has said so far."""
        said = self._said.get(message["id"])
        if said is None:
            return message
        said[:] = ["".join(said)]
        return {**message, "content": said[0]}


def acknowledge(
    outcome: Committed | Refused, key: str | None, answer: Callable[[ServerFrame], Any], again: bool = False
) -> None:
    if isinstance(outcome, Refused):
        answer(outcome.frame(key))
    elif key is not None:
        answer({"type": "ack", "key": key, "id": outcome.id, "duplicate": outcome.duplicate or again})


def outcome_of(done: Future[Committed]) -> Committed | Refused:
    error = done.exception()
    return error if isinstance(error, Refused) else done.result()


def number_after(frame: ServerFrame) -> int | None:
    """The room's number for whoever has `frame`; None if it tells none."""
    return frame["room"]["seq"] if frame["type"] == "welcome" else frame.get("seq")


def size(message: Message) -> int:
    """Bytes of `message` in a welcome."""
    return len(to_json(message)) + 1


class Rooms:
    """The rooms of this process: opened when needed, let go when idle. `answerer` gives a room its assistant."""

    def __init__(
        self, log: MessageLog, house: Settings, answerer: Callable[[Room], Answerer], personas: Sequence[Persona] = BUILT_IN
    ) -> None:
        self._log, self._house, self._answerer, self._personas = log, house, answerer, personas
        self._rooms: dict[str, Room] = {}
        self._ending: set[asyncio.Task[None]] = set()  # assistants of rooms that are gone

    def on_changes(self, changes: Sequence[tuple[str, Record]]) -> None:
        """Route a committed batch to its rooms, each room's part in one piece."""
        parts: dict[str, list[Record]] = {}
        for name, record in changes:
            parts.setdefault(name, []).append(record)
        for name, records in parts.items():
            if room := self._rooms.get(name):
                room.deliver(records)
                if room.is_gone:
                    self._drop(room)

    def all(self) -> list[Room]:
        return list(self._rooms.values())

    def __contains__(self, name: str) -> bool:
        """Whether this room is in memory."""
        return name in self._rooms

    async def open(self, name: str, maker: str = NOBODY) -> Room:
        """The room of this name, its tail in memory, at least for this step of the event loop. Raises Refused.

        Who opens one that is not there yet makes it, and is its owner.
        """
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name, self._log, self._house, self._answerer, self._personas, maker)
            room.ready.add_done_callback(lambda done: self._rooms.pop(name) if done.exception() else self._keep(room))
        await asyncio.shield(room.ready)
        return room

    def forget_through(self, name: str, id: int, oldest: int) -> None:
        """Nothing up to the message `id` is left in this room. See Room."""
        if room := self._rooms.get(name):
            room.forget_through(id, oldest)

    def forget(self, name: str) -> None:
        """Nothing more need be known of a room in which something was only said, unless somebody has it open."""
        if name not in self._rooms:
            self._log.unfollow(name)

    async def close(self) -> None:
        await asyncio.gather(*(room.answerer.close() for room in self._rooms.values()))

    def _keep(self, room: Room) -> None:
        """Keep `room` for a while, far longer than whoever opened it takes to come in."""
        asyncio.get_running_loop().call_later(IDLE, self._let_go, room)

    def _drop(self, room: Room) -> None:
        """Forget a room that is gone. What the assistant says in it ends, for nobody takes it any more."""
        del self._rooms[room.name]
        ending = asyncio.create_task(room.answerer.close())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _let_go(self, room: Room) -> None:
        if room.is_gone:
            return
        if room.is_idle():
            del self._rooms[room.name], room.answerer  # they hold each other, and the collector comes too seldom
            self._log.unfollow(room.name)
        else:
            self._keep(room)
