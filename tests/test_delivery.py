"""The delivery contract (docs/design.md), point by point, between people and a real server."""

import asyncio
import contextlib
import itertools
import random
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.server import Server
from tests.conftest import Join
from examples.client import Transcript, units
from tests.member import Frame, Member, agree

NUMBERED = ("message", "start", "end")
STEADY = "Pocket, count: !tokens=300 !rate=200"  # an answer long enough to be met in the middle
ENDLESS = "Pocket, count: !tokens=100000 !rate=200"
PLAIN_UVICORN = [sys.executable, "-c", "import os, uvicorn; uvicorn.run('main:app', port=int(os.environ['PORT']), log_level='warning')"]
NO_ANSWERS = {"SPEAKS": "never"}


def numbers(member: Member) -> list[int]:
    """The numbers that came live, in order."""
    return [frame["seq"] for frame in member.frames if frame["type"] in NUMBERED]


def contents(member: Member) -> list[str]:
    return [message["content"] for message in member.shown()]


def welcome(member: Member) -> Frame:
    """The latest."""
    return member.of("welcome")[-1]


async def talk(member: Member, words: int, about: str = "word") -> list[str]:
    """Say many things without waiting for anything; returns their keys."""
    return [await member.send("message", content=f"{about} {n}") for n in range(words)]


async def say_all(member: Member, words: int, about: str = "word") -> None:
    """Say many things, and have them heard."""
    await talk(member, words, about)
    await member.heard()


async def all_told(*members: Member) -> None:
    """Wait until everybody has all that the room had to tell."""
    for member in members:
        await member.ping()


async def restart(server: Server, *members: Member) -> None:
    """Kill the server, wait until everybody noticed, and start it again."""
    server.kill()
    for member in members:
        await member.is_closed()
    server.start()


async def post(server: Server, room: str, token: str | None = None, **message: Any) -> httpx2.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(base_url=server.url) as http:
        return await http.post(f"/api/rooms/{room}/messages", json=message, headers=headers)


# ---- 1. order ------------------------------------------------------------------------------------


