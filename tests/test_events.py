"""The room as Server-Sent Events, beyond what test_over_http.py shows: how it is resumed, bounded, refused, polled, stopped."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from tests.conftest import Join
from tests.server import Server
from utils import events, wire
from utils.events import EventWire, Pulse, place_of
from utils.wire import Frames

PAGE = {"x-pocketroom": "1"}


@asynccontextmanager
async def stream(server: Server, room: str, headers: Any = None, **query: Any) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
    """The events of `room`: (id, frame) each, and "" where there is no id."""

    async def read() -> AsyncIterator[tuple[str, dict[str, Any]]]:
        frame: dict[str, Any] = {}
        id = ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "data":
                frame = json.loads(value)
            elif name == "id":
                id = value
            elif not line:
                yield id, frame
                frame, id = {}, ""

    async with (
        httpx2.AsyncClient(base_url=server.url, timeout=30) as http,
        http.stream("GET", f"/api/rooms/{room}/events", params=query, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        yield read()


async def test_the_id_of_the_last_event_resumes_from_there(standing: Server, room: str, join: Join) -> None:
    ann = await join("Ann")
    await ann.say("one")
    async with stream(standing, room) as first:
        last, welcome = await anext(first)
    assert last == f"{welcome['room']['epoch']}.1"
    await ann.say("two")
    async with stream(standing, room, {"last-event-id": last}) as again:
        id, welcome = await anext(again)
    assert (welcome["resumed"], [message["content"] for message in welcome["messages"]]) == (True, ["two"])
    assert id == f"{welcome['room']['epoch']}.2"


async def test_each_frame_that_moves_the_position_has_the_id_that_resumes_after_it(standing: Server, room: str, join: Join) -> None:
    ann = await join("Ann")
    async with stream(standing, room) as events:
        await anext(events)
        await ann.say("Pocket, count: !tokens=3")
        ids: dict[str, str] = {}
        async for id, frame in events:
            ids[frame["type"]] = id.partition(".")[2]
            if frame["type"] == "end":
                break
    assert (ids["message"], ids["start"], ids["chunk"], ids["end"]) == ("1", "2", "", "3")


@pytest.mark.parametrize("id", ["", "x", "1", "abc.", "abc.x", "ABC.1", "abc.-1", "a" * 65 + ".1", "abc.1 ", "abc." + "9" * 16])
def test_an_id_that_is_none_of_ours_leads_nowhere(id: str) -> None:
    assert place_of(id) is None


async def test_nothing_on_the_way_is_asked_to_keep_a_stream(standing: Server, room: str) -> None:
    async with httpx2.AsyncClient(base_url=standing.url) as http, http.stream("GET", f"/api/rooms/{room}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (answer.headers["x-accel-buffering"], answer.headers["cache-control"]) == ("no", "no-store, no-transform")


async def test_ann_is_here_while_her_stream_is_open_and_not_after(standing: Server, room: str, join: Join) -> None:
    bea = await join("Bea")
    async with stream(standing, room, name="Ann") as events:
        await anext(events)
        await bea.until(lambda: {member["name"] for member in bea.transcript.members} == {"Ann", "Bea"})
    await bea.until(lambda: [member["name"] for member in bea.transcript.members] == ["Bea"])


@pytest.mark.parametrize(("headers", "status"), [
    ({}, 200), ({"cookie": "pocketroom=x"}, 403), ({"cookie": "pocketroom=x", "sec-fetch-site": "same-origin"}, 200),
    ({"cookie": "pocketroom=x", **PAGE}, 200), ({"cookie": "pocketroom=x", "sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "none"}, 200),  # an image of another site's page; an address typed in
    ({"origin": "https://evil.example"}, 403), ({"origin": "https://evil.example", **PAGE}, 200),
])  # fmt: skip
async def test_who_may_open_a_stream_is_who_may_open_a_socket(standing: Server, room: str, headers: dict[str, str], status: int) -> None:
    async with (
        httpx2.AsyncClient(base_url=standing.url) as http,
        http.stream("GET", f"/api/rooms/{room}/events", headers=headers) as answer,
    ):
        assert answer.status_code == status


async def test_a_room_called_events_has_a_page_like_any_other(standing: Server) -> None:
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        assert (await http.get("/r/events", headers={"cookie": "a=b", "sec-fetch-site": "none"})).status_code == 200


async def test_no_other_site_is_given_leave_to_send_our_pages_header(standing: Server, room: str) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST", "access-control-request-headers": "x-pocketroom"}
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        answer = await http.options(f"/api/rooms/{room}/frames", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_streams_count_as_lines_of_their_address(serve: Callable[..., Server], room: str) -> None:
    server = serve(CONNECTIONS_PER_ADDRESS="1")
    async with stream(server, room) as events, httpx2.AsyncClient(base_url=server.url) as http:
        await anext(events)
        refused = await http.get(f"/api/rooms/{room}/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert "retry-after" in refused.headers


async def test_a_stream_ends_in_good_order_when_the_server_stops(server: Server, room: str) -> None:
    async with stream(server, room) as events:
        await anext(events)
        assert await asyncio.to_thread(server.stop) < 3
        assert [frame["type"] async for _, frame in events if frame["type"] != "pong"] == []


async def test_a_stream_ends_on_a_plain_uvicorn_too_when_it_stops(serve: Callable[..., Server], room: str) -> None:
    plain = "import os, uvicorn; uvicorn.run('main:app', port=int(os.environ['PORT']), log_level='warning')"
    server = serve(command=[sys.executable, "-c", plain])
    async with stream(server, room) as events:
        await anext(events)
        assert await asyncio.to_thread(server.stop) < 5


async def test_frames_that_ann_posts_are_answered_by_what_a_socket_would_get(standing: Server, room: str, join: Join) -> None:
    bea = await join("Bea")
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        where = f"/api/rooms/{room}/frames"
        said = await http.post(where, json={"type": "message", "content": "hi", "key": "k"})
        assert said.json() == {"type": "ack", "key": "k", "id": 1, "duplicate": False}
        assert (await http.post(where, json={"type": "ping"})).json() == {"type": "pong", "seq": 1}
        assert (await http.post(where, json={"type": "draft", "ref": 7, "content": "Pocket?"})).json() == {"type": "draft", "ref": 7, "answers": True}
        assert (await http.post(where, json={"type": "typing", "on": True})).status_code == 204
        refused = await http.post(where, json={"type": "edit", "id": 1, "content": "ho", "key": "e"})
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    told = refused.json()
    assert (told["type"], told["code"], told["key"], told["detail"]) == ("error", "forbidden", "e", told["content"])
    await bea.sees("hi")


async def test_what_ann_posts_is_hers_who_has_the_stream(standing: Server, room: str, join: Join) -> None:
    bea = await join("Bea")
    async with stream(standing, room, name="Ann") as events, httpx2.AsyncClient(base_url=standing.url) as http:
        _, welcome = await anext(events)
        session = {"authorization": f"Bearer {welcome['you']['token']}"}
        await http.post(f"/api/rooms/{room}/frames", json={"type": "typing", "on": True}, headers=session)
        assert (await bea.receives("typing", on=True))["member"] == {"id": welcome["you"]["id"], "name": "Ann"}


# ---- long polls ----------------------------------------------------------------------------------


async def test_ann_who_polls_gets_what_is_new_and_the_end_of_the_response(standing: Server, room: str, join: Join) -> None:
    bea = await join("Bea")
    place: dict[str, Any] = {}
    headers: dict[str, str] = {}
    heard: list[str] = []
    for word in ("one", "two", "three"):
        await bea.say(word)
        async with stream(standing, room, headers, poll=True, name="Ann", **place) as events:
            async for _, frame in events:
                if frame["type"] == "welcome":
                    heard += [message["content"] for message in frame["messages"]]
                    place = {"after": frame["room"]["seq"], "epoch": frame["room"]["epoch"]}
                    headers = {"authorization": f"Bearer {frame['you']['token']}"}
    assert heard == ["one", "two", "three"]


async def test_ann_is_here_between_two_polls(standing: Server, room: str, join: Join) -> None:
    bea = await join("Bea")
    async with stream(standing, room, poll=True, name="Ann") as events:
        assert (await anext(events))[1]["type"] == "welcome"
    await bea.until(lambda: len(bea.transcript.members) == 2)
    await bea.until(lambda: len(bea.transcript.members) == 1)


async def test_a_poll_without_news_waits_for_them(standing: Server, room: str, join: Join) -> None:
    bea = await join("Bea")
    await bea.say("one")
    place = {"after": 1, "epoch": bea.transcript.epoch}
    async with stream(standing, room, poll=True, **place) as events:
        await bea.say("two")
        frames = [frame async for _, frame in events]
    assert [frame["content"] for frame in frames if frame["type"] == "message"] == ["two"] or frames[0]["messages"][0]["content"] == "two"


# ---- the wire ------------------------------------------------------------------------------------


async def test_a_wire_that_nobody_reads_pauses_its_connection_and_resumes_when_all_was_taken() -> None:
    line, told = EventWire(), []
    line.on_pause, line.on_resume = lambda: told.append("pause"), lambda: told.append("resume")
    line.write(Frames([b"x" * events.HIGH_WATER]))
    assert told == ["pause"]
    body = line.stream(lambda was_busy: True)
    await anext(body)
    line.close()
    assert [piece async for piece in body] == []
    assert told == ["pause"]  # closed: nobody is caught up any more


async def test_a_wire_says_what_waits_before_it_ends_and_takes_nothing_after() -> None:
    line = EventWire()
    line.write(Frames([b'{"a":1}'], [7], "e"))
    line.close()
    line.write(Frames([b'{"b":2}']))
    assert [piece async for piece in line.stream(lambda was_busy: True)] == [b'data: {"a":1}\nid: e.7\n\n']


async def test_a_quiet_wire_beats_and_ends_when_the_client_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BEAT", 0.01)
    line, beats = EventWire(), iter([True, True, False])

    def beat(was_busy: bool) -> bool:
        line.write(Frames([b"{}"]))
        return next(beats)

    assert [piece async for piece in line.stream(beat)] == [b"data: {}\n\n"] * 2


async def test_a_reader_who_is_busy_with_what_came_before_is_not_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BEAT", 0.01)
    monkeypatch.setattr(events, "BUSY", 0)
    line, told = EventWire(), []
    body = line.stream(lambda was_busy: told.append(was_busy) or len(told) < 3)
    line.write(Frames([b"{}"]))
    assert [piece async for piece in body] == [b"data: {}\n\n"]
    assert told == [True, False, False]


async def test_frames_that_a_reader_takes_too_late_end_in_good_order() -> None:
    """Its time is over while it reads: whoever sends to it is not cancelled for that."""

    async def frames() -> AsyncGenerator[Any, None]:
        yield {"type": "pong", "seq": 1}
        await asyncio.Event().wait()

    pieces = events.encode(frames(), 0.01)
    assert await anext(pieces) == b'data: {"type":"pong","seq":1}\n\n'
    over = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.05, over.set_result, None)
    await over
    assert [piece async for piece in pieces] == []


def test_who_pinged_once_must_go_on_and_who_never_did_need_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(events.time, "monotonic", lambda: now[0])
    pulse = Pulse()
    pulse.feel("tea", "cleo")  # who has no stream
    with pulse.stream("tea", "ann"), pulse.stream("tea", "bea"), pulse.stream("tea", "cleo"):
        pulse.feel("tea", "ann")
        now[0] = events.GONE + 1
        assert [pulse.is_lost("tea", name) for name in ("ann", "bea", "cleo")] == [True, False, False]
        with pulse.stream("tea", "ann"):  # another tab, or the next line
            assert not pulse.is_lost("tea", "ann")
        now[0] *= 3
        assert pulse.is_lost("tea", "ann")
    with pulse.stream("tea", "ann"):
        assert not pulse.is_lost("tea", "ann")
    assert not pulse._felt


def test_whoever_is_gone_leaves_within_20_seconds() -> None:
    """The patience of each watch; test_over_http.py shows that they watch."""
    assert events.BEAT + 2 * wire.LOOK_SECONDS + wire.STREAM_STALLED_SECONDS < 20
    assert events.BEAT + events.GONE < 20
