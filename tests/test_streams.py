"""Random models that fail in random ways while people stop, ask and leave: one end for each answer, and nothing is left.

    STREAMS=10000 pytest tests/test_streams.py
"""

import asyncio
import gc
import logging
import os
import random
from asyncio import Event
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from tests.company import PATIENCE, Person, is_idle, opened, person, port_of
from utils.answer import Answer
from utils.speech import Speech
from utils.stream_llm import ModelError, Progress, PromptTooLong, Usage

STREAMS = int(os.environ.get("STREAMS", "600"))
ROOMS = 30
ENDS = {"complete", "stopped", "error", "filtered", "truncated"}
TEXTS = ["word ", "", "\n\n", "😀", "\ud83d", "\ude00", "a\x00b\u202e", "|a|\n|-|\n", "x" * 5_000]
FAULTS: list[tuple[Any, ...]] = [
    (), (), (),
    (ModelError, "It was too much."), (ModelError, "It was cut.", "truncated"), (ModelError, "No.", "filtered"), (PromptTooLong, "Too long."),
    (ValueError, "no JSON"), (KeyError, "choices"), (TimeoutError,), (OSError, 5, "Input/output error"), (RecursionError,), (MemoryError,),
    (asyncio.CancelledError,), (RuntimeError, "generator raised StopIteration"), (ConnectionResetError,),
    (UnicodeDecodeError, "utf-8", b"\xff", 0, 1, "x"),
]  # fmt: skip
NO_PIECES = [42, None, b"bytes", {"content": "x"}, ["x"]]


class Models:
    """Model functions whose every step is drawn by lot. `open` counts those that have begun and are not closed."""

    def __init__(self, lot: random.Random) -> None:
        self.lot, self.open, self.begun = lot, 0, 0

    async def stream(self, prompt: Any, model: str = "", **options: Any) -> AsyncIterator[Any]:
        self.open, self.begun = self.open + 1, self.begun + 1
        try:
            for _ in range(self.lot.choice([0, 0, 1, 2, 5, 30])):
                yield self._piece()
                await self._wait()
            if self.lot.random() < 0.01:
                yield "y" * 2_000_000
            if fault := self.lot.choice(FAULTS):
                raise fault[0](*fault[1:])
        finally:
            self.open -= 1

    def _piece(self) -> Any:
        kind = self.lot.random()
        if kind < 0.05:
            return self.lot.choice(NO_PIECES)
        if kind < 0.15:
            return self.lot.choice([Usage(10, 5), Progress("Thinking"), Progress("Looking", 50)])
        return self.lot.choice(TEXTS)

    async def _wait(self) -> None:
        kind = self.lot.random()
        if kind < 0.01:
            await Event().wait()  # until somebody stops it, or its silence was too long
        elif kind < 0.3:
            await asyncio.sleep(self.lot.choice([0, 0, 0.001, 0.005]))


async def test_each_answer_ends_once_and_nothing_is_left_whatever_its_model_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("pocketroom"), "filters", [lambda record: False])  # its tracebacks would hold what we look for
    before = alive()
    lot = random.Random(os.environ.get("STREAMS_SEED", "0"))
    models = Models(lot)
    async with opened(tmp_path, models.stream, llm_timeout=1, messages_per_minute=0, connections_per_address=0) as app:
        others = set(asyncio.all_tasks())
        ended = Counter()
        for told in await asyncio.gather(*(talk(app, f"room-{n}", lot) for n in range(ROOMS))):
            ended += told
        assert ended.keys() <= ENDS
        assert ended.total() >= STREAMS
        if left := asyncio.all_tasks() - others:
            await asyncio.wait(left, timeout=PATIENCE)
        assert asyncio.all_tasks() <= others
        assert models.open == 0
        for room in app.state.house.rooms._rooms.values():
            assert not room.answerer.is_busy()
            assert all(message["status"] != "streaming" for message in room.messages.values())
    assert [thing for thing in alive() if not any(thing is other for other in before)] == []


def alive() -> list[Answer | Speech]:
    gc.collect()
    return [thing for thing in gc.get_objects() if isinstance(thing, Answer | Speech)]


async def talk(app: FastAPI, room: str, lot: random.Random) -> Counter[str]:
    """How the answers ended that Ann and Bea got in one room; each began once, ended once, and was told to both alike."""
    async with person(port_of(app), room, "Ann") as ann, person(port_of(app), room, "Bea") as bea:
        for _ in range(-(-STREAMS // ROOMS)):
            await ask(ann, bea, lot)
            await is_idle(app, room)
        for one in (ann, bea):
            await one.looks_up()
        starts, ends = ([frame["id"] for frame in ann.saw(kind)] for kind in ("start", "end"))
        assert starts == ends, "an answer did not end, or ended twice"
        assert ann.saw("end") == bea.saw("end")
        assert [ann.text(id) for id in starts] == [bea.text(id) for id in starts]
        for end in ann.saw("end"):
            assert end["length"] == len(ann.text(end["id"]).encode("utf-16-le")) // 2
        return Counter(end["status"] for end in ann.saw("end"))


async def ask(ann: Person, bea: Person, lot: random.Random) -> None:
    """One asks, and perhaps somebody stops it, takes it back, or asks it again."""
    asker, other = lot.sample([ann, bea], 2)
    question = await asker.says("@Pocket well?")
    if lot.random() < 0.3:
        await asyncio.sleep(lot.choice([0, 0.001, 0.003]))
        await other.does("stop", id=question)
        if lot.random() < 0.3:
            await other.does("ask", id=question)
