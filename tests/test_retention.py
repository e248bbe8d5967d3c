"""What was said too long ago is gone, and nobody loses their place for it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from tests.company import opened as opened_house
from tests.member import Member
from tests.server import Server
from utils import retention, sqlite_log
from utils.message_log import Delta, End, Start
from utils.protocol import Author, Delete, Edit, Refused, Say
from utils.retention import Removed, keep_days, remove_older
from utils.sqlite_log import SqliteLog

ANN: Author = {"id": "ann", "name": "Ann", "kind": "human"}
POCKET: Author = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
DAY = retention.DAY_SECONDS * 1000


class Ages:
    """A log at work, whose clock is ours: days since the first one."""

    def __init__(self, path: Path) -> None:
        self.path, self.day = path, 0
        self.removed: list[Removed] = []
        self.told: list[Any] = []
        self.open()

    def open(self) -> None:
        self.log = SqliteLog(str(self.path))
        self.log.start(self.told.extend)

    async def reopen(self) -> None:
        await self.log.close()
        self.open()

    async def say(self, content: str, room: str = "tea", **more: Any) -> int:
        await self.log.follow(room)  # which makes it
        return (await self.log.commit(room, ANN, Say(content=content, **more))).id

    async def say_all(self, *contents: str, room: str = "tea") -> None:
        await self.log.follow(room)
        await asyncio.gather(*(self.log.commit(room, ANN, Say(content=content)) for content in contents))

    async def begin_an_answer(self) -> int:
        answer = (await self.log.commit("tea", POCKET, Start(1))).id
        await self.log.commit("tea", POCKET, Delta(answer, 0, "It is"))
        return answer

    async def passes(self, days: int, keeping: int = 7) -> None:
        """So many days pass, and what is older than it may be is removed."""
        self.day += days
        await remove_older(self.log, (self.day - keeping) * DAY, self.removed.append)

    async def shown(self, room: str = "tea") -> list[str]:
        seen, before = list[str](), 2**53
        while before:
            page = await self.log.before(room, before, 2)
            seen, before = [message["content"] for message in page["messages"]] + seen, page["from"]
        return seen

    async def found(self, word: str) -> list[int]:
        return [message["id"] for message in (await self.log.search("tea", word, 2**53, 50)).messages]


@pytest.fixture
async def ages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ages]:
    monkeypatch.setattr(retention, "REST", 0)
    ages = Ages(tmp_path / "room.db")
    monkeypatch.setattr(sqlite_log, "milliseconds", lambda: ages.day * DAY)
    yield ages
    await ages.log.close()


async def test_what_is_too_old_is_gone_and_numbers_go_on(ages: Ages) -> None:
    for n in range(5):
        await ages.say(f"old {n}", key=f"old-{n}")
    await ages.passes(5)
    for n in range(3):
        await ages.say(f"new {n}", key=f"new-{n}")
    await ages.passes(3)
    assert await ages.shown() == ["new 0", "new 1", "new 2"]
    assert await ages.found("old") == []
    assert await ages.found("new") == [8, 7, 6]
    assert ages.removed == [Removed("tea", 5, 6)]
    assert await ages.say("next") == 9
    assert (await ages.log.commit("tea", ANN, Say(content="new 1", key="new-1"))).duplicate
    assert await ages.say("another old 0", key="old-0") == 10, "its key went with it"
    with pytest.raises(Refused, match="not_found"):
        await ages.say("what was that?", reply_to=2)


async def test_numbers_go_on_when_nothing_is_left(ages: Ages) -> None:
    first = await ages.say("old")
    await ages.log.commit("tea", ANN, Edit(id=first, content="older"))
    await ages.passes(8)
    assert await ages.shown() == []
    assert ages.removed == [Removed("tea", 1, 0)]
    await ages.reopen()
    tail = await ages.log.follow("tea")
    assert (tail.seq, tail.messages, tail.oldest) == (2, [], 0)
    assert await ages.found("older") == []
    assert await ages.say("new") == 3
    await ages.passes(8)
    await ages.reopen()
    assert await ages.say("newest") == 4
    assert await ages.found("newest") == [4]


async def test_an_answer_that_is_being_said_stays_with_all_that_follows(ages: Ages) -> None:
    await ages.say("Pocket?")
    answer = await ages.begin_an_answer()
    await ages.say("go on")
    await ages.passes(30)
    assert await ages.shown() == ["It is", "go on"]
    await ages.log.commit("tea", POCKET, Delta(answer, 5, " so."))
    await ages.log.commit("tea", POCKET, End(answer, "complete"))
    await ages.passes(0)
    assert await ages.shown() == []


async def test_nothing_behind_a_younger_message_goes(ages: Ages) -> None:
    """As when the clock was wrong for a while: else somebody's transcript would have a hole."""
    ages.day = 50
    await ages.say("by a clock that was fast")
    ages.day = 0
    await ages.say("by one that was right")
    await ages.passes(30)
    assert await ages.shown() == ["by a clock that was fast", "by one that was right"]
    await ages.passes(30)
    assert await ages.shown() == []


