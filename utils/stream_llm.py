"""Models behind one async generator. `python -m utils.stream_llm "Hi"` tries the configured one, `--check` tells whether it works.

A model function takes the prompt, as OpenAI's chat messages, and a model name, and yields text as it comes, what it does
meanwhile, perhaps a Usage. That it returns means that the answer is complete; to say anything else it raises ModelError.
"""

import asyncio
import importlib
import logging
import math
import os
import random
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, cast

from utils.fake_llm import fake_llm
from utils.model_errors import CUT_OFF, NO_ANSWER, UNREACHABLE, Busy, ModelError, PromptTooLong, explain, judge
from utils.providers import ANY_SERVER, PROVIDERS, route
from utils.settings import Settings, SettingsError, load_settings

__all__ = ["ChatModel", "Model", "ModelError", "Piece", "Progress", "Prompt", "PromptTooLong", "Usage", "choose_model"]

RETRIES = 2  # after the first try, while nothing of an answer has come
BACKOFF_SECONDS = 1.0  # the first wait is at most this, the second twice that; at random in between, lest all come at once
RETRY_AFTER_SECONDS = 20  # a server that asks for a longer pause is not waited for
TICK_SECONDS = 0.5  # between two words about the wait: shorter than any silence that LLM_TIMEOUT can mean
USAGE_SECONDS = 0.5  # after the end of an answer, for its usage; some servers hang there
CHECK_SECONDS = 60  # of silence, for --check where LLM_TIMEOUT is 0


@dataclass(frozen=True)
class Usage:
    """What an answer cost, in tokens; `estimated` where the provider does not tell."""

    input: int
    output: int
    estimated: bool = False


@dataclass(frozen=True)
class Progress:
    """What a model does while nobody sees text yet; perhaps how much of it is done."""

    content: str
    percent: int | None = None


Prompt = Sequence[dict[str, str]]
Piece = str | Usage | Progress
Model = Callable[..., AsyncIterator[Piece]]  # llm(prompt, model, **options); of options there is only temperature: float


def choose_model(settings: Settings) -> Model:
    """The model function for these settings. It takes names as they stand in Settings.models; "" is the configured one."""
    servers: dict[str, ChatModel] = {}

    def stream(prompt: Prompt, model: str = "", **options: Any) -> AsyncIterator[Piece]:
        provider, name = route(model, settings.model)
        if provider == "fake":
            return fake_llm(prompt, name, rate=settings.fake_llm_tokens_per_second)
        if provider not in servers:
            servers[provider] = ChatModel(settings, provider)
        return servers[provider].stream(prompt, name, **options)

    return stream


