"""PocketRoom with a parrot for an assistant: told `3 hey`, it says `hey` three times, and breaks characters as it likes."""

import os
from collections.abc import AsyncIterator

import uvicorn

from main import create_app
from utils.stream_llm import Prompt
from utils.wire import RoomProtocol


async def parrot(prompt: Prompt, model: str) -> AsyncIterator[str]:
    _, _, asked = prompt[-1]["content"].replace("\n  ", "\n").partition("\n")  # the prompt indents what is said
    times, _, words = asked.partition(" ")
    data = words.encode("utf-16-le") * int(times)
    for start in range(0, len(data), 6):
        yield data[start : start + 6].decode("utf-16-le", "surrogatepass")


if __name__ == "__main__":
    uvicorn.run(create_app(model=parrot), port=int(os.environ["PORT"]), ws=RoomProtocol, log_level="warning")
