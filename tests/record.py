"""Records what clients receive in rooms full of everything, from a real server: `python -m tests.record` writes tests/recordings.

A line of a recording is {"frame": …}, or {"page": …, "asked": {"epoch", "from", "generation"}} with where the client stood
when it asked for that page of history; `generation` counts how often it had begun anew. Lines made by hand, which our
server never sends, say what must come of them, as `then`: "reconnect" or "nothing". Tokens are left out.
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from examples.client import units
from main import create_app
from tests.member import Frame, Member
from tests.parrot import parrot
from tests.server import Server
from utils.settings import load_settings
from utils.stream_llm import ModelError, Prompt
from utils.wire import RoomProtocol

RECORDINGS = Path(__file__).parent / "recordings"
PACE = 0.004  # seconds between two pieces of an answer, so that it comes in many chunks
SCRIPTS = "Grüße, Привет, γειά, שלום, 你好, नमस्ते, 👩‍🚀🦜𝕏 e\u0301 | "

Line = dict[str, Any]


async def moody_parrot(prompt: Prompt, model: str) -> AsyncIterator[str]:
    """Says what it is told so many times; does not come to the end when told `fail` or `filter`."""
    asked = prompt[-1]["content"].replace("Pocket: ", "", 1)
    async for piece in parrot([{"role": "user", "content": asked}], model):
        yield piece
        if "12345678" not in asked:
            await asyncio.sleep(PACE)
    if "fail" in asked:
        raise ModelError("The model cannot be reached. Ask again.")
    if "filter" in asked:
        raise ModelError("The model's provider withheld the rest of this answer.", "filtered")


class Recorder(Member):
    """A member who writes down all that comes."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.lines: list[Line] = []
        self.generation = 0

    async def _receive(self, text: str | bytes) -> None:
        frame = json.loads(text)
        self.generation += frame["type"] == "welcome" and not frame["resumed"]
        if "token" in frame.get("you", {}):
            del frame["you"]["token"]
        self.lines.append({"frame": frame})
        await super()._receive(text)

    def place(self) -> Frame:
        return {"epoch": self.transcript.epoch, "from": self.transcript.floor, "generation": self.generation}

    async def fetch(self, limit: int) -> Line:
        asked = self.place()
        async with httpx2.AsyncClient(base_url=self.server.url) as http:
            answer = await http.get(f"/api/rooms/{self.room}/messages", params={"before": asked["from"], "limit": limit})
        return {"page": answer.raise_for_status().json(), "asked": asked}

    async def turn_back(self, limit: int) -> Line:
        """Read a page of history."""
        line = await self.fetch(limit)
        self.lines.append(line)
        self.transcript.add_page(line["page"], self.transcript.place())
        return line


