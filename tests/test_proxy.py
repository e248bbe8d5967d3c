"""The proxy between people and a server does to a line what it says."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.proxy import CHUNK, Proxy, Slowness

PATIENCE = 10  # seconds until what should happen is given up
SILENCE = 0.05  # seconds after which nothing comes any more
MUCH = 64 * 1024 * 1024  # bytes, more than all buffers of two kernel sockets and a line

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Bea:
    """At the server's end: takes every line, and does nothing by herself."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[Ends] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Bea":
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
            await hang_up(writer)
        await self._server.wait_closed()

    async def picks_up(self) -> Ends:
        return await soon(self._lines.get())

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._lines.put_nowait((reader, writer))


@pytest.fixture(name="bea")
async def bea_at_the_other_end() -> AsyncIterator[Bea]:
    async with Bea() as bea:
        yield bea


@pytest.fixture(name="proxy")
async def proxy_to_bea(bea: Bea) -> AsyncIterator[Proxy]:
    async with Proxy(bea.port) as proxy:
        yield proxy
    assert not proxy.lines
    assert not proxy.open


@pytest.fixture(name="call")
async def ann_calls(proxy: Proxy, bea: Bea) -> AsyncIterator[Callable[[], Any]]:
    """Ann calls; returns her end of the line and Bea's."""
    writers: list[asyncio.StreamWriter] = []

    async def call() -> tuple[Ends, Ends]:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writers.append(writer)
        return (reader, writer), await bea.picks_up()

    yield call
    for writer in writers:
        writer.transport.abort()  # a goodbye would wait for whoever does not read
        await hang_up(writer)


async def soon(awaitable: Any) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await awaitable


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


class Pauses(random.Random):
    """Counts what it was asked for."""

    made = 0

    def uniform(self, a: float, b: float) -> float:
        self.made += 1
        return super().uniform(a, b)


