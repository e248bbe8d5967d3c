"""What stands in the room, and where: places that are kept, older pages, links to messages, days, and nothing drawn twice."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from tests.person import Enter, Person, configure, expect, post, stop_time, wired
from tests.server import Server

ENDLESS = "Pocket, !tokens=3000 !rate=30"  # an answer that outlasts its test
MANY, QUOTED = 330, 9  # messages of the long room: more than three pages on the way to one, more than the window of the document
MOST_ROWS = 300  # messages in the document
AT_END = 100  # pixels
FRAME = 17  # milliseconds: one of the screen's
LETTING_GO = 250  # milliseconds in which nothing pulls back who scrolls up


# ---- what was said before ------------------------------------------------------------------------

NIGHT = datetime(2026, 11, 10, 23, 50, tzinfo=UTC)
SAID = [  # minutes, seconds after NIGHT; who; what
    (0, 0, "Ann", "one"), (4, 59, "Ann", "two"), (9, 59, "Ann", "three"), (11, 0, "Ann", "four"),
    (12, 0, "Bea", "five"), (13, 0, "Bea", "six"),
]  # fmt: skip


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose lobby remembers a night, and where a room is long. They are only read."""
    server = Server(tmp_path_factory.mktemp("remembered"), SPEAKS="never")
    server.start()
    with httpx2.Client(base_url=f"{server.url}/api/rooms") as rooms:
        tokens: dict[str, str] = {}
        for *_, name, text in SAID:
            headers = {"authorization": f"Bearer {tokens[name]}"} if name in tokens else {}
            answer = rooms.post(f"/lobby/messages?name={name}", json={"content": text}, headers=headers)
            tokens.setdefault(name, answer.raise_for_status().json()["you"]["token"])
    with connect(f"ws://127.0.0.1:{server.port}/ws/long?name=Bea") as line:
        for n in range(1, MANY + 1):
            say = {"type": "message", "key": str(n), "content": f"line {n}"}
            line.send(json.dumps(say | {"reply_to": QUOTED} if n == MANY else say))
        while json.loads(line.recv()).get("key") != str(MANY):
            pass
    server.stop()
    with closing(sqlite3.connect(server.database)) as log, log:
        for id, (minutes, seconds, *_) in enumerate(SAID, 1):
            [body] = log.execute("SELECT body FROM messages WHERE id = ? AND room = 1", (id,)).fetchone()
            ts = (NIGHT + timedelta(minutes=minutes, seconds=seconds)).timestamp() * 1000
            log.execute("UPDATE messages SET body = ? WHERE id = ? AND room = 1", (json.dumps(json.loads(body) | {"ts": ts}), id))
    server.start()
    yield server
    server.kill()
    assert "Traceback" not in server.printed(), server.printed()


# ---- places ---------------------------------------------------------------------------------------


GO_UP = """() => {
    const scroller = document.querySelector('#scroller');
    scroller.scrollTop = 300;
    const top = scroller.getBoundingClientRect().top;
    const row = [...document.querySelectorAll('.message')].find((each) => each.getBoundingClientRect().bottom > top);
    return [row.id, row.getBoundingClientRect().top - top, document.querySelector('.message').id];
}"""
PLACE = """(id) => document.getElementById(id).getBoundingClientRect().top - document.querySelector('#scroller').getBoundingClientRect().top"""


