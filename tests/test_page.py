"""The page as people use it: one room, one stream, and a line that may break."""

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.person import Enter, Person, all_agree, cut, expect, post, stop_time, wired
from tests.server import Server

LONG = "!tokens=60 !rate=60"
SLOW = "!tokens=200 !rate=80"  # an answer long enough to be met in the middle
ENDLESS = "!tokens=3000 !rate=30"  # one that outlasts its test
GERMAN = json.loads((Path(__file__).parent.parent / "static" / "texts" / "de.json").read_text(encoding="utf-8"))
BANNER_MS = 5000


# ---- one room, one stream -------------------------------------------------------------------------


def test_bea_sees_the_answer_anns_question_started(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {LONG}")
    for person in (ann, bea):
        person.sees_answer_begin()
    for person in (ann, bea):
        person.sees_answer_end()
        expect(person.answer.locator(".body")).to_have_text(" ".join(map(str, range(1, 61))))
    all_agree(ann, bea, enter("Cleo"))


def test_everyone_sees_that_pocket_thinks_before_its_first_word_and_a_caret_while_it_speaks(enter: Enter) -> None:
    ann, (bea, line) = enter("Ann"), wired(enter, "Bea")
    line.hears = lambda frame: frame["type"] != "chunk"
    ann.says(f"Pocket, count! {ENDLESS}")
    expect(bea.page.locator("#answering")).to_have_text("Pocket is thinking")
    expect(bea.answer.locator(".foot")).to_have_text("Thinking…")
    expect(bea.page.locator("#stop")).to_be_visible()
    line.hears = lambda frame: True
    line.cut()
    expect(bea.page.locator("#answering")).to_have_text("Pocket is answering")
    expect(bea.answer.locator(".foot")).to_be_hidden()
    assert caret(bea) != "none"
    bea.page.locator("#stop").click()
    bea.sees_answer_end()
    assert caret(bea) == "none"
    expect(bea.page.locator("#answering")).to_be_empty()


def test_everyone_reads_what_pocket_does_until_its_first_word(enter: Enter) -> None:
    ann, (bea, line) = enter("Ann"), wired(enter, "Bea")
    line.hears = lambda frame: frame["type"] != "chunk"
    ann.says(f"Pocket, count! {ENDLESS}")
    expect(bea.answer.locator(".foot")).to_have_text("Thinking…")
    id = int(bea.answer.get_attribute("id")[1:])
    line.tell({"type": "progress", "id": id, "content": "Looking through the notes"})
    expect(bea.answer.locator(".foot")).to_have_text("Looking through the notes")
    bar = bea.answer.get_by_role("progressbar")
    expect(bar).to_be_hidden()
    line.tell({"type": "progress", "id": id, "content": "Reading three of them", "percent": 40})
    expect(bea.answer.locator(".foot")).to_have_text("Reading three of them")
    expect(bar).to_be_visible()
    expect(bar).to_have_accessible_name("Reading three of them")
    expect(bar).to_have_attribute("value", "40")
    line.hears = lambda frame: True
    line.cut()
    expect(bea.page.locator("#answering")).to_have_text("Pocket is answering")
    expect(bea.answer.locator(".foot")).to_be_hidden()
    expect(bar).to_have_count(0)


def test_who_waits_long_for_a_first_word_sees_how_long(enter: Enter) -> None:
    ann, line = wired(enter, "Ann", clock=True)
    line.hears = lambda frame: frame["type"] != "chunk"
    ann.says(f"Pocket, count! {ENDLESS}")
    foot = ann.answer.locator(".foot")
    expect(foot).to_have_text("Thinking…")
    stop_time(ann)
    ann.page.clock.run_for(10_000)
    expect(foot).to_have_text(re.compile(r"^Thinking… 1\d s$"))
    id = int(ann.answer.get_attribute("id")[1:])
    line.tell({"type": "progress", "id": id, "content": "Still at it"})
    ann.page.clock.run_for(100)
    expect(foot).to_have_text("Still at it")  # news is no reason to count
    ann.page.clock.run_for(5_000)
    expect(foot).to_have_text(re.compile(r"^Still at it 1\d s$"))


def test_another_assistant_speaks_under_its_own_name(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    ann.has_said("hello !tokens=1")
    expect(ann.answer).to_have_class(re.compile("complete"))
    seq = 1 + max(int(row[0][1:]) for row in ann.transcript())
    seq += 1  # the end of the answer is a change, too
    critic = {"id": "assistant Critic", "name": "Critic", "kind": "assistant"}
    line.tell({"type": "start", "id": seq, "seq": seq, "ts": 0, "author": critic, "content": "", "reply_to": 1})
    expect(ann.page.locator("#answering")).to_have_text("Critic is thinking")
    expect(ann.answer.locator(".name").first).to_have_text("Critic")
    line.tell({"type": "chunk", "id": seq, "off": 0, "content": "Hm, I think"})
    expect(ann.page.locator("#answering")).to_have_text("Critic is answering")
    assert not ann.page.locator(".message.earlier").count()  # Pocket's answer is nobody else's earlier one
    ann.page.locator("#stop").click()
    while not any(frame["type"] == "stop" and frame["id"] == seq for frame in line.said):
        ann.draws()


def caret(person: Person) -> str:
    return person.answer.locator(".body p").last.evaluate("(node) => getComputedStyle(node, '::after').content")


def test_bea_reloads_in_mid_answer_and_misses_nothing(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    bea.reloads()
    bea.sees_answer_begin()
    for person in (ann, bea):
        person.sees_answer_end()
        expect(person.answer.locator(".body")).to_have_text(" ".join(map(str, range(1, 201))))
    all_agree(ann, bea, enter("Cleo"))


def test_bea_who_came_back_by_a_reload_stops_the_answer_to_ann_and_everyone_sees_who_did(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {ENDLESS}")
    bea.sees_answer_begin()
    bea.reloads()
    expect(ann.page.locator("#stop")).to_be_visible()
    bea.page.locator("#stop").click()
    for person in (ann, bea):
        expect(person.answer.locator(".foot")).to_contain_text("Stopped by \u2068Bea")
        expect(person.page.locator("#stop")).to_be_hidden()
    all_agree(ann, bea)


def test_ann_asks_again(enter: Enter) -> None:
    ann = enter("Ann")
    ann.says("!tokens=5")
    expect(ann.answer.locator(".body")).to_have_text("1 2 3 4 5")
    ann.sees_answer_end()
    ann.answer.hover()
    ann.answer.locator(".actions").get_by_text("Ask again").click()
    expect(ann.page.locator(".message.assistant")).to_have_count(2)
    expect(ann.answer.locator(".body")).to_have_text("1 2 3 4 5")


def test_an_answer_that_was_asked_for_again_stays_and_is_marked_as_earlier(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says("Pocket, count! !tokens=5")
    bea.sees_answer_end()
    expect(bea.page.locator(".message.earlier")).to_have_count(0)
    bea.answer.hover()
    bea.answer.locator(".actions").get_by_text("Ask again").click()
    for person in (ann, bea):
        first, again = (person.page.locator(".message.assistant").nth(n) for n in (0, 1))
        expect(again).to_have_class(re.compile("complete"))
        expect(first).to_have_class(re.compile("earlier"))
        expect(first.locator(".again")).to_have_text("earlier answer")
        expect(first.locator(".again")).to_be_visible()
        expect(first.locator(".body")).to_have_text("1 2 3 4 5")
        expect(again.locator(".again")).to_be_hidden()
    ann.reloads()
    expect(ann.page.locator(".message.earlier")).to_have_count(1)


def test_a_question_that_waits_says_so_and_can_be_withdrawn(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, {ENDLESS}")
    ann.sees_answer_begin()
    ann.has_said("And then, Pocket?")
    ann.has_said("This one is for Bea.")
    for person in (ann, bea):
        expect(person.message("And then, Pocket?").locator(".foot")).to_contain_text("Waits for the answer before it")
        expect(person.message("This one is for Bea.").locator(".foot")).to_be_hidden()
    bea.reloads()
    expect(bea.message("And then, Pocket?").locator(".foot")).to_contain_text("Waits for the answer before it")
    waiting = ann.message("And then, Pocket?").locator(".foot")
    waiting.get_by_text("Take back").click()
    for person in (ann, bea):
        expect(person.page.locator("#transcript")).to_contain_text(re.compile("took (a|this) question back"))
        expect(person.message("And then, Pocket?").locator(".foot")).to_be_hidden()
    ann.page.locator("#stop").click()
    expect(ann.answer).to_have_class(re.compile("stopped"))
    ann.has_said("Pocket, still there? !tokens=1")
    expect(ann.answer).to_have_class(re.compile("complete"))
    expect(ann.page.locator(".message.assistant")).to_have_count(2)  # none for the one that was taken back


# ---- what anyone may set --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["keyboard", "pointer"])
def test_anyone_switches_the_mode_in_the_middle_of_an_answer_and_everyone_sees_it(enter: Enter, how: str) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {ENDLESS}")
    bea.sees_answer_begin()
    mode = bea.page.get_by_label("Mode").last
    if how == "keyboard":
        mode.focus()
        for key in ("Enter", "ArrowDown", "Enter"):
            bea.page.keyboard.press(key)
    else:
        mode.click()
        mode.get_by_role("option", name="Expert").click()
    for person in (ann, bea):
        for place in ("#mode", "#assistant [data-setting=mode]"):
            expect(person.page.locator(place)).to_have_value("Expert")
            expect(person.page.locator(place)).to_have_attribute("title", re.compile("^Exact and in depth"))
        expect(person.message("Bea set mode to “Expert”")).to_be_visible()
    expect(mode).to_be_focused()
    expect(bea.answer).to_have_class(re.compile("streaming"))
    ann.reloads()
    expect(ann.page.locator("#mode")).to_have_value("Expert")


@pytest.mark.parametrize("fault", ["refused", "offline"])
def test_a_mode_that_could_not_be_set_is_not_shown(enter: Enter, fault: str) -> None:
    ann, line = wired(enter, "Ann")
    expect(ann.page.locator("#mode")).to_have_value("General")
    if fault == "offline":
        line.is_down = True
        line.cut()
        ann.is_out()
    else:
        line.passes = lambda frame: frame["type"] != "configure" or line.tell(
            {"type": "error", "code": "overloaded", "content": "Later.", "key": frame["key"]}
        )
    ann.page.locator("#mode").select_option("Expert")
    expect(ann.page.locator("#notice")).to_have_text(
        "Not connected just now. Try again in a moment." if fault == "offline" else "The server has too much to do. Try again in a moment."
    )
    expect(ann.page.locator("#mode")).to_have_value("General")


def test_model_manners_and_wishes_are_set_for_everyone(enter: Enter, serve: Callable[..., Server]) -> None:
    server = serve(MODELS="fake,ollama:another")
    ann, bea = enter("Ann", at=server), enter("Bea", at=server)
    ann.page.get_by_label("Model").select_option("ollama:another")
    ann.page.get_by_label("It answers").select_option("Never")
    wishes = ann.page.get_by_label("What you want of it here")
    wishes.fill("Short answers, please.\n")
    wishes.blur()
    expect(bea.page.get_by_label("Model")).to_have_value("ollama:another")
    expect(bea.page.get_by_label("It answers")).to_have_value("never")
    expect(bea.page.get_by_label("What you want of it here")).to_have_value("Short answers, please.")
    expect(bea.page.locator("#hint")).to_have_text("Pocket is silent in this room")
    hers = bea.page.get_by_label("What you want of it here")
    hers.fill("Long ones.")
    hers.blur()
    expect(wishes).to_have_value("Long ones.")


def test_what_bea_is_still_writing_is_not_overwritten_by_what_ann_set(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    hers, his = (person.page.get_by_label("What you want of it here") for person in (bea, ann))
    hers.focus()
    hers.press_sequentially("Rhymes")
    his.fill("Short answers.")
    his.blur()
    bea.sees("Ann set instructions")
    expect(hers).to_have_value("Rhymes")
    hers.blur()
    expect(his).to_have_value("Rhymes")


def test_one_model_is_no_choice(enter: Enter) -> None:
    ann = enter("Ann")
    expect(ann.page.locator("#assistant")).to_be_visible()
    expect(ann.page.locator("#assistant select")).to_have_count(3)
    expect(ann.page.locator("#assistant select:visible")).to_have_count(2)


# ---- people ---------------------------------------------------------------------------------------


def test_nobody_is_stopped_at_the_door(enter: Enter) -> None:
    guest = enter(None)
    expect(guest.page.locator("#me button")).to_have_text(re.compile(r"^Guest \d+$"))
    expect(guest.text).to_be_focused()
    guest.has_said("Hello from nobody in particular")
    for place in ("#new-room", "#side .link", "#side .copy-link"):
        expect(guest.page.locator(place)).to_be_in_viewport()


def test_ann_changes_her_name_in_place_and_bea_sees_it(enter: Enter) -> None:
    guest, bea = enter(), enter("Bea")
    bea.has_said("Who are you?")
    guest.sees("Who are you?")
    guest.changes("#me", "Ann")
    name = guest.page.locator("#me button")
    expect(name).to_have_text("Ann")
    expect(bea.page.locator("#members")).to_contain_text("Ann")
    expect(bea.page.locator(".row.notes").last).to_contain_text("is now \u2068Ann")
    guest.reloads()
    expect(name).to_have_text("Ann")


def test_what_ann_said_under_her_old_name_keeps_it(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.has_said("one")
    bea.sees("one")
    ann.changes("#me", "Anna")
    expect(bea.page.locator("#members")).to_contain_text("Anna")
    ann.is_in()
    ann.has_said("two")
    for person in (ann, bea):
        expect(person.message("one").locator(".name")).to_have_text("Ann")
        expect(person.message("two").locator(".name")).to_be_visible()
        expect(person.message("two").locator(".name")).to_have_text("Anna")
    expect(ann.page.locator(".message.mine")).to_have_count(2)
    all_agree(ann, bea, enter("Cleo"))


def test_a_name_nobody_may_have_is_refused_in_words(enter: Enter) -> None:
    guest = enter()
    was = guest.page.locator("#me button").inner_text()
    guest.changes("#me", "Pocket")
    expect(guest.page.locator("#notice")).to_contain_text("Choose another name")
    expect(guest.page.locator("#me button")).to_have_text(was)


def test_escape_leaves_a_name_as_it_was(enter: Enter) -> None:
    ann = enter("Ann")
    ann.page.locator("#me button").click()
    ann.page.keyboard.type("Nobody")
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("#me button")).to_have_text("Ann")
    expect(ann.page.locator("#me button")).to_be_focused()
    expect(ann.page.locator("#me input")).to_have_count(0)
    ann.has_said("Still me")
    expect(ann.message("Still me").locator(".name")).to_have_text("Ann")


def test_ann_renames_the_room_for_everyone(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.changes("#title", "The Tea Room")
    for person in (ann, bea):
        expect(person.page.locator("#title")).to_have_text("The Tea Room")
        expect(person.page).to_have_title("The Tea Room · PocketRoom")
        expect(person.text).to_have_attribute("placeholder", "Message The Tea Room")


def test_ann_sees_bea_come_type_and_leave(enter: Enter) -> None:
    ann = enter("Ann")
    ann.has_said("hello?")
    bea = enter("Bea")
    expect(ann.page.locator(".row.notes")).to_have_text("\u2068Bea\u2069 joined")
    expect(ann.page.locator("#count")).to_have_text("2")
    bea.text.press_sequentially("hm")
    expect(ann.page.locator("#typing")).to_have_text("\u2068Bea\u2069 is typing")
    expect(bea.page.locator("#typing")).to_be_empty()
    bea.writes("")
    expect(ann.page.locator("#typing")).to_be_empty()
    ann.has_said("Bea?")
    bea.sees("Bea?")
    bea.context.close()
    expect(ann.page.locator(".row.notes").last).to_have_text("\u2068Bea\u2069 left")
    expect(ann.page.locator("#count")).to_have_text("1")
    ann.reloads()
    ann.sees("Bea?")
    expect(ann.page.locator(".row.notes")).to_have_count(0)  # who came and went is not part of the room


def test_those_who_come_together_are_told_in_one_line_and_who_only_reloads_not_at_all(enter: Enter) -> None:
    ann = enter("Ann")
    ann.says("hello? !tokens=1")
    expect(ann.answer).to_have_class(re.compile("complete"))
    bea, cleo = enter("Bea"), enter("Cleo")
    expect(ann.page.locator(".row.notes")).to_have_text("\u2068Bea\u2069 joined · \u2068Cleo\u2069 joined")
    bea.reloads()
    cleo.reloads()
    enter("Dora")  # is told of when all that was before her is
    expect(ann.page.locator(".row.notes")).to_have_text("\u2068Bea\u2069 joined · \u2068Cleo\u2069 joined · \u2068Dora\u2069 joined")


def test_two_tabs_of_ann_are_one_member(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    tab = enter(None, beside=ann)
    ann.has_said("from the first")
    tab.has_said("from the second")
    for each in (ann, tab):
        expect(each.page.locator(".message.mine")).to_have_count(2)
        expect(each.page.locator("#count")).to_have_text("2")
        expect(each.page.locator("#members li")).to_have_count(2)
    expect(bea.page.locator(".message.mine")).to_have_count(0)
    tab.changes("#me", "Anna")
    for each in (ann, tab):
        expect(each.page.locator("#me button")).to_have_text("Anna")
    tab.is_in()
    tab.page.close()
    cleo = enter("Cleo")
    for person in (ann, bea, cleo):
        expect(person.page.locator("#count")).to_have_text("3")
    expect(bea.page.locator("#transcript")).not_to_contain_text("left")


# ---- the line -------------------------------------------------------------------------------------


def test_a_cut_line_leaves_everyone_with_the_same_transcript(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.says(f"Pocket, count! {SLOW}")
    bea.sees_answer_begin()
    cut(bea)
    ann.says("Bea, you do not hear this yet.")
    bea.sees("Bea, you do not hear this yet.")
    for person in (ann, bea):
        person.sees_answer_end()
        expect(person.answer.locator(".body")).to_contain_text("199 200")
    ann.has_sent("Bea, you do not hear this yet.")
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
        expect(person.answer.locator(".foot").get_by_role("button", name="Ask again")).to_be_visible()
    all_agree(ann, bea, enter("Cleo", at=server))


def test_a_loss_is_told_after_five_seconds_and_quietly_ends(enter: Enter) -> None:
    ann, line = wired(enter, "Ann", clock=True)
    banner = ann.page.locator("#banner")
    stop_time(ann)
    line.is_down = True
    line.cut()
    ann.is_out()
    ann.page.clock.run_for(BANNER_MS - 1)
    expect(banner).to_be_hidden()
    ann.page.clock.run_for(1)
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("Not connected. Trying to come back…")
    expect(ann.page.locator("body")).to_have_attribute("data-line", "away")  # the clock stands, so nothing is tried now
    line.is_down = False
    banner.get_by_role("button", name="Try now").click()
    ann.is_in()
    expect(banner).to_be_hidden()


def test_a_short_loss_is_not_worth_a_word(enter: Enter) -> None:
    ann, line = wired(enter, "Ann", clock=True)
    stop_time(ann)
    line.cut()
    ann.is_out()
    ann.page.clock.run_for(1000)
    ann.is_in()
    ann.page.clock.run_for(3 * BANNER_MS)
    expect(ann.page.locator("#banner")).to_be_hidden()


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_ann_is_back_as_soon_as_the_network_is_or_she_looks(enter: Enter, event: str) -> None:
    ann, line = wired(enter, "Ann", clock=True)
    stop_time(ann)
    line.is_down = True
    line.cut()
    ann.is_out()
    ann.page.clock.run_for(20_000)
    expect(ann.page.locator("body")).to_have_attribute("data-line", "away")
    line.is_down = False
    target = "window" if event == "online" else "document"
    ann.page.evaluate(f"() => {target}.dispatchEvent(new Event('{event}'))")
    ann.is_in()  # though the clock stands


def test_while_the_line_is_down_nothing_claims_that_somebody_answers_or_types(enter: Enter) -> None:
    (ann, line), bea = wired(enter, "Ann", clock=True), enter("Bea")
    bea.has_said(f"Pocket, count! {ENDLESS}")
    ann.sees_answer_begin()
    bea.text.press_sequentially("hm")
    claims = [ann.page.locator(place) for place in ("#answering", "#typing", "#stop")]
    for claim in claims:
        expect(claim).to_be_visible()
    stop_time(ann)
    line.is_down = True
    line.cut()
    ann.is_out()
    ann.page.clock.run_for(BANNER_MS)
    expect(ann.page.locator("#banner")).to_be_visible()
    for claim in claims:
        expect(claim).to_be_hidden()
    moving = ann.page.evaluate("() => document.getAnimations().map((each) => each.animationName)")
    assert moving == []  # the caret stands still
    line.is_down = False
    ann.page.evaluate("() => dispatchEvent(new Event('online'))")
    ann.is_in()
    expect(ann.page.locator("#stop")).to_be_visible()


def test_a_line_that_is_closed_for_good_says_why_and_offers_a_reload(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    line.cut(1008)
    expect(ann.page.locator("#banner")).to_contain_text("did not understand this page")
    ann.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(ann.page.locator("body")).to_have_attribute("data-line", "closed")
    ann.page.locator("#banner").get_by_role("button", name="Reload").click()
    ann.is_in()


def test_a_hidden_tab_counts_in_its_title_and_catches_up_when_ann_looks(enter: Enter) -> None:
    ann = enter("Ann")
    ann.looks_away()
    post(ann, [f"line {n}" for n in range(1, 41)])
    expect(ann.page).to_have_title(re.compile(r"^\(40\) "))
    ann.looks_back()
    expect(ann.message("line 40")).to_be_in_viewport()
    expect(ann.page).to_have_title(re.compile(r"^[^(]"))


# ---- where the page comes from --------------------------------------------------------------------


def own_address() -> str:
    """This machine's, as others see it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no network")
        return probe.getsockname()[0]


def test_plain_http_from_another_machine_lacks_nothing_that_ann_would_miss(enter: Enter, serve: Callable[..., Server]) -> None:
    server = serve(HOST="0.0.0.0")
    there = f"http://{own_address()}:{server.port}"
    ann, bea = enter("Ann", at=there), enter("Bea", at=there)
    has = "() => [isSecureContext, 'clipboard' in navigator, 'share' in navigator, 'randomUUID' in crypto]"
    assert ann.page.evaluate(has) == [False, False, False, False]
    for place in ("#notify", "#invitation .share", "#side .share"):
        expect(ann.page.locator(place)).to_be_hidden()
    copies(ann, ann.page.locator("#invitation .copy-link"), ann.page.url)
    ann.says("Look: `code`\n```python\nprint('hi')\n```")
    ann.has_sent("Look")
    bea.sees("Look")
    copies(ann, ann.message("Look").locator(".copy-code"), "print('hi')")
    ann.has_said("Pocket, !tokens=3")
    bea.sees_answer_end()
    bea.has_said("one of my own")
    bea.presses("ArrowUp")
    expect(bea.text).to_have_value("one of my own")
    bea.says("one of my own, edited")
    ann.sees("one of my own, edited")
    all_agree(ann, bea)


def copies(person: Person, button: Any, text: str) -> None:
    """What the button copied is what a paste brings."""
    button.click()
    expect(button).to_have_text("Copied")
    person.writes("")
    person.presses("Control+V")
    expect(person.text).to_have_value(text)
    person.writes("")


def test_an_empty_room_is_its_own_invitation(enter: Enter) -> None:
    def can_share(page: Any) -> None:
        page.add_init_script("navigator.share = async (shared) => { window.shared = shared; }")

    ann = enter("Ann", before=can_share, permissions=["clipboard-read", "clipboard-write"])
    invitation = ann.page.locator("#invitation")
    expect(invitation.locator("#invitation-link")).to_have_text(ann.page.url.removeprefix("http://"))
    copies(ann, invitation.locator(".copy-link"), ann.page.url)
    invitation.locator(".share").click()
    assert ann.page.evaluate("window.shared.url") == ann.page.url
    expect(invitation.locator("li button")).to_have_count(3)
    for suggestion in invitation.locator("li button").all():
        suggestion.click()
        expect(ann.text).to_have_value(suggestion.inner_text())
        expect(ann.text).to_be_focused()
    ann.presses("Enter")
    expect(invitation).to_be_hidden()
    expect(ann.answer).to_be_visible()


def test_a_german_reads_german(enter: Enter) -> None:
    anna = enter("Anna", locale="de-DE")
    page = anna.page
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#invitation-title")).to_have_text(GERMAN["invitation"])
    expect(page.locator("#send")).to_have_attribute("aria-label", GERMAN["send"])
    expect(page.locator("#hint")).to_have_text(GERMAN["asking"].replace("{name}", "Pocket"))
    post(anna, [f"Zeile {n}" for n in range(1, 61)])
    anna.sees("Zeile 60")
    expect(page.locator(".row.day")).to_have_text(GERMAN["today"])
    anna.scrolls(above_the_end=600)
    expect(page.locator("#to-end")).to_have_text(GERMAN["to_end"])
    for n, form in ((1, "one"), (2, "other")):
        post(anna, ["Neues"])
        expect(page.locator("#to-end")).to_have_text(GERMAN["new_messages"][form].replace("{n}", str(n)))
