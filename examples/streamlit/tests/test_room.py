"""The fold by the delivery contract of docs/protocol.md."""

from typing import Any

import pytest
from room import Gap, Room

ANN = {"id": "a", "name": "Ann", "kind": "human"}
POCKET = {"id": "p", "name": "Pocket", "kind": "assistant"}


def welcome(seq: int, *messages: Any, **fields: Any) -> dict[str, Any]:
    settings = {"name": "tea", "title": "", "epoch": "e", "seq": seq}
    defaults = {"resumed": False, "from": 0, "you": {**ANN, "token": "t"}, "members": [ANN], "room": settings}
    return {"type": "welcome", "messages": list(messages), **defaults, **fields}


def said(seq: int, content: str, **fields: Any) -> dict[str, Any]:
    return {"type": "message", "id": seq, "seq": seq, "ts": 0, "author": ANN, "content": content, "status": "complete", **fields}


def start(seq: int) -> dict[str, Any]:
    return {"type": "start", "id": seq, "seq": seq, "ts": 0, "author": POCKET, "content": ""}


def chunk(id: int, off: int, content: str) -> dict[str, Any]:
    return {"type": "chunk", "id": id, "off": off, "content": content}


def end(id: int, seq: int, length: int) -> dict[str, Any]:
    return {"type": "end", "id": id, "seq": seq, "status": "complete", "length": length, "content": ""}


def folded(*frames: dict[str, Any]) -> Room:
    room = Room()
    for frame in frames:
        room.apply(frame)
    return room


def contents(room: Room) -> list[str]:
    return [message["content"] for message in room.shown()]


def test_an_answer_is_put_together_from_chunks_that_overlap_and_count_utf16() -> None:
    room = folded(welcome(0), start(1), chunk(1, 0, "a🎈"), chunk(1, 1, "🎈b"), chunk(1, 4, "c"), end(1, 2, 5))
    assert contents(room) == ["a🎈bc"]
    assert room.streaming() is None
    assert room.at == ("e", 2)


@pytest.mark.parametrize("frame", [said(3, "too early"), chunk(9, 0, "of what?"), {"type": "pong", "seq": 7}])
def test_after_a_gap_nothing_moves_until_the_next_welcome(frame: dict[str, Any]) -> None:
    room = folded(welcome(1, said(1, "one")))
    with pytest.raises(Gap):
        room.apply(frame)
    room.apply(said(2, "two"))
    assert contents(room) == ["one"]
    room.apply(welcome(3, said(2, "two"), said(3, "three"), resumed=True))
    assert contents(room) == ["one", "two", "three"]


def test_an_end_of_another_length_is_a_gap() -> None:
    room = folded(welcome(0), start(1), chunk(1, 0, "abc"))
    with pytest.raises(Gap):
        room.apply(end(1, 2, 4))


def test_what_was_folded_before_is_ignored_and_a_welcome_that_begins_anew_forgets() -> None:
    room = folded(welcome(0), said(1, "one"), said(1, "one again"))
    assert contents(room) == ["one"]
    room.apply(welcome(1, said(1, "another house"), room={"name": "tea", "epoch": "f", "seq": 1}))
    assert contents(room) == ["another house"]
    assert room.at == ("f", 1)


def test_what_is_sent_is_unanswered_until_its_ack_its_error_or_its_echo() -> None:
    room = folded(welcome(0))
    one, two, three = (room.frame("message", content=text) for text in ("one", "two", "three"))
    room.apply({"type": "ack", "key": one["key"], "id": 1, "duplicate": False})
    room.apply({"type": "error", "key": two["key"], "code": "rate_limited", "content": "Slower, please."})
    assert list(room.unanswered.values()) == [three]
    assert "Slower, please." in room.refused
    assert "two" in room.refused
    room.apply(welcome(2, said(1, "one"), said(2, "three", key=three["key"]), resumed=True))
    assert not room.unanswered


def test_nothing_is_sent_again_as_somebody_else() -> None:
    room = folded(welcome(0))
    room.frame("message", content="as Ann")
    room.apply(welcome(0, you={**ANN, "id": "b"}))
    assert not room.unanswered


def test_who_comes_and_goes_is_told_but_not_who_was_there() -> None:
    bob = {"id": "b", "name": "Bob", "kind": "human"}
    room = folded(welcome(0), {"type": "presence", "members": [ANN, bob], "count": 2}, {"type": "presence", "members": [ANN], "count": 1})
    assert [text for _, _, text in room.comings] == ["Bob joined", "Bob left"]


def test_an_older_page_fits_only_where_it_was_asked_for() -> None:
    room = folded(welcome(3, said(3, "three"), **{"from": 3}))
    place = room.place()
    room.add_page({"epoch": "e", "from": 2, "messages": [said(2, "two")]}, place)
    room.add_page({"epoch": "e", "from": 0, "messages": [said(1, "one")]}, place)
    assert contents(room) == ["two", "three"]


def test_a_long_room_is_held_in_part_and_never_without_the_answer_that_streams() -> None:
    room = folded(welcome(0), start(1), *(said(seq, str(seq)) for seq in range(2, 3_000)))
    assert len(room.messages) <= 2_000
    room.apply(chunk(1, 0, "still here"))
    assert room.floor > 1
    assert room.messages[1]["content"] == "still here"
