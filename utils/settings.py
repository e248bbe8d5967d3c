"""Every setting: its name (in capitals in the environment), its default, one sentence about it."""

import os
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import load_dotenv
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from utils.providers import ANY_SERVER, PROVIDERS, receiver, route

SENT_ANYWAY = ("authorization", "cookie", "host", "origin", "user-agent", "x-forwarded-for", "x-forwarded-proto")
Whole = Annotated[int, Field(ge=0, le=10**9)]


class SettingsError(Exception):
    """A setting that cannot be used, as one sentence: what was expected, what came, what to do."""


def is_url(text: str) -> str:
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0):
        raise ValueError("not a URL like https://host/v1")
    return text


def as_networks(listed: Any) -> list[str]:
    """Addresses and networks, as Python writes them."""
    names = listed.split(",") if isinstance(listed, str) else listed
    networks = [ip_network(name.strip()) for name in names if name.strip()]
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("a network of everybody: name the proxies alone")
    return [str(network.network_address) if network.num_addresses == 1 else str(network) for network in networks]


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
    openai_org: str = Field(
        "", pattern="^[!-~]*$", description="The organisation that pays, for LLM=openai:…, where a key belongs to several."
    )
    azure_openai_endpoint: Annotated[str, AfterValidator(is_url)] = Field(
        "", description="The resource's address, https://NAME.openai.azure.com, for LLM=azure:…."
    )
    models: list[str] = Field(
        [], validate_default=True,
        description="Models that a room may choose besides LLM, comma-separated: names, or provider:model. LLM's is the first.",
    )  # fmt: skip
    llm_temperature: float | None = Field(None, ge=0, le=2, description="How freely a model chooses its words; unset: its own default.")
    llm_max_tokens: int | None = Field(None, ge=1, le=10**9, description="How long an answer may become; unset: the model's own limit.")
    llm_timeout: Whole = Field(30, description="Seconds of silence after which a model is given up; 0: never.")
    llm_connect_timeout: int = Field(10, ge=1, le=600, description="Seconds to reach a model's server.")
    prompt_tokens: int | None = Field(
        None, ge=500, le=10**9, description="A prompt's budget, in tokens; older messages are left out. Unset: 16,000, with Ollama 3,000."
    )
    room_tokens_per_day: Whole = Field(0, description="Tokens of a room per day, prompts and answers; 0: no limit.")
    personas: str = Field("", description="A TOML file of more modes for rooms, besides General and Expert.")
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
    answers_per_minute: Whole = Field(10, description="Answers per person, and five times as many per network address; 0: no limit.")
    answers_per_day: Whole = Field(1000, description="Answers of everybody together in a day; 0: no limit.")
    rooms_per_hour: Whole = Field(30, description="New rooms per person; 0: no limit.")
    connections_per_address: Whole = Field(20, description="Open sockets per network address; 0: no limit.")
    connections: Whole = Field(2000, description="Open connections of everybody together; 0: as many as the system lets a process have.")
    operator_token: str = Field(
        "", pattern="^$|^[!-~]{16,}$", description="The operator's secret, 16 characters or more: who shows it may fetch a backup, make announcements, and read /metrics."
    )
    retention_days: Whole = Field(0, description="Days after which a message is removed from the log; 0: never.")
    log_format: Literal["text", "json"] = Field("text", description="How a line of the log on stderr is written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Which events the log tells of; debug adds a line for each request."
    )
    room_password: str = Field("", max_length=1000, description="A password that everybody is asked for once; unset: nobody is.")
    allowed_hosts: str = Field("", description="More Host names to let in, comma-separated; * for any.")
    trusted_proxies: Annotated[list[str], BeforeValidator(as_networks)] = Field(
        [], description="Proxies whose word on a client's address and scheme is taken: addresses and networks, comma-separated."
    )
    trusted_user_header: str = Field(
        "", pattern="^$|^[A-Za-z0-9][A-Za-z0-9-]{0,63}$",
        description="The header in which TRUSTED_PROXIES tell who has signed in there; then nobody gets in past them.",
    )  # fmt: skip

    @property
    def database_path(self) -> str:
        return self.database_url.removeprefix("sqlite:///")

    @property
    def model(self) -> str:
        """`fake` or `provider:model`, after the defaults."""
        return _configured(self.llm, self.openai_api_key)

    def sent_to(self, model: str) -> str:
        """Who reads what people say where `model` answers: a provider and its server; "" if it stays on this one."""
        provider, _ = route(model, self.model)
        return receiver(provider, {"openai": self.openai_base_url, "azure": self.azure_openai_endpoint}.get(provider, ""))

    def budget(self, model: str) -> int:
        """The tokens that a prompt for `model` may have."""
        provider, _ = route(model, self.model)
        return self.prompt_tokens or PROVIDERS.get(provider, ANY_SERVER).prompt_tokens

    @field_validator("trusted_user_header")
    @classmethod
    def _from_somebody(cls, header: str, before: ValidationInfo) -> str:
        if header.lower() in SENT_ANYWAY:
            raise ValueError("a header that browsers or proxies send anyway: take one of its own, like X-User")
        if header and not before.data.get("trusted_proxies"):
            raise ValueError("believed of nobody: set TRUSTED_PROXIES to the address of the proxy that sets it")
        return header

    @field_validator("models", mode="before")
    @classmethod
    def _as_people_see_them(cls, listed: Any, before: ValidationInfo) -> list[str]:
        """Each once, the configured one first, and of its provider's the bare names."""
        configured = _configured(before.data.get("llm", ""), before.data.get("openai_api_key", ""))
        names = listed.split(",") if isinstance(listed, str) else listed
        return list(dict.fromkeys(_shown(name.strip(), configured) for name in [configured, *names] if name.strip()))


