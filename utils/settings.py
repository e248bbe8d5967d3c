"""Every setting: its name (in capitals in the environment), its default, one sentence about it."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import load_dotenv
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

PROVIDERS: dict[str, tuple[str | None, str | None]] = {
    # name: (its OpenAI-compatible server, the variable that holds its key)
    "openai": (None, "OPENAI_API_KEY"),
    "anthropic": ("https://api.anthropic.com/v1/", "ANTHROPIC_API_KEY"),
    "google": ("https://generativelanguage.googleapis.com/v1beta/openai/", "GEMINI_API_KEY"),
    "ollama": ("http://127.0.0.1:11434/v1/", None),
    "groq": ("https://api.groq.com/openai/v1/", "GROQ_API_KEY"),
    "mistral": ("https://api.mistral.ai/v1/", "MISTRAL_API_KEY"),
    "openrouter": ("https://openrouter.ai/api/v1/", "OPENROUTER_API_KEY"),
}
NOT_YET = ("ROOM_PASSWORD", "TRUSTED_USER_HEADER", "TRUSTED_PROXIES")
Whole = Annotated[int, Field(ge=0, le=10**9)]


class SettingsError(Exception):
    """A setting that cannot be used, as one sentence: what was expected, what came, what to do."""


def is_url(text: str) -> str:
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0):
        raise ValueError("not a URL like https://host/v1")
    return text


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    host: str = Field("127.0.0.1", description="The address to listen on; 0.0.0.0 lets other machines in.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    database_url: str = Field(
        "sqlite:///pocketroom.db", pattern=r"^sqlite:///[^:]", description="Where the log is kept: sqlite:///FILE."
    )
    llm: str = Field(
        "", pattern=f"^(|fake|({'|'.join(PROVIDERS)}):.+)$", validate_default=False,
        description="fake or provider:model; without it openai:gpt-4.1 where there is an OPENAI_API_KEY, else fake.",
    )  # fmt: skip
    openai_api_key: str = Field("", description="The key for LLM=openai:….")
    openai_base_url: Annotated[str, AfterValidator(is_url)] = Field("", description="Any OpenAI-compatible server, for LLM=openai:….")
    llm_timeout: Whole = Field(30, description="Seconds of silence after which a model is given up; 0: never.")
    assistant_name: str = Field("Pocket", min_length=1, max_length=32, description="What people call the assistant.")
    assistant_instructions: str = Field(
        "You are a helpful member of this room: brief, friendly and exact. Answer in Markdown.",
        description="What the assistant is told in every room.",
    )
    speaks: Literal["auto", "always", "mentioned", "never"] = Field(
        "auto", description="When the assistant answers, in rooms that are not configured otherwise."
    )
    fake_llm_tokens_per_second: Whole = Field(50, description="How fast the offline assistant types; 0: at once.")
    messages_per_minute: Whole = Field(100, description="Messages, edits and the like per person; 0: no limit.")
    answers_per_minute: Whole = Field(10, description="Answers per person; 0: no limit.")
    connections_per_address: Whole = Field(20, description="Open sockets per network address; 0: no limit.")
    operator_token: str = Field(
        "", pattern="^$|^[!-~]{16,}$", description="The operator's secret, 16 characters or more: who shows it may fetch a backup."
    )
    allowed_hosts: str = Field("", description="More Host names to let in, comma-separated; * for any.")

    @property
    def database_path(self) -> str:
        return self.database_url.removeprefix("sqlite:///")

    @property
    def model(self) -> str:
        """`fake` or `provider:model`, after the defaults."""
        return self.llm or ("openai:gpt-4.1" if self.openai_api_key else "fake")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environ`; by default the process's environment and a `.env` file here. Raises SettingsError."""
    if environ is None:
        load_dotenv(".env")
        environ = os.environ
    for name in NOT_YET:
        if environ.get(name):  # to start without a protection that somebody asked for would be worse
            raise SettingsError(f"{name} is set, but there is no sign-in in this version. Unset it, or sign people in at a proxy.")
    try:
        settings = Settings.model_validate({name: environ[name.upper()] for name in Settings.model_fields if environ.get(name.upper())})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]).upper()
        came = "not usable" if name.endswith(("_KEY", "_TOKEN")) else repr(first["input"])
        raise SettingsError(f"{name} is {came}. {first['msg']}.") from None
    provider = settings.model.partition(":")[0]
    key = PROVIDERS[provider][1] if provider in PROVIDERS else None
    if key and not environ.get(key) and not (provider == "openai" and settings.openai_base_url):
        raise SettingsError(f"LLM is {settings.model!r}, which needs {key}. Set it, or LLM=fake for the offline assistant.")
    return settings
