"""Servers, a room for each test, and people who come in."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fork_server import Nursery
from tests.member import Member
from tests.person import chromium, enter, open_house
from tests.server import Server

__all__ = ["chromium", "enter", "open_house"]

Join = Callable[..., Awaitable[Member]]

# What takes longest, in seconds on two cores: begun first, lest all wait for the last of them where files run side by side.
LONG = {"accessibility": 100, "over_http": 90, "page": 80, "hostile": 80, "soak": 70, "transcript": 70, "composer": 50, "client": 45, "faults": 45}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: -LONG.get(item.path.stem.removeprefix("test_"), 0))


@pytest.fixture(scope="session", autouse=True)
def nursery() -> Iterator[None]:
    with Nursery() as Server.nursery:
        yield
    Server.nursery = None


@pytest.fixture(name="standing", scope="module")
def standing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that do it no harm, each in a room of its own. Its assistant answers who names it."""
    server = Server(tmp_path_factory.mktemp("standing"), SPEAKS="mentioned", MODELS="ollama:parrot")
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture(name="room")
def room_of_the_test() -> str:
    return f"room-{secrets.token_hex(6)}"


@pytest.fixture
def over() -> str:
    """What frames travel over; test_over_http.py has another one."""
    return "websocket"


@pytest.fixture(name="join")
async def let_in(request: pytest.FixtureRequest, room: str, over: str) -> AsyncIterator[Join]:
    """Let somebody into this test's room; they leave after it, and none of them may have found fault with a frame."""
    members: list[Member] = []

    async def join(name: str | None = None, at: Server | None = None, **options: Any) -> Member:
        members.append(make(name, at, **options))
        return await members[-1].join()

    def make(name: str | None, at: Server | None, **options: Any) -> Member:
        server = at or request.getfixturevalue("standing")
        return Member(server, name, options.pop("room", room), **{"over": over, **options})

    yield join
    for member in members:
        await member.leave()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with settings of one's own; they are killed after the test, and must have logged no traceback."""
    servers: list[Server] = []

    def serve(**settings: Any) -> Server:
        folder = tmp_path / f"server{len(servers)}"
        folder.mkdir()
        server = Server(folder, **settings)
        servers.append(server)
        server.start()
        return server

    yield serve
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.kill()
        assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    return serve()


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"debug": True}
