"""The labelled turns, and what the room would hand to `nodes.addressed` for each of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SETS = ("open", "held_back")  # for whoever writes rules, and kept from them
# Their order decides what is held back.
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "ja", "zh", "ko", "ru", "tr", "nl", "pl", "ar", "hi")
HELD_BACK = 3  # every third turn
MORNING = 1_735_689_600_000  # 2025-01-01 00:00 UTC, in ms
MINUTE = 60_000  # ms


@dataclass(frozen=True)
class Turn:
    """A line of the set. A person is a name, or `name#id` where the id is not the name in lower case; messages are
    `[who, text]` or `[who, text, id of the message it replies to]` and count from 1."""

    id: str
    language: str
    principle: str
    label: str  # speak or silent
    here: list[str]
    turn: list[Any]
    assistant: str = "Pocket"
    then: list[str] | None = None  # who was here when it was said, where that is not who is here now
    earlier: list[list[Any]] = field(default_factory=list)
    later: list[list[Any]] = field(default_factory=list)
    pause: int = 1  # minutes before it
    note: str = ""

    @property
    def speak(self) -> bool:
        return self.label == "speak"

    def scene(self, speaks: str) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
        """The message, the room and the room's messages, as `nodes.addressed` takes them."""
        messages = [self._message(number, said) for number, said in enumerate([*self.earlier, self.turn, *self.later], 1)]
        message = messages[len(self.earlier)]
        if self.then is not None:
            message["here"] = [_person(who)[0] for who in self.then]
        for late in messages[len(self.earlier) :]:
            late["ts"] += (self.pause - 1) * MINUTE
        return message, self._room(speaks), messages

    def _message(self, number: int, said: list[Any]) -> dict[str, Any]:
        who, text, *reply_to = said
        message = {
            "id": number, "seq": number, "ts": MORNING + number * MINUTE, "author": self._author(who),
            "content": text, "status": "complete",
        }  # fmt: skip
        return {**message, "reply_to": reply_to[0]} if reply_to else message

    def _author(self, who: str) -> dict[str, str]:
        if who == self.assistant:
            return {"id": "assistant", "name": who, "kind": "assistant"}
        if who == "system":
            return {"id": "system", "name": who, "kind": "system"}
        id, name = _person(who)
        return {"id": id, "name": name, "kind": "human"}

    def _room(self, speaks: str) -> dict[str, Any]:
        people = [_person(who) for who in self.here]
        return {
            "title": "Kitchen", "instructions": "", "speaks": speaks, "model": "", "mode": "General", "persona": None,
            "assistant": self.assistant, "people": [name for _, name in people], "here": [id for id, _ in people],
        }  # fmt: skip


def read_turns(which: str) -> list[Turn]:
    """The turns of a set, `open` or `held_back`."""
    with (HERE / f"{which}.jsonl").open(encoding="utf-8") as lines:
        return [Turn(**json.loads(line)) for line in lines]


def held_back(turns: Iterable[Turn]) -> set[str]:
    """The ids of those that are held back: in each language, every third of those with the same label, in the order in
    which they were written. Each language begins elsewhere, since many were written after the same plan."""
    counts: dict[tuple[str, str], int] = {}
    held = set()
    for turn in sorted(turns, key=lambda turn: turn.id):
        stratum = turn.language, turn.label
        counts[stratum] = counts.get(stratum, 0) + 1
        if (counts[stratum] + LANGUAGES.index(turn.language)) % HELD_BACK == 0:
            held.add(turn.id)
    return held


def _person(who: str) -> tuple[str, str]:
    name, _, id = who.partition("#")
    return id or name.lower(), name
