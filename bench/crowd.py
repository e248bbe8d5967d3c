"""People who do everything one can do in a room, by chance, and keep a recording of it for tests/oracle.py."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from http.client import HTTPException
from typing import Any, cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from examples import client
from examples.client import Client, Refused, Transcript
from tests.oracle import Frame, Line, Witness

client.SILENCE = 0.4  # type: ignore[assignment]  # seconds: who is cut off without notice is soon back
client.PAUSES = (0.004, 0.02, 0.06)  # type: ignore[assignment]
TRANSPORTS: tuple[client.Transport, ...] = ("websocket", "stream")  # for one's whole life, by chance
CLOSE_SECONDS = 0.05  # for a goodbye that nobody may hear
UNDER_WAY = 16  # things that one person waits for; then they do nothing more
REMEMBERED = 40  # frames that somebody may send again though they were answered

SCRIPTS = (
    "hello", "Grüße aus Köln", "שלום", "नमस्ते दुनिया", "你好，世界", "𝒳𝒴𝒵 🏳️‍🌈", "👩‍👩‍👧‍👦🧑🏽‍🚀", "e\u0301\u0323 z\u0335algo", "ไปไหนมา",
    "a\n\n- b\n\tc", '<b>"&amp;"</b>', "\u2028 \ufeff \uffff", "`]|*_#", "0", "Ωμέγα ñandú", "مرحبا",
)  # fmt: skip
LONG = 16_000  # units: as much as one message may have


class Person(Client):
    """A client that records all that it sends and gets."""

    def __init__(self, url: str, room: str, name: str, rng: random.Random, token: str | None = None) -> None:
        super().__init__(url, room, name.split()[0], token, transport=rng.choice(TRANSPORTS))
        self.rng = rng
        self.witness = Witness(f"{name} in {room}")
        self.transcript = Recorded(self.witness)
        self._deeds = 0
        self._scrolling = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._sent: list[str] = []  # the latest
        self._changing: set[int] = set()  # messages of ours that are being changed

    # ---- the recording -------------------------------------------------------------------------

    async def send(self, type: str, **fields: Any) -> int:
        self._deeds += 1
        frame = {"type": type, "key": f"{self._deeds}-{self.rng.getrandbits(64):x}", **fields}
        self.witness.said.append(frame)
        try:
            id = await super().send(**frame)
        except Refused as refused:
            if refused.frame["code"] != "gone":  # which nobody said: we left
                self.witness.told[frame["key"]] = refused.frame["code"]
            raise
        self.witness.told[frame["key"]] = id
        return id

    @contextlib.asynccontextmanager
    async def _connect(self) -> AsyncIterator[ClientConnection]:  # type: ignore[override]
        position = self.transcript.seq if self.transcript.epoch else None
        self.witness.lines.append(line := Line(position, self.transcript.epoch))
        async with super()._connect() as connection:
            connection.close_timeout = CLOSE_SECONDS
            yield cast(ClientConnection, Tap(connection, line, self._sent))

    async def read_older(self) -> None:
        if not self._scrolling:
            self._scrolling = True
            try:
                self.witness.lines[-1].received.append('{"type": "page asked"}')
                await super().read_older()
            finally:
                self._scrolling = False

    def recording(self) -> Witness:
        """What this person witnessed until now, and shows at rest."""
        mine = self.transcript
        self.witness.shown = {
            "epoch": mine.epoch, "seq": mine.seq, "room": mine.room, "floor": mine.floor, "messages": mine.shown(),
        }  # fmt: skip
        return self.witness

    # ---- what they do --------------------------------------------------------------------------

    async def live(self, pause: float) -> None:
        """Do one thing after another, without waiting for what comes of it."""
        while True:
            await asyncio.sleep(self.rng.expovariate(1 / pause))
            if len(self._under_way) < UNDER_WAY and self.you:
                (deed,) = self.rng.choices(list(DEEDS), list(DEEDS.values()))
                self.do(deed)

    def do(self, deed: "Deed") -> None:
        task = asyncio.create_task(unless_refused(deed, self))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def come_to_rest(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)

    def situation(self) -> str:
        mine, streaming = self.transcript, [m["id"] for m in self.transcript.messages.values() if m["status"] == "streaming"]
        line = "in" if self._line else f"out, {'gone' if self._task.done() else 'trying'} ({self.trouble})"
        return f"{self.witness.name} is {line}, at {mine.seq} of {mine.epoch}, waits for {[*self._unanswered]}, sees {streaming}"

    async def leave(self) -> None:
        """Close the tab, in the middle of whatever it is."""
        for task in self._under_way:
            task.cancel()
        await self.__aexit__()

    def text(self) -> str:
        return f"{self._deeds} {' '.join(self.rng.choices(SCRIPTS, k=self.rng.randint(1, 6)))}"

    async def speak(self) -> None:
        replies = {"reply_to": id} if self.rng.random() < 0.2 and (id := self.some()) else {}
        await self.say(self.text(), **replies)

    async def speak_at_length(self) -> None:
        start = self.text()
        letter = self.rng.choice("aß語😀")
        await self.say(start + letter * ((LONG - 2 * len(start)) // len(letter.encode("utf-16-le")) * 2))

    async def speak_volumes(self) -> None:
        await asyncio.gather(*(self.speak_at_length() for _ in range(12)))  # more than all buffers of a line that is stalled

    async def chatter(self) -> None:
        await asyncio.gather(*(self.say(self.text()) for _ in range(self.rng.randint(2, 12))))

    async def flood(self) -> None:
        await asyncio.gather(*(self.say(f"{n} of a flood") for n in range(self.rng.choice((60, 200, 600)))))

    async def question(self) -> None:
        tokens, rate = self.rng.choice(((0, 0), (1, 0), (7, 0), (300, 0), (3_000, 0), (20, 30), (100, 100), (500, 500)))
        await self.say(f"Pocket, {self.text()} !tokens={tokens} !rate={rate}")

    async def edit_something(self) -> None:
        await self._change(lambda id: self.edit(id, self.text()))

    async def edit_twice(self) -> None:
        await self._change(lambda id: asyncio.gather(self.edit(id, self.text()), self.edit(id, self.text())))

    async def delete_something(self) -> None:
        await self._change(lambda id: self.send("delete", id=id))

    async def _change(self, change: Callable[[int], Awaitable[Any]]) -> None:
        mine = [m["id"] for m in self.transcript.shown() if m["author"]["id"] == self.you["id"] and m["status"] == "complete"]
        if left := [id for id in mine if id not in self._changing]:
            self._changing.add(id := self.rng.choice(left))
            try:
                await change(id)
            finally:
                self._changing.discard(id)

    async def edit_of_another(self) -> None:
        if id := self.some():
            await self.edit(id, "not mine")

    async def set_up(self) -> None:
        name, values = self.rng.choice(list(SETTINGS.items()))
        await self.send("configure", **{name: self.rng.choice(values)})

    async def ask_again(self) -> None:
        if id := self.some():
            await self.ask(id)

    async def stop_something(self) -> None:
        streaming = [m["id"] for m in self.transcript.shown() if m["status"] == "streaming"]
        if id := (self.rng.choice(streaming) if streaming else self.some()):
            await self.stop(id)

    async def repeat(self) -> None:
        """Send a frame again that went out long ago, and was answered then."""
        if self._sent and self._line:
            with contextlib.suppress(WebSocketException):
                await self._line.send(self.rng.choice(self._sent))

    async def be_typing(self) -> None:
        if self._line:
            with contextlib.suppress(WebSocketException):
                await self._line.send(json.dumps({"type": "typing", "on": self.rng.random() < 0.5}))

    async def scroll_up(self) -> None:
        if self.transcript.floor:
            with contextlib.suppress(OSError, HTTPException):
                await self.read_older()

    async def be_renamed(self) -> None:
        self.name = f"{(self.name or '').rstrip('0123456789')}{self.rng.randint(1, 9)}"  # told at the next reconnect

    def some(self) -> int | None:
        """The id of a message, rather a late one."""
        shown = self.transcript.shown()
        return self.rng.choice(shown[-self.rng.choice((3, 50)) :])["id"] if shown else None


MODELS = ("fake", "")  # that a room may choose
Deed = Callable[[Person], Coroutine[Any, Any, None]]
DEEDS: dict[Deed, float] = {  # and how often they are done
    Person.speak: 30, Person.chatter: 6, Person.speak_at_length: 1, Person.flood: 0.15, Person.speak_volumes: 0.3, Person.question: 8,
    Person.edit_something: 6, Person.edit_twice: 1, Person.delete_something: 3, Person.edit_of_another: 1, Person.set_up: 2,
    Person.ask_again: 2, Person.stop_something: 4, Person.repeat: 4, Person.be_typing: 2, Person.scroll_up: 0.5,
    Person.be_renamed: 1,
}  # fmt: skip
SETTINGS = {
    "title": ("Tea", "紅茶 ☕", "T"), "instructions": ("Be brief.", "Sei 😀."), "model": MODELS,
    "speaks": ("auto", "always", "mentioned"), "mode": ("General", "Expert"),
}  # fmt: skip


class Recorded(Transcript):
    """A transcript that tells its witness of the pages it is given."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness

    def add_page(self, page: Frame, asked_at: tuple[str, int, int]) -> None:
        self._witness.lines[-1].received.append(json.dumps({"type": "page", **page}))
        super().add_page(page, asked_at)


class Tap:
    """A connection that notes what goes through it."""

    def __init__(self, connection: ClientConnection, line: Line, sent: list[str]) -> None:
        self._connection, self._line, self._sent = connection, line, sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def recv(self) -> str | bytes:
        text = await self._connection.recv()
        assert isinstance(text, str)
        self._line.received.append(text)
        return text

    async def send(self, text: str) -> None:
        if '"key"' in text:
            self._line.sent.append(text)
            if text.startswith('{"type": "message"'):
                self._sent.append(text)
                del self._sent[:-REMEMBERED]
        await self._connection.send(text)


async def unless_refused(deed: Deed, person: Person) -> None:
    with contextlib.suppress(Refused):
        await deed(person)
