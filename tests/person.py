"""Somebody with a browser: the page in a real Chromium, before a real server. Nobody sleeps: every wait is for something one can see."""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx2
import playwright.sync_api as sync_api
import pytest

from tests.document import check_received, check_sent
from tests.server import Server

PATIENCE = 15_000  # milliseconds until what should be seen is given up: a busy machine is no fault of the page

expect = sync_api.expect
expect.set_options(timeout=PATIENCE)

TRANSCRIPT = """() => [...document.querySelectorAll('.message')].map((row) =>
    [row.id, ...['.name', '.body', '.foot', '.edited'].map((part) => row.querySelector(part).innerText)])"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
CONFIGURE = """(frame) => new Promise((done) => {
    const line = new WebSocket(location.href.replace('http', 'ws').replace('/r/', '/ws/'));
    line.onmessage = ({ data }) => {
        const { type, key } = JSON.parse(data);
        if (type === 'welcome') line.send(JSON.stringify(frame));
        if (key === frame.key) done(line.close());
    };
})"""
LOOK_AWAY = """() => {
    for (const [name, value] of [['hidden', true], ['visibilityState', 'hidden']])
        Object.defineProperty(document, name, { configurable: true, get: () => value });
    window.framesOfTheScreen = window.requestAnimationFrame;
    window.requestAnimationFrame = () => 0;
    document.dispatchEvent(new Event('visibilitychange'));
}"""
LOOK_BACK = """() => {
    for (const name of ['hidden', 'visibilityState']) delete document[name];
    window.requestAnimationFrame = window.framesOfTheScreen;
    document.dispatchEvent(new Event('visibilitychange'));
}"""


# The shell alone takes less than half of a whole browser's time; where it is missing, another one will do.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
INSTALLED: Any = {
    "executable_path": next(filter(None, map(shutil.which, BROWSERS)), None), "args": ["--no-sandbox"],
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(**INSTALLED)
        except sync_api.Error as missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Chromium to drive: {str(missing).splitlines()[0]}")
        yield browser
        browser.close()


class Line:
    """A page's line to the server with somebody at the switch, who may listen, hold back, answer, change and cut."""

    def __init__(self, page: Any) -> None:
        self.is_down = False  # then every try to connect fails
        self.said: list[dict[str, Any]] = []  # by the page
        self.passes: Callable[[dict[str, Any]], object] = lambda frame: True  # whether a frame of the page goes on
        self.hears: Callable[[dict[str, Any]], object] = lambda frame: True  # whether one of the server's does; it may change it
        self._ends: list[Any] = []
        page.route_web_socket(re.compile("/ws"), self._connect)
        page.route("**/events?*", lambda route: route.abort())  # nothing gets past the switch over HTTP

    def cut(self, code: int = 4001) -> None:
        for end in self._ends:
            end.close(code=code)
        self._ends = []

    def tell(self, frame: dict[str, Any]) -> None:
        """As if the server said it."""
        self._ends[0].send(json.dumps(frame))

    def _connect(self, page: Any) -> None:
        if self.is_down:
            page.close(code=4001)
            return
        server = page.connect_to_server()
        self._ends = [page, server]
        page.on_message(lambda text: self._carry(text, self.passes, server.send, self.said))
        server.on_message(lambda text: self._carry(text, self.hears, page.send, []))

    def _carry(self, text: str, passes: Callable[[dict[str, Any]], object], send: Callable[[str], None], heard: list[Any]) -> None:
        frame = json.loads(text)
        heard.append(frame)
        if passes(frame):
            send(json.dumps(frame))


class Person:
    """Somebody with a browser of their own: what they do, and what they see."""

    def __init__(
        self, context: Any, url: str, name: str | None, faults: list[str], before: Callable[[Any], object] | None = None,
        door: str | None = None,
    ) -> None:  # fmt: skip
        self.context = context
        self.page = context.new_page()
        self.page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
        self.page.on("pageerror", lambda error: faults.append(str(error)))
        self.page.on("websocket", partial(listen, faults))
        if name:
            stored = json.dumps(json.dumps(name))
            self.page.add_init_script(f"localStorage['pocketroom:name'] ??= {stored}")
        if before:
            before(self.page)
        self.page.goto(url)
        self.is_at_door(door) if door else self.is_in()

    def is_in(self) -> None:
        expect(self.page.locator("body")).to_have_attribute("data-line", "open")

    def is_at_door(self, title: str) -> None:
        expect(self.page.locator("#door h1")).to_have_text(title)

    def is_out(self) -> None:
        expect(self.page.locator("body")).not_to_have_attribute("data-line", "open")

    def reloads(self) -> None:
        self.page.reload()
        self.is_in()

    def looks_away(self) -> None:
        """To another tab: this one is hidden, and gets no frames to draw in."""
        self.page.evaluate(LOOK_AWAY)

    def looks_back(self) -> None:
        self.page.evaluate(LOOK_BACK)

    @property
    def text(self) -> Any:
        return self.page.locator("#text")

    def writes(self, text: str) -> None:
        self.text.fill(text)

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.text.press(key)

    def says(self, text: str) -> None:
        self.writes(text)
        self.presses("Enter")

    def has_said(self, text: str) -> None:
        """Says it, and it is in the room's log."""
        self.says(text)
        self.has_sent(text.partition("\n")[0])

    def has_sent(self, text: str) -> None:
        expect(self.message(text).last).to_have_attribute("id", re.compile(r"^m\d+$"))
        expect(self.message(text).last).not_to_have_class(re.compile("pending|failed"))

    def message(self, text: str) -> Any:
        return self.page.locator(".message:not(.assistant)", has=self.page.locator(".body", has_text=text))

    def sees(self, text: str) -> None:
        expect(self.message(text).last).to_be_visible()

    @property
    def answer(self) -> Any:
        return self.page.locator(".message.assistant").last

    def sees_answer_begin(self) -> None:
        expect(self.answer.locator(".body")).to_contain_text("1 2 3")

    def sees_answer_end(self) -> None:
        expect(self.answer).not_to_have_class(re.compile("streaming"))

    def does(self, action: str, text: str) -> None:
        """Presses one of the buttons of the message that reads `text`; if it moves away before that, tries once more."""
        row = self.message(text).last
        button = row.locator(".actions").get_by_text(action, exact=True)
        for patience in (PATIENCE / 10, PATIENCE / 10, PATIENCE):
            row.hover()
            try:
                button.click(timeout=patience)
                return
            except sync_api.TimeoutError:
                if patience == PATIENCE:
                    raise

    def changes(self, place: str, text: str) -> None:
        """Writes `text` where a name or a title stands."""
        self.page.locator(f"{place} button").click()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def draws(self) -> None:
        """What came before this was drawn, and what that drawing brought with it was, too."""
        self.page.evaluate(DRAWN)

    def scrolls(self, above_the_end: float) -> None:
        """To so many pixels above the end; 1e9: to the top."""
        self.page.locator("#scroller").evaluate(
            "(node, above) => { node.scrollTop = Math.round(node.scrollHeight - node.clientHeight - above); }", above_the_end
        )
        self.draws()

    @property
    def above_the_end(self) -> float:
        return self.page.locator("#scroller").evaluate("(node) => node.scrollHeight - node.clientHeight - node.scrollTop")

    def transcript(self) -> list[list[str]]:
        return self.page.evaluate(TRANSCRIPT)


