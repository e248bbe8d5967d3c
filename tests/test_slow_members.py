"""A slow or dead connection harms nobody (point 7 of the delivery contract), and misses nothing once it reads again."""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server import Server
from tests.conftest import Join
from tests.member import Member, agree
from utils.connection import Connection
from utils.identity import new_session
from utils.wire import Frames

ENDLESS = "Pocket, count: !tokens=100000 !rate=200"
PLAIN_UVICORN = [sys.executable, "-c", "import os, uvicorn; uvicorn.run('main:app', port=int(os.environ['PORT']), log_level='warning')"]
BOUND = 256 * 1024  # bytes on their way to one connection, kernel included
TINY = 4096  # bytes in a receive buffer


async def flood(member: Member, messages: int, size: int = 16_000) -> None:
    """Say a lot, and have it heard."""
    for n in range(messages):
        await member.send("message", content=f"{n} ".ljust(size, "x"))
    await member.heard()


async def is_caught_up(member: Member, with_: Member) -> None:
    await with_.ping()
    await member.until(lambda: member.transcript.seq == with_.transcript.seq)


def on_the_way(member: Member, since: int) -> int:
    """Bytes of the frames that came after so many frames, up to the next welcome."""
    end = next(n for n, frame in enumerate(member.frames) if n >= since and frame["type"] == "welcome")
    return sum(len(json.dumps(frame)) for frame in member.frames[since:end])


