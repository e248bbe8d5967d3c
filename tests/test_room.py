"""Rooms alone, with a log that commits when the test says so."""

import asyncio
from asyncio import Future
from typing import Any, cast

import pytest

from utils import room
from utils.message_log import UNSET, Committed, Tail
from utils.protocol import Author, Edit, Message, Say
from utils.room import Rooms
from utils.settings import load_settings

ANN: Author = {"id": "ann", "name": "Ann", "kind": "human"}
HELLO: Message = {"id": 1, "seq": 1, "ts": 0, "author": ANN, "content": "hello", "status": "complete"}


class HeldLog:
    """A log of empty rooms, whose commits are done when the test does them."""

    rooms: Rooms

    def __init__(self) -> None:
        self.commits: list[Future[Committed]] = []
        self.answers: list[Any] = []
        self.forgotten = asyncio.Event()

    def follow(self, name: str, maker: str) -> Future[Tail]:
        followed: Future[Tail] = asyncio.get_running_loop().create_future()
        tail = Tail("epoch", 0, UNSET, [], 0)
        loop = asyncio.get_running_loop()
        loop.call_soon(self.rooms.on_changes, [(name, tail)])
        loop.call_soon(followed.set_result, tail)
        return followed

    def unfollow(self, name: str) -> None:
        self.forgotten.set()

    def commit(self, *change: Any) -> Future[Committed]:
        self.commits.append(asyncio.get_running_loop().create_future())
        self.answers += change[3:]
        return self.commits[-1]


class Ear:
    """An assistant that only listens."""

    def __init__(self, room: room.Room) -> None:
        self.heard: list[Message] = []

    def consider(self, message: Message) -> None:
        self.heard.append(message)

    def is_busy(self) -> bool:
        return False

    def ended(self, id: int) -> None: ...
    def changed(self, id: int) -> None: ...


async def test_a_room_is_kept_until_what_a_visitor_posted_was_considered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "IDLE", 0)
    log = HeldLog()
    log.rooms = Rooms(cast(Any, log), load_settings({}), cast(Any, Ear))
    tea = await log.rooms.open("tea")
    ear = cast(Ear, tea.answerer)
    tea.receive(Say(content="hello"), ANN, lambda answer: None)
    for _ in range(5):  # time enough to be let go
        await asyncio.sleep(0)
    assert not log.forgotten.is_set()
    log.answers[0](Committed(1))
    log.rooms.on_changes([("tea", {"type": "message", **HELLO})])
    await log.forgotten.wait()
    assert ear.heard == [HELLO]


async def test_of_more_acts_in_flight_than_a_room_remembers_each_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ACTS", 10)
    log, acks, all_acked = HeldLog(), [], asyncio.Event()

    def hear(ack: Any) -> None:
        acks.append(ack)
        if len(acks) == 50:
            all_acked.set()

    log.rooms = Rooms(cast(Any, log), load_settings({}), cast(Any, Ear))
    tea = await log.rooms.open("tea")
    for n in [*range(25), *range(25)]:
        tea.receive(Edit(id=1, content=f"{n}", key=f"k{n}"), ANN, hear)
    assert len(log.commits) == 25
    for commit in log.commits:
        commit.set_result(Committed(1))
    await all_acked.wait()
    assert sorted(ack["duplicate"] for ack in acks) == [False] * 25 + [True] * 25
    assert len(tea._acts) == 10
