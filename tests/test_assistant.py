"""The assistant in a room: people with sockets before a real server, which asks a scripted model."""

import asyncio
import json
import re
import secrets
import socket
import sys
import time
from asyncio import Event
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.company import KEY, PATIENCE, Answer, Enter, Person, house, person
from tests.provider import (
    DONE, Fault, Provider, Script, answer, begun, cut_short, delta, event, failure, head, slowly,
)  # fmt: skip
from tests.server import Server

STOP_SECONDS = 0.3  # the contract's own
SECRETS = re.compile(r"sk-|https?:|127\.0\.0\.1|Traceback|[<>{}]")


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """The provider's address, for as long as `standing` stands."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(2)
        yield listener


def with_provider(url: str, **more: str) -> dict[str, Any]:
    return {"LLM": "openai:test", "MODELS": "larger", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url, "NO_PROXY": "127.0.0.1", **more}


def meet(server: Server, listener: socket.socket) -> None:
    """Have the server call its provider once, in vain: its first question pays for loading the SDK."""
    for _ in range(PATIENCE):
        httpx2.post(f"{server.url}/api/rooms/first/messages", json={"content": "@Pocket hi"})
        with suppress(TimeoutError):
            return listener.accept()[0].close()
    raise AssertionError(f"the server called nobody:\n{server.printed()}")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, listener: socket.socket) -> Iterator[Server]:
    """One server for all the tests that do it no harm; each has a room of its own there."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server = Server(tmp_path_factory.mktemp("standing"), **with_provider(url, LLM_TIMEOUT="3", OPERATOR_TOKEN=KEY))
    server.start()
    meet(server, listener)
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()
    assert KEY not in server.printed()


@pytest.fixture
async def provider(listener: socket.socket) -> AsyncIterator[Provider]:
    async with Provider(listener.dup()) as provider:
        yield provider


@pytest.fixture
async def own_provider() -> AsyncIterator[Provider]:
    """For a server of the test's own: at the other one's address a room of an earlier test may still try again."""
    async with Provider() as provider:
        yield provider


@pytest.fixture
async def enter(standing: Server, provider: Provider) -> AsyncIterator[Enter]:
    """Lets people into this test's room, which ends with it: what is still to be answered there is not for the next one's provider."""
    room, operator = secrets.token_hex(8), {"Authorization": f"Bearer {KEY}"}
    async with AsyncExitStack() as people:

        async def enter(name: str, port: int = standing.port) -> Person:
            return await people.enter_async_context(person(port, room, name))

        yield enter
        await asyncio.to_thread(httpx2.delete, f"{standing.url}/api/rooms/{room}", headers=operator)


@pytest.fixture
async def ann(enter: Enter) -> Person:
    return await enter("Ann")


@pytest.fixture
async def bea(enter: Enter, ann: Person) -> Person:
    bea = await enter("Bea")
    await ann.sees("presence", count=2)
    return bea


# ---- answers, whole and otherwise ----------------------------------------------------------------


async def test_ann_and_bea_see_one_answer_as_it_is_typed(ann: Person, bea: Person, provider: Provider) -> None:
    go_on = Event()
    provider.plays([*begun("Two and two "), go_on, *answer("is **four**.")[2:]])
    id = await ann.begins("@Pocket what is two and two?")
    await bea.sees_text(id, "Two and two ")
    go_on.set()
    question = ann.saw("start")[0]["reply_to"]
    seen = await bea.sees_answer(question)
    assert seen == await ann.sees_answer(question)
    assert seen == Answer(id, question, "complete", "Two and two is **four**.", "", None)


async def stops(ann: Person, id: int) -> None:
    """Nothing is under way here any more, that would ask the next test's provider again."""
    await ann.does("stop", id=id)
    await ann.sees("end", id=id)


