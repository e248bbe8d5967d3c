"""What becomes of what people saw when everything breaks, for hours: kills, cut lines, full disks, all by seed.

    python -m bench.soak --minutes 10                # rounds of new seeds, until the time is over
    python -m bench.soak --seed 7 --rounds 1         # one round again; what is chosen comes from the seed, when it hits does not

In each round a few people live in a fresh house while lines, server and disk break. Then all is calm, everybody catches
up, the server is killed once more, somebody new reads everything, and tests/oracle.py judges. Linux with gcc only.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import pickle
import random
import re
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.crowd import MODELS, Person
from tests.faults import Faults, FaultsUnavailable
from tests.fork_server import ROOT, Forked, ForkServer
from tests.oracle import Verdict, Witness, judge
from tests.provider import Fault, Provider, Script, answer, begun, cut_short, delta, failure, slowly
from tests.proxy import Line, Proxy, Slowness

REPORT_SECONDS = 30
REST_SECONDS = 30  # until everybody must have caught up after the last fault
START_SECONDS = 20  # until a server must be up
QUIET_SECONDS = 0.1  # without any change: nobody says anything more
COMMIT_SECONDS = 0.2  # to wait for the commit at which the server is to be killed; then it is killed anyway
PORTS = range(20_000, 32_000)  # below those that outgoing connections take: one to its own port would be an echo
STOP_SECONDS = 8  # a stop takes at most 5 s, and this machine is busy
SCRIPTS, ANSWERS = 40, 5_000  # of the model that dies, in one round: made, and played at most; then it says Yes
CANNOT_START, DISK_FAILED = 1, 74  # exit statuses; the second after a failed fsync
SECOND_TABS = 2  # at most, of all people together
NAMES = ("Ann", "Bea", "Cai", "Dov", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Lou")
KILLS = ("at any moment", "before a commit", "after a commit", "in a write", "at the end of an answer", "at a start")
# The last: uvicorn at the end of its grace, for a line that is stalled, when nobody's task is left.
EXPECTED = re.compile(r"PocketRoom is open: |Assistant: |Log: |Who may come in: |The operator: |\S+ error uvicorn.error: Cancel 0 running task|$")
BY_DISK = re.compile(r"PocketRoom cannot start: |\S+ (error unsaved|error more of=unsaved|critical disk_failed) ")


@dataclass(frozen=True)
class Weather:
    """How hard it is in one round: for how many, how many seconds between faults, and which befall the server and the lines."""

    name: str
    people: int
    server_pause: float
    line_pause: float
    server: dict[str, float]  # by verb
    lines: dict[str, float]
    provider: bool = False


LINES: dict[str, float] = {"reset": 12, "half_open": 0.7, "mid_frame": 5, "stall": 1, "stall_a_while": 2, "reload": 1, "turn_slow": 0.5}
SLOW: dict[str, float] = {"stall_a_while": 10, "stall_in_a_flood": 2, "turn_slow": 4, "reset": 2, "mid_frame": 1, "stall": 0.2, "reload": 0.5}
KILLING: dict[str, float] = {"kill": 10, "stop": 0.3, "freeze": 0.5, "jump_clock": 0.5}
DISK: dict[str, float] = {"kill": 6, "stop": 0.3, "disk_full": 2, "read_only": 1, "fail_fsync": 3, "jump_clock": 1}
WEATHERS = (
    Weather("kills", 4, 0.01, 0.03, KILLING, LINES),
    Weather("lines", 12, 2.0, 0.004, KILLING | DISK, LINES),
    Weather("disk", 5, 0.03, 0.05, DISK, LINES),
    Weather("all", 8, 0.08, 0.01, KILLING | DISK, LINES),
    Weather("slow", 8, 0.7, 0.03, KILLING | {"freeze": 3}, SLOW),
    Weather("provider", 6, 0.3, 0.02, KILLING, LINES, provider=True),
)
ROUND_SECONDS = 6.0, 12.0  # at least and at most, until all is calm


@dataclass
class Tally:
    """What befell everybody, and what came of it."""

    faults: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    failed: list[int] = field(default_factory=list)  # seeds
    resumes: int = 0  # lines on which somebody came back to a position
    acked: int = 0
    shown: int = 0
    units: int = 0
    found: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.monotonic)

    def add(self, verdict: Verdict) -> None:
        self.acked, self.shown, self.units = self.acked + verdict.acked, self.shown + verdict.shown, self.units + verdict.units
        self.found.update(violation.kind for violation in verdict.violations)

    def sum(self, verb: str) -> int:
        return sum(count for name, count in self.faults.items() if name.split(":")[0] == verb)

    def as_dict(self) -> dict[str, Any]:
        found = {kind: self.found[kind] for kind in ("lost", "doubled", "reordered", "other")}
        return {
            "minutes": round((time.monotonic() - self.begun) / 60, 2), "rounds": self.rounds, "kills": self.sum("kill"),
            "cuts": self.sum("cut"), "resumes": self.resumes, "faults": dict(sorted(self.faults.items())), "acked": self.acked, "shown": self.shown,
            "units": self.units, **found, "failed_seeds": self.failed,
        }  # fmt: skip


# ---- one house, and what befalls it ------------------------------------------------------------------


class House:
    """A server on a fixed port, forked anew after each end, with a disk and a clock that lie."""

    def __init__(self, forks: ForkServer, faults: Faults, folder: Path, port: int, tally: Tally, **settings: str) -> None:
        self.forks, self.faults, self.port, self.tally = forks, faults, port, tally
        self.output = folder / "server.log"
        self.settings = {
            "PORT": str(port), "DATABASE_URL": f"sqlite:///{faults.path}", "LLM": "fake", "FAKE_LLM_TOKENS_PER_SECOND": "300",
            "MESSAGES_PER_MINUTE": "0", "ANSWERS_PER_MINUTE": "0", "ANSWERS_PER_DAY": "0", "CONNECTIONS_PER_ADDRESS": "0",
            "LOG_LEVEL": "warning", "MODELS": ",".join(MODELS), **settings,
        }  # fmt: skip
        self.process: Forked
        self.wrong: list[str] = []
        self.disk_was_bad = False

    async def start(self) -> None:
        await self.fork()
        if not await self.comes_up():
            raise AssertionError(f"the server does not come up: {self.printed()[-1000:]}")

    async def comes_up(self) -> bool:
        """Wait until it listens, for which it has opened its log; False if it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not (up := await self.listens()) and self.process.status is None and time.monotonic() < deadline:
            pass
        return up

    async def fork(self) -> None:
        self.process = await self.forks.start(self.output, **self.settings)

    async def listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            await asyncio.sleep(0.003)
            return False
        writer.close()
        return True

    async def end(self, how: signal.Signals, *expected: int) -> None:
        self.process.signal(how)
        self.expect(await self.process.gone(), -how, *expected)

    def expect(self, status: int | None, *expected: int) -> None:
        late = self.disk_was_bad and status == DISK_FAILED  # of an fsync that failed some time ago
        if status not in expected and not late:
            self.wrong.append(f"The server ended with {status}, where {expected} was to be expected.")

    def printed(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def check_output(self) -> None:
        for line in self.printed().splitlines():
            if not (EXPECTED.match(line) or (self.disk_was_bad and BY_DISK.match(line))):
                self.wrong.append(f"The server printed {line!r}.")


class ServerFaults:
    """What befalls the server, its disk and its clock: verbs, one after another."""

    def __init__(self, house: House, crowd: "Crowd", weather: Weather, rng: random.Random) -> None:
        self.house, self.crowd, self.weather, self.rng = house, crowd, weather, rng
        self.faults, self.tally = house.faults, house.tally

    async def befall(self, until: float) -> None:
        verbs = list(self.weather.server)
        while time.monotonic() < until:
            await asyncio.sleep(self.rng.expovariate(1 / self.weather.server_pause))
            (verb,) = self.rng.choices(verbs, list(self.weather.server.values()))
            await getattr(self, verb)()

    async def kill(self) -> None:
        (how,) = self.rng.choices(KILLS, (3, 3, 3, 3, 2, 1))
        self.tally.faults[f"kill: {how}"] += 1
        if how == "at a start":
            await self.house.end(signal.SIGKILL)
            await self.house.fork()
            await asyncio.sleep(self.rng.uniform(0, 0.06))
        elif how != "at any moment":
            await self.kill_at_commit(how)
        await self.house.end(signal.SIGKILL)
        await self.come_back()

    async def kill_at_commit(self, how: str) -> None:
        moment = {"before a commit": "before", "after a commit": "after", "in a write": "write"}.get(how)
        moment = moment or self.rng.choice(("before", "after", "write"))
        self.faults.kill_at_commit(self.rng.choice((1, 1, 2, 3, 6)), moment, self.rng.choice((1, 2, 3, 6)))
        if how == "at the end of an answer":
            self.crowd.stop_an_answer()
        await self.house.process.gone(COMMIT_SECONDS)

    async def come_back(self) -> None:
        """Start again; the power may have been cut, too."""
        self.faults.calm()
        if self.rng.random() < 0.6:
            self.tally.faults["power losses"] += 1
            self.tally.faults["torn writes"] += self.faults.tear(self.rng)
        await self.house.start()

    async def stop(self) -> None:
        self.tally.faults["stop"] += 1
        self.house.process.signal(signal.SIGTERM)
        if await self.house.process.gone(STOP_SECONDS) is None:
            self.house.wrong.append(f"A stop took more than {STOP_SECONDS} s.")
        await self.house.end(signal.SIGKILL, 0, -signal.SIGTERM)
        await self.come_back()

    async def freeze(self) -> None:
        self.tally.faults["freeze"] += 1
        self.house.process.signal(signal.SIGSTOP)
        await asyncio.sleep(self.rng.choice((0.05, 0.2, 0.5, 1.2)))
        self.house.process.signal(signal.SIGCONT)

    async def jump_clock(self) -> None:
        self.tally.faults["jump_clock"] += 1
        self.faults.jump_clock(self.rng.choice((-1, 1)) * self.rng.choice((1, 3_600, 86_400 * 365)))

    async def disk_full(self) -> None:
        await self.break_disk("disk_full", self.faults.disk_full)

    async def read_only(self) -> None:
        await self.break_disk("read_only", self.faults.read_only)

    async def break_disk(self, verb: str, breaks: Callable[[bool], None]) -> None:
        self.tally.faults[verb] += 1
        self.house.disk_was_bad = True
        breaks(True)
        ended = await self.house.process.gone(self.rng.uniform(0.02, 0.4))
        if ended is None and self.rng.random() < 0.3:
            self.tally.faults[f"kill: during {verb}"] += 1
            self.house.process.signal(signal.SIGKILL)
            self.house.expect(await self.house.process.gone(), -signal.SIGKILL, DISK_FAILED)
            await self.house.fork()
            await self.house.process.gone(self.rng.uniform(0.02, 0.2))  # it may find that it cannot start
        breaks(False)
        if not await self.house.comes_up():
            self.house.expect(self.house.process.status, CANNOT_START, DISK_FAILED)
            await self.come_back()

    async def fail_fsync(self) -> None:
        self.tally.faults["fail_fsync"] += 1
        self.house.disk_was_bad = True
        self.faults.fail_fsync(True, self.rng.choice(("wal", "wal", "database", "any")))
        ended = await self.house.process.gone(COMMIT_SECONDS)
        self.faults.fail_fsync(False, "any")
        if ended is not None:
            self.tally.faults["exits after a failed fsync"] += 1
            self.house.expect(ended, DISK_FAILED)
            await self.come_back()


class LineFaults:
    """What befalls the lines between people and the server."""

    def __init__(self, proxies: Sequence[Proxy], crowd: "Crowd", weather: Weather, rng: random.Random, tally: Tally) -> None:
        self.proxies, self.crowd, self.weather, self.rng, self.tally = proxies, crowd, weather, rng, tally
        self._later: set[asyncio.Task[None]] = set()

    async def befall(self, until: float) -> None:
        verbs = list(self.weather.lines)
        while time.monotonic() < until:
            await asyncio.sleep(self.rng.expovariate(1 / self.weather.line_pause))
            (verb,) = self.rng.choices(verbs, list(self.weather.lines.values()))
            if verb == "turn_slow":
                self.turn_slow()
            elif verb == "reload":
                await self.crowd.reload()
                self.tally.faults["reload"] += 1
            elif lines := [line for proxy in self.proxies for line in proxy.lines]:
                await self.harm(self.rng.choice(lines), verb)

    async def harm(self, line: Line, verb: str) -> None:
        if verb.startswith("stall"):
            self.tally.faults["stall"] += 1
            line.stall()
            if verb == "stall_in_a_flood":
                self.rng.choice(self.crowd.people).do(Person.speak_volumes)
            if verb != "stall":
                self.later(self.rng.uniform(0.01, 0.7), line.resume)
        else:
            self.tally.faults[f"cut: {verb}"] += 1
            await line.cut(verb, self.rng)

    def turn_slow(self) -> None:
        self.tally.faults["turn_slow"] += 1
        slow = Slowness(self.rng.choice((1_000, 100, 17)), self.rng.choice((0.0, 0.001)), self.rng)
        self.rng.choice(self.proxies).slow = self.rng.choice((None, slow))

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            do()

        task = asyncio.create_task(wait())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def calm(self) -> None:
        for proxy in self.proxies:
            proxy.slow = None
            for line in list(proxy.open):
                await line.cut()


# ---- the people --------------------------------------------------------------------------------------


class Crowd:
    """Who lives in the rooms, who left, and who comes anew."""

    def __init__(self, proxies: Sequence[Proxy], rooms: Sequence[str], rng: random.Random) -> None:
        self.proxies, self.rooms, self.rng = proxies, rooms, rng
        self.people: list[Person] = []
        self.gone: list[Person] = []
        self._lives: dict[Person, asyncio.Task[None]] = {}
        self._came: Counter[str] = Counter()

    async def come(self, name: str, room: str, token: str | None = None) -> Person:
        self._came[name] += 1
        name = f"{name} {self._came[name]}"
        url = f"ws://127.0.0.1:{self.rng.choice(self.proxies).port}"
        person = Person(url, room, name, random.Random(self.rng.random()), token)
        await person.__aenter__()
        self.people.append(person)
        self._lives[person] = asyncio.create_task(person.live(self.rng.choice((0.03, 0.1, 0.3))))
        return person

    async def leave(self, person: Person) -> None:
        self._lives.pop(person).cancel()
        self.people.remove(person)
        self.gone.append(person)
        await person.leave()

    async def reload(self) -> None:
        """Somebody's tab is closed in the middle of it all, and another one opened; or only opened, as one more."""
        if known := [person for person in self.people if person.token]:
            old = self.rng.choice(known)
            if len(self.people) - len(self._came) >= SECOND_TABS or self.rng.random() < 0.7:
                await self.leave(old)
            if len(self.people) <= len(self._came):
                await self.come(old.witness.name.split()[0], old.room, old.token)

    def stop_an_answer(self) -> None:
        for person in self.people:
            if any(message["status"] == "streaming" for message in person.transcript.shown()):
                person.do(Person.stop_something)
                return

    async def come_to_rest(self) -> None:
        """Nobody does anything more, everybody waits for what they did, and all rooms are quiet."""
        for life in self._lives.values():
            life.cancel()
        try:
            async with asyncio.timeout(REST_SECONDS):
                await asyncio.gather(*(person.come_to_rest() for person in self.people))
                while not await self._is_quiet():
                    pass
        except TimeoutError:
            raise AssertionError("; ".join(["no rest", *(person.situation() for person in self.people)])) from None

    async def until_answered(self) -> None:
        """In each room the assistant must still be there."""
        for person in {person.room: person for person in self.people}.values():
            question = await person.say("Pocket, are you still there?")
            try:
                async with asyncio.timeout(REST_SECONDS):
                    async for _ in person:
                        later = [m for m in person.transcript.shown() if m["id"] > question]
                        answers = [m for m in later if m["author"]["kind"] == "assistant"]  # to several, perhaps
                        if any(answer["status"] != "streaming" for answer in answers):
                            break
            except TimeoutError:
                raise AssertionError(f"nobody answers {question} in {person.room}; {person.situation()}") from None

    async def _is_quiet(self) -> bool:
        before = [(person.transcript.epoch, person.transcript.seq) for person in self.people]
        streaming = any(m["status"] == "streaming" for person in self.people for m in person.transcript.shown())
        await asyncio.sleep(QUIET_SECONDS)
        after = [(person.transcript.epoch, person.transcript.seq) for person in self.people]
        at = {(person.room, *place) for person, place in zip(self.people, after, strict=True)}
        connected = all(person._line is not None for person in self.people)
        return connected and not streaming and before == after and len(at) == len({person.room for person in self.people})

    async def end(self) -> None:
        for person in list(self.people):
            await self.leave(person)


# ---- a round -----------------------------------------------------------------------------------------


class Soak:
    """Rounds in one folder, with one parent of all servers."""

    def __init__(self, folder: Path, forks: ForkServer, faults: Faults, tally: Tally, clients: int | None) -> None:
        self.folder, self.forks, self.faults, self.tally, self.clients = folder, forks, faults, tally, clients
        self.port = free_port()

    async def round(self, seed: int) -> list[str]:
        """One round; returns what was wrong with it."""
        rng = random.Random(seed)
        weather = WEATHERS[seed % len(WEATHERS)]
        self.clean()
        wrong: list[str] = []
        recordings: list[Any] = []
        try:
            async with asyncio.timeout(ROUND_SECONDS[1] + 4 * REST_SECONDS):
                wrong, recordings = await self.live(rng, weather)
        except* (TimeoutError, AssertionError) as why:
            wrong += [f"other: {error}" for error in why.exceptions]
            self.tally.found["other"] += 1
        self.tally.rounds += 1
        if wrong:
            self.tally.failed.append(seed)
            self.keep(seed, weather, wrong, recordings)
        return wrong

    async def live(self, rng: random.Random, weather: Weather) -> tuple[list[str], list[Any]]:
        async with AsyncExitStack() as stack:
            settings = {"SPEAKS": rng.choice(("mentioned", "auto"))}
            if weather.provider:
                settings |= await play_provider(stack, random.Random(rng.random()))
            house = House(self.forks, self.faults, self.folder, self.port, self.tally, **settings)
            await house.start()
            stack.push_async_callback(leave_none_behind, house)
            proxies = [await stack.enter_async_context(Proxy(self.port)) for _ in range(3)]
            rooms = [f"room-{n}" for n in range(rng.randint(1, 3))]
            crowd = Crowd(proxies, rooms, random.Random(rng.random()))
            stack.push_async_callback(crowd.end)
            for n in range(self.clients or weather.people):
                await crowd.come(NAMES[n % len(NAMES)], rng.choice(rooms))
            await self.break_things(house, crowd, proxies, weather, rng)
            verdicts, recordings = await self.judge(house, crowd, rng)
            await house.end(signal.SIGTERM, 0)
        for verdict in verdicts:
            self.tally.add(verdict)
        wrong = [f"{v.kind}: {v.sentence}" for verdict in verdicts for v in verdict.violations]
        house.check_output()
        others = [*house.wrong, *check_file(self.faults.path)]
        self.tally.found["other"] += len(others)
        return [*wrong, *(f"other: {sentence}" for sentence in others)], recordings

    async def break_things(
        self, house: House, crowd: Crowd, proxies: Sequence[Proxy], weather: Weather, rng: random.Random
    ) -> None:
        """For some seconds everything breaks; then nothing does any more, and everybody comes to rest."""
        lines = LineFaults(proxies, crowd, weather, random.Random(rng.random()), self.tally)
        server = ServerFaults(house, crowd, weather, random.Random(rng.random()))
        until = time.monotonic() + rng.uniform(*ROUND_SECONDS)
        async with asyncio.TaskGroup() as befalling:
            befalling.create_task(server.befall(until))
            befalling.create_task(lines.befall(until))
        self.faults.calm()
        if not await house.comes_up():
            house.expect(house.process.status)
            await house.start()
        await lines.calm()
        await crowd.come_to_rest()
        await crowd.until_answered()
        await crowd.come_to_rest()

    async def judge(self, house: House, crowd: Crowd, rng: random.Random) -> tuple[list[Verdict], list[Any]]:
        """Cut the power once more; then whoever is there, and somebody new, must agree on everything."""
        await house.end(signal.SIGKILL)
        self.faults.tear(rng)
        await house.start()
        await crowd.come_to_rest()
        verdicts, recordings = [], []
        for room in sorted({person.room for person in [*crowd.people, *crowd.gone]}):
            witnesses = [person.recording() for person in crowd.people if person.room == room]
            witnesses += [person.witness for person in crowd.gone if person.room == room]
            self.tally.resumes += sum(line.after is not None and bool(line.received) for w in witnesses for line in w.lines)
            fresh = await read_whole(crowd.proxies[0], room)
            verdicts.append(judge(witnesses, fresh, refusing=house.disk_was_bad))
            recordings.append((room, witnesses, fresh))
        return verdicts, recordings

    def clean(self) -> None:
        self.faults.calm()
        for path in self.folder.iterdir():
            path.unlink()

    def keep(self, seed: int, weather: Weather, wrong: Sequence[str], recordings: Sequence[Any]) -> None:
        kept = Path(tempfile.mkdtemp(prefix=f"soak-{seed}-"))
        shutil.copytree(self.folder, kept, dirs_exist_ok=True)
        (kept / "recordings.pickle").write_bytes(pickle.dumps(recordings))
        print(f"seed {seed} ({weather.name}): {len(wrong)} violations; its recording is in {kept}. The first of them:")
        for sentence in wrong[:10]:
            print(f"    {sentence[:400]}")
        print(f"    again (timing is real, so it is only likely): python -m bench.soak --seed {seed} --rounds 1", flush=True)


async def read_whole(proxy: Proxy, room: str) -> Witness:
    """What somebody new reads: the welcome, and all pages of history."""
    person = Person(f"ws://127.0.0.1:{proxy.port}", room, "Newcomer", random.Random(0))
    async with person, asyncio.timeout(REST_SECONDS):
        async for _ in person:
            break
        while person.transcript.floor:
            await person.read_older()
        return person.recording()


async def leave_none_behind(house: House) -> None:
    house.process.signal(signal.SIGKILL)
    await house.process.gone()


async def play_provider(stack: AsyncExitStack, rng: random.Random) -> dict[str, str]:
    """A model that dies in all ways; its settings."""
    provider = await stack.enter_async_context(Provider())
    provider.plays(*rng.choices([script(rng) for _ in range(SCRIPTS)], k=ANSWERS))
    return {"LLM": "openai:test", "OPENAI_BASE_URL": provider.url, "OPENAI_API_KEY": "key", "LLM_TIMEOUT": "1"}


def script(rng: random.Random) -> Script:
    words = [f"{word} " for word in rng.choices(("one", "zwei", "三", "😀", "\n"), k=rng.randint(1, 60))]
    return rng.choice((
        answer(*words), answer(*words), answer(*words, finish="length"), cut_short(*words), slowly(words, 0.002),
        [*begun(*words), Fault.RESET], [Fault.RESET], failure("500 Oh", "secret"), [*begun(*words), delta("."), Fault.MURMUR],
        [*begun(*words), 0.05, *answer("more")],
    ))  # fmt: skip


def check_file(path: Path) -> list[str]:
    """What SQLite finds wrong with the file that is left."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return [f"SQLite finds: {row[0]}" for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]


def free_port() -> int:
    for port in random.SystemRandom().sample(PORTS, 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no free port")


# ---- the program -------------------------------------------------------------------------------------


@dataclass
class Goal:
    """When it is enough: all of these were reached, or the time is over."""

    minutes: float
    rounds: int = 0
    kills: int = 0
    cuts: int = 0

    def is_reached(self, tally: Tally) -> bool:
        if time.monotonic() > tally.begun + 60 * self.minutes:
            return True
        wanted = (self.rounds, self.kills, self.cuts)
        reached = (tally.rounds, tally.sum("kill"), tally.sum("cut"))
        return any(wanted) and all(is_now >= at_least for is_now, at_least in zip(reached, wanted, strict=True))


async def soak(goal: Goal, seed: int, clients: int | None = None, server: Path = ROOT, folder: Path | None = None) -> Tally:
    """Rounds of the seeds from `seed` on."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="soak-", dir=folder) as name:
        faults = Faults(Path(name), "room.db")
        async with ForkServer(server, **faults.environment) as forks:
            one = Soak(Path(name), forks, faults, tally, clients)
            told = time.monotonic()
            while not goal.is_reached(tally):
                await one.round(seed + tally.rounds)
                if time.monotonic() > told + REPORT_SECONDS:
                    told = time.monotonic()
                    print(line_of(tally), flush=True)
    return tally


def line_of(tally: Tally) -> str:
    figures = tally.as_dict()
    named = ("minutes", "rounds", "kills", "cuts", "resumes", "acked", "shown", "lost", "doubled", "reordered", "other")
    return "  ".join(f"{name} {figures[name]:,}" for name in named)


def print_table(tally: Tally) -> None:
    figures = tally.as_dict()
    faults = figures.pop("faults")
    for name, value in {**figures, **faults}.items():
        print(f"{name:32} {value:>14,}" if isinstance(value, int | float) else f"{name:32} {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="end after so many in any case")
    for name in ("rounds", "kills", "cuts"):
        parser.add_argument(f"--{name}", type=int, default=0, help=f"end when there were so many {name}")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the first round")
    parser.add_argument("--clients", type=int, help="in each round; as the weather has it")
    parser.add_argument("--server", type=Path, default=ROOT, help="the project whose server is run")
    parser.add_argument("--folder", type=Path, help="where the log is kept, e.g. on another disk")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    given = parser.parse_args()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of writes to lines that were cut
    try:
        goal = Goal(given.minutes, given.rounds, given.kills, given.cuts)
        tally = asyncio.run(soak(goal, given.seed, given.clients, given.server.resolve(), given.folder))
    except FaultsUnavailable as why:
        sys.exit(str(why))
    print_table(tally)
    if given.json:
        given.json.write_text(json.dumps(tally.as_dict(), indent=2))
    sys.exit(bool(tally.failed))


if __name__ == "__main__":
    main()
