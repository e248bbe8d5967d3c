"""Settings from an environment."""

import pytest

from utils.settings import PROVIDERS, Settings, SettingsError, load_settings


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
    key = PROVIDERS[provider][1]
    if key is None:
        assert load_settings({"LLM": f"{provider}:m"}).model == f"{provider}:m"
        return
    assert load_settings({"LLM": f"{provider}:m", key: "k"}).model == f"{provider}:m"
    with pytest.raises(SettingsError, match=key):
        load_settings({"LLM": f"{provider}:m"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"), ("PORT", "70000"), ("SPEAKS", "sometimes"), ("MESSAGES_PER_MINUTE", "-1"), ("LLM", "openai"),
        ("LLM", "skynet:t800"), ("DATABASE_URL", "postgres://x"), ("DATABASE_URL", "sqlite:///:memory:"),
        ("ASSISTANT_NAME", "x" * 33),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_by_name_and_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as told:
        load_settings({name: value})
    assert name in str(told.value)
    assert value in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["ROOM_PASSWORD", "TRUSTED_USER_HEADER", "TRUSTED_PROXIES"])
def test_a_protection_that_is_not_there_is_not_passed_over(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({name: "x"})


def test_a_secret_that_cannot_be_used_is_not_told() -> None:
    with pytest.raises(SettingsError, match="OPERATOR_TOKEN") as told:
        load_settings({"OPERATOR_TOKEN": "hush-hush"})
    assert "hush" not in str(told.value)
