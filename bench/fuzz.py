"""Nonsense in: a million bad frames against a real server, while Ann and Bea go on talking in the same room.

    python -m bench.fuzz                                   # 1,000,000 frames, 10 to 20 minutes
    python -m bench.fuzz --seed 7 --frames 1000000 --share 42    # that share again, alone

A share is a seeded run of cases; a case is one connection that sends JSON, WebSocket or HTTP nonsense and checks what
comes back. Everything Ann and Bea are told is checked by tests/member.py. Linux and macOS.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import re
import secrets
import socket
import struct
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, Self

import httpx2
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.member import Frame, Member, agree
from tests.server import Server

from utils import protocol
from utils.protocol import CLOSE_BAD_FRAMES, CLOSE_BAD_TEXT, CLOSE_BINARY, CLOSE_TOO_BIG, FRAME_BYTES, NO_FRAME, Refused

FUZZERS = 4  # processes that send, and mostly wait for answers
SHARE_FRAMES = 5_000  # frames of one share: some seconds, so that a failure is soon repeated
CORPUS = 2_000  # texts that hypothesis draws, to be mutated
CASE_FRAMES = 60  # of one JSON connection at most
BAD_FRAMES = 10  # frames that are none of the protocol's; with the tenth the server closes
ANSWER_SECONDS = 20.0  # until an answer that must come is given up
SILENCE_SECONDS = 0.02  # for an answer that need not come
GROWTH_MIB = 24  # of the server's memory after the first tenth: the tails of three rooms, 800 messages each, fill up meanwhile
FLOOD_MIB = 12  # of the server's memory that one connection may take: some buffers of 256 KB, and what malloc keeps
FLOOD_PATIENCE = 1.0  # seconds: a server that reads no more has closed its ears
PAUSE_SECONDS = 0.1  # between two rounds of Ann and Bea: they talk all the time, and leave the server to the nonsense
KEPT_MESSAGES = 600  # that Ann and Bea remember, more than any catching up needs
STOP_SECONDS = 5.0  # promised for a clean stop
LOBBY = "lobby"  # where Ann and Bea talk among the nonsense; they also talk in a room of their own
LEVELS = {"json": 0.90, "socket": 0.07, "http": 0.03}  # of all frames
EXPECTED_LINES = (  # in the server's output: the greeting, what uvicorn says of HTTP it cannot read, who wants in at the operator's doors
    "PocketRoom is open:", "Assistant:", "Log:", "Who may come in:", "The operator:",
    "Invalid HTTP request received.", "Unsupported upgrade request.", "warning bad_guess ",
)  # fmt: skip
LATER = {"not_found", "forbidden", "busy", "not_running", "key_conflict", "overloaded", "unavailable"}  # for a frame that was read

Tally = Counter[tuple[str, str]]


class Wrong(Exception):
    """Something came back that should not have: what, and the last bytes that were sent."""

    def __init__(self, what: str, sent: bytes = b"") -> None:
        super().__init__(what, sent)
        self.what, self.sent = what, sent

    def __str__(self) -> str:
        return self.what


@dataclass
class Result:
    """What came of a run; `wrong` is what broke a promise, in sentences."""

    tally: Tally = field(default_factory=Counter)
    rounds: Counter[str] = field(default_factory=Counter)
    caught_up: int = -4  # welcomes of Ann and Bea but the first of each: they were behind
    memory: list[int] = field(default_factory=list)  # MiB, after each share
    wrong: list[str] = field(default_factory=list)
    floods: dict[str, int] = field(default_factory=dict)  # MiB that each cost
    stop_seconds: float = 0.0

    @property
    def frames(self) -> int:
        return sum(count for (_, what), count in self.tally.items() if what == "sent")

    @property
    def growth(self) -> int:
        """MiB by which the server grew after the first tenth."""
        return self.memory[-1] - self.memory[len(self.memory) // 10] if self.memory else 0


# ---- the run -------------------------------------------------------------------------------------


async def fuzz(
    server: Server, pool: Executor, run_seed: int, frames: int, only: int | None = None, corpus: int = CORPUS, floods: bool = True
) -> Result:
    """Send about `frames` frames to `server`, which is started and stopped here, while Ann and Bea talk."""
    result, drawn = Result(), draw_corpus(run_seed, corpus)
    numbers = [only] if only is not None else range(max(1, -(-frames // SHARE_FRAMES)))
    shares = [Share(run_seed, number, server.port, min(frames, SHARE_FRAMES)) for number in numbers]
    server.start()
    over = asyncio.Event()
    pairs = [asyncio.create_task(talk(server, room, over, result)) for room in (LOBBY, "quiet")]
    try:
        await send_all(server, pool, shares, drawn, result)
        if floods and not result.wrong:
            await asyncio.to_thread(flood, server, result)
    finally:
        over.set()
        await asyncio.gather(*pairs)
    await asyncio.to_thread(look_at_the_end, server, result)
    return result


async def send_all(server: Server, pool: Executor, shares: Sequence["Share"], corpus: list[str], result: Result) -> None:
    """Play all shares, a few at a time; the first one that finds something ends it."""
    loop, waiting = asyncio.get_running_loop(), iter(shares)
    running: dict[asyncio.Future[Tally], Share] = {}
    while not result.wrong:
        while len(running) < FUZZERS and (share := next(waiting, None)):
            running[loop.run_in_executor(pool, play, share, corpus)] = share
        if not running:
            return
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        playing = ", ".join(str(share.number) for share in running.values())
        for future in done:
            note(future, running.pop(future), result)
        if server.process is None or server.process.poll() is not None:
            result.wrong.append(f"the server went away during the shares {playing}")
            break
        if lines := unexpected(server.printed()):
            result.wrong.append(f"the server printed, during the shares {playing}:\n" + "\n".join(lines[:40]))
        result.memory.append(memory_of(server))
        if len(result.memory) % max(1, len(shares) // 20) == 0:
            print(f"{result.frames:>9,} frames, the server has {result.memory[-1]} MiB", file=sys.stderr, flush=True)
    await asyncio.gather(*running, return_exceptions=True)


def note(future: "asyncio.Future[Tally]", share: "Share", result: Result) -> None:
    try:
        result.tally += future.result()
    except Wrong as wrong:
        result.wrong.append(f"{wrong.what}\n  sent: {wrong.sent!r:.4000}\n  again: {share.command}")
    except OSError as error:
        result.wrong.append(f"{error!r}\n  again: {share.command}")


def flood(server: Server, result: Result) -> None:
    """Send much of what costs memory if it is kept, and read nothing of what comes."""
    get = f"GET /static/favicon.svg HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    one_flood(server, result, "pings", Line.enter(server.port, "flood"), ws_frame(PING, b"x" * 125), 64)
    begun = Line.enter(server.port, "flood")
    begun.send(ws_frame(TEXT, b"{", fin=False))
    one_flood(server, result, "empty fragments", begun, ws_frame(CONTINUATION, fin=False), 16)
    one_flood(server, result, "requests", Line(server.port), get, 64)


def one_flood(server: Server, result: Result, name: str, line: "Line", unit: bytes, mib: int) -> None:
    before = most = memory_of(server)
    for _ in line.send_much(unit, mib):
        most = max(most, memory_of(server))
    line.close()
    result.floods[name] = most - before
    if most - before > FLOOD_MIB:
        result.wrong.append(f"a flood of {name}, {mib} MiB, cost {most - before} MiB of memory; {FLOOD_MIB} are allowed")


def look_at_the_end(server: Server, result: Result) -> None:
    """The server must be alive, of its old size, and stop cleanly."""
    assert server.process is not None
    if server.process.poll() is None:
        if not server.listens():
            result.wrong.append("the server does not answer any more")
        result.stop_seconds = server.stop()
    if server.process.returncode not in (0, -15) or result.stop_seconds > STOP_SECONDS:
        result.wrong.append(f"no clean stop: status {server.process.returncode} after {result.stop_seconds:.1f} s")
    if result.growth > GROWTH_MIB:
        result.wrong.append(f"the server grew by {result.growth} MiB after the first tenth; {GROWTH_MIB} are allowed")
    if not result.wrong and (lines := unexpected(server.printed())):
        result.wrong.append("the server printed at its end:\n" + "\n".join(lines[:40]))


def unexpected(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.strip() and not any(words in line for words in EXPECTED_LINES)]


def memory_of(server: Server) -> int:
    """MiB of the server that are in memory."""
    assert server.process is not None
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(server.process.pid)], capture_output=True, text=True, check=False)
    return int(told.stdout or 0) // 1024


# ---- Ann and Bea ---------------------------------------------------------------------------------


class Talker(Member):
    """A member who forgets what is long past, and takes an echo for an answer after having fallen behind."""

    async def does(self, type: str, **fields: Any) -> Frame:
        before = len(self.frames)
        key = await self.send(type, **fields)
        await self.until(lambda: key not in self.unanswered)
        await self.ping()  # all that came of it is here
        came = self.frames[before:]
        answers = [frame for frame in came if frame["type"] in ("ack", "error") and frame.get("key") == key]
        if any(frame["type"] == "welcome" for frame in came):  # it was behind, and may have been answered by the echo
            return await self.does(type, **fields | {"key": key})
        if len(answers) != 1:
            raise Wrong(f"{self.name} got {len(answers)} answers to {type} {fields}: {answers}")
        return answers[0]

    def forget(self) -> None:
        self.frames.clear()
        held = self.transcript
        if len(held.messages) > 2 * KEPT_MESSAGES:
            held.floor = max(held.floor, sorted(held.messages)[-KEPT_MESSAGES])
            held.messages = {id: m for id, m in held.messages.items() if id >= held.floor or m["status"] == "streaming"}


async def talk(server: Server, room: str, over: asyncio.Event, result: Result) -> None:
    """Ann and Bea say, edit, delete and ask, round after round, until it is `over`; then they and Cleo agree."""
    ann, bea = Talker(server, "Ann", room), Talker(server, "Bea", room)
    try:
        await ann.join()
        await bea.join()
        while not over.is_set():
            await say_and_edit(ann, bea, f"round {result.rounds[room]} ✓ 𝄞 \u05d0 of {room}")
            await ask(bea, ann, alone=room != LOBBY)
            result.rounds[room] += 1
            result.caught_up += sum(len(member.of("welcome")) for member in (ann, bea))
            for member in (ann, bea):
                member.forget()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), PAUSE_SECONDS)
        await agree_with_the_log(server, room, ann, bea)
    except Exception as error:  # which ends the run
        result.wrong.append(f"Ann and Bea in {room}: {error!r:.2000}")
    finally:
        for member in (ann, bea):
            with contextlib.suppress(Exception):  # told already
                await member.leave()


async def say_and_edit(ann: Talker, bea: Talker, words: str) -> None:
    key = secrets.token_urlsafe(9)
    told = must_be(await ann.does("message", content=words, key=key), "ack", key=key)
    id = told["id"]
    seen = await bea.until(lambda: bea.transcript.messages.get(id))
    must_be(seen, content=words, author={**named(ann), "kind": "human"}, status="complete")
    must_be(await ann.does("message", content=words, key=key), "ack", id=id, duplicate=True)
    must_be(await bea.does("edit", id=id, content="mine"), "error", code="forbidden")
    must_be(await ann.does("edit", id=id, content=words.upper()), "ack", id=id)
    edited = await bea.until(lambda: (m := bea.transcript.messages.get(id)) and "edited" in m and m)
    must_be(edited, content=words.upper(), author={**named(ann), "kind": "human"})
    reply = must_be(await bea.does("message", content="oh", reply_to=id), "ack")["id"]
    must_be(await ann.until(lambda: ann.transcript.messages.get(reply)), content="oh", reply_to=id)
    must_be(await ann.does("delete", id=id), "ack", id=id)
    must_be(await bea.until(lambda: status_of(bea, id) == "deleted" and bea.transcript.messages[id]), content="")


async def ask(bea: Talker, ann: Talker, alone: bool) -> None:
    """Bea asks, and both see the answer. Among others somebody may have stopped it, or it may answer several at once."""
    asked = must_be(await bea.does("message", content="count: !tokens=7 !rate=0"), "ack")["id"]
    told = await bea.does("ask", id=asked)
    if alone or told["type"] == "ack":
        must_be(told, "ack", id=asked)
    for member in (bea, ann):
        answer = await member.until(partial(answer_in, member, asked, alone))
        if answer.get("reply_to") == asked and answer["author"]["kind"] == "assistant" and (alone or answer["status"] == "complete"):
            must_be(answer, content="1 2 3 4 5 6 7", status="complete")


def answer_in(member: Talker, question: int, alone: bool) -> Frame | None:
    for message in reversed(member.transcript.messages.values()):
        its_own = message.get("reply_to") == question and message["author"]["kind"] != "human"
        of_several = not alone and message["id"] > question and message["author"]["kind"] == "assistant"
        if (its_own or of_several) and message["status"] != "streaming":
            return message
    return None


async def agree_with_the_log(server: Server, room: str, ann: Talker, bea: Talker) -> None:
    """Ann, Bea, and somebody who comes new hold the same; so does a page of history."""
    cleo = await Talker(server, "Cleo", room).join()
    for member in (ann, bea, cleo):
        await member.ping()
    agree(ann, bea, cleo)
    async with httpx2.AsyncClient(base_url=server.url) as http:
        page = (await http.get(f"/api/rooms/{room}/messages")).raise_for_status().json()
    shown = cleo.shown(page["from"])
    must_be({"messages": page["messages"][-len(shown) :]}, messages=shown)
    await cleo.leave()


def must_be(frame: Frame, type: str | None = None, **fields: Any) -> Frame:
    expected = fields | ({"type": type} if type else {})
    if differing := {name: value for name, value in expected.items() if frame.get(name) != value}:
        raise Wrong(f"expected {differing}, but got {frame}")
    return frame


def named(member: Talker) -> Frame:
    return {"id": member.you["id"], "name": member.you["name"]}


def status_of(member: Talker, id: int) -> str | None:
    return member.transcript.messages.get(id, {}).get("status")


# ---- a fuzzer ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """So many frames to the server at `port`, all from one seed."""

    seed: int
    number: int
    port: int
    frames: int

    @property
    def command(self) -> str:
        return f"python -m bench.fuzz --seed {self.seed} --share {self.number} --frames {self.frames}"


def play(share: Share, corpus: list[str]) -> Tally:
    """Play cases until the share's frames are sent. Raises Wrong."""
    fuzzer = Fuzzer(share, corpus)
    levels: dict[str, Callable[[], None]] = {"json": fuzzer.send_json, "socket": fuzzer.send_frames, "http": fuzzer.send_requests}
    sent: Counter[str] = Counter()
    while (total := sent.total()) < share.frames:
        level = min(LEVELS, key=lambda level: sent[level] - LEVELS[level] * total)  # the one that is most behind
        fuzzer.level = level
        levels[level]()
        sent = Counter({level: fuzzer.tally[level, "sent"] for level in LEVELS})
    return fuzzer.tally


