"""What one attacker on another address cannot spoil: everything the others say arrives, memory is bounded, what is too much is refused.

How long the others wait meanwhile is measured by bench/siege.py; here nothing is timed.
"""

import asyncio
import json
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from bench.attacks import ATTACKS, enter
from bench.siege import MEMORY, Talk, peers
from bench.slow_members import resident_bytes
from tests.conftest import Join
from tests.server import PATIENCE, ROOT, Server
from utils import pace
from utils.pace import Pace

UNCONFIGURED = {"MESSAGES_PER_MINUTE": "100", "ROOMS_PER_HOUR": "30", "CONNECTIONS_PER_ADDRESS": "20", "CONNECTIONS": "2000", "SPEAKS": "never"}
SECONDS = 0.8  # of one attack
TCP_OF_ADDRESS = 100  # connections, at 20 lines
PATIENT = {"HEAD_SECONDS": 0.5, "BODY_SECONDS": 0.5, "LOOK_SECONDS": 0.1, "LINGER": 0.3}  # seconds, instead of up to half a minute

Serve = Callable[..., Server]

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc, and needs all of 127.0.0.0/8")


def command(*before: str) -> list[str]:
    return [sys.executable, "-c", "; ".join([*before, "import main", "main.main()"])]


@pytest.fixture(name="besieged", scope="module")
def besieged_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("besieged"), None, **UNCONFIGURED)
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture(name="hurried", scope="module")
def hurried_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that waits less long for heads and bodies."""
    shorter = [f"wire.{name} = {seconds}" for name, seconds in PATIENT.items()]
    server = Server(tmp_path_factory.mktemp("hurried"), command("from utils import wire", *shorter))
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture(name="talk")
async def talk_of_ten(besieged: Server) -> AsyncIterator[Talk]:
    talk = Talk(besieged.port, size=10)
    await talk.begin()
    yield talk
    for member in talk.members:
        member.hang_up()


async def attacked(server: Server, name: str, source: str) -> Counter[str]:
    attacker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.attacks", name, str(server.port), str(SECONDS), source, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    told, _ = await attacker.communicate()
    return Counter(json.loads(told))


NAMES = [attack.name for attack in ATTACKS]


@pytest.mark.parametrize("names", [NAMES[n::4] for n in range(4)], ids=", ".join)
async def test_whatever_some_do_all_that_ten_others_say_arrives(besieged: Server, talk: Talk, names: list[str]) -> None:
    assert besieged.process is not None
    before, held = resident_bytes(besieged.process.pid), Counter[str]()
    sources = {f"127.0.2.{NAMES.index(name) + 1}": name for name in names}
    sieges = asyncio.gather(*(attacked(besieged, name, source) for source, name in sources.items()))
    while not sieges.done():
        await talk.go_on(0.3)
        held |= peers(besieged.port)
        assert not talk.missing()
        assert not [member.lost for member in talk.members if member.lost]
    assert all(tally["opened"] for tally in sieges.result()), "nothing came from an attacker"
    assert max(held[source] for source in sources) < 1.5 * TCP_OF_ADDRESS  # while the kernel tells, some close and others come
    assert resident_bytes(besieged.process.pid) - before < MEMORY


# ---- the gate ------------------------------------------------------------------------------------


def line_from(source: str, server: Server, said: bytes = b"") -> socket.socket:
    line = socket.create_connection(("127.0.0.1", server.port), PATIENCE, (source, 0))
    line.sendall(said)
    return line


def is_served(line: socket.socket) -> bool:
    """Whether a request over this line is answered, or the line was closed at once."""
    try:
        line.sendall(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        return line.recv(1024).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False


async def test_an_address_that_holds_five_connections_for_each_line_gets_no_more_and_another_does(besieged: Server) -> None:
    lines = [line_from("127.0.0.2", besieged) for _ in range(TCP_OF_ADDRESS)]
    more = line_from("127.0.0.2", besieged)
    assert not await asyncio.to_thread(is_served, more)
    other = line_from("127.0.0.3", besieged)
    assert await asyncio.to_thread(is_served, other)
    for line in [*lines, more, other]:
        line.close()


async def test_places_at_the_gate_are_free_again_when_sockets_and_requests_are_over(serve: Serve, join: Join) -> None:
    server = serve(CONNECTIONS_PER_ADDRESS="200", CONNECTIONS="3", command=command("from utils import limits", "limits.TCP_OF_LINE = 1"))
    for _ in range(10):
        ann = await join("Ann", at=server)
        await ann.leave()
        async with httpx2.AsyncClient(base_url=server.url) as http:
            assert (await http.get("/health")).status_code == 200


async def test_a_server_without_a_file_left_refuses_and_serves_again_when_there_is_one(serve: Serve) -> None:
    """The gate would not let it come that far: here it believes that there are more files than there are."""
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))"
    server = serve(command=command(few, "from utils import limits", "limits.RESERVED_FILES = -1000"))
    lines = [line_from("127.0.0.2", server) for _ in range(150)]
    served = [await asyncio.to_thread(is_served, line) for line in lines]
    assert 0 < sum(served) < 100
    for line in lines:
        line.close()
    async with httpx2.AsyncClient(base_url=server.url) as http:
        assert (await http.get("/health")).status_code == 200


# ---- slow peers ----------------------------------------------------------------------------------

HEAD = b"POST /api/rooms/slow/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 24\r\n\r\n"
BODY = b'{"content": "seven o\'c"}'


async def drips(line: socket.socket, said: bytes, every: float) -> bytes:
    """Say it byte by byte, as long as somebody listens; what came back."""
    loop = asyncio.get_running_loop()
    line.setblocking(False)
    try:
        for byte in said:
            await loop.sock_sendall(line, bytes([byte]))
            await asyncio.sleep(every)
        got = b""
        while not got.endswith(b"}") and (more := await loop.sock_recv(line, 1024)):  # a head, and then JSON
            got += more
        return got
    except ConnectionError:
        return b""


async def pours(line: socket.socket) -> None:
    """Send for ever."""
    line.setblocking(False)
    while True:
        await asyncio.get_running_loop().sock_sendall(line, b"x" * 65536)


@pytest.mark.parametrize(
    ("begin", "dripped"),
    [(b"", b""), (enter("slow")[:-2], b""), (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"x-slow: " + b"y" * 1000), (HEAD, b" " * 1000)],
    ids=["silence", "half a handshake", "a head", "a body"],
)
async def test_who_takes_too_long_is_cut_off(hurried: Server, begin: bytes, dripped: bytes) -> None:
    line = line_from("127.0.0.2", hurried, begin)
    async with asyncio.timeout(PATIENCE):
        assert not await drips(line, dripped, 0.02)
    line.close()


async def test_who_goes_on_sending_what_was_refused_is_cut_off(hurried: Server) -> None:
    line = line_from("127.0.0.2", hurried, HEAD.replace(b"24", b"1000000000"))
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionError):
            await pours(line)
    line.close()


async def test_a_slow_body_on_a_bad_line_and_a_second_request_after_a_pause_are_served(standing: Server) -> None:
    line = line_from("127.0.0.2", standing, HEAD)
    for _ in range(2):
        assert (await drips(line, BODY, 0.02)).startswith(b"HTTP/1.1 201")
        await asyncio.sleep(0.5)
        line.setblocking(True)
        line.sendall(HEAD)
    line.close()


# ---- those who send too much ---------------------------------------------------------------------


async def test_mallory_who_sends_150_frames_at_once_is_read_slowly_and_has_an_answer_to_each(besieged: Server, join: Join) -> None:
    mallory, ann = await join("Mallory", at=besieged), await join("Ann", at=besieged)
    for _ in range(150):
        await mallory.send("ping")
    await ann.say("hello")
    await mallory.sees("hello")
    await mallory.until(lambda: len(mallory.of("pong")) >= 150)


async def test_an_address_that_asks_for_much_at_once_waits_and_gets_all_of_it(besieged: Server) -> None:
    async with httpx2.AsyncClient(base_url=besieged.url, limits=httpx2.Limits(max_connections=4)) as http:
        answers = await asyncio.gather(*(http.get("/health") for _ in range(300)))
    assert {answer.status_code for answer in answers} == {200}


async def test_an_address_behind_a_proxy_that_would_wait_too_long_is_told_to_come_later() -> None:
    """Without a proxy the gate lets in too few for that."""
    served: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        served.append(scope)

    async def answers_to(address: str) -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        await paced({"type": "http", "path": "/api/x", "client": (address, 1), "headers": [], "method": "GET"}, receive, send)
        return sent

    paced = Pace(app, lines=2)
    at_once, waiting = 2 * pace.OF_LINE, int(2 * pace.OF_LINE / pace.IN_SECONDS * pace.PATIENCE)
    tasks = [asyncio.create_task(answers_to("192.0.2.1")) for _ in range(at_once + waiting + 50)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(served) == at_once
    refused = [task for task in tasks if task.done() and task.result()]
    assert len(refused) >= 40
    head = refused[0].result()[0]
    assert (head["status"], dict(head["headers"])[b"retry-after"]) == (429, str(pace.PATIENCE).encode())
    assert b"content-security-policy" in dict(head["headers"])
    await answers_to("192.0.2.2")
    assert len(served) == at_once + 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
