"""Models behind one async generator. `python -m utils.stream_llm "Hi"` tries the configured one alone.

A model function takes the prompt, as OpenAI's chat messages, and a model name, and yields text as it comes, perhaps a
Usage. That it returns means that the answer is complete; to say anything else it raises ModelError.
"""

import asyncio
import importlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from utils.fake_llm import fake_llm
from utils.settings import PROVIDERS, Settings, SettingsError, load_settings

CONNECT_SECONDS = 10
USAGE_SECONDS = 0.5  # after the end of an answer, for its usage; some servers hang there

CUT_OFF = "The answer was cut off on its way from the model. Ask again."


@dataclass(frozen=True)
class Usage:
    """What an answer cost, in tokens."""

    input: int
    output: int


ModelStatus = Literal["error", "filtered", "truncated", "stopped", "interrupted"]


class ModelError(Exception):
    """Why an answer is not complete: its status, and a sentence on which a person can act."""

    def __init__(self, reason: str, status: ModelStatus = "error") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status: ModelStatus = status


Prompt = Sequence[dict[str, str]]
Model = Callable[[Prompt, str], AsyncIterator[str | Usage]]


def choose_model(settings: Settings) -> Model:
    """The model function that the settings ask for."""
    if settings.model == "fake":
        return partial(fake_llm, rate=settings.fake_llm_tokens_per_second)
    return ChatModel(settings).stream


class ChatModel:
    """Any OpenAI-compatible server."""

    def __init__(self, settings: Settings) -> None:
        self.provider, _, self.model = settings.model.partition(":")
        url, self._key_name = PROVIDERS[self.provider]
        self._url = settings.openai_base_url if self.provider == "openai" and settings.openai_base_url else url
        self._client: Any = None

    async def stream(self, prompt: Prompt, model: str = "") -> AsyncIterator[str | Usage]:
        """The answer to `prompt`; raises ModelError. Closing the generator closes the provider's stream."""
        openai = await asyncio.to_thread(importlib.import_module, "openai")  # 0.3 s, paid by the first question
        stream = None
        try:
            stream = await self._connect(openai, prompt, model or self.model)
            async with stream:
                async for piece in self._read(stream):
                    yield piece
        except openai.APIError as error:
            raise ModelError(self._explain(openai, error) if stream is None else CUT_OFF) from error
        except (ValueError, TypeError, AttributeError) as error:  # no JSON, no UTF-8, or JSON of another shape
            raise ModelError("The model's server sent something that is no answer. Ask again.") from error

    async def _connect(self, openai: Any, prompt: Prompt, model: str) -> Any:
        if self._client is None:
            key = os.environ.get(self._key_name or "", "").strip() or "none"
            if not (key.isascii() and key.isprintable()):
                raise ModelError(f"{self._key_name} holds a character that no key has. Whoever runs this room should copy it anew.")
            self._client = openai.AsyncOpenAI(
                api_key=key,
                base_url=self._url,
                max_retries=0,  # a person sees the sentence at once, and can ask again
                timeout=openai.Timeout(None, connect=CONNECT_SECONDS),  # silence is the assistant's to watch
            )
        return await self._client.chat.completions.create(
            model=model, messages=list(prompt), stream=True, stream_options={"include_usage": True}
        )

    async def _read(self, stream: Any) -> AsyncIterator[str | Usage]:
        finish: str | None = None
        chunk: Any = None
        async for chunk in stream:
            for choice in (chunk.choices or [])[:1]:
                if choice.delta is not None and choice.delta.content:
                    yield "" + choice.delta.content  # nothing but text
                elif getattr(choice.delta, "reasoning_content", None):
                    yield ""  # it thinks: not silent
                finish = choice.finish_reason or finish
            if finish:
                break
        _judge(finish)
        with suppress(Exception):  # the answer is whole; what it cost is worth a moment and no error
            async with asyncio.timeout(USAGE_SECONDS):
                while chunk.usage is None:
                    chunk = await anext(stream)
                yield Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)

    def _explain(self, openai: Any, error: Exception) -> str:
        # The provider's own words may repeat keys and addresses: they are never shown.
        status = getattr(error, "status_code", None)
        if isinstance(error, openai.APITimeoutError):
            return "The model's server did not answer in time. Ask again."
        if isinstance(error, openai.APIConnectionError):
            return "The model's server cannot be reached. Is it up, and is its address right?"
        reasons = {
            400: "The model refused this request: the talk may be too long for it, or its name wrong.",
            401: f"The model's server refused the key. Whoever runs this room should check {self._key_name or 'it'}.",
            402: "The model's account has run out of credit. Whoever runs this room can add some.",
            403: "The key may not use this model. Whoever runs this room can choose another.",
            404: "The server does not know this model. Whoever runs this room should check LLM.",
            429: "The model has too much to do, or the account's limit is reached. Ask again in a minute.",
        }
        return reasons.get(status or 0, "The model's server had a problem. Ask again in a moment.")


def _judge(finish: str | None) -> None:
    """Only a finish_reason is success: a stream that was cut also ends without an error."""
    if finish is None:
        raise ModelError(CUT_OFF)
    if finish == "length":
        raise ModelError("The answer reached the model's length limit.", "truncated")
    if finish == "content_filter":
        raise ModelError("The model's content filter ended this answer.", "filtered")
    if finish in ("tool_calls", "function_call"):
        raise ModelError("The model wanted to call a tool, and there are none here. Ask again in other words.")


async def _main(question: str) -> None:
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] (half a character may come alone)
    model = choose_model(load_settings())
    async for piece in model([{"role": "system", "content": ""}, {"role": "user", "content": question}], ""):
        if isinstance(piece, str):
            print(piece, end="", flush=True)
    print()


if __name__ == "__main__":
    try:
        asyncio.run(_main(" ".join(sys.argv[1:]) or "Hi"))
    except (ModelError, SettingsError) as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        print()