BEGINNINGS: dict[str, tuple[Script, str]] = {
    "the key is refused": (failure("401 Unauthorized", f"Incorrect API key: {KEY}"), "OPENAI_API_KEY"),
    "the model is unknown": (failure("404 Not Found", KEY), "LLM"),
    "there is too much to do": (failure("429 Too Many Requests", KEY, "retry-after: 60"), "60 seconds"),
    "the server fails": (failure("500 Internal Server Error", KEY), "Ask again"),
    "it sends a page": ([head(content_type="text/html"), f"<html>{KEY}</html>".encode()], "no answer"),
    "it sends nothing": ([head()], "Ask again"),
    "it closes the line": ([], "server"),
    "it is silent": ([Fault.SILENCE], "said nothing"),
    "it only murmurs": ([head(), Fault.MURMUR], "said nothing"),
    "its answer is empty": (answer(), "nothing to say"),
    "its answer is blank": (answer(" \n"), "nothing to say"),
}
MIDDLES: dict[str, tuple[Script, str, str]] = {
    "the stream ends too early": (begun("Half"), "error", "cut off"),
    "a proxy gives up": (cut_short("Half"), "error", "Ask again"),
    "the connection is reset": ([*begun("Half"), 0.05, Fault.RESET], "error", "Ask again"),
    "it falls silent": ([*begun("Half"), Fault.SILENCE], "error", "said nothing"),
    "it sends bad JSON": ([*begun("Half"), b"data: {oops\n\n"], "error", "Ask again"),
    "it sends other JSON": ([*begun("Half"), event({}), DONE], "error", "Ask again"),
    "the length limit is reached": (answer("Half", finish="length"), "truncated", "limit"),
    "the filter ends it": (answer("Half", finish="content_filter"), "filtered", "filter"),
    "it wants to call a tool": (answer("Half", finish="tool_calls"), "error", "tool"),
}


@pytest.mark.parametrize(("script", "hint"), BEGINNINGS.values(), ids=BEGINNINGS.keys())
async def test_ann_is_told_why_there_is_no_answer(ann: Person, provider: Provider, script: Script, hint: str) -> None:
    provider.always_plays(script)
    failed = await ann.asks("Hello?")
    assert (failed.status, failed.text.strip()) == ("error", "")
    assert_helpful(failed.reason, hint)
    provider.always_plays(answer("Yes."))
    assert (await ann.asks("And now?")).text == "Yes."


@pytest.mark.parametrize(("script", "status", "hint"), MIDDLES.values(), ids=MIDDLES.keys())
async def test_ann_keeps_the_half_of_an_answer_and_is_told_why(
    ann: Person, enter: Enter, provider: Provider, script: Script, status: str, hint: str
) -> None:
    provider.plays(script)
    failed = await ann.asks("Hello?")
    assert (failed.status, failed.text) == (status, "Half")
    assert_helpful(failed.reason, hint)
    kept = (await enter("Bea")).saw("welcome")[0]["messages"][-1]
    assert (kept["status"], kept["content"], kept["reason"]) == (status, "Half", failed.reason)


def assert_helpful(reason: str, hint: str) -> None:
    assert re.fullmatch(r"[A-Z][^\n]{20,160}[.?]", reason)
    assert not SECRETS.search(reason)
    assert hint in reason


async def test_a_model_that_hangs_after_its_last_word_has_answered(ann: Person, provider: Provider) -> None:
    provider.plays([*begun("Done."), delta(finish="stop"), Fault.SILENCE])
    done = await ann.asks("Hello?")
    assert (done.status, done.text, done.reason) == ("complete", "Done.", "")


async def test_a_character_that_came_in_two_halves_is_whole(ann: Person, provider: Provider) -> None:
    provider.plays(answer("Hi \ud83d", "\ude00!"), answer("lone \ud83d", " half"))
    assert (await ann.asks("Hello?")).text == "Hi 😀!"
    assert (await ann.asks("Hello?")).text == "lone \ufffd half"