class Fuzzer:
    """Mallory, who comes again and again, and knows what must come back."""

    def __init__(self, share: Share, corpus: list[str]) -> None:
        self.random, self.port, self.corpus = Random(f"{share.seed}/{share.number}"), share.port, corpus
        self.tally: Tally = Counter()
        self.level = "json"
        self.token: str | None = None
        self.rooms = [LOBBY, "nonsense-1", "nonsense-2"]
        self.positions: dict[str, tuple[str, str]] = {}  # of rooms: epoch, seq

    def count(self, what: str, times: int = 1) -> None:
        self.tally[self.level, what] += times

    # ---- JSON ----------------------------------------------------------------------------------

    def send_json(self) -> None:
        """One connection: as many frames as it bears, then their answers, then perhaps something that closes it."""
        room = self.random.choice(self.rooms)
        line = self.enter(room)
        outcome = Outcome()
        to_the_tenth = self.random.random() < 0.1
        texts = list(self.texts(outcome, BAD_FRAMES if to_the_tenth else BAD_FRAMES - 1))
        sent = b"".join(ws_frame(TEXT, text.encode(), self.random.randbytes(4)) for text in texts)
        line.send(sent)
        self.count("sent", len(texts))
        if self.random.random() < (0.4 if outcome.bad == BAD_FRAMES else 0.03):
            self.count("gone at once")
            return line.cut()
        try:
            self.settle(line, outcome)
            if outcome.bad < BAD_FRAMES:
                self.end_json(line, outcome)
        except (Wrong, TimeoutError) as wrong:
            raise Wrong(f"JSON in {room}: {wrong}; {outcome}", "\n".join(texts).encode()) from None
        finally:
            line.close()

    def texts(self, outcome: "Outcome", bad: int) -> Iterator[str]:
        """Texts of which at most `bad` are no frames."""
        for _ in range(self.random.randint(1, CASE_FRAMES)):
            text = fuzzed_text(self.random, self.corpus)
            if len(text.encode()) <= FRAME_BYTES:
                outcome.expect(text)
                yield text
                if outcome.bad == bad:
                    return

    def settle(self, line: "Line", outcome: "Outcome") -> None:
        """Read until all is answered, and a last frame too, which the log answers after all before it."""
        if outcome.bad == BAD_FRAMES:
            self.take_the_close(line, outcome)
        else:
            self.send_fence(line, outcome)
            while outcome.waiting[outcome.fence] or not outcome.is_complete():
                kind, payload = line.frame()
                if kind == CLOSE:
                    raise Wrong(f"closed by {payload!r}")
                if payload.startswith(b'{"type":"welcome"'):  # it was behind, and what was to be answered is not any more
                    outcome.forgiven = True
                    self.count("caught up")
                    self.send_fence(line, outcome)
                outcome.take(payload)
        for what, times in outcome.came.items():
            self.count(what, times)

    def take_the_close(self, line: "Line", outcome: "Outcome") -> None:
        """All errors must come before the close, while what was saved may be told no more."""
        kind, payload = line.frame()
        while kind != CLOSE:
            outcome.take(payload)
            kind, payload = line.frame()
        if payload[:2] != CLOSE_BAD_FRAMES.to_bytes(2, "big") or (outcome.refusals.total() and not outcome.forgiven):
            raise Wrong(f"closed by {payload!r}")
        self.count(f"close {CLOSE_BAD_FRAMES}")

    def send_fence(self, line: "Line", outcome: "Outcome") -> None:
        outcome.fence = f"fence-{self.random.getrandbits(64):x}"
        outcome.waiting[outcome.fence] += 1
        line.send(ws_frame(TEXT, json.dumps({"type": "delete", "id": 2**53, "key": outcome.fence}).encode()))

    def end_json(self, line: "Line", outcome: "Outcome") -> None:
        """Sometimes a message that is none: it closes the connection with the code that says why."""
        endings: dict[int, Callable[[], bytes]] = {
            CLOSE_BAD_TEXT: lambda: ws_frame(TEXT, b'{"type":"ping"}\xff' + self.random.randbytes(5)),
            CLOSE_TOO_BIG: lambda: ws_frame(TEXT, b" " * (FRAME_BYTES + 1)),
            CLOSE_BINARY: lambda: ws_frame(BINARY, b'{"type":"ping"}'),
        }
        if self.random.random() < 0.1:
            code = self.random.choice(list(endings))
            line.send(endings[code]())
            self.count("sent")
            line.must_close({code}, outcome.take)
            self.count(f"close {code}")
        elif self.random.random() < 0.5:
            line.send(ws_frame(CLOSE, b"\x03\xe8", self.random.randbytes(4)))
            line.must_close({1000}, outcome.take)

    # ---- WebSocket -----------------------------------------------------------------------------

    def send_frames(self) -> None:
        """One connection and one scene on it."""
        scene = self.random.choice(SCENES)(self.random)
        line = self.enter("socket-nonsense")
        sent = b"".join(scene.pieces)
        self.count("sent", scene.frames)
        try:
            for piece in scene.pieces if self.random.random() < 0.5 else [sent]:
                line.send(piece)
            self.watch(line, scene)
        except (Wrong, TimeoutError) as wrong:
            raise Wrong(f"{scene.name}: {wrong}", sent) from None
        finally:
            line.close()

    def watch(self, line: "Line", scene: "Scene") -> None:
        keys, pongs = set(scene.keys), list(scene.pongs)
        while keys or pongs:
            kind, payload = line.frame()
            if kind == TEXT and payload.startswith((b'{"type":"ack"', b'{"type":"error"')):
                keys.discard(json.loads(payload).get("key", ""))
                self.count("ack")
            elif kind == PONG:
                if payload != pongs.pop(0):
                    raise Wrong(f"a pong with {payload!r}")
                self.count("pong")
            elif kind == CLOSE:
                raise Wrong(f"closed by {payload!r}; still to come: {keys} {pongs}")
        if scene.close:
            self.count(f"close {line.must_close(scene.close, Outcome().take)}")
        elif not scene.keys:
            self.count(line.must_be_sane(SILENCE_SECONDS))

    # ---- HTTP ----------------------------------------------------------------------------------

    def send_requests(self) -> None:
        request = self.random.choice(REQUESTS)(self.random)
        raw = request.raw.replace(b"HOST", f"127.0.0.1:{self.port}".encode())
        self.count("sent")
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):  # it may refuse before it has read all
            status = answer_to(self.port, raw, bool(request.statuses))
            if request.statuses and status not in request.statuses:
                raise Wrong(f"{request.name}: HTTP {status}, expected one of {sorted(request.statuses)}", raw)
            if status >= 500 and status != 503:
                raise Wrong(f"{request.name}: HTTP {status}", raw)
            self.count(f"http {status}" if status > 0 else "closed" if status == 0 else "silence")

    def enter(self, room: str) -> "Line":
        query = "".join(f"&after={seq}&epoch={epoch}" for epoch, seq in [self.positions.get(room, ("", ""))] if epoch)
        if self.random.random() < 0.05:  # from anywhere, as anybody
            query = f"&after={odd_number(self.random)}&epoch=%00{self.random.getrandbits(8)}"
        token = self.token if self.random.random() < 0.9 else None
        line = Line.enter(self.port, room, f"name=Mallory{query}", token)
        kind, welcome = line.frame()
        if kind != TEXT or not welcome.startswith(b'{"type":"welcome"'):
            raise Wrong(f"no welcome, but {welcome[:200]!r}", query.encode())
        found = re.search(rb'"epoch":"([\w-]+)","seq":(\d+)', welcome)
        self.positions[room] = (found[1].decode(), found[2].decode()) if found else ("", "")
        if self.token is None and (shown := re.search(rb'"token":"([\w-]+)"', welcome)):
            self.token = shown[1].decode()
        return line


