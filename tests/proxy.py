"""A TCP proxy between people and a server, with verbs for what can befall a line."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

CHUNK = 64 * 1024  # bytes that a line holds in each direction, and no more: whoever does not read stops the other
BACKLOG = 2048  # connections that wait to be accepted: a crowd comes at once
BY_RESET, IN_GOOD_ORDER = struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)  # how a socket is closed (SO_LINGER)
WAYS = ("reset", "half_open", "mid_frame")


@dataclass
class Slowness:
    """Bytes go in pieces of at most `split`, with a pause of at most `delay` seconds before each."""

    split: int = CHUNK
    delay: float = 0.0
    rng: random.Random = field(default_factory=random.Random)


class Proxy:
    """Listens on `port` and passes everything on to the port `upstream`; that and `slow` may change at any time."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.slow: Slowness | None = None
        self.lines: list[Line] = []  # those the server has taken, and that are not cut
        self.open: set[Line] = set()  # those with sockets, of which some are half open

    async def __aenter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._accepting
        self._listener.close()
        for line in list(self.open):
            await line.cut()

    async def cut(self, how: str = "reset", rng: random.Random | None = None) -> int:
        """Cut every line; see Line.cut. Returns how many."""
        lines = list(self.lines)
        for line in lines:
            await line.cut(how, rng)
        return len(lines)

    async def _accept(self) -> None:
        while True:
            client, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            Line(self, client)


class Line:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, socket.socket()
        for sock in (self._client, self._server):
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, BY_RESET)
        self._flows = asyncio.Event()
        self._flows.set()
        self._breaks = False  # at the next bytes from the server
        self._breaks_by: random.Random | None = None
        proxy.open.add(self)
        self._live(self._carry())

    # ---- what befalls it -----------------------------------------------------------------------

    async def cut(self, how: str = "reset", rng: random.Random | None = None) -> None:
        """End this line for good.

        "reset": both sides get an RST. "half_open": what either side sends is swallowed, and neither learns of it until
        the server lets go or the proxy ends. "mid_frame": a part of the next bytes from the server is passed on, by
        `rng` or a half, and then both sides get an RST.
        """
        assert how in WAYS, how
        if how == "mid_frame":
            self._breaks, self._breaks_by = True, rng
            return self.resume()
        self._task.cancel()
        await asyncio.wait([self._task])
        if how == "half_open" and self in self._proxy.open:
            self._leave_lines()
            self._live(self._swallow())
        else:
            self._close()

    def stall(self) -> None:
        """Pass nothing on and take nothing more, so that each side finds its buffers filling up."""
        self._flows.clear()

    def resume(self) -> None:
        self._flows.set()

    # ---- its life ------------------------------------------------------------------------------

    def _live(self, life: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(life)
        self._task.add_done_callback(lambda task: task.cancelled() or self._close())

    def _close(self) -> None:
        self._leave_lines()
        self._proxy.open.discard(self)
        self._client.close()
        self._server.close()

    def _leave_lines(self) -> None:
        if self in self._proxy.lines:
            self._proxy.lines.remove(self)

    async def _carry(self) -> None:
        try:
            await asyncio.get_running_loop().sock_connect(self._server, ("127.0.0.1", self._proxy.upstream))
            self._proxy.lines.append(self)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(self._client, self._server))
                both.create_task(self._pump(self._server, self._client))
            for sock in (self._client, self._server):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, IN_GOOD_ORDER)
        except* OSError:  # one side is gone, and the other gets an RST
            pass

    async def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        while data := await asyncio.get_running_loop().sock_recv(source, CHUNK):
            await self._flows.wait()
            breaks = self._breaks and source is self._server
            await self._pass(data[: self._part(len(data))] if breaks else data, sink)
            if breaks:
                raise ConnectionResetError("broken in the middle")
        sink.shutdown(socket.SHUT_WR)

    async def _pass(self, data: bytes, sink: socket.socket) -> None:
        """Hand `data` over, in pieces while the proxy is slow."""
        while data:
            size = len(data)
            if slow := self._proxy.slow:
                size = slow.split
                await asyncio.sleep(slow.rng.uniform(0, slow.delay))
            await self._flows.wait()
            await asyncio.get_running_loop().sock_sendall(sink, data[:size])
            data = data[size:]

    def _part(self, length: int) -> int:
        return self._breaks_by.randrange(length) if self._breaks_by else length // 2

    async def _swallow(self) -> None:
        client = asyncio.create_task(drain(self._client))
        try:
            await drain(self._server)
        finally:
            client.cancel()
            await asyncio.wait([client])


async def drain(sock: socket.socket) -> None:
    """Read and drop, until the other side lets go."""
    with contextlib.suppress(OSError):
        while await asyncio.get_running_loop().sock_recv(sock, CHUNK):
            pass
