"""What people were told and shown outlives a disk that fails, fills up or loses power, and a clock that jumps."""

import asyncio
import contextlib
import itertools
import os
import random
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Join
from tests.faults import Faults, FaultsUnavailable
from tests.fork_server import Forked, ForkServer
from tests.member import PATIENCE, Member, agree
from tests.server import ROOT, Server

DISK_FAILED = 74  # EX_IOERR
SEEDS = 8  # of two kills each
HOUR, DAY = 3_600, 86_400
ENDLESS = "Pocket, count: !tokens=100000 !rate=200"
WHAT_RUNS = ("main.py", "flow.py", "nodes.py", "utils", "static")


class House:
    """A server over a disk that can fail and a clock that can jump. Members enter at `door`."""

    def __init__(self, forks: ForkServer, faults: Faults) -> None:
        self.forks, self.faults = forks, faults
        self.door = Server(faults.path.parent, SPEAKS="mentioned")  # never started itself
        self.process: Forked

    async def start(self, **settings: str) -> None:
        self.process = await self.forks.start(self.door.output, **(self.door.settings | settings))
        async with asyncio.timeout(PATIENCE):
            while not await self._listens():
                assert self.process.status is None, f"the server went away:\n{self.door.printed()}"

    async def is_gone(self) -> int:
        """Wait until the server has ended by itself; returns its exit status, or less than 0 for a signal."""
        status = await self.process.gone(PATIENCE)
        assert status is not None, "the server stays"
        return status

    async def kill(self) -> None:
        self.process.signal(signal.SIGKILL)
        await self.is_gone()

    async def refuses_a_write(self) -> None:
        """Wait until the disk has done so."""
        before = self.faults.refused_writes
        async with asyncio.timeout(PATIENCE):
            while self.faults.refused_writes == before:
                await self.process.gone(0.002)

    async def lose_power(self, rng: random.Random) -> int:
        """And get it back. Returns how many writes it took along."""
        await self.kill()
        self.faults.calm()
        torn = self.faults.tear(rng)
        await self.start()
        return torn

    def clean(self) -> None:
        self.faults.calm()
        for path in self.faults.path.parent.iterdir():
            path.unlink()

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.002)
            return False
        writer.close()
        return True


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"debug": True}


@pytest.fixture(name="ground", scope="module")
async def server_and_its_disk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    faults = faults_in(tmp_path_factory.mktemp("disk"))
    async with ForkServer(ROOT, **faults.environment) as forks:
        yield House(forks, faults)


@pytest.fixture(name="house")
async def new_house(ground: House) -> AsyncIterator[House]:
    ground.clean()
    await ground.start()
    yield ground
    await ground.kill()
    assert "Traceback" not in ground.door.printed(), ground.door.printed()


def faults_in(folder: Path) -> Faults:
    try:
        return Faults(folder, "room.db")
    except FaultsUnavailable as why:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(why))


async def all_is_there(house: House, join: Join, *people: Member, **options: Any) -> None:
    """What `people` saw and were told before the server went away is there, and when they are back all agree."""
    zoe = await join("Zoe", at=house.door, **options)
    await zoe.read_all()
    for person in people:
        await person.is_closed()
        nothing_is_lost(person, zoe)
    for person in people:
        await person.come_back()
        await person.heard()
    await come_to_rest(*people, zoe)
    agree(*people, zoe)
    keys = [message["key"] for message in zoe.shown() if "key" in message]
    assert len(keys) == len(set(keys))


