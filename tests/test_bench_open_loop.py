"""The open loop counts right: the search for the highest rate, what holds a rate, what its load sends and measures."""

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.load import compile_load
from bench.open_loop import (
    CLIMB, LADDER, LEAST, MOST, PRECISION, Bench, Table, Try, about, best_of, curve, failed_next, highest, highest_of, marked_down, page, plots, rates_of,
    shown, summed_up, told_at, told_highest, told_pairs,
)  # fmt: skip
from bench.servers import BenchError, Cores
from bench.stalled import ALL, ALONE, ROOMS, WITH, verdict
from bench.stalled import plots as plots_of_stalled
from bench.stalled import told as told_stalled


def tried(rate: float = 4800, server: str = "PocketRoom", pinned: bool = True, **figures: Any) -> Try:
    known: dict[str, Any] = {"deliveries": 1000, "deliveries_per_second": rate * 100, "server_cpu": 0.8, "p99_ms": 5.0}
    return Try(server, rate, pinned, **(known | figures))


# ---- the search --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [20, 330, 599, 600, 1_000, 2_400, 4_799, 4_801, 9_900, 60_000])
def test_the_highest_rate_is_found_to_five_percent_below_within_and_above_the_ladder(limit: float) -> None:
    found = highest(lambda rate: rate <= limit, LADDER)
    assert found <= limit < found * PRECISION


def test_all_of_the_ladder_is_tried_also_what_can_no_longer_hold() -> None:
    asked: list[float] = []
    highest(lambda rate: bool(asked.append(rate)) or rate < 700, LADDER)
    assert asked[: len(LADDER)] == list(LADDER)


def test_a_rate_that_failed_below_one_that_held_does_not_hide_it() -> None:
    assert highest(lambda rate: rate != 1200 and rate <= 4800, LADDER) >= 4800


def test_who_holds_nothing_has_no_highest_rate_and_who_holds_everything_ends_the_search() -> None:
    assert highest(lambda rate: False, LADDER) == 0
    assert MOST / CLIMB < highest(lambda rate: True, LADDER) <= MOST
    assert LADDER[0] > LEAST


# ---- what counts as held -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "figures",
    [{"p99_ms": 10.0}, {"undelivered": 1}, {"missed": 1}, {"overrun": True}, {"wrong": "the server cut a member's line"}],
)
def test_a_rate_is_held_only_if_all_came_in_time(figures: dict[str, Any]) -> None:
    assert tried().held
    assert not tried(**figures).held


def test_a_run_in_which_nothing_was_due_held_nothing() -> None:
    told = dict.fromkeys(("p50_ms", "p99_ms", "p999_ms", "late_p99_ms", "deliveries", "undelivered", "missed", "caught_up", "load_cpu_seconds"), 0)
    assert not summed_up(tried(), told | {"seconds": 1.0, "overrun": False}).held


def test_the_best_try_is_the_held_one_at_the_highest_rate() -> None:
    tries = [tried(600), tried(2400), tried(4800, p99_ms=30.0), tried(3000, undelivered=5)]
    assert best_of(tries) == tries[1]
    assert highest_of(tries) == 240_000
    assert highest_of([tried(p99_ms=50.0)]) == 0
    assert failed_next(tries) == tries[3]
    assert rates_of(tries) == [2400, 4800]


# ---- telling -----------------------------------------------------------------------------------------


def test_the_tables_tell_ratio_failure_and_second_tries() -> None:
    found = {
        "PocketRoom": [tried(2400), tried(4800)],
        "slow": [tried(2400, "slow", deliveries=25, undelivered=75), tried(600, "slow")],
        "cut": [tried(2400, "cut", wrong="cannot send")],
    }
    rows = {row[0]: row for row in told_highest(found).rows}
    assert rows["PocketRoom"][1] == "480,000"
    assert rows["slow"][-1] == "8.0 times"
    assert rows["cut"][1] == "none"
    at = {row[0]: row for row in told_at(2400, found).rows}
    assert (at["slow"][1], at["slow"][5]) == ("no", "25%")
    assert at["cut"][2] == "cannot send"
    assert all(len(row) == len(table.head) for table in (told_highest(found), told_at(2400, found)) for row in table.rows)


def test_pairs_are_compared_by_the_median_of_their_ratios() -> None:
    pairs = {2400.0: [(tried(p99_ms=5.0), tried(pinned=False, p99_ms=p99)) for p99 in (4.0, 6.0, 50.0)]}
    table = told_pairs(pairs)
    assert "is 1.20 of pinned" in table.said[0]
    assert len(table.rows[0]) == len(table.head)


