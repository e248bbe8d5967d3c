"""The chat in a terminal (examples/terminal.py): what stands on the screen of somebody at a real terminal, before a real server."""

import asyncio
import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve as serve_websocket

from tests.conftest import Join
from tests.server import ROOT, Server

try:
    from examples.terminal import wrap
except ModuleNotFoundError:
    if os.environ.get("CI"):
        raise
    pytest.skip("prompt_toolkit is not installed: pip install -r examples/requirements.txt", allow_module_level=True)

PATIENCE = 20  # seconds until what should be seen is given up
ROWS, COLUMNS = 30, 80
CTRL_C, CTRL_D = "\x03", "\x04"
SEQUENCE = re.compile(r"\x1b\[([?>0-9;]*)([A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>78]")


class Screen:
    """What a terminal shows: as much of a VT100 as the program uses. Whatever else it is sent stands in `unknown`."""

    def __init__(self) -> None:
        self.lines, self.row, self.column = [""], 0, 0
        self.unknown: list[str] = []

    def write(self, text: str) -> None:
        at = 0
        while at < len(text):
            if sequence := SEQUENCE.match(text, at):
                self._obey(sequence[1] or "", sequence[2] or "")
                at = sequence.end()
            else:
                self._put(text[at])
                at += 1

    def _put(self, char: str) -> None:
        if char == "\n":
            self.row += 1
            self.lines += [""] * (self.row + 1 - len(self.lines))
        elif char == "\r":
            self.column = 0
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif unicodedata.category(char) == "Cc":
            self.unknown.append(char)
        else:
            if self.column == COLUMNS:
                self.column = 0
                self._put("\n")
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + char + line[self.column + 1 :]
            self.column += 1

    def _obey(self, number: str, command: str) -> None:
        count = int(number) if number.isdigit() else 1
        match command:
            case "A":
                self.row = max(0, self.row - count)
            case "B":
                self.row = min(len(self.lines) - 1, self.row + count)
            case "C":
                self.column = min(COLUMNS - 1, self.column + count)
            case "D":
                self.column = max(0, self.column - count)
            case "K":
                self.lines[self.row] = self.lines[self.row][: self.column]
            case "J":
                self.lines[self.row :] = [self.lines[self.row][: self.column]]
            case "m" | "h" | "l" | "q" | "":
                pass
            case _:
                self.unknown.append(number + command)


class Seat:
    """Somebody before a terminal in which the chat runs."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int) -> None:
        self.process, self.terminal = process, terminal
        self.screen, self.raw = Screen(), b""
        self._changed = asyncio.Event()
        asyncio.get_running_loop().add_reader(terminal, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # it left
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self.terminal)
        self.raw += data
        if len(self.raw.decode(errors="ignore").encode()) == len(self.raw):  # no half characters
            self.screen = Screen()
            self.screen.write(self.raw.decode())
        self._changed.set()

    def types(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.lines)

    async def sees(self, pattern: str) -> re.Match[str]:
        return await self._until(lambda: re.search(pattern, self.text, re.MULTILINE))

    async def sees_no(self, pattern: str) -> None:
        await self._until(lambda: not re.search(pattern, self.text, re.MULTILINE))

    async def leaves(self) -> int | None:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def grows(self) -> None:
        """Wait until there is more to see."""
        before = len(self.text)
        await self._until(lambda: len(self.text) > before)

    async def _until(self, condition: Callable[[], Any]) -> Any:
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := condition()):
                    self._changed.clear()
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"In vain. The screen:\n{self.text}") from None


Sit = Callable[..., Awaitable[Seat]]


@pytest.fixture
async def sit(room: str) -> AsyncIterator[Sit]:
    """Sit somebody down before a terminal in this test's room."""
    seats: list[Seat] = []

    async def sit(url: str, name: str = "Ann") -> Seat:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        command = [sys.executable, "-W", "error", "-m", "examples.terminal", room, "--url", url, "--name", name]
        environment = os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        seats.append(Seat(process, ours))
        return seats[-1]

    yield sit
    for seat in seats:
        if seat.process.returncode is None:
            seat.process.kill()
            await seat.process.wait()
        asyncio.get_running_loop().remove_reader(seat.terminal)
        os.close(seat.terminal)


