"""The oracle: judges recordings of what clients witnessed, against the room as somebody new reads it afterwards.

It knows docs/protocol.md and nothing of the server or of any client: it folds the raw frames by itself. Every violation
is one sentence, of one kind: something is lost, doubled, reordered, or otherwise not as promised.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, NamedTuple

Frame = dict[str, Any]
Kind = Literal["lost", "doubled", "reordered", "other"]
Find = Callable[[Kind, str], None]

MOST_FOUND = 200  # violations that are kept; after so many nobody reads on
NEVER_CHANGE = ("id", "ts", "author", "key", "reply_to")  # of a message, whatever becomes of it


@dataclass
class Line:
    """One connection. `received`: each frame as it came; where the client asked for the page of history before what it
    shows, {"type": "page asked"}, and where it came, {"type": "page"} with it. `sent`: each frame as often as it went out."""

    after: int | None = None
    epoch: str = ""
    received: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)


@dataclass
class Witness:
    """What one client did and saw. `said`: its keyed frames in the order in which it first meant to send them. `told`: by
    key, the id or the error code that its caller was given. `shown`: what its screen showed at rest, {epoch, seq, room,
    floor, messages}; None: it was thrown away before."""

    name: str
    lines: list[Line] = field(default_factory=list)
    said: list[Frame] = field(default_factory=list)
    told: dict[str, int | str] = field(default_factory=dict)
    shown: Frame | None = None


class Violation(NamedTuple):
    kind: Kind
    sentence: str


@dataclass
class Verdict:
    violations: list[Violation] = field(default_factory=list)
    acked: int = 0  # keys
    shown: int = 0  # messages that somebody saw
    units: int = 0  # of their text, UTF-16

    def find(self, kind: Kind, sentence: str) -> None:
        if len(self.violations) < MOST_FOUND:
            self.violations.append(Violation(kind, sentence))

    def count(self, kind: Kind) -> int:
        return sum(violation.kind == kind for violation in self.violations)


def judge(witnesses: Sequence[Witness], fresh: Witness, restored: bool = False, refusing: bool = False) -> Verdict:
    """Whether all that `witnesses` saw and were told is true of the room that `fresh` read whole, after them.

    `restored`: a backup was put back meanwhile, so there may be more than one epoch; only the last one is judged.
    `refusing`: the disk was full or the like for a while, so messages may have been refused unheard; see check_order.
    """
    verdict = Verdict()
    changes = Changes(verdict.find)
    folds = [Fold(witness, changes, verdict.find) for witness in [*witnesses, fresh]]
    for fold in folds:
        fold.follow()
    room = folds.pop()
    epochs = {welcome.epoch for fold in [*folds, room] for welcome in fold.welcomes}
    if not restored and len(epochs) > 1:
        verdict.find("other", f"The room had {len(epochs)} epochs, though nothing was restored.")
    changes = changes.of(room.epoch)
    check_fresh(room, verdict.find)
    for fold in folds:
        check_agreement(fold, room, verdict.find)
        check_texts(fold, room, verdict.find)
        check_welcomes(fold, changes, room, verdict.find)
    check_still_there(changes, room, verdict.find)
    deeds = deeds_of(folds)
    check_messages(deeds, room, verdict.find)
    check_order(deeds, room, refusing, verdict.find)
    check_edits(deeds, room, verdict.find)
    check_settings(deeds, room, verdict.find)
    check_stops(deeds, room, verdict.find)
    check_answers(deeds, room, verdict.find)
    check_told(folds, deeds, room, verdict.find)
    count(verdict, deeds, folds)
    return verdict


# ---- what was seen ---------------------------------------------------------------------------------


class Change(NamedTuple):
    """One number of a room: the message it was given to, and how that then stood, without what it had said so far."""

    id: int
    message: Frame
    seen_by: str


class Changes:
    """All changes that anybody saw, by epoch and number. One number is one change, to everybody."""

    def __init__(self, find: Find) -> None:
        self.epochs: dict[str, dict[int, Change]] = {}
        self._find = find

    def of(self, epoch: str) -> "Changes":
        only = Changes(self._find)
        only.epochs = {epoch: self.epochs.get(epoch, {})}
        return only

    def see(self, epoch: str, message: Frame, by: str) -> None:
        stood = {**message, "content": ""} if message["status"] == "streaming" else message
        known = self.epochs.setdefault(epoch, {}).setdefault(message["seq"], Change(message["id"], dict(stood), by))
        if known.message != stood:
            told = f"{brief(known.message)} to {known.seen_by} and {brief(stood)} to {by}"
            self._find("other", f"The change {message['seq']} is {told}.")

    def __iter__(self) -> Iterator[tuple[int, Change]]:
        return iter(sorted(next(iter(self.epochs.values()), {}).items()))


class Welcome(NamedTuple):
    """`after`: where the client stood, None if it began anew; `messages`: the numbers of those it held, by id."""

    epoch: str
    seq: int
    after: int | None
    floor: int
    messages: dict[int, int]


class Answer(NamedTuple):
    """An ack or error, and the number of the line it came over."""

    frame: Frame
    line: int


class Fold:
    """A room as one witness saw it, frame by frame."""

    def __init__(self, witness: Witness, changes: Changes, find: Find) -> None:
        self.witness, self.name = witness, witness.name
        self.epoch, self.seq, self.floor = "", 0, 0
        self.beginnings = 0  # how often it had to forget what it held
        self.messages: dict[int, Frame] = {}
        self.room: Frame = {}
        self.you = ""
        self.texts: dict[tuple[str, int], str] = {}  # what each answer had said, when it was seen last
        self.paged: dict[tuple[str, int], str] = {}  # the same, in pages of history: the longest
        self.seen: dict[tuple[str, int], int] = {}  # units of the longest text seen, by epoch and id
        self.welcomes: list[Welcome] = []
        self.answers: dict[str, list[Answer]] = defaultdict(list)
        self.echoed: set[str] = set()  # keys of our messages that came back
        self._changes, self._find = changes, find
        self._line, self._number = Line(), 0
        self._welcomed = False
        self._asked = "", 0, 0  # where we were when we asked for a page

    def follow(self) -> None:
        for number, line in enumerate(self.witness.lines):
            self._number, self._line = number, line
            self._begin()
            for text in line.received:
                self._apply(json.loads(text))
            self._answered_once()

    def state(self, floor: int) -> Frame:
        shown = [message for id, message in sorted(self.messages.items()) if id >= floor]
        return {"epoch": self.epoch, "seq": self.seq, "room": without_seq(self.room), "messages": shown}

    def _begin(self) -> None:
        self._welcomed = False
        if self._line.epoch and (self._line.epoch, self._line.after) != (self.epoch, self.seq):
            self._find("other", f"{self.name} came back with {self._line.after}, but had seen {self.seq}.")

    def _answered_once(self) -> None:
        sent = Counter(json.loads(text).get("key") for text in self._line.sent)
        for key, answers in self.answers.items():
            here = sum(answer.line == self._number for answer in answers)
            if here > sent[key]:
                self._find("doubled", f"{self.name} sent {key} {times(sent[key])} over one line and was answered {times(here)}.")

    def _apply(self, frame: Frame) -> None:
        data = {name: value for name, value in frame.items() if name != "type"}
        if not self._welcomed and frame["type"] not in ("welcome", "page asked", "page"):
            self._find("other", f"{self.name} got {frame['type']!r} before any welcome.")
        match frame["type"]:
            case "welcome":
                self._welcome(data)
            case "page asked":
                self._asked = self.epoch, self.floor, self.beginnings
            case "page":
                self._page(data)
            case "message" | "start" if self._is_next(data):
                if frame["type"] == "start":
                    data["status"] = "streaming"
                self._put(data)
            case "chunk":
                self._grow(data)
            case "end" if self._is_next(data):
                self._end(data)
            case "room":
                self.room = data
            case "ack" | "error" if "key" in data:
                self.answers[data["key"]].append(Answer(frame, self._number))
            case "pong" if data["seq"] != self.seq:
                self._find("other", f"{self.name} stood at {self.seq} when the server said {data['seq']}.")

    def _welcome(self, welcome: Frame) -> None:
        room, you = welcome["room"], welcome["you"]["id"]
        again = self._welcomed or self._line.epoch
        if welcome["resumed"] and not (again and room["epoch"] == self.epoch):
            self._find("other", f"{self.name} was resumed from another room's life.")
        if room["epoch"] == self.epoch and room["seq"] < self.seq:
            self._find("lost", f"{self.name} stood at {self.seq}, and was then welcomed to {room['seq']}.")
        if self.you not in ("", you):
            self._find("other", f"{self.name} was {self.you} and became {you}.")
        after = self.seq if welcome["resumed"] else None
        self._welcomed, self.you, self.epoch = True, you, room["epoch"]
        if not welcome["resumed"]:
            self.messages, self.floor, self.beginnings = {}, welcome["from"], self.beginnings + 1
        self.seq, self.room = room["seq"], room
        self._put_all(welcome["messages"])
        numbers = {message["id"]: message["seq"] for message in welcome["messages"]}
        self.welcomes.append(Welcome(self.epoch, self.seq, after, self.floor, numbers))

    def _page(self, page: Frame) -> None:
        """It comes by another road: it may be older or newer than what came over the line."""
        if self._asked == (self.epoch, self.floor, self.beginnings) and page["epoch"] == self.epoch:
            self._put_all(page["messages"], by_line=False)
            self.floor = page["from"]

    def _put_all(self, messages: Sequence[Frame], by_line: bool = True) -> None:
        for one, next in pairwise(messages):
            if one["id"] == next["id"]:
                self._find("doubled", f"{self.name} was given the message {one['id']} twice at once.")
            elif one["id"] > next["id"]:
                self._find("reordered", f"{self.name} was given the message {one['id']} before {next['id']}.")
        for message in messages:
            self._put(message, by_line)

    def _put(self, message: Frame, by_line: bool = True) -> None:
        self._see(message, by_line)
        held = self.messages.get(message["id"])
        if held is None or (message["seq"], grown(message)) >= (held["seq"], grown(held)):
            self.messages[message["id"]] = dict(message)
        elif by_line and held["seq"] <= self.seq and message["seq"] < held["seq"]:
            self._find("lost", f"{self.name} held change {held['seq']} of message {held['id']}, and was given {message['seq']}.")

    def _grow(self, chunk: Frame) -> None:
        answer = self.messages.get(chunk["id"])
        if answer is None or (answer["status"] != "streaming" and answer["seq"] <= self.seq):
            return self._find("other", f"{self.name} got more of answer {chunk['id']}, which did not stream.")
        text, start = utf16(answer["content"]), 2 * chunk["off"]
        more = utf16(chunk["content"])
        end = start + len(more)
        if start > len(text):
            return self._find("lost", f"{self.name} got {chunk['off']} units into answer {chunk['id']}, having {len(text) // 2}.")
        if text[start : start + len(more)] != more[: len(text) - start]:
            self._find("other", f"{self.name} got another text for what {chunk['id']} had said at {chunk['off']}.")
        if end > len(text):
            answer["content"] = (text[:start] + more).decode("utf-16-le", "surrogatepass")
        self._see_text(chunk["id"], utf16(answer["content"])[:end].decode("utf-16-le", "surrogatepass"))

    def _end(self, end: Frame) -> None:
        answer = self.messages.get(end["id"])
        if answer is not None and answer["seq"] >= end["seq"]:  # a page told us before
            return None
        if answer is None or answer["status"] != "streaming":
            return self._find("doubled", f"{self.name} saw an end of answer {end['id']}, which did not stream.")
        if units(answer["content"]) != end["length"]:
            self._find("lost", f"{self.name} held {units(answer['content'])} units of {end['id']}, which ended at {end['length']}.")
        answer |= {name: end[name] for name in ("seq", "status", "by", "usage") if name in end}
        answer |= {"reason": end["content"]} if end["content"] else {}
        self._see(answer)

    def _is_next(self, data: Frame) -> bool:
        """Live numbers rise by one."""
        seq = data["seq"]
        if seq <= self.seq:
            self._find("doubled", f"{self.name} stood at {self.seq} and got change {seq} again.")
            return False
        if seq > self.seq + 1:
            self._find("lost", f"{self.name} got change {seq} right after {self.seq}.")
        self.seq = seq
        return True

    def _see(self, message: Frame, by_line: bool = True) -> None:
        self._changes.see(self.epoch, message, self.name)
        at = self.epoch, message["id"]
        self.seen[at] = max(self.seen.get(at, 0), units(message["content"]))
        if message["author"]["id"] == self.you and "key" in message:
            self.echoed.add(message["key"])
        if message["author"]["kind"] == "assistant":
            self._see_text(message["id"], message["content"], by_line)

    def _see_text(self, id: int, text: str, by_line: bool = True) -> None:
        """What an answer has said stays said."""
        before = self.texts.get((self.epoch, id), "")
        if by_line and not text.startswith(before):
            self._find("lost", f"{self.name} saw {units(before)} units of answer {id} and then {units(text)} that begin otherwise.")
        if by_line:
            self.texts[self.epoch, id] = text
            self.seen[self.epoch, id] = max(self.seen.get((self.epoch, id), 0), units(text))
        elif len(text) > len(self.paged.get((self.epoch, id), "")):
            self.paged[self.epoch, id] = text


# ---- what was done ---------------------------------------------------------------------------------


@dataclass
class Deed:
    """A keyed frame of one author, however often it was sent, and all that came of it."""

    author: str
    by: str  # the witness's name
    frame: Frame
    place: int  # among what this witness said
    sent: int
    acks: list[Frame]
    errors: list[Frame]
    unanswered: int  # copies that no answer came for over the line they went out on: they may be taken at any time
    echoed: bool
    sent_last: int  # over which line
    acked_first: int  # over which line

    @property
    def id(self) -> int:
        """The message it is about."""
        return self.frame.get("id", 0)

    @property
    def is_acked(self) -> bool:
        return bool(self.acks) or self.echoed


def deeds_of(folds: Iterable[Fold]) -> list[Deed]:
    return [deed for fold in folds for deed in deeds_of_one(fold)]


def deeds_of_one(fold: Fold) -> Iterator[Deed]:
    sent = Counter[tuple[int, str]]()
    for number, line in enumerate(fold.witness.lines):
        sent.update((number, key) for text in line.sent if (key := json.loads(text).get("key")))
    for place, frame in enumerate(fold.witness.said):
        key = frame["key"]
        answers = fold.answers.get(key, [])
        copies = {number: count for (number, of), count in sent.items() if of == key}
        answered = Counter(answer.line for answer in answers)
        yield Deed(
            fold.you, fold.name, frame, place, sum(copies.values()),
            [answer.frame for answer in answers if answer.frame["type"] == "ack"],
            [answer.frame for answer in answers if answer.frame["type"] == "error"],
            sum(count - min(count, answered[number]) for number, count in copies.items()), key in fold.echoed,
            max(copies, default=0), min((answer.line for answer in answers if answer.frame["type"] == "ack"), default=0),
        )  # fmt: skip


# ---- the checks ------------------------------------------------------------------------------------


def check_fresh(room: Fold, find: Find) -> None:
    """The room itself is in order and at rest."""
    messages = [*room.messages.values()]
    if room.floor:
        find("other", f"{room.name} did not read the whole room, but from {room.floor} on.")
    if room.seq != max((message["seq"] for message in messages), default=0):
        find("other", f"The room's number is {room.seq}, which is not that of its latest change.")
    for seq, count in Counter(message["seq"] for message in messages).items():
        if count > 1:
            find("doubled", f"The number {seq} was given to {count} messages.")
    for message in messages:
        if message["seq"] < message["id"]:
            find("other", f"The message {message['id']} has the number {message['seq']}, before it appeared.")
        if message["status"] == "streaming":
            find("other", f"The answer {message['id']} streams for ever.")


def check_agreement(fold: Fold, room: Fold, find: Find) -> None:
    """At rest a client's screen, our own fold of its frames, and the room are one and the same."""
    shown = fold.witness.shown
    if shown is None:
        return
    if shown["floor"] != fold.floor:
        find("other", f"{fold.name} shows messages from {shown['floor']} on, where its frames say {fold.floor}.")
    floor = max(shown["floor"], fold.floor)
    messages = [message for message in shown["messages"] if message["id"] >= floor]
    screen = {"epoch": shown["epoch"], "seq": shown["seq"], "room": without_seq(shown["room"]), "messages": messages}
    for what, state in (("screen", screen), ("frames", fold.state(floor))):
        if canonical(state) != canonical(room.state(floor)):
            find("other", f"{fold.name}'s {what} and the room do not agree: {difference(state, room.state(floor))}.")


