"""What a page does where no WebSocket comes through: the same room over HTTP, behind a real nginx."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nginx import BUFFERING, PASSING, PLAIN, SWALLOWED, Nginx
from tests.person import INSTALLED, PATIENCE, Enter, Person, all_agree, expect, stop_time
from tests.server import Server

SLOW = "!tokens=200 !rate=80"  # an answer long enough to be met in the middle
ENDLESS = "!tokens=3000 !rate=30"  # one that outlasts its test
SOON = 5_000  # milliseconds to a room that works, wherever there is a way
KEPT_BACK = 1_500  # of them until a stream that brings nothing is given up
HTTP = '"http"'
STATES = """() => {
    window.states = [];
    new MutationObserver(() => window.states.push(document.body.dataset.line)).observe(document.body, { attributeFilter: ['data-line'] });
}"""


@pytest.fixture
def between(tmp_path: Path) -> Iterator[Callable[..., Nginx]]:
    """Puts an nginx before a server, with `location` and `more` in its configuration."""
    running: list[Nginx] = []

    def between(server: Server, location: str, more: str = "", name: str | None = None) -> Nginx:
        folder = tmp_path / f"nginx{len(running)}"
        folder.mkdir()
        running.append(Nginx(folder, server.port))
        return running[-1].configure(location, more, name)

    yield between
    for nginx in running:
        nginx.__exit__()


Between = Callable[..., Nginx]


def is_on(person: Person, transport: str) -> None:
    expect(person.page.locator("body")).to_have_attribute("data-transport", transport)
    person.is_in()
    expect(person.page.locator(".bar .state")).to_have_text("live over HTTP" if transport == "http" else "live")


def asked(person: Person, part: str) -> int:
    """How many requests with `part` in their address this page made, since it was loaded."""
    return person.page.evaluate("(part) => performance.getEntriesByType('resource').filter(({ name }) => name.includes(part)).length", part)


def listen(person: Person, part: str) -> list[str]:
    """The addresses with `part` that the page asks for from now on."""
    heard: list[str] = []
    person.page.on("request", lambda request: heard.append(request.url) if part in request.url else None)
    return heard


def until(person: Person, condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        person.page.evaluate("0")  # lets the browser's news in


def over_http(page: Any) -> None:
    page.add_init_script(f"localStorage['pocketroom:transport'] ??= '{HTTP}'")


# ---- behind a proxy -------------------------------------------------------------------------------


@pytest.mark.parametrize("location", [PLAIN, BUFFERING], ids=["no upgrade", "buffers"])
def test_two_people_behind_a_proxy_share_a_room_as_over_a_socket(enter: Enter, open_house: Server, between: Between, location: str) -> None:
    nginx = between(open_house, location)
    ann, bea = enter("Ann", at=nginx.url), enter("Bea", at=nginx.url)
    for person in (ann, bea):
        is_on(person, "http")
        expect(person.page.locator("#count")).to_have_text("2")
    bea.text.press_sequentially("hm")
    expect(ann.page.locator("#typing")).to_have_text("\u2068Bea\u2069 is typing")
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    bea.reloads()
    bea.sees_answer_begin()
    for person in (ann, bea):
        person.sees_answer_end()
        expect(person.answer.locator(".body")).to_have_text(" ".join(map(str, range(1, 201))))
        assert bool(asked(person, "poll=true")) == (location == BUFFERING)
    ann.says(f"Pocket, on! {ENDLESS}")
    expect(bea.page.locator("#answering")).to_have_text("Pocket is answering")
    bea.page.locator("#stop").click()
    for person in (ann, bea):
        expect(person.answer.locator(".foot")).to_contain_text("Stopped by \u2068Bea")
    all_agree(ann, bea, enter("Cleo"))
    bea.page.close()
    expect(ann.page.locator("#transcript")).to_contain_text("\u2068Bea\u2069 left")


def throws(page: Any) -> None:
    page.add_init_script("window.WebSocket = class { constructor() { throw new DOMException('blocked', 'SecurityError'); } }")


def closes(page: Any) -> None:
    page.route_web_socket(re.compile("/ws"), lambda line: line.close())


def is_silent(page: Any) -> None:
    page.route_web_socket(re.compile("/ws"), lambda line: None)


WAYS_TO_FAIL: dict[str, tuple[bool, str, Callable[[Any], object]]] = {  # whether one is told; how
    "refused": (True, "location /ws/ { return 403; }", lambda page: None),
    "closed": (True, "", closes),
    "blocked in the browser": (True, "", throws),
    "swallowed": (False, SWALLOWED, lambda page: None),
    "opened, and silent": (False, "", is_silent),
}


@pytest.mark.parametrize(("way", "location"), [*((way, PLAIN) for way in WAYS_TO_FAIL), ("refused", BUFFERING), ("swallowed", BUFFERING)])
def test_ann_is_in_within_five_seconds_however_a_socket_fails(
    enter: Enter, open_house: Server, between: Between, way: str, location: str
) -> None:
    nginx = between(open_house, PASSING)
    ann = enter("Ann", at=nginx.url, before=lambda page: page.clock.install())
    is_on(ann, "websocket")
    is_told, more, prepare = WAYS_TO_FAIL[way]
    nginx.configure(location, more)
    prepare(ann.page)
    requests = listen(ann, "/events")
    stop_time(ann)
    ann.page.reload()
    expect(ann.page.locator("body")).to_have_attribute("data-line", re.compile("."))
    if not is_told:
        ann.page.clock.run_for(SOON - KEPT_BACK)
    until(ann, lambda: requests)
    if location == BUFFERING:
        ann.page.clock.run_for(KEPT_BACK)
    is_on(ann, "http")
    assert any("poll=true" in url for url in requests) == (location == BUFFERING)
    if location == PLAIN:
        ann.reloads()  # and does not try first what failed already, for the clock stands
        is_on(ann, "http")
    ann.page.clock.resume()
    ann.has_said("I am in.")


@pytest.mark.parametrize("host", ["passed", "not passed"])
def test_the_page_works_under_any_name_that_only_the_outside_knows(
    chromium: Any, serve: Callable[..., Server], between: Between, host: str
) -> None:
    is_passed = host == "passed"
    server = serve(ALLOWED_HOSTS="room.internal" if is_passed else "server.internal")
    nginx = between(server, PASSING if is_passed else PASSING.replace("proxy_set_header Host $http_host;", ""), name="server.internal")
    resolver = ["--host-resolver-rules=MAP room.internal 127.0.0.1"]
    browser = chromium.browser_type.launch(**INSTALLED | {"args": [*INSTALLED["args"], *resolver]})
    faults: list[str] = []
    hosts: set[str] = set()

    def watch(page: Any) -> None:
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.on("websocket", lambda socket: hosts.add(socket.url.split("/")[2]))

    ann, bea = (Person(browser.new_context(), f"http://room.internal:{nginx.port}/r/tea", name, faults, watch) for name in ("Ann", "Bea"))
    for person in (ann, bea):
        is_on(person, "websocket" if is_passed else "http")
    ann.says("Pocket, count! !tokens=20")
    bea.sees_answer_end()
    expect(bea.answer.locator(".body")).to_contain_text("19 20")
    all_agree(ann, bea)
    assert hosts == {f"room.internal:{nginx.port}"}
    browser.close()
    assert faults == []


def test_a_page_goes_back_to_a_socket_when_it_can_in_mid_answer_and_nobody_notices(
    enter: Enter, open_house: Server, between: Between
) -> None:
    nginx = between(open_house, PLAIN)
    ann, bea = enter("Ann", at=nginx.url), enter("Bea")
    is_on(ann, "http")
    is_on(bea, "websocket")
    ann.says(f"Pocket, count! {SLOW}")
    ann.sees_answer_begin()
    ann.page.evaluate(STATES)
    nginx.configure(PASSING)
    ann.page.evaluate("() => dispatchEvent(new Event('online'))")
    is_on(ann, "websocket")
    ann.has_said("Still here.")
    for person in (ann, bea):
        person.sees_answer_end()
        expect(person.answer.locator(".body")).to_have_text(" ".join(map(str, range(1, 201))))
    assert set(ann.page.evaluate("window.states")) <= {"open"}
    assert not bea.page.locator(".row.notes", has_text="Ann left").count()
    all_agree(ann, bea)
    ann.reloads()
    is_on(ann, "websocket")


def test_a_page_goes_back_by_itself_and_waits_longer_after_each_try_in_vain(enter: Enter, open_house: Server, between: Between) -> None:
    nginx = between(open_house, PLAIN)
    tries: list[str] = []
    ann = enter("Ann", at=nginx.url, before=lambda page: (page.clock.install(), page.on("websocket", lambda socket: failed(socket, tries))))
    is_on(ann, "http")
    stop_time(ann)
    assert len(tries) == 1
    ann.page.clock.run_for(6_300)
    until(ann, lambda: len(tries) > 1)
    nginx.configure(PASSING)
    ann.page.clock.run_for(11_200)
    ann.page.evaluate("0")
    is_on(ann, "http")
    assert len(tries) == 2
    ann.page.clock.resume()
    is_on(ann, "websocket")


def failed(socket: Any, tries: list[str]) -> None:
    socket.on("close", lambda socket: tries.append(socket.url))


# ---- what a person chooses ------------------------------------------------------------------------


def test_ann_chooses_and_her_choice_holds(enter: Enter) -> None:
    ann = enter("Ann")
    is_on(ann, "websocket")
    choice = ann.page.get_by_label("Connection", exact=True)
    expect(choice).to_have_value("auto")
    choice.select_option("HTTP only")
    is_on(ann, "http")
    another = enter(beside=ann)
    is_on(another, "http")
    ann.page.clock.install()
    ann.reloads()
    is_on(ann, "http")
    sockets: list[str] = []
    ann.page.on("websocket", lambda socket: sockets.append(socket.url))
    ann.page.clock.run_for(60_000)
    is_on(ann, "http")
    assert sockets == []  # it was not asked to go back
    choice.select_option("Automatic")
    is_on(ann, "websocket")
    ann.reloads()
    is_on(ann, "websocket")
    expect(choice).to_have_value("auto")


def test_who_wants_a_socket_or_nothing_gets_nothing_where_there_is_none(enter: Enter, open_house: Server, between: Between) -> None:
    nginx = between(open_house, PLAIN)
    ann = enter("Ann", at=nginx.url, before=lambda page: page.clock.install())
    choice = ann.page.get_by_label("Connection", exact=True)
    choice.select_option("WebSocket only")
    ann.page.clock.run_for(5_000)
    expect(ann.page.locator("#banner")).to_be_visible()
    expect(ann.page.locator(".bar .state")).to_have_text("offline")
    expect(ann.page.locator("body")).not_to_have_attribute("data-line", "open")
    choice.select_option("HTTP only")
    is_on(ann, "http")


# ---- nothing is lost ------------------------------------------------------------------------------


def test_a_restart_of_the_server_loses_nothing_over_http(enter: Enter, serve: Callable[..., Server], between: Between) -> None:
    server = serve()
    nginx = between(server, PLAIN)
    ann, bea = enter("Ann", at=nginx.url), enter("Bea", at=nginx.url)
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    server.stop()
    for person in (ann, bea):
        person.is_out()
    ann.says("Written while nobody was there.")
    server.start()
    for person in (ann, bea):
        is_on(person, "http")
        person.has_sent("Written while nobody was there.")
        expect(person.page.locator(".message.assistant").first).to_have_class(re.compile("interrupted"))
        expect(person.message("Written while nobody was there.")).to_have_count(1)
    all_agree(ann, bea)


@pytest.mark.parametrize("lost", ["the message", "its answer"])
def test_what_was_lost_on_its_way_is_sent_again_and_stands_once(enter: Enter, lost: str) -> None:
    ann, bea = enter("Ann", before=over_http), enter("Bea")
    is_on(ann, "http")
    frames: list[Any] = []

    def lose(route: Any) -> None:
        frame = json.loads(route.request.post_data)
        if frame["type"] == "message":
            frames.append(frame)
        if frame["type"] != "message" or len(frames) > 1:
            return route.continue_()
        if lost == "its answer":
            route.fetch()
        return route.abort()

    ann.page.route("**/frames", lose)
    ann.says("Once, please.")
    ann.has_sent("Once, please.")
    ann.has_said("And this.")
    bea.sees("And this.")
    expect(bea.message("Once, please.")).to_have_count(1)
    assert {frame["key"] for frame in frames if frame["content"] == "Once, please."} == {frames[0]["key"]}
    all_agree(ann, bea)


def test_what_is_said_in_a_hurry_comes_in_its_order_and_what_is_refused_says_so(enter: Enter) -> None:
    ann = enter("Ann", before=over_http)
    for n in range(1, 9):
        ann.says(f"line {n}")
    ann.has_sent("line 8")
    assert [row[2] for row in ann.transcript() if row[2].startswith("line")] == [f"line {n}" for n in range(1, 9)]
    ann.changes("#title", "Tea & more")
    expect(ann.page.locator("#title")).to_have_text("Tea & more")
    problem = {"type": "error", "code": "overloaded", "content": "Later.", "status": 503, "title": "", "detail": "Later."}
    ann.page.route("**/frames", lambda route: route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem)))
    ann.says("too much")
    expect(ann.page.locator(".message.failed .foot")).to_contain_text("The server has too much to do.")
    ann.is_in()


@pytest.mark.parametrize(("status", "is_final"), [(403, True), (429, False), (503, False)])
def test_a_line_that_is_refused_is_closed_with_a_sentence_or_tried_when_the_server_said(enter: Enter, status: int, is_final: bool) -> None:
    ann = enter("Ann", before=lambda page: (over_http(page), page.clock.install()))
    is_on(ann, "http")
    stop_time(ann)
    problem = {"type": "x", "code": "forbidden", "content": "You may not come in.", "status": status, "retry_after": 60}
    refusals: list[Any] = []

    def refuse(route: Any) -> None:
        refusals.append(route)
        route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(problem))

    ann.page.route("**/events*", refuse)
    ann.page.get_by_label("Connection", exact=True).select_option("HTTP only")  # as before: it connects anew
    expect(ann.page.locator("body")).to_have_attribute("data-line", "closed" if is_final else "away")
    if is_final:
        ann.is_at_door("You were removed from this room")  # the only reason for a 403 where one was in
        return
    tried = len(refusals)
    ann.page.clock.run_for(59_000)
    assert len(refusals) == tried
    ann.page.unroute("**/events*")
    ann.page.clock.run_for(1_500)
    is_on(ann, "http")


def test_a_stream_that_fell_silent_is_given_up_and_who_looks_learns_it_sooner(
    enter: Enter, open_house: Server, between: Between
) -> None:
    nginx = between(open_house, PLAIN)
    ann = enter("Ann", at=nginx.url, before=lambda page: (over_http(page), page.clock.install()))
    is_on(ann, "http")
    answers: list[str] = []
    ann.page.on("response", lambda response: answers.append(response.url) if is_ping(response.request) else None)
    bea = enter("Bea")
    stop_time(ann)
    looks(ann)
    until(ann, lambda: answers)
    ann.page.clock.run_for(4_000)
    ann.is_in()
    for event, silence in ((looks, 4_000), (lambda person: None, 20_500)):
        with nginx.frozen():
            bea.has_said("Does Ann hear this?")
            event(ann)
            ann.page.clock.run_for(silence)
            ann.is_out()
        ann.page.clock.run_for(1_000)
        is_on(ann, "http")
    ann.page.clock.resume()
    expect(ann.message("Does Ann hear this?")).to_have_count(2)


def looks(person: Person) -> None:
    person.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def is_ping(request: Any) -> bool:
    return request.method == "POST" and "ping" in request.post_data


# ---- the parser -----------------------------------------------------------------------------------

EVENTS = {
    "data: {}\n\n": [["{}", ""]],
    "data: 1\nid: e.1\n\ndata: 2\n\n": [["1", "e.1"], ["2", "e.1"]],
    "data:1\r\nid:e.1\r\n\r\ndata: 2\r\rdata: 3\n\n": [["1", "e.1"], ["2", "e.1"], ["3", "e.1"]],
    ": a comment\nevent: x\nretry: 10\nnonsense\n\ndata: a: b\ndata\ndata:  c\n\n": [["a: b\n\n c", ""]],
    "\ufeffdata: grüße 👋\n\n\n\ndata: cut o": [["grüße 👋", ""]],
}


@pytest.mark.parametrize("text", EVENTS, ids=repr)
def test_events_are_the_same_wherever_their_bytes_are_cut(chromium: Any, open_house: Server, text: str) -> None:
    page = chromium.new_page()
    page.goto(open_house.url)
    outcomes = page.evaluate(
        """async (text) => {
            const { EventStream } = await import('/static/js/event_stream.js');
            const bytes = new TextEncoder().encode(text);
            const read = (...cuts) => {
                const stream = new EventStream();
                return cuts.flatMap((cut, i) => stream.take(bytes.slice(cuts[i - 1] ?? 0, cut))).map(({ data, id }) => [data, id]);
            };
            const outcomes = [read(bytes.length), read(...bytes.keys(), bytes.length)];
            for (const a of bytes.keys()) for (const b of bytes.keys()) if (a <= b) outcomes.push(read(a, b, bytes.length));
            return outcomes;
        }""",
        text,
    )
    page.close()
    assert len(outcomes) > len(text)
    for outcome in outcomes:
        assert outcome == EVENTS[text]


def test_an_event_without_an_end_is_given_up(chromium: Any, open_house: Server) -> None:
    page = chromium.new_page()
    page.goto(open_house.url)
    told = page.evaluate(
        """async () => {
            const { EventStream } = await import('/static/js/event_stream.js');
            const [stream, bytes] = [new EventStream(), new TextEncoder().encode('data: ' + 'x'.repeat(1 << 20))];
            try { for (let i = 0; i < 100; i++) stream.take(bytes); } catch (why) { return String(why); }
        }"""
    )
    page.close()
    assert told == "RangeError: an event without an end"
