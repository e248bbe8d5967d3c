"""More than one room: the list of those one has been in, what is new there, notifications; and what is found and taken out of one."""

import json
import re
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.person import Enter, Line, Person, configure, expect, post, wired
from tests.server import Server

ROOM_NAME = re.compile(r"/r/([bdfghjklmnprstvz][aeiou]){2}(-([bdfghjklmnprstvz][aeiou]){2}){3}$")
ASK_AGAIN_MS = 60_000


# ---- the list of rooms ----------------------------------------------------------------------------


def test_new_room_leads_to_an_empty_room_with_a_speakable_name(enter: Enter) -> None:
    ann = enter("Ann", path="/")
    names: set[str] = set()
    for _ in range(2):
        ann.page.locator("#new-room").click()
        expect(ann.page).to_have_url(ROOM_NAME)
        ann.is_in()
        names.add(ann.page.url)
        expect(ann.page.locator("#invitation")).to_be_visible()
        expect(ann.page.locator("#invitation-link")).to_have_text(ann.page.url.removeprefix("http://"))
    assert len(names) == 2


def test_anns_rooms_are_listed_newest_first_under_their_titles(enter: Enter, open_house: Server) -> None:
    ann = enter("Ann")
    expect(ann.page.locator("#rooms")).to_be_hidden()  # one room needs no list
    first = in_room(ann)
    ann.changes("#title", "The Tea Room")
    expect(rooms(ann)).to_have_text(["The Tea Room"])
    goes_to(ann, open_house, second := new_name())
    expect(rooms(ann)).to_have_text([second, "The Tea Room"])
    expect(rooms(ann).first).to_have_attribute("aria-current", "page")
    rooms(ann).last.click()
    expect(ann.page).to_have_url(f"{open_house.url}/r/{first}")
    ann.is_in()
    expect(rooms(ann)).to_have_text(["The Tea Room", second])


def rooms(person: Person) -> Any:
    return person.page.locator("#rooms li a")


def in_room(person: Person) -> str:
    return person.page.url.partition("/r/")[2]


def new_name() -> str:
    return f"room-{secrets.token_hex(4)}"


def goes_to(person: Person, server: Server, room: str) -> None:
    person.page.goto(f"{server.url}/r/{room}")
    person.is_in()


def test_a_title_given_by_somebody_else_is_in_the_list_too(enter: Enter, open_house: Server) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    here, elsewhere = in_room(ann), new_name()
    goes_to(ann, open_house, elsewhere)
    goes_to(ann, open_house, here)
    bea.changes("#title", "The Tea Room")
    expect(rooms(ann)).to_have_text(["The Tea Room", elsewhere])
    goes_to(ann, open_house, elsewhere)
    expect(rooms(ann)).to_have_text([elsewhere, "The Tea Room"])


def test_what_is_new_in_a_room_that_is_open_in_another_tab_is_counted_here(enter: Enter, open_house: Server) -> None:
    ann = enter("Ann")
    room = in_room(ann)
    tab = enter(None, path=f"/r/{new_name()}", beside=ann)
    ann.looks_away()
    post(tab, ["one", "two"], room)
    expect(rooms(tab).last.locator(".unread")).to_have_text("2")
    ann.looks_back()
    expect(rooms(tab).last.locator(".unread")).to_have_count(0)


def test_what_was_said_where_ann_is_not_is_counted_when_she_comes_back(enter: Enter, open_house: Server) -> None:
    ann, _ = wired(enter, "Ann", clock=True)
    room = in_room(ann)
    configure(ann, speaks="never")
    ann.has_said("mine")
    goes_to(ann, open_house, new_name())
    expect(rooms(ann).last.locator(".unread")).to_have_count(0)
    post(ann, ["one"], room)
    ann.looks_away()
    ann.page.clock.fast_forward(ASK_AGAIN_MS)
    ann.looks_back()
    expect(rooms(ann).last.locator(".unread")).to_have_text("1")
    post(ann, [f"line {n}" for n in range(30)], room)
    ann.reloads()
    expect(rooms(ann).last.locator(".unread")).to_have_text("20+")
    rooms(ann).last.click()
    expect(ann.page).to_have_url(f"{open_house.url}/r/{room}")
    ann.is_in()
    expect(rooms(ann).first).to_have_attribute("aria-current", "page")
    expect(ann.page.locator("#rooms .unread")).to_have_count(0)


