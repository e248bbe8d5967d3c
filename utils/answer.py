"""One run of the flow in a room: what it is given, what it says and costs, how Stop, silence and limits end it."""

import asyncio
import time
from asyncio import TimerHandle
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from utils.limits import Answers
from utils.logs import event
from utils.message_log import MessageLog
from utils.prompt import prompt_tokens
from utils.protocol import Author, Cost, Message, ProgressFrame, Refused, Status, clean_text, mend
from utils.room import Room
from utils.speech import AnswerOver, Speech
from utils.stream_llm import Model, ModelError, Usage
from utils.tally import Tally
from utils.tokens import count_tokens

OLDER_MESSAGES = 100  # in one piece of the talk before the room's tail
PROGRESS_SECONDS = 0.2  # between two words on what it does; of those within, the last one counts
PROGRESS_CHARACTERS = 200
QUIET_SECONDS = 1.0  # until people are told how much a model that says nothing has to read
REASON_CHARACTERS = 500
DAY_SECONDS = 24 * 60 * 60
NO_MORE = object()
ENDS = ("complete", "stopped", "interrupted", "error", "filtered", "truncated")
STUMBLED = "The assistant stumbled over this one. Ask again."


class Flow(Protocol):
    async def run_async(self, shared: dict[str, Any]) -> Any: ...


@dataclass(frozen=True)
class AssistantConfig:
    """What the assistant is in all rooms. `flow` may run in several at once: PocketFlow copies its nodes."""

    log: MessageLog
    author: Author
    model: Model
    flow: Flow
    names: tuple[str, ...]  # of all assistants, the first one's first
    wanted: Callable[[Any, dict[str, Any], Any], bool]  # nodes.wanted
    silence: int  # seconds after which a model is given up; 0: never
    answers: Answers
    tokens_per_day: int  # of one room; 0: no limit
    unsaid: "Unsaid"
    budget: Callable[[str], int]  # of tokens, for a prompt to a model
    tally: Tally


