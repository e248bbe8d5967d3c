"""The check of a deployment (examples/check.py): what works, what does not, and what to do about it, in words."""

import asyncio
import socket
import ssl
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from examples import check as check_module
from examples.check import check, unreachable
from tests.middlebox import Manner, Middlebox
from tests.server import ROOT, Server, free_port

STEPS = ["welcomed to the room", "a ping is answered", "what is said is saved", "Pocket answers", "a lost line is taken up"]


async def checked(url: str, room: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], str]:
    """How much does not work, what does, and the rest of what was printed."""
    fails = await check(url, room)
    printed = capsys.readouterr().out.splitlines()
    works = [line.removeprefix("ok    ") for line in printed if line.startswith("ok")]
    rest = [line for line in printed if not line.startswith("ok")]
    assert sum(line.startswith("FAIL") for line in rest) == fails
    return fails, works, "\n".join(rest)


def expected(*names: str) -> list[str]:
    return [f"{name}: {step}" for name in names for step in STEPS]


async def test_all_of_a_good_server_works_and_what_was_said_is_gone(standing: Server, room: str, capsys: pytest.CaptureFixture[str]) -> None:
    fails, works, _ = await checked(standing.url, room, capsys)
    assert fails == 0
    assert works[0].startswith("The server answers, and is well")
    wanted = expected("WebSocket", "HTTP, streaming")
    assert [line[: len(start)] for line, start in zip(works[1:], wanted, strict=True)] == wanted
    async with httpx2.AsyncClient(base_url=standing.url) as http:
        messages = (await http.get(f"/api/rooms/{room}/messages")).json()["messages"]
    assert {m["status"] for m in messages if m["author"]["kind"] == "human"} == {"deleted"}
    assert {m["author"]["name"] for m in messages if m["author"]["kind"] == "human"} == {"Check"}


@pytest.mark.parametrize(
    ("manner", "ways", "told"),
    [
        ("strips", ["HTTP, streaming"], ["No WebSocket gets through. ", "Upgrade and Connection"]),
        ("swallows", ["HTTP, streaming"], ["No WebSocket gets through. No welcome came", "Upgrade and Connection"]),
        ("buffers", ["HTTP, polling"], ["No WebSocket gets through. ", "HTTP does not stream. No welcome came", "proxy_buffering off"]),
    ],
)
async def test_what_stands_in_the_way_is_named_and_how_to_mend_it(
    standing: Server, room: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    manner: Manner, ways: list[str], told: list[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(check_module, "PATIENCE", 10 if manner == "strips" else 2)
    async with Middlebox(standing.port, manner) as box:
        fails, works, rest = await checked(f"http://127.0.0.1:{box.port}", room, capsys)
    assert fails == len(told) - 1, rest
    assert [line[: len(start)] for line, start in zip(works[1:], expected(*ways), strict=True)] == expected(*ways)
    for words in told:
        assert words in rest


async def test_a_host_that_is_not_allowed_is_told_by_name(standing: Server, room: str, capsys: pytest.CaptureFixture[str]) -> None:
    async with Middlebox(standing.port, "renames") as box:
        fails, works, rest = await checked(f"http://127.0.0.1:{box.port}", room, capsys)
    assert (fails, works) == (1, [])
    assert "ALLOWED_HOSTS=127.0.0.1" in rest


@pytest.mark.parametrize("manner", ["portal", "lost"])
async def test_what_is_no_pocketroom_is_told(standing: Server, room: str, capsys: pytest.CaptureFixture[str], manner: Manner) -> None:
    async with Middlebox(standing.port, manner) as box:
        fails, works, rest = await checked(f"http://127.0.0.1:{box.port}", room, capsys)
    assert (fails, works) == (1, [])
    assert "is no PocketRoom" in rest


async def test_where_there_is_no_room_for_more_the_setting_is_named(
    serve: Callable[..., Server], room: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_module, "PATIENCE", 2)
    server = serve(CONNECTIONS_PER_ADDRESS="1")
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET /api/rooms/{room}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await reader.readuntil(b"welcome")
        fails, _, rest = await checked(server.url, room, capsys)
        writer.close()
        await writer.wait_closed()
    assert fails == 2, rest
    assert "raise CONNECTIONS_PER_ADDRESS" in rest


async def test_an_assistant_that_cannot_answer_is_told(
    serve: Callable[..., Server], room: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve(LLM="openai:test", OPENAI_API_KEY="k", OPENAI_BASE_URL=f"http://127.0.0.1:{free_port()}")
    fails, works, rest = await checked(server.url, room, capsys)
    assert fails == 2, rest
    assert "WebSocket: Pocket cannot answer: " in rest
    assert "python -m utils.stream_llm --check" in rest
    assert len(works) == 9


async def test_an_assistant_that_is_told_to_be_silent_is_no_fault(
    serve: Callable[..., Server], room: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fails, works, _ = await checked(serve(SPEAKS="never").url, room, capsys)
    assert (fails, sum("never to speak" in line for line in works)) == (0, 2)


@pytest.mark.parametrize(
    ("error", "what", "to_do"),
    [
        (ssl.SSLCertVerificationError(1, "self-signed certificate"), "The certificate of chat.example.com is not to be trusted", "Renew"),
        (ssl.SSLError(1, "wrong version number"), "No TLS could be agreed on", "http://"),
        (socket.gaierror(-2, "Name or service not known"), "There is no chat.example.com", "typing error"),
        (ConnectionRefusedError(111, "refused"), "Nothing listens at chat.example.com:8000", "python main.py"),
        (TimeoutError(), "does not answer within", "firewall"),
        (OSError(113, "No route to host"), "No route to host", ""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_why_nothing_answers_is_told_with_what_to_do(error: OSError, what: str, to_do: str) -> None:
    failed = unreachable(error, "chat.example.com", "chat.example.com:8000")
    assert what in str(failed)
    assert to_do in failed.to_do


async def run(*arguments: str) -> tuple[int | None, str]:
    command = [sys.executable, "-W", "error", "-m", "examples.check", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    output, errors = await process.communicate()
    assert errors == b""
    return process.returncode, output.decode()


async def test_the_command_tells_by_its_exit_status(standing: Server, room: str) -> None:
    outcomes: list[Any] = [
        await run(standing.url, "--room", room), await run(f"http://127.0.0.1:{free_port()}"), await run(standing.url.replace("http", "https")),
    ]  # fmt: skip
    assert [status for status, _ in outcomes] == [0, 1, 1]
    assert f"stay in the room {room}" in outcomes[0][1]
    assert "Nothing listens" in outcomes[1][1]
    assert "No TLS" in outcomes[2][1]
