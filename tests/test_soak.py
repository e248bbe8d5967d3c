"""The soak in its short form: what becomes of what people saw when everything breaks (bench/soak.py)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import ROOT

SEED = os.environ.get("SOAK_SEED", "0")  # of the first round; each weather comes once in six
KILLS, CUTS, ROUNDS = 60, 1_000, 6
MINUTES = 2.5  # at most
PATIENCE = 300  # seconds until the program is given up


def test_nothing_is_lost_doubled_or_reordered_when_servers_are_killed_and_lines_are_cut(tmp_path: Path) -> None:
    if sys.platform != "linux" or not shutil.which("gcc"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the soak needs Linux and gcc")
    told = tmp_path / "figures.json"
    asked = [f"--seed={SEED}", f"--minutes={MINUTES}", f"--rounds={ROUNDS}", f"--kills={KILLS}", f"--cuts={CUTS}", f"--json={told}"]
    soak = subprocess.run(
        [sys.executable, "-m", "bench.soak", *asked], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert soak.returncode == 0, soak.stdout + soak.stderr
    figures = json.loads(told.read_text())
    assert {kind: figures[kind] for kind in ("lost", "doubled", "reordered", "other")} == dict.fromkeys(
        ("lost", "doubled", "reordered", "other"), 0
    ), soak.stdout
    assert figures["kills"] >= KILLS, soak.stdout
    assert figures["cuts"] >= CUTS, soak.stdout
    assert soak.stderr == ""