async def test_an_answer_that_is_too_long_is_cut_and_the_model_let_go(ann: Person, provider: Provider) -> None:
    provider.plays([*begun(*["😀" * 1_000] * 40), Fault.SILENCE])
    cut = await ann.asks("Hello?")
    assert (cut.status, cut.text) == ("truncated", "😀" * 32_000)
    assert "64,000" in cut.reason
    await provider.calls[0].client_is_gone()


async def test_many_tokens_arrive_in_order(ann: Person, provider: Provider) -> None:
    words = [f"{n} " for n in range(3_000)]
    provider.plays(answer(*words))
    assert (await ann.asks("Count!")).text == "".join(words)


# ---- Stop ----------------------------------------------------------------------------------------


SILENT_OR_NOT: dict[str, Script] = {
    "in mid-stream": slowly([f"{n} " for n in range(500)]),
    "in the middle of a flood": [*begun(*["word " * 20] * 400), Fault.SILENCE],
    "in a silence after words": [*begun("Well"), Fault.SILENCE],
    "in the silence before the first word": [head(), Fault.SILENCE],
    "in the silence before the first byte": [Fault.SILENCE],
    "in the silence after the last word": [*begun("Well."), delta(finish="stop"), Fault.SILENCE],
}


@pytest.mark.parametrize("script", SILENT_OR_NOT.values(), ids=SILENT_OR_NOT.keys())
async def test_bea_stops_the_answer_ann_asked_for(ann: Person, bea: Person, provider: Provider, script: Script) -> None:
    provider.plays(script)
    id = await ann.begins("@Pocket go on for ever")
    call = await provider.call()
    await ann.sees_text(id, "W" if delta("Well") in script else "")
    begun = time.monotonic()
    await bea.sends("stop", id=id)
    await ann.sees("end", id=id)
    assert time.monotonic() - begun < STOP_SECONDS
    assert await call.client_is_gone() - begun < STOP_SECONDS
    stopped = await ann.sees_answer(ann.saw("start")[0]["reply_to"])
    assert (stopped.status, stopped.by) == ("stopped", "Bea")
    assert (await ann.asks("@Pocket are you there?")).text == "Yes."


async def test_ann_can_ask_again_at_once_after_a_stop(ann: Person, provider: Provider) -> None:
    for _ in range(5):
        provider.plays([*begun("Well"), Fault.SILENCE])
        id = await ann.begins("Tell me")
        question = ann.saw("start")[-1]["reply_to"]
        await ann.sees_text(id, "Well")
        await ann.sends("stop", id=id)
        await ann.sees("end", id=id)
        assert (await ann.does("ask", id=question))["type"] == "ack"
        await ann.reads_until(lambda: ann.saw("end")[-1]["status"] == "complete")


async def test_ann_takes_back_a_question_that_waits(ann: Person, provider: Provider) -> None:
    go_on = Event()
    provider.plays([*begun("First"), go_on, *answer("!")[2:]])
    await ann.begins("one")
    waiting = await ann.says("two")
    assert (await ann.does("stop", id=waiting))["type"] == "ack"
    go_on.set()
    third = await ann.asks("three")
    assert third.status == "complete"
    assert [start["reply_to"] for start in ann.saw("start")] == [1, third.reply_to]
    told = [frame["content"] + frame.get("reason", "") for frame in ann.saw("message")]
    assert any(re.match(r"(one|two)?Ann took .* back", text) for text in told)


async def test_stop_for_what_does_not_run_is_refused(ann: Person) -> None:
    done = await ann.asks("Hello?")
    assert (await ann.does("stop", id=done.id))["code"] == "not_running"
    assert (await ann.does("stop", id=999))["code"] == "not_found"


# ---- its manners ---------------------------------------------------------------------------------


async def answered(person: Person, content: str, provider: Provider, **frame: Any) -> bool:
    """Whether `content` is answered: else the assistant is next heard when it is asked by button."""
    calls, question = len(provider.calls), await person.says(content, **frame)
    marker = await person.says("never mind")
    await person.does("ask", id=marker)
    await person.sees_answer(marker)
    starts = [start["reply_to"] for start in person.saw("start")]
    assert len(provider.calls) - calls == starts.count(question) + starts.count(marker)
    return question in starts