def _configured(llm: str, openai_api_key: str) -> str:
    return llm or ("openai:gpt-4.1" if openai_api_key else "fake")


def _shown(name: str, configured: str) -> str:
    """The shortest name that still means this model."""
    provider, model = route(name, configured)
    short = model if model and route(model, configured) == (provider, model) else ""
    return short or f"{provider}:{model}".strip(":")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environ`; by default the process's environment and a `.env` file here. Raises SettingsError."""
    if environ is None:
        load_dotenv(".env")
        environ = os.environ
    try:
        settings = Settings.model_validate({name: environ[name.upper()] for name in Settings.model_fields if environ.get(name.upper())})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]).upper()
        came = "not usable" if name.endswith(("_KEY", "_TOKEN", "_PASSWORD")) else repr(first["input"])
        raise SettingsError(f"{name} is {came}. {first['msg']}.") from None
    for name in settings.models:
        _check_model(name, settings, environ)
    return settings


def _check_model(name: str, settings: Settings, environ: Mapping[str, str]) -> None:
    """Raises SettingsError if what a model needs is not set."""
    provider, model = route(name, settings.model)
    is_own = (provider, model) == route("", settings.model)
    told = f"LLM is {settings.model!r}" if is_own else f"MODELS names {name!r}"
    instead = "LLM=fake for the offline assistant" if is_own else "take it out of MODELS"
    if provider == "fake":
        if model:
            raise SettingsError(f"MODELS names {model!r}, but LLM is 'fake', which has no such model. Write provider:model there.")
        return
    key = PROVIDERS[provider].key
    if key and not environ.get(key) and not (provider == "openai" and settings.openai_base_url):
        raise SettingsError(f"{told}, which needs {key}. Set it, or {instead}.")
    if provider == "azure" and not settings.azure_openai_endpoint:
        raise SettingsError(f"{told}, which needs AZURE_OPENAI_ENDPOINT, like https://NAME.openai.azure.com. Set it, or {instead}.")