def check_texts(fold: Fold, room: Fold, find: Find) -> None:
    for (epoch, id), text in [*fold.texts.items(), *fold.paged.items()]:
        final = room.messages.get(id)
        if epoch == room.epoch and final is not None and not final["content"].startswith(text):
            find("lost", f"{fold.name} saw {units(text)} units of answer {id}, which is now {units(final['content'])} others.")


def check_still_there(changes: Changes, room: Fold, find: Find) -> None:
    """Whatever anyone was shown is there, unless its author changed it later."""
    for seq, change in changes:
        seen, now = change.message, room.messages.get(change.id)
        if now is None or now["seq"] < seq:
            what = "is gone" if now is None else f"is back at {now['seq']}"
            find("lost", f"{change.seen_by} saw change {seq} of message {change.id}, which {what}.")
            continue
        if any(seen.get(name) != now.get(name) for name in NEVER_CHANGE):
            find("other", f"{change.seen_by} saw {brief(seen)}, which became {brief(now)}.")
        if now["seq"] > seq and seen["author"]["kind"] == "assistant" and seen["status"] != "streaming":
            find("other", f"The answer {change.id} ended at {seq}, and changed at {now['seq']} after its end.")
        if now["seq"] > seq and seen["author"]["kind"] == "human" and not ("edited" in now or now["status"] == "deleted"):
            find("other", f"The message {change.id} has the number {now['seq']} after {seq}, though nobody changed it.")