async def test_alone_with_the_assistant_ann_is_always_answered(ann: Person, provider: Provider) -> None:
    assert (await ann.asks("hello")).text == "Yes."
    assert (await ann.asks("and again")).text == "Yes."


@pytest.mark.parametrize("content", ["Pocket, what is this?", "ask @Pocket", "POCKET!", "can pocket tell us?", "(@pocket)"])
async def test_with_bea_there_ann_is_answered_when_she_names_it(ann: Person, bea: Person, provider: Provider, content: str) -> None:
    assert await answered(ann, content, provider)


@pytest.mark.parametrize("content", ["Hi Bea", "I picked a pocketknife", "PocketRoom is nice", "out-of-pocket"])
async def test_with_bea_there_it_is_silent_unless_named(ann: Person, bea: Person, provider: Provider, content: str) -> None:
    assert not await answered(ann, content, provider)


async def test_with_bea_there_a_reply_to_the_assistant_is_answered(ann: Person, bea: Person, provider: Provider) -> None:
    first = await ann.asks("@Pocket hello")
    assert await answered(bea, "why?", provider, reply_to=first.id)
    assert not await answered(bea, "what?", provider, reply_to=first.reply_to)


async def test_when_bea_has_gone_ann_is_answered_again(ann: Person, bea: Person, provider: Provider) -> None:
    await bea.socket.close()
    await ann.reads_until(lambda: ann.saw("presence")[-1]["count"] == 1)
    assert (await ann.asks("so we are alone")).text == "Yes."


async def test_two_tabs_are_one_person(standing: Server, provider: Provider) -> None:
    room = secrets.token_hex(8)
    async with person(standing.port, room, "Ann") as tab:
        token = tab.frames[0]["you"]["token"]
        url, bearer = f"ws://127.0.0.1:{standing.port}/ws/{room}", {"Authorization": f"Bearer {token}"}
        async with connect(url, proxy=None, additional_headers=bearer) as other:
            await Person(other).sees("welcome")
            assert (await tab.asks("hello")).text == "Yes."


@pytest.mark.parametrize(
    ("speaks", "talk", "named"), [("always", True, True), ("mentioned", False, True), ("never", False, False)]
)
async def test_the_room_says_when_the_assistant_speaks(
    ann: Person, provider: Provider, speaks: str, talk: bool, named: bool
) -> None:
    await ann.does("configure", speaks=speaks)
    answers = [True] if talk else []
    question = await ann.says("hello")
    if talk:
        await ann.sees_answer(question)
    question = await ann.says("Pocket, hello")
    if named:
        await ann.sees_answer(question)
        answers.append(True)
    marker = await ann.says("hm")
    if not talk:
        await ann.does("ask", id=marker)
    await ann.sees_answer(marker)
    assert len(provider.calls) == len(answers) + 1


async def test_with_always_bea_and_ann_may_talk_past_each_other(ann: Person, bea: Person) -> None:
    await ann.does("configure", speaks="always")
    assert (await bea.asks("just thinking aloud")).text == "Yes."


# ---- one answer at a time ------------------------------------------------------------------------


async def test_what_ann_and_bea_ask_meanwhile_is_answered_next_in_one_answer(
    ann: Person, bea: Person, provider: Provider
) -> None:
    go_on = Event()
    provider.plays([*begun("One"), go_on, *answer(".")[2:]], answer("Both."))
    first = await ann.says("@Pocket one?")
    await provider.call(1)
    await bea.says("@Pocket two?")
    await bea.says("by the way")
    third = await ann.says("@Pocket three?")
    await ann.looks_up()
    assert len(ann.saw("start")) == 1
    go_on.set()
    assert (await ann.sees_answer(first)).text == "One."
    assert (await ann.sees_answer(third)).text == "Both."
    assert len(provider.calls) == 2
    assert provider.calls[1].said == "Ann: @Pocket one?\n(I) One.\nBea: by the way\nBea: @Pocket two?\nAnn: @Pocket three?"


