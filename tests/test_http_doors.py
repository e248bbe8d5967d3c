"""Rooms over plain HTTP: one line of curl, sessions, announcements, and errors that tell what to do."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from tests.conftest import Join
from tests.server import Server

OPERATOR = "an-operator-s-own-token"
SLOW = "Pocket, count: !tokens=100000 !rate=100"
COUNT = "Pocket, count: !tokens=4"


@pytest.fixture(name="http")
async def http_client(standing: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=standing.url, timeout=60) as http:
        yield http


@pytest.fixture(name="messages")
def where_messages_are_posted(room: str) -> str:
    return f"/api/rooms/{room}/messages"


def is_problem(answer: httpx2.Response, status: int, code: str) -> bool:
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (told["status"], told["detail"]) == (answer.status_code, told["content"])
    assert told["title"]
    return (answer.status_code, told["code"]) == (status, code)


async def events_of(answer: httpx2.Response) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) async for line in answer.aiter_lines() if line.startswith("data: ")]


# ---- the answer to what one says -----------------------------------------------------------------


async def test_ann_waits_with_one_request_for_the_answer_to_what_she_says(http: httpx2.AsyncClient, messages: str) -> None:
    answer = await http.post(messages, params={"wait": 60}, json={"content": COUNT})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["type"], told["author"]["kind"], told["content"], told["status"]) == ("message", "assistant", "1 2 3 4", "complete")


async def test_ann_sees_the_answer_as_it_comes(http: httpx2.AsyncClient, messages: str) -> None:
    async with http.stream("POST", messages, json={"content": "Pocket, count: !tokens=9 !rate=100"}, headers={"accept": "text/event-stream"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        ack, start, *chunks, end = await events_of(answer)
    assert (ack["type"], start["type"], start["reply_to"]) == ("ack", "start", ack["id"])
    assert "".join(chunk["content"] for chunk in chunks) == "1 2 3 4 5 6 7 8 9"
    assert [chunk["off"] for chunk in chunks] == [len("".join(c["content"] for c in chunks[:n])) for n in range(len(chunks))]
    assert (end["type"], end["status"], end["length"]) == ("end", "complete", 17)


async def test_ann_who_waited_too_short_is_told_where_to_look(http: httpx2.AsyncClient, messages: str, room: str) -> None:
    early = await http.post(messages, params={"wait": 0.2}, json={"content": SLOW})
    assert early.status_code == 202
    assert early.headers["location"] == early.json()["answer"]
    still = await http.get(early.headers["location"].replace("wait=60", "wait=0.1"))
    assert still.status_code == 202
    waiting = asyncio.create_task(http.get(early.headers["location"]))
    await http.post(f"/api/rooms/{room}/frames", json={"type": "stop", "id": early.json()["id"]})
    answer = (await waiting).json()
    assert (answer["status"], answer["reply_to"]) == ("stopped", early.json()["id"])
    assert (await http.get(early.headers["location"])).json() == answer


async def test_ann_does_not_wait_where_nobody_will_answer(http: httpx2.AsyncClient, messages: str) -> None:
    said = await http.post(messages, params={"wait": 300}, json={"content": "good morning, all"})
    assert (said.status_code, said.json()["type"]) == (201, "ack")
    nothing = await http.get(f"{messages}/{said.json()['id']}/answer", params={"wait": 300})
    assert is_problem(nothing, 404, "not_found")


async def test_ann_who_streams_where_nobody_will_answer_gets_her_ack_and_the_end(http: httpx2.AsyncClient, messages: str) -> None:
    async with http.stream("POST", messages, json={"content": "good morning"}, headers={"accept": "text/event-stream"}) as answer:
        assert [event["type"] for event in await events_of(answer)] == ["ack"]


async def test_a_question_that_ann_takes_back_leaves_nobody_waiting(http: httpx2.AsyncClient, messages: str, room: str) -> None:
    endless = (await http.post(messages, params={"wait": 0.1}, json={"content": SLOW})).json()["id"]
    question = (await http.post(messages, json={"content": COUNT})).json()["id"]
    waiting = asyncio.create_task(http.get(f"{messages}/{question}/answer", params={"wait": 60}))
    taken_back = await http.post(f"/api/rooms/{room}/frames", json={"type": "stop", "id": question})
    assert taken_back.json()["type"] == "ack"
    assert is_problem(await waiting, 404, "not_found")
    await http.post(f"/api/rooms/{room}/frames", json={"type": "stop", "id": endless})


async def test_ann_and_bea_who_ask_at_once_both_get_the_answer_to_both(http: httpx2.AsyncClient, messages: str, room: str) -> None:
    endless = (await http.post(messages, params={"wait": 0.1}, json={"content": SLOW})).json()["id"]
    asked = [asyncio.create_task(http.post(messages, params={"wait": 60, "name": name}, json={"content": COUNT})) for name in ("Ann", "Bea")]
    async with http.stream("GET", f"/api/rooms/{room}/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith('data: {"type":"waiting"') and len(json.loads(line[6:])["ids"]) == 2:
                break
    await http.post(f"/api/rooms/{room}/frames", json={"type": "stop", "id": endless})
    ann, bea = [answer.json() for answer in await asyncio.gather(*asked)]
    assert ann == bea
    assert ann["status"] == "complete"


async def test_the_answer_to_an_old_question_is_found_in_the_log(http: httpx2.AsyncClient, messages: str, join: Join) -> None:
    first = (await http.post(messages, params={"wait": 60}, json={"content": COUNT})).json()
    ann = await join("Ann")
    for n in range(800):  # more than a room keeps in memory
        await ann.send("message", content=f"talk {n}")
    await ann.heard()
    assert (await http.get(f"{messages}/{first['reply_to']}/answer")).json() == first


async def test_what_ann_posts_twice_under_its_key_is_said_once_and_has_one_answer(http: httpx2.AsyncClient, messages: str) -> None:
    session = (await http.post("/api/sessions", json={"name": "Ann"})).json()
    mine = {"authorization": f"Bearer {session['token']}"}
    twice = [await http.post(messages, params={"wait": 60}, json={"content": COUNT, "key": "k1"}, headers=mine) for _ in range(2)]
    assert twice[0].json() == twice[1].json()
    page = (await http.get(messages)).json()
    assert [message["author"]["name"] for message in page["messages"]] == ["Ann", "Pocket"]


async def test_a_server_that_stops_leaves_nobody_waiting(serve: Callable[..., Server], room: str) -> None:
    server = serve()
    async with httpx2.AsyncClient(base_url=server.url, timeout=60) as http:
        waiting = asyncio.create_task(http.post(f"/api/rooms/{room}/messages", params={"wait": 60}, json={"content": SLOW}))
        async with http.stream("GET", f"/api/rooms/{room}/events") as stream:
            async for line in stream.aiter_lines():
                if '"chunk"' in line or '"streaming"' in line:
                    break
        assert await asyncio.to_thread(server.stop) < 5
        assert (await waiting).status_code in (200, 202)  # as what was said, or with where to look


async def test_nobody_waits_for_an_answer_to_what_is_no_question(http: httpx2.AsyncClient, messages: str) -> None:
    answer = (await http.post(messages, params={"wait": 60}, json={"content": COUNT})).json()
    for id in (answer["id"], answer["seq"], 10_000):
        assert is_problem(await http.get(f"{messages}/{id}/answer", params={"wait": 300}), 404, "not_found")


async def test_asking_for_an_answer_makes_no_room(http: httpx2.AsyncClient, messages: str) -> None:
    for path in (f"{messages}/1/answer", messages):
        assert is_problem(await http.get(path), 404, "not_found")


async def test_what_cannot_be_waited_for_is_not_said(serve: Callable[..., Server], room: str) -> None:
    server = serve(CONNECTIONS_PER_ADDRESS="1")
    async with httpx2.AsyncClient(base_url=server.url) as http, http.stream("GET", f"/api/rooms/{room}/events") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        assert is_problem(await http.post(f"/api/rooms/{room}/messages", params={"wait": 5}, json={"content": COUNT}), 429, "rate_limited")
        assert (await http.get(f"/api/rooms/{room}/messages")).json()["messages"] == []


async def test_who_makes_up_a_session_for_each_message_pays_for_all_of_them(serve: Callable[..., Server], messages: str) -> None:
    server = serve(MESSAGES_PER_MINUTE="5", SPEAKS="never")
    async with httpx2.AsyncClient(base_url=server.url) as http:
        made_up = [{"authorization": f"Bearer {secrets.token_urlsafe(32)}"} for _ in range(8)]
        said = [await http.post(messages, json={"content": "x"}, headers=headers) for headers in made_up]
        assert [answer.status_code for answer in said] == [201] * 5 + [429] * 3
        own = (await http.post("/api/sessions", json={"name": "Ann"})).json()
        mine = {"authorization": f"Bearer {own['token']}"}
        assert (await http.post(messages, json={"content": "x"}, headers=mine)).status_code == 201


async def test_who_is_refused_is_not_renamed(serve: Callable[..., Server], messages: str) -> None:
    server = serve(MESSAGES_PER_MINUTE="1", SPEAKS="never")
    async with httpx2.AsyncClient(base_url=server.url) as http:
        own = (await http.post("/api/sessions", json={"name": "Ann"})).json()
        mine = {"authorization": f"Bearer {own['token']}"}
        assert (await http.post(messages, json={"content": "x"}, headers=mine)).status_code == 201
        assert (await http.post(messages, params={"name": "Bea"}, json={"content": "x"}, headers=mine)).status_code == 429
        assert (await http.get(messages)).json()["messages"][0]["author"]["name"] == "Ann"
        async with http.stream("GET", messages.replace("messages", "events"), headers=mine) as stream:
            assert json.loads((await anext(stream.aiter_lines())).removeprefix("data: "))["you"]["name"] == "Ann"


async def test_the_second_ann_posts_by_the_name_that_the_room_shows(standing: Server, messages: str, join: Join) -> None:
    first, second = await join("Ann"), await join("Ann")
    assert second.you["name"] == "Ann 2"
    await first.leave()
    await second.until(lambda: len(second.transcript.members) == 1)
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        await http.post(messages, json={"content": "it is me"}, headers={"authorization": f"Bearer {second.token}"})
    assert (await second.sees("it is me"))["author"]["name"] == "Ann 2"
    await first.join()


# ---- sessions ------------------------------------------------------------------------------------


async def test_ann_is_ann_at_every_door_by_her_session(http: httpx2.AsyncClient, messages: str, join: Join) -> None:
    bea = await join("Bea")
    session = (await http.post("/api/sessions", json={"name": "Ann"})).json()
    assert session["name"] == "Ann"
    said = (await http.post(messages, json={"content": "hello"}, headers={"authorization": f"Bearer {session['token']}"})).json()
    assert said["you"] == {"id": session["id"], "name": "Ann", "token": session["token"]}
    assert (await bea.sees("hello"))["author"] == {"id": session["id"], "name": "Ann", "kind": "human"}


async def test_a_session_without_a_name_is_a_guests(http: httpx2.AsyncClient) -> None:
    assert (await http.post("/api/sessions")).json()["name"].startswith("Guest ")


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b'{"name": 7}', b'{"name": "Pocket"}', b'{"name": ""}x'])
async def test_no_session_for_a_name_that_nobody_may_have(http: httpx2.AsyncClient, body: bytes) -> None:
    answer = await http.post("/api/sessions", content=body)
    assert is_problem(answer, 400, answer.json()["code"])


async def test_one_address_cannot_make_sessions_without_end(serve: Callable[..., Server]) -> None:
    server = serve(MESSAGES_PER_MINUTE="100")
    async with httpx2.AsyncClient(base_url=server.url) as http:
        answers = [await http.post("/api/sessions") for _ in range(70)]
    assert [answer.status_code for answer in answers[:60]] == [201] * 60
    assert is_problem(answers[-1], 429, "rate_limited")
    assert int(answers[-1].headers["retry-after"]) >= 1


# ---- announcements -------------------------------------------------------------------------------


async def test_an_operator_says_something_to_all_rooms_and_to_one(serve: Callable[..., Server], join: Join) -> None:
    server = serve(OPERATOR_TOKEN=OPERATOR)
    ann, bea = await join("Ann", at=server, room="tea"), await join("Bea", at=server, room="milk")
    async with httpx2.AsyncClient(base_url=server.url, headers={"authorization": f"Bearer {OPERATOR}"}) as http:
        everywhere = {"content": "We restart at five.", "key": "restart"}
        for _ in range(2):  # the second time under its key, which changes nothing
            assert (await http.post("/api/announce", json=everywhere)).json() == {"rooms": 2, "key": "restart"}
        assert (await http.post("/api/announce", json={"content": "Tea is ready.", "room": "tea"})).json()["rooms"] == 1
    told = await ann.sees("Tea is ready.")
    assert told["author"] == {"id": "system", "name": "system", "kind": "system"}
    await bea.ping()
    assert [message["content"] for message in ann.shown()] == ["We restart at five.", "Tea is ready."]
    assert [message["content"] for message in bea.shown()] == ["We restart at five."]


async def test_an_announcement_reaches_rooms_that_nobody_has_open(serve: Callable[..., Server], join: Join) -> None:
    server = serve(OPERATOR_TOKEN=OPERATOR)
    async with httpx2.AsyncClient(base_url=server.url) as http:
        for n in range(120):
            await http.post(f"/api/rooms/room{n}/messages", json={"content": "first"})
        told = await http.post("/api/announce", json={"content": "Hello, all."}, headers={"authorization": f"Bearer {OPERATOR}"})
    assert told.json()["rooms"] == 120
    ann = await join("Ann", at=server, room="room119")
    assert [message["content"] for message in ann.shown()][-1] == "Hello, all."


@pytest.mark.parametrize(("token", "body", "status"), [
    (None, {"content": "x"}, 403), ("wrong", {"content": "x"}, 403), (OPERATOR, {"content": "x", "room": "nowhere"}, 404),
    (OPERATOR, {"content": " "}, 400), (OPERATOR, {}, 400), (OPERATOR, {"content": "x", "room": 7}, 400),
])  # fmt: skip
async def test_nobody_announces_without_the_token_or_to_a_room_that_is_not_there(
    serve: Callable[..., Server], token: str | None, body: dict[str, Any], status: int
) -> None:
    server = serve(OPERATOR_TOKEN=OPERATOR)
    async with httpx2.AsyncClient(base_url=server.url) as http:
        answer = await http.post("/api/announce", json=body, headers={"authorization": f"Bearer {token}"} if token else {})
    assert is_problem(answer, status, answer.json()["code"])


# ---- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("GET", "/api/nothing", 404, "not_found"), ("DELETE", "/api/rooms/tea/messages", 405, "method_not_allowed"),
    ("GET", "/api/rooms/NO/events", 404, "not_found"), ("GET", "/api/rooms/NO/messages", 404, "not_found"),
    ("GET", "/api/rooms/tea/messages?limit=x", 422, "bad_request"), ("GET", "/api/rooms/tea/messages/0/answer", 422, "bad_request"),
    ("POST", "/api/rooms/NO/frames", 400, "bad_json"), ("GET", "/api/rooms/never-opened/search", 404, "not_found"),
])  # fmt: skip
async def test_every_error_is_a_problem_that_says_what_to_do(http: httpx2.AsyncClient, method: str, path: str, status: int, code: str) -> None:
    assert is_problem(await http.request(method, path), status, code)


async def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(http: httpx2.AsyncClient) -> None:
    assert (await http.delete("/api/rooms/tea/messages")).headers["allow"] == "GET, POST"


async def test_a_page_of_another_site_gets_a_problem_too(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/api/rooms/tea/messages", json={"content": "x"}, headers={"origin": "https://evil.example"})
    assert is_problem(answer, 403, "cross_site")


async def test_a_problem_leads_to_where_its_code_is_explained(http: httpx2.AsyncClient) -> None:
    problem = (await http.get("/api/rooms/NO/messages")).json()
    assert problem["type"] == "/asyncapi#error-not_found"
    assert (await http.get(problem["type"])).status_code == 200
