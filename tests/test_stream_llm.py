"""A model alone, before a scripted server: what it yields, and the sentence each failure becomes."""

import asyncio
import os
import re
import sys
from asyncio import Event
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.server import ROOT
from tests.provider import (
    DONE, Fault, Provider, Script, answer, begun, cut_short, delta, event, failure, head, usage,
)  # fmt: skip
from utils import stream_llm
from utils.providers import PROVIDERS
from utils.settings import Settings
from utils.stream_llm import ChatModel, ModelError, Piece, Usage, choose_model

KEY = "sk-canary-0123456789"
PROMPT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Ann: Hi"}]
SECRETS = re.compile(r"sk-|https?:|127\.0\.0\.1|Traceback|[<>{}]")

# Besides the faults of docs/assistant.md, which test_provider_faults.py plays:
REFUSALS: dict[str, tuple[Script, str]] = {
    "the server sends us elsewhere": ([head("307 Moved", "text/plain", "location: http://127.0.0.1:1/")], "address"),
    "the server sends us nowhere": ([head("302 Found", "text/plain")], "address"),
    "the line is closed at once": ([], "cannot be reached"),
    "it speaks no HTTP": ([b"* OK IMAP4 ready\r\n\r\n"], "cannot be reached"),
    "it sends one JSON object": ([head(content_type="application/json"), b'{"choices": []}'], "address"),
    "it sends nothing": ([head()], "Ask again"),
    "its status is unheard of": (failure("599 Oh", KEY), "Ask again"),
    "its refusal is unheard of": (failure("418 I am a teapot", KEY), "LLM_TEMPERATURE"),
    "its refusal is no text": ([head("400 Bad Request"), b"\xff\xfe" * 50_000], "LLM_TEMPERATURE"),
}
CUTS: dict[str, tuple[Script, str, str]] = {
    "the stream ends too early": (begun("Half"), "error", "cut off"),
    "a proxy gives up": (cut_short("Half"), "error", "cut off"),
    "an event is no UTF-8": ([*begun("Half"), b'data: "\xff\xfe"\n\n'], "error", "no answer"),
    "an event has no data": ([*begun("Half"), b"id: 7\n\n"], "error", "no answer"),
    "an event has no bottom": ([*begun("Half"), b"data: " + b"[" * 100_000 + b"\n\n"], "error", "no answer"),
    "the stream tells of an error": ([*begun("Half"), event({"error": KEY})], "error", "Ask again"),
}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as provider:
        yield provider