async def come_to_rest(*people: Member) -> None:
    """Wait until nothing streams any more, and everybody has been told everything."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for person in people:
                await person.ping()
            streaming = any(message["status"] == "streaming" for person in people for message in person.shown())
            if not streaming and len({person.transcript.seq for person in people}) == 1:
                return


def nothing_is_lost(person: Member, newcomer: Member) -> None:
    there = {message["id"]: message for message in newcomer.shown()}
    ids = {message["key"]: id for id, message in there.items() if "key" in message}
    for message in person.shown():
        assert message["id"] in there, f"{person.name} was shown what is lost: {message}"
        if message["status"] == "streaming":
            assert there[message["id"]]["content"].startswith(message["content"])
        else:
            assert there[message["id"]] == message
    for ack in person.of("ack"):
        assert ack["id"] in there, f"{person.name} was told what is lost: {ack}"
        assert ids.get(ack["key"], ack["id"]) == ack["id"]


async def talk(*people: Member, words: int = 10, about: str = "word") -> list[str]:
    """All say many things at once, and wait for nothing; returns their keys."""
    return [await person.send("message", content=f"{about} {n}") for n in range(words) for person in people]


async def talk_until_gone(house: House, *people: Member) -> None:
    async with asyncio.timeout(PATIENCE):
        for n in itertools.count():
            await talk(*people, words=1, about=f"word {n}")
            if await house.process.gone(0.001) is not None:
                return


# ---- a failed fsync ------------------------------------------------------------------------------


async def test_after_a_failed_fsync_nobody_is_told_or_shown_anything_and_the_server_stops(
    house: House, join: Join
) -> None:
    people = [await join(name, at=house.door) for name in ("Ann", "Bea", "Cleo")]
    await talk(*people)
    for person in people:
        await person.heard()
    told = [len(person.frames) for person in people]
    house.faults.fail_fsync()
    keys = await talk(*people, about="too late")
    assert await house.is_gone() == DISK_FAILED
    for person, before in zip(people, told, strict=True):
        await person.is_closed()
        assert not [f for f in person.frames[before:] if f.get("key") in keys or f["type"] in ("message", "ack")]
    assert "the disk failed" in house.door.printed()
    house.faults.calm()
    await house.start()
    await all_is_there(house, join, *people)


@pytest.mark.parametrize("seed", range(4))
async def test_what_ann_bea_and_cleo_had_in_flight_when_an_fsync_failed_is_said_once(
    house: House, join: Join, seed: int
) -> None:
    rng = random.Random(seed)
    people = [await join(name, at=house.door) for name in ("Ann", "Bea", "Cleo")]
    await talk(*people, words=rng.randint(1, 20))
    await people[0].until(lambda: people[0].of("ack"))
    house.faults.fail_fsync()
    await talk_until_gone(house, *people)
    assert await house.is_gone() == DISK_FAILED
    await house.lose_power(rng)
    await all_is_there(house, join, *people)


@pytest.mark.parametrize("seed", range(5))
async def test_what_is_said_after_the_restart_from_a_failed_fsync_survives_a_power_loss(
    house: House, join: Join, seed: int
) -> None:
    """Linux holds pages to be clean whose fsync failed, and the restarted server finds in them what is not on disk."""
    ann = await join("Ann", at=house.door)
    await ann.say("before")
    house.faults.fail_fsync()
    await talk_until_gone(house, ann)
    house.faults.calm()
    await house.start()
    await all_is_there(house, join, ann)
    await ann.say("after")
    await house.lose_power(random.Random(seed))
    await all_is_there(house, join, ann)


def integrity(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0]


class Unlucky(random.Random):
    """Of whose power loss nothing is kept."""

    def random(self) -> float:
        return 1.0

    def choice(self, seq: Any) -> Any:
        return "lost" if "lost" in seq else seq[0]


@pytest.mark.parametrize("size", [80, 260, 620])  # at which the pages of one change lie well apart
async def test_a_power_loss_in_the_middle_of_the_restart_from_a_failed_fsync_spoils_nothing(
    house: House, join: Join, size: int
) -> None:
    people = [await join(name, at=house.door, room=name.lower()) for name in ("Ann", "Bea", "Cleo")]
    for person in people:
        for key in await talk(person, words=120, about="y" * size):
            await person.answer(key)
    await house.kill()
    await house.start()
    for person in people:
        await person.is_closed()
        await person.come_back()
    await people[0].say("in the WAL, before the failure")
    house.faults.fail_fsync()
    await people[1].send("message", content="z" * 430)
    assert await house.is_gone() == DISK_FAILED
    house.faults.calm()
    house.faults.kill_at_commit(2, "before")
    house.process = await house.forks.start(house.door.output, **house.door.settings)
    await house.is_gone()
    house.faults.tear(Unlucky())
    assert integrity(house.faults.path) == "ok"
    await house.start()
    for person in people:
        await all_is_there(house, join, person, room=person.room)


async def test_a_checkpoint_whose_fsync_fails_loses_nothing(house: House, join: Join) -> None:
    ann = await join("Ann", at=house.door)
    house.faults.fail_fsync(file="database")
    failed = house.faults.failed_syncs
    while house.faults.failed_syncs == failed:  # until the WAL is long enough to be written back
        for key in await talk(ann, words=5, about="x" * 15_000):  # who reads slowly must not fall behind, and miss an ack
            await ann.answer(key)
    await ann.say("and on")
    assert await house.lose_power(random.Random(1)) > 100
    await all_is_there(house, join, ann)


# ---- a disk that takes nothing -------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["disk_full", "read_only"])
async def test_on_a_disk_that_takes_nothing_people_are_told_and_go_on_when_it_does_again(
    house: House, join: Join, fault: str
) -> None:
    ann, bea = await join("Ann", at=house.door), await join("Bea", at=house.door)
    assert await ann.say("one") == 1
    getattr(house.faults, fault)()
    for person in (ann, bea, ann):
        error = await person.does("message", content="two")
        assert (error["code"], error["retry_after"] > 0) == ("unavailable", True)
    assert {error["code"] for error in [await bea.answer(key) for key in await talk(bea)]} == {"unavailable"}
    await ann.ping()
    assert [message["content"] for message in ann.shown()] == ["one"]
    house.faults.calm()
    assert [await bea.say("two"), await ann.say("three")] == [2, 3]
    await house.lose_power(random.Random(1))
    await all_is_there(house, join, ann, bea)


async def test_an_answer_that_a_full_disk_cut_off_ends_with_a_sentence_and_the_next_one_comes(
    house: House, join: Join
) -> None:
    ann, bea = await join("Ann", at=house.door), await join("Bea", at=house.door)
    question = await ann.say(ENDLESS)
    await bea.begun(question, 20)
    house.faults.disk_full()
    await house.refuses_a_write()
    assert (await bea.does("message", content="Can you hear me?"))["code"] == "unavailable"
    shown = (await bea.begun(question))["content"]
    house.faults.calm()
    answer = await bea.finished(question)
    assert answer["status"] == "error"
    assert "could not save" in answer["reason"]
    assert answer["content"] == shown
    assert (await bea.finished(await bea.say("Pocket, again: !tokens=3")))["content"] == "1 2 3"
    await house.lose_power(random.Random(1))
    await all_is_there(house, join, ann, bea)


@pytest.mark.parametrize("fault", ["disk_full", "read_only"])
async def test_on_a_disk_that_takes_nothing_a_server_does_not_start_and_harms_nothing(
    house: House, join: Join, fault: str
) -> None:
    ann = await join("Ann", at=house.door)
    await ann.say("one")
    await house.kill()
    getattr(house.faults, fault)()
    house.process = await house.forks.start(house.door.output, **house.door.settings)
    assert await house.is_gone() in (1, DISK_FAILED)
    await house.lose_power(random.Random(1))
    await all_is_there(house, join, ann)


# ---- a kill, and the power with it ---------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "after", "write"])
async def test_what_was_told_or_shown_is_there_after_a_kill_at_a_commit_and_a_power_loss(
    house: House, join: Join, moment: str
) -> None:
    for seed in range(SEEDS):
        await kill_twice(house, join, moment, random.Random(seed), f"{moment}-{seed}")


async def kill_twice(house: House, join: Join, moment: str, rng: random.Random, room: str) -> None:
    """The second kill meets a WAL that is under way."""
    people = [await join(name, at=house.door, room=room) for name in ("Ann", "Bea")]
    for _ in range(2):
        await people[0].send("message", content="Pocket: !tokens=50 !rate=1000")
        house.faults.kill_at_commit(rng.randint(1, 12), moment, write=rng.randint(1, 8))
        await talk_until_gone(house, *people)
        assert await house.is_gone() == -signal.SIGKILL
        await house.lose_power(rng)
        await all_is_there(house, join, *people, room=room)


@pytest.mark.parametrize("seed", range(3))
async def test_what_a_killed_server_had_not_synced_is_synced_before_the_next_one_shows_it(
    house: House, join: Join, seed: int
) -> None:
    guest = await join(None, at=house.door)  # who comes back as they are, which saves nothing
    house.faults.kill_at_commit(1, "before")
    await guest.send("message", content="in the kernel, and not on disk")
    await house.is_gone()
    await guest.is_closed()
    await house.start()
    await guest.come_back()
    assert [message["content"] for message in guest.shown()] == ["in the kernel, and not on disk"]
    await house.lose_power(random.Random(seed))
    await all_is_there(house, join, guest)


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
async def test_a_log_that_does_not_wait_for_the_disk_is_found_out(tmp_path: Path, join: Join, synchronous: str) -> None:
    """So that all of the above can fail."""
    patched, disk = tmp_path / "patched", tmp_path / "disk"
    disk.mkdir()
    copy_project(patched, "utils/sqlite_file.py", "synchronous = FULL", f"synchronous = {synchronous}")
    faults = faults_in(disk)
    async with ForkServer(patched, **faults.environment) as forks:
        house = House(forks, faults)
        await house.start()
        ann = await join("Ann", at=house.door)
        await talk(ann, words=50)
        await ann.heard()
        await house.kill()
        assert faults.tear(random.Random(1))
        with pytest.raises(AssertionError):
            await start_and_look(house, join, ann)


async def start_and_look(house: House, join: Join, *people: Member) -> None:
    await house.start()
    await all_is_there(house, join, *people)


def copy_project(into: Path, file: str, old: str, new: str) -> None:
    """The project, with `old` replaced in `file`."""
    into.mkdir()
    for name in WHAT_RUNS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, into / name)
    text = (into / file).read_text()
    assert text.count(old) == 1
    (into / file).write_text(text.replace(old, new))


# ---- a clock that jumps --------------------------------------------------------------------------


async def test_a_clock_that_jumps_changes_no_number_and_stops_nobody(house: House, join: Join) -> None:
    await house.kill()
    await house.start(MESSAGES_PER_MINUTE="20", ANSWERS_PER_MINUTE="5")
    ann, bea = await join("Ann", at=house.door), await join("Bea", at=house.door)
    ids, said_at = [await ann.say("now")], {}
    for ahead in (-HOUR, DAY, 0):
        question = await ann.say(ENDLESS)
        answer = await bea.begun(question, 20)
        house.faults.jump_clock(ahead)
        await bea.begun(question, len(answer["content"]) + 100)
        ids += [question, answer["id"], await bea.say(f"{ahead}")]
        assert (await ann.stop(answer["id"]))["type"] == "ack"
        assert (await bea.finished(question))["status"] == "stopped"
        said_at[ahead] = (await bea.sees(f"{ahead}"))["ts"] / 1000
    assert said_at[-HOUR] < said_at[0] - HOUR / 2 < said_at[DAY] - DAY
    await ann.ping()
    assert [message["id"] for message in ann.shown()] == sorted(ids) == ids
    agree(ann, bea, await join("Zoe", at=house.door))
    await house.lose_power(random.Random(1))
    await all_is_there(house, join, ann, bea)
