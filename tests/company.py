"""People with sockets before a server: what they do, and what they see.

`house` is a server in this process, with a model or a flow of ours.
"""

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from uvicorn import Config, Server
from websockets.asyncio.client import ClientConnection, connect

from main import create_app
from tests.document import check_received
from tests.server import free_port
from utils.settings import Settings
from utils.wire import RoomProtocol

KEY = "sk-canary-0123456789"
PATIENCE = 10  # seconds for what should happen at once

Frame = dict[str, Any]


@dataclass
class Answer:
    id: int
    reply_to: int
    status: str
    text: str
    reason: str
    by: str | None


class Person:
    """Somebody with a socket: what they do, and what they see."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []

    async def sends(self, type: str, **frame: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **frame}))

    async def does(self, type: str, **frame: Any) -> Frame:
        """Sends a frame; returns the `ack` or `error` that answers it."""
        frame.setdefault("key", secrets.token_hex(8))
        await self.sends(type, **frame)
        return await self.sees("ack", "error", key=frame["key"])

    async def says(self, content: str, **frame: Any) -> int:
        """Returns the message's id."""
        return (await self.does("message", content=content, **frame))["id"]

    async def sees(self, *types: str, **fields: Any) -> Frame:
        """The first frame of these, of all that came and will come."""
        seen = 0
        async with asyncio.timeout(PATIENCE):
            while True:
                for frame in self.frames[seen:]:
                    if frame["type"] in types and fields.items() <= frame.items():
                        return frame
                seen = len(self.frames)
                await self._read()

    async def _read(self) -> None:
        raw = await self.socket.recv()
        assert KEY not in str(raw)
        self.frames.append(check_received(json.loads(raw)))

    async def looks_up(self) -> None:
        """Reads all that the server has written until now."""
        seen = len(self.frames)
        await self.sends("ping")
        while not any(frame["type"] == "pong" for frame in self.frames[seen:]):
            await self._read()

    def saw(self, type: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == type]

    async def sees_text(self, id: int, text: str) -> None:
        """Until this much of the answer is there."""
        await self.reads_until(lambda: text in self.text(id))

    async def reads_until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await self._read()

    def text(self, id: int) -> str:
        text = ""
        for chunk in self.saw("chunk"):
            if chunk["id"] == id:
                assert chunk["off"] == len(text.encode("utf-16-le")) // 2
                text += chunk["content"]
        return text

    async def sees_answer(self, question: int) -> Answer:
        start = await self.sees("start", reply_to=question)
        end = await self.sees("end", id=start["id"])
        await self.looks_up()
        text = self.text(start["id"])
        assert [end] == [frame for frame in self.saw("end") if frame["id"] == start["id"]], "one answer ended twice"
        assert end["length"] == len(text.encode("utf-16-le")) // 2
        return Answer(start["id"], question, end["status"], text, end["content"], end.get("by", {}).get("name"))

    async def asks(self, content: str, **frame: Any) -> Answer:
        return await self.sees_answer(await self.says(content, **frame))

    async def begins(self, content: str) -> int:
        """Asks, and returns the answer's id as soon as it has begun."""
        question = await self.says(content)
        return (await self.sees("start", reply_to=question))["id"]


Enter = Callable[..., Awaitable[Person]]


@asynccontextmanager
async def person(port: int, room: str, name: str) -> AsyncIterator[Person]:
    async with connect(f"ws://127.0.0.1:{port}/ws/{room}?name={name}", proxy=None) as socket:
        person = Person(socket)
        await person.sees("welcome")
        yield person


@asynccontextmanager
async def house(folder: Path, model: Any = None, flow: Any = None, **settings: Any) -> AsyncIterator[int]:
    """A server in this process whose model or flow is ours; its port."""
    async with opened(folder, model, flow, **settings) as app:
        yield port_of(app)


def port_of(app: FastAPI) -> int:
    return app.state.house.settings.port


@asynccontextmanager
async def opened(folder: Path, model: Any = None, flow: Any = None, uvicorn: Mapping[str, Any] = {}, **settings: Any) -> AsyncIterator[FastAPI]:
    """The same, to look into; `uvicorn` is told some things in another way."""
    port = free_port()
    given = {"port": port, "database_url": f"sqlite:///{folder / 'room.db'}", "llm": "fake", "llm_timeout": 5, "answers_per_minute": 0}
    app = create_app(Settings.model_validate(given | settings), model=model, flow=flow)
    server = Server(Config(app, port=port, **{"ws": RoomProtocol, "log_level": "warning", "timeout_graceful_shutdown": PATIENCE, **uvicorn}))
    with socket.create_server(("127.0.0.1", port), backlog=500) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
            yield app
        finally:
            server.should_exit = True
            await serving


async def is_idle(app: FastAPI, room: str) -> None:
    """Until the assistant in `room` has looked at all that was said, and ended its answers."""
    assistant = app.state.house.rooms._rooms[room].answerer
    async with asyncio.timeout(PATIENCE):
        while assistant.is_busy():
            await (asyncio.wait([assistant._task]) if assistant._task else asyncio.sleep(0.01))  # between two looks nothing tells
