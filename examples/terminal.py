"""A chat in a terminal: everybody's words, answers as they are typed, who comes and goes. Needs prompt_toolkit as well.

    pip install -r examples/requirements.txt && python -m examples.terminal tea --url http://127.0.0.1:8000

Enter says the line, Ctrl-C stops the answer that streams, Ctrl-C again or Ctrl-D leaves. What comes from others is shown and never
obeyed: no control character of theirs reaches the terminal.
"""

import argparse
import asyncio
import contextlib
import shutil
import sys
import time
from collections.abc import Coroutine, Iterator
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from examples.client import Client, Frame, Refused, harmless

FIRST = 20  # messages shown when one comes in
INDENT = "  "  # of a message's lines but the first
TYPING = 5.0  # seconds for which somebody types after they said so
TELL_TYPING = 3.0  # seconds between two times that we say so
REFRESH = 0.5  # seconds until the line's state is looked at again
WAYS = {"websocket": "live", "stream": "live over HTTP", "poll": "live over HTTP"}
STYLE = Style.from_dict({"quiet": "fg:ansibrightblack", "name": "bold"})


class Terminal:
    """What a person sees of the room that `client` is in, and does there."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.prompt: PromptSession[str] = PromptSession(
            self.around_input, key_bindings=self.keys(), style=STYLE, erase_when_done=True, refresh_interval=REFRESH
        )  # fmt: skip
        self.prompt.default_buffer.on_text_changed += self.changed
        self.seen: dict[int, int] = {}  # of each message that was shown, the number of that version
        self.growing: dict[int, int] = {}  # of each answer that streams, how many characters stand in whole lines
        self.begun = ""  # the line of an answer that is not whole yet
        self.last = 0  # whose message the line above belongs to
        self.members: dict[str, str] = {}  # names by id
        self.typing: dict[str, float] = {}  # names, and until when they type
        self.told_typing = 0.0
        self.unsent: list[str] = []
        self.asked_to_stop: set[int] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def stay(self) -> None:
        """Show what comes and say what is typed, until the person leaves or the server wants them no more."""
        reading = asyncio.create_task(self.read())
        try:
            with contextlib.suppress(EOFError):
                while not reading.done():
                    self.say(await self.prompt.prompt_async())
        finally:
            for task in (reading, *self.tasks):
                task.cancel()
            await asyncio.gather(reading, *self.tasks, return_exceptions=True)
        for line in self.unsent:
            print(f"Not sent: {line}")

    # ---- what comes ----------------------------------------------------------------------------

    async def read(self) -> None:
        async for frame in self.client:
            match frame["type"]:
                case "welcome":
                    self.welcome(frame)
                case "message" | "start" | "chunk" | "end" if message := self.client.transcript.messages.get(frame["id"]):
                    self.show(message)
                case "presence":
                    self.meet(frame)
                case "typing":
                    self.typing[harmless(frame["member"]["name"])] = time.monotonic() + TYPING if frame["on"] else 0
            self.prompt.app.invalidate()
        self.quietly(self.client.trouble)
        if self.prompt.app.is_running:
            self.prompt.app.exit(exception=EOFError)

    def welcome(self, welcome: Frame) -> None:
        shown, last = self.client.transcript.shown(), max(self.seen, default=0)
        if not self.seen and not self.members:
            shown = shown[-FIRST:]
            self.members = {member["id"]: member["name"] for member in welcome["members"]}
            self.quietly(f"You are {welcome['you']['name']} in {welcome['room']['name']}. Ctrl-C stops an answer, Ctrl-D leaves.")
        elif self.client.transcript.floor > last + 1:
            self.quietly("More was said than is shown here.")
        for message in shown:
            if message["id"] > last or message["id"] in self.seen:
                self.show(message)
        self.meet(welcome)

    def meet(self, frame: Frame) -> None:
        """Tell who came and went, where not too many are here to be told."""
        members = {member["id"]: member["name"] for member in frame["members"]}
        if frame["count"] <= len(members):
            for id in members.keys() - self.members.keys():
                self.quietly(f"{members[id]} joined")
            for id in self.members.keys() - members.keys():
                self.quietly(f"{self.members[id]} left")
            for id in members.keys() & self.members.keys():
                if members[id] != self.members[id]:
                    self.quietly(f"{self.members[id]} is now {members[id]}")
        self.members = members

    def show(self, message: Frame) -> None:
        """What is new of a message."""
        id, name, kind = message["id"], harmless(message["author"]["name"]), message["author"]["kind"]
        if id in self.growing or (id not in self.seen and kind == "assistant"):
            self.grow(message, name)
        elif id not in self.seen and kind == "system":
            self.quietly(message["content"])
        elif id not in self.seen and message["status"] != "deleted":
            self.write(message, f"{clock(message)} {name}: ", harmless(message["content"]))
        elif id in self.seen and message["seq"] > self.seen[id]:
            change = "deleted" if message["status"] == "deleted" else "edited"
            self.write(message, f"{name} {change} ({clock(message)}) ", harmless(message["content"]))
        self.seen[id] = message["seq"]

    def grow(self, message: Frame, name: str) -> None:
        """Print the lines of an answer that are whole; the one it is at stands above the input."""
        id, text, start = message["id"], harmless(message["content"]), self.growing.setdefault(message["id"], 0)
        self.typing.pop(name, None)
        head = f"{clock(message)} {name}: " if id != self.last else INDENT
        self.begun = ""
        for line, end in wrap(text[start:], columns() - len(head)):
            if message["status"] == "streaming" and start + end == len(text) and not line.endswith("\n"):
                self.begun = head + line
                return
            self.line(head + line.rstrip("\n"))
            self.last, self.growing[id], head = id, start + end, INDENT
        if message["status"] != "streaming":
            del self.growing[id]
            if message["status"] != "complete":
                by = f" by {message['by']['name']}" if "by" in message else ""
                self.quietly(f"{message['status']}{by}. {message.get('reason', '')}".strip())

    def write(self, message: Frame, head: str, text: str) -> None:
        for line, _ in [*wrap(text, columns() - len(head))] or [("", 0)]:
            self.line(head + line.rstrip("\n"))
            head = INDENT
        self.last = message["id"]

    def quietly(self, text: str) -> None:
        self.line(f"- {harmless(text)}", "class:quiet")
        self.last = 0

    def line(self, text: str, style: str = "") -> None:
        """Print above the input. (print_formatted_text would do, but lets the terminal echo what is typed meanwhile.)"""
        app = self.prompt.app
        app.renderer.erase()
        print_formatted_text(app.output, FormattedText([(style, f"{text}\n")]), app.renderer.style)
        app.output.flush()
        app.invalidate()

    # ---- around the input ----------------------------------------------------------------------

    def around_input(self) -> FormattedText:
        lines = [self.begun] if self.begun else []
        lines += [f"… {harmless(text)}" for text in self.unsent]
        status, _ = next(wrap(self.status(), columns() - 1))
        name = harmless(self.client.you.get("name", ""))
        return FormattedText([("", "".join(f"{line}\n" for line in lines)), ("class:quiet", f"{status}\n"), ("class:name", f"{name}> ")])

    def status(self) -> str:
        mine, now = self.client.transcript, time.monotonic()
        self.typing = {name: until for name, until in self.typing.items() if until > now}
        parts = [
            WAYS[self.client.way] if self.client.is_live else "offline, coming back",
            mine.room.get("title") or self.client.room,
            mine.progress.get("content", ""),
            f"{', '.join(self.typing)} typing" if self.typing else "",
            f"{len(mine.waiting)} waiting for an answer" if mine.waiting else "",
            ", ".join(self.members.values()) if self.client.is_live else self.client.trouble,
        ]
        return harmless(" · ".join(filter(None, parts))).replace("\n", " ")

    def keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("c-c")
        @keys.add("<sigint>")
        def interrupt(event: KeyPressEvent) -> None:
            left = [id for id in self.growing if id not in self.asked_to_stop]
            if left:
                self.asked_to_stop.update(left)
                self.do(self.client.stop(left[-1]))
            elif event.app.current_buffer.text:
                event.app.current_buffer.reset()
            else:
                event.app.exit(exception=EOFError)

        return keys

    # ---- what goes -----------------------------------------------------------------------------

    def say(self, text: str) -> None:
        self.told_typing = 0.0
        if text.strip():
            self.unsent.append(text)
            self.do(self.send(text))

    async def send(self, text: str) -> None:
        try:
            await self.client.say(text)
        except Refused as refused:
            if refused.frame["code"] == "gone":
                return  # it is told at the end
            if not self.prompt.default_buffer.text:
                self.prompt.default_buffer.document = Document(text)  # to be mended
            self.quietly(refused.frame["content"])
        self.unsent.remove(text)

    def changed(self, buffer: Buffer) -> None:
        """Tell the others that we type."""
        if buffer.text and time.monotonic() - self.told_typing > TELL_TYPING:
            self.told_typing = time.monotonic()
            self.do(self.client.typing())

    def do(self, act: Coroutine[Any, Any, Any]) -> None:
        async def done() -> None:
            try:
                await act
            except Refused as refused:
                self.quietly(refused.frame["content"])

        task = asyncio.create_task(done())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def wrap(text: str, width: int) -> Iterator[tuple[str, int]]:
    """The lines of `text` and where each ends: at a newline, or where it is full, if possible at a space."""
    start, used, space = 0, 0, -1
    for at, char in enumerate(text):
        used += get_cwidth(char)
        if char == "\n":
            yield text[start : at + 1], at + 1
            start, used, space = at + 1, 0, -1
        elif char == " ":
            space = at
        elif used > max(width, 10) and at > start:
            end = space + 1 if space >= start else at
            yield text[start:end].rstrip(" "), end
            start, used, space = end, sum(map(get_cwidth, text[end : at + 1])), -1
    if start < len(text):
        yield text[start:], len(text)


def columns() -> int:
    return shutil.get_terminal_size().columns


def clock(message: Frame) -> str:
    return time.strftime("%H:%M", time.localtime(message["ts"] / 1000))


async def chat(client: Client) -> None:
    async with client:
        await Terminal(client).stay()


def main() -> None:
    parser = argparse.ArgumentParser(description="Chat in a terminal.")
    parser.add_argument("room", nargs="?", default="lobby")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--name")
    parser.add_argument("--token-file", help="a file that keeps who you are, for the next time")
    given = parser.parse_args()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.exit("This needs a terminal. To say one thing from a script: python -m examples.client")
    asyncio.run(chat(Client(given.url, given.room, given.name, token_file=given.token_file)))


if __name__ == "__main__":
    main()