async def test_ann_sees_an_answer_as_it_is_typed_and_stops_it(standing: Server, sit: Sit, join: Join) -> None:
    bea, seat = await join("Bea"), await sit(standing.url)
    await seat.sees(r"^- You are Ann in room-")
    await seat.sees(r"^live · .*Bea")
    seat.types("Pocket: !tokens=100000 !rate=60\r")
    await seat.sees(r"^\d\d:\d\d Pocket: \S+")
    await seat.grows()
    seat.types(CTRL_C)
    await seat.sees(r"^- stopped by Ann")
    said = next(m for m in bea.shown() if m["author"]["kind"] == "assistant")
    shown = re.search(r"^\d\d:\d\d Pocket: (.*?)\n- stopped", seat.text, re.DOTALL | re.MULTILINE)
    assert shown
    assert "".join(shown[1].split()) == "".join(said["content"].split())
    assert re.search(r"^\d\d:\d\d Ann: Pocket: !tokens", seat.text, re.MULTILINE)
    seat.types(CTRL_C)
    assert await seat.leaves() == 0


async def test_ann_sees_who_comes_types_talks_mends_and_goes(standing: Server, sit: Sit, join: Join) -> None:
    cleo = await join("Cleo")
    await cleo.say("said before Ann came")
    seat = await sit(standing.url)
    await seat.sees(r"^\d\d:\d\d Cleo: said before Ann came$")
    bea = await join("Bea")
    await seat.sees(r"^- Bea joined$")
    await bea.typing(True)
    await seat.sees(r"^live · .* · Bea typing · ")
    said = await bea.say("two\nlines, and 東京 " + "words " * 20)
    await seat.sees(r"^\d\d:\d\d Bea: two\n  lines, and 東京 words")
    assert max(map(len, seat.text.splitlines())) <= COLUMNS
    await bea.edit(said, "one line")
    await seat.sees(r"^Bea edited \(\d\d:\d\d\) one line$")
    await bea.delete(said)
    await seat.sees(r"^Bea deleted \(\d\d:\d\d\)$")
    await bea.configure(title="Tea")
    await seat.sees(r"^live · Tea · ")
    seat.types("hello Bea")
    await bea.receives("typing", on=True)
    seat.types("\r")
    await bea.sees("hello Bea")
    await bea.leave()
    await seat.sees(r"^- Bea left$")
    seat.types(CTRL_D)
    assert await seat.leaves() == 0


async def test_ann_keeps_her_words_while_the_server_is_away(server: Server, sit: Sit, join: Join, room: str) -> None:
    seat = await sit(server.url)
    await seat.sees("^live · ")
    server.kill()
    await seat.sees("^offline, coming back")
    seat.types("said to nobody\r")
    await seat.sees("^… said to nobody$")
    await asyncio.to_thread(server.start)
    await seat.sees(r"^\d\d:\d\d Ann: said to nobody$")
    await seat.sees("^live · ")
    await seat.sees_no("^… ")
    bea = await join("Bea", at=server)
    assert [m["content"] for m in bea.shown() if m["author"]["kind"] == "human"] == ["said to nobody"]


async def test_what_ann_could_not_say_is_not_lost_when_she_leaves(server: Server, sit: Sit) -> None:
    seat = await sit(server.url)
    await seat.sees("^live · ")
    server.kill()
    await seat.sees("^offline, coming back")
    seat.types("my long thought\r")
    await seat.sees("^… my long thought$")
    seat.types(CTRL_D)
    assert await seat.leaves() == 0
    await seat.sees("^Not sent: my long thought$")


