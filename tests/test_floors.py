"""Imports run downward only, and each heavy package has one door."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = [
    {"main"},
    {"house"},
    {"assistant", "guard", "site", "sqlite_log", "flow", "openapi"},
    {"answer", "awaited", "identity", "export", "sqlite_file", "nodes", "problem"},
    {"room", "events", "speech", "prompt", "rate_limit", "manners"},
    {"connection", "stream_llm", "personas", "tokens"},
    {"message_log", "wire", "fake_llm", "model_errors", "asyncapi"},
    {"offline_answers", "manners_words", "protocol", "protocol_words", "search"},
    {"settings"},
    {"providers"},
]
DOORS = {
    "fastapi": {"main", "openapi"},
    "starlette": {"guard", "house", "main", "problem", "site"},
    "uvicorn": {"main", "wire"},
    "openai": {"stream_llm"},
    "pocketflow": {"flow", "nodes"},
    "sqlite3": {"sqlite_log", "sqlite_file"},
    "dotenv": {"settings"},
    "yaml": {"asyncapi"},
}
FILES = [ROOT / "main.py", ROOT / "flow.py", ROOT / "nodes.py", *sorted((ROOT / "utils").glob("[a-z]*.py"))]


def imported(file: Path) -> set[str]:
    """The modules that `file` imports, anywhere in it: ours by their last name, others by their first."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"utils.{alias.name}" for alias in node.names} if node.module == "utils" else {node.module or ""}
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node):
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return {name.removeprefix("utils.").partition(".")[0] for name in names}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_imports_run_downward(file: Path) -> None:
    floor = next(n for n, names in enumerate(FLOORS) if file.stem in names)
    ours = set().union(*FLOORS)
    below = set().union(*FLOORS[floor + 1 :])
    assert imported(file) & ours <= below


@pytest.mark.parametrize("package", DOORS)
def test_each_package_has_its_door(package: str) -> None:
    assert {file.stem for file in FILES if package in imported(file)} == DOORS[package]


def test_openai_is_imported_only_when_it_is_needed() -> None:
    tree = ast.parse((ROOT / "utils" / "stream_llm.py").read_text(encoding="utf-8"))
    assert not any("openai" in ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))


def test_nothing_is_imported_through_the_package() -> None:
    tree = ast.parse((ROOT / "utils" / "__init__.py").read_text(encoding="utf-8"))
    assert [type(node) for node in tree.body] == [ast.Expr]
