"""The assistant as a PocketFlow node: prep (am I spoken to? the prompt) → exec (stream) → post (finish).

The shared store, of which docs/assistant.md tells more, holds, going in:
  messages  the room's latest messages, oldest first, as in docs/protocol.md: id, ts, author, content, status, reply_to …
  older     `await older(id)`: up to 100 that came before the message `id`; none is the beginning
  replied_to  older ones to which some of the new ones reply
  new       those of people since the assistant last looked; asked: those that are to be answered in any case
  room      title, instructions, speaks, mode, model, assistant (its name), assistants (those of all), people (names of who is
            here), here (their ids)
  llm       the model function: `llm(prompt, model)` yields text, perhaps Progress and Usage (utils/stream_llm.py)
  say       `await say(text)` adds text to the assistant's answer; the first call begins it. `voice(name)` is the `say` of
            another assistant, whose first word ends what this one says
  progress  `await progress(text, percent=None)` tells what it does, until its first word is there
  saying    the message that is being said, once it has begun; budget: tokens that a prompt may have
and coming out:
  questions the messages that are answered; none: the assistant keeps silent. A node that speaks before this one sets them
            first, to questions_in(shared): the answer begins as a reply to the last of them
  answer, status, reason, usage
  said      what assistants have answered in this run, for those that come after; answered: (name, id) of the questions
A node before this one may leave `context`: what it looked up, for the prompt.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pocketflow import AsyncNode

from utils.manners import addressed
from utils.prompt import PROMPT_TOKENS, build_prompt, cost
from utils.stream_llm import Model, ModelError, Progress, Prompt, PromptTooLong, Usage

MOST_OLDER = 20  # pages of talk looked through for one prompt; deleted messages take no space in it

__all__ = ["ChatNode", "addressed", "build_prompt", "questions_in", "wanted"]

Message = dict[str, Any]
Room = dict[str, Any]
Shared = dict[str, Any]

logger = logging.getLogger("pocketroom")


@dataclass
class Turn:
    """What one answer needs, and what it has come to."""

    prompt: Callable[[int], Prompt]  # for a budget in tokens
    budget: int
    llm: Model
    model: str
    options: dict[str, Any]
    say: Callable[[str], Awaitable[None]]
    progress: Callable[..., Awaitable[None]]
    said: list[str] = field(default_factory=list)
    usage: Usage | None = None


class ChatNode(AsyncNode):
    """Answers what it was asked. `instructions` stand at the top of its prompt; a second assistant has a `name` of its own."""

    def __init__(self, instructions: str = "", name: str = "") -> None:
        super().__init__()
        self.instructions, self.name = instructions, name

    async def prep_async(self, shared: Shared) -> Turn | None:
        shared["questions"] = questions = questions_in(shared, self.name)
        if not questions:
            return None
        room, budget = as_seen_by(self.name or shared["room"]["assistant"], shared["room"]), shared.get("budget", PROMPT_TOKENS)
        messages, older = await talk(shared, budget)

        def prompt(budget: int) -> Prompt:
            context, now = shared.get("context", ""), time.time()
            return build_prompt(self.instructions, room, messages, questions, budget=budget, context=context, now=now, older=older)

        persona = room.get("persona")
        options = {} if persona is None or persona.temperature is None else {"temperature": persona.temperature}
        say = shared["voice"](self.name) if self.name else shared["say"]
        return Turn(prompt, budget, shared["llm"], room["model"], options, say, shared.get("progress", _tell_nobody))

    async def exec_async(self, prep_res: Turn | None) -> tuple[str, str]:
        if prep_res is None:
            return "silent", ""
        await prep_res.say("")  # everyone sees that it thinks
        try:
            await stream(prep_res, prep_res.budget)
        except PromptTooLong:  # our count is an estimate, and some models hold less than they are asked
            await prep_res.progress("That was too much for the model at once; trying with less of the talk.")
            await stream(prep_res, prep_res.budget // 2)
        if not "".join(prep_res.said).strip():
            raise ModelError("The model had nothing to say. Ask again.")
        return "complete", ""

    async def exec_fallback_async(self, prep_res: Turn | None, exc: Exception) -> tuple[str, str]:
        if isinstance(exc, ModelError):
            return exc.status, exc.reason
        logger.error("the model function failed", exc_info=exc)
        return "error", "The assistant stumbled over this one. Ask again."

    async def post_async(self, shared: Shared, prep_res: Turn | None, exec_res: tuple[str, str]) -> None:
        if prep_res is None:  # what another assistant said before stands
            for name, value in (("status", "silent"), ("reason", ""), ("answer", ""), ("usage", None)):
                shared.setdefault(name, value)
            return
        shared["status"], shared["reason"] = exec_res
        shared["answer"], shared["usage"] = "".join(prep_res.said), prep_res.usage
        name = self.name or shared["room"]["assistant"]
        shared["answered"] = {*shared.get("answered", ()), *((name, question["id"]) for question in shared["questions"])}
        if exec_res[0] == "complete" and "saying" in shared:
            shared["said"] = [*shared.get("said", []), {**shared["saying"], "content": shared["answer"]}]


def questions_in(shared: Shared, name: str = "") -> list[Message]:
    """What the assistant, or the one called `name`, is to answer and has not answered yet, oldest first.

    Assistants call each other by @name only: they like to speak of each other.
    """
    room, messages = shared["room"], [*shared.get("replied_to", ()), *shared["messages"]]
    name, others = name or room["assistant"], [other for other in room.get("assistants", ()) if other != room["assistant"]]

    def is_asked(message: Message) -> bool:
        if name == room["assistant"]:
            return not any(hears(other, message, room, messages) for other in others)
        return hears(name, message, room, messages)

    asked = [message for message in shared["asked"] if is_asked(message)]
    said = [message for message in shared.get("said", ()) if re.search(rf"(?<!\\)@{re.escape(name)}", message["content"], re.IGNORECASE)]
    heard = [message for message in (*shared["new"], *said) if hears(name, message, room, messages)]
    questions = {message["id"]: message for message in (*asked, *heard)}
    return [question for id, question in questions.items() if (name, id) not in shared.get("answered", ())]


def wanted(message: Message, room: Room, messages: Sequence[Message]) -> bool:
    """Whether one of the room's assistants will answer `message`."""
    return any(hears(name, message, room, messages) for name in room.get("assistants") or [room["assistant"]])


