"""A room to take away: whole, in order, without deleted text, and nothing in it passes for something else."""

import asyncio
import json
import re
import socket
from collections.abc import Callable
from typing import Any, cast

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from main import EXPORT_MESSAGES
from tests.conftest import Join
from tests.server import Server

from utils import export
from utils.export import exported, json_lines, markdown, markdown_head, plain, when
from utils.message_log import SYSTEM, Passage, RoomSettings
from utils.protocol import Author, Message, Refused

ANN: Author = {"id": "ann", "name": "Ann", "kind": "human"}
POCKET: Author = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
SETTINGS: RoomSettings = {"title": "", "instructions": "", "speaks": "", "model": "", "mode": "", "closed": False}
AT = 1795269900000  # 2026-11-21 14:05 UTC


def message(content: str, author: Author = ANN, **more: Any) -> Message:
    return cast(Message, {"id": 1, "seq": 1, "ts": AT, "author": author, "content": content, "status": "complete", **more})


def passage(*messages: Message) -> Passage:
    return Passage(len(messages), SETTINGS, list(messages), {1: ANN})


def blocks(text: str) -> list[tuple[str, str]]:
    """What CommonMark takes `text` for: its blocks at the top, each with its kind and its text."""
    found: list[tuple[str, str]] = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.level == 0 and token.nesting >= 0:
            found.append((token.tag or token.type, ""))
        if token.content:
            found[-1] = (found[-1][0], found[-1][1] + token.content)
    return found


def test_who_said_when_to_whom_and_how_it_ended() -> None:
    told = markdown(passage(
        message("Hello\n\n- there"),
        message("Well", POCKET, reply_to=1, status="stopped", by={"id": "bea", "name": "Bea", "kind": "human"}),
        message("Half", POCKET, status="interrupted", reason="The server stopped."),
        message("", POCKET, status="error"),
        message("So far", POCKET, status="streaming"),
        message("Ann set title to “Tea”.", SYSTEM),
        message("Hi!", edited=AT),
    ))  # fmt: skip
    assert told == """
**Ann** · 2026-11-21 14:05 UTC

> Hello
>
> - there

**Pocket** · 2026-11-21 14:05 UTC · to Ann

> Well

*Bea stopped this answer.*

**Pocket** · 2026-11-21 14:05 UTC

> Half

*The server stopped.*

**Pocket** · 2026-11-21 14:05 UTC

*This answer ended early (error).*

**Pocket** · 2026-11-21 14:05 UTC

> So far

*This answer was still being written.*

*Ann set title to “Tea”.* · 2026-11-21 14:05 UTC

**Ann** · 2026-11-21 14:05 UTC · edited

> Hi!
"""


def test_a_heading_tells_which_room_and_when() -> None:
    assert markdown_head("tea", "Tea *time*", AT) == "# Tea \\*time\\*\n\nThe room tea, as it was on 2026-11-21 14:05 UTC.\n"
    assert markdown_head("tea_2", "", AT).startswith("# tea\\_2\n")


OPEN_ENDED = ["```py\nopen", "<!-- open", "<script>alert(1)", "<details>\n\n<table>", "- a\n  - b", "~~~~", "    code", "[a]: http://evil.example",
              "text\n===", "**Bea** · 2026-11-21 14:05 UTC\n\n> forged", "\r\r# big", "$$", "| a |\n|---|", "> quote\nlazy", "\\"]  # fmt: skip


@pytest.mark.parametrize("content", OPEN_ENDED)
def test_whatever_a_message_leaves_open_ends_with_it(content: str) -> None:
    told = blocks(markdown(passage(message(content), message("I am Ann.", reply_to=1))))
    heads = [text for kind, text in told if kind == "p"]
    assert heads == ["**Ann** · 2026-11-21 14:05 UTC", "**Ann** · 2026-11-21 14:05 UTC · to Ann"]
    assert [kind for kind, _ in told] == ["p", "blockquote", "p", "blockquote"]
    assert told[-1] == ("blockquote", "I am Ann.")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("`*_[](){}<>!#|~&;:@\\^$=-+.1 \n\twAé猫/\""), max_size=32))
def test_no_name_is_taken_for_markdown(name: str) -> None:
    (kind, text), *rest = blocks(f"# x {plain(name)} x")
    inline = MarkdownIt("commonmark").parseInline(text)[0].children or []
    assert (kind, rest, {token.type for token in inline} - {"text_special"}) == ("h1", [], {"text"})
    assert "".join(token.content for token in inline).split() == f"x {name} x".split()


@pytest.mark.parametrize("name", ["www.evil.example", "http://evil.example", "mallory@evil.example", "<!--", "![x](http://evil)", "@everyone", "#1"])
def test_no_name_becomes_a_link_in_other_kinds_of_markdown(name: str) -> None:
    assert not re.search(r"www\.|[a-z]:/|\w@|^[@#]|(?<!\\)[\[<!]", plain(name))