def check_welcomes(fold: Fold, changes: Changes, room: Fold, find: Find) -> None:
    """A welcome holds all that changed since, as it stood then, and nothing of what came after."""
    known = dict(changes)
    latest: dict[int, int] = {}
    replaced: dict[int, int] = {}  # by which number of the same message
    for seq, change in known.items():
        if change.id in latest:
            replaced[latest[change.id]] = seq
        latest[change.id] = seq
    answers = {id: m["seq"] for id, m in room.messages.items() if m["author"]["kind"] == "assistant"}
    for welcome in (welcome for welcome in fold.welcomes if welcome.epoch == room.epoch):
        due = {id: id for id, end in answers.items() if id <= welcome.seq < end}
        numbers = range((welcome.after or 0) + 1, welcome.seq + 1)
        for seq in (seq for seq in numbers if seq in known and replaced.get(seq, welcome.seq + 1) > welcome.seq):
            if welcome.after is not None or known[seq].id >= welcome.floor:
                due[known[seq].id] = seq
        for id, seq in due.items():
            if welcome.messages.get(id) != seq:
                given = f"change {welcome.messages[id]}" if id in welcome.messages else "nothing"
                find("lost", f"{fold.name} was welcomed to {welcome.seq} with {given} of message {id}, where {seq} was due.")
        for id, seq in welcome.messages.items():
            if seq > welcome.seq:
                find("other", f"{fold.name} was welcomed to {welcome.seq} with change {seq} of message {id}.")