@dataclass
class Outcome:
    """What must come back for the texts of one connection, and what did."""

    waiting: Counter[str] = field(default_factory=Counter)  # keys whose ack or error must come
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)  # (key, code) of errors that must come
    pongs: int = 0  # that must come
    may_fail: int = 0  # frames without a key that were read: an error may come
    bad: int = 0  # refusals that count towards the close
    forgiven: bool = False
    fence: str = ""  # the key of a last frame
    came: Counter[str] = field(default_factory=Counter)

    def expect(self, text: str) -> None:
        try:
            frame = protocol.parse(text)
        except Refused as refused:
            self.refusals[refused.key or "", refused.code] += 1
            self.bad += refused.code in NO_FRAME
            return
        key = getattr(frame, "key", None)
        if isinstance(frame, protocol.Ping):
            self.pongs += 1
        elif key is not None:
            self.waiting[key] += 1
        elif not isinstance(frame, protocol.Typing):
            self.may_fail += 1

    def is_complete(self) -> bool:
        return self.forgiven or not (self.waiting.total() or self.refusals.total() or self.pongs)

    def take(self, payload: bytes) -> None:
        """Cross off what `payload` answers. Raises Wrong if there is nothing of the kind to answer."""
        if payload.startswith(b'{"type":"pong"'):
            self._cross_off(self.pongs > 0, payload)
            self.pongs -= 1
            self.came["pong"] += 1
        elif payload.startswith((b'{"type":"ack"', b'{"type":"error"')):
            frame = json.loads(payload)
            self._take_answer(frame.get("key", ""), frame.get("code", ""), payload)

    def _take_answer(self, key: str, code: str, payload: bytes) -> None:
        self.came[f"error {code}" if code else "ack"] += 1
        if self.refusals[key, code]:
            self.refusals[key, code] -= 1
        elif key:
            self._cross_off(self.waiting[key] > 0, payload)
            self.waiting[key] -= 1
        else:
            self._cross_off(code in LATER and self.may_fail > 0, payload)
            self.may_fail -= 1

    def _cross_off(self, was_due: bool, payload: bytes) -> None:
        if not (was_due or self.forgiven):
            raise Wrong(f"an answer that answers nothing: {payload!r}")


