"""A scripted OpenAI-compatible server on loopback: real HTTP, real server-sent events.

A script is what it does for one request, step by step: bytes are sent, a number of seconds is a pause, an Event is
waited for, a Fault befalls the line. After the last step the connection is closed in good order.
"""

import asyncio
import contextlib
import json
import re
import socket
import ssl
import struct
import time
from asyncio import Event, StreamReader, StreamWriter
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

PATIENCE = 10  # seconds for what should happen at once


class Fault(Enum):
    SILENCE = "nothing more comes, and the connection stays open"
    MURMUR = "comments come that are no content, and the connection stays open"
    RESET = "the connection breaks off"


Step = bytes | float | Event | Fault
Script = Sequence[Step]


@dataclass
class Call:
    """One request, and what became of it."""

    headers: dict[str, str]
    body: dict[str, Any]
    gone: Event = field(default_factory=Event)
    gone_at: float = 0.0  # on the monotonic clock

    @property
    def prompt(self) -> list[dict[str, str]]:
        return self.body["messages"]

    @property
    def scene(self) -> str:
        """What the model was told about where it is."""
        return self.prompt[0]["content"]

    @property
    def said(self) -> str:
        """All that was said in the room, as the model was told, without the times: `Ann: hello`, `(I) hello`."""
        return "\n".join(told(message) for message in self.prompt[1:])

    async def client_is_gone(self) -> float:
        """When the client closed its connection in the middle of the script."""
        async with asyncio.timeout(PATIENCE):
            await self.gone.wait()
        return self.gone_at


class Provider:
    """Plays the scripts it is given, one per request, and `Yes.` when it has none. `calls` are the requests so far."""

    def __init__(self, listener: socket.socket | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._listener, self._tls = listener or socket.create_server(("127.0.0.1", 0)), tls
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self.calls: list[Call] = []
        self._scripts: deque[Script] = deque()
        self._usual: Script = answer("Yes.")
        self._new_call = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()

    def plays(self, *scripts: Script) -> None:
        self._scripts.extend(scripts)

    def always_plays(self, script: Script) -> None:
        """Whenever there is no other script."""
        self._usual = script

    async def call(self, number: int = 1) -> Call:
        """The first, second, … request, as soon as it is here."""
        async with asyncio.timeout(PATIENCE), self._new_call:
            await self._new_call.wait_for(lambda: len(self.calls) >= number)
        return self.calls[number - 1]

    async def __aenter__(self) -> "Provider":
        self._listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._accepting.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self._accepting, *self._tasks, return_exceptions=True)
        self._listener.close()

    async def _accept(self) -> None:
        """Not asyncio.start_server: in Python 3.11 a connection that comes as it is closed fails its assertion."""
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            task = asyncio.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _, connection=connection: connection.close())  # also if it never began

    async def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.CancelledError):
            reader, writer = await connected(connection, self._tls)
            try:
                await self._answer(await receive(reader), reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer(self, call: Call, reader: StreamReader, writer: StreamWriter) -> None:
        script = self._scripts.popleft() if self._scripts else self._usual
        async with self._new_call:
            self.calls.append(call)
            self._new_call.notify_all()
        playing = asyncio.create_task(play(script, writer))
        leaving = asyncio.create_task(watch(call, reader))
        try:
            await asyncio.wait([playing, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (playing, leaving):
                task.cancel()
            await asyncio.gather(playing, leaving, return_exceptions=True)


def told(message: dict[str, str]) -> str:
    """A message of a prompt, as one line if it is one."""
    if message["role"] == "assistant":
        return f"(I) {message['content']}"
    stamp, _, text = message["content"].partition("\n")
    who = re.fullmatch(r'\[[^\]]+\] "([^"]+)"(?: to "[^"]+")?:', stamp)
    assert who, f"{stamp!r} is no stamp"
    return f"{who[1]}: " + "\n".join(line.removeprefix("  ") for line in text.split("\n"))


async def connected(connection: socket.socket, tls: ssl.SSLContext | None) -> tuple[StreamReader, StreamWriter]:
    """The server's end of `connection`."""
    loop, reader = asyncio.get_running_loop(), StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection, ssl=tls)
    return reader, StreamWriter(transport, protocol, reader, loop)


async def receive(reader: StreamReader) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    if "content-length" not in headers:
        raise ConnectionError("somebody else's request, who had this port before")
    return Call(headers, json.loads(await reader.readexactly(int(headers["content-length"]))))


async def watch(call: Call, reader: StreamReader) -> None:
    """Until the client has closed its connection."""
    with contextlib.suppress(ConnectionError):
        await reader.read()
    call.gone_at = time.monotonic()
    call.gone.set()


async def play(script: Script, writer: StreamWriter) -> None:
    for step in script:
        match step:
            case bytes():
                writer.write(step)
                await writer.drain()
            case float():
                await asyncio.sleep(step)
            case Event():
                await step.wait()
            case Fault.SILENCE:
                await Event().wait()
            case Fault.MURMUR:
                await play([b": still here\n\n", 0.05] * 1_000, writer)
            case Fault.RESET:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()


# ---- what scripts are made of --------------------------------------------------------------------


def head(status: str = "200 OK", content_type: str = "text/event-stream", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-type: {content_type}", "connection: close", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def event(data: Any) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def delta(content: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content, **more} if content is not None else more, "finish_reason": finish}
    return event(completion([choice]))


def usage(input: int, output: int) -> bytes:
    tokens = {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}
    return event(completion([], usage=tokens))


def completion(choices: list[Any], **more: Any) -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "test", "choices": choices, **more}


DONE = b"data: [DONE]\n\n"


def begun(*texts: str) -> list[Step]:
    """The beginning of an answer."""
    return [head(), delta("", role="assistant"), *map(delta, texts)]


def answer(*texts: str, finish: str = "stop") -> list[Step]:
    """A whole answer, as OpenAI sends it."""
    return [*begun(*texts), delta(finish=finish), usage(7, 3), DONE]


def slowly(texts: Iterable[str], pause: float = 0.01) -> list[Step]:
    """An answer that has not ended when its texts have."""
    return [*begun(), *(step for text in texts for step in (delta(text), pause)), Fault.SILENCE]


def failure(status: str, message: str, *more: str) -> list[Step]:
    """An error as OpenAI sends it: it repeats what it was sent."""
    return [head(status, "application/json", *more), json.dumps({"error": {"message": message, "type": "x"}}).encode()]


def byte_by_byte(script: Script) -> list[Step]:
    """The same, every byte in a TCP segment of its own."""
    return [step for steps in script for step in ([bytes([byte]) for byte in steps] if isinstance(steps, bytes) else [steps])]


def cut_short(*texts: str) -> list[Step]:
    """A chunked body that ends before its last chunk, as behind a proxy that gave up."""
    body = b"".join(map(delta, texts))
    return [head("200 OK", "text/event-stream", "transfer-encoding: chunked"), f"{len(body):x}\r\n".encode() + body + b"\r\n"]
