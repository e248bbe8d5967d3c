"""The log alone, on a real file."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from utils import sqlite_file, sqlite_log
from utils.message_log import CHANGES, LATEST, SYSTEM, Committed, Delta, End, LogUnavailable, Record, Start, Tail
from utils.protocol import CONTENT_UNITS, Author, Configure, Delete, Edit, Refused, Say
from utils.sqlite_log import BATCH_JOBS, BATCH_UNITS, SqliteLog

ANN: Author = {"id": "ann", "name": "Ann", "kind": "human"}
BEA: Author = {"id": "bea", "name": "Bea", "kind": "human"}
POCKET: Author = {"id": "assistant", "name": "Pocket", "kind": "assistant"}


class Opened:
    """A log at work, and all that it told its rooms."""

    def __init__(self, path: Path) -> None:
        self.log = SqliteLog(str(path))
        self.told: list[tuple[str, Any]] = []
        self.made: set[str] = set()  # rooms
        self.log.start(self.told.extend)

    def frames(self, room: str = "tea") -> list[Any]:
        return [record for name, record in self.told if name == room and not isinstance(record, Tail)]

    def make(self, room: str = "tea") -> asyncio.Future[Tail]:
        self.made.add(room)
        return self.log.follow(room)

    async def say(self, content: str, author: Author = ANN, room: str = "tea", **more: Any) -> Committed:
        if room not in self.made:
            self.make(room)
        return await self.log.commit(room, author, Say(content=content, **more))


@pytest.fixture
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Opened]:
    """It indexes nothing by itself, so that a slow machine makes no batch more, unless a test wants it to."""
    monkeypatch.setattr(sqlite_log, "QUIET_SECONDS", 1_000)
    opened = Opened(tmp_path / "room.db")
    await opened.make()
    yield opened
    await opened.log.close()


async def refusal(commit: asyncio.Future[Committed]) -> str:
    with pytest.raises(Refused) as refused:
        await commit
    return refused.value.code


async def test_numbers_rise_by_one_in_each_room(opened: Opened) -> None:
    await asyncio.gather(*(opened.say(f"{n}", room=room) for n in range(40) for room in ("tea", "cake")))
    for room in ("tea", "cake"):
        assert [frame["seq"] for frame in opened.frames(room)] == list(range(1, 41))


async def test_a_room_is_made_for_who_follows_it_and_not_for_what_is_said(opened: Opened) -> None:
    assert await refusal(opened.log.commit("cake", ANN, Say(content="anybody here?"))) == "not_found"
    assert (await opened.log.follow("cake")).seq == 0
    assert await refusal(opened.log.commit("private-0123456789abcdef", ANN, Say(content="anybody here?"))) == "not_found"
    with pytest.raises(Refused, match="not_found"):
        await opened.log.follow("private-0123456789abcdef", "ann")
    assert await opened.log.rooms() == ["tea", "cake"]


async def test_what_ann_said_is_there_when_the_log_is_opened_again(tmp_path: Path) -> None:
    opened = Opened(tmp_path / "room.db")
    await opened.say("hello", key="k1")
    await opened.log.close()
    again = Opened(tmp_path / "room.db")
    page = await again.log.before("tea", 99, 50)
    assert [message["content"] for message in page["messages"]] == ["hello"]
    assert (await again.say("hello", key="k1")).duplicate
    assert (await again.say("next")).id == 2
    await again.log.close()


async def test_ann_sends_twice_and_it_stands_once(opened: Opened) -> None:
    first = await opened.say("hello", key="k1")
    assert await opened.say("hello", key="k1") == Committed(first.id, duplicate=True)
    assert len(opened.frames()) == 1


async def test_another_text_under_anns_key_is_a_conflict_even_after_she_edited_hers(opened: Opened) -> None:
    said = await opened.say("hello", key="k1")
    assert await refusal(opened.log.commit("tea", ANN, Say(content="other", key="k1"))) == "key_conflict"
    await opened.log.commit("tea", ANN, Edit(id=said.id, content="other"))
    assert (await opened.say("hello", key="k1")).duplicate
    assert await refusal(opened.log.commit("tea", ANN, Say(content="other", key="k1"))) == "key_conflict"


async def test_ann_and_bea_may_use_the_same_key(opened: Opened) -> None:
    await opened.say("hello", key="k1")
    assert not (await opened.say("hi", BEA, key="k1")).duplicate


async def test_an_answer_is_folded_by_its_end_and_says_nothing_after_it(opened: Opened) -> None:
    answer = await opened.log.commit("tea", POCKET, Start(1))
    await opened.log.commit("tea", POCKET, Delta(answer.id, 0, "Good 😀"))
    await opened.log.commit("tea", POCKET, Delta(answer.id, 7, " day"))
    assert await refusal(opened.log.commit("tea", POCKET, Start(1))) == "busy"
    assert await refusal(opened.log.commit("tea", POCKET, Delta(answer.id, 10, "gap"))) == "bad_frame"
    await opened.log.commit("tea", BEA, End(answer.id, "stopped", "Bea stopped this answer."))
    assert await refusal(opened.log.commit("tea", POCKET, End(answer.id, "complete"))) == "not_running"
    assert await refusal(opened.log.commit("tea", POCKET, Delta(answer.id, 11, "more"))) == "not_running"
    message = (await opened.log.before("tea", 99, 1))["messages"][0]
    assert (message["content"], message["status"], message.get("by")) == ("Good 😀 day", "stopped", BEA)
    assert opened.frames()[-1]["length"] == 11


async def test_bea_cannot_change_what_ann_said(opened: Opened) -> None:
    said = await opened.say("mine")
    assert await refusal(opened.log.commit("tea", BEA, Edit(id=said.id, content="hers"))) == "forbidden"
    assert await refusal(opened.log.commit("tea", BEA, Delete(id=said.id))) == "forbidden"
    assert await refusal(opened.log.commit("tea", ANN, Edit(id=99, content="what"))) == "not_found"


async def test_a_deleted_message_keeps_its_place_and_loses_its_text(opened: Opened) -> None:
    said = await opened.say("a secret")
    await opened.log.commit("tea", ANN, Delete(id=said.id))
    message = (await opened.log.before("tea", 99, 1))["messages"][0]
    assert (message["content"], message["status"], message["seq"]) == ("", "deleted", 2)
    assert (await opened.log.commit("tea", ANN, Delete(id=said.id))).duplicate
    assert await refusal(opened.log.commit("tea", ANN, Edit(id=said.id, content="back"))) == "not_found"


async def test_a_reply_to_nothing_is_refused_and_takes_no_number(opened: Opened) -> None:
    assert await refusal(opened.log.commit("tea", ANN, Say(content="re", reply_to=7))) == "not_found"
    assert (await opened.say("first")).id == 1


async def test_one_poisoned_change_fails_alone_and_takes_no_number(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = opened.log._insert

    def poisoned(head: Any, author: Author, content: str, **more: Any) -> Committed:
        if content == "poison":
            raise sqlite3.OperationalError("poisoned")
        return insert(head, author, content, **more)

    monkeypatch.setattr(opened.log, "_insert", poisoned)
    said = [opened.log.commit("tea", ANN, Say(content=text)) for text in ("a", "b", "poison", "c")]
    results = await asyncio.gather(*said, return_exceptions=True)
    assert [isinstance(result, Refused) for result in results] == [False, False, True, False]
    assert [(frame["content"], frame["seq"]) for frame in opened.frames()] == [("a", 1), ("b", 2), ("c", 3)]


async def test_a_room_follows_from_its_tail_without_gap_or_double(opened: Opened) -> None:
    before = [opened.log.commit("tea", ANN, Say(content=f"{n}")) for n in range(5)]
    following = opened.log.follow("tea")
    after = [opened.log.commit("tea", ANN, Say(content=f"{n}")) for n in range(5, 10)]
    await following
    await asyncio.gather(*before, *after)
    records: list[Record] = [record for name, record in opened.told if name == "tea"]
    place = max(n for n, record in enumerate(records) if isinstance(record, Tail))
    tail = records[place]
    assert isinstance(tail, Tail)
    later = [record["seq"] for record in records[place + 1 :] if isinstance(record, dict) and "seq" in record]
    assert [message["seq"] for message in tail.messages] + later == list(range(1, 11))


async def test_a_tail_holds_the_latest_the_newly_changed_and_the_answer_that_streams(opened: Opened) -> None:
    answer = await opened.log.commit("tea", POCKET, Start(1))
    await opened.log.commit("tea", POCKET, Delta(answer.id, 0, "well"))
    old = [await opened.say(f"{n}") for n in range(20)]
    await asyncio.gather(*(opened.say(f"{n}") for n in range(CHANGES + 50)))
    await opened.log.commit("tea", ANN, Edit(id=old[3].id, content="edited"))
    tail = await opened.log.follow("tea")
    held = {message["id"]: message for message in tail.messages}
    assert held[answer.id]["content"] == "well"
    assert held[old[3].id]["content"] == "edited"
    assert old[4].id not in held
    assert set(range(tail.seq - LATEST, tail.seq)) <= set(held)
    assert list(held) == sorted(held)
    assert tail.oldest == answer.id


async def test_settings_change_with_a_message_that_tells_who_did_it(opened: Opened) -> None:
    await opened.log.commit("tea", ANN, Configure(title="Tea time"))
    message, settings = opened.frames()
    assert message["author"] == SYSTEM
    assert "Ann" in message["content"]
    assert "Tea time" in message["content"]
    assert settings["title"] == "Tea time"
    assert (await opened.log.commit("tea", ANN, Configure(title="Tea time"))).duplicate


async def test_pages_lead_back_to_the_first_message(opened: Opened) -> None:
    await asyncio.gather(*(opened.say(f"{n}") for n in range(1, 26)))
    seen: list[str] = []
    before = 99
    while before:
        page = await opened.log.before("tea", before, 10)
        seen = [message["content"] for message in page["messages"]] + seen
        before = page["from"]
    assert seen == [f"{n}" for n in range(1, 26)]
    with pytest.raises(Refused):
        await opened.log.before("nowhere", 99, 10)


async def test_what_a_killed_process_left_streaming_is_interrupted_and_keeps_its_text(tmp_path: Path) -> None:
    script = """