async def test_rooms_do_not_wait_for_each_other(ann: Person, standing: Server, provider: Provider) -> None:
    provider.plays([*begun("Slow"), Fault.SILENCE])
    id = await ann.begins("hello")
    await provider.call()
    async with person(standing.port, secrets.token_hex(8), "Cem") as cem:
        assert (await cem.asks("hello")).text == "Yes."
    await stops(ann, id)


async def test_the_answer_goes_on_when_the_asker_is_gone(ann: Person, enter: Enter, provider: Provider) -> None:
    go_on = Event()
    provider.plays([*begun("Still "), go_on, *answer("here.")[2:]])
    id = await ann.begins("hello")
    await ann.sees_text(id, "Still ")
    await ann.socket.close()
    bea = await enter("Bea")
    go_on.set()
    end = await bea.sees("end", id=id)
    assert (end["status"], end["length"]) == ("complete", len("Still here."))


async def test_ann_asks_again(ann: Person, provider: Provider) -> None:
    provider.plays(failure("500 Oops", KEY))
    failed = await ann.asks("What is it?")
    assert (await ann.does("ask", id=failed.id))["type"] == "ack"
    await ann.sees("end", status="complete")
    assert ann.saw("start")[-1]["reply_to"] == failed.reply_to
    assert provider.calls[1].said.endswith("Ann: What is it?")
    assert provider.calls[1].said.count("What is it?") == 1


async def test_asking_again_for_what_is_under_way_is_refused(ann: Person, provider: Provider) -> None:
    provider.plays([*begun("Well"), Fault.SILENCE])
    id = await ann.begins("hello")
    assert (await ann.does("ask", id=id))["code"] == "busy"
    assert (await ann.does("ask", id=999))["code"] == "not_found"
    await stops(ann, id)


async def test_asking_twice_under_one_key_asks_once(ann: Person, provider: Provider) -> None:
    done = await ann.asks("hello")
    await ann.sends("ask", id=done.reply_to, key="again")
    await ann.sends("ask", id=done.reply_to, key="again")
    assert not (await ann.sees("ack", key="again", duplicate=False))["duplicate"]
    await ann.sees("ack", key="again", duplicate=True)
    await ann.asks("and then?")
    assert len(ann.saw("start")) == len(provider.calls) == 3


async def test_too_many_answers_are_refused_without_asking_the_model(serve: Callable[..., Server], own_provider: Provider) -> None:
    server = serve(**with_provider(own_provider.url, ANSWERS_PER_MINUTE="2"))
    async with person(server.port, "lobby", "Ann") as ann, person(server.port, "other", "Bea") as bea:
        assert [(await ann.asks("hello")).text for _ in range(2)] == ["Yes.", "Yes."]
        await ann.says("and again")
        error = await ann.sees("error")
        assert error["code"] == "rate_limited"
        assert 1 <= error["retry_after"] <= 60
        assert str(error["retry_after"]) in error["content"]
        assert len(ann.saw("start")) == len(own_provider.calls) == 2
        assert (await bea.asks("may I?")).text == "Yes."


async def test_ann_who_has_asked_too_much_does_not_silence_bea(serve: Callable[..., Server], own_provider: Provider) -> None:
    server = serve(**with_provider(own_provider.url, ANSWERS_PER_MINUTE="1"))
    go_on = Event()
    own_provider.plays([*begun("One"), go_on, *answer(".")[2:]], answer("For Bea."))
    async with person(server.port, "lobby", "Ann") as ann, person(server.port, "lobby", "Bea") as bea:
        await ann.begins("@Pocket one")
        await bea.says("@Pocket two")
        await ann.says("@Pocket three")
        go_on.set()
        assert (await ann.sees("error"))["code"] == "rate_limited"
        await bea.sees("chunk", content="For Bea.")


