"""A room to take away, as text: a line of JSON for each message, or Markdown for people.

In Markdown each message is quoted. So whatever stands in it, an open fence or HTML, ends with it, and passes for nobody else's.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime

from pydantic_core import to_json

from utils.message_log import UNSET, Passage
from utils.protocol import Author, Message, Refused

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~&!:@^$=]|(?<=www)\.", re.IGNORECASE)  # and what makes links of addresses
END = Passage(0, UNSET, [], {})
_LINE_END = re.compile(r"\r\n|\r|\n")


async def exported(
    after: Callable[[int], Awaitable[Passage]], passage: Passage, head: str, write: Callable[[Passage], str]
) -> AsyncIterator[str]:
    """The room from `passage` on, about up to where it stood then. The next one is read when this one has been sent."""
    end = passage.seq
    yield head
    while passage.messages and passage.messages[0]["id"] <= end:
        yield write(passage)
        passage = await patiently(after, passage.messages[-1]["id"])


async def patiently(after: Callable[[int], Awaitable[Passage]], id: int) -> Passage:
    """What is read in the middle of a response, when it is too late to refuse; so what is too busy now is asked again."""
    while True:
        try:
            return await after(id)
        except Refused as refused:
            if refused.code not in ("overloaded", "unavailable"):  # they may not read on: what they have ends here
                return END
            await asyncio.sleep(refused.retry_after or 1)


def json_lines(passage: Passage) -> str:
    """Each message as it is sent; a deleted one has no text."""
    return "".join(f"{to_json(message).decode()}\n" for message in passage.messages)


def markdown_head(room: str, title: str, now: int) -> str:
    return f"# {plain(title or room)}\n\nThe room {plain(room)}, as it was on {when(now)}.\n"


def markdown(passage: Passage) -> str:
    """What `passage` holds, but deleted messages."""
    shown = (message for message in passage.messages if message["status"] != "deleted")
    return "".join(f"\n{line}\n" for message in shown for line in paragraphs(message, passage.replied_to))


def paragraphs(message: Message, replied_to: dict[int, Author]) -> Iterator[str]:
    """Who said when, to whom; what; how it ended."""
    author, said_at = message["author"], when(message["ts"])
    if author["kind"] == "system":
        yield f"*{plain(message['content'])}* · {said_at}"
        return
    line = f"**{plain(author['name'])}** · {said_at}"
    if whom := replied_to.get(message.get("reply_to", 0)):
        line += f" · to {plain(whom['name'])}"
    yield f"{line} · edited" if "edited" in message else line
    if message["content"]:
        yield "\n".join(f"> {line}" if line else ">" for line in _LINE_END.split(message["content"]))
    if message["status"] != "complete":
        yield f"*{plain(how_it_ended(message))}*"


def how_it_ended(message: Message) -> str:
    """A sentence on an answer that is not complete."""
    if message["status"] == "streaming":
        return "This answer was still being written."
    if message["status"] == "stopped" and "by" in message:
        return f"{message['by']['name']} stopped this answer."
    return message.get("reason") or f"This answer ended early ({message['status']})."


def plain(text: str) -> str:
    """`text` in one line that Markdown leaves as it is."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def when(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
