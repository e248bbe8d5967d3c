"""Break the project on purpose, one promise at a time, and see which test notices: `python -m tests.mutants [NAME…]`.

Each mutant is tried on a copy of the tree. What catches it must pass on an unmutated copy. Exits with 1 if one survives.
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.mutant import ROOT, DoesNotApply, Mutant, mutants

TIME_LIMIT = 900  # seconds for one run of tests; every wait in them gives up long before
LEFT_OUT = (".git", ".venv", ".env", "*_cache", ".hypothesis", "__pycache__", "*.db", "*.db-*")  # of the copies
OWN_TEST = "tests/test_mutants.py"  # finds that the patch does not apply to a tree that has it already
PAGE_TESTS = "tests/test_page.py"
ALL_PASSED, SOME_FAILED = 0, 1  # pytest's exit codes


@dataclass
class Run:
    """What came of a run of tests. `code` None: it had to be killed."""

    code: int | None
    passed: list[str]  # node ids
    failed: dict[str, str]  # and why
    output: str = ""

    def proves_nothing(self, test: str) -> str:
        """Why `test`, or something of what it stands for, did not pass; "" if all of it did."""
        passed = any(is_of(test, id) for id in self.passed)
        return next((why for id, why in self.failed.items() if is_of(test, id)), "" if passed else "it was not run")


@dataclass
class Laboratory:
    """Where mutants are tried. `named_only`: by the tests that they name, and by no others."""

    named_only: bool = False
    unsound: dict[str, str] = field(default_factory=dict)  # by node id: why it proves nothing; "" if it does

    def check(self, tests: Sequence[str]) -> dict[str, str]:
        """Those of `tests` that do not pass without a mutant, or are skipped, and so prove nothing; and why."""
        with copied_tree() as tree:
            runs = [run(tree, tests)]
            if runs[0].code not in (ALL_PASSED, SOME_FAILED):  # one of them is not there, for which pytest runs none
                runs = [run(tree, [test]) for test in tests]
        self.unsound |= {test: min(run.proves_nothing(test) for run in runs) for test in tests}
        return {test: self.unsound[test] for test in tests if self.unsound[test]}

    def verdict(self, mutant: Mutant) -> str:
        """`caught by` a test, or what else became of `mutant`."""
        with copied_tree() as tree:
            try:
                mutant.apply(tree)
            except DoesNotApply:
                return "DOES NOT APPLY any more"
            for tests in self._likely_first(mutant):
                found = run(tree, ["-x", *tests])
                if found.code != ALL_PASSED:
                    return self.judge(found, again=lambda test: run(tree, [test]))
        return "SURVIVED"

    def _likely_first(self, mutant: Mutant) -> Iterator[list[str]]:
        if named := [test for test in mutant.caught_by if self.unsound.get(test) == ""]:
            yield named
        if not self.named_only:
            yield [] if mutant.is_of_the_page else [f"--ignore={PAGE_TESTS}"]

    def judge(self, run: Run, again: Callable[[str], Run]) -> str:
        if run.code is None:
            return f"HANGS: no test lost its patience in {TIME_LIMIT} s"
        if run.code != SOME_FAILED or not run.failed:
            return f"BROKEN: pytest ended with {run.code}\n{run.output[-2000:]}"
        test = next(iter(run.failed))
        if not any(is_of(sound, test) for sound, why in self.unsound.items() if not why):
            if not again(test).failed:
                return f"UNPROVED: {test} failed once, and passed when it was run again"
            if why := self.check([test]).get(test):
                return f"UNPROVED: {test} fails without the mutant too ({why})"
        return f"caught by {test}"


@contextlib.contextmanager
def copied_tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder, "tree")
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
        yield tree


def run(tree: Path, given: Sequence[str]) -> Run:
    """Run pytest in `tree` with what is `given`; nothing that it started outlives it."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "-rpfE", "-p", "no:cacheprovider", f"--ignore={OWN_TEST}", *given]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            command, cwd=tree, env=own_environment(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            kill_group(process)
        output.seek(0)
        printed = output.read()
    passed = re.findall(r"^PASSED (\S+\.py::.+)$", printed, re.MULTILINE)
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+\.py::.+?)(?: - (.*))?$", printed, re.MULTILINE)
    return Run(code, passed, dict(failed), printed)


def is_of(test: str, id: str) -> bool:
    """Whether the node `id` is `test`, one of its cases, or in that file."""
    return id == test or id.startswith((f"{test}[", f"{test}::"))


def own_environment() -> dict[str, str]:
    """Without what would lead Python from the copy to the tree it was made of, or pytest to share out one test."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")} | {"PYTHONDONTWRITEBYTECODE": "1"}


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def report(mutant: Mutant, laboratory: Laboratory) -> bool:
    """Try `mutant`, print what became of it; returns whether it was caught."""
    begun = time.monotonic()
    verdict = laboratory.verdict(mutant)
    print(f"{mutant.name:42} {time.monotonic() - begun:6.1f} s  {verdict}", flush=True)
    caught = verdict.startswith("caught by ")
    if not caught:
        print(f"{'':42}           {mutant.breaks}", flush=True)
    return caught


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of patches in tests/mutants; all by default")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time; more than there are cores starve the tests")
    parser.add_argument("--named-only", action="store_true", help="run the tests that a patch names, and no others")
    given = parser.parse_args()
    known = mutants()
    if unknown := set(given.names) - set(known):
        parser.error(f"there is no mutant {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in given.names or known]
    laboratory = Laboratory(given.named_only)
    unsound = laboratory.check(sorted({test for mutant in chosen for test in mutant.caught_by}))
    for test, why in unsound.items():
        print(f"{test} proves nothing here: {why}")
    with ThreadPoolExecutor(given.jobs) as pool:
        caught = sum(pool.map(lambda mutant: report(mutant, laboratory), chosen))
    print(f"{caught} of {len(chosen)} mutants were caught.")
    return int(caught < len(chosen) or bool(unsound))


if __name__ == "__main__":
    sys.exit(main())
