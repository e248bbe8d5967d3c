"""The examples as they stand: small, of what nodes.py exports, and what people see of each."""

import ast
import importlib.util
import re
import sys
import threading
from asyncio import Event
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import nodes
from tests.company import Person, house, is_idle, opened, person, port_of
from tests.server import ROOT, Server
from utils.prompt import Prompt
from utils.stream_llm import ModelError

EXAMPLES = ROOT / "examples"
FLOWS = ("search", "moderate", "two_assistants")
LINES = 60
ALLOWED = {"main": {"create_app"}, "flow": {"create_chat_flow"}, "nodes": set(nodes.__all__), "pocketflow": {"AsyncFlow", "AsyncNode"}}


def example(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path = EXAMPLES) -> ModuleType:
    """The example as a module whose `app` is its flow, to be put into a house of ours."""
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        patch.setattr("main.create_app", lambda **given: given["flow"])
        spec.loader.exec_module(module)
    return module


def model_that_says(text: str, prompts: list[Prompt]) -> Any:
    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        prompts.append(prompt)
        yield text

    return model


def speakers(person: Person) -> list[str]:
    return [start["author"]["name"] for start in person.saw("start")]


# ---- the files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FLOWS)
def test_an_example_is_read_at_a_glance(name: str) -> None:
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= 140


@pytest.mark.parametrize("name", FLOWS)
def test_an_example_uses_only_what_is_there_for_it(name: str) -> None:
    allowed = ALLOWED | ({"bm25s": set()} if name == "search" else {})
    for module, names in imports(EXAMPLES / f"{name}.py"):
        assert module in sys.stdlib_module_names or names <= allowed[module], module


def imports(file: Path) -> Iterable[tuple[str, set[str]]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, set()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", {alias.name for alias in node.names}


def test_the_examples_readme_names_them_all() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(([a-z_]+\.py)\)", text)) == {file.name for file in EXAMPLES.glob("*.py")}


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)", (EXAMPLES / "README.md").read_text(encoding="utf-8")):
        assert link.startswith("https://") or (EXAMPLES / link).exists(), link


def test_the_library_names_no_setting_that_is_not_there() -> None:
    library = "".join(file.read_text(encoding="utf-8") for file in (EXAMPLES / "library").glob("*.md"))
    named = set(re.findall(r"`([A-Z_]{3,})[`=]", library))
    assert "MESSAGES_PER_MINUTE" in named
    assert named <= set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