def check_messages(deeds: Iterable[Deed], room: Fold, find: Find) -> None:
    """What was acked stands exactly once, everything else at most once, and nothing that nobody sent."""
    standing = standing_keys(room)
    sent = {(deed.author, deed.frame["key"]): deed for deed in deeds if deed.frame["type"] == "message"}
    for (author, key), deed in sent.items():
        check_message(deed, standing.get((author, key), []), find)
    for (author, key), messages in standing.items():
        if (author, key) not in sent:
            find("other", f"The message {messages[0]['id']} stands under {key}, which its author never sent.")
    for message in room.messages.values():
        if message["author"]["kind"] == "human" and "key" not in message:
            find("other", f"The message {message['id']} has no key, and nobody sent it.")


def check_message(deed: Deed, standing: Sequence[Frame], find: Find) -> None:
    what = f"the message {deed.frame['key']} of {deed.by}"
    if deed.is_acked and not standing:
        find("lost", f"{what} was acked, and is not there.")
    if len(standing) > 1:
        find("doubled", f"{what} stands {times(len(standing))}: as {listed(message['id'] for message in standing)}.")
    if sum(not ack["duplicate"] for ack in deed.acks) > 1:
        find("doubled", f"{what} was acked as new more than once.")
    if standing and deed.errors and not deed.is_acked and not deed.unanswered:
        find("other", f"{what} was refused ({deed.errors[0]['code']}), and is there.")
    for message in standing[:1]:
        if wrong := {ack["id"] for ack in deed.acks} - {message["id"]}:
            find("other", f"{what} was acked as {listed(wrong)}, and stands as {message['id']}.")
        unchanged = "edited" not in message and message["status"] == "complete"
        if unchanged and message["content"] != deed.frame["content"]:
            find("other", f"{what} stands with another text than was sent.")
        if message.get("reply_to") != deed.frame.get("reply_to"):
            find("other", f"{what} replies to {message.get('reply_to')}, and was sent to {deed.frame.get('reply_to')}.")