import asyncio, os, sys
from utils.message_log import Delta, Start
from utils.sqlite_log import SqliteLog
async def main():
    pocket = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
    log = SqliteLog(sys.argv[1]); log.start(lambda records: None)
    await log.follow("tea")
    answer = await log.commit("tea", pocket, Start(1))
    await log.commit("tea", pocket, Delta(answer.id, 0, "half an ans"))
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    path = tmp_path / "room.db"
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script, str(path)], cwd=Path(__file__).parent.parent)
    opened = Opened(path)
    message = (await opened.log.before("tea", 99, 1))["messages"][0]
    assert (message["content"], message["status"], message["seq"]) == ("half an ans", "interrupted", 2)
    assert "Ask again" in message.get("reason", "")
    assert (await opened.log.commit("tea", POCKET, Start(1))).id == 3
    await opened.log.close()


async def test_a_second_process_is_told_that_the_file_is_in_use(opened: Opened, tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="locked"):
        SqliteLog(str(tmp_path / "room.db"))


NEWER = f"PRAGMA user_version = 99; PRAGMA application_id = {sqlite_file.APPLICATION_ID}; CREATE TABLE rooms (key)"


@pytest.mark.parametrize("contents", ["CREATE TABLE cats (name)", NEWER])
def test_a_foreign_or_newer_file_is_not_touched(tmp_path: Path, contents: str) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.executescript(contents)
    other.close()
    before = path.read_bytes()
    with pytest.raises(LogUnavailable, match="DATABASE_URL"):
        SqliteLog(str(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("make", [lambda path: path.write_text("dear diary " * 500), lambda path: path.mkdir()])
def test_what_is_no_database_is_refused_in_a_sentence(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "diary")
    with pytest.raises(LogUnavailable, match="DATABASE_URL"):
        SqliteLog(str(tmp_path / "diary"))


async def test_the_event_loop_leaves_the_gil_to_a_commit_that_is_out(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    breathed, insert = threading.Event(), opened.log._insert
    monkeypatch.setattr(sqlite_log, "pause", lambda seconds: breathed.set())

    def insert_when_breathed(*message: Any, **more: Any) -> Committed:
        assert breathed.wait(5)
        return insert(*message, **more)

    monkeypatch.setattr(opened.log, "_insert", insert_when_breathed)
    assert (await opened.say("hello")).id == 1
    breathed.clear()
    await asyncio.sleep(4 * sqlite_log.BREATH_EVERY)
    assert not breathed.is_set(), "it pauses although nothing waits"


async def test_a_backup_made_while_people_talk_is_whole_and_marked(opened: Opened) -> None:
    await asyncio.gather(*(opened.say(f"before {n} " + "x" * 2000) for n in range(2000)))
    talking = [asyncio.ensure_future(opened.say(f"meanwhile {n}")) for n in range(50)]
    path = await opened.log.backup()
    await asyncio.gather(*talking)
    copy = Opened(Path(path))
    tail = await copy.log.follow("tea")
    assert tail.epoch != (await opened.log.follow("tea")).epoch
    assert 2000 <= tail.seq <= 2050
    page = await copy.log.before("tea", 2**53, 100)
    assert [m["id"] for m in page["messages"]] == list(range(page["messages"][0]["id"], tail.seq + 1))
    await copy.log.close()
    again = Opened(Path(path))
    assert (await again.log.follow("tea")).epoch == tail.epoch, "it is renewed once only"
    await again.log.close()


async def test_commits_go_on_between_the_pieces_of_a_backup(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "COPY_PAGES", 1)
    await opened.say("x" * 16_000)
    asked, heard, go_on = threading.Event(), threading.Event(), opened.log._turn_if_any

    def go_on_when_asked() -> None:
        assert asked.wait(5)
        while opened.log._batches.empty() and not heard.is_set():  # the event loop hands it over a turn later
            time.sleep(0.001)
        go_on()
        assert heard.wait(5)

    monkeypatch.setattr(opened.log, "_turn_if_any", go_on_when_asked)
    copying = asyncio.ensure_future(opened.log.backup())
    await asyncio.sleep(0)
    said = asyncio.ensure_future(opened.say("meanwhile"))
    await asyncio.sleep(0)
    asked.set()
    assert (await said).id == 2
    assert not copying.done()
    heard.set()
    os.unlink(await copying)


async def test_a_copy_does_not_mix_with_the_wal_of_what_stood_in_its_place(tmp_path: Path) -> None:
    """As after `mv copy.db room.db` beside the WAL that a killed server left."""
    opened = Opened(tmp_path / "room.db")
    await opened.say("in the copy")
    os.rename(await opened.log.backup(), tmp_path / "restored.db")
    await opened.say("after the copy")
    wal = (tmp_path / "room.db-wal").read_bytes()
    await opened.log.close()
    (tmp_path / "restored.db-wal").write_bytes(wal)
    restored = Opened(tmp_path / "restored.db")
    page = await restored.log.before("tea", 99, 50)
    assert [message["content"] for message in page["messages"]] == ["in the copy"]
    await restored.log.close()


async def test_what_is_said_in_a_restored_copy_made_with_cp_outlives_a_kill(tmp_path: Path) -> None:
    opened = Opened(tmp_path / "room.db")
    await opened.say("in the copy")
    await opened.log.close()
    with contextlib.closing(sqlite3.connect(shutil.copy(tmp_path / "room.db", tmp_path / "copy.db"))) as copy:
        copy.execute(f"PRAGMA application_id = {sqlite_file.COPY_ID}")
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    restored = Opened(tmp_path / "copy.db")
    await restored.say("since then")
    for name in ("copy.db", "copy.db-wal"):  # as a killed process leaves them
        shutil.copy(tmp_path / name, tmp_path / name.replace("copy", "killed"))
    await restored.log.close()
    again = Opened(tmp_path / "killed.db")
    page = await again.log.before("tea", 99, 50)
    assert [message["content"] for message in page["messages"]] == ["in the copy", "since then"]
    await again.log.close()


async def test_a_log_behind_a_link_is_the_log_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "room.db")
    opened = Opened(tmp_path / "link.db")
    await opened.say("hello")
    await opened.log.health()
    await opened.log.close()
    again = Opened(tmp_path / "room.db")
    assert (await again.say("next")).id == 2
    await again.log.close()


async def test_copies_that_nobody_fetched_are_removed_at_the_next_start(tmp_path: Path) -> None:
    opened = Opened(tmp_path / "room.db")
    copy = await opened.log.backup()
    by_hand = tmp_path / "room.db.copy-2026-11-21"
    by_hand.touch()
    await opened.log.close()
    await Opened(tmp_path / "room.db").log.close()
    assert not (tmp_path / copy).exists()
    assert by_hand.exists()


async def test_a_backup_that_cannot_be_written_is_refused_and_harms_nobody(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "COPY", "/no/such/folder")
    with pytest.raises(Refused, match="unavailable"):
        await opened.log.backup()
    assert (await opened.say("hello")).id == 1


async def test_a_log_is_healthy_when_a_trial_commit_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_log, "QUIET_SECONDS", 1_000)
    opened = Opened(tmp_path / "room.db")
    wal = tmp_path / "room.db-wal"
    sizes = [wal.stat().st_size]
    for do in (opened.log.health, opened.log.health, lambda: opened.say("hello"), opened.log.health):
        await do()
        sizes.append(wal.stat().st_size)
    assert sizes[0] < sizes[1] < sizes[2] < sizes[3], "nothing was tried"
    assert sizes[3] == sizes[4], "a commit just went through"
    await opened.log.close()


async def test_a_log_whose_disk_does_not_answer_is_not_healthy(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_log, "HEALTHY_SECONDS", 0.05)
    monkeypatch.setattr(opened.log, "_saved_at", 0.0)
    answers, insert = threading.Event(), opened.log._insert

    def insert_late(*message: Any, **more: Any) -> Committed:
        assert answers.wait(20)
        return insert(*message, **more)

    monkeypatch.setattr(opened.log, "_insert", insert_late)
    said = asyncio.ensure_future(opened.say("hello"))
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="does not answer"):
        await opened.log.health()
    answers.set()
    assert (await said).id == 1


