"""The offline assistant: a model function that needs no key and no network, and says so."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence

MAX_TOKENS = 1_000_000
DIRECTIVE = re.compile(r"!tokens=(\d{1,7})\b")
RATE = re.compile(r"!rate=(\d{1,6})\b")
STAMP = re.compile(r"^\[[^\]]*\] (?P<name>.+?): (?P<text>.*)$", re.DOTALL)


async def fake_llm(messages: Sequence[dict[str, str]], model: str = "", *, rate: int = 50) -> AsyncIterator[str]:
    """Answer the last of `messages` in Markdown, `rate` tokens per second (0: as fast as it goes).

    `!tokens=N` in it gets exactly N numbered tokens, and `!rate=R` sets the rate: for demos, tests and benchmarks.
    """
    prompt, question = messages[0]["content"], messages[-1]["content"]
    if directive := RATE.search(question):
        rate = int(directive[1])
    if directive := DIRECTIVE.search(question):
        tokens = _numbered(min(int(directive[1]), MAX_TOKENS))
    else:
        tokens = re.findall(r"\s*\S+", _answer(prompt, question, len(messages) - 1))
    begun = time.monotonic()
    for said, token in enumerate(tokens, 1):
        if rate:
            await asyncio.sleep(begun + said / rate - time.monotonic())
        yield token


def _numbered(count: int) -> list[str]:
    return [str(n) if n == 1 else f" {n}" for n in range(1, count + 1)]


def _answer(prompt: str, question: str, said: int) -> str:
    speaker = STAMP.match(question)
    name, text = (speaker["name"], speaker["text"]) if speaker else ("you", question)
    room, here = _line(prompt, "Room"), _line(prompt, "Here now")
    quote = " ".join(text.split())[:160]
    return f"""\
Hello **{name}**! You said:

> {quote}

I am the *offline* assistant of **{room or "this room"}**, so I cannot think about it, but I can show what happens here:

1. Your question went into the room's log, on disk, before anyone saw it.
2. I see the last {said} message{"s" if said != 1 else ""}{f" and who is here: {here}" if here else ""}.
3. This answer reaches everyone in the room, token by token.

| Try | and see |
|---|---|
| a second tab | both show the same stream |
| *Stop* | anyone in the room may |
| a reload, now | nothing is lost |

For a real model, set a key and start again:

```bash
OPENAI_API_KEY=… python main.py
```
"""


def _line(prompt: str, label: str) -> str:
    found = re.search(rf"^{label}: (.+)$", prompt, re.MULTILINE)
    return found[1] if found else ""
