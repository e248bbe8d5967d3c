"""Where one writes: sending and what becomes of it, drafts, replies, edits, and the keys that people's hands know."""

import os
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.person import Enter, Line, Person, configure, expect, stop_time, wired
from tests.server import Server

THUMB = {"has_touch": True, "is_mobile": True, "viewport": {"width": 360, "height": 740}}
ENTER_OF_AN_INPUT_METHOD = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
LONGEST = 16_000  # units in a message
OUTBOX = 50
PAUSE_MS, ROOM_MS = 100, 300  # after the last key, and after what changed in the room, until the server is asked
OPERATOR = "an operator's secret".replace(" ", "-")


# ---- sending --------------------------------------------------------------------------------------


def test_anns_message_stands_there_at_once_and_the_echo_takes_its_place(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    line.passes = is_no("message")
    ann.says("Is anybody there?")
    row = ann.message("Is anybody there?")
    expect(row).to_have_class(re.compile("pending"))
    expect(row.locator(".foot")).to_have_text("Not sent yet")
    assert float(row.locator(".body").evaluate(DIMNESS)) < 1
    row.evaluate("(node) => { node.wasHere = true; }")
    line.passes = lambda frame: True
    line.cut()
    ann.has_sent("Is anybody there?")
    assert row.evaluate("(node) => node.wasHere === true")
    assert float(row.locator(".body").evaluate(DIMNESS)) == 1
    expect(ann.message("Is anybody there?")).to_have_count(1)
    expect(enter("Bea").message("Is anybody there?")).to_have_count(1)


DIMNESS = """(node) => {
    let dim = 1;
    for (; node; node = node.parentElement) dim *= getComputedStyle(node).opacity;
    return dim;
}"""


def is_no(type: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["type"] != type


def refuse(line: Line, type: str, code: str) -> None:
    """The server takes no frame of this type."""

    def passes(frame: dict[str, Any]) -> bool:
        if frame["type"] == type:
            line.tell({"type": "error", "code": code, "content": f"Said in English: {code}.", "key": frame["key"]})
        return frame["type"] != type

    line.passes = passes


def test_what_ann_sent_right_before_a_reload_is_not_lost(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    line.passes = is_no("message")
    ann.says("Hold on to this.")
    expect(ann.message("Hold on to this.")).to_have_class(re.compile("pending"))
    line.passes = lambda frame: True
    ann.page.reload()
    ann.has_sent("Hold on to this.")
    expect(enter("Bea").message("Hold on to this.")).to_have_count(1)
    expect(ann.message("Hold on to this.")).to_have_count(1)
    first, again = (frame["key"] for frame in line.said if frame["type"] == "message")
    assert first == again  # so that it could not have come twice


@pytest.mark.parametrize(("code", "words"), [("overloaded", "too much to do"), ("key_conflict", "Something else was sent")])
def test_a_refused_message_stays_with_retry(enter: Enter, code: str, words: str) -> None:
    ann, line = wired(enter, "Ann")
    refuse(line, "message", code)
    ann.says("Once more, please.")
    row = ann.message("Once more, please.")
    expect(row).to_have_class(re.compile("failed"))
    expect(row.locator(".foot")).to_contain_text(words)
    line.passes = lambda frame: True
    ann.reloads()
    expect(row.get_by_text("Discard")).to_be_visible()
    expect(row).to_have_class(re.compile("failed"))
    row.get_by_text("Retry").click()
    ann.has_sent("Once more, please.")
    expect(ann.message("Once more, please.")).to_have_count(1)
    first, again = (frame["key"] for frame in line.said if frame["type"] == "message")
    assert (first == again) == (code != "key_conflict")


def test_a_refused_message_can_be_discarded(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    refuse(line, "message", "overloaded")
    ann.says("Better not.")
    ann.message("Better not.").get_by_text("Discard").click()
    expect(ann.message("Better not.")).to_have_count(0)
    line.passes = lambda frame: True
    ann.reloads()
    ann.has_said("Something else.")
    expect(ann.page.locator(".message.mine")).to_have_count(1)


def test_what_ann_wrote_is_not_sent_as_somebody_else(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    line.passes = is_no("message")
    ann.says("I, Ann")
    expect(ann.message("I, Ann")).to_have_class(re.compile("pending"))
    line.passes = lambda frame: True
    ann.context.clear_cookies()
    ann.reloads()
    expect(ann.message("I, Ann").locator(".foot")).to_contain_text("no longer knows you")
    ann.message("I, Ann").get_by_text("Retry").click()
    ann.has_sent("I, Ann")
    expect(ann.message("I, Ann")).to_have_class(re.compile("mine"))


def test_fifty_messages_wait_for_the_line_and_then_come_in_order_while_one_more_stays_in_the_composer(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    ann.has_said("the first")
    line.is_down = True
    line.cut()
    ann.is_out()
    for n in range(OUTBOX):
        ann.says(f"line {n}")
    expect(ann.page.locator(".message.pending")).to_have_count(OUTBOX)
    ann.does("Reply", "the first")
    ann.says("one too many")
    expect(ann.page.locator("#notice")).to_have_text("50 messages already wait to be sent.")
    expect(ann.text).to_have_value("one too many")
    expect(ann.page.locator("#context")).to_be_visible()
    expect(ann.page.locator("#context")).to_contain_text("the first")
    line.is_down = False
    ann.page.evaluate("() => dispatchEvent(new Event('online'))")
    ann.has_sent(f"line {OUTBOX - 1}")
    in_order = sorted((int(row[0][1:]), row[2]) for row in ann.transcript() if row[2].startswith("line"))
    assert [text for _, text in in_order] == [f"line {n}" for n in range(OUTBOX)]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (LONGEST + 1)])
def test_nothing_and_too_much_are_not_sent(enter: Enter, text: str) -> None:
    ann, line = wired(enter, "Ann")
    ann.writes(text)
    expect(ann.page.locator("#send")).to_be_disabled()
    expect(ann.page.locator("#counter")).to_have_text("16,001 / 16,000" if text.strip() else "")
    ann.presses("Enter")
    expect(ann.text).to_have_value(text)
    ann.writes("x" * LONGEST)
    ann.presses("Enter")
    expect(ann.text).to_have_value("")
    assert [len(frame["content"]) for frame in line.said if frame["type"] == "message"] == [LONGEST]


# ---- keys -----------------------------------------------------------------------------------------


def test_enter_sends_and_with_shift_breaks_the_line(enter: Enter) -> None:
    ann = enter("Ann")
    ann.text.press_sequentially("one")
    ann.presses("Shift+Enter")
    ann.text.press_sequentially("two")
    expect(ann.text).to_have_value("one\ntwo")
    expect(ann.page.locator(".message")).to_have_count(0)
    ann.presses("Enter")
    ann.has_sent("one")
    assert ann.message("one").locator(".body").inner_text().split() == ["one", "two"]
    expect(ann.text).to_have_value("")
    ann.writes("three")
    ann.presses("Control+Enter")
    ann.has_sent("three")


def test_the_enter_that_ends_a_composition_does_not_send(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    keyboard = ann.context.new_cdp_session(ann.page)
    keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    expect(ann.text).to_have_value("にほん")
    keyboard.send("Input.dispatchKeyEvent", ENTER_OF_AN_INPUT_METHOD)
    ann.text.evaluate("(node) => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))")
    keyboard.send("Input.insertText", {"text": "日本"})
    expect(ann.text).to_have_value(re.compile("^日本"))
    ann.writes("日本")
    ann.text.evaluate("(node) => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }))")  # Safari's
    expect(ann.text).to_have_value("日本")
    assert not [frame for frame in line.said if frame["type"] == "message"]
    ann.presses("Enter")
    ann.has_sent("日本")


def test_on_touch_enter_breaks_the_line_and_the_keyboard_stays_down_until_it_is_asked_for(enter: Enter) -> None:
    ann = enter("Ann", **THUMB)
    expect(ann.text).not_to_be_focused()
    ann.writes("one")
    ann.presses("Enter")
    expect(ann.text).to_have_value("one\n")
    ann.page.locator("#send").tap()
    ann.has_sent("one")
    ann.writes("two")
    ann.presses("Control+Enter")  # of a keyboard that was plugged in
    ann.has_sent("two")


# ---- drafts ---------------------------------------------------------------------------------------


def test_a_draft_and_what_it_replies_to_survive_a_reload_in_their_room(enter: Enter, open_house: Server) -> None:
    ann = enter("Ann")
    ann.has_said("Tea or coffee?")
    here = ann.page.url
    ann.does("Reply", "Tea or coffee?")
    ann.writes("half a thought")
    ann.reloads()
    expect(ann.text).to_have_value("half a thought")
    expect(ann.page.locator("#context")).to_be_visible()
    expect(ann.page.locator("#context span").first).to_have_text("Reply to Ann Tea or coffee?")
    ann.page.goto(f"{open_house.url}/r/elsewhere")
    ann.is_in()
    expect(ann.text).to_have_value("")
    expect(ann.page.locator("#context")).to_be_hidden()
    ann.page.goto(here)
    ann.is_in()
    ann.presses("Enter")
    ann.has_sent("half a thought")
    expect(ann.message("half a thought").locator(".quote")).to_have_text("Ann Tea or coffee?")
    ann.reloads()
    expect(ann.text).to_have_value("")
    expect(ann.page.locator("#context")).to_be_hidden()


def test_the_drafts_of_two_tabs_do_not_fight(enter: Enter) -> None:
    ann = enter("Ann")
    ann.writes("written here")
    tab = enter(None, beside=ann)
    expect(tab.text).to_have_value("written here")  # as the latest that is known
    tab.writes("written there")
    expect(ann.text).to_have_value("written here")
    ann.reloads()
    expect(ann.text).to_have_value("written here")
    tab.says("sent there")
    tab.has_sent("sent there")
    ann.sees("sent there")
    ann.reloads()
    expect(ann.text).to_have_value("written here")


@pytest.mark.parametrize("doing", ["Reply", "Edit"])
def test_a_restored_backup_keeps_the_text_and_forgets_what_it_was_for(enter: Enter, serve: Callable[..., Server], doing: str) -> None:
    server = serve(OPERATOR_TOKEN=OPERATOR, SPEAKS="never")
    ann = enter("Ann", at=server)
    ann.has_said("before the copy")
    copy = httpx2.post(f"{server.url}/api/backup", headers={"authorization": f"Bearer {OPERATOR}"})
    (server.database.parent / "copy.db").write_bytes(copy.raise_for_status().content)
    ann.has_said("after the copy")
    ann.does(doing, "after the copy")
    ann.writes("half a thought")
    server.stop()
    ann.is_out()
    expect(ann.page.locator("#context")).to_be_visible()
    os.replace(server.database.parent / "copy.db", server.database)
    server.start()
    ann.is_in()
    expect(ann.message("after the copy")).to_have_count(0)
    ann.sees("before the copy")
    expect(ann.page.locator("#context")).to_be_hidden()
    expect(ann.text).to_have_value("half a thought")
    ann.reloads()
    expect(ann.text).to_have_value("half a thought")
    ann.presses("Enter")
    ann.has_sent("half a thought")
    expect(ann.message("half a thought").locator(".quote")).to_be_hidden()
    expect(ann.page.locator(".message.mine")).to_have_count(2)


# ---- replies --------------------------------------------------------------------------------------


def test_the_line_above_a_reply_follows_what_becomes_of_the_message(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.has_said("Tea or coffee?\nSay soon.")
    bea.does("Reply", "Tea or coffee?")
    context = bea.page.locator("#context span").first
    expect(context).to_be_visible()
    expect(context).to_have_text("Reply to Ann Tea or coffee?")
    expect(bea.text).to_be_focused()
    bea.writes("Tea.")
    ann.presses("ArrowUp")
    ann.says("Tea or cocoa?")
    expect(context).to_have_text("Reply to Ann Tea or cocoa?")
    ann.does("Delete", "Tea or cocoa?")
    ann.page.locator("#confirm").get_by_role("button", name="Delete", exact=True).click()
    expect(context).to_have_text("Reply to Ann a deleted message")
    expect(bea.text).to_have_value("Tea.")
    bea.presses("Enter")
    bea.has_sent("Tea.")
    expect(ann.message("Tea.").locator(".quote")).to_have_text("Ann a deleted message")


@pytest.mark.parametrize("how", ["Escape", "Cancel"])
def test_ann_thinks_better_of_a_reply(enter: Enter, how: str) -> None:
    ann = enter("Ann")
    ann.has_said("Tea or coffee?")
    ann.does("Reply", "Tea or coffee?")
    expect(ann.page.locator("#context")).to_be_visible()
    ann.writes("Tea.")
    cancel(ann, how)
    expect(ann.page.locator("#context")).to_be_hidden()
    expect(ann.text).to_be_focused()
    ann.presses("Enter")
    ann.has_sent("Tea.")
    expect(ann.message("Tea.").last.locator(".quote")).to_be_hidden()


def cancel(person: Person, how: str) -> None:
    if how == "Escape":
        person.presses("Escape")
    else:
        person.page.locator("#context").get_by_role("button", name=how).click()


# ---- edits ----------------------------------------------------------------------------------------


def test_arrow_up_edits_anns_last_message_for_everyone(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.has_said("teh first")
    bea.has_said("not hers")
    ann.sees("not hers")
    ann.presses("ArrowUp")
    expect(ann.text).to_have_value("teh first")
    expect(ann.page.locator("#context")).to_be_visible()
    expect(ann.page.locator("#context")).to_contain_text("Editing your message")
    expect(ann.page.locator("#hint")).to_have_text("Enter saves, Esc cancels")
    ann.says("the first")
    for person in (ann, bea):
        person.sees("the first")
        expect(person.message("the first").locator(".edited")).to_be_visible()
    expect(ann.text).to_have_value("")
    expect(ann.page.locator(".message.mine")).to_have_count(1)


def test_arrow_up_waits_for_the_message_that_is_on_its_way(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    ann.has_said("long ago")
    line.passes = is_no("message")
    ann.says("just now")
    expect(ann.message("just now")).to_have_class(re.compile("pending"))
    ann.presses("ArrowUp")
    expect(ann.text).to_have_value("")
    line.passes = lambda frame: True
    line.cut()
    expect(ann.text).to_have_value("just now")


def test_who_goes_on_writing_meanwhile_is_not_interrupted_by_the_edit(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    line.passes = is_no("message")
    ann.says("just now")
    ann.presses("ArrowUp")
    ann.text.press_sequentially("and more")
    line.passes = lambda frame: True
    line.cut()
    ann.has_sent("just now")
    ann.draws()
    expect(ann.text).to_have_value("and more")
    expect(ann.page.locator("#context")).to_be_hidden()


def test_a_failed_message_does_not_keep_arrow_up_from_the_one_before(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    ann.has_said("long ago")
    refuse(line, "message", "overloaded")
    ann.says("just now")
    expect(ann.message("just now")).to_have_class(re.compile("failed"))
    ann.presses("ArrowUp")
    expect(ann.text).to_have_value("long ago")


def test_arrow_up_only_moves_the_caret_where_something_is_written(enter: Enter) -> None:
    ann = enter("Ann")
    ann.has_said("the first")
    ann.writes("half\na thought")
    ann.presses("ArrowUp")
    ann.text.press_sequentially("!")
    expect(ann.text).to_have_value("half!\na thought")
    expect(ann.page.locator("#context")).to_be_hidden()


@pytest.mark.parametrize("how", ["Escape", "Cancel"])
def test_ann_thinks_better_of_an_edit_and_finds_her_draft_again(enter: Enter, how: str) -> None:
    ann = enter("Ann")
    ann.has_said("as it is")
    ann.writes("half a thought")
    ann.does("Edit", "as it is")
    expect(ann.text).to_have_value("as it is")
    ann.writes("as it is not")
    cancel(ann, how)
    expect(ann.text).to_have_value("half a thought")
    expect(ann.page.locator("#context")).to_be_hidden()
    ann.sees("as it is")
    expect(ann.message("as it is not")).to_have_count(0)


def test_an_edit_under_way_does_not_become_the_draft(enter: Enter) -> None:
    ann = enter("Ann")
    ann.has_said("as it is")
    ann.writes("half a thought")
    ann.does("Edit", "as it is")
    ann.writes("as it is not")
    ann.reloads()
    expect(ann.text).to_have_value("half a thought")


@pytest.mark.parametrize("fault", ["offline", "refused", "lost"])
def test_an_edit_that_did_not_arrive_comes_back_to_the_composer(enter: Enter, fault: str) -> None:
    ann, line = wired(enter, "Ann")
    ann.has_said("teh first")
    ann.presses("ArrowUp")
    expect(ann.text).to_have_value("teh first")
    if fault == "offline":
        line.is_down = True
        line.cut()
        ann.is_out()
    elif fault == "refused":
        refuse(line, "edit", "overloaded")
    else:
        line.passes = is_no("edit")
    ann.says("the first")
    if fault == "lost":
        line.cut()
    told = {"offline": "Not connected", "refused": "too much to do", "lost": "was lost"}
    expect(ann.page.locator("#notice")).to_contain_text(told[fault])
    expect(ann.text).to_have_value("the first")
    expect(ann.page.locator("#context")).to_be_visible()
    expect(ann.page.locator("#context")).to_contain_text("Editing your message")
    [line.is_down, line.passes] = [False, lambda frame: True]
    ann.page.evaluate("() => dispatchEvent(new Event('online'))")
    ann.is_in()
    ann.presses("Enter")
    expect(ann.message("the first").locator(".edited")).to_be_visible()
    expect(ann.text).to_have_value("")


def test_ann_deletes_her_message_after_saying_that_she_means_it(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.has_said("never mind me")
    bea.sees("never mind me")
    for way_out in ("Keep it", "Escape"):
        ann.does("Delete", "never mind me")
        if way_out == "Escape":
            ann.page.keyboard.press("Escape")
        else:
            ann.page.get_by_role("button", name=way_out).click()
        expect(ann.page.locator("#confirm")).to_be_hidden()
        ann.sees("never mind me")
    ann.does("Delete", "never mind me")
    ann.page.locator("#confirm").get_by_role("button", name="Delete", exact=True).click()
    for person in (ann, bea):
        expect(person.message("never mind me")).to_have_count(0)
        expect(person.page.locator(".message.deleted")).to_contain_text("deleted")


def test_bea_cannot_change_what_ann_said(enter: Enter) -> None:
    ann, bea = enter("Ann"), enter("Bea")
    ann.has_said("mine alone")
    bea.message("mine alone").hover()
    expect(bea.page.locator(".actions button")).to_have_text(["Reply", "Copy", "Link", "Ask for an answer"])


# ---- whether it will answer -------------------------------------------------------------------------

ANSWERS, MENTION, SILENT = "Pocket will answer", "Mention Pocket for an answer", "Pocket is silent in this room"


@pytest.mark.parametrize(
    ("speaks", "company", "text", "told"),
    [
        ("auto", False, "hello !tokens=1", ANSWERS),
        ("auto", True, "pocketful of wonders !tokens=1", MENTION),
        ("auto", True, "what do you think, @pocket? !tokens=1", ANSWERS),
        ("always", True, "hello !tokens=1", ANSWERS),
        ("mentioned", False, "hello !tokens=1", MENTION),
        ("mentioned", False, "Pocket? !tokens=1", ANSWERS),
        ("never", False, "Pocket! !tokens=1", SILENT),
    ],
)
def test_the_composer_tells_before_sending_whether_pocket_will_answer(
    enter: Enter, speaks: str, company: bool, text: str, told: str
) -> None:
    ann = enter("Ann")
    expect(ann.page.locator("#hint")).to_have_text(ANSWERS)
    if company:
        enter("Bea")
        expect(ann.page.locator("#count")).to_have_text("2")
    if speaks != "auto":
        configure(ann, speaks=speaks)
    ann.writes(text)
    expect(ann.page.locator("#hint")).to_have_text(told)
    ann.presses("Enter")
    ann.has_sent(text)
    configure(ann, speaks="always")
    if told == ANSWERS:
        expect(ann.answer).to_have_class(re.compile("complete"))
    ann.has_said("Was that so? !tokens=1")  # to which it answers after all that it had to say before
    quotes = ann.answer.locator(".quote")
    expect(ann.page.locator(".message.assistant.complete")).to_have_count(1 + (told == ANSWERS))
    expect(quotes).to_be_hidden()


def test_a_reply_to_pocket_is_a_question_to_it(enter: Enter) -> None:
    ann = enter("Ann")
    ann.says("hello !tokens=1")
    expect(ann.answer).to_have_class(re.compile("complete"))
    enter("Bea")
    expect(ann.page.locator("#hint")).to_have_text(MENTION)
    ann.answer.hover()
    ann.answer.locator(".actions").get_by_text("Reply").click()
    expect(ann.page.locator("#hint")).to_have_text(ANSWERS)
    ann.says("and now? !tokens=2")
    expect(ann.page.locator(".message.assistant.complete")).to_have_count(2)


def drafts(line: Line) -> list[str]:
    return [frame["content"] for frame in line.said if frame["type"] == "draft"]


def test_who_comes_and_goes_and_what_is_set_changes_what_the_composer_tells(enter: Enter) -> None:
    ann = enter("Ann")
    hint = ann.page.locator("#hint")
    ann.writes("and in Python")
    expect(hint).to_have_text(ANSWERS)
    bea = enter("Bea")
    expect(hint).to_have_text(MENTION)
    configure(bea, speaks="always")
    expect(hint).to_have_text(ANSWERS)
    configure(bea, speaks="auto")
    expect(hint).to_have_text(MENTION)
    bea.context.close()
    expect(hint).to_have_text(ANSWERS)
    ann.writes("")
    expect(hint).to_have_text(ANSWERS)


def test_the_server_is_asked_once_in_a_pause_and_never_of_an_edit_or_by_a_hidden_tab(enter: Enter) -> None:
    ann, line = wired(enter, "Ann", clock=True)
    ann.has_said("as it is !tokens=1")
    expect(ann.answer).to_have_class(re.compile("complete"))
    expect(ann.page.locator("#hint")).to_have_text(ANSWERS)
    stop_time(ann)
    ann.page.clock.run_for(ROOM_MS)
    line.said.clear()
    for key in "hello":
        ann.page.clock.run_for(PAUSE_MS - 1)
        ann.text.press_sequentially(key)
    assert drafts(line) == []
    ann.page.clock.run_for(PAUSE_MS)
    assert drafts(line) == ["hello"]
    ann.does("Edit", "as it is")
    ann.writes("as it is not")
    ann.page.clock.run_for(ROOM_MS)
    ann.presses("Escape")
    assert drafts(line) == ["hello"]
    ann.page.clock.run_for(ROOM_MS)
    assert drafts(line) == ["hello", "hello"]  # the draft is back
    ann.text.press_sequentially("!")
    ann.looks_away()
    ann.page.clock.run_for(10 * ROOM_MS)
    assert drafts(line) == ["hello", "hello"]
    ann.looks_back()
    ann.page.clock.run_for(ROOM_MS)
    assert drafts(line) == ["hello", "hello", "hello!"]


@pytest.mark.parametrize("speaks", ["always", "never"])
def test_where_it_speaks_always_or_never_there_is_nothing_to_ask(enter: Enter, speaks: str) -> None:
    ann, line = wired(enter, "Ann", clock=True)
    configure(ann, speaks=speaks)
    expect(ann.page.locator("#hint")).to_have_text(ANSWERS if speaks == "always" else SILENT)
    stop_time(ann)
    line.said.clear()
    ann.writes("Pocket?")
    ann.page.clock.run_for(10 * ROOM_MS)
    assert drafts(line) == []


def test_a_verdict_on_what_was_written_before_does_not_count(enter: Enter) -> None:
    (ann, line), _ = wired(enter, "Ann"), enter("Bea")
    hint = ann.page.locator("#hint")
    expect(hint).to_have_text(MENTION)
    verdicts: list[dict[str, Any]] = []
    line.hears = lambda frame: frame["type"] != "draft" or verdicts.append(frame)
    for text in ("Pocket?", "Bea?"):
        ann.writes(text)
        while len(verdicts) < ("Pocket?", "Bea?").index(text) + 1:
            ann.draws()
    assert [frame["answers"] for frame in verdicts] == [True, False]
    line.tell(verdicts[0])
    ann.draws()
    expect(hint).to_have_text(MENTION)
    line.tell({**verdicts[1], "answers": True})
    expect(hint).to_have_text(ANSWERS)


def test_while_the_line_is_down_the_hint_keeps_its_last_word_and_is_right_again_afterwards(enter: Enter) -> None:
    (ann, line), _ = wired(enter, "Ann"), enter("Bea")
    hint = ann.page.locator("#hint")
    ann.writes("Pocket?")
    expect(hint).to_have_text(ANSWERS)
    line.is_down = True
    line.cut()
    ann.is_out()
    ann.writes("Bea?")
    ann.draws()
    expect(hint).to_have_text(ANSWERS)
    line.is_down = False
    ann.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(hint).to_have_text(MENTION)


def test_a_draft_that_could_not_be_sent_closes_no_line(enter: Enter) -> None:
    ann, line = wired(enter, "Ann")
    for n in range(1, 13):
        ann.writes(f"{n:02}{'x' * (LONGEST - 3)}😀 and more")  # the last unit that counts is half a character
        while len(drafts(line)) < n:
            ann.is_in()
            ann.draws()
    ann.writes("")
    ann.has_said("still here")
    assert all(len(content) <= LONGEST for content in drafts(line))
    expect(ann.page.locator("#notice")).to_be_hidden()
