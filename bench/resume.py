"""Whether whoever comes back, from anywhere, holds what those hold who never left: a million random resume points.

    python -m bench.resume                         # 1,000,000 points, some minutes of one core
    python -m bench.resume --points 5000 --seed 7

A real `Room` and real `Connection`s, without sockets, are swept through random histories. After each batch that is
delivered, people who stand at random earlier positions join, and fold their welcome into what they held. Induction
does the rest: who holds the same as a follower at some moment, as `difference` defines it, is moved alike by all that comes.
"""

import argparse
import asyncio
import json
import sys
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, cast

from examples.client import Transcript, units
from utils.connection import Connection
from utils.identity import new_session
from utils.message_log import CHANGES, LATEST, SYSTEM, UNSET, Page, Record, RoomSettings, Tail
from utils.protocol import ANSWER_UNITS, CONTENT_UNITS, Author, Message
from utils.room import WELCOME_BYTES, Room
from utils.settings import Settings
from utils.wire import Frames

RECORDS = 6_000  # of one room's history, some 2,500 changes; then another room begins
STEP_POINTS = 25  # after each batch
HELD_STEPS = 2_000  # as far back as people stand: more than 500 changes
FOLLOWERS = 6  # who stay, fall behind, recover, and fold every live frame
LAG = 12  # records that the log is ahead of the room, at most: what a page of history may hold too early
WELCOME_SLACK = 16 * 1024  # bytes of a welcome that are no messages
BYTES_EVERY = 100  # points of which one is compared as JSON; the others as parsed, which is the same and fast
TOLD = 5  # differences that are printed; the others are counted