def test_a_room_that_ann_leaves_is_listed_no_more_and_she_goes_on_to_the_one_before(enter: Enter, open_house: Server) -> None:
    ann = enter("Ann")
    first, second = in_room(ann), new_name()
    goes_to(ann, open_house, second)
    ann.page.locator("#leave").click()
    expect(ann.page).to_have_url(f"{open_house.url}/r/{first}")
    ann.is_in()
    expect(ann.page.locator("#rooms")).to_be_hidden()
    ann.page.locator("#leave").click()
    expect(ann.page).to_have_url(f"{open_house.url}/")
    ann.is_in()
    expect(ann.page.locator("#leave")).to_be_hidden()  # there is nowhere else to go
    goes_to(ann, open_house, new_name())
    expect(rooms(ann)).to_have_count(2)
    assert not rooms(ann).filter(has_text=re.compile(f"{first}|{second}")).count()


# ---- notifications --------------------------------------------------------------------------------


def wants_notifications(page: Any) -> None:
    """The browser keeps them instead of showing them."""
    page.add_init_script("""
        window.notified = [];
        window.Notification = class {
            static permission = 'default';
            static async requestPermission() { return Notification.permission = 'granted'; }
            constructor(title, { body, tag }) { window.notified.push({ title, body, tag, shown: this }); }
            close() { this.closed = true; }
        };
    """)


def notified(person: Person) -> list[list[str]]:
    return person.page.evaluate("window.notified.map(({ title, body }) => [title, body])")


def test_ann_is_notified_only_of_what_concerns_her_and_only_while_she_looks_elsewhere(enter: Enter) -> None:
    ann, bea = enter("Ann", before=wants_notifications), enter("Bea")
    ann.has_said("Tea or coffee?")
    bea.sees("Tea or coffee?")
    ann.looks_away()
    bea.has_said("Ann, not asked for yet")
    ann.sees("not asked for yet")
    assert notified(ann) == []
    ann.looks_back()
    button = ann.page.locator("#notify")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    bea.has_said("ann, but she is looking")
    ann.sees("but she is looking")
    ann.looks_away()
    bea.has_said("Annabel is somebody else")
    bea.does("Reply", "Tea or coffee?")
    bea.has_said("Coffee.")
    bea.has_said("What about cake, @ann?")
    ann.sees("cake")
    title = f"Bea · {in_room(ann)}"
    assert notified(ann) == [[title, "Coffee."], [title, "What about cake, @ann?"]]
    ann.looks_back()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    ann.looks_away()
    bea.has_said("Ann, no more of it")
    ann.sees("no more of it")
    assert len(notified(ann)) == 2


def test_ann_is_notified_of_the_answer_to_her_and_of_one_that_calls_her_once_it_is_whole(enter: Enter) -> None:
    lines: list[Line] = []

    def prepare(page: Any) -> None:
        wants_notifications(page)
        lines.append(Line(page))

    ann = enter("Ann", before=prepare)
    ann.page.locator("#notify").click()
    expect(ann.page.locator("#notify")).to_have_attribute("aria-pressed", "true")
    ann.says("Pocket, count! !tokens=40 !rate=40")
    ann.sees_answer_begin()
    ann.looks_away()
    assert notified(ann) == []
    expect(ann.answer).to_have_class(re.compile("complete"))
    expected = [[f"Pocket · {in_room(ann)}", " ".join(map(str, range(1, 41)))]]
    assert notified(ann) == expected
    pocket = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
    for n, said in enumerate(("Ann is not called.", "Nor is @Annabel.", "What do you say, @ann?")):
        id = 4 + 2 * n  # after the message, the answer and its end
        lines[0].tell({"type": "start", "id": id, "seq": id, "ts": 0, "author": pocket, "content": ""})
        lines[0].tell({"type": "chunk", "id": id, "off": 0, "content": said})
        expect(ann.answer).to_have_class(re.compile("streaming"))
        lines[0].tell({"type": "end", "id": id, "seq": id + 1, "status": "complete", "length": len(said), "content": ""})
        expect(ann.answer).to_have_class(re.compile("complete"))
    assert notified(ann) == [*expected, [f"Pocket · {in_room(ann)}", "What do you say, @ann?"]]
    ann.looks_back()


def test_a_notification_leads_to_its_message(enter: Enter) -> None:
    ann, bea = enter("Ann", before=wants_notifications), enter("Bea")
    ann.page.locator("#notify").click()
    expect(ann.page.locator("#notify")).to_have_attribute("aria-pressed", "true")
    ann.looks_away()
    bea.has_said("Ann!")
    ann.sees("Ann!")
    ann.page.evaluate("window.notified[0].shown.onclick()")
    ann.looks_back()
    expect(ann.message("Ann!")).to_have_class(re.compile("target"))
    assert ann.page.evaluate("window.notified[0].shown.closed")


def test_who_forbids_notifications_gets_none(enter: Enter) -> None:
    def forbids(page: Any) -> None:
        wants_notifications(page)
        page.add_init_script("Notification.requestPermission = async () => Notification.permission = 'denied';")

    ann, bea = enter("Ann", before=forbids), enter("Bea")
    ann.page.locator("#notify").click()
    ann.looks_away()
    bea.has_said("Ann!")
    ann.sees("Ann!")
    expect(ann.page.locator("#notify")).to_have_attribute("aria-pressed", "false")
    assert notified(ann) == []