# ---- what is sent: JSON --------------------------------------------------------------------------

RECORDED = (  # what the page sends; KEY is another one each time
    '{"type":"message","content":"hi","key":"KEY"}',
    '{"type":"message","content":"Zoë said: 𝄞 \\u00e9\\n\\t<b>","key":"KEY","reply_to":3}',
    '{"type":"message","content":"count: !tokens=3","key":"KEY"}',
    '{"type":"edit","id":5,"content":"better","key":"KEY"}',
    '{"type":"delete","id":7,"key":"KEY"}',
    '{"type":"stop","id":2,"key":"KEY"}',
    '{"type":"ask","id":4,"key":"KEY"}',
    '{"type":"configure","title":"A room","instructions":"Be brief.","speaks":"mentioned","model":"","key":"KEY"}',
    '{"type":"typing","on":true}',
    '{"type":"ping"}',
)
TYPES = ("message", "stop", "ask", "edit", "delete", "configure", "typing", "ping")
FIELDS = ("content", "key", "id", "reply_to", "on", "title", "instructions", "speaks", "model", "type", "", "\0", "__proto__")
ODD_TEXTS = (
    "", " ", "\0", "\u202eevil", "\u2066\u2069", "\ufeff", "\ufffe", "\U0010ffff", "a\u0301" * 50, "\u200d", "\r\n", "\x7f\x9f",
    "𝄞" * 8_000, "𝄞" * 8_001, "x" * 16_000, "x" * 16_001, "x" * 60_000, "\u0085\u2028\u2029", "Pocket", "always", "never", "../..",
    "!tokens=3 Pocket", "<script>", "' OR 1=1 --", "%s%n{0}", "ﷺ" * 99, "\ud800", "\udfff\ud800",
)  # fmt: skip
ODD_JSON = (
    "null", "true", "[]", "{}", "-0", "-1", "0", "1.0", "1e999", "-1e-999", "NaN", "Infinity", "9007199254740992", "9007199254740993",
    "9" * 400, "1" + "0" * 5_000, "0x10", "01", "+1", "1.", "\"\\ud800\"", "\"\\u0000\"", "\"\\x\"", "[" * 300 + "]" * 300,
    "[" * 5_000, '{"a":' * 250 + "1" + "}" * 250, "// comment", "\u2028", "\ufeff", '"\t"', "'a'",
)  # fmt: skip


SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much)