async def bytes_until_reset(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    with contextlib.suppress(ConnectionResetError):
        while byte := await soon(reader.read(1)):
            yield byte
        raise AssertionError("there was a goodbye")


async def fill(writer: asyncio.StreamWriter) -> int:
    """Write until nothing more is taken; returns how many bytes that were."""
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < MUCH:
            writer.write(b"x" * CHUNK)
            sent += CHUNK
            await asyncio.wait_for(writer.drain(), SILENCE)
    return sent


async def hears_nothing(reader: asyncio.StreamReader) -> bool:
    try:
        return not await asyncio.wait_for(reader.read(1), SILENCE)
    except TimeoutError:
        return True


async def test_what_ann_and_bea_say_arrives_and_so_does_a_goodbye(call: Any) -> None:
    (ann_hears, ann), (bea_hears, bea) = await call()
    ann.write(b"hello")
    bea.write(b"hi")
    assert await soon(bea_hears.readexactly(5)) == b"hello"
    assert await soon(ann_hears.readexactly(2)) == b"hi"
    ann.write_eof()
    assert await soon(bea_hears.read()) == b""
    bea.write(b"bye")
    bea.write_eof()
    assert await soon(ann_hears.read()) == b"bye"


async def test_a_reset_is_one_to_ann_and_to_bea(call: Any, proxy: Proxy) -> None:
    lines = [await call(), await call()]
    assert await proxy.cut("reset") == 2
    for (ann_hears, _), (bea_hears, _) in lines:
        for hears in (ann_hears, bea_hears):
            with pytest.raises(ConnectionResetError):
                await soon(hears.read())
    assert await proxy.cut("reset") == 0


async def test_of_two_lines_one_is_cut(call: Any, proxy: Proxy) -> None:
    (ann_hears, _), _ = await call()
    (_, cleo), (bea_hears, _) = await call()
    await proxy.lines[0].cut("reset")
    with pytest.raises(ConnectionResetError):
        await soon(ann_hears.read())
    cleo.write(b"still here")
    assert await soon(bea_hears.readexactly(10)) == b"still here"


async def test_a_reset_of_anns_is_passed_on_to_bea(call: Any, proxy: Proxy) -> None:
    (_, ann), (bea_hears, _) = await call()
    ann.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    ann.transport.abort()
    with pytest.raises(ConnectionResetError):
        await soon(bea_hears.read())


async def test_of_a_half_open_line_bea_hears_nothing_though_ann_speaks_and_goes(call: Any, proxy: Proxy) -> None:
    (ann_hears, ann), (bea_hears, bea) = await call()
    assert await proxy.cut("half_open") == 1
    assert not proxy.lines
    ann.write(b"x" * 10 * CHUNK)
    bea.write(b"y" * 10 * CHUNK)
    await soon(ann.drain())
    await soon(bea.drain())
    await hang_up(ann)
    bea.write(b"are you there?")
    assert await hears_nothing(bea_hears)
    assert await soon(ann_hears.read()) == b""
    assert len(proxy.open) == 1


async def test_a_half_open_line_is_over_when_bea_lets_go(call: Any, proxy: Proxy) -> None:
    (ann_hears, _), (_, bea) = await call()
    await proxy.cut("half_open")
    await hang_up(bea)
    with pytest.raises(ConnectionResetError):
        await soon(ann_hears.read())


@pytest.mark.parametrize("rng", [None, random.Random(1)])
async def test_a_line_breaks_in_the_middle_of_what_bea_says_next(
    call: Any, proxy: Proxy, rng: random.Random | None
) -> None:
    (ann_hears, ann), (bea_hears, bea) = await call()
    assert await proxy.cut("mid_frame", rng) == 1
    ann.write(b"go on")
    assert await soon(bea_hears.readexactly(5)) == b"go on"
    bea.write(b"0123456789")
    heard = b"".join([byte async for byte in bytes_until_reset(ann_hears)])
    assert heard == b"0123456789"[: 5 if rng is None else random.Random(1).randrange(10)]
    with pytest.raises(ConnectionResetError):
        await soon(bea_hears.read())


async def test_on_a_stalled_line_nothing_comes_and_the_speaker_must_wait(call: Any, proxy: Proxy) -> None:
    (_, ann), (bea_hears, _) = await call()
    proxy.lines[0].stall()
    sent = await fill(ann)
    assert sent < MUCH
    assert await hears_nothing(bea_hears)
    proxy.lines[0].resume()
    assert len(await soon(bea_hears.readexactly(sent))) == sent


async def test_when_bea_does_not_read_the_proxy_does_not_hoard_what_ann_says(call: Any) -> None:
    (_, ann), (_, bea) = await call()
    bea.transport.pause_reading()
    assert await fill(ann) < MUCH


async def test_on_a_slow_line_everything_comes_in_small_pieces(call: Any, proxy: Proxy) -> None:
    (ann_hears, ann), (bea_hears, bea) = await call()
    proxy.slow = Slowness(split=3, delay=0.001, rng=(pauses := Pauses(1)))
    ann.write(b"0123456789")
    bea.write(b"abcdefghij")
    assert await soon(bea_hears.readexactly(10)) == b"0123456789"
    assert await soon(ann_hears.readexactly(10)) == b"abcdefghij"
    pieces = pauses.made
    assert pieces >= 8
    proxy.slow = None
    ann.write(b"quick")
    assert await soon(bea_hears.readexactly(5)) == b"quick"
    assert pauses.made == pieces


async def test_ann_is_reset_when_nobody_is_at_the_other_end_and_finds_bea_where_she_moved(
    call: Any, bea: Bea, proxy: Proxy
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        proxy.upstream = gone.getsockname()[1]
    hears, ann = await asyncio.open_connection("127.0.0.1", proxy.port)
    with pytest.raises(ConnectionResetError):
        await soon(hears.read())
    await hang_up(ann)
    proxy.upstream = bea.port
    (_, ann), (bea_hears, _) = await call()
    ann.write(b"there you are")
    assert await soon(bea_hears.readexactly(13)) == b"there you are"


async def test_no_line_outlives_the_proxy(bea: Bea) -> None:
    before = asyncio.all_tasks()
    async with Proxy(bea.port) as proxy:
        ends = [await asyncio.open_connection("127.0.0.1", proxy.port) for _ in range(3)]
        for _ in ends:
            await bea.picks_up()
        await proxy.lines[0].cut("half_open")
        proxy.lines[0].stall()
    assert not proxy.open
    for hears, writer in ends:
        with pytest.raises(ConnectionResetError):
            await soon(hears.read())
        await hang_up(writer)
    assert asyncio.all_tasks() == before