@pytest.fixture
def model(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> ChatModel:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(stream_llm, "BACKOFF_SECONDS", 0)
    return ChatModel(Settings(llm="openai:test", openai_base_url=provider.url), "openai")  # type: ignore[call-arg]


async def listen(model: ChatModel, heard: list[Piece]) -> None:
    async with aclosing(model.stream(PROMPT, "test")) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            heard.append(piece)


async def failing(model: ChatModel, heard: list[Piece]) -> ModelError:
    with pytest.raises(ModelError) as failed:
        await listen(model, heard)
    assert re.fullmatch(r"[A-Z][^\n]{20,160}[.?]", failed.value.reason)
    assert not SECRETS.search(failed.value.reason)
    return failed.value


async def test_the_model_is_asked_what_ann_said_and_answers_in_pieces(provider: Provider, model: ChatModel) -> None:
    provider.plays(answer("It is ", "fo", "ur."))
    heard: list[Piece] = []
    await listen(model, heard)
    assert heard == ["It is ", "fo", "ur.", Usage(input=7, output=3)]
    [call] = provider.calls
    assert call.prompt == PROMPT
    assert call.body["model"] == "test"
    assert call.headers["authorization"] == f"Bearer {KEY}"


async def test_a_room_may_have_a_model_of_its_own(provider: Provider, model: ChatModel) -> None:
    assert "Yes." in [piece async for piece in model.stream(PROMPT, "larger")]
    assert provider.calls[0].body["model"] == "larger"


def settings_for(provider: Provider, **more: object) -> Settings:
    return Settings.model_validate({"llm": "openai:test", "openai_base_url": provider.url, **more})


async def test_what_is_not_set_is_not_sent(provider: Provider, model: ChatModel) -> None:
    await listen(model, [])
    [call] = provider.calls
    assert set(call.body) == {"model", "messages", "stream", "stream_options"}
    assert "openai-organization" not in call.headers


async def test_temperature_length_and_organisation_are_sent_as_set(provider: Provider, model: ChatModel) -> None:
    llm = choose_model(settings_for(provider, llm_temperature="0", llm_max_tokens="300", openai_org="org-1"))
    assert "Yes." in [piece async for piece in llm(PROMPT)]
    assert "Yes." in [piece async for piece in llm(PROMPT, "", temperature=0.9)]
    usual, warmer = provider.calls
    assert (usual.body["temperature"], usual.body["max_tokens"], usual.headers["openai-organization"]) == (0, 300, "org-1")
    assert (warmer.body["temperature"], warmer.body["max_tokens"]) == (0.9, 300)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_each_provider_is_asked_in_its_own_way(provider: Provider, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    row = PROVIDERS[name]
    monkeypatch.setitem(PROVIDERS, name, replace(row, url=provider.url))
    monkeypatch.setenv(row.key or "NO_KEY", f"key of {name}")
    azure = provider.url.removesuffix("/v1")
    llm = choose_model(Settings.model_validate({"llm": f"{name}:m", "llm_max_tokens": "9", "azure_openai_endpoint": azure}))
    assert "Yes." in [piece async for piece in llm(PROMPT)]
    [call] = provider.calls
    assert call.headers["authorization"] == f"Bearer {f'key of {name}' if row.key else 'none'}"
    assert call.body[row.limit] == 9
    assert {"max_tokens", "max_completion_tokens"} - set(call.body) == {"max_tokens", "max_completion_tokens"} - {row.limit}
    assert ("stream_options" in call.body) != row.tells_usage


async def test_a_name_leads_to_its_provider_and_a_bare_one_to_the_usual(
    provider: Provider, model: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Provider() as another:
        monkeypatch.setitem(PROVIDERS, "ollama", replace(PROVIDERS["ollama"], url=another.url))
        llm = choose_model(settings_for(provider, models="gpt-mini, ollama:llama3.2:3b"))
        for name in ("", "gpt-mini", "ollama:llama3.2:3b", "vendor/model:free"):
            assert "Yes." in [piece async for piece in llm(PROMPT, name)]
        assert [call.body["model"] for call in provider.calls] == ["test", "gpt-mini", "vendor/model:free"]
        assert [call.body["model"] for call in another.calls] == ["llama3.2:3b"]
        assert KEY not in str(another.calls[0].headers)


@pytest.mark.parametrize(("script", "hint"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refusal_is_told_in_a_sentence(provider: Provider, model: ChatModel, script: Script, hint: str) -> None:
    provider.always_plays(script)
    heard: list[Piece] = []
    error = await failing(model, heard)
    assert (heard, error.status) == ([], "error")
    assert hint in error.reason


@pytest.mark.parametrize(("script", "status", "hint"), CUTS.values(), ids=CUTS.keys())
async def test_what_came_before_a_failure_stays(
    provider: Provider, model: ChatModel, script: Script, status: str, hint: str
) -> None:
    provider.plays(script)
    heard: list[Piece] = []
    error = await failing(model, heard)
    assert (heard, error.status) == (["Half"], status)
    assert hint in error.reason


async def test_a_server_that_is_down_is_told_in_a_sentence(model: ChatModel, provider: Provider) -> None:
    await provider.__aexit__()
    assert "Is it up" in (await failing(model, [])).reason


@pytest.mark.parametrize("data", [{}, None, [], "text", {"choices": None}, {"choices": [{"delta": {"content": 5}}]}], ids=str)
async def test_json_that_is_no_answer_is_told_in_a_sentence(provider: Provider, model: ChatModel, data: object) -> None:
    provider.plays([*begun("Half"), event(data), DONE])
    heard: list[Piece] = []
    await failing(model, heard)
    assert heard == ["Half"]


async def test_a_server_that_hangs_after_the_end_does_not_keep_the_answer_open(provider: Provider, model: ChatModel) -> None:
    provider.plays([*begun("Done."), delta(finish="stop"), Fault.SILENCE])
    heard: list[Piece] = []
    async with asyncio.timeout(4):
        await listen(model, heard)
    assert heard == ["Done."]
    await provider.calls[0].client_is_gone()


async def test_the_usage_may_come_with_the_finish_reason(provider: Provider, model: ChatModel) -> None:
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    provider.plays([*begun("Hi."), event(last), Fault.SILENCE])
    heard: list[Piece] = []
    await listen(model, heard)
    assert heard == ["Hi.", Usage(1, 2)]


@pytest.mark.parametrize("tail", [[DONE], [b"data: oops\n\n"], [Fault.RESET], [usage(1, 2), Fault.RESET]], ids=range(4))
async def test_what_comes_after_the_finish_reason_cannot_spoil_the_answer(
    provider: Provider, model: ChatModel, tail: Script
) -> None:
    provider.plays([*begun("Whole."), delta(finish="stop"), *tail])
    heard: list[Piece] = []
    await listen(model, heard)
    assert heard[0] == "Whole."


async def test_whoever_stops_listening_closes_the_providers_stream(provider: Provider, model: ChatModel) -> None:
    provider.plays([*begun("One", "Two"), Fault.SILENCE])
    async with aclosing(model.stream(PROMPT, "test")) as pieces:  # type: ignore[type-var]
        assert await anext(pieces) == "One"
    await provider.calls[0].client_is_gone()


@pytest.mark.parametrize("script", [[Fault.SILENCE], [head(), Fault.SILENCE], [*begun("One"), Fault.SILENCE]], ids=range(3))
async def test_a_listener_who_goes_in_the_silence_closes_the_providers_stream(
    provider: Provider, model: ChatModel, script: Script
) -> None:
    provider.plays(script)
    listening = asyncio.create_task(listen(model, []))
    call = await provider.call()
    listening.cancel()
    await call.client_is_gone()
    with pytest.raises(asyncio.CancelledError):
        await listening


async def test_many_tokens_come_one_by_one_and_in_order(provider: Provider, model: ChatModel) -> None:
    words = [f"{n} " for n in range(2_000)]
    provider.plays(answer(*words))
    heard: list[Piece] = []
    await listen(model, heard)
    assert heard[:-1] == words


async def test_the_pieces_come_as_they_are_sent_and_not_at_the_end(provider: Provider, model: ChatModel) -> None:
    go_on = Event()
    provider.plays([*begun("Wait"), go_on, *answer(" for it")[2:]])
    async with aclosing(model.stream(PROMPT, "test")) as pieces:  # type: ignore[type-var]
        assert await anext(pieces) == "Wait"
        go_on.set()
        assert await anext(pieces) == " for it"


# ---- python -m utils.stream_llm ------------------------------------------------------------------


async def terminal(*arguments: str, **settings: str) -> tuple[int | None, str, str]:
    """Its exit status, what it printed, and what it complained about."""
    nothing = {"LLM": "", "OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "NO_PROXY": "127.0.0.1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "utils.stream_llm", *arguments, cwd=ROOT, env={**os.environ, **nothing, **settings},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert "Traceback" not in err.decode()
    assert KEY not in (out + err).decode()
    return process.returncode, out.decode(), err.decode()


async def test_ann_tries_the_offline_model_in_her_terminal() -> None:
    status, printed, complaint = await terminal("Hi, who are you?", LLM="fake", FAKE_LLM_TOKENS_PER_SECOND="0")
    assert (status, complaint) == (0, "")
    assert "OPENAI_API_KEY" in printed


async def test_ann_tries_her_own_model_in_her_terminal(provider: Provider) -> None:
    provider.plays(answer("It ", "works."))
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url}
    assert await terminal("Hi", **settings) == (0, "It works.\n", "")
    assert provider.calls[0].prompt[-1] == {"role": "user", "content": "Hi"}


async def test_ann_is_told_in_her_terminal_that_her_key_is_wrong(provider: Provider) -> None:
    provider.plays(failure("401 Unauthorized", f"Incorrect API key: {KEY}"))
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url}
    status, printed, complaint = await terminal("Hi", **settings)
    assert (status, printed) == (1, "")
    assert "should check OPENAI_API_KEY" in complaint


async def test_ann_is_told_in_her_terminal_that_there_is_no_key() -> None:
    status, printed, complaint = await terminal("Hi", LLM="openai:test")
    assert (status, printed) == (1, "")
    assert "needs OPENAI_API_KEY" in complaint


async def test_ann_checks_her_settings(provider: Provider) -> None:
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url}
    status, printed, complaint = await terminal("--check", **settings, MODELS="")
    assert (status, complaint) == (0, "")
    assert re.fullmatch(r"openai:test works: answered in \d\.\d s\.\n", printed)
    status, printed, _ = await terminal("--check", **settings, MODELS="small,large")
    assert status == 0
    assert re.fullmatch(r"openai:test works: answered in \d\.\d s\. So do small, large\.\n", printed)
    assert [call.body["model"] for call in provider.calls] == ["test", "test", "small", "large"]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (failure("401 Unauthorized", KEY), "The model's server refused the key. Whoever runs this room should check OPENAI_API_KEY."),
        ([Fault.SILENCE], "The model said nothing for 1 s."),
        (answer(), "The model had nothing to say. Ask again."),
    ],
    ids=["wrong key", "silence", "nothing"],
)
async def test_ann_is_told_in_one_line_why_her_settings_do_not_work(provider: Provider, script: Script, told: str) -> None:
    provider.plays(script)
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url, "LLM_TIMEOUT": "1" if "1 s" in told else "20"}
    assert await terminal("--check", **settings) == (1, "", f"openai:test: {told}\n")


async def test_ann_is_told_which_of_her_models_does_not_work(provider: Provider) -> None:
    provider.plays(answer("Yes."), failure("404 Not Found", ""))
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url, "MODELS": "gone"}
    told = "gone: The server does not know this model. Whoever runs this room should check LLM and MODELS.\n"
    assert await terminal("--check", **settings) == (1, "", told)


async def test_the_offline_model_works_too() -> None:
    status, printed, _ = await terminal("--check", LLM="fake")
    assert (status, printed[:11]) == (0, "fake works:")


async def test_half_characters_break_no_terminal(provider: Provider) -> None:
    provider.plays(answer("Hello \ud83d", "\ude00"))
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url}
    assert (await terminal("Hi", **settings))[0] == 0


@pytest.mark.parametrize("key", [f"{KEY}…", f"{KEY}\n"], ids=["an ellipsis", "a line end"])
async def test_a_key_that_was_pasted_badly_works_or_is_named_as_the_fault(provider: Provider, key: str) -> None:
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": key, "OPENAI_BASE_URL": provider.url}
    status, _, complaint = await terminal("Hi", **settings)
    assert status == 0 or "key" in complaint.lower()
