"""The proof can fail: mutants of the project (tests/mutants), each of which some test must catch.

To try all of them takes a quarter of an hour: `python -m tests.mutants`. Here a few are tried, to see that it can tell.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.__main__ import Laboratory, Run
from tests.mutants.mutant import ROOT, DoesNotApply, Hunk, Mutant, mutants

MUTANTS = mutants()
AT_LEAST = 26
QUICK = ("a_frame_of_126_bytes_has_a_wrong_head", "told_before_its_commit", "catching_up_skips_the_next_change")
ONE = "tests/a.py::one"
HARMLESS = Hunk("utils/rate_limit.py", '"""Token buckets', '"""Token  buckets')


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_still_applies_and_changes_what_python_can_read(name: str) -> None:
    changed = MUTANTS[name].mutated()
    assert changed
    for file, text in changed.items():
        assert text != (ROOT / file).read_text(encoding="utf-8")
        if file.endswith(".py"):
            ast.parse(text)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_tells_what_it_breaks_and_names_tests_that_are_there(name: str) -> None:
    assert MUTANTS[name].breaks.endswith(".")
    assert ": here " in MUTANTS[name].breaks, "say what was promised, and what happens here"
    assert MUTANTS[name].caught_by
    for test in MUTANTS[name].caught_by:
        file, _, function = test.partition("::")
        assert f"def {function.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_there_are_enough_of_them_and_no_two_are_alike() -> None:
    assert len({mutant.hunks for mutant in MUTANTS.values()}) == len(MUTANTS) >= AT_LEAST


def test_a_patch_that_fits_nowhere_or_at_two_places_does_not_apply(tmp_path: Path) -> None:
    (tmp_path / "poem").write_text("a rose\nis a rose\na rose\n")
    for old in ("a tulip\n", "a rose\n", "rose\n"):
        with pytest.raises(DoesNotApply):
            Mutant("flower", "", (), (Hunk("poem", old, ""),)).apply(tmp_path)
    Mutant("flower", "", (), (Hunk("poem", "is a rose\n", "is a tulip\n"),)).apply(tmp_path)
    assert (tmp_path / "poem").read_text() == "a rose\nis a tulip\na rose\n"


def test_some_mutants_are_caught() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.mutants", *QUICK], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in QUICK:
        assert any(line.startswith(name) and "caught by tests/" in line for line in done.stdout.splitlines()), done.stdout


def test_a_mutant_that_breaks_nothing_survives() -> None:
    harmless = Mutant("harmless", "", ("tests/test_rate_limit.py",), (HARMLESS,))
    laboratory = Laboratory(named_only=True)
    assert laboratory.check(harmless.caught_by) == {}
    assert laboratory.verdict(harmless) == "SURVIVED"


def test_a_test_that_is_not_there_proves_nothing() -> None:
    good, missing = "tests/test_rate_limit.py", "tests/test_rate_limit.py::test_nobody_wrote"
    assert Laboratory().check([good, missing]) == {missing: "it was not run"}


def test_a_test_that_fails_or_is_skipped_without_a_mutant_proves_nothing() -> None:
    without = Run(1, ["tests/a.py::one", "tests/a.py::two[ann]"], {"tests/a.py::two[bea]": "no"})
    assert [without.proves_nothing(f"tests/a.py{name}") for name in ("::one", "::two[ann]")] == ["", ""]
    assert [without.proves_nothing(f"tests/a.py{name}") for name in ("", "::two", "::skipped")] == ["no", "no", "it was not run"]


def test_a_failure_proves_nothing_if_it_does_not_come_again_or_comes_without_the_mutant(monkeypatch: pytest.MonkeyPatch) -> None:
    found, passed = Run(1, [], {ONE: "no"}), Run(0, [ONE], {})
    monkeypatch.setattr(Laboratory, "check", lambda self, tests: {test: "no" for test in tests if test == ONE})
    assert Laboratory(unsound={ONE: ""}).judge(found, again=lambda test: passed) == f"caught by {ONE}"
    assert Laboratory().judge(found, again=lambda test: passed).startswith("UNPROVED")
    assert Laboratory().judge(found, again=lambda test: found).startswith("UNPROVED")
    assert Laboratory().judge(Run(1, [], {"tests/a.py::two": "no"}), again=lambda test: found) == "caught by tests/a.py::two"


def test_a_run_that_hangs_or_breaks_is_no_catch() -> None:
    assert Laboratory().judge(Run(None, [], {ONE: "no"}), again=lambda test: Run(0, [], {})).startswith("HANGS")
    assert Laboratory().judge(Run(2, [], {}, "a syntax error"), again=lambda test: Run(0, [], {})).startswith("BROKEN")
