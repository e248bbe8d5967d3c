"""A client to copy: connects, resumes, resends, and folds what comes into a transcript. Needs `websockets` only.

    python -m examples.client --room tea "hello"    # says one thing and prints the answer as it streams

`Client` is for asyncio, `SyncClient` for programs without it, `Bot` for whoever only answers. Where no WebSocket gets through, they
go over HTTP by themselves. What they rely on stands in docs/protocol.md, under "Keeping up, and coming back".
"""

import argparse
import asyncio
import contextlib
import inspect
import json
import logging
import os
import random
import re
import secrets
import ssl
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Literal, Protocol, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException

SILENCE = 10  # seconds after which we ask whether the line still lives; after as many more we take another one
PAUSES = (0.5, 1, 2, 4, 8, 16, 30)  # seconds between two tries at most, of which a random part is waited
AT_ONCE = 0  # in place of a close code: try the next way, without a pause
COME_BACK = {AT_ONCE, 1001, 1006, 1011, 1012, 1013, *range(4000, 4500)}  # close codes after which a client may
ASKS_FOR_PASSWORD = (4502, 401)
WAYS = {
    "auto": ("websocket", "stream", "poll"), "http": ("stream", "poll"),
    "websocket": ("websocket",), "stream": ("stream",), "poll": ("poll",),
}  # fmt: skip  # in which order ways are tried
WELCOME_WITHIN = 5  # seconds, where there is another way to try
STAY_AWAY = 600  # seconds until a new line is tried by the first way again, where that did not work
UNREAD = 10_000  # frames kept for `async for`; whoever is slower misses the oldest, but nothing of the transcript
CAME = 1_000  # frames that came over HTTP and were not folded yet; then we stop reading
BODY_BYTES = 4 << 20  # of one event or page: a welcome has 256 KiB of messages, a page twice as much
CALLS = 1_000  # callbacks under way at once; messages for more wait in the transcript
KEPT = 1_000  # messages that a bot keeps, at least
PATIENCE = 60  # seconds that a SyncClient waits for what it is asked to do
PING = '{"type": "ping"}'
BEATS = ('{"type":"welcome"', '{"type":"pong"')
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")  # of controls, \n and \t may stay

T = TypeVar("T")
Frame = dict[str, Any]
Callback = Callable[[Frame], Any]
Transport = Literal["auto", "http", "websocket", "stream", "poll"]


class Gap(Exception):
    """A frame that does not continue what came before it: connect again."""


