"""What the docs promise is there, and what is there is in the docs."""

import re
import typing
from pathlib import Path

import pytest
from test_assistant import A_SECOND_NODE, ANOTHER_MODEL, ANOTHER_PROMPT

from utils import protocol
from utils.providers import PROVIDERS
from utils.settings import Settings

ROOT = Path(__file__).parent.parent
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ASSISTANT = (ROOT / "docs" / "assistant.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENV = (ROOT / ".env.example").read_text(encoding="utf-8")


def documented(kind: str, fields: set[str]) -> bool:
    """Whether a row of a table in docs/protocol.md names the frame and exactly these fields."""
    rows = re.findall(rf"^\| `{kind}(?: \{{(.*?)\}})?` \|", PROTOCOL, re.MULTILINE)
    return any({field.strip(" ?") for field in row.split(",") if field.strip()} == fields for row in rows)


@pytest.mark.parametrize("frame", typing.get_args(protocol.ClientFrame), ids=lambda frame: frame.__name__)
def test_every_frame_of_a_client_is_documented(frame: typing.Any) -> None:
    kind = typing.get_args(frame.model_fields["type"].annotation)[0]
    fields = set(frame.model_fields) - {"type"}
    assert documented(kind, fields) or documented(kind, fields - {"key"})


@pytest.mark.parametrize("frame", typing.get_args(protocol.ServerFrame), ids=lambda frame: frame.__name__)
def test_every_frame_of_the_server_is_documented(frame: typing.Any) -> None:
    fields = typing.get_type_hints(frame)
    kind = typing.get_args(fields.pop("type"))[0]
    assert documented(kind, set(fields))


def test_every_error_code_close_code_and_status_is_documented() -> None:
    codes = {str(value) for name, value in vars(protocol).items() if name.startswith("CLOSE_")}
    for word in {*typing.get_args(protocol.ErrorCode), *typing.get_args(protocol.Status), *codes}:
        assert f"`{word}`" in PROTOCOL, word


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    row = next(row for row in OPERATIONS.splitlines() if row.startswith(f"| `{name.upper()}`"))
    default = Settings.model_fields[name].default
    if default not in ("", None, []) and name != "assistant_instructions":
        assert f"`{default}`" in row
    assert re.search(rf"^{name.upper()}=", ENV, re.MULTILINE)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_is_documented_with_its_server_and_its_key(name: str) -> None:
    provider = PROVIDERS[name]
    [server, key] = re.findall(rf"^\| `{name}` \| (.+?) \| (.+?) \|", ASSISTANT, re.MULTILINE)[0]
    assert provider.url in server
    assert key == (f"`{provider.key}`" if provider.key else "none")
    assert provider.key is None or f"\n{provider.key}=" in ENV


@pytest.mark.parametrize("snippet", [ANOTHER_PROMPT, ANOTHER_MODEL, A_SECOND_NODE])
def test_the_readmes_snippets_are_those_that_the_tests_run(snippet: str) -> None:
    assert f"```python\n{snippet.strip()}\n```" in README


def test_every_file_stands_in_the_readmes_tree_and_every_name_there_is_a_file() -> None:
    tree = README.split("```text", 1)[1].split("```", 1)[0]
    named = {line.split()[0] for line in tree.splitlines() if line.strip()}
    files = {path.name for folder in (".", "utils", "bench", "examples") for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"}
    files |= {path.name for path in (ROOT / "static" / "js").glob("*.js")}
    assert files <= named, files - named
    for entry in named:
        assert list(ROOT.glob(f"**/{entry.strip('/')}")), f"{entry} is not there"


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", "examples/README.md", "docs/assistant.md", "docs/clients.md", "docs/design.md", "docs/operations.md", "docs/protocol.md", "docs/reliability.md"])
def test_links_lead_somewhere(page: str) -> None:
    prose = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)#]+)", prose):
        assert link.startswith("https://") or (ROOT / page).parent.joinpath(link).exists(), link