TEXTS = [
    "The quick brown fox jumps over the lazy dog, and \"quotes\" it:\n\tline by line \\ ",
    "Все смешалось в доме. Ἐν ἀρχῇ ἦν ὁ λόγος. بسم الله. ",
    "\U0001f469\u200d\U0001f680\U0001f60a\U0001d54f\U00020000 e\u0301 \u2028 ",
    "吾輩は猫である。名前はまだ無い。",
]  # fmt: skip
POOLS = [text * (CONTENT_UNITS // len(text) + 1) for text in TEXTS]
PEOPLE = [Author(id=name.lower(), name=name, kind="human") for name in ("Ann", "Bea", "Cleo")]
POCKET = Author(id="assistant", name="Pocket", kind="assistant")
ENDS = ("complete", "complete", "stopped", "interrupted", "error", "filtered", "truncated")


@dataclass
class Figures:
    points: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    largest: int = 0
    differences: list[str] = field(default_factory=list)

    def differs(self, what: str) -> None:
        self.differences.append(what)


def main() -> None:
    parser = argparse.ArgumentParser(description="Come back from random points of random histories.")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.perf_counter()
    figures = run(given.points, given.seed)
    seconds = time.perf_counter() - begun
    for what, count in figures.points.most_common():
        print(f"{what:<44}{count:>12,}")
    print(f"{'bytes of welcomes':<44}{figures.bytes:>12,}\n{'bytes of the largest':<44}{figures.largest:>12,}")
    print(f"{'seconds':<44}{seconds:>12,.0f}\n{'differences':<44}{len(figures.differences):>12,}")
    for difference in figures.differences[:TOLD]:
        print(f"\n{difference}")
    if figures.differences:
        sys.exit(f"\nAgain: python -m bench.resume --points {given.points} --seed {given.seed}")


def run(points: int, seed: int, step_points: int = STEP_POINTS, most_differences: int = 1_000) -> Figures:
    """So many points in one room after another, each room of a seed of its own."""
    figures = Figures()

    async def sweep() -> None:  # in one step of the loop, whose timers never come
        room_seed = seed
        while figures.points["points"] < points and len(figures.differences) < most_differences:
            Sweep(room_seed, figures).run(points, step_points, most_differences)
            room_seed += 1

    asyncio.run(sweep())
    return figures


# ---- coming back -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Held:
    """What somebody held when their line was cut. `since`: from that record on it is to be compared (see LAG)."""

    transcript: Transcript
    since: int = 0


class Sweep:
    """One room, swept through its history."""

    def __init__(self, seed: int, figures: Figures) -> None:
        self.seed, self.figures, self.random = seed, figures, Random(seed)
        self.history = History(self.random)
        self.waiting: deque[Record] = deque()  # committed, and not yet delivered
        self.told = 0  # records delivered
        self.held: deque[Held] = deque([Held(Transcript())], HELD_STEPS)
        self.truth, self.ids = Follower(), list[int]()  # who follows all along, and the ids they hold
        self.followers = [Follower() for _ in range(FOLLOWERS)]
        self.open_room()

    def run(self, points: int, step_points: int, most_differences: int) -> None:
        while self.told < RECORDS and self.figures.points["points"] < points:
            self.deliver()
            for _ in range(step_points):
                self.come_back()
            self.follow()
            if self.random.random() < 0.002:
                self.restart()
            if len(self.figures.differences) >= most_differences:
                return
        self.compare_with_log()

    def open_room(self) -> None:
        """The room as a process finds it in the log when it starts."""
        self.room = Room("tea", cast(Any, StillLog()), Settings.model_validate({}), cast(Any, lambda room: Silent()))
        self.room.deliver([self.history.tail()])
        for follower in self.followers:
            follower.come_back(self.room)
        self.truth.enter(self.room)
        self.truth.wire.texts.clear()  # who never leaves gets no welcome
        self.truth.transcript.epoch = self.history.epoch
        self.truth.transcript.room = {**self.room.data()}

    def restart(self) -> None:
        """The server stops when all is delivered; sometimes a restored copy takes the file's place."""
        self.deliver(everything=True)
        self.compare_with_log()
        if self.random.random() < 0.2:
            self.history.epoch += "+"
        self.open_room()

    def deliver(self, everything: bool = False) -> None:
        """The log commits some changes, and the room hears of some."""
        self.waiting.extend(self.history.changes() if not everything else ())
        lag = 0 if everything else self.random.choice((0, 0, self.random.randrange(LAG)))
        batch = [self.waiting.popleft() for _ in range(max(0, len(self.waiting) - lag))]
        self.told += len(batch)
        self.room.deliver(batch)
        self.truth.read()
        self.ids.extend(islice(self.truth.transcript.messages, len(self.ids), None))
        if self.told % 5 == 0:
            self.held.append(Held(copy_of(self.truth.transcript)))

    def come_back(self) -> None:
        """Somebody who was cut off long ago, or just now, joins."""
        held = self._choose()
        client, follower = copy_of(held.transcript), Follower()
        after, epoch = self._claim(client)
        was_in_answer = any(m["status"] == "streaming" for m in islice(reversed(client.messages.values()), LATEST))
        follower.transcript = client
        if was_in_answer and self.random.random() < 0.5:
            self.hear_more(client)
        follower.enter(self.room, after, epoch)
        if not self.attempt(follower.read, f"after={after} epoch={epoch!r}"):
            return
        self.room.leave(follower.connection)
        self.count(follower, "in mid-answer" if was_in_answer else "")
        self.check_welcome(follower, after, epoch)
        if self.told >= held.since:
            self.compare(client, f"who came back with after={after} epoch={epoch!r}")
        if self.random.random() < 0.04:
            share(client, self.truth.transcript)
            self.held.append(Held(client, max(held.since, self.read_older(client) if self.random.random() < 0.2 else 0)))

    def hear_more(self, client: Transcript) -> None:
        """Just before the line was cut a chunk came that was merged of many: it overlaps, and ends anywhere."""
        for answer in islice(reversed(client.messages.values()), LATEST):
            if answer["status"] == "streaming":
                text = self.truth.transcript.messages[answer["id"]]["content"]
                start = self.random.randint(0, min(len(answer["content"]), len(text)))
                end = self.random.randint(start, len(text))
                client.apply({"type": "chunk", "id": answer["id"], "off": units(text[:start]), "content": text[start:end]})
                self.figures.points["with a chunk that overlapped"] += 1

    def _choose(self) -> Held:
        """Somebody's state: just now, of late, or of any time ago."""
        most, draw = len(self.held), self.random.random()
        ago = 1 if draw < 0.1 else int(most ** self.random.random()) if draw < 0.75 else self.random.randint(1, most)
        return self.held[-min(max(ago, 1), most)]

    def _claim(self, client: Transcript) -> tuple[int | None, str | None]:
        """The position that they name: theirs, or now and then none, or a wrong one."""
        draw = self.random.random()
        if not client.epoch or draw < 0.01:
            return None, None
        if draw < 0.02:
            return client.seq, self.random.choice(("", "0123456789abcdef", None))
        if draw < 0.03:
            return self.room.seq + self.random.choice((1, 2, 1_000)), client.epoch
        return client.seq, client.epoch

    def follow(self) -> None:
        """Those who stay read what came; some fall behind, some recover, some are cut and come from elsewhere."""
        for follower in self.followers:
            if not self.attempt(follower.read, "a follower"):
                follower.become(Held(Transcript()), self.room)
                continue
            draw = self.random.random()
            if follower.is_behind and draw < 0.2:
                if self.attempt(follower.recover, "one who recovered") and follower.welcome:
                    self.count(follower, "behind, and recovered")
            elif draw < 0.15:
                follower.fall_behind()
            elif draw < 0.17:
                follower.become(self._choose(), self.room)
            elif draw < 0.25:
                follower.since = max(follower.since, self.read_older(follower.transcript))
            if draw > 0.7 and not follower.is_behind and self.told >= follower.since:
                self.figures.points["comparisons of followers"] += 1
                self.compare(follower.transcript, "who followed")
                share(follower.transcript, self.truth.transcript)

    def read_older(self, client: Transcript) -> int:
        """A page from the log, which is ahead of the room; returns from which record on it can be compared."""
        if client.floor:
            client.add_page(cast(Any, self.history.page(client.floor)), client.place())
            self.figures.points["pages of history"] += 1
        return self.told + len(self.waiting)

    # ---- what must hold ----------------------------------------------------------------------------

    def attempt(self, act: Any, who: str) -> bool:
        try:
            act()
            return True
        except Exception as error:
            self.figures.differs(f"{self.where()}: {who}: {type(error).__name__}: {error}")
            return False

    def count(self, follower: "Follower", how: str) -> None:
        points, welcome = self.figures.points, follower.welcome
        assert welcome
        points.update(["points", "resumed" if welcome["resumed"] else "begun anew", *filter(None, [how])])
        points["while an answer streams"] += bool(self.history.answer)
        self.figures.bytes += follower.welcome_bytes
        self.figures.largest = max(self.figures.largest, follower.welcome_bytes)

    def check_welcome(self, follower: "Follower", after: int | None, epoch: str | None) -> None:
        """It resumes where it can, and only there, and is not larger than promised."""
        room, welcome = self.room, follower.welcome
        known = after is not None and epoch == room.epoch and room.seq - CHANGES <= after <= room.seq
        if known and not welcome["resumed"]:
            self.figures.points["begun anew, for it was too much"] += 1
            changed = [m for m in self.truth.transcript.messages.values() if m["seq"] > (after or 0) or m["status"] == "streaming"]
            known = len(as_json(changed)) <= WELCOME_BYTES - len(changed)
        elif not known:
            self.figures.points["begun anew, from nowhere or long ago"] += 1
        if known != welcome["resumed"]:
            self.figures.differs(f"{self.where()}: after={after} epoch={epoch!r} was resumed={welcome['resumed']}")
        if follower.welcome_bytes > WELCOME_BYTES + WELCOME_SLACK:
            self.figures.differs(f"{self.where()}: a welcome of {follower.welcome_bytes} bytes")

    def compare(self, client: Transcript, who: str) -> None:
        if what := difference(client, self.truth.transcript, self.ids):
            self.figures.differs(f"{self.where()}: {who} differs from who never left: {what}")
        elif self.figures.points["points"] % BYTES_EVERY == 0:
            self.figures.points["compared as bytes"] += 1
            shown = [m for m in self.truth.transcript.shown() if m["id"] >= client.floor]
            if as_json(client.shown()) != as_json(shown):
                self.figures.differs(f"{self.where()}: {who} has other bytes than who never left")

    def compare_with_log(self) -> None:
        """Who never left holds what the log holds."""
        self.deliver(everything=True)
        if as_json(self.truth.transcript.shown()) != as_json(list(self.history.rows.values())):
            self.figures.differs(f"{self.where()}: who never left differs from the log")

    def where(self) -> str:
        return f"seed {self.seed}, record {self.told}, change {self.room.seq}"


def difference(client: Transcript, truth: Transcript, ids: Sequence[int]) -> str:
    """How `client` differs from `truth`, which holds the whole room (`ids`); "" if all that may come moves both alike.

    For that everything from the floor on must be held, and the answers that stream, wherever they stand; and what is
    held below the floor must be as it is now, for no later change would mend it.
    """
    if (client.seq, client.epoch, without_seq(client.room)) != (truth.seq, truth.epoch, without_seq(truth.room)):
        return f"at {client.seq} of {client.epoch}, {client.room}, instead of {truth.seq} of {truth.epoch}, {truth.room}"
    needed = ids[bisect_left(ids, client.floor) :]
    if not all(map(client.messages.__contains__, needed)):
        return f"without {[id for id in needed if id not in client.messages]} from {client.floor} on"
    if not client.messages.items() <= truth.messages.items():
        wrong = next(m for id, m in client.messages.items() if truth.messages.get(id) != m)
        return f"{str(wrong)[:300]} instead of {str(truth.messages.get(wrong['id']))[:300]}"
    streaming = [m["id"] for m in islice(reversed(truth.messages.values()), LATEST) if m["status"] == "streaming"]
    return "" if all(id in client.messages for id in streaming) else f"without the answer {streaming} that streams"


def without_seq(room: dict[str, Any]) -> dict[str, Any]:
    return {**room, "seq": 0}


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def copy_of(transcript: Transcript) -> Transcript:
    """Another one that shares with it the messages which nothing changes in place: all but the answers that stream."""
    copy = Transcript()
    copy.__dict__.update(transcript.__dict__)
    copy.messages = transcript.messages.copy()
    for message in islice(reversed(transcript.messages.values()), LATEST):
        if message["status"] == "streaming":
            copy.messages[message["id"]] = dict(message)
    return copy


def share(client: Transcript, truth: Transcript) -> None:
    """Let `client` hold the objects of `truth` that equal its own, and that nothing changes in place: to compare them is fast."""
    for id, message in client.messages.items():
        if message["status"] != "streaming" and message == truth.messages.get(id):
            client.messages[id] = truth.messages[id]


class Follower:
    """A client on a connection of the room, without a socket between them."""

    def __init__(self) -> None:
        self.transcript, self.since = Transcript(), 0
        self.welcome: dict[str, Any] = {}
        self.welcome_bytes = 0
        self.is_behind = False

    def enter(self, room: Room, after: int | None = None, epoch: str | None = None) -> None:
        self.wire, self.is_behind = Sink(), False
        self.connection = Connection(self.wire, {"id": f"p{id(self)}", "name": "P"}, new_session(), lambda code, reason: None)
        room.join(self.connection, "P", False, after, epoch)

    def come_back(self, room: Room) -> None:
        self.enter(room, self.transcript.seq, self.transcript.epoch)
        self.read()

    def become(self, held: Held, room: Room) -> None:
        """Be somebody else from now on, who comes back from elsewhere."""
        room.leave(self.connection)
        self.transcript, self.since = copy_of(held.transcript), held.since
        self.come_back(room)

    def read(self) -> None:
        texts, self.wire.texts = self.wire.texts, []
        for text in texts:
            frame = json.loads(text)
            if frame["type"] == "welcome":
                self.welcome, self.welcome_bytes = frame, len(text)
            self.transcript.apply(frame)

    def fall_behind(self) -> None:
        self.is_behind = True
        self.wire.on_pause()

    def recover(self) -> None:
        self.is_behind, self.welcome = False, {}
        self.wire.on_resume()
        self.read()


class Sink:
    """A wire that keeps the texts it is given."""

    def __init__(self) -> None:
        self.on_pause = self.on_resume = lambda: None
        self.texts: list[bytes] = []

    def write(self, frames: Frames) -> None:
        self.texts.extend(frames.texts)


class Silent:
    """An assistant that has nothing to do: the answers are in the history."""

    def consider(self, message: Message) -> None: ...
    def ended(self, id: int) -> None: ...
    def changed(self, id: int) -> None: ...


class StillLog:
    """A log that nobody writes to."""

    def follow(self, room: str, maker: str) -> asyncio.Future[Tail]:
        return asyncio.get_running_loop().create_future()


# ---- what happens in the room ----------------------------------------------------------------------


class History:
    """A log that changes at random. `rows` is what it holds; a row is never changed in place."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.rows: dict[int, Message] = {}
        self.seq, self.epoch, self.now = 0, "e", 1_700_000_000_000
        self.settings = UNSET
        self.answer = 0  # the id of the one that streams
        self.length = 0  # of it, in UTF-16 units
        self.pace = 0.0  # the part of all changes that are its chunks, or its end: a slow one is below the latest 50 at last
        self.is_wordy = False  # long messages and answers for a while, so that they fill a welcome

    def changes(self) -> list[Record]:
        """Mostly one record, sometimes some."""
        if self.random.random() < 0.01:
            self.is_wordy = self.random.random() < 0.12
        return [record for _ in range(self.random.choice((1, 1, 1, 2, 5))) for record in self._change()]

    def tail(self) -> Tail:
        """What a log gives to who begins to follow it; see message_log.LATEST, CHANGES."""
        first = list(self.rows)[-LATEST:][0] if self.rows else 0
        kept = [m for id, m in self.rows.items() if id >= first or m["seq"] > self.seq - CHANGES or id == self.answer]
        return Tail(self.epoch, self.seq, self.settings, [{**m} for m in kept], next(iter(self.rows), 0))

    def page(self, before: int) -> Page:
        older = [{**m} for id, m in self.rows.items() if id < before]
        page = older[-self.random.choice((1, 10, 50)) :]
        return {"epoch": self.epoch, "from": page[0]["id"] if len(page) < len(older) else 0, "messages": cast(Any, page)}

    def _change(self) -> list[Record]:
        self.now += self.random.randrange(1, 5_000)
        draw = self.random.random()
        if self.answer and draw < self.pace:
            return [self._grow() if draw < 0.95 * self.pace and self.length < ANSWER_UNITS else self._end()]
        if not self.answer and draw < 0.1 and self.rows:
            return [self._start()]
        kinds = (self._edit, self._edit, self._delete, self._configure, self._say, self._say, self._say)
        return self.random.choice(kinds)()

    def _say(self) -> list[Record]:
        author = self.random.choice(PEOPLE)
        more = {"key": f"k{self.seq}"} | ({"reply_to": self._any_id()} if self.rows and self.random.random() < 0.2 else {})
        return [self._insert("message", author=author, content=self._text(CONTENT_UNITS // 2), status="complete", **more)]

    def _start(self) -> Record:
        start = self._insert("start", author=POCKET, content="", status="streaming", reply_to=self._any_id())
        self.answer, self.length, self.pace = self.seq, 0, self.random.choice((0.7, 0.7, 0.7, 0.2))
        return cast(Any, {name: value for name, value in start.items() if name != "status"})

    def _grow(self) -> Record:
        content = self._text(4_000)
        content = content.encode("utf-16-le")[: 2 * (ANSWER_UNITS - self.length)].decode("utf-16-le", "ignore") or "."
        chunk = {"type": "chunk", "id": self.answer, "off": self.length, "content": content}
        answer = self.rows[self.answer]
        self.rows[self.answer] = {**answer, "content": answer["content"] + content}
        self.length += units(content)
        return cast(Any, chunk)

    def _end(self) -> Record:
        status = self.random.choice(ENDS)
        by = {"by": self.random.choice(PEOPLE)} if status == "stopped" else {}
        reason = "" if status == "complete" else f"It was {status}."
        end = {"type": "end", "id": self.answer, "seq": self.seq + 1, "status": status, "length": self.length, "content": reason, **by}
        self._update(self.answer, status=status, **by, **({"reason": reason} if reason else {}))
        self.answer = 0
        return cast(Any, end)

    def _edit(self) -> list[Record]:
        id = self._human()
        return [self._update(id, content=self._text(CONTENT_UNITS // 2), edited=self.now)] if id else self._say()

    def _delete(self) -> list[Record]:
        id = self._human()
        return [self._update(id, content="", status="deleted")] if id else self._say()

    def _configure(self) -> list[Record]:
        by, title = self.random.choice(PEOPLE), self._text(20)
        self.settings = RoomSettings(
            title=title, instructions="", speaks=self.random.choice(("", "always", "never")), model="", mode="", closed=False
        )
        told = self._insert("message", author=SYSTEM, content=f"{by['name']} set title to {title}.", status="complete", by=by)
        return [told, self.settings]

    def _insert(self, type: str, **fields: Any) -> Any:
        self.seq += 1
        row = {"id": self.seq, "seq": self.seq, "ts": self.now, **fields}
        self.rows[self.seq] = cast(Any, row)
        return {"type": type, **row}

    def _update(self, id: int, **fields: Any) -> Any:
        self.seq += 1
        row = {**self.rows[id], "seq": self.seq, **fields}
        self.rows[id] = cast(Any, row)
        return {"type": "message", **row}

    def _any_id(self) -> int:
        """One of late, or any other."""
        ids = list(self.rows)
        return self.random.choice(ids[-20:] if self.random.random() < 0.5 else ids)

    def _human(self) -> int:
        """A person's message that is not deleted; 0 if none is found."""
        for _ in range(5 if self.rows else 0):
            row = self.rows[self._any_id()]
            if row["author"]["kind"] == "human" and row["status"] == "complete":
                return row["id"]
        return 0

    def _text(self, most: int) -> str:
        """At most so many code points, from anywhere in one of the scripts."""
        pool = self.random.choice(POOLS)
        length = self.random.randint(1, most if self.is_wordy else min(60, most))
        start = self.random.randrange(len(pool) - length)
        return pool[start : start + length]


if __name__ == "__main__":
    main()