class Refused(Exception):
    """The server's `error`, in `frame`; or the end of all trying."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame['code']}: {frame['content']}")
        self.frame = frame


class Transcript:
    """A room after the frames it was shown. A frame that raises Gap moves nothing."""

    def __init__(self) -> None:
        self.epoch, self.seq = "", 0
        self.floor = 0  # every message from this id on is held; 0: the whole room
        self.beginnings = 0  # how often what was held had to be forgotten
        self.messages: dict[int, Frame] = {}  # those below the floor changed lately, and are not to be shown
        self.room: Frame = {}
        self.members: list[Frame] = []
        self.waiting: list[int] = []  # questions that wait for the answer before them
        self.progress: Frame = {}  # what the assistant does, until its answer has a word

    def apply(self, frame: Frame) -> None:
        data = {name: value for name, value in frame.items() if name != "type"}
        match frame["type"]:
            case "welcome":
                self._welcome(data)
            case "message":
                self._put_next(data)
            case "start":
                self._put_next({**data, "status": "streaming"})
            case "chunk":
                self._grow(data)
            case "end":
                self._end(data)
            case "room":
                self.room = data
            case "presence":
                self.members = data["members"]
            case "waiting":
                self.waiting = data["ids"]
            case "progress":
                self.progress = data
            case "pong" if data["seq"] != self.seq:
                raise Gap(f"the room is at {data['seq']}, we are at {self.seq}")

    def shown(self) -> list[Frame]:
        return [message for id, message in sorted(self.messages.items()) if id >= self.floor]

    def place(self) -> tuple[str, int, int]:
        """Where an older page would have to fit."""
        return self.epoch, self.floor, self.beginnings

    def add_page(self, page: Frame, asked_at: tuple[str, int, int]) -> None:
        """The page before the floor, unless by now it is another room, floor or beginning than when it was asked for."""
        if asked_at == self.place() and page["epoch"] == self.epoch:
            self.floor = page["from"]
            for message in page["messages"]:
                self._put(message)

    def forget(self, keep: int) -> None:
        """Let go of the oldest, when there are more than twice as many as are to be kept."""
        if len(self.messages) > 2 * keep:
            self.floor = sorted(self.messages)[-keep]
            self.messages = {id: m for id, m in self.messages.items() if id >= self.floor or m["status"] == "streaming"}

    def _welcome(self, welcome: Frame) -> None:
        if not welcome["resumed"]:
            self.messages, self.floor, self.beginnings = {}, welcome["from"], self.beginnings + 1
        for message in welcome["messages"]:
            self._put(message)
        self.epoch, self.seq = welcome["room"]["epoch"], welcome["room"]["seq"]
        self.room, self.members = welcome["room"], welcome["members"]
        self.waiting, self.progress = [], {}  # frames of their own follow where there are any

    def _put_next(self, message: Frame) -> None:
        if self._is_next(message["seq"]):
            self._put(message)
            self.seq = message["seq"]

    def _grow(self, chunk: Frame) -> None:
        answer = self.messages.get(chunk["id"])
        length = units(answer["content"]) if answer else -1
        if answer is None or chunk["off"] > length:
            raise Gap(f"a chunk came at {chunk['off']}, where {length} units were held")
        self.progress = {}
        if answer["status"] == "streaming":
            answer["content"] += from_unit(chunk["content"], length - chunk["off"])

    def _end(self, end: Frame) -> None:
        if self._is_next(end["seq"]):
            answer = self.messages.get(end["id"])
            newer = answer is not None and answer["seq"] >= end["seq"]  # from an older page that was asked for later
            if answer is None or (units(answer["content"]) != end["length"] and not newer):
                raise Gap(f"answer {end['id']} ended at {end['length']} units, where something else was held")
            news = {name: end[name] for name in ("seq", "status", "by", "usage") if name in end}
            self.progress = {}
            self._put({**answer, **news, **({"reason": end["content"]} if end["content"] else {})})
            self.seq = end["seq"]

    def _is_next(self, seq: int) -> bool:
        if seq > self.seq + 1:
            raise Gap(f"change {seq} came after {self.seq}")
        return seq > self.seq

    def _put(self, message: Frame) -> None:
        held = self.messages.get(message["id"])
        if held is None or (message["seq"], grown(message)) >= (held["seq"], grown(held)):
            self.messages[message["id"]] = dict(message)


class Line(Protocol):
    """What carries frames: a WebSocket, or an HttpLine."""

    transport: Any  # what can be aborted

    async def recv(self) -> str | bytes: ...
    async def send(self, text: str, /) -> None: ...


class Client:
    """Somebody in a room, for as long as `async with` lasts, whatever happens to the line or the server.

    With a `token`, or one kept in `token_file`, it is the same person as the last time. `password` (or ROOM_PASSWORD in the
    environment) is shown to a house that asks for one.
    """

    keeps = 0  # messages in the transcript at least; 0: all that came

    def __init__(
        self, url: str = "http://127.0.0.1:8000", room: str = "lobby", name: str | None = None, token: str | None = None, *,
        token_file: str | Path | None = None, transport: Transport = "auto", password: str | None = None,
    ) -> None:  # fmt: skip
        self.url, self.room, self.name, self.token_file = url, room, name, token_file
        self.token = token or read_token(token_file)
        self.password = password if password is not None else os.environ.get("ROOM_PASSWORD")
        self.transport: Transport = transport
        self.you: Frame = {}
        self.transcript = Transcript()
        self.trouble = ""  # why the last line was lost, or why there is none
        self._way, self._way_until = 0, 0.0  # which of WAYS; when to return to the first
        self._line: Line | None = None  # when all that is unanswered was sent over it again
        self._unanswered: dict[str, tuple[Frame, asyncio.Future[int]]] = {}  # by key, in the order of sending
        self._welcomed = False
        self._came = ("", 0)  # the room's epoch, and where it stood when we came to know that
        self._unread: deque[Frame] = deque(maxlen=UNREAD)
        self._news = asyncio.Event()
        self._callbacks: list[tuple[str, Callback]] = []
        self._calling: asyncio.Task[None] | None = None
        self._is_in = False

    async def __aenter__(self) -> Self:
        self._task, self._is_in = asyncio.create_task(self._stay()), True
        self._begin_to_call()
        return self

    async def __aexit__(self, *exc: object) -> None:
        tasks = [task for task in (self._task, self._calling) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- what comes ----------------------------------------------------------------------------

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Every frame, after it was folded into the transcript, until the server wants us no more."""
        while True:
            while self._unread:
                yield self._unread.popleft()
            if self._task.done():
                return
            await self._something()

    async def messages(self) -> AsyncIterator[Frame]:
        """Each message that others and assistants said since we came, an answer when it has ended.

        None is left out and none comes twice, however long the line is lost or the reader busy: they wait in the transcript.
        """
        epoch, heard, growing = "", 0, set[int]()
        while True:
            held = self.transcript
            if held.epoch != epoch:  # the first one; or a backup was restored
                (epoch, heard), growing = self._came, set()
            if held.floor > min(growing | {heard + 1}):
                if self._task.done():
                    return
                await self._read_missed()
                continue
            growing |= {id for id in range(heard + 1, held.seq + 1) if id in held.messages}
            heard, whole = held.seq, [held.messages[id] for id in sorted(growing) if held.messages[id]["status"] != "streaming"]
            growing -= {message["id"] for message in whole}
            if self.keeps and not growing:
                held.forget(self.keeps)
            for message in whole:
                author = message["author"]
                if author["kind"] != "system" and author["id"] != self.you["id"] and message["status"] != "deleted":
                    yield message
            if not whole:
                if self._task.done():
                    return
                await self._something()

    def on_message(self, callback: Callback) -> Callback:
        """A decorator: call this with each message that another person says from now on."""
        return self._on("human", callback)

    def on_answer(self, callback: Callback) -> Callback:
        """A decorator: call this with each answer that begins from now on, when it has ended."""
        return self._on("assistant", callback)

    async def answer(self, question: int) -> Frame:
        """The answer to the message `question`, when it has ended; or the system's word that the question was taken back."""
        while not (found := answer_to(self.transcript, question)) or found["status"] == "streaming":
            if self._task.done():
                raise Refused({"type": "error", "code": "gone", "content": self.trouble})
            await self._something()
        return found

    async def read_older(self) -> None:
        """Fetch the page before the messages that are held."""
        place = self.transcript.place()
        async with request("GET", f"{self._http()}/messages?before={self.transcript.floor or 1}", self.bearer()) as reply:
            if reply.status != 200:
                raise await refusal(reply)
            self.transcript.add_page(json.loads(await reply.text()), place)

    # ---- what goes -----------------------------------------------------------------------------

    async def say(self, content: str, **fields: Any) -> int:
        """Say something, once, however often it must be sent; returns its id. This and the like raise Refused."""
        return await self.send("message", content=content, **fields)

    async def ask_and_wait(self, content: str, **fields: Any) -> Frame:
        """Say something; returns its answer. Perhaps nobody answers, so put an `asyncio.timeout` around it."""
        return await self.answer(await self.say(content, **fields))

    async def stop(self, id: int) -> int:
        return await self.send("stop", id=id)

    async def ask(self, id: int) -> int:
        return await self.send("ask", id=id)

    async def edit(self, id: int, content: str) -> int:
        return await self.send("edit", id=id, content=content)

    async def delete(self, id: int) -> int:
        return await self.send("delete", id=id)

    async def typing(self, on: bool = True) -> None:
        await self.send_now({"type": "typing", "on": on})

    async def send(self, type: str, **fields: Any) -> int:
        """Send a frame under a key, again after each reconnect until it is answered; returns the id in its ack."""
        frame = {"type": type, "key": secrets.token_urlsafe(12), **fields}
        answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._unanswered[frame["key"]] = frame, answered
        try:
            if self._task.done():
                self._give_up(self.trouble)
            await self.send_now(frame)
            return await answered
        finally:
            self._unanswered.pop(frame["key"], None)

    def cut(self) -> None:
        """Lose the line, as networks do, to see what happens: another one is taken soon."""
        if self._line:
            self._line.transport.abort()

    async def send_now(self, frame: Frame) -> None:
        """Send a frame if there is a line; nobody cares if there is none."""
        if self._line:
            with contextlib.suppress(WebSocketException):
                await self._line.send(json.dumps(frame))

    # ---- the line ------------------------------------------------------------------------------

    @property
    def way(self) -> str:
        """How frames travel, or will be tried to next: one of WAYS."""
        return WAYS[self.transport][self._way]

    @property
    def is_live(self) -> bool:
        """Whether there is a line, on which we were welcomed."""
        return self._line is not None

    async def _stay(self) -> None:
        """Take one line after another, with pauses that grow while none is welcomed."""
        failures, code = 0, 1006
        try:
            while code in COME_BACK:
                self._welcomed = False
                code = await self._visit()
                if code in ASKS_FOR_PASSWORD and self.password:
                    code = await self._show_password(self.password)
                self._line, failures = None, 0 if self._welcomed else failures + (code != AT_ONCE)
                if code in COME_BACK and code != AT_ONCE:
                    await asyncio.sleep(random.uniform(0, PAUSES[min(failures, len(PAUSES) - 1)]))
        finally:
            self.trouble = f"The connection has ended ({code}). {self.trouble}".strip()
            self._give_up(self.trouble)

    async def _show_password(self, password: str) -> int:
        """Returns the code to go on with: AT_ONCE if we are let in."""
        self.password = None  # it is no use to show it twice
        body = json.dumps({"password": password})
        try:
            async with request("POST", f"{address(self.url, 'http')}/api/password", self.bearer(), body) as reply:
                if reply.status != 200:
                    raise await refusal(reply)
                self.token = json.loads(await reply.text())["token"]
        except OSError as error:
            return self._lost(error)
        keep_token(self.token_file, self.token or "")
        return AT_ONCE

    async def _visit(self) -> int:
        """Take a line and fold what comes, until it ends or is of no use; returns its close code."""
        if self._way and asyncio.get_running_loop().time() > self._way_until:
            self._way = 0
        polls_on = self.way == "poll" and self.you  # a poll that resumes tells nothing until there is something new
        patience = None if polls_on or len(WAYS[self.transport]) == 1 else WELCOME_WITHIN
        try:
            async with asyncio.timeout(patience) as until_welcomed, self._connect() as line:
                if polls_on:
                    await self._resend(line)
                while True:
                    frame = json.loads(await self._receive(line))
                    until_welcomed.reschedule(None)
                    self.transcript.apply(frame)
                    self._settle(frame)
                    self._unread.append(frame)
                    self._news.set()
                    if frame["type"] == "welcome":
                        await self._resend(line)
        except (OSError, WebSocketException, Gap) as error:
            return self._lost(error)

    def _lost(self, error: Exception) -> int:
        """The code with which a line ended; the next way is taken if it may be this one's fault."""
        self.trouble = " ".join(str(error).split()) or "Nothing came in time."
        code, way_fails = 1006, not self._welcomed
        match error:
            case ConnectionClosed():
                code = error.rcvd.code if error.rcvd else 1006
            case InvalidURI() | ssl.SSLCertVerificationError():  # to try again would not help
                code = 400
            case InvalidStatus() if self.transport == "websocket" and error.response.status_code < 500:
                code = error.response.status_code
            case HttpError():
                code, way_fails = error.status if error.is_final(not self.you) else 1006, way_fails and not error.frame
            case TimeoutError():
                way_fails = way_fails or self.way == "stream"  # something on the way keeps back what streams
            case OSError() | Gap():
                way_fails = False
        if way_fails and code == 1006:
            self._way = (self._way + 1) % len(WAYS[self.transport])
            self._way_until = asyncio.get_running_loop().time() + STAY_AWAY
            return AT_ONCE if self._way else code  # a pause when all were tried
        return code

    def _connect(self) -> AbstractAsyncContextManager[Any]:
        """A Line, by the way whose turn it is."""
        held = {"after": self.transcript.seq, "epoch": self.transcript.epoch} if self.transcript.epoch else {}
        query = ({"name": self.name} if self.name else {}) | held
        if self.way == "websocket":
            url = f"{address(self.url, 'ws')}/ws/{quote(self.room)}?{urlencode(query)}"
            return connect(url, additional_headers=self.bearer(), compression=None, ping_interval=None, close_timeout=1)
        return HttpLine(self._http(), query, self.bearer, polls=self.way == "poll")

    def _http(self) -> str:
        return f"{address(self.url, 'http')}/api/rooms/{quote(self.room, safe='')}"

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def _receive(self, line: Line) -> str | bytes:
        try:
            async with asyncio.timeout(SILENCE):
                return await line.recv()
        except TimeoutError:
            async with asyncio.timeout(2 * SILENCE if self.way == "poll" else SILENCE):  # a poll without news takes 20 s
                await line.send(PING)
                return await line.recv()

    def _settle(self, frame: Frame) -> None:
        """What came answers what was sent: an ack, an error, or the echo with its key."""
        if frame["type"] == "welcome":
            self._meet(frame)
        for answer in frame["messages"] if frame["type"] == "welcome" else [frame]:
            waiting = self._unanswered.get(answer.get("key", ""))
            mine = answer.get("type") in ("ack", "error") or answer.get("author", {}).get("id") == self.you["id"]
            if waiting and mine and not waiting[1].done():
                if answer.get("type") == "error":
                    waiting[1].set_exception(Refused(answer))
                else:
                    waiting[1].set_result(answer["id"])

    def _meet(self, welcome: Frame) -> None:
        if self.you and self.you["id"] != welcome["you"]["id"]:
            self._give_up("You are somebody else by now.")  # as whom nothing is sent again
        self._welcomed, self.you, self.trouble = True, welcome["you"], ""
        if self._came[0] != self.transcript.epoch:
            self._came = self.transcript.epoch, self.transcript.seq
        if (token := self.you.get("token")) and token != self.token:
            self.token = token
            keep_token(self.token_file, token)

    async def _resend(self, line: Line) -> None:
        """Send what is unanswered, in its order; only then may anything new be sent."""
        self._line, sent = None, set[str]()
        while left := [frame for key, (frame, answered) in self._unanswered.items() if key not in sent and not answered.done()]:
            sent.add(left[0]["key"])
            async with asyncio.timeout(SILENCE):
                await line.send(json.dumps(left[0]))
        self._line = line

    def _give_up(self, why: str) -> None:
        for frame, answered in self._unanswered.values():
            if not answered.done():
                answered.set_exception(Refused({"type": "error", "code": "gone", "content": why, "key": frame["key"]}))
        self._news.set()

    # ---- who waits for it ----------------------------------------------------------------------

    async def _something(self) -> None:
        """Wait for the next frame, or the end."""
        self._news.clear()
        await self._news.wait()

    async def _read_missed(self) -> None:
        place = self.transcript.place()
        with contextlib.suppress(OSError):
            await self.read_older()
        if self.transcript.place() == place:
            await asyncio.sleep(PAUSES[0])

    def _on(self, kind: str, callback: Callback) -> Callback:
        self._callbacks.append((kind, callback))
        self._begin_to_call()
        return callback

    def _begin_to_call(self) -> None:
        if self._is_in and self._callbacks and not self._calling:
            self._calling = asyncio.create_task(self._call_back())

    async def _call_back(self) -> None:
        """Each call is a task of its own, begun in order, so that one that takes long holds up nobody."""
        free = asyncio.Semaphore(CALLS)
        async with asyncio.TaskGroup() as calls:
            async for message in self.messages():
                for callback in [callback for kind, callback in self._callbacks if kind == message["author"]["kind"]]:
                    await free.acquire()
                    calls.create_task(self._call(callback, message)).add_done_callback(lambda _: free.release())

    async def _call(self, callback: Callback, message: Frame) -> None:
        try:
            told = callback(message)
            await self._called(message, await told if inspect.isawaitable(told) else told)
        except Exception:
            logging.getLogger(__name__).exception("A callback failed at message %s: %r", message["id"], message["content"][:100])

    async def _called(self, message: Frame, told: Any) -> None:
        """A callback was called with `message` and returned `told`, which is of no interest here."""