def listen(faults: list[str], line: Any) -> None:
    """Hold every frame on a page's WebSocket against /asyncapi.json."""

    def hold(check: Callable[[dict[str, Any]], object], text: str) -> None:
        try:
            check(json.loads(text))
        except AssertionError as fault:
            faults.append(str(fault))

    line.on("framesent", partial(hold, check_sent))
    line.on("framereceived", partial(hold, check_received))


def is_fault(message: Any) -> bool:
    lost = ("WebSocket connection", "net::ERR", "Failed to load resource")  # the faults we cause ourselves
    plain = "Cross-Origin-Opener-Policy header has been ignored"  # as it is on plain http
    return message.type == "error" and not any(words in message.text for words in (*lost, plain))


Enter = Callable[..., Person]


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all the tests that do it no harm; each has a room of its own there."""
    server = Server(tmp_path_factory.mktemp("open_house"))
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture
def enter(chromium: Any, open_house: Server) -> Iterator[Enter]:
    """Lets people into this test's room; afterwards no page may have complained, least of all about its security policy.

    `beside` opens one more tab of somebody who is here; `before` is done with the page before it is there; `at` is another server
    or address; `door` is what stands on the one that is shut to them; all else describes the browser.
    """
    people: list[Person] = []
    faults: list[str] = []
    here = f"/r/{secrets.token_hex(8)}"

    def enter(
        name: str | None = None, path: str = here, at: Server | str = open_house, beside: Person | None = None,
        before: Callable[[Any], object] | None = None, door: str | None = None, **browser: Any,
    ) -> Person:  # fmt: skip
        context = beside.context if beside else chromium.new_context(**browser)
        url = at.url if isinstance(at, Server) else at
        people.append(Person(context, url + path, name, faults, before, door))
        return people[-1]

    yield enter
    for person in people:
        person.context.close()
    assert not faults, faults


def wired(enter: Enter, name: str | None = None, *, clock: bool = False, **more: Any) -> tuple[Person, Line]:
    """Somebody whose line, and time with `clock`, the test has in its hand."""
    lines: list[Line] = []

    def prepare(page: Any) -> None:
        lines.append(Line(page))
        if clock:
            page.clock.install()

    return enter(name, before=prepare, **more), lines[0]


def stop_time(person: Person) -> None:
    """From now on it goes only where the test drives it."""
    person.page.clock.pause_at(person.page.evaluate("Date.now()") / 1000 + 1)


def post(person: Person, texts: list[str], room: str | None = None) -> None:
    """Messages in that person's room by somebody who has no browser."""
    server, _, here = person.page.url.partition("#")[0].partition("/r/")
    with httpx2.Client(base_url=server) as client:
        headers: dict[str, str] = {}
        for text in texts:
            answer = client.post(f"/api/rooms/{room or here}/messages", json={"content": text}, headers=headers)
            assert answer.status_code == 201, answer.text
            headers = headers or {"authorization": f"Bearer {answer.json()['you']['token']}"}


def configure(person: Person, **settings: str) -> None:
    """The room, whoever looks where."""
    person.page.evaluate(CONFIGURE, {"type": "configure", "key": "-".join(settings.values()), **settings})


def cut(person: Person) -> None:
    """The line is gone, the page is not told why; then there is one again."""
    person.context.set_offline(True)
    person.page.evaluate("() => dispatchEvent(new Event('online'))")
    person.is_out()
    person.context.set_offline(False)
    person.is_in()


def all_agree(*people: Person) -> None:
    """Sooner or later."""
    deadline = time.monotonic() + PATIENCE / 1000
    while (seen := [person.transcript() for person in people]) and seen != [seen[0]] * len(seen) and time.monotonic() < deadline:
        people[-1].draws()
    assert seen[0]
    for transcript in seen[1:]:
        assert transcript == seen[0]
