"""Every frame, close code and status of docs/protocol.md, sent to a real server and received from it."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame as WebSocketFrame
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.server import Server
from tests.conftest import Join
from tests.member import Frame, Member, agree, open_line
from utils.personas import BUILT_IN
from utils.protocol import LIMITS
from utils.wire import Frames

Serve = Callable[..., Server]
ENDLESS = "Pocket, count: !tokens=100000 !rate=200"


def names(member: Member) -> list[str]:
    return [other["name"] for other in member.transcript.members]


async def is_among(member: Member, *expected: str) -> None:
    await member.until(lambda: sorted(names(member)) == sorted(expected))


async def notices_nothing(member: Member, since: int) -> None:
    """Nothing came to `member` after so many frames, but who is here and the pong they ask for now."""
    await member.ping()
    assert [frame for frame in member.frames[since:] if frame["type"] not in ("presence", "pong")] == []


# ---- welcome -------------------------------------------------------------------------------------


async def test_the_first_frame_that_ann_gets_is_a_welcome_that_tells_everything(join: Join, room: str) -> None:
    ann = await join("Ann")
    welcome = ann.frames[0]
    assert next(iter(welcome)) == "type"
    assert (welcome["type"], welcome["protocol"], welcome["resumed"], welcome["from"]) == ("welcome", 1, False, 0)
    assert welcome["room"] | {"epoch": ""} == {
        "name": room, "title": room, "instructions": "", "speaks": "mentioned", "model": "fake", "models": ["fake", "ollama:parrot"],
        "mode": "General", "modes": [{"name": persona.name, "line": persona.line} for persona in BUILT_IN], "assistant": "Pocket",
        "access": "open", "closed": False, "sent_to": "", "retention_days": 0, "epoch": "", "seq": 0,
    }  # fmt: skip
    assert welcome["you"] == {"id": ann.you["id"], "name": "Ann", "role": "owner", "token": ann.token}
    assert (welcome["members"], welcome["count"]) == ([{"id": ann.you["id"], "name": "Ann", "role": "owner"}], 1)
    assert (welcome["messages"], welcome["limits"]) == ([], LIMITS)


async def test_bare_ws_is_the_lobby(standing: Server, join: Join) -> None:
    ann = await join("Ann", room="lobby")
    async with connect(f"ws://127.0.0.1:{standing.port}/ws", proxy=None) as line:
        assert json.loads(await line.recv())["room"]["epoch"] == ann.transcript.epoch


# ---- messages ------------------------------------------------------------------------------------


async def test_a_message_has_all_its_fields_and_its_author_is_who_said_it(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    first = await ann.say("hello")
    liar = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
    await ann.say("a reply", reply_to=first, key="mine", author=liar, id=77, seq=77, ts=1, status="deleted")
    message = await bea.receives("message", content="a reply")
    assert message["ts"] > 1_700_000_000_000
    assert message | {"ts": 0} == {
        "type": "message", "id": 2, "seq": 2, "ts": 0, "author": {"id": ann.you["id"], "name": "Ann", "kind": "human"},
        "content": "a reply", "status": "complete", "key": "mine", "reply_to": first,
    }  # fmt: skip


async def test_whoever_sends_no_key_gets_no_ack(join: Join) -> None:
    ann = await join("Ann")
    await ann.send_raw('{"type": "message", "content": "hello"}')
    await ann.sees("hello")
    await ann.ping()
    assert not ann.of("ack")


async def test_every_keyed_frame_gets_exactly_one_answer(join: Join) -> None:
    bea, ann = await join("Bea"), await join("Ann")
    id, others = await ann.say("hello"), await bea.say("of Bea")
    frames: list[Frame] = [
        {"type": "message", "content": "another"}, {"type": "message", "content": ""}, {"type": "message", "content": 7},
        {"type": "edit", "id": id, "content": "hullo"}, {"type": "edit", "id": others, "content": "mine"},
        {"type": "ask", "id": id}, {"type": "ask", "id": 999}, {"type": "stop", "id": 999}, {"type": "configure", "title": "Tea"},
        {"type": "configure", "speaks": "loudly"}, {"type": "delete", "id": others}, {"type": "delete", "id": id}, {"type": "nonsense"},
    ]  # fmt: skip
    kinds = ["ack", "error", "error", "ack", "error", "ack", "error", "error", "ack", "error", "error", "ack", "error"]
    keys = [await ann.send(**frame) for frame in frames]
    assert [(await ann.answer(key))["type"] for key in keys] == kinds
    await ann.ping()
    for key in keys:
        assert len(ann.of("ack", key=key) + ann.of("error", key=key)) == 1
    assert not bea.of("error")


async def test_controls_and_overrides_are_taken_out_of_what_ann_says(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await ann.say("a\x00b\x1b[31m\r\nc\td\u202ee\u2066f\x85")
    assert (await bea.receives("message"))["content"] == "ab[31m\nc\tdef"


async def test_a_title_of_which_one_sees_nothing_is_none(join: Join, room: str) -> None:
    ann = await join("Ann")
    await ann.configure(title="Tea")
    await ann.configure(title="\u200b\u3164 \u00a0")
    assert (await ann.receives("room", title=room))["title"] == room


async def test_ann_may_use_16_000_units_and_every_one_of_them(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await ann.say("😀" * 8_000)
    await bea.sees("😀" * 8_000)


async def test_ann_edits_and_deletes_and_bea_sees_it(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    id = await ann.say("hello")
    assert await ann.edit(id, "hullo") == {"type": "ack", "key": ann.of("ack")[-1]["key"], "id": id, "duplicate": False}
    edited = await bea.receives("message", seq=2)
    assert (edited["id"], edited["content"], edited["status"]) == (id, "hullo", "complete")
    assert edited["edited"] >= edited["ts"]
    await ann.delete(id)
    deleted = await bea.receives("message", seq=3)
    assert (deleted["id"], deleted["content"], deleted["status"]) == (id, "", "deleted")
    assert (await ann.edit(id, "back again"))["code"] == "not_found"
    await ann.ping()
    agree(ann, bea, await join("Cleo"))


# ---- the assistant -------------------------------------------------------------------------------


async def test_an_answer_is_a_start_chunks_and_an_end(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say("Pocket, !tokens=5")
    end = await bea.receives("end")
    start = bea.of("start")[0]
    assert start | {"ts": 0} == {
        "type": "start", "id": 2, "seq": 2, "ts": 0, "author": {"id": "assistant", "name": "Pocket", "kind": "assistant"},
        "content": "", "reply_to": question,
    }  # fmt: skip
    assert "".join(chunk["content"] for chunk in bea.of("chunk", id=2)) == "1 2 3 4 5"
    assert end.pop("usage")["estimated"]
    assert end == {"type": "end", "id": 2, "seq": 3, "status": "complete", "length": 9, "content": ""}


async def test_the_simplest_client_sees_an_answer_whole(server: Server) -> None:
    async with connect(f"ws://127.0.0.1:{server.port}/ws", proxy=None) as line:
        await line.send('{"type":"message","content":"hi"}')
        said = ""
        while (frame := json.loads(await line.recv()))["type"] != "end":
            said += frame["content"] if frame["type"] == "chunk" else ""
    assert frame["status"] == "complete"
    assert len(said) == frame["length"] > 0


async def test_bea_stops_an_answer_to_ann_and_everyone_sees_who_did(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say(ENDLESS)
    answer = await bea.begun(question, 20)
    assert (await bea.stop(answer["id"]))["id"] == answer["id"]
    end = await ann.receives("end", id=answer["id"])
    assert (end["status"], end["by"]) == ("stopped", {"id": bea.you["id"], "name": "Bea", "kind": "human"})
    assert end["content"]
    assert (await ann.stop(answer["id"]))["code"] == "not_running"
    agree(ann, bea, await join("Cleo"))


async def test_bea_who_sends_her_stop_twice_has_stopped_it_once(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    answer = await bea.begun(await ann.say("Pocket, !tokens=100000 !rate=50"))
    first = await bea.does("stop", id=answer["id"], key="s1")
    assert (first["type"], first["duplicate"]) == ("ack", False)
    await ann.until(lambda: ann.of("end"))
    again = await bea.does("stop", id=answer["id"], key="s2")
    assert (again["type"], again["duplicate"], again["id"]) == ("ack", True, answer["id"])
    assert (await ann.does("stop", id=answer["id"]))["code"] == "not_running"
    assert len(ann.of("end")) == 1


async def test_stop_of_the_question_stops_its_answer(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say(ENDLESS)
    await bea.begun(question)
    assert (await bea.stop(question))["type"] == "ack"
    assert (await ann.finished(question))["status"] == "stopped"


async def test_bea_takes_back_a_question_that_waits_and_it_is_never_answered(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    first = await ann.say(ENDLESS)
    await ann.begun(first)
    waiting = await ann.say("Pocket, and then?")
    assert (await bea.stop(waiting))["type"] == "ack"
    told = await ann.receives("message", reply_to=waiting)
    assert (told["author"]["kind"], "Bea" in told["content"]) == ("system", True)
    assert (await ann.stop(waiting))["code"] == "not_running"
    await ann.stop(first)
    last = await ann.say("Pocket, !tokens=3")
    await ann.finished(last)
    assert [start["reply_to"] for start in ann.of("start")] == [first, last]
    agree(ann, bea, await join("Cleo"))


async def test_ask_answers_a_question_that_was_not_and_is_busy_meanwhile(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say("not named: !tokens=1000 !rate=200")
    assert (await bea.ask(question))["id"] == question
    answer = await bea.begun(question)
    assert (await bea.ask(question))["code"] == "busy"
    assert (await ann.ask(answer["id"]))["code"] == "busy"
    await ann.stop(question)


async def test_bea_can_ask_again_as_soon_as_she_sees_that_an_answer_is_over(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say(ENDLESS)
    for answers in range(1, 6):
        start = (await bea.until(lambda n=answers: bea.of("start")[n - 1 :]))[0]
        assert start["reply_to"] == question
        await ann.stop(start["id"])
        await bea.receives("end", id=start["id"])
        assert (await bea.ask(start["id"], key=f"again-{answers}"))["type"] == "ack"
    await ann.stop(question)


async def test_a_late_copy_of_anns_edit_does_not_undo_a_newer_one(join: Join) -> None:
    """As when it was under way on a line that she had given up."""
    ann = await join("Ann")
    id = await ann.say("hello")
    for content, key in (("hullo", "first"), ("hallo", "second"), ("hullo", "first")):
        await ann.does("edit", id=id, content=content, key=key)
    await ann.receives("ack", key="first", duplicate=True)
    await ann.ping()
    assert [message["content"] for message in ann.shown()] == ["hallo"]
    await ann.send("edit", id=id, content="other", key="second")
    assert (await ann.receives("error", key="second"))["code"] == "key_conflict"


async def test_ask_sent_twice_asks_once(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say("not named: !tokens=3")
    await bea.ask(question, key="once")
    await bea.finished(question)
    await bea.send("ask", id=question, key="once")
    await bea.receives("ack", key="once", duplicate=True)
    await ann.finished(await ann.say("Pocket, !tokens=4"))
    assert len(ann.of("start")) == 2


async def test_there_is_nothing_to_ask_about_a_deleted_message_or_the_systems(join: Join) -> None:
    ann = await join("Ann")
    id = await ann.say("hello")
    await ann.delete(id)
    told = (await ann.configure(title="Tea"))["id"]
    assert [(await ann.ask(other))["code"] for other in (id, told, 999)] == ["not_found"] * 3


async def test_people_talk_and_ping_while_the_assistant_does(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    question = await ann.say(ENDLESS)
    await ann.begun(question)
    await bea.say("meanwhile")
    assert (await ann.ping())["seq"] == 3
    assert (await ann.begun(question))["status"] == "streaming"
    await ann.stop(question)


# ---- the room ------------------------------------------------------------------------------------


async def test_a_system_message_and_then_a_room_frame_tell_what_ann_configured(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    told = await ann.configure(title="  Tea \n time ", instructions="Be brief.", speaks="never", model="ollama:parrot", mode="Expert")
    frame = await bea.receives("room")
    assert (frame["title"], frame["instructions"], frame["speaks"]) == ("Tea time", "Be brief.", "never")
    assert (frame["model"], frame["mode"]) == ("ollama:parrot", "Expert")
    message = bea.frames[bea.frames.index(frame) - 1]
    assert (message["type"], message["id"], message["seq"]) == ("message", told["id"], 1)
    assert message["author"]["kind"] == "system"
    assert message["by"]["id"] == ann.you["id"]
    assert "Ann" in message["content"]
    assert frame["epoch"] == bea.transcript.epoch
    agree(ann, bea, await join("Cleo"))


async def test_configure_that_changes_nothing_tells_nobody(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await ann.configure(title="Tea")
    await bea.receives("room")
    before = len(bea.frames)
    assert (await ann.configure(title="Tea"))["duplicate"]
    await notices_nothing(bea, before)


async def test_a_pong_tells_the_rooms_number(join: Join) -> None:
    ann = await join("Ann")
    assert await ann.ping() == {"type": "pong", "seq": 0}
    await ann.say("hello")
    assert await ann.ping() == {"type": "pong", "seq": 1}


async def test_a_pong_never_tells_another_number_than_what_bea_received_before_it(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")

    async def talk() -> None:
        for n in range(1_500):
            await ann.send("message", content=str(n))
            await asyncio.sleep(0)

    async def ping() -> None:
        for _ in range(1_500):
            await bea.send_raw('{"type": "ping"}')
            await asyncio.sleep(0)
        await bea.until(lambda: len(bea.of("pong")) == 1_500)

    await asyncio.gather(talk(), ping())


# ---- who is here ---------------------------------------------------------------------------------


async def test_presence_counts_people_and_not_tabs(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    tab = Member(bea.server, "Bea", bea.room)
    tab.token = bea.token
    await tab.join()
    assert tab.of("welcome")[0]["count"] == 2
    cleo = await join("Cleo")
    await is_among(ann, "Ann", "Bea", "Cleo")
    assert ann.of("presence")[-1]["count"] == 3
    await bea.leave()
    await cleo.leave()
    await is_among(ann, "Ann", "Bea")
    await tab.leave()
    await is_among(ann, "Ann")


async def test_a_name_is_free_again_when_whoever_bore_it_has_left(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    assert (await join("Веа")).of("welcome")[0]["you"]["name"] == "Веа 2"  # in Cyrillic letters
    await bea.leave()
    await is_among(ann, "Ann", "Веа 2")
    assert (await join("Bea")).of("welcome")[0]["you"]["name"] == "Bea"


async def test_ann_who_reloads_is_neither_gone_nor_new(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await is_among(bea, "Ann", "Bea")
    for _ in range(3):
        await ann.leave()
        await ann.come_back()
    cleo = await join("Cleo")
    await is_among(bea, "Ann", "Bea", "Cleo")
    assert all("Ann" in [member["name"] for member in frame["members"]] for frame in bea.of("presence"))
    assert cleo.you


async def test_another_name_renames_ann_in_all_her_tabs(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await ann.say("as Ann")
    tab = Member(ann.server, "Anna", ann.room)
    tab.token = ann.token
    await tab.join()
    await is_among(bea, "Anna", "Bea")
    await ann.say("as Anna")
    assert [(await bea.sees(text))["author"]["name"] for text in ("as Ann", "as Anna")] == ["Ann", "Anna"]
    await tab.leave()


async def test_typing_is_shown_to_the_others(join: Join) -> None:
    ann, bea = await join("Ann"), await join("Bea")
    await ann.typing(True)
    await ann.typing(False)
    assert await bea.receives("typing", on=False) == {"type": "typing", "member": {"id": ann.you["id"], "name": "Ann", "role": "owner"}, "on": False}
    assert [frame["on"] for frame in bea.of("typing")] == [True, False]
    await ann.ping()
    assert not ann.of("typing")


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("  Ａｎｎ   Lee ", "Ann Lee"), ("x" * 32, "x" * 32), ("Zoë 😀", "Zoë 😀"), ("王小明", "王小明"), ("Pocket Fan", "Pocket Fan")],
)
async def test_a_good_name_is_had_in_its_plain_form(join: Join, wanted: str, given: str) -> None:
    ann = await join(wanted)
    assert ann.you["name"] == given
    await ann.ping()
    assert not ann.of("error")


@pytest.mark.parametrize(
    "name",
    ["Pocket", "pocKET", " Pocket ", "Роcket", "P0cket", "system", "SYSTEM", "x" * 33, "a\x07b", "a\nb\x00", "\u202eAnn", "A\u200bnn", "\u00ad", "   "],
)  # fmt: skip
async def test_a_bad_name_is_refused_and_its_bearer_let_in_as_a_guest(join: Join, name: str) -> None:
    ann = await join(name)
    assert (await ann.receives("error"))["code"] == "bad_name"
    assert re.fullmatch(r"Guest [0-9]+", ann.you["name"])
    await ann.say("hello")
    assert (await ann.sees("hello"))["author"]["name"] == ann.you["name"]


async def test_whoever_looks_like_ann_gets_a_numeral(join: Join) -> None:
    ann = await join("Ann")
    others = [(await join(name)).you["name"] for name in ("Ann", "аnn", "ÁNN")]
    assert others == ["Ann 2", "аnn 3", "ÁNN 4"]
    await is_among(ann, "Ann", *others)


async def test_the_numeral_goes_when_the_other_ann_has_gone(join: Join) -> None:
    ann, other = await join("Ann"), await join("Ann")
    assert other.you["name"] == "Ann 2"
    await ann.leave()
    await is_among(other, "Ann 2")
    await other.leave()
    await other.come_back()
    assert other.you["name"] == "Ann"


# ---- bad input -----------------------------------------------------------------------------------

MESSAGE = '{"type": "message", "key": "k", "content": '
BAD_INPUT = [
    ("hello", "bad_json"), ("", "bad_json"), ('{"type": "message"', "bad_json"), ("[" * 100_000, "bad_json"),
    ('{"a":' * 20_000, "bad_json"), (MESSAGE + '"\\ud800"}', "bad_json"), (MESSAGE + '"\\udc00x"}', "bad_json"),
    ('{"type": "stop", "id": NaN}', "bad_json"), ('{"type": "stop", "id": -Infinity}', "bad_json"),
    ("[]", "bad_frame"), ('[{"type": "ping"}]', "bad_frame"), ("7", "bad_frame"), ("null", "bad_frame"), ('"message"', "bad_frame"),
    ("{}", "unknown_type"), ('{"type": "nonsense"}', "unknown_type"), ('{"type": 7}', "unknown_type"), ('{"type": null}', "unknown_type"),
    ('{"type": "welcome"}', "unknown_type"), ('{"type": ["message"]}', "unknown_type"), ('{"type": {}}', "unknown_type"),
    ('{"type": "message"}', "bad_frame"), (MESSAGE + "7}", "bad_frame"), (MESSAGE + "null}", "bad_frame"), (MESSAGE + '["a"]}', "bad_frame"),
    ('{"type": "message", "content": "a", "key": 7}', "bad_frame"), ('{"type": "message", "content": "a", "key": ""}', "bad_frame"),
    ('{"type": "message", "content": "a", "key": "no spaces"}', "bad_frame"),
    ('{"type": "message", "content": "a", "key": "a\\n"}', "bad_frame"),
    ('{"type": "message", "content": "a", "key": "' + "k" * 65 + '"}', "bad_frame"),
    ('{"type": "message", "content": "a", "reply_to": "1"}', "bad_frame"), ('{"type": "stop"}', "bad_frame"),
    ('{"type": "stop", "id": "1"}', "bad_frame"), ('{"type": "stop", "id": 1.5}', "bad_frame"), ('{"type": "stop", "id": 1.0}', "bad_frame"),
    ('{"type": "stop", "id": true}', "bad_frame"), ('{"type": "stop", "id": 0}', "bad_frame"), ('{"type": "stop", "id": -1}', "bad_frame"),
    ('{"type": "stop", "id": 1e400}', "bad_frame"), ('{"type": "stop", "id": 99999999999999999999999}', "bad_frame"),
    ('{"type": "edit", "id": 1}', "bad_frame"), ('{"type": "typing", "on": "yes"}', "bad_frame"), ('{"type": "typing"}', "bad_frame"),
    ('{"type": "configure", "speaks": "loudly"}', "bad_frame"), ('{"type": "configure", "model": "a b"}', "bad_frame"),
    ('{"type": "configure", "title": 7}', "bad_frame"),
    (MESSAGE + '""}', "empty"), (MESSAGE + '" \\n\\t "}', "empty"), (MESSAGE + '"\\u202e\\u0000"}', "empty"),
    (MESSAGE + '"\\u200b\\u3164 \\u2800\\ufeff"}', "empty"),
    ('{"type": "edit", "id": 1, "content": ""}', "empty"),
    (MESSAGE + json.dumps("x" * 16_001) + "}", "too_long"), (MESSAGE + json.dumps("😀" * 8_000 + "x") + "}", "too_long"),
    ('{"type": "edit", "id": 1, "content": ' + json.dumps("茶" * 16_001) + "}", "too_long"),
    ('{"type": "configure", "title": "' + "x" * 101 + '"}', "too_long"),
    ('{"type": "configure", "instructions": "' + "x" * 4_001 + '"}', "too_long"),
    ('{"type": "message", "content": "a", "reply_to": 999}', "not_found"), ('{"type": "edit", "id": 999, "content": "a"}', "not_found"),
    ('{"type": "delete", "id": 999}', "not_found"), ('{"type": "stop", "id": 999}', "not_found"), ('{"type": "ask", "id": 999}', "not_found"),
    ('{"type": "ask", "id": 9007199254740992}', "not_found"), ('{"type": "delete", "id": 9007199254740992}', "not_found"),
    ('{"type": "edit", "id": 1, "content": "of Mal"}', "forbidden"), ('{"type": "delete", "id": 1}', "forbidden"),
    ('{"type": "stop", "id": 1}', "not_running"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), BAD_INPUT, ids=[f"{code}-{text[:50]}" for text, code in BAD_INPUT])
async def test_mal_is_told_what_is_bad_and_bea_notices_nothing(join: Join, text: str, code: str) -> None:
    bea, mal = await join("Bea"), await join("Mal")
    await bea.say("of Bea")
    before = len(bea.frames)
    await mal.send_raw(text)
    error = await mal.receives("error")
    assert error["code"] == code
    assert error["content"][0].isupper()
    assert error["content"][-1] == "."
    assert error.get("key") == ("k" if '"key": "k"' in text and code != "bad_json" else None)
    await mal.ping()
    await notices_nothing(bea, before)
    assert [message["content"] for message in bea.shown()] == ["of Bea"]


async def test_unknown_fields_are_ignored(join: Join) -> None:
    ann = await join("Ann")
    assert (await ann.does("message", content="hello", colour="green", nested={"a": [1]}))["type"] == "ack"
    assert "colour" not in await ann.sees("hello")


async def test_a_message_of_another_room_is_unknown_here(join: Join, room: str) -> None:
    ann = await join("Ann")
    there = await join("Ann", room=f"{room}-2")
    for n in range(3):
        await there.say(str(n))
    assert (await ann.edit(3, "mine"))["code"] == "not_found"
    assert (await ann.stop(3))["code"] == "not_found"


async def test_nobody_edits_what_the_assistant_or_the_system_said_and_only_owners_delete_it(join: Join) -> None:
    bea, ann = await join("Bea"), await join("Ann")
    answer = await ann.finished(await ann.say("Pocket, !tokens=3"))
    told = (await ann.configure(title="Tea"))["id"]
    for id in (answer["id"], told):
        assert (await ann.edit(id, "mine"))["code"] == "forbidden"
        assert (await ann.delete(id))["code"] == "forbidden"
        assert (await bea.edit(id, "mine"))["code"] == "forbidden"
        assert (await bea.delete(id))["type"] == "ack"
        assert (await ann.receives("message", id=id, status="deleted"))["by"]["id"] == bea.you["id"]


async def test_ten_bad_frames_close_with_1008_and_nine_do_not(join: Join) -> None:
    bea, mal = await join("Bea"), await join("Mal")
    for n in range(1, 10):
        await mal.send_raw("no JSON")
        await mal.until(lambda n=n: len(mal.of("error")) == n)
    assert await mal.say("still here")
    await mal.send_raw("no JSON")
    assert await mal.is_closed() == 1008
    assert (await bea.say("still here, too")) == 2


async def test_refusals_are_no_bad_frames(join: Join) -> None:
    ann = await join("Ann")
    for _ in range(15):
        assert (await ann.does("message", content=""))["code"] == "empty"
        assert (await ann.stop(999))["code"] == "not_found"
    assert await ann.say("still here")


async def test_binary_bad_utf_8_and_too_big_frames_close_with_codes_that_mal_can_read(join: Join) -> None:
    bea = await join("Bea")
    before = len(bea.frames)

    async def close_code(data: str | bytes, text: bool | None = None) -> int | None:
        mal = await join("Mal")
        await mal.send_raw(data, text)
        return await mal.is_closed()

    bad_utf_8 = b'{"type": "message", "content": "\xff\xfe"}'
    codes = asyncio.gather(
        close_code(b'{"type": "ping"}'), close_code(bad_utf_8, text=True), close_code("x" * (LIMITS["frame"] + 1)), close_code("x" * 17_000_000)
    )  # fmt: skip
    assert await codes == [1003, 1007, 1009, 1009]
    await notices_nothing(bea, before)


async def test_the_biggest_frame_is_read(join: Join) -> None:
    ann = await join("Ann")
    text = '{"type": "message", "key": "k", "content": "hello"'
    await ann.send_raw(text + " " * (LIMITS["frame"] - len(text) - 1) + "}")
    assert (await ann.answer("k"))["type"] == "ack"


# ---- the doors -----------------------------------------------------------------------------------


async def knock(server: Server, path: str = "/ws", **headers: str) -> int:
    """The status of a WebSocket handshake; 101: in."""
    host = headers.pop("host", "127.0.0.1")
    try:
        line = await open_line(f"ws://{host}:{server.port}{path}", headers=headers)
    except InvalidStatus as refused:
        return refused.response.status_code
    await line.recv()
    await line.close()
    return 101


@pytest.mark.parametrize("path", ["/ws/UPPER", "/ws/-a", "/ws/a%20b", "/ws/" + "a" * 65, "/ws/a/b", "/ws/", "/ws/..%2fetc", "/ws/caf%C3%A9"])
async def test_a_bad_room_name_is_refused_with_404(standing: Server, path: str) -> None:
    assert await knock(standing, path) == 404


@pytest.mark.parametrize("path", ["/ws", "/ws/a", "/ws/0_-", "/ws/" + "a" * 64])
async def test_a_good_room_name_is_let_in(standing: Server, path: str) -> None:
    assert await knock(standing, path) == 101


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 101), ({"host": "localhost"}, 101), ({"host": "[::1]"}, 101), ({"host": "192.168.0.7"}, 101), ({"host": "evil.example"}, 400),
        ({"host": "127.0.0.1.evil.example"}, 400), ({"origin": "http://evil.example"}, 403), ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403), ({"cookie": "pocketroom=" + "a" * 43}, 403), ({"cookie": "__Host-pocketroom=" + "a" * 43}, 403),
    ],
)  # fmt: skip
async def test_host_and_origin_decide_who_comes_in(standing: Server, headers: dict[str, str], status: int) -> None:
    assert await knock(standing, **headers) == status


async def test_the_page_comes_in_with_its_cookie_and_our_origin(standing: Server) -> None:
    cookie = "pocketroom=" + "a" * 43
    assert await knock(standing, origin=standing.url, cookie=cookie) == 101
    assert await knock(standing, origin=f"http://localhost:{standing.port}", cookie=cookie) == 403


async def test_the_page_is_never_told_its_cookies_token(standing: Server) -> None:
    headers = {"Origin": standing.url, "Cookie": "pocketroom=" + "b" * 43}
    line = await open_line(f"ws://127.0.0.1:{standing.port}/ws", headers=headers)
    assert "token" not in json.loads(await line.recv())["you"]
    await line.close()


async def test_the_third_connection_of_an_address_that_may_have_two_is_closed_with_1013(serve: Serve, join: Join) -> None:
    server = serve(CONNECTIONS_PER_ADDRESS="2")
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    cleo = Member(server, "Cleo", ann.room)
    await cleo.connect()
    assert await cleo.is_closed() == 1013
    await bea.leave()
    await is_among(ann, "Ann")
    await cleo.join()
    await cleo.leave()


async def test_ann_who_says_too_much_is_told_when_to_try_again_and_can_still_stop(serve: Serve, join: Join) -> None:
    server = serve(MESSAGES_PER_MINUTE="3", SPEAKS="mentioned")
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    question = await ann.say(ENDLESS)
    await ann.begun(question)
    await ann.say("two")
    await ann.configure(title="three")
    error = await ann.does("message", content="four")
    assert (error["code"], error["key"]) == ("rate_limited", ann.of("error")[0]["key"])
    assert 1 <= error["retry_after"] <= 20
    assert (await ann.stop(question))["type"] == "ack"
    await ann.ping()
    assert await bea.say("I have said nothing yet")
    async with httpx2.AsyncClient(base_url=server.url, headers={"authorization": f"Bearer {ann.token}"}) as http:
        answer = await http.post(f"/api/rooms/{ann.room}/messages", json={"content": "by another door"})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) == answer.json()["retry_after"]


async def test_ann_who_asks_too_much_is_told_so_and_bea_is_not(serve: Serve, join: Join) -> None:
    server = serve(ANSWERS_PER_MINUTE="1")
    ann, bea = await join("Ann", at=server), await join("Bea", at=server)
    await ann.finished(await ann.say("Pocket, !tokens=3"))
    await ann.say("Pocket, !tokens=4")
    error = await ann.receives("error")
    assert (error["code"], 1 <= error["retry_after"] <= 60) == ("rate_limited", True)
    assert (await bea.finished(await bea.say("Pocket, !tokens=5")))["content"] == "1 2 3 4 5"
    assert not bea.of("error")


# ---- HTTP ----------------------------------------------------------------------------------------

PAGES: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/", {}, 200), ("HEAD", "/r/tea", {}, 200), ("GET", "/r/BAD!", {}, 404), ("GET", "/nothing", {}, 404),
    ("GET", "/static/favicon.svg", {}, 200), ("GET", "/static/nothing.css", {}, 404), ("GET", "/static/../main.py", {}, 404),
    ("GET", "/static/%2e%2e/main.py", {}, 404), ("DELETE", "/", {}, 405), ("GET", "/", {"headers": {"host": "evil.example"}}, 400),
    ("POST", "/api/rooms/tea/messages", {"headers": {"origin": "http://evil.example"}, "json": {"content": "a"}}, 403),
    ("GET", "/api/rooms/BAD!/messages", {}, 404), ("GET", "/api/rooms/tea/messages?before=x", {}, 422),
    ("GET", "/api/rooms/tea/messages?limit=0", {}, 422), ("GET", "/api/rooms/tea/messages?limit=501", {}, 422),
    ("POST", "/api/rooms/tea/messages", {"content": "no JSON"}, 400), ("GET", "/openapi.json", {}, 200), ("GET", "/docs", {}, 404),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "request_", "status"), PAGES, ids=[f"{method} {path}" for method, path, *_ in PAGES])
async def test_every_http_answer_has_its_security_headers(
    standing: Server, method: str, path: str, request_: dict[str, Any], status: int
) -> None:
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        answer = await http.request(method, path, **request_)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'")
    assert policy.endswith("form-action 'self'; frame-ancestors 'none'; trusted-types 'none'; require-trusted-types-for 'script'")
    assert [answer.headers[name] for name in ("x-content-type-options", "referrer-policy")] == ["nosniff", "no-referrer"]
    assert [answer.headers[f"cross-origin-{name}-policy"] for name in ("opener", "resource")] == ["same-origin"] * 2
    assert "access-control-allow-origin" not in answer.headers


BAD_POSTS: list[tuple[str | bytes, int, str]] = [
    ("no JSON", 400, "bad_json"), (b"\xff", 400, "bad_json"), ("[]", 400, "bad_frame"), ("{}", 400, "bad_frame"),
    ('{"content": 7}', 400, "bad_frame"), ('{"content": ""}', 400, "empty"), ('{"type": "stop", "id": 1}', 400, "unknown_type"),
    ('{"content": "a", "reply_to": 9}', 404, "not_found"), ('{"content": "a", "key": "no spaces"}', 400, "bad_frame"),
    (json.dumps({"content": "x" * 16_001}), 422, "too_long"), (b" " * (LIMITS["frame"] + 1), 413, "too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code"), BAD_POSTS, ids=[f"{code}-{body[:30]!s}" for body, _, code in BAD_POSTS])
async def test_a_bad_post_gets_the_same_errors(
    join: Join, standing: Server, room: str, body: str | bytes, status: int, code: str
) -> None:
    bea = await join("Bea")
    before = len(bea.frames)
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        answer = await http.post(f"/api/rooms/{room}/messages", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    await notices_nothing(bea, before)


async def test_looking_into_a_room_that_nobody_opened_does_not_make_it(standing: Server, room: str) -> None:
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        for _ in range(2):
            answer = await http.get(f"/api/rooms/{room}/messages")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_page_gives_a_cookie_that_no_script_can_read(standing: Server) -> None:
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        given = (await http.get("/")).headers["set-cookie"]
        again = (await http.get("/")).headers["set-cookie"]
    assert re.match(r"pocketroom=[A-Za-z0-9_-]{43}; ", given)
    assert {"httponly", "samesite=lax"} <= set(given.lower().split("; "))
    assert again == given, "the same for another year"


async def test_what_people_say_and_are_called_stays_out_of_the_servers_output(serve: Serve, join: Join) -> None:
    server = serve()
    ann = await join("Annabelle", at=server)
    await ann.finished(await ann.say("between ourselves", key="a-secret-key"))
    await ann.send_raw("no JSON between ourselves")
    await ann.receives("error")
    await ann.leave()
    for secret in ("Annabelle", "ourselves", "a-secret-key", ann.token or "?"):
        assert secret not in server.printed()


# ---- what only a mutant (tests/mutants) showed to be untested --------------------------------------


async def test_a_question_sent_twice_is_answered_once(join: Join) -> None:
    ann = await join("Ann")
    question = await ann.say("Pocket: !tokens=3", key="once")
    await ann.finished(question)
    await ann.send("message", content="Pocket: !tokens=3", key="once")
    await ann.receives("ack", key="once", duplicate=True)
    await ann.finished(await ann.say("Pocket: !tokens=4"))  # the assistant comes to it after all that came before
    assert len(ann.of("start", reply_to=question)) == 1


@pytest.mark.parametrize("length", [0, 125, 126, 127, 65_535, 65_536, 65_537])
def test_a_frame_of_any_length_is_read_as_it_was_written(length: int) -> None:
    texts = [b"x" * length, b"the next one"]
    bea = ClientProtocol(parse_uri("ws://bea"), state=State.OPEN, max_size=None)
    bea.receive_data(Frames(texts).bytes)
    assert [frame.data for frame in bea.events_received() if isinstance(frame, WebSocketFrame)] == texts