# ---- search ---------------------------------------------------------------------------------------

SAID = ["Teatime is at five", "Кофе готов", "東京都に住んでいます", "Der Kuchen schmeckt süß", "and a **last** line"]


@pytest.mark.parametrize("how", ["a click", "Control+k"])
def test_ann_finds_words_of_any_script_and_is_led_to_them(enter: Enter, how: str) -> None:
    ann = enter("Ann")
    post(ann, [*SAID, *(f"line {n}" for n in range(1, 81))])
    ann.sees("line 80")
    ann.reloads()
    if how == "a click":
        ann.page.locator("#open-search").click()
    else:
        ann.presses(how)
    expect(ann.page.locator("#search-text")).to_be_focused()
    for words, text in (("tea", SAID[0]), ("КОФЕ", SAID[1]), ("京都", SAID[2]), ("suss kuch", SAID[3])):
        ann.page.locator("#search-text").fill(words)
        expect(ann.page.locator("#results a > span")).to_have_text([text])
        expect(ann.page.locator("#found")).to_have_text("1 message")
    expect(ann.page.locator("#results mark")).to_have_text(["Kuchen", "süß"])
    ann.page.locator("#results a").click()
    expect(ann.page.locator("#search")).to_be_hidden()
    row = ann.message(SAID[3])
    expect(row).to_be_in_viewport()
    expect(row).to_have_class(re.compile("target"))
    expect(row).to_be_focused()


def test_a_search_may_find_nothing_or_too_much_or_fail_and_ends_with_escape(enter: Enter) -> None:
    ann = enter("Ann")
    post(ann, [f"line {n}" for n in range(1, 61)])
    opener, text, found = (ann.page.locator(place) for place in ("#open-search", "#search-text", "#found"))
    opener.click()
    expect(found).to_be_empty()
    text.fill("line")
    expect(found).to_have_text("The latest 20 of them")
    expect(ann.page.locator("#results a")).to_have_count(20)
    expect(ann.page.locator("#results a > span").first).to_have_text("line 60")
    text.fill("nowhere")
    expect(found).to_have_text("No message has all of these words.")
    expect(ann.page.locator("#results a")).to_have_count(0)
    ann.page.route("**/search?*", lambda route: route.abort())
    text.fill("line 7")
    expect(found).to_have_text("The search could not be made. Try again.")
    text.press("Escape")
    expect(ann.page.locator("#search")).to_be_hidden()
    expect(opener).to_be_focused()


def test_nobody_finds_what_was_deleted_and_everybody_what_was_edited(enter: Enter) -> None:
    ann = enter("Ann")
    configure(ann, speaks="never")  # or Pocket quotes it
    ann.has_said("a secret")
    ann.does("Delete", "a secret")
    ann.page.locator("#confirm").get_by_role("button", name="Delete", exact=True).click()
    expect(ann.page.locator(".message.deleted")).to_be_visible()
    ann.has_said("teh truth")
    ann.presses("ArrowUp")
    ann.says("the truth")
    expect(ann.message("the truth").locator(".edited")).to_be_visible()
    ann.page.locator("#open-search").click()
    for words, texts in (("secret", []), ("teh", []), ("the truth", ["the truth"])):
        ann.page.locator("#search-text").fill(words)
        expect(ann.page.locator("#found")).to_have_text("1 message" if texts else "No message has all of these words.")
        expect(ann.page.locator("#results a > span")).to_have_text(texts)


# ---- to take away ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["md", "jsonl"])
def test_the_room_can_be_taken_away_without_what_was_deleted(enter: Enter, tmp_path: Path, form: str) -> None:
    ann = enter("Ann")
    ann.says("Tea at **five** !tokens=2")
    expect(ann.answer).to_have_class(re.compile("complete"))
    configure(ann, speaks="never")  # or Pocket quotes the secret
    ann.has_said("a secret")
    ann.does("Delete", "a secret")
    ann.page.locator("#confirm").get_by_role("button", name="Delete", exact=True).click()
    expect(ann.page.locator(".message.deleted")).to_be_visible()
    with ann.page.expect_download() as download:
        ann.page.locator(f"#export-{form}").click()
    assert re.fullmatch(rf"{in_room(ann)}-\d{{4}}-\d\d-\d\d\.{form}", download.value.suggested_filename)
    download.value.save_as(tmp_path / "room")
    text = (tmp_path / "room").read_text(encoding="utf-8")
    assert "Tea at **five**" in text
    assert "secret" not in text
    if form == "jsonl":
        said = [json.loads(line) for line in text.splitlines()]
        assert [message["author"]["name"] for message in said if message["status"] == "complete"][:2] == ["Ann", "Pocket"]
