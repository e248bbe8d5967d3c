"""Each row of the table of faults in docs/assistant.md is played by a scripted server, and so are random streams.

FAULT_STREAMS=10000 plays so many of them instead of a few, FAULT_SEED others.
"""

import asyncio
import json
import logging
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import openai
import pytest

from tests.member import Member
from tests.provider import (
    DONE, Fault, Provider, Script, Step, answer, begun, byte_by_byte, completion, delta, event, failure, head, usage,
)  # fmt: skip
from tests.server import ROOT, Server
from utils import stream_llm
from utils.model_errors import Busy
from utils.settings import Settings
from utils.stream_llm import ChatModel, ModelError, Piece, Progress, PromptTooLong, Usage

KEY = "sk-canary-0123456789"
CANARY = "canary words of Ann"
PROMPT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": CANARY}]
SECRETS = re.compile(r"sk-|https?:|127\.0\.0\.1|Traceback|[<>{}]|canary")
SEED, STREAMS = int(os.environ.get("FAULT_SEED", "1")), int(os.environ.get("FAULT_STREAMS", "1000"))
OVER_HTTP = 300  # of the streams, at most
Ask = Callable[[str], ChatModel]
TRIES = stream_llm.RETRIES + 1
PATIENCE = 60  # seconds for all random streams but those of a long run
MEGABYTES = "0123456789abcdef" * 131_072  # 2 MiB


@dataclass(frozen=True)
class Row:
    status: str
    reason: str
    again: str


