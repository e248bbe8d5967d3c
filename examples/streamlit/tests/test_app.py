"""The chat room in Streamlit beside the room's own page, in Chromium, before a real PocketRoom."""

import contextlib
import json
import os
import re
import secrets
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import playwright.sync_api as sync_api
import pytest

from tests.processes import PATIENCE, Process, await_that, pocketroom, streamlit

House = tuple[Process, Process]  # PocketRoom, and Streamlit with app.py
MESSAGES, SECONDS = 1_000, 10
EVERYTHING = re.compile(r"\bm\d{4}\b")
expect = sync_api.expect
expect.set_options(timeout=PATIENCE * 1000)

SCROLL_UP = "(node) => { node.dispatchEvent(new WheelEvent('wheel', { deltaY: -1 })); node.scrollTop = 0; }"


@pytest.fixture(name="chromium", scope="module")
def installed_chromium() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except sync_api.Error as missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Chromium to drive: {str(missing).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(name="house", scope="module")
def pocketroom_and_streamlit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    server = pocketroom(folder, SPEAKS="mentioned")
    server.start()
    app = streamlit("app.py", folder, POCKETROOM_URL=server.url)
    app.start()
    yield server, app
    app.kill()
    server.kill()
    assert "Traceback" not in app.printed(), app.printed()


class Visitor:
    """Somebody in the room through Streamlit."""

    def __init__(self, chromium: Any, app: Process, room: str, name: str = "", **options: Any) -> None:
        self.page = chromium.new_context(**options).new_page()
        self.page.goto(f"{app.url}/?room={room}")
        self.is_in()
        if name:
            self.page.get_by_label("Your name").fill(name)
            self.page.get_by_label("Your name").press("Enter")
            expect(self.page.get_by_text(f"{name} (you)")).to_be_visible()

    def is_in(self) -> None:
        expect(self.page.get_by_text("live", exact=True)).to_be_attached()

    def says(self, text: str) -> None:
        box = self.page.get_by_test_id("stChatInputTextArea")
        box.fill(text)
        box.press("Enter")

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("main").get_by_text(text).last).to_be_attached()

    def hour(self) -> int:
        """At the first message in sight."""
        row = self.page.get_by_test_id("stChatMessage").first
        expect(row).to_contain_text(re.compile(r"\d\d:\d\d"))
        return int(re.findall(r"(\d\d):\d\d", row.inner_text())[0])

    def numbers(self) -> list[str]:
        return EVERYTHING.findall("\n".join(self.page.get_by_test_id("stChatMessage").all_inner_texts()))


def test_two_in_streamlit_and_one_on_the_page_share_a_stream_and_anyone_stops_it(chromium: Any, house: House) -> None:
    server, app = house
    page = chromium.new_context().new_page()
    page.goto(f"{server.url}/r/tea")
    expect(page.locator("body")).to_have_attribute("data-line", "open")
    ann = Visitor(chromium, app, "tea", "Ann")
    bob = Visitor(chromium, app, "tea", "Bob")
    ann.sees(re.compile("is Bob now|Bob joined"))  # as quickly as he came back under his name
    ann.says("@Pocket !tokens=900 !rate=60")
    for half_way in (ann.page, bob.page):
        expect(half_way.get_by_role("button", name="Stop")).to_be_visible()
        expect(half_way.get_by_text("7 8 9 10").last).to_be_attached()
    expect(page.locator(".message .body").last).to_contain_text("7 8 9 10")
    bob.page.get_by_role("button", name="Stop").click()
    for told in (ann, bob):
        told.sees("Bob stopped this answer.")
    expect(page.get_by_text("Stopped by").last).to_contain_text("Bob")
    written = page.locator(".message .body").last.inner_text().split()
    assert len(written) < 900
    for reader in (ann, bob):
        assert reader.page.get_by_test_id("stChatMessage").last.inner_text().split()[-4 - len(written) : -4] == written


def test_a_reader_in_tokyo_reads_the_times_of_tokyo_and_older_messages_page_by_page(chromium: Any, house: House) -> None:
    server, app = house
    say_all(server, "old", 130, pace=0)
    tokyo, utc = (Visitor(chromium, app, "old", timezone_id=zone).hour() for zone in ("Asia/Tokyo", "UTC"))
    assert (tokyo - utc) % 24 == 9
    reader = Visitor(chromium, app, "old")
    reads_all(reader, 130)


def test_a_thousand_messages_in_ten_seconds_reach_all_three_through_a_killed_server(chromium: Any, house: House) -> None:
    server, app = house
    page = chromium.new_context().new_page()
    page.goto(f"{server.url}/r/flood")
    expect(page.locator("body")).to_have_attribute("data-line", "open")
    readers = [Visitor(chromium, app, "flood") for _ in range(2)]
    said: list[str] = []
    sender = threading.Thread(target=say_all, args=(server, "flood", MESSAGES, SECONDS / MESSAGES, said))
    sender.start()
    await_that(lambda: len(said) > MESSAGES / 3)
    server.kill()
    server.start()
    sender.join()
    for reader in readers:
        reader.sees(f"m{MESSAGES - 1:04}")
    expect(page.locator(".message .body").last).to_have_text(f"m{MESSAGES - 1:04}")
    assert read_to_the_beginning(page) == numbered(MESSAGES)
    for reader in readers:
        reads_all(reader, MESSAGES)


def numbered(count: int) -> list[str]:
    return [f"m{number:04}" for number in range(count)]


def reads_all(reader: Visitor, count: int) -> None:
    """Ask for earlier messages until there are no more, as one would. While it is redrawn, a row may stand there twice."""
    older = reader.page.get_by_role("button", name="Earlier messages")
    for _ in range(count):  # far more pages than there are
        if reader.numbers() == numbered(count):
            return
        earliest = min(reader.numbers())
        with contextlib.suppress(sync_api.TimeoutError):  # it is redrawn just now, or gone with the last page
            older.click(timeout=2000)
            await_that(lambda earliest=earliest: min(reader.numbers()) < earliest or earliest == "m0000")
    await_that(lambda: reader.numbers() == numbered(count), lambda: str(reader.numbers()))


def read_to_the_beginning(page: Any) -> list[str]:
    """The page draws but a window of the room, and holds but a part of it: scroll up, and put together what was seen."""
    seen: list[str] = []

    def look() -> bool:
        drawn = page.locator(".message .body").all_inner_texts()
        overlap = drawn.index(seen[0]) if seen and seen[0] in drawn else len(drawn)
        seen[:0] = drawn[:overlap]
        page.locator("#scroller").evaluate(SCROLL_UP)
        return seen[0] == "m0000"

    await_that(look, lambda: str(seen[:5]))
    return seen


def say_all(server: Process, room: str, count: int, pace: float, said: list[str] | None = None) -> None:
    """One after the other, each again under its key until it is saved; who was held up catches up."""
    begun, token = time.monotonic(), ""
    for number, text in enumerate(numbered(count)):
        time.sleep(max(0, begun + number * pace - time.monotonic()))
        body = json.dumps({"content": text, "key": secrets.token_urlsafe(9)}).encode()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(f"{server.url}/api/rooms/{room}/messages?name=Cleo", body, headers)
        while not (saved := post(request)):
            time.sleep(0.05)
        token = saved["you"].get("token", token)
        if said is not None:
            said.append(text)


def post(request: urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        if refused.code < 429:
            raise
    except OSError:  # the server is away: of this, only the key knows whether it was saved
        return None