# ---- what it is told -----------------------------------------------------------------------------


async def test_it_knows_who_said_what_and_when_and_where_it_is(ann: Person, bea: Person, provider: Provider) -> None:
    await ann.does("configure", title="Kitchen", instructions="Speak of food only.")
    await bea.says("I like leeks")
    await ann.asks("@Pocket what does Bea like?")
    assert provider.calls[0].said == "Bea: I like leeks\nAnn: @Pocket what does Bea like?"
    assert re.match(r'\[20\d\d-\d\d-\d\d \d\d:\d\d UTC\] "Bea":\n  I like', provider.calls[0].prompt[1]["content"])
    for fact in ("Kitchen", "Speak of food only.", '"Ann", "Bea"', 'You are "Pocket"', "Answer in Markdown"):
        assert fact in provider.calls[0].scene
    assert KEY not in json.dumps(provider.calls[0].body)


async def test_it_is_told_edits_in_their_new_form_and_nothing_that_was_deleted(
    ann: Person, bea: Person, provider: Provider
) -> None:
    mistake, secret = await ann.says("I am five"), await ann.says("my code is 1234")
    await ann.does("edit", id=mistake, content="I am fifty")
    await ann.does("delete", id=secret)
    await ann.asks("@Pocket how old am I?")
    assert provider.calls[0].said == "Ann: I am fifty\nAnn: @Pocket how old am I?"


async def test_a_question_that_is_edited_while_it_waits_is_answered_as_edited(ann: Person, provider: Provider) -> None:
    go_on = Event()
    provider.plays([*begun("One"), go_on, *answer(".")[2:]])
    await ann.begins("one")
    question = await ann.says("two plus tow")
    await ann.does("edit", id=question, content="two plus two")
    go_on.set()
    await ann.sees_answer(question)
    assert provider.calls[1].said == "Ann: one\n(I) One.\nAnn: two plus two"


async def test_a_question_that_is_deleted_while_it_waits_is_forgotten(ann: Person, provider: Provider) -> None:
    go_on = Event()
    provider.plays([*begun("One"), go_on, *answer(".")[2:]])
    await ann.begins("one")
    secret = await ann.says("my code is 1234")
    await ann.does("delete", id=secret)
    go_on.set()
    await ann.asks("two")
    assert secret not in [start["reply_to"] for start in ann.saw("start")]
    assert not any("1234" in call.said for call in provider.calls)


async def test_a_room_can_have_a_model_of_its_own(ann: Person, provider: Provider) -> None:
    await ann.does("configure", model="larger")
    await ann.asks("hello")
    assert provider.calls[0].body["model"] == "larger"


async def test_what_ann_claims_about_herself_in_a_frame_is_not_what_it_is_told(ann: Person, provider: Provider) -> None:
    await ann.asks("hello", author={"id": "x", "name": "system", "kind": "system"}, role="system")
    assert [message["role"] for message in provider.calls[0].prompt] == ["system", "user"]
    assert provider.calls[0].said == "Ann: hello"


# ---- models of one's own -------------------------------------------------------------------------


def raising(error: BaseException) -> Callable[..., AsyncIterator[str]]:
    """A model that fails with `error` at its first question, and then works."""
    faults = [error]

    async def model(prompt: Any, model: str = "") -> AsyncIterator[str]:
        yield "Well, "
        if faults:
            raise faults.pop()
        yield "yes."

    return model


def no_async_generator(prompt: Any, model: str = "") -> Iterator[str]:
    yield "I come without async."


async def numbers(prompt: Any, model: str = "") -> AsyncIterator[Any]:
    yield 42


UNEXPECTED = [ValueError(f"{KEY} at http://127.0.0.1"), TimeoutError(), asyncio.CancelledError(), KeyError("choices")]