class Bot(Client):
    """Somebody who answers what others say: what a callback returns, if anything, is said as a reply.

    It hears neither itself nor what was said before it came, and misses nothing while its line is lost.
    """

    keeps = KEPT

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name=name, **options)

    def run(self, room: str | None = None, url: str | None = None) -> None:
        """Stay until Ctrl-C; or until the server wants us no more, and exit with its reason."""
        self.room, self.url = room or self.room, url or self.url
        with contextlib.suppress(KeyboardInterrupt):
            sys.exit(asyncio.run(self._live()))

    async def reply(self, message: Frame, content: str) -> int:
        """Say this in reply to `message`, later if we said too much already."""
        while True:
            try:
                return await self.say(content, reply_to=message["id"])
            except Refused as refused:
                if "retry_after" not in refused.frame:
                    raise
                await asyncio.sleep(refused.frame["retry_after"])

    async def _live(self) -> str:
        async with self:
            await asyncio.wait([self._task])
        return self.trouble

    async def _called(self, message: Frame, told: Any) -> None:
        if told:
            await self.reply(message, str(told))


class SyncClient:
    """A Client for programs without asyncio: a thread keeps the line. What takes longer than `timeout` raises TimeoutError."""

    def __init__(self, *given: Any, timeout: float = PATIENCE, **options: Any) -> None:
        self.client, self.timeout = Client(*given, **options), timeout
        self._is_in, self._leaves = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._stay()), daemon=True)
        self._next: Future[Frame | None] | None = None  # the message that is waited for

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_in.wait()
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._leaves.set)
        self._thread.join()

    def say(self, content: str, **fields: Any) -> int:
        return self.do(self.client.say(content, **fields))

    def ask_and_wait(self, content: str, **fields: Any) -> Frame:
        return self.do(self.client.ask_and_wait(content, **fields))

    def do(self, act: Coroutine[Any, Any, T]) -> T:
        """Anything else that `client` can do: `room.do(room.client.stop(id))`."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(act, self.timeout), self._loop).result()

    def messages(self, timeout: float | None = None) -> Iterator[Frame]:
        """What Client.messages tells, until nothing comes for `timeout` seconds. The next call goes on from there."""
        while True:
            self._next = self._next or asyncio.run_coroutine_threadsafe(self._take(), self._loop)
            try:
                message = self._next.result(timeout)
            except TimeoutError:
                return
            self._next = None
            if message is None:
                return
            yield message

    async def _stay(self) -> None:
        self._loop, self._coming = asyncio.get_running_loop(), self.client.messages()
        async with self.client:
            self._is_in.set()
            await self._leaves.wait()

    async def _take(self) -> Frame | None:
        return await anext(self._coming, None)


# ---- HTTP, for where no WebSocket gets through ------------------------------------------------------


class HttpError(OSError):
    """A response that is not what was asked for, or (status 0) is none. `frame`: the error that PocketRoom told, if it did."""

    def __init__(self, status: int, why: str, frame: Frame | None = None) -> None:
        super().__init__(why)
        self.status, self.frame = status, frame

    def is_final(self, never_in: bool) -> bool:
        """Whether to try again would not help. What is not PocketRoom may stand in for one that will be back."""
        return 300 <= self.status < 500 and self.status not in (408, 425, 429) and (never_in or self.frame is not None)


class HttpLine:
    """A line on which frames come as server-sent events, and go as POSTs, one after another.

    If it polls, each response is to end before it is read: for proxies that keep back what streams.
    """

    def __init__(self, room: str, query: dict[str, Any], headers: Callable[[], dict[str, str]], polls: bool) -> None:
        self._events, self._frames = f"{room}/events?{urlencode(query | ({'poll': 'true'} if polls else {}))}", f"{room}/frames"
        self._headers, self._polls = headers, polls
        self._last = ""  # the id of the last event
        self._came: asyncio.Queue[str | OSError] = asyncio.Queue(CAME)
        self._going: asyncio.Queue[str] = asyncio.Queue()  # no more than somebody waits for
        self._sent: set[str] = set()  # and not answered: what is sent again meanwhile need not go again
        self._beat = asyncio.Event()
        self.transport = self

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._carry(work)) for work in (self._read, self._post, self._ping_back)]
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def recv(self) -> str:
        came = await self._came.get()
        if isinstance(came, OSError):
            raise came
        return came

    async def send(self, text: str, /) -> None:
        if text != PING and text not in self._sent:  # a pong tells only on the stream that it lives, and comes there by itself
            self._sent.add(text)
            self._going.put_nowait(text)

    def abort(self) -> None:
        if self._came.full():
            self._came.get_nowait()
        self._came.put_nowait(HttpError(0, "The line was cut."))

    async def _carry(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except OSError as error:
            await self._came.put(error)

    async def _read(self) -> None:
        while True:
            last = {"Last-Event-ID": self._last} if self._last else {}
            async with request("GET", self._events, self._headers() | {"Accept": "text/event-stream"} | last) as reply:
                if reply.status != 200 or not reply.headers.get("content-type", "").startswith("text/event-stream"):
                    raise await refusal(reply)
                came = await self._read_events(reply)
            if not (self._polls and came):
                raise HttpError(0, "The stream has ended.")

    async def _read_events(self, reply: "Reply") -> int:
        """Take what comes until the response ends; returns how many events there were."""
        rest, event, count = b"", dict[str, str](), 0
        while piece := await reply.piece():
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > BODY_BYTES:
                raise HttpError(0, "An event does not end.")
            for line in lines:
                name, _, value = line.decode().rstrip("\r").partition(":")
                if name:
                    event[name] = value.removeprefix(" ")
                elif "data" in event:
                    self._last, count = event.get("id", self._last), count + 1
                    await self._came.put(event["data"])
                    if not self._polls and event["data"].startswith(BEATS):
                        self._beat.set()
                if not name and not value:
                    event = {}
        return count

    async def _post(self) -> None:
        while True:
            text = await self._going.get()
            headers = self._headers() | {"Content-Type": "application/json"}
            async with request("POST", self._frames, headers, text) as reply:
                if reply.status == 200:
                    await self._came.put(await reply.text())
                elif reply.status != 204:
                    await self._came.put(json.dumps(refused_frame(text, await refusal(reply))))
            self._sent.discard(text)

    async def _ping_back(self) -> None:
        """Show that we are still here: nobody else on the way would tell the server that we are gone."""
        while await self._beat.wait():
            self._beat.clear()
            with contextlib.suppress(OSError):
                async with request("POST", self._frames, self._headers() | {"Content-Type": "application/json"}, PING):
                    pass  # its pong may overtake what it speaks of


class Reply:
    """A response of HTTP/1.1, read as it comes."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader, self.status, self.headers = reader, 0, dict[str, str]()

    async def begin(self) -> Self:
        while self.status < 200:  # 100 and 103 only announce another
            self.status = int((await self._reader.readline()).split()[1])
            lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
            self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._is_chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        self._left = 0 if self._is_chunked else int(self.headers.get("content-length", sys.maxsize))
        return self

    async def piece(self) -> bytes:
        """What came of the body since the last one, or comes next; nothing at its end."""
        if self._is_chunked and not self._left:
            size = (await self._reader.readline()).strip() or (await self._reader.readline()).strip()  # a chunk ends with a line end
            self._left = int(size.partition(b";")[0], 16)
        data = await self._reader.read(min(self._left, 1 << 16))
        if not data and 0 < self._left < sys.maxsize:
            raise EOFError
        self._left -= len(data)
        return data

    async def text(self) -> str:
        whole = b""
        while len(whole) <= BODY_BYTES and (piece := await self.piece()):
            whole += piece
        return whole.decode()