def memory(server: Server) -> int:
    """Bytes that the server's process has in memory."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return 1024 * int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])


async def test_dee_who_stalls_in_a_flood_is_welcomed_again_and_the_others_never_wait_for_her(join: Join) -> None:
    ann, bea, dee = await join("Ann"), await join("Bea"), await join("Dee", receive_buffer=TINY)
    dee.stall()
    before = len(dee.frames)
    await flood(ann, 100)
    await is_caught_up(bea, ann)
    agree(ann, bea)

    dee.resume()
    await dee.until(lambda: len(dee.of("welcome")) > 1)
    assert on_the_way(dee, before) <= BOUND
    await is_caught_up(dee, ann)
    agree(ann, bea, dee, await join("Cleo"))


async def test_dee_who_stalls_in_the_middle_of_an_answer_sees_the_rest_of_it(join: Join) -> None:
    ann, dee = await join("Ann"), await join("Dee", receive_buffer=TINY)
    question = await ann.say(ENDLESS)
    await dee.begun(question, 50)
    dee.stall()
    await flood(ann, 12)
    await ann.begun(question, 500)
    dee.resume()
    await is_caught_up(dee, ann)
    assert len(dee.of("welcome")) > 1
    assert (await dee.begun(question, 1000))["status"] == "streaming"
    await ann.stop(question)
    await is_caught_up(dee, ann)
    agree(ann, dee)


async def test_what_dee_says_while_she_is_behind_is_said_once_and_the_echo_answers_it(join: Join) -> None:
    ann, dee = await join("Ann"), await join("Dee", receive_buffer=TINY)
    dee.stall()
    await flood(ann, 30)
    keys = [await dee.send("message", content=f"said blindly {n}") for n in range(5)]
    await ann.sees("said blindly 4")
    dee.resume()
    await dee.heard()
    await is_caught_up(dee, ann)
    assert [message.get("key") for message in ann.shown() if message["content"].startswith("said blindly")] == keys
    agree(ann, dee)


async def test_a_refusal_that_dee_missed_while_she_was_behind_is_told_again(join: Join) -> None:
    ann, dee = await join("Ann"), await join("Dee", receive_buffer=TINY)
    dee.stall()
    await flood(ann, 30)
    key = await dee.send("edit", id=1, content="mine")
    await dee.send("message", content="heard")
    await ann.sees("heard")
    dee.resume()
    assert (await dee.answer(key))["code"] == "forbidden"


async def test_dee_who_missed_more_than_a_welcome_holds_begins_anew(join: Join) -> None:
    ann, dee = await join("Ann"), await join("Dee", receive_buffer=TINY)
    dee.stall()
    await flood(ann, 40, 12_000)
    dee.resume()
    await dee.until(lambda: len(dee.of("welcome")) > 1)
    await is_caught_up(dee, ann)
    assert not dee.of("welcome")[1]["resumed"]
    agree(ann, dee, await join("Cleo"))


async def test_dee_who_stalls_again_and_again_misses_nothing(join: Join) -> None:
    ann, dee = await join("Ann"), await join("Dee", receive_buffer=TINY)
    for _ in range(5):
        dee.stall()
        await flood(ann, 20)
        dee.resume()
        await dee.until(lambda: dee.transcript.seq > ann.transcript.seq - 10)
    await is_caught_up(dee, ann)
    agree(ann, dee)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
async def test_twenty_who_stall_cost_the_server_no_memory_to_speak_of(serve: Callable[..., Server], join: Join) -> None:
    server = serve(SPEAKS="never")
    ann = await join("Ann", at=server)
    await flood(ann, 800)
    stuck = [await join(f"Dee {n}", at=server, receive_buffer=TINY) for n in range(20)]
    for dee in stuck:
        dee.stall()
    before = memory(server)
    await flood(ann, 300)
    assert memory(server) - before < 20 * BOUND + 16 * 1024 * 1024
    for dee in stuck:
        dee.resume()
    for dee in stuck:
        await is_caught_up(dee, ann)
    agree(ann, *stuck)


async def test_dee_who_stalls_on_a_plain_uvicorn_misses_nothing(serve: Callable[..., Server], join: Join) -> None:
    server = serve(command=PLAIN_UVICORN, SPEAKS="never")
    ann, dee = await join("Ann", at=server), await join("Dee", at=server, receive_buffer=TINY)
    dee.stall()
    await flood(ann, 400)
    dee.resume()
    await dee.until(lambda: len(dee.of("welcome")) > 1)
    await is_caught_up(dee, ann)
    agree(ann, dee)


async def test_dee_who_is_slow_is_kept_and_eve_and_finn_who_are_dead_are_gone_within_20_seconds(join: Join, over: str) -> None:
    ann, eve = await join("Ann"), await join("Eve", receive_buffer=TINY)
    eve.stall()
    await flood(ann, 5)
    finn, dee = await join("Finn"), Member(ann.server, "Dee", ann.room, over, receive_buffer=TINY, rate=5_000)
    finn.stall()
    async with asyncio.timeout(20), asyncio.TaskGroup() as meanwhile:
        meanwhile.create_task(dee.join())
        await ann.until(lambda: names(ann) == ["Ann", "Dee", "Eve", "Finn"])
        await ann.until(lambda: names(ann) == ["Ann", "Dee"])
    agree(ann, dee)
    await dee.leave()


def names(member: Member) -> list[str]:
    return sorted(other["name"] for other in member.transcript.members)


class Paper:
    """A wire that keeps what is written, and pauses when it is told to."""

    def __init__(self) -> None:
        self.on_pause = self.on_resume = lambda: None
        self.written: list[bytes] = []

    def write(self, frames: Frames) -> None:
        self.written += frames.texts


@pytest.mark.parametrize("pause", ["before", "after"])
async def test_an_ack_alone_that_dee_missed_makes_a_welcome(pause: str) -> None:
    """Whether it was to be written while she was behind, or waited for this turn of the loop to end when she fell behind."""
    paper, welcomes = Paper(), []
    dee = Connection(paper, {"id": "dee", "name": "Dee"}, new_session(), lambda code, reason: None)
    dee.catch_up = lambda: welcomes.append("welcome")
    steps = [paper.on_pause, lambda: dee.answer({"type": "ack", "key": "k", "id": 1, "duplicate": False})]
    for step in steps if pause == "before" else steps[::-1]:
        step()
    await asyncio.sleep(0)
    assert (paper.written, welcomes) == ([], [])
    paper.on_resume()
    assert (paper.written, welcomes) == ([], ["welcome"])
