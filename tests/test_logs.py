"""What the operator reads: a line for each event, bounded in a flood, and nothing in it that is nobody's business."""

import asyncio
import io
import json
import logging
import re
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send
from tests.company import opened, person, port_of
from tests.conftest import Join
from tests.provider import Provider, answer, failure
from tests.server import Server
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from utils import logs, problem
from utils.logs import LINES, SECONDS, Json, Kind, Limit, Text, event, tag, traceback_of
from utils.tally import Tally
from utils.visits import Visits

KEY, OPERATOR, PASSWORD = "sk-canary-0123456789", "operator-canary-0123456789", "password-canary"
WORDS = "the merger with Zebracorp"
Serve = Callable[..., Server]
Events = list[dict[str, Any]]
OpenHouse = Callable[..., AbstractAsyncContextManager[tuple[httpx2.AsyncClient, int]]]


def events_of(server: Server) -> Events:
    """Every line after the greeting, which JSON has none of."""
    return [json.loads(line) for line in server.printed().splitlines()]


def named(name: str, events: Events) -> Events:
    return [told for told in events if told["event"] == name]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged in this process, as JSON at debug; afterwards all is as before."""
    root, before = logging.getLogger(), [*logging.getLogger().handlers]
    levels = {name: logging.getLogger(name).level for name in ("pocketroom", "uvicorn", "uvicorn.error", "uvicorn.access")}
    stderr = io.StringIO()
    monkeypatch.setattr(logs.Lines, "stream", stderr)
    monkeypatch.setattr(logs, "limit", Limit(logs.tell_more))
    logs.start("json", "debug")
    yield stderr
    root.handlers[:] = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def house(tmp_path: Path) -> OpenHouse:
    """Open a server in this process, which writes JSON; somebody who asks it, and its port."""

    @asynccontextmanager
    async def open_house(**settings: Any) -> AsyncIterator[tuple[httpx2.AsyncClient, int]]:
        given = {"log_format": "json", **settings}
        async with opened(tmp_path, **given) as app, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port_of(app)}") as http:
            yield http, port_of(app)

    return open_house


def lines(written: io.StringIO) -> Events:
    return [json.loads(line) for line in written.getvalue().splitlines()]


# ---- nothing that is nobody's business -------------------------------------------------------------


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as provider:
        yield provider


async def test_a_whole_evening_leaves_no_name_word_or_secret_in_the_log_even_at_debug(serve: Serve, provider: Provider) -> None:
    provider.plays(failure("401 Unauthorized", f"Incorrect API key provided: {KEY} for {WORDS}"), answer(f"I like {WORDS}."))
    server = await asyncio.to_thread(
        serve, LOG_LEVEL="debug", LOG_FORMAT="text", OPERATOR_TOKEN=OPERATOR, ROOM_PASSWORD=PASSWORD, LLM="openai:test",
        OPENAI_API_KEY=KEY, OPENAI_BASE_URL=provider.url, NO_PROXY="127.0.0.1",
    )  # fmt: skip
    secret = await evening(server)
    await asyncio.to_thread(server.stop)
    printed = server.printed()
    assert printed.count("answered") >= 2
    for canary in ("canary", "Annabelle", "Bartholomew", "Zebracorp", "Incorrect", "wanted-title", *filter(None, secret)):
        assert canary not in printed, f"{canary!r} is in the log"
    assert not re.search(r"\?\w+=|Bearer|token=", printed), "a query string or a header is in the log"


async def evening(server: Server) -> list[str]:
    """Ann makes a room by invitation, Bart comes by it, they talk, search, fail, are refused, and are forgotten. Their secrets."""
    async with httpx2.AsyncClient(base_url=server.url, timeout=20, headers={"x-pocketroom": "1"}) as http:
        await http.post("/api/password", json={"password": "not-the-canary"})
        ann = (await http.post("/api/password", json={"password": PASSWORD})).json()["token"]
        mine = {"authorization": f"Bearer {ann}"}
        room = (await http.post("/api/rooms", json={"title": "wanted-title"}, headers=mine)).json()["name"]
        invitation = (await http.post(f"/api/rooms/{room}/invitations", json={}, headers=mine)).json()["invitation"]
        link = (await http.post("/api/links", headers=mine)).json()["link"]
        bart = (await http.post("/api/sessions", json={"link": link})).json()["token"]
        await http.post("/api/sessions", json={"link": link})
        his = {"authorization": f"Bearer {bart}"}
        await http.post(f"/api/rooms/{room}/members", json={"invitation": invitation}, headers=his)
        await http.post(f"/api/rooms/{room}/members", json={"invitation": invitation + "x"}, headers=his)
        for _ in range(2):
            said = await http.post(f"/api/rooms/{room}/messages?wait=15&name=Bartholomew", json={"content": f"Pocket, what of {WORDS}?"}, headers=mine)
            assert said.status_code == 200, said.text
        await http.post(f"/api/rooms/{room}/frames", content=f"no JSON of {WORDS}", headers=mine)
        await http.get(f"/api/rooms/{room}/search?q=Zebracorp", headers=mine)
        await http.get("/nowhere/canary?token=canary", headers=mine)
        await http.get(f"/api/rooms/{room}/messages?limit=canary", headers=mine)
        await http.get("/metrics", headers={"authorization": "Bearer canary-guess"})
        await http.post("/api/announce", json={"content": WORDS}, headers={"authorization": f"Bearer {OPERATOR}"})
        async with connect(f"{server.url.replace('http', 'ws')}/ws/{room}?name=Annabelle", additional_headers=mine) as socket:
            await socket.recv()
            await socket.send(f"no JSON of {WORDS}")
            await socket.send(json.dumps({"type": "message", "content": WORDS}))
            await socket.recv()
        await http.delete(f"/api/rooms/{room}", headers=mine)
        await http.delete("/api/person", headers=mine)
    return [ann, bart, invitation, link, room]


def test_an_error_is_told_without_what_it_says_unless_python_or_the_system_said_it(written: io.StringIO) -> None:
    try:
        try:
            int(WORDS)
        except ValueError as error:
            raise FileNotFoundError(2, "No such file", WORDS) from error
    except FileNotFoundError as error:
        event("failed", error=error)
        logging.getLogger("somebody's").error("it failed at /ws/tea?name=Ann", exc_info=True)
    assert WORDS not in written.getvalue()
    ours, theirs = lines(written)
    for told in (ours, theirs):
        assert "ValueError (" in told["traceback"]
        assert told["traceback"].endswith("FileNotFoundError: No such file")
        assert "test_logs.py" in told["traceback"]
    assert theirs["message"] == "it failed at /ws/tea?…"


def test_what_asyncio_reports_is_told_without_what_was_passed_around(written: io.StringIO) -> None:
    async def fail() -> None:
        raise RuntimeError(WORDS)

    async def go_wrong() -> None:
        asyncio.get_running_loop().call_soon(lambda *_: [][0], WORDS)
        await asyncio.wait([asyncio.create_task(fail(), name=WORDS)])

    asyncio.run(go_wrong())  # with nobody else's idea of what to do with what went wrong
    assert WORDS not in written.getvalue()
    told = [line["message"] for line in lines(written) if line.get("logger") == "asyncio"]
    assert any(line.startswith("Exception in callback") for line in told)
    assert "Task exception was never retrieved" in told


def test_nobody_can_write_lines_of_their_own(written: io.StringIO) -> None:
    event("refused", code='a"b\n2026-11-22T00:00:00.000Z info started\x1b[2J')
    logging.getLogger("theirs").warning("one\r\ntwo \x1b[31mred")
    assert len(lines(written)) == 2
    record = logging.getLogger("theirs").makeRecord("theirs", logging.INFO, "", 0, "x", (), None, extra={"fields": {"code": "a b\nc\x1b="}})
    assert re.fullmatch(r'\S+Z info x code="a b c ="', Text().format(record))


@pytest.mark.parametrize("form", [Text(), Json()], ids=["text", "json"])
def test_a_room_stands_there_as_a_tag_that_its_name_leads_to(form: logging.Formatter) -> None:
    record = logging.getLogger("ours").makeRecord("ours", logging.INFO, "", 0, "room_deleted", (), None, extra={"fields": {"room": "secret-plans"}})
    assert "secret" not in form.format(record)
    assert tag("secret-plans") in form.format(record)
    assert tag("secret-plans") != tag("secret-plan")


def test_a_chain_of_errors_that_leads_into_itself_comes_to_an_end() -> None:
    first, second = KeyError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert traceback_of(first).count("Traceback") == 2


# ---- what stands there -----------------------------------------------------------------------------


async def test_the_log_tells_who_came_what_was_answered_and_that_the_server_stopped(serve: Serve, join: Join, room: str) -> None:
    server = await asyncio.to_thread(serve, LOG_LEVEL="info", LOG_FORMAT="json")
    ann = await join("Ann", at=server)
    bea = await join("Bea", at=server)
    await ann.finished(await ann.say("Pocket, hello"))
    before = len(events_of(server))
    for _ in range(20):
        await ann.say("hello Bea")
        await bea.say("hello Ann")
    assert len(events_of(server)) == before, "two people's talk is in the log"
    await bea.leave()
    await asyncio.to_thread(server.stop)
    told = events_of(server)
    assert [line["event"] for line in told if line["event"] in ("started", "stopping", "stopped")] == ["started", "stopping", "stopped"]
    came, left = named("came_in", told), named("left", told)
    assert [line["person"] for line in came] == [ann.you["id"], bea.you["id"]]
    assert {line["room"] for line in came} == {tag(room)}
    assert bea.you["id"] in {line["person"] for line in left}
    assert len({line["request"] for line in came}) == 2
    (answered,) = named("answered", told)
    assert (answered["status"], answered["provider"], answered["room"]) == ("complete", "fake", tag(room))
    assert answered["output"] > 0
    assert answered["ms"] >= 0


async def test_every_answer_bears_an_id_of_ours_that_the_log_knows(house: OpenHouse, written: io.StringIO) -> None:
    async with house(log_level="debug") as (http, port):
        http.headers["x-request-id"] = "mine"
        answers = [await http.get(path) for path in ("/", "/static/style.css", "/api/rooms/UPPER/messages", "/nowhere", "/ready", "/health")]
        answers.append(await http.get("/", headers={"host": "evil.example"}))
        answers.append(await http.post("/api/rooms/tea/messages", json={}, headers={"origin": "https://evil.example"}))
        ids = [answer.headers["x-request-id"] for answer in answers]
        async with connect(f"ws://127.0.0.1:{port}/ws/tea") as socket:
            assert socket.response is not None
            ids.append(socket.response.headers["x-request-id"])
        with pytest.raises(InvalidStatus) as denied:
            await connect(f"ws://127.0.0.1:{port}/ws/UPPER")
        ids.append(denied.value.response.headers["x-request-id"])
    assert len({*ids, "mine"}) == len(ids) + 1
    told = {line.get("request"): line for line in lines(written)}
    assert {*ids} <= told.keys()
    refused = told[ids[2]]
    assert (refused["event"], refused["status"], refused["code"], refused["address"]) == ("refused", 404, "not_found", "127.0.0.1")
    assert refused["door"] == "/api/rooms/{room}/messages"
    assert told[ids[3]]["door"] == "none"
    assert [told[id]["status"] for id in ids[6:8]] == [400, 403]
    assert told[ids[-1]]["status"] == 404


async def test_a_wrong_token_and_an_operators_visit_are_told(house: OpenHouse, written: io.StringIO) -> None:
    async with house(operator_token=OPERATOR) as (http, _):
        for token in ("wrong", OPERATOR):
            await http.post("/api/backup", headers={"authorization": f"Bearer {token}"})
        assert (await http.get("/metrics", headers={"authorization": f"Bearer {OPERATOR}"})).status_code == 200
    (guessed,) = named("bad_guess", lines(written))
    assert (guessed["level"], guessed["address"]) == ("warning", "127.0.0.1")
    assert [line["door"] for line in named("operator", lines(written))] == ["/api/backup"], "each scrape is no event"


async def test_a_door_that_fails_answers_with_an_id_under_which_the_log_has_the_traceback(written: io.StringIO) -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError(WORDS)

    app = Visits(fail, Tally("fake"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as http:
        failed = await http.get("/api/rooms/tea/messages")
    assert (failed.status_code, failed.headers["content-type"]) == (500, problem.MEDIA_TYPE)
    told = named("failed", lines(written))[0]
    assert told["request"] == failed.headers["x-request-id"]
    assert "ValueError (" in told["traceback"]
    assert WORDS not in written.getvalue() + failed.text


def test_of_uvicorn_whoever_starts_it_reads_where_it_is_and_nothing_of_visits(written: io.StringIO) -> None:
    for name, level, told in (
        ("uvicorn.error", logging.INFO, "Uvicorn running on http://127.0.0.1:8000"), ("uvicorn.access", logging.INFO, f"GET /?name={WORDS}"),
        ("uvicorn.error", logging.INFO, f'"WebSocket /ws/tea?name={WORDS}" [accepted]'), ("uvicorn.error", logging.DEBUG, f"< TEXT {WORDS}"),
        ("websockets.server", logging.DEBUG, f"< TEXT {WORDS}"),
    ):  # fmt: skip
        logging.getLogger("theirs").handle(logging.LogRecord(name, level, "", 0, told, (), None))
    assert [line["message"] for line in lines(written)] == ["Uvicorn running on http://127.0.0.1:8000"]


@pytest.mark.parametrize(("level", "told"), [("debug", True), ("info", False)])
async def test_only_debug_has_a_line_for_each_request(house: OpenHouse, written: io.StringIO, level: str, told: bool) -> None:
    async with house(log_level=level) as (http, _):
        assert (await http.post("/api/rooms/tea/messages", json={"content": "hello"})).status_code == 201
    doors = {line["door"] for line in named("request", lines(written))}
    assert ("/api/rooms/{room}/messages" in doors) is told


async def test_uvicorns_own_complaints_are_lines_of_the_same_kind(house: OpenHouse, written: io.StringIO) -> None:
    async with house() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"this is no HTTP of Zebracorp\r\n\r\n")
        await reader.read()
        writer.close()
        await writer.wait_closed()
    complaints = [(line["logger"], line["level"], line["message"]) for line in named("log", lines(written))]
    assert ("uvicorn.error", "warning", "Invalid HTTP request received.") in complaints


# ---- a flood ---------------------------------------------------------------------------------------


async def test_of_a_flood_the_first_lines_are_written_and_then_how_many_more_there_were(
    house: OpenHouse, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LINES", 5)
    async with house() as (http, _):
        for _ in range(20):
            await http.get(f"/nowhere/{secrets.token_hex(4)}")
    refused, more = named("refused", lines(written)), named("more", lines(written))
    assert len(refused) + sum(line["lines"] for line in more) == 20
    assert len(refused) + len(more) < 20
    assert {(line["of"], line["most"], line["addresses"]) for line in more} == {("refused", "127.0.0.1", 1)}


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told() -> dict[str, Kind]:
    return {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limit(told: dict[str, Kind], clock: Clock) -> Iterator[Limit]:
    limit = Limit(told.__setitem__, clock)
    yield limit
    limit.close()  # and its timer with it


def test_a_flood_of_one_kind_takes_nothing_from_another(limit: Limit, told: dict[str, Kind], clock: Clock) -> None:
    allowed = [limit.allows("refused", logging.INFO, f"192.0.2.{n % 3}") for n in range(10 * LINES)]
    assert sum(allowed) == LINES
    assert limit.allows("answered", logging.INFO)
    assert not told, "the window is open"
    clock.now += SECONDS
    assert limit.allows("refused", logging.INFO)
    assert told["refused"].addresses.total() == 9 * LINES
    assert "answered" not in told


def test_what_a_limit_remembers_is_bounded_however_many_kinds_and_addresses_there_are(
    limit: Limit, told: dict[str, Kind], clock: Clock
) -> None:
    for n in range(5 * logs.ADDRESSES):
        limit.allows("refused", logging.INFO, f"address {n}")
        limit.allows(f"kind {n}", logging.INFO)
    limit.close()
    assert len(told) <= logs.KINDS + 1
    assert len(told["refused"].addresses) == logs.ADDRESSES + 1
    assert told["refused"].addresses.total() == 5 * logs.ADDRESSES - LINES


def test_a_flood_that_ends_is_told_though_nothing_follows(limit: Limit, told: dict[str, Kind], monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(logs, "SECONDS", 0.05)
    monkeypatch.setattr(limit, "_tell", lambda name, kind: over.set())
    while limit.allows("refused", logging.INFO):
        pass
    assert over.wait(20)


# ---- whether it is ready ---------------------------------------------------------------------------


async def test_a_server_that_stops_is_healthy_and_not_ready(tmp_path: Path) -> None:
    async with opened(tmp_path) as app, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port_of(app)}") as http:
        assert (await http.get("/ready")).json() == {"status": "ok"}
        async with person(port_of(app), "tea", "Ann"):
            app.state.house.stop()
            refused = await http.get("/ready")
            assert (refused.status_code, refused.json()["status"]) == (503, "unavailable")
            assert (await http.head("/ready")).status_code == 503
            assert (await http.get("/health")).status_code == 200


async def test_a_server_that_cannot_save_is_not_ready_and_says_why_in_the_log(house: OpenHouse, written: io.StringIO, tmp_path: Path) -> None:
    async with house() as (http, _):
        (tmp_path / "room.db").rename(tmp_path / "away.db")
        refused = await http.get("/ready")
        assert (await http.post("/api/rooms/tea/messages", json={"content": WORDS})).status_code == 503
        (tmp_path / "away.db").rename(tmp_path / "room.db")
    assert (refused.status_code, refused.json()["status"]) == (503, "unavailable")
    assert {line["level"] for line in named("unsaved", lines(written))} == {"error"}
    assert WORDS not in written.getvalue()