@contextlib.asynccontextmanager
async def request(method: str, url: str, headers: dict[str, str], body: str = "") -> AsyncIterator[Reply]:
    """The response to a request, on a connection of its own. Raises OSError; HttpError if it breaks, or is no HTTP."""
    to, sent = urlsplit(url), body.encode()
    reader, writer = await asyncio.open_connection(to.hostname, to.port or (443 if to.scheme == "https" else 80), ssl=to.scheme == "https" or None)
    try:
        head = {"Host": to.netloc.rpartition("@")[2], "Connection": "close", "Content-Length": str(len(sent))} | headers
        lines = [f"{method} {to.path}?{to.query} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "\r\n"]
        writer.write("\r\n".join(lines).encode("latin-1") + sent)
        yield await Reply(reader).begin()
    except HttpError:
        raise
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise HttpError(0, f"The response broke off, or was no HTTP. {error}") from error
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def refusal(reply: Reply) -> HttpError:
    """What a response tells that is not the one that was asked for."""
    text = await reply.text()
    with contextlib.suppress(ValueError):
        told = json.loads(text)
        if isinstance(told, dict) and {"code", "content"} <= told.keys():
            return HttpError(reply.status, f"{told['code']}: {told['content']}", told)
    moved = f", see {reply.headers['location']}" if "location" in reply.headers else ""
    return HttpError(reply.status, f"The server answered {reply.status}{moved}, which is not PocketRoom's.")


def refused_frame(sent: str, why: HttpError) -> Frame:
    """The `error` for a frame that was posted in vain. Raises `why` if it is to be sent again, by another line."""
    is_busy = why.status >= 500 and (not why.frame or "retry_after" in why.frame)
    if is_busy or (not why.frame and why.status not in (403, 413)):  # what a proxy may have against this very frame
        raise why
    told = why.frame or {"code": "forbidden", "content": str(why)}
    return {"key": json.loads(sent).get("key", ""), **told, "type": "error"}


def address(url: str, scheme: str) -> str:
    """`url` for ws or http, or with TLS for wss or https."""
    given, _, rest = url.rpartition("://")
    return f"{scheme}{'s' if given.endswith('s') and given != 'ws' else ''}://{rest.rstrip('/')}"


def read_token(file: str | Path | None) -> str | None:
    return Path(file).read_text().strip() if file and Path(file).exists() else None


def keep_token(file: str | Path | None, token: str) -> None:
    """Only we may read it: who has it is us."""
    if file:
        with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as writable:
            writable.write(token)


# ---- small things -----------------------------------------------------------------------------------


def answer_to(transcript: Transcript, question: int) -> Frame | None:
    """An answer to the message `question`, or what the system said of it. One answer may be to several: it replies to the last."""
    after = (message for message in transcript.shown() if message["id"] > question and message["author"]["kind"] != "human")
    return next((message for message in after if message.get("reply_to", 0) >= question), None)


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def from_unit(text: str, start: int) -> str:
    return text[start:] if text.isascii() else text.encode("utf-16-le")[2 * start :].decode("utf-16-le")


def harmless(text: str) -> str:
    """`text` without what a terminal would obey, and what turns round how a line reads."""
    return UNWANTED.sub("\ufffd", text)


def grown(message: Frame) -> int:
    return len(message["content"]) if message["status"] == "streaming" else 0


async def say_and_print(client: Client, content: str) -> str:
    """Say one thing, print its answer as it grows; returns the answer's status."""
    question, printed = await client.say(content), 0
    async for _ in client:
        if answer := answer_to(client.transcript, question):
            print(harmless(answer["content"][printed:]), end="", flush=True)
            printed = len(answer["content"])
            if answer["status"] != "streaming":
                print(harmless(f"\n{answer.get('reason', '')}").rstrip())
                return answer["status"] if answer["author"]["kind"] == "assistant" else "withdrawn"
    return "gone"


async def main() -> None:
    parser = argparse.ArgumentParser(description="Say one thing in a room and print the answer as it streams.")
    parser.add_argument("content")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--room", default="lobby")
    parser.add_argument("--name")
    parser.add_argument("--transport", choices=WAYS, default="auto")
    parser.add_argument("--wait", type=float, default=60, help="seconds until nobody will answer any more")
    given = parser.parse_args()
    client = Client(given.url, given.room, given.name, transport=given.transport)
    try:
        async with asyncio.timeout(given.wait), client:
            status = await say_and_print(client, given.content)
    except (Refused, TimeoutError) as why:
        sys.exit(str(why) or f"No whole answer came within {given.wait:g} seconds. {client.trouble}".strip())
    sys.exit(status != "complete")


if __name__ == "__main__":
    asyncio.run(main())
