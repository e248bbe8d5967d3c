"""Starting: `python main.py` and `uvicorn main:app`."""

import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from tests.member import Member
from tests.server import ROOT, Server, free_port
from websockets.asyncio.client import connect


def start(**settings: str) -> subprocess.CompletedProcess[str]:
    """`python main.py` that is expected to end by itself."""
    command = [sys.executable, str(ROOT / "main.py")]
    return subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=20)


def assert_told_in_a_sentence(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ended.returncode not in (0, None)
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    for word in words:
        assert word in ended.stderr


def test_the_start_tells_where_to_click_who_speaks_and_where_the_log_is(server: Server) -> None:
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
