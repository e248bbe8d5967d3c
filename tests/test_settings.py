"""Settings from an environment."""

import pytest

from utils.providers import PROVIDERS, route
from utils.settings import Settings, SettingsError, load_settings


def test_nothing_needs_to_be_set() -> None:
    assert load_settings({}) == Settings.model_validate({})
    assert load_settings({}).model == "fake"
    assert load_settings({"PORT": ""}).port == 8000


def test_a_key_is_enough_for_a_real_model() -> None:
    assert load_settings({"OPENAI_API_KEY": "sk-1"}).model == "openai:gpt-4.1"
    assert load_settings({"OPENAI_API_KEY": "sk-1", "LLM": "fake"}).model == "fake"
    assert load_settings({"LLM": "openai:mine", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}).model == "openai:mine"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_asks_for_its_own_key(provider: str) -> None:
    key = PROVIDERS[provider].key
    place = {"AZURE_OPENAI_ENDPOINT": "https://ann.openai.azure.com"} if provider == "azure" else {}
    assert load_settings({"LLM": f"{provider}:m", key or "X": "k", **place}).model == f"{provider}:m"
    if key:
        with pytest.raises(SettingsError, match=key):
            load_settings({"LLM": f"{provider}:m"})


def test_azure_wants_to_know_where() -> None:
    with pytest.raises(SettingsError, match="AZURE_OPENAI_ENDPOINT"):
        load_settings({"LLM": "azure:m", "AZURE_OPENAI_API_KEY": "k"})


@pytest.mark.parametrize(
    ("llm", "models", "offered"),
    [
        ("openai:a", "", ["a"]),
        ("openai:a", " b, ,a,openai:b, groq:c ", ["a", "b", "groq:c"]),
        ("groq:vendor/c", "openai:a", ["vendor/c", "openai:a"]),
        ("ollama:llama3.2:3b", "qwen3:8b", ["llama3.2:3b", "qwen3:8b"]),
        ("ollama:mistral:7b", "ollama:groq:1b", ["ollama:mistral:7b", "ollama:groq:1b"]),
        ("fake", "groq:c", ["fake", "groq:c"]),
        ("openai:a", "fake", ["a", "fake"]),
    ],
)
def test_the_models_that_rooms_may_choose_begin_with_the_usual_one(llm: str, models: str, offered: list[str]) -> None:
    settings = load_settings({"LLM": llm, "MODELS": models, "OPENAI_API_KEY": "k", "GROQ_API_KEY": "k"})
    assert settings.models == offered
    assert route(settings.models[0], settings.model) == route("", settings.model)


@pytest.mark.parametrize(("models", "hint"), [("groq:c", "GROQ_API_KEY"), ("b", "provider:model"), ("azure:c", "AZURE_OPENAI_API_KEY")])
def test_a_model_that_cannot_be_asked_is_told_at_the_start(models: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=hint) as told:
        load_settings({"LLM": "fake", "MODELS": models})
    assert models in str(told.value)
    assert "MODELS" in str(told.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"), ("PORT", "70000"), ("SPEAKS", "sometimes"), ("MESSAGES_PER_MINUTE", "-1"), ("LLM", "openai"),
        ("LLM", "skynet:t800"), ("DATABASE_URL", "postgres://x"), ("DATABASE_URL", "sqlite:///:memory:"),
        ("ASSISTANT_NAME", "x" * 33), ("LLM_TEMPERATURE", "hot"), ("LLM_TEMPERATURE", "2.1"), ("LLM_TEMPERATURE", "nan"),
        ("LLM_MAX_TOKENS", "0"),
        ("LLM_CONNECT_TIMEOUT", "0"), ("OPENAI_ORG", "org…"), ("OPENAI_BASE_URL", "localhost:8080"), ("AZURE_OPENAI_ENDPOINT", "ann"),
        ("PROMPT_TOKENS", "100"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_by_name_and_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as told:
        load_settings({name: value})
    assert name in str(told.value)
    assert value in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["TRUSTED_USER_HEADER", "TRUSTED_PROXIES"])
def test_a_protection_that_protects_nobody_is_not_passed_over(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({name: "X-User"})


@pytest.mark.parametrize(("name", "secret"), [("OPERATOR_TOKEN", "hush-hush"), ("ROOM_PASSWORD", "hush" * 251)])
def test_a_secret_that_cannot_be_used_is_not_told(name: str, secret: str) -> None:
    with pytest.raises(SettingsError, match=name) as told:
        load_settings({name: secret})
    assert "hush" not in str(told.value)


def test_a_prompts_budget_is_what_its_provider_can_read_unless_it_is_set() -> None:
    settings = load_settings({"LLM": "ollama:llama3.2", "MODELS": "openai:gpt-4.1", "OPENAI_API_KEY": "x"})
    assert (settings.budget("llama3.2"), settings.budget("openai:gpt-4.1")) == (3_000, 16_000)
    assert load_settings({"LLM": "ollama:llama3.2", "PROMPT_TOKENS": "9000"}).budget("llama3.2") == 9_000
    assert load_settings({}).budget("fake") == 16_000
