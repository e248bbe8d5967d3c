"""Imports run downward only, and each heavy package has one door."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = [
    {"main"},
    {"people_doors", "metrics"},
    {"house"},
    {"pace", "proxies", "visits"},
    {"assistant", "guard", "flow", "openapi", "asked"},
    {"answer", "awaited", "sqlite_log", "people", "retention", "nodes", "problem"},
    {"room", "export", "listener", "sqlite_file", "removal", "speech", "prompt", "tally"},
    {"connection", "events", "limits", "message_log", "stream_llm", "personas"},
    {"access", "identity", "wire", "settings", "manners", "fake_llm", "model_errors", "asyncapi"},
    {"protocol", "protocol_words", "search", "schema", "site", "logs", "tokens", "providers", "rate_limit", "confusables", "manners_words", "offline_answers"},
]
DOORS = {
    "fastapi": {"main", "openapi", "people_doors"},
    "starlette": {"asked", "guard", "house", "identity", "main", "pace", "problem", "proxies", "site", "visits"},
    "uvicorn": {"main", "proxies", "wire"},
    "openai": {"stream_llm"},
    "pocketflow": {"flow", "nodes"},
    "sqlite3": {"logs", "message_log", "people", "removal", "retention", "sqlite_file", "sqlite_log"},
    "prometheus_client": {"metrics"},
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
