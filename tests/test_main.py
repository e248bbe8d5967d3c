"""Starting: `python main.py` and `uvicorn main:app`."""

import asyncio
import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Join
from tests.member import Member
from tests.server import ROOT, Server, free_port
from websockets.asyncio.client import connect

from utils.limits import READING_PER_MINUTE


def start(**settings: str) -> subprocess.CompletedProcess[str]:
    """`python main.py` that is expected to end by itself."""
    command = [sys.executable, str(ROOT / "main.py")]
    return subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=20)


def assert_told_in_a_sentence(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ended.returncode not in (0, None)
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    for word in words:
        assert word in ended.stderr


def test_the_start_tells_where_to_click_who_speaks_and_where_the_log_is(serve: Callable[..., Server]) -> None:
    server = serve(command=[sys.executable, str(ROOT / "main.py")])
    printed = server.printed()
    assert server.url in printed
    assert "offline" in printed
    assert "OPENAI_API_KEY" in printed
    assert str(server.database) in printed


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = start(PORT=port, DATABASE_URL=f"sqlite:///{tmp_path}/room.db")
    assert_told_in_a_sentence(ended, port, "PORT")


@pytest.mark.parametrize("path", ["/nowhere/at/all/room.db", "/proc/room.db"])
def test_a_file_that_cannot_be_made_is_told_in_a_sentence(path: str) -> None:
    assert_told_in_a_sentence(start(PORT=str(free_port()), DATABASE_URL=f"sqlite:///{path}"), path, "DATABASE_URL")


def test_a_file_in_use_is_told_in_a_sentence(server: Server) -> None:
    ended = start(PORT=str(free_port()), DATABASE_URL=f"sqlite:///{server.database}")
    assert_told_in_a_sentence(ended, str(server.database), "no other process")


def test_a_wrong_setting_is_told_in_a_sentence() -> None:
    assert_told_in_a_sentence(start(SPEAKS="sometimes"), "SPEAKS", "sometimes")


async def test_uvicorn_main_app_works_too(tmp_path: Path) -> None:
    folder = tmp_path / "uvicorn"
    folder.mkdir()
    server = Server(folder)
    server.command = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(server.port)]
    await asyncio.to_thread(server.start)
    try:
        async with connect(f"ws://127.0.0.1:{server.port}/ws?name=Ann") as ann:
            await ann.send('{"type": "message", "content": "!tokens=2000 for everyone"}')
            frames = []
            while not frames or frames[-1]["type"] != "end":
                frames.append(json.loads(await ann.recv()))
        assert frames[0]["type"] == "welcome"
        said = "".join(frame["content"] for frame in frames if frame["type"] == "chunk")
        assert said.split() == [str(n) for n in range(1, 2001)]
    finally:
        assert await asyncio.to_thread(server.stop) < 5
    assert "Ann" not in server.printed(), "a query string is in the log"


def test_uvicorn_main_app_tells_in_a_sentence_why_it_cannot_start() -> None:
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(free_port())]
    settings = {"DATABASE_URL": "sqlite:////nowhere/room.db"}
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=20)
    assert ended.returncode != 0
    assert "/nowhere/room.db cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_another_machine_can_be_let_in(serve: Callable[..., Server]) -> None:
    server = serve(HOST="0.0.0.0")
    links = re.findall(r"http://(\S+)", server.printed())
    assert len(links) == 2
    assert httpx2.get(f"http://{links[1]}/").status_code == 200


def test_health_tells_when_nothing_can_be_saved(server: Server) -> None:
    healthy = httpx2.get(f"{server.url}/health")
    assert (healthy.status_code, healthy.json()) == (200, {"status": "ok"})
    server.database.rename(server.database.with_name("elsewhere"))
    lost = httpx2.get(f"{server.url}/health")
    assert (lost.status_code, lost.json()["status"]) == (503, "unavailable")
    assert lost.json()["reason"]
    server.database.with_name("elsewhere").rename(server.database)
    assert httpx2.get(f"{server.url}/health").status_code == 200


@pytest.mark.parametrize("token", ["", "a-wrong-one-but-long"])
def test_no_backup_for_who_does_not_show_the_operators_token(serve: Callable[..., Server], token: str) -> None:
    server = serve(OPERATOR_TOKEN=token and "the-right-one-and-long")
    for headers in ({}, {"Authorization": f"Bearer {token or 0}"}, {"Authorization": "Bearer"}):
        assert httpx2.post(f"{server.url}/api/backup", headers=headers).status_code == 403
    assert httpx2.get(f"{server.url}/api/backup").status_code == 405