def check_order(deeds: Iterable[Deed], room: Fold, refusing: bool, find: Find) -> None:
    """One client's messages stand in the order in which it meant them, however many were in flight when a line broke.

    Those that were refused once are left out: whoever sends one again sends it later. So are, while the server was
    `refusing`, those that were sent over a line that never answered: it may have refused them, and not the next one.
    """
    standing = standing_keys(room)
    last: dict[str, tuple[int, str]] = {}  # by witness: the latest of theirs so far
    for deed in (deed for deed in deeds if deed.frame["type"] == "message"):
        found = standing.get((deed.author, key := deed.frame["key"]))
        if not found or deed.errors or (refusing and deed.unanswered):
            continue
        id, (before, first) = found[0]["id"], last.get(deed.by, (0, ""))
        if id < before:
            find("reordered", f"{deed.by} said {first} before {key}, but they stand as {before} and {id}.")
        last[deed.by] = max((id, key), (before, first))


def check_edits(deeds: Iterable[Deed], room: Fold, find: Find) -> None:
    """An acked edit or deletion holds, unless its author changed the message later."""
    changed: dict[tuple[str, int], list[Deed]] = defaultdict(list)
    for deed in deeds:
        if deed.frame["type"] in ("edit", "delete"):
            changed[deed.author, deed.id].append(deed)
    for (author, id), edits in changed.items():
        message = room.messages.get(id)
        if message is None or message["author"]["id"] != author:
            for deed in (deed for deed in edits if deed.acks):
                find("lost", f"{deed.by} changed message {id}, which is not there or is not theirs.")
        elif any(deed.acks for deed in edits) and as_it_stands(message) not in (may := [as_asked(d) for d in lasting(edits)]):
            find("lost", f"{edits[0].by} changed message {id}, which now is {shorten(message['content'])}, none of {listed(map(shorten, may))}.")
        elif "edited" in message and as_it_stands(message) not in [as_asked(deed) for deed in edits]:
            find("other", f"The message {id} was edited to {shorten(message['content'])}, which its author never asked for.")
    for message in room.messages.values():
        touched = "edited" in message or message["status"] == "deleted"
        if touched and (message["author"]["id"], message["id"]) not in changed:
            find("other", f"The message {message['id']} was changed, which its author never asked for.")