def rows() -> dict[str, Row]:
    """The table of faults, as people read it."""
    text = (ROOT / "docs" / "assistant.md").read_text(encoding="utf-8").split("## Faults", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| (.+?) \| `(\w+)` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    return {fault: Row(status, reason, again) for fault, status, reason, again in cells}


def paced(tokens: int, times: int) -> list[Step]:
    """So many tokens every hundredth of a second."""
    return [step for n in range(times) for step in (b"".join(delta(f"{n * tokens + m} ") for m in range(tokens)), 0.01)]


ROWS = rows()
MIDWAY = begun("Half")
PLAYED: dict[str, Script] = {
    "400: the talk is too long": failure("400 Bad Request", "This model's maximum context length is 8192 tokens."),
    "400: no such model": failure("400 Bad Request", "test is not a valid model ID"),
    "400: a wrong key (Google)": failure("400 Bad Request", f"API key not valid: {KEY}"),
    "400: the filter (Azure)": failure("400 Bad Request", "The prompt triggered our content management policy"),
    "400: anything else": failure("400 Bad Request", "Unsupported value: 'temperature'"),
    "401": failure("401 Unauthorized", f"Incorrect API key provided: {KEY}"),
    "402": failure("402 Payment Required", KEY),
    "403": failure("403 Forbidden", KEY),
    "404": failure("404 Not Found", "The model `test` does not exist"),
    "408": failure("408 Request Timeout", KEY),
    "413": failure("413 Request Entity Too Large", KEY),
    "429": failure("429 Too Many Requests", f"Rate limit reached for org-1 with {KEY}"),
    "429, Retry-After: 2": failure("429 Too Many Requests", KEY, "retry-after: 2"),
    "429, Retry-After: 180": failure("429 Too Many Requests", KEY, "retry-after: 180"),
    "429: no credit (OpenAI)": failure("429 Too Many Requests", "code: insufficient_quota"),
    "500, 502, 504": failure("502 Bad Gateway", f"<html>{KEY}"),
    "503": failure("503 Service Unavailable", KEY),
    "529": failure("529 Overloaded", KEY),
    "the connection breaks before the first text": [head(), delta("", role="assistant"), 0.05, Fault.RESET],
    "a clean end before the first text": [head(), delta("", role="assistant")],
    "an error event before the first text": [head(), event({"error": {"message": KEY}})],
    "the stream is cut": [*MIDWAY, 0.05, Fault.RESET],
    "a clean end without finish_reason": [*MIDWAY, DONE],
    "an error event in mid-stream": [*MIDWAY, event({"error": {"message": KEY}})],
    "finish_reason error": [*MIDWAY, delta(finish="error")],
    "an HTML page with status 200": [head(content_type="text/html"), f"<html>{KEY}</html>".encode()],
    "bad JSON": [head(), b"data: {oops\n\n"],
    "bad JSON in mid-stream": [*MIDWAY, b"data: {oops\n\n"],
    "finish_reason length": answer("Half", finish="length"),
    "finish_reason length, and only thoughts": [head(), delta(reasoning_content="Hm"), delta(finish="length"), DONE],
    "finish_reason content_filter": answer("Half", finish="content_filter"),
    "tool calls that nobody asked for": [
        head(), delta(tool_calls=[{"index": 0, "function": {"name": "rm", "arguments": "{}"}}]), delta(finish="tool_calls"), DONE,
    ],
    "only thoughts": [head(), delta(reasoning="Hm"), delta(reasoning="Hm, hm"), delta(finish="stop"), DONE],
    "an empty answer": answer(),
    "lone surrogates": answer("a\ud83d", "b", "\ude00"),
    "TCP segments of one byte": byte_by_byte(answer("One ", "by ", "one.")),
    "10,000 tokens a second": [head(), *paced(100, 100), delta(finish="stop"), DONE],
}  # fmt: skip
CONNECTING = {  # what goes wrong before a server can play anything; each has a test of its own
    "the connection is refused", "the connection does not come about", "https at a port without TLS", "a self-signed certificate",
    "no such host",
}  # fmt: skip
IN_A_ROOM: dict[str, Script] = {  # what the assistant watches for
    "a hang before the first byte": [Fault.SILENCE],
    "comments to keep the line alive, and nothing else": [head(), Fault.MURMUR],
    "a hang in mid-stream": [*MIDWAY, Fault.SILENCE],
    "a delta of 2 MB": answer(MEGABYTES),
}
HEARD = {
    "lone surrogates": "a\ud83db\ude00", "TCP segments of one byte": "One by one.",
    "10,000 tokens a second": "".join(f"{n} " for n in range(10_000)),
}  # fmt: skip


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as provider:
        yield provider


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What servers ask to be waited for; nobody waits here."""
    waits: list[float] = []

    async def hurry(fault: Busy, jitter: float) -> AsyncIterator[Progress]:
        waits.append(fault.wait)
        yield Progress("Waiting")

    monkeypatch.setattr(stream_llm, "_wait", hurry)
    return waits


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A model at an address."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "*")
    return lambda url: ChatModel(Settings(llm="openai:test", openai_base_url=url), "openai")  # type: ignore[call-arg]


@dataclass
class Outcome:
    """What came of one question: pieces, and either nothing more or an error."""

    pieces: list[Piece] = field(default_factory=list)
    error: ModelError | None = None

    @property
    def text(self) -> str:
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    def is_as_in(self, row: Row) -> None:
        if row.status == "complete":
            assert self.error is None
            return
        assert self.error is not None, "it passed for a whole answer"
        assert (self.error.status, self.error.reason) == (row.status, row.reason)
        assert isinstance(self.error, PromptTooLong) == (row.again == "with less talk")
        assert re.fullmatch(r"[A-Z][^\n]{20,160}[.?]", self.error.reason)
        assert not SECRETS.search(self.error.reason)


async def outcome(model: ChatModel) -> Outcome:
    """Any other exception than ModelError fails the test."""
    came = Outcome()
    try:
        async with aclosing(model.stream(PROMPT, "test")) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                came.pieces.append(piece)
    except ModelError as error:
        came.error = error
    return came


# ---- each row of the table -----------------------------------------------------------------------


def test_every_row_is_played_and_what_is_played_is_a_row() -> None:
    assert set(ROWS) == {*PLAYED, *CONNECTING, *IN_A_ROOM}


@pytest.mark.parametrize("fault", PLAYED)
async def test_a_fault_ends_as_the_table_says(provider: Provider, ask: Ask, waits: list[float], fault: str) -> None:
    provider.always_plays(PLAYED[fault])
    came = await outcome(ask(provider.url))
    came.is_as_in(ROWS[fault])
    assert len(provider.calls) == (TRIES if ROWS[fault].again == "yes" else 1)
    assert waits == [2.0 if "Retry-After: 2" in fault else 0.0] * (len(provider.calls) - 1)
    assert came.text == HEARD.get(fault, "Half" if came.text else "")


async def test_a_refused_connection(ask: Ask, provider: Provider, waits: list[float]) -> None:
    await provider.__aexit__()
    (await outcome(ask(provider.url))).is_as_in(ROWS["the connection is refused"])
    assert len(waits) == stream_llm.RETRIES


async def test_a_connection_that_does_not_come_about(ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    def drops(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("")

    in_memory(monkeypatch, httpx2.MockTransport(drops))
    (await outcome(ask("http://drops.test/v1"))).is_as_in(ROWS["the connection does not come about"])
    assert len(waits) == stream_llm.RETRIES


async def test_https_at_a_port_without_tls(ask: Ask, waits: list[float]) -> None:
    async def speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(head("400 Bad Request"))
        writer.close()

    async with await asyncio.start_server(speak_plainly, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        (await outcome(ask(f"https://127.0.0.1:{port}/v1"))).is_as_in(ROWS["https at a port without TLS"])
    assert waits == []


async def test_a_host_that_is_not_there(ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*host: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    (await outcome(ask("http://nobody.invalid/v1"))).is_as_in(ROWS["no such host"])
    assert waits == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
async def test_a_self_signed_certificate_is_refused_until_it_is_named(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subject = ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *subject]
    await asyncio.to_thread(subprocess.run, [*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    overlook(ConnectionResetError, ssl.SSLError)  # the client refuses, as it should
    async with Provider(tls=tls) as provider:
        (await outcome(ask(provider.url))).is_as_in(ROWS["a self-signed certificate"])
        assert provider.calls == [], "the key was sent to a stranger"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert (await outcome(ask(provider.url))).text == "Yes."


def overlook(*errors: type[Exception]) -> None:
    """Let none of these in the scripted server fail the test."""
    loop = asyncio.get_running_loop()
    complain = loop.get_exception_handler()

    def listen(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
        if complain and not isinstance(told.get("exception"), errors):
            complain(loop, told)

    loop.set_exception_handler(listen)


async def test_in_a_room_too_each_ends_once_and_nothing_of_the_key_is_seen(
    provider: Provider, serve: Callable[..., Server], tmp_path: Path
) -> None:
    others = ("401", "429, Retry-After: 180", "an error event in mid-stream", "lone surrogates")
    faults = {**IN_A_ROOM, **{fault: PLAYED[fault] for fault in others}}
    settings = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url, "NO_PROXY": "127.0.0.1", "OPENAI_LOG": "debug"}
    server = await asyncio.to_thread(partial(serve, LLM="openai:test", LLM_TIMEOUT="2", **settings))
    async with AsyncExitStack() as leaving:
        ann = await Member(server, "Ann").join()
        leaving.push_async_callback(ann.leave)
        for fault, script in faults.items():
            provider.plays(script)
            end = await ann.finished(await ann.say(f"What of {fault}?"))
            told = ROWS[fault].reason.replace("30 seconds", "2 seconds")
            assert (end["status"], end.get("reason", told)) == (ROWS[fault].status, told)
            assert len(ann.of("end", id=end["id"])) == 1
        assert KEY not in json.dumps(ann.frames)
    page = await asyncio.to_thread(lambda: httpx2.get(server.url).text)
    assert KEY not in server.printed() + page
    assert provider.url not in server.printed()
    assert "What of" not in server.printed()


# ---- trying again --------------------------------------------------------------------------------


async def test_what_was_a_hiccup_is_not_told_as_a_fault(provider: Provider, ask: Ask) -> None:
    provider.plays(PLAYED["529"], [], answer("Here ", "I am."))
    came = await outcome(ask(provider.url))
    assert (came.text, came.error) == ("Here I am.", None)
    assert came.pieces[:3] == [Progress("Waiting"), Progress("Waiting"), "Here "]
    assert [call.body for call in provider.calls] == [provider.calls[0].body] * 3


@pytest.mark.parametrize("piece", [delta("Half"), delta(reasoning="Hm")], ids=["text", "thoughts"])
async def test_once_something_has_come_nothing_is_tried_again(provider: Provider, ask: Ask, piece: bytes) -> None:
    provider.always_plays([head(), piece, 0.05, Fault.RESET])
    came = await outcome(ask(provider.url))
    assert came.error is not None
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("retry_after", "told"),
    [
        ("20", "20 seconds"), ("1.5", "2 seconds"), ("21", "21 seconds"), ("61", "61 seconds"), ("91", "2 minutes"), ("7200", "2 hours"),
        ("999999999", "30 days"), ("Fri, 31 Dec 2999 23:59:59 GMT", "30 days"), ("Fri, 31 Dec 1999 23:59:59 GMT", "a minute"),
        ("0", "a minute"), ("-5", "a minute"), ("soon", "a minute"), ("1e9", "a minute"), ("Fri, 99 Dec 2999", "a minute"),
    ],
)  # fmt: skip
async def test_people_are_told_when_to_come_back(
    provider: Provider, ask: Ask, waits: list[float], retry_after: str, told: str
) -> None:
    provider.always_plays(failure("429 Too Many Requests", "", f"retry-after: {retry_after}"))
    came = await outcome(ask(provider.url))
    assert came.error is not None
    assert came.error.reason.endswith(f"Ask again in {told}.")
    assert all(wait <= stream_llm.RETRY_AFTER_SECONDS for wait in waits)
    assert bool(waits) == (told in ("20 seconds", "2 seconds", "a minute"))


async def test_while_it_waits_it_tells_why_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(stream_llm, "TICK_SECONDS", 0.01)
    words = [word.content async for word in stream_llm._wait(Busy("The model is not available just now. Ask again.", 0.03), 0.02)]
    assert set(words) == {"The model is not available just now; trying again in 1 s"}
    assert len(words) >= 2


# ---- what providers mean -------------------------------------------------------------------------

TOO_LONG = [
    "context_length_exceeded", "prompt is too long: 213462 tokens > 200000 maximum", "Your input exceeds the context window of this model",
    "Input length (265330) exceeds model's maximum context length (262144).",
    "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens",
    "Please reduce the length of the messages or completion", "This endpoint's maximum context length is 4096 tokens.",
    "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
    "The input (9000 tokens) is longer than the model's context length (8192 tokens).", "the request exceeds the available context size",
    "The number of tokens to keep from the initial prompt is greater than the context length",
    "Prompt contains 40000 tokens, too large for model with 32768 maximum context length", "prompt too long; exceeded max context length by 4 tokens",
    "Request too large for gpt-4 on tokens per minute (TPM): Limit 10000, Requested 15000", "request_too_large: Request exceeds the maximum size",
    "invalid params, context window exceeds limit", "Your request exceeded model token limit: 262144 (requested: 300000)",
    "Input is too long for requested model.", "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
]  # fmt: skip


@pytest.mark.parametrize("words", TOO_LONG)
async def test_a_talk_that_is_too_long_is_known_by_the_words_of_many_providers(
    provider: Provider, ask: Ask, words: str
) -> None:
    for status in ("400 Bad Request", "200 OK"):
        refusal = failure(status, words) if status != "200 OK" else [head(), event({"error": {"message": words, "code": 400}})]
        provider.plays(refusal)
        assert isinstance((await outcome(ask(provider.url))).error, PromptTooLong)


@pytest.mark.parametrize("words", ["Rate limit reached: too many tokens, please wait", "max_tokens is too large", "the messages are malformed"])
async def test_other_words_about_tokens_are_no_talk_that_is_too_long(provider: Provider, ask: Ask, words: str) -> None:
    provider.plays(failure("400 Bad Request", words))
    assert not isinstance((await outcome(ask(provider.url))).error, PromptTooLong)


async def test_mistrals_thoughts_stand_in_its_text(provider: Provider, ask: Ask) -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "a greeting"}]}
    provider.plays([head(), *(event(completion([{"index": 0, "delta": {"content": content}, "finish_reason": None}])) for content in (
        [thought], [thought, {"type": "text", "text": "Hello"}], "!")), delta(finish="stop"), DONE])  # fmt: skip
    came = await outcome(ask(provider.url))
    assert came.pieces == [Progress("Thinking"), "Hello", "!"]


async def test_what_a_cut_off_answer_cost_is_told_too(provider: Provider, ask: Ask) -> None:
    provider.plays(answer("Half", finish="length"))
    assert (await outcome(ask(provider.url))).pieces == ["Half", Usage(7, 3)]


# ---- nobody overhears the key --------------------------------------------------------------------


@pytest.mark.parametrize("fault", [fault for fault in PLAYED if fault != "10,000 tokens a second"])
async def test_no_log_holds_key_or_words_even_if_all_is_logged(
    provider: Provider, ask: Ask, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    provider.always_plays(PLAYED[fault])
    with caplog.at_level(logging.DEBUG):
        came = await outcome(ask(provider.url))
        logging.getLogger("a user's own").error("it failed", exc_info=came.error)
    assert not re.search("canary|https?:|authorization", caplog.text, re.IGNORECASE)


async def test_another_provider_is_not_told_the_openai_account(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    account = {"OPENAI_ORG_ID": "org-canary", "OPENAI_PROJECT_ID": "proj-canary", "OPENAI_API_KEY": KEY, "AZURE_OPENAI_API_KEY": "az"}
    for name, value in account.items():
        monkeypatch.setenv(name, value)
    place = provider.url.removesuffix("/v1")
    settings = Settings.model_validate({"llm": "azure:test", "openai_org": "org-canary", "azure_openai_endpoint": place})
    assert (await outcome(ChatModel(settings, "azure"))).text == "Yes."
    assert provider.calls[0].headers["authorization"] == "Bearer az"
    assert "canary" not in str(provider.calls[0].headers)


# ---- random streams ------------------------------------------------------------------------------


@dataclass
class Stream:
    """What a server may send, and what people may at most read of it."""

    head: bytes
    body: list[bytes]
    text: str
    fault: str  # at its end

    def script(self) -> Script:
        return [self.head, *self.body, *([0.01, Fault.RESET] if self.fault == "reset" else [])]


def random_stream(random: Random) -> Stream:
    text, body = "", []
    for _ in range(random.choice([0, 1, 3, 10, 40])):
        breaking = ["nonsense", "finish", "error"][: random.randrange(4)]
        kind = random.choice(["text"] * 8 + ["thought", "comment", "usage", "tool", "empty"] + breaking)
        if kind == "text":
            word = random.choice(["Hi ", "ä", "\ud83d", "\ude00", "😀", "\x00", "\n\n", " ", "<b>", "data: ", "long " * 2_000])
            text += word
            body.append(delta(word))
        else:
            body.append(PARTS[kind](random))
    if random.random() < 0.5:
        finish: Any = random.choice(["stop", "length", "content_filter", "tool_calls", "error", "eos", 5, ["stop"]])
        body += [delta(finish=finish), usage(1, 2)]
    body += [DONE] * random.randrange(2)
    bad = ["204 No Content", "302 Found", "400 Bad", "401 No", "418 Tea", "429 Slow", "500 Oh", "520 Hm", "529 Many"]
    status = random.choice(["200 OK"] * 20 + bad)
    more = [f"retry-after: {random.choice(['1', '600', 'x', '', '-1', '9' * 40])}"] * random.randrange(2)
    kinds = ["text/event-stream"] * 6 + ["text/html", "application/json", "text/plain; charset=utf-16"]
    return Stream(head(status, random.choice(kinds), *more), body, text, random.choice(["", "", "reset", "hang"]))


def nonsense(random: Random) -> bytes:
    shapes = [
        "{oops", "null", "[]", "5", '"text"', "{}", "1e999", "NaN", "\x00", "[" * 5_000, '{"choices": 5}', '{"choices": [5]}', '{"choices": {"a": 1}}',
        '{"choices": [{"delta": 5}]}', '{"choices": [{"delta": {"content": {"a": 1}}}]}', '{"choices": [{"delta": {"content": [{"type": "text"}]}}]}',
        '{"error": 5}', '{"error": [1]}', '{"usage": 5, "choices": null}',
    ]  # fmt: skip
    return random.choice([f"data: {random.choice(shapes)}\n\n".encode(), random.randbytes(20) + b"\n\n", b'data: "\xff\xfe"\n\n', b"id: 7\n\n"])


PARTS: dict[str, Callable[[Random], bytes]] = {
    "thought": lambda random: delta(**{random.choice(["reasoning", "reasoning_content"]): "Hm"}),
    "comment": lambda random: b": OPENROUTER PROCESSING\n\n",
    "usage": lambda random: usage(random.randrange(10), 3),
    "tool": lambda random: delta(tool_calls=[{"index": 0, "function": {"name": KEY, "arguments": "{"}}]),
    "empty": lambda random: random.choice([event(completion([])), delta(""), delta(None)]),
    "finish": lambda random: delta(finish=random.choice(["stop", "length", "tool_calls"])),
    "error": lambda random: event({"error": random.choice([{"message": KEY, "code": 429}, {"message": KEY, "code": ["x"]}, KEY, {"message": 5}])}),
    "nonsense": nonsense,
}


def check(came: Outcome, streams: list[Stream]) -> None:
    """One end, a sentence if it is not a good one, and of the text nothing that was not said in the last try."""
    assert any(stream.text.startswith(came.text) for stream in streams), "words that nobody said, or said twice"
    if came.error is None:
        assert came.text
    else:
        assert type(came.error) in (ModelError, Busy, PromptTooLong)
        assert re.fullmatch(r"[A-Z][^\n]{20,160}[.?]", came.error.reason)
        assert not SECRETS.search(came.error.reason)
        assert not (isinstance(came.error, PromptTooLong) and came.text)


class Wire(httpx2.AsyncBaseTransport):
    """What a network does, without one: each request gets the next stream, cut anywhere into pieces."""

    def __init__(self, random: Random) -> None:
        self.random, self.streams, self.hangs, self.open = random, list[Stream](), asyncio.Event(), 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.streams.append(stream := random_stream(self.random))
        status, *headers = stream.head.decode().strip().split("\r\n")
        pairs = [(name, value) for name, _, value in (header.partition(": ") for header in headers)]
        self.open += 1
        return httpx2.Response(int(status.split()[1]), headers=pairs, stream=Body(self, stream), request=request)


class Body(httpx2.AsyncByteStream):
    def __init__(self, wire: Wire, stream: Stream) -> None:
        self.wire, self.stream, self.is_closed = wire, stream, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        data = b"".join(self.stream.body)
        while data:
            size = self.wire.random.choice([1, 7, 100, 5_000])
            yield data[:size]
            data = data[size:]
        if self.stream.fault == "reset":
            raise self.wire.random.choice([httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.ReadTimeout])(KEY)
        if self.stream.fault == "hang":
            self.wire.hangs.set()
            await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.wire.open -= not self.is_closed
        self.is_closed = True


def in_memory(monkeypatch: pytest.MonkeyPatch, transport: httpx2.AsyncBaseTransport) -> None:
    monkeypatch.setattr(openai, "AsyncOpenAI", partial(openai.AsyncOpenAI, http_client=httpx2.AsyncClient(transport=transport)))


async def test_any_stream_ends_in_a_whole_answer_or_in_a_sentence(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(Random(SEED))
    in_memory(monkeypatch, wire)
    model, ends, tasks = ask("http://wire.test/v1"), {"whole": 0, "told": 0, "hung": 0}, asyncio.all_tasks()
    async with asyncio.timeout(PATIENCE * max(1, STREAMS / 1_000)):
        for _ in range(STREAMS):
            wire.streams, wire.hangs = [], asyncio.Event()
            asking, hanging = asyncio.create_task(outcome(model)), asyncio.create_task(wire.hangs.wait())
            await asyncio.wait({asking, hanging}, return_when=asyncio.FIRST_COMPLETED)
            asking.cancel()  # if it hangs, as the assistant does after LLM_TIMEOUT
            hanging.cancel()
            await asyncio.wait({asking, hanging})
            if not asking.cancelled():
                check(asking.result(), wire.streams)
            ends["hung" if asking.cancelled() else "told" if asking.result().error else "whole"] += 1
            assert wire.open == 0, "a response was left open"
            while late := asyncio.all_tasks() - tasks:  # the SDK's generators are ended by tasks of their own
                await asyncio.wait(late)
    assert min(ends.values()) > STREAMS / 20, ends


async def test_any_stream_does_so_over_real_http(provider: Provider, ask: Ask) -> None:
    random, model = Random(SEED), ask(provider.url)
    async with asyncio.timeout(PATIENCE):
        for _ in range(min(STREAMS, OVER_HTTP)):
            streams = [random_stream(random) for _ in range(TRIES)]
            provider._scripts.clear()
            provider.plays(*(stream.script() for stream in streams))
            check(await outcome(model), streams)
