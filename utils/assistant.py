"""The assistant in a room: one answer at a time in each, what waits meanwhile, Stop, limits.

It reads what people say and writes to the log like everybody else. Stop cancels no task: it ends the source of tokens,
and the flow comes to its own end.
"""

import asyncio
import logging
from asyncio import Future
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Protocol, cast

from utils.message_log import INTERRUPTED, Committed, Delta, End, MessageLog, Start
from utils.protocol import ANSWER_UNITS, Author, Message, Refused, Status, clean_text, units
from utils.rate_limit import RateLimit
from utils.room import Room
from utils.stream_llm import Model, ModelError

WAITING = 500  # messages of a room that wait to be looked at; the oldest is passed over
UNSAVED_UNITS = 4_096  # of an answer that wait for the commit before them; then the model waits
END_AGAIN_SECONDS = 1.0  # between two tries to save an end; no other answer can begin before
CLOSE_SECONDS = 1.0  # for answers to end when the server stops
STUMBLED = "The assistant stumbled over this one. Ask again."

logger = logging.getLogger("pocketroom")


class Flow(Protocol):
    async def run_async(self, shared: dict[str, Any]) -> Any: ...


class AnswerOver(ModelError):
    """The answer was ended from outside, or is full: say nothing more."""


@dataclass(frozen=True)
class AssistantConfig:
    """What the assistant is in all rooms. `flow` may run in several at once: PocketFlow copies its nodes."""

    log: MessageLog
    author: Author
    model: Model
    flow: Flow
    silence: int  # seconds after which a model is given up; 0: never
    answers: RateLimit