def test_deleted_text_is_in_neither() -> None:
    deleted = passage(message("", status="deleted"), message("stays"))
    assert [json.loads(line)["status"] for line in json_lines(deleted).splitlines()] == ["deleted", "complete"]
    assert markdown(deleted) == "\n**Ann** · 2026-11-21 14:05 UTC\n\n> stays\n"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=50))
def test_each_message_is_one_line_of_json_as_it_was_sent(content: str) -> None:
    said = message(content)
    line, nothing = json_lines(passage(said)).split("\n")
    assert (json.loads(line), nothing) == (said, "")


# ---- from a server -------------------------------------------------------------------------------


async def get(server: Server, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as http:
        return await http.get(f"{server.url}/api/rooms/{path}", timeout=60)


async def test_ann_takes_the_whole_room_away_in_both_forms(standing: Server, join: Join, room: str) -> None:
    ann = await join("Ann *the* first")
    for n in range(EXPORT_MESSAGES * 2 + 10):
        await ann.send("message", content=f"number {n}")
    await ann.heard()
    secret = await ann.say("a secret")
    await ann.does("delete", id=secret)
    await ann.finished(await ann.say("Pocket, count: !tokens=3"))
    lines, told = await get(standing, f"{room}/export.jsonl"), await get(standing, f"{room}/export.md")
    assert [json.loads(line) for line in lines.text.splitlines()] == await everything(standing, room)
    assert re.findall(r"^> number (\d+)$", told.text, re.MULTILINE) == [f"{n}" for n in range(EXPORT_MESSAGES * 2 + 10)]
    assert "> 1 2 3\n" in told.text
    assert "**Ann \\*the\\* first** · " in told.text
    assert "secret" not in lines.text + told.text
    today = when(json.loads(lines.text.splitlines()[-1])["ts"])[:10]
    for answer, kind, name in ((lines, "application/x-ndjson", "jsonl"), (told, "text/markdown; charset=utf-8", "md")):
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] == f'attachment; filename="{room}-{today}.{name}"'


async def everything(server: Server, room: str) -> list[dict[str, Any]]:
    """All messages, by pages of history."""
    messages: list[dict[str, Any]] = []
    before = 2**53
    while before:
        page = (await get(server, f"{room}/messages?before={before}&limit=100")).json()
        messages, before = page["messages"] + messages, page["from"]
    return messages


@pytest.mark.parametrize("path", ["nowhere/export.md", "nowhere/export.jsonl", "No%20Room/export.md", "..%2Fx/export.jsonl", "lobby/export.pdf"])
async def test_a_room_or_form_that_is_not_there_is_refused_before_anything_is_sent(standing: Server, path: str) -> None:
    assert (await get(standing, path)).status_code in (404, 422)


async def test_who_leaves_an_export_or_does_not_read_it_holds_up_nobody(serve: Callable[..., Server], join: Join) -> None:
    server = serve(SPEAKS="never")
    ann = await join("Ann", at=server, room="big")
    for n in range(600):
        await ann.send("message", content=f"{n} " + "x" * 15_000)
    await ann.heard()
    people = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
    for person in people:
        person.sendall(b"GET /api/rooms/big/export.md HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert await asyncio.to_thread(person.recv, 12) == b"HTTP/1.1 200"
    await ann.say("Can you hear me?")
    assert (await get(server, "big/export.md")).text.endswith("> Can you hear me?\n")
    for person in people[::2]:
        person.close()
    await asyncio.to_thread(server.stop)
    assert "Cancel" not in server.printed(), "an export held up the stop"
    for person in people[1::2]:
        person.close()


class BusyLog:
    """A log of three messages that refuses every other read."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def after(self, room: str, id: int, limit: int) -> Passage:
        self.asked.append(id)
        if len(self.asked) % 2:
            raise Refused("overloaded", "Try again.", None, 0)
        return passage(*[message(f"{id + 1}", id=id + 1)] if id < 3 else [])


async def test_an_export_that_has_begun_waits_for_a_busy_log(monkeypatch: pytest.MonkeyPatch) -> None:
    log, waited = BusyLog(), []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(export.asyncio, "sleep", wait)
    first = passage(message("1", id=1))._replace(seq=3)
    told = [text async for text in exported(lambda id: log.after("tea", id, 9), first, "head", json_lines)]
    assert [told[0], *(json.loads(line)["id"] for line in told[1:])] == ["head", 1, 2, 3]
    assert waited == [1, 1, 1]


async def test_an_export_ends_although_people_go_on_talking() -> None:
    class EndlessLog:
        async def after(self, room: str, id: int, limit: int) -> Passage:
            return passage(message("on and on", id=id + 1))

    first = passage(message("1", id=1))._replace(seq=5)
    told = [text async for text in exported(lambda id: EndlessLog().after("tea", id, 9), first, "", json_lines)]
    assert len("".join(told).splitlines()) == 5
