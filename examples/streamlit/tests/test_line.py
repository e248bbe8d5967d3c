"""One line on its own, without Streamlit: what it makes of a server's moods."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from connectors import line as lines
from connectors.inbox import Inbox
from connectors.line import Event, Line
from websockets.utils import accept_key

from tests.processes import await_that
from tests.scripted import Scripted


class Kept:
    """A receiver that keeps everything."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, event: Event) -> None:
        self.events.append(event)

    def clear(self) -> None:
        self.events.clear()

    def close(self) -> None:
        """Nobody waits here."""

    def messages(self) -> list[str]:
        return [event.values[0] for event in self.events if event.kind == "message"]


@pytest.fixture(name="dial")
def lines_that_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Line, Kept]]]:
    monkeypatch.setattr(lines, "PAUSES", (0.01, 0.05))
    dialled: list[Line] = []

    def dial(address, header=None) -> tuple[Line, Kept]:
        kept = Kept()
        dialled.append(Line(address, kept, header))
        dialled[-1].thread.start()
        return dialled[-1], kept

    yield dial
    for line in dialled:
        line.close()
        line.thread.join(5)
        assert not line.thread.is_alive()


class Raw:
    """A server byte by byte, that answers each handshake with `head`."""

    def __init__(self, head: str = "101 Switching Protocols") -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.head = head
        self.lines: list[socket.socket] = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for line in [self.listener, *self.lines]:
            line.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.listener.accept()
                key = re.search(r"Sec-WebSocket-Key: (\S+)", line.recv(4096).decode(), re.IGNORECASE)
                assert key
                upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept_key(key[1])}\r\n"
                line.sendall(f"HTTP/1.1 {self.head}\r\n{upgrade}Content-Length: 0\r\n\r\n".encode())
                self.lines.append(line)


@pytest.fixture(name="raw")
def raw_server() -> Iterator[Callable[..., Raw]]:
    servers: list[Raw] = []

    def raw(*options: str) -> Raw:
        servers.append(Raw(*options))
        return servers[-1]

    yield raw
    for server in servers:
        server.close()


def test_a_frame_that_comes_in_two_halves_with_a_silence_between_is_whole(dial, raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "SILENCE", 0.2)
    server = raw()
    _, kept = dial(server.address)
    await_that(lambda: len(server.lines) == 1)
    server.lines[0].sendall(b"\x81\x0ahello")
    assert server.lines[0].recv(16)[0] == 0x89  # the line asks whether we live
    server.lines[0].sendall(b"world")
    await_that(lambda: kept.messages() == ["helloworld"])


def test_a_server_that_falls_silent_is_left_for_another(dial, raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "SILENCE", 0.1)
    server = raw()
    dial(server.address)
    await_that(lambda: len(server.lines) >= 2)


@pytest.mark.parametrize(
    ("head", "state"), [("404 Not Found", "ended"), ("403 Forbidden", "ended"), ("503 Service Unavailable", "waiting")]
)
def test_it_comes_back_to_who_is_busy_and_not_to_who_refuses(dial, raw, head: str, state: str) -> None:
    server = raw(head)
    line, _ = dial(server.address)
    await_that(lambda: line.state == state)
    assert head[:3] in line.reason
    if state == "waiting":
        await_that(lambda: len(server.lines) >= 3)
    else:
        with pytest.raises(ConnectionError):
            line.send("hello?")
        assert len(server.lines) == 1


def test_what_waits_to_be_sent_has_a_bound_and_goes_out_in_order(dial, feed: Scripted) -> None:
    feed.stop()
    line, _ = dial(feed.address)
    for number in range(lines.OUTGOING):
        line.send(str(number))
    with pytest.raises(ConnectionError, match="1000 messages wait"):
        line.send("one too many")
    feed.start()
    await_that(lambda: len(feed.heard) == lines.OUTGOING)
    assert feed.heard == list(range(lines.OUTGOING))


def test_address_and_headers_are_asked_anew_for_each_try(dial, feed: Scripted) -> None:
    tries: list[str] = []
    line, _ = dial(lambda: tries.append("address") or f"{feed.address}?try={len(tries)}", lambda: {"X-Try": str(len(tries))})
    feed.awaits(1)
    line.reconnect()
    await_that(lambda: len(feed.paths) == 2)
    assert feed.paths == ["/feed?try=1", "/feed?try=2"]


def test_an_address_that_cannot_be_told_is_asked_again(dial, feed: Scripted) -> None:
    tries: list[int] = []

    def address() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise KeyError("room")
        return feed.address

    _, kept = dial(address)
    feed.awaits(1)
    assert [event.kind for event in kept.events][:4] == ["error", "close", "error", "close"]


def test_an_inbox_at_its_bound_lets_go_of_the_line_when_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.inbox.WAITING", 1)
    inbox = Inbox(lambda: None)
    inbox.put(Event("message", ("one",)))
    held_up = threading.Thread(target=inbox.put, args=(Event("message", ("two",)),))
    held_up.start()
    await_that(lambda: inbox.held_up == 1)
    assert held_up.is_alive()
    inbox.close()
    held_up.join(5)
    assert not held_up.is_alive()
