"""The fold of the page (room_state.js): what recorded frames make of a room, by section 4 of the design."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.server import Server

BOT = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
ME = {"id": "me", "name": "Ann", "kind": "human"}


def welcome(
    seq: int = 1, messages: Any = (), *, resumed: bool = False, start: int = 0, epoch: str = "E", **more: Any
) -> dict[str, Any]:
    room = {"name": "here", "title": "Here", "epoch": epoch, "seq": seq}
    people = {"you": {"id": "me", "name": "Ann"}, "members": [], "count": 1}
    held = {"messages": list(messages), "resumed": resumed} | ({} if resumed else {"from": start})
    return {"type": "welcome", "room": room, **people, **held, **more}


def says(id: int, content: str = "hi", seq: int = 0, **more: Any) -> dict[str, Any]:
    author, status = more.pop("author", ME), more.pop("status", "complete")
    return {
        "type": "message",
        "id": id,
        "seq": seq or id,
        "ts": 1,
        "author": author,
        "content": content,
        "status": status,
        **more,
    }


START = {"type": "start", "id": 2, "seq": 2, "ts": 1, "author": BOT, "reply_to": 1, "content": ""}
ASKED = welcome(1, [says(1)])


def chunk(off: int, content: str, id: int = 2) -> dict[str, Any]:
    return {"type": "chunk", "id": id, "off": off, "content": content}


def end(length: int, seq: int = 3, status: str = "complete", content: str = "") -> dict[str, Any]:
    return {"type": "end", "id": 2, "seq": seq, "status": status, "length": length, "content": content}


def progress(content: str, percent: int | None = None) -> dict[str, Any]:
    return {"type": "progress", "id": 2, "content": content} | ({} if percent is None else {"percent": percent})


def here(ids: str) -> dict[str, Any]:
    return {"type": "presence", "members": [{"id": id, "name": id} for id in ids], "count": len(ids)}


RULES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "a start, its chunks and its end make the answer":
        ([ASKED, START, chunk(0, "ab"), chunk(2, "cd"), end(4)], {"texts": ["hi", "abcd"], "seq": 3, "reconnect": False}),
    "an overlap is dropped":
        ([ASKED, START, chunk(0, "abc"), chunk(1, "bcd"), chunk(0, "ab")], {"texts": ["hi", "abcd"], "reconnect": False}),
    "a gap in the text asks for a reconnect and moves nothing":
        ([ASKED, START, chunk(0, "ab"), chunk(3, "d"), chunk(2, "c")], {"texts": ["hi", "ab"], "seq": 2, "reconnect": True}),
    "text of an unknown message asks for a reconnect":
        ([ASKED, chunk(0, "ab", 7)], {"seq": 1, "reconnect": True}),
    "an end of another length asks for a reconnect and moves nothing":
        ([ASKED, START, chunk(0, "ab"), end(3)], {"texts": ["hi", "ab"], "seq": 2, "reconnect": True}),
    "lengths are UTF-16 units":
        ([ASKED, START, chunk(0, "😀"), chunk(2, "!"), end(3)], {"texts": ["hi", "😀!"], "seq": 3, "reconnect": False}),
    "a lower number is ignored":
        ([welcome(5, [says(1)]), says(1, "old", 4)], {"texts": ["hi"], "seq": 5, "reconnect": False}),
    "a higher number than the next asks for a reconnect and moves nothing":
        ([ASKED, says(3)], {"texts": ["hi"], "seq": 1, "reconnect": True}),
    "a resumed welcome heals what is missing":
        ([ASKED, says(3), welcome(3, [says(2), says(3)], resumed=True)], {"ids": [1, 2, 3], "seq": 3, "reconnect": False}),
    "a welcome that did not resume clears what is held":
        ([ASKED, welcome(9, [says(8)], epoch="F", start=8)], {"ids": [8], "seq": 9, "epoch": "F", "from": 8}),
    "the higher number wins":
        ([welcome(5, [says(1, "new", 5)]), welcome(5, [says(1, "old", 1)], resumed=True)], {"texts": ["new"]}),
    "then the longer text wins":
        ([ASKED, START, chunk(0, "abcd"), welcome(2, [says(2, "ab", author=BOT, status="streaming")], resumed=True)],
         {"texts": ["hi", "abcd"]}),
    "a change below the start is kept and not shown":
        ([welcome(9, [says(8)], start=8), says(3, "edited", 10)], {"ids": [3, 8], "shown": [8], "seq": 10}),
    "an interrupted answer keeps its text and says why":
        ([ASKED, START, chunk(0, "ab"), end(2, status="interrupted", content="cut off")], {"texts": ["hi", "ab"], "reason": "cut off"}),
    "a pong with my number is well":
        ([ASKED, {"type": "pong", "seq": 1}], {"reconnect": False}),
    "a pong with another number asks for a reconnect":
        ([ASKED, {"type": "pong", "seq": 2}], {"reconnect": True}),
    "an end tells what the answer cost":
        ([ASKED, START, chunk(0, "ab"), {**end(2), "usage": {"input": 7, "output": 2}}], {"usage": {"input": 7, "output": 2}}),
    "what waits is told as a whole":
        ([ASKED, {"type": "waiting", "ids": [1]}, {"type": "waiting", "ids": [4, 5]}], {"waiting": [4, 5], "seq": 1}),
    "after a welcome nothing waits and nobody does anything":
        ([ASKED, START, {"type": "waiting", "ids": [1]}, progress("Looking"), welcome(2, resumed=True)], {"waiting": [], "progress": None}),
    "progress takes the place of what was told before":
        ([ASKED, START, progress("Looking", 5), progress("Reading")], {"progress": "Reading", "texts": ["hi", ""], "seq": 2}),
    "the first text ends the progress":
        ([ASKED, START, progress("Looking"), chunk(0, "ab")], {"progress": None, "texts": ["hi", "ab"]}),
    "the end ends the progress":
        ([ASKED, START, progress("Looking"), end(0, status="stopped")], {"progress": None}),
    "an unknown type is ignored":
        ([ASKED, {"type": "constructor"}, {"type": "sparkle", "seq": 9}], {"seq": 1, "reconnect": False}),
    "presence tells who came, but not the first time":
        ([ASKED, {"type": "presence", "members": [{"id": "me", "name": "Ann"}, {"id": "b", "name": "Bea"}], "count": 2}],
         {"notes": [["joined", "Bea"]]}),
    "who reloads neither left nor joined":
        ([welcome(1, [says(1)], members=[{"id": "b", "name": "Bea"}], count=1), {"type": "presence", "members": [], "count": 0},
          {"type": "presence", "members": [{"id": "b", "name": "Bea"}], "count": 1}], {"notes": []}),
    "who came and reloads keeps their place among those who came":
        ([ASKED, *map(here, ("b", "bc", "c", "bc"))], {"notes": [["joined", "b"], ["joined", "c"]]}),
    "of who came and went nothing is told":
        ([ASKED, *map(here, ("b", "bc", "c"))], {"notes": [["visited", "b"], ["joined", "c"]]}),
}  # fmt: skip


@pytest.fixture(scope="module")
def fold(chromium: Any, open_house: Server) -> Iterator[Callable[..., dict[str, Any]]]:
    """What room_state.js makes of recorded frames, after `first`, one of its own functions applied to an empty state."""
    page = chromium.new_page()
    page.goto(open_house.url)

    def fold(frames: list[dict[str, Any]], outbox: Any = ()) -> dict[str, Any]:
        return page.evaluate(
            """async ([frames, outbox]) => {
                const rules = await import('/static/js/room_state.js');
                const { shown } = await import('/static/js/timeline.js');
                const apply = (state, frame) => (frame.page ? rules.addPage(state, frame.asked, frame.page) : rules.apply(state, frame, 0));
                const state = frames.reduce(apply, rules.initialState(outbox));
                return {
                    ids: state.messages.map((m) => m.id), texts: state.messages.map((m) => m.content), shown: shown(state).map((m) => m.id),
                    seq: state.seq, epoch: state.epoch, from: state.from, reconnect: Boolean(state.reconnect), generation: state.generation,
                    waiting: state.waiting, progress: state.progress?.content ?? null, usage: state.messages.at(-1)?.usage,
                    reason: state.messages.at(-1)?.reason, notes: state.notes.map((n) => [n.did, n.member.name]),
                    outbox: state.outbox.map((p) => p.key), failed: state.outbox.filter((p) => p.failed).map((p) => p.key),
                    again: rules.unanswered(state).map((p) => p.key),
                };
            }""",
            [frames, list(outbox)],
        )

    yield fold
    page.close()


@pytest.mark.parametrize("rule", RULES)
def test_the_fold(fold: Callable[..., dict[str, Any]], rule: str) -> None:
    frames, expected = RULES[rule]
    folded = fold(frames)
    assert {name: folded[name] for name in expected} == expected


def older(epoch: str = "E", start: int = 8, generation: int = 1) -> dict[str, Any]:
    page = {"epoch": epoch, "from": 0, "messages": [says(3, "as it was"), says(4)]}
    return {"asked": {"epoch": "E", "from": start, "generation": generation}, "page": page}


def test_an_older_page_joins_unless_the_room_moved_on_meanwhile(fold: Callable[..., dict[str, Any]]) -> None:
    held = welcome(9, [says(8)], start=8)
    assert fold([held, older()])["shown"] == [3, 4, 8]
    assert fold([held, older(epoch="F")])["shown"] == [8]
    assert fold([held, older(start=7)])["shown"] == [8]
    assert fold([held, held, older()])["shown"] == [8]
    assert fold([held, says(3, "edited", 10), older()])["texts"] == ["edited", "hi", "hi"]


def test_what_is_unsent_leaves_the_outbox_by_its_echo_or_its_ack(fold: Callable[..., dict[str, Any]]) -> None:
    mine = [{"key": "k", "content": "hi", "ts": 1, "author": "me"}]
    ack, refusal = (
        {"type": "ack", "key": "k", "id": 2},
        {"type": "error", "code": "overloaded", "content": "Later.", "key": "k"},
    )
    assert fold([ASKED], mine)["again"] == ["k"]
    assert fold([ASKED, says(2, key="k")], mine)["outbox"] == []
    assert fold([ASKED, says(2, key="k", author=BOT)], mine)["outbox"] == ["k"]
    assert fold([ASKED, ack], mine)["outbox"] == ["k"]  # it stays in sight until the echo comes
    assert fold([ASKED, ack], mine)["again"] == []
    assert fold([ASKED, ack, says(2)], mine)["outbox"] == []
    assert fold([welcome(2, [says(2, key="k")])], mine)["outbox"] == []
    assert fold([ASKED, refusal], mine)["failed"] == ["k"]
    assert fold([ASKED, refusal, welcome()], mine)["again"] == []
    assert fold([ASKED], [{**mine[0], "author": "who I was"}])["again"] == []
