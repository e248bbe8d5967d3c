"""The listening socket: who is let in before a byte is read. What is refused here costs some microseconds and no memory.

asyncio takes connections by `accept()` of the socket it is given, and closes them by their `close()`: so a gate can stand here,
and what it counts is exact. On another event loop, and on Windows, everybody is let in as far as here.
"""

import errno
import os
import socket
import sys
from typing import Any

from utils.limits import Gate
from utils.settings import Settings

BACKLOG = 2048  # connections that the kernel holds until we take them
ACCEPTS = 16  # taken in one turn of the event loop, some 2 ms; then others have theirs
REFUSALS = 64  # closed in one turn at most
FILES = 65_536  # open files that are asked for; each connection is one
WITHOUT_FILES = (errno.EMFILE, errno.ENFILE)


class Line(socket.socket):
    """A connection, whose place is free again when it is closed."""

    __slots__ = ("gate", "host")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.gate: Gate | None = None
        self.host = ""

    def close(self) -> None:
        super().close()
        if self.gate is not None:
            self.gate.leave(self.host)
            self.gate = None


class Listener(socket.socket):
    """Lets in whom its gate lets in. `uvicorn.Config(backlog=ACCEPTS)` tells asyncio how many to take in one turn."""

    gate: Gate
    _spare = -1  # a file to close when there is no other left, so that somebody can be accepted, and refused

    def listen(self, backlog: int = 0) -> None:
        super().listen(BACKLOG)  # asyncio listens anew, with the number of those that it takes in one turn

    def accept(self) -> tuple[socket.socket, Any]:
        """The next one who may come in. Raises BlockingIOError when there is none, or there were too many who may not."""
        for _ in range(REFUSALS):
            try:
                file, address = self._accept()  # type: ignore[attr-defined]
            except OSError as error:
                if error.errno not in WITHOUT_FILES:
                    raise
                self._refuse_without_files()
                continue
            line = Line(self.family, self.type, self.proto, fileno=file)
            if self.gate.enter(address[0]):
                line.gate, line.host = self.gate, address[0]
                return line, address
            line.close()
        raise BlockingIOError(errno.EAGAIN, "too many were refused")

    def close(self) -> None:
        super().close()
        if self._spare >= 0:
            os.close(self._spare)
            self._spare = -1

    def _refuse_without_files(self) -> None:
        """asyncio would try 2,000 times, write as many tracebacks, and leave them waiting."""
        if self._spare >= 0:
            os.close(self._spare)
            self._spare = -1
        try:
            file, _ = self._accept()  # type: ignore[attr-defined]
            os.close(file)
        except OSError as error:
            raise BlockingIOError(errno.EAGAIN, "nobody waits, or there is still no file") from error
        finally:
            self.spare_a_file()

    def spare_a_file(self) -> None:
        try:
            self._spare = os.open(os.devnull, os.O_RDONLY)
        except OSError:
            self._spare = -1


def listen(settings: Settings) -> Listener:
    """A socket that listens where the settings say. Raises OSError with a sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        plain = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        where = f"{settings.host} port {settings.port}"
        raise OSError(f"cannot listen on {where} ({error.strerror or error}). Choose another PORT or HOST.") from error
    listener = Listener(plain.family, plain.type, plain.proto, fileno=plain.detach())
    listener.gate = Gate(settings, allowed_files())
    listener.spare_a_file()
    return listener


def allowed_files() -> int:
    """How many files this process may have open, after asking for more."""
    if sys.platform == "win32":
        return FILES
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return FILES if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