class Assistant:
    """The assistant in one room; see room.Answerer."""

    def __init__(self, config: AssistantConfig, room: Room) -> None:
        self._config, self._room = config, room
        self._new: dict[int, Message] = {}
        self._asked: dict[int, Message] = {}
        self._current: set[int] = set()
        self._answer: Answer | None = None
        self._task: asyncio.Task[None] | None = None
        self._askers: dict[int, str] = {}  # who pays for questions that somebody wants answered again

    def consider(self, message: Message) -> None:
        self._new[message["id"]] = message
        if len(self._new) > WAITING:
            del self._new[next(iter(self._new))]
        self._attend()

    async def ask(self, id: int, by: Author) -> Committed:
        question = await self._question(id)
        if question["id"] in {*self._current, *self._asked} or len(self._asked) >= WAITING:
            raise Refused("busy", "This question is being answered, or waits for its answer.")
        self._asked[question["id"]], self._askers[question["id"]] = question, by["id"]
        self._attend()
        return Committed(id)

    def withdraw(self, id: int) -> bool:
        if self._new.pop(id, None) or self._asked.pop(id, None):
            return True
        if id in self._current and self._answer and self._answer.id is None:  # it was about to begin
            self._answer.stop()
            return True
        return False

    def ended(self, id: int) -> None:
        if self._answer and self._answer.id == id:
            self._answer.stop()
            self._current = set()  # whoever asks again need not wait for the flow to come to its end

    def is_busy(self) -> bool:
        return self._task is not None

    async def close(self) -> None:
        self._new, self._asked, self._askers = {}, {}, {}
        if self._answer:
            self._answer.stop("interrupted", INTERRUPTED)
        if self._task:
            await asyncio.wait([self._task], timeout=CLOSE_SECONDS)

    async def _question(self, id: int) -> Message:
        """The message `id`, or where that is an answer, the question it answers."""
        message = self._room.messages.get(id)
        if message is None:
            page = await self._config.log.before(self._room.name, id + 1, 1)
            message = next((m for m in page["messages"] if m["id"] == id), None)
        if message is None or message["status"] == "deleted" or message["author"]["kind"] == "system":
            raise Refused("not_found", f"There is no message {id} in this room to answer.")
        if message["author"]["kind"] == "assistant":
            return await self._question(message.get("reply_to", 0))
        return message

    def _as_they_stand(self, waited: dict[int, Message]) -> list[Message]:
        """What waited, edited or deleted as it may be by now."""
        now = [self._room.messages.get(id, message) for id, message in waited.items()]
        return [message for message in now if message["status"] != "deleted"]

    def _attend(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        """Run the flow over all that came since the last look, until there is nothing more."""
        try:
            while self._new or self._asked:
                new, asked = self._as_they_stand(self._new), self._as_they_stand(self._asked)
                self._current = {*self._new, *self._asked}
                payers = {question["id"]: question["author"]["id"] for question in new} | self._askers
                self._new, self._asked, self._askers = {}, {}, {}
                self._answer = Answer(self._config, self._room, new, asked, payers)
                await self._answer.run(self._config.flow)
                self._answer, self._current = None, set()
        finally:
            self._task = None


class Answer:
    """One run of the flow, and what it says. `id` is None until it begins."""

    def __init__(self, config: AssistantConfig, room: Room, new: list[Message], asked: list[Message], payers: dict[int, str]) -> None:
        self.id: int | None = None
        self._config, self._log, self._room, self._payers = config, config.log, room, payers
        here = {"people": [member["name"] for member in room.shown_members()], "here": room.members.keys()}
        self._shared: dict[str, Any] = {
            "messages": room.latest(), "new": new, "asked": asked, "room": {**room.data(), **here},
            "llm": self._read, "say": self._say,
        }  # fmt: skip
        self._length = 0  # of what was handed to the log, in UTF-16 units
        self._unsaved = ""
        self._half = ""  # of a surrogate pair that a provider split over two deltas
        self._saving: Future[Committed] | None = None
        self._over: AnswerOver | None = None
        self._reading: asyncio.Timeout | None = None

    async def run(self, flow: Flow) -> None:
        try:
            await flow.run_async(self._shared)
            status, reason = self._shared.get("status", "complete"), self._shared.get("reason", "")
        except ModelError as error:
            status, reason = error.status, error.reason
        except Exception:
            logger.exception("the flow failed in room %s", self._room.name)
            status, reason = "error", STUMBLED
            if self.id is None:
                self._room.tell(self._payers.values(), Refused("unavailable", STUMBLED).frame())
        if self.id is not None:
            await self._end(self.id, status, reason)
        self._shared, self._over = {}, AnswerOver("This answer is over.")  # `say`, and a traceback, hold this answer

    def stop(self, status: Any = "stopped", reason: str = "This answer was stopped.") -> None:
        """Say nothing more, and end the model's stream even if it is silent just now."""
        self._over = self._over or AnswerOver(reason, status)
        if self._reading:
            with suppress(RuntimeError):  # it expires already
                self._reading.reschedule(0)

    async def _read(self, prompt: Any, model: str = "") -> AsyncIterator[Any]:
        """The model's pieces, until Stop, or until it is silent for too long."""
        silence = self._config.silence
        async with aclosing(cast(Any, self._config.model(prompt, model))) as pieces:
            while not self._over:
                self._reading = waiting = asyncio.timeout(silence or None)
                try:
                    async with waiting:
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if not waiting.expired():  # the model's own
                        raise
                    raise self._over or ModelError(f"The model said nothing for {silence} seconds. Ask again.") from None
                except asyncio.CancelledError as error:
                    if cast(asyncio.Task[Any], asyncio.current_task()).cancelling():
                        raise
                    raise RuntimeError("the model function cancelled itself") from error
                finally:
                    self._reading = None
                yield piece
        raise self._over

    async def _say(self, text: str) -> None:
        """Show `text` to the room; the first call begins the answer. Raises AnswerOver when nothing more can be said."""
        if self.id is None and not self._over:
            await self._begin()
        if self._over:
            raise self._over
        self._keep(text)
        if self._saving is None:
            self._save()
        elif units(self._unsaved) > UNSAVED_UNITS:
            await asyncio.wait([self._saving])
        if self._over:
            raise self._over

    async def _begin(self) -> None:
        try:
            question = self._affordable()
            self.id = (await self._log.commit(self._room.name, self._config.author, Start(question["id"]))).id
        except Refused as refused:
            self._over = self._over or AnswerOver(refused.content)
            if refused.code != "rate_limited":
                self._room.tell(self._payers.values(), refused.frame())

    def _affordable(self) -> Message:
        """The latest question whose asker may have an answer; who may not is told. Raises Refused if there is none."""
        questions = self._shared.get("questions") or self._shared["new"] or self._shared["asked"]
        refused = Refused("rate_limited", "")
        for question in reversed(questions):
            payer = self._payers[question["id"]]
            if (wait := self._config.answers.take(payer)) is None:
                return question
            refused = Refused("rate_limited", f"Those were many questions. Ask again in {wait} seconds.", None, wait)
            self._room.tell([payer], refused.frame())
        raise refused

    def _keep(self, text: str) -> None:
        text = clean_text(self._mend(text))
        space = ANSWER_UNITS - self._length - units(self._unsaved)
        if units(text) > space:
            text = text.encode("utf-16-le")[: 2 * space].decode("utf-16-le", "ignore")  # whole code points
            self._over = AnswerOver(f"The answer reached the limit of {ANSWER_UNITS:,} characters.", "truncated")
        self._unsaved += text

    def _mend(self, text: str) -> str:
        """`text` with the half character before it and without one at its end; a half within it becomes U+FFFD."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _save(self, before: Future[Committed] | None = None) -> None:
        """Commit what is unsaved in one delta, and when that is done, what came meanwhile: one is under way at a time."""
        if before and before.exception():
            self.stop("error", "The server could not save this answer. Ask again in a moment.")
            self._unsaved = ""
        self._saving = None
        if self._unsaved and self.id is not None:
            delta = Delta(self.id, self._length, self._unsaved)
            self._length, self._unsaved = self._length + units(self._unsaved), ""
            self._saving = self._log.commit(self._room.name, self._config.author, delta)
            self._saving.add_done_callback(self._save)

    async def _end(self, id: int, status: Status, reason: str) -> None:
        while self._saving is not None:
            await asyncio.wait([self._saving])
        while True:
            try:
                await self._log.commit(self._room.name, self._config.author, End(id, status, reason))
                return
            except Refused as refused:
                if not refused.retry_after:  # somebody else's end came first, which is fine
                    return
                await asyncio.sleep(END_AGAIN_SECONDS)
