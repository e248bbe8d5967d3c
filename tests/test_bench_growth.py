"""What is counted in the growth benchmark: costs and their change, tenths of an answer, percentiles, frames, a filled room."""

import argparse
import struct
from pathlib import Path
from typing import Any

import pytest

from bench.growth import (
    HOUSE, LONGEST, Arrival, Bench, Point, Sweep, case_of, change, cost, cpu_at, doubts, filled, frame_at, must_be_whole, page, percentile, saying, shown,
    tenths, told_answers, told_joins, told_sweep, tokens_in, verdict,
)  # fmt: skip
from bench.load import Run
from bench.servers import BenchError, Cores
from utils.sqlite_log import SqliteLog


def run(microseconds: float, **more: Any) -> Run:
    usual = {"load_cpu": 0.2, "p50_ms": 1, "p99_ms": 2, "last_p99_ms": 2, "bytes_per_delivery": 100, "missed": 0, "repeated": 0, "caught_up": 0}
    return Run(**{"server": "PocketRoom", "deliveries_per_second": 5e5, "server_cpu": 0.5, "deliveries_per_core": 1e6 / microseconds, **usual, **more})


SWEEP = Sweep("length", "Cost", "under", "messages", {HOUSE.name: {n: Point(HOUSE, case_of(1, 10, 4)) for n in (0, 10, 20)}}, 0, (10, 20), 0.05)


def test_a_delivery_costs_what_a_core_s_second_is_shared_among() -> None:
    assert cost(run(2.5)) == pytest.approx(2.5)


def test_a_change_is_to_the_base_of_the_same_round() -> None:
    slower_later = [run(1), run(2), run(4)]

    assert change([run(1.1), run(2.2), run(4.4)], slower_later) == pytest.approx(0.1)


def test_the_worst_growth_is_told_with_what_is_wanted() -> None:
    by_x = {0: [run(1)], 10: [run(1.02)], 20: [run(1.04)]}

    assert verdict(SWEEP, by_x) == ["From 0 to 20 messages, at most +4.0%, at 20 (wanted: less than 5% more)."]
    assert verdict(SWEEP, {10: [run(1)]}) == []


def test_what_speaks_against_a_figure_is_said() -> None:
    assert doubts({10: [run(1), run(1)]}) == []
    assert doubts({10: [run(1, load_cpu=0.95, missed=3)]}) == [
        "PocketRoom, 10: the load generator was busy 95% of the time.",
        "PocketRoom, 10: 3 deliveries missed.",
    ]


@pytest.mark.parametrize("size", [20, 100, 1_000, 4_000, 16_000])
def test_messages_are_as_large_as_said(size: int) -> None:
    text = saying(HOUSE, size).text.replace("%d", "123")
    content = text.split('"content":"')[1].split('"')[0]

    assert len(content) == size - 1 if size > 20 else len(content) <= 20
    assert len(content) <= 16_000


def test_an_even_answer_costs_the_same_in_each_tenth() -> None:
    assert tenths([Arrival(0, 5.0), Arrival(400, 5.4), Arrival(1_000, 6.0)], 1_000) == [pytest.approx(1_000)] * 10


def test_an_answer_that_becomes_dearer_does_so_in_its_tenths() -> None:
    costs = tenths([Arrival(0, 0.0), Arrival(500, 0.5), Arrival(1_000, 1.5)], 1_000)

    assert costs[8] == pytest.approx(2 * costs[1])


def test_expects_arrivals_over_all_of_an_answer() -> None:
    with pytest.raises(BenchError, match="from 0 to 500"):
        cpu_at([Arrival(0, 0.0), Arrival(500, 0.5)], 600)


def test_counts_tokens_however_they_are_put_together() -> None:
    assert tokens_in("1 2 3", first=True) + tokens_in(" 4", first=False) + tokens_in(" 5 6", first=False) == 6


def test_an_answer_that_lacks_something_is_none() -> None:
    must_be_whole(b'{"status":"complete","content":""}', 10, 10)
    with pytest.raises(BenchError, match="9 came"):
        must_be_whole(b'{"status":"complete","content":""}', 9, 10)
    with pytest.raises(BenchError, match="stopped: Ann"):
        must_be_whole(b'{"status":"stopped","content":"Ann stopped this answer."}', 10, 10)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1, 100), (0.001, 1)])
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile(range(100, 0, -1), share) == expected


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_finds_where_a_frame_ends(length: int) -> None:
    head = b"\x81" + (
        bytes([length]) if length < 126 else struct.pack("!BH", 126, length) if length < 65_536 else struct.pack("!BQ", 127, length)
    )

    assert frame_at(head + b"x") == (len(head), len(head) + length)
    assert frame_at(head[:1]) is None
    assert length < 126 or frame_at(head[:-1]) is None


def test_a_filled_room_is_one_that_the_server_would_have_written(tmp_path: Path) -> None:
    bench = Bench(Path(), Cores(None, None), tmp_path, argparse.Namespace())
    log = SqliteLog(str(filled(bench, 120)))
    tail = log._tail("room-0")
    log._db.close()

    assert (tail.seq, tail.oldest) == (120, 1)
    assert [message["id"] for message in tail.messages] == list(range(1, 121))
    assert set(tail.messages[-1]) == {"id", "seq", "ts", "author", "content", "status", "key"}
    assert not log._behind


def test_parts_are_told_to_people_and_as_markdown() -> None:
    parts = [
        told_sweep(SWEEP, {HOUSE.name: {0: [run(1)], 10: [run(1.02)]}}),
        told_answers({"1,000": [20.0]}, {"at full speed": [[10.0] * 10]}, [60_000]),
        told_joins({1_000: {"joining": [1.0, 2.0], "resuming": [2.0, 11.0], "the first": [20.0]}}),
    ]
    told = page(parts, {"command": "python -m bench.growth", "date": "2026-11-22T04:00:00", "system": "s", "python": "3", "file_system": "f"})

    assert "| 10 | 1.02 | 1.02 to 1.02 | +2.0% |" in told
    assert "From tenths 2 to 5 to tenths 6 to 9, at full speed: +0.0% (wanted: less than 5% more)." in told
    assert f"{LONGEST:,} tokens" in told
    assert "resuming 11.0 ms (wanted: 10 ms at most)." in shown(parts[2])
    for part in parts:
        assert len({len(line) for line in (part.head, *part.rows)}) == 1
