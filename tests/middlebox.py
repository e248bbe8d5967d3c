"""What stands between people and a server on a bad line: lets HTTP through and no WebSocket, keeps back what streams, or is a wall."""

import asyncio
import contextlib
import re
from typing import Literal, Self

CHUNK = 64 * 1024  # bytes that it holds in each direction; where it buffers, a whole response
ANSWERS = {"portal": ("200 OK", "<h1>Log in</h1>"), "lost": ("404 Not Found", "<h1>Not Found</h1>")}  # to whatever is asked
REFUSAL = ("403 Forbidden", "<h1>Forbidden</h1>")

Manner = Literal["passes", "strips", "refuses", "swallows", "resets", "buffers", "portal", "lost", "renames"]


class Middlebox:
    """Listens on `port` and passes requests on to the port `upstream`, in its manner.

    It passes all; strips the Upgrade off; refuses upgrades; lets them through and swallows what comes then; resets them; refuses
    them and buffers every response; answers everything itself; or asks for a Host of its own. `paths` are those that were asked for.
    """

    def __init__(self, upstream: int, manner: Manner) -> None:
        self.upstream, self.manner = upstream, manner
        self.paths: list[str] = []
        self._lines: set[asyncio.Task[None]] = set()
        self._asked = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """Cut every line."""
        lines = list(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def is_asked(self) -> None:
        """Wait for the next request."""
        self._asked.clear()
        await self._asked.wait()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._carry(reader, writer))
        self._lines.add(line)
        line.add_done_callback(lambda line: (self._lines.discard(line), writer.transport.abort()))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, EOFError):
                head = await reader.readuntil(b"\r\n\r\n")
                self.paths.append(head.split()[1].decode())
                self._asked.set()
                await self._pass(head, reader, writer)
        finally:
            writer.transport.abort()

    async def _pass(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upgrades = b"\r\nupgrade: websocket" in head.lower()
        if self.manner in ANSWERS or (upgrades and self.manner in ("refuses", "buffers")):
            status, page = ANSWERS.get(self.manner, REFUSAL)
            writer.write(f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n{page}".encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        elif not (upgrades and self.manner == "resets"):
            change = {"strips": without_upgrade, "renames": with_another_host}.get(self.manner, bytes)
            await self._forward(change(head), upgrades, reader, writer)

    async def _forward(self, head: bytes, upgrades: bool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream)
        to_server.write(head)
        asking = asyncio.create_task(pump(reader, to_server))
        try:
            if upgrades and self.manner == "swallows":
                writer.write(await from_server.readuntil(b"\r\n\r\n"))
                await from_server.read(-1)
            elif self.manner == "buffers":
                writer.write(await from_server.read(-1))
            else:
                await pump(from_server, writer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        finally:
            to_server.transport.abort()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


def without_upgrade(head: bytes) -> bytes:
    """As a proxy passes it on that knows nothing of upgrades."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"upgrade:", b"connection:"))]
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])


def with_another_host(head: bytes) -> bytes:
    return re.sub(rb"(?i)\r\nhost: [^\r]*", b"\r\nHost: chat.example.com", head)


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
