"""A room, folded from the frames of docs/protocol.md by its delivery contract ("Keeping up, and coming back"). Pure."""

import secrets
import time
from collections import deque
from typing import Any

KEPT = 2_000  # messages held at most; older ones are read again over HTTP when they are asked for
COMINGS = 100  # "Ann joined" lines held at most: they tell of now, not of history

Frame = dict[str, Any]


class Gap(Exception):
    """A frame that does not continue what is held: connect again."""


class Room:
    def __init__(self) -> None:
        self.at = ("", 0)  # epoch and number of the latest change: in one piece, as the line's thread reads it too
        self.floor = 0  # every message from this id on is held; 0: the whole room
        self.begun = 0  # how often what was held had to be forgotten
        self.messages: dict[int, Frame] = {}
        self.members: list[Frame] = []
        self.settings: Frame = {}
        self.you: Frame = {}
        self.waiting: list[int] = []  # questions that wait for the answer before them
        self.progress = ""  # what the assistant does, until its answer has a word
        self.comings: deque[tuple[int, int, str]] = deque(maxlen=COMINGS)  # after which message, when, "Ann joined"
        self.unanswered: dict[str, Frame] = {}  # what we sent, by key
        self.refused = ""  # the latest error, in words
        self.lost = False  # since a gap: nothing counts until the next welcome

    def apply(self, frame: Frame) -> None:
        """A frame that raises Gap moves nothing."""
        if frame.get("type") == "welcome" or not self.lost:
            try:
                self._fold(frame)
            except Gap:
                self.lost = True
                raise
            self._settle(frame)

    def _fold(self, frame: Frame) -> None:
        match frame.get("type"):
            case "welcome":
                self._welcome(frame)
            case "message":
                self._put_next(frame)
            case "start":
                self._put_next({**frame, "status": "streaming"})
            case "chunk":
                self._grow(frame)
            case "end":
                self._end(frame)
            case "room":
                self.settings = frame
            case "presence":
                self._see(frame["members"])
            case "waiting":
                self.waiting = frame["ids"]
            case "progress":
                self.progress = frame["content"]
            case "pong" if frame["seq"] != self.at[1]:
                raise Gap(f"the room is at {frame['seq']}, we are at {self.at[1]}")
            case "error":
                self._refuse(frame)

    def shown(self) -> list[Frame]:
        return [message for id, message in sorted(self.messages.items()) if id >= self.floor and message["status"] != "deleted"]

    def streaming(self) -> Frame | None:
        return next((m for m in reversed(self.messages.values()) if m["status"] == "streaming"), None)

    def frame(self, type: str, **fields: Any) -> Frame:
        """What is to be sent, under a key: again after each welcome, until it is answered."""
        frame = {"type": type, "key": secrets.token_urlsafe(12), **fields}
        self.unanswered[frame["key"]] = frame
        return frame

    def place(self) -> tuple[str, int, int]:
        """Where an older page has to fit."""
        return self.at[0], self.floor, self.begun

    def add_page(self, page: Frame, place: tuple[str, int, int]) -> None:
        if place == self.place() and page["epoch"] == self.at[0]:
            self.floor = page["from"]
            for message in page["messages"]:
                self._put(message)

    def _welcome(self, welcome: Frame) -> None:
        self.lost = False
        if not welcome["resumed"]:
            self.messages, self.floor, self.begun = {}, welcome["from"], self.begun + 1
        if self.you and self.you["id"] != welcome["you"]["id"]:
            self.unanswered = {}  # sent by somebody else than we are by now
        for message in welcome["messages"]:
            self._put(message)
            self._answered(message)
        self.you = {**self.you, **welcome["you"]}
        self.settings, self.members = welcome["room"], welcome["members"]
        self.waiting, self.progress = [], ""
        self.at = (welcome["room"]["epoch"], welcome["room"]["seq"])

    def _put_next(self, message: Frame) -> None:
        if self._is_next(message["seq"]):
            self._put(message)
            self._move_to(message["seq"])
            self._keep_bound()

    def _grow(self, chunk: Frame) -> None:
        answer = self.messages.get(chunk["id"])
        length = units(answer["content"]) if answer else -1
        if answer is None or chunk["off"] > length:
            raise Gap(f"a chunk came at {chunk['off']}, where {length} units were held")
        self.progress = ""
        if answer["status"] == "streaming":
            answer["content"] += from_unit(chunk["content"], length - chunk["off"])

    def _end(self, end: Frame) -> None:
        if self._is_next(end["seq"]):
            answer = self.messages.get(end["id"])
            newer = answer is not None and answer["seq"] >= end["seq"]  # from an older page that was asked for later
            if answer is None or (units(answer["content"]) != end["length"] and not newer):
                raise Gap(f"answer {end['id']} ended at {end['length']} units, where something else was held")
            news = {name: end[name] for name in ("seq", "status", "by") if name in end}
            self._put({**answer, **news, "reason": end["content"]})
            self.progress = ""
            self._move_to(end["seq"])

    def _is_next(self, seq: int) -> bool:
        if seq > self.at[1] + 1:
            raise Gap(f"change {seq} came after {self.at[1]}")
        return seq > self.at[1]

    def _move_to(self, seq: int) -> None:
        self.at = (self.at[0], seq)

    def _put(self, message: Frame) -> None:
        held = self.messages.get(message["id"])
        if held is None or (message["seq"], grown(message)) >= (held["seq"], grown(held)):
            self.messages[message["id"]] = dict(message)

    def _keep_bound(self) -> None:
        if len(self.messages) > KEPT:  # half of them at once: to sort costs more than to hold
            ids = sorted(self.messages)
            self.floor = max(self.floor, ids[-KEPT // 2])
            self.messages = {id: m for id, m in self.messages.items() if id >= self.floor or m["status"] == "streaming"}

    def _see(self, members: list[Frame]) -> None:
        before, now = ({member["id"]: member["name"] for member in some} for some in (self.members, members))
        after, when = max(self.messages, default=0), int(time.time() * 1000)
        self.comings.extend((after, when, f"{now[id]} joined") for id in now.keys() - before.keys())
        self.comings.extend((after, when, f"{before[id]} left") for id in before.keys() - now.keys())
        renamed = [id for id in before.keys() & now.keys() if before[id] != now[id]]
        self.comings.extend((after, when, f"{before[id]} is {now[id]} now") for id in renamed)
        self.members = members

    def _refuse(self, error: Frame) -> None:
        sent = self.unanswered.get(error.get("key", ""), {})
        self.refused = error["content"] + (f" Not sent: “{sent['content']}”" if "content" in sent else "")

    def _settle(self, frame: Frame) -> None:
        if frame.get("type") in ("ack", "error"):
            self.unanswered.pop(frame.get("key", ""), None)
        elif frame.get("type") == "message":
            self._answered(frame)

    def _answered(self, message: Frame) -> None:
        if message["author"]["id"] == self.you.get("id"):
            self.unanswered.pop(message.get("key", ""), None)


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def from_unit(text: str, start: int) -> str:
    return text[start:] if text.isascii() else text.encode("utf-16-le")[2 * start :].decode("utf-16-le")


def grown(message: Frame) -> int:
    return len(message["content"]) if message["status"] == "streaming" else 0