def test_what_the_examples_need_is_pinned_once() -> None:
    needed = [line for line in (EXAMPLES / "requirements.txt").read_text(encoding="utf-8").splitlines() if "==" in line]
    assert needed
    assert set(needed) <= set((ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines())


# ---- offline, as the README says -----------------------------------------------------------------


def started(serve: Callable[..., Server], name: str) -> Server:
    start = f"import os, uvicorn; uvicorn.run('examples.{name}:app', port=int(os.environ['PORT']))"
    return serve(command=[sys.executable, "-c", start])


async def test_ann_is_told_what_is_looked_up_and_where_it_stands(serve: Callable[..., Server]) -> None:
    async with person(started(serve, "search").port, "lobby", "Ann") as ann:
        answer = await ann.asks("How do I stop an answer?")
        files = len(list((EXAMPLES / "library").glob("*.md")))
        assert ann.saw("progress")[0] == {"type": "progress", "id": answer.id, "content": f"Looking through {files} files", "percent": 0}
        assert "Press Stop while it is written." in answer.text
        assert re.search(r"\n\nLooked up in:\n\n- `talking\.md` Stop an answer$", answer.text, re.MULTILINE)
        assert answer.status == "complete"


async def test_ann_is_kindly_refused_what_is_not_talked_of(serve: Callable[..., Server]) -> None:
    async with person(started(serve, "moderate").port, "lobby", "Ann") as ann:
        answer = await ann.asks("Which casino is best?")
        assert answer.text == "With casino I would rather not help. What else can I do for you?"
        assert (await ann.asks("!tokens=3")).text == "1 2 3"


async def test_ann_has_answers_of_two_assistants(serve: Callable[..., Server]) -> None:
    async with person(started(serve, "two_assistants").port, "lobby", "Ann") as ann:
        for question in ("hello", "@Sage hello"):
            assert (await ann.asks(question)).status == "complete"
        assert speakers(ann) == ["Pocket", "Sage"]


# ---- search --------------------------------------------------------------------------------------


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """With a folder of its own: two recipes."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "soup.md").write_text("# Onion soup\nSlowly fry four onions.\n## Bread\nToast it with cheese.")
    (tmp_path / "recipes" / "tea.md").write_text("Let it draw for three minutes.")
    module = example("search", monkeypatch)
    monkeypatch.setattr(module, "FOLDER", tmp_path / "recipes")
    return module


async def test_the_model_is_given_what_was_found_and_no_more(tmp_path: Path, search: ModuleType) -> None:
    prompts: list[Prompt] = []
    async with house(tmp_path, model_that_says("Four.", prompts), search.app) as port, person(port, "tea", "Ann") as ann:
        answer = await ann.asks("How many onions are in the soup?")
    assert "\n  `soup.md` Onion soup:\n  Slowly fry four onions." in prompts[0][0]["content"]
    assert "three minutes" not in prompts[0][0]["content"]
    assert answer.text == "Four.\n\nLooked up in:\n\n- `soup.md` Onion soup"


@pytest.mark.parametrize("question", ["Who wrote Faust?", "How are you?", "?!", "東京"])
async def test_where_nothing_is_found_nothing_is_cited(tmp_path: Path, search: ModuleType, question: str) -> None:
    prompts: list[Prompt] = []
    async with house(tmp_path, model_that_says("Hm.", prompts), search.app) as port, person(port, "tea", "Ann") as ann:
        assert (await ann.asks(question)).text == "Hm."
    assert "looked up for this answer" not in prompts[0][0]["content"]


async def test_in_an_empty_folder_nothing_is_found(tmp_path: Path, search: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FOLDER", tmp_path / "nowhere")
    async with house(tmp_path, model_that_says("Hm.", []), search.app) as port, person(port, "tea", "Ann") as ann:
        assert (await ann.asks("How many onions?")).text == "Hm."


async def test_where_the_model_fails_nothing_is_cited(tmp_path: Path, search: ModuleType) -> None:
    async def failing(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        yield "Well, "
        raise ModelError("It was too much.")

    async with house(tmp_path, failing, search.app) as port, person(port, "tea", "Ann") as ann:
        answer = await ann.asks("onions?")
        assert (answer.text, answer.status) == ("Well, ", "error")


async def test_a_file_that_ann_changed_is_read_anew(tmp_path: Path, search: ModuleType) -> None:
    async with house(tmp_path, model_that_says("So.", []), search.app) as port, person(port, "tea", "Ann") as ann:
        assert (await ann.asks("carrots?")).text == "So."
        (tmp_path / "recipes" / "soup.md").write_text("# Carrot soup\nNo onions, but carrots.")
        assert (await ann.asks("carrots?")).text.endswith("- `soup.md` Carrot soup")


async def test_what_ann_and_bea_say_to_each_other_is_not_looked_up(tmp_path: Path, search: ModuleType) -> None:
    async with (
        house(tmp_path, model_that_says("So.", []), search.app) as port,
        person(port, "tea", "Ann") as ann, person(port, "tea", "Bea"),
    ):
        await ann.says("Bea, shall we fry onions?")
        answer = await ann.asks("@Pocket onions?")
        assert [start["id"] for start in ann.saw("start")] == [answer.id]
        assert {frame["id"] for frame in ann.saw("progress")} == {answer.id}


async def test_while_it_looks_people_talk_and_stop_it(tmp_path: Path, search: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, read, prompts = threading.Event(), search.read, []
    monkeypatch.setattr(search, "read", lambda file, changed: go_on.wait() and read(file, changed))
    async with (
        house(tmp_path, model_that_says("So.", prompts), search.app) as port,
        person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea,
    ):
        id = await ann.begins("@Pocket onions?")
        await bea.says("hello Ann")
        await bea.does("stop", id=id)
        assert (await ann.sees("end", id=id))["status"] == "stopped"
        go_on.set()
        assert (await ann.asks("@Pocket onions?")).status == "complete"
    assert len(prompts) == 1


# ---- moderate ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "declined"),
    [("a CASINO?", True), ("(casino)", True), ("Any Stock Tips", True), ("casinos?", False), ("my stock of tips", False), ("tea?", False)],
)
async def test_only_what_the_rule_names_is_declined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str, declined: bool
) -> None:
    prompts: list[Prompt] = []
    async with (
        house(tmp_path, model_that_says("Yes.", prompts), example("moderate", monkeypatch).app) as port,
        person(port, "tea", "Ann") as ann,
    ):
        answer = await ann.asks(question)
        assert ("rather not" in answer.text, len(prompts)) == (declined, not declined)
        assert (answer.status, "usage" in await ann.sees("end")) == ("complete", not declined)


async def test_it_keeps_silent_where_it_is_not_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        house(tmp_path, model_that_says("Yes.", []), example("moderate", monkeypatch).app) as port,
        person(port, "tea", "Ann") as ann, person(port, "tea", "Bea"),
    ):
        await ann.says("Bea, the casino?")
        answer = await ann.asks("@Pocket tea?")
        assert [start["id"] for start in ann.saw("start")] == [answer.id]


async def test_of_two_questions_that_waited_one_is_declined_and_the_other_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, prompts = Event(), []

    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        prompts.append(prompt)
        await go_on.wait()
        yield "Yes."

    async with (
        house(tmp_path, model, example("moderate", monkeypatch).app) as port,
        person(port, "tea", "Ann") as ann, person(port, "tea", "Bea") as bea,
    ):
        await ann.begins("@Pocket one?")
        first = await ann.says("@Pocket, a casino?")
        second = await bea.says("@Pocket, tea?")
        await bea.sees("waiting", ids=[first, second])
        go_on.set()
        assert (await bea.sees_answer(second)).text == "With casino I would rather not help. What else can I do for you?\n\nYes."
    assert "casino" not in str(prompts[1])
    assert "tea?" in prompts[1][-1]["content"]


# ---- two assistants ------------------------------------------------------------------------------


async def both_call_each_other(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
    yield "@Pocket, what do you say?" if 'You are "Sage"' in prompt[0]["content"] else "@Sage, what do you say?"


async def test_though_they_always_call_each_other_each_answers_the_other_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = example("two_assistants", monkeypatch).app
    async with opened(tmp_path, both_call_each_other, flow) as app, person(port_of(app), "tea", "Ann") as ann:
        said: list[list[str]] = []
        for question in ("hello", "@Pocket?", "@Sage?", "@Pocket and @Sage?", "@Sage, then @Pocket?"):
            before = len(speakers(ann))
            await ann.says(question)
            await is_idle(app, "tea")
            await ann.looks_up()
            said.append(speakers(ann)[before:])
    both = ["Pocket", "Sage", "Pocket"]
    assert said == [both, both, ["Sage", "Pocket"], both, both]
    assert {end["status"] for end in ann.saw("end")} == {"complete"}


async def test_who_is_called_by_the_other_replies_to_it_and_has_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts: list[Prompt] = []

    async def model(prompt: Prompt, model: str = "") -> AsyncIterator[str]:
        prompts.append(prompt)
        async for piece in both_call_each_other(prompt):
            yield piece

    async with house(tmp_path, model, example("two_assistants", monkeypatch).app) as port, person(port, "tea", "Ann") as ann:
        question = await ann.says("tea or coffee?")
        await ann.reads_until(lambda: len(ann.saw("end")) == 3)
        quick, sage, again = ann.saw("start")
    assert (quick["reply_to"], sage["reply_to"], again["reply_to"]) == (question, quick["id"], sage["id"])
    assert [re.sub(r"^\[.*?\] ", "", line["content"]) for line in prompts[1][1:]] == [
        '"Ann":\n  tea or coffee?', '"Pocket" to "Ann":\n  @Sage, what do you say?',
    ]  # fmt: skip
    assert '\nHere now: "Ann", "Sage"' in prompts[0][0]["content"]
    assert "You are quick" in prompts[0][0]["content"]
    assert "You think further than others" in prompts[1][0]["content"]


async def test_who_is_only_spoken_of_by_the_other_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = model_that_says("You speak first, and **Sage** can read along.", [])
    async with house(tmp_path, said, example("two_assistants", monkeypatch).app) as port, person(port, "tea", "Ann") as ann:
        await ann.asks("hello")
        await ann.asks("and again")
    assert speakers(ann) == ["Pocket", "Pocket"]


async def test_who_is_called_answers_and_the_other_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        house(tmp_path, model_that_says("Tea.", []), example("two_assistants", monkeypatch).app) as port,
        person(port, "tea", "Ann") as ann,
    ):
        await ann.asks("tea or coffee?")
        hers = await ann.asks("Sage, tea or coffee?")
        await ann.asks("why?", reply_to=hers.id)
        await ann.asks("@Pocket, why?")
        await ann.does("ask", id=hers.id)
        await ann.reads_until(lambda: len(ann.saw("end")) == 5)
        async with person(port, "tea", "Bea") as bea:
            await bea.says("Ann, tea?")
            await bea.asks("Sage, tea?")
            await bea.asks("Pocket, tea?")
        assert [end["status"] for end in ann.saw("end")[:5]] == ["complete"] * 5
        assert speakers(ann)[:5] == ["Pocket", "Sage", "Sage", "Pocket", "Sage"]
        assert speakers(bea) == ["Sage", "Pocket"]


async def test_where_pocket_always_answers_it_leaves_sage_what_is_hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        house(tmp_path, model_that_says("Tea, @Ann.", []), example("two_assistants", monkeypatch).app, speaks="always") as port,
        person(port, "tea", "Ann") as ann, person(port, "tea", "Bea"),
    ):
        for question in ("Sage, tea?", "Bea, tea?", "@Pocket and @Sage, tea?"):
            await ann.asks(question)
        await ann.reads_until(lambda: len(ann.saw("end")) == 4)
        assert speakers(ann) == ["Sage", "Pocket", "Pocket", "Sage"]


async def test_nobody_else_is_called_sage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = example("two_assistants", monkeypatch).app
    async with house(tmp_path, model_that_says("Tea.", []), flow) as port, person(port, "tea", "\u0405age") as ann:
        await ann.sees("error", code="bad_name")


async def test_bea_is_told_while_she_types_whether_one_of_them_will_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = {"@Sage, tea?": True, "@Pocket, tea?": True, "Ann, tea?": False, "sage and thyme are herbs": False}
    async with (
        house(tmp_path, model_that_says("Tea.", []), example("two_assistants", monkeypatch).app) as port,
        person(port, "tea", "Ann"), person(port, "tea", "Bea") as bea,
    ):
        for ref, content in enumerate(drafts):
            await bea.sends("draft", ref=ref, content=content)
        told = [(await bea.sees("draft", ref=ref))["answers"] for ref in range(len(drafts))]
        assert dict(zip(drafts, told, strict=True)) == drafts