def lasting(edits: Iterable[Deed]) -> list[Deed]:
    """Those of one author's changes to one thing that may stand in the end.

    Of each witness the last one acked and all after it. One before it only if it was sent once more over a later line than
    that ack came by: a new server does it again. Or if it was never acked, but sent over a line that never answered.
    """
    by_witness: dict[str, list[Deed]] = defaultdict(list)
    for deed in edits:
        if not deed.errors or deed.acks or deed.unanswered:
            by_witness[deed.by].append(deed)
    may: list[Deed] = []
    for theirs in by_witness.values():
        theirs.sort(key=lambda deed: deed.place)
        last = max((n for n, deed in enumerate(theirs) if deed.acks), default=0)
        before = [d for d in theirs[:last] if (d.sent_last > theirs[last].acked_first if d.acks else d.unanswered)]
        may += before + theirs[last:]
    return may


def as_asked(deed: Deed) -> str | None:
    return deed.frame.get("content")


def as_it_stands(message: Frame) -> str | None:
    return None if message["status"] == "deleted" else message["content"]


def check_settings(deeds: Iterable[Deed], room: Fold, find: Find) -> None:
    """An acked setting holds, unless it was set again later; a system message tells of each change."""
    configures = [deed for deed in deeds if deed.frame["type"] == "configure"]
    for deed in configures:
        for ack in deed.acks:
            told = room.messages.get(ack["id"])
            if not ack["duplicate"] and (told is None or told.get("by", {}).get("id") != deed.author):
                find("lost", f"{deed.by} changed the room's settings, but the message {ack['id']} does not tell so.")
    for name in ("title", "instructions", "speaks", "model", "mode"):
        setting = [deed for deed in configures if name in deed.frame]
        new = [(ack["id"], deed) for deed in setting for ack in deed.acks if not ack["duplicate"]]
        if not new:
            continue
        _, last = max(new, key=lambda pair: pair[0])
        may = [last, *(deed for deed in setting if deed.unanswered)]
        if room.room[name] not in [deed.frame[name] for deed in may] and all(deed.frame[name] for deed in may):
            find("lost", f"{last.by} set {name} to {shorten(last.frame[name])} last, but it is {shorten(room.room[name])}.")


