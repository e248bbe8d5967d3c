"""The page's benchmark counts right: whose frame a task belongs to, and what its scripted model writes."""

import re
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")

from bench.page_answer import markdown_tokens
from bench.page_chromium import frames_of, percentile
from bench.page_plot import plot
from bench.page_streaming import ANSWERS, PAGES, Streamed, ratios
from utils.protocol import ANSWER_UNITS

PAGE, OTHER = (1, 1), (2, 2)


def event(name: str, ts: int, ph: str = "X", on: tuple[int, int] = PAGE, **fields: Any) -> dict[str, Any]:
    return {"name": name, "ts": ts, "ph": ph, "pid": on[0], "tid": on[1], **fields}


def received(ts: int, size: int) -> dict[str, Any]:
    return event("WebSocketReceive", ts, "I", args={"data": {"dataLength": size}})


def task(ts: int, cpu: int, on: tuple[int, int] = PAGE) -> dict[str, Any]:
    """One that had to wait as long as it worked."""
    return event("RunTask", ts, on=on, dur=2 * cpu, tdur=cpu)


def drawn(ts: int) -> dict[str, Any]:
    return event("AnimationFrame", ts, "e")


def test_a_frame_costs_what_the_page_did_since_the_frame_before_and_nobody_elses_work() -> None:
    first = [task(1_000, 3_000), received(1_100, 75), task(8_000, 1_000), task(9_000, 40_000, on=OTHER), drawn(9_500)]
    second = [received(12_000, 25), task(11_900, 2_000), drawn(14_000)]
    one, two = frames_of([*second, *first])
    assert (one.milliseconds, one.step, one.waited, one.share) == (4, 3, 8, 0.75)
    assert (two.milliseconds, two.step, two.waited, two.share) == (2, 2, 4, 1)


def test_what_is_drawn_long_after_the_last_text_is_not_the_answers() -> None:
    assert len(frames_of([task(900, 500), received(1_000, 9), drawn(2_000), task(9_000_000, 500), drawn(9_001_000)])) == 1


def test_a_page_that_heard_nothing_drew_no_frames_of_an_answer() -> None:
    assert frames_of([task(1_000, 3_000), drawn(9_500)]) == []


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (1, 100), (0, 1)])
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value


def test_the_scripted_model_writes_every_kind_of_markdown_the_same_each_time_and_within_an_answers_limit() -> None:
    tokens = markdown_tokens(10_000)
    text = "".join(tokens)
    assert tokens == markdown_tokens(10_000)
    assert len(tokens) == 10_000
    assert 30_000 < len(text) <= ANSWER_UNITS
    for kind in (r"^## \d", r"^- \*\*", r"^\| 1 \|", r"^```python$", r"^> ", r"^1\. ", r"\]\(https://"):
        assert re.search(kind, text, re.MULTILINE), kind


def test_the_usual_way_is_compared_with_ours_before_the_same_answer_on_the_same_machine() -> None:
    frames = frames_of([task(900, 2_000), received(1_000, 9), drawn(4_000)])
    ours = Streamed(ANSWERS[2], PAGES[0], 1, frames)
    usual = Streamed(ANSWERS[2], PAGES[1], 1, frames * 3)
    slower = Streamed(ANSWERS[2], PAGES[1], 4, frames * 9)
    assert list(ratios([ours, usual, slower])) == [("Markdown, 200/s, 1x", 3)]
    assert plot([ours, usual]).count("<path") == 4
