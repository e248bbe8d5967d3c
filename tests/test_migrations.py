"""Files of every earlier version, made by the programs of then (tests/databases), in the hands of today's."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.databases.make import token_of
from tests.member import Member
from tests.server import ROOT, Server
from utils import sqlite_file
from utils.schema import VERSION
from utils.sqlite_file import BEFORE, open_database

KEPT = ROOT / "tests" / "databases"
FILES = [f"version-{version}{end}" for version in range(1, VERSION + 1) for end in ("", "-killed") if (KEPT / f"version-{version}{end}.sqlite").exists()]
OLDER = [name for name in FILES if f"version-{VERSION}" not in name]
PEOPLE = {"Ann": "Ann", "Bea": "Beatrix", "Guest": "Guest 3"}  # whose session, and what they are called in the end


def put(name: str, database: Path) -> None:
    """Put a file that was kept where a server looks for its log."""
    for end in ("", "-wal"):
        if (KEPT / f"{name}.sqlite{end}").exists():
            shutil.copy(KEPT / f"{name}.sqlite{end}", f"{database}{end}")


def shown_then(name: str) -> dict[str, Any]:
    """What the program that made the file showed of each room."""
    return json.loads((KEPT / f"{name}.json").read_text())


def shown_now(server: Server) -> dict[str, Any]:
    return {room: httpx2.get(f"{server.url}/api/rooms/{room}/messages").raise_for_status().json() for room in ("lobby", "tea")}


@pytest.fixture(scope="module", params=FILES)
def old_house(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of today that found the file of then."""
    server = Server(tmp_path_factory.mktemp(request.param), SPEAKS="mentioned")
    put(request.param, server.database)
    server.start()
    server.then, server.now = shown_then(request.param), shown_now(server)  # type: ignore[attr-defined]
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


def come(server: Server, who: str, name: str | None = None, room: str = "lobby") -> Member:
    member = Member(server, name, room)
    member.token = token_of(who)
    return member


async def test_every_room_is_shown_as_the_program_of_then_showed_it(old_house: Any) -> None:
    assert old_house.now == old_house.then


async def test_ann_and_the_others_are_who_they_were(old_house: Any) -> None:
    ids = {message["author"]["name"]: message["author"]["id"] for message in old_house.then["lobby"]["messages"]}
    for who, name in PEOPLE.items():
        member = await come(old_house, who).join()
        assert (member.you["id"], member.you["name"]) == (ids[name], name)
        await member.leave()
    cid = await come(old_house, "Cid").join()
    assert cid.you["name"] == f"Guest {len(PEOPLE) + 1}"
    await cid.leave()


async def test_ann_goes_on_where_she_was(old_house: Any) -> None:
    ann = await come(old_house, "Ann", "Ann").join()
    again = await ann.does("message", content="Hello, who is here?", key="ann-1")
    assert (again["id"], again["duplicate"]) == (1, True), "what was said under a key is not said twice"
    said = await ann.say("Here I am again")
    assert said == old_house.then["lobby"]["messages"][-1]["seq"] + 1
    assert (await ann.edit(said, "Here I am, again"))["type"] == "ack"
    await ann.leave()
    tea = await come(old_house, "Ann", "Ann", "tea").join()
    assert (tea.transcript.room["title"], tea.transcript.room["speaks"]) == ("Tea & biscuits", "mentioned")
    await tea.leave()


async def test_what_was_said_then_is_found(old_house: Any) -> None:
    assert found(old_house, "tuesday") == ["The meeting is on Tuesday"]
    assert found(old_house, "你好 strasse") == ["I am. 你好, مرحبا, Straße 👩‍👩‍👧"]
    assert found(old_house, "monday") == found(old_house, "mistake") == []


def found(server: Server, words: str) -> list[str]:
    answer = httpx2.get(f"{server.url}/api/rooms/lobby/search", params={"q": words}).raise_for_status().json()
    return ["".join(message["excerpt"]) for message in answer["messages"]]


# ---- the file ------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "room.db"