def check_stops(deeds: Iterable[Deed], room: Fold, find: Find) -> None:
    """An answer that was stopped with success is stopped, by whoever did it."""
    for deed in (deed for deed in deeds if deed.frame["type"] == "stop"):
        for ack in deed.acks:
            told = room.messages.get(ack["id"])
            if told is None:
                find("lost", f"{deed.by} was told of message {ack['id']} for a stop, and it is not there.")
            elif told["author"]["kind"] == "assistant" and (told["status"], told.get("by", {}).get("id")) != ("stopped", deed.author):
                find("lost", f"{deed.by} stopped the answer {ack['id']}, which is {told['status']}.")


def check_answers(deeds: Iterable[Deed], room: Fold, find: Find) -> None:
    """Every answer is to a question, and there is at most one for each time that it was put."""
    answers = {id: m for id, m in room.messages.items() if m["author"]["kind"] == "assistant"}
    put: Counter[int] = Counter()
    for deed in (deed for deed in deeds if deed.frame["type"] == "ask"):
        put[answers.get(deed.id, {"reply_to": deed.id}).get("reply_to", 0)] += deed.sent
    given = Counter(answer.get("reply_to", 0) for answer in answers.values())
    for question, count in given.items():
        asked = room.messages.get(question)
        if asked is None or asked["author"]["kind"] != "human":
            find("other", f"There are answers to {question}, which is nobody's message.")
        elif count > 1 + put[question]:
            find("doubled", f"The question {question} was put {times(1 + put[question])} and answered {times(count)}.")


