"""A model alone, before a scripted server: what it yields, and the sentence each failure becomes."""

import asyncio
import os
import re
import sys
from asyncio import Event
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from tests.server import ROOT
from tests.provider import (
    DONE, Fault, Provider, Script, answer, begun, cut_short, delta, event, failure, head, usage,
)  # fmt: skip
from utils.settings import Settings
from utils.stream_llm import ChatModel, ModelError, Usage

KEY = "sk-canary-0123456789"
PROMPT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Ann: Hi"}]
SECRETS = re.compile(r"sk-|https?:|127\.0\.0\.1|Traceback|[<>{}]")

REFUSALS: dict[str, tuple[Script, str]] = {
    "the key is refused": (failure("401 Unauthorized", f"Incorrect API key: {KEY}"), "OPENAI_API_KEY"),
    "the key may not do this": (failure("403 Forbidden", KEY), "choose another"),
    "the account is empty": (failure("402 Payment Required", KEY), "credit"),
    "the model is unknown": (failure("404 Not Found", KEY), "LLM"),
    "there is too much to do": (failure("429 Too Many Requests", KEY, "retry-after: 60"), "in a minute"),
    "the server fails": (failure("500 Internal Server Error", KEY), "Ask again"),
    "the server sends us elsewhere": ([head("307 Moved", "text/plain", "location: http://127.0.0.1:1/")], "address"),
    "the line is closed at once": ([], "cannot be reached"),
    "it speaks no HTTP": ([b"* OK IMAP4 ready\r\n\r\n"], "cannot be reached"),
    "it sends a page": ([head(content_type="text/html"), f"<html>{KEY}</html>".encode()], "Ask again"),
    "it sends one JSON object": ([head(content_type="application/json"), b'{"choices": []}'], "Ask again"),
    "it sends nothing": ([head()], "Ask again"),
    "it sends an error in the stream": ([head(), event({"error": {"message": KEY}})], "Ask again"),
}
CUTS: dict[str, tuple[Script, str, str]] = {
    "the stream ends too early": (begun("Half"), "error", "cut off"),
    "the stream is done too early": ([*begun("Half"), DONE], "error", "cut off"),
    "a proxy gives up": (cut_short("Half"), "error", ""),
    "the connection is reset": ([*begun("Half"), 0.05, Fault.RESET], "error", ""),
    "an event is no JSON": ([*begun("Half"), b"data: {oops\n\n"], "error", "no answer"),
    "an event is no UTF-8": ([*begun("Half"), b'data: "\xff\xfe"\n\n'], "error", "no answer"),
    "an event has no data": ([*begun("Half"), b"id: 7\n\n"], "error", "no answer"),
    "the stream tells of an error": ([*begun("Half"), event({"error": KEY})], "error", "Ask again"),
    "the length limit is reached": (answer("Half", finish="length"), "truncated", "limit"),
    "the filter ends it": (answer("Half", finish="content_filter"), "filtered", "filter"),
    "it wants to call a tool": (answer("Half", finish="tool_calls"), "error", "tool"),
}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as provider:
        yield provider


