"""Bots (examples/client.py, dice_bot.py, reminder_bot.py): they answer what is said after they came, all of it, and never themselves."""

import ast
import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from examples import client as client_module
from examples.client import Bot, Refused
from tests.conftest import Join
from tests.member import Frame, Member
from tests.middlebox import Middlebox
from tests.server import ROOT, Server, free_port

PATIENCE = 20  # seconds until what should happen is given up
CODE_LINES = 15

BOTS = ("dice_bot", "reminder_bot")


@pytest.mark.parametrize("name", BOTS)
def test_a_bot_is_read_at_a_glance(name: str) -> None:
    text = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text), clean=False)
    assert docstring
    assert len([line for line in text.replace(docstring, "").splitlines() if line.strip('" ')]) <= CODE_LINES


# ---- the two of them, as their files say -----------------------------------------------------------


@pytest.fixture(name="started")
async def a_bot_in_a_process(standing: Server, room: str, tmp_path: Path, join: Join) -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """Starts a bot, and waits until Ann sees it come."""
    processes: list[Process] = []

    async def start(name: str, ann: Member, called: str) -> Process:
        joined = len(ann.of("presence"))
        command = [sys.executable, "-W", "error", "-m", f"examples.{name}", room, standing.url]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        processes.append(await asyncio.create_subprocess_exec(*command, cwd=tmp_path, env=environment, stderr=PIPE, preexec_fn=hear_ctrl_c))
        await ann.until(lambda: [f for f in ann.of("presence")[joined:] if called in str(f["members"])])
        return processes[-1]

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def hear_ctrl_c() -> None:
    """Whatever runs in a shell's background does not, and its children neither."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def reply(ann: Member, question: int, after: int = 0) -> Frame:
    """What somebody replied to the message `question`."""
    return (await ann.until(lambda: [m for m in ann.shown() if m.get("reply_to") == question and m["id"] > after]))[0]


async def test_dice_are_rolled_for_ann_and_by_the_same_bot_tomorrow(started: Callable[..., Awaitable[Process]], join: Join) -> None:
    ann = await join("Ann")
    await ann.say("!roll 1d1")  # before anybody was there to roll
    bot = await started("dice_bot", ann, "Dice")
    rolled = await reply(ann, await ann.say("!roll 2d6"))
    numbers = re.fullmatch(r"([1-6]) \+ ([1-6]) = (\d+)", rolled["content"])
    assert numbers
    assert int(numbers[1]) + int(numbers[2]) == int(numbers[3])
    assert (await reply(ann, await ann.say(" !roll d1 ")))["content"] == "1 = 1"
    assert (await reply(ann, await ann.say("!roll 0d0")))["content"] == "nothing = 0"
    bot.send_signal(signal.SIGINT)
    async with asyncio.timeout(PATIENCE):
        _, errors = await bot.communicate()
    assert (bot.returncode, errors) == (0, b"")
    await ann.say("!roll 1d1")  # nobody is there again
    await started("dice_bot", ann, "Dice")
    again = await reply(ann, await ann.say("!roll 3d1"))
    assert (again["content"], again["author"]) == ("1 + 1 + 1 = 3", rolled["author"])
    assert sum(m["author"]["name"] == "Dice" for m in ann.shown()) == 4


async def test_ann_is_reminded_and_may_ask_for_more_meanwhile(started: Callable[..., Awaitable[Process]], join: Join) -> None:
    ann = await join("Ann")
    await started("reminder_bot", ann, "Reminder")
    far = await ann.say("remind me in 2 hours to go home")
    near = await ann.say("Remind me in 1 second to drink\ntea")
    assert (await reply(ann, far))["content"] == "I will."
    promise = await reply(ann, near)
    assert (await reply(ann, near, after=promise["id"]))["content"] == "Ann, you wanted to drink\ntea"


async def test_a_bot_that_cannot_come_in_says_why(standing: Server, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "examples.dice_bot", "No Room", standing.url, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=PIPE
    )
    _, errors = await process.communicate()
    assert (process.returncode, len(errors.splitlines())) == (1, 1)
    assert b"404" in errors


# ---- any bot ---------------------------------------------------------------------------------------


class Echo(Bot):
    """Says again what it hears."""

    def __init__(self, server: str, room: str, **options: Any) -> None:
        super().__init__("Echo", url=server, room=room, **options)
        self.heard: list[str] = []
        self.on_message(self.hear)

    def hear(self, message: Frame) -> str:
        self.heard.append(message["content"])
        return message["content"]


@asynccontextmanager
async def here(bot: Bot) -> AsyncIterator[None]:
    async with bot:
        async with asyncio.timeout(PATIENCE):
            async for frame in bot:
                if frame["type"] == "welcome":
                    break
        yield


def said_by(ann: Member, name: str) -> list[str]:
    return [m["content"] for m in ann.shown() if m["author"]["name"] == name]


async def test_an_echo_answers_each_once_and_never_itself(standing: Server, room: str, join: Join) -> None:
    ann = await join("Ann")
    await ann.say("before it came")
    async with here(Echo(standing.url, room)):
        for word in ("one", "two", "three"):
            await ann.say(word)
        await ann.until(lambda: len(said_by(ann, "Echo")) == 3)
        await reply(ann, await ann.say("four"))
    assert sorted(said_by(ann, "Echo")) == sorted(["one", "two", "three", "four"])


@pytest.mark.parametrize("transport", ["websocket", "http"])
async def test_an_echo_misses_nothing_while_its_line_is_lost(
    standing: Server, room: str, join: Join, monkeypatch: pytest.MonkeyPatch, transport: Any
) -> None:
    monkeypatch.setattr(client_module, "PAUSES", (0.05,))
    ann = await join("Ann")
    async with Middlebox(standing.port, "passes") as box, here(Echo(f"http://127.0.0.1:{box.port}", room, transport=transport)):
        await reply(ann, await ann.say("before"))
        box.upstream = free_port()
        await box.cut()
        for word in ("one", "two", "three"):
            await ann.say(word)
        box.upstream = standing.port
        await ann.until(lambda: len(said_by(ann, "Echo")) == 4)
        await reply(ann, await ann.say("after"))
    assert sorted(said_by(ann, "Echo")) == sorted(["before", "one", "two", "three", "after"])


async def test_an_echo_that_said_too_much_says_the_rest_later(monkeypatch: pytest.MonkeyPatch) -> None:
    bot, said, refusals = Bot("Echo"), list[tuple[str, int]](), [0, 0]

    async def send(type: str, **fields: Any) -> int:
        if refusals:
            raise Refused({"code": "rate_limited", "content": "That was fast.", "retry_after": refusals.pop()})
        said.append((fields["content"], fields["reply_to"]))
        return 9

    monkeypatch.setattr(bot, "send", send)
    assert await bot.reply({"id": 3}, "hello") == 9
    assert said == [("hello", 3)]


async def test_a_bot_lets_go_of_what_is_long_ago(standing: Server, room: str, join: Join) -> None:
    ann, echo = await join("Ann"), Echo(standing.url, room)
    echo.keeps = 5
    async with here(echo):
        for n in range(30):
            await ann.say(f"word {n}")
        await ann.until(lambda: len(said_by(ann, "Echo")) == 30)
        await reply(ann, await ann.say("the last"))
        assert len(echo.transcript.messages) <= 12
        assert echo.heard == [*(f"word {n}" for n in range(30)), "the last"]