@pytest.mark.parametrize("name", OLDER)
def test_the_operator_is_told_once_and_finds_the_file_as_it_was(database: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(name, database)
    for _ in range(2):
        open_database(str(database)).close()
    kept = Path(f"{database}{BEFORE}")
    told = capsys.readouterr().out
    assert told.count("\n") == 1
    assert str(kept) in told
    assert sorted(database.parent.iterdir()) == [database, kept]
    assert sqlite_file.is_copy(str(kept))
    assert kept.stat().st_mode & 0o077 == 0, "nobody else may read it"
    assert version_of(kept) == int(name.split("-")[1])


@pytest.mark.parametrize("name", OLDER)
def test_who_puts_the_kept_file_back_has_all_as_it_was_in_another_epoch(database: Path, name: str) -> None:
    put(name, database)
    open_database(str(database)).close()
    restored = database.with_name("restored.db")
    os.rename(f"{database}{BEFORE}", restored)
    before, after = contents_of(database), contents_of(restored)
    assert before.pop("epochs") != after.pop("epochs")
    assert before == after


@pytest.mark.parametrize("name", OLDER)
def test_a_file_that_was_brought_here_is_made_like_a_new_one(database: Path, name: str) -> None:
    put(name, database)
    open_database(str(database)).close()
    new = database.with_name("new.db")
    open_database(str(new)).close()
    assert shape_of(database) == shape_of(new)


def test_a_copy_that_is_there_already_is_neither_overwritten_nor_made_twice(database: Path) -> None:
    kept = Path(f"{database}{BEFORE}")
    kept.write_text("what somebody kept")
    for _ in range(2):
        put("version-1", database)
        open_database(str(database)).close()
    assert kept.read_text() == "what somebody kept"
    assert sorted(database.parent.iterdir()) == [database, kept, Path(f"{kept}.2")]


def test_a_process_that_is_killed_on_the_way_leaves_a_file_that_the_next_one_brings_here(tmp_path: Path) -> None:
    """At each of many moments: while it copies, before and after the copy has its name, and between any two steps of a statement."""
    put("version-1-killed", expected := tmp_path / "expected.db")
    open_database(str(expected)).close()
    moments = subprocess.run([sys.executable, "-c", KILLED_AT_EACH_MOMENT, str(tmp_path), str(KEPT)], cwd=ROOT, check=True, capture_output=True, text=True)
    files = sorted(tmp_path.glob("killed*.db"))
    assert len(files) == int(moments.stdout.split()[-1]) > 20
    versions = {version_at_a_glance(file) for file in files}
    assert versions == {1, VERSION}
    for file in files:
        open_database(str(file)).close()
        assert contents_of(file) == contents_of(expected)
        assert [path.name for path in tmp_path.glob(f"{file.name}.*")] == [f"{file.name}{BEFORE}"]


KILLED_AT_EACH_MOMENT = """
import os, shutil, signal, sqlite3, sys
from utils.sqlite_file import open_database

folder, kept = sys.argv[1:]
left = 0


def moment(*args):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)


def after_a_moment(call):
    return lambda *args: (moment(), call(*args))[1]


class Connection(sqlite3.Connection):
    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.set_progress_handler(moment, 40)  # instructions of SQLite's machine


connect, os.replace, os.fsync = sqlite3.connect, after_a_moment(os.replace), after_a_moment(os.fsync)
sqlite3.connect = lambda *args, **more: connect(*args, **more, factory=Connection)
for moments in range(10_000):
    path = f"{folder}/killed{moments:04}.db"
    for end in ("", "-wal"):
        shutil.copy(f"{kept}/version-1-killed.sqlite{end}", path + end)
    if child := os.fork():
        if os.waitpid(child, 0)[1] == 0:
            break
    else:
        left = moments
        open_database(path)
        os._exit(0)
print(moments + 1)
"""


@pytest.mark.parametrize("part", ["copy", "steps"])
def test_a_full_disk_leaves_the_file_as_it_was_and_is_told_in_a_sentence(database: Path, part: str) -> None:
    put("version-1", database)
    before = database.read_bytes()
    fits = len(before) - 4096 if part == "copy" else len(before)  # the copy does, and what is written after it does not
    started = subprocess.run([sys.executable, "-c", ON_A_FULL_DISK, str(database), str(fits)], cwd=ROOT, capture_output=True, text=True)
    assert started.returncode == 1
    assert f"{database} is of version 1 and could not be brought to version {VERSION}" in started.stderr
    assert "MB free" in started.stderr
    assert "Traceback" not in started.stderr
    assert database.read_bytes() == before
    assert len(list(database.parent.iterdir())) == (1 if part == "copy" else 2)
    open_database(str(database)).close()
    assert version_of(database) == VERSION


ON_A_FULL_DISK = """
import resource, sys
from utils.message_log import LogUnavailable
from utils.sqlite_log import SqliteLog

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    SqliteLog(sys.argv[1])
except LogUnavailable as why:
    sys.exit(str(why))
"""


def contents_of(file: Path) -> dict[str, list[Any]]:
    """All that people would miss."""
    with contextlib.closing(open_database(str(file))) as db:
        return {
            "epochs": db.execute("SELECT epoch FROM rooms ORDER BY name").fetchall(),
            "rooms": db.execute("SELECT key, name, settings, access FROM rooms ORDER BY key").fetchall(),
            "messages": db.execute("SELECT * FROM messages ORDER BY room, id").fetchall(),
            "chunks": db.execute("SELECT * FROM chunks ORDER BY room, id, off").fetchall(),
            "people": db.execute("SELECT * FROM people ORDER BY key").fetchall(),
            "sessions": db.execute("SELECT hash, person FROM sessions ORDER BY hash").fetchall(),
        }


def shape_of(file: Path) -> dict[str, Any]:
    """Tables with their columns, and all else as it was written."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        made = db.execute("SELECT type, name, sql FROM sqlite_master WHERE type <> 'table' OR sql LIKE 'CREATE VIRTUAL%' ORDER BY name").fetchall()
        kinds = db.execute("SELECT name, wr, strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite_%' ORDER BY name").fetchall()
        return {"made": made, **{name: (wr, strict, db.execute(f"PRAGMA table_xinfo({name})").fetchall()) for name, wr, strict in kinds}}


@pytest.mark.skipif(sys.platform == "win32", reason="its server is stopped by a signal")
def test_a_house_of_some_years_opens_is_visited_and_thinned_out(tmp_path: Path) -> None:
    """The benchmark runs, with little."""
    run = subprocess.run([sys.executable, "-m", "bench.years", *A_LITTLE, "--folder", str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert f"brought from version 2 to {VERSION}" in run.stdout
    assert re.search(r"removed (?:1,[56]\d\d) messages", run.stdout), run.stdout
    assert list(tmp_path.iterdir()) == []


A_LITTLE = ["--messages", "2000", "--rooms", "50", "--people", "100", "--visits", "20", "--starts", "2", "--seconds", "0.5"]


def version_of(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as db:
        return db.execute("PRAGMA user_version").fetchone()[0]


def version_at_a_glance(file: Path) -> int:
    """Without touching it."""
    glance = file.with_name("glance.db")
    for end in ("", "-wal"):
        shutil.copy(f"{file}{end}", f"{glance}{end}") if Path(f"{file}{end}").exists() else Path(f"{glance}{end}").unlink(missing_ok=True)
    try:
        return version_of(glance)
    finally:
        glance.unlink()