@pytest.fixture
def model(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> ChatModel:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return ChatModel(Settings(llm="openai:test", openai_base_url=provider.url))  # type: ignore[call-arg]


async def listen(model: ChatModel, heard: list[str | Usage]) -> None:
    async with aclosing(model.stream(PROMPT)) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            heard.append(piece)


async def failing(model: ChatModel, heard: list[str | Usage]) -> ModelError:
    with pytest.raises(ModelError) as failed:
        await listen(model, heard)
    assert re.fullmatch(r"[A-Z][^\n]{20,160}[.?]", failed.value.reason)
    assert not SECRETS.search(failed.value.reason)
    return failed.value


async def test_the_model_is_asked_what_ann_said_and_answers_in_pieces(provider: Provider, model: ChatModel) -> None:
    provider.plays(answer("It is ", "fo", "ur."))
    heard: list[str | Usage] = []
    await listen(model, heard)
    assert heard == ["It is ", "fo", "ur.", Usage(input=7, output=3)]
    [call] = provider.calls
    assert call.prompt == PROMPT
    assert call.body["model"] == "test"
    assert call.headers["authorization"] == f"Bearer {KEY}"


async def test_a_room_may_have_a_model_of_its_own(provider: Provider, model: ChatModel) -> None:
    assert "Yes." in [piece async for piece in model.stream(PROMPT, "larger")]
    assert provider.calls[0].body["model"] == "larger"


@pytest.mark.parametrize(("script", "hint"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refusal_is_told_in_a_sentence(provider: Provider, model: ChatModel, script: Script, hint: str) -> None:
    provider.plays(script)
    heard: list[str | Usage] = []
    error = await failing(model, heard)
    assert (heard, error.status) == ([], "error")
    assert hint in error.reason
    assert len(provider.calls) == 1, "asked again without being told to"


@pytest.mark.parametrize(("script", "status", "hint"), CUTS.values(), ids=CUTS.keys())
async def test_what_came_before_a_failure_stays(
    provider: Provider, model: ChatModel, script: Script, status: str, hint: str
) -> None:
    provider.plays(script)
    heard: list[str | Usage] = []
    error = await failing(model, heard)
    assert (heard, error.status) == (["Half"], status)
    assert hint in error.reason


async def test_a_server_that_is_down_is_told_in_a_sentence(model: ChatModel, provider: Provider) -> None:
    await provider.__aexit__()
    assert "Is it up" in (await failing(model, [])).reason


@pytest.mark.parametrize("data", [{}, None, [], "text", {"choices": None}, {"choices": [{"delta": {"content": 5}}]}], ids=str)
async def test_json_that_is_no_answer_is_told_in_a_sentence(provider: Provider, model: ChatModel, data: object) -> None:
    provider.plays([*begun("Half"), event(data), DONE])
    heard: list[str | Usage] = []
    await failing(model, heard)
    assert heard == ["Half"]


async def test_a_server_that_hangs_after_the_end_does_not_keep_the_answer_open(provider: Provider, model: ChatModel) -> None:
    provider.plays([*begun("Done."), delta(finish="stop"), Fault.SILENCE])
    heard: list[str | Usage] = []
    async with asyncio.timeout(4):
        await listen(model, heard)
    assert heard == ["Done."]
    await provider.calls[0].client_is_gone()


async def test_the_usage_may_come_with_the_finish_reason(provider: Provider, model: ChatModel) -> None:
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    provider.plays([*begun("Hi."), event(last), Fault.SILENCE])
    heard: list[str | Usage] = []
    await listen(model, heard)
    assert heard == ["Hi.", Usage(1, 2)]


@pytest.mark.parametrize("tail", [[DONE], [b"data: oops\n\n"], [Fault.RESET], [usage(1, 2), Fault.RESET]], ids=range(4))
async def test_what_comes_after_the_finish_reason_cannot_spoil_the_answer(
    provider: Provider, model: ChatModel, tail: Script
) -> None:
    provider.plays([*begun("Whole."), delta(finish="stop"), *tail])
    heard: list[str | Usage] = []
    await listen(model, heard)
    assert heard[0] == "Whole."


async def test_whoever_stops_listening_closes_the_providers_stream(provider: Provider, model: ChatModel) -> None:
    provider.plays([*begun("One", "Two"), Fault.SILENCE])
    async with aclosing(model.stream(PROMPT)) as pieces:  # type: ignore[type-var]
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
    heard: list[str | Usage] = []
    await listen(model, heard)
    assert heard[:-1] == words


async def test_the_pieces_come_as_they_are_sent_and_not_at_the_end(provider: Provider, model: ChatModel) -> None:
    go_on = Event()
    provider.plays([*begun("Wait"), go_on, *answer(" for it")[2:]])
    async with aclosing(model.stream(PROMPT)) as pieces:  # type: ignore[type-var]
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
    assert "> Hi, who are you?" in printed


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


async def test_half_characters_break_no_terminal(provider: Provider) -> None:
    provider.plays(answer("Hello \ud83d", "\ude00"))
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url}
    assert (await terminal("Hi", **settings))[0] == 0


@pytest.mark.parametrize("key", [f"{KEY}…", f"{KEY}\n"], ids=["an ellipsis", "a line end"])
async def test_a_key_that_was_pasted_badly_works_or_is_named_as_the_fault(provider: Provider, key: str) -> None:
    settings = {"LLM": "openai:test", "OPENAI_API_KEY": key, "OPENAI_BASE_URL": provider.url}
    status, _, complaint = await terminal("Hi", **settings)
    assert status == 0 or "key" in complaint.lower()