def draw_corpus(run_seed: int, size: int) -> list[str]:
    """JSON texts near the protocol, drawn by hypothesis."""
    drawn: list[str] = []

    @seed(run_seed)
    @settings(max_examples=size, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=SLOW_IS_FINE)
    @given(near_frames(), st.booleans())
    def draw(value: Any, ascii_only: bool) -> None:
        drawn.append(json.dumps(value, ensure_ascii=ascii_only))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        draw()
    return drawn


def near_frames() -> st.SearchStrategy[Any]:
    """Any JSON value, and objects with the protocol's fields, right or wrong."""
    any_text = st.text(st.characters(exclude_categories=())) | st.sampled_from(ODD_TEXTS)
    numbers = st.integers() | st.integers(-3, 30) | st.floats() | st.integers(2**53 - 2, 2**53 + 2)
    values = st.recursive(
        st.none() | st.booleans() | numbers | any_text,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4), max_leaves=12,
    )  # fmt: skip
    keys = st.from_regex(protocol.KEY, fullmatch=True)
    right = {"content": any_text, "key": keys, "id": numbers, "reply_to": numbers, "on": st.booleans(), "title": any_text}
    near = {name: strategy | values for name, strategy in right.items()} | {"speaks": any_text, "model": any_text}
    types = st.sampled_from(TYPES)
    return st.fixed_dictionaries({"type": types}, optional=right) | st.fixed_dictionaries({"type": types | values}, optional=near) | values


def fuzzed_text(random: Random, corpus: Sequence[str]) -> str:
    """A text for one frame: drawn, made of odd parts, or a recorded one mutated."""
    roll = random.random()
    if roll < 0.15:
        text = f'{{"type":"message","key":"KEY","content":{json.dumps(random.choice(ODD_TEXTS[:-2]))}}}'
    elif roll < 0.45:
        text = odd_frame(random)
    elif roll < 0.55:
        text = random.choice(corpus)
    else:
        text = random.choice(RECORDED) if random.random() < 0.7 else random.choice(corpus)
        for _ in range(random.choice((0, 1, 1, 2, 5))):
            text = random.choice(MUTATIONS)(random, text, corpus)
    text = text.replace("KEY", f"k{random.getrandbits(64):x}")
    return text.encode(errors="replace").decode()  # half a surrogate pair is no UTF-8


def odd_frame(random: Random) -> str:
    """A frame under a key that can be taken, with fields that often cannot."""
    members = [f'"type":"{random.choice(TYPES)}"', '"key":"KEY"']
    for name in random.sample(FIELDS, random.randint(0, 4)) + ["id", "content"][: random.randint(0, 2)]:
        if name not in ("key", "type") or random.random() < 0.1:
            members.append(f"{json.dumps(name)}:{odd_value(random)}")
    random.shuffle(members)
    return "{" + ",".join(members) + "}"


def odd_value(random: Random) -> str:
    roll = random.random()
    if roll < 0.35:
        return str(odd_number(random))
    if roll < 0.55:
        return random.choice(ODD_JSON)
    return json.dumps(random.choice(ODD_TEXTS), ensure_ascii=random.random() < 0.8)


def odd_number(random: Random) -> int:
    return random.choice((random.randint(1, 40), random.randint(1, 40), random.randint(-2, 2), random.randint(-(2**70), 2**70), 2**53))


def flip(random: Random, text: str, corpus: Sequence[str]) -> str:
    data = bytearray(text.encode(errors="replace"))
    for _ in range(random.choice((1, 1, 2, 8))):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data.decode(errors="replace")


def cut(random: Random, text: str, corpus: Sequence[str]) -> str:
    return text[: random.randint(0, len(text))] if random.random() < 0.7 else text[random.randint(0, len(text)) :]


def splice(random: Random, text: str, corpus: Sequence[str]) -> str:
    other = random.choice(corpus)
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


def repeat(random: Random, text: str, corpus: Sequence[str]) -> str:
    start, end = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
    return text[:end] + text[start:end] * random.choice((1, 1, 2, 50)) + text[end:]


def insert(random: Random, text: str, corpus: Sequence[str]) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice((*ODD_JSON, *ODD_TEXTS)) + text[at:]


def put_member(random: Random, text: str, corpus: Sequence[str]) -> str:
    """Another member in front or behind, of a name that may stand there already."""
    member = f"{json.dumps(random.choice(FIELDS))}:{odd_value(random)}"
    return text.replace("{", "{" + member + ",", 1) if random.random() < 0.5 else f"{text[:-1]},{member}}}"


def replace_value(random: Random, text: str, corpus: Sequence[str]) -> str:
    """Another value for one of the members."""
    places = list(re.finditer(r'(?<=":)("[^"]*"|[\w.-]+)', text))
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start()] + odd_value(random) + text[place.end() :]


MUTATIONS = (flip, cut, splice, repeat, insert, put_member, put_member, replace_value, replace_value, replace_value)


# ---- what is sent: WebSocket ---------------------------------------------------------------------

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
UPGRADE = (
    "Host: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: " + base64.b64encode(b"sixteen bytes ok").decode() + "\r\n"
)
PROTOCOL_ERROR, BAD_DATA = {1002}, {1002, CLOSE_BAD_TEXT}


def ws_frame(
    opcode: int, payload: bytes = b"", mask: bytes | None = b"\0\0\0\0", fin: bool = True, rsv: int = 0, size: int | None = None, form: int = 0
) -> bytes:
    """A client's frame. `size` is what it claims to have, `form` the least code of its length (0, 126, 127)."""
    length = len(payload) if size is None else size
    code = max(form, length if length < 126 else 126 if length < 1 << 16 else 127)
    extended = b"" if code < 126 else length.to_bytes(2 if code == 126 else 8, "big")
    head = bytes([fin << 7 | rsv << 4 | opcode, (mask is not None) << 7 | code]) + extended
    return head + (payload if mask is None else mask + masked(payload, mask))


def masked(payload: bytes, mask: bytes) -> bytes:
    if mask == b"\0\0\0\0" or not payload:
        return payload
    pad = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(len(payload), "big")


@dataclass
class Scene:
    """What is sent over one socket, and what must come of it: answers under `keys`, `pongs`, one of the codes in `close`.

    With none of them, all that comes must be well-formed.
    """

    name: str
    pieces: list[bytes]
    keys: list[str] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    close: set[int] = field(default_factory=set)
    frames: int = 1


def valid_frame(random: Random) -> tuple[str, bytes]:
    key = f"k{random.getrandbits(64):x}"
    return key, f'{{"type":"message","content":"\N{SNOWMAN}𝄞 {key}","key":"{key}"}}'.encode()


def fragments(random: Random) -> Scene:
    """A message in pieces, some cut through a character and some empty, with pings between them."""
    key, text = valid_frame(random)
    cuts = sorted(random.choices(range(len(text) + 1), k=random.randint(1, len(text))))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    scene = Scene("fragments", [], [key], frames=len(parts))
    for index, part in enumerate(parts):
        fin, opcode = index == len(parts) - 1, CONTINUATION if index else TEXT
        scene.pieces.append(ws_frame(opcode, part, random.randbytes(4), fin))
        if random.random() < 0.3 and not fin:
            scene.pongs.append(random.randbytes(random.randint(0, 125)))
            scene.pieces.append(ws_frame(PING, scene.pongs[-1], random.randbytes(4)))
            scene.frames += 1
    return scene


