"""Nothing stays in the server of people who came and went, of answers that were stopped or cut, of rooms that fell idle."""

import asyncio
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import leaks
from tests.conftest import Join
from tests.member import Member, agree
from tests.server import Server

IDLE = "0.5"  # seconds, instead of a minute, until an empty room is let go
CONNECTS, ANSWERS, ROOMS = 300, 50, 50
KEPT = ("tasks", "fds", "rooms", "heads", "lines")  # exactly
OVER = ("RoomProtocol", "Room", "Assistant", "Answer")  # objects of which none is left
PATIENCE = 20  # seconds until what should happen is given up

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts in /proc")


@pytest.fixture
def counted(serve: Callable[..., Server]) -> Server:
    """A server that tells what it holds, and lets rooms go early. Its assistant answers who names it."""
    return serve(command=[sys.executable, "-m", "bench.leaks", "--serve", "--idle", IDLE], SPEAKS="mentioned")


async def holds(server: Server, condition: Callable[[leaks.Counts], bool], how: str = "") -> leaks.Counts:
    """What the server holds, when it is so."""
    deadline = time.monotonic() + PATIENCE
    while True:
        held = await asyncio.to_thread(leaks.counted, server.port, how)
        if condition(held):
            return held
        assert time.monotonic() < deadline, f"after {PATIENCE} s the server still holds {held}"
        await asyncio.sleep(0.1)


async def is_empty(server: Server) -> leaks.Counts:
    """Wait until every room was let go, and the last line is closed; what the server holds then."""
    return await holds(server, lambda held: not (held["rooms"] or held["heads"] or held["lines"]))


async def crowd(server: Server, seed: int, share: float = 1) -> None:
    dice = random.Random(seed)
    visits = leaks.visits(dice, f"room-{seed}", int(CONNECTS * share), int(ANSWERS * share), ROOMS)
    await leaks.make(server.port, dice, visits)


async def test_after_300_came_and_went_and_50_answers_were_had_stopped_or_cut_nothing_is_held(counted: Server) -> None:
    await crowd(counted, seed=1, share=0.2)  # what is made once: the files of the log, threads
    before = await is_empty(counted)
    await crowd(counted, seed=2)
    await is_empty(counted)
    await holds(counted, lambda held: all(held[name] == before[name] for name in KEPT))
    await holds(counted, lambda held: not any(held[name] for name in OVER), "?collect")


async def test_rooms_answers_and_lines_that_are_over_do_not_wait_for_the_collector(counted: Server) -> None:
    await crowd(counted, seed=3, share=0.3)
    await is_empty(counted)
    await holds(counted, lambda held: not any(held[name] for name in OVER))


async def test_an_idle_room_is_let_go_and_comes_back_whole(counted: Server, join: Join) -> None:
    ann, bea = await join("Ann", at=counted), await join("Bea", at=counted)
    for n in range(60):
        await ann.say(f"said {n}")
    await bea.edit(await bea.say("a slip"), "no slip")
    await ann.finished(await ann.say("Pocket, count: !tokens=20 !rate=0"))
    question = await ann.say("Pocket, count: !tokens=100000 !rate=200")
    await ann.stop((await ann.begun(question))["id"])
    await ann.configure(title="Tea")
    await ann.ping()
    await bea.ping()
    agree(ann, bea)
    await ann.leave()
    await bea.leave()
    await is_empty(counted)

    await ann.come_back()
    assert ann.of("welcome")[-1]["resumed"]
    cleo = await join("Cleo", at=counted)
    await cleo.read_all()
    agree(ann, bea, cleo)
    assert len(cleo.shown()) == len(bea.shown())


async def test_a_room_is_not_let_go_before_its_answer_is_over_whose_asker_was_cut(counted: Server, join: Join) -> None:
    ann = await join("Ann", at=counted)
    question = await ann.say("Pocket, count: !tokens=150 !rate=100")  # for three times as long as an empty room is kept
    await ann.begun(question)
    await ann.cut()
    await is_empty(counted)
    bea = await join("Bea", at=counted)
    answer = await bea.finished(question)
    assert (answer["status"], answer["content"].split()[-1]) == ("complete", "150")


async def test_a_room_that_somebody_is_in_is_kept(counted: Server, join: Join) -> None:
    ann = await join("Ann", at=counted)
    for _ in range(3):
        bea = await Member(counted, "Bea", "another-room").join()
        await bea.leave()
        await holds(counted, lambda held: held["rooms"] == held["heads"] == 1)
    assert (await ann.ping())["seq"] == ann.transcript.seq