@pytest.mark.parametrize("below", ["quiet", "an answer"])
def test_older_messages_load_on_scrolling_up_and_keep_the_place_to_the_pixel(enter: Enter, below: str) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}\n\n{'and more of it ' * (n % 40)}" for n in range(1, 161)])
    ann.sees("line 160")
    ann.reloads()
    ann.sees("line 160")
    expect(ann.page.locator(".message")).to_have_count(50)
    if below == "an answer":
        ann.says(ENDLESS)
        ann.sees_answer_begin()
    for _ in range(3):
        row, place, oldest = ann.page.evaluate(GO_UP)
        expect(ann.page.locator(".message").first).not_to_have_attribute("id", oldest)
        ann.draws()
        assert ann.page.evaluate(PLACE, row) == pytest.approx(place, abs=0.5)
    expect(ann.page.locator(".row.top")).to_have_text("The beginning of this room")
    assert [row[2].split("\n")[0] for row in ann.transcript() if row[2].startswith("line")] == [f"line {n}" for n in range(1, 161)]
    if below == "an answer":
        expect(ann.answer).to_have_class(re.compile("streaming"))


def test_a_page_of_history_that_failed_is_fetched_again(enter: Enter) -> None:
    ann, _ = wired(enter, "Ann", clock=True)
    post(ann, [f"line {n}" for n in range(1, 91)])
    ann.reloads()
    ann.sees("line 90")
    ann.context.set_offline(True)
    with ann.page.expect_event("requestfailed"):
        ann.page.evaluate(GO_UP)
    ann.context.set_offline(False)
    ann.page.clock.run_for(5000)
    expect(ann.page.locator(".row.top")).to_have_text("The beginning of this room")


@pytest.mark.parametrize(("above", "follows"), [(0, True), (AT_END - 1, True), (AT_END + 1, False)])
def test_ann_is_taken_along_only_from_the_end(enter: Enter, above: int, follows: bool) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}" for n in range(1, 41)])
    expect(ann.page.locator(".message")).to_have_count(40)
    ann.scrolls(above)
    assert round(ann.above_the_end) == above
    before = ann.page.locator("#scroller").evaluate("(node) => node.scrollTop")
    post(ann, ["news"])
    expect(ann.page.locator(".message")).to_have_count(41)
    ann.draws()
    if follows:
        assert round(ann.above_the_end) == 0
        expect(ann.page.locator("#to-end")).to_be_hidden()
    else:
        assert ann.page.locator("#scroller").evaluate("(node) => node.scrollTop") == before
        expect(ann.page.locator("#to-end")).to_be_visible()


def test_who_reads_above_is_told_what_is_new(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}" for n in range(1, 61)])
    expect(ann.page.locator(".message")).to_have_count(60)
    ann.scrolls(above_the_end=700)
    button = ann.page.locator("#to-end")
    expect(button).to_have_text("To the latest")
    for n, told in ((1, "1 new message"), (2, "2 new messages")):
        post(ann, [f"news {n}"])
        expect(button).to_have_text(told)
        expect(ann.page).to_have_title(re.compile(rf"^\({n}\) "))
    expect(ann.page.locator(".row.new + .message .body")).to_have_text("news 1")
    button.click()
    expect(ann.message("news 2")).to_be_in_viewport()
    expect(button).to_be_hidden()
    expect(ann.page).to_have_title(re.compile(r"^[^(]"))
    expect(ann.text).to_be_focused()


def test_what_ann_sends_takes_her_to_the_end(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}" for n in range(1, 61)])
    expect(ann.page.locator(".message")).to_have_count(60)
    ann.scrolls(above_the_end=1e9)
    expect(ann.page.locator("#to-end")).to_be_visible()
    ann.has_said("back at the end !tokens=1")
    expect(ann.message("back at the end")).to_be_in_viewport()
    expect(ann.answer).to_have_class(re.compile("complete"))
    ann.draws()
    assert round(ann.above_the_end) == 0


