"""An answer of 10,000 tokens from a model that never waits, but gives the event loop a turn every TOKENS_AT_ONCE, as a
provider's stream does at each read of its socket.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

TOKENS = 10_000
TOKENS_AT_ONCE = 10
WORDS = ("the", "room", "is", "open", "and", "all", "that", "was", "said", "is", "kept", "before", "anyone", "reads", "it")
LAST = " THE-END"  # the last token: whoever has it has the whole answer
TEXT = [" " + WORDS[number % len(WORDS)] for number in range(TOKENS - 1)] + [LAST]
TEXT_BYTES = len("".join(TEXT))


async def tokens(prompt: object = None, model: str = "", **options: Any) -> AsyncIterator[str]:
    """The answer to everything, as a model gives it."""
    for number, token in enumerate(TEXT):
        if number % TOKENS_AT_ONCE == 0:
            await asyncio.sleep(0)
        yield token
