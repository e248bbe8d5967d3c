"""A mutant: a patch that breaks one promise of the project, with the promise and the tests that notice.

Comment lines at the top of the patch tell both: what it breaks, then a line `# Caught by: NODE ID` for each test.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
CAUGHT_BY = "Caught by: "


class DoesNotApply(Exception):
    """The tree has moved on: one sentence on where the patch no longer fits."""


@dataclass(frozen=True)
class Hunk:
    """In `file` the lines `old` become `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    name: str
    breaks: str  # the promise, in a sentence
    caught_by: tuple[str, ...]  # node ids
    hunks: tuple[Hunk, ...]

    @property
    def is_of_the_page(self) -> bool:
        return any(hunk.file.startswith("static/") for hunk in self.hunks)

    def apply(self, tree: Path) -> None:
        """Change the files in `tree`. Raises DoesNotApply."""
        for file, text in self.mutated(tree).items():
            (tree / file).write_text(text, encoding="utf-8")

    def mutated(self, tree: Path = ROOT) -> dict[str, str]:
        """The files of `tree` that it changes, as they are afterwards. Raises DoesNotApply."""
        files: dict[str, str] = {}
        for hunk in self.hunks:
            text = files.get(hunk.file) or (tree / hunk.file).read_text(encoding="utf-8")
            # Line numbers do not count, so that a patch outlives what happens around it; so its lines must stand there once.
            if (found := f"\n{text}".count(f"\n{hunk.old}")) != 1:
                raise DoesNotApply(f"{self.name} does not apply any more: {hunk.file} has its lines {found} times.")
            files[hunk.file] = f"\n{text}".replace(f"\n{hunk.old}", f"\n{hunk.new}")[1:]
        return files


def mutants(folder: Path = FOLDER) -> dict[str, Mutant]:
    return {path.stem: read(path) for path in sorted(folder.glob("*.patch"))}


def read(path: Path) -> Mutant:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    comments = [line[1:].strip() for line in lines if line.startswith("#")]
    tests = tuple(line.removeprefix(CAUGHT_BY) for line in comments if line.startswith(CAUGHT_BY))
    breaks = " ".join(line for line in comments if not line.startswith(CAUGHT_BY))
    return Mutant(path.stem, breaks, tests, tuple(hunks("".join(lines))))


def hunks(diff: str) -> Iterator[Hunk]:
    for part in re.split(r"^--- a/", diff, flags=re.MULTILINE)[1:]:
        names, *bodies = re.split(r"^@@ .*\n", part, flags=re.MULTILINE)
        for body in bodies:
            old, new = ("".join(line[1:] for line in body.splitlines(keepends=True) if line[0] in kept) for kept in (" -", " +"))
            yield Hunk(names.split("\n")[0], old, new)
