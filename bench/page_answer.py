"""What a model writes when it is asked for a lot: a long Markdown answer, token by token, over an OpenAI-compatible server."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from tests.provider import DONE, Provider, Script, begun, delta, usage

SEED = 5
TOKEN = re.compile(r"\n+|[ ]*[A-Za-z]{1,7}|[ ]*\d{1,3}|[ ]*[^\w\s]{1,2}|\s")  # about as long as a model's tokens
WORDS = re.findall(r"\w+", """
    the room a message order every reader server log commit batch token stream which line socket disk after before
    while people answer another because never writes holds same keeps one two between older newest small and of to in is it that
""")
CODE = """\
async def deliver(batch: list[Change]) -> None:
    for change in sorted(batch, key=lambda change: change.seq):
        room = rooms[change.room]
        room.apply(change)  # in memory first
        await room.broadcast(change.frame())
"""


def markdown_tokens(count: int, seed: int = SEED) -> list[str]:
    """So many tokens of headings, prose, lists, tables, quotes and code, the same for the same seed."""
    random = Random(seed)
    tokens: list[str] = []
    section = 0
    while len(tokens) < count:
        section += 1
        tokens += TOKEN.findall("".join(block + "\n\n" for block in blocks(random, section)))
    return tokens[:count]


def blocks(random: Random, section: int) -> Iterator[str]:
    yield f"{'##' if section % 3 == 1 else '###'} {section}. {sentence(random, 4)}"
    yield paragraph(random)
    match section % 5:
        case 0:
            yield "\n".join(f"> {sentence(random, 14)}" for _ in range(3))
        case 1:
            yield "\n".join(f"- **{random.choice(WORDS).title()}**: {sentence(random, 12)}" for _ in range(6))
        case 2:
            yield f"```python\n{CODE}```"
        case 3:
            yield "\n".join(["| Step | Who | What |", "|---|:--:|---|", *(table_row(random, row) for row in range(8))])
        case _:
            yield "\n".join(f"{n}. {sentence(random, 9)}\n   - {sentence(random, 7)}\n   - `{random.choice(WORDS)}()`" for n in range(1, 5))
    yield paragraph(random)


def table_row(random: Random, row: int) -> str:
    return f"| {row + 1} | *{random.choice(WORDS)}* | {sentence(random, 6)} |"


def paragraph(random: Random) -> str:
    return " ".join(sentence(random, random.randint(8, 18)) for _ in range(random.randint(2, 5)))


def sentence(random: Random, words: int) -> str:
    said = random.choices(WORDS, k=words)
    if words > 7:
        marked = random.randrange(1, words - 1)
        said[marked] = random.choice(("**{}**", "*{}*", "`{}`", "[{}](https://example.org/a)")).format(said[marked])
    return " ".join(said).capitalize() + "."


# ---- who writes it -------------------------------------------------------------------------------


class Writer:
    """A provider in a thread of its own, which writes what it is given when it is next asked."""

    def __init__(self, provider: Provider, loop: asyncio.AbstractEventLoop) -> None:
        self.url = provider.url
        self._provider, self._loop = provider, loop

    def writes(self, tokens: Sequence[str], per_second: int) -> None:
        """The tokens, so many per second; 0: as fast as they are taken."""
        self.plays(script(tokens, per_second))

    def plays(self, script: Script) -> None:
        self._loop.call_soon_threadsafe(self._provider.plays, script)


def script(tokens: Sequence[str], per_second: int) -> Script:
    pause = [1 / per_second] if per_second else []
    told = [step for token in tokens for step in (delta(token), *pause)]
    return [*begun(), *told, delta(finish="stop"), usage(10, len(tokens)), DONE]


@contextmanager
def writer() -> Iterator[Writer]:
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    writers: list[Writer] = []

    async def serve() -> None:
        async with Provider() as provider:
            writers.append(Writer(provider, loop))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield writers[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
