"""One WebSocket, kept: a thread that connects, reads, and connects again until it is closed."""

import random
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, NamedTuple, Protocol

import websocket

SILENCE = 10  # seconds without a byte after which we ping; after as many more the line is dead
PAUSES = (0.5, 1, 2, 4, 8, 16, 30)  # seconds between two tries at most, of which a random part is waited
OUTGOING = 1_000  # messages sent while the line is down, which wait for it; one more is refused
FINAL = {1002, 1003, 1007, 1008, 1009, 1010}  # close codes that would be the same the next time
TEMPORARY = {408, 425, 429}  # the only refusals below 500 after which another try makes sense

Given = str | Callable[[], str]
Headers = dict[str, str] | list[str] | None


class Event(NamedTuple):
    kind: Literal["open", "message", "error", "close"]
    values: tuple = ()


class Receiver(Protocol):
    def put(self, event: Event) -> None: ...  # in the line's thread, which it may hold up over a message
    def clear(self) -> None: ...
    def close(self) -> None: ...


class Line:
    """`address` and `header` may be callables, asked anew for each try: so the application's position travels."""

    def __init__(self, address: Given, receiver: Receiver, header: Headers | Callable[[], Headers] = None) -> None:
        self.address, self.receiver, self.header = address, receiver, header
        self.state: Literal["connecting", "open", "waiting", "ended"] = "connecting"
        self.reason = ""  # why it is not open
        self.thread = threading.Thread(target=self._stay, name="websocket line", daemon=True)
        self._socket: websocket.WebSocket | None = None  # while it may be sent over
        self._raw: socket.socket | None = None
        self._sending = threading.RLock()
        self._outgoing: deque[str | bytes] = deque()
        self._closing = self._anew = False
        self._heard = False  # anything, also a pong: then the line was good, and the pauses begin anew
        self._wake = threading.Event()

    def send(self, text: str | bytes) -> None:
        """Send now, or when the line is back, in order. What a dying line took along is lost, unless you ask for receipts."""
        with self._sending:
            if self._socket:
                with suppress(websocket.WebSocketException, OSError):  # so it did not go out whole
                    return self._transmit(self._socket, text)
            if self._closing or self.state == "ended":
                raise ConnectionError(f"The line has ended. {self.reason}")
            if len(self._outgoing) >= OUTGOING:
                raise ConnectionError(f"{OUTGOING} messages wait for the line already. {self.reason}")
            self._outgoing.append(text)

    def reconnect(self) -> None:
        """Forget what waits to be read, and connect again at once, to wherever `address` says by then."""
        self._anew = True
        self._hang_up()

    def close(self) -> None:
        """For good. Returns at once; the thread sees to the rest."""
        self._closing = True
        self.receiver.close()
        self._hang_up()

    def _hang_up(self) -> None:
        """Wake the thread, from any other and without ever waiting: Streamlit's event loop may be the one that asks."""
        self._wake.set()
        line, raw = self._socket, self._raw
        if line and raw and self._sending.acquire(blocking=False):
            with suppress(websocket.WebSocketException, OSError, ValueError):
                if select.select([], [raw], [], 0)[1]:
                    line.send_close()
            self._sending.release()
        if raw:
            with suppress(OSError):  # not SSLSocket's own shutdown, which would have the next byte go out in the clear
                socket.socket.shutdown(raw, socket.SHUT_RDWR)

    def _stay(self) -> None:
        failures = 0
        while not self._closing:
            self._wake.clear()
            if self._anew:
                self._anew = False
                self.receiver.clear()
            self._heard = False
            self.state = "connecting"
            final = self._visit()
            failures = 0 if self._heard else failures + 1
            if self._closing or (final and not self._anew):
                break
            if not self._anew:
                self.state = "waiting"
                self._wake.wait(random.uniform(0, PAUSES[min(failures, len(PAUSES) - 1)]))
        self.state = "ended"

    def _visit(self) -> bool:
        """Connect and read until it ends; returns whether trying again would be of no use."""
        line = websocket.WebSocket(enable_multithread=True, skip_utf8_validation=True)  # we decode strictly ourselves
        code, reason, final = None, None, False
        try:
            line.connect(asked(self.address), header=asked(self.header), timeout=SILENCE)
            self._raw = line.sock
            self._open(line)
            code, reason = self._read(line)
            self.reason = f"The server closed the line ({code}{f': {reason}' if reason else ''})."
            final = code in FINAL
        except Exception as error:  # of the network, the server, or a callable that was given: told, and tried again
            self.reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            status = getattr(error, "status_code", None) or 0
            final = 400 <= status < 500 and status not in TEMPORARY
            if not (self._closing or self._anew):
                self.receiver.put(Event("error", (error,)))
        finally:
            self._leave(line)
        self.receiver.put(Event("close", (code, reason)))
        return final

    def _open(self, line: websocket.WebSocket) -> None:
        with self._sending:  # whoever sends meanwhile waits: a handshake goes first, then what waited for the line
            self._socket = line
            self.state, self.reason = "open", ""
            self.receiver.put(Event("open"))
            while self._outgoing:
                self._transmit(line, self._outgoing[0])
                self._outgoing.popleft()

    def _transmit(self, line: websocket.WebSocket, text: str | bytes) -> None:
        line.send(text, websocket.ABNF.OPCODE_TEXT if isinstance(text, str) else websocket.ABNF.OPCODE_BINARY)

    def _read(self, line: websocket.WebSocket) -> tuple[int | None, str | None]:
        asked = False
        while not (self._closing or self._anew):
            try:
                opcode, data = line.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if asked:
                    raise
                line.ping()
                asked = True
                continue
            asked = False
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return (int.from_bytes(data[:2]), data[2:].decode(errors="replace")) if data else (None, None)
            self._heard = True
            if opcode in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
                text = data.decode() if opcode == websocket.ABNF.OPCODE_TEXT else data
                self.receiver.put(Event("message", (text,)))
        return None, None

    def _leave(self, line: websocket.WebSocket) -> None:
        with self._sending:
            self._socket = self._raw = None
        line.shutdown()


def asked(given: Any) -> Any:
    return given() if callable(given) else given