def test_who_scrolls_up_during_an_answer_is_not_pulled_back(enter: Enter) -> None:
    ann, line = wired(enter, "Ann", clock=True)
    post(ann, [f"line {n}" for n in range(1, 41)])
    ann.says("Pocket, !tokens=3000 !rate=300")
    ann.sees_answer_begin()
    held: list[dict[str, Any]] = []
    line.hears = lambda frame: frame["type"] != "chunk" or held.append(frame)  # None: it does not go on
    while len(held) < 40:
        ann.draws()
    stop_time(ann)
    ann.page.clock.run_for(100)
    assert round(ann.above_the_end) == 0
    ann.page.mouse.move(600, 300)
    ann.page.mouse.wheel(0, -60)
    ann.page.wait_for_function(IS_ABOVE)
    place = ann.page.locator("#scroller").evaluate("(node) => node.scrollTop")
    for frame in held[:40]:
        line.tell(frame)
        ann.page.clock.run_for(LETTING_GO // 50)
    ann.page.clock.run_for(FRAME)
    expect(ann.answer.locator(".body")).to_contain_text(held[39]["content"])
    assert ann.page.locator("#scroller").evaluate("(node) => node.scrollTop") == place


IS_ABOVE = """() => {
    const { scrollHeight, clientHeight, scrollTop } = document.querySelector('#scroller');
    return scrollHeight - clientHeight - scrollTop >= 50;
}"""


# ---- nothing is drawn twice -----------------------------------------------------------------------


WATCH = """() => {
    window.touched = [];
    const first = [...document.querySelectorAll('.assistant .body > :not(:last-child)')];
    const where = (node) => {
        const tail = node.closest?.('.assistant .body') ?? node.parentElement?.closest('.assistant .body');
        if (!tail) return node.id || node.className || node.parentElement.className;
        return first.some((block) => block.contains(node)) ? 'a block that was finished' : 'the tail';
    };
    new MutationObserver((changes) => changes.forEach(({ type, target, attributeName, oldValue, removedNodes }) => {
        const isWrittenAgain = attributeName !== null && target.getAttribute(attributeName) === oldValue;
        if (attributeName === 'tabindex' || isWrittenAgain) return; // the first goes on to the new last row
        if (!target.isConnected) return; // that it was taken out is told of where it stood
        const lost = [...removedNodes].some((node) => first.includes(node)) ? ' lost a block' : '';
        window.touched.push(`${attributeName ?? type} of ${where(target)}${lost}`);
    })).observe(document.querySelector('#transcript'), { childList: true, characterData: true, attributeOldValue: true, subtree: true });
}"""


@pytest.mark.parametrize("fault", ["cut", "restart", "anew"])
def test_no_node_is_touched_when_the_line_comes_back(enter: Enter, server: Server, fault: str) -> None:
    ann, line = wired(enter, "Ann", at=server)
    ann.has_said("A question")
    expect(ann.answer).to_have_class(re.compile("complete"))
    ann.does("Reply", "A question")
    ann.has_said(f"and another one {ENDLESS}")
    ann.sees_answer_begin()
    ann.page.locator("#stop").click()
    expect(ann.answer).to_have_class(re.compile("stopped"))
    ann.draws()
    ann.page.evaluate(WATCH)
    if fault == "restart":
        server.stop()
        ann.is_out()
        server.start()
    else:
        if fault == "anew":
            line.hears = anew(ann)
        line.cut()
    ann.is_in()
    post(ann, ["after that"])
    ann.sees("after that")
    assert ann.page.evaluate("window.touched") == ["childList of transcript"]  # the new row


def anew(person: Person) -> Callable[[dict[str, Any]], bool]:
    """As if too much had happened meanwhile: the welcome tells the whole room."""

    def hears(frame: dict[str, Any]) -> bool:
        if frame["type"] == "welcome":
            page = httpx2.get(person.page.url.replace("/r/", "/api/rooms/") + "/messages").json()
            frame |= {"resumed": False, "from": page["from"], "messages": page["messages"]}
        return True

    return hears


def test_of_an_answer_that_goes_on_only_the_tail_is_touched_when_the_line_comes_back(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    ann.says("Make a table of three weekend trips, with the reason for each. !rate=15")
    expect(ann.answer.locator(".body > *")).to_have_count(2)  # before the table
    ann.page.evaluate(WATCH)
    line.cut()
    ann.is_out()
    expect(ann.answer.locator("table")).to_be_visible()
    touched = set(ann.page.evaluate("window.touched"))
    assert {name.split(" of ")[1] for name in touched} == {"the tail"}, touched


# ---- links to messages ----------------------------------------------------------------------------


def is_shown(person: Person, id: int) -> None:
    """Brought into sight, marked, and in the address."""
    row = person.page.locator(f"#m{id}")
    expect(row).to_be_in_viewport()
    expect(person.page.locator(".message.target")).to_have_count(1)
    expect(row).to_have_class(re.compile("target"))
    expect(row).to_be_focused()
    assert person.page.url.endswith(f"#m{id}")


def test_a_link_leads_to_its_message_through_all_that_was_said_since(enter: Enter, remembered: Server) -> None:
    ann = enter("Ann", at=remembered, path="/r/long#m7")
    is_shown(ann, 7)
    expect(ann.page.locator("#notice")).to_be_hidden()
    expect(ann.page.locator("#to-end")).to_be_visible()
    assert ann.page.locator(".message").count() <= MOST_ROWS
    ann.page.evaluate("() => { location.hash = 'm301'; }")
    is_shown(ann, 301)
    ann.page.go_back()
    is_shown(ann, 7)
    ann.page.locator("#to-end").click()
    ann.draws()
    assert round(ann.above_the_end) == 0


@pytest.mark.parametrize("id", [0, 99_999])
def test_a_link_to_no_message_says_so_and_shows_the_room(enter: Enter, remembered: Server, id: int) -> None:
    ann = enter("Ann", at=remembered, path=f"/r/long#m{id or 'x'}")
    expect(ann.page.locator(".message").last).to_be_in_viewport()
    expect(ann.page.locator(".message.target")).to_have_count(0)
    if id:
        expect(ann.page.locator("#notice")).to_have_text("That message is not in this room.")
    else:
        expect(ann.page.locator("#notice")).to_be_hidden()


def test_who_was_led_to_a_message_stays_there_while_others_speak(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}" for n in range(1, 61)])
    ann.sees("line 60")
    ann.page.evaluate("() => { location.hash = 'm30'; }")
    is_shown(ann, 30)
    place = ann.page.evaluate(PLACE, "m30")
    post(ann, ["news"])
    expect(ann.page.locator("#to-end")).to_have_text("1 new message")
    assert ann.page.evaluate(PLACE, "m30") == place


def test_each_message_gives_its_link(enter: Enter) -> None:
    ann = enter("Ann", permissions=["clipboard-read", "clipboard-write"])
    ann.has_said("Tea at five.")
    ann.does("Link", "Tea at five.")
    expect(ann.message("Tea at five.").locator(".actions")).to_contain_text("Copied")
    link = ann.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{ann.page.url}#m1"
    bea = enter("Bea", path=link.removeprefix(ann.page.url.partition("/r/")[0]))
    is_shown(bea, 1)


def test_a_reply_quotes_one_line_and_leads_there(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.has_said("Tea or coffee?\nSay soon.")
    bea.does("Reply", "Tea or coffee?")
    bea.has_said("Tea.")
    ann.sees("Tea.")
    quote = ann.page.locator("#m2 .quote")
    expect(quote).to_have_text("Ann Tea or coffee?")
    quote.click()
    is_shown(ann, 1)


def test_a_quote_of_what_is_not_loaded_leads_there_too(enter: Enter, remembered: Server) -> None:
    ann = enter("Ann", at=remembered, path="/r/long")
    quote = ann.message(f"line {MANY}").locator(".quote")
    expect(quote).to_have_text("an earlier message")
    quote.click()
    is_shown(ann, QUOTED)
    ann.page.locator("#to-end").click()
    expect(quote).to_have_text(f"Bea line {QUOTED}")


def test_all_that_was_said_can_be_read_and_little_of_it_is_in_the_document(enter: Enter, remembered: Server) -> None:
    ann = enter("Ann", at=remembered, path="/r/long")
    seen: set[str] = set()
    for above in [1e9] * MANY + [0.0] * MANY:
        rows = ann.page.locator(".message .body").all_inner_texts()
        assert len(rows) <= MOST_ROWS
        seen.update(rows)
        if len(seen) == MANY:
            break
        ann.scrolls(above)
    assert seen == {f"line {n}" for n in range(1, MANY + 1)}


# ---- code, text -----------------------------------------------------------------------------------


def test_code_has_its_language_and_copies(enter: Enter) -> None:
    ann = enter("Ann", permissions=["clipboard-read", "clipboard-write"])
    ann.says("So:\n```python\nprint('hi')\n```")
    code = ann.message("So:").locator(".code")
    expect(code.locator(".code-head")).to_contain_text("python")
    code.locator(".copy-code").click()
    expect(code.locator(".copy-code")).to_have_text("Copied")
    assert ann.page.evaluate("navigator.clipboard.readText()") == "print('hi')"
    expect(code.locator(".copy-code")).to_have_text("Copy")


def test_copy_takes_a_message_as_it_was_written(enter: Enter) -> None:
    ann = enter("Ann", permissions=["clipboard-read", "clipboard-write"])
    ann.says("**Tea** at *five*")
    ann.has_sent("Tea at five")
    ann.does("Copy", "Tea at five")
    expect(ann.message("Tea at five").locator(".actions")).to_contain_text("Copied")
    assert ann.page.evaluate("navigator.clipboard.readText()") == "**Tea** at *five*"


def test_a_link_in_a_text_tells_nobody_where_it_was_followed_from(enter: Enter) -> None:
    ann = enter("Ann")
    ann.says("see https://example.org/a and [that](https://example.org/b) and ![this](https://example.org/c.png)")
    links = ann.message("see").locator(".body a")
    expect(links).to_have_count(3)
    for link in links.all():
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(link).to_have_attribute("href", re.compile(r"^https://example\.org/[abc]"))


@pytest.mark.parametrize("estimated", [True, False])
def test_what_an_answer_cost_is_told_where_its_time_stands_and_with_its_actions(enter: Enter, estimated: bool) -> None:
    def hears(frame: dict[str, Any]) -> bool:
        if frame["type"] == "end":
            assert frame["usage"]["estimated"], "an offline answer has no bill"
            frame["usage"] = {"input": 1204, "output": 312} | ({"estimated": True} if estimated else {})
        return True

    ann, line = wired(enter, "Ann")
    line.hears = hears
    ann.says("Pocket, count! !tokens=5")
    told = ("about " if estimated else "") + "1,204 tokens in · 312 out"
    expect(ann.answer).to_have_class(re.compile("complete"))
    expect(ann.answer.locator("time")).to_have_attribute("title", re.compile(rf"\n{told}$"))
    ann.answer.focus()
    expect(ann.answer.locator(".actions .usage")).to_have_text(told)
    ann.message("Pocket, count!").focus()
    expect(ann.page.locator(".actions")).to_be_visible()
    expect(ann.page.locator(".usage")).to_have_count(0)


# ---- who is called --------------------------------------------------------------------------------

CALLED = [  # who is here beside Ann; what Ann says; who is called there
    ("Bea", "@Bea, and @bea. (@BEA) @Bea's — @Beatrix @bea_ @Bea-Lou x@bea.org @bea.txt", ["@Bea", "@bea", "@BEA", "@Bea"]),
    ("Bea", "`@Bea` and\n```\n@Bea\n```\nand [@Bea](https://example.org/@Bea) and https://example.org/@Bea", []),
    ("Bea", "**@Bea** and *so says @Pocket*", ["@Bea", "@Pocket"]),
    ("Bea Müller", "@Bea Müller @bea mu\u0308ller @Bea Mull", ["@Bea Müller", "@bea mu\u0308ller"]),
    ("Rob", "@Rob and @Robot and @Ann", ["@Rob", "@Ann"]),
    ("Ann Lee", "@Ann Lee and @Ann and @Ann Leeds", ["@Ann Lee", "@Ann", "@Ann"]),
    ("田中", "@田中さん、こんにちは＠田中。@田", ["@田中", "＠田中"]),
    ("İnci", "@inci @İNCİ @ınci @Incilla", ["@inci", "@İNCİ", "@ınci"]),
    ("a_b*c", "@a_b*c _and_ @a_b", ["@a_b*c"]),
]  # fmt: skip


@pytest.mark.parametrize(("other", "said", "called"), CALLED)
def test_who_is_called_by_name_stands_out_and_nobody_else(enter: Enter, other: str, said: str, called: list[str]) -> None:
    ann, _ = enter("Ann"), enter(other)
    expect(ann.page.locator("#members li")).to_have_count(2)
    ann.writes(said)
    ann.presses("Control+Enter")
    row = ann.page.locator(".message.mine").last
    expect(row).to_have_attribute("id", re.compile(r"^m\d+$"))
    assert row.locator(".mention").all_inner_texts() == called


def test_my_own_name_stands_out_more_and_who_comes_later_is_called_too(enter: Enter) -> None:
    ann = enter("Ann")
    configure(ann, speaks="never")
    ann.has_said("@Bea and @Ann, tea?")
    calls = ann.message("tea?").locator(".mention")
    expect(calls).to_have_text(["@Ann"])
    expect(calls).to_have_class("mention me")
    bea = enter("Bea")
    expect(calls).to_have_text(["@Bea", "@Ann"])
    expect(bea.message("tea?").locator(".mention.me")).to_have_text(["@Bea"])
    bea.has_said("Gladly.")
    ann.sees("Gladly.")
    bea.context.close()
    expect(ann.page.locator("#count")).to_have_text("1")
    expect(calls).to_have_text(["@Bea", "@Ann"])  # who wrote here can still be called


def test_in_an_answer_a_name_is_marked_as_soon_as_it_is_whole(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    held: list[dict[str, Any]] = []
    line.hears = lambda frame: frame["type"] not in ("chunk", "end") or held.append(frame)
    ann.says("Pocket? !tokens=3000 !rate=30")
    expect(ann.answer).to_have_class(re.compile("streaming"))
    id, said, body = int(ann.answer.get_attribute("id")[1:]), "", ann.answer.locator(".body")
    for piece, called in (("Well, @A", []), ("n", []), ("n", ["@Ann"]), ("a", []), (" is not **@Ann", ["@Ann"]), ("** here\n\n", ["@Ann"]), ("`@Ann", ["@Ann"])):
        line.tell({"type": "chunk", "id": id, "off": len(said), "content": piece})
        said += piece
        expect(body).to_contain_text(said.replace("*", "").replace("`", "").split("\n")[-1])
        assert body.locator(".mention").all_inner_texts() == called, said


# ---- days, authors, what is new -------------------------------------------------------------------

def on(day: int, **browser: Any) -> dict[str, Any]:
    """For somebody who looks at noon of that day of November 2026."""
    return {"before": lambda page: page.clock.install(time=datetime(2026, 11, day, 12, tzinfo=UTC)), "locale": "en-GB", **browser}


def rows(person: Person) -> list[str]:
    """What one sees: the days, and for each message whether it has a head, its time, its text."""
    person.sees("six")
    return person.page.evaluate("""() => [...document.querySelectorAll('#transcript > .row:not(.top)')].map((row) => {
        if (!row.matches('.message')) return row.innerText;
        const head = row.querySelector('.head').getBoundingClientRect().height > 5;
        return (head ? `${row.querySelector('.name').innerText} ${row.querySelector('time').innerText} ` : '') + row.querySelector('.body').innerText;
    })""")


def test_messages_stand_by_day_and_in_groups_of_their_author_within_five_minutes(enter: Enter, remembered: Server) -> None:
    ann = enter("Cleo", path="/", at=remembered, **on(12, timezone_id="UTC"))
    assert rows(ann) == [
        "Tuesday 10 November", "Ann 23:50 one", "two", "Ann 23:59 three", "Wednesday 11 November", "Ann 00:01 four", "Bea 00:02 five", "six",
    ]  # fmt: skip


def test_days_and_times_are_those_of_whoever_reads(enter: Enter, remembered: Server) -> None:
    ann = enter("Cleo", path="/", at=remembered, **on(11, timezone_id="Asia/Tokyo"))
    assert rows(ann) == ["Today", "Ann 08:50 one", "two", "Ann 08:59 three", "four", "Bea 09:02 five", "six"]
    expect(ann.message("one").locator("time")).to_have_attribute("title", re.compile(r"Wednesday,? 11 November 2026.*08:50:00"))
    expect(ann.message("one").locator("time")).to_have_attribute("datetime", "2026-11-10T23:50:00.000Z")


def test_a_german_reads_days_and_times_as_germans_write_them(enter: Enter, remembered: Server) -> None:
    anna = enter("Cleo", path="/", at=remembered, **on(12, timezone_id="Europe/Berlin") | {"locale": "de-DE"})
    assert rows(anna)[:2] == ["Mittwoch, 11. November", "Ann 00:50 one"]
    expect(anna.message("one").locator("time")).to_have_attribute("title", re.compile(r"Mittwoch, 11\. November 2026"))


LEFT = ["while she was away 1", "while she was away 2"]


@pytest.mark.parametrize("away", ["elsewhere", "in another tab"])
def test_a_line_stands_where_ann_left_off(enter: Enter, open_house: Server, away: str) -> None:
    ann = enter("Ann")
    post(ann, ["before"])
    ann.sees("before")
    here = ann.page.url
    room = here.partition("/r/")[2]
    if away == "elsewhere":
        ann.page.goto(f"{open_house.url}/r/elsewhere")
        ann.is_in()
    else:
        ann.looks_away()
    post(ann, LEFT, room)
    if away == "elsewhere":
        ann.page.goto(here)
        ann.is_in()
    else:
        expect(ann.page).to_have_title(re.compile(r"^\(2\) "))
        ann.looks_back()
    ann.sees(LEFT[1])
    expect(ann.page.locator(".row.new")).to_have_count(1)
    expect(ann.page.locator(".row.new + .message .body")).to_have_text(LEFT[0])
    expect(ann.page).to_have_title(re.compile(r"^[^(]"))
    ann.has_said("Here I am again.")
    expect(ann.page.locator(".row.new")).to_have_count(0)


def test_the_line_moves_on_when_ann_leaves_again(enter: Enter) -> None:
    ann = enter("Ann")
    for news in ("first", "second"):
        ann.looks_away()
        post(ann, [news])
        expect(ann.page).to_have_title(re.compile(r"^\(1\) "))
        ann.looks_back()
        expect(ann.page).to_have_title(re.compile(r"^[^(]"))
        expect(ann.page.locator(".row.new + .message .body")).to_have_text(news)


def test_only_what_others_say_counts_as_new(enter: Enter) -> None:
    ann = enter("Ann")
    tab = enter(None, beside=ann)
    ann.looks_away()
    tab.has_said("from another tab of hers")
    tab.changes("#title", "The Tea Room")
    expect(tab.page.locator("#title")).to_have_text("The Tea Room")
    post(tab, ["from somebody else !tokens=1"])
    expect(ann.page).to_have_title(re.compile(r"^\(\d\) The Tea Room"))
    tab.sees("from somebody else")
    answers = tab.page.locator(".message.assistant").count()
    expect(ann.page).to_have_title(re.compile(rf"^\({1 + answers}\) "))
