"""Coming back from thousands of random points (bench/resume.py), and that a room or client with a flaw would be found out."""

from collections.abc import Callable
from typing import Any

import pytest

from bench.resume import run
from examples.client import Transcript
from utils.room import Room

POINTS = 5_000
SEED = 3
changed_since, newest, grow = Room._changed_since, Room._newest, Transcript._grow


def test_whoever_comes_back_from_anywhere_holds_what_those_hold_who_never_left() -> None:
    figures = run(POINTS, SEED, step_points=4)
    assert figures.differences[:3] == []
    points = figures.points
    assert points["points"] >= POINTS
    assert points["resumed"] > POINTS / 2
    for kind in (
        "in mid-answer", "begun anew, for it was too much", "begun anew, from nowhere or long ago",
        "behind, and recovered", "pages of history", "compared as bytes",
        "with a chunk that overlapped",
    ):  # fmt: skip
        assert points[kind] > 10, kind


def one_too_few(room: Room, after: int | None, epoch: str | None) -> Any:
    return changed_since(room, after, epoch) and [m for m in changed_since(room, after, epoch) or [] if m["seq"] != (after or 0) + 1]


def without_the_answer_that_streams(room: Room, after: int | None, epoch: str | None) -> Any:
    messages = changed_since(room, after, epoch)
    return messages and [m for m in messages if m["seq"] > (after or 0)]


def only_new_messages(room: Room, after: int | None, epoch: str | None) -> Any:
    messages = changed_since(room, after, epoch)
    return messages and [m for m in messages if m["id"] > (after or 0) or m["status"] == "streaming"]


def of_any_epoch(room: Room, after: int | None, epoch: str | None) -> Any:
    return changed_since(room, after, room.epoch)


def from_one_too_early(room: Room) -> Any:
    messages, start = newest(room)
    return messages, start and start - 1


def without_dropping_the_overlap(transcript: Transcript, chunk: dict[str, Any]) -> None:
    held = transcript.messages.get(chunk["id"])
    if held and held["status"] == "streaming":
        held["content"] += chunk["content"]


@pytest.mark.parametrize(
    ("owner", "method", "flawed"),
    [
        (Room, "_changed_since", one_too_few), (Room, "_changed_since", without_the_answer_that_streams),
        (Room, "_changed_since", only_new_messages), (Room, "_changed_since", of_any_epoch),
        (Room, "_newest", from_one_too_early), (Transcript, "_grow", without_dropping_the_overlap),
    ],
)  # fmt: skip
def test_a_flaw_is_found_out(monkeypatch: pytest.MonkeyPatch, owner: type, method: str, flawed: Callable[..., Any]) -> None:
    monkeypatch.setattr(owner, method, flawed)
    assert run(POINTS, SEED, step_points=4, most_differences=1).differences