def hears(name: str, message: Message, room: Room, messages: Sequence[Message]) -> bool:
    """Whether the assistant called `name` is addressed. To each the others are people; only the first one speaks uncalled."""
    others = [other for other in room.get("assistants", ()) if other != name]
    if not others:
        return addressed(message, room, messages)
    called = {**as_seen_by(name, room), "speaks": "never" if room["speaks"] == "never" else "mentioned"}
    talk = [_as_person(m, name) for m in messages]
    if addressed(_as_person(message, name), called, talk):
        return True
    if name != room["assistant"] or message["author"]["kind"] != "human":
        return False
    if any(hears(other, message, room, messages) for other in others):
        return False  # who calls another one means only that one
    return addressed(message, {**called, "speaks": room["speaks"]}, talk)


def as_seen_by(name: str, room: Room) -> Room:
    """`room` as the assistant called `name` is told of it."""
    return {**room, "assistant": name, "people": [*room["people"], *(other for other in room.get("assistants", ()) if other != name)]}


def _as_person(message: Message, name: str) -> Message:
    """`message`; that of another assistant than `name` as if a person had said it."""
    author = message["author"]
    return {**message, "author": {**author, "kind": "human"}} if author["kind"] == "assistant" and author["name"] != name else message


async def talk(shared: Shared, budget: int) -> tuple[list[Message], bool]:
    """The room's messages from as far back as `budget` tokens reach, and whether some before or between were left out."""
    messages, older = [*shared["messages"], *shared.get("said", [])], shared.get("older")
    space, is_whole = _space_after(messages, budget), False
    for _ in range(MOST_OLDER):
        if space < 0 or older is None or not messages or not (page := await older(messages[0]["id"])):
            is_whole = space >= 0
            break
        messages, space = [*page, *messages], _space_after(page, space)
    missed = [message for message in shared.get("replied_to", ()) if messages and message["id"] < messages[0]["id"]]
    return [*missed, *messages], bool(missed) or not is_whole


def _space_after(messages: Sequence[Message], space: int) -> int:
    """What of `space` tokens is left; below 0, no more are counted."""
    for message in reversed(messages):
        if space < 0:
            break
        space -= cost(message["content"])
    return space


async def stream(turn: Turn, budget: int) -> None:
    """Say what the model says as it comes."""
    prompt = await asyncio.to_thread(turn.prompt, budget)  # which may take 20 ms
    async for piece in turn.llm(prompt, turn.model, **turn.options):
        if isinstance(piece, Usage):
            turn.usage = piece
        elif isinstance(piece, Progress):
            await turn.progress(piece.content, piece.percent)
        elif isinstance(piece, str):
            turn.said.append(piece)
            await turn.say(piece)
        else:
            raise TypeError(f"A model function yields text, Progress or Usage, but this one yielded {type(piece).__name__}.")


async def _tell_nobody(content: str, percent: int | None = None) -> None: ...
