"""The page in a real Chromium, before a real server. Nobody sleeps: every wait is for something one can see."""

import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.server import Server

if os.environ.get("CI"):
    import playwright.sync_api as sync_api
else:
    sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

SLOW = "!tokens=200 !rate=80"  # an answer long enough to be met in the middle
LONG = "!tokens=60 !rate=60"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except sync_api.Error as missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Chromium to drive: {str(missing).splitlines()[0]}")
        yield browser
        browser.close()


class Person:
    """Somebody with a browser of their own: what they do, and what they see."""

    def __init__(self, browser: Any, url: str, name: str | None, faults: list[str], **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
        self.page.on("pageerror", lambda error: faults.append(str(error)))
        if name:
            stored = json.dumps(json.dumps(name))
            self.page.add_init_script(f"localStorage['pocketroom:name'] ??= {stored}")
        self.page.goto(url)
        self.is_in()

    def is_in(self) -> None:
        expect(self.page.locator("body")).to_have_attribute("data-line", "open")

    def is_out(self) -> None:
        expect(self.page.locator("body")).not_to_have_attribute("data-line", "open")

    def writes(self, text: str) -> None:
        self.page.locator("#text").fill(text)

    def says(self, text: str) -> None:
        self.writes(text)
        self.page.locator("#text").press("Enter")

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
        expect(self.answer).not_to_have_class(re.compile("streaming"), timeout=15_000)

    def does(self, action: str, text: str) -> None:
        """Presses one of the buttons of the message that reads `text`."""
        row = self.message(text).last
        row.hover()
        row.locator(".actions").get_by_text(action, exact=True).click()

    def transcript(self) -> list[list[str]]:
        return self.page.evaluate("""() => [...document.querySelectorAll('.message')].map((row) =>
            [row.id, ...['.name', '.body', '.foot', '.edited'].map((part) => row.querySelector(part).innerText)])""")


def is_fault(message: Any) -> bool:
    lost = ("WebSocket connection", "net::ERR", "Failed to load resource")  # the faults we cause ourselves
    return message.type == "error" and not any(words in message.text for words in lost)


Enter = Callable[..., Person]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all the tests that do it no harm; each has a room of its own there."""
    server = Server(tmp_path_factory.mktemp("standing"))
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


@pytest.fixture
def enter(chromium: Any, standing: Server) -> Iterator[Enter]:
    """Lets people into this test's room; afterwards no page may have complained, least of all about its security policy."""
    people: list[Person] = []
    faults: list[str] = []
    here = f"/r/{secrets.token_hex(8)}"

    def enter(name: str | None = None, path: str = here, at: Server = standing, **context: Any) -> Person:
        people.append(Person(chromium, at.url + path, name, faults, **context))
        return people[-1]

    yield enter
    for person in people:
        person.context.close()
    assert not faults, faults


def post(person: Person, texts: list[str]) -> None:
    """Messages in that person's room by somebody who has no browser."""
    server, _, room = person.page.url.partition("/r/")
    with httpx2.Client(base_url=server) as client:
        headers: dict[str, str] = {}
        for text in texts:
            answer = client.post(f"/api/rooms/{room}/messages", json={"content": text}, headers=headers)
            assert answer.status_code == 201, answer.text
            headers = headers or {"authorization": f"Bearer {answer.json()['you']['token']}"}


def cut(person: Person) -> None:
    """The line is gone, the page is not told why; then there is one again."""
    person.context.set_offline(True)
    person.page.evaluate("() => dispatchEvent(new Event('online'))")
    person.is_out()
    person.context.set_offline(False)
    person.is_in()


def all_agree(*people: Person) -> None:
    first = people[0].transcript()
    assert first
    for person in people[1:]:
        assert person.transcript() == first


# ---- one room, one stream -------------------------------------------------------------------------


def test_bea_sees_the_answer_anns_question_started(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {LONG}")
    for person in (ann, bea):
        expect(person.answer).to_have_class(re.compile("streaming"))
        person.sees_answer_begin()
    for person in (ann, bea):
        person.sees_answer_end()
        expect(person.answer.locator(".body")).to_have_text(" ".join(map(str, range(1, 61))))
    all_agree(ann, bea, enter("Cleo"))


def test_bea_reloads_in_mid_answer_and_misses_nothing(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    bea.page.reload()
    bea.sees_answer_begin()
    expect(bea.answer).to_have_class(re.compile("streaming"))
    expect(bea.page.locator("#stop")).to_be_visible()
    for person in (ann, bea):
        person.sees_answer_end()
        expect(person.answer.locator(".body")).to_have_text(" ".join(map(str, range(1, 201))))
    all_agree(ann, bea, enter("Cleo"))


def test_a_cut_line_leaves_everyone_with_the_same_transcript(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    cut(bea)
    ann.says("Bea does not hear this yet.")
    bea.sees("Bea does not hear this yet.")
    for person in (ann, bea):
        person.sees_answer_end()
    all_agree(ann, bea, enter("Cleo"))


def test_a_killed_server_comes_back_and_everyone_agrees(enter: Enter, server: Server) -> None:
    ann, bea = enter("Ann", at=server), enter("Bea", at=server)
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    server.kill()
    for person in (ann, bea):
        person.is_out()
    server.start()
    for person in (ann, bea):
        person.is_in()
        expect(person.answer).to_have_class(re.compile("interrupted"))
        expect(person.answer.get_by_role("button", name="Ask again").first).to_be_visible()
    all_agree(ann, bea, enter("Cleo", at=server))


def test_bea_stops_the_answer_to_ann_and_everyone_sees_who_did(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    bea.page.locator("#stop").click()
    for person in (ann, bea):
        expect(person.answer.locator(".foot")).to_contain_text("Stopped by Bea")
        expect(person.page.locator("#stop")).to_be_hidden()
    all_agree(ann, bea)


def test_ann_asks_again(enter: Enter) -> None:
    ann = enter("Ann")
    ann.says("!tokens=5")
    expect(ann.answer.locator(".body")).to_have_text("1 2 3 4 5")
    ann.answer.hover()
    ann.answer.locator(".actions").get_by_text("Ask again").click()
    expect(ann.page.locator(".message.assistant")).to_have_count(2)


def test_a_question_that_waits_says_so_and_can_be_withdrawn(enter: Enter) -> None:
    ann = enter("Ann")
    ann.says(SLOW)
    ann.sees_answer_begin()
    ann.says("And then?")
    waiting = ann.message("And then?").locator(".foot")
    expect(waiting).to_contain_text("Waits")
    waiting.get_by_text("Stop").click()
    expect(waiting).not_to_contain_text("Waits")
    expect(ann.page.locator("#transcript")).to_contain_text(re.compile("took (a|this) question back"))
    ann.page.locator("#stop").click()
    expect(ann.page.locator(".message.assistant")).to_have_count(1)


# ---- sending --------------------------------------------------------------------------------------


def test_anns_message_stands_there_at_once_and_the_echo_takes_its_place(enter: Enter, server: Server) -> None:
    ann = enter("Ann", at=server)
    server.kill()
    ann.is_out()
    ann.says("Is anybody there?")
    row = ann.message("Is anybody there?")
    expect(row).to_have_class(re.compile("pending"))
    row.evaluate("(node) => { node.wasHere = true; }")
    server.start()
    expect(row).not_to_have_class(re.compile("pending"), timeout=15_000)
    assert row.evaluate("(node) => node.wasHere === true")
    expect(ann.message("Is anybody there?")).to_have_count(1)
    expect(enter("Bea", at=server).message("Is anybody there?")).to_have_count(1)


def test_what_ann_sent_right_before_a_reload_is_not_lost(enter: Enter) -> None:
    ann, swallowed = enter("Ann"), []

    def swallow(line: Any) -> None:
        server = line.connect_to_server()
        line.on_message(lambda frame: server.send(frame) if swallowed else swallowed.append(frame))

    ann.page.route_web_socket("**/ws/**", swallow)
    ann.page.reload()
    ann.is_in()
    ann.says("Hold on to this.")
    expect(ann.message("Hold on to this.")).to_have_class(re.compile("pending"))
    ann.page.reload()
    ann.sees("Hold on to this.")
    expect(ann.message("Hold on to this.")).not_to_have_class(re.compile("pending"))
    assert swallowed
    expect(enter("Bea").message("Hold on to this.")).to_have_count(1)
    expect(ann.message("Hold on to this.")).to_have_count(1)


def test_a_refused_message_stays_with_retry(enter: Enter) -> None:
    ann, refused = enter("Ann"), []

    def refuse_once(line: Any) -> None:
        server = line.connect_to_server()

        def carry(frame: str) -> None:
            said = json.loads(frame)
            if said["type"] == "message" and not refused:
                refused.append(said["key"])
                line.send(
                    json.dumps(
                        {"type": "error", "code": "overloaded", "content": "Too much at once.", "key": said["key"]}
                    )
                )
            else:
                server.send(frame)

        line.on_message(carry)

    ann.page.route_web_socket("**/ws/**", refuse_once)
    ann.page.reload()
    ann.is_in()
    ann.says("Once more, please.")
    row = ann.message("Once more, please.")
    expect(row).to_have_class(re.compile("failed"))
    expect(row.locator(".foot")).to_contain_text("Too much at once.")
    ann.page.reload()
    expect(row.get_by_text("Discard")).to_be_visible()
    row.get_by_text("Retry").click()
    expect(row).to_have_attribute("id", "m1")
    expect(row).not_to_have_class(re.compile("failed|pending"))


def test_enter_sends_but_not_in_the_middle_of_a_composition(enter: Enter) -> None:
    ann = enter("Ann")
    text = ann.page.locator("#text")
    ann.writes("にほん")
    text.evaluate(
        "(node) => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))"
    )
    text.press("Shift+Enter")
    text.press_sequentially("go")
    expect(text).to_have_value("にほん\ngo")
    expect(ann.page.locator(".message")).to_have_count(0)
    text.press("Enter")
    ann.sees("にほん")


def test_enter_breaks_the_line_on_touch(enter: Enter) -> None:
    ann = enter("Ann", has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    ann.writes("one")
    ann.page.locator("#text").press("Enter")
    expect(ann.page.locator("#text")).to_have_value("one\n")
    ann.page.locator("#send").tap()
    ann.sees("one")


def test_a_draft_survives_a_reload_in_its_room(enter: Enter, standing: Server) -> None:
    ann = enter("Ann")
    ann.writes("half a thought")
    ann.page.reload()
    expect(ann.page.locator("#text")).to_have_value("half a thought")
    ann.page.goto(f"{standing.url}/r/elsewhere")
    expect(ann.page.locator("#text")).to_have_value("")


def test_arrow_up_edits_anns_last_message_for_everyone(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says("teh first")
    ann.sees("teh first")
    ann.page.locator("#text").press("ArrowUp")
    expect(ann.page.locator("#text")).to_have_value("teh first")
    ann.says("the first")
    for person in (ann, bea):
        person.sees("the first")
        expect(person.message("the first").locator(".edited")).to_be_visible()
    expect(ann.page.locator("#text")).to_have_value("")


def test_ann_deletes_her_message_after_saying_that_she_means_it(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says("never mind me")
    bea.sees("never mind me")
    ann.does("Delete", "never mind me")
    ann.page.get_by_role("button", name="Keep it").click()
    ann.sees("never mind me")
    ann.does("Delete", "never mind me")
    ann.page.locator("#confirm").get_by_role("button", name="Delete", exact=True).click()
    for person in (ann, bea):
        expect(person.message("never mind me")).to_have_count(0)
        expect(person.page.locator(".message.deleted")).to_contain_text("deleted")


def test_a_reply_quotes_one_line_and_leads_there(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says("Tea or coffee?\nSay soon.")
    bea.does("Reply", "Tea or coffee?")
    expect(bea.page.locator("#context")).to_contain_text("Reply to Ann Tea or coffee?")
    bea.says("Tea.")
    quote = ann.message("Tea.").last.locator(".quote")
    expect(quote).to_have_text("Ann Tea or coffee?")
    quote.click()
    expect(ann.message("Tea or coffee?").first).to_be_focused()


def test_the_composer_tells_whether_pocket_will_answer(enter: Enter) -> None:
    ann = enter("Ann")
    hint = ann.page.locator("#hint")
    expect(hint).to_have_text("Pocket will answer")
    enter("Bea")
    expect(hint).to_have_text("Mention Pocket for an answer")
    ann.writes("pocketful of wonders")
    expect(hint).to_have_text("Mention Pocket for an answer")
    ann.writes("what do you think, @pocket?")
    expect(hint).to_have_text("Pocket will answer")


# ---- the room -------------------------------------------------------------------------------------


def test_ann_changes_her_name_in_place_and_bea_sees_it(enter: Enter) -> None:
    guest, bea = enter(), enter("Bea")
    bea.says("Who are you?")
    guest.sees("Who are you?")
    name = guest.page.locator("#me button")
    name.click()
    guest.page.keyboard.type("Ann")
    guest.page.keyboard.press("Enter")
    expect(name).to_have_text("Ann")
    expect(bea.page.locator("#members")).to_contain_text("Ann")
    expect(bea.page.locator(".row.notes").last).to_contain_text("is now \u2068Ann")
    guest.page.reload()
    expect(name).to_have_text("Ann")


def test_a_name_nobody_may_have_is_refused_in_words(enter: Enter) -> None:
    guest = enter()
    was = guest.page.locator("#me button").inner_text()
    guest.page.locator("#me button").click()
    guest.page.keyboard.type("Pocket")
    guest.page.keyboard.press("Enter")
    expect(guest.page.locator("#notice")).to_contain_text("Choose another name")
    expect(guest.page.locator("#me button")).to_have_text(was)


def test_ann_renames_the_room_for_everyone(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.page.locator("#title button").click()
    ann.page.keyboard.type("The Tea Room")
    ann.page.keyboard.press("Enter")
    for person in (ann, bea):
        expect(person.page.locator("#title")).to_have_text("The Tea Room")
        expect(person.page).to_have_title(re.compile("The Tea Room"))


def test_new_room_leads_to_an_empty_room_with_a_speakable_name(enter: Enter) -> None:
    ann = enter("Ann", path="/")
    ann.page.locator("#new-room").click()
    expect(ann.page).to_have_url(re.compile(r"/r/([a-z]{4}-){3}[a-z]{4}$"))
    ann.is_in()
    expect(ann.page.locator("#invitation")).to_be_visible()
    expect(ann.page.locator("#invitation-link")).to_contain_text(ann.page.url.removeprefix("http://"))
    ann.page.locator("#invitation li button").first.click()
    expect(ann.page.locator("#text")).to_be_focused()
    ann.page.locator("#text").press("Enter")
    expect(ann.page.locator("#invitation")).to_be_hidden()


def test_ann_sees_bea_come_type_and_leave(enter: Enter) -> None:
    ann = enter("Ann")
    ann.says("hello?")
    ann.sees_answer_end()
    bea = enter("Bea")
    expect(ann.page.locator(".row.notes")).to_contain_text("Bea")
    expect(ann.page.locator("#count")).to_have_text("2")
    bea.page.locator("#text").press_sequentially("hm")
    expect(ann.page.locator("#typing")).to_contain_text("is typing")
    bea.writes("")
    expect(ann.page.locator("#typing")).to_be_empty()
    ann.says("Bea?")
    bea.sees("Bea?")
    bea.context.close()
    expect(ann.page.locator(".row.notes").last).to_contain_text("left")


def test_code_has_its_language_and_copies_without_a_clipboard(enter: Enter) -> None:
    ann = enter("Ann")
    ann.page.evaluate("() => { Object.defineProperty(navigator, 'clipboard', { value: undefined }); }")
    ann.says("```python\nprint('hi')\n```")
    code = ann.message("print").first.locator(".code")
    expect(code.locator(".code-head")).to_contain_text("python")
    ann.page.evaluate(
        "() => document.addEventListener('copy', () => { window.copied = String(document.activeElement.value); })"
    )
    code.locator(".copy-code").click()
    expect(code.locator(".copy-code")).to_have_text("Copied")
    assert ann.page.evaluate("window.copied") == "print('hi')"


# ---- what stays where it is -----------------------------------------------------------------------


def test_older_messages_load_on_scrolling_up_and_keep_the_place(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}\n\nand more of it" for n in range(1, 91)])
    ann.sees("line 90")
    ann.page.reload()
    ann.sees("line 90")
    expect(ann.message("line 12")).to_have_count(0)
    first = ann.page.locator(".message").first
    held = first.get_attribute("id")
    ann.page.evaluate("() => { document.querySelector('#scroller').scrollTop = 400; }")
    expect(ann.page.locator(f"#{held} ~ .message")).not_to_have_count(0)
    expect(ann.page.locator(".message").first).not_to_have_attribute("id", str(held))
    shift = ann.page.evaluate(
        """(id) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
            const scroller = document.querySelector('#scroller');
            done(document.getElementById(id).getBoundingClientRect().top - scroller.getBoundingClientRect().top);
        })))""",
        held,
    )
    assert -400 <= shift <= -200, shift  # as far above the edge as it was, give or take what stood over it
    while ann.page.locator(".row.top").inner_text() != "The beginning of this room":
        ann.page.locator("#scroller").evaluate("(node) => { node.scrollTop = 0; }")
        expect(ann.page.locator(".message").first).to_be_visible()
    ann.sees("line 1")
    assert [row[2].split("\n")[0] for row in ann.transcript() if row[2].startswith("line")] == [
        f"line {n}" for n in range(1, 91)
    ]


def test_a_reader_above_is_not_pulled_down_but_told(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}" for n in range(1, 61)])
    ann.sees("line 60")
    ann.page.locator("#scroller").evaluate("(node) => { node.scrollTop = 700; }")
    button = ann.page.locator("#to-end")
    expect(button).to_be_visible()
    before = ann.page.locator("#scroller").evaluate("(node) => node.scrollTop")
    post(ann, ["news"])
    expect(button).to_have_text("1 new message")
    expect(ann.page).to_have_title(re.compile(r"^\(1\) "))
    assert ann.page.locator("#scroller").evaluate("(node) => node.scrollTop") == before
    expect(ann.page.locator(".row.new")).to_have_count(1)
    button.click()
    expect(ann.message("news")).to_be_in_viewport()
    expect(button).to_be_hidden()
    expect(ann.page).to_have_title(re.compile(r"^[^(]"))


def test_anns_own_message_takes_her_to_the_end(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}" for n in range(1, 61)])
    ann.sees("line 60")
    ann.page.locator("#scroller").evaluate("(node) => { node.scrollTop = 700; }")
    expect(ann.page.locator("#to-end")).to_be_visible()
    ann.says("back at the end !tokens=1")
    expect(ann.message("back at the end")).to_be_in_viewport()


@pytest.mark.parametrize("fault", ["cut", "restart"])
def test_no_row_is_rebuilt_on_reconnect(enter: Enter, server: Server, fault: str) -> None:
    ann = enter("Ann", at=server)
    ann.says("!tokens=20")
    ann.sees_answer_end()
    ann.page.evaluate("""() => {
        window.touched = [];
        new MutationObserver((changes) => changes.forEach(({ type, target }) => window.touched.push(`${type} ${target.className}`)))
            .observe(document.querySelector('#transcript'),
                { childList: true, characterData: true, subtree: true, attributeFilter: ['class', 'id', 'hidden', 'title', 'dir'] });
    }""")
    if fault == "cut":
        cut(ann)
    else:
        server.stop()
        ann.is_out()
        server.start()
        ann.is_in()
    post(ann, ["after that"])
    ann.sees("after that")
    touched = ann.page.evaluate("window.touched")
    assert [change for change in touched if "childList" not in change] == []
    assert len(touched) == 1, touched


def test_a_long_loss_is_told_quietly_and_ends_by_itself(enter: Enter, server: Server) -> None:
    ann = enter("Ann", at=server)
    server.stop()
    ann.is_out()
    expect(ann.page.locator("#banner")).to_be_hidden()
    expect(ann.page.locator("#banner")).to_contain_text("Not connected", timeout=8_000)
    server.start()
    ann.page.locator("#banner button").click()
    ann.is_in()
    expect(ann.page.locator("#banner")).to_be_hidden()


# ---- what people write ------------------------------------------------------------------------------

HOSTILE = [
    "<script>window.pwned=1</script>", "<img src=x onerror=pwned=1>", "<svg/onload=pwned=1>", "<math><mtext></p><img src=x onerror=pwned=1>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>", "<a href=javascript:pwned=1 id=stop>x</a>", "<form id=composer><input name=text>",
    "[x](javascript:pwned=1)", "[x](JaVaScRiPt:pwned=1)", "[x](java\tscript:pwned=1)", "[x](javascript&#58;pwned=1)", "[x](&#106;avascript:pwned=1)",
    "[x](data:text/html,<script>pwned=1</script>)", "[x](vbscript:pwned)", "<javascript:pwned=1>", "[x][y]\n\n[y]: javascript:pwned=1",
    "![x](http://127.0.0.1:1/beacon.png)", "![x](data:image/svg+xml,<svg/onload=pwned=1>)", "[![x](http://127.0.0.1:1/b.png)](javascript:pwned=1)",
    "[x](//127.0.0.1:1/)", "[x](file:///etc/passwd)", "[x](http://a\"onmouseover=pwned=1)", "`<b>`", "```\n</code></pre><script>pwned=1</script>\n```",
    "```<img/onerror=1>\nx\n```", "| <b> | [x](javascript:pwned=1) |\n|---|---|\n| <img src=x onerror=pwned=1> | y |", "# <h1 id=title>", "> <style>*{display:none}</style>",
    "- [ ] <input type=checkbox onclick=pwned=1>", "**<b onclick=pwned=1>**", "&lt;script&gt;pwned=1&lt;/script&gt;", "\u202egnp.exe", "<!-- <script>pwned=1</script>",
    "{{constructor.constructor('pwned=1')()}}", "__proto__", "[__proto__]: http://a\n\n[__proto__]", "<base href=http://127.0.0.1:1/>", "<meta http-equiv=refresh content=0>",
    "e" + "\u0301" * 500, ">" * 5000, "- " * 5000, "[" * 5000, "_a*" * 5000, "*" * 9000, "1. " * 4000, "`" * 7000, "|" * 3000, "\\" * 5000,
]  # fmt: skip
ALLOWED = {
    "A", "BDI", "BLOCKQUOTE", "BR", "BUTTON", "CODE", "DEL", "DIV", "EM", "H2", "H3", "H4", "H5", "H6", "HR", "LI", "OL", "P",
    "PRE", "SPAN", "STRONG", "TABLE", "TBODY", "TD", "TH", "THEAD", "TIME", "TR", "UL",
}  # fmt: skip


def test_hostile_text_runs_nothing_and_makes_no_foreign_element(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("<img src=x onerror=pwned=1>")
    asked: list[str] = []
    bea.page.on("request", lambda request: asked.append(request.url))
    bea.page.locator("#title button").click()
    bea.page.keyboard.type("<svg onload=pwned=1>")
    bea.page.keyboard.press("Enter")
    ann.says("Pocket, beware of <img src=x onerror=pwned=1> and [x](javascript:pwned=1)!")
    ann.sees_answer_end()
    post(ann, HOSTILE)
    for person in (ann, bea):
        expect(person.page.locator(".message.human")).to_have_count(len(HOSTILE) + 1, timeout=15_000)
        elements = person.page.evaluate(
            "() => [...new Set([...document.querySelectorAll('#transcript *')].map((e) => e.tagName))]"
        )
        assert set(elements) <= ALLOWED, set(elements) - ALLOWED
        links = person.page.evaluate(
            "() => [...document.querySelectorAll('#transcript a')].map((a) => [a.protocol, a.rel])"
        )
        assert {protocol for protocol, _ in links} <= {"http:", "https:", "mailto:"}
        assert all(rel == "noopener noreferrer nofollow" for _, rel in links)
        assert person.page.evaluate("window.pwned") is None
        assert person.page.evaluate("() => document.querySelectorAll('#stop, #composer, #title, #text').length") == 4
    assert not [url for url in asked if not url.startswith(ann.page.url.partition("/r/")[0])]
    bea.says("And the room is still usable.")
    ann.sees("still usable")


def test_hostile_answers_do_nothing_at_any_point_of_their_growth(enter: Enter) -> None:
    ann = enter("Ann")
    found = ann.page.evaluate(
        """async (texts) => {
            const { GrowingMarkdown } = await import('/static/js/markdown.js');
            const tags = new Set(), schemes = new Set();
            for (const text of texts) {
                const place = document.body.appendChild(document.createElement('div'));
                const growing = new GrowingMarkdown(place);
                const steps = text.length < 300 ? text.length : 12;
                for (let i = 1; i <= steps; i++) {
                    growing.draw(text.slice(0, Math.ceil(text.length * i / steps)));
                    for (const node of place.querySelectorAll('*')) {
                        tags.add(node.tagName);
                        if (node.protocol) schemes.add(node.protocol);
                    }
                }
                growing.finish(text);
                place.remove();
            }
            return { tags: [...tags], schemes: [...schemes], pwned: window.pwned ?? null };
        }""",
        HOSTILE,
    )
    assert set(found["tags"]) <= ALLOWED
    assert set(found["schemes"]) <= {"http:", "https:", "mailto:"}
    assert found["pwned"] is None


PROSE = """\
Hello **Ann**, here is *all* of it: `code`, [a link](https://example.org/a_b?c=1), ~~gone~~ and www.example.org.
Items:
- one
- two with **bold text** in it
  - deeper

1. first

2. second

> quoted *text*
> goes on

| Name | Price |
|:-----|------:|
| Tea  | 2*3 = 6 |
| `a`  | [b](http://b.example) |

```python
def f(x):
    return "x" + x
```

Setext
------

### Last heading
An array a[0] and 2 * 3 * 4, snake_case_name, <b>not bold</b> &amp; an &lt;entity&gt;; the end.
"""


@pytest.mark.parametrize("step", [1, 3, 17])
def test_an_answer_that_grew_looks_like_one_drawn_at_once(enter: Enter, step: int) -> None:
    ann = enter("Ann")
    grown, whole, jumps = ann.page.evaluate(
        """async ([text, step]) => {
            const { GrowingMarkdown, renderMarkdown } = await import('/static/js/markdown.js');
            const [grown, whole] = [document.createElement('div'), document.createElement('div')];
            const growing = new GrowingMarkdown(grown);
            const raw = [];
            for (let i = step; i < text.length; i += step) {
                growing.draw(text.slice(0, i));
                if (/\\*\\*|~~|]\\(|\\|--/.test(grown.textContent)) raw.push(grown.textContent.slice(-40));
            }
            growing.finish(text);
            whole.append(renderMarkdown(text));
            return [grown.outerHTML, whole.outerHTML, raw];
        }""",
        [PROSE, step],
    )
    assert grown == whole
    assert jumps == []  # no half-open mark was ever shown as text


# ---- the fold (section 4 of the design) -----------------------------------------------------------

BOT = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
ME = {"id": "me", "name": "Ann", "kind": "human"}


def welcome(
    seq: int = 1, messages: Any = (), *, resumed: bool = False, start: int = 0, epoch: str = "E", **more: Any
) -> dict[str, Any]:
    room = {"name": "here", "title": "Here", "epoch": epoch, "seq": seq}
    people = {"you": {"id": "me", "name": "Ann"}, "members": [], "count": 1}
    held = {"messages": list(messages), "resumed": resumed} | ({} if resumed else {"from": start})
    return {"type": "welcome", "room": room, **people, **held, **more}


def says(id: int, content: str = "hi", seq: int = 0, **more: Any) -> dict[str, Any]:
    author, status = more.pop("author", ME), more.pop("status", "complete")
    return {
        "type": "message",
        "id": id,
        "seq": seq or id,
        "ts": 1,
        "author": author,
        "content": content,
        "status": status,
        **more,
    }


START = {"type": "start", "id": 2, "seq": 2, "ts": 1, "author": BOT, "reply_to": 1, "content": ""}
ASKED = welcome(1, [says(1)])


def chunk(off: int, content: str, id: int = 2) -> dict[str, Any]:
    return {"type": "chunk", "id": id, "off": off, "content": content}


def end(length: int, seq: int = 3, status: str = "complete", content: str = "") -> dict[str, Any]:
    return {"type": "end", "id": 2, "seq": seq, "status": status, "length": length, "content": content}


RULES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "a start, its chunks and its end make the answer":
        ([ASKED, START, chunk(0, "ab"), chunk(2, "cd"), end(4)], {"texts": ["hi", "abcd"], "seq": 3, "reconnect": False}),
    "an overlap is dropped":
        ([ASKED, START, chunk(0, "abc"), chunk(1, "bcd"), chunk(0, "ab")], {"texts": ["hi", "abcd"], "reconnect": False}),
    "a gap in the text asks for a reconnect and moves nothing":
        ([ASKED, START, chunk(0, "ab"), chunk(3, "d"), chunk(2, "c")], {"texts": ["hi", "ab"], "seq": 2, "reconnect": True}),
    "text of an unknown message asks for a reconnect":
        ([ASKED, chunk(0, "ab", 7)], {"seq": 1, "reconnect": True}),
    "an end of another length asks for a reconnect and moves nothing":
        ([ASKED, START, chunk(0, "ab"), end(3)], {"texts": ["hi", "ab"], "seq": 2, "reconnect": True}),
    "lengths are UTF-16 units":
        ([ASKED, START, chunk(0, "😀"), chunk(2, "!"), end(3)], {"texts": ["hi", "😀!"], "seq": 3, "reconnect": False}),
    "a lower number is ignored":
        ([welcome(5, [says(1)]), says(1, "old", 4)], {"texts": ["hi"], "seq": 5, "reconnect": False}),
    "a higher number than the next asks for a reconnect and moves nothing":
        ([ASKED, says(3)], {"texts": ["hi"], "seq": 1, "reconnect": True}),
    "a resumed welcome heals what is missing":
        ([ASKED, says(3), welcome(3, [says(2), says(3)], resumed=True)], {"ids": [1, 2, 3], "seq": 3, "reconnect": False}),
    "a welcome that did not resume clears what is held":
        ([ASKED, welcome(9, [says(8)], epoch="F", start=8)], {"ids": [8], "seq": 9, "epoch": "F", "from": 8}),
    "the higher number wins":
        ([welcome(5, [says(1, "new", 5)]), welcome(5, [says(1, "old", 1)], resumed=True)], {"texts": ["new"]}),
    "then the longer text wins":
        ([ASKED, START, chunk(0, "abcd"), welcome(2, [says(2, "ab", author=BOT, status="streaming")], resumed=True)],
         {"texts": ["hi", "abcd"]}),
    "a change below the start is kept and not shown":
        ([welcome(9, [says(8)], start=8), says(3, "edited", 10)], {"ids": [3, 8], "shown": [8], "seq": 10}),
    "an interrupted answer keeps its text and says why":
        ([ASKED, START, chunk(0, "ab"), end(2, status="interrupted", content="cut off")], {"texts": ["hi", "ab"], "reason": "cut off"}),
    "a pong with my number is well":
        ([ASKED, {"type": "pong", "seq": 1}], {"reconnect": False}),
    "a pong with another number asks for a reconnect":
        ([ASKED, {"type": "pong", "seq": 2}], {"reconnect": True}),
    "an unknown type is ignored":
        ([ASKED, {"type": "constructor"}, {"type": "sparkle", "seq": 9}], {"seq": 1, "reconnect": False}),
    "presence tells who came, but not the first time":
        ([ASKED, {"type": "presence", "members": [{"id": "me", "name": "Ann"}, {"id": "b", "name": "Bea"}], "count": 2}],
         {"notes": [["joined", "Bea"]]}),
    "who reloads neither left nor joined":
        ([welcome(1, [says(1)], members=[{"id": "b", "name": "Bea"}], count=1), {"type": "presence", "members": [], "count": 0},
          {"type": "presence", "members": [{"id": "b", "name": "Bea"}], "count": 1}], {"notes": []}),
}  # fmt: skip


@pytest.fixture(scope="module")
def fold(chromium: Any, standing: Server) -> Iterator[Callable[..., dict[str, Any]]]:
    """What room_state.js makes of recorded frames, after `first`, one of its own functions applied to an empty state."""
    page = chromium.new_page()
    page.goto(standing.url)

    def fold(frames: list[dict[str, Any]], outbox: Any = ()) -> dict[str, Any]:
        return page.evaluate(
            """async ([frames, outbox]) => {
                const rules = await import('/static/js/room_state.js');
                const { shown } = await import('/static/js/timeline.js');
                const apply = (state, frame) => (frame.page ? rules.addPage(state, frame.asked, frame.page) : rules.apply(state, frame, 0));
                const state = frames.reduce(apply, rules.initialState(outbox));
                return {
                    ids: state.messages.map((m) => m.id), texts: state.messages.map((m) => m.content), shown: shown(state).map((m) => m.id),
                    seq: state.seq, epoch: state.epoch, from: state.from, reconnect: Boolean(state.reconnect), generation: state.generation,
                    reason: state.messages.at(-1)?.reason, notes: state.notes.map((n) => [n.did, n.member.name]),
                    outbox: state.outbox.map((p) => p.key), failed: state.outbox.filter((p) => p.failed).map((p) => p.key),
                    again: rules.unanswered(state).map((p) => p.key),
                };
            }""",
            [frames, list(outbox)],
        )

    yield fold
    page.close()


@pytest.mark.parametrize("rule", RULES)
def test_the_fold(fold: Callable[..., dict[str, Any]], rule: str) -> None:
    frames, expected = RULES[rule]
    folded = fold(frames)
    assert {name: folded[name] for name in expected} == expected


def older(epoch: str = "E", start: int = 8, generation: int = 1) -> dict[str, Any]:
    page = {"epoch": epoch, "from": 0, "messages": [says(3, "as it was"), says(4)]}
    return {"asked": {"epoch": "E", "from": start, "generation": generation}, "page": page}


def test_an_older_page_joins_unless_the_room_moved_on_meanwhile(fold: Callable[..., dict[str, Any]]) -> None:
    held = welcome(9, [says(8)], start=8)
    assert fold([held, older()])["shown"] == [3, 4, 8]
    assert fold([held, older(epoch="F")])["shown"] == [8]
    assert fold([held, older(start=7)])["shown"] == [8]
    assert fold([held, held, older()])["shown"] == [8]
    assert fold([held, says(3, "edited", 10), older()])["texts"] == ["edited", "hi", "hi"]


def test_what_is_unsent_leaves_the_outbox_by_its_echo_or_its_ack(fold: Callable[..., dict[str, Any]]) -> None:
    mine = [{"key": "k", "content": "hi", "ts": 1, "author": "me"}]
    ack, refusal = (
        {"type": "ack", "key": "k", "id": 2},
        {"type": "error", "code": "overloaded", "content": "Later.", "key": "k"},
    )
    assert fold([ASKED], mine)["again"] == ["k"]
    assert fold([ASKED, says(2, key="k")], mine)["outbox"] == []
    assert fold([ASKED, says(2, key="k", author=BOT)], mine)["outbox"] == ["k"]
    assert fold([ASKED, ack], mine)["outbox"] == ["k"]  # it stays in sight until the echo comes
    assert fold([ASKED, ack], mine)["again"] == []
    assert fold([ASKED, ack, says(2)], mine)["outbox"] == []
    assert fold([welcome(2, [says(2, key="k")])], mine)["outbox"] == []
    assert fold([ASKED, refusal], mine)["failed"] == ["k"]
    assert fold([ASKED, refusal, welcome()], mine)["again"] == []
    assert fold([ASKED], [{**mine[0], "author": "who I was"}])["again"] == []