class ChatModel:
    """The models of one provider."""

    def __init__(self, settings: Settings, provider: str) -> None:
        self._settings, self._provider = settings, PROVIDERS[provider]
        self._url, self._organization = self._provider.url, None
        if provider == "openai":
            self._organization = settings.openai_org or None
            if settings.openai_base_url and "api.openai.com" not in settings.openai_base_url:
                self._provider, self._url = ANY_SERVER, settings.openai_base_url
        elif provider == "azure":
            self._url = settings.azure_openai_endpoint.rstrip("/").removesuffix("/openai/v1") + "/openai/v1/"
        self._client: Any = None

    async def stream(self, prompt: Prompt, model: str, **options: Any) -> AsyncIterator[Piece]:
        """The answer to `prompt`; raises ModelError. Closing the generator closes the provider's stream."""
        openai = await asyncio.to_thread(importlib.import_module, "openai")  # 0.3 s, paid by the first question
        for retry in range(RETRIES + 1):
            begun = False
            try:
                async with await self._connect(openai, prompt, model, **options) as stream, aclosing(_read(stream)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except ModelError as error:
                fault = error
            except Exception as error:  # whatever the SDK stumbles over was sent by the server; its words may repeat the key
                fault = explain(error, openai, self._provider.key or "it", begun)
                if fault.reason == UNREACHABLE and self._provider.unreachable:
                    fault = Busy(self._provider.unreachable)
            if begun or retry == RETRIES or not isinstance(fault, Busy) or fault.wait > RETRY_AFTER_SECONDS:
                raise fault
            async for waiting in _wait(fault, random.uniform(0, BACKOFF_SECONDS * 2**retry)):
                yield waiting

    async def _connect(self, openai: Any, prompt: Prompt, model: str, **options: Any) -> Any:
        if self._client is None:
            self._client = self._make_client(openai)
        options.setdefault("temperature", self._settings.llm_temperature)
        options[self._provider.limit] = self._settings.llm_max_tokens
        options["stream_options"] = None if self._provider.tells_usage else {"include_usage": True}
        wanted = {name: value for name, value in options.items() if value is not None}
        return await self._client.chat.completions.create(model=model, messages=list(prompt), stream=True, **wanted)

    def _make_client(self, openai: Any) -> Any:
        for name in ("openai", "httpx2", "httpcore2"):  # at DEBUG they tell addresses and headers
            logging.getLogger(name).setLevel(logging.WARNING)
        key = os.environ.get(self._provider.key or "", "").strip() or "none"
        if not (key.isascii() and key.isprintable()):
            raise ModelError(f"{self._provider.key} holds a character that no key has. Whoever runs this room should copy it anew.")
        is_openai = self._provider.key == "OPENAI_API_KEY"  # nobody else is told the account that the SDK finds in the environment
        return openai.AsyncOpenAI(
            api_key=key,
            base_url=self._url,
            organization=self._organization,
            default_headers={} if is_openai else {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()},
            max_retries=0,  # they are ours: they can be seen, and stopped
            timeout=openai.Timeout(None, connect=self._settings.llm_connect_timeout),  # silence is the assistant's to watch
        )


async def _read(stream: Any) -> AsyncGenerator[Piece, None]:
    said = thought = False
    chunk: Any = None
    finish = usage = None
    async for chunk in stream:
        for choice in (chunk.choices or [])[:1]:
            text, thinks = _content(choice.delta)
            if text:
                said = True
                yield text
            elif thinks:
                thought = True
                yield Progress("Thinking")
            finish = choice.finish_reason or finish
        if finish:
            break
    if finish is None:  # a stream that was cut also ends without an error
        is_stream = "event-stream" in stream.response.headers.get("content-type", "")
        raise Busy(CUT_OFF) if is_stream else ModelError(NO_ANSWER)
    with suppress(Exception):  # what it cost is worth a moment and no error
        async with asyncio.timeout(USAGE_SECONDS):
            while chunk.usage is None:
                chunk = await anext(stream)
        usage = Usage(int(chunk.usage.prompt_tokens), int(chunk.usage.completion_tokens))
    if usage:
        yield usage
    judge(finish, said, thought)


def _content(delta: Any) -> tuple[str, bool]:
    """What `delta` says, and whether the model thinks meanwhile. Some send what they think beside the text, Mistral in it."""
    if delta is None:
        return "", False
    content = delta.content or getattr(delta, "refusal", None) or ""
    if isinstance(content, list):  # https://github.com/BerriAI/litellm/issues/16272
        return "".join(part["text"] for part in content if part["type"] == "text"), True
    return "" + content, bool(getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None))


async def _wait(fault: Busy, jitter: float) -> AsyncIterator[Progress]:
    """Wait, telling why, so that people see it and whoever watches for silence does not give up."""
    end = time.monotonic() + fault.wait + jitter
    while (left := end - time.monotonic()) > 0:
        yield Progress(f"{fault.reason.partition('. ')[0]}; trying again in {math.ceil(left)} s")
        await asyncio.sleep(min(left, TICK_SECONDS))


# ---- python -m utils.stream_llm ------------------------------------------------------------------


def _ask(settings: Settings, question: str, model: str = "") -> AsyncIterator[Piece]:
    return choose_model(settings)([{"role": "system", "content": ""}, {"role": "user", "content": question}], model)


async def _answer(settings: Settings, question: str) -> None:
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] (half a character may come alone)
    async for piece in _ask(settings, question):
        if isinstance(piece, str):
            print(piece, end="", flush=True)
    print()


async def _check(settings: Settings) -> None:
    """Says in one line that all models of these settings answer; raises ModelError if one does not."""
    silence, own, *others = settings.llm_timeout or CHECK_SECONDS, settings.model, *settings.models[1:]
    took = []
    for name in (own, *others):
        begun = time.monotonic()
        try:
            async with asyncio.timeout(silence):
                await _first_text(_ask(settings, "Say yes.", name))
        except TimeoutError:
            raise ModelError(f"{name}: The model said nothing for {silence} s.") from None
        except ModelError as error:
            raise ModelError(f"{name}: {error.reason}") from None
        took.append(time.monotonic() - begun)
    print(f"{own} works: answered in {took[0]:.1f} s." + (f" So do {', '.join(others)}." if others else ""))


async def _first_text(pieces: AsyncIterator[Piece]) -> None:
    async with aclosing(cast(Any, pieces)):
        async for piece in pieces:
            if isinstance(piece, str) and piece.strip():
                return


if __name__ == "__main__":
    wants_check = sys.argv[1:] == ["--check"]
    try:
        asyncio.run(_check(load_settings()) if wants_check else _answer(load_settings(), " ".join(sys.argv[1:]) or "Hi"))
    except (ModelError, SettingsError) as error:
        sys.exit(str(error) if wants_check else f"\n{error}")
    except KeyboardInterrupt:
        print()