def check_told(folds: Iterable[Fold], deeds: Iterable[Deed], room: Fold, find: Find) -> None:
    """A client tells its caller what the server said, and at rest it waits for nothing."""
    at_rest = {fold.name for fold in folds if fold.witness.shown is not None}
    told = {(fold.name, key): answer for fold in folds for key, answer in fold.witness.told.items()}
    standing = standing_keys(room)
    for deed in deeds:
        answer = told.get((deed.by, key := deed.frame["key"]))
        acked = [ack["id"] for ack in deed.acks] + [m["id"] for m in standing.get((deed.author, key), []) if deed.echoed]
        if deed.by in at_rest and answer is None:
            find("lost", f"{deed.by} never had an answer to {key}.")
        elif isinstance(answer, int) and answer not in acked:
            find("other", f"{deed.by} was told that {key} is {answer}, which no server said.")
        elif isinstance(answer, str) and answer not in [error["code"] for error in deed.errors]:
            find("other", f"{deed.by} was told that {key} failed ({answer}), which no server said.")


def count(verdict: Verdict, deeds: Iterable[Deed], folds: Iterable[Fold]) -> None:
    verdict.acked = sum(deed.is_acked for deed in deeds)
    seen: dict[tuple[str, int], int] = {}
    for fold in folds:
        for at, length in fold.seen.items():
            seen[at] = max(seen.get(at, 0), length)
    verdict.shown, verdict.units = len(seen), sum(seen.values())


# ---- words -----------------------------------------------------------------------------------------


def standing_keys(room: Fold) -> dict[tuple[str, str], list[Frame]]:
    standing: dict[tuple[str, str], list[Frame]] = defaultdict(list)
    for _, message in sorted(room.messages.items()):
        if "key" in message:
            standing[message["author"]["id"], message["key"]].append(message)
    return standing


def without_seq(room: Frame) -> Frame:
    return {name: value for name, value in room.items() if name != "seq"}


def canonical(state: Frame) -> str:
    return json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(utf16(text)) // 2


def grown(message: Frame) -> int:
    return len(message["content"]) if message["status"] == "streaming" else 0


def difference(one: Frame, other: Frame) -> str:
    """The first thing in which two states differ."""
    for name in ("epoch", "seq", "room"):
        if one[name] != other[name]:
            return f"{name} is {one[name]} and {other[name]}"
    left: dict[int, Frame] = {message["id"]: message for message in one["messages"]}
    right: dict[int, Frame] = {message["id"]: message for message in other["messages"]}
    for id in sorted({*left, *right}):
        if canonical(left.get(id, {})) != canonical(right.get(id, {})):
            return f"message {id} is {brief(left.get(id))} and {brief(right.get(id))}"
    return "the messages stand in another order"


def brief(message: Frame | None) -> str:
    if not message:
        return "missing"
    shown = {name: value for name, value in message.items() if name not in ("author", "content", "ts")}
    return f"{shown} by {message['author']['name']}: {shorten(message['content'])}"


def shorten(text: str | None) -> str:
    return "deleted" if text is None else repr(text) if len(text) <= 40 else f"{text[:30]!r}… ({units(text)} units)"


def listed(things: Iterable[Any]) -> str:
    return ", ".join(map(str, things))


def times(count: int) -> str:
    return ("never", "once", "twice")[count] if count < 3 else f"{count} times"
