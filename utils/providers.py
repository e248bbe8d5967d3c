"""The servers that models are asked at: a row for each, and what their errors mean. All speak OpenAI's chat completions."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Provider:
    """One of them, and in what it differs from the others."""

    url: str  # "": from a setting
    key: str | None  # the variable that holds its key; None: it wants none
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # what it calls the length limit of an answer
    tells_usage: bool = False  # without being asked, and takes no stream_options
    prompt_tokens: int = 16_000  # that a prompt may have, where PROMPT_TOKENS is not set
    unreachable: str = ""  # what people can do, where it is their own


PROVIDERS = {
    # "Unsupported parameter: 'max_tokens' is not supported with this model": https://github.com/vercel/ai/issues/7863
    "openai": Provider("https://api.openai.com/v1/", "OPENAI_API_KEY", "max_completion_tokens"),
    # https://platform.claude.com/docs/en/api/openai-sdk: both limits, stream_options; a temperature above 1 counts as 1
    "anthropic": Provider("https://api.anthropic.com/v1/", "ANTHROPIC_API_KEY"),
    # https://ai.google.dev/gemini-api/docs/openai
    "google": Provider("https://generativelanguage.googleapis.com/v1beta/openai/", "GEMINI_API_KEY"),
    # https://docs.ollama.com/api/openai-compatibility: max_tokens, stream_options. What is beyond its context, 4,096 tokens unless
    # OLLAMA_CONTEXT_LENGTH is set there, is cut off at the beginning without a word: https://docs.ollama.com/context-length
    "ollama": Provider(
        "http://127.0.0.1:11434/v1/", None, prompt_tokens=3_000,
        unreachable="Ollama does not run on the server. Start it there with “ollama serve”, or choose another model.",
    ),
    # max_tokens is deprecated there: https://github.com/groq/groq-python/pull/175
    "groq": Provider("https://api.groq.com/openai/v1/", "GROQ_API_KEY", "max_completion_tokens"),
    # refuses both with "Extra inputs are not permitted" and sends usage anyway:
    # https://github.com/editor-code-assistant/eca/issues/231, https://github.com/dnakov/anon-kode/issues/53
    "mistral": Provider("https://api.mistral.ai/v1/", "MISTRAL_API_KEY", tells_usage=True),
    # https://openrouter.ai/docs/api-reference/streaming
    "openrouter": Provider("https://openrouter.ai/api/v1/", "OPENROUTER_API_KEY"),
    # AZURE_OPENAI_ENDPOINT + /openai/v1/; the model is the deployment's name:
    # https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle
    "azure": Provider("", "AZURE_OPENAI_API_KEY", "max_completion_tokens"),
}
NAMES = {
    "openai": "OpenAI", "anthropic": "Anthropic", "google": "Google", "ollama": "Ollama", "groq": "Groq", "mistral": "Mistral",
    "openrouter": "OpenRouter", "azure": "Microsoft Azure",
}  # fmt: skip
THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
ANY_SERVER = Provider("", "OPENAI_API_KEY")  # OPENAI_BASE_URL; vLLM, llama.cpp, LM Studio … know max_tokens
# The phrases were collected by https://github.com/earendil-works/pi (packages/ai/src/utils/overflow.ts), one or two per provider.
TOO_LONG = r"""context.?length.?exceeded | prompt.(is.)?too.long | (maximum|model's).context.length | exceeds.the.(available.)?context
    | token.count.*exceeds.the.maximum | maximum.(prompt|allowed.input).length | reduce.the.length.of.the
    | greater.than.the.context | context.window.exceeds | exceeded.model.token.limit | input.is.too.long
    | exceed.context.limit | request.too.large"""
NO_CREDIT = r"insufficient_quota | credit.balance.is.too.low"  # OpenAI with 429, Anthropic with 400
BAD_KEY = r"API_KEY_INVALID | api.key.not.valid"  # Google, with 400
NO_MODEL = r"model_not_found | invalid.model | not.a.valid.model | unexpected.model.name"  # Mistral, OpenRouter, Google, with 400
FILTERED = r"content_filter | content.management.policy | requires.moderation | was.flagged"  # Azure with 400, OpenRouter with 403
OVERLOADED = r"overloaded"  # Anthropic, also in the middle of a stream
MEANINGS = [(TOO_LONG, 413), (NO_CREDIT, 402), (BAD_KEY, 401), (NO_MODEL, 404), (FILTERED, 451), (OVERLOADED, 529)]


def meaning(status: int, text: str) -> int:
    """The HTTP status that an error should have had, by what its text says: 413 too long, 451 filtered, else as usual."""
    return next((meant for said, meant in MEANINGS if re.search(said, text, re.IGNORECASE | re.VERBOSE)), status)


def receiver(provider: str, own_url: str = "") -> str:
    """Who reads what is sent to `provider`, in words for people; "" where it stays on this machine. `own_url`: in place of its usual one."""
    if provider == "fake":
        return ""
    host = urlsplit(own_url or PROVIDERS[provider].url).hostname or ""
    if host in THIS_MACHINE:
        return ""
    return host if own_url and provider == "openai" else f"{NAMES[provider]} ({host})"


def route(name: str, configured: str) -> tuple[str, str]:
    """Provider and model that `name` means: `provider:model`, else a model of the provider of `configured`; "" is that itself.

    Models of Ollama have colons, too, so that only what stands before the first one, and is a provider, counts as one.
    """
    provider, _, model = (name or configured).partition(":")
    if provider == "fake" or (provider in PROVIDERS and model):
        return provider, model
    return configured.partition(":")[0], name