@pytest.mark.parametrize("name", ["room.db", "room.db-wal"])
async def test_a_log_whose_file_was_taken_away_saves_nothing_and_says_so(opened: Opened, tmp_path: Path, name: str) -> None:
    await opened.say("saved")
    (tmp_path / name).rename(tmp_path / "elsewhere")
    assert await refusal(opened.log.commit("tea", ANN, Say(content="lost"))) == "unavailable"
    with pytest.raises(Refused, match="unavailable"):
        await opened.log.health()
    (tmp_path / "elsewhere").rename(tmp_path / name)
    assert (await opened.say("saved again")).id == 2
    await opened.log.health()


async def test_a_log_whose_file_was_taken_away_is_closed_all_the_same(tmp_path: Path) -> None:
    opened = Opened(tmp_path / "room.db")
    await opened.say("saved")
    (tmp_path / "room.db").unlink()
    await opened.log.close()
    assert not opened.log._thread.is_alive()


class Reluctant:
    """A database connection that asks before it commits."""

    def __init__(self, db: sqlite3.Connection, before_commit: Callable[[], object]) -> None:
        self.db, self.before_commit = db, before_commit

    def __getattr__(self, name: str) -> Any:
        return getattr(self.db, name)

    def __enter__(self) -> sqlite3.Connection:
        return self.db.__enter__()

    def __exit__(self, *error: Any) -> None:
        try:
            if error[0] is None:
                self.before_commit()
        except BaseException:
            self.db.rollback()
            raise
        self.db.__exit__(*error)