def test_the_plot_takes_the_better_of_two_tries_and_is_well_formed() -> None:
    tries = [tried(600, p99_ms=20.0), tried(600, p99_ms=4.0), tried(4800, p99_ms=4000.0), tried(9000, wrong="gone")]
    assert curve(tries) == [(60_000, 4.0), (480_000, 1000.0)]
    drawn = plots({"PocketRoom": tries, "C & <others>": [tried(600)]}, {2400.0: [(tried(), tried(pinned=False))]})
    assert len([ElementTree.fromstring(plot) for plot in drawn]) == 2


def test_a_table_is_the_same_for_people_and_as_markdown() -> None:
    table = Table("Rates", ("", "p99"), [["ours", "5.0"]], ["all came"])
    assert "ours  5.0" in shown(table)
    assert marked_down(table) == ["## Rates", "|  | p99 |\n| --- | ---: |\n| ours | 5.0 |", "- all came"]
    told = about("open_loop", Bench(Path("load"), Cores(0, 1), 2, Path("/")))
    assert "do not edit" in page("open_loop", ["What it is."], told, [table], "p99")


def test_what_the_stalled_cost_is_judged_against_the_same_readers_alone() -> None:
    fast, slow = tried(server_cpu=1.0), tried(server_cpu=1.2)
    fine = [{WITH: fast, ALONE: fast, ALL: slow}] * 3
    assert not [sentence for sentence in verdict(fine) if sentence.startswith("!")]
    costly = [{WITH: slow, ALONE: fast, ALL: slow}] * 3
    assert [sentence for sentence in verdict(costly) if sentence.startswith("! against the 80 alone")]
    late = [{WITH: tried(p99_ms=6.0), ALONE: tried(p99_ms=5.0), ALL: tried()}] * 3
    assert [sentence for sentence in verdict(late) if sentence.startswith("! against the 80 alone")]
    assert all(len(row) == 10 for row in told_stalled("flood", 0, fine).rows)
    assert len(told_stalled("flood", 0, fine).rows) == len(ROOMS)
    assert all(ElementTree.fromstring(plot) is not None for plot in plots_of_stalled({"flood": fine}))


# ---- the load itself, against a server of some lines -------------------------------------------------


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return compile_load(tmp_path_factory.mktemp("load"))
    except BenchError as why:
        pytest.skip(str(why))


@contextmanager
def echoing(forward: Callable[[int], bool]) -> Iterator[tuple[int, list[socket.socket]]]:
    """A server that hands message n to every member if `forward(n)`; two members, one room."""
    members: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening, members, forward), daemon=True).start()
        try:
            yield listening.getsockname()[1], members
        finally:
            for member in members:
                member.close()


def serve(listening: socket.socket, members: list[socket.socket], forward: Callable[[int], bool]) -> None:
    while len(members) < 2:
        member, _ = listening.accept()
        while b"\r\n\r\n" not in member.recv(4096):
            pass
        member.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        members.append(member)
    sender, number = members[0].makefile("rb"), 0
    while head := sender.read(2):
        sender.read(4 + (head[1] & 127))
        if forward(number):
            text = b"m%d" % number
            for member in members:
                member.sendall(bytes((0x81, len(text))) + text)
        number += 1


def run(load: Path, port: int, *options: str) -> dict[str, float]:
    command = [str(load), f"port={port}", "rooms=1", "members=2", "warmup=0.1", "text=m%d", "marker=m", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    first, told = done.stdout.splitlines()
    assert first == "measure"
    return json.loads(told)


def test_the_load_sends_at_the_rate_it_was_told_and_measures_what_was_due_in_its_time(load: Path) -> None:
    with echoing(lambda number: True) as (port, _):
        told = run(load, port, "rate=200", "seconds=0.5")
    assert told["messages"] in (99, 100, 101)
    assert told["deliveries"] == 2 * told["messages"]
    assert told["undelivered"] == 0


def test_what_never_comes_is_counted_and_takes_as_long_as_was_waited_for_it(load: Path) -> None:
    with echoing(lambda number: number < 40) as (port, _):  # of 120: 20 to warm up, 100 measured
        told = run(load, port, "rate=200", "seconds=0.5")
    assert 2 * 78 <= told["undelivered"] <= 2 * 82
    assert 2 * 18 <= told["deliveries"] <= 2 * 22
    assert told["p50_ms"] > 500


def test_nobody_waits_for_a_stalled_member_and_its_end_ends_nothing(load: Path) -> None:
    members: list[socket.socket] = []

    def cut_at_fifty(number: int) -> bool:
        if number == 50:
            gone = members.pop()
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            gone.close()  # with a reset
        return True

    with echoing(cut_at_fifty) as (port, known):
        members = known
        told = run(load, port, "rate=200", "seconds=0.5", "stalled=1")
    assert told["deliveries"] == told["messages"] in (99, 100, 101)
    assert told["undelivered"] == 0