async def test_ann_and_bea_see_the_same_numbers_without_gaps(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await asyncio.gather(say_all(ann, 40, "ann"), say_all(bea, 40, "bea"))
    await all_told(ann, bea)
    assert numbers(ann) == numbers(bea) == list(range(1, 81))
    agree(ann, bea, await join("Cleo"))


async def test_what_ann_said_in_a_row_stands_in_that_row(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    keys = await talk(ann, 30)
    assert [(await ann.answer(key))["id"] for key in keys] == list(range(1, 31))
    await all_told(bea)
    assert contents(bea) == [f"word {n}" for n in range(30)]


async def test_a_message_that_ann_edits_keeps_its_place(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    first = await ann.say("one")
    await ann.say("two")
    await ann.edit(first, "ONE")
    await all_told(ann, bea)
    assert contents(bea) == contents(await join("Cleo")) == ["ONE", "two"]
    assert bea.shown()[0]["seq"] == 3


async def test_a_very_old_message_that_ann_edits_is_not_among_the_latest(serve: Any, join: Join) -> None:
    server = serve(**NO_ANSWERS)
    ann = await join("Ann", at=server)
    await say_all(ann, 560)
    await restart(server, ann)
    await ann.come_back()
    for id in range(1, 51):
        await ann.edit(id, f"edited {id}")
    bea = await join("Bea", at=server)
    assert contents(bea) == [f"word {n}" for n in range(510, 560)]
    await bea.read_all()
    assert contents(bea) == [f"edited {id}" for id in range(1, 51)] + [f"word {n}" for n in range(50, 560)]


# ---- 2. durable before visible -------------------------------------------------------------------


@pytest.mark.parametrize("moment", [1, 200])
async def test_what_ann_was_acked_and_bea_was_shown_is_there_after_a_kill(serve: Any, join: Join, moment: int) -> None:
    server = serve(**NO_ANSWERS)
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    keys = await talk(ann, 300)
    await bea.until(lambda: len(bea.shown()) >= moment)
    await restart(server, ann, bea)
    seen, promised = [*bea.shown(), *ann.shown()], ann.of("ack")

    cleo = await join("Cleo", at=server)
    await cleo.read_all()
    there = {message["id"]: message for message in cleo.shown()}
    assert sorted(there) == list(range(1, len(there) + 1))
    assert all(there[message["id"]] == message for message in seen)
    assert all(there[ack["id"]]["key"] == ack["key"] for ack in promised)

    await ann.come_back()
    await ann.heard()
    await all_told(ann, cleo)
    assert [message["key"] for message in cleo.shown()] == keys


@pytest.mark.parametrize("moment", [1, 1000])
async def test_what_bea_was_shown_of_an_answer_before_a_kill_is_there_after_the_restart(
    server: Server, join: Join, moment: int
) -> None:
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    question = await ann.say("Pocket: !tokens=100000 !rate=2000")
    for member in (ann, bea):
        await member.begun(question, moment)
    await restart(server, ann, bea)
    shown = [(await member.begun(question))["content"] for member in (ann, bea)]

    for member in (ann, bea):
        await member.come_back()
        assert welcome(member)["resumed"]
    answer = await ann.finished(question)
    assert all(answer["content"].startswith(part) for part in shown)
    agree(ann, bea, await join("Cleo", at=server))


async def test_what_ann_configured_edited_and_deleted_is_so_after_a_kill(server: Server, join: Join) -> None:
    ann = await join("Ann", at=server)
    await ann.configure(title="Tea", speaks="never", instructions="Be brief.")
    kept, gone = await ann.say("kept"), await ann.say("gone")
    await ann.edit(kept, "kept, and edited")
    await ann.delete(gone)
    await restart(server, ann)
    bea = await join("Bea", at=server)
    assert contents(bea)[1:] == ["kept, and edited", ""]
    assert (bea.transcript.room["title"], bea.transcript.room["speaks"]) == ("Tea", "never")
    agree(ann, bea)


# ---- 3. sending twice is sending once ------------------------------------------------------------


async def test_what_ann_sends_twice_is_said_once(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    first = await ann.does("message", content="hello", key="once")
    await ann.send("message", content="hello", key="once")
    second = (await ann.until(lambda: ann.of("ack", key="once")[1:]))[0]
    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert first["id"] == second["id"]
    await all_told(bea)
    assert contents(bea) == ["hello"]


async def test_what_ann_sends_again_after_a_restart_is_said_once(server: Server, join: Join) -> None:
    ann = await join("Ann", at=server)
    id = await ann.say("hello", key="once")
    await restart(server, ann)
    await ann.come_back()
    await ann.send("message", content="hello", key="once")
    assert (await ann.receives("ack", duplicate=True))["id"] == id
    assert contents(ann).count("hello") == 1


async def test_what_ann_could_not_know_to_be_heard_she_says_again_when_she_is_back(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    for n in range(10):
        await ann.send("message", content=f"heard or not {n}")
        if n % 2:
            await ann.cut()
            await ann.come_back()
    await ann.heard()
    await all_told(ann, bea)
    assert contents(bea) == [f"heard or not {n}" for n in range(10)]
    agree(ann, bea)


async def test_another_message_under_the_same_key_is_refused(join: Join) -> None:
    ann = await join("Ann")
    await ann.say("hello", key="once")
    await ann.send("message", content="something else", key="once")
    assert (await ann.receives("error", key="once"))["code"] == "key_conflict"
    assert contents(ann) == ["hello"]


@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_a_key_remembers_what_was_first_sent_under_it(join: Join, change: str) -> None:
    ann = await join("Ann")
    id = await ann.say("hello", key="once")
    await (ann.edit(id, "hullo") if change == "edit" else ann.delete(id))
    await ann.send("message", content="hello", key="once")
    assert (await ann.receives("ack", key="once", duplicate=True))["id"] == id
    await ann.send("message", content="hullo", key="once")
    assert (await ann.receives("error", key="once"))["code"] == "key_conflict"
    assert len(ann.shown()) == 1


async def test_the_same_key_of_ann_and_of_bea_and_in_two_rooms_are_different_keys(join: Join, room: str) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    assert await ann.say("hello", key="once") != await bea.say("hello", key="once")
    elsewhere = await join("Ann", room=f"{room}-2")
    elsewhere.token = ann.token
    await elsewhere.leave()
    await elsewhere.join()
    assert elsewhere.you["id"] == ann.you["id"]
    assert not (await elsewhere.does("message", content="hello", key="once"))["duplicate"]


async def test_ann_stays_ann_by_her_token_and_whoever_has_none_is_somebody_new(join: Join) -> None:
    ann, guest, other = await join("Ann"), await join(), await join()
    id = ann.you["id"]
    await ann.leave()
    ann.name = None
    await ann.come_back()
    assert ann.you == {"id": id, "name": "Ann", "role": "owner", "token": ann.token}
    assert guest.you["name"].startswith("Guest ")
    assert len({id, guest.you["id"], other.you["id"]}) == len({guest.you["name"], other.you["name"], "Ann"}) == 3


async def test_somebody_elses_words_are_not_sent_again_by_a_newcomer(join: Join) -> None:
    ann = await join("Ann")
    await ann.cut()
    await ann.send("message", content="as Ann")
    ann.token = None
    await ann.come_back()
    await ann.say("as somebody new")
    assert contents(ann) == ["as somebody new"]


async def test_a_post_goes_the_same_road_and_its_key_counts_once(join: Join, standing: Server, room: str) -> None:
    ann = await join("Ann")
    first = await post(standing, room, content="from a script", key="once")
    you = first.json()["you"]
    assert (first.status_code, first.json()["duplicate"]) == (201, False)
    assert (await ann.sees("from a script"))["author"] == {"id": you["id"], "name": you["name"], "kind": "human"}
    second = await post(standing, room, you["token"], content="from a script", key="once")
    assert (second.status_code, second.json()["duplicate"], second.json()["id"]) == (201, True, first.json()["id"])
    conflict = await post(standing, room, you["token"], content="something else", key="once")
    assert (conflict.status_code, conflict.json()["code"]) == (409, "key_conflict")
    assert contents(ann) == ["from a script"]


async def test_a_post_of_ann_is_a_message_of_ann(join: Join, standing: Server, room: str) -> None:
    ann = await join("Ann")
    await ann.say("by socket", key="once")
    answer = await post(standing, room, ann.token, content="by socket", key="once")
    assert answer.json()["duplicate"]
    question = (await post(standing, room, ann.token, content="Pocket, !tokens=3")).json()["id"]
    assert (await ann.finished(question))["content"] == "1 2 3"


# ---- 4. resume from anywhere ---------------------------------------------------------------------


async def a_lively_hour(ann: Member, bea: Member) -> None:
    """A bit of everything that changes a room."""
    ids = [await member.say(f"{member.name} {n}") for n in range(6) for member in (ann, bea)]
    await ann.edit(ids[0], "edited")
    await bea.delete(ids[1])
    await ann.finished(await bea.say("Pocket: !tokens=50"))
    await ann.configure(title="Tea")
    stopped = await ann.say(ENDLESS)
    await bea.begun(stopped, 100)
    await bea.stop((await bea.begun(stopped))["id"])
    await bea.edit(ids[3], "edited late")
    await all_told(ann, bea)


def as_of(member: Member, frames: int) -> Transcript:
    """What `member` held after so many frames."""
    transcript = Transcript()
    for frame in member.frames[:frames]:
        transcript.apply(frame)
    return transcript


@pytest.mark.parametrize("seed", range(3))
async def test_dan_resumes_from_any_position_and_holds_what_a_newcomer_holds(join: Join, seed: int) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await a_lively_hour(ann, bea)
    question = await ann.say(STEADY)
    await ann.begun(question, 200)
    chance = random.Random(seed)
    dan = await join("Dan")
    for _ in range(12):
        await dan.cut()
        dan.transcript = as_of(ann, chance.randint(1, len(ann.frames)))
        await dan.come_back()
        assert welcome(dan)["resumed"]
    cleo = await join("Cleo")
    for member in (ann, cleo, dan):
        await member.finished(question)
    await all_told(ann, cleo, dan)
    agree(ann, bea, cleo, dan)


async def test_a_welcome_tells_only_what_changed_since(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    first, *_ = [await ann.say(f"word {n}") for n in range(5)]
    await all_told(bea)
    await bea.cut()
    await ann.edit(first, "edited")
    await ann.say("new")
    await bea.come_back()
    assert [message["content"] for message in welcome(bea)["messages"]] == ["edited", "new"]
    agree(ann, bea)


async def test_bea_whose_line_is_cut_again_and_again_sees_an_answer_without_gap_or_double(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say(STEADY)
    for length in itertools.count(1, 90):
        await bea.begun(question, length) if length < 1000 else await bea.finished(question)
        if length > 1000:
            break
        await bea.cut()
        await bea.come_back()
        assert welcome(bea)["resumed"]
    assert (await bea.finished(question))["content"] == " ".join(map(str, range(1, 301)))
    await ann.finished(question)
    agree(ann, bea)


async def test_cleo_who_comes_in_the_middle_of_an_answer_gets_all_of_it(join: Join) -> None:
    ann = await join("Ann")
    question = await ann.say("Pocket, count: !tokens=100000 !rate=300")  # which goes on for as long as the machine needs
    await ann.begun(question, 300)
    cleo = await join("Cleo")
    assert (await cleo.begun(question))["status"] == "streaming"
    assert len((await cleo.begun(question))["content"]) >= 300
    await ann.stop(question)
    await cleo.finished(question)
    await ann.finished(question)
    assert not cleo.of("start")
    agree(ann, cleo)


@pytest.mark.parametrize("query", [{"epoch": "wrong"}, {"epoch": None}, {"after": None}, {"after": 10**9}, {"after": "x"}, {"after": -1}])
async def test_bea_with_a_position_that_the_room_does_not_know_begins_anew(join: Join, query: Frame) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await say_all(ann, 5)
    await all_told(bea)
    await bea.cut()
    bea.transcript.messages[99] = {"id": 99, "seq": 99, "content": "of another room"}
    await bea.come_back(**query)
    assert (welcome(bea)["resumed"], welcome(bea)["from"]) == (False, 0)
    agree(ann, bea)


async def test_bea_begins_anew_after_more_than_500_changes_but_not_after_500(serve: Any, join: Join) -> None:
    server = serve(**NO_ANSWERS)
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    await say_all(ann, 20)
    await all_told(bea)
    await bea.cut()
    await say_all(ann, 500, "missed")
    await bea.come_back()
    assert welcome(bea)["resumed"]
    agree(ann, bea)
    await bea.cut()
    bea.transcript = as_of(ann, ann.frames.index(ann.of("message", id=19)[0]) + 1)
    await bea.come_back()
    assert not welcome(bea)["resumed"]
    assert (len(bea.shown()), bea.transcript.floor) == (50, 471)
    agree(ann, bea)


async def test_bea_begins_anew_after_more_than_256_kib(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await all_told(bea)
    await bea.cut()
    for _ in range(8):
        await ann.send("message", content="茶" * 16_000)
    await ann.heard()
    await bea.come_back()
    assert not welcome(bea)["resumed"]
    assert [message["id"] for message in welcome(bea)["messages"]] == [4, 5, 6, 7, 8]
    assert bea.transcript.floor == 4
    agree(ann, bea)
    await bea.read_all()
    agree(ann, bea)


async def test_a_room_of_over_50_messages_tells_from_which_on_the_welcome_holds_all(join: Join) -> None:
    ann = await join("Ann")
    await say_all(ann, 50)
    assert welcome(await join("Bea"))["from"] == 0
    first = await ann.say("the 51st")
    await ann.edit(1, "edited")
    bea = await join("Bea")
    assert welcome(bea)["from"] == 2
    assert (bea.shown()[0]["id"], bea.shown()[-1]["id"]) == (2, first)


async def test_pages_of_history_and_live_messages_are_the_whole_room_once(serve: Any, join: Join) -> None:
    server = serve(**NO_ANSWERS)
    ann = await join("Ann", at=server)
    await say_all(ann, 130)
    bea = await join("Bea", at=server)
    await talk(ann, 30, "live")
    await ann.edit(3, "edited")
    await ann.delete(100)
    await bea.read_all(limit=17)
    await ann.heard()
    await all_told(ann, bea)
    assert [message["id"] for message in bea.shown()] == list(range(1, 161))
    agree(ann, bea)


async def test_a_page_of_history_tells_its_epoch_and_from_where_it_is_complete(join: Join, standing: Server, room: str) -> None:
    ann = await join("Ann")
    await say_all(ann, 10)
    url, asked = f"{standing.url}/api/rooms/{room}/messages", [{}, {"before": 8, "limit": 3}, {"before": 4, "limit": 3}]
    async with httpx2.AsyncClient() as http:
        pages = [(await http.get(url, params=params)).json() for params in asked]
    assert [page["epoch"] for page in pages] == [ann.transcript.epoch] * 3
    assert [page["from"] for page in pages] == [0, 5, 0]
    assert [[message["id"] for message in page["messages"]] for page in pages] == [list(range(1, 11)), [5, 6, 7], [1, 2, 3]]
    assert pages[0]["messages"] == ann.shown()


# ---- 5. text converges ---------------------------------------------------------------------------

EMOJI = "👩‍👩‍👧 naïve 🇩🇪 漢字 e\u0301 🤷🏽‍♀️ z͑ͫ \t𝔘𝔫𝔦 😀"


@pytest.fixture(name="parrot", scope="module")
def parrots_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("parrot"), [sys.executable, "-m", "tests.parrot"])
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


async def test_chunks_are_counted_in_utf_16_units_and_join_to_the_whole_answer(parrot: Server, join: Join) -> None:
    ann = await join("Ann", at=parrot)
    question = await ann.say(f"80 {EMOJI}")
    await ann.begun(question, 400)
    bea = await join("Bea", at=parrot)
    answer = await ann.finished(question)
    await bea.finished(question)
    assert answer["content"] == EMOJI * 80
    assert answer["status"] == "complete"
    end = await ann.receives("end")
    assert end["length"] == units(EMOJI) * 80
    offsets = [0, *itertools.accumulate(units(chunk["content"]) for chunk in ann.of("chunk"))]
    assert [chunk["off"] for chunk in ann.of("chunk")] == offsets[:-1]
    agree(ann, bea, await join("Cleo", at=parrot))


async def test_an_answer_ends_as_truncated_at_64_000_units_and_between_two_characters(parrot: Server, join: Join) -> None:
    ann = await join("Ann", at=parrot)
    words = "x" + "😀" * 6_400
    answer = await ann.finished(await ann.say(f"5 {words}"))
    assert (answer["status"], units(answer["content"])) == ("truncated", 63_999)
    assert (words * 5).startswith(answer["content"])
    assert answer["reason"]
    agree(ann, await join("Cleo", at=parrot))


async def test_an_answer_of_exactly_64_000_units_is_complete(parrot: Server, join: Join) -> None:
    ann = await join("Ann", at=parrot)
    answer = await ann.finished(await ann.say(f"5 {'x' * 12_800}"))
    assert (answer["status"], units(answer["content"])) == ("complete", 64_000)


async def test_ann_and_bea_see_the_same_on_a_plain_uvicorn(serve: Any, join: Join) -> None:
    server = serve(command=PLAIN_UVICORN)
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    question = await ann.say(STEADY)
    await bea.begun(question, 200)
    await bea.cut()
    await bea.come_back()
    await bea.finished(question)
    await say_all(ann, 100)
    await all_told(ann, bea)
    agree(ann, bea, await join("Cleo", at=server))


# ---- 6. crashes are told -------------------------------------------------------------------------


async def test_an_answer_that_a_kill_cut_off_is_interrupted_under_a_number_of_its_own(server: Server, join: Join) -> None:
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    question = await ann.say(ENDLESS)
    await ann.begun(question, 50)
    await bea.say("meanwhile")
    await all_told(ann, bea)
    before = ann.transcript.seq
    await restart(server, ann, bea)
    await ann.come_back()
    answer = await ann.finished(question)
    assert (answer["status"], answer["seq"], ann.transcript.seq) == ("interrupted", before + 1, before + 1)
    assert answer["reason"]
    assert answer["content"].startswith("1 2 3 ")
    assert (await ann.ask(answer["id"]))["type"] == "ack"
    again = await ann.until(lambda: next((m for m in ann.shown() if m["id"] > answer["id"] and m.get("reply_to") == question), None))
    assert (await ann.stop(again["id"]))["type"] == "ack"


async def test_a_question_that_waited_when_the_server_was_killed_stays_and_can_be_asked_again(server: Server, join: Join) -> None:
    ann = await join("Ann", at=server)
    await ann.begun(await ann.say(ENDLESS))
    waiting = await ann.say("Pocket, and then: !tokens=3")
    await restart(server, ann)
    await ann.come_back()
    assert (await ann.ask(waiting))["type"] == "ack"
    assert (await ann.finished(waiting))["content"] == "1 2 3"


# ---- 7. a slow or dead connection harms nobody: test_slow_members.py --------------------------------


# ---- 8. clean stop -------------------------------------------------------------------------------


async def test_a_stopped_server_closes_with_1012_and_its_answer_is_interrupted_when_all_come_back(server: Server, join: Join) -> None:
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    question = await ann.say(ENDLESS)
    await bea.begun(question, 100)
    assert await asyncio.to_thread(server.stop) < 5
    assert [await ann.is_closed(), await bea.is_closed()] == [1012, 1012]
    shown = (await ann.begun(question))["content"]
    server.start()
    for member in (ann, bea):
        await member.come_back()
        assert welcome(member)["resumed"]
    answer = await ann.finished(question)
    assert answer["status"] == "interrupted"
    assert answer["content"].startswith(shown)
    agree(ann, bea, await join("Cleo", at=server))


async def test_a_stopped_server_is_gone_in_5_seconds_though_dee_is_stuck(server: Server, join: Join) -> None:
    ann, dee = await join("Ann", at=server), await join("Dee", at=server, receive_buffer=4096)
    dee.stall()
    for _ in range(40):
        await ann.send("message", content="x" * 16_000)
    await ann.heard()
    await ann.begun(await ann.say(ENDLESS))
    assert await asyncio.to_thread(server.stop) < 5
    assert await ann.is_closed() == 1012


async def test_what_ann_said_just_before_the_stop_is_said_once(server: Server, join: Join) -> None:
    ann = await join("Ann", at=server)
    key = secrets.token_hex(8)
    await ann.send("message", content="last words", key=key)
    await asyncio.to_thread(server.stop)
    await ann.is_closed()
    server.start()
    await ann.come_back()
    await ann.heard()
    assert contents(ann).count("last words") == 1


# ---- what only a mutant (tests/mutants) showed to be untested --------------------------------------


async def test_an_answer_that_began_long_ago_is_in_every_welcome(serve: Any, join: Join) -> None:
    server = serve(SPEAKS="mentioned")
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    question = await ann.say(ENDLESS)
    answer = await ann.begun(question)
    await say_all(ann, 700)
    await all_told(bea)
    await bea.cut()
    await bea.come_back()
    cleo = await join("Cleo", at=server)
    for member in (bea, cleo):
        assert (answer["id"], "streaming") in [(message["id"], message["status"]) for message in welcome(member)["messages"]]
    await ann.stop(question)
    await all_told(ann, bea, cleo)
    texts = [member.transcript.messages[answer["id"]] for member in (ann, bea, cleo)]
    assert texts[0] == texts[1] == texts[2]
    assert texts[0]["status"] == "stopped"
    agree(ann, bea, cleo)


async def test_a_welcome_has_no_hole_where_a_big_message_stands(join: Join) -> None:
    ann = await join("Ann")
    await ann.say("small")
    for _ in range(6):
        await ann.say("茶" * 16_000)
    bea = await join("Bea")
    assert ([message["id"] for message in welcome(bea)["messages"]], welcome(bea)["from"]) == ([3, 4, 5, 6, 7], 3)
    await bea.read_all()
    agree(ann, bea)


async def test_a_room_made_anew_has_another_epoch(serve: Any, join: Join) -> None:
    server = serve(**NO_ANSWERS)
    ann = await join("Ann", at=server)
    await say_all(ann, 5, "before")
    server.kill()
    await ann.is_closed()
    for file in server.database.parent.glob("room.db*"):
        file.unlink()
    server.start()
    bea = await join("Bea", at=server)
    await say_all(bea, 7, "after")
    await ann.come_back()
    assert not welcome(ann)["resumed"]
    assert contents(ann) == [f"after {n}" for n in range(7)]
    agree(ann, bea)


async def test_a_stopped_server_has_ended_its_answers_itself(server: Server, join: Join) -> None:
    ann = await join("Ann", at=server)
    question = await ann.say(ENDLESS)
    await ann.begun(question, 100)
    await asyncio.to_thread(server.stop)
    await ann.is_closed()
    with contextlib.closing(sqlite3.connect(server.database)) as log:
        statuses = log.execute("SELECT status FROM messages ORDER BY id").fetchall()
    assert statuses == [("complete",), ("interrupted",)]