async def test_rooms_grow_old_apart(ages: Ages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PIECE_ROOMS", 2)
    for n in range(7):
        await ages.say("old", room=f"room-{n}")
        await ages.passes(1, keeping=1000)
    await ages.passes(0, keeping=4)
    assert [await ages.shown(f"room-{n}") for n in range(7)] == [[]] * 3 + [["old"]] * 4


async def test_ann_talks_while_a_long_history_is_removed_piece_by_piece(ages: Ages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PIECE_MESSAGES", 3)
    await ages.say_all(*(f"old {n}" for n in range(20)))
    order: list[str] = []

    def tell(removed: Removed) -> None:
        order.append("piece")
        said = ages.log.commit("tea", ANN, Say(content="meanwhile"))
        said.add_done_callback(lambda done: order.append(f"said {done.result().id}"))

    ages.day = 30
    await remove_older(ages.log, 20 * DAY, tell)
    assert order[:12] == [each for n in range(21, 27) for each in ("piece", f"said {n}")]


async def test_of_long_messages_fewer_go_at_once(ages: Ages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PIECE_CHARACTERS", 4_000)
    await ages.say_all(*["short"] * 5, *["long " * 500] * 5)
    await ages.passes(30)
    assert [removed.through for removed in ages.removed] == [7, 9, 10]


async def test_of_what_was_removed_nothing_stands_in_the_file_any_more(ages: Ages) -> None:
    """Nor of what was deleted or edited away, in the messages, in the index, or in what is still to be written into the database."""
    words = ["Zanzibarine", "Quixoticism", "Mellifluence", "Petrichorial"]
    for n in range(40):
        await ages.say(f"{words[0]} {n} " + "and so on " * 50)
    deleted, edited = await ages.say(words[1]), await ages.say(words[2])
    ages.day = 20
    await ages.say("young")
    await ages.found("young")  # all is indexed
    assert all(occurs(word, ages.path) for word in words[:3])
    await ages.log.commit("tea", ANN, Delete(id=deleted))
    await ages.log.commit("tea", ANN, Edit(id=edited, content=words[3]))
    await ages.found("young")
    await ages.passes(0)
    assert await ages.shown() == ["young"]
    assert not [word for word in words if occurs(word, ages.path)]
    assert await ages.found("young") == [43]


def occurs(word: str, path: Path) -> bool:
    """As it was said or as it is indexed, of which the beginning may be left out: FTS5 shares it with the term before."""
    raw = b"".join(Path(f"{path}{end}").read_bytes() for end in ("", "-wal"))
    return any(part.encode() in raw for part in (word, word.lower(), word[3:]))


# ---- people, and their places --------------------------------------------------------------------


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setattr(retention, "REST", 0)
    async with opened_house(tmp_path, speaks="never", messages_per_minute=0) as app:
        settings = app.state.house.settings
        yield SimpleNamespace(port=settings.port, url=f"http://127.0.0.1:{settings.port}", house=app.state.house)


Come = Callable[[str], Awaitable[Member]]


@pytest.fixture
async def come(house: Any) -> AsyncIterator[Come]:
    members: list[Member] = []

    async def come(name: str) -> Member:
        members.append(Member(house, name, "tea"))
        return await members[-1].join()

    yield come
    for member in members:
        await member.leave()


async def a_week_passes(at: Any) -> None:
    """All that was said until now is too old."""
    week = 7 * DAY
    await at.house.log.run(lambda db: db.execute("UPDATE messages SET body = json_set(body, '$.ts', json_extract(body, '$.ts') - ?)", (week,)))
    before = sqlite_log.milliseconds() - week // 2
    await remove_older(at.house.log, before, lambda removed: at.house.rooms.forget_through(*removed))


def contents(member: Member) -> list[str]:
    return [message["content"] for message in member.shown()]


async def test_who_is_in_the_room_stays_and_who_comes_sees_what_is_left(house: Any, come: Come) -> None:
    ann = await come("Ann")
    for n in range(80):
        await ann.say(f"old {n}")
    await a_week_passes(house)
    await ann.say("new")
    await ann.say("newer", reply_to=ann.transcript.seq)
    bea = await come("Bea")
    assert contents(bea) == ["new", "newer"]
    assert bea.transcript.floor == 0, "there is nothing older"
    assert contents(ann)[-2:] == ["new", "newer"]
    assert len(ann.of("welcome")) == 1, "she need not begin anew"


async def test_in_a_room_of_which_nothing_is_left_one_goes_on(house: Any, come: Come) -> None:
    ann = await come("Ann")
    await ann.say("old")
    await a_week_passes(house)
    bea = await come("Bea")
    assert (contents(bea), bea.transcript.floor, bea.transcript.seq) == ([], 0, 1)
    assert await bea.say("new") == 2
    await ann.until(lambda: contents(ann)[-1:] == ["new"])


async def test_who_was_away_has_no_hole_between_what_they_saw_and_what_is_left(house: Any, come: Come) -> None:
    ann, bea, cid = await come("Ann"), await come("Bea"), await come("Cid")
    await ann.say("all have seen this")
    await bea.heard()
    await cid.heard()
    await bea.leave()
    await ann.say("Bea never sees this")
    await cid.heard()
    await cid.leave()
    await a_week_passes(house)
    await ann.say("and this is left")
    await bea.come_back()
    assert not bea.of("welcome")[-1]["resumed"]
    assert contents(bea) == ["and this is left"]
    await cid.come_back()
    assert cid.of("welcome")[-1]["resumed"], "he had seen all that is gone"
    assert contents(cid) == ["all have seen this", "Bea never sees this", "and this is left"]


async def test_a_history_that_is_being_read_ends_where_the_room_begins_now(house: Any, come: Come) -> None:
    ann = await come("Ann")
    for n in range(120):
        await ann.say(f"old {n}")
    bea = await come("Bea")
    assert 0 < bea.transcript.floor < 120
    await bea.read_older(limit=10)
    await a_week_passes(house)
    await bea.read_all()
    assert contents(bea) == [f"old {n}" for n in range(60, 120)], "she keeps what she has seen"


async def test_a_reply_to_what_is_gone_stays_and_is_taken_away_in_an_export(house: Any, come: Come) -> None:
    ann = await come("Ann")
    question = await ann.say("What is for lunch?")
    await a_week_passes(house)
    bea = await come("Bea")
    assert (await ann.does("message", content="Soup", reply_to=question))["code"] == "not_found"
    await bea.say("Hello?")
    await house.house.log.run(lambda db: db.execute("UPDATE messages SET body = json_set(body, '$.reply_to', 1)"))
    async with httpx2.AsyncClient(base_url=house.url) as http:
        for form in ("md", "jsonl"):
            assert "Hello?" in (await http.get(f"/api/rooms/tea/export.{form}")).raise_for_status().text
        assert (await http.get("/api/rooms/tea/messages/1/answer")).status_code == 404


# ---- by itself -----------------------------------------------------------------------------------


async def test_a_server_removes_what_is_too_old_when_it_starts(tmp_path: Path) -> None:
    server = Server(tmp_path, RETENTION_DAYS="7", SPEAKS="never")
    server.start()
    ann = await Member(server, "Ann", "tea").join()
    for n in range(3):
        await ann.say(f"said {n}")
    await ann.leave()
    server.stop()
    with contextlib.closing(sqlite3.connect(server.database)) as db, db:
        db.execute("UPDATE messages SET body = json_set(body, '$.ts', 1) WHERE id < 3")
    server.start()
    try:
        async with asyncio.timeout(20), httpx2.AsyncClient(base_url=server.url) as http:
            while len(page := (await http.get("/api/rooms/tea/messages")).json()["messages"]) > 1:  # noqa: ASYNC110 (another process has no event)
                await asyncio.sleep(0.05)
        assert [message["content"] for message in page] == ["said 2"]
    finally:
        server.kill()
    assert "Traceback" not in server.printed(), server.printed()


async def test_it_looks_again_every_day_and_sooner_after_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    slept: list[float] = []
    enough = asyncio.Event()

    async def look(log: Any, before: int, tell: Any) -> None:
        looked.append(before)
        if len(looked) == 2:
            raise Refused("unavailable", "The disk is full.")

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            enough.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(retention, "remove_older", look)
    monkeypatch.setattr(retention, "asyncio", SimpleNamespace(sleep=sleep))
    log: Any = None
    keeping = asyncio.create_task(keep_days(log, 7, print, clock=lambda: 10 * retention.DAY_SECONDS + len(looked)))
    await enough.wait()
    keeping.cancel()
    assert looked == [3 * DAY, 3 * DAY + 1000, 3 * DAY + 2000]
    assert slept == [retention.EVERY_SECONDS, retention.AGAIN_SECONDS, retention.EVERY_SECONDS]


async def test_without_a_limit_nothing_is_ever_removed() -> None:
    nothing: Any = None
    await keep_days(nothing, 0, print)