async def test_what_is_refused_is_told_and_given_back(standing: Server, sit: Sit) -> None:
    seat = await sit(standing.url)
    await seat.sees("^live · ")
    seat.types("\u2800\r")  # of which one sees nothing
    await seat.sees("^- There is nothing in this message.$")
    seat.types("\x7fnow something\r")
    await seat.sees(r"^\d\d:\d\d Ann: now something$")


async def test_a_room_that_cannot_be_is_told_at_once(standing: Server, sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = await sit(standing.url + "/nowhere")
    await seat.sees(r"^- The connection has ended \(404\)")
    assert await seat.leaves() == 0


HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31mred\x1b[31m\r\x08\u202egnorts \x00\x1bc"


async def test_nothing_of_what_others_send_is_obeyed_by_the_terminal(sit: Sit) -> None:
    async def shouts(line: ServerConnection) -> None:
        author = {"id": "b", "name": HOSTILE, "kind": "human"}
        message = {"id": 1, "seq": 1, "ts": 0, "author": author, "content": HOSTILE, "status": "complete"}
        answer = {"id": 3, "seq": 3, "ts": 0, "author": {**author, "kind": "assistant"}, "content": ""}
        room = {"name": HOSTILE, "title": HOSTILE, "epoch": "e", "seq": 1, "speaks": "auto", "assistant": "Pocket"}
        for frame in (
            {"type": "welcome", "room": room, "you": {"id": "a", "name": HOSTILE}, "members": [], "count": 0, "messages": [message],
             "resumed": False, "from": 0},
            {"type": "presence", "members": [{"id": "b", "name": HOSTILE}], "count": 1},
            {"type": "typing", "member": {"id": "b", "name": HOSTILE}, "on": True},
            {"type": "message", **message, "id": 2, "seq": 2, "author": {**author, "kind": "system"}},
            {"type": "start", **answer}, {"type": "progress", "id": 3, "content": HOSTILE}, {"type": "chunk", "id": 3, "off": 0, "content": "half "},
            {"type": "chunk", "id": 3, "off": 5, "content": HOSTILE},
            {"type": "end", "id": 3, "seq": 4, "status": "error", "length": 5 + len(HOSTILE), "content": HOSTILE},
            {"type": "message", **message, "id": 5, "seq": 5, "content": "the end"},
        ):  # fmt: skip
            await line.send(json.dumps(frame))
        await line.wait_closed()

    async with serve_websocket(shouts, "127.0.0.1", 0, compression=None, close_timeout=0.1) as stub:
        seat = await sit(f"http://127.0.0.1:{next(iter(stub.sockets)).getsockname()[1]}")
        await seat.sees("the end$")
        assert seat.screen.unknown == []
        assert "�[2J�]0;owned��31mred" in seat.text
        for sequence in ("\x1b[2J", "\x1b]0", "\x9b", "\x07", "\x1bc", "\u202e", "\x00"):
            assert sequence.encode() not in seat.raw
        seat.types(CTRL_D)
        assert await seat.leaves() == 0


async def test_it_says_what_it_needs_where_there_is_no_terminal() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "examples.terminal", cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert (process.returncode, errors.decode().strip()) == (1, "This needs a terminal. To say one thing from a script: python -m examples.client")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []), ("a", ["a"]), ("one two three", ["one two", "three"]), ("a\n\nb\n", ["a\n", "\n", "b\n"]),
        ("0123456789abcdef", ["0123456789", "abcdef"]), ("東京都新宿区西", ["東京都新宿", "区西"]), ("a 0123456789b", ["a", "0123456789", "b"]),
    ],
)  # fmt: skip
def test_lines_are_broken_where_they_are_full(text: str, lines: list[str]) -> None:
    wrapped = list(wrap(text, 10))
    assert [line for line, _ in wrapped] == lines
    assert [end for _, end in wrapped][-1:] == ([len(text)] if text else [])