def every_mask_and_length(random: Random) -> Scene:
    """A message whose length is told in more bytes than it needs, under a mask of zeros or any other."""
    key, text = valid_frame(random)
    mask = random.choice((b"\0\0\0\0", random.randbytes(4)))
    return Scene("mask and length", [ws_frame(TEXT, text, mask, form=random.choice((0, 126, 127)))], [key])


def no_mask(random: Random) -> Scene:
    return Scene("no mask", [ws_frame(random.choice((TEXT, PING, CLOSE)), b"", None)], close=PROTOCOL_ERROR)


def reserved(random: Random) -> Scene:
    opcode, rsv = random.choice(((random.choice((3, 4, 5, 6, 7, 11, 15)), 0), (TEXT, random.randint(1, 7)), (PING, 4)))
    return Scene("reserved", [ws_frame(opcode, b"{}", random.randbytes(4), rsv=rsv)], close=PROTOCOL_ERROR)


def too_long(random: Random) -> Scene:
    """A length beyond the limit: the frame's own, or that of its fragments; also one that no frame can have."""
    if random.random() < 0.7:
        size = random.choice((FRAME_BYTES + 1, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1))
        return Scene("too long", [ws_frame(TEXT, b"abc", size=size)], close={CLOSE_TOO_BIG, 1002})
    half = b"a" * (FRAME_BYTES // 2 + 1)
    pieces = [ws_frame(TEXT, half, fin=False), ws_frame(CONTINUATION, half)]
    return Scene("too long in fragments", pieces, close={CLOSE_TOO_BIG}, frames=2)


def cut_short(random: Random) -> Scene:
    """A frame that never ends."""
    whole = ws_frame(random.choice((TEXT, PING, CLOSE)), random.randbytes(100), random.randbytes(4))
    return Scene("cut short", [whole[: random.randint(1, len(whole) - 1)]])


def bad_control(random: Random) -> Scene:
    opcode = random.choice((PING, PONG, CLOSE))
    bad = ws_frame(opcode, b"x" * 126) if random.random() < 0.5 else ws_frame(opcode, b"\x03\xe8", fin=False)
    return Scene("bad control", [bad], close=PROTOCOL_ERROR)


def bad_close(random: Random) -> Scene:
    codes = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)
    payload = random.choice((b"\3", b"\x03\xe8\xff\xfe", random.choice(codes).to_bytes(2, "big")))
    return Scene("bad close", [ws_frame(CLOSE, payload, random.randbytes(4))], close=BAD_DATA)


def good_close(random: Random) -> Scene:
    """A close, and frames behind it, which nobody reads."""
    code = random.choice((1000, 1001, 3000, 4999))
    after = [ws_frame(random.choice((TEXT, PING, CLOSE, 7)), b'{"type":"ping"}') for _ in range(random.randint(0, 4))]
    return Scene("frames after a close", [ws_frame(CLOSE, code.to_bytes(2, "big") + b"bye"), *after], close={code}, frames=1 + len(after))


def wrong_order(random: Random) -> Scene:
    """A continuation of nothing, or a new message within another one."""
    begun = [] if random.random() < 0.5 else [ws_frame(TEXT, b"{", fin=False)]
    opcode = random.choice((TEXT, BINARY)) if begun else CONTINUATION
    return Scene("wrong order", [*begun, ws_frame(opcode, b"}")], close=PROTOCOL_ERROR, frames=1 + len(begun))


