"""The benchmark of connections counts right: ratios by pair, aims, what /proc tells, where memory was made."""

import argparse
import tracemalloc
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bench.connections import (
    FASTAPI, POCKETROOM, Minute, Opened, Shape, grown_since, kilobytes, minute, place_of, plots, ratios, shapes, told_held,
    told_opened, told_ratio,
)  # fmt: skip
from bench.plots import stacked
from bench.servers import ROOT, BenchError

ONE = Opened(POCKETROOM.name, "one room of 1,000", False, 1000, 0.5, 0.4, 0.1, 8.0, 20.0, resident=15_360, kernel=4096)
PEER = replace(ONE, server=FASTAPI.name, seconds=1.0, resident=30_720)
HELD = Minute(60, 0.08, 0.02, 1600, 900, 950, 0.5, 200_000_000)


def test_the_same_number_of_connections_is_in_many_rooms_and_in_one() -> None:
    assert shapes(5000) == [Shape(50, 100), Shape(1, 5000)]
    assert [shape.name for shape in shapes(5000)] == ["50 rooms of 100", "one room of 5,000"]


def test_a_connection_costs_its_share_of_the_time_and_of_the_cpu() -> None:
    assert (ONE.per_second, ONE.cpu_us) == (2000, pytest.approx(400))


def test_a_ratio_is_of_the_two_runs_of_a_pair() -> None:
    twice = [ONE, replace(ONE, seconds=0.25)]
    assert ratios(twice, [PEER, replace(PEER, seconds=2.0)], "per_second") == [2, 8]
    assert told_ratio([2, 8]) == "5.00 (2.00 to 8.00)"


def test_a_table_tells_which_aims_are_reached() -> None:
    again = replace(ONE, again=True)
    assert not any("NOT REACHED" in sentence for sentence in told_opened([ONE, again, PEER]).said)
    heavy = replace(ONE, resident=20_000, seconds=0.8)
    assert [sentence.endswith("NOT REACHED") for sentence in told_opened([heavy, again, PEER]).said] == [True, True]


def test_whoever_held_the_sockets_and_was_too_busy_is_named() -> None:
    busy = replace(ONE, load_cpu=0.95)
    assert any("hold.c was busy 95%" in sentence for sentence in told_opened([busy, replace(ONE, again=True), PEER]).said)


def test_the_worst_minute_of_a_hold_counts() -> None:
    options = argparse.Namespace(held=10_000, hold=120.0)
    assert told_held([HELD], options).said == ["at most 8.0% of a core, aim less than 10%"]
    assert told_held([HELD, replace(HELD, server_cpu=0.11)], options).said == ["at most 11.0% of a core, aim less than 10%: NOT REACHED"]


def test_a_minute_tells_what_came_in_each_second() -> None:
    told = {"seconds": 2.0, "server_pings": 10, "page_pings": 4, "frames": 6, "left": 1}
    assert minute(told, 60, 0.5, 0.1, 7) == Minute(60, 0.5, 0.1, 5, 2, 3, 0.5, 7)


def test_a_figure_of_proc_is_in_bytes_and_one_that_is_missing_is_a_sentence() -> None:
    assert kilobytes("VmHWM:\t 99 kB\nVmRSS:\t   12 kB\n", "VmRSS") == 12 * 1024
    with pytest.raises(BenchError, match="VmRSS"):
        kilobytes("Name: x", "VmRSS")


def test_what_was_made_since_is_told_with_the_line_that_made_it() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.take_snapshot()
        kept = [bytes(100_000) for _ in range(10)]
        told = grown_since(before, tracemalloc.take_snapshot())
    finally:
        tracemalloc.stop()
    file, line, size = told["lines"][0]
    assert len(kept) * 100_000 <= size <= told["total"]
    assert place_of(file, line).startswith("tests/test_bench_connections.py:")
    assert place_of(file, line).endswith("kept = [bytes(100_000) for _ in range(10)]")


def test_a_file_is_named_as_its_package_knows_it() -> None:
    assert place_of("/x/lib/python3.11/site-packages/uvicorn/server.py", 0) == "uvicorn/server.py"
    assert place_of("/x/lib/python3.11/asyncio/queues.py", 0) == "asyncio/queues.py"
    assert place_of(str(ROOT / "utils" / "wire.py"), 0) == "utils/wire.py"


def test_the_plots_are_one_document() -> None:
    assert ElementTree.fromstring(stacked(plots([ONE, PEER], [HELD]))).tag.endswith("svg")