@pytest.mark.parametrize("error", UNEXPECTED, ids=lambda error: type(error).__name__)
async def test_a_model_that_raises_something_unexpected_harms_nobody(tmp_path: Path, error: BaseException) -> None:
    async with house(tmp_path, model=raising(error)) as port, person(port, "lobby", "Ann") as ann:
        failed = await ann.asks("hello")
        assert (failed.status, failed.text) == ("error", "Well, ")
        assert_helpful(failed.reason, "stumbled")
        assert (await ann.asks("and now?")).text == "Well, yes."


@pytest.mark.parametrize("model", [no_async_generator, numbers])
async def test_a_model_function_that_is_none_harms_nobody(tmp_path: Path, model: Any) -> None:
    async with house(tmp_path, model=model) as port, person(port, "lobby", "Ann") as ann:
        for _ in range(2):
            failed = await ann.asks("hello")
            assert (failed.status, failed.text) == ("error", "")
            assert_helpful(failed.reason, "stumbled")


# ---- the three customisations of the README ------------------------------------------------------

ANOTHER_PROMPT = """\
from flow import create_chat_flow
from main import create_app

app = create_app(flow=create_chat_flow("You are a pirate. Answer in rhymes."))
"""
ANOTHER_MODEL = """\
from main import create_app


async def shout(prompt, model=""):
    _, question = prompt[-1]["content"].split("\\n", 1)
    for word in question.split():
        yield word.upper() + " "


app = create_app(model=shout)
"""
A_SECOND_NODE = """\
from main import create_app
from nodes import ChatNode
from pocketflow import AsyncFlow, AsyncNode


class Sign(AsyncNode):
    async def post_async(self, shared, prep_res, exec_res):
        if shared["status"] == "complete":
            await shared["say"]("\\n\\n*Yours, Pocket*")


chat = ChatNode()
chat >> Sign()
app = create_app(flow=AsyncFlow(start=chat))
"""


@asynccontextmanager
async def my_room(serve: Callable[..., Server], folder: Path, snippet: str, **settings: Any) -> AsyncIterator[Person]:
    """Ann in the room of whoever keeps `snippet` in a file of their own."""
    (folder / "my_room.py").write_text(snippet)
    start = "import os, uvicorn; uvicorn.run('my_room:app', port=int(os.environ['PORT']))"
    server = serve(command=[sys.executable, "-c", start], PYTHONPATH=str(folder), **settings)
    async with person(server.port, "lobby", "Ann") as ann:
        yield ann


async def test_ann_gives_her_room_another_prompt(
    serve: Callable[..., Server], tmp_path: Path, own_provider: Provider
) -> None:
    async with my_room(serve, tmp_path, ANOTHER_PROMPT, **with_provider(own_provider.url)) as ann:
        await ann.asks("hello")
        assert own_provider.calls[0].scene.startswith('You are a pirate. Answer in rhymes.\nYou are "Pocket"')


async def test_ann_gives_her_house_another_prompt_by_a_setting(serve: Callable[..., Server], own_provider: Provider) -> None:
    server = serve(**with_provider(own_provider.url, ASSISTANT_INSTRUCTIONS="You are a pirate.", ASSISTANT_NAME="Jack"))
    async with person(server.port, "lobby", "Ann") as ann, person(server.port, "lobby", "Bea"):
        assert (await ann.asks("@Jack hello")).text == "Yes."
        assert own_provider.calls[0].scene.startswith('You are a pirate.\nYou are "Jack"')


async def test_ann_gives_her_room_another_model(serve: Callable[..., Server], tmp_path: Path) -> None:
    async with my_room(serve, tmp_path, ANOTHER_MODEL) as ann:
        assert (await ann.asks("hello world")).text == "HELLO WORLD "


async def test_ann_gives_her_flow_a_second_node(serve: Callable[..., Server], tmp_path: Path) -> None:
    async with my_room(serve, tmp_path, A_SECOND_NODE) as ann:
        signed = await ann.asks("!tokens=3")
        assert (signed.text, signed.status) == ("1 2 3\n\n*Yours, Pocket*", "complete")