async def record() -> dict[str, list[Line]]:
    """The recordings by name."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), [sys.executable, "-m", "tests.record", "--serve"], SPEAKS="mentioned")
        server.start()
        try:
            recordings = {
                "company": await company(server), "history": await history(server), "truncated": await truncated(server),
                "faults": await faults(server), "behind": await behind(server), "killed": await killed(server),
            }  # fmt: skip
        finally:
            server.kill()
    return recordings


@asynccontextmanager
async def people(server: Server, room: str, *names: str) -> AsyncIterator[list[Recorder]]:
    """Some in one room, who leave together. They join one after another."""
    async with AsyncExitStack() as stack:
        members: list[Recorder] = []
        for name in names:
            members.append(await Recorder(server, name, room).join())
            stack.push_async_callback(members[-1].leave)
        yield members


# ---- what happened ---------------------------------------------------------------------------------


async def company(server: Server) -> list[Line]:
    """What Bea receives while Ann and she, and Cleo for a while, do all that one can do."""
    async with people(server, "company", "Bea", "Ann", "Cleo") as (bea, ann, cleo):
        await bea.until(lambda: len(bea.transcript.members) == 3)
        first = await ann.say("Hello — привет, 👋")
        reply = await bea.say("Hello Ann", reply_to=first)
        await ann.edit(first, "Hello, everybody 👋🏽")
        await bea.delete(reply)
        await bea.edit(first, "not mine")
        await bea.does("message", content="")
        await ann.configure(title="Tea 🍵", instructions="Be brief.")
        await cleo.typing(True)
        await bea.receives("typing")
        await cleo.cut()
        await cleo.come_back(name="Cleopatra")
        await bea.until(lambda: any(m["name"] == "Cleopatra" for m in bea.transcript.members))
        question = await bea.say(f"Pocket: 12 {SCRIPTS}")
        await ann.begun(question, 30)
        await ann.edit(first, "Hello in the middle of an answer")
        await bea.finished(question)
        endless = await bea.say(f"Pocket: 4000 {SCRIPTS}")
        answer = await ann.begun(endless, 40)
        await ann.stop(answer["id"])
        await bea.finished(endless)
        for mood in ("fail", "filter"):
            await bea.finished(await bea.say(f"Pocket: 3 I {mood} 🦜 "))
        await ann.ask(question)
        await bea.until(lambda: any(m["status"] == "streaming" for m in bea.shown()))
        await ann.configure(speaks="never", title="")
        await bea.until(lambda: not any(m["status"] == "streaming" for m in bea.shown()))
        await bea.ping()
    return bea.lines


async def history(server: Server) -> list[Line]:
    """What Dan receives who comes late, and turns pages while others edit."""
    async with people(server, "history", "Ann") as (ann,):
        for n in range(120):
            await ann.send("message", content=f"word {n} 🫖")
        await ann.heard()
        async with people(server, "history", "Dan") as (dan,):
            late = await dan.fetch(10)
            await ann.edit(30, "edited below the floor, and kept")
            await ann.edit(100, "edited above it")
            await dan.ping()
            await dan.turn_back(20)
            await dan.turn_back(25)
            dan.lines += [late | {"then": "nothing"}]  # the floor has moved since
            older = await dan.fetch(5)
            dan.lines += [{**older, "page": {**older["page"], "epoch": "another"}, "then": "nothing"}]
            dan.lines += [{**older, "asked": {**older["asked"], "epoch": "another"}, "then": "nothing"}]
            await dan.cut()
            await dan.come_back(epoch="another")
            old = await dan.fetch(10)
            await dan.cut()
            await ann.edit(61, "edited while Dan was away")
            await dan.come_back(epoch="another")
            assert old["asked"] | {"generation": 0} == dan.place() | {"generation": 0}
            dan.lines += [old | {"then": "nothing"}]  # the same epoch and floor, but all was forgotten in between
            dan.stall()
            await ann.edit(65, "edited once")
            await ann.edit(65, "edited twice, and on the page before it comes live")
            await dan.turn_back(10)
            dan.resume()
            await dan.ping()
            while dan.transcript.floor:
                await dan.turn_back(50)
    return dan.lines


async def truncated(server: Server) -> list[Line]:
    """What Bea receives of an answer that is too long."""
    async with people(server, "truncated", "Bea") as (bea,):
        await bea.finished(await bea.say("Pocket: 9000 12345678"))
        await bea.ping()
    return bea.lines


async def behind(server: Server) -> list[Line]:
    """What Eve receives who comes in the middle of answers, goes in the middle of them, and comes back in the middle."""
    async with people(server, "behind", "Ann") as (ann,):
        question = await ann.say(f"Pocket: 60 {SCRIPTS}")
        await ann.begun(question, 20)
        async with people(server, "behind", "Eve") as (eve,):
            for length in (200, 400, 600):
                await eve.begun(question, length)
                await eve.cut()
                await ann.begun(question, length + 100)
                await ann.say(f"at {length}")
                await eve.come_back()
            await eve.finished(question)
            await eve.cut()
            another = await ann.say(f"Pocket: 60 {SCRIPTS}")
            await ann.begun(another, 100)
            await eve.come_back()
            await ann.stop((await ann.begun(another))["id"])
            await eve.finished(another)
            await eve.cut()
            await eve.come_back(after=eve.transcript.seq + 5)
            await eve.ping()
    return eve.lines


async def killed(server: Server) -> list[Line]:
    """What Bea receives before and after the server is killed in the middle of an answer."""
    async with people(server, "killed", "Ann", "Bea") as (ann, bea):
        question = await ann.say(f"Pocket: 1000 {SCRIPTS}")
        await bea.begun(question, 150)
        server.kill()
        await asyncio.gather(ann.is_closed(), bea.is_closed())
        server.start()
        await bea.come_back()
        await ann.come_back()
        await ann.ask(question)
        await bea.until(lambda: bea.of("start")[1:])
        await ann.stop(question)
        await bea.until(lambda: bea.of("end"))
        await bea.ping()
    return bea.lines


# ---- what never happens ----------------------------------------------------------------------------


async def faults(server: Server) -> list[Line]:
    """What Fay might receive from a server or line at fault, in the middle of an answer; each time a real welcome heals."""
    async with people(server, "faults", "Ann") as (ann,):
        finished = await ann.say(f"Pocket: 2 {SCRIPTS}")
        await ann.finished(finished)
        question = await ann.say(f"Pocket: 4000 {SCRIPTS}")
        async with people(server, "faults", "Fay") as (fay,):
            await fay.begun(question, 60)
            await fay.cut()
            before, seq = await fay.begun(question), fay.transcript.seq
            ended = next(m for m in fay.shown() if m.get("reply_to") == finished)
            before = dict(before)
            await ann.begun(question, len(before["content"]) + 40)
            await fay.come_back()
            welcomed = next(n for n, line in reversed(list(enumerate(fay.lines))) if line["frame"]["type"] == "welcome")
            live, fay.lines = fay.lines[welcomed:], fay.lines[:welcomed]
            healing, after = live[0], next(m for m in live[0]["frame"]["messages"] if m["id"] == before["id"])
            fay.lines += [{"frame": frame} for frame in overlapping(before["content"], after)]
            fay.lines += [{"frame": frame, "then": "nothing"} for frame in harmless(after, ended, fay.lines)]
            next_one = {"frame": {**fay_message(fay.lines), "id": seq + 1, "seq": seq + 1}, "then": "reconnect"}
            for frame in gaps(after, ended, seq):
                fay.lines += [{"frame": frame, "then": "reconnect"}, next_one, healing]
            fay.lines += live[1:]
            await ann.stop(question)
            recorded = len(fay.lines)
            await fay.finished(question)
            await fay.ping()
            assert recorded < len(fay.lines)
    return fay.lines


def overlapping(held: str, answer: Frame) -> list[Frame]:
    """Chunks of `answer`, of which `held` is the beginning: they hold what is held, and go on from there."""
    whole = answer["content"]
    cuts = [(0, len(held)), (5, len(held) - 3), (len(held) - 4, len(held) + 6), (0, len(held) + 9), (len(held) + 2, len(whole))]
    return [{"type": "chunk", "id": answer["id"], "off": units(whole[:a]), "content": whole[a:b]} for a, b in cuts]


def harmless(answer: Frame, ended: Frame, lines: list[Line]) -> list[Frame]:
    """What moves nothing: what was known already, what is not numbered, what nobody knows."""
    length = units(answer["content"])
    end = {"type": "end", "id": ended["id"], "seq": ended["seq"], "status": "error", "length": 1, "content": "again"}
    return [
        {"type": "message", **ended, "content": "under a lower number"},
        {"type": "start", **{**ended, "content": ""}}, end,
        {"type": "chunk", "id": ended["id"], "off": 0, "content": "of an answer that is over"},
        {"type": "chunk", "id": answer["id"], "off": length, "content": ""},
        {"type": "ack", "key": "k", "id": 99, "duplicate": False}, {"type": "error", "code": "overloaded", "content": "Later."},
        {"type": "typing", "member": {"id": "x", "name": "Xi"}, "on": True}, {"type": "fireworks", "seq": 99, "id": 99},
    ]  # fmt: skip


def gaps(answer: Frame, ended: Frame, seq: int) -> list[Frame]:
    """What cannot follow on the change `seq`, in the middle of `answer`."""
    id, length = answer["id"], units(answer["content"])
    end = {"type": "end", "id": id, "seq": seq + 1, "status": "complete", "length": length, "content": ""}
    message = {"type": "message", **ended, "id": seq + 2, "seq": seq + 2}
    return [
        {"type": "chunk", "id": id, "off": length + 1, "content": "after a gap"},
        {"type": "chunk", "id": seq + 7, "off": 0, "content": "of nobody"},
        {"type": "chunk", "id": ended["id"], "off": units(ended["content"]) + 1, "content": "of an answer that is over"},
        {**end, "length": length + 1}, {**end, "length": length - 1}, {**end, "id": seq + 7}, {**end, "seq": seq + 2},
        message, {**message, "id": ended["id"]}, {**message, "type": "start", "content": ""},
        {"type": "pong", "seq": seq + 1}, {"type": "pong", "seq": seq - 1},
    ]  # fmt: skip


def fay_message(lines: list[Line]) -> Frame:
    """A message to send where none may be taken."""
    message = next(m for line in lines if line["frame"]["type"] == "welcome" for m in line["frame"]["messages"])
    return {"type": "message", **message, "content": "after a gap, and before a welcome"}


# ---- writing ---------------------------------------------------------------------------------------


def write(recordings: dict[str, list[Line]]) -> None:
    RECORDINGS.mkdir(exist_ok=True)
    for name, lines in recordings.items():
        texts = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines]
        path = RECORDINGS / f"{name}.jsonl"
        path.write_text("".join(texts), encoding="utf-8")
        kinds = {kind: len(list(group)) for kind, group in itertools.groupby(sorted(map(kind_of, lines)))}
        print(f"{path.name:<18}{len(lines):>5} lines {path.stat().st_size:>8,} bytes  {kinds}")


def kind_of(line: Line) -> str:
    return line["frame"]["type"] if "frame" in line else "page"


def serve() -> None:
    settings = load_settings()
    uvicorn.run(create_app(settings, model=moody_parrot), port=settings.port, ws=RoomProtocol, log_level="warning")


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what clients receive, for tests/test_client.py.")
    parser.add_argument("--serve", action="store_true", help="be the server, whose assistant is a parrot")
    if parser.parse_args().serve:
        serve()
    else:
        write(asyncio.run(record()))


if __name__ == "__main__":
    main()
