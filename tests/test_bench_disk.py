"""The benchmark of durability counts right: syncs and what they carry, shares of memory's figures, the slow disk itself."""

import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.disk import (
    COUNTERS, PRELOADED, Measured, Syncs, chosen, places, plots, recorded, seconds_for, share, slowed, spread_over, syncs_of,
    told_floods, told_latencies, told_syncs,
)  # fmt: skip
from bench.load import compiled
from bench.plots import stacked
from bench.servers import ROOT, BenchError

MEMORY = Measured("memory", "100x32", 0, 2.0, 2000, 100_000.0, 0.5, 0.1, 1.0, 2.0, 0.1, 0, False, 100, 0.05)
DISK = replace(MEMORY, place="disk", deliveries_per_second=50_000.0, sync_seconds=0.2)
RARE = replace(DISK, case="paced", rate=1.0, messages=2, syncs=4)


def test_a_sync_carries_the_messages_that_gathered_for_it() -> None:
    assert (MEMORY.messages_per_sync, MEMORY.syncs_per_second, MEMORY.sync_ms) == (20, 50, 0.5)


def test_nothing_synced_divides_by_nothing() -> None:
    idle = replace(MEMORY, messages=0, syncs=0, sync_seconds=0.0)
    assert (idle.sync_ms, idle.messages_per_sync) == (0, 0)


def test_a_share_is_that_of_the_runs_that_took_turns() -> None:
    slower = [DISK, replace(DISK, deliveries_per_second=25_000.0)]
    assert share(slower, [MEMORY, MEMORY], "deliveries_per_second") == "0.38"
    assert share([MEMORY], [MEMORY], "deliveries_per_second") == "–"


def test_syncs_count_for_the_measured_time_alone() -> None:
    assert Syncs(30, 3.0).since(Syncs(10, 1.0)) == Syncs(20, 2.0)
    assert spread_over(Syncs(20, 2.0), 0.5) == Syncs(10, 1.0)
    assert spread_over(Syncs(20, 2.0), 1.1) == Syncs(20, 2.0)


def test_rare_messages_are_waited_for_but_not_for_ever() -> None:
    assert [seconds_for(rate, 2) for rate in (1, 4, 1000)] == [10, 3, 2]


def test_a_place_that_is_none_is_refused_with_those_there_are() -> None:
    known = places(Path("/"), Path("/"))
    assert [place.longer_ms for place in known] == [0, 0, 1, 5, 20, 100]
    assert chosen(known, ["disk"]) == [known[1]]
    with pytest.raises(BenchError, match="disk, 20 ms more"):
        chosen(known, ["tape"])


def test_the_tables_have_a_cell_in_each_column() -> None:
    for table in (told_floods([MEMORY, DISK]), told_latencies([RARE], [MEMORY, DISK]), told_latencies([RARE], []), told_syncs([RARE])):
        assert {len(row) for row in table.rows} == {len(table.head)}


def test_what_was_not_in_order_is_said() -> None:
    assert told_floods([MEMORY, replace(DISK, load_cpu=0.95)]).said == ["disk, 100x32; the load generator was busy 95% of the time"]


def test_what_is_recorded_holds_what_follows_from_it() -> None:
    assert recorded(MEMORY)["messages_per_sync"] == 20


def test_the_plots_are_one_document() -> None:
    assert ElementTree.fromstring(stacked(plots([MEMORY, DISK], [RARE]))).tag.endswith("svg")


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("gcc"), reason="needs Linux and gcc")
def test_the_slow_disk_counts_each_sync_and_makes_it_longer(tmp_path: Path) -> None:
    counters = tmp_path / "counters"
    counters.write_bytes(COUNTERS.pack(0, 0, 30_000_000))
    server = slowed(compiled(ROOT / "bench" / "slow_disk.c", tmp_path, *PRELOADED), counters)
    syncing = "import os, sys; file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY); os.fsync(file); os.fdatasync(file)"
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", syncing, str(tmp_path / "file")], env=server.environment, check=True)
    assert time.monotonic() - began >= 0.06
    assert syncs_of(counters).number == 2
    assert syncs_of(counters).seconds >= 0.06
