"""The assistant as a PocketFlow node: prep (am I spoken to? the prompt) → exec (stream) → post (finish).

The shared store holds, going in:
  messages  the room's latest messages, oldest first, as in docs/protocol.md: id, ts, author, content, status, reply_to …
  new       those of people since the assistant last looked; asked: those that are to be answered in any case
  room      title, instructions, speaks, model, assistant (its name), people (names of who is here), here (their ids)
  llm       the model function: `llm(prompt, model)` yields text (utils/stream_llm.py)
  say       `await say(text)` adds text to the assistant's answer; the first call begins it
and coming out:
  questions the messages that are answered; none: the assistant keeps silent
  answer, status, reason, usage
"""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pocketflow import AsyncNode

from utils.stream_llm import Model, ModelError, Prompt, Usage

PROMPT_CHARACTERS = 48_000  # of talk in a prompt, filled from the newest

Message = dict[str, Any]
Room = dict[str, Any]
Shared = dict[str, Any]

logger = logging.getLogger("pocketroom")


@dataclass
class Turn:
    """What one answer needs, and what it has come to."""

    prompt: Prompt
    llm: Model
    model: str
    say: Callable[[str], Awaitable[None]]
    said: list[str] = field(default_factory=list)
    usage: Usage | None = None


class ChatNode(AsyncNode):
    """Answers what it was asked. `instructions` stand at the top of its prompt."""

    def __init__(self, instructions: str = "") -> None:
        super().__init__()
        self.instructions = instructions

    async def prep_async(self, shared: Shared) -> Turn | None:
        room, messages = shared["room"], shared["messages"]
        questions = [m for m in shared["new"] if addressed(m, room, messages)]
        shared["questions"] = questions = [m for m in shared["asked"] if m not in questions] + questions
        if not questions:
            return None
        return Turn(build_prompt(self.instructions, room, messages, questions), shared["llm"], room["model"], shared["say"])

    async def exec_async(self, prep_res: Turn | None) -> tuple[str, str]:
        if prep_res is None:
            return "silent", ""
        turn = prep_res
        await turn.say("")  # everyone sees that it thinks
        async for piece in turn.llm(turn.prompt, turn.model):
            if isinstance(piece, Usage):
                turn.usage = piece
            else:
                turn.said.append(piece)
                await turn.say(piece)
        if not "".join(turn.said).strip():
            raise ModelError("The model had nothing to say. Ask again.")
        return "complete", ""

    async def exec_fallback_async(self, prep_res: Turn | None, exc: Exception) -> tuple[str, str]:
        if isinstance(exc, ModelError):
            return exc.status, exc.reason
        logger.error("the model function failed", exc_info=exc)
        return "error", "The assistant stumbled over this one. Ask again."

    async def post_async(self, shared: Shared, prep_res: Turn | None, exec_res: tuple[str, str]) -> None:
        shared["status"], shared["reason"] = exec_res
        shared["answer"] = "".join(prep_res.said) if prep_res else ""
        shared["usage"] = prep_res.usage if prep_res else None


def addressed(message: Message, room: Room, messages: Sequence[Message]) -> bool:
    """Whether `message` wants an answer, by the room's manners (docs/design.md)."""
    if room["speaks"] in ("always", "never"):
        return room["speaks"] == "always"
    author = message["author"]["id"]
    others = len(room["here"]) - (author in room["here"])
    if room["speaks"] == "auto" and others == 0:
        return True
    return _is_named(room["assistant"], message["content"]) or _replies_to_assistant(message, messages)


def _is_named(name: str, content: str) -> bool:
    if name.casefold() not in content.casefold():
        return False
    latin = r"0-9A-Za-z_\u00c0-\u024f-"  # a Japanese particle at its end leaves it a name, in an e-mail address it is none
    return bool(re.search(rf"(?<![{latin}.@])@?{re.escape(name)}(?![{latin}]|\.\w)", content, re.IGNORECASE))


def _replies_to_assistant(message: Message, messages: Sequence[Message]) -> bool:
    original = message.get("reply_to")
    return original is not None and any(m["id"] == original and m["author"]["kind"] == "assistant" for m in messages)


def build_prompt(instructions: str, room: Room, messages: Sequence[Message], questions: Sequence[Message]) -> Prompt:
    """OpenAI chat messages: who and where we are, what was said by whom and when, the questions last."""
    space = PROMPT_CHARACTERS - sum(len(question["content"]) for question in questions)
    talk: list[Message] = []
    for message in reversed([m for m in messages if m not in questions and _is_talk(m)]):
        space -= len(message["content"])
        if space < 0:
            break
        talk.insert(0, message)
    return [{"role": "system", "content": _scene(instructions, room)}, *map(_spoken, [*talk, *questions])]


def _is_talk(message: Message) -> bool:
    return message["author"]["kind"] != "system" and message["status"] != "streaming" and bool(message["content"])


def _scene(instructions: str, room: Room) -> str:
    lines = [
        instructions,
        room["instructions"],
        f"You are {room['assistant']}, in a chat room with people. Their messages begin with when and who, stamped by the room.",
        "Answer the last messages; the others are what was said before. Write the answer alone, without time and name.",
        f"Room: {room['title']}",
        f"Here now: {', '.join(room['people'])}" if room["people"] else "",
    ]
    return "\n".join(line for line in lines if line)


def _spoken(message: Message) -> dict[str, str]:
    if message["author"]["kind"] == "assistant":
        return {"role": "assistant", "content": message["content"]}
    when = datetime.fromtimestamp(message["ts"] / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    text = message["content"].replace("\n", "\n  ")  # so that no line of it can pass for another message
    return {"role": "user", "content": f"[{when}] {message['author']['name']}: {text}"}