async def test_nobody_is_told_or_acked_before_the_commit_has_returned(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    is_due, may_return = threading.Event(), threading.Event()

    def commit_late() -> None:
        is_due.set()
        assert may_return.wait(20)

    monkeypatch.setattr(opened.log, "_db", Reluctant(opened.log._db, commit_late))
    acked: list[Any] = []
    said = opened.log.commit("tea", ANN, Say(content="hello"), acked.append)
    assert await asyncio.to_thread(is_due.wait, 20)
    before = opened.frames(), [*acked], said.done()
    may_return.set()
    assert await said
    assert before == ([], [], False)
    assert (len(opened.frames()), len(acked)) == (1, 1)


async def test_what_could_not_be_committed_is_refused_and_told_to_nobody(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise sqlite3.OperationalError("the disk had enough")

    acked: list[Any] = []
    with monkeypatch.context() as failing:
        failing.setattr(opened.log, "_db", Reluctant(opened.log._db, fail))
        said = [opened.log.commit("tea", ANN, Say(content=f"{n}"), acked.append) for n in range(3)]
        assert [await refusal(done) for done in said] == ["unavailable"] * 3
    assert [refused.code for refused in acked] == ["unavailable"] * 3
    assert opened.frames() == []
    assert (await opened.say("hello")).id == 1


async def test_one_poisoned_change_in_the_middle_of_a_batch_fails_alone_and_takes_no_number(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, batches, commit = opened.log._insert, [], opened.log._commit

    def poisoned(head: Any, author: Author, content: str, **more: Any) -> Committed:
        if content == "poison":
            raise sqlite3.OperationalError("poisoned")
        return insert(head, author, content, **more)

    monkeypatch.setattr(opened.log, "_insert", poisoned)
    monkeypatch.setattr(opened.log, "_commit", lambda batch: (batches.append(len(batch)), commit(batch)))
    said = [opened.log.commit("tea", ANN, Say(content=text)) for text in ("a", "b", "poison", "c")]  # in one turn of the event loop
    results = await asyncio.gather(*said, return_exceptions=True)
    assert batches == [4, 1, 1, 1, 1]
    assert [isinstance(result, Refused) for result in results] == [False, False, True, False]
    assert [(frame["content"], frame["seq"]) for frame in opened.frames()] == [("a", 1), ("b", 2), ("c", 3)]


async def test_when_too_much_waits_a_change_is_refused_and_the_others_are_saved(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_log, "MAX_WAITING", 4)
    said = [opened.log.commit("tea", ANN, Say(content=f"{n}")) for n in range(6)]
    assert [await refusal(done) for done in said[4:]] == ["overloaded"] * 2
    assert [(await done).id for done in said[:4]] == [1, 2, 3, 4]
    assert (await opened.say("later")).id == 5


async def test_an_answer_has_no_gap(opened: Opened) -> None:
    answer = await opened.log.commit("tea", POCKET, Start(1))
    await opened.log.commit("tea", POCKET, Delta(answer.id, 0, "ab"))
    for off in (0, 1, 3):
        assert await refusal(opened.log.commit("tea", POCKET, Delta(answer.id, off, "cd"))) == "bad_frame"
    await opened.log.commit("tea", POCKET, Delta(answer.id, 2, "cd"))
    assert (await opened.log.before("tea", 99, 1))["messages"][0]["content"] == "abcd"


async def test_a_batch_is_bounded_in_text_and_in_changes(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, batches = opened.log._commit, []
    monkeypatch.setattr(opened.log, "_commit", lambda batch: (batches.append((len(batch), sum(job.size for job in batch))), commit(batch)))
    for text, messages in (("x" * CONTENT_UNITS, 20), ("x", 600)):
        batches.clear()
        await asyncio.gather(*(opened.log.commit("tea", ANN, Say(content=text)) for _ in range(messages)))
        assert len(batches) > 1
        assert sum(changes for changes, _ in batches) == messages
        assert all(changes <= BATCH_JOBS and characters < BATCH_UNITS + CONTENT_UNITS for changes, characters in batches)


# ---- reading on, and searching -------------------------------------------------------------------


async def test_passages_lead_from_the_first_message_to_the_last_and_tell_who_is_answered(opened: Opened) -> None:
    first = await opened.say("first", BEA)
    await asyncio.gather(*(opened.say(f"{n}") for n in range(2, 25)))
    await opened.say("25", reply_to=first.id)
    await opened.log.commit("tea", POCKET, Start(999))
    seen: list[str] = []
    while (passage := await opened.log.after("tea", len(seen), 10)).messages:
        assert passage.seq == 26
        assert len(passage.messages) <= 10
        seen += [message["content"] for message in passage.messages]
    assert seen == ["first", *(f"{n}" for n in range(2, 26)), ""]
    last = await opened.log.after("tea", 24, 10)
    assert last.replied_to[first.id] == BEA
    with pytest.raises(Refused, match="not_found"):
        await opened.log.after("nowhere", 0, 10)


async def test_a_passage_is_bounded_in_text_and_never_empty_before_the_end(opened: Opened) -> None:
    await asyncio.gather(*(opened.say("x" * CONTENT_UNITS) for _ in range(20)))
    passage = await opened.log.after("tea", 0, 100)
    assert [message["id"] for message in passage.messages] == list(range(1, sqlite_log.PAGE_UNITS // CONTENT_UNITS + 1))
    answer = await opened.log.commit("tea", POCKET, Start(1))
    await opened.log.commit("tea", POCKET, Delta(answer.id, 0, "y" * 2 * sqlite_log.PAGE_UNITS))
    assert [message["id"] for message in (await opened.log.after("tea", 20, 100)).messages] == [answer.id]


async def ids_found(opened: Opened, query: str, room: str = "tea") -> list[int]:
    return [message["id"] for message in (await opened.log.search(room, query, 2**53, 50)).messages]


async def test_ann_finds_what_was_said_in_her_room_the_newest_first(opened: Opened) -> None:
    await asyncio.gather(*(opened.say(f"{n} cups of {drink}", room=drink) for n in range(1, 26) for drink in ("tea", "milk")))
    found = await opened.log.search("tea", "cups", 2**53, 10)
    assert ([message["content"] for message in found.messages], found.more) == ([f"{n} cups of tea" for n in range(25, 15, -1)], True)
    found = await opened.log.search("tea", "cups", 11, 10)
    assert ([message["id"] for message in found.messages], found.more) == (list(range(10, 0, -1)), False)
    assert await ids_found(opened, "milk", "tea") == await ids_found(opened, "tea", "milk") == []
    assert await ids_found(opened, "milk 7", "milk") == [7]
    assert await ids_found(opened, "?!") == []
    assert found.epoch == (await opened.log.follow("tea")).epoch
    with pytest.raises(Refused, match="not_found"):
        await opened.log.search("nowhere", "tea", 2**53, 10)


async def test_what_is_found_is_what_stands_there_now(opened: Opened) -> None:
    said = [await opened.say(text) for text in ("a secret", "a secret", "a secret", "something else")]
    assert await ids_found(opened, "secret") == [3, 2, 1]
    await opened.log.commit("tea", ANN, Delete(id=said[0].id))
    await opened.log.commit("tea", ANN, Edit(id=said[1].id, content="no news"))
    await opened.log.commit("tea", ANN, Edit(id=said[3].id, content="a secret after all"))
    assert await ids_found(opened, "secret") == [4, 3]
    assert await ids_found(opened, "news") == [2]
    assert await ids_found(opened, "else") == []


async def test_an_answer_is_found_once_it_has_ended(opened: Opened) -> None:
    await opened.say("question")
    answer = await opened.log.commit("tea", POCKET, Start(1))
    await opened.log.commit("tea", POCKET, Delta(answer.id, 0, "forty-"))
    assert await ids_found(opened, "forty") == []
    await opened.log.commit("tea", POCKET, Delta(answer.id, 6, "two"))
    await opened.log.commit("tea", POCKET, End(answer.id, "complete"))
    assert await ids_found(opened, "forty-two") == [answer.id]


async def indexed(opened: Opened, room: str = "tea") -> int:
    return await opened.log._submit(room, lambda: opened.log._indexed(opened.log._head(room).key))


async def until_indexed(opened: Opened, seq: int) -> None:
    async with asyncio.timeout(20):
        while (await asyncio.gather(indexed(opened), asyncio.sleep(0.02)))[0] < seq:  # seldom enough to leave it quiet between
            pass


async def test_when_it_is_quiet_the_log_indexes_what_was_said_and_then_sleeps(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_log, "QUIET_SECONDS", 0.005)
    monkeypatch.setattr(sqlite_log, "PIECE_MESSAGES", 7)
    said = [await opened.say(f"{n}") for n in range(30)]
    await until_indexed(opened, 30)
    await opened.log.commit("tea", ANN, Edit(id=said[3].id, content="edited"))
    await until_indexed(opened, 31)
    assert (opened.log._behind, opened.log._unindexed) == (set(), 0)
    pieces = []
    monkeypatch.setattr(opened.log, "_index", lambda: pieces.append(1))
    assert await ids_found(opened, "edited") == [4]
    assert pieces == []


async def test_in_a_flood_the_index_is_not_left_far_behind(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_log, "MOST_UNINDEXED", 50)
    for n in range(10):
        await asyncio.gather(*(opened.say(f"{n}", room=f"room{m}") for m in range(40)))
    assert opened.log._unindexed <= 50 + BATCH_JOBS
    assert sum([await indexed(opened, f"room{m}") for m in range(40)]) >= 400 - 50 - BATCH_JOBS
    assert await ids_found(opened, "7", "room1") == [8]


async def test_others_have_their_turn_while_a_room_is_indexed_for_a_search(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_log, "PIECE_MESSAGES", 10)
    await asyncio.gather(*(opened.say(f"needle {n}") for n in range(200)))
    done: list[str] = []
    search = asyncio.ensure_future(opened.log.search("tea", "needle", 2**53, 50))
    search.add_done_callback(lambda _: done.append("search"))
    await asyncio.sleep(0)
    await opened.say("meanwhile")
    done.append("said")
    found = await search
    assert done == ["said", "search"]
    assert len(found.messages) == 50


async def test_a_piece_of_the_index_is_bounded_in_text(opened: Opened) -> None:
    await asyncio.gather(*(opened.say("long " * (CONTENT_UNITS // 5)) for _ in range(40)))
    await opened.log._submit("tea", lambda: opened.log._index_room(opened.log._head("tea").key))
    assert await indexed(opened) == sqlite_log.PIECE_CHARACTERS // CONTENT_UNITS + 1


async def test_what_cannot_be_indexed_refuses_a_search_and_nobody_else(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> str:
        tried.set()
        raise sqlite3.DatabaseError("the index is malformed")

    tried = threading.Event()
    with monkeypatch.context() as failing:
        failing.setattr(sqlite_log, "words_of", fail)
        failing.setattr(sqlite_log, "QUIET_SECONDS", 0.005)
        await opened.say("when it is quiet")
        assert await asyncio.to_thread(tried.wait, 20)
        searching = asyncio.ensure_future(opened.log.search("tea", "quiet", 2**53, 50))
        assert (await opened.say("together with a search")).id == 2
        with pytest.raises(Refused, match="unavailable"):
            await searching
    assert await ids_found(opened, "quiet") == [1]


async def test_what_was_indexed_in_a_batch_that_failed_is_indexed_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise sqlite3.OperationalError("the disk had enough")

    await opened.say("needle")
    with monkeypatch.context() as failing:
        failing.setattr(opened.log, "_db", Reluctant(opened.log._db, fail))
        with pytest.raises(Refused, match="unavailable"):
            await opened.log.search("tea", "needle", 2**53, 50)
    assert await ids_found(opened, "needle") == [1]


async def test_a_log_is_closed_without_waiting_for_its_index_and_goes_on_with_it_when_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Opened(tmp_path / "room.db")
    await asyncio.gather(*(opened.say(f"needle {n}") for n in range(30)))
    monkeypatch.setattr(sqlite_log, "QUIET_SECONDS", 0.005)
    monkeypatch.setattr(opened.log, "_index_rooms", lambda: pytest.fail("it indexes"))
    await opened.log.close()
    again = Opened(tmp_path / "room.db")
    await until_indexed(again, 30)
    assert len(await ids_found(again, "needle")) == 30
    await again.log.close()
