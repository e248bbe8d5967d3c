"""What README.md tells is kept here: a program of some version runs, people use it, and its file is taken away.

    python -m tests.databases.make FOLDER_OF_THE_PROGRAM VERSION

Only the protocol's oldest frames are used, so that it works with every version there was.
"""

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.server import Server

HERE = Path(__file__).parent
ROOMS = ("lobby", "tea")


def token_of(name: str) -> str:
    """A session's token that nobody has to note down."""
    return f"{name.lower()}-of-the-kept-databases".ljust(43, "-")


def main(program: Path, version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Old(Path(folder), program)
        with server.running():
            asyncio.run(talk(server))
            shown = pages(server)
        keep(server, f"version-{version}", shown)
        server.start()
        asyncio.run(begin_an_answer(server))
        server.kill()
        kept = [shutil.copy(file, HERE / f"version-{version}-killed.sqlite{end}") for end in ("", "-wal") if (file := Path(f"{server.database}{end}"))]
        assert len(kept) == 2
        with server.running():
            (HERE / f"version-{version}-killed.json").write_text(written(pages(server)))


class Old(Server):
    """The program that stands in another folder."""

    def __init__(self, folder: Path, program: Path) -> None:
        super().__init__(folder, [sys.executable, str(program / "main.py")], FAKE_LLM_TOKENS_PER_SECOND="25")
        self.settings["PYTHONPATH"] = str(program)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self.start()
        yield
        self.stop()


async def talk(server: Server) -> None:
    ann, bea = await come(server, "Ann"), await come(server, "Bea")
    hello = await does(ann, "message", content="Hello, who is here?", key="ann-1")
    await does(bea, "message", content="I am. 你好, مرحبا, Straße 👩‍👩‍👧", reply_to=hello, key="bea-1")
    wrong = await does(ann, "message", content="The meeting is on Monday", key="ann-2")
    await does(ann, "edit", id=wrong, content="The meeting is on Tuesday")
    await does(bea, "delete", id=await does(bea, "message", content="This was a mistake", key="bea-2"))
    guest = await come(server, None)
    await does(guest, "message", content="Somebody without a name was here", key="guest-1")
    bea = await come(server, "Beatrix", token="Bea")
    await does(bea, "message", content="Now I am Beatrix", key="bea-3")
    ann, bea = await come(server, "Ann", "tea"), await come(server, "Beatrix", "tea", token="Bea")
    await does(ann, "configure", title="Tea & biscuits", instructions="Be brief.", speaks="mentioned", key="ann-3")
    await does(ann, "message", content="Pocket, what is SQLite?", key="ann-4")
    await comes(ann, "end")
    await does(bea, "message", content="Pocket, tell me a long story", key="bea-4")
    begun = (await comes(bea, "start"))["id"]
    await comes(bea, "chunk")
    await does(bea, "stop", id=begun, key="bea-5")


async def begin_an_answer(server: Server) -> None:
    ann = await come(server, "Ann", "tea")
    await does(ann, "message", content="Pocket, what is SQLite, once more?", key="ann-5")
    for _ in range(4):
        await comes(ann, "chunk")


async def come(server: Server, name: str | None, room: str = "lobby", token: str | None = None) -> ClientConnection:
    url = f"ws://127.0.0.1:{server.port}/ws/{room}" + (f"?name={name}" if name else "")
    line = await connect(url, additional_headers={"Authorization": f"Bearer {token_of(token or name or 'Guest')}"})
    await comes(line, "welcome")
    return line


async def does(line: ClientConnection, type: str, key: str | None = None, **fields: Any) -> int:
    """Send a frame, and wait for its ack; returns the message's id."""
    key = key or f"{type}-{fields['id']}"
    await line.send(json.dumps({"type": type, "key": key, **fields}))
    return (await comes(line, "ack", key=key))["id"]


async def comes(line: ClientConnection, type: str, **fields: Any) -> dict[str, Any]:
    async with asyncio.timeout(20):
        async for text in line:
            frame = json.loads(text)
            if frame["type"] == type and fields.items() <= frame.items():
                return frame
    raise AssertionError(f"no {type} came")


def pages(server: Server) -> dict[str, Any]:
    """All that the program shows of each room."""
    return {room: httpx2.get(f"{server.url}/api/rooms/{room}/messages").raise_for_status().json() for room in ROOMS}


def keep(server: Server, name: str, shown: dict[str, Any]) -> None:
    shutil.copy(server.database, HERE / f"{name}.sqlite")
    (HERE / f"{name}.json").write_text(written(shown))


def written(shown: dict[str, Any]) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