def bad_text(random: Random) -> Scene:
    bad = random.choice((b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", "𝄞".encode()[:3]))
    text = b'{"type":"ping","x":"' + bad + b'"}'
    at = random.randint(0, len(text))
    pieces = [ws_frame(TEXT, text[:at], fin=False), ws_frame(CONTINUATION, text[at:])]
    return Scene("bad UTF-8", pieces, close={CLOSE_BAD_TEXT}, frames=2)


def binary(random: Random) -> Scene:
    pieces = [ws_frame(BINARY, b'{"type":', fin=False), ws_frame(CONTINUATION, b'"ping"}')]
    return Scene("binary", pieces, close={CLOSE_BINARY}, frames=2)


def ping_flood(random: Random) -> Scene:
    pongs = [random.randbytes(random.randint(0, 125)) for _ in range(random.choice((1, 2, 5, 20, 100)))]
    unasked = [ws_frame(PONG, random.randbytes(4)) for _ in range(random.randint(0, 20))]
    pieces = [*unasked, *(ws_frame(PING, payload, random.randbytes(4)) for payload in pongs)]
    return Scene("ping flood", pieces, pongs=pongs, frames=len(pieces))


def mutated_stream(random: Random) -> Scene:
    """Any of the others with some bytes changed; or no frames at all."""
    if random.random() < 0.3:
        return Scene("noise", [random.randbytes(random.randint(1, 300))])
    scene = random.choice(SCENES[:-1])(random)
    stream = bytearray(b"".join(scene.pieces))
    for _ in range(random.randint(1, 4)):
        stream[random.randrange(len(stream))] = random.getrandbits(8)
    return Scene(f"mutated {scene.name}", [bytes(stream)], frames=scene.frames)


SCENES: tuple[Callable[[Random], Scene], ...] = (
    fragments, fragments, every_mask_and_length, no_mask, reserved, too_long, cut_short, bad_control, bad_close, good_close,
    wrong_order, bad_text, binary, ping_flood, mutated_stream,
)  # fmt: skip


class Line:
    """A raw socket after a proper handshake, which finds fault with what is no server's frame."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread, self._until = bytearray(), 0.0

    @classmethod
    def enter(cls, port: int, room: str, query: str = "", token: str | None = None) -> Self:
        line = cls(port)
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        line.send(f"GET /ws/{room}?{query} HTTP/1.1\r\n{UPGRADE.format(host=f'127.0.0.1:{port}')}{bearer}\r\n".encode())
        while b"\r\n\r\n" not in line._unread:
            line._read()
        head, _, rest = bytes(line._unread).partition(b"\r\n\r\n")
        line._unread = bytearray(rest)
        if not head.startswith(b"HTTP/1.1 101 "):
            raise Wrong(f"the handshake was answered by {head[:200]!r}", query.encode())
        return line

    def send(self, data: bytes) -> None:
        self._until = time.monotonic() + ANSWER_SECONDS  # for all that is to come of it, whatever others say meanwhile
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # closed, as the reader finds out
            self._socket.sendall(data)

    def send_much(self, unit: bytes, mib: int) -> Iterator[None]:
        """Send `mib` MiB of `unit`, some at a time, as long as the server reads."""
        some = unit * ((1 << 18) // len(unit))
        self._socket.settimeout(FLOOD_PATIENCE)
        with contextlib.suppress(OSError):
            for _ in range(mib * 4):
                self._socket.sendall(some)
                yield
        yield

    def frame(self) -> tuple[int, bytes]:
        """The next frame: its opcode and payload. Raises Wrong, and TimeoutError when it is too late for it."""
        self._need(2)
        first, length = self._unread[0], self._unread[1]
        if first not in (0x81, 0x88, 0x89, 0x8A) or length > 127:
            raise Wrong(f"not a server's frame: {bytes(self._unread[:40])!r}")
        begin = 2 if length < 126 else 4 if length == 126 else 10
        self._need(begin)
        length = length if length < 126 else int.from_bytes(self._unread[2:begin], "big")
        self._need(begin + length)
        payload = bytes(self._unread[begin : begin + length])
        del self._unread[: begin + length]
        return first & 15, payload

    def must_close(self, codes: set[int], take: Callable[[bytes], object]) -> int:
        """Read on to the close frame, which must have one of the `codes`, and behind which nothing may come."""
        kind, payload = self.frame()
        while kind != CLOSE:
            take(payload)
            kind, payload = self.frame()
        code = int.from_bytes(payload[:2], "big")
        if code not in codes:
            raise Wrong(f"closed with {payload!r}, expected one of {sorted(codes)}")
        if self._unread:
            raise Wrong(f"something behind the close: {bytes(self._unread[:100])!r}")
        return code

    def must_be_sane(self, seconds: float) -> str:
        """Read for a while; whatever comes must be well-formed. Returns what came last."""
        self._until = time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while True:
                kind, payload = self.frame()
                if kind == CLOSE:
                    return f"close {int.from_bytes(payload[:2], 'big')}"
        return "silence"

    def close(self) -> None:
        self._socket.close()

    def cut(self) -> None:
        """A reset instead of a goodbye."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _need(self, size: int) -> None:
        while len(self._unread) < size:
            self._read()

    def _read(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("what must come did not come")
        self._socket.settimeout(left)
        data = self._socket.recv(1 << 16)
        if not data:
            raise Wrong("the connection ended without a close frame")
        self._unread += data


# ---- what is sent: HTTP --------------------------------------------------------------------------

MESSAGES = "/api/rooms/http-nonsense/messages"
TURNED_AWAY = {0, 400, 403, 404, 405, 413, 414, 431}  # 0: closed without an answer


@dataclass
class Request:
    """Bytes, in which HOST is the server's, and the statuses one of which must come; without any, whatever comes will do."""

    name: str
    raw: bytes
    statuses: set[int] = field(default_factory=set)


def request(name: str, line: str, head: str = "", body: bytes = b"", statuses: set[int] | None = None) -> Request:
    return Request(name, f"{line} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n{head}\r\n".encode("latin-1") + body, statuses or set())


def half_request(random: Random) -> Request:
    """Begun and left open; the fuzzer closes it."""
    whole = request("", f"POST {MESSAGES}", "Content-Length: 20\r\n", b'{"content":"hi"}').raw
    return Request("half a request", whole[: random.randint(1, len(whole))])


def huge_header(random: Random) -> Request:
    size = random.choice((9_000, 70_000, 300_000))
    return request("huge header", "GET /", f"X: {'x' * size}\r\n", statuses={0, 200, 400, 431})


def bad_upgrade(random: Random) -> Request:
    """A whole upgrade request with something wrong in it: it must be refused, and not just left open."""
    good, wrong = UPGRADE.format(host="HOST"), random.choice((
        ("13", "12"), ("13", "x"), ("Sec-WebSocket-Key", "X"), ("c2l4", "$$$$"), ("c2l4", ""), ("Host: HOST", "Host: evil.example"),
        ("Host: HOST", "Host: HOST\r\nOrigin: http://evil.example"), ("Host: HOST", "Host: HOST\r\nOrigin: null"),
        ("Host: HOST", "Host: HOST\r\nCookie: pocketroom=x"), ("Host: HOST", f"Host: HOST\r\nX: {'x' * 9_000}"),
        ("Host: HOST", "Host: HOST" + "\r\nX: x" * 200), ("Host: HOST", "Host: HOST\r\nContent-Length: 3"),
        ("Host: HOST", "Host: HOST\r\nTransfer-Encoding: chunked"), ("websocket", "websocket\r\nX: \0"),
    ))  # fmt: skip
    return Request("bad upgrade", f"GET /ws/upgrades HTTP/1.1\r\n{good.replace(*wrong)}\r\n".encode(), TURNED_AWAY)


def upgrade_elsewhere(random: Random) -> Request:
    line = random.choice((
        "POST /ws", "HEAD /ws", "GET /", "GET /static/style.css", f"GET {MESSAGES}", "GET /ws/A", "GET /ws/a%00", "GET /ws/a/b", "GET /ws/",
        "GET /ws/%ff", f"GET /ws/{'a' * 65}", f"GET /ws/{'a' * 9_000}", "GET /nowhere", "PUT /ws/lobby",
    ))  # fmt: skip
    return Request("upgrade elsewhere", f"{line} HTTP/1.1\r\n{UPGRADE.format(host='HOST')}\r\n".encode(), TURNED_AWAY)


def data_behind_the_upgrade(random: Random) -> Request:
    frames = b"".join(ws_frame(random.choice((TEXT, PING)), b'{"type":"ping"}') for _ in range(3))
    return Request("data behind the upgrade", f"GET /ws/upgrades HTTP/1.1\r\n{UPGRADE.format(host='HOST')}\r\n".encode() + frames, {101})


def bad_host(random: Random) -> Request:
    host = random.choice(("evil.example", "", "[::", "127.0.0.1:HOST", "a" * 3_000, "\x80", "localhost.evil.example", "127.0.0.1@evil", "::1:"))
    raw = f"{random.choice(('GET / ', f'POST {MESSAGES} '))}HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    return Request("bad Host", raw.encode("latin-1"), {200, 400})


def bad_origin(random: Random) -> Request:
    origin = random.choice(("null", "http://evil.example", "http://", "http://[", "file://", "HOST", "\xff", "http://HOST.evil.example"))
    return request("bad Origin", f"POST {MESSAGES}", f"Origin: {origin}\r\nContent-Length: 2\r\n", b"{}", {403})


def odd_method(random: Random) -> Request:
    method = random.choice(("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "A" * 500, "get", "M-SEARCH", "HEAD"))
    path = random.choice(("/", "/r/x", MESSAGES, "/static/style.css", "/health", "/api/backup", "*", "/ws", "//", "http://evil.example/"))
    return request("odd method", f"{method} {path}", statuses={200, 400, 404, 405, 307})


def odd_path(random: Random) -> Request:
    part = random.choice(("%", "%zz", "%00", "%ff", "%ED%A0%80", "..%2f..%2fmain.py", "%2e%2e", "A", "a" * 65, "a" * 5_000, "%F0%9F%92%A9", ";", "a b"))
    door = random.choice(("/r/{}", "/static/{}", "/static/js/{}", "/api/rooms/{}/messages", "/{}", "/ws/{}"))
    return request("odd path", f"GET {door.format(part)}", statuses={200, 307, 400, 404})


def odd_query(random: Random) -> Request:
    value = random.choice(("-1", "0", "9" * 30, "9" * 5_000, "1e3", "", "%00", "%ff", "NaN", "1&before=2", "٣", "[]"))
    name = random.choice(("before", "limit", "name", "a" * 500))
    return request("odd query", f"GET {MESSAGES}?{name}={value}".encode().decode("latin-1"), statuses={200, 400, 404, 422})


def odd_post(random: Random) -> Request:
    body = random.choice((
        b"", b"{", b"[]", b"null", b'{"content":""}', b'{"content":5}', b'{"type":"ping"}', b'{"type":"stop","id":1}', b"\xff", b"[" * 9_000,
        b'{"content":"hi","key":" "}', b'{"content":"\\ud800"}', b'{"content":"' + b"x" * 16_001 + b'"}', b" " * (FRAME_BYTES + 1),
    ))  # fmt: skip
    return request("odd POST", f"POST {MESSAGES}", f"Content-Length: {len(body)}\r\n", body, {400, 413})


def good_post(random: Random) -> Request:
    body = f'{{"content":"posted {random.getrandbits(32)}","key":"k{random.getrandbits(64):x}"}}'.encode()
    name, statuses = random.choice((("Mallory", {201}), ("%00", {400}), ("%E2%80%AE", {400}), ("a" * 33, {400}), ("%ff", {201, 400}), ("", {201})))
    return request("POST", f"POST {MESSAGES}?name={name}", f"Content-Length: {len(body)}\r\n", body, statuses)


def lying_length(random: Random) -> Request:
    """A body that is shorter than it claims, or that nobody can measure."""
    head = random.choice(("Content-Length: 500\r\n", "Content-Length: -1\r\n", "Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: x\r\n"))
    return request("lying length", f"POST {MESSAGES}", head, b'{"content":"hi"}', set() if "500" in head else {400})


def lying_chunks(random: Random) -> Request:
    body = random.choice((b"zz\r\n", b"5\r\nhi", b"5\r\nhello", b"-1\r\n", b"ffffffffffffffffffff\r\n", b"2\r\nhello\r\n", b"0\r\n", b"5;a=b\r\nhel"))
    return request("lying chunks", f"POST {MESSAGES}", "Transfer-Encoding: chunked\r\n", body)


def pipelined(random: Random) -> Request:
    """Good requests, and garbage behind them."""
    good = b"GET /static/favicon.svg HTTP/1.1\r\nHost: HOST\r\n\r\n" * random.randint(1, 5)
    return Request("pipelined", good + random.choice((b"\0\1\2\r\n\r\n", b"GET\r\n\r\n", random.randbytes(50) + b"\r\n\r\n")), {200})


def odd_headers(random: Random) -> Request:
    head = random.choice((
        "Range: bytes=5-1\r\n", "Range: bytes=" + ",".join(["0-1"] * 500) + "\r\n", "Range: bytes=99999999999999999999-\r\n", "Range: x\r\n",
        "If-Modified-Since: \xff\r\n", "If-None-Match: \"" + "x" * 999 + "\r\n", 'Cookie: \xff=;;="\\777\r\n', "Authorization: Bearer \xff\r\n",
        "Upgrade: h2c\r\n", "Expect: 100-continue\r\n", "Transfer-Encoding: gzip\r\n", "X:\0\r\n", ": x\r\n", "X x\r\n", " x\r\n", "Te: \x01\r\n",
    ))  # fmt: skip
    path = random.choice(("/", "/static/style.css", MESSAGES))
    return request("odd headers", f"GET {path}", head, statuses={200, 206, 304, 400, 404, 416, 501})


def mutated_request(random: Random) -> Request:
    raw = bytearray(random.choice(REQUESTS[:-1])(random).raw)
    for _ in range(random.randint(1, 5)):
        raw[random.randrange(len(raw))] = random.getrandbits(8)
    return Request("mutated request", bytes(raw) + b"\r\n\r\n")


REQUESTS: tuple[Callable[[Random], Request], ...] = (
    half_request, huge_header, bad_upgrade, bad_upgrade, upgrade_elsewhere, data_behind_the_upgrade, bad_host, bad_origin, odd_method, odd_path,
    odd_query, odd_post, good_post, lying_length, lying_chunks, pipelined, odd_headers, mutated_request,
)  # fmt: skip


def answer_to(port: int, raw: bytes, must_answer: bool) -> int:
    """The status of the first answer to `raw`; 0 if the server closes without one, -1 if it is silent and may be."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as line:
        try:
            line.sendall(raw)
            line.settimeout(ANSWER_SECONDS if must_answer else SILENCE_SECONDS)
            while b"\r\n" not in answer or answer.startswith(b"HTTP/1.1 100 "):
                if not (data := line.recv(1 << 16)):
                    return 0
                answer = (answer + data).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        except TimeoutError:
            return -1
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    if not found:
        raise Wrong(f"no HTTP: {answer[:200]!r}", raw)
    return int(found[1])


# ---- python -m bench.fuzz ------------------------------------------------------------------------


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--frames", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options.add_argument("--share", type=int, help="only this one")
    given = options.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(FUZZERS, get_context("spawn")) as pool:
        server = Server(Path(folder), SPEAKS="mentioned")
        try:
            result = asyncio.run(fuzz(server, pool, given.seed, given.frames, given.share))
        finally:
            if server.process is not None and server.process.poll() is None:
                server.kill()
    report(result, given.seed, time.monotonic() - begun)
    sys.exit(1 if result.wrong else 0)


def report(result: Result, run_seed: int, seconds: float) -> None:
    print(f"seed {run_seed}: {result.frames:,} frames in {seconds:.0f} s")
    for level in LEVELS:
        came = {what: count for (at, what), count in sorted(result.tally.items()) if at == level and what != "sent"}
        print(f"  {level:7} {result.tally[level, 'sent']:>9,} sent; " + ", ".join(f"{what} {count:,}" for what, count in came.items()))
    print(f"  Ann and Bea: {', '.join(f'{rounds:,} rounds in {room}' for room, rounds in result.rounds.items())}; behind {result.caught_up} times")
    if result.memory:
        tenth = result.memory[len(result.memory) // 10]
        print(f"  memory: {tenth} MiB after a tenth, {result.memory[-1]} MiB at the end, {max(result.memory)} MiB at most; stopped in {result.stop_seconds:.2f} s")
    print(f"  floods: {', '.join(f'{name} {mib} MiB' for name, mib in result.floods.items())}")
    for wrong in result.wrong:
        print(f"WRONG: {wrong}")
    print("nothing wrong" if not result.wrong else f"{len(result.wrong)} things wrong")


if __name__ == "__main__":
    main()