class Unsaid:
    """Tokens of today that went into no answer, by room: what a flow asks a model and keeps to itself."""

    def __init__(self) -> None:
        self._day, self._tokens = 0, Counter[str]()

    def __call__(self, room: str, tokens: int = 0) -> int:
        """Those of `room`, with so many more."""
        if (day := int(time.time()) // DAY_SECONDS) != self._day:
            self._day, self._tokens = day, Counter()
        if tokens:
            self._tokens[room] += tokens
        return self._tokens[room]


class Answer:
    """`run` it once. `targets` finds the messages before the room's latest to which some reply."""

    def __init__(
        self, config: AssistantConfig, room: Room, new: list[Message], asked: list[Message], payers: dict[int, str],
        targets: Callable[[list[Message]], Awaitable[list[Message]]],
    ) -> None:  # fmt: skip
        self._config, self._room, self._payers, self._targets = config, room, payers, targets
        self._shared: dict[str, Any] = {
            "new": new, "asked": asked, "room": scene_of(room, config.names), "budget": config.budget(room.model), "llm": self._read,
            "say": self._say, "voice": self._voice, "progress": self._progress, "older": self._older,
        }  # fmt: skip
        self._speech: Speech | None = None
        self.has_spoken = False
        self._begun = 0.0
        self._paid = False  # for what the model does before the first word
        self._usages: list[Usage] = []  # of each call of the model for the speech
        self._over: AnswerOver | None = None
        self._beginning = asyncio.Lock()  # a flow may say two things at once
        self._readings: set[asyncio.Timeout] = set()  # models that are waited for
        self._told_at = 0.0  # when people were last told what it does
        self._untold: TimerHandle | None = None

    @property
    def id(self) -> int | None:
        """Of the message that is being said; None until it begins."""
        return self._speech.id if self._speech else None

    async def run(self, flow: Flow) -> None:
        try:
            self._shared["messages"] = self._room.latest()
            self._shared["replied_to"] = await self._targets(self._shared["new"])
            await flow.run_async(self._shared)
            status, reason = self._shared.get("status", "complete"), self._shared.get("reason", "")
        except ModelError as error:
            status, reason = error.status, error.reason
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and cast(asyncio.Task[Any], asyncio.current_task()).cancelling():
                raise
            event("flow_failed", room=self._room.name, error=error, request=None)
            status, reason = "error", STUMBLED
            if self.id is None:
                self._room.tell(self._payers.values(), Refused("unavailable", STUMBLED).frame())
        await self._end(status, reason)
        self._shared, self._over = {}, AnswerOver("This answer is over.")  # `say`, and a traceback, hold this answer

    def stop(self, status: Any = "stopped", reason: str = "This answer was stopped.") -> None:
        """Say nothing more, and end the model's stream even if it is silent just now."""
        self._over = self._over or AnswerOver(reason, status)
        for reading in self._readings:
            with suppress(RuntimeError):  # it expires already
                reading.reschedule(0)

    def answers(self, id: int) -> bool:
        """Whether it is, or may be yet, the answer to the message `id`."""
        questions = self._shared.get("questions")
        return questions is None or any(question["id"] == id for question in questions)

    def cost(self) -> Cost | None:
        """Of what is being said, until now; None where no model was asked, or none took the question."""
        cost: Cost = {"input": sum(u.input for u in self._usages), "output": sum(u.output for u in self._usages)}
        if not (cost["input"] or cost["output"]):
            return None
        return {**cost, "estimated": True} if any(usage.estimated for usage in self._usages) else cost

    # ---- what the flow calls -------------------------------------------------------------------

    async def _read(self, prompt: Any, model: str = "", **options: Any) -> AsyncIterator[Any]:
        """The model's pieces, until Stop, or until it is silent for too long."""
        self._paid = self._paid or self._speech is not None or bool(await self._pay())
        if self._over:
            raise self._over
        usage = Usage(await asyncio.to_thread(prompt_tokens, prompt), 0, estimated=True)
        index = len(self._usages)
        self._usages.append(usage)
        reading = f"Reading about {usage.input:,} tokens"
        quiet = asyncio.get_running_loop().call_later(QUIET_SECONDS, lambda: self._tell_progress(reading, None))
        try:
            async with aclosing(cast(Any, self._config.model(prompt, model, **options))) as pieces:
                while not self._over:
                    piece = await self._next(pieces)
                    quiet.cancel()
                    if piece is NO_MORE:
                        return
                    self._usages[index] = usage = counted(piece, usage)
                    yield piece
        except ModelError:
            if not usage.output:  # it was refused, and cost nothing
                self._usages[index] = Usage(0, 0)
            raise
        finally:
            quiet.cancel()
        raise self._over

    async def _next(self, pieces: AsyncIterator[Any]) -> Any:
        """The next piece, or NO_MORE."""
        silence = self._config.silence
        waiting = asyncio.timeout(silence or None)
        self._readings.add(waiting)
        try:
            async with waiting:
                return await anext(pieces)
        except StopAsyncIteration:
            return NO_MORE
        except TimeoutError:
            if not waiting.expired():  # the model's own
                raise
            told = f"{silence} second{'s' * (silence > 1)}"
            raise self._over or ModelError(f"The model said nothing for {told}. Ask again.") from None
        except asyncio.CancelledError as error:
            if cast(asyncio.Task[Any], asyncio.current_task()).cancelling():
                raise
            raise RuntimeError("the model function cancelled itself") from error
        finally:
            self._readings.discard(waiting)

    async def _say(self, text: str, name: str = "") -> None:
        """Show `text` to the room; the first call begins the answer. Raises AnswerOver when nothing more can be said."""
        author = self._author(name)
        async with self._beginning:
            if self._speech and self._speech.author != author:
                await self._end(self._shared.get("status", "complete"), self._shared.get("reason", ""))
            if self._speech is None and not self._over:
                await self._begin(author)
        if self._over or self._speech is None:
            raise self._over or AnswerOver("This answer is over.")
        try:
            await self._speech.add(text)
        except AnswerOver as full:
            self._over = self._over or full
        if self._over:
            raise self._over

    def _voice(self, name: str) -> Callable[[str], Awaitable[None]]:
        return partial(self._say, name=name)

    async def _progress(self, content: str, percent: int | None = None) -> None:
        """Tell people what it does, as long as there is no word of it; raises AnswerOver as `say` does."""
        if self._speech is None:
            await self._say("")
        if self._over:
            raise self._over
        self._tell_progress(content, percent)

    async def _older(self, id: int) -> list[Message]:
        if self._room.is_oldest(id):
            return []
        return (await self._config.log.before(self._room.name, id, OLDER_MESSAGES))["messages"]

    # ---- what it comes to ----------------------------------------------------------------------

    def _author(self, name: str) -> Author:
        author = self._config.author
        return {**author, "id": f"{author['id']} {name}", "name": name} if name and name != author["name"] else author

    async def _begin(self, author: Author) -> None:
        speech = Speech(self._config.log, self._room.name, author, self._lose)
        if (question := await self._pay()) is None:
            return
        try:
            await speech.begin(question["id"])
        except Refused as refused:
            self._give_up(refused)
            return
        self._speech, self._begun, self.has_spoken = speech, time.monotonic(), True
        said = {"id": speech.id, "ts": int(time.time() * 1_000), "author": author, "content": "", "status": "complete"}
        self._shared["saying"] = {**said, "reply_to": question["id"]}

    async def _end(self, status: Any, reason: Any) -> None:
        """End what is being said, if anything is."""
        speech, usage = self._speech, self.cost()
        self._speech, self._usages, self._paid = None, [], False
        if self._untold:
            self._untold.cancel()
        if speech and speech.id is not None:
            status = "complete" if status == "silent" else status if status in ENDS else "error"
            await speech.end(status, clean_text(mend(str(reason)))[:REASON_CHARACTERS], usage)
            self._tell_operator(speech.id, status, usage)
        elif usage:
            self._config.unsaid(self._room.name, usage["input"] + usage["output"])
            self._config.tally.spent(self._shared["room"]["model"], usage)

    def _tell_operator(self, id: int, status: Status, usage: Cost | None) -> None:
        ended = self._room.messages[id]["status"] if id in self._room.messages else status  # somebody else's end may have come first
        ended = status if ended == "streaming" else ended  # in a room that is gone
        self._config.tally.answered(self._room.name, self._shared["room"]["model"], ended, time.monotonic() - self._begun, usage)

    async def _pay(self) -> Message | None:
        """The latest question whose asker may have an answer; who may not is told, and not answered. None: all is over."""
        questions: list[Message] = self._shared.get("questions") or [*self._shared["new"], *self._shared["asked"]]
        try:
            if not self._paid:
                await self._must_be_within_the_day(questions)
                self._drop_unpaid(questions)
            return questions[-1]
        except Refused as refused:
            self._give_up(refused)
            return None

    def _drop_unpaid(self, questions: list[Message]) -> None:
        """Raises Refused if none is left."""
        waits = {payer: self._config.answers.take(payer) for payer in dict.fromkeys(map(self._payer, questions))}
        for payer, wait in waits.items():
            if wait is not None:
                refused = Refused("rate_limited", f"Those were many questions. Ask again in {wait} seconds.", None, wait)
                self._room.tell([payer], refused.frame())
        questions[:] = [question for question in questions if waits[self._payer(question)] is None]
        if not questions:
            raise Refused("rate_limited", "Nobody here may have an answer now.")

    def _give_up(self, refused: Refused) -> None:
        self._over = self._over or AnswerOver(refused.content)
        if refused.code != "rate_limited":
            self._room.tell(self._payers.values(), refused.frame())

    async def _must_be_within_the_day(self, questions: list[Message]) -> None:
        most, now = self._config.tokens_per_day, int(time.time())
        since = now // DAY_SECONDS * DAY_SECONDS
        if most and await self._config.log.spent(self._room.name, since * 1_000) + self._config.unsaid(self._room.name) >= most:
            told = f"This room has used up its {most:,} tokens of today. Ask again after midnight, UTC."
            refused = Refused("rate_limited", told, None, since + DAY_SECONDS - now)
            self._room.tell({self._payer(question) for question in questions}, refused.frame())
            raise refused

    def _payer(self, question: Message) -> str:
        """Who asked it; a question that one assistant puts to another is paid by whoever asked last."""
        return self._payers.get(question["id"]) or next(reversed(self._payers.values()))

    def _lose(self) -> None:
        self.stop("error", "The server could not save this answer. Ask again in a moment.")

    def _tell_progress(self, content: str, percent: int | None) -> None:
        """At most five times a second; the last word counts."""
        loop = asyncio.get_running_loop()
        if self._untold:
            self._untold.cancel()
        if self._over or self._speech is None or self._speech.id is None or self._speech.has_words:
            return
        if (wait := self._told_at + PROGRESS_SECONDS - loop.time()) > 0:
            self._untold = loop.call_later(wait, self._tell_progress, content, percent)
            return
        self._told_at = loop.time()
        frame: ProgressFrame = {"type": "progress", "id": self._speech.id, "content": " ".join(clean_text(mend(str(content))).split())[:PROGRESS_CHARACTERS]}
        self._room.show_progress(frame if percent is None else {**frame, "percent": max(0, min(100, int(percent)))})


def counted(piece: Any, usage: Usage) -> Usage:
    """`usage` after `piece` came."""
    if isinstance(piece, str):
        return Usage(usage.input, usage.output + count_tokens(piece), estimated=True) if usage.estimated else usage
    if isinstance(piece, Usage) and isinstance(piece.input, int) and isinstance(piece.output, int):
        return piece
    return usage


def scene_of(room: Room, names: tuple[str, ...]) -> dict[str, Any]:
    """The room as the flow is told of it."""
    return {**room.data(), "persona": room.persona, "assistants": names, "people": room.people, "here": room.here}