async def test_after_a_restored_backup_ann_fetches_the_room_anew(serve: Callable[..., Server]) -> None:
    server = serve(OPERATOR_TOKEN="the-operators-secret", SPEAKS="never")
    ann = await Member(server, "Ann").join()
    await ann.say("in the backup")
    async with httpx2.AsyncClient() as http:
        copy = await http.post(f"{server.url}/api/backup", headers={"Authorization": "Bearer the-operators-secret"})
    assert copy.status_code == 200
    for n in range(3):
        await ann.say(f"after the backup {n}")
    await asyncio.to_thread(server.kill)
    assert await ann.is_closed() == 1006
    server.database.write_bytes(copy.content)  # beside the WAL of the killed server
    await asyncio.to_thread(server.start)
    for n in range(5):  # Bea brings the room to a number that Ann had seen
        async with httpx2.AsyncClient() as http:
            await http.post(f"{server.url}/api/rooms/lobby/messages", json={"content": f"after the restore {n}"})
    await ann.come_back()
    assert ann.of("welcome")[-1]["resumed"] is False
    assert [m["content"] for m in ann.shown()] == ["in the backup", *(f"after the restore {n}" for n in range(5))]
    assert sorted(path.name for path in server.database.parent.glob("room.db*")) == ["room.db", "room.db-wal"]
    await ann.leave()


async def test_bea_searches_the_room_and_sees_where_her_words_stand(standing: Server, join: Join, room: str) -> None:
    ann = await join("Ann")
    ids = [await ann.say(text) for text in ("Tea at five?", "Café au lait", "tea, and a teapot for the second tea", "Goodbye")]
    await ann.does("delete", id=await ann.say("secret tea"))
    async with httpx2.AsyncClient(base_url=f"{standing.url}/api/rooms/{room}") as bea:
        answer = (await bea.get("/search", params={"q": "TEA"})).json()
        assert [found["id"] for found in answer["messages"]] == [ids[2], ids[0]]
        assert [found["excerpt"] for found in answer["messages"]] == [
            ["", "tea", ", and a ", "teapot", " for the second ", "tea", ""], ["", "Tea", " at five?"],
        ]  # fmt: skip
        assert answer["messages"][0]["author"] == {"id": ann.you["id"], "name": "Ann", "kind": "human"}
        assert answer["messages"][0].keys() == {"id", "ts", "author", "excerpt"}
        assert (answer["more"], answer["epoch"]) == (False, ann.transcript.epoch)
        answer = (await bea.get("/search", params={"q": "tea", "limit": 1})).json()
        assert (answer["messages"][0]["id"], answer["more"]) == (ids[2], True)
        answer = (await bea.get("/search", params={"q": "tea", "before": ids[2]})).json()
        assert ([found["id"] for found in answer["messages"]], answer["more"]) == ([ids[0]], False)
        for nothing in ("", "?!", '"', "secret", "x" * 5_000):
            assert (await bea.get("/search", params={"q": nothing})).json()["messages"] == []


async def test_a_room_that_is_not_there_cannot_be_searched_and_is_not_made(standing: Server, room: str) -> None:
    async with httpx2.AsyncClient(base_url=f"{standing.url}/api/rooms") as http:
        for _ in range(2):
            answer = await http.get(f"/{room}/search?q=tea")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await http.get("/No Room/search?q=tea")).status_code == 404
        assert (await http.get(f"/{room}/search?q=tea&limit=51")).status_code == 422


async def test_who_searches_too_much_is_told_to_wait_and_others_are_not(serve: Callable[..., Server]) -> None:
    server = serve(MESSAGES_PER_MINUTE="100")
    async with httpx2.AsyncClient(base_url=server.url) as mallory:
        await mallory.post("/api/rooms/lobby/messages", json={"content": "tea"})
        paths = ["search?q=tea", "export.md"] * READING_PER_MINUTE
        answers = await asyncio.gather(*(mallory.get(f"/api/rooms/lobby/{path}", timeout=60) for path in paths))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 0 < len(refused) <= READING_PER_MINUTE
        assert refused[-1].json()["code"] == "rate_limited"
        assert int(refused[-1].headers["retry-after"]) >= 1
    ann = httpx2.Headers({"Authorization": f"Bearer {secrets.token_urlsafe(32)}"})
    async with httpx2.AsyncClient(base_url=server.url, headers=ann) as http:
        assert (await http.get("/api/rooms/lobby/search?q=tea")).status_code == 200


KNOCK = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


@pytest.mark.parametrize("attempt", range(3))  # who comes at the very moment is left to chance
def test_those_who_come_in_while_the_server_stops_do_not_hold_it_up(server: Server, attempt: int) -> None:
    with contextlib.ExitStack() as people:

        def come_until_nobody_is_there() -> None:
            with contextlib.suppress(OSError):
                while True:
                    newcomer = people.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=1))
                    newcomer.sendall(KNOCK)
                    came.set()

        came = threading.Event()
        storm = threading.Thread(target=come_until_nobody_is_there)
        storm.start()
        came.wait(5)
        server.stop()
        storm.join()
    assert "Cancel" not in server.printed(), server.printed()
